"""A TOML file is read whole or refused with file, line, column and what to do."""

from pathlib import Path

import pytest

from sfsync.errors import Problem, SettingsError
from sfsync.settings.toml import LARGEST_BYTES, read_rule_files, read_toml


def refusal(path: Path) -> Problem:
    """The one problem a file is refused with."""
    with pytest.raises(SettingsError) as caught:
        read_toml(path)
    (problem,) = caught.value.problems
    assert problem.where.file == str(path)
    return problem


def test_values_and_places_come_together(tmp_path: Path) -> None:
    """A good file gives tomllib's values, and for each key where it stands under the file's name."""
    file = tmp_path / "a.toml"
    file.write_text("version = 1\n[pool.emea]\nmembers = ['x']\n", encoding="utf-8")
    values, places = read_toml(file, "rules/a.toml")
    assert values == {"version": 1, "pool": {"emea": {"members": ["x"]}}}
    assert str(places.where(("pool", "emea", "members", 0))) == "rules/a.toml:3:12: pool.emea.members[0]"


def test_a_byte_order_mark_is_no_obstacle(tmp_path: Path) -> None:
    """Editors that put a byte order mark first are put up with, and columns are as people see them."""
    file = tmp_path / "a.toml"
    file.write_bytes(b"\xef\xbb\xbfa = 1\r\n")
    values, places = read_toml(file)
    assert values == {"a": 1}
    assert places.at(("a",)) == (1, 1)


@pytest.mark.parametrize(
    ("content", "line", "column", "words", "todo"),
    [
        (b"a = 1\nb: 2\n", 2, 2, "not TOML", "equals sign"),
        (b"a = Lead\n", 1, 5, "not TOML", "quotes"),
        (b'when = "Title = "x""\n', 1, 18, "not TOML", "single quotes"),
        (b"a = [1,\n", 2, 1, "not TOML", ""),
        (b"a = 1\nb = '\xff'\n", 2, 6, "byte 0xff is not UTF-8", "save it as UTF-8"),
        ("a = 1".encode("utf-16"), 1, 1, "UTF-16", "save it as UTF-8"),
        (b"a = 1\nb = 1\na = 2\n", 3, 1, "given twice, first in line 1", "keep one"),
        (b"a.b = 1\n[a]\nc = 1\n", 2, 3, "not TOML", ""),
    ],
)
def test_what_is_not_toml_is_refused_where_it_stops_being_so(
    tmp_path: Path, content: bytes, line: int, column: int, words: str, todo: str
) -> None:
    """Syntax, encoding and duplicate keys are told with line, column and the likely remedy."""
    file = tmp_path / "a.toml"
    file.write_bytes(content)
    problem = refusal(file)
    assert (problem.where.line, problem.where.column) == (line, column)
    assert words in problem.message
    assert todo in problem.next


def test_a_file_that_is_not_there_says_how_to_get_one(tmp_path: Path) -> None:
    """A missing settings file leads to `sfsync init`."""
    problem = refusal(tmp_path / "a.toml")
    assert "no such file" in problem.message
    assert "sfsync init" in problem.next


def test_a_folder_in_place_of_a_file_is_told(tmp_path: Path) -> None:
    """What cannot be opened is a problem with a reason, not a traceback."""
    assert "directory" in refusal(tmp_path).message


def test_bombs_are_refused(tmp_path: Path) -> None:
    """A file too large or nested too deep is refused in words."""
    file = tmp_path / "a.toml"
    file.write_bytes(b"#" * (LARGEST_BYTES + 1))
    assert "1,000,000 bytes" in refusal(file).message
    file.write_text("a = " + "[" * 50_000 + "]" * 50_000, encoding="utf-8")
    assert "nested too deeply" in refusal(file).message


def test_rule_files_are_read_in_order_and_only_they(tmp_path: Path) -> None:
    """Every TOML file directly in the folder is read, by name; other files and folders are left alone."""
    folder = tmp_path / "rules"
    (folder / "tests").mkdir(parents=True)
    for name in ("b.toml", "a.toml", "README.md", "tests/t.toml"):
        (folder / name).write_text("version = 1\n", encoding="utf-8")
    documents, places = read_rule_files(folder)
    assert list(documents) == ["a.toml", "b.toml"]
    assert places["a.toml"].file == "rules/a.toml"


def test_all_broken_rule_files_are_told_at_once(tmp_path: Path) -> None:
    """Two files that are not TOML make two problems, each with its file."""
    folder = tmp_path / "rules"
    folder.mkdir()
    for name in ("a.toml", "b.toml"):
        (folder / name).write_text("x\n", encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        read_rule_files(folder)
    assert [problem.where.file for problem in caught.value.problems] == ["rules/a.toml", "rules/b.toml"]


def test_a_missing_rules_folder_is_told(tmp_path: Path) -> None:
    """Where nothing could decide, the way to the shipped rules is named."""
    with pytest.raises(SettingsError, match="sfsync init"):
        read_rule_files(tmp_path / "rules")
