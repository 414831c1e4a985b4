"""What an answer that is not a success means: one table from HTTP status and errorCode to our errors.

Never by the text of a message: Salesforce writes it in the language of the API user.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import unescape

from sfsync.errors import (
    BudgetSpent,
    LoginRefused,
    Next,
    OrgBusy,
    OrgError,
    OrgRefused,
    OrgUnreachable,
    OutcomeUnknown,
    Problem,
    RecordRefused,
    SessionExpired,
)

_SHOWN = 300  # characters of a message that are passed on
_FAULT = re.compile(rb"<faultcode>(?:\w+:)?([A-Z_]+)</faultcode>")  # SOAP guide, API Fault Element
_FAULT_WORDS = re.compile(rb"<faultstring>(?:[A-Z_]+: )?([^<]*)</faultstring>")


@dataclass(frozen=True, slots=True)
class Said:
    """One error of an answer, in any of the forms Salesforce has for it."""

    code: str  # errorCode, statusCode or OAuth's error; "" where the body was not Salesforce's
    message: str


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a pair of status and code stands for."""

    error: type[OrgError]
    todo: str
    nothing_done: bool = True  # a write that got this answer surely changed nothing


_AGAIN = "it is tried again by itself; if it lasts, look at status.salesforce.com"
_RIGHTS = "ask an admin which permission the user sfsync signs in as lacks"
_SCHEMA = "check the names in sfsync.toml, rules/ and mappings/ against the org"
_SIGN_IN = "check the user and the app in the org's Setup, then sign in again"
_FIX_RECORD = "mend the record or the rule that asks for the value, then revive the entry"
_TOO_BIG = "ask for less at once: fewer fields, or a narrower condition"

_BUSY = Meaning(OrgBusy, _AGAIN)
_UNSURE = Meaning(OrgBusy, _AGAIN, nothing_done=False)
_BURIED = Meaning(RecordRefused, _FIX_RECORD)
_NO_RIGHT = Meaning(OrgRefused, _RIGHTS)
_WRONG_NAME = Meaning(OrgRefused, _SCHEMA)
_NO_ENTRY = Meaning(LoginRefused, _SIGN_IN)
_NARROWER = Meaning(OrgRefused, _TOO_BIG)
_DAY_SPENT = Meaning(BudgetSpent, "wait until the rolling day frees calls, or ask Salesforce for more")

BY_STATUS_AND_CODE: Mapping[tuple[int, str], Meaning] = {
    (401, "INVALID_SESSION_ID"): Meaning(SessionExpired, "sign in again"),
    (401, "INVALID_AUTH_HEADER"): Meaning(SessionExpired, "sign in again"),  # an access token that is a JWT has ended
    (500, "INVALID_SESSION_ID"): Meaning(SessionExpired, "sign in again"),  # a fault of SOAP
}
"""Codes that mean something only with their status. Source: REST guide, Status Codes and Error Responses."""

