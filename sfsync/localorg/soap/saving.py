"""SOAP calls that save: create, update, upsert, delete, undelete, emptyRecycleBin.

Headers heeded: AllOrNoneHeader, AssignmentRuleHeader (none: no rule runs), AllowFieldTruncationHeader,
DuplicateRuleHeader, EmailHeader (auto-response, assignment mail), OwnerChangeOptions. The others are taken and change
nothing.
"""

from collections.abc import Callable, Sequence
from itertools import groupby

from sfsync.localorg.saving import assignment, reading, recycle
from sfsync.localorg.saving.draft import Draft, Options, Outcome
from sfsync.localorg.saving.save import save
from sfsync.localorg.saving.upsert import find_by_key, key_field, name_by_id
from sfsync.localorg.saving.whole import whole_or_not
from sfsync.localorg.soap.asked import MOST_RECORDS, Asked, id_18, malformed_id, too_many
from sfsync.localorg.soap.envelope import SoapFault
from sfsync.localorg.soap.outcomes import result_xml
from sfsync.localorg.soap.records import given
from sfsync.localorg.sobject import TEXTS, Field, SObject
from sfsync.localorg.wire import Refusal

MOST_CHUNKS = 10  # runs of neighbours of one sObject (documented)
_XSD = {"boolean": "boolean", "int": "int", "date": "date", "datetime": "dateTime"}  # the others are doubles
_TEXT = TEXTS | {"id", "reference"}

Record = dict[str, object]
Deleting = Callable[[SObject, list[str]], list[Outcome]]


def create(asked: Asked) -> str:
    """Create records, of several sObjects if need be."""

    def prepare(kind: SObject, records: Sequence[Record]) -> list[Draft]:
        drafts = drafts_of(asked, kind, records)
        for draft, record in zip(drafts, records, strict=True):
            if record.get("Id"):
                text = "cannot specify Id in an insert call"
                draft.refuse(400, "INVALID_FIELD_FOR_INSERT_UPDATE", text, ("Id",))
        return drafts

    return _saved(asked, prepare)


def update(asked: Asked) -> str:
    """Change records; each names its Id."""

    def prepare(kind: SObject, records: Sequence[Record]) -> list[Draft]:
        drafts = drafts_of(asked, kind, records)
        for draft, record in zip(drafts, records, strict=True):
            name_by_id(kind, draft, record.get("Id") or None)
        return drafts

    return _saved(asked, prepare)


def upsert(asked: Asked) -> str:
    """Create or change records by a key field, or by Id."""
    name = asked.call.value("externalIDFieldName")

    def prepare(kind: SObject, records: Sequence[Record]) -> list[Draft]:
        drafts = drafts_of(asked, kind, records)
        if name.lower() == "id":
            for draft, record in zip(drafts, records, strict=True):
                if record.get("Id"):
                    name_by_id(kind, draft, record["Id"])
            return drafts
        try:
            key = key_field(kind, name)
        except Refusal:
            text = f"Field name provided, {name} does not match an External ID, Salesforce Id, or indexed field"
            raise SoapFault("INVALID_FIELD", f"{text} for {kind.name}") from None
        find_by_key(asked.org, kind, key, drafts)
        return drafts

    return _saved(asked, prepare, tells_created=True)


def delete(asked: Asked) -> str:
    """Put records into the recycle bin."""
    return _by_id(asked, lambda kind, ids: recycle.delete(asked.org, kind, ids))


def undelete(asked: Asked) -> str:
    """Bring records back out of the recycle bin."""
    return _by_id(asked, lambda kind, ids: recycle.undelete(asked.org, kind, ids))


def empty_recycle_bin(asked: Asked) -> str:
    """Remove records from the recycle bin for good."""
    return _by_id(asked, lambda kind, ids: recycle.empty(asked.org, kind, ids))


def _saved(
    asked: Asked, prepare: Callable[[SObject, Sequence[Record]], list[Draft]], *, tells_created: bool = False
) -> str:
    """Save the records of a call, run by run of one sObject, and tell of each in the order asked."""
    read = [given(one) for one in asked.call.every("sObjects")]
    if len(read) > MOST_RECORDS:
        raise too_many(MOST_RECORDS)
    runs = [(name, [record for _, record in group]) for name, group in groupby(read, lambda pair: pair[0])]
    if len(runs) > MOST_CHUNKS:
        text = "Cannot have more than 10 chunks in a single operation. Please rearrange the data to reduce chunking."
        raise SoapFault("LIMIT_EXCEEDED", text)

    def work() -> list[Outcome]:
        outcomes: list[Outcome] = []
        for name, records in runs:
            kind = asked.sobject(name)
            outcomes += save(asked.org, kind, prepare(kind, records), _options(asked, kind))
        return outcomes

    all_or_none = asked.switch("AllOrNoneHeader", "allOrNone")
    return "".join(
        result_xml(asked, one, tells_created=tells_created) for one in whole_or_not(asked.org, all_or_none, work)
    )


