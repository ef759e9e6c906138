"""Revision 0010 of the hub: what keys of other systems open, and how telling them goes."""

from storage.migrations.hub_0010_other_systems import keep_scopes, keep_signing

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Create the columns; what stands keeps its meaning."""
    keep_scopes()
    keep_signing()
