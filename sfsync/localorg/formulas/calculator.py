"""Works formula fields out inside SQLite, by functions added to the connection."""

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from sfsync.formula import EvalContext
from sfsync.localorg.catalog import Catalog
from sfsync.localorg.formulas import sql
from sfsync.localorg.formulas.plans import plan_of
from sfsync.localorg.formulas.values import formula_value, stored_value
from sfsync.localorg.values import Stored

PERMISSIONS = "custom_permissions"  # the setting: names of the custom permissions that every user has


class Calculator:
    """Whose time and rights count while a request is answered, and the functions that need to know."""

    def __init__(self, catalog: Callable[[], Catalog]) -> None:
        self._catalog = catalog
        self.user_id = ""
        self.permissions: frozenset[str] = frozenset()  # in lower case
        self.context = EvalContext(datetime(2000, 1, 1, tzinfo=UTC))  # the time formulas see, in the user's zone

    def begin(self, connection: sqlite3.Connection, now: datetime, user_id: str) -> None:
        """Take note of who asks, and when, at the beginning of a request."""
        sql = """SELECT (SELECT TimeZoneSidKey FROM "User" WHERE Id = ?1),
                 (SELECT value FROM _setting WHERE key = ?2)"""
        zone, kept = connection.execute(sql, (user_id, PERMISSIONS)).fetchone()
        self.user_id = user_id
        self.permissions = frozenset(str(one).lower() for one in json.loads(kept)) if kept else frozenset()
        self.context = EvalContext(now, zone_named(zone) if zone else UTC)

    def register(self, connection: sqlite3.Connection) -> None:
        """Add the functions to a connection."""
        connection.create_function(sql.FORMULA, -1, self._formula)
        connection.create_function(sql.USER, 0, lambda: self.user_id)
        connection.create_function(sql.PERMITTED, 1, lambda name: int(str(name).lower() in self.permissions))

    def _formula(self, sobject: str, name: str, *values: Stored) -> Stored:
        catalog = self._catalog()
        plan = plan_of(catalog, catalog.version, sobject, name)
        if plan is None:
            return None
        record = {one.name: formula_value(one.field, value) for one, value in zip(plan.paths, values, strict=True)}
        return stored_value(plan.field, plan.formula(record, self.context))


def zone_named(name: object) -> tzinfo:
    """Give a time zone by its key, UTC where there is none of that name."""
    try:
        return ZoneInfo(str(name))
    except (KeyError, ValueError, OSError):
        return UTC
