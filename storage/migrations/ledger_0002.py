"""Revision 0002 of what till and hub both hold: details of vouchers, second documents, days, settings, categories."""

from typing import Any, Final

import sqlalchemy as sa
from alembic import op

from domain.ids import id_for
from storage.migrations.columns import big, small, text

_ADDED_CONTROLS: Final = (
    ("sales_returns", "5111", "Hàng bán bị trả lại"),
    ("vat_deductible", "1331", "Thuế GTGT được khấu trừ"),
    ("expenses", "6422", "Chi phí quản lý kinh doanh"),
)
_VOUCHER_COLUMNS: Final = (
    "merchant_id, id, device_id, type, status, number, currency, business_date, created_at, source_kind, source_id, "
    "total_minor, memo, category_id, payment_id, actor_id, reverses, chain_seq, prev_hash, hash"
)


def grow_ledger() -> None:
    """Change the tables of the books; on SQLite the guards are taken off before and put back after."""
    guards = _take_guards_off()
    op.drop_column("accounts", "method")
    op.add_column("categories", text("parent_id", null=True))
    op.add_column("categories", big("archived_at", null=True))
    op.add_column("book_numbers", text("booked_on", null=True))
    _grow_vouchers()
    _create_settings_and_days()
    for statement in guards:
        op.get_bind().exec_driver_sql(statement)
    _fill_days()
    _add_controls()


def _take_guards_off() -> list[str]:
    if op.get_context().dialect.name != "sqlite":
        return []
    bind = op.get_bind()
    guards = bind.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in guards:
        bind.exec_driver_sql(f'DROP TRIGGER "{name}"')
    return [statement for _, statement in guards]


def _details() -> "list[sa.Column[Any]]":
    return [
        text("party_name", default="''"),
        text("party_address", default="''"),
        small("attachments", default="0"),
        text("occurred_on", default="''"),
        small("second", default="0"),
    ]


def _grow_vouchers() -> None:
    if op.get_context().dialect.name == "sqlite":
        _rebuild_vouchers()
    else:
        for column in _details():
            op.add_column("vouchers", column)
        op.drop_constraint("vouchers_merchant_id_source_kind_source_id_key", "vouchers", type_="unique")
        op.drop_index("one_reversal", "vouchers")
    _index("one_voucher_per_event", ["merchant_id", "source_kind", "source_id"], "second = 0", unique=True)
    _index("one_reversal", ["merchant_id", "reverses"], "reverses IS NOT NULL AND second = 0", unique=True)
    op.create_index("vouchers_by_day", "vouchers", ["merchant_id", "business_date", "created_at", "id"])


def _index(name: str, columns: list[str], where: str, *, unique: bool) -> None:
    condition = sa.text(where)
    op.create_index(name, "vouchers", columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def _rebuild_vouchers() -> None:
    """Copy the vouchers to a table whose events may have a second document; foreign keys are off meanwhile."""
    op.create_table(
        "vouchers_0002",
        text("merchant_id"),
        text("id"),
        text("device_id"),
        text("type"),
        text("status"),
        text("number", null=True),
        text("currency"),
        text("business_date"),
        big("created_at"),
        text("source_kind"),
        text("source_id"),
        big("total_minor"),
        text("memo"),
        text("category_id", null=True),
        text("payment_id", null=True),
        text("actor_id", null=True),
        text("reverses", null=True),
        big("chain_seq", null=True),
        text("prev_hash", null=True),
        text("hash", null=True),
        *_details(),
        sa.PrimaryKeyConstraint("merchant_id", "id"),
        sa.UniqueConstraint("merchant_id", "device_id", "chain_seq"),
        sa.UniqueConstraint("merchant_id", "number"),
        sa.CheckConstraint("status IN ('DRAFT', 'ISSUED')"),
        sa.CheckConstraint("total_minor > 0"),
        sa.CheckConstraint("type IN ('PT', 'PC', 'PCK', 'PKT')"),
        sqlite_strict=True,
    )
    bind = op.get_bind()
    bind.exec_driver_sql(f"INSERT INTO vouchers_0002 ({_VOUCHER_COLUMNS}) SELECT {_VOUCHER_COLUMNS} FROM vouchers")
    op.drop_table("vouchers")
    op.rename_table("vouchers_0002", "vouchers")
    _index("vouchers_by_payment", ["merchant_id", "payment_id"], "payment_id IS NOT NULL", unique=False)


def _create_settings_and_days() -> None:
    op.create_table(
        "shop_settings",
        text("merchant_id"),
        text("key"),
        text("value"),
        sa.PrimaryKeyConstraint("merchant_id", "key"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "day_totals",
        text("merchant_id"),
        text("account_id"),
        text("day"),
        text("category_id"),
        big("debit_minor"),
        big("credit_minor"),
        sa.PrimaryKeyConstraint("merchant_id", "account_id", "day", "category_id"),
        sa.CheckConstraint("debit_minor >= 0 AND credit_minor >= 0"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _fill_days() -> None:
    op.get_bind().exec_driver_sql(
        "INSERT INTO day_totals (merchant_id, account_id, day, category_id, debit_minor, credit_minor) "
        "SELECT p.merchant_id, p.account_id, v.business_date, COALESCE(v.category_id, ''), "
        "SUM(CASE p.side WHEN 'D' THEN p.amount_minor ELSE 0 END), "
        "SUM(CASE p.side WHEN 'C' THEN p.amount_minor ELSE 0 END) "
        "FROM postings p JOIN vouchers v ON v.merchant_id = p.merchant_id AND v.id = p.voucher_id "
        "GROUP BY p.merchant_id, p.account_id, v.business_date, COALESCE(v.category_id, '')"
    )


def _add_controls() -> None:
    """Give every shop the control accounts that came with this revision; a name that a wallet took gets the code."""
    bind = op.get_bind()
    accounts = sa.table(
        "accounts",
        *(
            sa.column(name)
            for name in (
                "merchant_id",
                "id",
                "type",
                "code",
                "name",
                "currency",
                "control",
                "bank_bin",
                "bank_account",
                "created_at",
            )
        ),
    )
    for merchant_id, currency, created_at in bind.execute(
        sa.text("SELECT id, currency, created_at FROM merchants")
    ).fetchall():
        taken = sa.text("SELECT name FROM accounts WHERE merchant_id = :merchant_id")
        names = {row[0] for row in bind.execute(taken, {"merchant_id": merchant_id})}
        for control, code, name in _ADDED_CONTROLS:
            bind.execute(
                accounts.insert().values(
                    merchant_id=merchant_id,
                    id=id_for("control-account", merchant_id, control),
                    type="CONTROL",
                    code=code,
                    name=f"{name} ({code})" if name in names else name,
                    currency=currency,
                    control=control,
                    bank_bin="",
                    bank_account="",
                    created_at=created_at,
                )
            )
