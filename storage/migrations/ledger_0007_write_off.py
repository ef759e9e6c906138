"""Writing off and credit: what revision 0007 of the till and revision 0009 of the hub let a refund be besides."""

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import big, small, text
from storage.migrations.frozen import run_script

_COLUMNS = (
    "merchant_id, id, device_id, payment_id, origin, what, way, provider, wallet_id, reference, amount_minor, "
    "fee_minor, currency, reason, requested_by, approved_by, requested_at, status, beyond, payment_ref, provider_ref, "
    "failure, sent_at, settled_at, told_at, updated_at, revision"
)
_WAYS = "way IN ('original', 'wallet', 'credit', 'write_off')"
_NO_SALE = "way <> 'write_off' OR what <> 'sale'"
_SOMEBODYS = "(way = 'credit') = (holder_id IS NOT NULL)"


def let_write_off() -> None:
    """Let a refund's way be that it is written off, and never of a sale, or kept as a holder's credit."""
    if op.get_context().dialect.name == "sqlite":
        _rebuild()
    else:
        _widen()
    run_script("ledger_0007_credit")


def _widen() -> None:
    """Add the column and the conditions; no row of before needs another look."""
    op.add_column("refunds", text("holder_id", null=True))
    op.drop_constraint("refunds_way_check", "refunds", type_="check")
    op.create_check_constraint("refunds_way_check", "refunds", _WAYS)
    op.create_check_constraint("refunds_write_off_check", "refunds", _NO_SALE)
    op.create_check_constraint("refunds_credit_check", "refunds", _SOMEBODYS)


def _rebuild() -> None:
    """Copy the refunds to a table of wider conditions; foreign keys and guards are off meanwhile."""
    bind = op.get_bind()
    guards = bind.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in guards:
        bind.exec_driver_sql(f'DROP TRIGGER "{name}"')
    op.create_table(
        "refunds_0007",
        text("merchant_id"),
        text("id"),
        text("device_id"),
        text("payment_id"),
        text("origin"),
        text("what"),
        text("way"),
        text("provider"),
        text("wallet_id", null=True),
        text("reference"),
        big("amount_minor"),
        big("fee_minor"),
        text("currency"),
        text("reason"),
        text("requested_by", null=True),
        text("approved_by", null=True),
        big("requested_at"),
        text("status"),
        small("beyond"),
        text("payment_ref"),
        text("provider_ref"),
        text("failure", null=True),
        big("sent_at", null=True),
        big("settled_at", null=True),
        big("told_at", null=True),
        big("updated_at", null=True),
        big("revision"),
        text("holder_id", null=True),
        sa.PrimaryKeyConstraint("merchant_id", "id"),
        sa.UniqueConstraint("merchant_id", "reference"),
        sa.ForeignKeyConstraint(["merchant_id", "payment_id"], ["payments.merchant_id", "payments.id"]),
        sa.CheckConstraint("origin IN ('person', 'provider', 'charge_back')"),
        sa.CheckConstraint("what IN ('sale', 'excess', 'held')"),
        sa.CheckConstraint(_WAYS),
        sa.CheckConstraint("status IN ('requested', 'sent', 'unresolved', 'done', 'failed', 'cancelled', 'returned')"),
        sa.CheckConstraint("amount_minor > 0 AND fee_minor >= 0 AND beyond IN (0, 1)"),
        sa.CheckConstraint("(way = 'wallet') = (wallet_id IS NOT NULL)"),
        sa.CheckConstraint(_NO_SALE),
        sa.CheckConstraint(_SOMEBODYS),
        sqlite_strict=True,
    )
    bind.exec_driver_sql(f"INSERT INTO refunds_0007 ({_COLUMNS}) SELECT {_COLUMNS} FROM refunds")
    op.drop_table("refunds")
    op.rename_table("refunds_0007", "refunds")
    op.create_index("refunds_of_payment", "refunds", ["merchant_id", "payment_id"])
    op.create_index("refunds_by_provider_ref", "refunds", ["merchant_id", "provider", "provider_ref"])
    for _, statement in guards:
        bind.exec_driver_sql(statement)
