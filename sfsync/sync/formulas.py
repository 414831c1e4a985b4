"""Formula fields of the org that can be worked out here: compiled from describe, with what they read.

A formula is worked out only where the mirror holds all it reads: fields of the record, and of its parents one step
away. What asks for more than the day (NOW, the user, settings) is left to the org.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from zlib import crc32

from sfsync.formula import (
    Blanks,
    EvalContext,
    FieldType,
    Formula,
    FormulaError,
    FormulaProblem,
    compile_formula,
    parse,
)
from sfsync.formula.tree import Call, names, nodes
from sfsync.mirror.books import Books
from sfsync.records.schema import Field, SObject
from sfsync.records.values import Kind, Value
from sfsync.rules.criterion import Names

_OF_THE_DAY = frozenset({"TODAY"})
_OF_THE_MOMENT = frozenset({"NOW", "TIMENOW"})
_SHORT_ID = 15  # characters of an id as formulas see it


@dataclass(frozen=True, slots=True)
class Input:
    """Something a formula reads."""

    name: str  # as the formula names it
    field: str  # of the record, or of its parent
    kind: Kind
    through: str | None = None  # the reference to the parent; None where it is the record's own
    parents: tuple[str, ...] = ()  # mirrored sObjects the parent may be of


@dataclass(frozen=True, slots=True)
class OrgFormula:
    """A formula field whose inputs the mirror holds."""

    field: Field
    formula: Formula
    inputs: tuple[Input, ...]
    daily: bool  # whether it asks what day it is

    @property
    def mark(self) -> str:
        """A name that is another one for another formula."""
        return f"{self.field.name}/{crc32(f'{self.field.blanks_as_zeroes} {self.field.formula}'.encode()):08x}"

    def value(self, record: Mapping[str, object], context: EvalContext) -> Value:
        """Work it out as the org would show it: a failure as nothing, FALSE for a flag."""
        found = self.formula.evaluate(record, context)
        if isinstance(found, FormulaError) or found is None:
            return False if self.field.kind is Kind.BOOLEAN else None
        return found


def seen_by_formulas(kind: Kind, value: Value) -> Value:
    """Give a value as a formula sees it: ids have 15 characters there, and all numbers are decimal."""
    if kind is Kind.ID and isinstance(value, str):
        return value[:_SHORT_ID]
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


def formulas_of(books: Books) -> dict[str, list[OrgFormula]]:
    """Give the formula fields that can be worked out, by sObject, an sObject after those whose fields it reads."""
    schemas = books.schemas.every()
    if not any(field.formula for schema in schemas.values() for field in schema.fields.values()):
        return {}
    pulled = {name: frozenset(books.schemas.pulled(name)) for name in schemas}
    found = {name: list(_formulas(schema, schemas, pulled)) for name, schema in schemas.items()}
    return {name: found[name] for name in _parents_first(found) if found[name]}


def _parents_first(found: Mapping[str, Sequence[OrgFormula]]) -> list[str]:
    ordered: list[str] = []

    def put(name: str, under: frozenset[str]) -> None:
        if name in ordered or name in under:
            return
        for formula in found[name]:
            for parent in {parent for one in formula.inputs for parent in one.parents}:
                put(parent, under | {name})
        ordered.append(name)

    for name in found:
        put(name, frozenset())
    return ordered


def _formulas(
    schema: SObject, schemas: Mapping[str, SObject], pulled: Mapping[str, frozenset[str]]
) -> Iterator[OrgFormula]:
    for name in sorted(pulled[schema.name]):
        field = schema.fields.get(name)
        if field is not None and field.formula and (made := _compiled(field, schema, schemas, pulled)):
            yield made


def _compiled(
    field: Field, schema: SObject, schemas: Mapping[str, SObject], pulled: Mapping[str, frozenset[str]]
) -> OrgFormula | None:
    fields = _Fields(schema, schemas)
    blanks = Blanks.ZEROES if field.blanks_as_zeroes else Blanks.BLANKS
    try:
        returns = FieldType.of(field.type, scale=field.scale)
        formula = compile_formula(field.formula, fields, returns=returns, blanks=blanks)
        called = frozenset(fields.called(field.formula))
    except (FormulaProblem, KeyError):
        return None
    inputs = [_input(name, fields, pulled) for name in formula.names]
    if called & _OF_THE_MOMENT or any(one is None for one in inputs):
        return None
    return OrgFormula(field, formula, tuple(one for one in inputs if one), bool(called & _OF_THE_DAY))


def _input(name: str, fields: "_Fields", pulled: Mapping[str, frozenset[str]]) -> Input | None:
    """Give where an input is found in the mirror, None where it is not there."""
    schema = fields.schema
    if "." not in name:
        own = schema.find(name)
        return Input(name, own.name, own.kind) if own and own.name in pulled[schema.name] else None
    relationship, _, rest = name.partition(".")
    reference = fields.names.reference(relationship)
    if reference is None or reference.name not in pulled[schema.name]:
        return None
    parents = [fields.schemas[one] for one in reference.reference_to if one in fields.schemas]
    holding = [one for one in parents if rest in pulled[one.name]]
    if len(parents) < len(reference.reference_to) or not holding:
        return None
    return Input(name, rest, holding[0].fields[rest].kind, reference.name, tuple(one.name for one in holding))


class _Fields:
    """The names a formula field may use; another formula field of the record is worked out within it."""

    def __init__(self, schema: SObject, schemas: Mapping[str, SObject]) -> None:
        self.schema = schema
        self.schemas = schemas
        self.names = Names(schema, schemas)

    def find(self, name: str) -> tuple[str, FieldType] | None:
        """Give a name's own spelling and type, None where there is no such field."""
        field = None if "." in name or name.startswith("$") else self.schema.find(name)
        if field is None or not field.formula:
            return self.names.find(name)
        return field.name, FieldType.of(field.type, scale=field.scale, formula=field.formula)

    def called(self, source: str, inside: tuple[str, ...] = ()) -> Iterator[str]:
        """Give the names of all functions a formula calls, within the formula fields it reads too."""
        tree = parse(source)
        yield from (node.name.upper() for node in nodes(tree) if isinstance(node, Call))
        for name in names(tree):
            field = self.schema.find(name)
            if field is not None and field.formula and field.name not in inside:
                yield from self.called(field.formula, (*inside, field.name))
