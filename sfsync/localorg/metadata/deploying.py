"""Deployments: carried out at once, kept to be asked about.

Documented (Metadata API guide): the answer to a deployment is an id; what came of it is asked for with that id. By
default a deployment is kept whole or not at all; checkOnly keeps nothing.
"""

import json
from collections.abc import Mapping, Sequence

from sfsync.localorg import persons
from sfsync.localorg.context import OrgContext
from sfsync.localorg.metadata import applying
from sfsync.localorg.metadata.package import BadPackage, Component, components
from sfsync.localorg.wire import Refusal
from sfsync.records.ids import is_id, to_18

KIND, PREFIX = "deployment", "0Af"
Json = dict[str, object]


class _Undo(Exception):
    """Rolls a deployment back."""


def deploy(org: OrgContext, content: bytes, options: Mapping[str, bool]) -> Json:
    """Carry a deployment out, keep what came of it, and give that."""
    checks, whole = options.get("checkOnly", False), options.get("rollbackOnError", True)
    successes: list[Json] = []
    failures: list[Json] = []
    error = ""
    try:
        listed = components(content)
        with org.state.transaction():
            successes, failures = _all(org, listed)
            if checks or (whole and failures):
                raise _Undo
    except BadPackage as refused:
        error = str(refused)
    except _Undo:
        pass
    result = _result(org, successes, failures, error, {"checkOnly": checks, "rollbackOnError": whole})
    sql = "INSERT INTO _job (id, kind, state, made_at, value) VALUES (?, ?, ?, ?, ?)"
    org.state.run(sql, (str(result["id"]), KIND, str(result["status"]), org.stamp, json.dumps(result)))
    return result


def find(org: OrgContext, deployment_id: str) -> Json:
    """Give what came of a deployment. Raises Refusal INVALID_ID_FIELD."""
    long = to_18(deployment_id) if is_id(deployment_id) else deployment_id
    row = org.state.one("SELECT value FROM _job WHERE kind = ? AND id = ?", (KIND, long))
    if row is None:
        raise Refusal(404, "INVALID_ID_FIELD", f"Invalid deployment id: {deployment_id}")
    return dict(json.loads(row["value"]))


def _all(org: OrgContext, listed: Sequence[Component]) -> tuple[list[Json], list[Json]]:
    """Put components in, those first that others may need; each stands or falls by itself."""
    place = {name: number for number, name in enumerate(applying.ORDER)}
    successes: list[Json] = []
    failures: list[Json] = []
    for one in sorted(listed, key=lambda each: place.get(each.type, len(place))):
        told = _told(org, one)
        try:
            with org.state.transaction():
                created, found = applying.apply(org, one)
            changed = {"changed": one.type != "CustomObject", "created": created, "deleted": one.element is None}
            successes.append({**told, **changed, "id": found, "success": True, "warning": False})
        except applying.Problem as problem:
            said = {"changed": False, "created": False, "deleted": False, "problem": str(problem)}
            failures.append({**told, **said, "problemType": "Error", "success": False, "warning": False})
    persons.follow(org.state)
    return successes, failures


def _told(org: OrgContext, one: Component) -> Json:
    return {
        "componentType": one.type,
        "createdDate": org.stamp,
        "fileName": one.file,
        "fullName": one.full_name,
    }


def _result(
    org: OrgContext, successes: list[Json], failures: list[Json], error: str, options: Mapping[str, bool]
) -> Json:
    good = not failures and not error
    names = org.state.one("SELECT Name FROM User WHERE Id = ?", (org.user_id,))
    tests = {"numFailures": 0, "numTestsRun": 0, "totalTime": 0.0}
    details = {"componentFailures": failures, "componentSuccesses": successes, "runTestResult": tests}
    partly = failures and not options["rollbackOnError"] and successes
    return {
        "checkOnly": options["checkOnly"],
        "completedDate": org.stamp,
        "createdBy": org.user_id,
        "createdByName": "" if names is None else str(names["Name"]),
        "createdDate": org.stamp,
        "details": details,
        "done": True,
        **({"errorMessage": error, "errorStatusCode": "UNKNOWN_EXCEPTION"} if error else {}),
        "id": org.state.next_id(PREFIX),
        "ignoreWarnings": False,
        "lastModifiedDate": org.stamp,
        "numberComponentErrors": len(failures),
        "numberComponentsDeployed": len(successes),
        "numberComponentsTotal": len(successes) + len(failures),
        "numberTestErrors": 0,
        "numberTestsCompleted": 0,
        "numberTestsTotal": 0,
        "rollbackOnError": options["rollbackOnError"],
        "runTestsEnabled": False,
        "startDate": org.stamp,
        "status": "Succeeded" if good else "SucceededPartial" if partly else "Failed",
        "success": good,
    }
