"""The second wall between merchants: PostgreSQL's row-level security, which holds where a query forgets its merchant.

Every transaction of the hub either stands inside one merchant's wall, or looks across all of them. Who looks across
reads a few tables and changes nothing: to find whose token, key or code was shown, and whose work is due.
"""

from dataclasses import dataclass
from typing import Final

from domain.errors import ErrorCode, StorageUnavailable
from domain.ids import MerchantId
from storage.session import Session, Sql

_OWN: Final = "current_setting('bana.merchant', true)"
_ACROSS: Final = "current_setting('bana.across', true) = 'on'"

_ENTER: Final = Sql("SELECT set_config('bana.merchant', :merchant_id, true), set_config('bana.across', '', true)")
_LOOK_ACROSS: Final = Sql("SELECT set_config('bana.merchant', '', true), set_config('bana.across', 'on', true)")
_ROLE: Final = Sql("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")


@dataclass(frozen=True, slots=True)
class Wall:
    """The policies of a table whose rows belong to the merchant in `column`; `seen_across` by who looks across."""

    table: str
    column: str = "merchant_id"
    seen_across: bool = False

    @property
    def own(self) -> str:
        """What is true of a row of the merchant in whose wall a transaction stands."""
        return f"{self.column} = {_OWN}"

    @property
    def statements(self) -> tuple[str, ...]:
        """The statements that raise the wall; FORCE holds it against the owner of the tables as well."""
        raised = (
            f"ALTER TABLE {self.table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {self.table} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY own_merchant ON {self.table} USING ({self.own}) WITH CHECK ({self.own})",
        )
        across = f"CREATE POLICY across_merchants ON {self.table} FOR SELECT USING ({_ACROSS})"
        return (*raised, across) if self.seen_across else raised

    @property
    def told(self) -> dict[str, tuple[str | None, ...]]:
        """The policies as PostgreSQL tells them: kind, roles, command, what is seen, what may be written."""
        own = f"({self.column} = current_setting('bana.merchant'::text, true))"
        across = "(current_setting('bana.across'::text, true) = 'on'::text)"
        policies: dict[str, tuple[str | None, ...]] = {"own_merchant": ("PERMISSIVE", "{public}", "ALL", own, own)}
        if self.seen_across:
            policies["across_merchants"] = ("PERMISSIVE", "{public}", "SELECT", across, None)
        return policies


_WITHIN: Final = (
    *("accounts", "api_answers", "approvals", "audit", "book_numbers", "book_series", "categories"),
    *(
        "checkout_requests",
        "credentials",
        "data_keys",
        "day_totals",
        "devices",
        "feed",
        "holders",
        "hooks",
        "payment_events",
    ),
    *("payment_transactions", "people", "people_key_holders", "people_keys", "person_grants", "person_sessions"),
    *(
        "person_tries",
        "postings",
        "provider_accounts",
        "provider_events",
        "receipts",
        "refund_events",
        "refunds",
        "resolutions",
    ),
    *("series", "shop_settings", "vouchers"),
)
_SEEN_ACROSS: Final = (
    *("api_keys", "checks", "enrolment_codes", "hook_news", "inbox", "payments", "provider_health", "refund_work"),
    *("statements", "tills"),
)

WALLS: Final = (
    Wall("merchants", column="id", seen_across=True),
    *(Wall(table) for table in _WITHIN),
    *(Wall(table, seen_across=True) for table in _SEEN_ACROSS),
)
"""Every table that holds merchants' rows."""

WALL_LESS: Final = frozenset({"hub_self", "alembic_version"})
"""The tables that hold nothing of any merchant."""


def enter_merchant(session: Session, merchant_id: MerchantId) -> None:
    """Stand inside one merchant's wall until the transaction ends; others' rows are not there and cannot be written."""
    if session.dialect == "postgresql":
        session.one(_ENTER, {"merchant_id": merchant_id})


def look_across(session: Session) -> None:
    """Look across the walls until the transaction ends or enters a merchant: some tables are read, none is written."""
    if session.dialect == "postgresql":
        session.one(_LOOK_ACROSS, {})


def require_role_below_walls(session: Session) -> None:
    """Raise StorageUnavailable(HUB_ROLE_UNSAFE) for a role that no wall holds: BYPASSRLS or superuser."""
    if session.dialect == "postgresql":
        row = session.one(_ROLE, {})
        if row is None or row[0]:
            raise StorageUnavailable(ErrorCode.HUB_ROLE_UNSAFE)
