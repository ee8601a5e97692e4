"""`/impor` as its people meet it: a file is uploaded, looked over, applied, and told in numbers that open their lists."""

import io

import pytest

from tests import rosters
from tests.visitor import Visitor

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def budi(app):
    return Visitor(app, "budi")


def sent(name, content=None):
    return (io.BytesIO(rosters.sample(name) if content is None else content), name)


def test_a_payment_roster_is_looked_over_and_applied(budi):
    page = budi.submit("/impor", "/impor", file=sent(rosters.CLEAN_A))
    page = budi.submit(page, f"{page.url}/putuskan", press="Pakai semuanya")
    page = budi.submit(page, page.url.partition("?")[0] + "/terapkan")
    assert "120 Keluarga baru" in page.one("#summary").text
