"""The forms exports come in: encodings, delimiters, line ends, archives, and how cells write values."""

import io
import os
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfsync.errors import FileError
from sfsync.localorg.load.cells import read_cell
from sfsync.localorg.load.loading import load
from sfsync.localorg.load.sources import from_paths
from sfsync.localorg.sobject import Field
from tests.localorg.load.conftest import HEAD, NOW, Loader, lead_id

TEXT = f"{HEAD}\n{lead_id(1)},Müller,Łódź & Søn,\n{lead_id(2)},佐藤,Emoji 🎈,\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_any_unicode_encoding_is_read(loader: Loader, encoding: str) -> None:
    """With a byte order mark or without, the characters arrive."""
    loader({"Lead.csv": TEXT.encode(encoding)})
    assert loader.values("Company") == ["Łódź & Søn", "Emoji 🎈"]


def test_a_file_that_is_not_unicode_is_read_as_windows_writes_it(loader: Loader) -> None:
    """Western European bytes are read as such, and the report says which encoding was assumed."""
    report = loader({"Lead.csv": f"{HEAD}\n{lead_id(1)},Müller,Café – €,\n".encode("cp1252")})
    assert loader.values("Company") == ["Café – €"]
    assert report.files[0].encoding == "cp1252"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_usual_delimiter_and_line_end_is_read(loader: Loader, delimiter: str, end: str) -> None:
    """The delimiter is found out from the header; blank lines and lines of delimiters alone are no rows."""
    lines = [HEAD, f'{lead_id(1)},Ito,"a, b; c | d",', "", f"{lead_id(2)},Sato,Acme,", ""]
    quoted = [line.replace(",", delimiter) if "a, b" not in line else line for line in lines]
    quoted[1] = delimiter.join([lead_id(1), "Ito", '"a, b; c | d"', ""])
    report = loader({"Lead.csv": end.join(quoted)})
    assert loader.values("Company") == ["a, b; c | d", "Acme"]
    assert report.files[0].rows == 2


def test_a_line_that_names_the_delimiter_is_understood(loader: Loader) -> None:
    """Spreadsheets write `sep=;` before the header."""
    loader({"Lead.csv": f"sep=;\r\n{HEAD.replace(',', ';')}\r\n{lead_id(1)};Ito;Acme;\r\n"})
    assert loader.values("LastName") == ["Ito"]


def test_text_over_several_lines_and_formula_like_text_stay_as_they_are(loader: Loader) -> None:
    """Line breaks, quotes and leading = + @ of a cell are kept, whatever a spreadsheet would make of them."""
    loader.leads(f'{lead_id(1)},Ito,Acme,,"one\r\ntwo\n""three"""\n{lead_id(2)},=1+1,@sum,,+x\n', f"{HEAD},Description")
    assert loader.values("Description") == ['one\r\ntwo\n"three"', "+x"]
    assert loader.values("LastName") == ["Ito", "=1+1"]


def test_a_quote_that_is_never_closed_takes_nothing_else_with_it(loader: Loader) -> None:
    """Rows before it are loaded; the lines it swallows are named."""
    report = loader.leads(f'{lead_id(1)},Ito,Acme,\n{lead_id(2)},"open,Acme,\n{lead_id(3)},Sato,Acme,\n')
    assert loader.values("LastName") == ["Ito"]
    assert "lines 3 to 4 cannot be read" in report.groups[0].reason


@pytest.mark.parametrize("name", ["Lead.csv", "leads.csv", "LEAD_2024-05.csv", "export (2).csv", "extract.txt"])
def test_the_sobject_is_told_by_file_name_or_by_ids(loader: Loader, name: str) -> None:
    """A file is known by its Ids, whatever it is called."""
    loader({name: TEXT})
    assert len(loader.values("Id")) == 2


def test_header_names_are_found_in_any_case_and_by_label(loader: Loader) -> None:
    """Data Loader writes capitals, reports write labels."""
    loader({"x.csv": f"ID,LASTNAME,Company,First Name,No. of Employees\n{lead_id(1)},Ito,Acme,Aki,\n"})
    assert loader.values("FirstName") == ["Aki"]


