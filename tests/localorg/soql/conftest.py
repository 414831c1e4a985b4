"""A small org asked directly, without HTTP."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sfsync.clock import SetClock
from sfsync.localorg.bootstrap import prepare
from sfsync.localorg.context import OrgContext
from sfsync.localorg.saving import store
from sfsync.localorg.soql import run
from sfsync.localorg.soql.paging import Result
from sfsync.localorg.state import State
from sfsync.localorg.values import Stored
from sfsync.localorg.wire import Refusal

NOW = datetime(2026, 3, 4, 10, 30, tzinfo=UTC)  # a Wednesday


@dataclass
class Asked:
    """An org with ways to fill and ask it."""

    context: OrgContext

    @property
    def user_id(self) -> str:
        """Give who asks."""
        return self.context.user_id

    def insert(self, sobject: str, *rows: Mapping[str, Stored]) -> list[str]:
        """Put rows in as they are, with an id, an owner and stamps, and give their ids."""
        found = self.context.catalog.sobject(sobject)
        assert found is not None and found.key_prefix is not None
        stamps = dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), self.context.stamp)
        owners = dict.fromkeys(("OwnerId", "CreatedById", "LastModifiedById"), self.user_id)
        ids = self.context.state.next_ids(found.key_prefix, len(rows))
        full = [{**stamps, **owners, "Id": one, **row} for one, row in zip(ids, rows, strict=True)]
        with self.context.state.transaction():
            store.insert(self.context.state, found, full)
        return ids

    def result(self, soql: str, all_rows: bool = False, batch: int = 2000) -> Result:
        """Run a query."""
        return run.execute(self.context, soql, all_rows, batch)

    def records(self, soql: str, all_rows: bool = False) -> list[dict[str, Any]]:
        """Run a query and give its records."""
        return [json.loads(one) for one in self.result(soql, all_rows).records]

    def column(self, soql: str, all_rows: bool = False) -> list[Any]:
        """Run a query over one field and give its values."""
        records = self.records(soql, all_rows)
        return [next(value for key, value in one.items() if key != "attributes") for one in records]

    def refusal(self, soql: str) -> Refusal:
        """Run a query that must be refused."""
        with pytest.raises(Refusal) as caught:
            self.result(soql)
        return caught.value

    def at(self, version: str) -> "Asked":
        """Give the same org asked through another API version."""
        return Asked(replace(self.context, version=version))

    def later(self, now: datetime) -> "Asked":
        """Give the same org asked at another time."""
        return Asked(replace(self.context, now=now))


def make(folder: Path) -> Asked:
    """Make an org with one user."""
    clock = SetClock(NOW)
    state = State.open(folder)
    prepare(state, clock)
    user_id = str(state.setting("integration_user_id"))
    return Asked(OrgContext(state, clock, NOW, user_id, "token", "59.0"))


@pytest.fixture(scope="session")
def make_org() -> Callable[[Path], Asked]:
    """Give what makes an org in a folder."""
    return make


@pytest.fixture
def org(tmp_path: Path) -> Iterator[Asked]:
    """Give an org without records."""
    made = make(tmp_path)
    yield made
    made.context.state.close()
