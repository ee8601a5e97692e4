"""What a change of membership needs and sets off. The household itself is the case."""

from datetime import date

from portal.records.base import session
from portal.records.households import Episode, Household
from portal.records.work import Work
from portal.rules.terms import ExitType


def open_episode(work: Work, household: Household, started: date | None) -> Episode:
    """A first or further episode; a further one is linked by its number."""
    session.refresh(household, ["episodes"])
    episode = Episode(household_id=household.id, number=len(household.episodes) + 1, started=started)
    return work.add(episode)


def end_episode(household: Household, ended: date, exit_type: ExitType) -> None:
    for episode in household.episodes:
        if episode.ended is None:
            episode.ended, episode.exit_type = ended, exit_type


def graduate(work: Work, household: Household, ended: date, exit_type: ExitType) -> None:
    work.move(household, "exit_graduated")
    end_episode(household, ended, exit_type)
