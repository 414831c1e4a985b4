"""Functions that ask about the record: its picklists, and what it was before."""

from typing import Any

from sfsync.formula.expression import Expr
from sfsync.formula.functions.table import CHOICES, TEXT, Blank, Function, Parameter, Site
from sfsync.formula.types import Type


def _is_pickval(site: Site) -> Expr:
    choice, wanted = site.arguments
    if not wanted.is_literal:
        raise site.mismatch(["Text Literal"], wanted)
    one, value = choice.run, wanted.constant
    if choice.field is not None:
        name = choice.field.name
        if value is None:
            return site.result(Type.BOOLEAN, lambda record, context: not record.get(name))
        return site.result(Type.BOOLEAN, lambda record, context: record.get(name) == value)
    return site.result(Type.BOOLEAN, lambda record, context: one(record, context) == value)


def _is_new(site: Site) -> Expr:
    return site.result(Type.BOOLEAN, lambda record, context: context.is_new)


def _is_clone(site: Site) -> Expr:
    def run(record: Any, context: Any) -> bool:
        return bool(context.is_clone)

    return site.result(Type.BOOLEAN, run)


RECORDS: tuple[Function, ...] = (
    Function(
        "ISPICKVAL",
        (Parameter("picklist_field", CHOICES), Parameter("text_literal", TEXT)),
        "Boolean",
        Blank.NEVER,
        'TRUE when the field holds the value of that API name, letter for letter; "" asks for blank.',
        _is_pickval,
    ),
    Function("ISNEW", (), "Boolean", Blank.NEVER, "TRUE when the record is being created.", _is_new, rule_only=True),
    Function(
        "ISCLONE",
        (),
        "Boolean",
        Blank.NEVER,
        "TRUE when the record is being created as a copy of another.",
        _is_clone,
        rule_only=True,
    ),
)
