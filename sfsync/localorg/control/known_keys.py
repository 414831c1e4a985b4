"""Refusing what the control plane does not know: neither a misspelt key nor an odd value silently does nothing."""

from collections.abc import Iterable, Mapping

from sfsync.localorg.faults import forms
from sfsync.localorg.rules import kept, setup
from sfsync.localorg.rules.record_types import PROCESS, RECORD_TYPE

_CONDITION = ("formula", "criteria", "booleanFilter")
_OF_ALL = ("kind", "sobject", "name", "active", "id")
_OF_RULES: Mapping[str, tuple[str, ...]] = {
    kept.VALIDATION: ("formula", "message", "field"),
    kept.MATCHING: ("label", "items", "booleanFilter"),
    kept.DUPLICATE: (
        *("masterLabel", "alertText", "sortOrder", "filter", "matches", "securityOption"),
        *("actionOnInsert", "actionOnUpdate", "operationsOnInsert", "operationsOnUpdate"),
    ),
    kept.AUTO_RESPONSE: ("entries",),
    setup.ASSIGNMENT: ("entries",),
    kept.SHARING: ("owned_by", "shared_with", "access"),
    RECORD_TYPE: ("label", "default", "default_for", "picklists", "process", "person"),
    PROCESS: ("field", "values", "default"),
}
_CRITERION = ("field", "operation", "value")
_WITHIN: Mapping[tuple[str, str], tuple[str, ...]] = {  # of each object in a list under a key of a kind
    (kept.MATCHING, "items"): ("field", "method", "blanks"),
    (kept.DUPLICATE, "matches"): ("sobject", "rule", "mapping"),
    (setup.ASSIGNMENT, "entries"): (*_CONDITION, "owner", "queue", "user", "template", "cc"),
    (kept.AUTO_RESPONSE, "entries"): (*_CONDITION, "template", "senderName", "senderEmail", "replyTo", "cc"),
}
_ANY_OBJECTS = forms.maybe(forms.each_of(forms.an_object))
_WORDS = forms.maybe(forms.either(forms.text, forms.each_of(forms.text)))
_FORMS: Mapping[str, forms.Check] = {  # of a key, wherever in a rule it stands
    **dict.fromkeys(("formula", "field", "booleanFilter", "label", "masterLabel", "alertText"), forms.maybe_text),
    **dict.fromkeys(("owner", "queue", "user", "template", "senderName", "senderEmail"), forms.maybe_text),
    **dict.fromkeys(("replyTo", "process", "message", "method", "sobject", "rule", "operation"), forms.maybe_text),
    **dict.fromkeys(("owned_by", "shared_with", "access"), forms.text),
    **dict.fromkeys(("entries", "criteria", "items", "matches"), _ANY_OBJECTS),
    "filter": forms.maybe(forms.an_object),
    "picklists": forms.maybe(forms.values_of(forms.an_object)),
    "mapping": forms.maybe(forms.values_of(forms.text)),
    **dict.fromkeys(("operationsOnInsert", "operationsOnUpdate", "cc", "default_for", "values"), _WORDS),
    **dict.fromkeys(("actionOnInsert", "actionOnUpdate"), forms.maybe(forms.words("Allow", "Block"))),
    "securityOption": forms.maybe(forms.words("EnforceSharingRules", "BypassSharingRules")),
    "blanks": forms.maybe(forms.words("MatchBlanks", "NullNotAllowed")),
    "sortOrder": forms.maybe(forms.whole(0, 10**6)),
    "default": forms.maybe(forms.either(forms.truth, forms.text)),
    "person": forms.maybe(forms.truth),
    "value": forms.maybe(forms.either(forms.maybe_text, forms.truth, forms.number(-(10**18), 10**18))),
}


class UnknownKey(ValueError):
    """A key that nobody reads, or a value it cannot have; the text names it and what is known."""


def demand_known(facts: Mapping[str, object], known: Iterable[str], what: str) -> None:
    """Refuse keys that are not among the known ones. Raises UnknownKey."""
    listed = tuple(known)
    unknown = sorted(str(one) for one in facts if one not in listed)
    if unknown:
        raise UnknownKey(f"{what} has no key {', '.join(map(repr, unknown))}: {', '.join(listed)} are known")


def _demand(facts: Mapping[str, object], known: Iterable[str], what: str) -> None:
    """Refuse unknown keys, and values that known ones cannot have. Raises UnknownKey."""
    demand_known(facts, known, what)
    for key, value in facts.items():
        wanted = _FORMS[key](value) if key in _FORMS else ""
        if wanted:
            raise UnknownKey(f"{key!r} of {what} must be {wanted}")


def demand_known_in_rule(kind: str, rule: Mapping[str, object]) -> None:
    """Refuse keys of a rule, and of what lies in it, that its kind does not read. Raises UnknownKey."""
    if kind not in _OF_RULES:
        return  # refused for its kind
    _demand(rule, (*_OF_ALL, *_OF_RULES[kind]), f"the rule {rule.get('name')!r} of the kind {kind}")
    for (of_kind, key), known in _WITHIN.items():
        for one in _objects(rule.get(key)) if of_kind == kind else ():
            _demand(one, known, f"one of the {key} of {rule.get('name')!r}")
            _demand_criteria(one, rule)
    _demand_nested(kind, rule)


def _demand_nested(kind: str, rule: Mapping[str, object]) -> None:
    given, picklists = rule.get("filter"), rule.get("picklists")
    if kind == kept.DUPLICATE and isinstance(given, dict):
        _demand(given, _CONDITION, f"the filter of {rule.get('name')!r}")
        _demand_criteria(given, rule)
    if kind == RECORD_TYPE and isinstance(picklists, dict):
        for one in _objects(list(picklists.values())):
            _demand(one, ("values", "default"), f"one of the picklists of {rule.get('name')!r}")


def _demand_criteria(holder: Mapping[str, object], rule: Mapping[str, object]) -> None:
    for one in _objects(holder.get("criteria")):
        _demand(one, _CRITERION, f"a criterion of {rule.get('name')!r}")


def _objects(value: object) -> list[Mapping[str, object]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
