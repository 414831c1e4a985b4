"""What a control request brings: JSON with known keys."""

import json
from collections.abc import Mapping

from sfsync.localorg.wire import Refusal, Request


def refused(text: str, code: str = "INVALID_REQUEST", status: int = 400) -> Refusal:
    """Give the refusal of a control request; the text is for people."""
    return Refusal(status, code, text)


def json_of(request: Request) -> object:
    """Read the body as JSON; an empty one is an empty object."""
    if not request.body.strip():
        return {}
    try:
        return json.loads(request.body)
    except ValueError as error:
        raise refused(f"the body is no JSON: {error}", "JSON_PARSER_ERROR") from None


def keys_of(request: Request, *known: str) -> Mapping[str, object]:
    """Read the body as an object with no other keys than these."""
    value = json_of(request)
    if not isinstance(value, dict):
        raise refused("the body must be an object")
    unknown = sorted(set(value) - set(known))
    if unknown:
        raise refused(f"unknown key {unknown[0]!r}: {', '.join(known)} are known")
    return value


def whole_number(value: object, name: str, least: int = 0) -> int:
    """Give a value that must be a whole number."""
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise refused(f"`{name}` must be a whole number from {least}")
    return value
