"""What the third revision adds to the ledger, on the till and on the hub alike."""

import sqlalchemy as sa
from alembic import op


def index_moved_vouchers() -> None:
    """Find the few vouchers that count on another day than their own without walking the whole register."""
    moved = sa.text("booked_on IS NOT NULL")
    op.create_index(
        "moved_vouchers", "book_numbers", ["merchant_id", "booked_on"], sqlite_where=moved, postgresql_where=moved
    )
