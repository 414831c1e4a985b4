"""A criterion: a formula that holds or does not hold for a record, and what names it may use."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sfsync.formula import (
    FUNCTIONS,
    Blanks,
    EvalContext,
    FieldType,
    Formula,
    FormulaError,
    FormulaProblem,
    Type,
    compile_formula,
    parse,
)
from sfsync.formula.tree import Node, Word, names
from sfsync.records.schema import Field, SObject
from sfsync.rules.problems import meant
from sfsync.rules.table import Table

SCORE, GRADE = "$Score", "$Grade"

_SCORE_NAMES = {SCORE: FieldType(Type.NUMBER), GRADE: FieldType(Type.TEXT)}
_OWNER_FIELDS = {
    "Owner.Name": FieldType(Type.TEXT),
    "Owner.Username": FieldType(Type.TEXT),
    "Owner.Email": FieldType(Type.TEXT),
    "Owner.IsActive": FieldType(Type.BOOLEAN),
}
_SETUP_SPELLINGS = {"owner:queue.queuename": "owner.name"}  # how Setup spells fields of an owner of two kinds
_WRITTEN = re.compile(r"[A-Za-z$][A-Za-z0-9_$:.#]*")


@dataclass(frozen=True, slots=True)
class Criterion:
    """A formula of a rule. Without a schema it was parsed only, and cannot be asked."""

    source: str
    tree: Node
    reads: frozenset[str]  # names as the schema spells them, parent paths and $ names among them
    formula: Formula | None = None

    @property
    def catches_all(self) -> bool:
        """Whether it is the literal TRUE."""
        return isinstance(self.tree, Word) and self.tree.text.lower() == "true"

    def failure(self, values: Mapping[str, object], context: EvalContext) -> str | None:
        """Say why it does not hold for these values; None where it holds."""
        if self.formula is None:
            raise ValueError("rules that were read without a schema cannot decide")
        outcome = self.formula(values, context)
        if outcome is True:
            return None
        return str(outcome) if isinstance(outcome, FormulaError) else "does not hold"


@dataclass(frozen=True, slots=True)
class Names:
    """The names a criterion may use: the record's fields, its parents' fields, and the score where there is one."""

    sobject: SObject
    parents: Mapping[str, SObject]  # schemas by sObject name
    score: bool = False

    def find(self, name: str) -> tuple[str, FieldType] | None:
        """Give a name's own spelling and type, None where there is no such field (the formula language's question)."""
        if name.startswith("$"):
            return _find_in(_SCORE_NAMES, name) if self.score else None
        if "." in name:
            return self._find_parent(name)
        field = self.sobject.find(name)
        return _typed(field.name, field) if field else None

    def known(self) -> Iterable[str]:
        """Give the names there are, parent paths only of the owner."""
        yield from self.sobject.fields
        if self.score:
            yield from _SCORE_NAMES
        if any(field.relationship == "Owner" for field in self.sobject.fields.values()):
            yield from _OWNER_FIELDS

    def reference(self, relationship: str) -> Field | None:
        """Give the reference field behind the first part of a parent path."""
        wanted = relationship.lower()
        fields = self.sobject.fields.values()
        return next((field for field in fields if (field.relationship or "").lower() == wanted), None)

    def _find_parent(self, path: str) -> tuple[str, FieldType] | None:
        spelled = _SETUP_SPELLINGS.get(path.lower(), path.lower().replace("owner:user.", "owner."))
        first, _, rest = spelled.partition(".")
        reference = self.reference(first)
        if reference is None or not reference.relationship:
            return None
        if reference.relationship == "Owner":
            return _find_in(_OWNER_FIELDS, spelled)
        for name in reference.reference_to:
            found = Names(self.parents[name], self.parents).find(rest) if name in self.parents else None
            if found:
                return f"{reference.relationship}.{found[0]}", found[1]
        return None


def read_criterion(table: Table, key: str, fields: Names | None) -> Criterion | None:
    """Read the formula at a key; what is wrong with it goes to the table's problems, with the column."""
    source = table.text(key, needed=True)
    if source is None:
        return None
    try:
        tree = parse(source)
        if fields is None:
            return Criterion(source, tree, frozenset(names(tree)))
        formula = compile_formula(source, fields, returns=FieldType(Type.BOOLEAN), blanks=Blanks.BLANKS)
    except FormulaProblem as problem:
        todo = _advice(source, problem, fields)
        table.blame(key, problem.message, todo, column=problem.column)
        return None
    return Criterion(source, tree, frozenset(formula.names), formula)


def _advice(source: str, problem: FormulaProblem, fields: Names | None) -> str:
    """Say what was probably meant where a name is not known, else how a criterion has to be."""
    written = _WRITTEN.match(source, problem.column - 1)
    if written is None or fields is None:
        return "see the column; it has to be a formula as in Salesforce's Setup"
    name = written[0]
    called = source[written.end() :].lstrip().startswith("(")
    if called:
        return "see the column" if name.upper() in FUNCTIONS else _near(name.upper(), FUNCTIONS)
    if name in (SCORE, GRADE):
        return f"add a file with [[score]] rules for {fields.sobject.name}"
    return "see the column" if fields.find(name) else _near(name, fields.known())


def _near(name: str, known: Iterable[str]) -> str:
    advice = meant(name, known)
    return advice if advice.startswith("did") else "see the column"


def _find_in(types: Mapping[str, FieldType], name: str) -> tuple[str, FieldType] | None:
    lowered = name.lower()
    return next(((known, kind) for known, kind in types.items() if known.lower() == lowered), None)


def _typed(name: str, field: Field) -> tuple[str, FieldType] | None:
    try:
        return name, FieldType.of(field.type, scale=field.scale)
    except KeyError:  # an address or another compound, which formulas cannot read
        return None
