"""The reference pages are complete and current."""

import re
from pathlib import Path

import click
import pytest

from sfsync.cli.reference import PAGES, command_contexts
from sfsync.errors import STEPS
from sfsync.localorg.facts import Facts
from sfsync.mirror.entries import EntryState
from sfsync.sync import outcome
from tests.docs.pages import CHECKOUT, EVERY_PAGE

REFERENCE = CHECKOUT / "docs/reference"


def text(name: str) -> str:
    """What a reference page says."""
    return (REFERENCE / name).read_text(encoding="utf-8")


def first_cells(name: str) -> set[str]:
    """The words in the first column of a page's tables."""
    rows = [line.split("|")[1] for line in text(name).splitlines() if line.startswith("|")]
    return {word.strip(" `") for row in rows for word in row.split(",")}


@pytest.mark.parametrize("name", sorted(PAGES))
def test_written_pages_are_current(name: str) -> None:
    """The pages say what the program says: `python -m sfsync.cli.reference docs/reference` writes them."""
    assert text(name) == PAGES[name]()


def test_every_command_and_option_is_explained() -> None:
    """No command and no option goes without a sentence of help, and each sentence ends."""
    for context in command_contexts():
        assert (context.command.help or "").split("\n")[0].rstrip().endswith("."), context.command_path
        for param in context.command.params:
            if isinstance(param, click.Option):
                assert param.help, f"{context.command_path} {param.name}"


def test_the_first_line_of_help_is_shown_whole() -> None:
    """In the list of commands no sentence is cut short."""
    cut = [one.command_path for one in command_contexts() if one.command.get_short_help_str(63).endswith("...")]
    assert cut == []


def test_every_exit_code_is_explained() -> None:
    """The page lists the codes that commands end with, and no others."""
    codes = {step.exit_code for step in STEPS.values()} | {0, 1, 4, 6, 130}
    assert {cell for cell in first_cells("exit-codes.md") if cell.isdigit()} == {str(code) for code in codes}


def test_every_state_is_explained() -> None:
    """States of entries, of runs and of checks stand on their page."""
    told = first_cells("states.md")
    assert told >= {state.value for state in EntryState}
    assert told >= {outcome.DONE, outcome.PARTLY, outcome.WAITING, outcome.FAILED, outcome.INTERRUPTED}
    assert told >= {"fine", "warning", "broken", "skipped", "running", "stopped"}


def test_every_command_has_its_line_of_json() -> None:
    """The page of JSON shapes has a row for each command that prints one object."""
    names = {context.command_path.removeprefix("sfsync ") for context in command_contexts()}
    assert names - {"serve", "formula cases"} <= first_cells("json.md")


def test_what_org_start_prints_is_listed() -> None:
    """All facts of a running local org stand on the page of JSON shapes."""
    row = next(line for line in text("json.md").splitlines() if line.startswith("| `org start`"))
    assert set(re.findall(r"`(\w+)`", row)) == set(Facts.__dataclass_fields__)


def test_links_lead_somewhere() -> None:
    """Every relative link of every page is to a file that is there."""
    broken = [
        f"{page.relative_to(CHECKOUT)}: {target}"
        for page in EVERY_PAGE
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []


def test_every_page_can_be_found() -> None:
    """From docs/README.md each guide and each reference page is linked."""
    start = (CHECKOUT / "docs/README.md").read_text(encoding="utf-8")
    pages = [path for folder in ("guides", "reference") for path in (CHECKOUT / "docs" / folder).glob("*.md")]
    assert [path.name for path in pages if f"({path.parent.name}/{path.name})" not in start] == []


def test_contributing_is_short() -> None:
    """CONTRIBUTING.md is at most 120 lines."""
    assert len(Path(CHECKOUT / "CONTRIBUTING.md").read_text(encoding="utf-8").splitlines()) <= 120


def test_make_targets_that_pages_name_are_there() -> None:
    """Every `make TARGET` on any page is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (CHECKOUT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {
        name
        for page in EVERY_PAGE
        for name in re.findall(r"(?:`|^\$ |^)make ([a-z-]+)", page.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert {"demo", "test", "setup"} <= named <= targets
