"""Rows that Setup or a deployment makes: stamped, by the user the org was made with, and checked by nobody."""

from collections.abc import Mapping

from sfsync.localorg.state import State
from sfsync.localorg.values import Stored


def insert(state: State, sobject: str, columns: Mapping[str, Stored], now: str) -> None:
    """Insert a row; stamps that the sObject has are added, and columns that it lacks are passed over."""
    known = state.catalog.sobject(sobject)
    assert known is not None
    user = str(state.setting("integration_user_id"))
    stamps = dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), now)
    given = {**stamps, **dict.fromkeys(("CreatedById", "LastModifiedById"), user), **columns}
    row = {name: value for name, value in given.items() if name.lower() in known.known}
    names, marks = ", ".join(f'"{one}"' for one in row), ", ".join("?" * len(row))
    state.run(f'INSERT INTO "{known.name}" ({names}) VALUES ({marks})', list(row.values()))  # noqa: S608 - catalog names
