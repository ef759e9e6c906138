"""Revision 0005 of the hub: approvals that tills used are kept as evidence with the acts they allowed."""

from storage.migrations.ledger_0004 import keep_approvals

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the table."""
    keep_approvals()
