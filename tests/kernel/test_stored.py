"""What was stored reads as it did when it was written, and is written again letter by letter."""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from portal.assessment.rules.answers import Result, Trend, Verdict
from portal.graduation.records.dossiers import File, Snapshot
from portal.graduation.rules import Counselling
from portal.kernel.history import canonical
from portal.kernel.terms import Band, EvidenceKind, ExitType, Presence
from portal.kernel.workflow import plain, rebuild

SUBMITTED = json.loads((Path(__file__).parent.parent / "data" / "stored" / "submission.json").read_text(encoding="utf-8"))
"""As one was stored in November 2026; findings and visits are fewer."""
RESULT = SUBMITTED["readiness"]["result"]


def test_a_submission_is_written_again_letter_by_letter():
    assert canonical(plain(rebuild(Snapshot, SUBMITTED))) == canonical(SUBMITTED)


def test_a_submission_reads_as_it_was():
    snapshot = rebuild(Snapshot, SUBMITTED)
    assert (snapshot.way_out, snapshot.inputs.presence) == (ExitType.INDEPENDENT, Presence.FOUND)
    assert snapshot.statement.scans == (2,)
    assert snapshot.conversation.held_on == date(2026, 11, 25)
    assert snapshot.readiness.bands == ((date(2026, 11, 25), Band.READY),)
    assert [past.verdict for past in snapshot.readiness.past["own_wish"]] == [Verdict.MET]
    assert snapshot.family.joined_year is None


def test_what_a_need_asks_stays_a_number_or_a_word():
    needs = [need.value for finding in rebuild(Snapshot, SUBMITTED).readiness.result.findings for need in finding.needs]
    assert needs == [1106931, 2213862, "yes", "wants_to_leave"]


def test_a_result_is_stored_alone_as_within_a_submission():
    assert canonical(plain(rebuild(Result, RESULT))) == canonical(RESULT)
    assert rebuild(Result, RESULT) == rebuild(Snapshot, SUBMITTED).readiness.result


def test_files_of_a_submission_come_back():
    kept = {"id": 7, "kind": "signed_statement", "media_type": "image/webp", "sha256": "0" * 64}
    assert rebuild(File, kept) == File(7, EvidenceKind.SIGNED_STATEMENT, "image/webp", "0" * 64)
    assert plain(rebuild(File, kept)) == kept


def test_what_was_not_stored_yet_gets_its_default_and_what_is_no_more_is_left_out():
    finding = {name: value for name, value in RESULT["findings"][0].items() if name not in ("trend", "failing")}
    older = {**RESULT, "findings": [{**finding, "weight": 3}]}
    (found,) = rebuild(Result, older).findings
    assert (found.trend, found.failing) == (Trend.NEW, ())


def test_what_a_step_states_becomes_what_history_keeps():
    stated = Counselling(date(2026, 11, 3), ("Ibu", "Suami"), "Sudah siap.", ("PKH",), ("PIP",))
    assert plain(stated) == {
        "held_on": "2026-11-03", "present": ["Ibu", "Suami"], "conversation": "Sudah siap.", "aid_stops": ["PKH"],
        "aid_continues": ["PIP"],
    }  # fmt: skip


@dataclass(frozen=True)
class Kept:
    band: Band
    on: date | None = None
    scans: tuple[int, ...] = ()


@pytest.mark.parametrize(
    "broken", [{"band": "unheard_of"}, {"band": "siap_diusulkan", "on": "yesterday"}, {"band": None}, {"on": None}, {}]
)
def test_what_does_not_fit_is_refused(broken):
    with pytest.raises((TypeError, ValueError, KeyError)):
        rebuild(Kept, broken)
