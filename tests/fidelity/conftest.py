"""What tests of fidelity share: an org whose leads have fields for every kind of value, and ways in and out of it."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from unittest.mock import patch

import pytest

from sfsync.dataload.importing import ImportOrder, Terms, import_file
from sfsync.localorg.source.deploying import deploy
from sfsync.plan.brakes import Brakes
from sfsync.records.values import Value
from sfsync.sync import transport as ways
from sfsync.sync.context import Target
from sfsync.sync.guard import Guard
from sfsync.sync.outcome import Outcome
from sfsync.sync.run import pull_only
from tests.fidelity.corpus import DAY, FIELDS, LONG, MOMENT, SCALES, SHORT, Case
from tests.shop import OURS, Shop, yes

_TYPES = {
    **dict.fromkeys(LONG, "<type>LongTextArea</type><length>131072</length><visibleLines>3</visibleLines>"),
    **dict.fromkeys(SHORT, "<type>Text</type><length>255</length>"),
    DAY: "<type>Date</type>",
    MOMENT: "<type>DateTime</type>",
    **{name: f"<type>Number</type><precision>18</precision><scale>{scale}</scale>" for name, scale in SCALES.items()},
}
TARGET = Target("Lead", ("LastName", "Company", *FIELDS, *OURS))


@dataclass
class Wide:
    """A shop whose leads have a field for each kind of value."""

    shop: Shop

    def make(self, rows: Sequence[Mapping[str, Case]]) -> list[str]:
        """Have somebody else make leads with these values, by REST; give their ids."""
        made: list[str] = []
        for start in range(0, len(rows), 200):
            records = [
                {"attributes": {"type": "Lead"}, "LastName": "x", "Company": "y", **{n: c.sent for n, c in row.items()}}
                for row in rows[start : start + 200]
            ]
            answer = self.shop.ask("POST", "composite/sobjects", {"allOrNone": False, "records": records})
            assert [one for one in answer if not one["success"]] == []
            made += [one["id"] for one in answer]
        return made

    def pull(self, *, bulk: bool, full: bool = True) -> Outcome:
        """Pull leads by the Bulk API or by REST."""
        with by_bulk() if bulk else patch.object(ways, "_BULK_CALLS", 1_000_000):
            return pull_only(self.shop.context, self.shop.order(targets=(TARGET,)), full=full)

    def load(self, rows: Sequence[Mapping[str, Case]]) -> list[str]:
        """Import these values as leads from a file; give the ids of what they became, in the order of its rows."""
        path = self.shop.folder / "rows.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("LastName", "Company", *FIELDS))
            writer.writerows(("x", "y", *(row[name].cell if name in row else "" for name in FIELDS)) for row in rows)
        terms = Terms(Guard(Brakes(), yes), 0.0, self.shop.folder / "runs")
        outcome = import_file(self.shop.context, ImportOrder(path, "Lead", "insert"), terms)
        assert outcome.counts["applied"] == len(rows), outcome.problems
        with Path(outcome.data["files"]["done"]).open(encoding="utf-8", newline="") as file:
            made = {int(row["row"]): row["id"] for row in csv.DictReader(file)}
        return [made[number + 1] for number in range(len(rows))]

    def in_mirror(self, rows: Sequence[Mapping[str, Value]]) -> list[dict[str, Value]]:
        """Give what the mirror can hold of records: PostgreSQL has no NUL, and a mark in its place."""
        assert self.shop.mirror.writer is not None
        if self.shop.mirror.writer.dialect.name != "postgresql":
            return [dict(row) for row in rows]
        return [{n: v.replace("\0", "\ufffd") if isinstance(v, str) else v for n, v in row.items()} for row in rows]

    def mirrored(self, ids: Sequence[str]) -> list[dict[str, Value]]:
        """Give what the mirror holds of records."""
        with self.shop.mirror.reading() as books:
            found = {record.id: dict(record.fields) for record in books.records.records("Lead", FIELDS, ids=ids)}
        return [found[record_id] for record_id in ids]

    def held(self, ids: Sequence[str]) -> list[dict[str, object]]:
        """Give what the org's own rows hold, as it holds it."""
        found = {row["Id"]: row for row in self.shop.rows(f"SELECT Id, {', '.join(FIELDS)} FROM Lead")}
        return [{name: found[record_id][name] for name in FIELDS} for record_id in ids]


def org_form(values: Mapping[str, Value]) -> dict[str, object]:
    """Give values as the org holds them: numbers times ten to the digits after the point, instants in seconds."""
    return {name: _org_form(name, value) for name, value in values.items()}


def _org_form(name: str, value: Value) -> object:
    if isinstance(value, Decimal):
        return int(value.scaleb(SCALES[name]))
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.000+0000").zfill(28)
    return value.isoformat() if isinstance(value, date) else value


@contextmanager
def by_bulk() -> Iterator[None]:
    """Let records come in by bulk jobs, however few they are."""
    with patch.object(ways, "_BULK_CALLS", -1_000_000):
        yield


@pytest.fixture
def wide(empty_shop: Shop, tmp_path: Path) -> Wide:
    """An org without records."""
    files = [
        (f"objects/Lead/fields/{name}.field-meta.xml", _described(name, inner).encode())
        for name, inner in _TYPES.items()
    ]
    report = deploy(empty_shop.local.state, empty_shop.clock.now(), files)
    assert report.left_out == []
    return Wide(empty_shop)


def _described(name: str, inner: str) -> str:
    space = 'xmlns="http://soap.sforce.com/2006/04/metadata"'
    return f"<CustomField {space}><fullName>{name}</fullName><label>{name}</label>{inner}</CustomField>"
