"""Revision 0003 of the till: moved vouchers are found by their day."""

from storage.migrations.ledger_0003 import index_moved_vouchers

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the index."""
    index_moved_vouchers()
