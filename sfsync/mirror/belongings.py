"""What hung on records before sfsync gave them to another owner: the before-images of what that takes away or moves."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from sfsync.mirror import tables
from sfsync.mirror.driver import insert
from sfsync.records.values import Plain


@dataclass(frozen=True, slots=True)
class Belonging:
    """One record that hangs on another: a team member, a manual share, or a child with an owner of its own."""

    sobject: str  # of the record it hangs on
    record_id: str
    child: str  # its own sObject
    child_id: str
    fields: Mapping[str, Plain]  # what it held, as JSON has it


class Belongings:
    """Those of every run."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, run: int, seen: Iterable[Belonging]) -> None:
        """Keep what a run saw; of what it saw before the first sight counts."""
        rows = [
            {
                "run": run, "child_id": one.child_id, "child": one.child, "sobject": one.sobject,
                "record_id": one.record_id, "fields": dict(one.fields),
            }
            for one in seen
        ]  # fmt: skip
        if rows:
            self._connection.execute(insert(self._connection, tables.belongings).on_conflict_do_nothing(), rows)

    def of_run(self, run: int) -> list[Belonging]:
        """Give what a run saw, by the records it hung on."""
        table = tables.belongings
        wanted = select(table).where(table.c.run == run).order_by(table.c.record_id, table.c.child, table.c.child_id)
        return [
            Belonging(row.sobject, row.record_id, row.child, row.child_id, row.fields)
            for row in self._connection.execute(wanted)
        ]
