"""The portal does not start with a hole in what its slices declare."""

from dataclasses import replace

import pytest

from portal import SLICES
from portal.kernel import kinds
from portal.kernel.kinds import Undeclared
from portal.web import labels, slices


def kind(name):
    return next(one for part in SLICES for one in part.kinds if one.name == name)


@pytest.mark.parametrize("name", ["membership", "nomination", "monitoring", "graduation"])
def test_every_kind_is_whole(name, app):
    kind(name).demand_whole()
    slices.demand_words(kind(name))


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


def test_an_action_that_the_policy_does_not_know_is_missed_by_name():
    flow = kind("graduation").flow
    steps = (replace(flow.steps[0], action="graduation.wish"), *flow.steps[1:])
    with pytest.raises(Undeclared, match=r"graduation: actions that the policy does not know: graduation\.wish"):
        replace(kind("graduation"), flow=replace(flow, steps=steps)).demand_whole()


def test_a_state_without_a_word_is_missed_by_name(app, monkeypatch):
    monkeypatch.delitem(labels.STATES["graduation"], "revoked")
    with pytest.raises(Undeclared, match="graduation: states without words: revoked"):
        slices.demand_words(kind("graduation"))


def test_a_fact_without_a_label_is_missed_by_name(app, monkeypatch):
    monkeypatch.delitem(labels.FACTS, "reference")
    with pytest.raises(Undeclared, match="graduation: facts without words: reference"):
        slices.demand_words(kind("graduation"))


def test_an_action_without_a_word_is_missed_by_name(app, monkeypatch):
    monkeypatch.delitem(labels.ACTIONS, "intake.use")
    with pytest.raises(Undeclared, match=r"actions without words: intake\.use"):
        slices.demand_actions()


def test_a_kind_without_a_page_is_missed_by_name(app):
    with pytest.raises(Undeclared, match="graduation: no page in case_pages"):
        slices.demand_page(kind("graduation"), {"nomination": "nominations.show"})


def test_a_kind_without_a_name_is_missed_by_name(app, monkeypatch):
    monkeypatch.delitem(labels.CASES, "graduation")
    with pytest.raises(Undeclared, match="graduation: no page in case_pages, or no word in cases"):
        slices.demand_page(kind("graduation"), {"graduation": "graduations.show"})


def test_the_household_is_declared_once(app):
    twice = (*SLICES, replace(SLICES[0], name="again"))
    with pytest.raises(Undeclared, match="household: declared by 2 slices"):
        slices.adopt(app, twice)


def telling(**more):
    """Every slice, and one more that tells this."""
    return (*SLICES, slices.Slice(name="more", **more))


@pytest.mark.parametrize(
    ("more", "named"),
    [
        (telling(words=slices.Words(refusals={"nik_taken": "Sudah ada."})), "refusals nik_taken"),
        (telling(words=slices.Words(states={"graduation": {}})), "states graduation"),
        (telling(conflicts={"uq_members_present_nik": "conflict"}), "conflicts uq_members_present_nik"),
        (telling(kinds=(kind("graduation"),)), "kinds graduation"),
        (telling(shown={"component_until": str}), "shown component_until"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_two_slices_tell_is_told_by_its_name(app, more, named):
    with pytest.raises(Undeclared, match=f"declared by two slices: {named}"):
        slices.adopt(app, more)


def test_what_was_refused_left_everything_as_it_was(app):
    known = kinds.declared()
    broken = {**known.kinds, "graduation": replace(kind("graduation"), effects={})}
    with pytest.raises(Undeclared):
        kinds.adopt(replace(known, kinds=broken))
    assert kinds.declared() is known


def test_a_state_that_no_tab_shows_is_missed_by_name():
    monitoring = kind("monitoring")
    tabs = {**monitoring.queues["everyone"], "ended": ("closed_stable", "closed_lost")}
    with pytest.raises(Undeclared, match="monitoring: states in no tab for everyone, and not hidden: closed_relapsed"):
        replace(monitoring, queues={"everyone": tabs}).demand_whole()
    replace(monitoring, queues={"everyone": tabs}, hidden={"closed_relapsed": "its nomination is listed"}).demand_whole()


def test_every_audience_has_every_state():
    monitoring = kind("monitoring")
    with pytest.raises(Undeclared, match="for deciders, and not hidden: at_risk, closed_lost"):
        replace(monitoring, queues={**monitoring.queues, "deciders": {"all": ("open",)}}).demand_whole()


def test_a_kind_without_a_queue_hides_every_state_with_a_reason():
    membership = kind("membership")
    with pytest.raises(Undeclared, match="in no tab for anybody, and not hidden: active"):
        replace(membership, hidden={}).demand_whole()
    with pytest.raises(Undeclared, match="hidden without a reason: active"):
        replace(membership, hidden={**membership.hidden, "active": ""}).demand_whole()


def test_no_state_stands_in_two_tabs():
    monitoring = kind("monitoring")
    tabs = {**monitoring.queues["everyone"], "attention": ("at_risk",)}
    with pytest.raises(Undeclared, match="monitoring: states in two places for everyone: at_risk"):
        replace(monitoring, queues={"everyone": tabs}).demand_whole()
    with pytest.raises(Undeclared, match="states in two places for everyone: at_risk"):
        replace(monitoring, hidden={"at_risk": "shown all the same"}).demand_whole()


def test_a_tab_shows_only_states_that_exist():
    monitoring = kind("monitoring")
    tabs = {**monitoring.queues["everyone"], "frozen": ("frozen",)}
    with pytest.raises(Undeclared, match="monitoring: states in a tab for everyone that do not exist: frozen"):
        replace(monitoring, queues={"everyone": tabs}).demand_whole()
