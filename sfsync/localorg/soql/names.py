"""What the names of a query mean: fields become SQL expressions, relationships become joins."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sfsync.localorg.catalog import Catalog, Field, SObject
from sfsync.localorg.formulas.sql import field_sql
from sfsync.localorg.soql.refusals import refuse, unknown_field, unknown_relationship, unknown_sobject
from sfsync.localorg.soql.tree import Path, Source
from sfsync.localorg.state import Stored

MOST_LEVELS = 5  # from child to parent

# What a reference to several kinds of records shows of them, whichever it points at (Salesforce's sObject "Name").
NAME_FIELDS = frozenset(
    {"id", "name", "type", "firstname", "lastname", "alias", "email", "phone", "title", "username", "isactive"}
    | {"profileid", "userroleid"}
)
_TYPE = Field("Type", "Type", "string", filterable=True, sortable=True, groupable=True, aggregatable=True)


@dataclass(slots=True)
class Params:
    """The values of one statement, each with a number of its own."""

    values: list[Stored] = field(default_factory=list)

    def bind(self, value: Stored) -> str:
        """Add a value and give the mark that stands for it in the statement."""
        self.values.append(value)
        return f"?{len(self.values)}"


@dataclass(frozen=True, slots=True)
class Node:
    """A record that a path leads to: one sObject, or several of which it is one. Each has the alias of its table."""

    variants: tuple[tuple[SObject, str], ...]
    path: tuple[str, ...] = ()  # relationship names as describe writes them

    @property
    def polymorphic(self) -> bool:
        """Tell whether it may be a record of more than one kind."""
        return len(self.variants) > 1

    @property
    def name(self) -> str:
        """Give the sObject's name, "Name" where there are several."""
        return "Name" if self.polymorphic else self.variants[0][0].name

    @property
    def present(self) -> str:
        """Give the SQL that tells whether there is such a record."""
        return "(" + " OR ".join(f'{alias}."Id" IS NOT NULL' for _, alias in self.variants) + ")"


@dataclass(frozen=True, slots=True)
class Column:
    """A field that a path leads to."""

    field: Field
    sql: str
    node: Node


@dataclass(slots=True)
class Aliases:
    """Hands out names for the tables of one statement."""

    last: int = -1

    def new(self) -> str:
        """Give a name not given before."""
        self.last += 1
        return f"t{self.last}"


