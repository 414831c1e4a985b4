"""Logic: conditions, choices and blanks."""

from collections.abc import Sequence
from typing import Any

from sfsync.formula.conditions import all_of, any_of
from sfsync.formula.expression import Expr, Run
from sfsync.formula.functions.table import (
    ANY,
    BOOLEAN,
    CHOICES,
    Blank,
    Function,
    Parameter,
    Site,
)
from sfsync.formula.problems import EvaluationFailed, LimitReached
from sfsync.formula.types import PICKLISTS, Type, Value
from sfsync.formula.wording import misplaced_picklist


def common_type(site: Site, branches: Sequence[Expr]) -> Type:
    """Give the one type of branches, NULL aside. Raises FormulaProblem where they differ."""
    common = Type.NULL
    for branch in branches:
        if branch.type in PICKLISTS:
            raise misplaced_picklist(branch)
        if common is Type.NULL:
            common = branch.type
        elif branch.type not in (common, Type.NULL):
            raise site.mismatch([common], branch)
    return common


def _and(site: Site) -> Expr:
    return Expr(Type.BOOLEAN, all_of(site.arguments), site.node, conditions=site.arguments)


def _or(site: Site) -> Expr:
    return site.result(Type.BOOLEAN, any_of(site.arguments))


def _if(site: Site) -> Expr:
    test, then, other = site.runs
    type_ = common_type(site, site.arguments[1:])
    return site.result(
        type_, lambda record, context: then(record, context) if test(record, context) else other(record, context)
    )


def _ifs(site: Site) -> Expr:
    if len(site.arguments) % 2 == 0:
        raise site.count_problem(1 + 2 * ((1 + len(site.arguments)) // 2))
    tests, results, other = site.arguments[:-1:2], site.arguments[1::2], site.arguments[-1]
    for test in tests:
        if test.type is not Type.BOOLEAN:
            raise site.mismatch([Type.BOOLEAN], test)
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
    count = len(site.arguments)
    if count % 2:
        raise site.count_problem(count - 1)
    subject, labels = site.arguments[0], site.arguments[1:-1:2]
    results = (*site.arguments[2:-1:2], site.arguments[-1])
    if any(argument.type is Type.BOOLEAN for argument in site.arguments):
        raise site.refused()
    check_labels(site, subject, labels)
    blank_matches = subject.type in (Type.TEXT, *PICKLISTS)
    return site.result(common_type(site, results), _choice(subject.run, labels, results, blank_matches))


def check_labels(site: Site, subject: Expr, labels: Sequence[Expr]) -> None:
    """Check that what is compared goes with its subject. Raises FormulaProblem."""
    if subject.type in PICKLISTS:
        for label in labels:
            if not label.is_literal or label.type is not Type.TEXT:
                raise site.mismatch(["Text Literal"], label)
        return
    common_type(site, (subject, *labels))


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
    argument = site.arguments[0]
    if argument.type is Type.TEXT and argument.prior_choice is None and not site.scope.template:
        return site.result(Type.BOOLEAN, lambda record, context: False)
    return _is_blank(site)


def _blank_value(site: Site) -> Expr:
    type_, first = _type_of_pair(site), site.arguments[0]
    if first.is_literal and first.type is Type.TEXT:
        return site.result(type_, first.run)  # even an empty one: it is no blank field
    return site.result(type_, _substituted(*site.runs))


def _null_value(site: Site) -> Expr:
    type_ = _type_of_pair(site)
    if type_ is Type.TEXT and not site.scope.template:
        return site.result(type_, _first_of(*site.runs))
    return site.result(type_, _substituted(*site.runs))


def _type_of_pair(site: Site) -> Type:
    """Give the type of an expression and its substitute. Raises FormulaProblem."""
    if site.arguments[0].type is Type.BOOLEAN:
        raise site.refused()
    return common_type(site, site.arguments)


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
    one, other = site.runs

    def run(record: Any, context: Any) -> Value:
        try:
            return one(record, context)
        except LimitReached:
            raise
        except (EvaluationFailed, ArithmeticError):
            return other(record, context)

    return site.result(type_, run)


def _in(site: Site) -> Expr:
    subject, *others = site.arguments
    if any(argument.type is Type.BOOLEAN for argument in site.arguments):
        raise site.refused()
    check_labels(site, subject, others)
    one, *runs = site.runs

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
        (
            Parameter("logical_test", BOOLEAN, refuses_null=True),
            Parameter("value_if_true", ANY),
            Parameter("value_if_false", ANY),
        ),
        "as its branches",
        Blank.OWN,
        "The second argument where the first is TRUE, else the third. Only the one chosen is worked out.",
        _if,
    ),
    Function(
        "IFS",
        (Parameter("logical_test", ANY), Parameter("value", ANY), Parameter("else", ANY, repeated=True)),
        "as its branches",
        Blank.OWN,
        "The value behind the first test that is TRUE, else the last argument. Only the one chosen is worked out.",
        _ifs,
        usage="IFS(logical_test1, value1, logical_test2, value2, ..., else)",
    ),
    Function(
        "CASE",
        (
            Parameter("expression", ANY | CHOICES),
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
        usage="CASE(expression, value1, result1, value2, result2, ..., else_result)",
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
        (Parameter("expression", ANY | CHOICES), Parameter("value", ANY, repeated=True)),
        "Boolean",
        Blank.OWN,
        "TRUE when the expression equals one of the values; a blank expression equals none.",
        _in,
    ),
)
