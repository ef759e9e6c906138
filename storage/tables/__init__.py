"""The tables of till and hub: one description for SQLite and PostgreSQL, the merchant leading every key."""

from storage.tables.columns import hub, ledger, till
from storage.tables.hub_api import api_answers, api_keys, checkout_requests, hook_news, hooks
from storage.tables.hub_people import (
    people,
    people_key_holders,
    people_keys,
    person_grants,
    person_sessions,
    person_tries,
)
from storage.tables.hub_providers import (
    checks,
    credentials,
    data_keys,
    inbox,
    provider_accounts,
    provider_events,
    provider_health,
    receipts,
    refund_work,
    statements,
)
from storage.tables.hub_tills import book_series, enrolment_codes, feed, hub_self, tills
from storage.tables.ledger_books import accounts, book_numbers, categories, day_totals, postings, series, vouchers
from storage.tables.ledger_holders import holders
from storage.tables.ledger_payments import payment_events, payment_transactions, payments
from storage.tables.ledger_refunds import refund_events, refunds
from storage.tables.ledger_resolutions import resolutions
from storage.tables.ledger_shop import devices, merchants, shop_settings
from storage.tables.ledger_trail import approvals, audit
from storage.tables.till_only import account_grants, drafts, inbox_cursor, outbox, preferences, till_self, users

__all__ = [
    "account_grants",
    "accounts",
    "api_answers",
    "api_keys",
    "approvals",
    "audit",
    "book_numbers",
    "book_series",
    "categories",
    "checkout_requests",
    "checks",
    "credentials",
    "data_keys",
    "day_totals",
    "devices",
    "drafts",
    "enrolment_codes",
    "feed",
    "holders",
    "hook_news",
    "hooks",
    "hub",
    "hub_self",
    "inbox",
    "inbox_cursor",
    "ledger",
    "merchants",
    "outbox",
    "payment_events",
    "payment_transactions",
    "payments",
    "people",
    "people_key_holders",
    "people_keys",
    "person_grants",
    "person_sessions",
    "person_tries",
    "postings",
    "preferences",
    "provider_accounts",
    "provider_events",
    "provider_health",
    "receipts",
    "refund_events",
    "refund_work",
    "refunds",
    "resolutions",
    "series",
    "shop_settings",
    "statements",
    "till",
    "till_self",
    "tills",
    "users",
    "vouchers",
]
