"""Other systems at the hub: their keys, what they asked for, and the news they are told."""

from sqlalchemy import CheckConstraint, Column, Index, PrimaryKeyConstraint, Table, Text, UniqueConstraint
from sqlalchemy import text as sql

from storage.tables.columns import big, hub, small, text

api_keys = Table(
    "api_keys",
    hub,
    text("merchant_id"),
    text("id"),
    text("name"),
    Column("key_hash", Text, nullable=False, unique=True),
    big("created_at"),
    big("last_used_at", null=True),
    big("revoked_at", null=True),
    text("scopes", default="'checkouts:write,checkouts:read,events:write'"),
    PrimaryKeyConstraint("merchant_id", "id"),
    sqlite_strict=True,
)

api_answers = Table(
    "api_answers",
    hub,
    text("merchant_id"),
    text("key_id"),
    text("idempotency_key"),
    text("request_hash"),
    small("status"),
    text("answer"),
    big("at"),
    PrimaryKeyConstraint("merchant_id", "key_id", "idempotency_key"),
    sqlite_strict=True,
)
Index("api_answers_by_time", api_answers.c.merchant_id, api_answers.c.at)

checkout_requests = Table(
    "checkout_requests",
    hub,
    text("merchant_id"),
    text("id"),
    text("order_type"),
    text("order_ref"),
    big("subtotal_minor"),
    small("tax_percent"),
    big("tax_minor"),
    big("total_minor"),
    text("currency"),
    small("capture"),
    text("origin"),
    text("due_on"),
    text("subscription_id", null=True),
    text("period", null=True),
    text("key_id"),
    big("created_at"),
    PrimaryKeyConstraint("merchant_id", "id"),
    UniqueConstraint("merchant_id", "order_type", "order_ref"),
    UniqueConstraint("merchant_id", "subscription_id", "period"),
    CheckConstraint("subtotal_minor > 0 AND tax_minor >= 0 AND subtotal_minor + tax_minor = total_minor"),
    CheckConstraint("origin IN ('api', 'subscription') AND capture IN (0, 1)"),
    CheckConstraint("(origin = 'subscription') = (subscription_id IS NOT NULL)"),
    CheckConstraint("(subscription_id IS NULL) = (period IS NULL)"),
    sqlite_strict=True,
)

hooks = Table(
    "hooks",
    hub,
    text("merchant_id"),
    text("key_id"),
    text("url"),
    text("events"),
    small("all_payments"),
    small("key_version"),
    text("sealed"),
    big("created_at"),
    big("changed_at"),
    big("off_at", null=True),
    small("old_key_version", null=True),
    text("old_sealed", null=True),
    big("old_until", null=True),
    big("tried_at", null=True),
    text("answer", default="''"),
    PrimaryKeyConstraint("merchant_id", "key_id"),
    CheckConstraint("all_payments IN (0, 1)"),
    sqlite_strict=True,
)

hook_news = Table(
    "hook_news",
    hub,
    text("merchant_id"),
    text("id"),
    text("key_id"),
    text("payment_id"),
    text("type"),
    text("body"),
    text("state"),
    small("attempts"),
    big("next_at"),
    text("note"),
    big("created_at"),
    big("ended_at", null=True),
    PrimaryKeyConstraint("merchant_id", "id"),
    CheckConstraint("state IN ('waiting', 'delivered', 'given_up')"),
    sqlite_strict=True,
)
Index("hook_news_due", hook_news.c.next_at, hook_news.c.merchant_id, hook_news.c.key_id)
Index("hook_news_of_key", hook_news.c.merchant_id, hook_news.c.key_id, hook_news.c.next_at)
Index("hook_news_latest", hook_news.c.merchant_id, hook_news.c.key_id, hook_news.c.created_at)
Index("hook_news_ended", hook_news.c.merchant_id, hook_news.c.ended_at)
Index(
    "hook_news_open",
    hook_news.c.state,
    hook_news.c.created_at,
    sqlite_where=sql("state <> 'delivered'"),
    postgresql_where=sql("state <> 'delivered'"),
)
