"""`/actions`: what can be invoked, and invoking it.

Documented (Actions guide): inputs come as a list, and each gives a result with actionName, errors, isSuccess and
outputValues; lead assignment rules are applied to at most 20 leads a call, from version 54. Seen of real orgs: a name
that is no action gives 404 with the text used here (convertLead among them). Assumed: HTTP 400 where no input succeeds.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sfsync.localorg import unknown, versions
from sfsync.localorg.context import OrgContext
from sfsync.localorg.rest import emailing, headers
from sfsync.localorg.rest.emailing import Json
from sfsync.localorg.routing import Route
from sfsync.localorg.saving import assignment
from sfsync.localorg.saving.draft import Draft, Options
from sfsync.localorg.saving.save import save
from sfsync.localorg.wire import Answer, Refusal, Request, json_answer, said
from sfsync.records.ids import is_id, to_18

MOST_LEADS = 20


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that can be invoked."""

    name: str
    label: str
    kind: str
    since: int  # the version from which it is there
    inputs: tuple[tuple[str, str, bool], ...]  # name, type, whether it is required
    invoke: Callable[[OrgContext, Mapping[str, object]], None]  # raises Refusal
    most: int = 200  # inputs of one call


def apply_rules(org: OrgContext, given: Mapping[str, object]) -> None:
    """Run the active assignment rule over a lead."""
    lead_id = given.get("leadId") or given.get("LeadIds")
    if not isinstance(lead_id, str) or not is_id(lead_id) or not lead_id.startswith("00Q"):
        if not lead_id:
            raise Refusal(400, "MISSING_ARGUMENT", "Missing required input parameter: leadId", ())
        raise Refusal(400, "INVALID_ID_FIELD", f"Invalid id: {said(lead_id)}", ())
    kind = org.sobject("Lead")
    rule = assignment.active_rule(org.state, kind)
    outcome = save(org, kind, [Draft({}, to_18(lead_id))], Options(rule))[0]
    if outcome.errors:
        raise outcome.errors[0]


ACTIONS = {
    one.name: one
    for one in (
        Action(
            "invocableApplyLeadAssignmentRules",
            "Apply Lead Assignment Rules",
            "APPLY_LEAD_ASSIGNMENT_RULES",
            54,
            (("leadId", "REFERENCE", True),),
            apply_rules,
            MOST_LEADS,
        ),
        Action("emailSimple", "Send Email", "EMAILSIMPLE", 32, emailing.INPUTS, emailing.send_simple),
    )
}


def list_kinds(org: OrgContext, request: Request, version: str) -> Answer:
    """GET /actions: list the kinds of actions."""
    return json_answer(200, {name: f"{org.base_path}/actions/{name}" for name in ("standard", "custom")})


def list_standard(org: OrgContext, request: Request, version: str) -> Answer:
    """GET /actions/standard: list the actions that every org has."""
    shown = [
        {"label": one.label, "name": one.name, "type": one.kind, "url": _url(org, one)}
        for one in ACTIONS.values()
        if versions.number_of(org.version) >= one.since
    ]
    return json_answer(200, {"actions": shown})


def list_custom(org: OrgContext, request: Request, version: str) -> Answer:
    """GET /actions/custom: kinds of actions an org can have of its own; this one has none."""
    kinds = ("apex", "emailAlert", "flow", "quickAction", "sendNotification")
    return json_answer(200, {name: f"{org.base_path}/actions/custom/{name}" for name in kinds})


def list_custom_kind(org: OrgContext, request: Request, version: str, kind: str) -> Answer:
    """GET /actions/custom/flow: none."""
    return json_answer(200, {"actions": []})


def show(org: OrgContext, request: Request, version: str, name: str) -> Answer:
    """GET /actions/standard/X: what the action takes."""
    action = _find(org, name)
    inputs = [{"name": name, "label": name, "type": kind, "required": need} for name, kind, need in action.inputs]
    told = {"name": action.name, "label": action.label, "type": action.kind, "targetEntityName": None}
    return json_answer(200, {**told, "inputs": inputs, "outputs": [], "standard": True})


def invoke(org: OrgContext, request: Request, version: str, name: str) -> Answer:
    """POST /actions/standard/X: do the action for each input."""
    action = _find(org, name)
    inputs = headers.json_record(request).get("inputs")
    if not isinstance(inputs, list) or not inputs or not all(isinstance(one, dict) for one in inputs):
        raise Refusal(400, "INVALID_API_INPUT", "inputs must be a list of objects")
    if len(inputs) > action.most:
        raise Refusal(400, "LIMIT_EXCEEDED", f"{action.name} takes at most {action.most} inputs")
    results = [_invoked(org, action, one) for one in inputs]
    return json_answer(200 if any(one["isSuccess"] for one in results) else 400, results)


def _invoked(org: OrgContext, action: Action, given: Mapping[str, object]) -> Json:
    try:
        with org.state.transaction():
            action.invoke(org, given)
    except Refusal as refusal:
        error = {"statusCode": refusal.code, "message": refusal.message, "fields": list(refusal.fields or ())}
        return {"actionName": action.name, "errors": [error], "isSuccess": False, "outputValues": None}
    return {"actionName": action.name, "errors": None, "isSuccess": True, "outputValues": None}


def _find(org: OrgContext, name: str) -> Action:
    action = ACTIONS.get(name)
    if action is None or versions.number_of(org.version) < action.since:
        unknown.note(f"action {name}")
        raise Refusal(404, "NOT_FOUND", "Invalid Action Type")
    return action


def _url(org: OrgContext, action: Action) -> str:
    return f"{org.base_path}/actions/standard/{action.name}"


_ACTIONS = "/services/data/{version}/actions"
ROUTES = (
    Route("GET", _ACTIONS, list_kinds),
    Route("GET", f"{_ACTIONS}/standard", list_standard),
    Route("GET", f"{_ACTIONS}/custom", list_custom),
    Route("GET", f"{_ACTIONS}/custom/{{kind}}", list_custom_kind),
    Route("GET", f"{_ACTIONS}/standard/{{name}}", show),
    Route("POST", f"{_ACTIONS}/standard/{{name}}", invoke),
)
