"""Trials of sessions, limits, lost answers, spoilt bodies, pages and time."""

from sfsync.localorg.faults.trial import Trial

_HOT = {"object": "Lead", "record": {"Id": "<lead>", "Rating": "Hot"}}
_BUSY = {"status": 503, "body": "<html>busy</html>", "headers": {"Content-Type": "text/html"}}
_LATER_PAGE = {"op": "query_more"}
_WRITE = {"op": "write"}

WIRE: tuple[Trial, ...] = (
    Trial(
        "F01",
        "the session expires between pages",
        [{"do": "expire_session", "when": {"op": "query_more", "nth": 1}}],
    ),
    Trial(
        "F02",
        "the session expires on a write that carries headers",
        [{"do": "expire_session", "when": {"op": "create", "nth": 1}}],
        "`/_org/calls` shows the headers of both requests",
    ),
    Trial(
        "F03",
        "login and permission are dead for good",
        [{"do": {"expire_session": "all"}, "times": 1}, {"do": {"login_fail": "frozen"}}],
        "or `POST /_org/users` with `frozen`",
    ),
    Trial("F04", "several workers see 401 at once", [{"do": "expire_session", "when": {"op": "query", "nth": 1}}]),
    Trial(
        "F05",
        "the session expires while a Bulk job runs",
        [{"do": "expire_session", "when": {"op": "bulk_look", "job_state": "InProgress", "nth": 1}}],
        "with the setting `bulk_jobs` at `polls:3`",
    ),
    Trial(
        "F06",
        "the daily limit is reached in the middle of a run",
        [{"do": {"limit": "daily"}, "when": {"between": ["<from>", "<until>"]}}],
        "or the setting `daily_api_requests`",
    ),
    Trial(
        "F07",
        "too many calls at the same time, for 40 seconds",
        [{"do": {"limit": "concurrent"}, "when": {"between": ["<from>", "<until>"]}}],
        "or long calls (`delay_ms`) and the setting `concurrent_requests`",
    ),
    Trial(
        "F08",
        "a storm of 503 with HTML, first all, then three in ten",
        [
            {"do": _BUSY, "when": {"between": ["<from>", "<middle>"]}},
            {"do": _BUSY, "when": {"between": ["<middle>", "<until>"], "prob": 0.3}},
        ],
    ),
    Trial("F09", "another integration eats the allowance", [{"do": {"limit": {"spend": 500_000}}}]),
    Trial(
        "F10",
        "a request is lost before it is done",
        [{"do": "drop_before_commit", "when": {**_WRITE, "nth": 1}}],
    ),
    Trial(
        "F11",
        "an answer is lost after all is done",
        [
            {"do": "drop_after_commit", "when": {**_WRITE, "nth": 1}},
            {"do": {"delay_ms": 120_000}, "when": {**_WRITE, "nth": 2}},
            {"do": {"status": 502, "done": True, "body": "<html>Bad Gateway</html>"}, "when": {**_WRITE, "nth": 3}},
        ],
    ),
    Trial(
        "F12",
        "an answer is lost after a set of records with mixed results",
        [{"do": [{"partial": {"prob": 0.3}}, "drop_after_commit"], "when": {**_WRITE, "nth": 1}}],
    ),
    Trial(
        "F13",
        "a ghost write: done long after the client gave up",
        [{"do": {"ghost": {"delay": 300}}, "when": {**_WRITE, "nth": 1}}],
    ),
    Trial(
        "F14",
        "trickle and silence",
        [
            {"do": {"slow": 1}, "when": {"op": "query", "nth": 1}},
            {"do": "hang", "when": {"op": "query", "nth": 2}},
            {"do": {"hang": "headers"}, "when": {"op": "query", "nth": 3}},
            {"do": {"hang": "body"}, "when": {"op": "query", "nth": 4}},
        ],
        "silence in connecting or in TLS comes before there is a request, and is out of reach",
    ),
    Trial(
        "F15",
        "a body without a length ends early",
        [
            {"do": {"truncate": {"at": 150, "framing": "none"}}, "when": {"nth": 1}},
            {"do": {"truncate": {"at_row": 2, "framing": "none"}}, "when": {"nth": 2}},
        ],
    ),
    Trial(
        "F16",
        "gzip that is cut, has a wrong checksum, or lacks its end",
        [{"do": {"gzip": kind}, "when": {"nth": place}} for place, kind in enumerate(("cut", "crc", "trailer"), 1)],
    ),
    Trial(
        "F17",
        "a well-formed page that is short, or counts wrongly",
        [
            {"do": {"truncate": {"at_row": 2}}, "when": {"nth": 1}},
            {"do": {"wrong_count": 7}, "when": {"nth": 2}},
        ],
    ),
    Trial(
        "F18",
        "status 200 with something else",
        [
            {"do": {"wrong_body": kind}, "when": {"nth": place}}
            for place, kind in enumerate(("html", "maintenance", "empty", "bom", "shape"), 1)
        ],
    ),
    Trial("F19", "the answer of another request", [{"do": {"wrong_body": "earlier"}, "when": {"op": "query"}}]),
    Trial(
        "F20",
        "the org moves to another host",
        [
            {"do": {"move": "https://<new host>"}, "when": {"op": "login"}},
            {"do": {"status": 410, "body": "gone"}, "when": {"host": "<old host>", "path": "/services/data"}},
        ],
        "names that do not resolve, and certificates changed in the middle of a run, are out of reach",
    ),
    Trial("F21", "a page comes twice", [{"do": "dup_page", "when": {**_LATER_PAGE, "nth": 1}}]),
    Trial("F22", "a page is skipped", [{"do": "skip_page", "when": {"op": "query", "nth": 1}}]),
    Trial("F23", "the address of the next page never ends", [{"do": "loop_page", "when": _LATER_PAGE}]),
    Trial(
        "F24",
        "a query locator, or a Bulk result, is no longer there",
        [
            {"do": "expire_locators", "when": {**_LATER_PAGE, "nth": 1}},
            {"do": {"job": "expire_results"}, "when": {"op": "bulk_results", "nth": 1}},
        ],
        "or two days pass: `POST /_org/clock`",
    ),
    Trial(
        "F25",
        "thousands of records with one SystemModstamp",
        [{"do": {"same_stamp": {"n": 25_000, "object": "Lead"}}, "times": 1}],
    ),
    Trial(
        "F26",
        "a late commit: a record with an older stamp is seen after the pull",
        [{"do": {"late_commit": {"delay": 3600}}, "when": {**_WRITE, "nth": 1}}],
        "`latestDateCovered` of getUpdated and getDeleted waits for it",
    ),
    Trial(
        "F27",
        "clocks that are off, or jump",
        [
            {"do": {"clock": {"skew": -3600}}, "when": {"op": "create", "nth": 1}},
            {"do": {"clock": {"step": -600}}, "when": {"op": "create", "nth": 2}},
        ],
        "the client's own clock is out of reach",
    ),
    Trial(
        "F28",
        "records change, come and go while they are paged",
        [
            {
                "do": [
                    {"save_in_org": {"object": "Lead", "record": {"Id": "<changed>", "Rating": "Hot"}}},
                    {"save_in_org": {"object": "Lead", "record": {"LastName": "New", "Company": "New"}}},
                    {"delete": ["<deleted>"]},
                ],
                "when": {**_LATER_PAGE, "nth": 1},
            }
        ],
    ),
    Trial(
        "F29",
        "a value changes and the stamp does not",
        [
            {
                "do": {
                    "save_in_org": {"object": "Lead", "record": {"Id": "<lead>", "Rating": "Hot"}, "keep_stamp": True}
                },
                "times": 1,
            }
        ],
        "formula fields and owners' names do so by themselves",
    ),
    Trial(
        "F30",
        "deleted; deleted and brought back; brought back and changed between two pulls",
        [
            {"do": {"delete": ["<lead>"]}, "when": {"nth": 1}},
            {"do": {"undelete": ["<lead>"]}, "when": {"nth": 2}},
            {
                "do": {"save_in_org": {"object": "Lead", "record": {"Id": "<lead>", "Rating": "Hot"}}},
                "when": {"nth": 2},
            },
        ],
    ),
)
