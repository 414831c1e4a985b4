"""How each endpoint is known: `~` stands for /services/data/vNN.0. What it does, its handler says."""

from sfsync.localorg.coverage.known import Known, assumed, documented, recorded

CUMULUSCI = "traffic of CumulusCI's tests"
GROUPAROO = "traffic of Grouparoo's tests"
REST, BULK, SOAP = "REST API guide", "Bulk API guide", "SOAP API guide"
METADATA, TOOLING = "Metadata API guide", "Tooling API guide"
CLIENTS = "clients' source"

GROUPS: dict[str, tuple[Known, ...]] = {
    "Versions and signing in": (
        *recorded("a list of versions that was saved", "GET /services/data"),
        *documented(REST, "GET ~"),
        *documented("restforce's fixtures, simple-salesforce, help", "POST /services/oauth2/token"),
        *documented("help", "POST /services/oauth2/revoke", "GET /services/oauth2/revoke"),
        *documented("help", "GET /services/oauth2/authorize", "POST /services/oauth2/authorize"),
        *assumed("GET /services/oauth2/success"),
        *recorded("an answer that was saved", "GET /services/oauth2/userinfo"),
        *documented("help", "POST /services/oauth2/userinfo"),
        *documented("jsforce", "GET /id/{org_id}/{user_id}"),
    ),
    "Records and descriptions": (
        *recorded(f"{CUMULUSCI}; {GROUPAROO}", "GET ~/sobjects/{sobject}/describe", "POST ~/sobjects/{sobject}"),
        *recorded(CUMULUSCI, "GET ~/sobjects"),
        *documented(REST, "GET ~/sobjects/{sobject}", "GET ~/sobjects/{sobject}/describe/layouts"),
        *recorded(f"{CUMULUSCI}; {GROUPAROO}", "GET ~/sobjects/{sobject}/{record_id}"),
        *documented(f"{REST}; django-salesforce's tests", "PATCH ~/sobjects/{sobject}/{record_id}"),
        *documented(f"{REST}; django-salesforce's tests", "DELETE ~/sobjects/{sobject}/{record_id}"),
        *documented(REST, "POST ~/sobjects/{sobject}/Id"),
        *documented(f"{REST}; restforce's fixtures", "GET ~/sobjects/{sobject}/{field}/{value}"),
        *documented(f"{REST}; restforce's fixtures", "PATCH ~/sobjects/{sobject}/{field}/{value}"),
        *documented(REST, "DELETE ~/sobjects/{sobject}/{field}/{value}"),
        *documented(REST, "GET ~/sobjects/User/{user_id}/password", "POST ~/sobjects/User/{user_id}/password"),
        *documented(REST, "DELETE ~/sobjects/User/{user_id}/password"),
        *documented(f"{REST}; restforce's fixtures", "GET ~/sobjects/{sobject}/updated"),
        *documented(f"{REST}; restforce's fixtures", "GET ~/sobjects/{sobject}/deleted"),
    ),
    "Queries, searches, limits": (
        *recorded(f"{CUMULUSCI}; {GROUPAROO}", "GET ~/query"),
        *documented(f"{REST}; django-salesforce", "GET ~/query/{page}"),
        *documented(REST, "GET ~/queryAll", "GET ~/queryAll/{page}"),
        *documented(REST, "GET ~/search", "GET ~/parameterizedSearch", "POST ~/parameterizedSearch"),
        *documented(f"{REST}; restforce's fixtures", "GET ~/recent"),
        *recorded("an answer that was saved", "GET ~/limits"),
        *recorded(CUMULUSCI, "GET ~/limits/recordCount"),
    ),
    "Several at once": (
        *recorded(f"{CUMULUSCI}; {GROUPAROO}", "POST ~/composite/sobjects", "PATCH ~/composite/sobjects"),
        *recorded(GROUPAROO, "DELETE ~/composite/sobjects"),
        *recorded(CUMULUSCI, "PATCH ~/composite/sobjects/{sobject}/{field}", "POST ~/composite"),
        *documented(REST, "GET ~/composite/sobjects/{sobject}", "POST ~/composite/sobjects/{sobject}"),
        *documented(REST, "GET ~/composite", "POST ~/composite/batch", "POST ~/composite/graph"),
        *documented(REST, "POST ~/composite/tree/{sobject}"),
    ),
    "Bulk API 2.0": (
        *documented(
            f"{BULK}; simple-salesforce",
            "POST ~/jobs/query",
            "GET ~/jobs/query/{job_id}",
            "GET ~/jobs/query/{job_id}/results",
            "POST ~/jobs/ingest",
            "GET ~/jobs/ingest/{job_id}",
            "PATCH ~/jobs/ingest/{job_id}",
            "PUT ~/jobs/ingest/{job_id}/batches",
            "GET ~/jobs/ingest/{job_id}/successfulResults",
            "GET ~/jobs/ingest/{job_id}/failedResults",
            "GET ~/jobs/ingest/{job_id}/unprocessedrecords",
        ),
        *documented(
            BULK,
            "GET ~/jobs/query",
            "PATCH ~/jobs/query/{job_id}",
            "DELETE ~/jobs/query/{job_id}",
            "GET ~/jobs/query/{job_id}/resultPages",
            "GET ~/jobs/ingest",
            "DELETE ~/jobs/ingest/{job_id}",
        ),
    ),
    "Bulk API 1.0": (
        *recorded(
            CUMULUSCI,
            "POST /services/async/{version}/job",
            "GET /services/async/{version}/job/{job_id}",
            "POST /services/async/{version}/job/{job_id}",
            "POST /services/async/{version}/job/{job_id}/batch",
            "GET /services/async/{version}/job/{job_id}/batch",
            "GET /services/async/{version}/job/{job_id}/batch/{batch_id}",
            "GET /services/async/{version}/job/{job_id}/batch/{batch_id}/result",
            "GET /services/async/{version}/job/{job_id}/batch/{batch_id}/result/{result_id}",
        ),
        *documented(BULK, "GET /services/async/{version}/job/{job_id}/batch/{batch_id}/request"),
    ),
    "Actions and forms": (
        *documented("Actions guide", "GET ~/actions", "GET ~/actions/standard", "GET ~/actions/custom"),
        *documented("Actions guide", "GET ~/actions/custom/{kind}", "GET ~/actions/standard/{name}"),
        *documented("Actions guide", "POST ~/actions/standard/{name}"),
        *documented("help", "POST /servlet/servlet.WebToLead"),
    ),
    "SOAP, metadata and tooling": (
        *recorded(GROUPAROO, "POST /services/Soap/u/{version}"),
        *documented(SOAP, "POST /services/Soap/u/{version}/{org_id}"),
        *documented(SOAP, "POST /services/Soap/c/{version}", "POST /services/Soap/c/{version}/{org_id}"),
        *recorded(CUMULUSCI, "POST /services/Soap/m/{version}/{org_id}"),
        *documented(METADATA, "POST /services/Soap/m/{version}"),
        *documented(f"{METADATA}; the Salesforce CLI", "POST ~/metadata/deployRequest"),
        *documented(f"{METADATA}; the Salesforce CLI", "GET ~/metadata/deployRequest/{deployment_id}"),
        *recorded(CUMULUSCI, "GET ~/tooling/query"),
        *documented(TOOLING, "GET ~/tooling", "GET ~/tooling/sobjects", "GET ~/tooling/sobjects/{sobject}"),
        *documented(TOOLING, "GET ~/tooling/sobjects/{sobject}/describe", "POST ~/tooling/sobjects/{sobject}"),
        *documented(TOOLING, "GET ~/tooling/sobjects/{sobject}/{record_id}"),
        *documented(TOOLING, "PATCH ~/tooling/sobjects/{sobject}/{record_id}"),
        *documented(TOOLING, "DELETE ~/tooling/sobjects/{sobject}/{record_id}"),
    ),
}
CALLS: dict[str, tuple[Known, ...]] = {
    "Calls of the SOAP API": (
        *recorded(GROUPAROO, "login", "convertLead"),
        *documented(SOAP, "create", "update", "upsert", "delete", "undelete", "emptyRecycleBin", "merge"),
        *documented(SOAP, "query", "queryAll", "queryMore", "retrieve", "search", "getUpdated", "getDeleted"),
        *documented(SOAP, "getUserInfo", "getServerTimestamp", "describeGlobal", "describeSObject"),
        *documented(SOAP, "describeSObjects", "logout", "invalidateSessions"),
    ),
    "Calls of the Metadata API": (
        *recorded(CUMULUSCI, "retrieve", "checkStatus", "checkRetrieveStatus"),
        *documented(METADATA, "deploy", "checkDeployStatus", "cancelDeploy", "describeMetadata", "listMetadata"),
        *documented(METADATA, "createMetadata", "updateMetadata", "upsertMetadata", "deleteMetadata", "readMetadata"),
    ),
}
