"""A family's times in the programme: one after the other, each ending no earlier than it began."""

from datetime import date, timedelta

import pytest

from portal.family.records.models import Episode
from portal.kernel import clock, gate
from portal.kernel.base import session
from portal.kernel.terms import ExitType, Refused
from portal.membership.records.proposals import KIND, end_episode, open_episode
from tests import cast
from tests import graduating as go

pytestmark = pytest.mark.usefixtures("app")

CAME, LEFT = date(2024, 2, 1), date(2026, 3, 31)


@pytest.fixture
def written(people):
    """Does something to Misnati's episodes within one write, as the gate would."""

    def write(act):
        def acting(work, household):
            act(work, household)
            return household

        gate.write(people.budi, "membership.decide", cast.household("Misnati"), key=go.key(), payload=None, act=acting)
        return [(one.number, one.started, one.ended, one.exit_type) for one in cast.household("Misnati").episodes]

    return write


def began(started, ended=None):
    episode = cast.household("Misnati").episodes[0]
    episode.started, episode.ended = started, ended
    session.commit()


@pytest.mark.parametrize("left", [CAME, CAME + timedelta(days=1), LEFT])
def test_an_episode_ends_on_the_day_it_began_or_later(written, left):
    began(CAME)
    ended = written(lambda work, household: end_episode(work, household, left, ExitType.NATURAL))
    assert ended == [(1, CAME, left, ExitType.NATURAL)]


def test_an_episode_never_ends_before_it_began(written):
    began(CAME)
    with pytest.raises(Refused, match="outside_membership"):
        written(lambda work, household: end_episode(work, household, CAME - timedelta(days=1), ExitType.NATURAL))


def test_what_ended_before_stays_as_it_was(written):
    began(CAME, LEFT)
    session.add(Episode(household_id=cast.household("Misnati").id, number=2, started=LEFT))
    session.commit()
    found = written(lambda work, household: end_episode(work, household, date(2026, 9, 1), ExitType.INELIGIBLE))
    assert found == [(1, CAME, LEFT, None), (2, LEFT, date(2026, 9, 1), ExitType.INELIGIBLE)]


@pytest.mark.parametrize("again", [LEFT, LEFT + timedelta(days=1), None])
def test_a_further_episode_begins_on_the_day_the_last_ended_or_later(written, again):
    began(CAME, LEFT)
    found = written(lambda work, household: open_episode(work, household, again))
    assert [(number, started) for number, started, *_ in found] == [(1, CAME), (2, again)]


def test_a_further_episode_never_begins_before_the_last_ended(written):
    began(CAME, LEFT)
    with pytest.raises(Refused, match="outside_membership"):
        written(lambda work, household: open_episode(work, household, LEFT - timedelta(days=1)))


@pytest.mark.parametrize(("ended", "episodes"), [(None, [CAME]), (LEFT, [CAME, clock.today()])])
def test_who_becomes_active_begins_an_episode_unless_one_is_open(written, ended, episodes):
    began(CAME, ended)
    found = written(lambda work, household: KIND.effects["activate"](work, household, None))
    assert [started for _, started, *_ in found] == episodes
