"""Query plans, as `explain=` asks for them: by which index a query could go, and what that costs.

Documented (REST API guide; help, query plan tool): the keys of a plan, cheapest first; which fields have an index; a
cost is the number of records against the threshold from which an index is not selective: 30 % of the first million
records and 15 % of the others for a standard index, one million at most, 10 %, 5 % and a third of a million for a
custom one; filters without an index are told in notes. Assumed: numbers are counted and not estimated, a scan costs
what a standard index would that finds all records, filters within OR use no index.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sfsync.localorg.context import OrgContext
from sfsync.localorg.sobject import Field, SObject
from sfsync.localorg.soql import run
from sfsync.localorg.soql.compile import Root
from sfsync.localorg.soql.tree import Comparison, Condition, Joined, Membership, Path, Query

_STANDARD = frozenset({"Id", "Name", "OwnerId", "CreatedDate", "SystemModstamp"})
_MILLION = 1_000_000
_UNINDEXED = "Not considering filter for optimization because unindexed"


@dataclass(frozen=True, slots=True)
class _Filter:
    """One of the conditions that all records must fit, if it is about a field of their own."""

    field: Field
    condition: Condition


def plans(org: OrgContext, soql: str) -> list[dict[str, object]]:
    """Give the ways a query could be carried out, the cheapest first. Raises Refusal where it would be refused."""
    root = run.compiled(org, soql, all_rows=False)
    run.demand_sound(root)
    query, sobject = root.query, root.sobject
    filters = list(_filters(root, query.where))
    total = run.count(org, soql, replace(query, where=None))
    same = {"notes": _notes(sobject, filters), "sobjectCardinality": total, "sobjectType": sobject.name}
    found = [_plan(run.count(org, soql, query), [], "TableScan", total / _threshold(total, custom=False), same)]
    for one in filters:
        if _is_indexed(sobject, one.field) and _can_use_index(one.condition):
            number = run.count(org, soql, replace(query, where=one.condition))
            cost = number / _threshold(total, one.field.custom)
            found.append(_plan(number, [one.field.name], "Index", cost, same))
    return sorted(found, key=lambda plan: (float(str(plan["relativeCost"])), plan["leadingOperationType"]))


def _plan(number: int, fields: list[str], kind: str, cost: float, same: dict[str, object]) -> dict[str, object]:
    own = {"cardinality": number, "fields": fields, "leadingOperationType": kind, "relativeCost": round(cost, 3)}
    return dict(sorted({**own, **same}.items()))


def _filters(root: Root, condition: Condition | None) -> Iterator[_Filter]:
    if isinstance(condition, Joined) and condition.operator == "AND":
        for one in condition.conditions:
            yield from _filters(root, one)
    elif isinstance(condition, (Comparison, Membership)) and isinstance(condition.left, Path):
        field = _own_field(root.sobject, root.query, condition.left)
        if field is not None:
            yield _Filter(field, condition)


def _own_field(sobject: SObject, query: Query, path: Path) -> Field | None:
    """Find a field of the records themselves; it may stand behind their sObject or its alias."""
    *before, name = path.names
    themselves = {sobject.name.lower(), (query.source.alias or sobject.name).lower()}
    if before and (len(before) > 1 or before[0].lower() not in themselves):
        return None
    return sobject.fields.get(name.lower())


def _is_indexed(sobject: SObject, field: Field) -> bool:
    found = field.name in _STANDARD or field.type == "reference" or field.unique or field.external_id
    return found or (field.name == "Email" and sobject.name in ("Lead", "Contact"))


def _can_use_index(condition: Condition) -> bool:
    """Tell whether a condition names values that an index can find."""
    if isinstance(condition, Membership):
        return condition.operator == "IN"
    if not isinstance(condition, Comparison) or condition.right.kind == "null":
        return False
    if condition.operator == "LIKE":
        return not condition.right.value.startswith(("%", "_"))
    return condition.operator != "!="


def _threshold(total: int, custom: bool) -> float:
    """Give the number of records up to which an index is selective."""
    first, rest, most = (0.10, 0.05, _MILLION / 3) if custom else (0.30, 0.15, _MILLION)
    return min(first * min(total, _MILLION) + rest * max(0, total - _MILLION), most) or 1


def _notes(sobject: SObject, filters: list[_Filter]) -> list[dict[str, object]]:
    unindexed = [one.field.name for one in filters if not _is_indexed(sobject, one.field)]
    names = dict.fromkeys([*unindexed, *(["IsDeleted"] if sobject.soft_deletes else [])])
    return [{"description": _UNINDEXED, "fields": [one], "tableEnumOrId": sobject.name} for one in names]
