"""Fields as the control plane takes them: `required`, `unique`, `externalId`, `restricted`, as people say it.

The catalog keeps flags instead, by the attribute names of `Field`: those that are added under `also`, those that are
taken away under `not`; both are taken here too.
"""

from collections.abc import Mapping
from dataclasses import fields as attributes

from sfsync.localorg.control.known_keys import UnknownKey, demand_known
from sfsync.localorg.sobject import PICKLISTS, TEXTS, Field

Facts = Mapping[str, object]

_KEYED = frozenset({"string", "email", "double", "int"})  # documented: text, email and number
_SINGLE = TEXTS - {"textarea", "multipicklist"}
_SWITCHES: Mapping[str, tuple[str, frozenset[str]]] = {  # the flags each adds, and the types that can have it
    "unique": ("unique", _KEYED),
    "externalId": ("external_id id_lookup", _KEYED),
    "caseSensitive": ("case_sensitive", frozenset({"string"})),
    "restricted": ("restricted", PICKLISTS),
}
_REQUIRED = "required"
_SIZES = ("length", "precision", "scale", "digits")
KNOWN = (
    *("name", "label", "type", *_SIZES, "values", "default", _REQUIRED, *_SWITCHES, "help"),
    *("formula", "blanks", "default_formula", "auto_number", "rollup"),
    *("to", "relationship", "children", "on_parent_delete", "extra", "also", "not"),
)
_ROLLUP = ("child", "reference", "operation", "field", "filters")
_FLAGS = frozenset(one.name for one in attributes(Field) if one.type in (bool, "bool"))
_FATES = ("clear", "cascade", "restrict")
_CHARACTERS = range(131_073)  # what the longest text holds (documented)


def facts_of(given: Facts) -> dict[str, object]:
    """Read a field into facts as the catalog keeps them. Raises UnknownKey, ValueError with words for people."""
    name = str(given.get("name", ""))
    demand_known(given, KNOWN, f"the field {name!r}")
    rollup = given.get("rollup")
    if isinstance(rollup, dict):
        demand_known(rollup, _ROLLUP, f"the roll-up of {name!r}")
    _check(name, given)
    also, lacks = _flags(name, given, "also"), _flags(name, given, "not")
    for word, (flags, types) in _SWITCHES.items():
        if _is_on(name, given, word):
            _demand_type(name, given, word, types)
            also += flags.split()
    if _is_on(name, given, _REQUIRED):
        lacks.append("nillable")
    kept = {key: value for key, value in given.items() if key not in (*_SWITCHES, _REQUIRED, "also", "not")}
    kept |= {"also": " ".join(also)} if also else {}
    return kept | ({"not": " ".join(lacks)} if lacks else {})


def _check(name: str, given: Facts) -> None:
    kind, default = str(given.get("type", "")), given.get("default")
    wrong = [one for one in _SIZES if type(given.get(one, 0)) is not int or given.get(one, 0) not in _CHARACTERS]
    if wrong:
        raise ValueError(f"{name}: `{wrong[0]}` must be a whole number from 0 to {_CHARACTERS[-1]}")
    if "values" in given:
        _demand_type(name, given, "values", PICKLISTS)
        _check_values(name, given)
    if default is not None and kind != "boolean" and kind not in _SINGLE:
        raise ValueError(f"{name}: a field of the type {kind} has no `default`; a `default_formula` works it out")
    if default is not None and isinstance(default, bool) != (kind == "boolean"):
        raise ValueError(f"{name}: `default` of a field of the type {kind} cannot be {default!r}")
    if given.get("on_parent_delete", "clear") not in _FATES:
        raise ValueError(f"{name}: `on_parent_delete` must be one of {', '.join(_FATES)}")
    if _is_on(name, given, _REQUIRED) and (kind == "boolean" or {"formula", "rollup", "auto_number"} & set(given)):
        raise ValueError(f"{name}: a checkbox, or a field the org works out, cannot be `required`")
    if _is_on(name, given, "restricted") and not given.get("values"):
        raise ValueError(f"{name}: a `restricted` picklist needs `values`")


def _check_values(name: str, given: Facts) -> None:
    """See that values are texts, or pairs of value and label, and that the default is one of them."""
    listed, default = given["values"], given.get("default")
    if not isinstance(listed, list) or not all(isinstance(one, str) or _is_pair(one) for one in listed):
        raise ValueError(f'{name}: `values` must be a list of texts, or of ["value", "label"]')
    named = [one if isinstance(one, str) else one[0] for one in listed]
    if default is not None and default not in named:
        raise ValueError(f"{name}: the default {default!r} is not one of its values")


def _is_pair(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(isinstance(one, str) for one in value)


def _flags(name: str, given: Facts, key: str) -> list[str]:
    named = str(given.get(key, "")).split()
    unknown = sorted(set(named) - _FLAGS)
    if unknown:
        raise UnknownKey(f"{name}: {key!r} has no flag {unknown[0]!r}: {', '.join(sorted(_FLAGS))} are known")
    return named


def _is_on(name: str, given: Facts, word: str) -> bool:
    value = given.get(word, False)
    if not isinstance(value, bool):
        raise ValueError(f"{name}: `{word}` must be true or false")
    return value


def _demand_type(name: str, given: Facts, word: str, types: frozenset[str]) -> None:
    if given.get("type") not in types:
        raise ValueError(f"{name}: `{word}` is for fields of the types {', '.join(sorted(types))}")
