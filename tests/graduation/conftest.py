"""Who looks at graduations."""

import pytest

from tests.visitor import Visitor


@pytest.fixture
def visit(app):
    """Who looks: `visit("budi")`."""
    return lambda name: Visitor(app, name)
