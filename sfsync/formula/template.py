"""Text with merge fields: `Dear {!Lead.FirstName}`, where each `{!...}` holds a formula."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from sfsync.formula.parser import parse_part
from sfsync.formula.problems import FormulaProblem
from sfsync.formula.tree import Node, Text, prefix_form

Part: TypeAlias = str | Node

_INSIDE = re.compile(r"/\*(?s:.*?)\*/ | \"(?:\\.|[^\"\\])*\" | '(?:\\.|[^'\\])*' | [^}\"'/]+ | /(?!\*)", re.VERBOSE)


@dataclass(frozen=True, slots=True)
class Template:
    """Pieces of plain text and formulas, in order."""

    parts: tuple[Part, ...]

    def prefix_form(self) -> str:
        """Write it as nested lists, plain text as it is: `( template Dear  FirstName )`."""
        pieces = [part if isinstance(part, str) else prefix_form(part) for part in self.parts]
        return f"( {' '.join(('template', *pieces))} )"


def parse_template(source: str, *, strict: bool = True) -> Template:
    """Parse text with merge fields.

    Raises FormulaProblem with the 1-based column in the whole text. Where not `strict`, a formula that does not parse
    stands for empty text, as in Salesforce's own templates.
    """
    return Template(tuple(_parts(source, strict)))


def _parts(source: str, strict: bool) -> Iterator[Part]:
    place = 0
    while place < len(source):
        start = source.find("{!", place)
        end = len(source) if start < 0 else start
        if end > place:
            yield source[place:end]
        if start < 0:
            return
        place = _end_of_formula(source, start + 2)
        yield _formula(source, start + 2, place, strict)
        place += 1


def _end_of_formula(source: str, place: int) -> int:
    """Find the brace that ends a formula, past texts and comments. Raises FormulaProblem where there is none."""
    while place < len(source) and source[place] != "}":
        match = _INSIDE.match(source, place)
        if match is None:
            break
        place = match.end()
    if place < len(source) and source[place] == "}":
        return place
    opened = source[place : place + 1]
    if opened == "/":
        raise FormulaProblem("Syntax error.  Missing *", len(source))
    missing = opened or "'}'"
    raise FormulaProblem(f"Syntax error.  Missing {missing}", len(source) + 1)


def _formula(source: str, start: int, end: int, strict: bool) -> Node:
    """Parse one formula; columns count in the whole text."""
    try:
        return parse_part(source[start:end], start)
    except FormulaProblem:
        if strict:
            raise
        return Text('""', start + 1)
