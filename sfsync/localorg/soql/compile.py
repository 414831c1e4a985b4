"""A query, read and checked, as SQL over the rows of the org."""

# ruff: noqa: S608 (every name in the SQL is the catalog's, every value is bound)

from dataclasses import dataclass
from functools import partial

from sfsync.localorg.catalog import Catalog, ChildRelationship, SObject
from sfsync.localorg.soql import newer
from sfsync.localorg.soql.comparing import Comparing, Day
from sfsync.localorg.soql.conditions import Conditions
from sfsync.localorg.soql.expressions import Expression, Expressions
from sfsync.localorg.soql.grouping import Grouping, is_count, is_grouped
from sfsync.localorg.soql.names import Aliases, Names, Params, find_sobject
from sfsync.localorg.soql.ordering import order_sql
from sfsync.localorg.soql.refusals import refuse, refuse_plainly, unknown_relationship
from sfsync.localorg.soql.selecting import Selecting
from sfsync.localorg.soql.shape import Children, JsonShape, Member
from sfsync.localorg.soql.tree import ChildRows, Path, Query, Selected
from sfsync.localorg.state import Stored

MOST_OFFSET = 2000
MOST_CHILD_QUERIES = 20
DEEPER_CHILDREN_SINCE = 58.0  # the API version from which children may have children
MOST_CHILD_DEPTH = 5
_LARGEST_LIMIT = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Asking:
    """What the meaning of a query depends on besides its text."""

    catalog: Catalog
    day: Day
    user_id: str
    version: str  # of the API: "59.0"
    all_rows: bool  # deleted records too
    nulls_differ: bool = True  # a record without a value fits `!=` and NOT IN

    @property
    def base_path(self) -> str:
        """Give the path under which this version's resources stand."""
        return f"/services/data/v{self.version}"


