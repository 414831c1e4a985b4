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
from sfsync.formula.tree import Call, Name, Node, Word, names, nodes
from sfsync.records.schema import Field, SObject
from sfsync.rules.problems import meant
from sfsync.rules.table import Table

SCORE, GRADE = "$Score", "$Grade"
DOES_NOT_HOLD = "does not hold"

_SCORE_NAMES = {SCORE: FieldType(Type.NUMBER), GRADE: FieldType(Type.TEXT)}
_OWNER_FIELDS = {
    "Owner.Name": FieldType(Type.TEXT),
    "Owner.Username": FieldType(Type.TEXT),
    "Owner.Email": FieldType(Type.TEXT),
    "Owner.IsActive": FieldType(Type.BOOLEAN),
}
_SETUP_SPELLINGS = {"owner:queue.queuename": "owner.name"}  # how Setup spells fields of an owner of two kinds
_LOOK = "look at the column; it has to be a formula as in Salesforce's Setup, that is true or false"
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
        outcome = self.formula.evaluate(values, context)
        if outcome is True:
            return None
        return str(outcome) if isinstance(outcome, FormulaError) else DOES_NOT_HOLD


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

    def advice(self, name: str) -> str:
        """Say what to do about a name that is not found."""
        if name in _SCORE_NAMES:
            return f"routing rules see it, where there are [[score]] rules for {self.sobject.name}"
        first, dot, rest = name.partition(".")
        if not dot:
            field = self.sobject.find(name)
            return (
                meant(name, self._readable(), _LOOK)
                if field is None
                else f"read the fields that {field.name} is made of"
            )
        reference = self.reference(first)
        if reference is None:
            parents = (field.relationship or "" for field in self.sobject.fields.values())
            return meant(first, filter(None, parents), f"{self.sobject.name} has no parent {first}")
        if reference.relationship == "Owner":
            return meant(name, _OWNER_FIELDS, _LOOK)
        pulled = [self.parents[parent] for parent in reference.reference_to if parent in self.parents]
        if not pulled:
            parent = reference.reference_to[0]
            return f"have {parent} pulled too: add [sobjects.{parent}] to sfsync.toml"
        return Names(pulled[0], self.parents).advice(rest)

    def _readable(self) -> Iterable[str]:
        return (name for name, field in self.sobject.fields.items() if _typed(name, field))

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
            return None if _blamed(table, key, tree) else Criterion(source, tree, frozenset(names(tree)))
        formula = compile_formula(source, fields, returns=FieldType(Type.BOOLEAN), blanks=Blanks.BLANKS)
    except FormulaProblem as problem:
        todo = _advice(source, problem, fields)
        table.blame(key, problem.message, todo, column=problem.column)
        return None
    return Criterion(source, tree, frozenset(formula.names), formula)


def _blamed(table: Table, key: str, tree: Node) -> bool:
    """Blame the functions and $ names of a tree that are not there in any org; tell whether there were some."""
    found = False
    for node in nodes(tree):
        if isinstance(node, Call) and node.name.upper() not in FUNCTIONS:
            known: Iterable[str] = FUNCTIONS
            message, name = f"Unknown function {node.name}. Check spelling.", node.name.upper()
        elif isinstance(node, Name) and node.text.startswith("$") and _find_in(_SCORE_NAMES, node.text) is None:
            message, name, known = f"Field {node.text} does not exist. Check spelling.", node.text, _SCORE_NAMES
        else:
            continue
        found = True
        table.blame(key, message, meant(name, known, _LOOK), column=node.column)
    return found


def _advice(source: str, problem: FormulaProblem, fields: Names | None) -> str:
    """Say what was probably meant where a name is not known, else how a criterion has to be."""
    written = _WRITTEN.match(source, problem.column - 1)
    if written is None or fields is None:
        return _LOOK
    name = written[0]
    if source[written.end() :].lstrip().startswith("("):
        return _LOOK if name.upper() in FUNCTIONS else meant(name.upper(), FUNCTIONS, _LOOK)
    return _LOOK if fields.find(name) else fields.advice(name)


def _find_in(types: Mapping[str, FieldType], name: str) -> tuple[str, FieldType] | None:
    lowered = name.lower()
    return next(((known, kind) for known, kind in types.items() if known.lower() == lowered), None)


def _typed(name: str, field: Field) -> tuple[str, FieldType] | None:
    try:
        return name, FieldType.of(field.type, scale=field.scale)
    except KeyError:  # an address or another compound, which formulas cannot read
        return None
