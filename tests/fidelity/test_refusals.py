"""Promises about values that no route can carry: they are refused by name before anything is sent, never bent."""

import csv
from pathlib import Path

import pytest

from sfsync.dataload.importing import ImportOrder, Terms, import_file
from sfsync.errors import FileError, IncompleteAnswer
from sfsync.mirror.compared import FEW
from sfsync.plan.brakes import Brakes
from sfsync.records.ids import to_18
from sfsync.sync.guard import Guard
from tests.fidelity.conftest import Wide
from tests.fidelity.corpus import DAY, LONG, MOMENT, NO_ANSWERS, SCALES, SHORT
from tests.shop import yes

_NO_NUMBERS = ("NaN", "-Infinity", "1,5", "1.2.3", "0x1F", "١٢٣a", "1 000", "ten", "--1", "1e", "1/2", "$5", "5%")
_NO_DAYS = ("2026-02-30", "2025-02-29", "31.12.2026", "12/31/2026", "1699-12-31", "4001-01-01", "0000-00-00", "today")
_NO_MOMENTS = ("2026-01-01T25:00:00Z", "2026-01-01T00:00:00", "2026-01-01T00:00:60Z", "1699-12-31T23:59:59Z", "noon")
REFUSED = [
    *((name, text) for name in SCALES for text in _NO_NUMBERS),
    *((name, "1" + "0" * (18 - scale)) for name, scale in SCALES.items()),
    *((name, "0." + "0" * scale + "1") for name, scale in SCALES.items()),
    *((name, "1e400") for name in SCALES),
    *((DAY, text) for text in _NO_DAYS),
    *((MOMENT, text) for text in _NO_MOMENTS),
    (SHORT[0], "x" * 256),
    *((name, text) for name in (LONG[0], SHORT[0]) for text in ("a\0z", "\0", " \0")),
    ("Email", f"{'x' * 80}@example.com"),
]


def _imported(wide: Wide, path: Path) -> list[dict[str, str]]:
    terms = Terms(Guard(Brakes(), yes), 0.0, wide.shop.folder / "runs")
    outcome = import_file(wide.shop.context, ImportOrder(path, "Lead", "insert"), terms)
    assert outcome.exit == 3
    with Path(outcome.data["files"]["refused"]).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_what_cannot_be_kept_exact_is_refused_by_row_and_field(wide: Wide) -> None:
    """Each such cell of a file is named with its row and field; nothing of it is sent, and nothing cut or rounded."""
    path = wide.shop.folder / "rows.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        names = sorted({name for name, _ in REFUSED})
        writer.writerow(("LastName", "Company", *names))
        writer.writerows(("x", "y", *(text if name == one else "" for one in names)) for name, text in REFUSED)
    refused = _imported(wide, path)
    assert [int(row["row"]) for row in refused] == list(range(1, len(REFUSED) + 1))
    silent = [(row["row"], name) for row, (name, _) in zip(refused, REFUSED, strict=True) if name not in row["message"]]
    assert silent == []
    assert wide.shop.rows("SELECT Id FROM Lead") == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"LastName,Company\nx,\xed\xa0\xbd\n", "0xed"),  # half a surrogate pair
        (b"LastName,Company\nx,\xff\n", "0xff"),
        (b"LastName,Company\nx,\xc0\x80\n", "0xc0"),  # NUL in two bytes, as some programs write it
        (b"LastName,Company\nx,y\n" + b"x," + b"y" * 131_073 + b"\n", "131072"),
        (b'LastName,Company\nx,"y\n', "well-formed"),
    ],
)
def test_a_file_that_cannot_be_read_exact_is_refused_whole(wide: Wide, content: bytes, words: str) -> None:
    """Bytes that are no text, cells no field holds, quotes without an end: nothing is sent, and the line is named."""
    path = wide.shop.folder / "rows.csv"
    path.write_bytes(content)
    terms = Terms(Guard(Brakes(), yes), 0.0, wide.shop.folder / "runs")
    with pytest.raises(FileError, match=words) as refused:
        import_file(wide.shop.context, ImportOrder(path, "Lead", "insert"), terms)
    assert refused.value.problems[0].where.line in (2, 3)
    assert wide.shop.rows("SELECT Id FROM Lead") == []


@pytest.mark.long
@pytest.mark.parametrize("known", [False, True], ids=["first", "again"])
def test_what_no_org_writes_is_believed_by_neither_database(wide: Wide, known: bool) -> None:
    """NaN, yes, infinity, today and their like in a page of a bulk job are named, and nothing of the page is kept."""
    fields = ("Id", "IsDeleted", "LastName", "Money__c", "NumberOfEmployees", DAY, MOMENT)
    usual = {"IsDeleted": "false", "LastName": "x"}
    rows = [{**dict.fromkeys(fields, ""), **usual, "Id": to_18(f"00Q5e0{number:09d}")} for number in range(FEW + 10)]
    mirror = wide.shop.mirror
    with mirror.writing() as books:
        books.records.shape(wide.shop.org.describe("Lead"), fields)

    def take(rows: list[dict[str, str]]) -> None:
        lines = (",".join(f'"{value}"' for value in line) for line in (fields, *(row.values() for row in rows)))
        with mirror.loading() as books:
            books.records.take_csv("Lead", fields, ["\n".join(lines).encode()], len(rows), run=1)

    if known:
        take(rows)
    for name, texts in NO_ANSWERS.items():
        for text in texts:
            odd = [row | {"LastName": "y"} for row in rows]
            odd[5] |= {name: text}
            with pytest.raises(IncompleteAnswer, match=rf"Lead/{odd[5]['Id']}\.{name} makes no sense"):
                take(odd)
    with mirror.reading() as books:
        assert list(books.stored.rows("Lead", ["LastName"])) == ([("x",)] * len(rows) if known else [])


def test_the_long_field_is_longer_than_any_cell_may_be(wide: Wide) -> None:
    """So what is too long for a cell is told of the file, not of the field."""
    schema = wide.shop.org.describe("Lead")
    assert schema.fields[LONG[0]].length == 131_072