def drafts_of(asked: Asked, kind: SObject, records: Sequence[Record]) -> list[Draft]:
    """Read records. Raises SoapFault for an unknown field or a value of the wrong type: the call as a whole fails."""
    for record in records:
        for name, value in record.items():
            field = kind.fields.get(name.lower())
            if field is not None and field.type not in _TEXT and value == "":
                raise _wrong_type(field, "")
    try:
        drafts = [reading.read(asked.org.catalog, kind, one) for one in records]
    except Refusal as refusal:
        raise _wrong_value(kind, records) or refusal from None
    if asked.switch("AllowFieldTruncationHeader", "allowFieldTruncation"):
        for draft in drafts:
            _truncate(kind, draft)
    return drafts


def _wrong_value(kind: SObject, records: Sequence[Record]) -> SoapFault | None:
    """Give the fault of the first value that cannot be read, None where it is something else."""
    for record in records:
        for name, value in record.items():
            field = kind.fields.get(name.lower())
            if field is not None and not reading.is_readable(field, value):
                return _wrong_type(field, value)
    return None


def _wrong_type(field: Field, value: object) -> SoapFault:
    return SoapFault(None, f"'{value}' is not a valid value for the type xsd:{_XSD.get(field.type, 'double')}")


def _truncate(kind: SObject, draft: Draft) -> None:
    """Cut texts that are too long (documented)."""
    for name, value in draft.given.items():
        field = kind.fields[name.lower()]
        if isinstance(value, str) and field.type in TEXTS and field.length and len(value) > field.length:
            draft.given[name] = value[: field.length].rstrip()


def _options(asked: Asked, kind: SObject) -> Options:
    """Read the headers that say how records are saved."""
    return Options(
        _rule(asked, kind) if kind.name == "Lead" else None,
        allow_duplicates=asked.switch("DuplicateRuleHeader", "allowSave"),
        duplicate_details=asked.switch("DuplicateRuleHeader", "includeRecordDetails"),
        as_current_user=asked.switch("DuplicateRuleHeader", "runAsCurrentUser"),
        auto_response=asked.switch("EmailHeader", "triggerAutoResponseEmail"),
        assignment_mail=asked.switch("EmailHeader", "triggerUserEmail"),
        owner_options=_owner_options(asked),
    )


def _owner_options(asked: Asked) -> frozenset[str]:
    """Read OwnerChangeOptions: those that are to be executed."""
    header = asked.headers.get("OwnerChangeOptions")
    options = header.every("options") if header is not None else ()
    return frozenset(one.value("type") for one in options if one.value("execute").lower() in ("true", "1"))


def _rule(asked: Asked, kind: SObject) -> str | None:
    """Read AssignmentRuleHeader: without it no rule runs (documented)."""
    rule_id = asked.setting("AssignmentRuleHeader", "assignmentRuleId")
    if rule_id:
        return assignment.rule_named(asked.org.state, kind, rule_id)
    default = asked.switch("AssignmentRuleHeader", "useDefaultRule")
    return assignment.active_rule(asked.org.state, kind) if default else None


def _by_id(asked: Asked, work: Deleting) -> str:
    """Do something with records named by Id, run by run of one sObject."""
    ids = asked.ids("ids") or asked.ids("iDs")
    kinds = [asked.org.catalog.by_prefix((id_18(one) or "")[:3]) for one in ids]

    def every() -> list[Outcome]:
        outcomes: list[Outcome] = []
        for kind, group in groupby(zip(kinds, ids, strict=True), key=lambda pair: pair[0]):
            named = [one for _, one in group]
            if kind is None:
                outcomes += [Outcome(None, errors=(malformed_id(one),)) for one in named]
            else:
                outcomes += work(kind, [str(id_18(one)) for one in named])
        return outcomes

    all_or_none = asked.switch("AllOrNoneHeader", "allOrNone")
    return "".join(result_xml(asked, one) for one in whole_or_not(asked.org, all_or_none, every))


CALLS = {
    "create": create,
    "update": update,
    "upsert": upsert,
    "delete": delete,
    "undelete": undelete,
    "emptyRecycleBin": empty_recycle_bin,
}
