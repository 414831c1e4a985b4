"""Large inserts take a short way where they can: what it leaves behind is what the long way does."""

import ast
import inspect
import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sfsync.localorg.bulk2 import loading, table
from sfsync.localorg.context import OrgContext
from sfsync.localorg.saving.by_column import ByColumn, by_column
from sfsync.localorg.saving.save import _steps
from sfsync.localorg.trouble import Trouble
from tests.localorg.conftest import Org

Rows = Sequence[Sequence[str]]

HEADER = ("FirstName", "LastName", "Company", "Email", "NumberOfEmployees", "Status", "DoNotCall", "Website")
ROW = ("Ana", "Ruiz", "Acme", "ana@example.com", "12", "Working", "true", "a.example")
_TEXTS = ["", " Ruiz ", "a,b", 'a "b"', " ", "#N/A", "two\nlines", "é" * 40, "é" * 41, "n" * 256, "\0"]
_ODD = {  # cells that are not as plain as those of ROW, by their column
    **dict.fromkeys((0, 1, 2, 7), _TEXTS),
    3: ["", " A@Example.COM ", "a@b", "nobody", "#N/A", " ", "a" * 70 + "@example.com"],
    4: ["", "7", " 8 ", "7.0", "7.5", "1e2", "many", "123456789012", "#N/A", " "],
    5: ["", "New", "No such status", "#N/A", " "],
    6: ["", "false", " TRUE ", "0", "maybe", "#N/A", " "],
}
_CELLS = [(column, cell) for column, cells in _ODD.items() for cell in cells]


class _Undo(Exception):
    """Takes back what an org was made to do."""


def _left(org: Org, header: Sequence[str], rows: Rows, sobject: str = "Lead") -> list[object]:
    """Load rows, give all that is left of it in the org and its answers, and take it back."""
    told: list[object] = []
    wanted = {"object": sobject, "operation": "insert"}
    try:
        with org.state.transaction():
            job = org.ask("POST", "jobs/ingest", wanted)["id"]
            data = table.written([header], ",", "\n") + "".join(table.written([one], ",", "\n") for one in rows)
            org.raw("PUT", f"jobs/ingest/{job}/batches", data.encode(), headers={"content-type": "text/csv"})
            org.ask("PATCH", f"jobs/ingest/{job}", {"state": "UploadComplete"})
            told.append(org.ask("GET", f"jobs/ingest/{job}").body)
            for name in ("successfulResults", "failedResults", "unprocessedrecords"):
                body = org.raw("GET", f"jobs/ingest/{job}/{name}").body
                told.append(body if isinstance(body, bytes) else body.read_bytes())
            for kept in ("Lead", "LeadHistory", "Account", "Contact", "_counter"):
                told.append([tuple(row) for row in org.state.rows(f'SELECT * FROM "{kept}"')])
            raise _Undo
    except _Undo:
        return told


@pytest.fixture
def both(org: Org, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., int]]:
    """Give what loads rows both ways, holds them alike, and tells how many sets went the short way."""
    short: list[int] = []
    insert, way = ByColumn.insert, loading.by_column

    def counted(self: ByColumn, rows: Rows, null: str) -> list[str] | None:
        ids = insert(self, rows, null)
        short.extend([len(rows)] if ids is not None else [])
        return ids

    def compare(header: Sequence[str], rows: Rows, sobject: str = "Lead") -> int:
        short.clear()
        monkeypatch.setattr(loading, "by_column", way)
        quickly = _left(org, header, rows, sobject)
        monkeypatch.setattr(loading, "by_column", lambda *given: None)
        assert quickly == _left(org, header, rows, sobject)
        return len(short)

    monkeypatch.setattr(loading, "SET", 3)
    monkeypatch.setattr(ByColumn, "insert", counted)
    yield compare


def _with(changes: Sequence[tuple[int, str]]) -> tuple[str, ...]:
    cells = dict(enumerate(ROW)) | dict(changes)
    return tuple(cells.values())


