"""`sfsync formula`: try formulas out."""

import json
import sys
from collections.abc import Iterable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
from click.shell_completion import CompletionItem

from sfsync.cli.formula_cases import answers, write
from sfsync.cli.formula_values import VTYPES, from_text, guessed_type, to_plain, vtype
from sfsync.clock import SystemClock
from sfsync.errors import UsageError, exit_code_of
from sfsync.formula import (
    Blanks,
    EvalContext,
    FieldTable,
    FieldType,
    FormulaError,
    FormulaProblem,
    Piece,
    Type,
    Value,
    compile_formula,
    completions,
    explain_formula,
    parse,
    prefix_form,
)

_COMMAND = "formula eval"
_LOOK = "correct the formula at the marked place; docs/reference/formula-functions.md lists the functions"


@click.group("formula")
def formula() -> None:
    """Try out formulas in Salesforce's formula language."""


def _complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer functions for the word that is being typed in a shell."""
    return [CompletionItem(whole, help=about) for whole, about in completions(incomplete)]


@formula.command("eval")
@click.argument("expression", shell_complete=_complete)
@click.option("--set", "settings", multiple=True, metavar="FIELD=VALUE", help="A field's value; FIELD:TYPE=VALUE too.")
@click.option(
    "--sobject", metavar="NAME", help="Take the types of fields from this sObject, as a fresh local org has it."
)
@click.option(
    "--blanks",
    type=click.Choice([one.value for one in Blanks]),
    default="zeroes",
    show_default=True,
    help="What a blank number counts as.",
)
@click.option(
    "--zone", metavar="ZONE", default="UTC", show_default=True, help="The user's time zone, for TODAY and DATEVALUE."
)
@click.option("--explain", is_flag=True, help="Show every piece of the formula with its type and value.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def evaluate(
    expression: str,
    settings: tuple[str, ...],
    sobject: str | None,
    blanks: str,
    zone: str,
    explain: bool,
    as_json: bool,
) -> None:
    """Evaluate a formula.

    EXPRESSION is written as in Salesforce's Setup.
    """
    try:
        fields, record = _record(settings, _known_fields(sobject))
        context = EvalContext(now=SystemClock().now(), zone=_zone(zone))
        schema = FieldTable(fields, sobject or "")
        ready = compile_formula(expression, schema, blanks=Blanks(blanks), rule=True)
        value = ready(record, context)
        pieces = explain_formula(expression, schema, record, context, blanks=Blanks(blanks), rule=True)
    except FormulaProblem as problem:
        _fail(problem.message, _LOOK, as_json, expression=expression, column=problem.column)
    except UsageError as error:
        problem_ = error.problems[0]
        _fail(problem_.message, problem_.next, as_json)
    else:
        names = list(ready.names)
        _show(value, ready.type, names, pieces if explain else [], prefix_form(parse(expression)), as_json)


@formula.command("cases")
@click.argument("file", type=click.File("r", encoding="utf-8"))
@click.option("--json", "as_json", is_flag=True, help="Nothing changes: the answers are JSON lines.")
def cases(file: Iterable[str], as_json: bool) -> None:
    """Answer a file of formula cases.

    FILE (- for stdin) holds a JSON object a line; a JSON object a line answers it.
    """
    if write(answers(file, SystemClock().now()), click.echo):
        sys.exit(2)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(f"{name} is no time zone", todo="name one as Europe/Madrid") from None


def _known_fields(sobject: str | None) -> dict[str, FieldType]:
    """Give the fields of an sObject of the local org with their types."""
    if sobject is None:
        return {}
    from sfsync.localorg.catalog import Catalog

    found = Catalog.shipped().sobject(sobject)
    if found is None:
        raise UsageError(f"there is no sObject {sobject}", todo="name one as Lead, Account, Contact or Opportunity")
    return {field.name: FieldType.of(field.type) for field in found.fields.values() if field.type != "address"}


def _record(settings: tuple[str, ...], known: dict[str, FieldType]) -> tuple[dict[str, FieldType], dict[str, object]]:
    """Read `--set` options. Raises UsageError for one that is wrong."""
    fields, record = dict(known), dict[str, object]()
    spelled = {name.lower(): name for name in fields}
    for setting in settings:
        named, equals, text = setting.partition("=")
        name, _, type_name = named.strip().partition(":")
        if not equals or not name:
            raise UsageError(f"--set {setting} has no value", todo="write it as --set Field=value")
        name = spelled.setdefault(name.lower(), name)
        fields[name] = _type_named(type_name) if type_name else fields.get(name) or guessed_type(text)
        record[name] = _value(setting, fields[name], text)
    return fields, record


def _type_named(name: str) -> FieldType:
    try:
        return FieldType.of(name)
    except KeyError:
        raise UsageError(f"{name} is no type of field", todo="name one as Text, Number, Date, Picklist") from None


def _value(setting: str, kind: FieldType, text: str) -> Value:
    try:
        return from_text(kind, text)
    except ValueError as error:
        raise UsageError(f"--set {setting}: {error}", todo=f"give a value of type {kind.type.value}") from None


def _show(
    value: Value | FormulaError, type_: Type, names: list[str], pieces: list[Piece], tree: str, as_json: bool
) -> None:
    """Print the outcome."""
    if as_json:
        click.echo(json.dumps(_as_json(value, type_, names, pieces, tree)))
        return
    for piece in pieces:
        source = "  " * piece.depth + piece.source
        click.echo(f"{source:<50}  {piece.type.value:<9} {_words(piece.value)}")
    click.echo(_words(value))


def _as_json(
    value: Value | FormulaError, type_: Type, names: list[str], pieces: list[Piece], tree: str
) -> dict[str, object]:
    explained = [
        {"depth": piece.depth, "source": piece.source, "type": piece.type.value, **_outcome(piece.value)}
        for piece in pieces
    ]
    own: dict[str, object] = {"type": VTYPES.get(type_, "null"), **_outcome(value), "names": names, "tree": tree}
    common: dict[str, object] = {
        "command": _COMMAND,
        "run": None,
        "state": "done",
        "exit": 0,
        "counts": {},
        "problems": [],
    }
    return {**common, **own, **({"pieces": explained} if explained else {})}


def _outcome(value: Value | FormulaError) -> dict[str, object]:
    if isinstance(value, FormulaError):
        return {"status": "error", "vtype": "null", "value": None, "message": str(value)}
    return {"status": "ok", "vtype": vtype(value), "value": to_plain(value), "message": None}


def _words(value: Value | FormulaError) -> str:
    """Write an outcome for a person."""
    if isinstance(value, FormulaError):
        return str(value)
    if isinstance(value, bool):
        return str(value).upper()
    return "(blank)" if value is None else str(to_plain(value))


def _fail(message: str, todo: str, as_json: bool, *, expression: str = "", column: int | None = None) -> None:
    """Print what is wrong and end with the exit code for it."""
    code = exit_code_of(UsageError(message))
    if as_json:
        where = {} if column is None else {"column": column}
        problem = {"message": message, "next": todo, "where": where}
        failure: dict[str, object] = {"command": _COMMAND, "run": None, "state": "failed", "exit": code, "counts": {}}
        click.echo(json.dumps({**failure, "problems": [problem]}))
    else:
        click.echo(f"! {message}", err=True)
        if column is not None and "\n" not in expression:
            click.echo(f"  {expression}\n  {' ' * (column - 1)}^", err=True)
        click.echo(f"  next: {todo}", err=True)
    sys.exit(code)
