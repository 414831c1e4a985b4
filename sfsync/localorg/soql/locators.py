"""Query locators: which records a query found, kept for two days so that pages can be asked for.

The ids are fixed when the query runs; the values of each page are read when it is asked for. Ids are kept in blocks of
2,000 under the locator's id, so that a page touches two of them at most.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sfsync.localorg.soql.refusals import refuse_plainly
from sfsync.localorg.state import State
from sfsync.localorg.values import stamp
from sfsync.localorg.wire import Refusal

BLOCK = 2000  # ids kept in one row
LIFE = timedelta(days=2)
PREFIX = "01g"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a locator is for."""

    soql: str
    all_rows: bool
    batch: int  # records of a page, unless the request for it says otherwise
    path: tuple[int, ...] = ()  # to the subquery whose records they are, by the places of subqueries


@dataclass(frozen=True, slots=True)
class Locator:
    """A query whose records are handed out page by page."""

    id: str
    facts: Facts
    total: int


def keep(state: State, now: datetime, facts: Facts, ids: Iterable[str]) -> Locator:
    """Keep the ids a query found, and forget locators whose time is over."""
    state.run("DELETE FROM _locator WHERE made_at < ?", (stamp(now - LIFE),))
    made_at, made = stamp(now), state.next_id(PREFIX)
    total, block = 0, []
    for record_id in ids:
        block.append(record_id)
        total += 1
        if len(block) == BLOCK:
            _keep_block(state, made, (total - 1) // BLOCK, made_at, block)
            block = []
    if block:
        _keep_block(state, made, (total - 1) // BLOCK, made_at, block)
    kept = json.dumps({**asdict(facts), "total": total})
    state.run("INSERT INTO _locator VALUES (?, ?, ?)", (made, made_at, kept))
    return Locator(made, facts, total)


def find(state: State, now: datetime, locator_id: str) -> Locator:
    """Find a locator. Raises Refusal INVALID_QUERY_LOCATOR for one unknown or older than two days."""
    row = state.one("SELECT made_at, value FROM _locator WHERE id = ?", (locator_id,))
    if row is None or row["made_at"] < stamp(now - LIFE) or not locator_id.startswith(PREFIX) or "/" in locator_id:
        raise invalid()
    kept = json.loads(row["value"])
    facts = Facts(kept["soql"], kept["all_rows"], kept["batch"], tuple(kept.get("path", ())))
    return Locator(locator_id, facts, kept["total"])


def ids_of(state: State, locator: Locator, start: int, count: int) -> list[str]:
    """Give the ids of a page."""
    ids: list[str] = []
    for number in range(start // BLOCK, (start + count - 1) // BLOCK + 1):
        row = state.one("SELECT value FROM _locator WHERE id = ?", (f"{locator.id}/{number}",))
        ids += json.loads(row["value"]) if row is not None else []
    skipped = start % BLOCK
    return ids[skipped : skipped + count]


def invalid() -> Refusal:
    """Give the refusal of a locator that is unknown, too old, or asks for records past the last."""
    return refuse_plainly("invalid query locator", "INVALID_QUERY_LOCATOR")


def _keep_block(state: State, locator_id: str, number: int, made_at: str, ids: list[str]) -> None:
    state.run("INSERT INTO _locator VALUES (?, ?, ?)", (f"{locator_id}/{number}", made_at, json.dumps(ids)))
