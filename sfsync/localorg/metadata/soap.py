"""`/services/Soap/m/NN.0`: deploy, checkDeployStatus, describeMetadata, listMetadata, and saving custom fields.

Recorded: the shapes of answers to the first calls. Documented (Metadata API guide): the others. Every deployment has
ended by the time it is asked about.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import replace

from sfsync.localorg import unknown, usage, versions
from sfsync.localorg.context import OrgContext
from sfsync.localorg.identity import sessions
from sfsync.localorg.markup import Element, leaf, tag
from sfsync.localorg.metadata import allowed, applying, deploying, listing, retrieving
from sfsync.localorg.metadata.package import Component
from sfsync.localorg.routing import Route
from sfsync.localorg.soap.envelope import Dialect, Message, SoapFault, answer, fault_answer, fault_of, read
from sfsync.localorg.wire import Answer, Refusal, Request

NAMESPACE = "http://soap.sforce.com/2006/04/metadata"
MOST_SAVED = 10  # components of one call (documented)


class _Metadata(Dialect):
    """The Metadata API: all its names are in one namespace."""

    @property
    def namespace(self) -> str:
        return NAMESPACE

    @property
    def sobjects(self) -> str:
        return NAMESPACE

    @property
    def faults(self) -> str:
        return NAMESPACE


METADATA = _Metadata("metadata")


def metadata(org: OrgContext, request: Request, version: str, org_id: str = "") -> Answer:
    """POST: every call of the Metadata API comes in here."""
    try:
        message = read(request.body)
        org = _signed_in(replace(org, version=version), message)
        call = CALLS.get(message.call.name)
        if call is None:
            unknown.note(f"Metadata API call {message.call.name}")
            named = f"{{{message.call.namespace}}}{message.call.name}"
            raise SoapFault(None, f"No operation available for request {named}, please check the WSDL for the service.")
        with org.state.transaction():
            content = call(org, message.call)
        return answer(METADATA, message.call.name, content)
    except SoapFault as fault:
        return fault_answer(METADATA, fault)
    except Refusal as refusal:
        return fault_answer(METADATA, fault_of(refusal))


def _signed_in(org: OrgContext, message: Message) -> OrgContext:
    number = org.version.removesuffix(".0")
    if not number.isdigit() or not versions.FIRST <= int(number) <= versions.LAST:
        raise SoapFault("UNSUPPORTED_API_VERSION", "Invalid Api version specified on URL")
    header = message.headers.get("SessionHeader")
    try:
        user_id = sessions.user_of(org.state, org.clock, header.value("sessionId") if header else "")
    except Refusal:
        text = "Invalid Session ID found in SessionHeader: Illegal Session"
        raise SoapFault("INVALID_SESSION_ID", text) from None
    allowed.check(org.state, user_id)
    usage.spend(org.state, org.now)
    return replace(org, user_id=user_id, version=f"{number}.0")


def _deploy(org: OrgContext, call: Element) -> str:
    options = call.child("DeployOptions") or Element("DeployOptions")
    switches = {one.name: one.text.strip().lower() == "true" for one in options.children}
    result = deploying.deploy(org, _zip_in(call), switches)
    return tag("result", leaf("done", False), leaf("id", str(result["id"])), leaf("state", "Queued"))


def _zip_in(call: Element) -> bytes:
    try:
        return base64.b64decode("".join((call.value("ZipFile") or call.value("zipFile")).split()), validate=True)
    except (binascii.Error, ValueError):
        raise SoapFault("INVALID_OPERATION", "The ZipFile is not base64") from None


def _check_deploy(org: OrgContext, call: Element) -> str:
    result = deploying.find(org, call.value("asyncProcessId"))
    if call.value("includeDetails").lower() != "true":
        result = {key: value for key, value in result.items() if key != "details"}
    return _written("result", result)


def _check_status(org: OrgContext, call: Element) -> str:
    return tag("result", leaf("done", True), leaf("id", call.value("asyncProcessId")), leaf("state", "Completed"))


def _cancel(org: OrgContext, call: Element) -> str:
    return tag("result", leaf("done", True), leaf("id", call.value("String") or call.value("id")))


def _written(name: str, value: object) -> str:
    """Write a JSON value as elements: a list as one element each, null not at all."""
    if isinstance(value, list):
        return "".join(_written(name, one) for one in value)
    if isinstance(value, dict):
        return tag(name, *(_written(key, one) for key, one in sorted(value.items())))
    if value is None:
        return ""
    return leaf(name, value if isinstance(value, (bool, int)) else str(value).replace(".000+0000", ".000Z"))


def _describe(org: OrgContext, call: Element) -> str:
    types = [
        tag(
            "metadataObjects",
            *(leaf("childXmlNames", name) for name in one.children),
            leaf("directoryName", one.folder),
            leaf("inFolder", False),
            leaf("metaFile", one.meta),
            leaf("suffix", one.suffix),
            leaf("xmlName", one.name),
        )
        for one in listing.TYPES
    ]
    ends = leaf("organizationNamespace", ""), leaf("partialSaveAllowed", True), leaf("testRequired", False)
    return tag("result", *types, *ends)


def _list(org: OrgContext, call: Element) -> str:
    kinds = [one.value("type") for one in call.every("queries")]
    return "".join(_member(org, kind, *found) for kind in kinds for found in listing.members(org, kind))


def _member(org: OrgContext, kind: str, name: str, member_id: str) -> str:
    by = str(org.state.setting("integration_user_id"))
    row = org.state.one('SELECT CreatedDate FROM "Organization"')  # when each component was made is not kept
    made_at = "" if row is None else str(row["CreatedDate"]).replace(".000+0000", ".000Z")
    values = {
        "createdById": by,
        "createdByName": "Integration Sync",
        "createdDate": made_at,
        "fileName": listing.file_of(kind, name).removeprefix("unpackaged/"),
        "fullName": name,
        "id": member_id,
        "lastModifiedById": by,
        "lastModifiedByName": "Integration Sync",
        "lastModifiedDate": made_at,
        "manageableState": "unmanaged",
        "type": kind,
    }
    return tag("result", *(leaf(key, value) for key, value in values.items()))


def _save(org: OrgContext, call: Element) -> str:
    listed = list(call.every("metadata"))
    if len(listed) > MOST_SAVED:
        raise SoapFault("LIMIT_EXCEEDED", f"A call saves at most {MOST_SAVED} components")
    return "".join(_saved(org, one, call.name) for one in listed)


def _saved(org: OrgContext, element: Element, call: str) -> str:
    name = element.value("fullName")
    own = tuple(
        replace(one, text=name.rpartition(".")[2]) if one.name == "fullName" else one for one in element.children
    )
    known = {found for found, _ in listing.members(org, element.type)}
    if call != "upsertMetadata" and (name in known) is (call == "createMetadata"):
        if name in known:
            return _outcome(name, applying.already_there(element.type, name), code=applying.TWICE)
        return _outcome(name, f"There is no component of the type {element.type} named {name}")
    return _tried(
        org, Component(element.type, name, "", replace(element, children=own)), tells=call == "upsertMetadata"
    )


def _delete(org: OrgContext, call: Element) -> str:
    kind = call.value("type")
    return "".join(_tried(org, Component(kind, one.text.strip(), "")) for one in call.every("fullNames"))


def _tried(org: OrgContext, one: Component, tells: bool = False) -> str:
    try:
        with org.state.transaction():
            created, _ = applying.apply(org, one)
    except applying.Problem as problem:
        return _outcome(one.full_name, str(problem))
    return _outcome(one.full_name, "", created if tells else None)


def _outcome(name: str, problem: str, created: bool | None = None, code: str = "FIELD_INTEGRITY_EXCEPTION") -> str:
    told = [leaf("created", created)] if created is not None else []
    errors = [tag("errors", leaf("message", problem), leaf("statusCode", code))] if problem else []
    return tag("result", *told, *errors, leaf("fullName", name), leaf("success", not problem))


def _read_fields(org: OrgContext, call: Element) -> str:
    names = [one.text.strip() for one in call.every("fullNames")]
    return tag("result", *(retrieving.record(org, call.value("type"), name) for name in names))


def _retrieve(org: OrgContext, call: Element) -> str:
    request = call.child("retrieveRequest") or call.child("request") or call  # jsforce sends the second
    made = retrieving.retrieve(org, request)
    return tag("result", leaf("done", False), leaf("id", made), leaf("state", "Queued"))


def _check_retrieve(org: OrgContext, call: Element) -> str:
    return _written("result", retrieving.find(org, call.value("asyncProcessId")))


CALLS: Mapping[str, Callable[[OrgContext, Element], str]] = {
    "deploy": _deploy,
    "checkDeployStatus": _check_deploy,
    "checkStatus": _check_status,
    "cancelDeploy": _cancel,
    "describeMetadata": _describe,
    "listMetadata": _list,
    "createMetadata": _save,
    "updateMetadata": _save,
    "upsertMetadata": _save,
    "deleteMetadata": _delete,
    "readMetadata": _read_fields,
    "retrieve": _retrieve,
    "checkRetrieveStatus": _check_retrieve,
}
ROUTES = (
    Route("POST", "/services/Soap/m/{version}", metadata),
    Route("POST", "/services/Soap/m/{version}/{org_id}", metadata),
)
