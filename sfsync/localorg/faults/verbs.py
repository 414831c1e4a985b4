"""All that can be ordered: the one table of verbs, from which orders are checked and the reference is written."""

from collections.abc import Mapping
from dataclasses import dataclass

from sfsync.localorg.faults.forms import (
    Check,
    anything,
    either,
    list_of,
    nothing,
    number,
    object_of,
    text,
    truth,
    whole,
    words,
)
from sfsync.localorg.rights.grants import PERMISSIONS

_DAY = 86_400
_IDS = either(text, list_of(text))
_CODES = list_of(either(text, object_of({"code": text}, {"message": text, "fields": list_of(text)})), 50)
_WRITING = {"read": truth, "edit": truth, "create": truth, "delete": truth, "view_all": truth}


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing that can go wrong."""

    form: str  # how it is written in `do`
    says: str  # what happens
    check: Check
    bare: object = None  # the value that the bare word stands for; None: it needs one


def _bare(form: str, says: str) -> Verb:
    return Verb(form, says, nothing, True)


WIRE: Mapping[str, Verb] = {
    "delay_ms": Verb(
        '{"delay_ms": 200}', "the answer comes late; the records it wrote stay locked so long", whole(0, 600_000)
    ),
    "hang": Verb(
        '"hang", {"hang": "headers"}',
        "it is done, and no answer comes: not a byte, no end of the headers, or no `body`",
        words("answer", "headers", "body"),
        "answer",
    ),
    "status": Verb(
        '{"status": 503, "body": "...", "headers": {}}',
        "this is the answer, and nothing is done, unless `done` is true; a body that is no text is sent as JSON",
        object_of({"status": whole(200, 599)}, {"body": anything, "headers": anything, "done": truth}),
    ),
    "drop_before_commit": _bare('"drop_before_commit"', "nothing is done, and the line is cut"),
    "drop_after_commit": _bare('"drop_after_commit"', "it is done, and the line is cut before the answer"),
    "ghost": Verb(
        '{"ghost": {"delay": 60}}',
        "the line is cut; it is done that many seconds later, stamped with that time",
        object_of({"delay": number(0, _DAY)}),
    ),
    "reset_at": Verb('{"reset_at": 512}', "the line is cut after so many bytes of the body", whole(0, 10**9)),
    "truncate": Verb(
        '{"truncate": {"at": 512, "framing": "none"}}, {"truncate": {"at_row": 3}}',
        "the body ends early, at a byte or behind a row; framing `none`: no length is told, `length`: the whole length "
        "is told, `chunked_ok`: what comes is well framed (rows of JSON are then left out of a valid document)",
        either(
            object_of({"at": whole(0, 10**9)}, {"framing": words("none", "length", "chunked_ok")}),
            object_of({"at_row": whole(0, 10**9)}, {"framing": words("none", "length", "chunked_ok")}),
        ),
    ),
    "gzip": Verb(
        '{"gzip": "cut"} ("crc", "trailer"), {"gzip": {"bomb": 50000000}}',
        "the body is packed, and the packing is cut short, has a wrong checksum, lacks its end, or unpacks to so many "
        "bytes",
        either(words("cut", "crc", "trailer"), object_of({"bomb": whole(1, 2_000_000_000)})),
    ),
    "slow": Verb('{"slow": 100}', "the body trickles in at so many bytes a second", number(0.01, 10**9)),
    "wrong_body": Verb(
        '{"wrong_body": "html"} ("maintenance", "empty", "bom", "shape", "earlier")',
        "status 200 with a login page, a maintenance page, nothing, a byte order mark in front, JSON of another shape, "
        "or the answer to the fitting request before",
        words("html", "maintenance", "empty", "bom", "shape", "earlier"),
    ),
    "move": Verb('{"move": "https://na2.my.salesforce.com"}', "answers to logins name this address as the org's", text),
}
PAGES: Mapping[str, Verb] = {
    "dup_page": _bare('"dup_page"', "the page comes again under the next address, then all goes on"),
    "skip_page": _bare('"skip_page"', "the next address leads past a page"),
    "loop_page": _bare('"loop_page"', "the next address leads to the page itself"),
    "reorder": _bare('"reorder"', "the records of the page come in another order"),
    "wrong_count": Verb(
        '{"wrong_count": 5}',
        "totalSize, or Sforce-NumberOfRecords, is wrong by so many",
        whole(-1_000_000, 1_000_000),
    ),
    "expire_locators": _bare('"expire_locators"', "all query locators end"),
}
ACCESS: Mapping[str, Verb] = {
    "expire_session": Verb(
        '"expire_session", {"expire_session": "all"}',
        "the request's session, or every session, ends before it is looked at",
        words("own", "all"),
        "own",
    ),
    "login_fail": Verb(
        '"login_fail", {"login_fail": "frozen"}',
        "logins are refused: a wrong password, a user who is inactive or frozen",
        words("password", "frozen"),
        "password",
    ),
    "limit": Verb(
        '{"limit": "daily"}, {"limit": "concurrent"}, {"limit": {"spend": 1000}}',
        "REQUEST_LIMIT_EXCEEDED for the day's calls or for calls at one time; `spend`: somebody else uses up calls",
        either(words("daily", "concurrent"), object_of({"spend": whole(1, 10**9)})),
    ),
    "clock": Verb(
        '{"clock": {"skew": -600}}, {"clock": {"step": 3600}}',
        "the request is answered by a server whose clock is off, or the org's clock jumps",
        either(object_of({"skew": number(-(10**8), 10**8)}), object_of({"step": number(-(10**8), 10**8)})),
    ),
    "schema": Verb(
        '{"schema": {"do": "drop", "sobject": "Lead", "field": "Score__c"}}',
        "a field is added, hidden, shown, dropped or retyped, as by POST /_org/fields",
        object_of(
            {"do": words("add", "hide", "show", "drop", "retype"), "sobject": text, "field": anything},
            {"force": truth},
        ),
    ),
    "perm": Verb(
        '{"perm": {"fls": {"field": "Lead.Email", "read": false}}}, '
        '{"perm": {"object": {"sobject": "Lead", "delete": false}}}, '
        '{"perm": {"permission": "ConvertLeads"}}, '
        '{"perm": {"sharing": {"sobject": "Lead", "default": "private"}}}',
        "the user who asks loses a right to a field or an sObject, or a permission, or records are shared less",
        either(
            object_of({"fls": object_of({"field": text}, {"read": truth, "edit": truth})}),
            object_of({"object": object_of({"sobject": text}, _WRITING)}),
            object_of({"permission": words(*PERMISSIONS)}),
            object_of(
                {"sharing": object_of({"sobject": text, "default": words("public", "read", "private", "by_parent")})}
            ),
        ),
    ),
}
RECORDS: Mapping[str, Verb] = {
    "partial": Verb(
        '{"partial": {"prob": 0.3, "codes": ["UNABLE_TO_LOCK_ROW"]}}',
        "rows of a write are refused, each with that probability and one of the codes; a code may be "
        '{"code", "message", "fields"}',
        object_of({"prob": number(0, 1)}, {"codes": _CODES}),
    ),
    "lock_rows": Verb(
        '{"lock_rows": {"parent": "001...", "prob": 0.3, "for": 30}}',
        "somebody else holds a lock on the parent, or any record, for so many seconds: UNABLE_TO_LOCK_ROW",
        object_of({}, {"parent": text, "prob": number(0, 1), "for": number(0, _DAY)}),
    ),
    "dup_rule": Verb(
        '{"dup_rule": "alert"} ("block")',
        "a duplicate rule finds every new record to be a duplicate; `alert` lets allowSave pass",
        words("alert", "block"),
    ),
    "dup_key": Verb(
        '{"dup_key": "two"} ("race")',
        "the key of an upsert is found on two records, or is taken by somebody else just after it was looked for",
        words("two", "race"),
    ),
    "late_commit": Verb(
        '{"late_commit": {"delay": 60}}',
        "what is written is seen that many seconds later, stamped with now; the answer does not wait (delay_ms does)",
        object_of({"delay": number(0, _DAY)}),
    ),
    "same_stamp": Verb(
        '{"same_stamp": {"n": 2500, "object": "Lead"}}',
        "so many living records get this moment as SystemModstamp",
        object_of({"n": whole(1, 10**7), "object": text}),
    ),
    "merge": Verb(
        '{"merge": {"master": "00Q...", "losers": ["00Q..."]}}',
        "somebody merges records",
        object_of({"master": text, "losers": list_of(text, 2)}),
    ),
    "delete": Verb('{"delete": ["00Q..."]}', "somebody deletes records", _IDS),
    "undelete": Verb('{"undelete": ["00Q..."]}', "somebody takes records out of the recycle bin", _IDS),
    "purge_bin": Verb(
        '"purge_bin", {"purge_bin": ["00Q..."]}',
        "bin and log of deletes lose all or these",
        either(nothing, _IDS),
        True,
    ),
    "convert_in_org": Verb('{"convert_in_org": "00Q..."}', "somebody converts leads", _IDS),
    "save_in_org": Verb(
        '{"save_in_org": {"object": "Lead", "record": {"Id": "00Q...", "Rating": "Hot"}}}',
        "somebody creates a record, or changes the one with that Id; `keep_stamp`: its stamps stay as they were",
        object_of({"object": text, "record": anything}, {"keep_stamp": truth}),
    ),
}
JOBS: Mapping[str, Verb] = {
    "job": Verb(
        '{"job": "stick"} ("expire_results"), {"job": {"fail_after_rows": 9999}}, {"job": {"abort_after_rows": 400}}',
        "a Bulk job makes no progress, its results are gone, it fails or is aborted by somebody after so many rows",
        either(
            words("stick", "expire_results"),
            object_of({"fail_after_rows": whole(0, 10**9)}),
            object_of({"abort_after_rows": whole(0, 10**9)}),
        ),
    ),
    "shuffle_results": _bare(
        '"shuffle_results"', "the rows of a Bulk job's results come in any order, under a header in lower case"
    ),
}
GROUPS: tuple[tuple[str, Mapping[str, Verb]], ...] = (
    ("The wire", WIRE),
    ("Pages", PAGES),
    ("Sessions, limits, time, rights", ACCESS),
    ("Records", RECORDS),
    ("Bulk jobs", JOBS),
)
VERBS: Mapping[str, Verb] = {name: verb for _, group in GROUPS for name, verb in group.items()}
Ordered = tuple[str, object]  # a verb's name and its value


def read(do: object) -> tuple[Ordered, ...]:
    """Read `do`: a verb, or a list of verbs. Raises ValueError with the words for what is wrong."""
    if isinstance(do, list):
        if not do:
            raise ValueError("`do` must hold a verb")
        return tuple(one for verb in do for one in read(verb))
    if isinstance(do, str):
        verb = VERBS.get(do)
        if verb is None or verb.bare is None:
            raise ValueError(f"`do` must be one of {', '.join(_alone())}, or hold one of {', '.join(VERBS)}")
        return ((do, verb.bare),)
    if isinstance(do, dict) and "status" in do:
        do = {"status": do}
    if not isinstance(do, dict) or len(do) != 1:
        raise ValueError(f"`do` must be one of {', '.join(_alone())}, or an object of one of {', '.join(VERBS)}")
    name, value = next(iter(do.items()))
    if name not in VERBS:
        raise ValueError(f"`do` must hold one of {', '.join(VERBS)}, not {name!r}")
    wanted = VERBS[name].check(value)
    if wanted:
        raise ValueError(f"`do`: `{name}` must be {wanted}")
    return ((name, value),)


def _alone() -> list[str]:
    return [name for name, verb in VERBS.items() if verb.bare is not None]
