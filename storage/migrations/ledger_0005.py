"""Bills that several payments pay: what revision 0005 of the till and revision 0008 of the hub add to the ledger."""

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import big, text
from storage.migrations.frozen import run_script


def keep_bills() -> None:
    """Create the columns and let their guard hold them; a payment of before has an empty bill, which is its own."""
    op.add_column("payments", text("bill_id", default="''"))
    op.add_column("payments", big("bill_minor", default="0"))
    op.add_column("payments", big("known_minor", default="0"))
    op.add_column("payments", big("confirmed_minor", default="0"))
    op.create_index("payments_of_bill", "payments", ["merchant_id", "bill_id"])
    marked = sa.text("exception != 'none' OR bill_minor > amount_minor")
    op.create_index(
        "payments_marked",
        "payments",
        ["merchant_id", "created_at", "id"],
        sqlite_where=marked,
        postgresql_where=marked,
    )
    run_script("ledger_0005")
