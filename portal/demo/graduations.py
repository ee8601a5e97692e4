"""The way out, leg by leg, counted back from the day of the last one; and life after it: planned visits, what was found at
them, and the families that fell back.
"""

from collections.abc import Callable
from datetime import date, timedelta

from portal.demo import nominations, office, words
from portal.demo.family import Fortune, ToldFamily
from portal.demo.town import Story, days_of, workday
from portal.graduation.records import graduations
from portal.graduation.records.dossiers import Graduation
from portal.graduation.rules import (
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
from portal.kernel.people import Account
from portal.kernel.terms import EvidenceKind, VisitOutcome
from portal.kernel.workflow import Decision, Defects, Note, Reason
from portal.monitoring import records as monitoring
from portal.monitoring.records import Monitoring, MonitoringVisit, Report
from portal.monitoring.rules import Intervention, Outlook, Shock

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
        if leg == "open":
            graduations.open_case(family.by, family.row, way_out, key=family.key())
        elif leg == "visit":
            family.assess(family.meet(), standing)
        elif leg == "change":  # somebody corrects the address after the case was handed in
            family.amend(rt=family.rt % 9 + 1)
        elif leg != "wait":  # nothing happens then, and evidence ages
            _step(family, leg, by)


def _step(family: ToldFamily, leg: str, decider: str) -> None:
    name, case = leg.removesuffix("_anyway"), case_of(family)
    decides = GRADUATION.step(name).action == "graduation.decide"
    stated = _STATED[leg](family) if leg in _STATED else Note()
    who = family.town.people[decider] if decides else family.by
    gate.perform(who, case, name, seen=case.version, facts=stated, key=family.key())


def case_of(family: ToldFamily) -> Graduation:
    return (
        session.query(Graduation)
        .filter_by(household_id=family.id or family.row.id)
        .order_by(Graduation.id.desc())
        .limit(1)
        .one()
    )


def _statement(family: ToldFamily) -> SignedStatement:
    return SignedStatement(clock.today(), family.staged(EvidenceKind.SIGNED_STATEMENT))


def _income(family: ToldFamily) -> IncomeBasis:
    proof = family.staged(EvidenceKind.INCOME_PROOF) if family.turn % 3 == 0 else ()
    return IncomeBasis(family.said(words.INCOME), proof)


_STATED: dict[str, Callable[[ToldFamily], object]] = {
    "find_not_yet": lambda family: Plan(family.said(words.PLANS), clock.today() + timedelta(days=90)),
    "counsel": lambda family: Counselling(clock.today(), **words.conversation(family.town.rng, family.caretaker.addressed)),
    "counsel_on_own_wish": lambda family: OwnWishCounselling(
        clock.today(), **words.conversation(family.town.rng, family.caretaker.addressed),
        own_wish_reason=family.said(words.OWN_WISH),
    ),
    "sign": _statement, "correct_statement": _statement, "add_income_basis": _income,
    "approve": lambda family: Decision(family.said(words.APPROVED)),
    "approve_anyway": lambda family: Decision(override_reason="Hanya RT yang berubah, keadaan keluarga tetap sama."),
    "reject": lambda family: Reason(family.said(words.REJECTED)),
    "return": lambda family: Defects(words.DEFECTS),
    "withdraw": lambda family: Reason(family.said(words.WITHDRAWN)),
    "revoke": lambda family: Reason(family.said(words.REVOKED)),
    "record": lambda family: Recorded(clock.today(), f"SIKS-{clock.today():%y%m}-{case_of(family).id:04d}"),
    "take_effect": lambda family: Effective(clock.today()),
}  # fmt: skip
"""What is stated with a step, where it is more than a note."""
_STEPS = {Outlook.STABLE: "find_stable", Outlook.WATCH: "find_watch", Outlook.AT_RISK: "find_at_risk"}
_SHARE = {Outlook.STABLE: 1.7, Outlook.WATCH: 1.4, Outlook.AT_RISK: 0.8}
"""Income per person, of the poverty line."""


def followed(family: ToldFamily, fortune: str, *, hit_at: int = 1, again: str = "draft") -> Story:
    """`fortune` is stable, watch, at_risk, intervention, relapsed, closed_relapsed or lost; trouble comes at the visit
    `hit_at`. `again`: how far the nomination has come that a relapse opened."""
    turn = 0
    while planned := _next(family):
        yield workday(planned.planned_on + timedelta(days=4))
        turn += 1
        if fortune == "lost":
            yield from _missed(family)
        elif turn < hit_at or fortune == "stable":
            _met(family, Outlook.STABLE)
        elif fortune == "watch":
            _met(family, Outlook.WATCH)
        else:
            _met(family, Outlook.AT_RISK)
            yield from _helped(family, fortune, again)
            return
    if _followed(family).state == "stable":
        yield clock.today() + timedelta(days=9)
        _decide(family, "close_stable", Note())


def _followed(family: ToldFamily) -> Monitoring:
    return session.query(Monitoring).filter_by(household_id=family.id or family.row.id).populate_existing().one()


def _next(family: ToldFamily) -> MonitoringVisit | None:
    """The earliest visit without an outcome, unless the case needs none any more."""
    case = _followed(family)
    ahead = [visit for visit in case.visits if visit.outcome is None] if case.is_open else []
    return min(ahead, key=lambda visit: visit.planned_on, default=None)


def _met(family: ToldFamily, result: Outlook) -> None:
    today, people = clock.today(), len(family.people)
    income = int(office.limits(today)[0] * _SHARE[result]) * people // 10_000 * 10_000
    hit = result is Outlook.AT_RISK
    photos = family.staged(EvidenceKind.VISIT_PHOTO)
    report = Report(
        visited_on=today, outcome=VisitOutcome.MET, household_income=income, people=people, works=not hit, in_school=True,
        livelihood="" if hit else family.said(words.WORK_NOW), shocks=(Shock.JOB_LOST,) if hit else (),
        supported=True, photos=photos,
    )  # fmt: skip
    visit = _next(family)
    assert visit
    monitoring.record_visit(family.by, visit, report, key=family.key())
    _do(family, _STEPS[result], Note())


def _missed(family: ToldFamily) -> Story:
    retry = clock.today() + timedelta(days=14)
    visit = _next(family)
    assert visit
    report = Report(visited_on=clock.today(), outcome=VisitOutcome.NOT_MET, retry_on=retry)
    monitoring.record_visit(family.by, visit, report, key=family.key())
    if sum(one.outcome is VisitOutcome.NOT_MET for one in _followed(family).visits) == 3:
        yield clock.today() + timedelta(days=6)
        _decide(family, "close_lost", Reason(words.LOST))


def _helped(family: ToldFamily, fortune: str, again: str) -> Story:
    if fortune == "at_risk":
        return
    yield clock.today() + timedelta(days=5)
    what, where = family.town.rng.choice(words.HELP)
    _do(family, "intervene", Intervention(what, where, clock.today() + timedelta(days=45)))
    if fortune == "intervention":
        return
    yield clock.today() + timedelta(days=20)
    _decide(family, "confirm_relapse", Reason(words.RELAPSED))
    if fortune == "closed_relapsed":
        yield clock.today() + timedelta(days=4)
        _decide(family, "close_relapsed", Note())
    yield from nominations.proposed_again(family, again)


def _do(family: ToldFamily, step: str, stated: object, by: Account | None = None) -> None:
    case = _followed(family)
    gate.perform(by or family.by, case, step, seen=case.version, facts=stated, key=family.key())


def _decide(family: ToldFamily, step: str, stated: object) -> None:
    _do(family, step, stated, family.town.people["budi"])
