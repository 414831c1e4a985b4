"""Logic: conditions, choices and blanks."""

from collections.abc import Sequence
from typing import Any

from sfsync.formula.expression import Expr, Run
from sfsync.formula.functions.table import (
    ANY,
    BOOLEAN,
    CHOICES,
    VALUES,
    Blank,
    Function,
    Parameter,
    Site,
)
from sfsync.formula.operators import all_of, any_of, picklist_problem
from sfsync.formula.problems import EvaluationFailed
from sfsync.formula.types import PICKLISTS, Type, Value


def common_type(site: Site, branches: Sequence[Expr]) -> Type:
    """Give the one type of branches, NULL aside. Raises FormulaProblem where they differ."""
    common = Type.NULL
    for branch in branches:
        if branch.type in PICKLISTS:
            raise picklist_problem(branch)
        if common is Type.NULL:
            common = branch.type
        elif branch.type not in (common, Type.NULL):
            raise site.wrong(common.value, branch.type.value)
    return common


def _and(site: Site) -> Expr:
    return site.result(Type.BOOLEAN, all_of(tuple(argument.run for argument in site.arguments)))


def _or(site: Site) -> Expr:
    return site.result(Type.BOOLEAN, any_of(tuple(argument.run for argument in site.arguments)))


def _if(site: Site) -> Expr:
    test, then, other = (argument.run for argument in site.arguments)
    type_ = common_type(site, site.arguments[1:])
    return site.result(
        type_, lambda record, context: then(record, context) if test(record, context) else other(record, context)
    )


def _ifs(site: Site) -> Expr:
    if len(site.arguments) % 2 == 0:
        raise site.count_problem(len(site.arguments) + 1)
    tests, results, other = site.arguments[:-1:2], site.arguments[1::2], site.arguments[-1]
    for test in tests:
        if test.type not in (Type.BOOLEAN, Type.NULL):
            raise site.mismatch(Type.BOOLEAN.value, test)
    type_ = common_type(site, (*results, other))
    pairs = tuple((test.run, result.run) for test, result in zip(tests, results, strict=True))
    last = other.run

    def run(record: Any, context: Any) -> Value:
        for test, result in pairs:
            if test(record, context):
                return result(record, context)
        return last(record, context)

    return site.result(type_, run)


def _case(site: Site) -> Expr:
    if len(site.arguments) < 4 or len(site.arguments) % 2:
        raise site.count_problem(len(site.arguments) + (1 if len(site.arguments) > 3 else 4 - len(site.arguments)))
    subject, labels = site.arguments[0], site.arguments[1:-1:2]
    results = (*site.arguments[2:-1:2], site.arguments[-1])
    _check_case(site, subject, labels)
    type_ = common_type(site, results)
    if type_ is Type.BOOLEAN:
        raise site.refused()
    blank_matches = subject.type in (Type.TEXT, *PICKLISTS)
    return site.result(type_, _choice(subject.run, labels, results, blank_matches))


def _check_case(site: Site, subject: Expr, labels: Sequence[Expr]) -> None:
    """Check that the labels are comparable to what is looked at."""
    if Type.BOOLEAN in (subject.type, *(label.type for label in labels)):
        raise site.refused()
    wanted = Type.TEXT if subject.type in PICKLISTS else subject.type
    for label in labels:
        if subject.type in PICKLISTS and not label.is_literal:
            raise site.mismatch("Text Literal", label)
        if wanted is Type.NULL:
            wanted = label.type
        elif label.type not in (wanted, Type.NULL):
            raise site.mismatch(wanted.value, label)


def _choice(subject: Run, labels: Sequence[Expr], results: Sequence[Expr], blank_matches: bool) -> Run:
    """Make the closure of CASE, which works out every argument before it chooses."""
    pairs = tuple((label.run, result.run) for label, result in zip(labels, results, strict=False))
    last = results[-1].run

    def run(record: Any, context: Any) -> Value:
        value = subject(record, context)
        choices = [(label(record, context), result(record, context)) for label, result in pairs]
        other = last(record, context)
        if value is None and not blank_matches:
            return other
        for label, result in choices:
            if label == value:
                return result
        return other

    return run


def _is_blank(site: Site) -> Expr:
    if site.arguments[0].type is Type.BOOLEAN:
        raise site.refused()
    inner = site.arguments[0].run
    return site.result(Type.BOOLEAN, lambda record, context: inner(record, context) is None)


def _is_null(site: Site) -> Expr:
    if site.arguments[0].type is Type.TEXT:
        inner = site.arguments[0].run

        def never(record: Any, context: Any) -> bool:
            inner(record, context)
            return False

        return site.result(Type.BOOLEAN, never)
    return _is_blank(site)


def _blank_value(site: Site) -> Expr:
    first, second = site.arguments
    type_ = common_type(site, site.arguments)
    if type_ is Type.BOOLEAN:
        raise site.refused()
    if first.is_literal and first.type is Type.TEXT and first.constant is None:
        return site.result(type_, first.run)
    return site.result(type_, _substituted(first.run, second.run))


