"""Revision 0004 of the till: approvals are kept with the act they allowed; a long queue is counted by its index."""

import sqlalchemy as sa
from alembic import op

from storage.migrations.ledger_0004 import keep_approvals

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the table, and the queue's index anew."""
    keep_approvals()
    op.drop_index("outbox_waiting", "outbox")
    op.create_index("outbox_waiting", "outbox", ["state", "seq", "queued_at"], sqlite_where=sa.text("state != 'acked'"))
