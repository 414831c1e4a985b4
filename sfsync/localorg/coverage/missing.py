"""What a real org has and the local org has not: it answers as Salesforce answers the unknown, and logs it."""

from dataclasses import dataclass

RESOURCE = "404 NOT_FOUND, The requested resource does not exist"
OPERATION = "a fault: No operation available for request"


@dataclass(frozen=True, slots=True)
class Missing:
    """Something missing: what it is, what the answer is, and requests that show it."""

    says: str
    answer: str
    requests: tuple[str, ...] = ()  # "GET ~/tabs", as sent


MISSING = (
    Missing(
        "sObjects beyond those of lead work: EmailMessage, Case, Topic,"
        " Product2, Pricebook2, ContentVersion, Attachment, custom objects",
        f"{RESOURCE}; in queries 400 INVALID_TYPE",
        ("GET ~/sobjects/Case", "GET ~/sobjects/Topic/describe"),
    ),
    Missing(
        "Page layouts, list views, quick actions, tabs, themes, the sObject RecentlyViewed, the UI API",
        "404 NOT_FOUND",
        ("GET ~/tabs", "GET ~/theme", "GET ~/quickActions", "GET ~/ui-api/object-info/Lead")
        + (
            "GET ~/sobjects/Lead/describe/layouts/012000000000000AAA",
            "GET ~/sobjects/Lead/listviews",
            "GET ~/sobjects/Lead/quickActions",
        ),
    ),
    Missing(
        "Friendly URLs over more than one relationship",
        RESOURCE,
        ("GET ~/sobjects/Contact/003000000000001AAA/Account/Owner",),
    ),
    Missing(
        "Apex: classes, tests, anonymous code, REST and SOAP services of an org's own",
        RESOURCE,
        ("GET ~/tooling/executeAnonymous", "POST ~/tooling/runTestsAsynchronous", "GET /services/apexrest/Mine"),
    ),
    Missing(
        "Change Data Capture, platform events, Pub/Sub API, streaming (CometD)",
        RESOURCE,
        ("GET /cometd/59.0", "GET ~/event/eventSchema/x"),
    ),
    Missing("Approvals and the list of workflow rules", RESOURCE, ("GET ~/process/approvals", "GET ~/process/rules")),
    Missing("Reports, dashboards, Chatter, Connect", RESOURCE, ("GET ~/analytics/reports", "GET ~/chatter/users/me")),
    Missing(
        "Signing in by device, SAML, token exchange; introspection; opening the user interface",
        RESOURCE,
        ("POST /services/oauth2/introspect", "GET /services/oauth2/singleaccess", "GET /secur/frontdoor.jsp"),
    ),
    Missing("Plans of reports and list views (`/query?explain=` with an id)", "400 MALFORMED_QUERY"),
    Missing("XML in REST: `Accept: application/xml`, bodies in XML", "JSON; 415 for bodies"),
    Missing(
        "Snippets, highlighting, spelling, divisions, data categories and networks in SOSL (WITH, UPDATE)",
        "the search as it is without them",
    ),
    Missing("Translations, territories, sharing rules by criteria", "as in an org where they are off"),
    Missing("Bulk API 1.0 with zipped batches (ZIP_CSV and the like)", "400 InvalidJob"),
    Missing(
        "Components other than custom fields, validation, assignment, auto-response, duplicate and matching rules,"
        " record types, value sets, queues, permission sets and profiles in a deployment",
        "an error of the component",
    ),
)
