"""Who holds stored value: on both sides."""

from sqlalchemy import CheckConstraint, PrimaryKeyConstraint, Table, UniqueConstraint

from storage.tables.columns import big, ledger, text

holders = Table(
    "holders",
    ledger,
    text("merchant_id"),
    text("id"),
    text("name"),
    text("phone"),
    text("created_by"),
    big("created_at"),
    big("balance_minor", default="0"),
    text("search_text"),
    PrimaryKeyConstraint("merchant_id", "id"),
    UniqueConstraint("merchant_id", "phone"),
    CheckConstraint("name <> '' AND phone <> ''"),
    sqlite_strict=True,
)
