"""Cuts a formula into tokens with their places."""

import re
from dataclasses import dataclass
from enum import Enum

from sfsync.formula.problems import FormulaProblem

MAX_LENGTH = 3_900  # characters of source, Salesforce's limit


class Kind(Enum):
    """The kind of a token."""

    NUMBER = "number"
    TEXT = "text"
    NAME = "name"
    WORD = "word"  # TRUE, FALSE, NULL, NOT in any case
    SIGN = "sign"  # operators and punctuation
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """One token: its kind, its characters, and its 1-based place in the source."""

    kind: Kind
    text: str
    column: int


WORDS = frozenset({"true", "false", "null", "not"})

_TOKEN = re.compile(
    r"""
      (?P<space>[ \t\f\r\n]+ | /\*(?:\\\*/|[^*]|\*(?!/))*\*/)
    | (?P<number>[0-9]+(?:\.[0-9]+)?)
    | (?P<text>"(?:\\[nrtNRT"'\\]|[^"\\\n\r])*" | '(?:\\[nrtNRT"'\\]|[^'\\\n\r])*')
    | (?P<name>[A-Za-z$][A-Za-z0-9_$:.\#]*)
    | (?P<sign>==|<>|!=|>=|<=|=>|\|\||&&|[-+*/^&=<>!(),\[\]:;~.])
    """,
    re.VERBOSE,
)


def tokens(source: str) -> list[Token]:
    """Cut the source into tokens, the last of kind END.

    Raises FormulaProblem for a character, number or text that the language does not have.
    """
    found: list[Token] = []
    place = 0
    while place < len(source):
        match = _TOKEN.match(source, place)
        if match is None:
            raise FormulaProblem("Syntax error", place + 1)
        if match.lastgroup != "space":
            found.append(_token(match))
        place = match.end()
    found.append(Token(Kind.END, "", len(source) + 1))
    return found


def _token(match: "re.Match[str]") -> Token:
    """Make the token of a match."""
    text, column = match.group(), match.start() + 1
    kind = Kind(match.lastgroup)
    if kind is Kind.NAME and text.lower() in WORDS:
        kind = Kind.WORD
    return Token(kind, text, column)
