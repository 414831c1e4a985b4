"""Bulk jobs that changes go by, and which entries went by which."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table of jobs, and let entries name one."""
    op.create_table(
        "_jobs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("run", sa.Integer, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("sobject", sa.Text, nullable=False),
        sa.Column("key_field", sa.Text),
        sa.Column("job_id", sa.Text),
        sa.Column("begun_at", sa.Text, nullable=False),
        sa.Column("ended_at", sa.Text),
        sa.Column("outcome", sa.Text, nullable=False),
    )
    op.create_index("_jobs_open", "_jobs", ["id"], sqlite_where=sa.text("ended_at IS NULL"))
    op.add_column("_outbox", sa.Column("job", sa.Integer))
