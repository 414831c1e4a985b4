"""The rulebook: all rule files read, checked and compiled, and what they need to know of the records."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from sfsync.records.schema import SObject
from sfsync.rules.criterion import Names
from sfsync.rules.problems import RuleProblem, errors_among, meant
from sfsync.rules.read_routing import read_routing
from sfsync.rules.read_scoring import read_scoring
from sfsync.rules.routing import Routing
from sfsync.rules.scoring import Scoring
from sfsync.rules.table import Table

VERSION = 1
"""The only version of the rule file format there is."""


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All rules, by sObject."""

    scoring: Mapping[str, Scoring] = field(default_factory=dict)
    routing: Mapping[str, Routing] = field(default_factory=dict)
    references: Mapping[tuple[str, str], str] = field(default_factory=dict)  # (sObject, relationship) to its field

    def sobjects(self) -> frozenset[str]:
        """Give the sObjects there are rules for."""
        return frozenset(self.scoring) | frozenset(self.routing)

    def fields(self, sobject: str) -> frozenset[str]:
        """Give the fields that rules read or write, parent paths (`Account.Industry`) and their references too."""
        needed = self.score_needs(sobject) | self.owner_needs(sobject)
        scoring = self.scoring.get(sobject)
        written = scoring.write.names() if scoring else frozenset()
        kept = {"IsConverted"} if sobject == "Lead" and sobject in self.sobjects() else set()
        return (needed | written | kept) - {""}

    def score_needs(self, sobject: str) -> frozenset[str]:
        """Give what has to be known of a record before it can be scored."""
        scoring = self.scoring.get(sobject)
        return self._with_references(sobject, scoring.reads()) if scoring else frozenset()

    def owner_needs(self, sobject: str) -> frozenset[str]:
        """Give what has to be known of a record before it can be routed."""
        routing = self.routing.get(sobject)
        if routing is None:
            return frozenset()
        reads = routing.reads()
        scored = self.score_needs(sobject) if any(name.startswith("$") for name in reads) else frozenset()
        created = {"CreatedDate"} if any(occasion.queue is None for occasion in routing.occasions) else set()
        return self._with_references(sobject, reads) | scored | created | {"OwnerId"}

    def reference(self, sobject: str, path: str) -> str:
        """Give the reference field that a parent path goes through."""
        relationship = path.partition(".")[0].partition(":")[0]
        return self.references.get((sobject, relationship)) or _guessed_reference(relationship)

    def _with_references(self, sobject: str, reads: frozenset[str]) -> frozenset[str]:
        fields = frozenset(name for name in reads if not name.startswith("$"))
        return fields | {self.reference(sobject, name) for name in fields if "." in name}


def read_rulebook(
    documents: Mapping[str, Mapping[str, object]], schemas: Mapping[str, SObject]
) -> tuple[Rulebook | None, list[RuleProblem]]:
    """Read rule files (TOML values by file name) against the org's schemas (by sObject name).

    Gives all problems at once, and a rulebook unless one of them is more than a warning. With no schemas at all fields
    are not checked, and the rulebook can tell what it needs but not decide.
    """
    problems: list[RuleProblem] = []
    tables = [Table(file, values, problems) for file, values in sorted(documents.items())]
    scored = {str(table.values.get("sobject")) for table in tables if _kind(table) == "score"}
    found: dict[str, dict[str, Scoring | Routing]] = {"score": {}, "route": {}}
    for table in tables:
        _read_document(table, schemas, scored, found)
    if errors_among(problems):
        return None, problems
    scoring = {name: each for name, each in found["score"].items() if isinstance(each, Scoring)}
    routing = {name: each for name, each in found["route"].items() if isinstance(each, Routing)}
    return Rulebook(scoring, routing, _references(schemas)), problems


_READERS: dict[str, Callable[[Table, str, Names | None], Scoring | Routing]] = {
    "score": read_scoring,
    "route": read_routing,
}
_SIGNS = {"score": ("score", "grade", "write"), "route": ("route", "pool", "on", "otherwise")}


def _kind(table: Table) -> str | None:
    """Tell what a file holds by the tables it has."""
    return next((kind for kind in _READERS if any(table.has(sign) for sign in _SIGNS[kind])), None)


def _read_document(
    table: Table, schemas: Mapping[str, SObject], scored: set[str], found: dict[str, dict[str, Scoring | Routing]]
) -> None:
    version = table.whole("version", needed=True)
    if version not in (None, VERSION):
        table.blame("version", f"version {version} is not known", f"write version = {VERSION}")
    sobject = table.text("sobject", needed=True)
    kind = _kind(table)
    if kind is None:
        table.blame((), "the file holds no rules", "add [[score]] or [[route]] tables, or take the file away")
        return
    names = _names(table, sobject, schemas, scored if kind == "route" else ())
    if sobject and sobject in found[kind]:
        table.blame(
            "sobject", f"{found[kind][sobject].name}.toml has [[{kind}]] rules for {sobject} already", "join them"
        )
    if sobject and (names or not schemas):
        read = _READERS[kind](table, sobject, names)
        found[kind].setdefault(sobject, read)
        table.finish()


def _names(table: Table, sobject: str | None, schemas: Mapping[str, SObject], scored: Iterable[str]) -> Names | None:
    """Give the names a file's formulas may use; None without a schema, which is blamed where there are others."""
    if not sobject or not schemas:
        return None
    schema = schemas.get(sobject)
    if schema is None:
        table.blame("sobject", f"{sobject} is not among the sObjects that are pulled", meant(sobject, schemas))
        return None
    return Names(schema, schemas, score=sobject in scored)


def _references(schemas: Mapping[str, SObject]) -> dict[tuple[str, str], str]:
    return {
        (schema.name, field.relationship): field.name
        for schema in schemas.values()
        for field in schema.fields.values()
        if field.relationship
    }


def _guessed_reference(relationship: str) -> str:
    """Give the field a relationship is named after by Salesforce's own habit: OwnerId, Region__c."""
    if relationship.lower().endswith("__r"):
        return f"{relationship[:-1]}c"
    return f"{relationship}Id"
