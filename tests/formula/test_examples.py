"""Worked examples of Salesforce's own engine come out as that engine worked them out."""

import io
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sfsync.cli.formula_cases import answers
from sfsync.formula import FormulaProblem, parse, parse_template, prefix_form, unparse

pytestmark = pytest.mark.real_data

APPROXIMATELY = Decimal("1e-12")


def lines(name: str) -> Iterator[dict[str, Any]]:
    """Give the objects of a file of examples; skips where there are none."""
    folder = os.environ.get("SFSYNC_DATA")
    if not folder:
        pytest.skip("SFSYNC_DATA names no folder of real data")
    with (Path(folder) / "formulas" / name).open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def agrees(case: dict[str, Any], answer: dict[str, Any]) -> bool:
    """Tell whether an answer is the expected one; functions of doubles agree to 12 digits."""
    kind, expected = case["expected_type"], case["expected"]
    if kind == "error":
        return bool(answer["status"] == "error" and answer["message"])
    if answer["status"] != "ok" or answer["vtype"] != kind:
        return False
    if kind != "number":
        return bool(answer["value"] == expected)
    got, wanted = Decimal(answer["value"]), Decimal(expected)
    return got == wanted or bool(case.get("approx") and abs(got - wanted) <= APPROXIMATELY * abs(wanted))


def test_every_worked_example_comes_out() -> None:
    """Value and type, in both blank modes, errors included."""
    cases = list(lines("formula_examples.jsonl"))
    found = list(answers(io.StringIO("\n".join(map(json.dumps, cases))), datetime(2026, 1, 1, tzinfo=UTC)))
    wrong = [(case["id"], answer) for case, answer in zip(cases, found, strict=True) if not agrees(case, answer)]
    assert wrong == []
    assert len(cases) > 2_000


def read(example: dict[str, Any]) -> tuple[str | None, str | None, int | None]:
    """Give the tree of a parser example, or message and column of what is wrong with it."""
    try:
        if example["mode"] == "template":
            lenient = '""' in (example["tree"] or "")
            return f" {parse_template(example['source'], strict=not lenient).prefix_form()}", None, None
        return f" {prefix_form(parse(example['source'], subscripts=example['mode'] == 'subscripts'))}", None, None
    except FormulaProblem as problem:
        return None, problem.message, problem.column


def test_every_parser_example_gives_its_tree_or_its_error() -> None:
    """Trees, messages and columns are those of Salesforce's parser."""
    examples = list(lines("formula_parse_examples.jsonl"))
    expected = [(example["tree"], example["error"], example["location"]) for example in examples]
    assert [read(example) for example in examples] == expected


def test_every_formula_of_real_orgs_is_read_and_printed() -> None:
    """Formulas of real orgs parse, and printing them changes nothing."""
    count = 0
    for example in lines("real_formulas.jsonl"):
        tree = parse(example["formula"])
        assert parse(unparse(tree)) == tree
        count += 1
    assert count > 2_000
