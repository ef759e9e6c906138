"""What the till's screens read, on a read-only connection of its own: keyset pages and stored balances, never sums."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from domain.accounts import AccountType, Control, account_code
from domain.errors import ErrorCode, NotFound, NotPermitted
from domain.ids import AccountId, BillId, DeviceId, Instant, MerchantId, MessageId, PaymentId, UserId, VoucherId
from domain.payment_rows import DayTotal, MatterRow, PaymentDetail, PaymentFilter, PaymentRow, SaleRow
from domain.people import User
from domain.policy import Action, Actor, Role, require
from domain.rails import Method, Provider
from domain.routing import Trouble, holding, offered, troubles
from domain.rows import QueueState, RefusedRow, ShopRow, StatementRow, UnsentRow, UserRow, WalletRow
from domain.trail import AuditFilter, AuditPage, Place
from storage.audit_reads import read_trail
from storage.book_reads import TillBooks, hidden_wallets, without_unseen_words
from storage.decision_reads import read_decisions
from storage.folding import fold, fold_phone
from storage.holders import TillHolders
from storage.matter_reads import read_matters, read_unfinished
from storage.payment_reads import PAYMENT_COLUMNS, VOIDED, payment_row, read_payment, read_sale
from storage.payments import read_taken
from storage.people import read_user
from storage.session import Row, Session, Sql
from storage.settings import read_rules

_HAS_BANK_ACCOUNT: Final = Sql(
    "SELECT 1 FROM accounts WHERE type = 'BANK' AND bank_account <> '' AND archived_at IS NULL LIMIT 1"
)
_HAS_HOLDERS: Final = Sql("SELECT 1 FROM holders WHERE merchant_id = :merchant_id LIMIT 1")
_SHOP: Final = Sql(
    "SELECT m.id, d.id, d.code, m.name, m.currency, m.zone, m.is_demo FROM till_self s "
    "JOIN merchants m ON m.id = s.merchant_id JOIN devices d ON d.merchant_id = m.id AND d.id = s.device_id"
)
_USERS: Final = Sql("SELECT id, name, role, disabled_at FROM users WHERE merchant_id = :merchant_id ORDER BY name")

_PAYMENT_FILTERS: Final = {
    "before": "(p.created_at, p.id) < (:before_at, :before_id)",
    "since": "p.created_at >= :since",
    "until": "p.created_at < :until",
    "status": "p.status = :status",
    "method": "p.method = :method",
    "text": "p.search_text LIKE :text ESCAPE '\\'",
    "voided": f"{VOIDED} = :voided",
}
_DAY: Final = Sql(
    f"SELECT COALESCE(SUM(CASE WHEN p.status = 'paid' AND NOT {VOIDED} THEN p.amount_minor - p.confirmed_minor "
    "ELSE 0 END), 0), "
    f"COALESCE(SUM(p.status = 'paid' AND NOT {VOIDED}), 0), COALESCE(SUM(p.exception <> 'none'), 0) "
    "FROM payments p WHERE p.merchant_id = :merchant_id AND p.created_at >= :since "
    "AND (:whole OR p.device_id = (SELECT device_id FROM till_self))"
)
_WALLETS: Final = Sql(
    # SQLite keeps the order of tables around CROSS JOIN: from the few that wait to their lines, not from every line.
    "WITH waiting AS MATERIALIZED (SELECT l.account_id AS id, "
    "SUM(CASE l.side WHEN 'D' THEN l.amount_minor ELSE -l.amount_minor END) AS minor FROM outbox o "
    "CROSS JOIN postings l ON l.merchant_id = :merchant_id AND l.voucher_id = o.id "
    "WHERE :summed AND o.state <> 'acked' AND o.kind = 'voucher' GROUP BY l.account_id) "
    "SELECT a.id, a.type, a.control, a.code, a.name, a.currency, a.balance_minor, a.is_default, a.bank_account, "
    "COALESCE(w.minor, 0) FROM accounts a LEFT JOIN waiting w ON w.id = a.id "
    "WHERE a.merchant_id = :merchant_id AND a.archived_at IS NULL AND (a.type <> 'CONTROL' OR :with_controls) "
    "ORDER BY a.type = 'CONTROL', a.is_default DESC, a.code, a.name"
)
_MANY_WAIT: Final = Sql("SELECT COUNT(*) > :most FROM (SELECT 1 FROM outbox WHERE state <> 'acked' LIMIT :most + 1)")
MOST_SUMMED: Final = 6_000
"""Messages that may wait before the part of a balance that the hub does not know is no longer summed: it would keep
every other read waiting."""

_STATEMENT: Final = Sql(
    "SELECT l.entry_no, v.id, v.number, v.business_date, v.created_at, v.source_kind, v.memo, l.side, l.amount_minor, "
    "l.balance_after FROM postings l JOIN vouchers v ON v.merchant_id = l.merchant_id AND v.id = l.voucher_id "
    "WHERE l.merchant_id = :merchant_id AND l.account_id = :account_id AND l.entry_no < :before "
    "ORDER BY l.entry_no DESC LIMIT :limit"
)
_QUEUE: Final = Sql(
    "SELECT COALESCE(SUM(state = 'queued'), 0), COALESCE(SUM(state = 'rejected'), 0), "
    "MIN(CASE state WHEN 'queued' THEN queued_at END), (SELECT sent_at FROM inbox_cursor), "
    "(SELECT pulled_at FROM inbox_cursor) FROM outbox WHERE state <> 'acked'"
)
_UNSENT: Final = Sql(
    "SELECT kind, SUM(state = 'queued'), SUM(state = 'rejected') FROM outbox WHERE state <> 'acked' "
    "GROUP BY kind ORDER BY kind"
)
_REFUSED: Final = Sql(
    "SELECT id, subject_id, kind, code, attempts, queued_at FROM outbox "
    "WHERE state = 'rejected' AND state <> 'acked' ORDER BY seq LIMIT 200"
)

LAST: Final = 2**62


class TillQueries:
    """The answers of one read-only connection, used by one thread."""

    def __init__(self, session: Session) -> None:
        self._session = session
        row = session.one(_SHOP, {})
        if row is None:
            raise NotFound(ErrorCode.TILL_UNKNOWN)
        self._merchant_id = MerchantId(row[0])

    @property
    def books(self) -> TillBooks:
        return TillBooks(self._session, self._merchant_id)

    @property
    def holders(self) -> TillHolders:
        return TillHolders(self._session, self._merchant_id)

    @contextmanager
    def moment(self) -> Iterator[None]:
        self._session.cursor.execute("BEGIN")
        try:
            yield
        finally:
            self._session.cursor.execute("ROLLBACK")  # nothing was written: this only lets the moment go

    def shop(self) -> ShopRow:
        row = self._session.one(_SHOP, {})
        assert row is not None, "the shop was there when the till was opened"
        return ShopRow(
            MerchantId(row[0]),
            DeviceId(row[1]),
            till_code=row[2],
            name=row[3],
            currency=row[4],
            zone=row[5],
            is_demo=bool(row[6]),
        )

    def methods(self) -> tuple[Method, ...]:
        has_bank_account = self._session.one(_HAS_BANK_ACCOUNT, {}) is not None
        has_holders = self._session.one(_HAS_HOLDERS, {"merchant_id": self._merchant_id}) is not None
        rules, currency = self.books.rules().payments, self.shop().currency
        return offered(rules, currency, has_bank_account=has_bank_account, has_holders=has_holders)

    def holding(self) -> tuple[Method, ...]:
        return holding(self.books.rules().payments, self.shop().currency)

    def troubles(self) -> Mapping[Method, Trouble]:
        return troubles(self.books.rules().payments, self.shop().currency)

    def taken_since(self, since: Instant) -> Mapping[Provider, int]:
        return read_taken(self._session, self._merchant_id, since)

    def users(self) -> Sequence[UserRow]:
        return [user for user in self.everybody() if not user.disabled]

    def everybody(self) -> Sequence[UserRow]:
        return [
            UserRow(UserId(row[0]), row[1], Role(row[2]), row[3] is not None)
            for row in self._session.all(_USERS, {"merchant_id": self._merchant_id})
        ]

    def user(self, user_id: UserId) -> User | None:
        return read_user(self._session, self._merchant_id, user_id)

    def payments(
        self, wanted: PaymentFilter, limit: int, before: tuple[Instant, PaymentId] | None
    ) -> Sequence[PaymentRow]:
        values: dict[str, Any] = {"merchant_id": self._merchant_id, "limit": limit}
        if before is not None:
            values |= {"before": True, "before_at": before[0], "before_id": before[1]}
        for name in ("since", "until", "status", "method", "voided"):
            if (value := getattr(wanted, name)) is not None:
                values[name] = value
        if wanted.text.strip():
            values["text"] = f"%{_search_pattern(wanted.text)}%"
        conditions = "".join(f" AND {sql}" for name, sql in _PAYMENT_FILTERS.items() if name in values)
        sql = Sql(
            f"SELECT {PAYMENT_COLUMNS} FROM payments p WHERE p.merchant_id = :merchant_id{conditions} "
            "ORDER BY p.created_at DESC, p.id DESC LIMIT :limit"
        )
        return [payment_row(row) for row in self._session.all(sql, values)]

    def payment(self, payment_id: PaymentId) -> PaymentDetail | None:
        return read_payment(self._session, self._merchant_id, payment_id)

    def sale(self, bill_id: BillId) -> SaleRow | None:
        return read_sale(self._session, self._merchant_id, bill_id)

    def unfinished(self, since: Instant) -> Sequence[SaleRow]:
        return read_unfinished(self._session, self._merchant_id, since)

    def matters(
        self, actor: Actor, limit: int, *, settled: bool = False, at: Instant | None = None
    ) -> Sequence[MatterRow]:
        if settled:
            return read_decisions(self._session, self._merchant_id, actor, limit)
        return read_matters(self._session, self._merchant_id, actor, limit, at, self.shop().zone)

    def day_total(self, actor: Actor, since: Instant) -> DayTotal:
        require(actor, Action.SEE_PAYMENTS)
        whole = int(actor.may(Action.SEE_BALANCES))
        row = self._session.one(_DAY, {"merchant_id": self._merchant_id, "since": since, "whole": whole})
        assert row is not None, "a sum always answers"
        return DayTotal(amount_minor=row[0], count=row[1], needs_review=row[2])

    def wallets(self, actor: Actor, with_controls: bool) -> Sequence[WalletRow]:
        hidden = self._hidden(actor)
        regime = read_rules(self._session, self._merchant_id).regime
        waiting = self._session.one(_MANY_WAIT, {"most": MOST_SUMMED})
        summed = waiting is not None and not waiting[0]
        values = {"merchant_id": self._merchant_id, "with_controls": int(with_controls), "summed": int(summed)}
        rows = self._session.all(_WALLETS, values)
        return [
            WalletRow(
                id=AccountId(row[0]),
                type=AccountType(row[1]),
                control=Control(row[2]) if row[2] else None,
                code=account_code(Control(row[2]) if row[2] else None, row[3], regime),
                name=row[4],
                currency=row[5],
                balance_minor=row[6],
                waiting_minor=row[9] if summed else None,
                is_default=bool(row[7]),
                bank_account=row[8],
            )
            for row in rows
            if row[0] not in hidden
        ]

    def statement(self, actor: Actor, account_id: AccountId, limit: int, before: int | None) -> Sequence[StatementRow]:
        hidden = self._hidden(actor)
        if account_id in hidden:
            raise NotPermitted(ErrorCode.ACCOUNT_NOT_GRANTED)
        values = {
            "merchant_id": self._merchant_id,
            "account_id": account_id,
            "before": LAST if before is None else before,
            "limit": limit,
        }
        rows = [_statement_row(row) for row in self._session.all(_STATEMENT, values)]
        return without_unseen_words(self._session, self._merchant_id, actor, rows) if hidden else rows

    def audit(self, actor: Actor, wanted: AuditFilter, limit: int, before: Place | None) -> AuditPage:
        return read_trail(self._session, self._merchant_id, actor, wanted, limit, before)

    def queue(self) -> QueueState:
        row = self._session.one(_QUEUE, {})
        assert row is not None, "a sum always answers"
        return QueueState(row[0], row[1], _instant(row[2]), _instant(row[3]), _instant(row[4]))

    def unsent(self) -> Sequence[UnsentRow]:
        return [UnsentRow(row[0], row[1], row[2]) for row in self._session.all(_UNSENT, {})]

    def refused(self) -> Sequence[RefusedRow]:
        return [
            RefusedRow(MessageId(row[0]), row[1], row[2], ErrorCode(row[3]), row[4], Instant(row[5]))
            for row in self._session.all(_REFUSED, {})
        ]

    def _hidden(self, actor: Actor) -> frozenset[AccountId]:
        require(actor, Action.SEE_BALANCES)
        return hidden_wallets(self._session, self._merchant_id, actor)


def _search_pattern(text: str) -> str:
    """Return what LIKE looks for: a phone or an amount by its digits, anything else folded."""
    compact = text.strip()
    digits = fold_phone(compact)
    if digits and not any(char.isalpha() for char in compact):
        return digits
    folded = fold(compact)
    if folded.startswith("bana"):
        folded = folded.replace(" ", "")
    return folded.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _statement_row(row: Row) -> StatementRow:
    return StatementRow(
        entry_no=row[0],
        voucher_id=VoucherId(row[1]),
        number=row[2],
        business_date=row[3],
        created_at=Instant(row[4]),
        source_kind=row[5],
        memo=row[6],
        debit_minor=row[8] if row[7] == "D" else 0,
        credit_minor=row[8] if row[7] == "C" else 0,
        balance_after_minor=row[9],
    )


def _instant(value: int | None) -> Instant | None:
    return None if value is None else Instant(value)
