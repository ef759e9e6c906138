"""The shop, its tills and its settings: on both sides."""

from sqlalchemy import CheckConstraint, Column, PrimaryKeyConstraint, Table, Text, UniqueConstraint

from storage.tables.columns import big, ledger, small, text

merchants = Table(
    "merchants",
    ledger,
    Column("id", Text, primary_key=True),
    text("name"),
    Column("currency", Text, CheckConstraint("length(currency) = 3"), nullable=False),
    text("zone"),
    text("limits"),
    big("feed_seq", default="0"),
    small("is_demo", default="0"),
    big("created_at"),
    sqlite_strict=True,
)

devices = Table(
    "devices",
    ledger,
    text("merchant_id"),
    text("id"),
    text("code"),
    text("incarnation"),
    text("name"),
    big("voucher_seq", default="0"),
    text("voucher_hash", default="''"),
    big("audit_seq", default="0"),
    text("audit_hash", default="''"),
    big("reference_seq", default="0"),
    PrimaryKeyConstraint("merchant_id", "id"),
    UniqueConstraint("merchant_id", "code", "incarnation"),
    sqlite_strict=True,
)

shop_settings = Table(
    "shop_settings",
    ledger,
    text("merchant_id"),
    text("key"),
    text("value"),
    PrimaryKeyConstraint("merchant_id", "key"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
