"""Fingerprints are kept as they are: there is nothing in them to compress."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Have PostgreSQL not try; SQLite never does. What is there already is written anew by the next full pull."""
    if op.get_context().dialect.name == "postgresql":
        for column in ("ids", "prints"):
            op.execute(f'ALTER TABLE "_prints" ALTER COLUMN {column} SET STORAGE EXTERNAL')
