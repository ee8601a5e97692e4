"""What the first page costs somebody who never came before, and what every page costs afterwards."""

import pytest

from tests import cast
from tests.journeys import wire
from tests.journeys.wire import Wire


@pytest.fixture(params=["phone", "plain"])
def stranger(request):
    return request.getfixturevalue(request.param)


def test_the_first_page_is_light_and_the_next_is_one_request(stranger):
    counted = Wire(stranger)
    stranger.goto("/masuk", wait_until="networkidle")
    cold = counted.since(0)
    assert wire.weight(cold) < wire.COLD
    assert len(cold) <= wire.COLD_REQUESTS, [one.path for one in cold]
    mark = counted.mark()
    stranger.goto("/masuk", wait_until="networkidle")
    assert [one.path for one in counted.since(mark)] == ["/masuk"]


def test_after_logging_in_a_page_is_one_request(stranger):
    counted = Wire(stranger)
    stranger.goto("/masuk")
    stranger.fill("#username", "sari")
    stranger.fill("#password", cast.PASSWORD)
    stranger.click("button.main")
    stranger.wait_for_url("**/", wait_until="networkidle")
    for address in ("/keluarga", "/graduasi", "/capaian"):
        mark = counted.mark()
        stranger.goto(address, wait_until="networkidle")
        assert [one.path for one in counted.since(mark)] == [address]
