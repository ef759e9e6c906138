"""What both databases refuse by themselves: guard triggers, which compute nothing, and unique indexes."""

from dataclasses import dataclass
from typing import Final, Literal

from domain.payments import TRANSACTION_TRANSITIONS, TRANSITIONS
from domain.refunds import BEGINS, OVER, REFUND_TRANSITIONS
from domain.resolutions import RESOLUTION_TRANSITIONS

Dialect = Literal["sqlite", "postgresql"]


@dataclass(frozen=True, slots=True)
class Guard:
    """A trigger: on which table, before which event, when (SQL over OLD and NEW), and the word it refuses with."""

    name: str
    table: str
    event: str
    when: str
    refusal: str

    def statements(self, dialect: Dialect) -> tuple[str, ...]:
        """Return the statements that create the trigger."""
        refusal = self.refusal.replace("'", "''")
        if dialect == "sqlite":
            return (
                f"CREATE TRIGGER {self.name} BEFORE {self.event} ON {self.table} WHEN {self.when} "
                f"BEGIN SELECT RAISE(ABORT, 'guard: {refusal}'); END",
            )
        row = {"DELETE": "OLD", "TRUNCATE": "NULL"}.get(self.event, "NEW")
        scope = "STATEMENT" if self.event == "TRUNCATE" else "ROW"
        return (
            f"CREATE FUNCTION guard_{self.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF {self.when} THEN RAISE EXCEPTION 'guard: {refusal}'; END IF; RETURN {row}; END $$",
            f"CREATE TRIGGER {self.name} BEFORE {self.event} ON {self.table} "
            f"FOR EACH {scope} EXECUTE FUNCTION guard_{self.name}()",
        )


def _pairs(table: dict[str, set[str]]) -> str:
    """Return SQL that is true for a status change outside the table."""
    legal = " OR ".join(
        f"(OLD.status = '{old}' AND NEW.status IN ({', '.join(repr(new) for new in sorted(news))}))"
        for old, news in sorted(table.items())
        if news
    )
    return f"OLD.status <> NEW.status AND NOT ({legal})"


PAYMENT_PAIRS: Final = {old.value: {new.value for new in news} for old, news in TRANSITIONS.items()}
TRANSACTION_PAIRS: Final = {old.value: {new.value for new in news} for old, news in TRANSACTION_TRANSITIONS.items()}
RESOLUTION_PAIRS: Final = {old.value: {new.value for new in news} for old, news in RESOLUTION_TRANSITIONS.items()}
REFUND_PAIRS: Final = {old.value: {new.value for new in news} for old, news in REFUND_TRANSITIONS.items()}

_LINES: Final = "FROM postings p WHERE p.merchant_id = NEW.merchant_id AND p.voucher_id = NEW.id"
_UNBALANCED: Final = (
    f"(SELECT COALESCE(SUM(CASE p.side WHEN 'D' THEN p.amount_minor ELSE -p.amount_minor END), 1) {_LINES}) <> 0 "
    f"OR (SELECT COUNT(*) {_LINES}) < 2 "
    f"OR (SELECT COALESCE(SUM(CASE p.side WHEN 'D' THEN p.amount_minor ELSE 0 END), 0) {_LINES}) <> NEW.total_minor"
)
_VOUCHER_OF_NEW: Final = "FROM vouchers v WHERE v.merchant_id = NEW.merchant_id AND v.id = NEW.voucher_id"
_VOUCHER_OF_OLD: Final = "FROM vouchers v WHERE v.merchant_id = OLD.merchant_id AND v.id = OLD.voucher_id"
_ALWAYS: Final = "1 = 1"
_ENDED: Final = ", ".join(repr(status.value) for status in sorted(OVER))
_OTHERS_TAKE: Final = (
    "(SELECT COALESCE(SUM(r.amount_minor), 0) FROM refunds r WHERE r.merchant_id = NEW.merchant_id "
    f"AND r.payment_id = NEW.payment_id AND r.id <> NEW.id AND r.beyond = 0 AND r.status NOT IN ({_ENDED}))"
)
_TOO_MUCH: Final = (
    f"NEW.beyond = 0 AND NEW.status NOT IN ({_ENDED}) AND NEW.amount_minor + {_OTHERS_TAKE} > "
    "(SELECT COALESCE(SUM(p.received_minor - p.confirmed_minor), 0) FROM payments p "
    "WHERE p.merchant_id = NEW.merchant_id AND p.id = NEW.payment_id)"
)
"""A refund that counts takes, with the others of its payment, more than was proven to have come (I6)."""


