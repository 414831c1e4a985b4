"""Refusals of a query, worded and marked as Salesforce does: an excerpt, a caret, row and column, the reason.

The excerpt reaches about thirty characters to both sides of the place, widened to whole words (to the right by the next
one where it ends at a break), and never past its line.
The caret stands under the named place, but one before it for a token that was not expected (seen in real answers).
"""

from sfsync.localorg.wire import Refusal

REACH = 30
_BREAKS = " ,\t"
_REFERENCE = "Please reference your WSDL or the describe call for the appropriate names."


def refuse(text: str, at: int, reason: str, code: str = "MALFORMED_QUERY") -> Refusal:
    """Make the refusal that points at offset `at` of the query text."""
    start_of_line = text.rfind("\n", 0, at) + 1
    end_of_line = text.find("\n", at)
    line = text[start_of_line : len(text) if end_of_line < 0 else end_of_line]
    row, column = text.count("\n", 0, at) + 1, at - start_of_line
    excerpt, caret = _excerpt(line, column)
    return Refusal(400, code, f"\n{excerpt}\n{' ' * caret}^\nERROR at Row:{row}:Column:{column + 1}\n{reason}")


def refuse_plainly(reason: str, code: str = "MALFORMED_QUERY") -> Refusal:
    """Make a refusal that points nowhere."""
    return Refusal(400, code, reason)


def _excerpt(line: str, column: int) -> tuple[str, int]:
    """Cut the part of a line around a column; give it with the caret's place in it."""
    start = max(0, column - REACH)
    while start > 0 and line[start - 1] not in _BREAKS:
        start -= 1
    end = min(len(line), column + REACH + 1)
    while end < len(line) and line[end] not in _BREAKS:
        end += 1
    return line[start:end], column - start


def unexpected(text: str, at: int, token: str) -> Refusal:
    """Refuse a token that may not stand where it stands; an empty token is the end of the text."""
    place = at if not token or at == 0 or text[at - 1] == "\n" else at - 1
    return refuse(text, place, f"unexpected token: '{token or '<EOF>'}'")


def unknown_sobject(text: str, at: int, name: str) -> Refusal:
    """Refuse an sObject the org does not have."""
    return refuse(
        text,
        at,
        f"sObject type '{name}' is not supported. If you are attempting to use a custom object, be sure to append "
        f"the '__c' after the entity name. {_REFERENCE}",
        "INVALID_TYPE",
    )


def unknown_field(text: str, at: int, field: str, sobject: str) -> Refusal:
    """Refuse a field the sObject does not have."""
    return refuse(
        text,
        at,
        f"No such column '{field}' on entity '{sobject}'. If you are attempting to use a custom field, be sure to "
        f"append the '__c' after the custom field name. {_REFERENCE}",
        "INVALID_FIELD",
    )


def unknown_relationship(text: str, at: int, name: str, part: str) -> Refusal:
    """Refuse a relationship; `part` is "field path" or "FROM part of query call"."""
    code = "INVALID_FIELD" if part == "field path" else "INVALID_TYPE"
    return refuse(
        text,
        at,
        f"Didn't understand relationship '{name}' in {part}. If you are attempting to use a custom relationship, be "
        f"sure to append the '__r' after the custom relationship name. {_REFERENCE}",
        code,
    )
