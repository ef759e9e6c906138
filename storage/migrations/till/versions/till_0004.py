"""Revision 0004 of the till: approvals kept with their act, a long queue counted by its index, people disabled."""

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import big, text
from storage.migrations.ledger_0004 import keep_approvals

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the table, the queue's index anew, and the columns of people who are disabled or locked out."""
    keep_approvals()
    op.drop_index("outbox_waiting", "outbox")
    op.create_index("outbox_waiting", "outbox", ["state", "seq", "queued_at"], sqlite_where=sa.text("state != 'acked'"))
    op.add_column("users", text("locked_in", null=True))
    op.add_column("users", big("disabled_at", null=True))
