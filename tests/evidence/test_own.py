"""What proves one case proves no other: neither another's files, nor files of something else that has the same number."""

from datetime import date

import pytest
from sqlalchemy import select, update

from portal.assessment.records.visits import Visit
from portal.evidence.records import Evidence
from portal.graduation.records import dossiers
from portal.graduation.records.dossiers import Submission, of_case
from portal.kernel import clock, gate
from portal.kernel.base import session
from portal.kernel.terms import EvidenceKind, Refused, Relation, Sex, VisitOutcome
from portal.kernel.workflow import Note
from portal.nomination.records import nominations
from portal.nomination.records.nominations import NewFamily, NewMember
from tests import cast
from tests import graduating as go

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("app")]

BORN = date(1990, 2, 3)
PHOTOS = {"identity_card_photo", "family_card_photo", "house_front_photo"}
CARDS = (EvidenceKind.IDENTITY_CARD, EvidenceKind.FAMILY_CARD, EvidenceKind.HOUSE_FRONT)


def draft(officer, name, kelurahan):
    recipient = NewMember(name, cast.nik(BORN, Sex.FEMALE), Sex.FEMALE, BORN, Relation.HEAD)
    family = NewFamily(kelurahan=kelurahan, address="Jl. Kalpataru 5", rt=2, rw=5, kk=cast.kk(), kk_address=None, phone=None,
                       caretaker=recipient, stated_reason="Serabutan")  # fmt: skip
    return nominations.draft(officer, family, key=go.key())


def lacking(officer, nomination):
    with pytest.raises(Refused) as refusal:
        gate.perform(officer, nomination, "submit", seen=nomination.version, facts=Note(), key=go.key())
    return set(refusal.value.facts["missing"])


def file(kind, subject, who, subject_id=None):
    household = subject.id if subject.__tablename__ == "households" else subject.household_id
    session.add(
        Evidence(kind=kind, sha256="0" * 64, media_type="image/jpeg", size=1, uploaded_by=who.id, uploaded_at=clock.now(),
                 household_id=household, subject_type=subject.__tablename__, subject_id=subject_id or subject.id)
    )  # fmt: skip
    session.commit()


def test_photos_of_another_nomination_are_none_of_this_one(people):
    mine, other = draft(people.wati, "Lilik", cast.JATIMULYO), draft(people.rini, "Yatmi", cast.POLEHAN)
    for kind in CARDS:
        file(kind, other, people.rini)
    assert lacking(people.wati, mine) == PHOTOS


@pytest.mark.parametrize("caretaker", ["Misnati", "Ponijan"])
def test_photos_of_a_family_or_case_with_the_same_number_are_none_of_a_nomination(people, caretaker):
    mine = draft(people.wati, "Lilik", cast.JATIMULYO)
    for kind in CARDS:
        file(kind, cast.household(caretaker), people.wati, subject_id=mine.id)
    assert lacking(people.wati, mine) == PHOTOS


def unphotographed(people):
    """Misnati was met without a photo; her case, and the visit."""
    visit = go.visited(people.sari, cast.household("Misnati"), with_photo=False)
    go.assessed(people.sari, visit)
    case = go.opened(people.sari, cast.household("Misnati"))
    for _state, who, step, stated in go.way_to("statement_signed"):
        case = go.take(who, case, step, stated() if stated else None)
    return case, visit


def refused_for_want_of_a_photo(people, case):
    assert of_case(case).photographed_on is None
    with pytest.raises(Refused) as refusal:
        go.take(people.sari, case, "submit")
    return refusal.value.facts["missing"] == ("visit_met_with_photo",)


def test_a_photo_of_another_familys_visit_proves_no_visit(people):
    case, _visit = unphotographed(people)
    go.visited(people.joko, cast.household("Ponijan"))
    assert refused_for_want_of_a_photo(people, case)


def test_a_photo_of_another_visit_does_not_prove_the_one_that_met_the_family(people):
    """Nobody was met on the day with the photo."""
    case, _visit = unphotographed(people)
    photographed = go.visited(people.sari, cast.household("Misnati"), 1)
    session.execute(update(Visit).where(Visit.id == photographed.id).values(outcome=VisitOutcome.NOT_MET))
    session.commit()
    assert refused_for_want_of_a_photo(people, case)


def test_a_photo_of_something_else_with_the_visits_number_proves_no_visit(people):
    case, visit = unphotographed(people)
    file(EvidenceKind.VISIT_PHOTO, cast.household("Misnati"), people.sari, subject_id=visit.id)
    assert refused_for_want_of_a_photo(people, case)


def test_a_file_of_another_kind_on_the_visit_is_no_photo_of_it(people):
    case, visit = unphotographed(people)
    file(EvidenceKind.INCOME_PROOF, visit, people.sari)
    assert refused_for_want_of_a_photo(people, case)


def test_what_is_handed_in_holds_the_files_of_this_case_and_family_only(people):
    other = go.brought_to("statement_signed", "Suliyah")
    case = go.brought_to("statement_signed")
    theirs = set(session.scalars(select(Visit.id).where(Visit.household_id == cast.household("Misnati").id)))
    file(EvidenceKind.HOUSE_FRONT, cast.household("Ponijan"), people.joko, subject_id=case.id)
    case = go.take(people.sari, case, "submit")
    kept = [one.id for one in dossiers.latest(case).files]
    proved = {(one.subject_type, one.subject_id) for one in session.scalars(select(Evidence).where(Evidence.id.in_(kept)))}
    assert proved == {("graduations", case.id), *(("visits", visit) for visit in theirs)}
    assert session.scalars(select(Submission)).one().case_id == case.id != other.id
