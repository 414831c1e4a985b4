"""Fills an org: the same numbers, seed and time give the same records with the same Ids.

Each kind of record, and the calendar, has chances of its own: on another day the same seed gives the same people.
"""

from collections.abc import Iterator
from datetime import datetime
from random import Random

from sfsync.localorg.seed import customers
from sfsync.localorg.seed.amounts import Amounts, Progress, silent
from sfsync.localorg.seed.companies import Company
from sfsync.localorg.seed.customers import Account
from sfsync.localorg.seed.house import House, furnish
from sfsync.localorg.seed.leads import Converted, LeadMaker
from sfsync.localorg.seed.moments import Calendar
from sfsync.localorg.seed.rows import Row, insert
from sfsync.localorg.state import State

_CONVERTED_SHARE = 0.03  # of the leads
_FIRST_DEALS = "SELECT AccountId, min(Id) FROM Opportunity WHERE AccountId IS NOT NULL GROUP BY AccountId"


def sow(state: State, now: datetime, amounts: Amounts, seed: int = 1, progress: Progress = silent) -> None:
    """Make people and records, all or nothing. `now` is the org's time: nothing is made later than that."""
    with state.transaction():
        house = furnish(state, now)
        _Sowing(state, house, seed, now, progress).run(amounts)


class _Sowing:
    def __init__(self, state: State, house: House, seed: int, now: datetime, progress: Progress) -> None:
        self._state = state
        self._house = house
        self._seed = seed
        self._calendar = Calendar(self._chances("calendar"), now)
        self._progress = progress

    def run(self, amounts: Amounts) -> None:
        calendar, house, chances = self._calendar, self._house, self._chances
        companies: list[Company] = []
        accounts = customers.accounts(chances("Account"), calendar, house, amounts.accounts, companies)
        self._insert("Account", accounts, amounts.accounts)
        pool = self._accounts(companies)
        contacts = customers.contacts(chances("Contact"), calendar, pool, house, amounts.contacts)
        self._insert("Contact", contacts, amounts.contacts)
        stages = customers.stages(self._state)
        deals = customers.opportunities(chances("Opportunity"), calendar, pool, house, stages, amounts.opportunities)
        self._insert("Opportunity", deals, amounts.opportunities)
        converted = self._converted(pool, round(amounts.leads * _CONVERTED_SHARE))
        leads = LeadMaker(chances("Lead"), calendar, house, pool, converted).rows(amounts.leads)
        self._insert("Lead", leads, amounts.leads)

    def _chances(self, name: str) -> Random:
        return Random(f"{self._seed} {name}")

    def _insert(self, sobject: str, rows: Iterator[Row], total: int) -> None:
        insert(self._state, sobject, rows, lambda done: self._progress(sobject, done, total))

    def _accounts(self, companies: list[Company]) -> list[Account]:
        """Give the accounts just made, each with its company."""
        rows = self._state.rows("SELECT Id, OwnerId, CreatedDate FROM Account ORDER BY Id")
        return [
            Account(row["Id"], company, row["OwnerId"], datetime.fromisoformat(row["CreatedDate"]))
            for row, company in zip(rows, companies, strict=True)
        ]

    def _converted(self, pool: list[Account], most: int) -> list[Converted]:
        """Choose contacts that shall have come from leads, at most a third of all."""
        by_id = {account.id: account for account in pool}
        deals = {row[0]: row[1] for row in self._state.rows(_FIRST_DEALS)}
        count = min(most, self._state.rows("SELECT count(*) FROM Contact")[0][0] // 3)
        rows = self._state.rows("SELECT * FROM Contact WHERE AccountId IS NOT NULL ORDER BY Id LIMIT ?", (count,))
        return [Converted(dict(row), by_id[row["AccountId"]], deals.get(row["AccountId"])) for row in rows]
