r"""Reading a search: `FIND {words} IN NAME FIELDS RETURNING Lead(Id, Name WHERE ... LIMIT 5), Contact LIMIT 100`.

What stands in the parentheses of an sObject is SOQL; it is cut at its keywords and left to the query code. WITH and
UPDATE clauses are accepted without effect.
"""

import re
from dataclasses import dataclass

from sfsync.localorg.sosl.terms import malformed

GROUPS = ("ALL", "NAME", "EMAIL", "PHONE", "SIDEBAR")
MOST = 2_000  # records in all
_FIND = re.compile(r"\s*FIND\s*\{((?:[^\\{}]|\\.)*)\}", re.IGNORECASE | re.DOTALL)
_IN = re.compile(r"\s*IN\s+(\w+)\s+FIELDS\b", re.IGNORECASE)
_RETURNING = re.compile(r"\s*RETURNING\b", re.IGNORECASE)
_NAME = re.compile(r"\s*([A-Za-z]\w*)")
_LIMIT = re.compile(r"\s*LIMIT\s+(\d{1,9})\s*$", re.IGNORECASE)
_IGNORED = re.compile(r"\s*(WITH|UPDATE)\b.*?(?=\bLIMIT\s+\d+\s*$|$)", re.IGNORECASE | re.DOTALL)
_CLAUSE = re.compile(r"\b(WHERE|USING|ORDER\s+BY|LIMIT|OFFSET)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Returning:
    """One sObject to be searched, with the SOQL of what is shown of it."""

    sobject: str
    fields: str = "Id"
    where: str = ""  # the condition alone
    tail: str = ""  # ORDER BY, LIMIT, OFFSET


@dataclass(frozen=True, slots=True)
class Search:
    """A whole search."""

    term: str
    group: str = "ALL"
    returning: tuple[Returning, ...] = ()  # none: every searchable sObject
    limit: int = MOST


def parse(text: str) -> Search:
    """Read a search. Raises Refusal MALFORMED_SEARCH (its words for a search without braces are seen in traces)."""
    found = _FIND.match(text)
    if found is None:
        raise malformed("No search term found. The search term must be enclosed in braces.")
    rest = text[found.end() :]
    group = "ALL"
    if (match := _IN.match(rest)) is not None:
        group, rest = match[1].upper(), rest[match.end() :]
    if group not in GROUPS:
        raise malformed(f"unexpected token: '{group}'")
    returning: list[Returning] = []
    if (match := _RETURNING.match(rest)) is not None:
        rest = rest[match.end() :]
        more = True
        while more:
            one, rest = _returning(rest)
            returning.append(one)
            more, rest = rest.lstrip().startswith(","), rest.lstrip().removeprefix(",")
    return Search(found[1], group, tuple(returning), _limit(rest))


def _limit(rest: str) -> int:
    ignored = _IGNORED.match(rest)
    rest = rest[ignored.end() :] if ignored else rest
    found = _LIMIT.match(rest)
    if found is None and rest.strip():
        raise malformed(f"unexpected token: '{rest.split()[0]}'")
    return min(MOST, int(found[1])) if found else MOST


def _returning(text: str) -> tuple[Returning, str]:
    name = _NAME.match(text)
    if name is None:
        raise malformed("RETURNING needs the name of an sObject")
    rest = text[name.end() :]
    if not rest.lstrip().startswith("("):
        return Returning(name[1]), rest
    inside, rest = _parenthesis(rest.lstrip())
    masked = _masked(inside)
    start = next((found.start() for found in _CLAUSE.finditer(masked)), len(inside))
    fields, clauses, masked = inside[:start].strip(), inside[start:], masked[start:]
    if not fields:
        raise malformed(f"No fields are named for {name[1]}")
    if masked[:5].upper() != "WHERE":
        return Returning(name[1], fields, "", clauses), rest
    ends = [found.start() for found in _CLAUSE.finditer(masked, 5)]
    end = ends[0] if ends else len(clauses)
    return Returning(name[1], fields, clauses[5:end].strip(), clauses[end:]), rest


def _parenthesis(text: str) -> tuple[str, str]:
    """Split what stands in the parenthesis a text begins with from what follows. Raises Refusal MALFORMED_SEARCH."""
    depth = 0
    for place, mark in enumerate(_without_strings(text)):
        depth += {"(": 1, ")": -1}.get(mark, 0)
        if depth == 0:
            return text[1:place], text[place + 1 :]
    raise malformed("a parenthesis is not closed")


def _masked(text: str) -> str:
    """Blank out strings and what stands in parentheses, so that keywords in them are not seen."""
    shown, depth = [], 0
    for mark in _without_strings(text):
        depth += mark == "("
        shown.append(" " if depth else mark)
        depth -= mark == ")"
    return "".join(shown)


def _without_strings(text: str) -> str:
    return re.sub(r"'(?:[^'\\]|\\.)*'", lambda found: "_" * len(found[0]), text, flags=re.DOTALL)
