"""The books of a mirror, within one transaction."""

from functools import cached_property

from sqlalchemy import Connection

from sfsync.clock import Clock
from sfsync.mirror.backlog import Backlog
from sfsync.mirror.belongings import Belongings
from sfsync.mirror.decided import Decided
from sfsync.mirror.decisions import Decisions
from sfsync.mirror.ghosts import Ghosts
from sfsync.mirror.jobs import Jobs
from sfsync.mirror.journal import Journal
from sfsync.mirror.keys import Keys
from sfsync.mirror.outbox import Outbox
from sfsync.mirror.pauses import Pauses
from sfsync.mirror.records import Records
from sfsync.mirror.runs import Runs
from sfsync.mirror.schemas import Schemas
from sfsync.mirror.slots import Slots
from sfsync.mirror.stored import StoredRows
from sfsync.mirror.turns import Turns
from sfsync.mirror.updates import Updates
from sfsync.mirror.watermarks import Watermarks


class Books:
    """All books over one connection; what is written in them is kept or undone together."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    @cached_property
    def schemas(self) -> Schemas:
        """What the org says of its sObjects."""
        return Schemas(self._connection)

    @cached_property
    def records(self) -> Records:
        """The records themselves."""
        return Records(self._connection, self._clock)

    @cached_property
    def stored(self) -> StoredRows:
        """The records as columns hold them, for comparing."""
        return StoredRows(self._connection)

    @cached_property
    def journal(self) -> Journal:
        """What changed, from what to what, by whom and why."""
        return Journal(self._connection)

    @cached_property
    def belongings(self) -> Belongings:
        """What hung on records before a run gave them to another owner."""
        return Belongings(self._connection)

    @cached_property
    def watermarks(self) -> Watermarks:
        """How far each sObject has been pulled."""
        return Watermarks(self._connection, self._clock)

    @cached_property
    def runs(self) -> Runs:
        """What ran."""
        return Runs(self._connection, self._clock)

    @cached_property
    def outbox(self) -> Outbox:
        """What is to be sent, and what became of it."""
        return Outbox(self._connection, self._clock)

    @cached_property
    def updates(self) -> Updates:
        """Entries that change records, many at once."""
        return Updates(self._connection, self._clock)

    @cached_property
    def backlog(self) -> Backlog:
        """How much of the outbox is not dealt with."""
        return Backlog(self._connection)

    @cached_property
    def jobs(self) -> Jobs:
        """Bulk jobs, and the entries that go by them."""
        return Jobs(self._connection, self._clock)

    @cached_property
    def ghosts(self) -> Ghosts:
        """Which calls that were given up may still arrive."""
        return Ghosts(self._connection)

    @cached_property
    def decisions(self) -> Decisions:
        """What the rules concluded."""
        return Decisions(self._connection, self._clock)

    @cached_property
    def decided(self) -> Decided:
        """How far the rules have concluded."""
        return Decided(self._connection)

    @cached_property
    def keys(self) -> Keys:
        """Which record a key of a source stands for."""
        return Keys(self._connection)

    @cached_property
    def turns(self) -> Turns:
        """Whose turn it is in each pool."""
        return Turns(self._connection)

    @cached_property
    def slots(self) -> Slots:
        """Which due times have been taken."""
        return Slots(self._connection)

    @cached_property
    def pauses(self) -> Pauses:
        """Which schedules a person has paused."""
        return Pauses(self._connection, self._clock)
