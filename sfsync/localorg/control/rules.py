"""Rules on the control plane: wire to calls."""

from collections.abc import Mapping

from sfsync.localorg.context import OrgContext
from sfsync.localorg.control.body import json_of, query_of, refused, text, truth
from sfsync.localorg.control.known_keys import UnknownKey, demand_known_in_rule
from sfsync.localorg.rules import kept, setup
from sfsync.localorg.rules.conditions import RuleProblem
from sfsync.localorg.wire import Answer, Request, json_answer

_OF_ALL = ("kind", "sobject", "name", "active")


def list_rules(org: OrgContext, request: Request) -> Answer:
    """Give all rules, in the form in which they are set."""
    return json_answer(200, {"rules": [*setup.assignment_rules(org.state), *kept.listed(org.state)]})


def set_rules(org: OrgContext, request: Request) -> Answer:
    """Set rules: one, or a list of them; `{"kind", "sobject", "name"[, "active"], ...}` and what the kind needs."""
    value = json_of(request)
    wanted = value if isinstance(value, list) else [value]
    for one in wanted:
        if not isinstance(one, dict):
            raise refused("a rule must be an object")
        try:
            demand_known_in_rule(str(one.get("kind", "")), one)
        except UnknownKey as problem:
            raise refused(str(problem)) from None
        _set(org, one)
    return json_answer(201, {"set": len(wanted)})


def _set(org: OrgContext, rule: Mapping[str, object]) -> None:
    facts = {key: value for key, value in rule.items() if key not in (*_OF_ALL, "id")}
    kind, sobject, name = (text(rule.get(key), key) for key in ("kind", "sobject", "name"))
    active = truth(rule.get("active", True), "active")
    try:
        setup.set_up(org.state, kind, sobject, name, facts, active, org.stamp)
    except RuleProblem as problem:
        raise refused(f"{kind} rule {name!r}: {problem}") from None


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
