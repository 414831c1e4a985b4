"""What must agree of two answers: keys, types, and the codes of errors; values may differ.

A null fits any value. What an org holds is a value too: how many entries a list has, which sObjects it names.
"""

import re
from collections.abc import Hashable, Iterator
from typing import Any

from sfsync.localorg.markup import BadMarkup, Element
from sfsync.localorg.markup_reading import parse

CODES = {"errorCode", "statusCode", "exceptionCode", "faultcode", "error", "httpStatusCode"}
LATER = {"sobjectDescribeOption"}  # keys that came to answers of every version after some were recorded
GRANTED = {"scope", "id_token", "refresh_token", "sfdc_community_url", "sfdc_community_id"}  # as the client is set up
PAGING = {"nextRecordsUrl", "queryLocator"}  # there or not as there are more records or not
HEADERS = ("content-type", "location", "etag", "last-modified", "sforce-locator", "sforce-limit-info")


def differences(real: Any, ours: Any, at: str = "") -> Iterator[str]:
    """Tell where an answer has not the shape of the real one."""
    if real is None or ours is None:
        return
    if isinstance(real, dict) and isinstance(ours, dict):
        yield from _objects(real, ours, at)
    elif isinstance(real, list) and isinstance(ours, list):
        yield from _lists(real, ours, at)
    elif isinstance(real, str) and isinstance(ours, str):
        yield from _texts(real, ours, at)
    elif _kind(real) != _kind(ours):
        yield f"{at or 'the answer'} is {_kind(ours)}, not {_kind(real)}"


def _objects(real: dict[str, Any], ours: dict[str, Any], at: str) -> Iterator[str]:
    if not _chosen_by_the_org(real, at):
        for key in dict.fromkeys([*real, *ours]):
            if _is_of_shape(key, real, ours) and (key in real) != (key in ours):
                yield f"{at}.{key} is {'missing' if key in real else 'too much'}"
    for key in real:
        if key in CODES and key in ours and real[key] != ours[key]:
            yield f"{at}.{key} is {ours[key]}, not {real[key]}"
        elif key in ours:
            yield from differences(real[key], ours[key], f"{at}.{key}")


def _is_of_shape(key: str, real: dict[str, Any], ours: dict[str, Any]) -> bool:
    return key not in LATER | GRANTED and not (key in PAGING and real.get("done") != ours.get("done"))


def _chosen_by_the_org(real: dict[str, Any], at: str) -> bool:
    """Tell whether the keys are names of an org's own: its limits, its URLs."""
    return at.endswith("urls") or _is_limit(real) or (bool(real) and all(_is_limit(value) for value in real.values()))


def _is_limit(value: Any) -> bool:
    return isinstance(value, dict) and "Max" in value


def _lists(real: list[Any], ours: list[Any], at: str) -> Iterator[str]:
    """Compare entry by entry where there are as many, else each kind of real one with the nearest of ours."""
    if len(real) == len(ours):
        for number, (one, other) in enumerate(zip(real, ours, strict=True)):
            yield from differences(one, other, f"{at}[{number}]")
    elif real and ours:
        kinds = {_signature(one): one for one in ours}
        for one in {_signature(one): one for one in real}.values():
            yield from min((list(differences(one, other, f"{at}[]")) for other in kinds.values()), key=len)


def _signature(value: Any) -> Hashable:
    """Give what is compared of a value: keys and kinds, and codes themselves."""
    if isinstance(value, dict):
        return tuple((key, value[key] if key in CODES else _signature(value[key])) for key in sorted(value))
    if isinstance(value, list):
        return frozenset(map(_signature, value))
    return type(value)


def _texts(real: str, ours: str, at: str) -> Iterator[str]:
    """Compare documents: XML by its elements, CSV by its header; any other text is a value."""
    if at:
        return
    if real.lstrip().startswith("<"):
        try:
            yield from differences(_outline(parse(real.encode())), _outline(parse(ours.encode())), "XML")
        except BadMarkup:
            yield "the answer is no XML"
    elif real and _header(real) != _header(ours):
        yield f"the first line is {_header(ours)}, not {_header(real)}"


def _header(text: str) -> str:
    return text.splitlines()[0] if text else ""


def _outline(element: Element) -> Any:
    """Give an element as nested objects: lists for the elements of one name, None where it is nil or empty."""
    if element.nil:
        return None
    if not element.children:
        return element.text.strip() or None
    found: dict[str, Any] = {}
    for child in element.children:
        found.setdefault(child.name, []).append(_outline(child))
    return found


def _kind(value: Any) -> str:
    kinds = {bool: "a boolean", int: "a number", float: "a number", str: "a text", list: "a list", dict: "an object"}
    return kinds[type(value)]


def header_differences(real: dict[str, str], ours: dict[str, str]) -> Iterator[str]:
    """Tell which headers are missing, too many, or of another kind."""
    for name in HEADERS if real else ():
        if name in real and name not in ours:
            yield f"the header {name} is missing"
        elif name in ours and name not in real and "date" in real:  # else whoever recorded it kept some headers only
            yield f"the header {name} is too much"
        elif name in real and name in ours and _masked(name, real[name]) != _masked(name, ours[name]):
            yield f"the header {name} is {ours[name]}, not {real[name]}"


def _masked(name: str, value: str) -> str:
    if name == "content-type":
        return re.sub(r"\s+", "", value).lower()
    return re.sub(r"\d+/\d+", "", value) if name == "sforce-limit-info" else ""
