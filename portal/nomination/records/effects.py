"""What a nomination needs and sets off."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import exists, func, select

from portal.assessment.records.makers import is_not_maker
from portal.evidence.records import Evidence
from portal.family.records.models import Household, Member
from portal.family.rules.names import caretaker
from portal.kernel import areas, gate, schedule
from portal.kernel.base import session
from portal.kernel.history import Event
from portal.kernel.kinds import CaseKind
from portal.kernel.people import Assignment, User
from portal.kernel.terms import IN_PROGRAMME, EvidenceKind, Membership, Refused, Role
from portal.kernel.work import Work
from portal.membership.records.proposals import open_episode
from portal.nomination import rules
from portal.nomination.records.nominations import Nomination
from portal.nomination.rules import NOMINATION, Assignee, DuplicateOf, Endorsement, FieldCheck, Forwarding, NationalResult


def _needs_met(case: Nomination, today: date) -> frozenset[str]:
    return rules.met(_candidate(case), today)


def _candidate(case: Nomination) -> rules.CandidateFamily:
    """The candidate family as the rules see it."""
    household = case.household
    members = household.present_members
    recipient = caretaker(members)
    return rules.CandidateFamily(
        niks=tuple(member.nik for member in members),
        caretaker_nik=recipient.nik if recipient else None,
        kk=household.kk,
        address=household.address,
        rt=household.rt,
        rw=household.rw,
        stated_reason=case.stated_reason,
        evidence=_attached(case),
        presence=household.presence,
        registry_match=household.registry_match,
        taken=_is_taken(household),
    )


def _attached(case: Nomination) -> frozenset[EvidenceKind]:
    mine = (Evidence.subject_type == case.__tablename__, Evidence.subject_id == case.id)
    return frozenset(session.scalars(select(Evidence.kind).where(*mine).distinct()))


def _is_taken(household: Household) -> bool:
    """A present member who is present elsewhere, or a family that is already in the programme."""
    if household.membership in IN_PROGRAMME:
        return True
    numbers = [member.nik_index for member in household.present_members if member.nik_index]
    elsewhere = (Member.nik_index.in_(numbers), Member.left_on.is_(None), Member.household_id != household.id)
    return bool(session.scalar(select(exists().where(*elsewhere))))


def _refuse_before(case: Nomination, step: str, name: str, day: date) -> None:
    """Raises Refused("out_of_order") for a day before the one that an earlier step named (or was taken on)."""
    earlier = case.facts.get(step, {}).get(name)
    if earlier:
        schedule.refuse_before(day, date.fromisoformat(earlier))


_HANDED_IN = ("nomination.submit", "nomination.resubmit")
_PEOPLE_OR_DOMICILE = frozenset(
    {"nomination.edit_member", "nomination.edit_member_removed", "members.add", "members.amend", "members.leave",
     "members.choose_caretaker", "members.correct_nik", "kk_numbers.change"}
)  # fmt: skip
_DOMICILE, _BROUGHT = frozenset({"kelurahan", "address", "rt", "rw"}), frozenset({"added", "filled", "kk"})


def _go_the_whole_way(work: Work, case: Nomination) -> None:
    """Where people or domicile changed since the file was handed in, the kelurahan talks about it again; wherever they were
    changed: in the file, on the family's own page, by an import."""
    handed_in = (Event.subject_type == case.__tablename__, Event.subject_id == case.id, Event.kind.in_(_HANDED_IN))
    last = select(func.max(Event.seq)).where(*handed_in).scalar_subquery()
    since = select(Event.kind, Event.detail).where(Event.household_id == case.household_id, Event.seq > last)
    if any(_moves_people(kind, detail or {}) for kind, detail in session.execute(since)):
        case.returned_from = NOMINATION.step("submit").target


def _moves_people(kind: str, detail: Mapping[str, Any]) -> bool:
    if kind == "households.amend":
        return not _DOMICILE.isdisjoint(detail["changes"])
    if kind == "intake.change":
        return not _BROUGHT.isdisjoint(code for code, _value in detail["told"])
    return kind in _PEOPLE_OR_DOMICILE


def _endorsed(work: Work, case: Nomination, facts: Endorsement) -> None:
    """The field check goes to the kelurahan's facilitator; where there is none or several, the supervisor picks one."""
    _refuse_before(case, "deliberate", "held_on", facts.signed_on)
    choice = facilitators_of(case.household.kelurahan)
    if len(choice) == 1:
        [only] = choice
        case.facilitator_id = only.id
        work.move(case, "assign_check", facts=Assignee(facilitator=only.id))


def facilitators_of(kelurahan: str) -> list[User]:
    """Active facilitators who work in this kelurahan, by name."""
    here = (Assignment.area_code.in_(areas.around(kelurahan)), User.role == Role.FACILITATOR, User.active.is_(True))
    statement = select(User).join(Assignment, Assignment.user_id == User.id).where(*here)
    return list(session.scalars(statement.order_by(User.name, User.id).distinct()))


def _assigned(work: Work, case: Nomination, facts: Assignee) -> None:
    if facts.facilitator not in {user.id for user in facilitators_of(case.household.kelurahan)}:
        raise Refused("facilitator_not_here")
    case.facilitator_id = facts.facilitator


def _checked(work: Work, case: Nomination, facts: FieldCheck) -> None:
    _refuse_before(case, "endorse", "signed_on", facts.checked_on)


def _ended(work: Work, case: Nomination, facts: object) -> None:
    if case.household.membership == Membership.CANDIDATE:
        work.move(case.household, "drop")


def _forwarded(work: Work, case: Nomination, facts: Forwarding) -> None:
    for step in ("approve", "approve_against_advice"):
        _refuse_before(case, step, "on", facts.forwarded_on)


def _declined(work: Work, case: Nomination, facts: NationalResult) -> None:
    _refuse_before(case, "forward", "forwarded_on", facts.decided_on)
    _ended(work, case, facts)


def _accepted(work: Work, case: Nomination, facts: NationalResult) -> None:
    """The candidate household becomes active with a first or, after an exit, a further episode. One that a first payment has
    made active since stays as it is: the result is written down, its membership goes its own way."""
    _refuse_before(case, "forward", "forwarded_on", facts.decided_on)
    if case.household.membership != Membership.CANDIDATE:
        return
    work.move(case.household, "activate")
    open_episode(work, case.household, facts.decided_on)


def _duplicate(work: Work, case: Nomination, facts: DuplicateOf) -> None:
    same = session.get(Household, facts.household)
    if same is None or same.id == case.household_id or not gate.can(work.actor, "household.view", same):
        raise Refused("household_unknown")
    _ended(work, case, facts)


KIND = CaseKind(
    flow=NOMINATION,
    model=Nomination,
    queues=rules.QUEUES,
    checks={"not_maker": lambda case, actor, today: is_not_maker(case, actor)},
    gather=_needs_met,
    gathers=frozenset(rules.NEEDS),
    before={"resubmit": _go_the_whole_way},
    effects={
        "endorse": _endorsed,
        "assign_check": _assigned,
        "recommend": _checked,
        "recommend_against": _checked,
        "reject": _ended,
        "mark_duplicate": _duplicate,
        "forward": _forwarded,
        "accept": _accepted,
        "decline": _declined,
        "withdraw": _ended,
    },
)
