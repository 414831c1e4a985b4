"""`1 AND (2 OR 3)`: how the numbered criteria of a rule hang together."""

import re
from collections.abc import Callable, Sequence

Holds = Callable[[Sequence[bool]], bool]  # from what each criterion says to what the rule says
_TOKENS = re.compile(r"\s*(?:(\d+)|(and|or|not)\b|([()]))", re.IGNORECASE)


class FilterProblem(ValueError):
    """A filter that cannot be read; the text is for people."""


def all_of(said: Sequence[bool]) -> bool:
    """Say yes where every criterion does: the filter of rules that have none."""
    return all(said)


def parse_filter(text: str, count: int) -> Holds:
    """Read a filter over `count` criteria; AND binds tighter than OR. Raises FilterProblem."""
    return _compiled(parse_tree(text, count))


def parse_tree(text: str, count: int) -> "Tree":
    """Read a filter into (word, parts): ("and"|"or"|"not", trees), or the place of a criterion from 0."""
    tokens = _split(text)
    tree, rest = _either(tokens, text, count)
    if rest:
        raise FilterProblem(f"{rest[0]!r} is one too many in the filter {text!r}")
    return tree


Tree = tuple[str, tuple["Tree", ...]] | int


def alternatives(tree: Tree) -> list[frozenset[int]]:
    """Give the filter as ways to hold, each the criteria that must; only filters without NOT have such a form."""
    if isinstance(tree, int):
        return [frozenset({tree})]
    word, parts = tree
    if word == "not":
        raise FilterProblem("NOT has no place here")
    if word == "or":
        return [one for part in parts for one in alternatives(part)]
    found = [frozenset[int]()]
    for part in parts:
        found = [left | right for left in found for right in alternatives(part)]
    return found


def _split(text: str) -> list[str]:
    tokens, place = [], 0
    end = len(text.rstrip())
    while place < end:
        found = _TOKENS.match(text, place)
        if found is None:
            raise FilterProblem(f"{text[place:].strip()!r} cannot be read in the filter {text!r}")
        tokens.append(found.group().strip().lower())
        place = found.end()
    return tokens


def _either(tokens: list[str], text: str, count: int) -> tuple[Tree, list[str]]:
    parts, rest = [], tokens
    while True:
        part, rest = _both(rest, text, count)
        parts.append(part)
        if not rest or rest[0] != "or":
            return (parts[0] if len(parts) == 1 else ("or", tuple(parts))), rest
        rest = rest[1:]


def _both(tokens: list[str], text: str, count: int) -> tuple[Tree, list[str]]:
    parts, rest = [], tokens
    while True:
        part, rest = _one(rest, text, count)
        parts.append(part)
        if not rest or rest[0] != "and":
            return (parts[0] if len(parts) == 1 else ("and", tuple(parts))), rest
        rest = rest[1:]


def _one(tokens: list[str], text: str, count: int) -> tuple[Tree, list[str]]:
    if not tokens:
        raise FilterProblem(f"the filter {text!r} ends too early")
    first, rest = tokens[0], tokens[1:]
    if first == "not":
        part, rest = _one(rest, text, count)
        return ("not", (part,)), rest
    if first == "(":
        part, rest = _either(rest, text, count)
        if not rest or rest[0] != ")":
            raise FilterProblem(f"a parenthesis is not closed in the filter {text!r}")
        return part, rest[1:]
    if not first.isdigit() or not 1 <= int(first) <= count:
        raise FilterProblem(f"{first!r} is none of the {count} criteria in the filter {text!r}")
    return int(first) - 1, rest


def _compiled(tree: Tree) -> Holds:
    if isinstance(tree, int):
        return lambda said: said[tree]
    word, parts = tree[0], [_compiled(one) for one in tree[1]]
    if word == "not":
        return lambda said: not parts[0](said)
    if word == "and":
        return lambda said: all(one(said) for one in parts)
    return lambda said: any(one(said) for one in parts)
