"""What hung on records before sfsync gave them to another owner."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the table of belongings."""
    op.create_table(
        "_belongings",
        sa.Column("run", sa.Integer, primary_key=True),
        sa.Column("child_id", sa.Text, primary_key=True),
        sa.Column("child", sa.Text, nullable=False),
        sa.Column("sobject", sa.Text, nullable=False),
        sa.Column("record_id", sa.Text, nullable=False),
        sa.Column("fields", sa.Text, nullable=False),
    )
