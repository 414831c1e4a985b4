"""Fields on the control plane: `POST /_org/fields` with `{"sobject", "do", "field"[, "force"]}`."""

from collections.abc import Mapping

from sfsync.localorg import fields, persons
from sfsync.localorg.context import OrgContext
from sfsync.localorg.control import field_words
from sfsync.localorg.control.body import json_of, refused
from sfsync.localorg.control.known_keys import demand_known
from sfsync.localorg.wire import Answer, Request, json_answer

DEEDS = ("add", "hide", "show", "drop", "retype")


def change_fields(org: OrgContext, request: Request) -> Answer:
    """Change fields, one change or a list: `do` is add, hide, show, drop or retype, `field` a name or facts."""
    value = json_of(request)
    done = [change(org, one) for one in (value if isinstance(value, list) else [value])]
    persons.follow(org.state)
    return json_answer(200, {"changed": done})


def change(org: OrgContext, wanted: object) -> dict[str, object]:
    """Make one change, and tell what it was. Raises Refusal."""
    if not isinstance(wanted, dict) or wanted.get("do") not in DEEDS:
        raise refused(f"`do` must be one of {', '.join(DEEDS)}")
    _demand_known(wanted)
    sobject, field = str(wanted.get("sobject", "")), wanted.get("field")
    name = str(field.get("name", "")) if isinstance(field, dict) else str(field)
    told: dict[str, object] = {"sobject": sobject, "field": name, "do": wanted["do"]}
    force = wanted.get("force") is True  # whatever uses the field
    try:
        if wanted["do"] in ("add", "retype"):
            return {**told, **_made(org, sobject, field, str(wanted["do"]), force)}
        if wanted["do"] == "drop":
            fields.drop(org.state, sobject, name, force)
        else:
            {"hide": fields.hide, "show": fields.show}[wanted["do"]](org.state, sobject, name)
    except fields.FieldProblem as problem:
        raise refused(str(problem)) from None
    return told


def _demand_known(wanted: Mapping[str, object]) -> None:
    try:
        demand_known(wanted, ("sobject", "do", "field", "force"), "a change of a field")
    except ValueError as problem:
        raise refused(str(problem)) from None


def _made(org: OrgContext, sobject: str, field: object, do: str, force: bool) -> Mapping[str, object]:
    if not isinstance(field, dict):
        raise refused(f"`field` must be the facts of a field: {', '.join(field_words.KNOWN)}")
    facts = _facts(field)
    if do == "retype":
        return {"values_lost": fields.retype(org.state, sobject, facts, force)}
    fields.add(org.state, sobject, facts)
    return {}


def _facts(field: Mapping[str, object]) -> Mapping[str, object]:
    try:
        return field_words.facts_of(field)
    except ValueError as problem:
        raise refused(str(problem)) from None