_BILL_CHANGES: Final = "OLD.bill_minor <> NEW.bill_minor"
_PART_TAKEN: Final = (
    "OLD.capture = 0 AND OLD.received_minor = 0 AND NEW.status = 'paid' AND NEW.amount_minor < OLD.amount_minor "
    "AND NEW.received_minor >= NEW.amount_minor "
    "AND OLD.bill_minor - NEW.bill_minor = OLD.amount_minor - NEW.amount_minor"
)
"""Of money that was held a part is taken and the rest let go: then that part is what was to be paid."""


def _kept(columns: tuple[str, ...]) -> str:
    return " OR ".join(f"OLD.{column} <> NEW.{column}" for column in columns)


def _append_only(table: str) -> tuple[Guard, Guard]:
    return (
        Guard(f"{table}_no_update", table, "UPDATE", _ALWAYS, f"{table} is append-only"),
        Guard(f"{table}_no_delete", table, "DELETE", _ALWAYS, f"{table} is append-only"),
    )


LEDGER_GUARDS: Final = (
    Guard("voucher_born_draft", "vouchers", "INSERT", "NEW.status <> 'DRAFT'", "a voucher is issued by an update"),
    Guard(
        "voucher_issued_whole",
        "vouchers",
        "UPDATE",
        f"OLD.status = 'DRAFT' AND NEW.status = 'ISSUED' AND "
        f"(NEW.number IS NULL OR NEW.hash IS NULL OR NEW.chain_seq IS NULL OR {_UNBALANCED})",
        "an unbalanced or unnumbered voucher is not issued",
    ),
    Guard("voucher_final", "vouchers", "UPDATE", "OLD.status = 'ISSUED'", "an issued voucher never changes"),
    Guard("voucher_currency", "vouchers", "UPDATE", "OLD.currency <> NEW.currency", "a voucher keeps its currency"),
    Guard("voucher_kept", "vouchers", "DELETE", "OLD.status = 'ISSUED'", "an issued voucher is never deleted"),
    Guard(
        "posting_of_draft",
        "postings",
        "INSERT",
        f"(SELECT v.status {_VOUCHER_OF_NEW}) <> 'DRAFT'",
        "an issued voucher takes no more lines",
    ),
    Guard(
        "posting_in_currency",
        "postings",
        "INSERT",
        f"(SELECT v.currency {_VOUCHER_OF_NEW}) <> (SELECT a.currency FROM accounts a "
        "WHERE a.merchant_id = NEW.merchant_id AND a.id = NEW.account_id)",
        "a line is in its account's currency",
    ),
    Guard(
        "posting_of_holder",
        "postings",
        "INSERT",
        "(SELECT a.control FROM accounts a WHERE a.merchant_id = NEW.merchant_id AND a.id = NEW.account_id) "
        "= 'stored_value' AND NOT EXISTS (SELECT 1 FROM vouchers v JOIN holders h ON h.merchant_id = v.merchant_id "
        "AND h.id = v.holder_id WHERE v.merchant_id = NEW.merchant_id AND v.id = NEW.voucher_id)",
        "stored value is always somebody's",
    ),
    Guard("posting_final", "postings", "UPDATE", _ALWAYS, "a line never changes"),
    Guard(
        "posting_kept",
        "postings",
        "DELETE",
        f"(SELECT v.status {_VOUCHER_OF_OLD}) = 'ISSUED'",
        "a line of an issued voucher is never deleted",
    ),
    Guard("payment_moves", "payments", "UPDATE", _pairs(PAYMENT_PAIRS), "this payment cannot move so"),
    Guard(
        "payment_facts",
        "payments",
        "UPDATE",
        _kept(
            (
                "merchant_id",
                "id",
                "reference",
                "currency",
                "method",
                "provider",
                "created_at",
                "device_id",
                "bill_id",
                "option",
                "capture",
            )
        )
        + " OR NEW.revision <> OLD.revision + 1 OR NEW.received_minor < OLD.received_minor"
        + f" OR ((OLD.amount_minor <> NEW.amount_minor OR {_BILL_CHANGES}) AND NOT ({_PART_TAKEN}))",
        "a payment's facts never change",
    ),
    Guard("payment_cheque", "payments", "UPDATE", "OLD.cheque <> NEW.cheque", "a cheque stays the one that was taken"),
    Guard(
        "payment_holder",
        "payments",
        "UPDATE",
        "COALESCE(OLD.holder_id, '') <> COALESCE(NEW.holder_id, '')",
        "a payment keeps its holder",
    ),
    Guard("payment_kept", "payments", "DELETE", _ALWAYS, "a payment is never deleted"),
    *_append_only("payment_events"),
    Guard(
        "transaction_moves", "payment_transactions", "UPDATE", _pairs(TRANSACTION_PAIRS), "this attempt cannot move so"
    ),
    Guard(
        "transaction_final",
        "payment_transactions",
        "UPDATE",
        "OLD.status IN ('succeeded', 'failed')",
        "a finished attempt never changes",
    ),
    Guard("transaction_kept", "payment_transactions", "DELETE", _ALWAYS, "an attempt is never deleted"),
    Guard(
        "refund_begins",
        "refunds",
        "INSERT",
        f"NEW.revision <> 1 OR NEW.status NOT IN ({', '.join(repr(status.value) for status in sorted(BEGINS))})",
        "a refund begins at its beginning",
    ),
    *(
        Guard(f"refund_bound_{event.lower()}", "refunds", event, _TOO_MUCH, "more than came is not given back")
        for event in ("INSERT", "UPDATE")
    ),
    Guard("refund_moves", "refunds", "UPDATE", _pairs(REFUND_PAIRS), "this refund cannot move so"),
    Guard(
        "refund_facts",
        "refunds",
        "UPDATE",
        _kept(
            (
                "merchant_id",
                "id",
                "device_id",
                "payment_id",
                "origin",
                "what",
                "way",
                "provider",
                "reference",
                "amount_minor",
                "fee_minor",
                "currency",
                "reason",
                "requested_at",
            )
        )
        + "".join(
            f" OR COALESCE(OLD.{column}, '') <> COALESCE(NEW.{column}, '')"
            for column in ("wallet_id", "requested_by", "approved_by")
        )
        + " OR NEW.revision <> OLD.revision + 1",
        "a refund's facts never change",
    ),
    Guard(
        "refund_holder",
        "refunds",
        "UPDATE",
        "COALESCE(OLD.holder_id, '') <> COALESCE(NEW.holder_id, '')",
        "a refund keeps its holder",
    ),
    Guard("refund_kept", "refunds", "DELETE", _ALWAYS, "a refund is never deleted"),
    *_append_only("refund_events"),
    Guard("resolution_moves", "resolutions", "UPDATE", _pairs(RESOLUTION_PAIRS), "this resolution cannot move so"),
    Guard(
        "resolution_facts",
        "resolutions",
        "UPDATE",
        _kept(
            (
                *("merchant_id", "id", "device_id", "subject_id", "act", "amount_minor", "currency", "reason"),
                "requested_at",
            )
        )
        + "".join(
            f" OR COALESCE(OLD.{column}, '') <> COALESCE(NEW.{column}, '')"
            for column in ("payment_id", "wallet_id", "requested_by", "approved_by", "holder_id", "provider")
        )
        + " OR OLD.status = NEW.status OR NEW.revision <> OLD.revision + 1",
        "a resolution's facts never change",
    ),
    Guard("resolution_kept", "resolutions", "DELETE", _ALWAYS, "a resolution is never deleted"),
    *_append_only("audit"),
    *_append_only("approvals"),
    *_append_only("book_numbers"),
    Guard(
        "category_typed",
        "categories",
        "UPDATE",
        "OLD.system_key <> '' AND (OLD.kind <> NEW.kind OR OLD.system_key <> NEW.system_key OR OLD.id <> NEW.id)",
        "a system category keeps its kind",
    ),
    Guard("category_kept", "categories", "DELETE", "OLD.system_key <> ''", "a system category is never removed"),
    Guard(
        "category_system_stays",
        "categories",
        "UPDATE",
        "OLD.system_key <> '' AND (NEW.parent_id IS NOT NULL OR NEW.archived_at IS NOT NULL)",
        "a system category stays at the root and in use",
    ),
    Guard(
        "category_facts",
        "categories",
        "UPDATE",
        _kept(("merchant_id", "id", "kind", "system_key")),
        "a category keeps its kind",
    ),
    Guard("category_lasts", "categories", "DELETE", _ALWAYS, "a category is never deleted"),
    *(
        Guard(
            f"category_parent_{event.lower()}",
            "categories",
            event,
            "NEW.parent_id IS NOT NULL AND (NEW.parent_id = NEW.id OR NEW.kind <> COALESCE((SELECT c.kind FROM "
            "categories c WHERE c.merchant_id = NEW.merchant_id AND c.id = NEW.parent_id), ''))",
            "a category hangs below another one of its kind",
        )
        for event in ("INSERT", "UPDATE")
    ),
    Guard(
        "account_facts",
        "accounts",
        "UPDATE",
        _kept(("merchant_id", "id", "type", "currency", "created_at")) + " OR NEW.entries < OLD.entries",
        "an account keeps its type and its currency",
    ),
    Guard("account_kept", "accounts", "DELETE", _ALWAYS, "an account is never deleted"),
    Guard(
        "holder_facts",
        "holders",
        "UPDATE",
        _kept(("merchant_id", "id", "phone", "created_by", "created_at")),
        "a holder keeps their phone number",
    ),
    Guard("holder_kept", "holders", "DELETE", _ALWAYS, "a holder is never deleted"),
    Guard("series_from_one", "series", "INSERT", "NEW.last_seq <> 1", "a series starts at one"),
    Guard("series_gapless", "series", "UPDATE", "NEW.last_seq <> OLD.last_seq + 1", "a series has no gap"),
    Guard("series_kept", "series", "DELETE", _ALWAYS, "a series is never deleted"),
    Guard(
        "device_forward",
        "devices",
        "UPDATE",
        "NEW.voucher_seq < OLD.voucher_seq OR NEW.audit_seq < OLD.audit_seq OR NEW.reference_seq < OLD.reference_seq",
        "a device's chains and counters go forward",
    ),
    Guard("device_kept", "devices", "DELETE", _ALWAYS, "a device is never deleted"),
    Guard("merchant_kept", "merchants", "DELETE", _ALWAYS, "a merchant is never deleted"),
)

