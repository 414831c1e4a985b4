"""Values written in a query: what a quoted string says, and how it is written."""

import re

from sfsync.localorg.soql.lexer import Token
from sfsync.localorg.soql.refusals import refuse

LONGEST_STRING = 4000  # characters of one quoted string in a filter

_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_MEANING = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "'": "'", '"': '"', "\\": "\\"}
_WRITTEN = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}


def read_string(text: str, token: Token, pattern: bool) -> str:
    r"""Give what a quoted token says.

    In a pattern (the right side of LIKE) an escaped `%`, `_` or backslash keeps its backslash, so that the pattern can
    still tell it from a wildcard. Raises Refusal at an escape that SOQL does not have.
    """
    inner = token.text[1:-1]

    def meaning(match: re.Match[str]) -> str:
        name = match.group(1)
        if pattern and name in ("%", "_", "\\"):
            return "\\" + name
        if name.lower().startswith("u") and len(name) == 5:
            return chr(int(name[1:], 16))
        found = _MEANING.get(name) or _MEANING.get(name.lower())
        if found is None:
            sequence = match.group(0)
            reason = f"Invalid string literal '{inner}'. Illegal character sequence '{sequence}' in string literal."
            raise refuse(text, token.at, reason)
        return found

    value = _ESCAPE.sub(meaning, inner)
    if len(value) > LONGEST_STRING:
        raise refuse(text, token.at, f"string literal is longer than {LONGEST_STRING} characters", "INVALID_FIELD")
    return value


def write_string(value: str, pattern: bool = False) -> str:
    """Write a value as a quoted token that reads back as the same value."""
    if pattern:
        kept = {key: mark for key, mark in _WRITTEN.items() if key != "\\"}
        return "'" + "".join(kept.get(character, character) for character in value) + "'"
    return "'" + "".join(_WRITTEN.get(character, character) for character in value) + "'"
