"""Changes of membership in the demo: proposed by a file or a person, confirmed or dismissed by a supervisor."""

from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from portal.demo import words
from portal.demo.city import City
from portal.demo.days import moment, workday
from portal.demo.doorstep import in_force
from portal.demo.families import Family, change, leave
from portal.demo.files import brought_on
from portal.demo.ledger import Deed
from portal.kernel.history import jsonable
from portal.kernel.terms import EvidenceKind, ExitType, Period
from portal.membership.records.models import BY_PERSON, MembershipProposal
from portal.membership.rules import IneligibleBecause, IneligibleExit, MembershipChange, NonComplianceExit, Resumption

BY_DECILE = "decile"
"""The cause of a proposal that an import of deciles makes."""
_TABLE = MembershipProposal.__tablename__
_ENDS = {
    "exit_natural": ExitType.NATURAL, "exit_ineligible": ExitType.INELIGIBLE, "exit_non_compliance": ExitType.NON_COMPLIANCE,
}  # fmt: skip


class _Proposed:
    """A proposal; it stays open until it is confirmed or dismissed."""

    def __init__(self, city: City, family: Family, step: str, deed: Deed, *, cause: str = BY_PERSON) -> None:
        self.city, self.family, self.step, self.deed = city, family, step, deed
        self.row: dict[str, Any] = {
            "id": city.ledger.next_id(MembershipProposal), "household_id": family.id, "step": step, "cause": cause,
            "proposed_by": deed.by, "proposed_at": deed.at, "state": "open", "decided_by": None,
            "decided_at": None, "version": 1,
        }  # fmt: skip

    def attach(self, kind: EvidenceKind) -> tuple[int, ...]:
        subject = (_TABLE, self.row["id"])
        before = Deed(self.deed.at - timedelta(minutes=15), self.deed.by)
        return (self.city.album.attach(kind, subject, self.family.id, before)[0],)

    def state(self, stated: Any, **grounds: Any) -> None:
        """What was stated, and what a file adds for explanation."""
        facts, self.grounds = jsonable(asdict(stated)), grounds
        self.row["facts"] = {**facts, **grounds}
        self._log("membership.proposed", self.deed, reason=facts.get("reason"), detail={**grounds, "step": self.step})

    def confirm(self, day: date, stated: Any) -> None:
        """The step is taken and then the proposal decided, as the gate writes it."""
        deed = Deed(moment(day, 10), self._supervisor())
        change(self.city.ledger, self.family, self.step, deed, stated={**jsonable(asdict(stated)), **self.grounds})
        if self.step in _ENDS:
            leave(self.family, stated.effective_on, _ENDS[self.step])
        self._decide(deed, "confirmed")

    def dismiss(self, day: date, reason: str) -> None:
        self._decide(Deed(moment(day, 10), self._supervisor()), "dismissed", reason)

    def write(self) -> None:
        self.city.ledger.put(MembershipProposal, **self.row)

    def _supervisor(self) -> int:
        return self.city.office.supervisor(self.city.rng, self.family.kelurahan)

    def _decide(self, deed: Deed, state: str, reason: str | None = None) -> None:
        self.row.update(state=state, decided_by=deed.by, decided_at=deed.at, version=2)
        self._log(f"membership.{state}", deed, from_state="open", to_state=state, reason=reason)

    def _log(self, kind: str, deed: Deed, **said: Any) -> None:
        self.city.ledger.log(kind, (_TABLE, self.row["id"]), self.family.id, deed, **said)
        self.family.touched(deed.at)


def suspend(city: City, family: Family, period: Period, *, decided: bool) -> date:
    """The decile of this quarter is above the limit: a file says so, the supervisor confirms; the day it was confirmed."""
    told_on = brought_on(period)
    proposed = _Proposed(city, family, "suspend", city.files.deed(period), cause=BY_DECILE)
    limit = in_force(told_on).number("suspend_from_decile")
    stated = MembershipChange(told_on, "")
    proposed.state(stated, decile=family.deciles[str(period)], period=str(period), suspend_from=limit)
    confirmed = workday(told_on + timedelta(days=city.rng.randrange(2, 9)))
    if decided and confirmed <= city.days.last:
        proposed.confirm(confirmed, stated)
    city.files.propose(family, period, proposed.row)
    return confirmed


def resume(city: City, family: Family, since: date, *, decided: bool) -> None:
    """A field check found the family still in need."""
    latest = city.days.last - timedelta(days=8 if decided else city.rng.randrange(2, 15))
    wanted = min(since + timedelta(days=city.rng.randrange(10, 30)), latest) if decided else latest
    day = max(workday(wanted), min(since + timedelta(days=1), city.days.last))
    assert family.facilitator
    proposed = _Proposed(city, family, "resume", Deed(moment(day, 13), family.facilitator))
    report = proposed.attach(EvidenceKind.FIELD_REPORT)
    stated = Resumption(day, city.rng.choice(words.RESUMED), report)
    _settle(city, proposed, day, stated, decided=decided)


def exit_(city: City, family: Family, way: ExitType, day: date, *, outcome: str) -> None:
    """Proposed by the facilitator with proof; `outcome` is confirmed, dismissed or open."""
    assert family.facilitator
    day = workday(day)
    step = next(step for step, exit_type in _ENDS.items() if exit_type is way)
    if way is ExitType.NATURAL:
        seen = Deed(moment(day, 11), family.facilitator)
        family.members_confirmed_on = day
        city.ledger.log("households.members_confirmed", family.subject, family.id, seen)
    proposed = _Proposed(city, family, step, Deed(moment(day, 13), family.facilitator))
    stated = _reasons(city, way, day, proposed)
    if outcome == "dismissed":
        proposed.state(stated)
        proposed.dismiss(workday(day + timedelta(days=9)), city.rng.choice(words.DISMISSED))
        proposed.write()
        return
    _settle(city, proposed, day, stated, decided=outcome == "confirmed")


def _reasons(city: City, way: ExitType, day: date, proposed: _Proposed) -> Any:
    if way is ExitType.NATURAL:
        return MembershipChange(day, words.NATURAL)
    proof = proposed.attach(EvidenceKind.EXIT_PROOF)
    if way is ExitType.NON_COMPLIANCE:
        return NonComplianceExit(day, words.NON_COMPLIANCE, proof)
    because, reason = city.rng.choice(list(words.INELIGIBLE.items()))
    return IneligibleExit(day, IneligibleBecause(because), reason, proof)


def _settle(city: City, proposed: _Proposed, day: date, stated: Any, *, decided: bool) -> None:
    proposed.state(stated)
    confirmed = workday(day + timedelta(days=city.rng.randrange(4, 12)))
    if decided and confirmed <= city.days.last:
        proposed.confirm(confirmed, stated)
    proposed.write()
