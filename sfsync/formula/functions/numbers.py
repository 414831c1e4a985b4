"""Arithmetic, rounding, and numbers out of text."""

import math
from collections.abc import Callable
from decimal import Decimal

from sfsync.formula import numbers
from sfsync.formula.functions.table import NUMBER, TEXT, Blank, Function, Parameter, own, strict
from sfsync.formula.problems import EvaluationFailed
from sfsync.formula.types import Type

_ONE_NUMBER = (Parameter("number", NUMBER),)
_LN_10 = math.log(10)  # by which the engine divides, rather than take the logarithm to base 10
_PI = numbers.from_double(math.pi)


def _double(work: Callable[..., float]) -> Callable[..., Decimal]:
    """Make a function of doubles one of decimals; what is not defined fails."""

    def run(*values: Decimal) -> Decimal:
        try:
            return numbers.from_double(work(*[float(value) + 0.0 for value in values]))  # + 0.0: no negative zero
        except (ValueError, OverflowError):
            raise EvaluationFailed("The result is not a number.") from None

    return run


def _value(text: str) -> Decimal:
    number = numbers.parse_number(text)
    if number is None:
        raise EvaluationFailed(f"The value '{text}' is not a valid number.")
    return number


def _is_number(text: str | None) -> bool:
    return text is not None and numbers.is_number(text)


def _one(name: str, work: Callable[..., Decimal], about: str) -> Function:
    """Make the row of a function of one number."""
    return Function(name, _ONE_NUMBER, "Number", Blank.BLANK, about, strict(Type.NUMBER, work))


def _many(name: str, work: Callable[..., Decimal], about: str) -> Function:
    """Make the row of a function of any count of numbers."""
    parameters = (Parameter("number", NUMBER, repeated=True),)
    return Function(name, parameters, "Number", Blank.BLANK, about, strict(Type.NUMBER, work), most_arguments=255)


def _digits(name: str, work: Callable[[Decimal, int], Decimal], about: str) -> Function:
    """Make the row of a function of a number and a count of digits."""
    parameters = (Parameter("number", NUMBER), Parameter("num_digits", NUMBER))
    build = strict(Type.NUMBER, lambda number, digits: work(number, numbers.integer(digits)))
    return Function(name, parameters, "Number", Blank.BLANK, about, build)


NUMBERS: tuple[Function, ...] = (
    _one("ABS", Decimal.copy_abs, "The number without its sign."),
    _one("CEILING", numbers.ceiling, "The next whole number away from zero: CEILING(-1.5) is -2."),
    _one("FLOOR", numbers.floor, "The next whole number toward zero: FLOOR(-1.5) is -1."),
    _one("MCEILING", numbers.mathematical_ceiling, "The next whole number up: MCEILING(-1.5) is -1."),
    _one("MFLOOR", numbers.mathematical_floor, "The next whole number down: MFLOOR(-1.5) is -2."),
    _digits("ROUND", numbers.rounded, "Rounds to digits behind the point, halves away from zero."),
    _digits("TRUNC", numbers.truncated, "Cuts to digits behind the point."),
    _many("MAX", lambda *numbers_: max(numbers_), "The largest number."),
    _many("MIN", lambda *numbers_: min(numbers_), "The smallest number."),
    Function(
        "MOD",
        (Parameter("number", NUMBER), Parameter("divisor", NUMBER)),
        "Number",
        Blank.BLANK,
        "The remainder of a division, with the sign of the number. By zero is an error.",
        strict(Type.NUMBER, numbers.modulo),
    ),
    _one("SQRT", _double(math.sqrt), "The square root, in double precision."),
    _one("EXP", _double(math.exp), "e raised to the number, in double precision."),
    _one("LN", _double(math.log), "The natural logarithm, in double precision."),
    _one("LOG", _double(lambda value: math.log(value) / _LN_10), "The logarithm to base 10, in double precision."),
    _one("SIN", _double(math.sin), "The sine of an angle in radians."),
    _one("COS", _double(math.cos), "The cosine of an angle in radians."),
    _one("TAN", _double(math.tan), "The tangent of an angle in radians."),
    _one("ASIN", _double(math.asin), "The arc sine, in radians."),
    _one("ACOS", _double(math.acos), "The arc cosine, in radians."),
    _one("ATAN", _double(math.atan), "The arc tangent, in radians."),
    Function(
        "ATAN2",
        (Parameter("y", NUMBER), Parameter("x", NUMBER)),
        "Number",
        Blank.BLANK,
        "The angle of the point (x, y), in radians.",
        strict(Type.NUMBER, _double(math.atan2)),
    ),
    Function("PI", (), "Number", Blank.NEVER, "The number pi, in double precision.", own(Type.NUMBER, lambda: _PI)),
    Function(
        "VALUE",
        (Parameter("text", TEXT),),
        "Number",
        Blank.BLANK,
        "The number that the text spells: sign, digits, point and exponent only. Anything else is an error.",
        strict(Type.NUMBER, _value),
    ),
    Function(
        "ISNUMBER",
        (Parameter("text", TEXT),),
        "Boolean",
        Blank.NEVER,
        "TRUE when VALUE could read the text.",
        own(Type.BOOLEAN, _is_number),
    ),
)
