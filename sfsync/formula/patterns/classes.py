"""Classes of characters by their names in Java's patterns, as tests of one character."""

import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias

import regex  # type: ignore[import-untyped]

Test: TypeAlias = Callable[[str], bool]

LINE_ENDS = frozenset("\n\r\x85\u2028\u2029")
_SPACES = frozenset(" \t\n\x0b\f\r")
_VERTICAL = frozenset("\n\x0b\f\r\x85\u2028\u2029")
_HORIZONTAL = frozenset(" \t\xa0\u1680\u180e\u202f\u205f\u3000") | {chr(code) for code in range(0x2000, 0x200B)}
_DIGITS = frozenset("0123456789")
_LOWER = frozenset("abcdefghijklmnopqrstuvwxyz")
_UPPER = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_GRAPH = _PUNCTUATION | _DIGITS | _LOWER | _UPPER
_WORD = _LOWER | _UPPER | _DIGITS | {"_"}
_HEX = _DIGITS | frozenset("abcdefABCDEF")


def one_of(letters: frozenset[str]) -> Test:
    """Make the test for one of some characters."""
    return letters.__contains__


def negated(test: Test) -> Test:
    """Make the opposite of a test."""
    return lambda letter: not test(letter)


def is_word(letter: str) -> bool:
    """Tell whether a character belongs to a word, for word boundaries."""
    return letter == "_" or letter.isalnum()


ESCAPES: dict[str, Test] = {
    "d": one_of(_DIGITS),
    "s": one_of(_SPACES),
    "w": one_of(_WORD),
    "h": one_of(_HORIZONTAL),
    "v": one_of(_VERTICAL),
}
"""What `\\d` and its like stand for; the capital letter is the opposite."""

UNICODE_ESCAPES: dict[str, Test] = {**ESCAPES, "d": str.isdecimal, "s": str.isspace, "w": is_word}
"""The same under the flag U."""

_NAMED: dict[str, Test] = {
    "Lower": one_of(_LOWER),
    "Upper": one_of(_UPPER),
    "ASCII": str.isascii,
    "Alpha": one_of(_LOWER | _UPPER),
    "Digit": one_of(_DIGITS),
    "Alnum": one_of(_LOWER | _UPPER | _DIGITS),
    "Punct": one_of(_PUNCTUATION),
    "Graph": one_of(_GRAPH),
    "Print": one_of(_GRAPH | {" "}),
    "Blank": one_of(frozenset(" \t")),
    "Cntrl": lambda letter: letter < " " or letter == "\x7f",
    "XDigit": one_of(_HEX),
    "Space": one_of(_SPACES),
    "javaLowerCase": str.islower,
    "javaUpperCase": str.isupper,
    "javaWhitespace": str.isspace,
    "javaLetter": str.isalpha,
    "javaDigit": str.isdecimal,
    "javaLetterOrDigit": str.isalnum,
    "javaAlphabetic": str.isalpha,
    "IsAlphabetic": str.isalpha,
    "IsLetter": str.isalpha,
    "IsDigit": str.isdecimal,
    "IsLowercase": str.islower,
    "IsUppercase": str.isupper,
    "IsWhite_Space": str.isspace,
    "IsWhiteSpace": str.isspace,
    "IsPunctuation": lambda letter: unicodedata.category(letter).startswith("P"),
    "L1": lambda letter: letter <= "\xff",
    "all": lambda letter: True,
}

_CATEGORIES = frozenset(
    "L M N P S Z C Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf Cs Co Cn".split()  # noqa: SIM905
)


@lru_cache(maxsize=256)
def named(name: str) -> Test | None:
    """Give the test for `\\p{name}`, None where Java has no such class."""
    found = _NAMED.get(name)
    if found is not None:
        return found
    key, _, value = name.partition("=")
    if value and key in ("general_category", "gc"):
        return _category(value)
    if value and key in ("script", "sc", "block", "blk"):
        return _by_unicode(f"{'Script' if key[0] == 's' else 'Block'}={value}")
    category = _category(name.removeprefix("Is"))
    if category is not None:
        return category
    if name.startswith("In"):
        return _by_unicode(f"Block={name[2:]}")
    return _by_unicode(f"Script={name[2:]}") if name.startswith("Is") else None


def cased_name(name: str) -> str:
    """Give the class that a class of one case stands for where case does not matter."""
    if name in ("Lower", "Upper"):
        return "Alpha"
    one_case = ("Lu", "Ll", "Lt", "Lowercase", "Uppercase", "Titlecase")
    java = ("javaLowerCase", "javaUpperCase", "javaTitleCase")
    return "LC" if name.removeprefix("Is") in one_case or name in java else name


def _category(name: str) -> Test | None:
    if name == "LC":
        return lambda letter: unicodedata.category(letter) in ("Lu", "Ll", "Lt")
    if name not in _CATEGORIES:
        return None
    return lambda letter: unicodedata.category(letter).startswith(name)


def _by_unicode(property_: str) -> Test | None:
    """Make the test for a script or block of Unicode."""
    if not property_.replace("=", "").replace("_", "").replace(" ", "").isalnum():
        return None
    try:
        matches = regex.compile(rf"\p{{{property_}}}").fullmatch
    except regex.error:
        return None
    return lambda letter: matches(letter) is not None


def folded(test: Test, unicode: bool) -> Test:
    """Make a test that takes a character in either case: of ASCII letters, or of all."""

    def either(letter: str) -> bool:
        if not unicode and not letter.isascii():
            return test(letter)
        return test(letter) or test(letter.lower()[0]) or test(letter.upper()[0])

    return either
