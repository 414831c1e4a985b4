"""What people do to data by hand: case, stray spaces, missing parts, odd phones, and the same person twice."""

import re
from collections.abc import Callable, Mapping
from random import Random

from sfsync.localorg.seed.names import NICKNAMES
from sfsync.localorg.seed.places import COUNTRIES
from sfsync.localorg.seed.rows import Row
from sfsync.localorg.state import Stored

_SLOPPY: Mapping[str, tuple[str, ...]] = {country.name: country.sloppy for country in COUNTRIES}


def messed(rng: Random, row: Row) -> Row:
    """Give the row with one or two things about it untidy."""
    untidy = dict(row)
    for spoil in rng.sample(_WAYS, rng.randrange(1, 3)):
        spoil(rng, untidy)
    return untidy


def doubled(rng: Random, row: Row) -> Row:
    """Give the same person as somebody else would have typed them, some time later."""
    twin = dict(row)
    first = _text(row, "FirstName")
    twin["FirstName"] = NICKNAMES.get(first, first if rng.random() < 0.7 else f"{first[:1]}.")
    twin["Company"] = re.sub(r"[ ,]+(Inc\.?|LLC|Ltd|GmbH|Corp\.|S\.A\.|plc|AG|AB)$", "", _text(row, "Company"))
    twin["Phone"] = "".join(re.findall(r"\d|^\+", _text(row, "Phone"))) or None
    if rng.random() < 0.35:
        twin["Email"] = None
    if rng.random() < 0.4:
        twin["Title"] = None
    return twin


def _text(row: Row, column: str) -> str:
    value: Stored = row.get(column)
    return value if isinstance(value, str) else ""


def _shout(rng: Random, row: Row) -> None:
    row["LastName"] = _text(row, "LastName").upper()
    row["Company"] = _text(row, "Company").upper()


def _mumble(rng: Random, row: Row) -> None:
    row["FirstName"] = _text(row, "FirstName").lower() or None
    row["LastName"] = _text(row, "LastName").lower()


def _space(rng: Random, row: Row) -> None:
    row["Company"] = _text(row, "Company").replace(" ", "  ", 1)


def _no_first_name(rng: Random, row: Row) -> None:
    row["FirstName"] = None
    row["Salutation"] = None


def _half_an_address(rng: Random, row: Row) -> None:
    row["Street"] = row["PostalCode"] = None
    if rng.random() < 0.3:
        row["Country"] = None


def _odd_phone(rng: Random, row: Row) -> None:
    digits = re.sub(r"\D", "", _text(row, "Phone"))
    if digits:
        row["Phone"] = rng.choice((digits, f"00{digits}", f"tel {digits[:3]}/{digits[3:]}", f"+{digits} (mobile)"))


def _own_country_name(rng: Random, row: Row) -> None:
    row["Country"] = rng.choice(_SLOPPY.get(_text(row, "Country")) or (row["Country"],))


def _placeholder(rng: Random, row: Row) -> None:
    row["Company"] = rng.choice(("n/a", "-", "none", "self", "[not provided]"))


_WAYS: tuple[Callable[[Random, Row], None], ...] = (
    _shout,
    _mumble,
    _space,
    _no_first_name,
    _half_an_address,
    _odd_phone,
    _own_country_name,
    _placeholder,
)
