"""Companies: a name, an industry, a domain, a place, a size."""

import re
import unicodedata
from dataclasses import dataclass
from random import Random

from sfsync.localorg.seed.names import CULTURES
from sfsync.localorg.seed.places import COUNTRIES, City, Country


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_BY_WEIGHT = tuple(country for country in COUNTRIES for _ in range(country.weight))
_FIRST = _words(
    "North Blue Silver Cedar Summit Harbor Bright Iron Clear Granite Maple Atlas Delta Vector Orchard Lantern Meridian "
    "Copper Falcon River Stone Nova Evergreen Beacon Quantum Prairie Solstice Juniper Anchor Pioneer Crescent"
)
_SECOND = _words("field bridge wood gate peak way point stream line crest works ridge haven light forge grove")
_INDUSTRIES: tuple[tuple[str, int, tuple[str, ...]], ...] = (
    ("Technology", 16, ("Software", "Systems", "Labs", "Data", "Cloud")),
    ("Manufacturing", 12, ("Manufacturing", "Industries", "Components", "Tooling")),
    ("Healthcare", 8, ("Health", "Medical", "Clinics", "Diagnostics")),
    ("Finance", 7, ("Capital", "Partners", "Financial", "Advisors")),
    ("Retail", 8, ("Stores", "Outfitters", "Retail", "Trading")),
    ("Consulting", 6, ("Consulting", "Advisory", "Group")),
    ("Education", 5, ("Academy", "Learning", "College")),
    ("Construction", 5, ("Construction", "Builders", "Engineering")),
    ("Transportation", 5, ("Logistics", "Freight", "Transport")),
    ("Energy", 4, ("Energy", "Power", "Solar")),
    ("Food & Beverage", 4, ("Foods", "Bakery", "Coffee Roasters", "Provisions")),
    ("Insurance", 3, ("Insurance", "Assurance")),
    ("Media", 3, ("Media", "Studios", "Press")),
    ("Hospitality", 3, ("Hotels", "Hospitality", "Resorts")),
    ("Telecommunications", 3, ("Telecom", "Networks")),
    ("Biotechnology", 2, ("Biotech", "Biosciences", "Therapeutics")),
    ("Not For Profit", 2, ("Foundation", "Trust")),
    ("Agriculture", 2, ("Farms", "Agri")),
    ("Utilities", 1, ("Water", "Utilities")),
    ("Government", 1, ("County Services", "Agency")),
)
_INDUSTRY_BY_WEIGHT = tuple((name, words) for name, weight, words in _INDUSTRIES for _ in range(weight))
_LEGAL: dict[str, tuple[str, ...]] = {
    "United States": ("Inc.", "LLC", "Corp.", "", "", "Inc"),
    "Canada": ("Inc.", "Ltd.", ""),
    "Mexico": ("S.A. de C.V.", ""),
    "Brazil": ("Ltda.", "S.A.", ""),
    "United Kingdom": ("Ltd", "plc", "LLP", "", "Limited"),
    "Ireland": ("Ltd", "DAC", ""),
    "Germany": ("GmbH", "AG", "GmbH & Co. KG", "e.K."),
    "France": ("SAS", "SARL", "S.A."),
    "Spain": ("S.L.", "S.A."),
    "Poland": ("Sp. z o.o.", "S.A."),
    "Italy": ("S.r.l.", "S.p.A."),
    "Netherlands": ("B.V.", "N.V."),
    "Sweden": ("AB",),
    "Japan": ("K.K.", "Co., Ltd."),
    "India": ("Pvt. Ltd.", "Limited", ""),
    "Australia": ("Pty Ltd", ""),
    "Singapore": ("Pte. Ltd.",),
    "South Africa": ("(Pty) Ltd", ""),
}
_SIZES = (6, 12, 18, 25, 40, 60, 85, 120, 180, 250, 400, 650, 900, 1_500, 3_200, 7_500, 18_000, 45_000)


@dataclass(frozen=True, slots=True)
class Company:
    """One company that people work at."""

    name: str
    industry: str
    domain: str  # under .example, a name nobody can own: mail to it reaches no stranger
    country: Country
    city: City
    employees: int
    revenue: int  # a year, in the org's currency


def make_company(rng: Random, number: int) -> Company:
    """Make a company; the number keeps domains apart where names meet."""
    country = rng.choice(_BY_WEIGHT)
    industry, words = rng.choice(_INDUSTRY_BY_WEIGHT)
    bare = _bare_name(rng, country, rng.choice(words))
    legal = rng.choice(_LEGAL.get(country.name, ("LLC", "")))
    employees = int(rng.choice(_SIZES) * rng.uniform(0.7, 1.4))
    return Company(
        name=f"{bare} {legal}".strip(),
        industry=industry,
        domain=f"{slug(bare)}{number if number % 3 else ''}.example",
        country=country,
        city=rng.choice(country.cities),
        employees=employees,
        revenue=round(int(employees * rng.uniform(70_000, 240_000)), -4),
    )


def slug(text: str) -> str:
    """Give the letters and digits of a text as they go into an address: ascii, lower case."""
    folded = text.replace("ß", "ss").replace("ø", "o").replace("ł", "l").replace("Ł", "l").replace("ı", "i")
    ascii_only = unicodedata.normalize("NFKD", folded).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "", ascii_only.lower())


def _bare_name(rng: Random, country: Country, word: str) -> str:
    kind = rng.random()
    if kind < 0.42:
        return f"{rng.choice(_FIRST)}{rng.choice(_SECOND)} {word}"
    family = CULTURES[rng.choice(country.cultures)].family
    if kind < 0.62:
        return f"{rng.choice(family)} {word}"
    if kind < 0.78:
        return f"{rng.choice(family)} & {rng.choice(family)}"
    if kind < 0.9:
        return f"{rng.choice(country.cities).name} {word}"
    return f"{rng.choice(_FIRST)} {word}"
