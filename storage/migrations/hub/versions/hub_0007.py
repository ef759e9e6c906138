"""Revision 0007 of the hub: the people of every shop, sign-ins and wrong PINs, and the sealed key they prove by."""

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import big, small, text
from storage.migrations.frozen import run_script

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create the tables and the column of when a till was heard, and raise their walls where the database has them."""
    op.create_table(
        "people",
        text("merchant_id"),
        text("id"),
        text("name"),
        text("role"),
        text("pin_hash"),
        big("disabled_at", null=True),
        sa.PrimaryKeyConstraint("merchant_id", "id"),
        sa.CheckConstraint("role IN ('owner', 'manager', 'cashier', 'accountant', 'auditor')"),
        sqlite_strict=True,
    )
    op.create_table(
        "person_grants",
        text("merchant_id"),
        text("person_id"),
        text("account_id"),
        sa.PrimaryKeyConstraint("merchant_id", "person_id", "account_id"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "person_sessions",
        text("merchant_id"),
        text("token_hash"),
        text("device_id"),
        text("person_id"),
        big("begun_at"),
        big("until"),
        sa.PrimaryKeyConstraint("merchant_id", "token_hash"),
        sqlite_strict=True,
    )
    op.create_table(
        "person_tries",
        text("merchant_id"),
        text("person_id"),
        text("device_id"),
        small("failures"),
        big("locked_until", null=True),
        sa.PrimaryKeyConstraint("merchant_id", "person_id", "device_id"),
        sqlite_strict=True,
    )
    op.create_table(
        "people_key_holders",
        text("merchant_id"),
        text("device_id"),
        text("claim_hash"),
        big("at"),
        sa.PrimaryKeyConstraint("merchant_id", "device_id"),
        sqlite_strict=True,
    )
    op.create_table(
        "people_keys",
        text("merchant_id"),
        small("key_version"),
        text("sealed"),
        big("created_at"),
        sa.PrimaryKeyConstraint("merchant_id"),
        sqlite_strict=True,
    )
    op.add_column("tills", big("heard_at", null=True))
    if op.get_context().dialect.name == "postgresql":
        run_script("hub_0007")
