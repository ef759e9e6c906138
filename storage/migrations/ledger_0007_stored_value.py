"""Stored value: the holders, whose payments and vouchers it is, and its account in the books of existing shops."""

import sqlalchemy as sa
from alembic import op

from domain.ids import id_for
from storage.migrations.columns import big, text
from storage.migrations.frozen import run_script

_CONTROL = "stored_value"
_CODE = "3387"
_NAME = "Tiền khách trả trước"
_FILLED = (
    *("merchant_id", "id", "type", "code", "name", "currency", "control", "bank_bin", "bank_account", "created_at"),
)


def keep_stored_value() -> None:
    """Create the table and the columns with their guards, and the account for every shop."""
    op.create_table(
        "holders",
        text("merchant_id"),
        text("id"),
        text("name"),
        text("phone"),
        text("created_by"),
        big("created_at"),
        big("balance_minor", default="0"),
        text("search_text"),
        sa.PrimaryKeyConstraint("merchant_id", "id"),
        sa.UniqueConstraint("merchant_id", "phone"),
        sa.CheckConstraint("name <> '' AND phone <> ''"),
        sqlite_strict=True,
    )
    op.add_column("vouchers", text("holder_id", null=True))
    op.add_column("payments", text("holder_id", null=True))
    _index("vouchers_of_holder", "vouchers", ["merchant_id", "holder_id", "created_at"])
    _index("payments_of_holder", "payments", ["merchant_id", "holder_id"])
    run_script("ledger_0007_stored_value")
    _add_account()


def _index(name: str, table: str, columns: list[str]) -> None:
    named = sa.text("holder_id IS NOT NULL")
    op.create_index(name, table, columns, sqlite_where=named, postgresql_where=named)


def _add_account() -> None:
    """Give every shop the account; a name that a wallet took gets the code.

    Behind PostgreSQL's walls every merchant is entered on its own; revisions run with the walls closed to them.
    """
    bind = op.get_bind()
    walled = op.get_context().dialect.name == "postgresql"
    if walled:
        bind.exec_driver_sql("SET LOCAL row_security = on")
        bind.exec_driver_sql("SELECT set_config('bana.across', 'on', true)")
    for merchant_id, currency, created_at in bind.execute(
        sa.text("SELECT id, currency, created_at FROM merchants")
    ).fetchall():
        if walled:
            enter = sa.text("SELECT set_config('bana.merchant', :merchant_id, true)")
            bind.execute(enter, {"merchant_id": merchant_id})
        _add_to(bind, merchant_id, currency, created_at)
    if walled:
        bind.exec_driver_sql("SELECT set_config('bana.across', '', true), set_config('bana.merchant', '', true)")
        bind.exec_driver_sql("SET LOCAL row_security = off")


def _add_to(bind: sa.Connection, merchant_id: str, currency: str, created_at: int) -> None:
    held = bind.execute(sa.text("SELECT id, name FROM accounts WHERE merchant_id = :key"), {"key": merchant_id}).all()
    account_id = id_for("control-account", merchant_id, _CONTROL)
    if account_id in {row[0] for row in held}:
        return
    accounts = sa.table("accounts", *(sa.column(name) for name in _FILLED))
    bind.execute(
        accounts.insert().values(
            merchant_id=merchant_id,
            id=account_id,
            type="CONTROL",
            code=_CODE,
            name=f"{_NAME} ({_CODE})" if _NAME in {row[1] for row in held} else _NAME,
            currency=currency,
            control=_CONTROL,
            bank_bin="",
            bank_account="",
            created_at=created_at,
        )
    )
