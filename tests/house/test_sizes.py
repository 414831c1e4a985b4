"""Files and functions stay small enough to be read, and are named for what they hold."""

from pathlib import PurePath

from tests.house.sources import Source

LONGEST_FILE = 400
LONGEST_TEST_FILE = 500
LONGEST_FUNCTION = 80
DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc", "base", "core", "manager"}


def test_no_file_of_the_product_is_longer_than_can_be_taken_in(product: list[Source]) -> None:
    """A newcomer never opens a file of more than 400 lines."""
    assert [f"{file.name}: {file.lines}" for file in product if file.lines > LONGEST_FILE] == []


def test_no_test_file_is_longer_than_can_be_taken_in(tests: list[Source]) -> None:
    """Tests are read as often as code: at most 500 lines a file."""
    assert [f"{file.name}: {file.lines}" for file in tests if file.lines > LONGEST_TEST_FILE] == []


def test_no_function_is_longer_than_a_screen(product: list[Source]) -> None:
    """A function is at most 80 lines from its name to its end."""
    long = [
        f"{file.name}:{function.lineno} {function.name}: {span}"
        for file in product
        for function in file.functions()
        if (span := (function.end_lineno or 0) - function.lineno + 1) > LONGEST_FUNCTION
    ]
    assert long == []


def test_no_file_is_a_drawer_for_odds_and_ends(product: list[Source], tests: list[Source]) -> None:
    """A file's name says what is inside; none is called utils or the like."""
    drawers = [
        file.name
        for file in (*product, *tests)
        for part in PurePath(file.name).with_suffix("").parts
        if part.removeprefix("test_") in DRAWERS
    ]
    assert drawers == []


def test_no_package_stands_empty(product: list[Source]) -> None:
    """A package appears with its first real code."""
    filled = {PurePath(file.name).parent for file in product if PurePath(file.name).name != "__init__.py"}
    filled |= {parent for folder in filled for parent in folder.parents}
    packages = {PurePath(file.name).parent for file in product if PurePath(file.name).name == "__init__.py"}
    data_too = {PurePath(file.name).parent for file in product if file.lines > 1}
    assert sorted(map(str, packages - filled - data_too)) == []
