"""Cuts a formula into tokens with their places."""

import re
from dataclasses import dataclass
from enum import Enum

MAX_LENGTH = 3_900  # characters of source, Salesforce's limit


class Kind(Enum):
    """The kind of a token."""

    NUMBER = "number"
    TEXT = "text"
    NAME = "name"
    WORD = "word"  # TRUE, FALSE, NULL, NOT in any case
    SIGN = "sign"  # operators and punctuation
    BAD = "bad"  # a character, or the start of a text or comment, that the language does not have
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
      (?P<space>[ \t\f\r\n]+ | /\*(?s:.*?)\*/)
    | (?P<number>[0-9]+(?:\.[0-9]+)?)
    | (?P<text>"(?:\\[nrtNRT"'\\]|[^"\\])*" | '(?:\\[nrtNRT"'\\]|[^'\\])*')
    | (?P<name>[A-Za-z$][A-Za-z0-9_$:.\#]*)
    | (?P<sign>==|<>|!=|>=|<=|=>|\|\||&&|[-+*/^&=<>!(),\[\]:;~.])
    """,
    re.VERBOSE,
)


def tokens(source: str, start: int = 0) -> list[Token]:
    """Cut the source into tokens, the last of kind END; what cannot be cut is one of kind BAD, and cutting stops.

    `start` is the number of characters before the source in the text that columns count in.
    """
    found: list[Token] = []
    place = 0
    while place < len(source):
        match = _TOKEN.match(source, place)
        if match is None:
            found.append(Token(Kind.BAD, source[place], start + place + 1))
            break
        if match.lastgroup != "space":
            found.append(_token(match, start))
        place = match.end()
    found.append(Token(Kind.END, "", start + len(source) + 1))
    return found


def _token(match: "re.Match[str]", start: int) -> Token:
    """Make the token of a match."""
    text, column = match.group(), start + match.start() + 1
    kind = Kind(match.lastgroup)
    if kind is Kind.NAME and text.lower() in WORDS:
        kind = Kind.WORD
    return Token(kind, text, column)
