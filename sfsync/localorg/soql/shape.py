"""The shape of one result record, and the SQL that writes it as JSON or as a line of CSV.

SQLite writes the text of a whole record in one expression: that costs less than fetching the values and writing them
in Python. Every name put into SQL comes from the catalog or is quoted here.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from sfsync.localorg.catalog import NUMBERS
from sfsync.localorg.soql.expressions import Expression, of_column
from sfsync.localorg.soql.names import Column, Node
from sfsync.localorg.values import ADDRESS_PARTS


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a record."""

    key: str
    expression: Expression


@dataclass(frozen=True, slots=True)
class Address:
    """A compound address."""

    key: str
    column: Column


@dataclass(frozen=True, slots=True)
class Children:
    """The children of a record; the SQL already writes JSON."""

    key: str
    sql: str
    weight: str  # SQL of how many they are, with their own children
    members: tuple["Member", ...] = ()  # what is shown of each child


@dataclass(slots=True)
class Parent:
    """A parent record with the values asked of it."""

    key: str
    node: Node
    members: list["Member"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Kinds:
    """A parent record whose values depend on its kind: one list of members for each variant of the node."""

    key: str
    node: Node
    members: tuple[list["Member"], ...]


_FLAT = 100  # texts joined in one go
Member = Value | Address | Children | Parent | Kinds


def quoted(text: str) -> str:
    """Write a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


class JsonShape:
    """Writes records as REST shows them; `base_path` is what record addresses start with."""

    def __init__(self, base_path: str) -> None:
        self._base_path = base_path

    def record(self, node: Node, members: Sequence[Member]) -> str:
        """Give the SQL that writes one record with its attributes."""
        head = ['{"attributes":{"type":' + json.dumps(node.name) + ',"url":"', *self._url(node), '"}']
        return _concatenated([*head, *self._members(members), "}"])

    def group(self, members: Sequence[Member]) -> str:
        """Give the SQL that writes one row of an aggregate query."""
        return _concatenated(['{"attributes":{"type":"AggregateResult"}', *self._members(members), "}"])

    def _members(self, members: Sequence[Member]) -> list["str | _Sql"]:
        parts: list[str | _Sql] = []
        for member in members:
            parts += ["," + json.dumps(member.key) + ":", _Sql(self._member(member))]
        return parts

    def _member(self, member: Member) -> str:
        if isinstance(member, Value):
            return json_value(member.expression)
        if isinstance(member, Address):
            return _address(member.column)
        if isinstance(member, Children):
            return member.sql
        if isinstance(member, Parent):
            return f"CASE WHEN {member.node.present} THEN {self.record(member.node, member.members)} ELSE 'null' END"
        cases = [
            f'WHEN {alias}."Id" IS NOT NULL THEN {self.record(Node(((sobject, alias),)), members)}'
            for (sobject, alias), members in zip(member.node.variants, member.members, strict=True)
        ]
        return f"CASE {' '.join(cases)} ELSE 'null' END"

    def _url(self, node: Node) -> list["str | _Sql"]:
        if not node.polymorphic:
            sobject, alias = node.variants[0]
            return [f"{self._base_path}/sobjects/{sobject.name}/", _Sql(f'{alias}."Id"')]
        cases = [
            f'WHEN {alias}."Id" IS NOT NULL THEN {quoted(sobject.name + "/")} || {alias}."Id"'
            for sobject, alias in node.variants
        ]
        return [f"{self._base_path}/sobjects/", _Sql(f"CASE {' '.join(cases)} END")]


@dataclass(frozen=True, slots=True)
class _Sql:
    """A part of a text that SQL works out; a plain string is a constant part."""

    sql: str


def _concatenated(parts: Sequence["str | _Sql"]) -> str:
    """Give the SQL that joins parts into one text, constants next to each other as one."""
    merged: list[str | _Sql] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        else:
            merged.append(part)
    return _balanced([quoted(one) if isinstance(one, str) else one.sql for one in merged])


def _balanced(parts: Sequence[str]) -> str:
    """Join as a tree of few levels: SQLite bounds the depth of an expression, and with it a flat list."""
    if len(parts) <= _FLAT:
        return "(" + " || ".join(parts) + ")"
    middle = len(parts) // 2
    return f"({_balanced(parts[:middle])} || {_balanced(parts[middle:])})"


def json_value(expression: Expression) -> str:
    """Give the SQL that writes a value as JSON."""
    sql = expression.sql
    if expression.type == "boolean":
        return f"CASE {sql} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE 'null' END"
    if expression.type == "int":
        return f"coalesce({sql}, 'null')"
    if expression.type in NUMBERS:
        return f"coalesce({decimal(sql, expression.scale)}, 'null')"
    if expression.type in ("id", "reference", "date", "datetime"):
        bare = f"'\"' || {sql} || '\"'"
        return bare if expression.type == "id" and not expression.nullable else f"coalesce({bare}, 'null')"
    return f"json_quote({sql})"


def decimal(sql: str, scale: int) -> str:
    """Give the SQL that writes a scaled integer as a decimal number with at least one digit after the point."""
    if scale == 0:
        return f"({sql}) || '.0'"
    power = 10**scale
    sign = f"CASE WHEN {sql} < 0 THEN '-' ELSE '' END"
    digits = f"substr({quoted('0' * scale)} || (abs({sql}) % {power}), -{scale})"
    fraction = f"coalesce(nullif(rtrim({digits}, '0'), ''), '0')"
    return f"({sign} || (abs({sql}) / {power}) || '.' || {fraction})"


def csv_value(expression: Expression) -> str:
    """Give the SQL that writes a value as one quoted cell of CSV; null is an empty cell."""
    sql = expression.sql
    if expression.type == "boolean":
        inner = f"CASE {sql} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE '' END"
    elif expression.type in ("int", "id", "reference", "date"):
        inner = f"coalesce({sql}, '')"
    elif expression.type in NUMBERS:
        inner = f"coalesce({decimal(sql, expression.scale)}, '')"
    elif expression.type == "datetime":
        inner = f"coalesce(substr({sql}, 1, 23) || 'Z', '')"
    else:
        inner = f"""coalesce(replace({sql}, '"', '""'), '')"""
    return inner


def csv_line(expressions: Sequence[Expression], delimiter: str, ending: str) -> str:
    """Give the SQL that writes one line of CSV, every cell quoted."""
    parts: list[str | _Sql] = ['"']
    for place, one in enumerate(expressions):
        parts += ([f'"{delimiter}"'] if place else []) + [_Sql(csv_value(one))]
    return _concatenated([*parts, '"' + ending])


def _address(column: Column) -> str:
    """Give the SQL that writes a compound address, null where all its parts are."""
    prefix = column.field.name.removesuffix("Address")
    sobject, alias = column.node.variants[0]
    parts: list[str | _Sql] = []
    columns = []
    for part in ADDRESS_PARTS:
        found = sobject.fields.get((prefix + part).lower())
        if found is None:
            continue  # codes are there with state and country picklists only
        columns.append(Column(found, f'{alias}."{found.name}"', column.node))
        start = "," if parts else "{"
        parts += [f'{start}"{part[0].lower()}{part[1:]}":', _Sql(json_value(of_column(columns[-1])))]
    empty = f"coalesce({', '.join(one.sql for one in columns)}) IS NULL"
    return f"CASE WHEN {empty} THEN 'null' ELSE {_concatenated([*parts, '}'])} END"
