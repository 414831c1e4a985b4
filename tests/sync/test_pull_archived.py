"""Records the org has archived, as it does with tasks and events after a year, are mirrored like all others.

The local org has neither; so its leads are taken for records that are archived. What a plain query would leave out is
then seen by what it is asked.
"""

from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from sfsync.audit.verify import verify
from sfsync.localorg.seed.sowing import Amounts
from sfsync.records.schema import SObject
from sfsync.sync.transport import Way
from tests.shop import Shop, open_shop
from tests.sync.pulling import agree, happen, ids, lead_of, pull

pytestmark = pytest.mark.long


@pytest.fixture(params=["REST", "Bulk API 2.0"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    """A shop of 30 leads, one of them in the bin, all of which may be archived."""
    ways = [
        patch(f"sfsync.{place}.way_for", lambda records: Way(request.param, 1))
        for place in ("sync.pull", "sync.gone", "audit.verify")
    ]
    archives = patch.object(SObject, "archives", property(lambda schema: schema.name == "Lead"))
    with archives, ways[0], ways[1], ways[2], open_shop(tmp_path, Amounts(30, 0, 0, 0)) as made:
        happen(made, {"delete": [ids(made)[0]]})
        yield made


def asked(shop: Shop) -> set[str]:
    """Give the ways in which leads were asked for, by resource or kind of job."""
    rest = {call["path"].rstrip("/").rpartition("/")[2] for call in shop.calls("GET") if "Lead" in str(call["query"])}
    started = [call["body"] for call in shop.calls("POST", "jobs/query")]
    jobs = {job["operation"] for job in started if "FROM Lead" in job["query"]}
    return (rest & {"query", "queryAll"}) | jobs


def test_all_records_are_asked_of_query_all(shop: Shop) -> None:
    """A first pull, one of everything and each level of verify see the archived, and take none from the bin for new."""
    assert lead_of(pull(shop))["new"] == 29
    assert lead_of(pull(shop, full=True))["seen"] == 29
    for level in (1, 2, 3):
        assert verify(shop.context, level, heal=False, wait_seconds=0).counts["differences"] == 0
    assert asked(shop) == {"queryAll"}
    agree(shop)


def test_one_that_is_gone_for_good_is_found_among_the_archived(shop: Shop) -> None:
    """The ids that are compared then are those of archived records as well."""
    pull(shop)
    purged = ids(shop)[3]
    happen(shop, {"delete": [purged]})
    happen(shop, {"purge_bin": [purged]})
    assert lead_of(pull(shop, full=True))["deleted"] == 1
    assert asked(shop) == {"queryAll"}
    agree(shop)
