"""Which entries of the outbox may be sent now."""

from sqlalchemy import Connection

from sfsync.mirror import tables
from sfsync.mirror.driver import is_postgres

# What may be sent now: new or due, the first open entry about its record, and not to be overtaken by a ghost.
READY = f"""
    {tables.OPEN_ENTRY}
      AND (state = 'NEW' OR (state = 'WAITING' AND (due_at IS NULL OR due_at <= :now)))
      AND run = coalesce(:run, run)
      AND NOT EXISTS (
        SELECT 1 FROM _outbox AS earlier
        WHERE earlier.about = entry.about AND earlier.id < entry.id AND earlier.sobject = entry.sobject
          AND earlier.{tables.OPEN_ENTRY})
      AND NOT EXISTS (
        SELECT 1 FROM _outbox AS ghost
        WHERE ghost.record_id = entry.record_id AND ghost.id < entry.id AND ghost.sobject = entry.sobject
          AND ghost.ghost_until > :now AND ghost.change <> entry.change)
    """  # noqa: S608 - put together from our own constants
_CLAIMABLE = f"""
    SELECT id, action, sobject, key_field FROM _outbox AS entry INDEXED BY _outbox_open
    WHERE {READY} ORDER BY id LIMIT :limit
    """  # noqa: S608 - put together from our own constants


def claimable(connection: Connection) -> str:
    """Give the statement that finds what may be sent now; only SQLite has to be told which index serves it best."""
    return _CLAIMABLE.replace("INDEXED BY _outbox_open", "") if is_postgres(connection) else _CLAIMABLE
