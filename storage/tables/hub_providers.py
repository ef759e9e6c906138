"""Payment providers at the hub: secrets, what they told, and what is to be asked of them."""

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, Table, UniqueConstraint

from storage.tables.columns import big, hub, small, text

credentials = Table(
    "credentials",
    hub,
    text("merchant_id"),
    text("provider"),
    text("field"),
    small("key_version"),
    text("sealed"),
    big("updated_at"),
    PrimaryKeyConstraint("merchant_id", "provider", "field"),
    sqlite_strict=True,
)

data_keys = Table(
    "data_keys",
    hub,
    text("merchant_id"),
    small("version"),
    text("wrapped"),
    big("created_at"),
    PrimaryKeyConstraint("merchant_id", "version"),
    sqlite_strict=True,
)

provider_accounts = Table(
    "provider_accounts",
    hub,
    text("merchant_id"),
    text("provider"),
    text("fingerprint"),
    PrimaryKeyConstraint("merchant_id", "provider", "fingerprint"),
    UniqueConstraint("fingerprint"),
    sqlite_strict=True,
)

provider_health = Table(
    "provider_health",
    hub,
    text("merchant_id"),
    text("provider"),
    big("last_success_at", null=True),
    big("last_failure_at", null=True),
    small("failures"),
    big("failing_since", null=True),
    big("troubled_since", null=True),
    text("note"),
    PrimaryKeyConstraint("merchant_id", "provider"),
    sqlite_strict=True,
)

provider_events = Table(
    "provider_events",
    hub,
    text("merchant_id"),
    text("provider"),
    text("dedupe_key"),
    text("channel"),
    text("reference"),
    text("receipt"),
    text("raw"),
    big("received_at"),
    PrimaryKeyConstraint("merchant_id", "provider", "dedupe_key"),
    sqlite_strict=True,
)
Index(
    "events_by_reference",
    provider_events.c.merchant_id,
    provider_events.c.reference,
    sqlite_where=provider_events.c.reference != "",
    postgresql_where=provider_events.c.reference != "",
)

inbox = Table(
    "inbox",
    hub,
    text("merchant_id"),
    text("provider"),
    text("dedupe_key"),
    text("state"),
    small("duplicates", default="0"),
    small("attempts", default="0"),
    big("next_attempt_at"),
    big("settled_at", null=True),
    text("outcome", null=True),
    PrimaryKeyConstraint("merchant_id", "provider", "dedupe_key"),
    CheckConstraint("state IN ('received', 'parked', 'applied', 'failed')"),
    sqlite_strict=True,
)
Index(
    "inbox_waiting",
    inbox.c.next_attempt_at,
    sqlite_where=inbox.c.state.in_(["received", "parked"]),
    postgresql_where=inbox.c.state.in_(["received", "parked"]),
)

receipts = Table(
    "receipts",
    hub,
    text("merchant_id"),
    text("provider"),
    text("dedupe_key"),
    text("reference"),
    big("amount_minor"),
    text("currency"),
    big("paid_at"),
    text("provider_ref"),
    text("text"),
    text("payment_id", null=True),
    text("voucher_id", null=True),
    big("recorded_at"),
    PrimaryKeyConstraint("merchant_id", "provider", "dedupe_key"),
    sqlite_strict=True,
)
Index("receipts_by_reference", receipts.c.merchant_id, receipts.c.reference, receipts.c.provider)
Index("receipts_by_provider_ref", receipts.c.merchant_id, receipts.c.provider, receipts.c.provider_ref)

checks = Table(
    "checks",
    hub,
    text("merchant_id"),
    text("payment_id"),
    small("attempts", default="0"),
    big("checked_at", null=True),
    big("next_check_at"),
    text("note"),
    PrimaryKeyConstraint("merchant_id", "payment_id"),
    sqlite_strict=True,
)
Index("checks_due", checks.c.next_check_at)

statements = Table(
    "statements",
    hub,
    text("merchant_id"),
    text("provider"),
    text("cursor"),
    big("connected_at"),
    big("polled_at", null=True),
    big("next_poll_at"),
    big("lease_until"),
    text("note"),
    PrimaryKeyConstraint("merchant_id", "provider"),
    sqlite_strict=True,
)
Index("statements_due", statements.c.next_poll_at)

refund_work = Table(
    "refund_work",
    hub,
    text("merchant_id"),
    text("refund_id"),
    small("attempts", default="0"),
    big("next_at"),
    text("note"),
    PrimaryKeyConstraint("merchant_id", "refund_id"),
    sqlite_strict=True,
)
Index("refund_work_due", refund_work.c.next_at)
