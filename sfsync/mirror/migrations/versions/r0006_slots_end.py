"""Whether the run of a due time came to its end."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Let slots say how they stand, and how often their run was cut short; those there are have ended."""
    op.add_column("_slots", sa.Column("state", sa.Text, nullable=False, server_default="ended"))
    op.add_column("_slots", sa.Column("cut_short", sa.Integer, nullable=False, server_default="0"))
