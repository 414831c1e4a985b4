"""Reads a scoring file into a Scoring: keys, names, points, grades and the fields written."""

from decimal import Decimal

from sfsync.records.schema import Field, SObject
from sfsync.records.values import Kind
from sfsync.rules.criterion import Names, read_criterion
from sfsync.rules.rewriting import SYNTAX, Rewriting, parse_rewriting
from sfsync.rules.scoring import Band, ScoreFields, ScoreRule, Scoring
from sfsync.rules.table import Table


def read_scoring(document: Table, sobject: str, fields: Names | None) -> Scoring:
    """Read a scoring document; what is wrong with it goes to its problems."""
    write = document.table("write", needed=True)
    rules = _rules(document, fields)
    bands = _bands(document)
    rewriting = _rewriting(write)
    written = _written(write, fields.sobject if fields else None, rules, bands)
    if written.grade and not bands:
        write.blame("grade", "there are no grades to write", "add [[grade]] tables, or take this out")
    write.finish()
    return Scoring(document.name, sobject, written, rewriting, rules, bands)


def _rules(document: Table, fields: Names | None) -> tuple[ScoreRule, ...]:
    rules: list[ScoreRule] = []
    taken: set[str] = set()
    for table in document.tables("score"):
        called = read_name(table, taken)
        when = read_criterion(table, "when", fields)
        points = table.whole("points", needed=True)
        table.finish()
        if called and when and points is not None:
            rules.append(ScoreRule.of(f"{document.name}/{called}", when, points))
    return tuple(rules)


def read_name(table: Table, taken: set[str]) -> str | None:
    """Read a rule's name, which no other rule of its kind may have."""
    name = table.text("name", needed=True)
    if name in taken:
        table.blame("name", f"there are two rules named {name!r}", "give each its own name: reasons are told by it")
    if name:
        taken.add(name)
    return name


def _bands(document: Table) -> tuple[Band, ...]:
    bands: list[Band] = []
    tables = document.tables("grade")
    for table in tables:
        name, at_least = table.text("name", needed=True), table.whole("at_least", needed=True)
        table.finish()
        if name and name in {band.name for band in bands}:
            table.blame("name", f"there are two grades named {name!r}", "keep one")
        elif at_least is not None and at_least in {band.at_least for band in bands}:
            table.blame("at_least", f"two grades begin at {at_least}", "give each its own least score")
        elif name and at_least is not None:
            bands.append(Band(name, at_least))
    if bands and len(bands) == len(tables) and min(band.at_least for band in bands) > 0:
        document.blame("grade", "no grade begins at 0, so low scores have none", "add a [[grade]] with at_least = 0")
    return tuple(sorted(bands, key=lambda band: -band.at_least))


def _rewriting(write: Table) -> Rewriting:
    text = write.text("when")
    if text is None:
        return Rewriting(always=True)
    try:
        return parse_rewriting(text)
    except ValueError as problem:
        write.blame("when", str(problem), SYNTAX)
        return Rewriting(always=True)


def _written(
    write: Table, schema: SObject | None, rules: tuple[ScoreRule, ...], bands: tuple[Band, ...]
) -> ScoreFields:
    score = write.text("score", needed=bool(write.values))
    grade, why = write.text("grade"), write.text("why")
    if schema is None:
        return ScoreFields(score or "", grade, why)
    score_field = writable(write, "score", score, schema)
    grade_field, why_field = writable(write, "grade", grade, schema), writable(write, "why", why, schema)
    _check_number(write, score_field, rules)
    _check_text(write, "grade", grade_field, max((len(band.name) for band in bands), default=0))
    _check_text(write, "why", why_field, 0)
    return ScoreFields(
        score_field.name if score_field else "",
        grade_field.name if grade_field else None,
        why_field.name if why_field else None,
        (why_field.length if why_field else 0) or 255,
    )


def writable(table: Table, key: str, name: str | None, schema: SObject) -> Field | None:
    """Find the field that a key names as one to be written; blame the key where it cannot be."""
    if name is None:
        return None
    field = schema.find(name)
    if field is None:
        near = schema.closest(name)
        todo = f"did you mean {near!r}?" if near else "add the field in Setup, or name another"
        table.blame(key, f"{schema.name} has no field {name}", todo)
        return None
    if not field.updateable:
        table.blame(key, f"{schema.name}.{field.name} cannot be written", "name a field that can, or ask for the right")
        return None
    return field


def _check_number(write: Table, field: Field | None, rules: tuple[ScoreRule, ...]) -> None:
    """Check that the score field holds numbers, and every sum of points."""
    if field is None:
        return
    if field.kind not in (Kind.NUMBER, Kind.INTEGER):
        write.blame("score", f"{field.name} is a {field.type} field; a score is a number", "name a number field")
        return
    most = max(
        sum(rule.points for rule in rules if rule.points > 0), -sum(rule.points for rule in rules if rule.points < 0)
    )
    digits = field.precision - field.scale
    if digits > 0 and Decimal(most) >= Decimal(10) ** digits:
        message = f"the points can add up to {most}, and {field.name} holds {digits} digits"
        write.blame("score", message, "give fewer points, or widen the field", warning=True)


def _check_text(write: Table, key: str, field: Field | None, needed: int) -> None:
    """Check that a field holds texts, of at least so many characters."""
    if field is None:
        return
    if field.kind is not Kind.TEXT:
        write.blame(key, f"{field.name} is a {field.type} field; {key} is a text", "name a text field")
    elif 0 < field.length < needed:
        write.blame(key, f"{field.name} holds {field.length} characters, a grade has {needed}", "shorten the name")
