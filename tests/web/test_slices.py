"""The portal does not start with a hole in what its slices declare."""

from dataclasses import replace

import pytest

from portal import SLICES
from portal.kernel import kinds
from portal.kernel.kinds import Undeclared
from portal.web import slices, texts


def kind(name):
    return next(one for part in SLICES for one in part.kinds if one.name == name)


@pytest.mark.parametrize("name", ["membership", "nomination", "monitoring", "graduation"])
def test_every_kind_is_whole(name, app):
    kind(name).demand_whole()
    texts.demand_words(kind(name))


def test_an_effect_that_the_flow_names_is_missed_by_name():
    graduation = kind("graduation")
    without = {step: effect for step, effect in graduation.effects.items() if step != "approve"}
    with pytest.raises(Undeclared, match="graduation: effects that the flow names and nothing declares: approve"):
        replace(graduation, effects=without).demand_whole()


def test_an_effect_that_no_step_sets_off_is_no_effect():
    monitoring = kind("monitoring")
    more = {**monitoring.effects, "find_stable": monitoring.effects["intervene"]}
    with pytest.raises(Undeclared, match="find_stable"):
        replace(monitoring, effects=more).demand_whole()


def test_a_need_that_nothing_answers_is_missed_by_name():
    with pytest.raises(Undeclared, match=r"graduation: needs that nothing answers: .*not_maker"):
        replace(kind("graduation"), checks={}).demand_whole()


def test_a_state_without_a_word_is_missed_by_name(app, monkeypatch):
    monkeypatch.delitem(texts.STATES["graduation"], "revoked")
    with pytest.raises(Undeclared, match="graduation: states without words: revoked"):
        texts.demand_words(kind("graduation"))


def test_a_fact_without_a_label_is_missed_by_name(app, monkeypatch):
    monkeypatch.delitem(texts.FACTS, "reference")
    with pytest.raises(Undeclared, match="graduation: facts without words: reference"):
        texts.demand_words(kind("graduation"))


def test_the_household_is_declared_once(app):
    twice = (*SLICES, replace(SLICES[0], name="again"))
    with pytest.raises(Undeclared, match="household: declared by 2 slices"):
        slices.adopt(app, twice)


def test_what_was_refused_left_everything_as_it_was(app):
    known = kinds.declared()
    broken = {**known.kinds, "graduation": replace(kind("graduation"), effects={})}
    with pytest.raises(Undeclared):
        kinds.adopt(replace(known, kinds=broken))
    assert kinds.declared() is known
