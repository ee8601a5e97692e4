"""The family that nearly every test of records is about."""

import pytest

from portal.records.households import Household
from tests import cast


@pytest.fixture
def misnati() -> Household:
    return cast.household("Misnati")
