"""Text against patterns: REGEX with Java's regular expressions, LIKE with % and _."""

from collections.abc import Callable
from typing import Any

from sfsync.formula.expression import Expr
from sfsync.formula.functions.table import TEXT, Blank, Build, Function, Parameter, Site
from sfsync.formula.patterns import Pattern, PatternProblem, TooManySteps, compile_like, compile_pattern
from sfsync.formula.problems import EvaluationFailed, FormulaProblem, LimitReached
from sfsync.formula.types import Type

MAX_TEXT = 100_000  # characters that a pattern is held against


def _matching(compiled: Callable[[str], Pattern]) -> Build:
    """Make the builder of a function that holds a text against a pattern; a pattern in quotes is compiled once."""

    def build(site: Site) -> Expr:
        text, pattern = site.runs
        if site.arguments[1].is_literal:
            source = str(site.arguments[1].constant or "")
            ready = _checked(compiled, source, site)
            return site.result(
                Type.BOOLEAN, lambda record, context: _matches(ready, source, text(record, context) or "")
            )

        def run(record: Any, context: Any) -> bool:
            value: Any = text(record, context)
            source: Any = pattern(record, context) or ""
            try:
                return _matches(compiled(source), source, value or "")
            except PatternProblem as problem:
                raise EvaluationFailed(f"{problem} of pattern {source}") from None

        return site.result(Type.BOOLEAN, run)

    return build


def _checked(compiled: Callable[[str], Pattern], source: str, site: Site) -> Pattern:
    """Compile a pattern that stands in the formula. Raises FormulaProblem where it is none."""
    try:
        return compiled(source)
    except PatternProblem as problem:
        message = f"Incorrect parameter for function '{site.node.name}()'. {problem}"
        raise FormulaProblem(message, site.arguments[1].node.column) from None


def _matches(pattern: Pattern, source: str, text: Any) -> bool:
    try:
        if len(text) <= MAX_TEXT:
            return pattern.matches(text)
    except TooManySteps:
        pass
    raise LimitReached(f"Regular expression runtime exceeded for: {source}")


_TEXT = Parameter("text", TEXT, refuses_null=True)

MATCHING: tuple[Function, ...] = (
    Function(
        "REGEX",
        (_TEXT, Parameter("regex_text", TEXT, refuses_null=True)),
        "Boolean",
        Blank.NEVER,
        "TRUE when the whole text matches the regular expression, which is written as in Java, each backslash twice."
        " Blank text counts as empty. An expression that takes too long is an error.",
        _matching(compile_pattern),
    ),
    Function(
        "LIKE",
        (_TEXT, Parameter("pattern", TEXT, refuses_null=True)),
        "Boolean",
        Blank.NEVER,
        "TRUE when the whole text fits the pattern, in which % stands for any characters and _ for one,"
        " unless a backslash comes before them.",
        _matching(compile_like),
    ),
)
