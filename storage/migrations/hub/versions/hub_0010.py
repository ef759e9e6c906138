"""Revision 0010 of the hub: what keys of other systems open, how telling them goes, what providers did with money."""

from storage.migrations.hub_0010_other_systems import keep_scopes, keep_signing
from storage.migrations.ledger_0008_resolutions import let_resolutions_tell

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Create the columns; what stands keeps its meaning."""
    keep_scopes()
    keep_signing()
    let_resolutions_tell()
