"""Numbers as the language has them: decimals of 39 digits, rounded half up."""

import math
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


def is_number(text: str) -> bool:
    """Tell whether VALUE could read the text."""
    return _NUMBER.fullmatch(text) is not None


def parse_number(text: str) -> Decimal | None:
    """Read a number as VALUE does: sign, digits, point, exponent, and nothing else; None where it is none."""
    if not is_number(text):
        return None
    return CONTEXT.plus(_clamped(text))


def _clamped(text: str) -> Decimal:
    """Read a number whose exponent may be beyond what is computed with."""
    number = Decimal(text)
    if number and abs(number.adjusted()) > _LARGEST - 100:
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


_SMALLEST_POWER = Decimal("1e-39")
_OUT_OF_RANGE = "Out of range argument to POWER() function"


def power(base: Decimal, exponent: Decimal) -> Decimal:
    """Raise to a whole power, to 18 digits; a broken power and results past 1e64 are failures.

    The steps are those of Java's BigDecimal (squaring, with a few digits to spare), so that the last digit agrees.
    """
    if exponent != exponent.to_integral_value() or abs(exponent) > 999_999_999:
        raise EvaluationFailed(_OUT_OF_RANGE)
    times = int(exponent)
    if not times:
        return ONE
    digits = _log10(base) * times
    if digits > 64:
        raise EvaluationFailed(_OUT_OF_RANGE)
    if digits < -50:
        return ZERO
    work = Context(prec=19 + len(str(abs(times))), rounding=ROUND_HALF_UP, Emin=-_LARGEST, Emax=_LARGEST, traps=_TRAPS)
    result = ONE
    for bit in f"{abs(times):b}":
        result = work.multiply(result, result)
        if bit == "1":
            result = work.multiply(result, base)
    if times < 0:
        result = work.divide(ONE, result)
    result = Context(prec=18, rounding=ROUND_HALF_UP).plus(result)
    return result if abs(result) >= _SMALLEST_POWER else ZERO


def _log10(number: Decimal) -> float:
    """Give the logarithm of a number's size, -infinity for 0."""
    size = float(abs(number))
    return math.log10(size) if size else -math.inf


def rounded(number: Decimal, digits: int, mode: str = ROUND_HALF_UP) -> Decimal:
    """Round to digits behind the point; negative digits count before it.

    Where the place lies left of the first digit the answer is 0. A number below 1 is rounded with a 1 before its
    point, within 39 digits, as Salesforce's engine does it.
    """
    size = number.copy_abs()
    below_one = size < 1
    if below_one:
        size = CONTEXT.add(size, ONE)
    kept = size.adjusted() + 1 + digits
    if kept <= 0:
        return ZERO
    size = Context(prec=min(kept, 3 * _LARGEST), rounding=mode).plus(size)
    if below_one:
        size = CONTEXT.subtract(size, ONE)
    return size.copy_negate() if number < 0 else size


def as_displayed(fraction: Decimal) -> Decimal:
    """Give a percentage as it is displayed: 0.5 as 50."""
    return fraction.scaleb(2, _EXACT)


def to_scale(number: Decimal, digits: int) -> Decimal:
    """Round half up to digits behind the point, plainly."""
    return number.quantize(Decimal((0, (1,), -digits)), ROUND_HALF_UP, _EXACT)


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
