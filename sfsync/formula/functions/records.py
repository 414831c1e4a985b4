"""Functions that ask about the record: its picklists, its id, and what it was before."""

from decimal import Decimal
from typing import Any

from sfsync.formula.expression import Expr, FieldUse, Run
from sfsync.formula.functions.table import ANY, CHOICES, MULTI, SINGLE, TEXT, Blank, Function, Parameter, Site, strict
from sfsync.formula.problems import EvaluationFailed, FormulaProblem
from sfsync.formula.types import PICKLISTS, Type, Value
from sfsync.records.ids import to_18


def _is_pickval(site: Site) -> Expr:
    choice, wanted = site.arguments
    value = _text_literal(site, wanted)
    one, use = choice.run, choice.field
    if use is None or not use.is_text:
        return site.result(Type.BOOLEAN, lambda record, context: one(record, context) == value)
    name = use.name
    if not isinstance(value, str):
        return site.result(Type.BOOLEAN, lambda record, context: not record.get(name))
    return Expr(Type.BOOLEAN, lambda record, context: record.get(name) == value, site.node, equals=(name, value))


def _includes(site: Site) -> Expr:
    choice, wanted = site.arguments
    value, one = _text_literal(site, wanted), choice.run
    if value is None:
        return site.result(Type.BOOLEAN, lambda record, context: one(record, context) is None)
    known = choice.field.kind.values if choice.field else None
    if known is not None and value not in known:
        message = "Text Literal must be a valid value for this multi-select picklist field."
        raise FormulaProblem(f"Incorrect parameter for function INCLUDES(). {message}", wanted.node.column)
    return site.result(Type.BOOLEAN, lambda record, context: value in _selected(one(record, context)))


def _text_literal(site: Site, wanted: Expr) -> Value:
    """Give the value of an argument that must be a text in quotes. Raises FormulaProblem."""
    if not wanted.is_literal or wanted.type is not Type.TEXT:
        raise site.mismatch(["Text Literal"], wanted)
    return wanted.constant  # type: ignore[return-value]


def _selected(value: Any) -> list[str]:
    """Give the selected values of a multi-select picklist, which are written with semicolons between them."""
    return [] if value is None else value.split(";")


def _own_field(site: Site) -> FieldUse:
    """Give the field of the record that the argument names. Raises FormulaProblem for anything else."""
    use = site.arguments[0].field
    if use is None or use.prior:
        raise site.refused()
    if "." in use.name:
        message = f"The {site.function.name} function cannot reference the {use.name} field."
        raise FormulaProblem(message, site.arguments[0].node.column)
    return use


def _prior_value(site: Site) -> Expr:
    use = _own_field(site)
    raw = use.raw

    def run(record: Any, context: Any) -> Value:
        return raw(record if context.prior is None else context.prior, context)

    before = FieldUse(use.name, use.kind, run, prior=True)
    type_ = Type.TEXT if use.kind.type in PICKLISTS else use.kind.type  # an old choice may be compared like text
    return Expr(type_, run, site.node, field=before)


def _is_changed(site: Site) -> Expr:
    raw = _one_line_end(_own_field(site).raw)

    def run(record: Any, context: Any) -> bool:
        if context.prior is None or context.is_new:
            return False
        return raw(record, context) != raw(context.prior, context)

    return site.result(Type.BOOLEAN, run)


def _one_line_end(raw: Run) -> Run:
    """Read a field with all its line ends written alike."""

    def run(record: Any, context: Any) -> Value:
        value = raw(record, context)
        return value.replace("\r\n", "\n") if isinstance(value, str) else value

    return run


def _is_new(site: Site) -> Expr:
    return site.result(Type.BOOLEAN, lambda record, context: context.is_new)


def _is_clone(site: Site) -> Expr:
    return site.result(Type.BOOLEAN, lambda record, context: context.is_clone)


def _case_safe_id(text: str) -> str:
    try:
        return to_18(text)
    except ValueError as error:
        raise EvaluationFailed(str(error)) from None


_LITERAL = Parameter("text_literal", TEXT)
_FIELD = Parameter("field", ANY | CHOICES)

RECORDS: tuple[Function, ...] = (
    Function(
        "ISPICKVAL",
        (Parameter("picklist_field", SINGLE), _LITERAL),
        "Boolean",
        Blank.NEVER,
        'TRUE when the field holds the value of that API name, letter for letter; "" asks for blank.',
        _is_pickval,
    ),
    Function(
        "INCLUDES",
        (Parameter("multiselect_picklist_field", MULTI), _LITERAL),
        "Boolean",
        Blank.NEVER,
        'TRUE when one of the selected values is the text, letter for letter; "" asks for blank.',
        _includes,
    ),
    Function(
        "PICKLISTCOUNT",
        (Parameter("multiselect_picklist_field", MULTI),),
        "Number",
        Blank.NEVER,
        "How many values are selected.",
        lambda site: site.result(
            Type.NUMBER, lambda record, context: Decimal(len(_selected(site.arguments[0].run(record, context))))
        ),
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
    Function(
        "ISCHANGED",
        (_FIELD,),
        "Boolean",
        Blank.NEVER,
        "TRUE when the field of this record has another value than before; FALSE for a new record.",
        _is_changed,
        rule_only=True,
    ),
    Function(
        "PRIORVALUE",
        (_FIELD,),
        "as its argument",
        Blank.OWN,
        "What the field of this record was before; of a new record, what it is. A blank number is blank, never 0.",
        _prior_value,
        rule_only=True,
    ),
    Function(
        "CASESAFEID",
        (Parameter("id", TEXT),),
        "Text",
        Blank.BLANK,
        "The 18-character form of a record id; text that is no id is an error.",
        strict(Type.TEXT, _case_safe_id),
    ),
)
