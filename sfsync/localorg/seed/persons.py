"""Persons, and the addresses, phones and e-mail addresses they have at a company."""

from dataclasses import dataclass
from random import Random

from sfsync.localorg.seed.companies import Company, slug
from sfsync.localorg.seed.names import CULTURES
from sfsync.localorg.seed.places import City, Country

_LETTERS = "ABCDEFGHJKLMNPRSTVWXYZ"
_TITLES: tuple[tuple[str, int], ...] = (
    ("Chief Executive Officer", 4),
    ("CEO", 3),
    ("Chief Technology Officer", 3),
    ("CTO", 2),
    ("Chief Financial Officer", 3),
    ("Chief Marketing Officer", 2),
    ("VP Sales", 4),
    ("VP of Operations", 4),
    ("VP Engineering", 3),
    ("Vice President, Procurement", 2),
    ("Director of IT", 6),
    ("IT Director", 3),
    ("Marketing Director", 4),
    ("Director, Customer Success", 3),
    ("Head of Finance", 4),
    ("Head of Digital", 3),
    ("Operations Manager", 8),
    ("IT Manager", 7),
    ("Purchasing Manager", 5),
    ("Office Manager", 5),
    ("Sales Manager", 5),
    ("Product Manager", 4),
    ("Senior Analyst", 4),
    ("Business Analyst", 5),
    ("Software Engineer", 4),
    ("Accountant", 4),
    ("Buyer", 3),
    ("Owner", 4),
    ("Founder & CEO", 2),
    ("Consultant", 4),
    ("Executive Assistant", 2),
    ("Intern", 2),
    ("Student", 1),
)
TITLES = tuple(title for title, weight in _TITLES for _ in range(weight))
FREE_MAIL = ("gmail.example", "gmail.example", "outlook.example", "yahoo.example", "hotmail.example")


@dataclass(frozen=True, slots=True)
class Person:
    """A person who works at a company."""

    first: str
    last: str
    salutation: str | None
    title: str
    email: str

    @property
    def name(self) -> str:
        """The full name as the org shows it."""
        return f"{self.first} {self.last}"


def make_person(rng: Random, company: Company) -> Person:
    """Make a person whose name fits the company's country; the e-mail is on its domain, for one in nine free mail."""
    culture = CULTURES[rng.choice(company.country.cultures)]
    woman = rng.random() < 0.47
    first, last = rng.choice(culture.women if woman else culture.men), rng.choice(culture.family)
    salutation = None if rng.random() < 0.55 else ("Ms." if woman else "Mr.")
    if rng.random() < 0.04:
        salutation = "Dr."
    email = _free_mail(rng, first, last) if rng.random() < 0.11 else work_email(rng, first, last, company.domain)
    return Person(first, last, salutation, rng.choice(TITLES), email)


def work_email(rng: Random, first: str, last: str, domain: str) -> str:
    """Give an e-mail address in one of the ways companies form them."""
    given, family = slug(first) or "info", slug(last) or "office"
    form = rng.random()
    if form < 0.6:
        return f"{given}.{family}@{domain}"
    return f"{given[0]}{family}@{domain}" if form < 0.85 else f"{given}@{domain}"


def _free_mail(rng: Random, first: str, last: str) -> str:
    return f"{slug(first)}{slug(last)}{rng.randrange(60, 99)}@{rng.choice(FREE_MAIL)}"


def filled(rng: Random, form: str) -> str:
    """Give a text with each `#` of the form a digit and each `@` a capital letter."""
    letters = []
    for character in form:
        if character == "#":
            letters.append(str(int(rng.random() * 10)))
        else:
            letters.append(rng.choice(_LETTERS) if character == "@" else character)
    return "".join(letters)


def street(rng: Random, country: Country) -> str:
    """Give a street with house number."""
    return rng.choice(country.streets).replace("#", str(rng.randrange(1, 240)), 1)


def phone(rng: Random, country: Country, city: City) -> str:
    """Give a phone number, mostly in the one tidy form."""
    number = filled(rng, country.number)
    form = rng.random()
    if form < 0.7:
        return f"{country.code} {city.area} {number}"
    if form < 0.9:
        return f"({city.area}) {number}"
    digits = "".join(character for character in number if character.isdigit())
    return (
        f"{country.code}{city.area}{digits}"
        if form < 0.95
        else f"{city.area}.{number.replace('-', '.')} x{digits[-2:]}"
    )
