"""The reconciliation worker's schedule: which payments to ask their provider about, and when."""

from dataclasses import dataclass
from typing import Final

from domain.ids import Instant, MerchantId, PaymentId
from storage.session import Session, Sql

_DUE: Final = Sql(
    "SELECT c.merchant_id, c.payment_id, c.attempts, p.qr_text = '' AND p.status IN ('created', 'unresolved') "
    "FROM checks c JOIN payments p ON p.merchant_id = c.merchant_id AND p.id = c.payment_id "
    "WHERE c.next_check_at <= :at ORDER BY c.next_check_at LIMIT :limit"
)
_CLAIM: Final = Sql(
    "UPDATE checks SET next_check_at = :until, attempts = attempts + 1, note = :note "
    "WHERE merchant_id = :merchant_id AND payment_id = :payment_id AND next_check_at <= :at"
)
_UNLESS_AGAIN: Final = "CASE WHEN note = 'again' THEN 0 ELSE :next_at END"
_LATER: Final = "CASE WHEN checked_at > :at THEN checked_at ELSE :at END"
_DONE: Final = Sql(
    f"UPDATE checks SET checked_at = {_LATER}, next_check_at = {_UNLESS_AGAIN}, note = :note "
    "WHERE merchant_id = :merchant_id AND payment_id = :payment_id"
)
_PUT_OFF: Final = Sql(
    f"UPDATE checks SET next_check_at = {_UNLESS_AGAIN}, note = :note "
    "WHERE merchant_id = :merchant_id AND payment_id = :payment_id"
)
_ASK_NOW: Final = Sql(
    "UPDATE checks SET next_check_at = :at WHERE merchant_id = :merchant_id AND payment_id = :payment_id "
    "AND (note NOT IN ('asking', 'again', 'charging') OR next_check_at <= :at)"
)
_AFTER_THIS: Final = Sql(
    "UPDATE checks SET note = 'again' WHERE merchant_id = :merchant_id AND payment_id = :payment_id "
    "AND note = 'asking' AND next_check_at > :at"
)
_CHARGING: Final = Sql(
    "SELECT 1 FROM checks WHERE merchant_id = :merchant_id AND payment_id = :payment_id "
    "AND note = 'charging' AND next_check_at > :at"
)
_HEARD: Final = Sql(
    f"UPDATE checks SET checked_at = {_LATER} WHERE merchant_id = :merchant_id AND payment_id = :payment_id"
)
_FIRST_HEARD: Final = Sql(
    "SELECT MIN(at) FROM payment_events WHERE merchant_id = :merchant_id AND payment_id = :payment_id"
)
_OVERDUE: Final = Sql(
    "SELECT DISTINCT merchant_id FROM payments WHERE status IN ('created', 'pending', 'authorized', 'unresolved') "
    "AND received_minor = 0 AND (status <> 'authorized' AND expires_at <= :at "
    "OR status = 'authorized' AND capture_minor = 0 AND held_until <= :at) LIMIT :limit"
)

NEVER: Final = Instant(2**62)
"""When a payment needs no further question."""

ASKING: Final = "asking"
CHARGING: Final = "charging"
"""The notes of a claim; until one to charge a card is over nobody asks, and nobody is told that nothing was charged."""


@dataclass(frozen=True, slots=True)
class DueCheck:
    """A payment to ask about, how often it was asked, and whether its code is still to be made."""

    merchant_id: MerchantId
    payment_id: PaymentId
    attempts: int
    codeless: bool


def due_checks(session: Session, at: Instant, limit: int) -> list[DueCheck]:
    """Return payments of any merchant that are to be asked about now."""
    return [
        DueCheck(MerchantId(row[0]), PaymentId(row[1]), row[2], bool(row[3]))
        for row in session.all(_DUE, {"at": at, "limit": limit})
    ]


def claim_check(
    session: Session, merchant_id: MerchantId, payment_id: PaymentId, at: Instant, until: Instant, note: str = ASKING
) -> bool:
    """Take a due question for oneself until `until`; False if another worker has it."""
    values = {"merchant_id": merchant_id, "payment_id": payment_id, "at": at, "until": until, "note": note}
    return session.run(_CLAIM, values) == 1


def finish_check(
    session: Session, merchant_id: MerchantId, payment_id: PaymentId, at: Instant, next_at: Instant, note: str
) -> None:
    """Record that the provider was asked, and when to ask again."""
    values = {"merchant_id": merchant_id, "payment_id": payment_id, "at": at, "next_at": next_at, "note": note}
    session.run(_DONE, values)


def put_off_check(
    session: Session, merchant_id: MerchantId, payment_id: PaymentId, next_at: Instant, note: str
) -> None:
    """Record that the provider gave no answer, and when to ask again; what was known stays as old as it is."""
    values = {"merchant_id": merchant_id, "payment_id": payment_id, "next_at": next_at, "note": note}
    session.run(_PUT_OFF, values)


def ask_now(session: Session, merchant_id: MerchantId, payment_id: PaymentId, at: Instant) -> bool:
    """Let a payment be asked about at once; False if it is not one of a provider's, or is being asked about.

    One that is being asked about is asked about again as soon as that answer is recorded.
    """
    values = {"merchant_id": merchant_id, "payment_id": payment_id, "at": at}
    session.run(_AFTER_THIS, values)
    return session.run(_ASK_NOW, values) == 1


def is_charging(session: Session, merchant_id: MerchantId, payment_id: PaymentId, at: Instant) -> bool:
    """Whether a card is being charged for a payment, or was a moment ago and nobody knows what came of it."""
    values = {"merchant_id": merchant_id, "payment_id": payment_id, "at": at}
    return session.one(_CHARGING, values) is not None


def heard_of(session: Session, merchant_id: MerchantId, payment_id: PaymentId, at: Instant) -> None:
    """Record that the provider told something about a payment of its own accord."""
    session.run(_HEARD, {"merchant_id": merchant_id, "payment_id": payment_id, "at": at})


def first_heard(session: Session, merchant_id: MerchantId, payment_id: PaymentId) -> Instant | None:
    """Return when the hub, by its own clock, first heard of a payment."""
    row = session.one(_FIRST_HEARD, {"merchant_id": merchant_id, "payment_id": payment_id})
    return Instant(row[0]) if row and row[0] is not None else None


def merchants_with_overdue(session: Session, at: Instant, limit: int) -> list[MerchantId]:
    """Return merchants with open payments whose time was over at `at` and for which nothing came."""
    return [MerchantId(row[0]) for row in session.all(_OVERDUE, {"at": at, "limit": limit})]
