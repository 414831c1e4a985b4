"""Every test states a promise, and none of them can be forgotten."""

import ast
from pathlib import PurePath

from tests.house.sources import Source


def test_every_test_says_what_it_promises(tests: list[Source]) -> None:
    """A test's docstring tells what a user can rely on when it passes."""
    silent = [
        f"{file.name}:{function.lineno} {function.name}"
        for file in tests
        for function in file.functions()
        if function.name.startswith("test_") and not ast.get_docstring(function)
    ]
    assert silent == []


def test_every_test_file_is_collected(tests: list[Source]) -> None:
    """A file that holds tests is named so that pytest finds it."""
    unseen = [
        file.name
        for file in tests
        if not PurePath(file.name).name.startswith("test_")
        and any(isinstance(node, ast.FunctionDef) and node.name.startswith("test_") for node in file.tree.body)
    ]
    assert unseen == []


def test_tests_mirror_the_packages(product: list[Source], tests: list[Source]) -> None:
    """Every package of the product has a folder of tests of its name."""
    packages = {parts[1] for file in product if len(parts := PurePath(file.name).parts) > 2}
    tested = {parts[1] for file in tests if len(parts := PurePath(file.name).parts) > 2}
    assert sorted(packages - tested) == []
