"""Graduation cases: begun on a family, what their steps need and set off, and the statement that the family signs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from portal.assessment.records import makers
from portal.family.records import register
from portal.family.records.models import Household
from portal.family.records.reveals import REVEALED, NumberKind, Purpose
from portal.family.rules.names import caretaker
from portal.graduation import rules
from portal.graduation.records import dossiers
from portal.graduation.records.dossiers import ClosedYear, Graduation
from portal.graduation.rules import GRADUATION, QUEUES, WayOut
from portal.kernel import gate, history, schedule, settings
from portal.kernel.base import session
from portal.kernel.clock import local
from portal.kernel.kinds import CaseKind, Check, Effect
from portal.kernel.terms import IN_PROGRAMME, Actor, ExitType, Refused
from portal.kernel.work import Work
from portal.kernel.workflow import Decision, Defects, Note, Reason
from portal.membership.records import proposals
from portal.monitoring.records import Monitoring, MonitoringVisit


def open_case(actor: Actor, household: Household, way_out: WayOut, *, key: str) -> Graduation:
    """Begin a graduation. Raises Refused("household_not_in_programme" or "graduation_already_open")."""

    def act(work: Work, row: Household) -> Graduation:
        if row.membership not in IN_PROGRAMME:
            raise Refused("household_not_in_programme")
        case = Graduation(exit_type=ExitType(way_out))
        return register.open_case(work, case, row, detail={"exit_type": case.exit_type})

    payload, endpoint = str(way_out), "graduation.open"
    return gate.write(actor, "graduation.prepare", household, key=key, payload=payload, act=act, endpoint=endpoint)


@dataclass(frozen=True)
class Signatory:
    """Who signs for the family, with the numbers that the printed statement shows in full, and nothing else does."""

    name: str
    nik: str | None
    kk: str | None


def reveal_for_statement(actor: Actor, case: Graduation, *, key: str) -> Signatory:
    """The caretaker's numbers for the printed statement. Each look is logged as one at any other number, with its purpose.

    Raises Refused("already_revealed") for a key that has shown them.
    """
    found: list[Signatory] = []

    def act(work: Work, family: Household) -> Household:
        person = caretaker(family.present_members)
        for number, holder in ((NumberKind.NIK, person), (NumberKind.KK, family)):
            if holder is not None:
                event = work.log(REVEALED, holder, detail={"number": number, "purpose": Purpose.LETTER})
                event.household_id = family.id
        found.append(Signatory(family.caretaker_name, person.nik if person else None, family.kk))
        return family

    gate.write(
        actor, "household.reveal", case.household, key=key, payload=["graduation", case.id], act=act,
        endpoint="graduation.statement",
    )  # fmt: skip
    if not found:
        raise Refused("already_revealed")
    return found[0]


# --- what steps need -------------------------------------------------------------------------------------------------


CHECKS: Mapping[str, Check] = {
    "not_maker": lambda case, actor, today: makers.is_not_maker(case, actor),
    "changed_no_facts": lambda case, actor, today: makers.changed_no_facts(case, actor),
    "membership_open": lambda case, actor, today: case.household.membership in IN_PROGRAMME,
}


def _gathered(case: Graduation, today: date) -> frozenset[str]:
    """The needs that the evidence meets today, asked together: one dossier answers them all."""
    since = rules.counts_from(today, settings.in_force(today).number("evidence_days"))
    return rules.needs_met(dossiers.of_case(case), since)


# --- what steps set off ----------------------------------------------------------------------------------------------


def _keep_way_out(work: Work, case: Graduation, stated: rules.ExitChoice) -> None:
    case.exit_type = ExitType(stated.exit_type)


def _talked(work: Work, case: Graduation, stated: rules.Counselling) -> None:
    """A new conversation may follow a statement: the new one is printed from it."""
    days = settings.in_force(work.today).number("evidence_days")
    rules.refuse_early_conversation(stated.held_on, local(case.opened_at).date(), days)


def _signed(work: Work, case: Graduation, stated: rules.SignedStatement) -> None:
    """What is signed is what was talked about last."""
    held, signed = dossiers.conversation_of(case), dossiers.statement_of(case)
    if held and signed:
        rules.refuse_statement_before_conversation(signed.signed_on, held.held_on)


def _demand_basis(work: Work, case: Graduation, stated: rules.IncomeBasis) -> None:
    if not stated.income_note and not stated.income_proof:
        raise Refused("income_basis_empty")


def _submit(work: Work, case: Graduation, stated: Note) -> None:
    submission = dossiers.freeze(work, case)
    _cite(work, submission.number, submission.sha256)


def _handed_in(case: Graduation) -> dossiers.Submitted:
    submitted = dossiers.latest(case)
    if submitted is None:
        raise Refused("nothing_submitted")
    return submitted


def _decide(work: Work, case: Graduation, stated: Defects | Reason) -> None:
    submitted = _handed_in(case)
    _cite(work, submitted.number, submitted.sha256)


def _approve(work: Work, case: Graduation, stated: Decision) -> None:
    """Decided is the version that was submitted; what differs now needs a reason, and both stay on record."""
    submitted = _handed_in(case)
    changed = [difference.name for difference in dossiers.stale_inputs(submitted, case.household)]
    if changed and not stated.override_reason:
        raise Refused("override_needed")
    case.approved_on = work.today
    _cite(work, submitted.number, submitted.sha256, **({"stale": changed} if changed else {}))


def _cite(work: Work, number: int, sha256: str, **more: list[str]) -> None:
    """The event of the step that was just taken names the version it is about."""
    event = work.events[-1]
    event.detail = {**(event.detail or {}), "submission": number, "sha256": sha256, **more}


def _record(work: Work, case: Graduation, stated: rules.Recorded) -> None:
    rules.refuse_before_approval(stated.recorded_on, _approved_on(case))
    case.recorded_on, case.reference = stated.recorded_on, stated.reference


def _take_effect(work: Work, case: Graduation, stated: rules.Effective) -> None:
    history.hold_head()  # or the year might be closed between this look and the commit
    closed = set(session.scalars(select(ClosedYear.year)))
    rules.refuse_effective_date(stated.effective_on, _approved_on(case), closed)
    case.effective_on = stated.effective_on
    proposals.graduate(work, case.household, stated.effective_on, case.exit_type)
    _open_monitoring(work, case, stated.effective_on)


def _approved_on(case: Graduation) -> date:
    """Raises Refused("needs_missing") for a case that nobody approved: the database could hold one, the flow cannot."""
    if case.approved_on is None:
        raise Refused("step_not_from_here")
    return case.approved_on


def _open_monitoring(work: Work, case: Graduation, started_on: date) -> None:
    """Follow-up of the family, with its visits planned by the setting in force on the day of effect."""
    planned = schedule.planned_visits(started_on, settings.in_force(started_on).numbers("monitoring_months"))
    monitoring = Monitoring(
        graduation_id=case.id, cohort=started_on.year, started_on=started_on, next_planned_on=planned[0]
    )  # fmt: skip
    register.open_case(work, monitoring, case.household, detail={"planned": planned, "graduation": case.id})
    session.add_all(MonitoringVisit(monitoring_id=monitoring.id, planned_on=day) for day in planned)


EFFECTS: Mapping[str, Effect] = {
    "correct_way_out": _keep_way_out,
    "counsel": _talked,
    "counsel_on_own_wish": _talked,
    "correct_counselling": _talked,
    "sign": _signed,
    "correct_statement": _signed,
    "add_income_basis": _demand_basis,
    "submit": _submit,
    "resubmit": _submit,
    "approve": _approve,
    "return": _decide,
    "reject": _decide,
    "record": _record,
    "take_effect": _take_effect,
}


KIND = CaseKind(
    flow=GRADUATION, model=Graduation, queues=QUEUES, checks=CHECKS, gather=_gathered, gathers=rules.NEEDS, effects=EFFECTS
)
