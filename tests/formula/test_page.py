"""Every function is documented, and the page says what the table says."""

from pathlib import Path

from sfsync.formula import FUNCTIONS, GROUPS
from sfsync.formula.describe import completions, functions_page, usage

PAGE = Path(__file__).parents[2] / "docs/reference/formula-functions.md"


def test_the_page_is_what_the_table_says() -> None:
    """docs/reference/formula-functions.md is current: python -m sfsync.formula.describe > that file."""
    assert PAGE.read_text(encoding="utf-8") == functions_page()


def test_every_function_has_a_sentence_and_a_usage() -> None:
    """No function goes without a word of explanation; its usage starts with its name."""
    for function in FUNCTIONS.values():
        assert function.help.endswith(".")
        assert usage(function).startswith(f"{function.name}(")


def test_no_function_stands_in_two_groups_or_under_another_name() -> None:
    """The table finds each by its name in capitals."""
    listed = [function.name for group in GROUPS.values() for function in group]
    assert len(listed) == len(set(listed)) == len(FUNCTIONS)
    assert all(name == name.upper() == function.name for name, function in FUNCTIONS.items())


def test_what_is_being_typed_is_completed_with_functions_and_fields() -> None:
    """The last word is completed, in any case, with how a function is called; within quotes nothing is."""
    assert completions("1 + add") == [("1 + ADDMONTHS(", "ADDMONTHS(date, num_months)")]
    assert completions("IF(lea", ["LeadSource", "Name"]) == [("IF(LeadSource", "field")]
    assert completions('CONTAINS(Name, "a') == completions("1 + ") == []
