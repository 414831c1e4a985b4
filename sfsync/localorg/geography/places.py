"""The countries and states an org knows, by code and by name."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Place:
    """A country or a state."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Places:
    """All places, found by code or name in any case."""

    countries: Mapping[str, Place]
    states: Mapping[str, Mapping[str, Place]]  # by the country's code


@cache
def places() -> Places:
    """Read the places that lie beside this file; a country that lists no states takes none."""
    read = json.loads((resources.files(__package__) / "places.json").read_text("utf-8"))
    states = {country: _by_any(listed) for country, listed in read["states"].items()}
    return Places(_by_any(read["countries"]), states)


def _by_any(listed: Mapping[str, str]) -> dict[str, Place]:
    made = [Place(code, name) for code, name in listed.items()]
    return {**{one.name.lower(): one for one in made}, **{one.code.lower(): one for one in made}}
