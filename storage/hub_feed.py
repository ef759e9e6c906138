"""Reading a merchant's feed: what tills pull, and how fresh the hub's knowledge of a payment is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.ids import DeviceId, Instant, MerchantId, MessageId, PaymentId
from domain.messages import Message, MessageKind
from storage.session import Session, Sql

_AFTER: Final = Sql(
    "SELECT seq, message_id, subject_id, kind, body, device_id, book_no, booked_on FROM feed "
    "WHERE merchant_id = :merchant_id AND seq > :after ORDER BY seq LIMIT :limit"
)
_AFTER_OF_ONE: Final = Sql(
    "SELECT seq, message_id, subject_id, kind, body, device_id, book_no, booked_on FROM feed "
    "WHERE merchant_id = :merchant_id AND seq > :after AND kind NOT IN ('holder', 'person', 'refund', 'resolution') "
    "AND NOT (kind = 'voucher' AND body LIKE :holder) "
    "AND NOT (kind = 'setting' AND (subject_id LIKE :payments OR subject_id LIKE :wallets)) "
    "AND (kind <> 'payment' OR body LIKE :cash OR body LIKE :vietqr OR body LIKE :vnpay_qr) "
    "ORDER BY seq LIMIT :limit"
)
_OF_ONE: Final = {
    "payments": "setting:payment.%",
    "wallets": "setting:wallet.provider.%",
    "holder": '%"holder":"%',
    **{method: f'%"method":"{method}"%' for method in ("cash", "vietqr", "vnpay_qr")},
}
"""What tills that speak protocol 1 know: they have no account of stored value, so that a voucher of a holder would stop
their feed. In a body no text can look like a field, since its quotes are escaped."""

_HEAD: Final = Sql("SELECT feed_seq FROM merchants WHERE id = :merchant_id")
_EPOCH: Final = Sql("SELECT epoch FROM hub_self")
_FRESHNESS: Final = Sql(
    "SELECT p.status, c.checked_at FROM payments p LEFT JOIN checks c ON c.merchant_id = p.merchant_id "
    "AND c.payment_id = p.id WHERE p.merchant_id = :merchant_id AND p.id = :payment_id"
)


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A fact of the feed; of a voucher also its register number, and the open day it counts on if that is another."""

    seq: int
    message: Message
    book_no: int | None
    booked_on: str | None


@dataclass(frozen=True, slots=True)
class Freshness:
    """A payment's status at the hub and when its provider was last heard or asked."""

    payment_id: PaymentId
    status: str
    checked_at: Instant | None


def changes_after(
    session: Session, merchant_id: MerchantId, after: int, limit: int, *, protocol: int = 2
) -> list[FeedRow]:
    """Return a page of the feed after a cursor, in order, without the facts that a till's protocol does not know."""
    values = {"merchant_id": merchant_id, "after": after, "limit": limit}
    rows = session.all(_AFTER, values) if protocol >= 2 else session.all(_AFTER_OF_ONE, {**values, **_OF_ONE})
    return [
        FeedRow(
            row[0],
            Message(MessageId(row[1]), row[2], MessageKind(row[3]), row[4], merchant_id, DeviceId(row[5])),
            row[6],
            row[7],
        )
        for row in rows
    ]


def head_seq(session: Session, merchant_id: MerchantId) -> int:
    """Return the number of the newest fact in a merchant's feed."""
    row = session.one(_HEAD, {"merchant_id": merchant_id})
    return int(row[0]) if row else 0


def hub_epoch(session: Session) -> str:
    """Return the hub's epoch, which changes whenever the hub is restored from a backup."""
    row = session.one(_EPOCH, {})
    assert row is not None, "a hub is set up with its epoch"
    return str(row[0])


def freshness(session: Session, merchant_id: MerchantId, payments: Sequence[PaymentId]) -> list[Freshness]:
    """Return how fresh the hub's knowledge of the given payments is; unknown ones are left out."""
    found = []
    for payment_id in payments:
        row = session.one(_FRESHNESS, {"merchant_id": merchant_id, "payment_id": payment_id})
        if row is not None:
            found.append(Freshness(payment_id, row[0], None if row[1] is None else Instant(row[1])))
    return found
