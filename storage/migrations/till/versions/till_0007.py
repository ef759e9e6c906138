"""Revision 0007 of the till: payments name an option, their money may be held first, and exceptions are resolved."""

from storage.migrations.ledger_0007 import keep_holds
from storage.migrations.ledger_0007_resolutions import keep_resolutions
from storage.migrations.ledger_0007_write_off import let_write_off

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create the columns and the tables."""
    keep_holds()
    keep_resolutions()
    let_write_off()
