"""Text with merge fields, compiled once and filled in for any number of records."""

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal

from sfsync.formula.compiler import compile_tree
from sfsync.formula.expression import EvalContext, Run, Scope
from sfsync.formula.numbers import plain
from sfsync.formula.problems import EvaluationFailed, FormulaError, as_value
from sfsync.formula.template import parse_template
from sfsync.formula.tree import depth
from sfsync.formula.types import Fields, FieldType, Record, Value, as_fields


class MergeText:
    """Text with merge fields that is ready to be filled in."""

    def __init__(self, parts: tuple[str | Run, ...], names: tuple[str, ...]) -> None:
        self.names = names  # the fields it reads, as the schema spells them
        self._parts = parts

    def __call__(self, record: Record, context: EvalContext) -> str | FormulaError:
        """Fill it in; where a formula in it fails, that failure comes back instead."""
        try:
            return "".join(part if isinstance(part, str) else shown(part(record, context)) for part in self._parts)
        except (EvaluationFailed, ArithmeticError) as error:
            return as_value(error)


def compile_text(source: str, fields: Mapping[str, FieldType] | Fields, *, rule: bool = False) -> MergeText:
    """Compile text with merge fields against a schema; picklists stand for their value, blanks for nothing.

    Raises FormulaProblem with Salesforce's words and the 1-based column in the whole text.
    """
    scope = Scope(as_fields(fields).find, zeroes=False, rule=rule, template=True)
    parts: list[str | Run] = []
    for part in parse_template(source).parts:
        if isinstance(part, str):
            parts.append(part)
            continue
        scope.depth = depth(part)
        parts.append(compile_tree(part, scope).run)
    return MergeText(tuple(parts), tuple(scope.names))


def shown(value: Value) -> str:
    """Write a value as TEXT does; a blank is nothing."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return str(value).lower()
        case Decimal():
            return plain(value)
        case datetime():
            return f"{value:%Y-%m-%d %H:%M:%S}Z"
        case date():
            return value.isoformat()
        case time():
            return value.isoformat("milliseconds")
