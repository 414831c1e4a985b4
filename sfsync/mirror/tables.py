"""The fixed tables of a mirror. Their names start with `_`, which no sObject's name does.

`migrations/` makes the same tables step by step; a test holds the two against each other.
Instants are kept as text, as Bulk CSV writes them (UTC, milliseconds), so that they sort and compare as text.
"""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)
from sqlalchemy.types import TypeDecorator

from sfsync.records.values import Kind, datetime_text, from_text


class Instant(TypeDecorator[datetime]):
    """An aware datetime as `2024-07-11T21:22:06.000Z`; what is finer than a millisecond is cut off."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Write it."""
        return None if value is None else datetime_text(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Read it."""
        instant = from_text(Kind.DATETIME, value)
        return instant if isinstance(instant, datetime) else None


json_text = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""How documents are written."""


class Document(TypeDecorator[Any]):
    """Whatever JSON can hold, as text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> str | None:
        """Write it."""
        return None if value is None else json_text(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Any:
        """Read it."""
        return None if value is None else json.loads(value)


_LONG = Integer().with_variant(BigInteger(), "postgresql")

metadata = MetaData()


def _some(name: str, *columns: str, of: str) -> Index:
    """Give an index of some rows only."""
    return Index(name, *columns, sqlite_where=text(of), postgresql_where=text(of))


facts = Table(
    "_facts",  # what is true of the whole mirror: uid, org_id
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

schemas = Table(
    "_schemas",
    metadata,
    Column("sobject", Text, primary_key=True),
    Column("pulled", Document, nullable=False),  # names of the fields that are pulled
    Column("schema", Document, nullable=False),
)

runs = Table(
    "_runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("command", Text, nullable=False),
    Column("state", Text, nullable=False),  # "running" until it is finished
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("counts", Document, nullable=False),
    Column("detail", Document, nullable=False),
    _some("_runs_running", "id", of="ended_at IS NULL"),
    Index("_runs_started", "started_at"),
)

journal = Table(
    "_journal",
    metadata,
    Column("id", _LONG, primary_key=True),
    Column("run", Integer, nullable=False),
    Column("at", Text, nullable=False),
    Column("sobject", Text, nullable=False),
    Column("record_id", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("kind", Text, nullable=False),  # of the two values
    Column("before", Text),
    Column("after", Text),
    Column("origin", Text, nullable=False),  # "org" or "sfsync"
    Column("by", Text),  # user id, where the org told
    Column("because", Text),  # JSON list of reasons, where sfsync did it
    Index("_journal_record", "record_id", "field", "id"),
    Index("_journal_run", "run", "id"),
)

watermarks = Table(
    "_watermarks",
    metadata,
    Column("sobject", Text, primary_key=True),
    Column("covered_until", Instant),  # null after a reset
    Column("run", Integer, nullable=False),
    Column("first_complete_at", Instant, nullable=False),
    Column("heard_at", Instant),  # by this machine's clock: the org's was not earlier than `covered_until` then
)

resumes = Table(
    "_resumes",  # where an interrupted pull goes on
    metadata,
    Column("sobject", Text, primary_key=True),
    Column("run", Integer, nullable=False),
    Column("job_id", Text),
    Column("position", Text),
    Column("started_at", Instant, nullable=False),
    Column("fields", Document, nullable=False),
)

OPEN_ENTRY = "state IN ('NEW', 'CLAIMED', 'SENT', 'UNKNOWN', 'WAITING')"

outbox = Table(
    "_outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("sobject", Text, nullable=False),
    Column("record_id", Text),
    Column("key_field", Text),
    Column("about", Text),  # the record id, else `key_field=key`: entries about one record are sent one after the other
    Column("change", Document, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("code", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("due_at", Instant),
    Column("sent_at", Instant),
    Column("settled_at", Instant),
    Column("revives", Integer, ForeignKey("_outbox.id")),
    Column("job", Integer),  # the id in `_jobs` of the Bulk job it went by last
    Column("ghost_until", Instant),  # a call that carried it, and had not arrived when we looked, may arrive until then
    _some("_outbox_open", "id", of=OPEN_ENTRY),
    _some("_outbox_about", "about", "id", of=OPEN_ENTRY),
    _some("_outbox_keyed", "about", of="key_field IS NOT NULL"),
    Index("_outbox_run", "run", "state"),
    Index("_outbox_state", "state", "id"),
    Index("_outbox_record", "record_id"),
    _some("_outbox_revives", "revives", of="revives IS NOT NULL"),
    _some("_outbox_ghosts", "record_id", of="ghost_until IS NOT NULL"),
)

jobs = Table(
    "_jobs",  # Bulk jobs that entries went by
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run", Integer, nullable=False),
    Column("action", Text, nullable=False),
    Column("sobject", Text, nullable=False),
    Column("key_field", Text),
    Column("job_id", Text),  # Salesforce's; null until its answer to the create is in
    Column("begun_at", Instant, nullable=False),  # by the org's clock, before the create
    Column("ended_at", Instant),  # every entry that went by it has been dealt with
    Column("outcome", Text, nullable=False),
    _some("_jobs_open", "id", of="ended_at IS NULL"),
)

# What is settled stays settled, whoever asks: not even a statement typed by hand moves an entry out of its end.
OUTBOX_GUARD = """
CREATE TRIGGER "_outbox_settled" BEFORE UPDATE OF state ON "_outbox"
WHEN old.state IN ('APPLIED', 'REJECTED', 'SUPERSEDED', 'CANCELLED') AND new.state IS NOT old.state
BEGIN SELECT RAISE(ABORT, 'a settled entry of the outbox never changes its state'); END
"""

OUTBOX_GUARD_POSTGRES = (
    """
CREATE FUNCTION "_outbox_settled"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'a settled entry of the outbox never changes its state'; END $$
""",
    """
CREATE TRIGGER "_outbox_settled" BEFORE UPDATE OF state ON "_outbox" FOR EACH ROW
WHEN (old.state IN ('APPLIED', 'REJECTED', 'SUPERSEDED', 'CANCELLED') AND new.state IS DISTINCT FROM old.state)
EXECUTE FUNCTION "_outbox_settled"()
""",
)

decisions = Table(
    "_decisions",
    metadata,
    Column("sobject", Text, primary_key=True),
    Column("record_id", Text, primary_key=True),
    Column("topic", Text, primary_key=True),
    Column("run", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("taken", Boolean, nullable=False),  # accepted from what the org held, by `baseline`
    Column("decision", Document, nullable=False),
)

keys = Table(
    "_keys",  # which record a key of some source stands for today
    metadata,
    Column("source", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("sobject", Text, nullable=False),
    Column("record_id", Text, nullable=False),
    Index("_keys_record", "record_id"),
)

moves = Table(
    "_moves",  # records that live on under another id: merged, converted
    metadata,
    Column("old_id", Text, primary_key=True),
    Column("new_id", Text, nullable=False),
)

turns = Table(
    "_turns",  # whose turn it is in each pool
    metadata,
    Column("pool", Text, primary_key=True),
    Column("state", Document, nullable=False),
)

slots = Table(
    "_slots",  # which due times of a schedule have been taken
    metadata,
    Column("schedule", Text, primary_key=True),
    Column("slot_at", Instant, primary_key=True),
    Column("coalesced", Integer, nullable=False, server_default="0"),  # earlier slots this one stands for too
    Column("state", Text, nullable=False, server_default="ended"),  # running, ended, given back
    Column("cut_short", Integer, nullable=False, server_default="0"),  # runs of it that never came to an end
)

pauses = Table(
    "_pauses",  # which schedules are not to begin; "" stands for all
    metadata,
    Column("schedule", Text, primary_key=True),
    Column("paused_at", Instant, nullable=False),
    Column("until_at", Instant),
    Column("reason", Text, nullable=False),
)

belongings = Table(
    "_belongings",  # what hung on records before a run gave them to another owner
    metadata,
    Column("run", Integer, primary_key=True),
    Column("child_id", Text, primary_key=True),
    Column("child", Text, nullable=False),  # sObject of what hung there
    Column("sobject", Text, nullable=False),
    Column("record_id", Text, nullable=False),  # what it hung on
    Column("fields", Document, nullable=False),
)

prints = Table(
    "_prints",  # fingerprints of the raw records a bulk pull has already brought in, packed by ranges of ids
    metadata,
    Column("sobject", Text, primary_key=True),
    Column("first", LargeBinary, primary_key=True),  # the range starts here and ends where the next one starts
    Column("ids", LargeBinary, nullable=False),
    Column("prints", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

# PostgreSQL would try to compress them each time, which takes longer than all else done with them, and gains nothing.
PRINTS_POSTGRES = (
    'ALTER TABLE "_prints" ALTER COLUMN ids SET STORAGE EXTERNAL, ALTER COLUMN prints SET STORAGE EXTERNAL'
)

voided = Table(
    "_voided",  # records whose fingerprint no longer holds, because somebody else wrote them
    metadata,
    Column("sobject", Text, primary_key=True),
    Column("record_id", Text, primary_key=True),
    sqlite_with_rowid=False,
)
