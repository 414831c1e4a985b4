"""Entries that go by a key are found by it, settled ones too, as the results of a Bulk job ask for them."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Index them: without it each two thousand results had the whole outbox read."""
    some = sa.text("key_field IS NOT NULL")
    op.create_index("_outbox_keyed", "_outbox", ["about"], sqlite_where=some, postgresql_where=some)