TILL_GUARDS: Final = (
    Guard(
        "outbox_facts",
        "outbox",
        "UPDATE",
        _kept(("seq", "id", "subject_id", "kind", "body", "body_hash", "queued_at"))
        + " OR (OLD.state = 'acked' AND NEW.state <> 'acked')",
        "a queued message never changes",
    ),
    Guard("outbox_kept", "outbox", "DELETE", _ALWAYS, "a queued message is never deleted"),
    Guard(
        "cursor_forward",
        "inbox_cursor",
        "UPDATE",
        "OLD.hub_epoch = NEW.hub_epoch AND NEW.seq < OLD.seq",
        "the cursor goes forward",
    ),
)

HUB_GUARDS: Final = (
    *_append_only("feed"),
    *_append_only("provider_events"),
    *_append_only("receipts"),
    *_append_only("checkout_requests"),
    Guard(
        "holder_covered",
        "holders",
        "UPDATE",
        "NEW.balance_minor < 0 AND NEW.balance_minor < OLD.balance_minor",
        "nobody spends more than they stored",
    ),
    Guard("book_series_from_one", "book_series", "INSERT", "NEW.last_no <> 1", "the register starts at one"),
    Guard("book_series_gapless", "book_series", "UPDATE", "NEW.last_no <> OLD.last_no + 1", "the register has no gap"),
    Guard("book_series_kept", "book_series", "DELETE", _ALWAYS, "the register is never deleted"),
)

