"""Who looks at pages, and at what, in most of their tests. A file that means something else by a name says so itself."""

import pytest

from tests import cast
from tests.graduating import visited
from tests.visitor import Visitor


@pytest.fixture
def sari(app):
    return Visitor(app, "sari")


@pytest.fixture
def wati(app):
    return Visitor(app, "wati")


@pytest.fixture
def budi(app):
    return Visitor(app, "budi")


@pytest.fixture
def misnati(app):
    """Ids, of rows that a request may change meanwhile."""
    return cast.household("Misnati").id


@pytest.fixture
def child(misnati):
    return cast.household("Misnati").members[1].id


@pytest.fixture
def visit(misnati):
    return visited(cast.actor("sari"), cast.household("Misnati"), with_photo=False).id
