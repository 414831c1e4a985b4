"""How behaviours that several endpoints share, or that are no endpoint's alone, are known."""

from sfsync.localorg.coverage.endpoints import BULK, CUMULUSCI, GROUPAROO, REST, SOAP
from sfsync.localorg.coverage.known import Known, assumed, documented, recorded

SOQL, LIMITS, HELP = "SOQL and SOSL reference", "Developer limits", "help"

BEHAVIOURS: dict[str, tuple[Known, ...]] = {
    "On the wire": (
        *recorded(
            GROUPAROO, "`Sforce-Limit-Info` on every answer of REST; `Last-Modified` on records, `ETag` on accounts"
        ),
        *recorded(CUMULUSCI, "Conditional descriptions, also within composites: 304, with both headers"),
        *recorded(
            f"{CUMULUSCI}; {GROUPAROO}",
            "Errors of REST as arrays of message and errorCode, with `fields` where a record is refused",
        ),
        *recorded("django-salesforce's tests", "An expired session is 401 INVALID_SESSION_ID"),
        *documented("restforce's issues", "An Authorization header without a token is 401 INVALID_AUTH_HEADER"),
        *documented(
            REST,
            "`If-Modified-Since` and `If-Unmodified-Since` for all records, `If-Match` and `If-None-Match` for "
            "accounts",
        ),
        *documented(
            "simple-salesforce, django-salesforce",
            "`Bearer` and `OAuth` tokens, `X-SFDC-Session`, repeated and trailing slashes, `X-PrettyPrint`",
        ),
        *documented(
            LIMITS,
            "Address and headers of at most 16,384 bytes: 414 and 431; a day's API calls: 403 REQUEST_LIMIT_EXCEEDED",
        ),
        *documented(REST, "Versions 31.0 to 68.0; older ones are 410; what came later is not there in earlier ones"),
        *assumed(
            "Bodies of at most 50 MB, uploads of at most 150 MB: 413",
            "XML in UTF-8, UTF-16, ISO-8859-1 or windows-1252, with no DOCTYPE, at most 256 levels, 1,000 attributes"
            " of an element and 500,000 elements",
            "HEAD is GET without the body",
            "A request that stops half way is given up after a minute: 408",
        ),
    ),
    "Describing": (
        *recorded(f"{CUMULUSCI}; {GROUPAROO}", "28 keys of an sObject, 57 of a field, fewer in versions 42 and 48"),
        *documented(REST, "`developerName` of record types since version 43"),
        *assumed("Between versions 42 and 50, which version brought which key"),
    ),
    "Saving records": (
        *recorded(CUMULUSCI, "E-mail addresses become lower case; unrestricted picklists take any text"),
        *recorded(
            f"{CUMULUSCI}; {GROUPAROO}",
            "Results of collections, their refusals and words: required fields, bad addresses, converted leads",
        ),
        *recorded(GROUPAROO, "GET of a deleted record is NOT_FOUND at version 42"),
        *documented(
            "answers in public code",
            "GET of a deleted record is ENTITY_IS_DELETED; STRING_TOO_LONG, restricted picklists, "
            "DUPLICATES_DETECTED with the key `duplicateResut`",
        ),
        *documented(
            "Apex guide", "The order of saving: validation rules, duplicate rules, assignment, auto-response, roll-ups"
        ),
        *documented(
            REST, "Assignment rules run for REST unless `Sforce-Auto-Assign` says no, for SOAP and Bulk only when asked"
        ),
        *documented(
            REST, "Upsert by a key: 201, 200 since version 46 and 204 before, 300 where several fit; `updateOnly`"
        ),
        *documented(
            HELP, "A record named twice in one call, or in 200 rows of a bulk job, fails: Duplicate id specified"
        ),
        *documented("errors quoted in public", "A parent named by its Id and its key at once; events without a time"),
        *documented(
            SOAP,
            "Merging keeps `MasterRecordId` on the losers and moves their children; conversion fills only empty fields",
        ),
        *documented(
            "Apex guide",
            "15 days in the recycle bin; an account takes contacts and opportunities along and brings them back",
        ),
        *documented(
            HELP,
            "What went with its parent comes back with it alone; a detail deleted before its master is lost with it",
            "A field that something uses is neither dropped nor retyped",
        ),
        *assumed(
            "Texts are trimmed and empty ones become null",
            "The words for locked rows and wrong references",
            "Rules of parents are asked when children are deleted or brought back, and not for what a merge moves",
            "That each row fails which names a record that another row of the call names",
            '`allOrNone` and `haltOnError` may be the text "true"; what is neither true nor false is JSON_PARSER_ERROR',
            "Version 43 as the first that tells ENTITY_IS_DELETED for GET",
        ),
    ),
    "SOQL and SOSL": (
        *recorded(
            f"{CUMULUSCI}; {GROUPAROO}",
            "`totalSize`, `done`, `records`; count() with none; aggregates as expr0; parents and TYPEOF nested; an "
            "unknown sObject with the caret line",
        ),
        *documented(
            SOQL,
            "Operators, escapes, date literals and functions, semi- and anti-joins, aggregates with HAVING, ROLLUP "
            "and CUBE, FIELDS(), TYPEOF, DISTANCE, USING SCOPE, OFFSET to 2,000",
        ),
        *documented(
            SOQL,
            "AND and OR mixed without brackets are refused; nulls first; picklists in their own order; texts compare"
            " without case",
        ),
        *documented(
            f"{SOQL}; {LIMITS}", "Pages of 200 to 2,000 records, locators that live two days; `Sforce-Query-Options`"
        ),
        *documented("answers in public code", "No such column, and what else stands in the words of refusals"),
        *assumed(
            "Where nobody wrote them down: words of refusals, and the column their caret points at",
            "A page holds ids fixed at the first one, and values as they are now",
        ),
    ),
    "Bulk": (
        *recorded(
            CUMULUSCI,
            "Bulk API 1.0: infos in XML and JSON, CSV results in the order sent, times in JSON as milliseconds",
        ),
        *documented(
            f"{BULK}; simple-salesforce",
            "`Sforce-Locator` (`null` on the last page), `Sforce-NumberOfRecords`, 201 for an upload, `sf__Id`, "
            "`sf__Created`, `sf__Error`",
        ),
        *documented(
            BULK,
            "All delimiters and both line endings, `#N/A`, relationship columns, multipart jobs, results in another "
            "order than sent, 409 for another version",
        ),
        *documented(BULK, "Refused in queries: GROUP BY, OFFSET, TYPEOF, aggregates, compound fields"),
        *documented(
            "errors quoted in public",
            "Batches of Bulk API 1.0 that query children or compound fields fail in words of their own",
        ),
        *documented(BULK, "Lists hold jobs of both APIs, filtered; a query job is deleted only once it has ended"),
        *documented("jsforce", "An expired session of Bulk API 1.0 is 400 InvalidSessionId"),
        *assumed("The words of jobs that fail", "A header line alone where a query finds nothing"),
    ),
    "Signing in": (
        *recorded(GROUPAROO, "The result of login, element by element"),
        *documented(
            "simple-salesforce's tests",
            "INVALID_LOGIN with the prefix `sf:`, no `expires_in`, errors of OAuth as objects with 400",
        ),
        *documented(SOAP, "No login() from version 65 on, unless the setting `soap_login_in_every_version` says so"),
        *documented(
            HELP,
            "Client credentials, JWT bearer (seconds or milliseconds), refresh, password, authorization code with PKCE",
        ),
        *assumed("The page on which a browser signs in", "The words of some refusals"),
    ),
    "Leads": (
        *recorded(GROUPAROO, "CANNOT_UPDATE_CONVERTED_LEAD, and the result of convertLead"),
        *documented(
            "Actions guide",
            "invocableApplyLeadAssignmentRules and emailSimple; convertLead is no action: 404 Invalid Action Type",
        ),
        *documented(
            HELP, "Web-to-lead: 200 whatever becomes of it, 500 a day, then a queue of 50,000; `[not provided]`"
        ),
        *documented(
            f"{SOAP}; Apex guide",
            "At most 100 conversions a call, the end of the quarter as close date, owners that are queues refused",
        ),
        *assumed("The codes of refused conversions", "Dates in web forms as month/day/year"),
    ),
}
