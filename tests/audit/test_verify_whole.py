"""Promises of verify over many records: every planted drift is found, by REST and by bulk, and the cost is told."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfsync.audit import verify as verifying
from sfsync.audit.merging import paired, unlike
from sfsync.audit.spool import Spool
from sfsync.audit.verify import verify
from sfsync.errors import IncompleteAnswer
from sfsync.localorg.seed.amounts import Amounts
from sfsync.mirror.stored import Row
from sfsync.records.values import Kind, Value, to_stored
from sfsync.sync.run import pull_only
from sfsync.sync.transport import Way
from tests.shop import Shop, open_shop

pytestmark = pytest.mark.long

BULK = Way("Bulk API 2.0", 6)
PLANTED = 1_000
DRIFTED: dict[str, object] = {
    "LastName": "Drifted",
    "Title": 'drifted, "quoted"\nand broken',
    "Company": " Drifted",
    "City": None,
    "Country": "Żółć 🙂",
    "Email": "drifted@example.com",
    "Rating": "Warm again",
    "AnnualRevenue": 123456789,
    "NumberOfEmployees": 424242,
    "Score__c": 987,
}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop with 1,200 leads, its mirror up to date."""
    folder: Path = tmp_path_factory.mktemp("town")
    with open_shop(folder, Amounts(leads=1_200, accounts=0, contacts=0, opportunities=0)) as shop:
        pull_only(shop.context, shop.order(), full=False)
        yield shop


@pytest.fixture
def drifted(town: Shop) -> Iterator[dict[str, tuple[str, ...]]]:
    """What drifted: one field of each of a thousand leads, behind the org's back, no stamp moved; mended afterwards."""
    chance = Random(7)
    ids = [row["Id"] for row in town.rows("SELECT Id FROM Lead WHERE IsDeleted = 0")]
    planted: dict[str, tuple[str, ...]] = {}
    kept: list[tuple[object, str, str]] = []
    with town.local.state.transaction():
        for lead in chance.sample(ids, PLANTED):
            name = chance.choice(list(DRIFTED))
            kept.append((town.rows(f"SELECT {name} AS was FROM Lead WHERE Id = ?", lead)[0]["was"], name, lead))
            town.local.state.run(f"UPDATE Lead SET {name} = ? WHERE Id = ?", (DRIFTED[name], lead))  # type: ignore[arg-type]
            if kept[-1][0] != DRIFTED[name]:
                planted[lead] = (name,)
    yield planted
    with town.local.state.transaction():
        for was, name, lead in kept:
            town.local.state.run(f"UPDATE Lead SET {name} = ? WHERE Id = ?", (was, lead))  # type: ignore[arg-type]


@pytest.mark.parametrize("bulk", [False, True], ids=["by REST", "by bulk"])
def test_all_of_a_thousand_planted_drifts_are_found_and_named(
    town: Shop, drifted: dict[str, tuple[str, ...]], bulk: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At level 3 each record of which one field drifted is named with just that field, whichever way it was read."""
    if bulk:
        monkeypatch.setattr(verifying, "way_for", lambda records: BULK)
    outcome = verify(town.context, 3, heal=False, wait_seconds=0.0)
    leads = next(one for one in outcome.data["sobjects"] if one["sobject"] == "Lead")
    assert {one["id"]: tuple(one["fields"]) for one in leads["differing"]} == drifted
    assert len(drifted) > PLANTED * 0.9 and outcome.exit == 3
    assert {(problem.where.id, problem.where.field) for problem in outcome.problems} == {
        (lead, names[0]) for lead, names in drifted.items()
    }


def test_healing_pulls_just_what_differs(town: Shop, drifted: dict[str, tuple[str, ...]]) -> None:
    """A heal takes in the records that differ and no other; then mirror and org agree in every field."""
    outcome = verify(town.context, 3, heal=True, wait_seconds=0.0)
    assert (outcome.exit, outcome.counts["healed"], outcome.counts["left"]) == (0, len(drifted), 0)


@pytest.mark.parametrize("level", [1, 2, 3])
def test_the_cost_is_told_before_and_after(town: Shop, level: int) -> None:
    """Each sObject's calls are estimated, and counted as they are made; the two agree for small ones."""
    before = len(town.calls(path="/services/data/"))
    outcome = verify(town.context, level, heal=False, wait_seconds=0.0)
    calls = [one["calls"] for one in outcome.data["sobjects"]]
    assert calls == [one["estimated_calls"] for one in outcome.data["sobjects"]]
    assert sum(calls) == outcome.counts["calls"] == len(town.calls(path="/services/data/")) - before


def test_a_bulk_page_that_holds_other_than_it_says_is_not_believed(town: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bulk page that lost a row on the way is an error, and never a record that is missing in the org."""
    monkeypatch.setattr(verifying, "way_for", lambda records: BULK)
    lead = town.rows("SELECT Id FROM Lead")[0]["Id"]
    short = f'"Id","SystemModstamp"\n"{lead}","2026-01-01T00:00:00.000Z"\n'
    told = {"Content-Type": "text/csv", "Sforce-NumberOfRecords": "2", "Sforce-Locator": "null"}
    town.fault({"status": 200, "headers": told, "body": short}, "^/services/data/v[0-9.]+/jobs/query/.*/results", "GET")
    with pytest.raises(IncompleteAnswer):
        verify(town.context, 2, heal=False, wait_seconds=0.0)


@given(st.lists(st.tuples(st.text("0aAzZ", max_size=4), st.integers(-9, 9))))
def test_rows_come_back_in_the_order_of_their_ids(rows: list[Row]) -> None:
    """Whatever order rows came in, they come back sorted by id, each id once, as it came last."""
    with Spool(2) as spool:
        spool.add(rows[: len(rows) // 2])
        spool.add(rows[len(rows) // 2 :])
        assert list(spool.ordered()) == sorted(dict(rows).items())


@given(*[st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers())] * 2)
def test_two_streams_are_paired_by_id(left: dict[str, int], right: dict[str, int]) -> None:
    """Every id of either side is met once, in order, with what each side holds of it."""
    found = list(paired(iter(sorted(left.items())), iter(sorted(right.items()))))
    assert [one[0] for one in found] == sorted(left.keys() | right.keys())
    for key, here, there in found:
        assert here == ((key, left[key]) if key in left else None)
        assert there == ((key, right[key]) if key in right else None)


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (Kind.NUMBER, Decimal("12"), "12.0"),
        (Kind.NUMBER, Decimal("12345678901234567.89"), "12345678901234567.890"),
        (Kind.INTEGER, 7, "7.0"),
        (Kind.DATETIME, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05+0000"),
        (Kind.DATE, date(2026, 1, 2), "2026-01-02"),
        (Kind.TIME, time(9, 30), "09:30:00Z"),
    ],
)
def test_one_value_spelt_in_two_ways_is_no_difference(kind: Kind, value: Value, text: str) -> None:
    """Amounts and instants are compared, not their spelling; and the least real difference is one."""
    kinds = [Kind.ID, kind]
    assert unlike(kinds, ("a", to_stored(kind, value)), ("a", text)) == ()
    assert unlike(kinds, ("a", to_stored(kind, value)), ("a", None)) == (1,)
