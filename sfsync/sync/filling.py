"""Filling the upload of a Bulk job: each entry held against its record first, some thousand at a time.

Where the mirror holds just what an update expects to find, its row is made without making an object of it. All others
are looked at as wholes: what is so already, or must not be written any more, is settled here.
"""

from collections.abc import Mapping, Sequence

from sfsync.mirror.entries import Call, Entry
from sfsync.plan.transport import OWNER
from sfsync.records.change import Action
from sfsync.records.values import Value
from sfsync.salesforce.port import Upload
from sfsync.sync.collections_push import checked
from sfsync.sync.context import Context
from sfsync.sync.settle import Settled, record

GROUP = 2_000  # entries held in memory, and settled in one transaction


class Filling:
    """The filling of an upload with a run's claimed entries; `known` tells whether the mirror can be trusted."""

    def __init__(
        self, context: Context, run: int, call: Call, fields: Sequence[str], known: bool, upload: Upload
    ) -> None:  # fmt: skip
        self._context = context
        self._run = run
        self._call = call
        self._fields = fields
        self._known = known
        self._by_soap = context.org.manner(call.sobject).owner_options is not None
        self._upload = upload
        self._unfit: list[int] = []
        self._settled: list[Settled] = []

    def fill(self) -> list[int]:
        """Put in what is to be sent and settle what is not; give the entries that have to go another way.

        What would make the upload too large is let go of, to be claimed again.
        """
        after = 0
        while not self._upload.full:
            last = self._fill_some(after)
            if last is None:
                break
            after = last
            self._record(GROUP)
            self._context.progress.count(f"{self._call.sobject} rows", self._upload.rows, self._upload.rows)
        self._record(1)
        with self._context.mirror.writing() as books:
            books.jobs.unclaim(self._run, after)
        return self._unfit

    def _fill_some(self, after: int) -> int | None:
        """Take the entries behind one, a group of them; give the last, None where there are no more."""
        if self._known and self._call.action is Action.UPDATE:
            return self._fill_by_mirror(after)
        with self._context.mirror.reading() as books:
            entries = books.jobs.claimed(self._run, after, GROUP)
        self._look_at(entries)
        return entries[-1].id if entries else None

    def _fill_by_mirror(self, after: int) -> int | None:
        with self._context.mirror.reading() as books:
            some = books.jobs.held(self._run, self._call.sobject, self._fields, after, GROUP)
            doubtful = books.outbox.chosen([entry for entry, _, writes in some if writes is None])
        for entry, record_id, writes in some:
            if writes is not None:
                self._put_in(entry, record_id, writes)
        self._look_at(doubtful)
        return some[-1][0] if some else None

    def _look_at(self, entries: Sequence[Entry]) -> None:
        """Hold entries against their records, and put in those that are to be sent."""
        if not entries:
            return
        to_send, settled = checked(self._context, entries, self._known)
        self._settled += settled
        for entry in to_send:
            change = entry.change
            key = change.id if self._call.key_field is None else change.key
            self._put_in(entry.id, str(key), change.after())

    def _put_in(self, entry: int, key: str, writes: Mapping[str, Value]) -> None:
        """Put a row into the upload; what no row can say, and what has to be said by SOAP, goes another way."""
        if (self._by_soap and OWNER in writes and self._call.action is Action.UPDATE) or not self._upload.add(
            key, writes
        ):
            self._unfit.append(entry)

    def _record(self, at_least: int) -> None:
        """Write down what is settled, where that is so much or more."""
        if len(self._settled) >= at_least:
            with self._context.mirror.writing() as books:
                record(books, self._run, self._settled, self._context.clock.now())
            self._settled = []
