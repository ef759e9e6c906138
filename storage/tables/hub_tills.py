"""What only the hub holds of itself and its tills: the feed, the numbers of the books, who is enrolled."""

from sqlalchemy import CheckConstraint, Column, Integer, PrimaryKeyConstraint, Table, Text, UniqueConstraint

from storage.tables.columns import big, hub, text

hub_self = Table(
    "hub_self",
    hub,
    Column("one", Integer, CheckConstraint("one = 1"), primary_key=True),
    text("epoch"),
    big("created_at"),
    sqlite_strict=True,
)

feed = Table(
    "feed",
    hub,
    text("merchant_id"),
    big("seq"),
    text("message_id"),
    text("subject_id"),
    text("kind"),
    text("body"),
    text("body_hash"),
    text("device_id"),
    big("book_no", null=True),
    text("booked_on", null=True),
    big("at"),
    PrimaryKeyConstraint("merchant_id", "seq"),
    UniqueConstraint("merchant_id", "message_id"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

book_series = Table(
    "book_series",
    hub,
    text("merchant_id"),
    text("type"),
    text("year"),
    big("last_no"),
    PrimaryKeyConstraint("merchant_id", "type", "year"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

tills = Table(
    "tills",
    hub,
    text("merchant_id"),
    text("device_id"),
    Column("token_hash", Text, nullable=False, unique=True),
    big("enrolled_at"),
    big("revoked_at", null=True),
    big("heard_at", null=True),
    PrimaryKeyConstraint("merchant_id", "device_id"),
    sqlite_strict=True,
)

enrolment_codes = Table(
    "enrolment_codes",
    hub,
    text("merchant_id"),
    text("code_hash"),
    big("created_at"),
    big("expires_at"),
    big("used_at", null=True),
    text("device_id", null=True),
    PrimaryKeyConstraint("merchant_id", "code_hash"),
    UniqueConstraint("code_hash"),
    sqlite_strict=True,
)
