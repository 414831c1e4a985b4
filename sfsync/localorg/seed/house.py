"""The people of the org: salespeople, queues, their members, and the lead assignment rule.

They are there in an empty org too. The rule is active and would hand every lead to a regional queue, so that a
client that lets it run by accident is seen to have done so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sfsync.localorg.seed.places import COUNTRIES
from sfsync.localorg.seed.rows import Row, insert, stamps
from sfsync.localorg.state import State, Stored

_OPENED = timedelta(days=600)  # before now: when the people came
QUEUES = ("Inbound", "EMEA", "Americas", "APAC")


@dataclass(frozen=True, slots=True)
class Salesperson:
    """Somebody who owns records."""

    first: str
    last: str
    title: str
    region: str
    zone: str
    active: bool = True

    @property
    def username(self) -> str:
        """The user name, which is the e-mail address too."""
        return f"{self.first.lower()}@example.com"


TEAM = (
    Salesperson("Ana", "Torres", "Account Executive", "EMEA", "Europe/Paris"),
    Salesperson("Ben", "Whitaker", "Account Executive", "EMEA", "Europe/London"),
    Salesperson("Carla", "Rossi", "Senior Account Executive", "EMEA", "Europe/Rome"),
    Salesperson("Dev", "Patel", "Account Executive", "APAC", "Asia/Kolkata"),
    Salesperson("Eve", "Novak", "Sales Development Representative", "Americas", "America/New_York"),
    Salesperson("Finn", "Gallagher", "Account Executive", "Americas", "America/Los_Angeles"),
    Salesperson("Gail", "Moreno", "Account Executive", "Americas", "America/Chicago", active=False),
)


@dataclass(frozen=True, slots=True)
class House:
    """Ids of the people by user name, and of the queues by name."""

    users: Mapping[str, str]
    queues: Mapping[str, str]
    integration: str

    def sellers(self, region: str, active: bool = True) -> tuple[str, ...]:
        """Give the users who sell in a region."""
        return tuple(self.users[one.username] for one in TEAM if one.region == region and one.active == active)


def furnish(state: State, now: datetime) -> House:
    """Make users, queues and the assignment rule, where they are not there already."""
    integration, found = _integration(state), _found(state)
    if found is not None:
        return found
    since = stamps(now - _OPENED, integration, now - _OPENED, integration)
    profile = state.one("SELECT ProfileId FROM User WHERE Id = ?", (integration,))
    users = [_user(one, profile["ProfileId"] if profile else None, since) for one in TEAM]
    insert(state, "User", users)
    queues = [_queue(name, integration, since) for name in QUEUES]
    insert(state, "Group", queues)
    stamp = since["SystemModstamp"]
    insert(state, "QueueSobject", [_opened(str(queue["Id"]), integration, stamp) for queue in queues])
    house = _found(state)
    if house is None:
        raise LookupError("the users that were just made are not there")
    insert(state, "GroupMember", _members(house, stamp))
    _make_rule(state, house)
    return house


def _integration(state: State) -> str:
    return str(state.setting("integration_user_id"))


def _found(state: State) -> House | None:
    users = {row["Username"]: row["Id"] for row in state.rows("SELECT Id, Username FROM User")}
    queues = {row["Name"]: row["Id"] for row in state.rows("SELECT Id, Name FROM \"Group\" WHERE Type = 'Queue'")}
    whole = all(one.username in users for one in TEAM) and all(name in queues for name in QUEUES)
    return House(users, queues, _integration(state)) if whole else None


def _user(one: Salesperson, profile: str | None, since: Mapping[str, Stored]) -> Row:
    return {
        "Username": one.username,
        "FirstName": one.first,
        "LastName": one.last,
        "Name": f"{one.first} {one.last}",
        "Email": one.username,
        "Title": one.title,
        "Department": "Sales",
        "Division": one.region,
        "CompanyName": "Example Trading",
        "Alias": f"{one.first[0]}{one.last}"[:8].lower(),
        "CommunityNickname": one.first.lower(),
        "IsActive": int(one.active),
        "ProfileId": profile,
        "UserType": "Standard",
        "TimeZoneSidKey": one.zone,
        "LocaleSidKey": "en_US",
        "LanguageLocaleKey": "en_US",
        "EmailEncodingKey": "UTF-8",
        **since,
    }


def _queue(name: str, owner: str, since: Mapping[str, Stored]) -> Row:
    return {"Name": name, "DeveloperName": name, "Type": "Queue", "OwnerId": owner, "DoesIncludeBosses": 1, **since}


def _opened(queue: str, by: str, stamp: Stored) -> Row:
    return {"QueueId": queue, "SobjectType": "Lead", "CreatedById": by, "SystemModstamp": stamp}


def _members(house: House, stamp: Stored) -> list[Row]:
    pairs = [(house.queues[region], user) for region in QUEUES[1:] for user in house.sellers(region)]
    pairs += [(house.queues["Inbound"], house.users[one.username]) for one in TEAM if one.active]
    return [{"GroupId": queue, "UserOrGroupId": user, "SystemModstamp": stamp} for queue, user in pairs]


def _make_rule(state: State, house: House) -> None:
    """Give the org's lead rule its entries: each country's leads to the queue of its region, all others to Americas."""
    entries: list[dict[str, object]] = []
    for region, countries in _regions().items():
        criterion = {"field": "Country", "operation": "equals", "value": ",".join(countries)}
        entries.append({"criteria": [criterion], "owner": house.queues[region]})
    entries.append({"criteria": [], "owner": house.queues["Americas"]})
    state.set_setting("assignment_rules", {str(state.setting("lead_rule_id")): entries})


def _regions() -> dict[str, list[str]]:
    """Give the countries of each region, by all the names people write."""
    listed: dict[str, list[str]] = {}
    for country in COUNTRIES:
        listed.setdefault(country.region, []).extend((country.name, *country.sloppy))
    return listed
