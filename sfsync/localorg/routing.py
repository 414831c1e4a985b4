"""Matching of paths: segment by segment as sent, so that an external id value may hold an escaped slash.

What came with a later API version than the one a path names is not there: the path does not exist.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from sfsync.localorg import versions
from sfsync.localorg.context import OrgContext
from sfsync.localorg.wire import Answer, Refusal, Request, not_found

Handler = Callable[..., Answer]  # (org: OrgContext, request: Request, **parts of the path)


@dataclass(frozen=True, slots=True)
class Route:
    """One URL the org answers: `{name}` in the pattern stands for one segment, handed to the handler by name."""

    method: str
    pattern: str
    handler: Handler
    since: int = versions.FIRST  # the API version it came with


@dataclass(frozen=True, slots=True)
class Match:
    """A route found for a request, with the parts of its path."""

    route: Route
    parts: Mapping[str, str]

    def answer(self, org: OrgContext, request: Request) -> Answer:
        """Ask the handler."""
        return self.route.handler(org, request, **self.parts)


def segments(raw_path: str) -> list[str]:
    """Split a path as sent into decoded segments, empty ones left out."""
    return [unquote(one) for one in raw_path.split("/") if one]


def find(routes: Sequence[Route], method: str, raw_path: str) -> Match:
    """Find the first route of a request. Raises Refusal NOT_FOUND or METHOD_NOT_ALLOWED."""
    asked = segments(raw_path)
    allowed: list[str] = []
    for route in routes:
        parts = _parts(route.pattern, asked)
        if parts is None or not _is_there(route, parts):
            continue
        if route.method == method:
            return Match(route, parts)
        allowed.append(route.method)
    if not allowed:
        raise not_found()
    text = f"HTTP Method '{method}' not allowed. Allowed are {','.join(dict.fromkeys(allowed))}"
    raise Refusal(405, "METHOD_NOT_ALLOWED", text)


def _is_there(route: Route, parts: Mapping[str, str]) -> bool:
    return route.since <= versions.FIRST or versions.number_of(parts["version"].removeprefix("v")) >= route.since


def _parts(pattern: str, asked: list[str]) -> dict[str, str] | None:
    """Give the named parts of a path that fits the pattern, None where it does not; fixed words fit in any case."""
    wanted = pattern.strip("/").split("/")
    if len(wanted) != len(asked):
        return None
    parts: dict[str, str] = {}
    for pattern_segment, segment in zip(wanted, asked, strict=True):
        if pattern_segment.startswith("{"):
            parts[pattern_segment[1:-1]] = segment
        elif pattern_segment.lower() != segment.lower():
            return None
    return parts


VERSION = re.compile(r"/services/(?:data/v|async/)(\d+\.\d)(?:/|$)", re.IGNORECASE)


def version_of(path: str) -> str | None:
    """Give the API version a path names ("59.0"), "" where it is malformed, None where the path has none."""
    if not path.lower().startswith(("/services/data/", "/services/async/")):
        return None
    found = VERSION.match(path)
    return found.group(1) if found else ""
