"""What the tests of importing share."""

import pytest

from tests.dataload.loader import Loader
from tests.shop import Shop


@pytest.fixture
def loader(empty_shop: Shop) -> Loader:
    """A loader into an org without records."""
    return Loader(empty_shop)
