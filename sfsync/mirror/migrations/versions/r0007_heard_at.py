"""When an org was heard that far, by the clock of this machine; and runs by when they began."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Let watermarks say it; those there are do not know."""
    op.add_column("_watermarks", sa.Column("heard_at", sa.Text))
    op.create_index("_runs_started", "_runs", ["started_at"])
