"""Trials of values, and those that strike the client itself: what the org does so that it is struck, or seen to be."""

from sfsync.localorg.faults.trial import Order, Trial

_HOSTILE = '=1+1\t"Nowak"\u202e, \u0160\U0001f600e\u0301'
_HOT = {"object": "Lead", "record": {"Id": "<lead>", "Rating": "Hot"}}
_OFF = {"do": "drop", "sobject": "Lead", "field": "Grade__c"}
_ELSEWHERE = "https://<other org>"


def _saved(sobject: str, **record: object) -> Order:
    """Order that somebody saves a record before the next request is looked at."""
    return {"do": {"save_in_org": {"object": sobject, "record": record}}, "times": 1}


def _added(name: str, scale: int) -> Order:
    """Order that a number of 18 digits is added to leads."""
    field = {"name": name, "type": "double", "precision": 18, "scale": scale}
    return {"do": {"schema": {"do": "add", "sobject": "Lead", "field": field}}, "times": 1}


def _deal(name: str, day: str) -> Order:
    return _saved("Opportunity", Name=name, StageName="Prospecting", CloseDate=day)


CLIENT: tuple[Trial, ...] = (
    Trial(
        "F51",
        "hostile values",
        [
            _saved("Lead", LastName=_HOSTILE, Company="#N/A", Title="null", Description='a\r\nb\rc\n"d"\\'),
            _saved("Lead", LastName="x" * 80, Company="00123", Title="NaN", Description="y" * 32_000),
        ],
        "text comes back byte for byte, save what Salesforce changes: it is trimmed, and empty text is null",
    ),
    Trial(
        "F52",
        "numbers of 18 digits, of any scale, rounded halves",
        [
            _added("Whole__c", 0),
            _added("Small__c", 17),
            _saved("Lead", LastName="Digits", Company="Acme", Whole__c="123456789012345678", Small__c="1E-17"),
        ],
        "numbers keep the digits of their field; JSON shows them as a double, CSV of Bulk jobs with all digits",
    ),
    Trial(
        "F53",
        "days and instants in every zone",
        [_deal("Old", "1700-01-01"), _deal("Leap", "2024-02-29"), _deal("Far", "4000-12-31")],
        "a day is no instant, and instants come back in UTC",
    ),
    Trial(
        "F54",
        "the client's process is killed at any point",
        [
            {"do": "hang", "when": {"op": "write", "nth": 1}},
            {"do": {"ghost": {"delay": 60}}, "when": {"op": "write", "nth": 2}},
            {"do": {"delay_ms": 600_000}, "when": {"op": "query", "nth": 1}},
        ],
        "kill the client while it waits: after the commit, before it, within a pull; `/_org/calls` tells what was done",
    ),
    Trial(
        "F55",
        "signals, a client that is frozen for hours, a child out of memory",
        [{"do": {"clock": {"step": 10_800}}, "when": {"nth": 2}}],
        "a frozen client is one that does not ask: the org goes on without it, and its session ends. Signals are sent "
        "while an answer is late (`delay_ms`)",
    ),
    Trial(
        "F56",
        "two daemons on one mirror",
        [{"do": {"save_in_org": _HOT}, "when": {"op": "update", "record": "<lead>", "nth": 1}}],
        "the other one writes in between; `/_org/calls` shows every write with its user and `User-Agent`",
    ),
    Trial(
        "F57",
        "a full, broken or read-only disk",
        [{"do": {"gzip": {"bomb": 50_000_000}}, "when": {"op": "query", "nth": 1}}],
        "a small answer fills what the client has",
    ),
    Trial(
        "F58",
        "a mirror that is locked, corrupt, or grows",
        [
            {"do": {"same_stamp": {"n": 25_000, "object": "Lead"}}, "when": {"op": "query"}},
            {"do": {"slow": 20}, "when": {"op": "query", "nth": 2}},
        ],
        "every pull finds every record changed, and one holds on for long; `/_org/contents` tells what a mirror must "
        "hold",
    ),
    Trial(
        "F59",
        "schedules over sleep, clock changes and restarts",
        [
            {"do": {"clock": {"step": 86_400}}, "when": {"nth": 2}},
            {"do": {"clock": {"step": -3_600}}, "when": {"nth": 3}},
        ],
        "the `Date` of answers jumps; or `POST /_org/clock`. The client's own clock is its own",
    ),
    Trial(
        "F60",
        "wrong settings and rules",
        [
            {"do": {"schema": _OFF}, "when": {"op": "describe", "nth": 1}},
            {"do": {"move": _ELSEWHERE}, "when": {"op": "login", "nth": 1}},
        ],
        "what settings name is gone, or the login leads to another org; with the setting `production` on, the org is "
        "no sandbox. What a wrong rule would have written stands in `/_org/calls`",
    ),
)
