"""Paused schedules, and which due times stand for earlier ones."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the table of pauses, and let slots say how many they stand for."""
    op.create_table(
        "_pauses",
        sa.Column("schedule", sa.Text, primary_key=True),
        sa.Column("paused_at", sa.Text, nullable=False),
        sa.Column("until_at", sa.Text),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.add_column("_slots", sa.Column("coalesced", sa.Integer, nullable=False, server_default="0"))
