"""The matching methods of matching rules: how each compares two values, and the key near values share.

Methods, algorithms and thresholds are those of Salesforce's help (Matching Methods; Standard Matching Rules). Company
names must share their first five letters, names their sound: near values that do not are not found, as a match key
may miss some in a real org too.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from sfsync.localorg.matching.likeness import acronym, edit_score, jaro_winkler, plain_letters, sound

KEY = "_match_key"  # the name under which SQLite knows `match_key`
_LEGAL_FORMS = frozenset(
    {"inc", "incorporated", "corp", "corporation", "co", "company", "ltd", "limited", "llc", "llp", "plc", "the"}
    | {"gmbh", "ag", "kg", "sa", "srl", "spa", "bv", "nv", "oy", "ab", "as", "pty", "sarl", "sas", "ltda"}
)
_NAMES_FOR = {
    "robert": "bob bobby rob robbie bert", "william": "bill billy will willie liam", "richard": "dick rick ricky rich",
    "james": "jim jimmy jamie", "john": "jack johnny jon", "jonathan": "jon", "margaret": "peggy maggie meg",
    "elizabeth": "liz beth betty eliza lisa", "anthony": "tony", "charles": "chuck charlie", "edward": "ed eddie ted",
    "katherine": "kate kathy katie kathryn catherine", "michael": "mike mick", "thomas": "tom tommy", "daniel": "dan",
    "samuel": "sam", "joseph": "joe joey", "christopher": "chris", "matthew": "matt", "andrew": "andy drew",
    "david": "dave", "stephen": "steve steven", "nicholas": "nick", "alexander": "alex", "benjamin": "ben",
    "jennifer": "jen jenny", "susan": "sue susie", "patricia": "pat patty", "deborah": "deb debbie", "henry": "harry",
}  # fmt: skip
_FULL_NAME = {short: full for full, listed in _NAMES_FOR.items() for short in listed.split()}


@dataclass(frozen=True, slots=True)
class Method:
    """One way to compare two values, neither of them blank."""

    score: Callable[[str, str], float]  # from 0 to 100
    threshold: float  # from which they match
    key: Callable[[str], str] | None  # what values that match have in common; None where there is nothing


def _exact(left: str, right: str) -> float:
    return 100.0 if left.strip().lower() == right.strip().lower() else 0.0


def _full_name(text: str) -> str:
    first = plain_letters(text).split(" ")[0]
    return _FULL_NAME.get(first, first)


def _first_name(left: str, right: str) -> float:
    one, other = plain_letters(left), plain_letters(right)
    if one == other or _full_name(left) == _full_name(right):
        return 100.0
    if min(len(one), len(other)) == 1 and one[0] == other[0]:
        return 100.0  # an initial
    return jaro_winkler(one, other)


def _last_name(left: str, right: str) -> float:
    if plain_letters(left) == plain_letters(right):
        return 100.0
    return 90.0 if sound(left) and sound(left) == sound(right) else 0.0


def company_words(text: str) -> str:
    """Give a company's name without what only says its legal form."""
    words = plain_letters(text).split()
    return " ".join(one for one in words if one not in _LEGAL_FORMS) or " ".join(words)


def _company(left: str, right: str) -> float:
    one, other = company_words(left), company_words(right)
    if one == other or one in (acronym(other), ".") or other in (acronym(one), "."):
        return 100.0
    return edit_score(one, other)


def _digits(text: str) -> str:
    digits = re.sub(r"\D", "", text)
    return digits[1:] if len(digits) == 11 and digits[0] == "1" else digits


def _phone(left: str, right: str) -> float:
    one, other = _digits(left), _digits(right)
    if one == other:
        return 100.0 if one else 0.0
    return 80.0 if len(one) == len(other) >= 9 and one[:-4] == other[:-4] else 0.0


def _zip(left: str, right: str) -> float:
    one, other = (plain_letters(text).replace(" ", "") for text in (left, right))
    return 100.0 if one == other else 90.0 if one[:5] == other[:5] else 0.0


def _near(left: str, right: str) -> float:
    return edit_score(plain_letters(left), plain_letters(right))


def _title(left: str, right: str) -> float:
    one, other = plain_letters(left), plain_letters(right)
    return 100.0 if one in (other, acronym(other)) or other == acronym(one) else edit_score(one, other)


METHODS: dict[str, Method] = {
    "Exact": Method(_exact, 100, lambda text: text.strip().lower()),
    "FirstName": Method(_first_name, 85, lambda text: _full_name(text)[:1]),
    "LastName": Method(_last_name, 90, sound),
    "CompanyName": Method(_company, 70, lambda text: company_words(text)[:5]),
    "Phone": Method(_phone, 80, lambda text: _digits(text)[:-4]),
    "City": Method(_near, 85, lambda text: plain_letters(text)[:4]),
    "Street": Method(_near, 80, lambda text: plain_letters(text).replace(" ", "")[:6]),
    "Zip": Method(_zip, 80, lambda text: plain_letters(text).replace(" ", "")[:5]),
    "Title": Method(_title, 50, None),
}


def match_key(method: str, value: object) -> str:
    """Give the key of a value, blank for null: a function of SQLite, so that keys can be indexed."""
    key = METHODS[method].key
    return "" if value is None or key is None else key(str(value))
