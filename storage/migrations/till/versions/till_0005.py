"""Revision 0005 of the till: of whom the hub has been told, so that people of before are introduced once."""

from alembic import op

from storage.migrations.columns import small

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column; everybody who is here is yet to be told of."""
    op.add_column("users", small("told", default="0"))
