"""Revision 0006 of the hub: on PostgreSQL no transaction sees or writes the rows of another merchant than its own.

A later revision that reads or changes rows must take the force off their table and put it back:
`ALTER TABLE … NO FORCE ROW LEVEL SECURITY`; one that adds a table of merchants' rows raises the wall for it.
"""

from alembic import op

from storage.migrations.frozen import run_script

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Raise the walls where the database has them."""
    if op.get_context().dialect.name == "postgresql":
        run_script("hub_0006")
