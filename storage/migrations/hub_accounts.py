"""Which accounts of providers are read, by fingerprints: what revision 0009 of the hub adds against a second reader."""

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import text
from storage.migrations.frozen import run_script


def keep_provider_accounts() -> None:
    """Create the table, and raise its wall where the database has them; the hub's next start fills it."""
    op.create_table(
        "provider_accounts",
        text("merchant_id"),
        text("provider"),
        text("fingerprint"),
        sa.PrimaryKeyConstraint("merchant_id", "provider", "fingerprint"),
        sa.UniqueConstraint("fingerprint"),
        sqlite_strict=True,
    )
    if op.get_context().dialect.name == "postgresql":
        run_script("hub_0009_accounts")
