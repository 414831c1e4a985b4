"""What the parts of the local org say of themselves: how what they do is known stands in their own docstrings.

A paragraph that begins with Recorded, Documented, Seen or Assumed is read sentence by sentence; each of these words,
with a source in brackets and a colon, begins a statement.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sfsync.localorg.coverage.known import Known, Standing

_STATEMENT = re.compile(
    r"(?:^|(?<=\. ))(Recorded|Documented|Seen|Assumed)(?: (?:in|of) ([^:()]+)| by ([^:()]+)| \(([^)]*)\))?: "
)
_STANDINGS = {"Recorded": Standing.RECORDED, "Assumed": Standing.ASSUMED}
_SOURCES = {Standing.RECORDED: "recorded traffic", Standing.DOCUMENTED: "guides", Standing.ASSUMED: ""}


@dataclass(frozen=True, slots=True)
class Part:
    """One module: what it is about, and what is known of that."""

    about: str
    known: tuple[Known, ...]


def parts() -> list[Part]:
    """Give the modules that say how what they do is known, in the order of their names."""
    home = Path(__file__).parent.parent
    found = (part_of(one.read_text(encoding="utf-8")) for one in sorted(home.rglob("*.py")))
    return [one for one in found if one.known]


def part_of(source: str) -> Part:
    """Read the source of a module, of which only the docstring it begins with is looked at."""
    _, _, docstring = source.partition('"""')
    paragraphs = [" ".join(one.split()) for one in docstring.partition('"""')[0].split("\n\n")]
    known = tuple(one for paragraph in paragraphs[1:] for one in _statements(paragraph))
    return Part(paragraphs[0].rstrip("."), known)


def _statements(paragraph: str) -> Iterator[Known]:
    marks = list(_STATEMENT.finditer(paragraph))
    ends = [*(one.start() for one in marks[1:]), len(paragraph)][: len(marks)]
    for mark, end in zip(marks, ends, strict=True):
        says = paragraph[mark.end() : end].strip().rstrip(".")
        standing = _STANDINGS.get(mark[1], Standing.DOCUMENTED)
        yield Known(says, standing, next(filter(None, mark.groups()[1:]), _SOURCES[standing]))
