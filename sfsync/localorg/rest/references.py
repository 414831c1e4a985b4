"""References to what earlier subrequests answered: `@{ref.id}`, `@{ref.records[0].Id}`.

Documented (REST API guide, Composite): reference ids and field names are case-sensitive; an id holds letters, digits
and underscores; from version 52 a null that is referred to is passed on, before it the subrequest fails.
Assumed: a text that is one reference and nothing else takes the value with its type.
"""

import re
from collections.abc import Callable, Mapping

from sfsync.localorg.wire import Refusal

NULLS_SINCE = 52.0  # the version from which a null can be referred to
REFERENCE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]*")
_MARK = re.compile(r"@\{([^{}]*)\}")
_STEP = re.compile(r"\.(\w+)|\[(\d{1,5})\]")
_DEEPEST = 60  # levels of a body that are looked through

Bodies = Mapping[str, object]  # answered bodies by reference id


def resolved(value: object, bodies: Bodies, version: str, depth: int = 0) -> object:
    """Put what earlier subrequests answered into a JSON value. Raises Refusal PROCESSING_HALTED."""
    if isinstance(value, str):
        return _text(value, bodies, version)
    if depth > _DEEPEST:
        raise Refusal(400, "JSON_PARSER_ERROR", "The body of the subrequest is nested too deeply")
    if isinstance(value, list):
        return [resolved(one, bodies, version, depth + 1) for one in value]
    if isinstance(value, dict):
        return {name: resolved(one, bodies, version, depth + 1) for name, one in value.items()}
    return value


def resolved_text(text: str, bodies: Bodies, version: str, escape: Callable[[str], str] = str) -> str:
    """Put what earlier subrequests answered into a text, each value escaped. Raises Refusal PROCESSING_HALTED."""
    return _MARK.sub(lambda found: escape(_plain(_value(found[1], bodies, version))), text)


def mentioned(value: object) -> set[str]:
    """Give the reference ids a JSON value refers to."""
    if isinstance(value, str):
        return {re.split(r"[.\[]", path, maxsplit=1)[0] for path in _MARK.findall(value)}
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {name for one in parts for name in mentioned(one)}


def _text(text: str, bodies: Bodies, version: str) -> object:
    whole = _MARK.fullmatch(text)
    return _value(whole[1], bodies, version) if whole else resolved_text(text, bodies, version)


def _value(path: str, bodies: Bodies, version: str) -> object:
    """Find the value at a path. Raises Refusal PROCESSING_HALTED where there is none."""
    name = re.split(r"[.\[]", path, maxsplit=1)[0]
    value: object = bodies.get(name, _NOTHING)
    place = len(name)
    while place < len(path) and value is not _NOTHING:
        step = _STEP.match(path, place)
        value = _NOTHING if step is None else _child(value, step)
        place = step.end() if step else place
    if value is _NOTHING or (value is None and float(version) < NULLS_SINCE) or isinstance(value, (dict, list)):
        text = f"Invalid reference specified. No value for {path} found in {name}"
        raise Refusal(400, "PROCESSING_HALTED", text)
    return value


def _child(value: object, step: re.Match[str]) -> object:
    if step[1] is not None:
        return value.get(step[1], _NOTHING) if isinstance(value, dict) else _NOTHING
    place = int(step[2])
    return value[place] if isinstance(value, list) and place < len(value) else _NOTHING


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


_NOTHING = object()
