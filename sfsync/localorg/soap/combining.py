"""SOAP calls that make other records of records: merge, convertLead."""

from sfsync.localorg.markup import Element, leaf, tag
from sfsync.localorg.saving import convert, merge, wishes
from sfsync.localorg.saving.upsert import name_by_id
from sfsync.localorg.soap.asked import Asked, id_18, too_many
from sfsync.localorg.soap.envelope import SoapFault
from sfsync.localorg.soap.outcomes import errors_xml
from sfsync.localorg.soap.records import given
from sfsync.localorg.soap.saving import drafts_of

MOST_CONVERTED = 100  # documented
MOST_MERGED = 200  # requests of one call


def merge_records(asked: Asked) -> str:
    """Merge up to two records into a third of the same kind, request by request."""
    wanted = list(asked.call.every("request")) or list(asked.call.every("mergeRequests"))
    if len(wanted) > MOST_MERGED:
        raise too_many(MOST_MERGED)
    return "".join(_merged(asked, one) for one in wanted)


def _merged(asked: Asked, wanted: Element) -> str:
    master = wanted.child("masterRecord")
    if master is None:
        raise SoapFault("MISSING_ARGUMENT", "masterRecord is required")
    name, record = given(master)
    kind = asked.sobject(name)
    draft = drafts_of(asked, kind, [record])[0]
    name_by_id(kind, draft, record.get("Id") or None)
    losers = [one.text.strip() for one in wanted.every("recordToMergeIds")]
    merged = merge.merge(asked.org, kind, draft, [id_18(one) or one for one in losers])
    return tag(
        "result",
        errors_xml(asked, merged.errors),
        leaf("id", merged.master_id),
        *(leaf("mergedRecordIds", one) for one in merged.merged_ids),
        leaf("success", not merged.errors),
        *(leaf("updatedRelatedIds", one) for one in merged.related_ids),
    )


def convert_lead(asked: Asked) -> str:
    """Convert leads, each on its own, results in the order asked."""
    wanted = list(asked.call.every("leadConverts"))
    if len(wanted) > MOST_CONVERTED:
        raise SoapFault("EXCEEDED_LEAD_CONVERT_LIMIT", f"cannot convert more than {MOST_CONVERTED} leads in one call")
    return "".join(_converted(asked, convert.convert(asked.org, _wish(one))) for one in wanted)


def _wish(one: Element) -> wishes.Wish:
    def yes(name: str) -> bool:
        return one.value(name).lower() in ("true", "1")

    return wishes.Wish(
        lead_id=one.value("leadId"),
        status=one.value("convertedStatus"),
        account_id=one.value("accountId"),
        contact_id=one.value("contactId"),
        opportunity_id=one.value("opportunityId"),
        opportunity_name=one.value("opportunityName"),
        owner_id=one.value("ownerId"),
        without_opportunity=yes("doNotCreateOpportunity"),
        overwrite_lead_source=yes("overwriteLeadSource"),
        notify_owner=yes("sendNotificationEmail"),
    )


def _converted(asked: Asked, done: convert.Converted) -> str:
    return tag(
        "result",
        leaf("accountId", done.account_id),
        leaf("contactId", done.contact_id),
        errors_xml(asked, done.errors),
        leaf("leadId", done.lead_id),
        leaf("opportunityId", done.opportunity_id),
        leaf("success", not done.errors),
    )


CALLS = {"merge": merge_records, "convertLead": convert_lead}
