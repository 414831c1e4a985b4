"""What a query would show, as `columns=true` tells it instead of the records.

The Salesforce CLI asks this after each query. Documented by that client's source: `columnMetadata` with `columnName`,
`displayName`, `aggregate` and `joinColumns`; children have the last two, parents `joinColumns` alone, functions
`aggregate` alone. Assumed: the other keys and their values, an alias as the display name of
its function (that client's CSV has no values otherwise), and the empty list for `SELECT COUNT()`.
"""

from collections.abc import Sequence

from sfsync.localorg.catalog import NUMBERS
from sfsync.localorg.soql.compile import Root
from sfsync.localorg.soql.expressions import Expression
from sfsync.localorg.soql.shape import Address, Children, Kinds, Member, Parent, Value
from sfsync.localorg.soql.tree import Call, Selected

_APEX_TYPES = {
    "id": "Id",
    "reference": "Id",
    "boolean": "Boolean",
    "int": "Integer",
    "date": "Date",
    "datetime": "Datetime",
    "real": "Double",
    **dict.fromkeys(NUMBERS, "Double"),
}
_NUMBERS = frozenset({"Integer", "Double"})

Described = dict[str, object]


def described(root: Root) -> Described:
    """Describe the columns of a query. Raises Refusal where the query itself would be refused."""
    if root.grouped:
        root.groups_sql()  # a query that could not run has no columns either
    else:
        root.tail_sql()
    members = root.members()
    return {
        "columnMetadata": [*_columns(members, _function_names(root) if root.grouped else {})],
        "entityName": root.sobject.name,
        "groupBy": bool(root.query.group_by),
        "idSelected": any(isinstance(one, Value) and one.key == "Id" for one in members),
        "keyPrefix": root.sobject.key_prefix,
    }


def _columns(members: Sequence[Member], functions: dict[str, str]) -> list[Described]:
    return [_column(one, functions.get(one.key)) for one in members]


def _column(member: Member, function: str | None) -> Described:
    """Describe one column; `function` is what the result of an aggregate function is called."""
    if isinstance(member, Value):
        return _value(member.key, member.expression, function)
    if isinstance(member, Address):
        return _plain(member.key, apex_type="Address")
    if isinstance(member, Children):
        return _plain(member.key, aggregate=True, joined=_columns(member.members, {}))
    if isinstance(member, Parent):
        return _plain(member.key, joined=_columns(member.members, {}))
    return _plain(member.key, joined=_columns(_each_once(member), {}))


def _each_once(kinds: Kinds) -> list[Member]:
    """Give the members of all kinds of a parent, those of the same name once."""
    return [*{one.key: one for members in kinds.members for one in members}.values()]


def _value(key: str, expression: Expression, function: str | None) -> Described:
    apex_type = _APEX_TYPES.get(expression.type, "String")
    made = _plain(key, aggregate=function is not None, apex_type=apex_type, display=function)
    field = expression.field
    if field is not None:
        made |= {"custom": field.custom, "insertable": field.createable, "updatable": field.updateable}
        made |= {"foreignKeyName": field.relationship_name}
    return made


def _plain(
    key: str,
    *,
    aggregate: bool = False,
    apex_type: str | None = None,
    display: str | None = None,
    joined: Sequence[Described] = (),
) -> Described:
    return {
        "aggregate": aggregate,
        "apexType": apex_type,
        "booleanType": apex_type == "Boolean",
        "columnName": key,
        "custom": False,
        "displayName": display or key,
        "foreignKeyName": None,
        "insertable": False,
        "joinColumns": [*joined],
        "numberType": apex_type in _NUMBERS,
        "textType": apex_type in ("Id", "String"),
        "updatable": False,
    }


def _function_names(root: Root) -> dict[str, str]:
    """Give what the result of each function is called, by the key it is shown under: its alias, else the function."""
    named: dict[str, str] = {}
    unnamed = 0
    for item in root.query.items:
        if isinstance(item, Selected) and isinstance(item.operand, Call):
            named[item.alias or f"expr{unnamed}"] = item.alias or item.operand.name.lower()
            unnamed += item.alias is None
    return named