BY_CODE: Mapping[str, Meaning] = {
    # the org cannot do it just now
    "UNABLE_TO_LOCK_ROW": _BUSY,
    "SERVER_UNAVAILABLE": _BUSY,
    "REQUEST_RUNNING_TOO_LONG": _UNSURE,
    "UNKNOWN_EXCEPTION": _UNSURE,
    "TOO_MANY_APEX_REQUESTS": _BUSY,
    # calls are used up
    "REQUEST_LIMIT_EXCEEDED": _DAY_SPENT,
    # not let in
    "INVALID_SESSION_ID": _NO_ENTRY,
    "INVALID_AUTH_HEADER": _NO_ENTRY,
    "LOGIN_OAUTH_INVALID_TOKEN": _NO_ENTRY,
    "API_DISABLED_FOR_ORG": _NO_ENTRY,
    "API_CURRENTLY_DISABLED": _NO_ENTRY,
    # the request as such is refused
    "INSUFFICIENT_ACCESS": _NO_RIGHT,
    "TXN_SECURITY_METERING_ERROR": _NO_RIGHT,
    "TXN_SECURITY_NO_ACCESS": _NO_RIGHT,
    "MALFORMED_QUERY": _WRONG_NAME,
    "INVALID_FIELD": _WRONG_NAME,
    "INVALID_TYPE": _WRONG_NAME,
    "INVALIDENTITY": _WRONG_NAME,
    "INVALIDJOB": _WRONG_NAME,
    "METHOD_NOT_ALLOWED": _WRONG_NAME,
    "INVALID_QUERY_LOCATOR": Meaning(OrgRefused, "the place in the answer is no longer kept: pull again"),
    "QUERY_TIMEOUT": _NARROWER,
    "QUERY_TOO_COMPLICATED": _NARROWER,
    "NUMBER_OUTSIDE_VALID_RANGE": _NARROWER,
    "EXCEEDED_ID_LIMIT": _NARROWER,
    "INVALID_REPLICATION_DATE": Meaning(OrgRefused, "the window is too old or too short: run `sfsync pull --full`"),
    "UNSUPPORTED_API_VERSION": Meaning(OrgRefused, "the org no longer has this API version: update sfsync"),
    "JSON_PARSER_ERROR": Meaning(OrgRefused, "a value has the wrong form for its field: check the rule or sheet"),
    # this record as it stands
    "REQUIRED_FIELD_MISSING": _BURIED,
    "STRING_TOO_LONG": _BURIED,
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": _BURIED,
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": _BURIED,
    "FIELD_FILTER_VALIDATION_EXCEPTION": _BURIED,
    "FIELD_INTEGRITY_EXCEPTION": _BURIED,
    "INVALID_FIELD_FOR_INSERT_UPDATE": _BURIED,
    "INVALID_TYPE_ON_FIELD_IN_RECORD": _BURIED,
    "INVALID_EMAIL_ADDRESS": _BURIED,
    "INVALID_CROSS_REFERENCE_KEY": _BURIED,
    "INACTIVE_OWNER_OR_USER": _BURIED,
    "MISSING_ARGUMENT": _BURIED,
    "MALFORMED_ID": _BURIED,
    "DUPLICATE_VALUE": _BURIED,
    "DUPLICATES_DETECTED": _BURIED,
    "DUPLICATE_EXTERNAL_ID": _BURIED,
    "ENTITY_IS_DELETED": _BURIED,
    "CANNOT_UPDATE_CONVERTED_LEAD": _BURIED,
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": _BURIED,
    "INSUFFICIENT_ACCESS_OR_READONLY": _BURIED,
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": _BURIED,
    "ALL_OR_NONE_OPERATION_ROLLED_BACK": _BUSY,
    # nothing can be stored any more
    "STORAGE_LIMIT_EXCEEDED": Meaning(OrgRefused, "free storage in the org"),
    "LIMIT_EXCEEDED": _BURIED,
    # the token endpoint
    "invalid_grant": _NO_ENTRY,
    "invalid_client": _NO_ENTRY,
    "invalid_client_id": _NO_ENTRY,
    "unsupported_grant_type": _NO_ENTRY,
    "inactive_user": _NO_ENTRY,
    "inactive_org": _NO_ENTRY,
    "invalid_request": _NO_ENTRY,
    "rate_limit_exceeded": _BUSY,
    "unknown_error": _BUSY,  # its description says "retry your request"
}
"""What a code means, whatever the status. Sources: REST guide (errors), partner WSDL (ExceptionCode, StatusCode)."""