POSTGRES_GUARDS: Final = tuple(
    Guard(f"{table}_whole", table, "TRUNCATE", _ALWAYS, f"{table} is never emptied")
    for table in sorted({guard.table for guard in (*LEDGER_GUARDS, *HUB_GUARDS) if guard.event == "DELETE"})
)
"""TRUNCATE empties a table of PostgreSQL without asking the guards of its rows; SQLite knows no such statement."""


@dataclass(frozen=True, slots=True)
class OnlyOne:
    """A unique index over the rows that fulfil a condition, which keeps a rule that no trigger could keep."""

    name: str
    table: str
    columns: tuple[str, ...]
    where: str

    @property
    def statement(self) -> str:
        """The statement that creates the index."""
        return f"CREATE UNIQUE INDEX {self.name} ON {self.table} ({', '.join(self.columns)}) WHERE {self.where}"


ONLY_ONES: Final = (
    OnlyOne("one_default_account", "accounts", ("merchant_id",), "is_default = 1"),
    OnlyOne("one_voucher_per_event", "vouchers", ("merchant_id", "source_kind", "source_id"), "second = 0"),
    OnlyOne("one_resolution", "resolutions", ("merchant_id", "subject_id"), "status = 'done' AND provider IS NULL"),
    OnlyOne("one_reversal", "vouchers", ("merchant_id", "reverses"), "reverses IS NOT NULL AND second = 0"),
)

REFERENCES: Final = frozenset(
    {
        ("payment_events", "payments"),
        ("payment_transactions", "payments"),
        ("postings", "accounts"),
        ("postings", "vouchers"),
        ("refund_events", "refunds"),
        ("refunds", "payments"),
    }
)
"""Which table's rows need which other table's; none of them takes rows along when that one's are deleted."""

MAY_SHRINK: Final = frozenset(
    {
        *("account_grants", "checks", "credentials", "data_keys", "day_totals", "drafts", "enrolment_codes"),
        *(
            "api_answers",
            "api_keys",
            "hook_news",
            "hooks",
            "hub_self",
            "inbox",
            "inbox_cursor",
            "preferences",
            "provider_accounts",
            "provider_health",
            "refund_work",
        ),
        *("people", "people_key_holders", "people_keys", "person_grants", "person_sessions", "person_tries"),
        "shop_settings",
        *("statements", "till_self", "tills", "users"),
    }
)
"""The tables that hold no history: what is set, what is under way, and sums that `verify` computes anew."""


def guard_statements(guards: tuple[Guard, ...], dialect: Dialect) -> tuple[str, ...]:
    """Return the statements that create the given guards."""
    return tuple(statement for guard in guards for statement in guard.statements(dialect))
