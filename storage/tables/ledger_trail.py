"""Who approved and who did what: on both sides."""

from sqlalchemy import CheckConstraint, PrimaryKeyConstraint, Table, UniqueConstraint

from storage.tables.columns import big, ledger, text

approvals = Table(
    "approvals",
    ledger,
    text("merchant_id"),
    text("id"),
    text("device_id"),
    text("action"),
    text("subject_id"),
    big("amount_minor"),
    text("day"),
    text("reason"),
    text("requester_id"),
    text("approver_id"),
    big("granted_at"),
    big("expires_at"),
    text("used_by"),
    big("used_at"),
    PrimaryKeyConstraint("merchant_id", "id"),
    UniqueConstraint("merchant_id", "used_by"),
    CheckConstraint("requester_id <> approver_id"),
    CheckConstraint("used_at >= granted_at AND used_at < expires_at"),
    sqlite_strict=True,
)

audit = Table(
    "audit",
    ledger,
    text("merchant_id"),
    text("device_id"),
    big("seq"),
    text("action"),
    text("subject_id"),
    text("actor_id", null=True),
    big("at"),
    text("facts"),
    text("prev_hash"),
    text("hash"),
    PrimaryKeyConstraint("merchant_id", "device_id", "seq"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