class Compiler:
    """Compiles one text: its root query, and the queries within it."""

    def __init__(self, text: str, asking: Asking) -> None:
        self._text = text
        self._asking = asking
        self._aliases = Aliases()
        self.params = Params()
        self.shape = JsonShape(asking.base_path)
        self._comparing = Comparing(text, self.params, asking.day, asking.nulls_differ)

    def root(self, query: Query) -> "Root":
        """Check and compile the root query. Raises Refusal."""
        sobject = find_sobject(self._text, self._asking.catalog, query.source)
        if query.offset is not None and query.offset > MOST_OFFSET:
            raise refuse_plainly(f"Maximum SOQL offset allowed is {MOST_OFFSET}", "NUMBER_OUTSIDE_VALID_RANGE")
        if query.having is not None and not is_grouped(query):
            raise refuse_plainly("HAVING can only be used in a query with GROUP BY")
        if sum(isinstance(one, ChildRows) for one in query.items) > MOST_CHILD_QUERIES:
            raise refuse_plainly(f"Only {MOST_CHILD_QUERIES} child relationship queries are allowed")
        if query.all_rows:  # Apex alone has it; queryAll is the way to deleted records
            raise refuse_plainly("ALL ROWS not allowed in this context")
        return Root(self, query, sobject, self.expressions(sobject, query), self._asking.all_rows)

    def expressions(self, sobject: SObject, query: Query) -> Expressions:
        """Give the expressions of one query, over a table of its own."""
        names = Names(self._text, self._asking.catalog, sobject, query.source, self._aliases)
        day = self._asking.day
        return Expressions(names, self.params, day.zone, self._asking.user_id, day.fiscal)

    def where(
        self, query: Query, expressions: Expressions, all_rows: bool, extra: str = "", inner: bool = False
    ) -> str:
        """Give the WHERE part with its keyword, or nothing."""
        names = expressions.names
        parts = [extra] if extra else []
        if not all_rows and names.sobject.soft_deletes:
            parts.append(f'{names.table}."IsDeleted" = 0')
        parts += self._scope(query, names)
        if query.where is not None:
            subquery = None if inner else partial(self._semi_join, all_rows=all_rows, outer=names.sobject)
            parts.append(Conditions(expressions, self._comparing, subquery).sql(query.where))
        return f"WHERE {' AND '.join(parts)}" if parts else ""

    def grouped(self, query: Query, expressions: Expressions, where: str) -> str:
        """Give the statement of an aggregate query, without its LIMIT."""
        return Grouping(query, expressions, self._comparing, self.shape).sql(where)

    def group_members(self, query: Query, expressions: Expressions) -> list[Member]:
        """Give what is shown of each group of an aggregate query."""
        return [*Grouping(query, expressions, self._comparing, self.shape).members()]

    def members(self, query: Query, expressions: Expressions, all_rows: bool, depth: int = 1) -> list[Member]:
        """Give what is shown of each record."""
        newer.demand_known(self._text, query, self._asking.version)
        children = partial(self._children, outer=expressions.names, all_rows=all_rows, depth=depth)
        return Selecting(expressions, children).members(query)

    def limit(self, query: Query) -> str:
        """Give the LIMIT and OFFSET part, or nothing."""
        if query.limit is None and query.offset is None:
            return ""
        most = self.params.bind(-1 if query.limit is None else min(query.limit, _LARGEST_LIMIT))
        return f"LIMIT {most} OFFSET {self.params.bind(query.offset or 0)}"

    def _scope(self, query: Query, names: Names) -> list[str]:
        if query.scope is None:
            return []
        supported = {name.lower() for name, _ in names.sobject.scopes} | {"everything"}
        scope = query.scope.lower()
        if scope not in supported:
            reason = f"The scope '{query.scope}' is not supported for {names.sobject.name}"
            raise refuse(self._text, query.source.at, reason, "INVALID_QUERY_SCOPE")
        owner = f'{names.table}."OwnerId"'
        if scope in ("mine", "team"):
            return [f"{owner} = {self.params.bind(self._asking.user_id)}"]
        if scope == "queue_owned":
            return [f"""{owner} IN (SELECT "Id" FROM "Group" WHERE "Type" = 'Queue')"""]
        return [f"{owner} GLOB '005*'"] if scope == "user_owned" else []

    def _semi_join(self, query: Query, left: Expression, all_rows: bool, outer: SObject) -> str:
        """Compile the query of a semi-join. Raises Refusal MALFORMED_QUERY for what may not stand in one."""
        sobject = find_sobject(self._text, self._asking.catalog, query.source)
        item = query.items[0]
        path = item.operand if isinstance(item, Selected) and isinstance(item.operand, Path) else None
        if path is None or len(query.items) > 1 or len(path.names) > 1:
            raise refuse(self._text, query.at, "Semi join sub-selects can only query a single id or reference field")
        if query.order_by or query.limit is not None or query.offset is not None or query.group_by or query.having:
            raise refuse(self._text, query.at, "Semi join sub-selects may not use ORDER BY, LIMIT or GROUP BY")
        if sobject.name == outer.name and left.field is not None and left.field.type == "id":
            reason = "The inner and outer selects should not be on the same object type"
            raise refuse(self._text, query.source.at, reason)
        expressions = self.expressions(sobject, query)
        column = expressions.of(path)
        self._check_same_target(column, left, outer, path)
        where = self.where(query, expressions, all_rows, f"{column.sql} IS NOT NULL", inner=True)
        return f"SELECT {column.sql} FROM {expressions.names.from_sql} {where}"

    def _check_same_target(self, column: Expression, left: Expression, outer: SObject, path: Path) -> None:
        found, wanted = _targets(column), _targets(left)
        if found and wanted and not found & wanted:
            reason = (
                f"The selected field '{column.name}' in the subquery and the left operand field in the where "
                f"expression in the outer query '{left.name}' should point to the same object type"
            )
            raise refuse(self._text, left.at, reason)
        if not found:
            raise refuse(self._text, path.at, "Semi join sub-selects can only query id or reference fields")

    def _children(self, item: ChildRows, outer: Names, all_rows: bool, depth: int) -> Children:
        query = item.query
        self._check_children(query, depth)
        name, link, sobject = self._linked(query, outer)
        expressions = self.expressions(sobject, query)
        names = expressions.names
        members = self.members(query, expressions, all_rows, depth + 1)
        joined = f'{names.table}."{link.field}" = {outer.table}."Id"'
        where = self.where(query, expressions, all_rows, joined)
        order = order_sql(query.order_by, expressions, names.table, filtered=True)
        limit = self.limit(query)
        tail = f"FROM {names.from_sql} {where} {order} {limit}"
        rows = f"SELECT {self.shape.record(names.base, members)} AS r {tail}"
        whole = """'{"totalSize":' || count(*) || ',"done":true,"records":[' || group_concat(r, ',') || ']}'"""
        sql = f"(SELECT CASE WHEN count(*) THEN {whole} ELSE 'null' END FROM ({rows}))"
        each = " + ".join(["1", *(one.weight for one in members if isinstance(one, Children))])
        weight = f"(SELECT coalesce(sum(w), 0) FROM (SELECT {each} AS w {tail}))"
        return Children(name, sql, weight, tuple(members))

    def child(self, query: Query, outer: Names, parent_id: str | None, all_rows: bool) -> "Root":
        """Compile a subquery that was checked before as one by itself, over the children of one record, or of all."""
        _, link, sobject = self._linked(query, outer)
        expressions = self.expressions(sobject, query)
        table = expressions.names.table
        belonging = "" if parent_id is None else f'{table}."{link.field}" = {self.params.bind(parent_id)}'
        return Root(self, query, sobject, expressions, all_rows, belonging)

    def _linked(self, query: Query, outer: Names) -> tuple[str, ChildRelationship, SObject]:
        """Find what a subquery is over: the relationship's name and itself, and the children's sObject."""
        name = query.source.name.split(".")[-1]
        link = next(
            (one for one in outer.sobject.children if (one.relationship_name or "").lower() == name.lower()), None
        )
        sobject = self._asking.catalog.sobject(link.child_sobject) if link else None
        if link is None or sobject is None:
            raise unknown_relationship(self._text, query.source.at, name, "FROM part of query call")
        return link.relationship_name or name, link, sobject

    def _check_children(self, query: Query, depth: int) -> None:
        if is_grouped(query) or query.having is not None:
            raise refuse(self._text, query.at, "only root queries support aggregate expressions")
        deepest = MOST_CHILD_DEPTH if float(self._asking.version) >= DEEPER_CHILDREN_SINCE else 1
        if depth > deepest:
            reason = "The nesting depth of child relationship queries is more than this API version allows"
            raise refuse(self._text, query.at, reason)