class Names:
    """The names of one query: its sObject, the parents its paths go through, and its aliases."""

    def __init__(self, text: str, catalog: Catalog, sobject: SObject, source: Source, aliases: Aliases) -> None:
        self.text = text
        self.catalog = catalog
        self.sobject = sobject
        self.aliases = aliases
        self.base = Node(((sobject, aliases.new()),))
        self._source = source
        self._nodes: dict[tuple[str, ...], Node] = {}
        self._joins: list[str] = []
        self._shorts = {alias.lower(): path for alias, path in source.parents}

    @property
    def table(self) -> str:
        """Give the SQL name of the base table."""
        return self.base.variants[0][1]

    @property
    def from_sql(self) -> str:
        """Give the FROM part, with the joins asked for so far."""
        return " ".join([f"{self.sobject.source} AS {self.table}", *self._joins])

    def column(self, path: Path) -> Column:
        """Find the field a path leads to. Raises Refusal INVALID_FIELD."""
        names = self._plain(path.names)
        node = self._node(names[:-1], path)
        return self._field(node, names[-1], path)

    def parents(self, path: Path) -> tuple[Node, ...]:
        """Give the records that the path of a field goes through, the nearest first."""
        names = self._plain(path.names)
        return tuple(self._node(names[:count], path) for count in range(1, len(names)))

    def node(self, path: Path) -> Node:
        """Find the record a path of relationships leads to. Raises Refusal INVALID_FIELD."""
        return self._node(self._plain(path.names), path)

    def field_of(self, node: Node, name: str, path: Path) -> Column:
        """Find a field of a record already found."""
        return self._field(node, name, path)

    def _plain(self, names: Sequence[str]) -> tuple[str, ...]:
        """Take a leading alias, or the sObject's own name, off a path."""
        first = names[0].lower()
        if len(names) > 1 and first in self._shorts:
            return (*self._plain(self._shorts[first].names), *names[1:])
        alias = (self._source.alias or "").lower()
        own = first == self.sobject.name.lower() and self._reference(self.sobject, first) is None
        return tuple(names[1:]) if len(names) > 1 and (first == alias or own) else tuple(names)

    def _node(self, names: Sequence[str], path: Path) -> Node:
        if len(names) > MOST_LEVELS:
            raise refuse(self.text, path.at, f"Only {MOST_LEVELS} levels of child to parent relationships are allowed")
        node = self.base
        for place, name in enumerate(names):
            key = tuple(one.lower() for one in names[: place + 1])
            node = self._nodes.get(key) or self._join(node, name, key, path)
        return node

    def _join(self, node: Node, name: str, key: tuple[str, ...], path: Path) -> Node:
        owners = [(one, alias) for one, alias in node.variants if self._reference(one, name)]
        if not owners or (node.polymorphic and name.lower() not in ("profile", "userrole")):
            raise unknown_relationship(self.text, path.at, name, "field path")
        owner, owner_alias = owners[0]
        reference = self._reference(owner, name)
        assert reference is not None
        variants = []
        for target in reference.reference_to:
            sobject = self.catalog.sobject(target)
            if sobject is not None:
                alias = self.aliases.new()
                self._joins.append(
                    f'LEFT JOIN {sobject.source} AS {alias} ON {alias}."Id" = {owner_alias}."{reference.name}"'
                )
                variants.append((sobject, alias))
        joined = Node(tuple(variants), (*node.path, reference.relationship_name or name))
        self._nodes[key] = joined
        return joined

    def _reference(self, sobject: SObject, relationship: str) -> Field | None:
        """Find the reference field of that relationship name whose targets the org has."""
        for one in sobject.fields.values():
            if (one.relationship_name or "").lower() == relationship.lower():
                return one if any(self.catalog.sobject(target) for target in one.reference_to) else None
        return None

    def _field(self, node: Node, name: str, path: Path) -> Column:
        if not node.polymorphic:
            sobject, alias = node.variants[0]
            found = sobject.fields.get(name.lower())
            if found is None:
                raise unknown_field(self.text, path.at, name, sobject.name)
            return Column(found, field_sql(self.catalog, sobject, found, alias), node)
        if name.lower() not in NAME_FIELDS:
            raise unknown_field(self.text, path.at, name, "Name")
        if name.lower() == "type":
            return Column(_TYPE, _type_sql(node), node)
        return self._shared_field(node, name, path)

    def _shared_field(self, node: Node, name: str, path: Path) -> Column:
        having = [(one.fields[name.lower()], alias) for one, alias in node.variants if name.lower() in one.fields]
        if not having:
            raise unknown_field(self.text, path.at, name, "Name")
        parts = [f'{alias}."{one.name}"' for one, alias in having]
        sql = f"coalesce({', '.join(parts)})" if len(parts) > 1 else parts[0]
        return Column(replace(having[0][0], nillable=True), sql, node)


def _type_sql(node: Node) -> str:
    """Give the SQL of a polymorphic record's kind; a Group of kind Queue is a "Queue"."""
    cases = []
    for sobject, alias in node.variants:
        kind = f"CASE {alias}.\"Type\" WHEN 'Queue' THEN 'Queue' ELSE 'Group' END"
        cases.append(f'WHEN {alias}."Id" IS NOT NULL THEN {kind if sobject.name == "Group" else repr(sobject.name)}')
    return f"CASE {' '.join(cases)} END"


def find_sobject(text: str, catalog: Catalog, source: Source) -> SObject:
    """Find the sObject of a root query or semi-join. Raises Refusal INVALID_TYPE."""
    sobject = catalog.sobject(source.name)
    if sobject is None:
        raise unknown_sobject(text, source.at, source.name)
    if not sobject.queryable:
        reason = f"entity type {sobject.name} does not support query"
        raise refuse(text, source.at, reason, "INVALID_TYPE_FOR_OPERATION")
    return sobject
