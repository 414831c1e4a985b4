"""Turning state and country picklists on and off: the code fields of every address come and go."""

from functools import lru_cache

from sfsync.localorg.geography.places import places
from sfsync.localorg.sobject import SObject
from sfsync.localorg.state import State

SETTING = "state_country_picklists"
SOBJECTS = ("Lead", "Account", "Contact")


def turn(state: State, on: bool) -> None:
    """Turn them on or off; codes are lost when they go off."""
    if (state.setting(SETTING) is True) == on:
        return
    for name in SOBJECTS:
        sobject = state.catalog.sobject(name)
        assert sobject is not None
        for prefix in prefixes(sobject):
            for part in ("Country", "State"):
                _add(state, name, prefix, part) if on else _remove(state, name, f"{prefix}{part}Code")
    state.set_setting(SETTING, on)


def prefixes(sobject: SObject) -> list[str]:
    """Give what stands before the parts of each address of an sObject."""
    return [one.name.removesuffix("Address") for one in sobject.fields.values() if one.type == "address"]


@lru_cache(maxsize=256)
def coded(sobject: SObject) -> tuple[str, ...]:
    """Give the prefixes of the addresses that have codes: all where the org has these picklists, none elsewhere."""
    return tuple(one for one in prefixes(sobject) if f"{one}CountryCode".lower() in sobject.fields)


def _add(state: State, sobject: str, prefix: str, part: str) -> None:
    known = places()
    found = known.countries if part == "Country" else {k: v for one in known.states.values() for k, v in one.items()}
    values = {one.code: [one.code, one.name] for one in found.values()}
    label = f"{prefix} {part} Code".strip() if part == "Country" else f"{prefix} State/Province Code".strip()
    facts = {"name": f"{prefix}{part}Code", "label": label, "type": "picklist", "length": 10}
    state.add_field(sobject, {**facts, "values": list(values.values()), "compound": f"{prefix}Address"})


def _remove(state: State, sobject: str, name: str) -> None:
    state.catalog.take_field(sobject, name, gone=True)
    state.run("DELETE FROM _custom_field WHERE sobject = ? AND name = ?", (sobject, name))
    state.run(f'ALTER TABLE "{sobject}" DROP COLUMN "{name}"')
