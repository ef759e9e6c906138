"""What only a till holds: itself, its people, its drafts, and what it sends and has heard."""

from sqlalchemy import CheckConstraint, Column, Index, Integer, PrimaryKeyConstraint, Table, Text

from domain.policy import Role
from storage.tables.columns import big, one_of, small, text, till

till_self = Table(
    "till_self",
    till,
    Column("one", Integer, CheckConstraint("one = 1"), primary_key=True),
    text("merchant_id"),
    text("device_id"),
    text("hub_device_id"),
    text("hub_url"),
    sqlite_strict=True,
)

outbox = Table(
    "outbox",
    till,
    Column("seq", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    text("subject_id"),
    text("kind"),
    text("body"),
    text("body_hash"),
    text("state"),
    small("attempts", default="0"),
    big("queued_at"),
    big("next_attempt_at"),
    big("settled_at", null=True),
    text("code", null=True),
    CheckConstraint("state IN ('queued', 'acked', 'rejected')"),
    sqlite_strict=True,
)
Index(
    "outbox_waiting",
    outbox.c.state,
    outbox.c.seq,
    outbox.c.queued_at,
    sqlite_where=outbox.c.state != "acked",
)
Index("outbox_unsettled_subject", outbox.c.subject_id, sqlite_where=outbox.c.state != "acked")

inbox_cursor = Table(
    "inbox_cursor",
    till,
    Column("feed", Text, primary_key=True),
    text("hub_epoch"),
    big("seq"),
    big("pulled_at", null=True),
    big("sent_at", null=True),
    sqlite_strict=True,
)

users = Table(
    "users",
    till,
    text("merchant_id"),
    Column("id", Text, primary_key=True),
    text("name"),
    text("role"),
    text("pin_hash"),
    small("failures", default="0"),
    big("locked_until", null=True),
    text("locked_in", null=True),
    big("disabled_at", null=True),
    small("told", default="0"),
    CheckConstraint(one_of("role", Role)),
    sqlite_strict=True,
)

drafts = Table(
    "drafts",
    till,
    text("merchant_id"),
    text("id"),
    text("type"),
    text("body"),
    big("created_at"),
    big("updated_at"),
    PrimaryKeyConstraint("merchant_id", "id"),
    sqlite_strict=True,
)

account_grants = Table(
    "account_grants",
    till,
    text("merchant_id"),
    text("user_id"),
    text("account_id"),
    PrimaryKeyConstraint("merchant_id", "user_id", "account_id"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

preferences = Table(
    "preferences",
    till,
    Column("key", Text, primary_key=True),
    text("value"),
    sqlite_strict=True,
)
