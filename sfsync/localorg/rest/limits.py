"""`/limits`: what the org allows and what is left of it."""

from sfsync.localorg import usage
from sfsync.localorg.bulk2 import jobs
from sfsync.localorg.context import OrgContext
from sfsync.localorg.wire import Answer, Request, json_answer

_UNTOUCHED = {  # a developer org's; nothing here uses them up
    "ConcurrentAsyncGetReportInstances": 200,
    "ConcurrentSyncReportRuns": 20,
    "DailyAsyncApexExecutions": 250_000,
    "DailyAsyncApexTests": 500,
    "DailyBulkApiBatches": jobs.USUAL["DailyBulkApiBatches"],
    "DailyBulkV2QueryFileStorageMB": 976_562,
    "DailyBulkV2QueryJobs": jobs.USUAL["DailyBulkV2QueryJobs"],
    "DailyDeliveredPlatformEvents": 10_000,
    "DailyDurableGenericStreamingApiEvents": 10_000,
    "DailyDurableStreamingApiEvents": 10_000,
    "DailyGenericStreamingApiEvents": 10_000,
    "DailyStandardVolumePlatformEvents": 10_000,
    "DailyStreamingApiEvents": 10_000,
    "DailyWorkflowEmails": 8_040,
    "DataStorageMB": usage.STORAGE_MB,
    "DurableStreamingApiConcurrentClients": 20,
    "FileStorageMB": 10_240,
    "HourlyAsyncReportRuns": 1_200,
    "HourlyDashboardRefreshes": 200,
    "HourlyDashboardResults": 5_000,
    "HourlyDashboardStatuses": 999_999_999,
    "HourlyLongTermIdMapping": 100_000,
    "HourlyODataCallout": 1_000,
    "HourlyPublishedPlatformEvents": 50_000,
    "HourlyPublishedStandardVolumePlatformEvents": 1_000,
    "HourlyShortTermIdMapping": 100_000,
    "HourlySyncReportRuns": 500,
    "HourlyTimeBasedWorkflow": 1_000,
    "MassEmail": 10,
    "SingleEmail": 15,
    "StreamingApiConcurrentClients": 20,
}
NAMED = frozenset(_UNTOUCHED)  # those that can be set by name; the day's calls have a setting of their own


def list_limits(org: OrgContext, request: Request, version: str) -> Answer:
    """List every limit; DailyApiRequests agrees with the Sforce-Limit-Info header."""
    most = usage.limit(org.state)
    left = max(0, most - usage.used(org.state, org.now))
    daily = {"DailyApiRequests": {"Max": most, "Remaining": left}}
    allowed = {name: usage.allowance(org.state, name, value) for name, value in _UNTOUCHED.items()}
    others = {name: {"Max": value, "Remaining": value} for name, value in allowed.items()}
    for name, kinds in jobs.DAILY.items():
        others[name]["Remaining"] = max(0, others[name]["Max"] - jobs.made_today(org, kinds))
    permission_sets = {"Max": 1500, "Remaining": 1500, "CreateCustom": {"Max": 1000, "Remaining": 1000}}
    return json_answer(200, dict(sorted({**daily, **others, "PermissionSets": permission_sets}.items())))


def record_count(org: OrgContext, request: Request, version: str) -> Answer:
    """Count living records by sObject, whoever may see them; those without any are left out."""
    asked = [one.strip() for one in request.query.get("sObjects", "").split(",") if one.strip()]
    kinds = [org.catalog.sobject(one) for one in asked] if asked else list(org.catalog)
    counts = []
    for kind in kinds:
        if kind is not None:
            alive = " WHERE IsDeleted = 0" if kind.soft_deletes else ""
            row = org.state.one(f"SELECT count(*) AS n FROM {kind.whole}{alive}")  # noqa: S608 - catalog names
            if row is not None and row["n"]:
                counts.append({"count": int(row["n"]), "name": kind.name})
    return json_answer(200, {"sObjects": sorted(counts, key=lambda one: str(one["name"]))})
