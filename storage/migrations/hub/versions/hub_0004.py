"""Revision 0004 of the hub: on PostgreSQL no table of history can be emptied by TRUNCATE, which asks no row's guard."""

from alembic import op

from storage.migrations.frozen import run_script

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the guards where the database knows the statement."""
    if op.get_context().dialect.name == "postgresql":
        run_script("hub_0004")
