"""Fingerprints of raw records."""

from collections.abc import Sequence

from sqlalchemy import Connection

from sfsync.mirror.connections import driver


def void(connection: Connection, sobject: str, ids: Sequence[str]) -> None:
    """Say that these records were written by somebody else than a bulk load, so that their prints no longer hold."""
    raw = driver(connection)
    if raw.execute("SELECT 1 FROM _prints WHERE sobject = ? LIMIT 1", (sobject,)).fetchone():
        rows = ((sobject, record_id) for record_id in ids)
        raw.executemany("INSERT OR IGNORE INTO _voided VALUES (?, ?)", rows)
