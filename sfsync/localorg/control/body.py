"""What a control request brings: JSON with known keys."""

import json
from collections.abc import Mapping

from sfsync.localorg.wire import Refusal, Request

MOST = 10**9  # of any number that is set


def refused(text: str, code: str = "INVALID_REQUEST", status: int = 400) -> Refusal:
    """Give the refusal of a control request; the text is for people."""
    return Refusal(status, code, text)


def json_of(request: Request) -> object:
    """Read the body as JSON; an empty one is an empty object."""
    if not request.body.strip():
        return {}
    try:
        value = json.loads(request.body)
        json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair is no text
        return value
    except (ValueError, RecursionError) as error:
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


def query_of(request: Request, *known: str) -> Mapping[str, str]:
    """Give what stands behind the `?` of the address, with no other names than these."""
    unknown = sorted(set(request.query) - set(known))
    if unknown:
        raise refused(f"unknown parameter {unknown[0]!r}: {', '.join(known) or 'none'} are known")
    return request.query


def whole_number(value: object, name: str, least: int = 0, most: int = MOST) -> int:
    """Give a value that must be a whole number in a range."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise refused(f"`{name}` must be a whole number from {least} to {most}")
    return value


def truth(value: object, name: str) -> bool:
    """Give a value that must be true or false."""
    if not isinstance(value, bool):
        raise refused(f"`{name}` must be true or false")
    return value


def text(value: object, name: str) -> str:
    """Give a value that must be a text."""
    if not isinstance(value, str):
        raise refused(f"`{name}` must be a text")
    return value


def an_object(value: object, name: str) -> Mapping[str, object]:
    """Give a value that must be an object."""
    if not isinstance(value, dict):
        raise refused(f"`{name}` must be an object")
    return value
