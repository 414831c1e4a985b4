"""Leads, oldest first: most are somebody's, the recent ones wait in the queue Inbound."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from sfsync.localorg.seed import persons
from sfsync.localorg.seed.companies import Company, make_company
from sfsync.localorg.seed.customers import Account
from sfsync.localorg.seed.house import House
from sfsync.localorg.seed.mess import doubled, messed
from sfsync.localorg.seed.moments import Calendar
from sfsync.localorg.seed.rows import Row, stamps
from sfsync.localorg.state import Stored
from sfsync.localorg.values import stamp

RECENT = 0.70  # leads from this place on are the recent ones
IN_INBOUND = 0.83  # of the recent
COMPANIES = 30_000  # at most so many companies are kept in mind
_SOURCES = ("Web",) * 8 + ("Phone Inquiry",) * 3 + ("Partner Referral",) * 3 + ("Purchased List",) * 4 + ("Other", None)
_STATUSES = ("New",) * 5 + ("Working",) * 7 + ("Nurturing",) * 4 + ("Unqualified",) * 4
_RATINGS = ("Hot", "Warm", "Warm", "Cold", "Cold", None, None, None)
_WISHES = (
    "Asked for a quote",
    "Downloaded the buyer's guide",
    "Met at the trade fair, wants a call",
    "Visited the pricing page",
    "Came to the webinar",
    "Looking for a replacement of their present supplier",
    "Please call after the holidays",
)


@dataclass(frozen=True, slots=True)
class Converted:
    """A contact that came from a lead, with its account and one of its opportunities."""

    contact: Mapping[str, Stored]
    account: Account
    opportunity: str | None


class LeadMaker:
    """Makes the rows of leads one after the other."""

    def __init__(
        self,
        rng: Random,
        calendar: Calendar,
        house: House,
        customers: Sequence[Account],
        converted: Sequence[Converted],
    ) -> None:
        self._rng = rng
        self._calendar = calendar
        self._house = house
        self._customers = customers
        self._converted = list(converted)
        self._companies: list[Company] = []
        self._lately: list[Row] = []  # rows that may be met again as duplicates

    def rows(self, count: int) -> Iterator[Row]:
        """Give that many lead rows, oldest first."""
        spacing = max(1, count // (len(self._converted) + 1))
        for number in range(count):
            place = number / count
            if self._converted and number % spacing == spacing - 1 and place < RECENT:
                yield self._converted_row(self._converted.pop(), place)
            else:
                yield self._row(number, count)

    def _row(self, number: int, count: int) -> Row:
        rng, place = self._rng, number / count
        created = self._calendar.created(place)
        if self._lately and rng.random() < 0.045:
            row = doubled(rng, rng.choice(self._lately))
        else:
            row = self._contents(self._company(number, count))
            self._remember(row)
            if rng.random() < 0.08:
                row = messed(rng, row)
        region, contents = str(row["region"]), {name: value for name, value in row.items() if name != "region"}
        contents["Name"] = " ".join(str(part) for part in (row["FirstName"], row["LastName"]) if part)
        return contents | self._standing(place, region) | self._stamps(created, place)

    def _company(self, number: int, count: int) -> Company:
        """Give a company: a customer's, one that other leads came from, or a new one."""
        rng = self._rng
        draw = rng.random()
        if self._customers and draw < 0.1:
            return rng.choice(self._customers).company
        if self._companies and draw < 0.45:
            return rng.choice(self._companies)
        made = make_company(rng, 1_000 + number)
        if len(self._companies) < COMPANIES:
            self._companies.append(made)
        return made

    def _contents(self, company: Company) -> Row:
        rng = self._rng
        person = persons.make_person(rng, company)
        country, city = company.country, company.city
        size_known = rng.random() < 0.7
        return {
            "FirstName": person.first,
            "LastName": person.last,
            "Salutation": person.salutation,
            "Title": person.title if rng.random() < 0.9 else None,
            "Company": company.name,
            "Street": persons.street(rng, country) if rng.random() < 0.6 else None,
            "City": city.name,
            "State": city.state,
            "PostalCode": persons.filled(rng, city.postcode) or None,
            "Country": country.name,
            "Phone": persons.phone(rng, country, city) if rng.random() < 0.85 else None,
            "MobilePhone": persons.phone(rng, country, city) if rng.random() < 0.2 else None,
            "Email": person.email if rng.random() < 0.91 else None,
            "Website": f"https://www.{company.domain}" if rng.random() < 0.5 else None,
            "Description": rng.choice(_WISHES) if rng.random() < 0.3 else None,
            "LeadSource": rng.choice(_SOURCES),
            "Industry": company.industry if rng.random() < 0.75 else None,
            "AnnualRevenue": company.revenue if size_known else None,
            "NumberOfEmployees": company.employees if size_known else None,
            "HasOptedOutOfEmail": int(rng.random() < 0.05),
            "DoNotCall": int(rng.random() < 0.03),
            "region": country.region,
        }

    def _remember(self, row: Row) -> None:
        if len(self._lately) < 400:
            self._lately.append(row)
        else:
            self._lately[self._rng.randrange(400)] = row

    def _standing(self, place: float, region: str) -> Row:
        """Give owner, status and rating: waiting in a queue, or in somebody's hands."""
        rng, house = self._rng, self._house
        if place >= RECENT and rng.random() < IN_INBOUND:
            return _standing(house.queues["Inbound"], "New", None, unread=True)
        if rng.random() < 0.06:
            return _standing(house.queues[region], "New", None, unread=True)
        left = house.sellers(region, active=False)
        if left and rng.random() < 0.08:
            return _standing(rng.choice(left), rng.choice(_STATUSES), rng.choice(_RATINGS), unread=False)
        owner = rng.choice(house.sellers(region))
        return _standing(owner, rng.choice(_STATUSES), rng.choice(_RATINGS), unread=rng.random() < 0.1)

    def _stamps(self, created: datetime, place: float) -> Row:
        changed = created if place >= RECENT else self._calendar.after(created, 25)
        return stamps(created, self._house.integration, changed, self._house.integration)

    def _converted_row(self, came: Converted, place: float) -> Row:
        """Give the lead a contact was made of."""
        rng = self._rng
        created = self._calendar.created(place)
        ended = self._calendar.after(created, 30)
        row = self._contents(came.account.company)
        row |= {name: came.contact[name] for name in ("FirstName", "LastName", "Salutation", "Name", "Title", "Email")}
        del row["region"]
        links: Row = {
            "IsConverted": 1,
            "ConvertedDate": stamp(ended)[:10],
            "ConvertedAccountId": came.account.id,
            "ConvertedContactId": came.contact["Id"],
            "ConvertedOpportunityId": came.opportunity,
        }
        owner = came.account.owner
        standing = _standing(owner, "Qualified", rng.choice(_RATINGS), unread=False)
        return row | standing | links | stamps(created, self._house.integration, ended, owner)


def _standing(owner: str, status: str, rating: str | None, *, unread: bool) -> Row:
    return {
        "OwnerId": owner,
        "Status": status,
        "Rating": rating,
        "IsUnreadByOwner": int(unread),
        "IsConverted": 0,
        "ConvertedDate": None,
        "ConvertedAccountId": None,
        "ConvertedContactId": None,
        "ConvertedOpportunityId": None,
    }
