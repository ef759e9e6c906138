"""Revision 0004 of the till: every approval that was used is kept with the act it allowed."""

from storage.migrations.ledger_0004 import keep_approvals

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the table."""
    keep_approvals()
