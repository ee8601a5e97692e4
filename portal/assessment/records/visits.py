"""Home visits: what a facilitator writes down at the door. Nothing is deleted; a mistaken visit is marked with its reason."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, timedelta

from portal.assessment.records.mistakes import MISTAKEN, reasons
from portal.assessment.records.models import Visit
from portal.evidence.records.files import claim
from portal.family.records.models import Household
from portal.kernel import gate, history
from portal.kernel.terms import Actor, EvidenceKind, Refused, VisitOutcome
from portal.kernel.work import Work

PHOTOS = 5
"""Photos that one sending may carry."""
OLDEST_DAYS = 366
"""A visit of longer ago is a slip of the finger; nobody writes one down so late."""


@dataclass(frozen=True)
class Account:
    """A visit as told. `next_on`: the next visit that was agreed, or when to try again if nobody was met."""

    visited_on: date
    outcome: VisitOutcome
    present: str = ""
    notes: str = ""
    next_on: date | None = None
    photos: tuple[int, ...] = ()


def check(account: Account, today: date) -> None:
    """Raises Refused(code, field=…): date_in_future, too_long_ago, present_missing, retry_missing or next_not_after."""
    if account.visited_on > today:
        raise Refused("date_in_future", field="visited_on")
    if account.visited_on < today - timedelta(days=OLDEST_DAYS):
        raise Refused("too_long_ago", field="visited_on")
    if account.outcome is VisitOutcome.MET and not account.present:
        raise Refused("present_missing", field="present")
    if account.outcome is VisitOutcome.NOT_MET and account.next_on is None:
        raise Refused("retry_missing", field="next_on")
    if account.next_on and account.next_on <= account.visited_on:
        raise Refused("next_not_after", field="next_on")


def record(actor: Actor, household: Household, account: Account, *, key: str) -> Visit:
    """Write down a visit and claim its photos; a promised visit that has come is promised no more.

    Raises Refused as `check` does, or "evidence_unknown".
    """

    def act(work: Work, family: Household) -> Visit:
        check(account, work.today)
        met = account.outcome is VisitOutcome.MET
        visit = work.add(
            Visit(
                household_id=family.id, visited_on=account.visited_on, outcome=account.outcome, present=account.present,
                notes=account.notes, retry_on=None if met else account.next_on, recorded_by=actor.id, recorded_at=work.now,
            )
        )  # fmt: skip
        claim(work, account.photos, EvidenceKind.VISIT_PHOTO, visit, household=family)
        detail = {"visited_on": visit.visited_on, "outcome": visit.outcome, "photos": len(account.photos)}
        work.log("visits.record", visit, household=family, detail={name: value for name, value in detail.items() if value})
        work.amend(family, next_visit_on=_promised(family.next_visit_on, account))
        return visit

    payload = history.jsonable(asdict(account))
    visit: Visit = gate.write(actor, "visit.record", household, key=key, payload=payload, act=act)
    return visit


def _promised(before: date | None, account: Account) -> date | None:
    if account.outcome is VisitOutcome.MET and account.next_on:
        return account.next_on
    return None if before and before <= account.visited_on else before


def add_photos(actor: Actor, visit: Visit, photos: Iterable[int], *, key: str) -> Visit:
    """Claim further photos for a visit; never in anybody's way. Raises Refused("evidence_unknown")."""
    ids = list(photos)

    def act(work: Work, fresh: Visit) -> Visit:
        claim(work, ids, EvidenceKind.VISIT_PHOTO, fresh, household=fresh.household)
        work.log("visits.add_photos", fresh, household=fresh.household, detail={"photos": len(ids)})
        return fresh

    kept: Visit = gate.write(actor, "visit.record", visit, key=key, payload=ids, act=act, endpoint="visits.add_photos")
    return kept


def mark_mistaken(actor: Actor, visit: Visit, reason: str, *, key: str) -> Visit:
    """Note that a visit was recorded by mistake, and why. It stays, with its assessment, and neither counts any longer.

    Raises Refused("already_marked").
    """

    def act(work: Work, fresh: Visit) -> Visit:
        if reasons([fresh.id]):
            raise Refused("already_marked")
        work.log(MISTAKEN, fresh, household=fresh.household, reason=reason)
        return fresh

    kept: Visit = gate.write(actor, "visit.record", visit, key=key, payload=reason, act=act, endpoint=MISTAKEN)
    return kept
