"""Cut SOQL into tokens, each with its place in the text."""

import re
from dataclasses import dataclass

from sfsync.localorg.soql.refusals import refuse, refuse_plainly

LONGEST_QUERY = 100_000

_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<datetime>\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:?\d{2}))
  | (?P<date>\d{4}-\d{2}-\d{2}(?![\w:]))
  | (?P<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?!\w))
  | (?P<word>[A-Za-z][A-Za-z0-9_]*)
  | (?P<string>'(?:[^'\\]|\\.)*')
  | (?P<symbol><=|>=|!=|<>|[=<>(),.:])
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Token:
    """One token: its kind, its text as written, and the offset of its first character."""

    kind: str  # word, string, number, date, datetime, symbol, or end
    text: str
    at: int

    @property
    def upper(self) -> str:
        """Give the text in capitals if it is a word, else an empty text."""
        return self.text.upper() if self.kind == "word" else ""


def tokens_of(text: str, shown: str | None = None) -> list[Token]:
    """Cut the whole text into tokens; the last one is of kind "end" with an empty text.

    `shown` is what refusals show, where that is more than what is read.

    Raises Refusal MALFORMED_QUERY at a character that starts no token, at an open string, and for a text over
    100,000 characters.
    """
    if len(text) > LONGEST_QUERY:
        raise refuse_plainly(
            f"SOQL statements cannot be longer than {LONGEST_QUERY} characters.", "QUERY_TOO_COMPLICATED"
        )
    tokens: list[Token] = []
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise _no_token(text if shown is None else shown, place)
        if match.lastgroup != "space":
            tokens.append(Token(match.lastgroup or "", match.group(), place))
        place = match.end()
    tokens.append(Token("end", "", len(text)))
    return tokens


def _no_token(text: str, at: int) -> Exception:
    line_start = text.rfind("\n", 0, at) + 1
    row, column = text.count("\n", 0, at) + 1, at - line_start
    character = text[at]
    place = max(line_start, at - 1)
    if character == "'":
        return refuse(text, place, f"line {row}:{column} mismatched character '<EOF>' expecting '''")
    return refuse(text, place, f"line {row}:{column} no viable alternative at character '{character}'")
