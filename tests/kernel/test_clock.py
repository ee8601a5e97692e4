"""The clock can stand still for a block, and only there."""

from datetime import UTC, datetime

import pytest

from portal.kernel import clock

MOMENT = datetime(2025, 3, 31, 18, 30, tzinfo=UTC)


def test_it_stands_still_for_the_block_and_goes_on_afterwards():
    with clock.stopped_at(MOMENT):
        assert clock.now() == MOMENT
        assert clock.today().isoformat() == "2025-04-01"  # past midnight in Malang
    assert clock.now() > MOMENT


def test_it_goes_on_when_the_block_fails():
    with pytest.raises(RuntimeError), clock.stopped_at(MOMENT):
        raise RuntimeError
    assert clock.now() > MOMENT


def test_a_moment_needs_a_time_zone():
    with pytest.raises(ValueError, match="zone"), clock.stopped_at(MOMENT.replace(tzinfo=None)):
        pass
