"""What tests of several floors share."""

import gc
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

from sfsync.localorg.seed.amounts import Amounts
from tests import postgres
from tests.shop import Shop, open_shop

settings.register_profile("quick", deadline=None, max_examples=10)
settings.register_profile("long", deadline=None, max_examples=200)  # make test-long
settings.load_profile("quick")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL server; skips where there can be none."""
    lacking = postgres.lacking()
    if lacking is not None:
        pytest.skip(lacking)
    with postgres.server() as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of a schema in a PostgreSQL server, with nothing in it."""
    with postgres.schema(postgres_server) as url:
        yield url


@pytest.fixture(autouse=True)
def _log_as_it_comes() -> Iterator[None]:
    """A test that runs a command in this process leaves no log settings to the next one."""
    yield
    structlog.reset_defaults()
    log = logging.getLogger("sfsync.localorg")
    log.handlers[:], log.propagate = [], True
    log.setLevel(logging.NOTSET)


@pytest.fixture(params=postgres.BOTH)
def shop_url(request: pytest.FixtureRequest) -> str | None:
    """Where the mirror of a shop lives, in one database and in the other; None for a file."""
    return str(request.getfixturevalue("postgres_url")) if request.param == "postgres" else None


@pytest.fixture
def empty_shop(tmp_path: Path, shop_url: str | None) -> Iterator[Shop]:
    """A shop whose org holds people, but no records."""
    with open_shop(tmp_path, Amounts(leads=0, accounts=0, contacts=0, opportunities=0), shop_url) as shop:
        yield shop


@pytest.fixture
def shop(tmp_path: Path, shop_url: str | None) -> Iterator[Shop]:
    """A shop whose org holds 60 leads and a few accounts, contacts and opportunities, some leads in queues."""
    with open_shop(tmp_path, Amounts(leads=60, accounts=10, contacts=10, opportunities=5), shop_url) as shop:
        yield shop


def pytest_collection_finish() -> None:
    """Leave what was collected out of every later garbage collection."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
