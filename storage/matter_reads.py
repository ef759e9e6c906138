"""What about money needs a person's eye: sales paid in part, and what is late, overdue, held or without a payment."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

from domain.calendar import business_date
from domain.cheques import last_day
from domain.decision_rows import DecisionRow
from domain.ids import BillId, Instant, MerchantId, PaymentId, VoucherId
from domain.matching import find_reference
from domain.payment_rows import Matter, MatterRow, PaymentRow, SaleRow
from domain.payments import PaymentException
from domain.policy import Action, Actor, require
from domain.rails import Provider
from storage.book_queries import SEES_VOUCHER
from storage.book_reads import hidden_wallets
from storage.decision_reads import last_decision, read_notices
from storage.payment_reads import PAYMENT_COLUMNS, PAYMENT_WIDTH, payment_row
from storage.payments import read_cheque
from storage.resolutions import MONEY_COLUMNS, MONEY_FROM, is_unmatched
from storage.session import Row, Session, Sql

ENDS_SOON_MS: Final = 48 * 3_600_000
"""Held money needs a look so long before its provider lets it go: a shop that is closed for a day still sees it."""

_SALES: Final = Sql(
    # SQLite keeps the order of tables around CROSS JOIN: from the few sales to their payments.
    f"SELECT {PAYMENT_COLUMNS} FROM json_each(:bills) b CROSS JOIN payments p "
    "WHERE p.merchant_id = :merchant_id AND p.bill_id = b.value ORDER BY p.created_at, p.id"
)
_MARKED: Final = "(p.exception <> 'none' OR p.bill_minor > p.amount_minor)"
"""What may need an eye: whatever money is wrong with, and every part of a sale; the condition of a partial index."""

_OWN: Final = "p.device_id = (SELECT device_id FROM till_self)"
_LOOKED_AT: Final = (
    f"SELECT {PAYMENT_COLUMNS} FROM payments p WHERE p.merchant_id = :merchant_id AND {_MARKED}{{more}} "
    "ORDER BY p.created_at DESC, p.id DESC LIMIT :limit"
)
_UNFINISHED: Final = Sql(
    _LOOKED_AT.format(
        more=f" AND (p.received_minor > 0 OR p.provider = '{Provider.MANUAL.value}' AND p.status = 'pending') "
        f"AND p.created_at >= :since AND {_OWN}"
    ),
)
_OF_SHOP: Final = Sql(_LOOKED_AT.format(more=""))
_OF_TILL: Final = Sql(_LOOKED_AT.format(more=f" AND {_OWN}"))
_NOTED: Final = (
    f"SELECT {PAYMENT_COLUMNS}, p.cheque FROM payments p WHERE p.merchant_id = :merchant_id "
    "AND p.status IN ('created', 'pending', 'authorized', 'unresolved') "
    f"AND p.provider = '{Provider.MANUAL.value}'{{more}} ORDER BY p.expires_at LIMIT :limit"
)
"""What is settled by hand and waits, the oldest first; by the index of open payments."""

_NOTED_OF_SHOP: Final = Sql(_NOTED.format(more=""))
_NOTED_OF_TILL: Final = Sql(_NOTED.format(more=f" AND {_OWN}"))
_HELD: Final = (
    f"SELECT {PAYMENT_COLUMNS} FROM payments p WHERE p.merchant_id = :merchant_id "
    "AND p.status IN ('created', 'pending', 'authorized', 'unresolved') AND p.status = 'authorized' "
    "AND p.capture_minor = 0 AND p.held_until <= :until{more} ORDER BY p.held_until LIMIT :limit"
)
"""What is held, was not ordered to be taken and will soon be let go; by the index of open payments."""

_STUCK: Final = (
    f"SELECT {PAYMENT_COLUMNS} FROM payments p WHERE p.merchant_id = :merchant_id AND p.held_minor > 0 "
    "AND p.failure IS NOT NULL AND p.capture_minor = 0 AND p.status <> 'paid'{more} "
    "ORDER BY p.created_at DESC LIMIT :limit"
)
"""What is held and could not be let go; by the index of held payments."""

_STUCK_OF_SHOP: Final = Sql(_STUCK.format(more=""))
_STUCK_OF_TILL: Final = Sql(_STUCK.format(more=f" AND {_OWN}"))
_HELD_OF_SHOP: Final = Sql(_HELD.format(more=""))
_HELD_OF_TILL: Final = Sql(_HELD.format(more=f" AND {_OWN}"))
_UNMATCHED: Final = f"SELECT {MONEY_COLUMNS} {MONEY_FROM}{{more}} ORDER BY l.entry_no DESC LIMIT :limit"
_ALL_UNMATCHED: Final = Sql(_UNMATCHED.format(more=""))
_SEEN_UNMATCHED: Final = Sql(_UNMATCHED.format(more=f" AND {SEES_VOUCHER}"))
_MOST_UNFINISHED: Final = 50


def read_unfinished(session: Session, merchant_id: MerchantId, since: Instant) -> list[SaleRow]:
    """Return this till's sales since a moment that are paid in part, the newest first."""
    values = {"merchant_id": merchant_id, "since": since, "limit": _MOST_UNFINISHED}
    marked = [payment_row(row) for row in session.all(_UNFINISHED, values)]
    return [sale for sale in _sales(session, merchant_id, marked) if sale.unfinished]


