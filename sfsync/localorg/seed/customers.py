"""Accounts, the contacts that work there, and the opportunities with them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from sfsync.localorg.seed import persons
from sfsync.localorg.seed.companies import Company, make_company
from sfsync.localorg.seed.house import House
from sfsync.localorg.seed.moments import Calendar
from sfsync.localorg.seed.rows import Row, stamps
from sfsync.localorg.state import State, Stored

_SOURCES = ("Web", "Web", "Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other", None)
_PRODUCTS = ("Starter plan", "Team licences", "Enterprise rollout", "Renewal", "Support contract", "Pilot", "Training")
_DEPARTMENTS = ("Finance", "IT", "Operations", "Marketing", "Sales", "Procurement", None)
_STEPS = ("Send proposal", "Call back", "Security review", "Meet the board", None, None)
_CENTS = 100


@dataclass(frozen=True, slots=True)
class Account:
    """An account that was made, with what others need of it."""

    id: str
    company: Company
    owner: str
    created: datetime


def accounts(rng: Random, calendar: Calendar, house: House, count: int, made: list[Company]) -> Iterator[Row]:
    """Give account rows; the company of each goes to `made`."""
    for number in range(count):
        company = make_company(rng, number)
        made.append(company)
        created = calendar.created(rng.random() * 0.8)
        owner = rng.choice(house.sellers(company.country.region))
        address = {
            "Street": persons.street(rng, company.country),
            "City": company.city.name,
            "State": company.city.state,
            "PostalCode": persons.filled(rng, company.city.postcode) or None,
            "Country": company.country.name,
        }
        shipped = rng.random() < 0.4
        yield {
            "Name": company.name,
            "Type": rng.choice(("Customer - Direct", "Customer - Direct", "Customer - Channel", "Prospect", "Other")),
            **{f"Billing{part}": value for part, value in address.items()},
            **{f"Shipping{part}": value if shipped else None for part, value in address.items()},
            "Phone": persons.phone(rng, company.country, company.city),
            "Website": f"https://www.{company.domain}",
            "Industry": company.industry,
            "AnnualRevenue": company.revenue,
            "NumberOfEmployees": company.employees,
            "Ownership": rng.choice(("Private", "Private", "Public", "Subsidiary", None)),
            "Rating": rng.choice(("Hot", "Warm", "Warm", "Cold", None)),
            "AccountNumber": f"C-{10_000 + number}",
            "AccountSource": rng.choice(_SOURCES),
            "OwnerId": owner,
            **stamps(created, owner, calendar.after(created, 60), owner),
        }


def contacts(rng: Random, calendar: Calendar, pool: list[Account], house: House, count: int) -> Iterator[Row]:
    """Give contact rows, spread unevenly over the accounts; with no account at all, they hang on none."""
    for _ in range(count):
        account = pool[int(len(pool) * rng.random() ** 1.6)] if pool else None
        company = account.company if account else make_company(rng, 1)
        person = persons.make_person(rng, company)
        owner = account.owner if account else rng.choice(house.sellers(company.country.region))
        created = calendar.after(account.created, 90) if account else calendar.created(rng.random())
        yield {
            "AccountId": account.id if account else None,
            "FirstName": person.first,
            "LastName": person.last,
            "Salutation": person.salutation,
            "Name": person.name,
            "Title": person.title,
            "Department": rng.choice(_DEPARTMENTS),
            "Email": person.email if rng.random() < 0.93 else None,
            "Phone": persons.phone(rng, company.country, company.city),
            "MobilePhone": persons.phone(rng, company.country, company.city) if rng.random() < 0.3 else None,
            "MailingCity": company.city.name,
            "MailingState": company.city.state,
            "MailingCountry": company.country.name,
            "LeadSource": rng.choice(_SOURCES),
            "HasOptedOutOfEmail": int(rng.random() < 0.06),
            "OwnerId": owner,
            **stamps(created, owner, calendar.after(created, 40), owner),
        }


@dataclass(frozen=True, slots=True)
class Stage:
    """One opportunity stage as the org defines it."""

    name: str
    closed: bool
    won: bool
    category: str
    category_name: str
    probability: int


def stages(state: State) -> tuple[Stage, ...]:
    """Read the org's opportunity stages."""
    rows = state.rows("SELECT * FROM OpportunityStage WHERE IsActive = 1 ORDER BY SortOrder")
    return tuple(
        Stage(
            name=row["ApiName"],
            closed=bool(row["IsClosed"]),
            won=bool(row["IsWon"]),
            category=row["ForecastCategory"],
            category_name=row["ForecastCategoryName"],
            probability=row["DefaultProbability"] or 0,
        )
        for row in rows
    )


def opportunities(
    rng: Random, calendar: Calendar, pool: list[Account], house: House, known: tuple[Stage, ...], count: int
) -> Iterator[Row]:
    """Give opportunity rows: old ones mostly closed, young ones mostly open."""
    still_open = [stage for stage in known if not stage.closed]
    ended = [stage for stage in known if stage.closed]
    for _ in range(count):
        account = rng.choice(pool) if pool else None
        company = account.company if account else make_company(rng, 1)
        created = calendar.after(account.created, 120) if account else calendar.created(rng.random())
        age = (calendar.now - created).days
        stage = rng.choice(ended if rng.random() < min(0.9, age / 200) else still_open)
        changed = calendar.after(created, 45)
        close = changed.date() if stage.closed else (calendar.now + timedelta(days=rng.randrange(5, 140))).date()
        owner = account.owner if account else rng.choice(house.sellers(company.country.region))
        yield {
            "Name": f"{company.name} - {rng.choice(_PRODUCTS)}",
            "AccountId": account.id if account else None,
            "Type": rng.choice(("New Customer", "New Customer", "Existing Customer - Upgrade", None)),
            "LeadSource": rng.choice(_SOURCES),
            "NextStep": None if stage.closed else rng.choice(_STEPS),
            "OwnerId": owner,
            **_money(stage, round(rng.lognormvariate(9.6, 0.9), -2), close),
            **stamps(created, owner, changed, owner),
        }


def _money(stage: Stage, amount: float, close: date) -> Mapping[str, Stored]:
    cents = int(amount) * _CENTS
    quarter = (close.month - 1) // 3 + 1
    return {
        "StageName": stage.name,
        "Amount": cents,
        "Probability": stage.probability,
        "ExpectedRevenue": cents * stage.probability // 100,
        "CloseDate": close.isoformat(),
        "IsClosed": int(stage.closed),
        "IsWon": int(stage.won),
        "ForecastCategory": stage.category,
        "ForecastCategoryName": stage.category_name,
        "FiscalQuarter": quarter,
        "FiscalYear": close.year,
        "Fiscal": f"{close.year} {quarter}",
    }
