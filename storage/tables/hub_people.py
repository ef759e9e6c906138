"""The people of a shop as the hub holds them: grants, sessions, tries and the key of their PINs."""

from sqlalchemy import CheckConstraint, PrimaryKeyConstraint, Table

from domain.policy import Role
from storage.tables.columns import big, hub, one_of, small, text

people = Table(
    "people",
    hub,
    text("merchant_id"),
    text("id"),
    text("name"),
    text("role"),
    text("pin_hash"),
    big("disabled_at", null=True),
    PrimaryKeyConstraint("merchant_id", "id"),
    CheckConstraint(one_of("role", Role)),
    sqlite_strict=True,
)

person_grants = Table(
    "person_grants",
    hub,
    text("merchant_id"),
    text("person_id"),
    text("account_id"),
    PrimaryKeyConstraint("merchant_id", "person_id", "account_id"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

person_sessions = Table(
    "person_sessions",
    hub,
    text("merchant_id"),
    text("token_hash"),
    text("device_id"),
    text("person_id"),
    big("begun_at"),
    big("until"),
    PrimaryKeyConstraint("merchant_id", "token_hash"),
    sqlite_strict=True,
)

person_tries = Table(
    "person_tries",
    hub,
    text("merchant_id"),
    text("person_id"),
    text("device_id"),
    small("failures"),
    big("locked_until", null=True),
    PrimaryKeyConstraint("merchant_id", "person_id", "device_id"),
    sqlite_strict=True,
)

people_key_holders = Table(
    "people_key_holders",
    hub,
    text("merchant_id"),
    text("device_id"),
    text("claim_hash"),
    big("at"),
    PrimaryKeyConstraint("merchant_id", "device_id"),
    sqlite_strict=True,
)

people_keys = Table(
    "people_keys",
    hub,
    text("merchant_id"),
    small("key_version"),
    text("sealed"),
    big("created_at"),
    PrimaryKeyConstraint("merchant_id"),
    sqlite_strict=True,
)
