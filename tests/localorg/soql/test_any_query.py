"""Whatever is asked with names the org has, the answer is records or a refusal."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfsync.localorg.soql import run
from sfsync.localorg.soql.printing import write
from sfsync.localorg.soql.tree import (
    AllFields,
    Call,
    ChildRows,
    Comparison,
    Condition,
    Joined,
    Literal,
    Membership,
    Not,
    Order,
    Path,
    Query,
    Selected,
    Source,
    SubqueryMembership,
    TypeOf,
)
from sfsync.localorg.wire import Refusal

Asked = Any

_FIELDS = ["Id", "Name", "OwnerId", "CreatedDate", "IsDeleted", "Description", "Amount", "CloseDate", "StageName"]
_MORE = ["Score__c", "NumberOfEmployees", "Address", "BillingAddress", "Status", "Ext_Id__c", "AccountId"]
_PATHS = st.sampled_from([(one,) for one in _FIELDS + _MORE]) | st.sampled_from(
    [("Owner", "Name"), ("Owner", "Type"), ("Account", "Name"), ("Account", "Owner", "IsActive"), ("Lead", "Id")]
)
_NAMED = _PATHS.map(Path)
_FUNCTIONS = ["MIN", "MAX", "SUM", "AVG", "COUNT", "COUNT_DISTINCT", "GROUPING", "TOLABEL", "FORMAT", "CONVERTCURRENCY"]
_DATE_FUNCTIONS = ["CALENDAR_YEAR", "FISCAL_QUARTER", "DAY_ONLY", "HOUR_IN_DAY", "WEEK_IN_MONTH", "CONVERTTIMEZONE"]
_CALLS = st.builds(Call, st.sampled_from(_FUNCTIONS + _DATE_FUNCTIONS), _NAMED)
_DEEP = st.builds(Call, st.sampled_from(_FUNCTIONS + _DATE_FUNCTIONS), _CALLS)
_OPERANDS = _NAMED | _NAMED | _CALLS | _DEEP | st.just(Call("COUNT", None))
_LITERALS = st.sampled_from(
    [
        Literal("string", "x"),
        Literal("string", ""),
        Literal("string", "00QLc0000000001"),
        Literal("number", "1.5"),
        Literal("number", "7"),
        Literal("boolean", "true"),
        Literal("null", "null"),
        Literal("date", "2026-03-04"),
        Literal("datetime", "2026-03-04T00:00:00Z"),
        Literal("date literal", "LAST_N_DAYS:3"),
    ]
)
_SIMPLE: st.SearchStrategy[Condition] = st.builds(
    Comparison, _OPERANDS, st.sampled_from(["=", "!=", "<", ">="]), _LITERALS
) | st.builds(
    Membership, _OPERANDS, st.sampled_from(["IN", "NOT IN", "INCLUDES"]), st.lists(_LITERALS, min_size=1).map(tuple)
)
_CONDITIONS = _SIMPLE | st.builds(Not, _SIMPLE) | st.builds(Joined, st.just("AND"), st.tuples(_SIMPLE, _SIMPLE))
_ORDERS = st.builds(Order, _OPERANDS, st.booleans(), st.sampled_from([None, True, False]))
_LISTS_OF_OPERANDS = st.lists(_OPERANDS, max_size=2).map(tuple)


def _queries(
    sources: list[str], items: st.SearchStrategy[Any], joined: st.SearchStrategy[Any]
) -> st.SearchStrategy[Query]:
    return st.builds(
        Query,
        st.lists(items, min_size=1, max_size=3).map(tuple),
        st.builds(Source, st.sampled_from(sources)),
        where=st.none() | _CONDITIONS | joined,
        grouping=st.sampled_from(["", "", "ROLLUP", "CUBE"]),
        group_by=_LISTS_OF_OPERANDS,
        having=st.none() | st.none() | _CONDITIONS,
        order_by=st.lists(_ORDERS, max_size=2).map(tuple),
        limit=st.none() | st.integers(0, 5),
        offset=st.none() | st.integers(0, 5),
    )


_SELECTED = st.builds(Selected, _OPERANDS, st.sampled_from([None, None, "n"]))
_PLAIN = st.builds(
    Query, st.lists(st.builds(Selected, _NAMED), min_size=1, max_size=2).map(tuple), st.just(Source("Contacts"))
)
_INNER = _queries(["Contacts", "Opportunities", "Contact", "Lead"], _SELECTED, st.nothing()) | _PLAIN
_ITEMS = (
    _SELECTED
    | _SELECTED
    | st.builds(AllFields, st.sampled_from(["ALL", "STANDARD", "CUSTOM"]))
    | st.builds(ChildRows, _INNER)
    | st.just(TypeOf("Owner", (("User", (Path(("Name",)),)),), (Path(("Id",)),)))
)
_JOINED = st.builds(SubqueryMembership, _NAMED, st.sampled_from(["IN", "NOT IN"]), _INNER)
_QUERIES = _queries(["Lead", "Account", "Contact", "Opportunity", "User"], _ITEMS, _JOINED)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Asked]:
    """Give an org with a few records of each kind."""
    made = request.getfixturevalue("make_org")(tmp_path_factory.mktemp("org"))
    (account,) = made.insert("Account", {"Name": "Acme"})
    made.insert("Contact", {"Name": "A", "AccountId": account}, {"Name": "B"})
    made.insert("Opportunity", {"Name": "O", "AccountId": account, "Amount": 150, "CloseDate": "2026-03-04"})
    made.insert("Lead", {"Name": "L", "Status": "New", "Score__c": 7}, {"Name": "M"})
    yield made
    made.context.state.close()


@given(_QUERIES)
def test_any_query_is_answered_or_refused(filled: Asked, query: Query) -> None:
    """Functions, groups, orders, children and joins in any combination never break the org; records are JSON."""
    try:
        result = filled.result(write(query))
    except Refusal as refusal:
        assert refusal.status == 400
        return
    assert all(isinstance(json.loads(one), dict) for one in result.records)


@given(_QUERIES)
def test_any_export_is_answered_or_refused(filled: Asked, query: Query) -> None:
    """The same holds for exports: every record is one line with as many cells as the header."""
    try:
        found = run.export(filled.context, write(query), False, ",", "\n")
    except Refusal as refusal:
        assert refusal.status == 400
        return
    for (line,) in found.lines:
        assert line.count('","') == len(found.header) - 1
