"""Resolutions in the database, and the money in suspense that they are about."""

from dataclasses import dataclass
from typing import Any, Final

from domain.accounts import Control
from domain.errors import Conflict, ErrorCode
from domain.ids import AccountId, DeviceId, HolderId, Instant, MerchantId, PaymentId, ResolutionId, UserId, VoucherId
from domain.matching import find_reference
from domain.payments import SOFT_ENDS
from domain.rails import Method, Provider, confirmers
from domain.resolutions import TAKES, Act, Resolution, ResolutionStatus, UnmatchedMoney
from storage.columns import COLUMNS
from storage.scope import Scope
from storage.session import Row, Session, Sql, insert_into

PROVED: Final = "prov:"
"""How the source of a voucher begins that books money which a provider proved."""

_READ: Final = tuple(name for name in COLUMNS["resolutions"] if name != "merchant_id")
RESOLUTION_COLUMNS: Final = ", ".join(_READ)
_ADD: Final = insert_into("resolutions")
_SETTLE: Final = Sql(
    "UPDATE resolutions SET status = :status, failure = :failure, settled_at = :settled_at, revision = :revision "
    "WHERE merchant_id = :merchant_id AND id = :id AND revision = :revision - 1"
)
_SELECT: Final = f"SELECT {RESOLUTION_COLUMNS} FROM resolutions WHERE merchant_id = :merchant_id"
_GET: Final = Sql(f"{_SELECT} AND id = :id")
_OF_SUBJECT: Final = Sql(f"{_SELECT} AND subject_id = :subject_id ORDER BY requested_at, id")

GONE: Final = (
    "COALESCE((SELECT SUM(t.amount_minor) FROM resolutions t WHERE t.merchant_id = {merchant} "
    f"AND t.subject_id = {{voucher}} AND t.act IN ({', '.join(repr(act.value) for act in sorted(TAKES))})), 0)"
)
"""What its provider has let leave suspense of a voucher's money, to be formatted with the names of its columns."""

MONEY_COLUMNS: Final = (
    "v.id, v.created_at, v.memo, l.amount_minor, v.payment_id, v.source_kind, v.number, l.amount_minor - "
    + GONE.format(voucher="v.id", merchant="v.merchant_id")
)
MONEY_FROM: Final = (
    "FROM accounts c CROSS JOIN postings l ON l.merchant_id = c.merchant_id AND l.account_id = c.id "
    "AND l.entry_no > 0 CROSS JOIN vouchers v ON v.merchant_id = l.merchant_id AND v.id = l.voucher_id "
    f"WHERE c.merchant_id = :merchant_id AND c.control = '{Control.SUSPENSE.value}' AND l.side = 'C' "
    f"AND v.source_kind LIKE '{PROVED}%'"
)
"""Providers' money that was booked to suspense, `v` with its line `l`, as `is_unmatched` looks at it.

The last column is what its provider has left of it.
"""

_MONEY: Final = Sql(
    f"SELECT {MONEY_COLUMNS} FROM vouchers v JOIN postings l ON l.merchant_id = v.merchant_id AND l.voucher_id = v.id "
    "JOIN accounts c ON c.merchant_id = l.merchant_id AND c.id = l.account_id "
    f"WHERE v.merchant_id = :merchant_id AND v.id = :id AND c.control = '{Control.SUSPENSE.value}' "
    f"AND l.side = 'C' AND v.source_kind LIKE '{PROVED}%'"
)
_DONE: Final = Sql(f"{_SELECT} AND subject_id = :id AND status = 'done' AND provider IS NULL")
_OF_PAYMENT: Final = Sql(
    "SELECT v.id, l.amount_minor FROM vouchers v JOIN postings l ON l.merchant_id = v.merchant_id "
    "AND l.voucher_id = v.id JOIN accounts c ON c.merchant_id = l.merchant_id AND c.id = l.account_id "
    f"WHERE v.merchant_id = :merchant_id AND v.payment_id = :payment_id AND c.control = '{Control.SUSPENSE.value}' "
    f"AND l.side = 'C' AND v.source_kind LIKE '{PROVED}%' ORDER BY v.created_at, v.chain_seq"
)
_PAYMENT: Final = (
    "SELECT p.status, p.received_minor - p.confirmed_minor, p.method, p.provider, COALESCE((SELECT "
    "SUM(r.amount_minor) FROM resolutions r WHERE r.merchant_id = p.merchant_id AND r.payment_id = p.id "
    "AND r.status = 'done'), 0) FROM payments p WHERE p.merchant_id = :merchant_id AND {which}"
)
_PAYMENT_OF_ID: Final = Sql(_PAYMENT.format(which="p.id = :which"))
_PAYMENT_OF_REFERENCE: Final = Sql(_PAYMENT.format(which="p.reference = :which"))
_PAID_AT: Final = Sql("SELECT paid_at FROM receipts WHERE merchant_id = :merchant_id AND voucher_id = :id")
_ENDED: Final = frozenset(status.value for status in SOFT_ENDS)


