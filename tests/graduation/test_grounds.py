"""What a graduation case needs, when its evidence is too old, and what has changed since it was submitted."""

import json
from contextlib import nullcontext
from dataclasses import asdict, replace
from datetime import date, timedelta

import pytest

from portal.assessment.rules.answers import Answer, Result
from portal.assessment.rules.instrument import CURRENT
from portal.assessment.rules.readiness import assess
from portal.graduation.rules import (
    GRADUATION,
    Assessed,
    Conversation,
    Difference,
    Dossier,
    IncomeGround,
    Inputs,
    Statement,
    counts_from,
    differences,
    good_until,
    lacking_indicators,
    needs_met,
    refuse_early_conversation,
    refuse_effective_date,
    refuse_statement_before_conversation,
)
from portal.kernel.terms import Membership, Presence, Refused, RegistryMatch
from portal.kernel.workflow import rebuild
from tests.assessment.test_readiness import FACTS, READY

TODAY = date(2026, 11, 24)
SINCE = counts_from(TODAY, 90)


def result(on: date = TODAY, **changed) -> Result:
    said = {key: value for key, value in {**READY, **changed}.items() if value is not None}
    return assess(CURRENT, {key: Answer(value, on) for key, value in said.items()}, FACTS)


COMPLETE = Dossier(
    Assessed(1, TODAY, result()),
    photographed_on=TODAY,
    conversation=Conversation(TODAY, ("Ibu",), "Ingin mandiri.", ("PKH",)),
    statement=Statement(TODAY, (7,)),
    income=IncomeGround(note="Warung."),
)


def missing(**changed) -> set[str]:
    return set(needs_met(COMPLETE, SINCE) - needs_met(replace(COMPLETE, **changed), SINCE))


def test_a_complete_dossier_meets_everything():
    asked = {need for step in GRADUATION.steps for need in step.needs}
    assert needs_met(COMPLETE, SINCE) <= asked
    assert asked - needs_met(COMPLETE, SINCE) == {"not_maker", "changed_no_facts", "membership_open"}


def test_an_empty_dossier_meets_nothing():
    assert needs_met(Dossier(), SINCE) == frozenset()


def test_a_required_indicator_without_an_answer_is_not_met():
    gap = Assessed(1, TODAY, result(wall=None))
    assert missing(assessed=gap) == {"required_indicators_answered", "band_ready"}
    assert lacking_indicators(replace(COMPLETE, assessed=gap), SINCE) == ("housing",)


def test_a_supporting_indicator_may_stay_open():
    assert missing(assessed=Assessed(1, TODAY, result(sessions_attended=None))) == set()


@pytest.mark.parametrize(("days", "fresh"), [(90, True), (91, False)])
def test_answers_and_photos_count_for_ninety_days(days, fresh):
    on = TODAY - timedelta(days=days)
    aged = missing(assessed=Assessed(1, on, result(on)), photographed_on=on)
    assert aged == (set() if fresh else {"assessed_recently", "required_indicators_answered", "visit_met_with_photo"})


def test_no_assessment_is_not_a_good_one():
    assert missing(assessed=None) == {"assessed_recently", "band_ready", "required_indicators_answered"}


@pytest.mark.parametrize(
    ("changed", "need"),
    [
        ({"photographed_on": None}, "visit_met_with_photo"),
        ({"conversation": replace(COMPLETE.conversation, present=())}, "conversation_note"),
        ({"conversation": replace(COMPLETE.conversation, text="")}, "conversation_note"),
        ({"conversation": replace(COMPLETE.conversation, aid_stops=())}, "aid_list"),
        ({"statement": Statement(TODAY, ())}, "signed_statement"),
        ({"statement": None}, "signed_statement"),
        ({"conversation": replace(COMPLETE.conversation, held_on=TODAY + timedelta(days=1))}, "signed_statement"),
        ({"income": IncomeGround()}, "income_basis"),
    ],
)
def test_each_piece_is_asked_for_on_its_own(changed, need):
    assert missing(**changed) == {need}


def test_income_is_proven_by_a_scan_or_a_note():
    assert missing(income=IncomeGround(proof=(3,))) == set()


