"""Revision 0002 of the hub: the grown ledger, and the day on which a voucher of a closed period counts."""

from alembic import op

from storage.migrations.columns import text
from storage.migrations.frozen import run_script
from storage.migrations.ledger_0002 import grow_ledger

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Grow the ledger and the feed."""
    grow_ledger()
    op.add_column("feed", text("booked_on", null=True))
    run_script("ledger_0002")
