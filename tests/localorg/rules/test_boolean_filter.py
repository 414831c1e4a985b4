"""Promises of filters such as `1 AND (2 OR 3)`."""

import json
import os
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfsync.localorg.rules.boolean_filter import FilterProblem, Tree, alternatives, parse_filter, parse_tree

DATA = os.environ.get("SFSYNC_DATA", "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", [True, False, False]),
        ("1 AND 2", [True, True, False]),
        ("1 AND (2 OR 3)", [True, False, True]),
        ("1 or (3 and 2)", [False, True, True]),
        ("1 OR 2 AND 3", [True, False, False]),
        ("NOT 1 AND 3", [False, False, True]),
        ("((1)AND(2))OR(3)", [False, False, True]),
    ],
)
def test_a_filter_holds_as_it_reads(text: str, expected: list[bool]) -> None:
    """Words in any case, AND before OR, parentheses first."""
    assert parse_filter(text, 3)(expected)
    assert not parse_filter(text, 3)([text.startswith("NOT")] * 3)


@pytest.mark.parametrize("text", ["", "4", "0", "1 AND", "(1", "1)", "1 2", "1 AND OR 2", "1 & 2", "one", "1 AND ()"])
def test_a_filter_that_cannot_be_read_is_refused_with_words(text: str) -> None:
    """What is wrong, in which filter."""
    with pytest.raises(FilterProblem, match="filter"):
        parse_filter(text, 3)


_TREES: st.SearchStrategy[Tree] = st.recursive(
    st.integers(0, 3),
    lambda inner: st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3).map(tuple)),
    max_leaves=8,
)


def _written(tree: Tree) -> str:
    if isinstance(tree, int):
        return str(tree + 1)
    return "(" + f" {tree[0]} ".join(_written(one) for one in tree[1]) + ")"


def _holds(tree: Tree, said: tuple[bool, ...]) -> bool:
    if isinstance(tree, int):
        return said[tree]
    parts = [_holds(one, said) for one in tree[1]]
    return all(parts) if tree[0] == "and" else any(parts)


@given(_TREES)
def test_any_filter_means_what_its_parts_mean(tree: Tree) -> None:
    """For all answers of all criteria, by its tree and by the ways in which it can hold."""
    text = _written(tree)
    holds, ways = parse_filter(text, 4), alternatives(parse_tree(text, 4))
    for said in product([False, True], repeat=4):
        assert holds(said) == _holds(tree, said)
        assert any(all(said[place] for place in way) for way in ways) == _holds(tree, said)


@pytest.mark.real_data
@pytest.mark.skipif(not DATA, reason="SFSYNC_DATA names no folder of real data")
def test_all_filters_of_real_orgs_are_read() -> None:
    """Every filter that orgs have deployed, over as many criteria as it has."""
    filters = list(_real_filters())
    assert len(filters) > 100
    for text, count in filters:
        parse_filter(text, count)


def _real_filters() -> Iterator[tuple[str, int]]:
    path = Path(DATA) / "formulas" / "criteria_items.jsonl"
    for line in path.read_text("utf-8").splitlines():
        one = json.loads(line)
        if one["booleanFilter"]:
            yield one["booleanFilter"], len(one["criteria"])