def test_a_file_is_good_until_its_oldest_evidence_is_too_old():
    assert good_until(COMPLETE, 90) == TODAY + timedelta(days=90)
    assert good_until(replace(COMPLETE, photographed_on=TODAY - timedelta(days=80)), 90) == TODAY + timedelta(days=10)
    assert good_until(Dossier(), 90) is None


# --- dates ---------------------------------------------------------------------------------------------------------


def test_nothing_takes_effect_before_it_was_approved():
    refuse_effective_date(TODAY, TODAY, ())
    with pytest.raises(Refused, match="before_approval"):
        refuse_effective_date(TODAY - timedelta(days=1), TODAY, ())


def test_nothing_takes_effect_in_a_closed_year():
    with pytest.raises(Refused, match="year_closed"):
        refuse_effective_date(date(2026, 12, 31), TODAY, {2026})
    refuse_effective_date(date(2027, 1, 2), TODAY, {2026})


@pytest.mark.parametrize(("days", "is_fine"), [(0, True), (90, True), (91, False)])
def test_a_conversation_is_not_older_than_evidence_counts(days, is_fine):
    with nullcontext() if is_fine else pytest.raises(Refused, match="too_long_ago"):
        refuse_early_conversation(TODAY - timedelta(days=days), TODAY, 90)


def test_nobody_signs_before_the_conversation():
    refuse_statement_before_conversation(TODAY, TODAY)
    with pytest.raises(Refused, match="statement_before_conversation"):
        refuse_statement_before_conversation(TODAY - timedelta(days=1), TODAY)


# --- stale ---------------------------------------------------------------------------------------------------------

INPUTS = Inputs(
    ("1|Misnati",), "Jl. A RT 1 RW 2", "35.73.05.1007", Membership.ACTIVE, Presence.FOUND, RegistryMatch.MATCHED, 3,
    "2026-Q3", ("PIP",), 1, TODAY,
)  # fmt: skip


def test_every_input_but_the_quarter_of_the_same_decile_is_watched():
    changed = {
        "members": (), "address": "Jl. B", "kelurahan": "35.73.05.1008", "membership": Membership.SUSPENDED,
        "presence": Presence.MOVED, "registry_match": RegistryMatch.DECEASED, "decile": 5, "aids": (), "assessment": 2,
        "photographed_on": TODAY - timedelta(days=1),
    }  # fmt: skip
    assert set(changed) | {"decile_period"} == set(asdict(INPUTS))
    for name, value in changed.items():
        assert differences(INPUTS, replace(INPUTS, **{name: value})) == (Difference(name, getattr(INPUTS, name), value),)
    assert differences(INPUTS, replace(INPUTS, decile_period="2026-Q4")) == ()
    assert differences(INPUTS, replace(INPUTS, photographed_on=TODAY + timedelta(days=1))) == ()
    assert differences(replace(INPUTS, photographed_on=None), INPUTS) == ()


def test_what_is_stored_comes_back_as_it_was():
    plain = json.loads(json.dumps(asdict(COMPLETE), default=str))
    assert rebuild(Dossier, plain) == COMPLETE
    assert rebuild(Inputs, json.loads(json.dumps(asdict(INPUTS), default=str))) == INPUTS


def test_answers_age_as_photos_do_and_supporting_ones_do_not():
    old = TODAY - timedelta(days=60)
    assert good_until(replace(COMPLETE, assessed=Assessed(1, TODAY, result(old))), 90) == TODAY + timedelta(days=30)
    fresh = {key: Answer(value, old if key == "sessions_attended" else TODAY) for key, value in READY.items()}
    supporting_old = Assessed(1, TODAY, assess(CURRENT, fresh, FACTS))
    assert good_until(replace(COMPLETE, assessed=supporting_old), 90) == TODAY + timedelta(days=90)


def test_where_nobody_assessed_the_photo_alone_ages():
    assert good_until(replace(COMPLETE, assessed=None), 90) == TODAY + timedelta(days=90)
    assert good_until(Dossier(), 90) is None
