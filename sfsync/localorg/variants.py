"""What nobody outside knows of real orgs, or what sources say in two ways: the org does one, and the other on demand.

Each variant is a switch among the settings, off at first. `AT_THE_EDGE` changes answers that are ready; the others are
looked at where what they are about is done.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace

from sfsync.localorg.state import State
from sfsync.localorg.wire import JSON, Answer

CSV_CHARSET = "csv_with_charset"
RETRY_AFTER = "retry_after"
SEVERAL_CONFLICT = "several_matches_conflict"
NO_ACCESS_400 = "no_access_is_bad_request"
NEXT_RECORD_URL = "result_pages_next_record_url"
SPELT_RIGHT = "duplicate_result_spelt_right"
NULLS_LEFT_OUT = "unequal_leaves_out_nulls"
BULK_KEEPS_BLANKS = "bulk_keeps_blanks"
STATUS_BY_CONVERSION = "converted_status_by_conversion_only"
CONVERTED_EDITABLE = "converted_leads_editable"
NO_PRIMARY_ROLE = "convert_without_primary_role"
WEB_UNVALIDATED = "web_leads_unvalidated"
WEB_WITHOUT_REQUIRED = "web_leads_without_required"
PROBABILITY_FREE = "probability_beyond_100"
ROLLUPS_MODIFY = "rollups_move_last_modified"
DELETES_UNJUDGED = "deletes_pass_rules_of_parents"
LOCKS_WAIT = "locks_wait"
SIDE_BY_SIDE = "bulk_batches_side_by_side"
ETAGS_ALL = "etags_of_all_records"
WRITES_UNCONDITIONAL = "dates_heeded_by_accounts_only"
DELETES_CONDITIONAL = "conditional_deletes"
PICKLIST_CASE = "picklists_keep_case"
REFERENCES_UNSTAMPED = "references_change_unstamped"
HARD_UNLOGGED = "hard_deletes_unlogged"
FIRST_OF_TWICE = "first_of_rows_named_twice_is_saved"
EMPTY_WITHOUT_HEADER = "empty_results_without_header"

VARIANTS: Mapping[str, str] = {  # what each does when it is on
    CSV_CHARSET: "CSV of Bulk jobs says `text/csv; charset=UTF-8`; off: `text/csv`",
    RETRY_AFTER: "503, and 403 for too many calls, carry `Retry-After`; off: there is none",
    SEVERAL_CONFLICT: "a key that several records have is answered with 409; off: with 300",
    NO_ACCESS_400: "a right that is missing is answered with 400; off: with 403",
    NEXT_RECORD_URL: "`resultPages` of a Bulk query names the next page `nextRecordUrl`; off: `nextRecordsUrl`",
    SPELT_RIGHT: "what a duplicate rule found stands under `duplicateResult`; off: under `duplicateResut`",
    NULLS_LEFT_OUT: "`!=` and `NOT IN` in SOQL leave out records without a value; off: they match",
    BULK_KEEPS_BLANKS: "blanks around a text stay in a Bulk load; off: they are cut off, as by REST",
    STATUS_BY_CONVERSION: "only a conversion gives a lead a converted status, an update is refused; off: it is taken",
    CONVERTED_EDITABLE: "converted leads can be changed, as with the right to edit them; off: nobody can",
    NO_PRIMARY_ROLE: "a conversion gives the contact a role that is not the primary one; off: it is",
    WEB_UNVALIDATED: "validation rules do not run for web-to-lead; off: a lead that breaks one is not made",
    WEB_WITHOUT_REQUIRED: "web-to-lead makes leads without required custom fields; off: it makes none",
    PROBABILITY_FREE: "an opportunity's probability may be below 0 or above 100; off: it is refused",
    ROLLUPS_MODIFY: "a roll-up that changes moves LastModifiedDate of its record; off: SystemModstamp alone",
    DELETES_UNJUDGED: "a record goes or comes back whatever its parents' rules say of their roll-ups; off: they refuse",
    LOCKS_WAIT: "a write waits 10 seconds for a record or parent that another one locks; off: it is refused at once",
    SIDE_BY_SIDE: "of two batches of a Bulk load the second cannot lock parents of the first; off: they take turns",
    ETAGS_ALL: "every record has an ETag, and If-Match and If-None-Match are heeded for it; off: accounts alone",
    WRITES_UNCONDITIONAL: "If-Modified-Since and its like are heeded by writes of accounts alone; off: by all writes",
    DELETES_CONDITIONAL: "DELETE heeds If-Match, If-Unmodified-Since and their like; off: it passes them over",
    PICKLIST_CASE: "a picklist keeps a value in the case it is written in; off: it is spelt as it first was",
    REFERENCES_UNSTAMPED: "references that a delete, undelete or merge changes leave SystemModstamp; off: they move it",
    HARD_UNLOGGED: "getDeleted does not tell of what was deleted for good; off: it does",
    FIRST_OF_TWICE: "of rows of a call that name one record the first is saved; off: none is",
    EMPTY_WITHOUT_HEADER: "a Bulk query that finds nothing gives an empty body; off: the header line alone",
}
_SECONDS = "5"
_Change = Callable[[Answer], Answer]


def is_on(state: State, name: str) -> bool:
    """Tell whether the org does the other thing."""
    return state.setting(name) is True


def at_the_edge(state: State, answer: Answer) -> Answer:
    """Change an answer that is ready as the variants of the wire say."""
    for row in state.rows(_ON, tuple(AT_THE_EDGE)):
        answer = AT_THE_EDGE[row["key"]](answer)
    return answer


def _csv_charset(answer: Answer) -> Answer:
    return _with(answer, "Content-Type", "text/csv; charset=UTF-8") if _kind(answer) == "text/csv" else answer


def _retry_after(answer: Answer) -> Answer:
    busy = (answer.status == 503 or _spent(answer)) and "Retry-After" not in answer.headers
    return _with(answer, "Retry-After", _SECONDS) if busy else answer


def _several(answer: Answer) -> Answer:
    return replace(answer, status=409) if answer.status == 300 else answer


def _no_access(answer: Answer) -> Answer:
    refused = answer.status == 403 and any(code.startswith("INSUFFICIENT_ACCESS") for code in _codes(answer))
    return replace(answer, status=400) if refused else answer


def _next_record_url(answer: Answer) -> Answer:
    told = _json(answer)
    if not isinstance(told, dict) or "resultPages" not in told:
        return answer
    named = {"nextRecordUrl" if key == "nextRecordsUrl" else key: value for key, value in told.items()}
    return replace(answer, body=json.dumps(named).encode())


def _spelt_right(answer: Answer) -> Answer:
    told = _json(answer) if answer.status == 400 else None
    if not isinstance(told, list) or not all(isinstance(one, dict) for one in told):
        return answer
    spelt = [{"duplicateResult" if key == "duplicateResut" else key: one[key] for key in one} for one in told]
    return replace(answer, body=json.dumps(spelt).encode())


AT_THE_EDGE: Mapping[str, _Change] = {
    CSV_CHARSET: _csv_charset,
    RETRY_AFTER: _retry_after,
    SEVERAL_CONFLICT: _several,
    NO_ACCESS_400: _no_access,
    NEXT_RECORD_URL: _next_record_url,
    SPELT_RIGHT: _spelt_right,
}
_ON = f"SELECT key FROM _setting WHERE value = 'true' AND key IN ({', '.join('?' * len(AT_THE_EDGE))})"  # noqa: S608


def _with(answer: Answer, name: str, value: str) -> Answer:
    return replace(answer, headers={**answer.headers, name: value})


def _kind(answer: Answer) -> str:
    return answer.headers.get("Content-Type", "")


def _json(answer: Answer) -> object:
    return json.loads(answer.body) if isinstance(answer.body, bytes) and _kind(answer) == JSON and answer.body else None


def _spent(answer: Answer) -> bool:
    return answer.status == 403 and "REQUEST_LIMIT_EXCEEDED" in _codes(answer)


def _codes(answer: Answer) -> list[str]:
    told = _json(answer)
    return [str(one.get("errorCode")) for one in told if isinstance(one, dict)] if isinstance(told, list) else []