BY_STATUS: Mapping[int, Meaning] = {
    400: Meaning(OrgRefused, _SCHEMA),
    401: _NO_ENTRY,
    403: _NO_RIGHT,
    404: _WRONG_NAME,
    405: _WRONG_NAME,
    408: Meaning(OrgUnreachable, _AGAIN, nothing_done=False),
    409: Meaning(OrgRefused, "the job was made with another API version: start it again"),
    410: Meaning(OrgRefused, "the org no longer has this API version: update sfsync"),
    412: Meaning(OrgRefused, "the record has changed meanwhile: pull again"),
    414: _NARROWER,
    415: Meaning(OrgRefused, _SCHEMA),
    420: Meaning(OrgUnreachable, _AGAIN),
    429: _BUSY,
    431: _NARROWER,
    500: _UNSURE,
    502: Meaning(OrgUnreachable, _AGAIN, nothing_done=False),
    503: _UNSURE,
    504: Meaning(OrgUnreachable, _AGAIN, nothing_done=False),
}
"""What a status means where the body names no code we know."""

_REDIRECT = Meaning(OrgRefused, "the org answers from another address: check [org] url, it should be the My Domain")
_CONCURRENT = Meaning(OrgBusy, "too many long calls at once: it is tried again by itself")


def meaning(status: int, code: str, *, calls_left: bool = False) -> Meaning:
    """Look an answer up in the tables: status and code, code, status, and at last the hundreds of the status.

    REQUEST_LIMIT_EXCEEDED stands for the day's calls and for too many long calls at once (Limits quick reference, API
    Requests); `calls_left`, by what Sforce-Limit-Info said, tells them apart.
    """
    if code == "REQUEST_LIMIT_EXCEEDED" and calls_left:
        return _CONCURRENT
    found = BY_STATUS_AND_CODE.get((status, code)) or BY_CODE.get(code) or BY_STATUS.get(status)
    if found:
        return found
    if status < 400:
        return _REDIRECT
    return BY_STATUS[400] if status < 500 else _UNSURE


def refusal_next(code: str) -> Next:
    """Say what to do about one record that was refused with this code: BURY unless the table knows better."""
    found = BY_CODE.get(code)
    return found.error.next if found else Next.BURY


def read_said(body: bytes) -> tuple[Said, ...]:
    """Read the errors out of a body: REST's array, OAuth's object, SOAP's fault; nothing where it is something else."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        fault = _FAULT.search(body)
        return (Said(fault.group(1).decode(), _inside(_FAULT_WORDS, body)),) if fault else ()
    entries = parsed if isinstance(parsed, list) else [parsed]
    return tuple(_said(entry) for entry in entries if isinstance(entry, dict))


def _inside(part: re.Pattern[bytes], body: bytes) -> str:
    found = part.search(body)
    return unescape(found.group(1).decode("utf-8", "replace"))[:_SHOWN] if found else ""


def _said(entry: Mapping[str, object]) -> Said:
    code = entry.get("errorCode") or entry.get("statusCode") or entry.get("error")
    message = entry.get("message") or entry.get("error_description") or ""
    return Said(code if isinstance(code, str) else "", str(message)[:_SHOWN])


def error_of(status: int, body: bytes, *, writing: bool = False, calls_left: bool = False) -> OrgError:
    """Make the error an answer stands for.

    Where it answers a write and does not surely say that nothing was done, it is OutcomeUnknown.
    """
    said = read_said(body) or (Said("", ""),)
    first = said[0]
    found = meaning(status, first.code, calls_left=calls_left)
    if writing and not found.nothing_done:
        return outcome_unknown(f"the org answered a write with HTTP {status} {first.code}".rstrip(), first.code)
    problems = [Problem(_words(status, one), found.todo) for one in said]
    return found.error(*problems, code=first.code)


def outcome_unknown(why: str, code: str = "") -> OutcomeUnknown:
    """Make the error for a write that may or may not have happened."""
    return OutcomeUnknown(why, code=code, todo="the record is read back before anything else is sent for it")


def unreadable(what: str) -> OrgUnreachable:
    """Make the error for an answer that is not of the form Salesforce gives."""
    return OrgUnreachable(f"the answer to {what} is not one that Salesforce gives", todo=_AGAIN)


def _words(status: int, said: Said) -> str:
    if not said.code:
        return f"the org answered HTTP {status}" + (f": {said.message}" if said.message else "")
    return f"the org refused with {said.code} (HTTP {status}): {said.message}"
