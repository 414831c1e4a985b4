"""The fixed tables as they first were."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_OPEN = sa.text("state IN ('NEW', 'CLAIMED', 'SENT', 'UNKNOWN', 'WAITING')")
_OUTBOX_GUARD = """
CREATE TRIGGER "_outbox_settled" BEFORE UPDATE OF state ON "_outbox"
WHEN old.state IN ('APPLIED', 'REJECTED', 'SUPERSEDED', 'CANCELLED') AND new.state IS NOT old.state
BEGIN SELECT RAISE(ABORT, 'a settled entry of the outbox never changes its state'); END
"""


def upgrade() -> None:
    """Make them all."""
    _org_and_records()
    _pulls_and_runs()
    _reasons()
    _outbox()


def _org_and_records() -> None:
    """What is known of the org, and of the records a bulk pull has brought in."""
    op.create_table(
        "_facts",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "_schemas",
        sa.Column("sobject", sa.Text, primary_key=True),
        sa.Column("pulled", sa.Text, nullable=False),
        sa.Column("schema", sa.Text, nullable=False),
    )
    op.create_table(
        "_keys",
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("sobject", sa.Text, nullable=False),
        sa.Column("record_id", sa.Text, nullable=False),
    )
    op.create_index("_keys_record", "_keys", ["record_id"])
    op.create_table(
        "_moves",
        sa.Column("old_id", sa.Text, primary_key=True),
        sa.Column("new_id", sa.Text, nullable=False),
    )
    op.create_table(
        "_prints",
        sa.Column("sobject", sa.Text, primary_key=True),
        sa.Column("first", sa.LargeBinary, primary_key=True),
        sa.Column("ids", sa.LargeBinary, nullable=False),
        sa.Column("prints", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "_voided",
        sa.Column("sobject", sa.Text, primary_key=True),
        sa.Column("record_id", sa.Text, primary_key=True),
        sqlite_with_rowid=False,
    )


def _pulls_and_runs() -> None:
    """What ran, and how far it came."""
    op.create_table(
        "_runs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("command", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("started_at", sa.Text, nullable=False),
        sa.Column("ended_at", sa.Text),
        sa.Column("counts", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_index("_runs_running", "_runs", ["id"], sqlite_where=sa.text("ended_at IS NULL"))
    op.create_table(
        "_watermarks",
        sa.Column("sobject", sa.Text, primary_key=True),
        sa.Column("covered_until", sa.Text),
        sa.Column("run", sa.Integer, nullable=False),
        sa.Column("first_complete_at", sa.Text, nullable=False),
    )
    op.create_table(
        "_resumes",
        sa.Column("sobject", sa.Text, primary_key=True),
        sa.Column("run", sa.Integer, nullable=False),
        sa.Column("job_id", sa.Text),
        sa.Column("position", sa.Text),
        sa.Column("started_at", sa.Text, nullable=False),
        sa.Column("fields", sa.Text, nullable=False),
    )
    op.create_table(
        "_slots",
        sa.Column("schedule", sa.Text, primary_key=True),
        sa.Column("slot_at", sa.Text, primary_key=True),
    )


def _reasons() -> None:
    """What changed and what was decided."""
    op.create_table(
        "_journal",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("run", sa.Integer, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("sobject", sa.Text, nullable=False),
        sa.Column("record_id", sa.Text, nullable=False),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("before", sa.Text),
        sa.Column("after", sa.Text),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("by", sa.Text),
        sa.Column("because", sa.Text),
    )
    op.create_index("_journal_record", "_journal", ["record_id", "field", "id"])
    op.create_index("_journal_run", "_journal", ["run", "id"])
    op.create_table(
        "_decisions",
        sa.Column("sobject", sa.Text, primary_key=True),
        sa.Column("record_id", sa.Text, primary_key=True),
        sa.Column("topic", sa.Text, primary_key=True),
        sa.Column("run", sa.Integer, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("taken", sa.Boolean, nullable=False),
        sa.Column("decision", sa.Text, nullable=False),
    )
    op.create_table(
        "_turns",
        sa.Column("pool", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
    )


def _outbox() -> None:
    """What is to be sent."""
    op.create_table(
        "_outbox",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("run", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("sobject", sa.Text, nullable=False),
        sa.Column("record_id", sa.Text),
        sa.Column("key_field", sa.Text),
        sa.Column("about", sa.Text),
        sa.Column("change", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("due_at", sa.Text),
        sa.Column("sent_at", sa.Text),
        sa.Column("settled_at", sa.Text),
        sa.Column("revives", sa.Integer, sa.ForeignKey("_outbox.id")),
    )
    op.create_index("_outbox_about", "_outbox", ["about", "id"], sqlite_where=_OPEN)
    op.create_index("_outbox_open", "_outbox", ["id"], sqlite_where=_OPEN)
    op.create_index("_outbox_record", "_outbox", ["record_id"])
    op.create_index("_outbox_revives", "_outbox", ["revives"], sqlite_where=sa.text("revives IS NOT NULL"))
    op.create_index("_outbox_run", "_outbox", ["run", "state"])
    op.create_index("_outbox_state", "_outbox", ["state", "id"])
    op.execute(_OUTBOX_GUARD)
