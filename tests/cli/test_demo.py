"""`sfsync demo`: the whole loop, as a new user sees it first."""

import json
import re
import stat
from pathlib import Path

import pytest

from sfsync.cli.main import main
from sfsync.localorg.process import lifecycle
from tests.docs.pages import CHECKOUT, blocks


def demo(folder: Path, *more: str) -> int:
    """Run the demo; its exit code."""
    with pytest.raises(SystemExit) as end:
        main(["demo", str(folder), *more])
    return int(end.value.code or 0)


def plain(line: str) -> str:
    """A line without what differs with the seeded records: numbers, ids, values, names of rules, width."""
    line = re.sub(r"lead_(scoring|routing)/[^:]+(:.*)?$", r"lead_\1/RULE", line.rstrip())
    line = re.sub(r": .+ -> .+?( by Ana Torres)?$", r": BEFORE -> AFTER\1", line)
    line = re.sub(r"^(  deleted Lead/\w+), .*", r"\1, NAME", line)
    return re.sub(r"\b(00[QG5]\w{15}|[0-9a-f]{12})\b|\d[\d.,:]*", "N", " ".join(line.split()))


@pytest.mark.long
def test_the_demo_goes_once_around_and_is_as_the_readme_shows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every line of the picture in README.md is printed, in order; the org has stopped, the folder stays, exit 0."""
    monkeypatch.chdir(tmp_path)
    assert demo(Path(".demo")) == 0
    said = [plain(line) for line in capsys.readouterr().out.splitlines()]
    picture = next(block.body for block in blocks(CHECKOUT / "README.md") if "sfsync pull" in block.body)
    at = 0
    for line in filter(None, map(plain, picture.splitlines())):
        if line != "...":
            assert line in said[at:], line
            at = said.index(line, at) + 1
    assert at > 20
    assert lifecycle.running(tmp_path / ".demo/.sfsync/org") is None
    assert stat.S_IMODE((tmp_path / ".demo/.sfsync").stat().st_mode) == 0o700
    assert (tmp_path / ".demo/sfsync.toml").is_file()


@pytest.mark.long
def test_a_demo_may_be_shown_again_in_its_own_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A second demo empties what the first one made, and as JSON it is one object with every step."""
    for _ in range(2):
        assert demo(tmp_path / "show", "--json") == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["command"] == "demo" and told["counts"]["differences"] == 0
    assert [step["exit"] for step in told["steps"]] == [0, 0, 0, 0, 3, 0]


def test_the_demo_never_empties_a_folder_it_did_not_make(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In a folder that holds something else it refuses, exit 2, and touches nothing."""
    (tmp_path / "mine.txt").write_text("precious")
    assert demo(tmp_path, "--json") == 2
    assert json.loads(capsys.readouterr().out)["problems"][0]["next"]
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
