"""Rules on the control plane: wire to calls."""

from collections.abc import Mapping

from sfsync.localorg.context import OrgContext
from sfsync.localorg.control.body import json_of, query_of, refused, text, truth
from sfsync.localorg.control.known_keys import UnknownKey, demand_known_in_rule
from sfsync.localorg.rules import kept, named, setup
from sfsync.localorg.rules.conditions import RuleProblem
from sfsync.localorg.wire import Answer, Request, json_answer

_OF_ALL = ("kind", "sobject", "name", "active")


def list_rules(org: OrgContext, request: Request) -> Answer:
    """Give all rules, in the form in which they are set."""
    return json_answer(200, {"rules": [*setup.assignment_rules(org.state), *kept.listed(org.state)]})


def set_rules(org: OrgContext, request: Request) -> Answer:
    """Set rules: one, or a list of them; `{"kind", "sobject", "name"[, "active"], ...}` and what the kind needs."""
    value = json_of(request)
    rules = [_in_known_words(one) for one in (value if isinstance(value, list) else [value])]
    for one in rules:
        _set(org, one)
    for one in rules:
        _demand_named(org, one)
    return json_answer(201, {"set": len(rules)})


def _in_known_words(rule: object) -> Mapping[str, object]:
    if not isinstance(rule, dict):
        raise refused("a rule must be an object")
    try:
        demand_known_in_rule(str(rule.get("kind", "")), rule)
    except UnknownKey as problem:
        raise refused(str(problem)) from None
    return rule


def _set(org: OrgContext, rule: Mapping[str, object]) -> None:
    facts = {key: value for key, value in rule.items() if key not in (*_OF_ALL, "id")}
    kind, sobject, name = (text(rule.get(key), key) for key in ("kind", "sobject", "name"))
    active = truth(rule.get("active", True), "active")
    try:
        setup.set_up(org.state, kind, sobject, name, facts, active, org.stamp)
    except RuleProblem as problem:
        raise refused(f"{kind} rule {name!r}: {problem}") from None


def _demand_named(org: OrgContext, rule: Mapping[str, object]) -> None:
    """See that what a rule names is there; what is set in the same request is."""
    lacking = named.missing(org.state, str(rule["kind"]), str(rule["sobject"]), rule)
    if lacking:
        raise refused(f"{rule['kind']} rule {rule['name']!r}: {lacking[0]}")


def forget_rules(org: OrgContext, request: Request) -> Answer:
    """Forget rules: all, or those of `?kind=&sobject=&name=`; assignment rules lose their entries."""
    asked = query_of(request, "kind", "sobject", "name")
    kind, sobject, name = (asked.get(key) for key in ("kind", "sobject", "name"))
    if kind is not None and kind not in setup.KINDS:
        raise refused(f"the kind {kind!r} is not one of {', '.join(setup.KINDS)}")
    if kind in (None, setup.ASSIGNMENT):
        for rule in setup.assignment_rules(org.state):
            if sobject in (None, rule["sobject"]) and name in (None, rule["name"]):
                _set(org, {**rule, "entries": []})
    kept.forget(org.state, kind, sobject, name)
    return Answer(204)
