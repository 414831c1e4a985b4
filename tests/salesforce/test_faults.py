"""Answers that are no success mean one of our errors, by status and code alone."""

import json

import pytest

from sfsync.errors import (
    BudgetSpent,
    IncompleteAnswer,
    LoginRefused,
    Next,
    OrgBusy,
    OrgError,
    OrgRefused,
    OrgUnreachable,
    OutcomeUnknown,
    RecordRefused,
    SessionExpired,
)
from sfsync.salesforce.faults import BY_CODE, BY_STATUS, BY_STATUS_AND_CODE, error_of, read_said, refusal_next

ROWS: list[tuple[int, str, type[OrgError]]] = [
    (401, "INVALID_SESSION_ID", SessionExpired),
    (500, "INVALID_SESSION_ID", SessionExpired),
    (403, "INVALID_SESSION_ID", LoginRefused),
    (401, "INVALID_AUTH_HEADER", SessionExpired),
    (403, "INVALID_AUTH_HEADER", LoginRefused),
    (401, "LOGIN_OAUTH_INVALID_TOKEN", LoginRefused),
    (401, "", LoginRefused),
    (403, "API_DISABLED_FOR_ORG", LoginRefused),
    (403, "API_CURRENTLY_DISABLED", LoginRefused),
    (403, "REQUEST_LIMIT_EXCEEDED", BudgetSpent),
    (403, "", OrgRefused),
    (400, "UNABLE_TO_LOCK_ROW", OrgBusy),
    (503, "SERVER_UNAVAILABLE", OrgBusy),
    (500, "UNKNOWN_EXCEPTION", OrgBusy),
    (400, "REQUEST_RUNNING_TOO_LONG", OrgBusy),
    (400, "TOO_MANY_APEX_REQUESTS", OrgBusy),
    (400, "ALL_OR_NONE_OPERATION_ROLLED_BACK", OrgBusy),
    (429, "", OrgBusy),
    (500, "", OrgBusy),
    (503, "", OrgBusy),
    (599, "", OrgBusy),
    (408, "", OrgUnreachable),
    (420, "", OrgUnreachable),
    (502, "", OrgUnreachable),
    (504, "", OrgUnreachable),
    (400, "MALFORMED_QUERY", OrgRefused),
    (400, "INVALID_FIELD", OrgRefused),
    (400, "INVALID_TYPE", OrgRefused),
    (400, "INVALIDENTITY", OrgRefused),
    (400, "INVALIDJOB", OrgRefused),
    (405, "METHOD_NOT_ALLOWED", OrgRefused),
    (400, "INVALID_QUERY_LOCATOR", OrgRefused),
    (400, "QUERY_TIMEOUT", OrgRefused),
    (400, "QUERY_TOO_COMPLICATED", OrgRefused),
    (400, "NUMBER_OUTSIDE_VALID_RANGE", OrgRefused),
    (400, "EXCEEDED_ID_LIMIT", OrgRefused),
    (400, "INVALID_REPLICATION_DATE", OrgRefused),
    (400, "UNSUPPORTED_API_VERSION", OrgRefused),
    (400, "JSON_PARSER_ERROR", OrgRefused),
    (400, "STORAGE_LIMIT_EXCEEDED", OrgRefused),
    (403, "INSUFFICIENT_ACCESS", OrgRefused),
    (400, "TXN_SECURITY_METERING_ERROR", OrgRefused),
    (400, "TXN_SECURITY_NO_ACCESS", OrgRefused),
    (400, "A_CODE_NOBODY_KNOWS", OrgRefused),
    (400, "", OrgRefused),
    (404, "NOT_FOUND", OrgRefused),
    (404, "", OrgRefused),
    (405, "", OrgRefused),
    (409, "", OrgRefused),
    (410, "", OrgRefused),
    (412, "", OrgRefused),
    (414, "", OrgRefused),
    (415, "", OrgRefused),
    (431, "", OrgRefused),
    (302, "", OrgRefused),
    (300, "", OrgRefused),
    (400, "REQUIRED_FIELD_MISSING", RecordRefused),
    (400, "STRING_TOO_LONG", RecordRefused),
    (400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", RecordRefused),
    (400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", RecordRefused),
    (400, "FIELD_FILTER_VALIDATION_EXCEPTION", RecordRefused),
    (400, "FIELD_INTEGRITY_EXCEPTION", RecordRefused),
    (400, "INVALID_FIELD_FOR_INSERT_UPDATE", RecordRefused),
    (400, "INVALID_TYPE_ON_FIELD_IN_RECORD", RecordRefused),
    (400, "INVALID_EMAIL_ADDRESS", RecordRefused),
    (404, "INVALID_CROSS_REFERENCE_KEY", RecordRefused),
    (400, "INACTIVE_OWNER_OR_USER", RecordRefused),
    (400, "MISSING_ARGUMENT", RecordRefused),
    (400, "MALFORMED_ID", RecordRefused),
    (400, "DUPLICATE_VALUE", RecordRefused),
    (400, "DUPLICATES_DETECTED", RecordRefused),
    (300, "DUPLICATE_EXTERNAL_ID", RecordRefused),
    (404, "ENTITY_IS_DELETED", RecordRefused),
    (400, "CANNOT_UPDATE_CONVERTED_LEAD", RecordRefused),
    (400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", RecordRefused),
    (403, "INSUFFICIENT_ACCESS_OR_READONLY", RecordRefused),
    (400, "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", RecordRefused),
    (400, "LIMIT_EXCEEDED", RecordRefused),
    (400, "invalid_grant", LoginRefused),
    (401, "invalid_client", LoginRefused),
    (400, "invalid_client_id", LoginRefused),
    (400, "unsupported_grant_type", LoginRefused),
    (400, "inactive_user", LoginRefused),
    (400, "inactive_org", LoginRefused),
    (400, "invalid_request", LoginRefused),
    (400, "rate_limit_exceeded", OrgBusy),
    (400, "unknown_error", OrgBusy),
]


def body(code: str, message: str = "a message") -> bytes:
    return json.dumps([{"message": message, "errorCode": code}]).encode()


@pytest.mark.parametrize(("status", "code", "error"), ROWS)
def test_each_answer_means_one_error(status: int, code: str, error: type[OrgError]) -> None:
    """Every status and code that Salesforce answers becomes the one error class that says what to do next."""
    found = error_of(status, body(code) if code else b"")
    assert type(found) is error
    assert found.code == code
    assert all(problem.next for problem in found.problems)


def test_no_row_of_the_tables_goes_untested() -> None:
    """Whatever the tables hold is held to an expectation above, so that no row changes unseen."""
    assert {code for _, code, _ in ROWS} >= set(BY_CODE)
    assert {(status, code) for status, code, _ in ROWS} >= set(BY_STATUS_AND_CODE)
    assert {status for status, code, _ in ROWS if not code} >= set(BY_STATUS)


def test_the_words_of_a_message_change_nothing() -> None:
    """A message in another language, or one that speaks of something else, leads to the same error."""
    assert type(error_of(400, body("UNABLE_TO_LOCK_ROW", "INVALID_SESSION_ID sesión caducada"))) is OrgBusy


def test_calls_that_are_left_tell_a_busy_org_from_a_spent_day() -> None:
    """REQUEST_LIMIT_EXCEEDED is tried again in seconds while the org has calls left, and waits where it has none."""
    assert type(error_of(403, body("REQUEST_LIMIT_EXCEEDED"), calls_left=True)) is OrgBusy
    assert type(error_of(403, body("REQUEST_LIMIT_EXCEEDED"), calls_left=False)) is BudgetSpent


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>Down for maintenance</html>",
        b"<?xml version='1.0'?><errors/>",
        b"\xff\xfe",
        b"[[1]]",
        b"17",
        b"null",
    ],
)
def test_a_body_that_is_not_salesforces_is_no_crash(content: bytes) -> None:
    """An answer of a proxy or a maintenance page is judged by its status, with no traceback."""
    assert type(error_of(503, content)) is OrgBusy
    assert read_said(content) == ()


def test_deeply_nested_json_is_no_crash() -> None:
    """A hostile body cannot end the program by nesting."""
    assert read_said(b"[" * 200_000) == ()


def test_all_that_the_org_says_is_passed_on() -> None:
    """Where an answer holds several errors, a person sees each."""
    both = json.dumps(
        [{"errorCode": "STRING_TOO_LONG", "message": "one"}, {"errorCode": "INVALID_FIELD", "message": "two"}]
    )
    error = error_of(400, both.encode())
    assert [problem.message.rpartition(" ")[2] for problem in error.problems] == ["one", "two"]


@pytest.mark.parametrize(("status", "code"), [(500, "UNKNOWN_EXCEPTION"), (502, ""), (503, ""), (504, ""), (408, "")])
def test_a_write_that_may_have_happened_is_an_unknown_outcome(status: int, code: str) -> None:
    """An answer that does not say for sure that nothing was done is never taken for a refusal of a write."""
    assert type(error_of(status, body(code) if code else b"<html>", writing=True)) is OutcomeUnknown


@pytest.mark.parametrize(
    ("status", "code"), [(400, "UNABLE_TO_LOCK_ROW"), (503, "SERVER_UNAVAILABLE"), (400, ""), (403, "")]
)
def test_a_write_that_was_refused_for_sure_is_no_unknown_outcome(status: int, code: str) -> None:
    """A refusal is a refusal: no time is spent on reading back what cannot have happened."""
    assert type(error_of(status, body(code) if code else b"", writing=True)) is not OutcomeUnknown


def test_a_refused_record_tells_what_to_do_about_it() -> None:
    """A locked row may be taken later; whatever nobody knows is put aside."""
    assert refusal_next("UNABLE_TO_LOCK_ROW") is Next.RETRY
    assert refusal_next("STRING_TOO_LONG") is Next.BURY
    assert refusal_next("A_CODE_NOBODY_KNOWS") is Next.BURY
    assert IncompleteAnswer.next is Next.RETRY
