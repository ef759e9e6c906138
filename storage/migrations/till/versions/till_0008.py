"""Revision 0008 of the till: money without a payment may be kept as credit, and providers' word of it is kept."""

from storage.migrations.ledger_0008_resolutions import let_resolutions_tell

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Widen the table of resolutions."""
    let_resolutions_tell()
