"""Until when a call that was given up may still reach the org."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Let entries say it."""
    op.add_column("_outbox", sa.Column("ghost_until", sa.Text))
    op.create_index("_outbox_ghosts", "_outbox", ["record_id"], sqlite_where=sa.text("ghost_until IS NOT NULL"))
