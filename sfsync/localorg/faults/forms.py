"""What the values of a fault must look like: small checks, each giving "" or the words for what is wanted."""

from collections.abc import Callable, Mapping
from datetime import datetime

Check = Callable[[object], str]


def nothing(value: object) -> str:
    """Take no value at all: the verb stands alone, or with `true`."""
    return "" if value is True else "true, or the bare word"


def number(low: float, high: float) -> Check:
    """Take a number in a range."""

    def check(value: object) -> str:
        fits = isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high
        return "" if fits else f"a number from {low:g} to {high:g}"

    return check


def whole(low: int, high: int) -> Check:
    """Take a whole number in a range."""

    def check(value: object) -> str:
        fits = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
        return "" if fits else f"a whole number from {low} to {high}"

    return check


def words(*known: str) -> Check:
    """Take one of some words."""
    return lambda value: "" if value in known else f"one of {', '.join(known)}"


def text(value: object) -> str:
    """Take a text that is not empty."""
    return "" if isinstance(value, str) and value else "a text"


def moment(value: object) -> str:
    """Take a time with its zone."""
    try:
        return "" if datetime.fromisoformat(str(value)).tzinfo else "a time with a zone"
    except ValueError:
        return "a time such as 2026-01-05T09:00:00Z"


def truth(value: object) -> str:
    """Take true or false."""
    return "" if isinstance(value, bool) else "true or false"


def anything(value: object) -> str:
    """Take whatever is given: it is looked at when it is used."""
    return ""


def object_of(needed: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """Take an object with these keys and no others."""
    known = {**needed, **(optional or {})}

    def check(value: object) -> str:
        if not isinstance(value, dict):
            return f"an object with {', '.join(known)}"
        unknown = sorted(set(value) - set(known))
        if unknown:
            return f"an object without {unknown[0]!r}: {', '.join(known)} are known"
        missing = [key for key in needed if key not in value]
        if missing:
            return f"an object with {missing[0]}"
        wrong = ((key, known[key](one)) for key, one in value.items())
        return next((f"an object whose {key} is {said}" for key, said in wrong if said), "")

    return check


def list_of(check: Check, most: int = 10_000) -> Check:
    """Take a list whose members pass a check, at least one."""

    def checked(value: object) -> str:
        if not isinstance(value, list) or not 0 < len(value) <= most:
            return f"a list of 1 to {most}"
        return next((f"a list of which each is {said}" for one in value if (said := check(one))), "")

    return checked


def each_of(check: Check) -> Check:
    """Take a list whose members pass a check, or an empty one."""
    return lambda value: "" if value == [] else list_of(check)(value)


def maybe(check: Check) -> Check:
    """Take null too."""
    return lambda value: "" if value is None else check(value)


def maybe_text(value: object) -> str:
    """Take a text, an empty one too, or null."""
    return "" if value is None or isinstance(value, str) else "a text"


def an_object(value: object) -> str:
    """Take an object, whatever lies in it."""
    return "" if isinstance(value, dict) else "an object"


def values_of(check: Check) -> Check:
    """Take an object whose values, whatever their keys, pass a check."""

    def checked(value: object) -> str:
        if not isinstance(value, dict):
            return "an object"
        wrong = ((key, check(one)) for key, one in value.items())
        return next((f"an object whose {key} is {said}" for key, said in wrong if said), "")

    return checked


def pair_of(check: Check) -> Check:
    """Take a list of two that pass a check."""
    return lambda value: list_of(check, 2)(value) or ("" if isinstance(value, list) and len(value) == 2 else "two")


def either(*checks: Check) -> Check:
    """Take what passes one of some checks."""
    return lambda value: "" if any(not check(value) for check in checks) else " or ".join(c(value) for c in checks)
