"""What saving sets off: active triggers, flows and rules, asked of the Tooling API and of setup records."""

from collections.abc import Callable
from dataclasses import dataclass

from sfsync.errors import OrgRefused
from sfsync.plan.effects import Effect
from sfsync.salesforce.soql import name
from sfsync.salesforce.wire import Json, Wire, as_list, as_object, as_text, readable


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of thing that runs, and how to find the active ones of an sObject.

    Names and fields are those of the Tooling API guide and the Object Reference.
    """

    name: str
    resource: str
    soql: str  # {} is the sObject
    named_by: str
    when: Callable[[Json], str]


def _flow_runs(record: Json) -> str:
    return {
        "RecordBeforeSave": "before each save it is for",
        "RecordAfterSave": "after each save it is for",
        "RecordBeforeDelete": "before each delete",
    }.get(str(record.get("TriggerType")), "when it is called")


_KINDS = (
    _Kind(
        "trigger", "tooling/query/", "SELECT Name FROM ApexTrigger WHERE TableEnumOrId = '{}' AND Status = 'Active'",
        "Name", lambda record: "on saves, as its code says",
    ),
    _Kind(
        "flow", "query/", "SELECT Label, TriggerType FROM FlowDefinitionView"
        " WHERE IsActive = true AND TriggerObjectOrEvent.QualifiedApiName = '{}'", "Label", _flow_runs,
    ),
    _Kind(
        "validation rule", "tooling/query/", "SELECT ValidationName, ErrorMessage FROM ValidationRule"
        " WHERE EntityDefinition.QualifiedApiName = '{}' AND Active = true", "ValidationName",
        lambda record: f"refuses with: {record.get('ErrorMessage')}",
    ),
    _Kind(
        "duplicate rule", "query/", "SELECT DeveloperName FROM DuplicateRule"
        " WHERE SobjectType = '{}' AND IsActive = true", "DeveloperName", lambda record: "on saves it is for",
    ),
    _Kind(
        "assignment rule", "query/", "SELECT Name FROM AssignmentRule WHERE SobjectType = '{}' AND Active = true",
        "Name", lambda record: "not by sfsync, unless its settings say so",
    ),
)  # fmt: skip


class Effects:
    """The part of the adapter that looks at what runs by itself."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def effects(self, sobject: str) -> list[Effect]:
        """Give what is active on an sObject: a call for each of five kinds; of one that is refused no name is told."""
        found: list[Effect] = []
        for kind in _KINDS:
            try:
                answer = self._wire.asked(kind.resource, params={"q": kind.soql.format(name(sobject))})
            except OrgRefused as refused:
                found.append(Effect(sobject, kind.name, "", f"could not be read ({refused.code or 'refused'})"))
                continue
            with readable(f"{kind.name}s of {sobject}"):
                records = [as_object(one) for one in as_list(answer["records"])]
                found += [
                    Effect(sobject, kind.name, as_text(one[kind.named_by]), kind.when(one)) for one in records
                ]  # fmt: skip
        return found