def _null_value(site: Site) -> Expr:
    first, second = site.arguments
    type_ = common_type(site, site.arguments)
    if type_ is Type.BOOLEAN:
        raise site.refused()
    if first.type is Type.TEXT:
        return site.result(type_, _first_of(first.run, second.run))
    return site.result(type_, _substituted(first.run, second.run))


def _substituted(one: Run, other: Run) -> Run:
    def run(record: Any, context: Any) -> Value:
        value, instead = one(record, context), other(record, context)
        return instead if value is None else value

    return run


def _first_of(one: Run, other: Run) -> Run:
    def run(record: Any, context: Any) -> Value:
        value, _ = one(record, context), other(record, context)
        return value

    return run


def _if_error(site: Site) -> Expr:
    type_ = common_type(site, site.arguments)
    one, other = (argument.run for argument in site.arguments)

    def run(record: Any, context: Any) -> Value:
        try:
            return one(record, context)
        except (EvaluationFailed, ArithmeticError):
            return other(record, context)

    return site.result(type_, run)


def _in(site: Site) -> Expr:
    subject, *others = site.arguments
    wanted = Type.TEXT if subject.type in PICKLISTS else subject.type
    for other in others:
        if other.type not in (wanted, Type.NULL):
            raise site.mismatch(wanted.value, other)
    one, runs = subject.run, tuple(other.run for other in others)

    def run(record: Any, context: Any) -> bool:
        value = one(record, context)
        listed = [other(record, context) for other in runs]
        return value is not None and value in listed

    return site.result(Type.BOOLEAN, run)


_CONDITION = Parameter("logical", BOOLEAN, repeated=True)

LOGIC: tuple[Function, ...] = (
    Function(
        "AND",
        (_CONDITION,),
        "Boolean",
        Blank.OWN,
        "TRUE when every condition is. Looks no further than the first that is not; a blank is not.",
        _and,
    ),
    Function(
        "OR",
        (_CONDITION,),
        "Boolean",
        Blank.OWN,
        "TRUE when one condition is. Looks no further than the first that is; a blank is not.",
        _or,
    ),
    Function(
        "IF",
        (Parameter("logical_test", BOOLEAN), Parameter("value_if_true", ANY), Parameter("value_if_false", ANY)),
        "as its branches",
        Blank.OWN,
        "The second argument where the first is TRUE, else the third. Only the one chosen is worked out.",
        _if,
    ),
    Function(
        "IFS",
        (Parameter("logical_test", BOOLEAN), Parameter("value", ANY), Parameter("else", ANY, repeated=True)),
        "as its branches",
        Blank.OWN,
        "The value behind the first test that is TRUE, else the last argument. Only the one chosen is worked out.",
        _ifs,
    ),
    Function(
        "CASE",
        (
            Parameter("expression", VALUES | CHOICES | BOOLEAN),
            Parameter("value1", ANY),
            Parameter("result1", ANY),
            Parameter("else_result", ANY, repeated=True),
        ),
        "as its results",
        Blank.OWN,
        "The result behind the first value that equals the expression, else the last argument. All arguments are"
        " worked out, so an error in any of them is an error. Blank text equals blank; a blank number or date"
        " equals nothing. Not for Booleans.",
        _case,
    ),
    Function(
        "ISBLANK",
        (Parameter("expression", ANY | CHOICES),),
        "Boolean",
        Blank.NEVER,
        "TRUE when the expression has no value. A number field is never blank where blanks count as zeroes.",
        _is_blank,
    ),
    Function(
        "ISNULL",
        (Parameter("expression", ANY | CHOICES),),
        "Boolean",
        Blank.NEVER,
        "As ISBLANK, but always FALSE for text.",
        _is_null,
    ),
    Function(
        "BLANKVALUE",
        (Parameter("expression", ANY), Parameter("substitute", ANY)),
        "as its arguments",
        Blank.OWN,
        "The expression, or the substitute where the expression is blank.",
        _blank_value,
    ),
    Function(
        "NULLVALUE",
        (Parameter("expression", ANY), Parameter("substitute", ANY)),
        "as its arguments",
        Blank.OWN,
        "As BLANKVALUE, but text is never substituted.",
        _null_value,
    ),
    Function(
        "IFERROR",
        (Parameter("value", ANY), Parameter("value_if_error", ANY)),
        "as its arguments",
        Blank.OWN,
        "The first argument, or the second where working out the first fails.",
        _if_error,
    ),
    Function(
        "IN",
        (Parameter("expression", VALUES | CHOICES), Parameter("value", VALUES, repeated=True)),
        "Boolean",
        Blank.OWN,
        "TRUE when the expression equals one of the values; a blank expression equals none.",
        _in,
    ),
)