class Root:
    """A compiled root query, from which the statements that run it are made; `belonging` is one more condition."""

    def __init__(
        self,
        compiler: Compiler,
        query: Query,
        sobject: SObject,
        expressions: Expressions,
        all_rows: bool,
        belonging: str = "",
    ) -> None:
        self.query = query
        self.sobject = sobject
        self.all_rows = all_rows
        self.count_only = is_count(query)
        self.grouped = not self.count_only and is_grouped(query)
        self._compiler = compiler
        self._expressions = expressions
        self._belonging = belonging

    @property
    def params(self) -> list[Stored]:
        """Give the values of all statements made so far, in the order of their numbers."""
        return self._compiler.params.values

    def bind(self, value: Stored) -> str:
        """Add a value to the statements."""
        return self._compiler.params.bind(value)

    def members(self) -> list[Member]:
        """Give what is shown of each record, or group; nothing where only a number is asked for."""
        if self.count_only:
            return []
        if self.grouped:
            return self._compiler.group_members(self.query, self._expressions)
        return self._compiler.members(self.query, self._expressions, self.all_rows)

    def child(self, place: int, parent_id: str | None = None) -> "Root":
        """Give a subquery, by its place among them, as a query of its own: over one record's children, or all."""
        query = [one.query for one in self.query.items if isinstance(one, ChildRows)][place]
        return self._compiler.child(query, self._expressions.names, parent_id, self.all_rows)

    def json(self, members: list[Member]) -> str:
        """Give the SQL that writes one record as JSON."""
        return self._compiler.shape.record(self._expressions.names.base, members)

    def groups_sql(self) -> str:
        """Give the statement whose rows are the groups of an aggregate query, as JSON."""
        where = self._compiler.where(self.query, self._expressions, self.all_rows)
        return f"{self._compiler.grouped(self.query, self._expressions, where)} {self._compiler.limit(self.query)}"

    def count_sql(self) -> str:
        """Give the statement that counts. Raises Refusal where an order is asked for."""
        if self.query.order_by:
            raise refuse_plainly("COUNT() cannot be used with ORDER BY; use COUNT(fieldName)")
        where = self._compiler.where(self.query, self._expressions, self.all_rows)
        limit = self._compiler.limit(self.query)
        return f"SELECT count(*) FROM (SELECT 1 FROM {self._expressions.names.from_sql} {where} {limit})"

    def tail_sql(self) -> str:
        """Give FROM, WHERE, ORDER BY and LIMIT of the records, to go behind a select list made before."""
        where = self._compiler.where(self.query, self._expressions, self.all_rows, self._belonging)
        table = self._expressions.names.table
        filtered = self.query.where is not None or bool(self._belonging)
        order = order_sql(self.query.order_by, self._expressions, table, filtered=filtered)
        limit = self._compiler.limit(self.query)
        return f"FROM {self._expressions.names.from_sql} {where} {order} {limit}"

    def page_sql(self, record: str, ids: str) -> str:
        """Give the statement of the records with the ids in a JSON list (the mark `ids`), in the order of the list."""
        names = self._expressions.names
        base = f"{names.sobject.source} AS {names.table}"
        joined = names.from_sql.removeprefix(base)
        alive = "" if self.all_rows or not self.sobject.soft_deletes else f'WHERE {names.table}."IsDeleted" = 0'
        return (
            f'SELECT {record} FROM json_each({ids}) AS page CROSS JOIN {base} ON {names.table}."Id" = page.value '
            f"{joined} {alive} ORDER BY page.key"
        )

    @property
    def id_sql(self) -> str:
        """Give the SQL of a record's Id."""
        return f'{self._expressions.names.table}."Id"'


def _targets(expression: Expression) -> set[str]:
    """Give the sObjects that an id or reference can name."""
    field, column = expression.field, expression.column
    if field is None or column is None:
        return set()
    return {column.node.variants[0][0].name} if field.type == "id" else set(field.reference_to)
