"""Trials of records, jobs and setup."""

from sfsync.localorg.faults.trial import Trial, by_itself

_WRITE = {"op": "write"}
_FORMS = "/servlet/servlet.WebToLead"
_MAIL = r"^/services/data/v\d+\.0/actions/standard/emailSimple$"
_LONG_TEXT = "System.DmlException: " + "the trigger has much to say. " * 350

ORG: tuple[Trial, ...] = (
    Trial(
        "F31",
        "records are merged",
        [{"do": {"merge": {"master": "<winner>", "losers": ["<loser>"]}}, "times": 1}],
    ),
    Trial(
        "F32",
        "deleted for good, or longer ago than the recycle bin remembers",
        [{"do": [{"delete": ["<lead>"]}, "purge_bin"], "times": 1}],
        "or 16 days pass: `POST /_org/clock`",
    ),
    Trial("F33", "a lead is converted while an update of it waits", [{"do": {"convert_in_org": "<lead>"}, "times": 1}]),
    Trial(
        "F34",
        "the answer to a conversion is lost",
        [{"do": "drop_after_commit", "when": {"op": "convert", "nth": 1}}],
    ),
    by_itself(
        "F35",
        "ids of 15 characters, twins in case, ids in lower case",
        "ids of 15 characters name the same record, case counts in them, and an id that is none is MALFORMED_ID",
    ),
    Trial(
        "F36",
        "a Bulk job that never ends, or whose results are gone",
        [
            {"do": {"job": "stick"}, "when": {"op": "bulk_look"}, "times": 50},
            {"do": {"job": "expire_results"}, "when": {"op": "bulk_results", "nth": 1}},
        ],
    ),
    Trial(
        "F37",
        "a Bulk job fails after some rows",
        [{"do": {"job": {"fail_after_rows": 3}}, "when": {"op": "bulk_look"}}],
        "0, 9999, 10001 or the last row are worth trying",
    ),
    Trial(
        "F38",
        "an admin aborts a Bulk job",
        [{"do": {"job": {"abort_after_rows": 3}}, "when": {"op": "bulk_look"}}],
    ),
    Trial(
        "F39",
        "results of a Bulk job in another order, with errors of many lines",
        [
            {"do": "shuffle_results", "when": {"op": "bulk_results"}},
            {
                "do": {
                    "partial": {
                        "prob": 0.5,
                        "codes": [
                            {
                                "code": "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
                                "message": 'Scoring: "no"\nline 2, column 1',
                                "fields": ["Title"],
                            }
                        ],
                    }
                },
                "when": {"op": "bulk_look"},
            },
        ],
    ),
    Trial(
        "F40",
        "the line is cut at each step of a Bulk job",
        [
            {"do": "drop_after_commit", "when": {"op": "bulk_create", "nth": 1}},
            {"do": "drop_before_commit", "when": {"op": "bulk_upload", "nth": 1}},
            {"do": "drop_after_commit", "when": {"op": "bulk_close", "nth": 1}},
            {"do": {"reset_at": 60}, "when": {"op": "bulk_results", "nth": 1}},
        ],
        "killing the client is out of reach; the org keeps the jobs, and lists them",
    ),
    Trial(
        "F41",
        "a form is posted twice, as its answer is lost, or the org takes no forms for days",
        [
            {"do": "drop_after_commit", "when": {"path": _FORMS, "nth": 1}},
            {"do": {"status": 503, "body": "busy"}, "when": {"path": _FORMS, "between": ["<from>", "<until>"]}},
        ],
        "`/_org/web-leads` lists what the org took; whether a form server of the client's own keeps what it takes "
        "shows in the leads that come of it",
    ),
    Trial(
        "F42",
        "mail that is sent and not marked as sent, or the other way round",
        [
            {"do": "drop_after_commit", "when": {"path": _MAIL, "nth": 1}},
            {"do": "drop_before_commit", "when": {"path": _MAIL, "nth": 2}},
            {"do": {"status": 503, "body": "busy"}, "when": {"path": _MAIL, "between": ["<from>", "<until>"]}},
        ],
        "`/_org/mail` holds what was really sent; a mail server of the client's own is not the org's",
    ),
    Trial(
        "F43",
        "locked records",
        [
            {"do": {"lock_rows": {"prob": 0.3}}, "when": _WRITE},
            {"do": {"lock_rows": {"parent": "<account>", "for": 30}}, "when": {"op": "limits"}},
        ],
        "writes that are under way (`delay_ms`, `late_commit`) lock their records and parents by themselves;"
        " with the settings `locks_wait` and `bulk_batches_side_by_side` they wait, and batches lock parents",
    ),
    Trial(
        "F44",
        "a duplicate rule finds duplicates",
        [
            {"do": {"dup_rule": "alert"}, "when": {**_WRITE, "object": "Lead"}},
            {"do": {"dup_rule": "block"}, "when": {**_WRITE, "object": "Contact"}},
        ],
        "or real rules: `POST /_org/rules`; Bulk jobs are struck by `bulk_look`",
    ),
    Trial(
        "F45",
        "errors that stay: validation rules, missing fields, values too long, picklists, references, triggers",
        [
            {
                "do": {
                    "partial": {
                        "prob": 0.5,
                        "codes": [
                            "FIELD_CUSTOM_VALIDATION_EXCEPTION",
                            "REQUIRED_FIELD_MISSING",
                            "STRING_TOO_LONG",
                            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                            "INVALID_CROSS_REFERENCE_KEY",
                            {"code": "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "message": _LONG_TEXT},
                        ],
                    }
                },
                "when": _WRITE,
            }
        ],
        "or real rules: `POST /_org/rules`",
    ),
    Trial("F46", "a key is on two records", [{"do": {"dup_key": "two"}, "when": {"op": "upsert", "nth": 1}}]),
    Trial("F47", "two clients use one key at once", [{"do": {"dup_key": "race"}, "when": {"op": "upsert", "nth": 1}}]),
    Trial(
        "F48",
        "a field is gone between describe and query",
        [{"do": {"schema": {"do": "drop", "sobject": "Lead", "field": "Score__c"}}, "when": {"op": "query", "nth": 1}}],
        "or `POST /_org/fields`",
    ),
    Trial(
        "F49",
        "a right to a field is taken away, or records are shared less",
        [
            {"do": {"perm": {"fls": {"field": "Lead.Email", "read": False}}}, "when": {"op": "query", "nth": 1}},
            {
                "do": {"perm": {"sharing": {"sobject": "Lead", "default": "private"}}},
                "when": {"op": "query", "nth": 2},
            },
        ],
        "or `POST /_org/rights`",
    ),
    Trial(
        "F50",
        "a field gets another type, or a new one appears",
        [
            {
                "do": {
                    "schema": {
                        "do": "retype",
                        "sobject": "Lead",
                        "field": {"name": "Grade__c", "label": "Grade", "type": "double", "precision": 3},
                    }
                },
                "when": {"op": "describe", "nth": 1},
            },
            {
                "do": {
                    "schema": {
                        "do": "add",
                        "sobject": "Lead",
                        "field": {"name": "Plant__c", "label": "Plant", "type": "string", "length": 10},
                    }
                },
                "when": {"op": "describe", "nth": 1},
            },
        ],
        "or `POST /_org/fields`",
    ),
)
