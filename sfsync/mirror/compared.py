"""Records the mirror has and whose bytes are others than before, compared with it in PostgreSQL, many at once.

The server reads them as they came, beside the table; one statement journals each field that differs, and another one
writes what is new over what was. So none of their values comes to us. Where anything about them is unusual nothing is
written, and `Page` takes them row by row; both leave the same behind.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from sfsync.mirror.copied import Copied
from sfsync.mirror.driver import driver
from sfsync.mirror.keys import Keys
from sfsync.mirror.layout import Layout
from sfsync.mirror.page import NEVER_JOURNALED, UNREMARKABLE
from sfsync.mirror.shape import quoted
from sfsync.mirror.taken import IDS_KEPT, Taken
from sfsync.mirror.upserts import INCOMING, incoming
from sfsync.records.values import Kind

FEW = 50  # records below which it is not worth the while

# What the journal writes of a column: the forms of `journal_text`.
_TEXT = {
    Kind.BOOLEAN: "{}::text",
    Kind.INTEGER: "{}::text",
    Kind.NUMBER: "trim_scale({})::text",
    Kind.DATE: "{}::text",
    Kind.DATETIME: 'to_char({}, \'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"\')',
    Kind.TIME: "to_char({}, 'HH24:MI:SS.MS\"Z\"')",
}


class Compared:
    """Compares records of one layout, for one run, at one time (`now`, as text)."""

    def __init__(self, connection: Connection, layout: Layout, run: int, now: str) -> None:
        self._connection = connection
        self._raw = driver(connection)
        self._layout = layout
        self._now = now
        self._run = run
        self._copied = Copied(connection, layout, run, into=INCOMING)

    def take(self, prefix: str, records: Sequence[bytes]) -> Taken | None:
        """Take raw records in, whose ids begin with the prefix; no record may come twice.

        None, with nothing written, where they are few, or where not each is of a living record that the mirror has.
        """
        if len(records) < FEW:
            return None
        changed: list[str] = []
        with incoming(self._connection, self._layout):
            taken = self._copied.poured([(prefix, list(records))], lambda: self._journaled(len(records), changed))
        return Taken(len(records), changed=len(changed), changed_ids=tuple(changed[:IDS_KEPT])) if taken else None

    def _journaled(self, records: int, changed: list[str]) -> bool:
        """Journal what differs, write it, and tell which records changed; False where they are not all as they should.

        What was written until then is undone by whoever asks.
        """
        met = self._raw.execute(self._journaling(), (self._now,)).fetchall()
        if len(met) != records or any(dead for _, dead, _ in met):
            return False
        self._raw.execute(self._writing())
        if {"MasterRecordId", "IsDeleted"} <= set(self._layout.names):
            Keys(self._connection).follow((), there=[record_id for record_id, _, _ in met])
        changed += [record_id for record_id, _, remarkable in met if remarkable]
        return True

    def _journaling(self) -> str:
        """Give the statement that journals all fields that differ, and gives each record that is in the mirror.

        Its rows: the id, whether the mirror has a tombstone of it, whether more than its stamps differs.
        """
        layout = self._layout
        pairs = [
            f"o.{quoted(name)} AS o{place}, n.{quoted(name)} AS n{place}" for place, name in enumerate(layout.names)
        ]
        stamps = [name for name in ("LastModifiedDate", "SystemModstamp") if name in layout.names]
        at = [_if_moved([name], self._text("n", name)) for name in stamps]
        saver = "LastModifiedById"
        by = _if_moved([*stamps[:1], saver], f"n.{quoted(saver)}") if saver in layout.names else "NULL"
        remarkable = [place for place, name in enumerate(layout.names) if name not in UNREMARKABLE]
        differs = " OR ".join(f"o{place} IS DISTINCT FROM n{place}" for place in remarkable)
        columns = "id, number, at, field, kind, before, after, by"
        return (
            f'WITH met AS MATERIALIZED (SELECT n."Id" AS id, o._deleted AS dead, {", ".join(pairs)},'  # noqa: S608 - checked names
            f" coalesce({', '.join([*at, '?'])}) AS at, {by} AS by"
            f' FROM {INCOMING} n JOIN {quoted(layout.sobject)} o ON o."Id" = n."Id"),'
            f" lines ({columns}) AS ({' UNION ALL '.join(self._lines())}),"
            ' told AS (INSERT INTO _journal (run, at, sobject, record_id, field, kind, before, after, origin, "by")'
            f" SELECT {self._run}, at, '{layout.sobject}', id, field, kind, before, after, 'org', by"
            " FROM lines ORDER BY id, number)"
            f" SELECT id, dead, {differs} FROM met ORDER BY id"
        )

    def _lines(self) -> Iterator[str]:
        """Give questions after the lines of the journal, one for each field that is journaled."""
        for place, (name, kind) in enumerate(zip(self._layout.names, self._layout.kinds, strict=True)):
            if name not in NEVER_JOURNALED and name != "IsDeleted":
                text = _TEXT.get(kind, "{}")
                values = f"'{name}', '{kind.value}', {text.format(f'o{place}')}, {text.format(f'n{place}')}"
                yield f"SELECT id, {place}, at, {values}, by FROM met WHERE o{place} IS DISTINCT FROM n{place}"  # noqa: S608 - as above

    def _text(self, of: str, name: str) -> str:
        return _TEXT.get(self._layout.kinds[self._layout.names.index(name)], "{}").format(f"{of}.{quoted(name)}")

    def _writing(self) -> str:
        """Give the statement that writes the records in which anything differs."""
        names = [quoted(name) for name in self._layout.names if name != "Id"]
        sets = ", ".join(f"{name} = n.{name}" for name in names)
        differs = " OR ".join(f"o.{name} IS DISTINCT FROM n.{name}" for name in names)
        return (
            f"UPDATE {quoted(self._layout.sobject)} o SET {sets}, _run = {self._run}"  # noqa: S608 - checked names
            f' FROM {INCOMING} n WHERE o."Id" = n."Id" AND ({differs})'
        )


def _if_moved(fields: Sequence[str], value: str) -> str:
    """Give a value where one of these is another than it was: else nobody tells when a change came, or by whom."""
    moved = [f"n.{one} IS NOT NULL AND n.{one} IS DISTINCT FROM o.{one}" for one in map(quoted, fields)]
    return f"CASE WHEN {' OR '.join(moved)} THEN {value} END"
