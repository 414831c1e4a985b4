"""From a select list to the members of a record: parents nested, `FIELDS()` spelled out, children handed on."""

from collections.abc import Callable

from sfsync.localorg.soql.expressions import Expression, Expressions, of_column
from sfsync.localorg.soql.names import Column, Node
from sfsync.localorg.soql.operands import AGGREGATES, SHOWN
from sfsync.localorg.soql.refusals import refuse, refuse_plainly, unexpected
from sfsync.localorg.soql.shape import Address, Children, Kinds, Member, Parent, Value
from sfsync.localorg.soql.tree import (
    AllFields,
    Call,
    ChildRows,
    Comparison,
    Condition,
    Distance,
    Joined,
    Membership,
    Path,
    Query,
    Selected,
    TypeOf,
)

MOST_UNBOUNDED = 200  # records that a query with FIELDS(ALL) or FIELDS(CUSTOM) may ask for


class Selecting:
    """Gathers what a query shows of each record.

    `children` compiles a subquery over the children of the base record.
    """

    def __init__(self, expressions: Expressions, children: Callable[[ChildRows], Children]) -> None:
        self._names = expressions.names
        self._expressions = expressions
        self._children = children
        self._members: list[Member] = []
        self._seen: set[tuple[str, ...]] = set()

    def members(self, query: Query) -> list[Member]:
        """Give the members of a record, in the order of the select list. Raises Refusal."""
        for item in query.items:
            if isinstance(item, Selected):
                self._selected(item)
            elif isinstance(item, AllFields):
                self._all_fields(item, query)
            elif isinstance(item, ChildRows):
                self._members.append(self._children(item))
            else:
                self._members.append(self._type_of(item))
        self._demand_one_way(query)
        return self._members

    def _demand_one_way(self, query: Query) -> None:
        """Refuse a relationship of which TYPEOF shows something and the field list too (documented)."""
        for item in query.items:
            if isinstance(item, TypeOf):
                name = item.relationship.lower()
                if sum(isinstance(one, Parent | Kinds) and one.key.lower() == name for one in self._members) > 1:
                    reason = f"The relationship '{item.relationship}' in TYPEOF is referenced elsewhere too"
                    raise refuse(self._names.text, item.at, reason)

    def _selected(self, item: Selected) -> None:
        text = self._names.text
        if isinstance(item.operand, Call):
            self._call(item.operand, item.alias)
            return
        if isinstance(item.operand, Distance):
            name = item.alias or f"expr{sum(isinstance(one, Value) and one.key[:4] == 'expr' for one in self._members)}"
            self._members.append(Value(name, self._expressions.of(item.operand)))
            return
        if item.alias is not None:
            raise refuse(text, item.operand.at, "only aggregate expressions use field aliasing")
        self._field(item.operand, self._names.column(item.operand))

    def _call(self, call: Call, alias: str | None) -> None:
        text = self._names.text
        if call.name in AGGREGATES:
            raise unexpected(text, call.at, call.name)
        shown = call.argument
        if call.name == "FORMAT" and isinstance(shown, Call) and shown.name == "CONVERTCURRENCY":
            shown = shown.argument
        if call.name not in SHOWN or not isinstance(shown, Path):
            raise refuse(text, call.at, f"{call.name} function can only be used in a query with GROUP BY")
        made = self._expressions.of(call)
        if alias is None:  # documented: a field that is asked for twice needs another name once
            column = self._names.column(shown)
            self._note((*(one.lower() for one in column.node.path), column.field.name.lower()), shown)
        names = self._names.parents(shown)
        self._place(names, Value(alias or made.name, made))

    def _field(self, path: Path, column: Column) -> None:
        self._note((*(one.lower() for one in column.node.path), column.field.name.lower()), path)
        self._place(self._names.parents(path), member_of(column, path.at))

    def _note(self, key: tuple[str, ...], path: Path) -> None:
        """Remember that a field is shown under its own name. Raises Refusal INVALID_FIELD the second time."""
        if key in self._seen:
            raise refuse_plainly(f"duplicate field selected: {path}", "INVALID_FIELD")
        self._seen.add(key)

    def _place(self, parents: tuple[Node, ...], member: Member) -> None:
        """Put a member under its parents, making those that are not there yet."""
        members = self._members
        for node in parents:
            found = next((one for one in members if isinstance(one, Parent) and one.node is node), None)
            if found is None:
                found = Parent(node.path[-1], node)
                members.append(found)
            members = found.members
        members.append(member)

    def _all_fields(self, item: AllFields, query: Query) -> None:
        bounded = query.limit is not None and query.limit <= MOST_UNBOUNDED
        if item.which != "STANDARD" and not bounded and not self._names_ids(query.where):
            raise refuse_plainly(f"The SOQL FIELDS function must have a LIMIT of at most {MOST_UNBOUNDED}")
        for found in self._names.sobject.fields.values():
            if item.which == "ALL" or found.custom == (item.which == "CUSTOM"):
                path = Path((found.name,), item.at)
                self._field(path, self._names.column(path))

    def _names_ids(self, where: Condition | None) -> bool:
        """Tell whether a condition leaves no more than the records of a few ids."""
        if isinstance(where, Joined):
            return where.operator == "AND" and any(map(self._names_ids, where.conditions))
        if isinstance(where, Membership):
            few = where.operator == "IN" and len(where.values) <= MOST_UNBOUNDED
        else:
            few = isinstance(where, Comparison) and where.operator == "="
        if not few or not isinstance(where, Comparison | Membership) or not isinstance(where.left, Path):
            return False
        column = self._names.column(where.left)
        return column.field.name == "Id" and not column.node.path

    def _type_of(self, item: TypeOf) -> Kinds:
        path = Path((item.relationship,), item.at)
        node = self._names.node(path)
        if not node.polymorphic:
            reason = f"TYPEOF is not supported for the relationship '{item.relationship}'"
            raise refuse(self._names.text, item.at, reason)
        branches = {name.lower(): paths for name, paths in item.branches}
        known = {sobject.name.lower() for sobject, _ in node.variants}
        for name, _ in item.branches:
            if name.lower() not in known:
                reason = f"'{name}' is not a kind of record that '{item.relationship}' can point at"
                raise refuse(self._names.text, item.at, reason, "INVALID_TYPE")
        members = []
        for variant in node.variants:
            single = Node((variant,), node.path)
            paths = branches.get(variant[0].name.lower(), item.otherwise or ())
            members.append([self._branch_member(single, one) for one in paths])
        return Kinds(node.path[-1], node, tuple(members))

    def _branch_member(self, node: Node, path: Path) -> Member:
        if len(path.names) > 1:
            raise refuse(self._names.text, path.at, "Relationships are not supported within TYPEOF")
        return member_of(self._names.field_of(node, path.names[0], path), path.at)


def member_of(column: Column, at: int) -> Member:
    """Make the member that shows a field."""
    if column.field.type == "address":
        return Address(column.field.name, column)
    return Value(column.field.name, of_column(column, at))


def flat(members: list[Member], before: tuple[str, ...] = ()) -> list[tuple[str, Expression]]:
    """Give header and expression of each value, parents' values with their path; other members have no place in CSV."""
    found: list[tuple[str, Expression]] = []
    for member in members:
        if isinstance(member, Value):
            found.append((".".join((*before, member.key)), member.expression))
        elif isinstance(member, Parent):
            found += flat(member.members, (*before, member.key))
    return found