def test_each_odd_cell_is_saved_or_refused_alike(both: Callable[..., int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Records, ids, result files and refusals are the same both ways, cell by cell."""
    monkeypatch.setattr(loading, "SET", 1)
    short = both(HEADER, [_with([one]) for one in _CELLS])
    assert len(_CELLS) / 3 < short < len(_CELLS)


@given(st.lists(st.lists(st.sampled_from(_CELLS), max_size=2).map(_with), min_size=1, max_size=8))
@example([ROW] * 7)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_mix_of_rows_is_saved_or_refused_alike(both: Callable[..., int], rows: list[tuple[str, ...]]) -> None:
    """Sets that go the short way lie between others that do not."""
    short = both(HEADER, rows)
    assert short == 3 if rows == [ROW] * 7 else short <= 3


def test_whole_sets_and_what_is_left_are_saved_alike(
    org: Org, both: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many rows a statement takes."""
    monkeypatch.setattr(loading, "SET", 200)
    rows = [_with([(0, str(number)), (7, "")]) for number in range(350)]
    assert both(HEADER, rows) == 2
    org.state.connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 200)
    assert both(HEADER, rows) == 2


def test_a_set_with_a_row_to_refuse_takes_the_long_way_alone(both: Callable[..., int]) -> None:
    """The sets before and after it stay short."""
    assert both(HEADER, [ROW] * 4 + [("", "", *ROW[2:])] + [ROW] * 4) == 2
    assert both(HEADER, [ROW] * 4 + [ROW[:3]] + [ROW] * 4) == 2
    assert both(("Name", "Website"), [("Acme", ""), ("", "a.example")], "Account") == 0
    assert both(("Name", "Website"), [("Acme", ""), ("Blue", "a.example")], "Account") == 1


def _settings(**wanted: object) -> Callable[[Org], None]:
    return lambda org: _post(org, "settings", wanted)


def _field(**facts: object) -> Callable[[Org], None]:
    return lambda org: _post(org, "fields", {"sobject": "Lead", "do": "add", "field": facts})


def _rule(kind: str, **facts: object) -> Callable[[Org], None]:
    return lambda org: _post(org, "rules", {"kind": kind, "sobject": "Lead", "name": "X", **facts})


def _post(org: Org, name: str, value: dict[str, Any]) -> None:
    reply = org.ask("POST", f"/_org/{name}", value)
    assert reply.status < 300, json.dumps(reply.body)


@pytest.mark.parametrize(
    "change",
    [
        _rule("validation", formula='LastName = "Ruiz"', message="No"),
        _settings(history_tracked={"Lead": ["Status"]}),
        _settings(state_country_picklists=True),
        _settings(converted_status_by_conversion_only=True),
        _settings(bulk_keeps_blanks=True),
        _field(name="Due__c", type="date", default_formula="TODAY() + 7"),
        _field(name="No__c", type="string", length=30, auto_number="L-{0000}"),
        _field(name="Needed__c", type="string", length=30, **{"not": "nillable"}),
        _rule("record_type", label="Retail", default=True),
    ],
)
def test_where_more_happens_to_a_record_the_long_way_is_taken(
    org: Org, both: Callable[..., int], change: Callable[[Org], None]
) -> None:
    """Rules, histories, formulas and switches see each record."""
    header, rows = (*HEADER, "Country"), [(*ROW, "Spain"), ("", "Nowak", *ROW[2:], "ES"), (*ROW, "Nowhere")]
    assert both(header, rows) == 1
    change(org)
    assert both(header, rows) == 0


def test_accounts_that_may_be_persons_take_the_long_way(org: Org, both: Callable[..., int]) -> None:
    """And leads go on by the short one."""
    assert both(("Name", "Phone"), [("Acme", "1")], "Account") == 1
    _post(org, "settings", {"person_accounts": True})
    assert both(("Name", "LastName"), [("Acme", ""), ("Acme", "Ruiz")], "Account") == 0
    assert both(HEADER, [ROW]) == 1


def test_rights_faults_and_who_watches_take_the_long_way(org: Org) -> None:
    """They are about single records."""
    context = OrgContext(org.state, org.clock, org.clock.now(), org.user_id, version="59.0")
    lead = context.sobject("Lead")
    fields = [lead.fields["lastname"], lead.fields["company"]]
    assert by_column(context, lead, fields) is not None
    assert by_column(replace(context, seen=context.catalog), lead, fields) is None
    assert by_column(replace(context, trouble=Trouble()), lead, fields) is None
    assert by_column(context, lead, fields[:1]) is None  # no row has a company
    org.state.watch = lambda sobject, ids: None
    assert by_column(context, lead, fields) is None


@pytest.mark.parametrize(
    ("name", "cell"), [("OwnerId", ""), ("Ext_Id__c", "X1"), ("Owner.Username", "x@example.com"), ("Id", "")]
)
def test_references_and_keys_take_the_long_way(both: Callable[..., int], name: str, cell: str) -> None:
    """Another record may be what they are about."""
    assert both((*HEADER, name.replace("Owner.", "User:Owner.")), [(*ROW, cell)]) == 0


def test_several_currencies_are_given_by_either_way(org: Org, both: Callable[..., int]) -> None:
    """The corporate one where a row gives none."""
    _post(org, "settings", {"several_currencies": True})
    assert both((*HEADER, "CurrencyIsoCode"), [(*ROW, "EUR"), (*ROW, "")]) == 1
    assert both((*HEADER, "CurrencyIsoCode"), [(*ROW, "XXX"), (*ROW, "")]) == 0
    assert both(HEADER, [ROW]) == 1


_ASKED = "it is asked for beforehand, and the long way taken where it has anything to do"
_ALIKE = "the short way does the same"
_OTHERS = "it is about other sObjects, or records that were there"
_PLAIN = "it is about fields for which the long way is taken"
STEPS = {
    **dict.fromkeys(("_allowed", "permitted.checked", "places.check", "record_types.check", "defaults.give"), _ASKED),
    **dict.fromkeys(("org.trouble.saving", "persons.check", "persons.pair", "history.track"), _ASKED),
    **dict.fromkeys(("validation_rules.check", "duplicates.check", "duplicates.report"), _ASKED),
    **dict.fromkeys(("validation.statuses", "assignment.assign", "auto_response.respond", "letters.send"), _ASKED),
    **dict.fromkeys(("validation.types", "validation.required", "picklists.spell", "computed.complete"), _ALIKE),
    **dict.fromkeys(("_number", "_write", "spelling.remember"), _ALIKE),
    **dict.fromkeys(
        ("validation.existing", "validation.probability", "transfers.follow", "currencies.settle"), _OTHERS
    ),
    **dict.fromkeys(("campaigns.check", "campaigns.give_statuses", "activities.check"), _OTHERS),
    **dict.fromkeys(("activities.touch", "currencies.settle", "rates.check"), _OTHERS),
    **dict.fromkeys(("users.check", "roles.give_groups", "contact_roles.settle", "sharing.check"), _OTHERS),
    **dict.fromkeys(("validation.access", "validation.uniqueness", "validation.parents_by_key"), _PLAIN),
    "permitted.readable_by_owner": _PLAIN,
    **dict.fromkeys(("validation.references", "validation.hierarchy", "parents.write", "rollups.touch"), _PLAIN),
}


def test_a_new_step_of_saving_is_one_the_short_way_was_held_against() -> None:
    """Whoever adds a step to saving says here why new leads and accounts may do without it, or changes `by_column`."""
    called = {
        ast.unparse(node.func) for node in ast.walk(ast.parse(inspect.getsource(_steps))) if isinstance(node, ast.Call)
    }
    assert called - {"living", "kept.has_any"} == STEPS.keys()
