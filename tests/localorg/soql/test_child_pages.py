"""Children count towards a page, and those of one record come in pages of their own."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfsync.localorg.soql import run
from sfsync.localorg.soql.paging import Result
from tests.localorg.soql.conftest import Asked, make

COUNTS = (0, 3, 1, 14, 0, 0, 6, 25, 2)  # contacts of each account; every third contact has tasks
SOQL = (
    "SELECT Name, (SELECT LastName, (SELECT Subject FROM Tasks ORDER BY Subject) FROM Contacts ORDER BY LastName), "
    "(SELECT Name FROM Opportunities ORDER BY Name LIMIT 4) FROM Account ORDER BY Name"
)


@pytest.fixture(scope="module")
def family(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """Give accounts with contacts with tasks, and with opportunities."""
    org = _family(tmp_path_factory.mktemp("family"))
    yield org
    org.context.state.close()


def _family(folder: Path) -> Asked:
    org = make(folder)
    accounts = org.insert("Account", *({"Name": f"A{place}"} for place in range(len(COUNTS))))
    for account, count in zip(accounts, COUNTS, strict=True):
        contacts = org.insert("Contact", *({"LastName": f"C{n:02}", "AccountId": account} for n in range(count)))
        for contact in contacts[::3]:
            org.insert("Task", *({"Subject": f"T{n}", "WhoId": contact} for n in range(len(contacts) % 5)))
        org.insert("Opportunity", *({"Name": f"O{n}", "AccountId": account} for n in range(count // 2)))
    return org


def _page(result: Result, org: Asked) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(result.json(org.context.base_path))
    return read


def _name(page: dict[str, Any]) -> str:
    assert str(page["nextRecordsUrl"]).startswith("/services/data/v59.0/query/01g")
    return str(page["nextRecordsUrl"]).rpartition("/")[2]


def _whole(org: Asked, page: dict[str, Any], batch: int | None = None) -> list[dict[str, Any]]:
    """Follow all pages, inner ones first, and give the records with all their children."""
    found = []
    while True:
        assert page["done"] is ("nextRecordsUrl" not in page)
        for record in page["records"]:
            inner = {key: one for key, one in record.items() if isinstance(one, dict) and "records" in one}
            whole = {key: _whole(org, one, batch) for key, one in inner.items()}
            assert all(len(whole[key]) == inner[key]["totalSize"] for key in inner)
            found.append({**record, **whole})
        if page["done"]:
            return found
        page = _page(run.more(org.context, _name(page), batch), org)


def _size(page: dict[str, Any]) -> int:
    """Count records of a page with their children."""
    inner = [one for record in page["records"] for one in record.values() if isinstance(one, dict) and "records" in one]
    return len(page["records"]) + sum(map(_size, inner))


@given(st.integers(1, 90), st.none() | st.integers(1, 30))
def test_whatever_the_size_of_pages_all_records_come_once_and_in_order(
    family: Asked, batch: int, later: int | None
) -> None:
    """Children and theirs are followed like records, and the whole is what one page would have held."""
    expected = _whole(family, _page(family.result(SOQL), family))
    assert [len(one["Contacts"] or ()) for one in expected] == list(COUNTS)
    first = family.result(SOQL, batch=batch)
    assert _whole(family, _page(first, family), later) == expected


@given(st.integers(1, 90))
def test_a_page_holds_no_more_than_its_size_with_children(family: Asked, batch: int) -> None:
    """But for a record that has more children than fit: it comes alone, with a part of them."""
    result = family.result(SOQL, batch=batch)
    while True:
        page = _page(result, family)
        assert result.used == _size(page) >= 1
        assert result.used <= batch or len(page["records"]) == 1
        assert result.used <= batch + 3  # one child of each subquery at least
        if result.next_page is None:
            break
        result = run.more(family.context, result.next_page)


def test_2200_children_of_one_record_come_in_two_pages(org: Asked) -> None:
    """The first with `done` false, all of them counted, and an address that is followed like any other."""
    big, small = org.insert("Account", {"Name": "Big"}, {"Name": "Small"})
    org.insert("Contact", *({"LastName": f"N{n:04}", "AccountId": big} for n in range(2200)))
    org.insert("Contact", {"LastName": "One", "AccountId": small})
    soql = "SELECT Name, (SELECT LastName FROM Contacts ORDER BY LastName) FROM Account ORDER BY Name"
    page = _page(org.result(soql), org)
    assert (page["totalSize"], page["done"], len(page["records"])) == (2, False, 1)
    contacts = page["records"][0]["Contacts"]
    assert list(contacts) == ["totalSize", "done", "nextRecordsUrl", "records"]
    assert (contacts["totalSize"], contacts["done"], len(contacts["records"])) == (2200, False, 1999)
    assert _name(contacts).endswith("-1999")
    rest = _page(run.more(org.context, _name(contacts)), org)
    assert (rest["totalSize"], rest["done"]) == (2200, True)
    assert [one["LastName"] for one in rest["records"]] == [f"N{n:04}" for n in range(1999, 2200)]
    assert rest["records"][0]["attributes"]["type"] == "Contact"
    last = _page(run.more(org.context, _name(page)), org)
    assert [one["LastName"] for one in last["records"][0]["Contacts"]["records"]] == ["One"]
    for asked, held in ((500, 499), (200, 199)):
        smaller = _page(org.result(soql, batch=asked), org)
        assert len(smaller["records"][0]["Contacts"]["records"]) == held


def test_deleted_children_drop_out_of_later_pages(org: Asked) -> None:
    """As deleted records do; queryAll shows them."""
    (account,) = org.insert("Account", {"Name": "A"})
    ids = org.insert("Contact", *({"LastName": f"N{n}", "AccountId": account} for n in range(9)))
    soql = "SELECT Name, (SELECT LastName FROM Contacts ORDER BY LastName) FROM Account"
    for all_rows, left in ((False, 4), (True, 5)):
        page = _page(org.result(soql, all_rows, batch=5), org)
        org.context.state.run('UPDATE "Contact" SET "IsDeleted" = 1 WHERE "Id" = ?', (ids[8],))
        rest = _page(run.more(org.context, _name(page["records"][0]["Contacts"]), 50), org)
        assert len(rest["records"]) == left
        org.context.state.run('UPDATE "Contact" SET "IsDeleted" = 0')