def test_folders_and_archives_are_loaded_whole(loader: Loader, tmp_path: Path) -> None:
    """A zip archive works as a folder does; what is no CSV is named."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("data/Lead.csv", TEXT)
        archive.writestr("data/notes.pdf", "x")
        archive.writestr("__MACOSX/data/._Lead.csv", "x")
    (tmp_path / "export.zip").write_bytes(packed.getvalue())
    report = load(loader.state, NOW, from_paths([tmp_path / "export.zip"]))
    assert (report.counts()["loaded"], report.ignored_files) == (2, ["data/notes.pdf"])


def test_a_folder_without_exports_and_a_broken_archive_are_told(tmp_path: Path) -> None:
    """Nothing to load is an error with a next step."""
    with pytest.raises(FileError, match="no CSV"):
        from_paths([tmp_path])
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(FileError, match=r"broken\.zip"):
        from_paths([tmp_path / "broken.zip"])


@pytest.mark.parametrize(
    ("kind", "text", "stored"),
    [
        ("boolean", "1", 1),
        ("boolean", "0", 0),
        ("boolean", "TRUE", 1),
        ("boolean", "false", 0),
        ("boolean", "", 0),
        ("currency", "1200.5", 120_050),
        ("currency", "-0.01", -1),
        ("currency", "1.2E3", 120_000),
        ("int", "12.0", 12),
        ("date", "2024-02-29", "2024-02-29"),
        ("date", "2024-02-29T00:00:00.000Z", "2024-02-29"),
        ("datetime", "2024-07-11T21:22:06.000+0000", "2024-07-11T21:22:06.000+0000"),
        ("datetime", "2024-07-11T21:22:06Z", "2024-07-11T21:22:06.000+0000"),
        ("datetime", "2024-07-11T23:22:06+02:00", "2024-07-11T21:22:06.000+0000"),
        ("datetime", "2024-07-11 21:22:06", "2024-07-11T21:22:06.000+0000"),
        ("datetime", "2024-07-11 21:22:06 UTC", "2024-07-11T21:22:06.000+0000"),
        ("datetime", "2024-07-11", "2024-07-11T00:00:00.000+0000"),
        ("reference", "0015e00000AbCdE", "0015e00000AbCdEAAV"),
    ],
)
def test_values_are_read_as_exports_write_them(kind: str, text: str, stored: object) -> None:
    """Booleans, numbers, days, times and ids are read in the forms that exports use, and nothing is said to change."""
    cell = read_cell(Field("F", "F", kind, length=18, precision=18, scale=2 if kind == "currency" else 0), text)
    assert (cell.stored, cell.left_out, cell.changed) == (stored, "", "")


@given(st.text(max_size=60), st.sampled_from(["boolean", "int", "double", "date", "datetime", "reference", "email"]))
def test_any_cell_is_kept_or_told(text: str, kind: str) -> None:
    """Whatever a cell holds, it is kept, or there is a reason why not; nothing breaks."""
    cell = read_cell(Field("F", "F", kind, length=80, precision=18, scale=3, digits=8), text)
    assert cell.stored not in (None, 0) or cell.left_out or not text.strip() or _is_zero(text)


def _is_zero(text: str) -> bool:
    return text.strip().lower() == "false" or not text.strip().strip("0.+-eE_٠०０")


@pytest.mark.real_data
def test_a_real_orgs_export_loads_whole(loader: Loader) -> None:
    """Every row of every file is loaded or, of an sObject the org lacks, listed; links and owners hold."""
    told = os.environ.get("SFSYNC_DATA")
    if not told:
        pytest.skip("SFSYNC_DATA does not say where the real data is")
    report = load(loader.state, NOW, from_paths([Path(told) / "csv" / "sf_gen_ai_demo"]))
    counts = report.counts()
    assert (counts["loaded"], counts["refused"], counts["values_left_out"]) == (230, 0, 0)
    assert [(one.reason, one.count) for one in report.groups if one.kind == "row"] == [
        ("the org has no sObject Case", 40)
    ]
    lost = "SELECT count(*) FROM Contact WHERE AccountId NOT IN (SELECT Id FROM Account)"
    assert loader.state.rows(lost)[0][0] == 0
    assert "2024-07-11T21:22:06.000+0000" in loader.values("CreatedDate")