def read_matters(
    session: Session, merchant_id: MerchantId, actor: Actor, limit: int, at: Instant | None, zone: str
) -> list[MatterRow]:
    """Return what needs an eye at a moment in the shop's zone, the newest first; see `Queries`."""
    require(actor, Action.SEE_PAYMENTS)
    whole = actor.may(Action.SEE_BALANCES)
    marked = session.all(_OF_SHOP if whole else _OF_TILL, {"merchant_id": merchant_id, "limit": limit})
    sales = _sales(session, merchant_id, [payment_row(row) for row in marked])
    matters = [_matter(sale, sale.matter) for sale in sales if sale.matter is not None]
    if at is not None:
        matters += _overdue(session, merchant_id, limit, (business_date(at, zone), zone), whole=whole)
        matters += _soon_let_go(session, merchant_id, limit, at, whole=whole)
    if whole:
        matters += _unmatched(session, merchant_id, actor, limit)
        matters += read_notices(session, merchant_id, actor, limit)
    return sorted(matters, key=lambda matter: (matter.at, matter.key), reverse=True)


def _sales(session: Session, merchant_id: MerchantId, marked: Sequence[PaymentRow]) -> list[SaleRow]:
    """Return the sales of payments in their order, each whole and once."""
    bills = list(dict.fromkeys(row.bill_id for row in marked))
    found: dict[BillId, dict[PaymentId, PaymentRow]] = {bill: {} for bill in bills}
    whole = session.all(_SALES, {"merchant_id": merchant_id, "bills": json.dumps(bills)})
    for row in (*(payment_row(each) for each in whole), *marked):
        found[row.bill_id][row.id] = row
    return [SaleRow(bill, _due(rows.values()), tuple(rows.values())) for bill, rows in found.items()]


def _due(rows: Iterable[PaymentRow]) -> int:
    return next(row.due_minor for row in rows)


def _matter(sale: SaleRow, kind: Matter) -> MatterRow:
    """Return what is told of a sale: by the last payment with which something is wrong, or that brought money."""
    told = max(
        sale.payments,
        key=lambda row: (row.exception is not PaymentException.NONE, row.received_minor > 0, row.created_at, row.id),
    )
    return MatterRow(
        kind=kind,
        at=told.paid_at or told.created_at,
        name=told.reference,
        customer=told.customer_name,
        due_minor=sale.due_minor,
        received_minor=sale.received_minor,
        at_stake_minor=sale.at_stake_minor,
        payment_id=told.id,
    )


def _overdue(
    session: Session, merchant_id: MerchantId, limit: int, today: tuple[str, str], *, whole: bool
) -> list[MatterRow]:
    """Return the cheques that should have been presented by now, and other money that should have been settled."""
    rows = session.all(_NOTED_OF_SHOP if whole else _NOTED_OF_TILL, {"merchant_id": merchant_id, "limit": limit})
    day, zone = today
    noted = ((payment_row(row), last_day(read_cheque(row[PAYMENT_WIDTH]), Instant(row[8]), zone)) for row in rows)
    return [_waits(Matter.OVERDUE, payment, payment.amount_minor) for payment, last in noted if day > last]


def _soon_let_go(session: Session, merchant_id: MerchantId, limit: int, at: Instant, *, whole: bool) -> list[MatterRow]:
    """Return the money that its provider lets go soon, or should have by now, and that nobody took."""
    values = {"merchant_id": merchant_id, "limit": limit}
    soon = session.all(_HELD_OF_SHOP if whole else _HELD_OF_TILL, {**values, "until": at + ENDS_SOON_MS})
    stuck = session.all(_STUCK_OF_SHOP if whole else _STUCK_OF_TILL, values)
    rows = {row[0]: payment_row(row) for row in (*soon, *stuck)}
    return [_waits(Matter.HELD, row, row.held_minor) for row in rows.values()]


def _waits(kind: Matter, payment: PaymentRow, at_stake_minor: int) -> MatterRow:
    """Return what is told of a payment that somebody must act upon before it ends."""
    return MatterRow(
        kind=kind,
        at=payment.created_at,
        name=payment.reference,
        customer=payment.customer_name,
        due_minor=payment.due_minor,
        received_minor=payment.received_minor,
        at_stake_minor=at_stake_minor,
        payment_id=payment.id,
    )


def _unmatched(session: Session, merchant_id: MerchantId, actor: Actor, limit: int) -> list[MatterRow]:
    """Return money in suspense that no payment took: it names none, or one that had ended long before."""
    hides = bool(hidden_wallets(session, merchant_id, actor))
    values: dict[str, Any] = {"merchant_id": merchant_id, "viewer": actor.user_id, "limit": limit}
    rows = session.all(_SEEN_UNMATCHED if hides else _ALL_UNMATCHED, values)
    return [
        _money(row, last_decision(session, merchant_id, row[0]))
        for row in rows
        if is_unmatched(session, merchant_id, row)
    ]


def _money(row: Row, decision: DecisionRow | None) -> MatterRow:
    return MatterRow(
        kind=Matter.UNMATCHED,
        at=Instant(row[1]),
        name=find_reference(row[2]) or row[2],
        customer="",
        due_minor=0,
        received_minor=row[3],
        at_stake_minor=int(row[7]),
        payment_id=None if row[4] is None else PaymentId(row[4]),
        voucher_id=VoucherId(row[0]),
        decision=decision,
    )
