"""Things that are never done, anywhere in the product."""

import ast
from collections.abc import Iterator

from tests.house.sources import Source

FORBIDDEN_CALLS = {"exec", "eval", "compile", "__import__"}
FORBIDDEN_MODULES = {"pickle", "marshal", "shelve", "dill", "telnetlib"}


def imported(tree: ast.Module) -> Iterator[str]:
    """The first name of every module a file imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def test_no_text_is_ever_run_as_code(product: list[Source]) -> None:
    """Formulas, settings and answers are data: nothing is passed to exec, eval or compile."""
    calls = [
        f"{file.name}:{node.lineno}"
        for file in product
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_CALLS
    ]
    assert calls == []


def test_no_objects_are_read_from_bytes(product: list[Source]) -> None:
    """What is stored is text and numbers; no pickle or its like is read or written."""
    assert [file.name for file in product if FORBIDDEN_MODULES & set(imported(file.tree))] == []


def test_certificates_are_always_checked(product: list[Source]) -> None:
    """Nowhere is verification of TLS certificates turned off."""
    off = [
        f"{file.name}:{node.lineno}"
        for file in product
        for node in ast.walk(file.tree)
        if (isinstance(node, ast.keyword) and node.arg in ("verify", "check_hostname") and is_false(node.value))
        or (isinstance(node, ast.Assign) and is_false(node.value) and sets_verify(node))
        or (isinstance(node, ast.Attribute) and node.attr in ("CERT_NONE", "_create_unverified_context"))
    ]
    assert off == []


def is_false(node: ast.expr) -> bool:
    """Whether an expression is the word False."""
    return isinstance(node, ast.Constant) and node.value is False


def sets_verify(node: ast.Assign) -> bool:
    """Whether an assignment is to something's `verify` or `check_hostname`."""
    return any(isinstance(t, ast.Attribute) and t.attr in ("verify", "check_hostname") for t in node.targets)
