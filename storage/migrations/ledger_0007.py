"""Options, held money and cheques of payments: what revision 0007 of the till and revision 0009 of the hub add."""

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import big, small, text
from storage.migrations.frozen import run_script
from storage.migrations.ledger_0007_stored_value import keep_stored_value


def keep_holds() -> None:
    """Create the columns and let their guard hold them; every payment of before was to be taken at once."""
    op.add_column("payments", text("option", default="''"))
    op.add_column("payments", small("capture", default="1"))
    op.add_column("payments", big("capture_minor", default="0"))
    op.add_column("payments", big("held_minor", default="0"))
    op.add_column("payments", big("held_until", null=True))
    where = sa.text("held_minor > 0")
    columns = ["merchant_id", "created_at"]
    op.create_index("payments_held", "payments", columns, sqlite_where=where, postgresql_where=where)
    run_script("ledger_0007")
    _keep_cheques()
    keep_stored_value()


def _keep_cheques() -> None:
    """Create the column of what is written on a payment's cheque, which never changes."""
    op.add_column("payments", text("cheque", default="''"))
    run_script("ledger_0007_cheques")
