"""The way out: graduations of the demo, leg by leg, counted back from the day on which the last one was taken."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from portal.demo import words
from portal.demo.answers import Fortune
from portal.demo.days import workday
from portal.demo.family import ToldFamily
from portal.demo.town import Story
from portal.graduation.records import graduations
from portal.graduation.records.models import Graduation
from portal.graduation.rules.flow import (
    GRADUATION,
    Counselling,
    Effective,
    IncomeBasis,
    OwnWishCounselling,
    Plan,
    Recorded,
    SignedStatement,
    WayOut,
)
from portal.kernel import clock, gate
from portal.kernel.base import session
from portal.kernel.facts import Decision, Defects, Note, Reason
from portal.kernel.terms import EvidenceKind

_DAYS = {
    "open": 0, "start_assessment": 1, "visit": 2, "find_ready": 0, "find_not_yet": 0, "counsel": 5, "counsel_on_own_wish": 6,
    "sign": 4, "add_income_basis": 0, "submit": 2, "change": 2, "return": 5, "reject": 8, "correct_statement": 2, "resubmit": 0,
    "approve": 6, "approve_anyway": 6, "record": 5, "take_effect": 11, "withdraw": 9, "revoke": 8, "wait": 75,
}  # fmt: skip
"""How long after the leg before."""
_READY = "open start_assessment visit find_ready"
_SIGNED = f"{_READY} counsel sign add_income_basis"
_SENT = f"{_SIGNED} submit"
_WISHED = "open start_assessment visit find_not_yet counsel_on_own_wish sign add_income_basis submit"
_MENDED = f"{_SENT} return correct_statement resubmit"
WAYS = {
    "identified": "open", "assessment": "open start_assessment", "ready": _READY, "counselling": f"{_READY} counsel",
    "not_yet": "open start_assessment visit find_not_yet", "statement_signed": _SIGNED, "submitted": _SENT,
    "submitted_mended": _MENDED, "submitted_wished": _WISHED, "submitted_changed": f"{_SENT} change",
    "returned": f"{_SENT} return", "approved": f"{_SENT} approve", "approved_anyway": f"{_SENT} change approve_anyway",
    "rejected": f"{_SENT} reject", "recorded": f"{_SENT} approve record", "withdrawn": "open start_assessment withdraw",
    "revoked": f"{_SENT} approve record revoke", "ageing": f"{_READY} wait counsel sign add_income_basis",
    "effective": f"{_SENT} approve record take_effect", "effective_mended": f"{_MENDED} approve record take_effect",
    "effective_wished": f"{_WISHED} approve record take_effect",
}  # fmt: skip


def graduating(family: ToldFamily, way: str, end: date, *, by: str = "budi", way_out: WayOut = WayOut.INDEPENDENT) -> Story:
    """`end` is the day of the last leg, `by` who decides."""
    yield from family.settle_in()
    legs = WAYS[way].split()
    standing = Fortune.ON_THE_WAY if "find_not_yet" in legs else Fortune.WELL
    for leg, day in zip(legs, days_of(legs, end, _DAYS), strict=True):
        yield day
        _Leg(family, by, way_out, standing).take(leg)


def days_of(legs: Sequence[str], end: date, gaps: dict[str, int]) -> list[date]:
    days = [end]
    for leg in reversed(legs[1:]):
        days.append(workday(days[-1] - timedelta(days=gaps[leg])))
    return days[::-1]


class _Leg:
    def __init__(self, family: ToldFamily, decider: str, way_out: WayOut, standing: Fortune) -> None:
        self.family, self.town, self.way_out, self.standing = family, family.town, way_out, standing
        self.decider = self.town.people[decider]

    def take(self, leg: str) -> None:
        done = getattr(self, f"_{leg}", None)
        if done:
            done()
        else:
            self._step(leg)

    def _step(self, name: str, stated: Any = None) -> None:
        step, case = GRADUATION.step(name), case_of(self.family)
        who = self.decider if step.action == "graduation.decide" else self.family.by
        gate.perform(who, case, name, seen=case.version, facts=stated or _STATED[name](self.family), key=self.town.key())

    def _open(self) -> None:
        graduations.open_case(self.family.by, self.family.row, self.way_out, key=self.town.key())

    def _visit(self) -> None:
        self.family.assess(self.family.meet(), self.standing)

    def _wait(self) -> None:
        """Nothing happens, and evidence ages."""

    def _change(self) -> None:
        """Somebody corrects the address after the case was handed in."""
        self.family.amend(rt=self.family.rt % 9 + 1)

    def _approve_anyway(self) -> None:
        self._step("approve", Decision(override_reason="Hanya RT yang berubah, keadaan keluarga tetap sama."))


def case_of(family: ToldFamily) -> Graduation:
    return (
        session.query(Graduation)
        .filter_by(household_id=family.id or family.row.id)
        .order_by(Graduation.id.desc())
        .limit(1)
        .one()
    )


def _conversation(family: ToldFamily) -> dict[str, Any]:
    return {"held_on": clock.today(), **words.conversation(family.town.rng, family.caretaker.addressed)}


def _statement(family: ToldFamily) -> SignedStatement:
    return SignedStatement(clock.today(), family.staged(EvidenceKind.SIGNED_STATEMENT))


def _income(family: ToldFamily) -> IncomeBasis:
    proof = family.staged(EvidenceKind.INCOME_PROOF) if family.turn % 3 == 0 else ()
    return IncomeBasis(family.town.rng.choice(words.INCOME), proof)


def _plan(family: ToldFamily) -> Plan:
    return Plan(family.town.rng.choice(words.PLANS), clock.today() + timedelta(days=90))


def _one_of(kind: Any, said: Sequence[str]) -> Callable[[ToldFamily], Any]:
    return lambda family: kind(family.town.rng.choice(said))


def _noted(family: ToldFamily) -> Note:
    return Note()


_STATED: dict[str, Callable[[ToldFamily], Any]] = {
    **dict.fromkeys(("start_assessment", "find_ready", "submit", "resubmit"), _noted),
    "find_not_yet": _plan,
    "counsel": lambda family: Counselling(**_conversation(family)),
    "counsel_on_own_wish": lambda family: OwnWishCounselling(
        **_conversation(family), own_wish_reason=family.town.rng.choice(words.OWN_WISH)
    ),
    "sign": _statement, "correct_statement": _statement, "add_income_basis": _income,
    "approve": _one_of(Decision, words.APPROVED), "reject": _one_of(Reason, words.REJECTED),
    "return": lambda family: Defects(tuple(family.town.rng.sample(words.DEFECTS, 2))),
    "withdraw": _one_of(Reason, words.WITHDRAWN), "revoke": _one_of(Reason, words.REVOKED),
    "record": lambda family: Recorded(clock.today(), f"SIKS-{clock.today():%y%m}-{case_of(family).id:04d}"),
    "take_effect": lambda family: Effective(clock.today()),
}  # fmt: skip
