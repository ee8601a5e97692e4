"""What a change of membership needs and sets off. The household itself is the case."""

from datetime import date, timedelta

from portal.family.records.models import Episode, Household
from portal.family.rules import components
from portal.family.rules.components import NoneLeft
from portal.kernel import settings
from portal.kernel.base import session
from portal.kernel.kinds import CaseKind, Effect
from portal.kernel.terms import Actor, ExitType, Refused
from portal.kernel.work import Work
from portal.membership.rules import MEMBERSHIP


def none_left(household: Household, today: date, *, elderly_age: int) -> NoneLeft:
    """Whether a component is left on a date known, or only presumed from ages; `elderly_age` is the setting in force."""
    people = [member.as_person for member in household.present_members]
    return components.no_component_left(people, today, elderly_age=elderly_age)


def open_episode(work: Work, household: Household, started: date | None) -> Episode:
    """A first or further episode; a further one is linked by its number. Raises Refused("outside_membership") for a day
    before the end of the last."""
    session.refresh(household, ["episodes"])
    if started and any(episode.ended and episode.ended > started for episode in household.episodes):
        raise Refused("outside_membership")
    return work.add(Episode(household_id=household.id, number=len(household.episodes) + 1, started=started))


def refuse_before_start(household: Household, ended: date) -> None:
    """Raises Refused("outside_membership") for an end before the open episode began."""
    if any(episode.ended is None and episode.started and ended < episode.started for episode in household.episodes):
        raise Refused("outside_membership")


def end_episode(work: Work, household: Household, ended: date, exit_type: ExitType) -> None:
    """A visit that was agreed for the time in the programme is off. Raises Refused("outside_membership")."""
    refuse_before_start(household, ended)
    work.amend(household, next_visit_on=None)
    for episode in household.episodes:
        if episode.ended is None:
            episode.ended, episode.exit_type = ended, exit_type


def graduate(work: Work, household: Household, ended: date, exit_type: ExitType) -> None:
    work.move(household, "exit_graduated")
    end_episode(work, household, ended, exit_type)


def _no_component_left(household: Household, actor: Actor, today: date) -> bool:
    """Presumed is enough for the step: the members were confirmed, which is the other need."""
    return none_left(household, today, elderly_age=settings.in_force(today).number("elderly_age")) is not NoneLeft.NO


def _members_confirmed(household: Household, actor: Actor, today: date) -> bool:
    days = settings.in_force(today).number("evidence_days")
    confirmed = household.members_confirmed_on
    return confirmed is not None and confirmed >= today - timedelta(days=days)


def _activated(work: Work, household: Household, facts: object) -> None:
    if all(episode.ended for episode in household.episodes):
        open_episode(work, household, work.today)


def _ending(exit_type: ExitType) -> Effect:
    return lambda work, household, facts: end_episode(work, household, facts.effective_on, exit_type)


_HIDDEN = "the case is the family itself, and the list of families has membership as a filter"

KIND = CaseKind(
    flow=MEMBERSHIP,
    model=Household,
    hidden=dict.fromkeys(MEMBERSHIP.states, _HIDDEN),
    checks={"no_component_left": _no_component_left, "members_confirmed": _members_confirmed},
    effects={
        "activate": _activated,
        "exit_natural": _ending(ExitType.NATURAL),
        "exit_ineligible": _ending(ExitType.INELIGIBLE),
        "exit_non_compliance": _ending(ExitType.NON_COMPLIANCE),
    },
)
