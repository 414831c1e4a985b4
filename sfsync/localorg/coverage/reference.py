"""The reference page of what the local org does, written from its routes, its docstrings and from how each is known.

`python -m sfsync.localorg.coverage.reference docs/reference` writes it; a test holds the page against this.
"""

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from sfsync.localorg import versions
from sfsync.localorg.coverage.behaviour import BEHAVIOURS
from sfsync.localorg.coverage.endpoints import CALLS, GROUPS
from sfsync.localorg.coverage.known import Known, Standing
from sfsync.localorg.coverage.missing import MISSING
from sfsync.localorg.coverage.parts import parts
from sfsync.localorg.routing import Route
from sfsync.localorg.urls import ROUTES

NAME = "local-org-coverage.md"
_DATA = "/services/data/{version}"
_HEAD = """<!-- Written by `python -m sfsync.localorg.coverage.reference docs/reference`: do not edit. -->

# What the local org does

How sure it is that a real org does the same:

| | means | so many |
|---|---|---|
"""
_ADDRESS = re.compile(r"^(Answer )?`?(GET|POST|PATCH|PUT|DELETE)\b[^:{}]*: ")
_MEANINGS = {
    Standing.RECORDED: "answers of real orgs were recorded, and the local org's were compared with them",
    Standing.DOCUMENTED: "Salesforce's guides say so, or the source and the tests of clients rely on it",
    Standing.ASSUMED: "neither was found; it is the likeliest",
}
_FOOT = """What is asked for and missing stands in the org's log as a line `not here: ...`. Found something that a real
org does otherwise? Each line above is held by tests of the same area in `tests/localorg`.
"""


def page() -> str:
    """Give the page."""
    return "\n".join(
        [_HEAD.rstrip("\n"), *_counts(), *_endpoints(), *_calls(), *_behaviours(), *_parts(), *_missing(), "", _FOOT]
    )


def endpoints() -> dict[str, Route]:
    """Give the routes of Salesforce's own, by how the tables name them; the control plane is told elsewhere."""
    return {
        f"{route.method} {route.pattern.replace(_DATA, '~')}": route
        for route in ROUTES
        if not route.pattern.startswith("/_org")
    }


def _counts() -> Iterator[str]:
    everything = [one for table in (GROUPS, CALLS, BEHAVIOURS) for group in table.values() for one in group]
    everything += [one for part in parts() for one in part.known]
    for standing, meaning in _MEANINGS.items():
        yield f"| {standing} | {meaning} | {sum(one.standing is standing for one in everything)} |"


def _endpoints() -> Iterator[str]:
    routes = endpoints()
    yield "\n## Endpoints\n\n`~` stands for `/services/data/vNN.0`."
    for title, group in GROUPS.items():
        yield f"\n### {title}\n\n| Endpoint | What it does | Known | From |\n|---|---|---|---|"
        for one in group:
            yield f"| `{one.says}` | {_cell(_told(routes[one.says]))} | {_known(one)} |"


def _calls() -> Iterator[str]:
    for title, group in CALLS.items():
        yield f"\n## {title}\n\n| Calls | Known | From |\n|---|---|---|"
        by_source: dict[str, list[str]] = {}
        for one in group:
            by_source.setdefault(_known(one), []).append(f"`{one.says}`")
        for known, names in by_source.items():
            yield f"| {', '.join(names)} | {known} |"


def _behaviours() -> Iterator[str]:
    yield "\n## Behaviours"
    for title, group in BEHAVIOURS.items():
        yield f"\n### {title}\n\n| | Known | From |\n|---|---|---|"
        for one in group:
            yield f"| {_cell(one.says)} | {_known(one)} |"


def _parts() -> Iterator[str]:
    yield "\n## Part by part\n\n| Part | What is known of it | Known | From |\n|---|---|---|---|"
    for part in parts():
        for number, one in enumerate(part.known):
            yield f"| {'' if number else _cell(part.about)} | {_cell(one.says)} | {_known(one)} |"


def _missing() -> Iterator[str]:
    yield "\n## Missing\n\n| What a real org has | What the local org answers |\n|---|---|"
    for one in MISSING:
        yield f"| {_cell(one.says)} | {_cell(one.answer)} |"


def _told(route: Route) -> str:
    since = f" Since version {route.since}." if route.since > versions.FIRST else ""
    return _first_line(route) + since


def _first_line(route: Route) -> str:
    told = " ".join((inspect.getdoc(route.handler) or "").split("\n\n")[0].split())
    told = _ADDRESS.sub("", told)  # which stands beside it
    return told[:1].upper() + told[1:]


def _known(one: Known) -> str:
    return f"{one.standing} | {one.source}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    (Path(sys.argv[1]) / NAME).write_text(page(), encoding="utf-8")