@dataclass(frozen=True, slots=True)
class SqlResolutions:
    """Resolutions of one merchant; the hub `knows_receipts`, and so when money was paid."""

    scope: Scope
    knows_receipts: bool = False

    def add(self, resolution: Resolution) -> None:
        self.scope.session.run(_ADD, _values(resolution))

    def settle(self, resolution: Resolution) -> None:
        if self.scope.session.run(_SETTLE, _values(resolution)) != 1:
            raise Conflict(ErrorCode.INVALID_TRANSITION, reference=resolution.id)

    def get(self, resolution_id: ResolutionId) -> Resolution | None:
        found = self._all(_GET, {"id": resolution_id})
        return found[0] if found else None

    def of_subject(self, subject_id: str) -> list[Resolution]:
        return self._all(_OF_SUBJECT, {"subject_id": subject_id})

    def decision(self, voucher_id: VoucherId) -> Resolution | None:
        found = self._all(_DONE, {"id": voucher_id})
        return found[0] if found else None

    def money(self, voucher_id: VoucherId) -> UnmatchedMoney | None:
        session, key = self.scope.session, {"merchant_id": self.scope.merchant_id, "id": voucher_id}
        row = session.one(_MONEY, key)
        if row is None or not is_unmatched(session, self.scope.merchant_id, row):
            return None
        paid = session.one(_PAID_AT, key) if self.knows_receipts else None
        return UnmatchedMoney(
            voucher_id=VoucherId(row[0]),
            number=row[6],
            amount_minor=int(row[7]),
            text=row[2],
            paid_at=Instant(paid[0] if paid else row[1]),
            provider=Provider(row[5].removeprefix(PROVED)),
            payment_id=None if row[4] is None else PaymentId(row[4]),
        )

    def _all(self, sql: Sql, values: dict[str, Any]) -> list[Resolution]:
        rows = self.scope.session.all(sql, {"merchant_id": self.scope.merchant_id, **values})
        return [read_resolution_row(row, self.scope.merchant_id) for row in rows]


def is_unmatched(session: Session, merchant_id: MerchantId, row: Row) -> bool:
    """Whether the money of a row of MONEY_COLUMNS still waits: no payment took it, and nothing was done about it.

    What a payment took of its own money are the first of its amounts; what came after it had ended long before waits.
    Money of before its payment was heard of was taken all at once when that was heard, unless it had ended by then.
    What its provider has given back waits no more.
    """
    if row[7] <= 0:
        return False
    voucher_id, memo, payment_id, provider = row[0], row[2], row[4], row[5].removeprefix(PROVED)
    if session.one(_DONE, {"merchant_id": merchant_id, "id": voucher_id}) is not None:
        return False
    if payment_id is not None:
        return voucher_id in _left_of(session, merchant_id, payment_id)
    reference = find_reference(memo)
    payment = _payment(session, _PAYMENT_OF_REFERENCE, merchant_id, reference) if reference else None
    if payment is None:
        return True
    _, proven, method, by, matched = payment
    theirs = provider in {each.value for each in confirmers(Method(method), Provider(by))}
    return not theirs or proven - matched <= 0


def read_resolution_row(row: Row, merchant_id: MerchantId) -> Resolution:
    """Return the resolution of a row of RESOLUTION_COLUMNS; raises ValueError for values that none has."""
    named = dict(zip(_READ, row, strict=True))
    return Resolution(
        id=ResolutionId(named["id"]),
        merchant_id=merchant_id,
        device_id=DeviceId(named["device_id"]),
        subject_id=named["subject_id"],
        act=Act(named["act"]),
        payment_id=None if named["payment_id"] is None else PaymentId(named["payment_id"]),
        wallet_id=None if named["wallet_id"] is None else AccountId(named["wallet_id"]),
        amount_minor=named["amount_minor"],
        currency=named["currency"],
        reason=named["reason"],
        requested_by=None if named["requested_by"] is None else UserId(named["requested_by"]),
        approved_by=None if named["approved_by"] is None else UserId(named["approved_by"]),
        requested_at=Instant(named["requested_at"]),
        status=ResolutionStatus(named["status"]),
        failure=None if named["failure"] is None else ErrorCode(named["failure"]),
        settled_at=None if named["settled_at"] is None else Instant(named["settled_at"]),
        revision=named["revision"],
        holder_id=None if named["holder_id"] is None else HolderId(named["holder_id"]),
        provider=None if named["provider"] is None else Provider(named["provider"]),
    )


def _left_of(session: Session, merchant_id: MerchantId, payment_id: str) -> set[str]:
    payment = _payment(session, _PAYMENT_OF_ID, merchant_id, payment_id)
    if payment is None:
        return set()
    status, proven, _, _, matched = payment
    if status not in _ENDED and not matched:
        return set()
    taken, so_far, left = proven - matched, 0, set()
    for voucher_id, amount in session.all(_OF_PAYMENT, {"merchant_id": merchant_id, "payment_id": payment_id}):
        so_far += amount
        if so_far > taken:
            left.add(voucher_id)
    return left


def _payment(session: Session, sql: Sql, merchant_id: MerchantId, which: str) -> Row | None:
    row = session.one(sql, {"merchant_id": merchant_id, "which": which})
    return None if row is None else (row[0], int(row[1]), row[2], row[3], int(row[4]))


def _values(resolution: Resolution) -> dict[str, Any]:
    return {
        "merchant_id": resolution.merchant_id,
        "id": resolution.id,
        "device_id": resolution.device_id,
        "subject_id": resolution.subject_id,
        "act": resolution.act.value,
        "payment_id": resolution.payment_id,
        "wallet_id": resolution.wallet_id,
        "amount_minor": resolution.amount_minor,
        "currency": resolution.currency,
        "reason": resolution.reason,
        "requested_by": resolution.requested_by,
        "approved_by": resolution.approved_by,
        "requested_at": resolution.requested_at,
        "status": resolution.status.value,
        "failure": resolution.failure.value if resolution.failure else None,
        "settled_at": resolution.settled_at,
        "revision": resolution.revision,
        "holder_id": resolution.holder_id,
        "provider": None if resolution.provider is None else resolution.provider.value,
    }
