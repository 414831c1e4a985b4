"""Promises of plans in files, and of large JSON in files."""

import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfsync.errors import FileError
from sfsync.sync import json_file
from sfsync.sync.json_file import JsonFile
from sfsync.sync.plan_file import read_plan, write_plan
from sfsync.sync.planning import show_plan
from sfsync.sync.run import pull_only
from tests.shop import Shop

NESTED = [[], [1, [2]], {}, {"": [None]}, {"a": {"b": "c,"}}]
VALUES = st.sampled_from([None, True, 0, -1204, Decimal("12.5"), "", 'a"\\}', "\u00e9\n]", *NESTED])
NAMES = st.sampled_from(["a", "changes", "b}", "\u00e9"])


@given(
    members=st.dictionaries(NAMES, VALUES), items=st.lists(VALUES, max_size=4),
    indent=st.none() | st.just(2), size=st.integers(1, 20),
)  # fmt: skip
def test_an_object_is_read_item_by_item_as_it_is_whole(
    members: dict[str, Any], items: list[Any], indent: int | None, size: int
) -> None:
    """However it is laid out, and wherever the reading is cut, keys and items are those of the JSON module."""
    text = json.dumps({**members, "": items}, default=float, indent=indent)
    whole = json.loads(text, parse_float=Decimal)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(json_file, "_AT_LEAST", size)
        found = list(JsonFile(io.StringIO(text)).members([""]))
    assert [value for key, value in found if key == ""] == whole.pop("")
    assert {key: value for key, value in found if key != ""} == whole


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"a"', '{"a":', '{"a": 1', '{"a": 1,}', '{"": [1, 2}', '{"": 1}', '{"a": 1} x', '{"a": nul}'],
)
def test_what_is_no_such_object_is_refused_with_the_place(text: str) -> None:
    """A file that is cut short, or something else, is told as such."""
    with pytest.raises(ValueError, match=r"at character \d"):
        list(JsonFile(io.StringIO(text)).members([""]))


def test_a_plan_file_is_read_however_it_was_laid_out(shop: Shop) -> None:
    """A change a line as it is written, or indented as earlier versions and other programs do: it is the same plan."""
    pull_only(shop.context, shop.order(), full=False)
    _, plan = show_plan(shop.context, shop.order())
    path = shop.folder / "plan.json"
    write_plan(path, plan)
    lines = path.read_text("utf-8").splitlines()
    assert sum(line.lstrip().startswith('{"action"') for line in lines) == len(plan.changes)
    schema_of = shop.books().schemas.get
    path.write_text(json.dumps(json.loads("".join(lines)), indent=1, sort_keys=True), "utf-8")
    again = read_plan(path, schema_of)
    assert (again.changes, again.id, again.calls()) == (plan.changes, plan.id, plan.calls())


def test_a_plan_of_another_version_is_refused_with_words(tmp_path: Path) -> None:
    """What follows may mean something else, so nothing of it is looked at."""
    (tmp_path / "plan.json").write_text('{"version": 7, "changes": [{"verb": "paint"}]}', "utf-8")
    with pytest.raises(FileError, match="version 7, this program reads version 1"):
        read_plan(tmp_path / "plan.json", lambda name: None)
