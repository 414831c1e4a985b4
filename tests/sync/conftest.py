"""Shops for pulls that take several pages, over REST and by bulk jobs."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from sfsync.localorg.seed.amounts import Amounts
from sfsync.sync.transport import Way
from tests.shop import Shop, open_shop

LEADS = 450
PAGE = 200  # records of a page, both ways: the least that REST gives


@pytest.fixture(params=[pytest.param("REST", marks=pytest.mark.long), "Bulk API 2.0"])
def paged(request: pytest.FixtureRequest, tmp_path: Path, shop_url: str | None) -> Iterator[Shop]:
    """A shop whose 450 leads come in three pages, by the way the test is run with."""
    amounts = Amounts(leads=LEADS, accounts=0, contacts=0, opportunities=0)
    with open_shop(tmp_path, amounts, shop_url) as shop, small_pages(shop), always(request.param):
        yield shop


@contextmanager
def small_pages(shop: Shop) -> Iterator[None]:
    """Have pages hold 200 records."""
    adapter: Any = shop.org
    while hasattr(adapter, "_inner"):
        adapter = adapter._inner
    adapter._page_records = PAGE
    adapter._wire.session.headers["Sforce-Query-Options"] = f"batchSize={PAGE}"
    yield


@contextmanager
def always(name: str) -> Iterator[None]:
    """Have leads come one way, however many there are."""
    with ExitStack() as patched:
        for module in ("pull", "fields", "gone"):
            patched.enter_context(patch(f"sfsync.sync.{module}.way_for", lambda records: Way(name, 1)))
        yield
