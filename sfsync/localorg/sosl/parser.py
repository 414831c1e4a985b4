r"""Reading a search: `FIND {words} IN NAME FIELDS RETURNING Lead(Id, Name WHERE ... LIMIT 5), Contact LIMIT 100`.

What stands in the brackets of an sObject is SOQL without SELECT and FROM, read where it stands, so that what is refused
in it points into the search. WITH and UPDATE clauses are accepted without effect. Seen in public traces: an excerpt of
the search with a caret before the token that does not fit, a vertical bar in the braces, and the words of both.
Assumed: at most 100 sObjects.
"""

import re
from dataclasses import dataclass, replace

from sfsync.localorg.soql.cursor import Cursor
from sfsync.localorg.soql.grouping import is_grouped
from sfsync.localorg.soql.parser import read_part
from sfsync.localorg.soql.refusals import refuse, unexpected
from sfsync.localorg.soql.tree import ChildRows, Path, Query, Selected, Source
from sfsync.localorg.sosl.terms import malformed
from sfsync.localorg.wire import Refusal

GROUPS = ("ALL", "NAME", "EMAIL", "PHONE", "SIDEBAR")
MOST = 2_000  # records in all
MOST_SOBJECTS = 100
LONGEST = 100_000  # characters
_FIND = re.compile(r"\s*FIND\s*\{((?:[^\\{}]|\\.)*)\}", re.IGNORECASE | re.DOTALL)
_BAR = re.compile(r"(?:[^\\|]|\\.)*\|", re.DOTALL)
_IN = re.compile(r"\s*IN\s+(\w+)\s+(\w+)", re.IGNORECASE)
_RETURNING = re.compile(r"\s*RETURNING\b", re.IGNORECASE)
_NAME = re.compile(r"\s*([A-Za-z]\w*)\s*")
_COMMA = re.compile(r"\s*,")
_LIMIT = re.compile(r"\s*LIMIT\s+(\d{1,9})\s*$", re.IGNORECASE)
_IGNORED = re.compile(r"\s*(WITH|UPDATE)\b.*?(?=\bLIMIT\s+\d+\s*$|$)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Returning:
    """One sObject to be searched, and what is shown of it; places in the query are places in the text."""

    text: str
    query: Query


@dataclass(frozen=True, slots=True)
class Search:
    """A whole search."""

    term: str
    group: str = "ALL"
    returning: tuple[Returning, ...] = ()  # none: every searchable sObject
    limit: int = MOST


def parse(text: str) -> Search:
    """Read a search. Raises Refusal MALFORMED_SEARCH (its words for a search without braces are seen in traces)."""
    if len(text) > LONGEST:
        raise malformed(f"SOSL statements cannot be longer than {LONGEST} characters.")
    found = _FIND.match(text)
    if found is None:
        raise malformed("No search term found. The search term must be enclosed in braces.")
    bar = _BAR.match(found[1])
    if bar is not None:
        raise _no_bar(text, found.start(1) + bar.end() - 1)
    group, place = _group(text, found.end())
    returning: list[Returning] = []
    if (match := _RETURNING.match(text, place)) is not None:
        one, place = _returning(text, match.end())
        returning.append(one)
        while (match := _COMMA.match(text, place)) is not None:
            one, place = _returning(text, match.end())
            returning.append(one)
            if len(returning) > MOST_SOBJECTS:
                raise malformed(f"A search can not return more than {MOST_SOBJECTS} sObjects.")
    return Search(found[1], group, tuple(returning), _limit(text, place))


def only_ids(name: str, text: str = "", at: int = 0) -> Returning:
    """Give an sObject of which the ids are shown."""
    return Returning(text or name, Query((Selected(Path(("Id",), at)),), Source(name, at=at)))


def bracketed(name: str, inside: str) -> Returning:
    """Read what is shown of an sObject as it stands in brackets. Raises Refusal."""
    text = f"{name}({inside})"
    return _read_inside(text, Source(name), len(name) + 1, len(text) - 1)


def as_search(refusal: Refusal) -> Refusal:
    """Give the refusal of a part of a search: what no query may say, no search may either."""
    return malformed(refusal.message) if refusal.code == "MALFORMED_QUERY" else refusal


def _no_bar(text: str, at: int) -> Refusal:
    start = text.rfind("\n", 0, at) + 1
    row, column = text.count("\n", 0, at) + 1, at - start
    reason = f"line {row}:{column} mismatched character '|' expecting '}}'"
    return refuse(text, max(start, at - 1), reason, "MALFORMED_SEARCH")


def _group(text: str, place: int) -> tuple[str, int]:
    """Read which group of fields is searched, and give the place behind."""
    found = _IN.match(text, place)
    if found is None:
        return "ALL", place
    if found[1].upper() not in GROUPS or found[2].upper() != "FIELDS":
        wrong = 1 if found[1].upper() not in GROUPS else 2
        reason = f"Malformed search token: {found[wrong]}"
        raise refuse(text, max(0, found.start(wrong) - 1), reason, "MALFORMED_SEARCH")
    return found[1].upper(), found.end()


def _limit(text: str, place: int) -> int:
    ignored = _IGNORED.match(text, place)
    place = ignored.end() if ignored else place
    found = _LIMIT.match(text, place)
    if found is None and text[place:].strip():
        at = place + len(text[place:]) - len(text[place:].lstrip())
        raise as_search(unexpected(text, at, text[at:].split()[0]))
    return min(MOST, int(found[1])) if found else MOST


def _returning(text: str, place: int) -> tuple[Returning, int]:
    """Read one sObject with what is shown of it, and give the place behind."""
    name = _NAME.match(text, place)
    if name is None:
        raise as_search(unexpected(text, place, text[place:].strip()[:1]))
    if not text.startswith("(", name.end()):
        return only_ids(name[1], text, name.start(1)), name.end(1)
    end = _closing(text, name.end())
    source = Source(name[1], at=name.start(1))
    return _read_inside(text, source, name.end() + 1, end), end + 1


def _read_inside(text: str, source: Source, start: int, end: int) -> Returning:
    """Read the brackets behind an sObject. Raises Refusal for what is no query, aggregates and subqueries."""
    before = re.sub(r"[^\n]", " ", text[:start])
    try:
        query = read_part(Cursor(text, before + text[start:end]), source)
    except Refusal as refusal:
        raise as_search(refusal) from None
    for item in query.items:
        if isinstance(item, ChildRows):
            raise as_search(unexpected(text, item.at, "("))
        if isinstance(item, Selected) and is_grouped(replace(query, items=(item,))):
            raise as_search(unexpected(text, item.operand.at, str(getattr(item.operand, "name", ""))))
    return Returning(text, query)


def _closing(text: str, place: int) -> int:
    """Give the place of the bracket that closes the one at a place. Raises Refusal where there is none."""
    depth = 0
    masked = re.sub(r"'(?:[^'\\]|\\.)*'", lambda found: "_" * len(found[0]), text[place:], flags=re.DOTALL)
    for offset, mark in enumerate(masked):
        depth += {"(": 1, ")": -1}.get(mark, 0)
        if depth == 0:
            return place + offset
    raise as_search(unexpected(text, len(text), ""))
