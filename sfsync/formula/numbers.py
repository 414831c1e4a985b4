"""Numbers as the language has them: decimals of 39 digits, rounded half up."""

import re
from collections.abc import Callable
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)

from sfsync.formula.problems import EvaluationFailed, too_big

ZERO = Decimal(0)
ONE = Decimal(1)
HUNDRED = Decimal(100)

_LARGEST = 10_000  # decimal exponent past which a number is refused
_TRAPS = [InvalidOperation, DivisionByZero, Overflow]
CONTEXT = Context(prec=39, rounding=ROUND_HALF_UP, Emin=-_LARGEST, Emax=_LARGEST, traps=_TRAPS)
_EXACT = Context(prec=3 * _LARGEST, rounding=ROUND_HALF_UP, Emin=-_LARGEST, Emax=_LARGEST, traps=_TRAPS)

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,10})?")


def from_python(value: object) -> Decimal:
    """Take a number handed in by a caller: Decimal, int, or float by its shortest digits.

    Raises EvaluationFailed for anything else, infinities and NaN included.
    """
    match value:
        case bool():
            pass
        case Decimal() if value.is_finite():
            return value
        case int():
            return Decimal(value)
        case float() if value == value and abs(value) != float("inf"):
            return Decimal(repr(value))
    raise EvaluationFailed(f"The value '{value}' is not a valid number.")


def from_double(value: float) -> Decimal:
    """Take the outcome of a function computed in double precision; NaN and infinity are failures."""
    if value != value or value in (float("inf"), float("-inf")):
        raise EvaluationFailed("The result is not a number.")
    return Decimal(repr(value))


def parse_number(text: str) -> Decimal | None:
    """Read a number as VALUE does: sign, digits, point, exponent, and nothing else; None where it is none."""
    if not _NUMBER.fullmatch(text):
        return None
    number = Decimal(text)
    if abs(number.adjusted()) > _LARGEST:
        raise too_big("The number")
    return number


def plain(number: Decimal) -> str:
    """Write a number without exponent, grouping or trailing zeros."""
    text = f"{number:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def divide(dividend: Decimal, divisor: Decimal) -> Decimal:
    """Divide, to 39 digits; by zero is a failure."""
    if not divisor:
        raise EvaluationFailed("Division by zero")
    return CONTEXT.divide(dividend, divisor)


def integer(number: Decimal) -> int:
    """Cut a number down to a 32-bit integer, toward zero, as every integer parameter is."""
    whole = int(number) & 0xFFFF_FFFF
    return whole - 0x1_0000_0000 if whole >= 0x8000_0000 else whole


_POWER = Context(prec=18, rounding=ROUND_HALF_UP, Emin=-_LARGEST, Emax=_LARGEST, traps=_TRAPS)
_LARGEST_POWER = Decimal("1e64")
_SMALLEST_POWER = Decimal("1e-39")


def power(base: Decimal, exponent: Decimal) -> Decimal:
    """Raise to a whole power, to 18 digits; a broken power and results past 1e64 are failures."""
    if exponent != exponent.to_integral_value():
        raise EvaluationFailed(f"The value '{plain(exponent)}' is not valid for operator '^'.")
    if not exponent:
        return ONE
    if not base:
        if exponent < 0:
            raise EvaluationFailed("Division by zero")
        return ZERO
    estimate = abs(base).log10(CONTEXT) * exponent if abs(base) != 1 else ZERO
    if estimate > 64:
        raise too_big("The power")
    if estimate < -39:
        return ZERO
    return _POWER.power(base, exponent)


def rounded(number: Decimal, digits: int, mode: str = ROUND_HALF_UP) -> Decimal:
    """Round to digits behind the point; negative digits count before it.

    Where the place lies left of the first digit the answer is 0.
    """
    if number.adjusted() + digits < 0 and digits < 0:
        return ZERO
    if -number.as_tuple().exponent <= digits:  # type: ignore[operator]
        return number
    return number.quantize(Decimal((0, (1,), -digits)), mode, _EXACT)


def truncated(number: Decimal, digits: int) -> Decimal:
    """Cut to digits behind the point, toward zero."""
    return rounded(number, digits, ROUND_DOWN)


def _to_whole(mode: str, first: str) -> Callable[[Decimal], Decimal]:
    """Make a rounding to a whole number that first rounds to 33 digits, so that 0.999...9 counts as 1."""
    context = Context(prec=33, rounding=first, Emin=-_LARGEST, Emax=_LARGEST, traps=_TRAPS)
    return lambda number: context.plus(number).to_integral_value(mode)


ceiling = _to_whole(ROUND_UP, ROUND_HALF_DOWN)
floor = _to_whole(ROUND_DOWN, ROUND_HALF_UP)
mathematical_ceiling = _to_whole(ROUND_CEILING, ROUND_HALF_DOWN)
mathematical_floor = _to_whole(ROUND_FLOOR, ROUND_HALF_UP)


def modulo(dividend: Decimal, divisor: Decimal) -> Decimal:
    """Give the remainder with the dividend's sign; by zero is a failure."""
    if not divisor:
        raise EvaluationFailed("Division by zero")
    return _EXACT.remainder(dividend, divisor)
