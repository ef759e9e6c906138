"""What screens read of payments: one with its whole sale, unfinished sales, and what about money needs an eye."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

from domain.approvals import Guarded
from domain.calendar import business_date
from domain.cheques import last_day
from domain.decision_rows import DecisionRow
from domain.errors import FailureCode
from domain.ids import BillId, Instant, MerchantId, PaymentId, VoucherId
from domain.matching import find_reference
from domain.payment_rows import (
    ApprovalRow,
    Matter,
    MatterRow,
    PaymentDetail,
    PaymentEventRow,
    PaymentRow,
    RefundRow,
    RefundStep,
    SaleRow,
    TenderRow,
)
from domain.payments import Cause, PaymentException, PaymentStatus
from domain.policy import Action, Actor, require
from domain.rails import Method, Provider
from domain.refunds import RefundStatus, RefundWay
from domain.rows import VoucherRow
from domain.vouchers import REVERSAL
from storage.book_queries import SEES_VOUCHER
from storage.book_reads import hidden_wallets
from storage.decision_reads import decisions_of, last_decision, read_notices
from storage.payments import read_cheque
from storage.refunds import REFUND_COLUMNS, read_refund_row
from storage.resolutions import MONEY_COLUMNS, MONEY_FROM, is_unmatched
from storage.session import Row, Session, Sql

VOIDED: Final = (
    "EXISTS (SELECT 1 FROM vouchers s JOIN vouchers r ON r.merchant_id = s.merchant_id AND r.reverses = s.id "
    f"AND r.second = 0 AND r.source_kind = '{REVERSAL}' WHERE s.merchant_id = p.merchant_id AND s.payment_id = p.id)"
)
"""Whether the sale of the payment `p` was taken back."""

PAYMENT_COLUMNS: Final = (
    "p.id, p.reference, p.method, p.status, p.exception, p.amount_minor, p.received_minor, p.currency, p.created_at, "
    "p.expires_at, p.paid_at, p.customer_name, p.customer_phone, p.failure, "
    "EXISTS (SELECT 1 FROM outbox o WHERE o.subject_id = p.id AND o.state = 'queued' AND o.state <> 'acked'), "
    "EXISTS (SELECT 1 FROM outbox o WHERE o.subject_id = p.id AND o.state = 'rejected' AND o.state <> 'acked'), "
    f"{VOIDED}, CASE p.bill_id WHEN '' THEN p.id ELSE p.bill_id END, "
    "CASE p.bill_minor WHEN 0 THEN p.amount_minor ELSE p.bill_minor END, p.confirmed_minor, "
    "(SELECT COALESCE(SUM(g.amount_minor), 0) FROM refunds g WHERE g.merchant_id = p.merchant_id "
    "AND g.payment_id = p.id AND g.status = 'done' AND g.beyond = 0 AND g.what <> 'sale'), "
    "(SELECT COALESCE(SUM(g.amount_minor), 0) FROM refunds g WHERE g.merchant_id = p.merchant_id "
    f"AND g.payment_id = p.id AND g.status = 'done' AND g.way <> '{RefundWay.WRITE_OFF.value}'), "
    "EXISTS (SELECT 1 FROM refunds g WHERE g.merchant_id = p.merchant_id "
    "AND g.payment_id = p.id AND g.status = 'done' AND g.origin = 'charge_back'), "
    "p.held_minor, p.held_until, p.capture_minor, p.origin, EXISTS (SELECT 1 FROM resolutions d "
    "WHERE d.merchant_id = p.merchant_id AND d.subject_id = p.id AND d.act = 'seen')"
)
"""A payment `p` as `payment_row` reads it; one of before there were bills is its own.

Looks into the outbox repeat `state <> 'acked'`, the condition of its partial indexes; see `storage.replica`.
"""
_WIDTH: Final = 28

ENDS_SOON_MS: Final = 48 * 3_600_000
"""Held money needs a look so long before its provider lets it go: a shop that is closed for a day still sees it."""

_PAYMENT: Final = Sql(
    f"SELECT {PAYMENT_COLUMNS}, p.qr_text, p.tendered_minor, p.note, p.order_ref, "
    "p.device_id = (SELECT device_id FROM till_self), p.provider, p.capture, p.cheque, p.option FROM payments p "
    "WHERE p.merchant_id = :merchant_id AND p.id = :id"
)
_SALE: Final = Sql(
    f"SELECT {PAYMENT_COLUMNS}, p.tendered_minor FROM payments p "
    "WHERE p.merchant_id = :merchant_id AND (p.bill_id = :bill_id OR p.id = :bill_id) ORDER BY p.created_at, p.id"
)
_SALES: Final = Sql(
    # SQLite keeps the order of tables around CROSS JOIN: from the few sales to their payments.
    f"SELECT {PAYMENT_COLUMNS} FROM json_each(:bills) b CROSS JOIN payments p "
    "WHERE p.merchant_id = :merchant_id AND p.bill_id = b.value ORDER BY p.created_at, p.id"
)
_EVENTS: Final = Sql(
    "SELECT e.from_status, e.to_status, e.exception, e.cause, e.at, e.received_minor, COALESCE(u.name, '') "
    "FROM payment_events e LEFT JOIN users u ON u.merchant_id = e.merchant_id AND u.id = e.actor_id "
    "WHERE e.merchant_id = :merchant_id AND e.payment_id = :id ORDER BY e.revision"
)
_VOUCHERS_OF: Final = Sql(
    "SELECT v.id, v.number, v.business_date, v.created_at, v.source_kind, v.memo, v.total_minor, v.currency, "
    "b.book_no, v.source_id "
    "FROM vouchers v LEFT JOIN book_numbers b ON b.merchant_id = v.merchant_id AND b.voucher_id = v.id "
    "WHERE v.merchant_id = :merchant_id AND v.id IN (SELECT s.id FROM vouchers s "
    "WHERE s.merchant_id = :merchant_id AND s.payment_id = :id UNION ALL SELECT r.id FROM vouchers s "
    "JOIN vouchers r ON r.merchant_id = s.merchant_id AND r.reverses = s.id AND r.second = 0 "
    f"AND r.source_kind = '{REVERSAL}' WHERE s.merchant_id = :merchant_id AND s.payment_id = :id) "
    "ORDER BY v.created_at, v.id"
)
_APPROVALS: Final = Sql(
    "SELECT a.action, COALESCE(q.name, ''), COALESCE(g.name, ''), a.reason, a.amount_minor, a.used_at "
    "FROM json_each(:used) i CROSS JOIN approvals a "
    "LEFT JOIN users q ON q.merchant_id = a.merchant_id AND q.id = a.requester_id "
    "LEFT JOIN users g ON g.merchant_id = a.merchant_id AND g.id = a.approver_id "
    "WHERE a.merchant_id = :merchant_id AND a.used_by = i.value ORDER BY a.used_at"
)
_REFUNDS: Final = Sql(
    f"SELECT {REFUND_COLUMNS} FROM refunds WHERE merchant_id = :merchant_id AND payment_id = :id "
    "ORDER BY requested_at, id"
)
_NAMED: Final = Sql(
    "SELECT COALESCE(q.name, ''), COALESCE(g.name, '') FROM refunds f "
    "LEFT JOIN users q ON q.merchant_id = f.merchant_id AND q.id = f.requested_by "
    "LEFT JOIN users g ON g.merchant_id = f.merchant_id AND g.id = f.approved_by "
    "WHERE f.merchant_id = :merchant_id AND f.id = :id"
)
_REFUND_STEPS: Final = Sql(
    "SELECT to_status, cause, at, beyond FROM refund_events "
    "WHERE merchant_id = :merchant_id AND refund_id = :id ORDER BY revision"
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


def read_payment(session: Session, merchant_id: MerchantId, payment_id: PaymentId) -> PaymentDetail | None:
    """Return a payment with the other payments of its sale; see `domain.ports.Queries`."""
    row = session.one(_PAYMENT, {"merchant_id": merchant_id, "id": payment_id})
    if row is None:
        return None
    summary = payment_row(row)
    qr_text, tendered, note, order_ref, is_own, provider, capture, cheque, option = row[_WIDTH:]
    of_sale = session.all(_SALE, {"merchant_id": merchant_id, "bill_id": summary.bill_id})
    tenders = tuple(_tender(session, merchant_id, each) for each in of_sale)
    own = next(tender for tender in tenders if tender.row.id == payment_id)
    return PaymentDetail(
        row=summary,
        qr_text=qr_text,
        tendered_minor=tendered,
        change_minor=own.change_minor,
        note=note,
        order_ref=order_ref,
        is_own=bool(is_own),
        events=own.events,
        vouchers=own.vouchers,
        tenders=tenders,
        cheque=read_cheque(cheque),
        provider=Provider(provider),
        capture=bool(capture),
        option=option,
    )


def read_sale(session: Session, merchant_id: MerchantId, bill_id: BillId) -> SaleRow | None:
    """Return a sale with its payments; None for one not heard of."""
    rows = tuple(payment_row(row) for row in session.all(_SALE, {"merchant_id": merchant_id, "bill_id": bill_id}))
    return SaleRow(bill_id, rows[0].due_minor, rows) if rows else None


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


def payment_row(row: Row) -> PaymentRow:
    """Return the payment of a row that begins with PAYMENT_COLUMNS."""
    return PaymentRow(
        id=PaymentId(row[0]),
        reference=row[1],
        method=Method(row[2]),
        status=PaymentStatus(row[3]),
        exception=PaymentException(row[4]),
        amount_minor=row[5],
        received_minor=row[6],
        currency=row[7],
        created_at=Instant(row[8]),
        expires_at=Instant(row[9]),
        paid_at=None if row[10] is None else Instant(row[10]),
        customer_name=row[11],
        customer_phone=row[12],
        failure=FailureCode(row[13]) if row[13] else None,
        unsent=bool(row[14]),
        refused=bool(row[15]),
        voided=bool(row[16]),
        bill_id=BillId(row[17]),
        due_minor=row[18],
        confirmed_minor=row[19],
        returned_minor=row[20],
        given_minor=row[21],
        charged_back=bool(row[22]),
        held_minor=row[23],
        held_until=None if row[24] is None else Instant(row[24]),
        capture_minor=row[25],
        origin=row[26],
        seen=bool(row[27]),
    )


def _tender(session: Session, merchant_id: MerchantId, row: Row) -> TenderRow:
    summary = payment_row(row)
    key = {"merchant_id": merchant_id, "id": summary.id}
    booked = session.all(_VOUCHERS_OF, key)
    vouchers = tuple(_voucher_row(voucher) for voucher in booked)
    refunds = tuple(_refund(session, merchant_id, each, booked) for each in session.all(_REFUNDS, key))
    decisions = decisions_of(session, merchant_id, summary.id)
    acts = (*(each.refund.id for each in refunds), *(each.resolution.id for each in decisions))
    ids = json.dumps([*(voucher.id for voucher in vouchers), *acts])
    return TenderRow(
        row=summary,
        tendered_minor=row[_WIDTH],
        change_minor=max(row[_WIDTH] - summary.amount_minor, 0),
        events=tuple(_event_row(event) for event in session.all(_EVENTS, key)),
        vouchers=vouchers,
        approvals=tuple(
            ApprovalRow(Guarded(told[0]), told[1], told[2], told[3], told[4], Instant(told[5]))
            for told in session.all(_APPROVALS, {"merchant_id": merchant_id, "used": ids})
        ),
        refunds=refunds,
        decisions=decisions,
    )


def _refund(session: Session, merchant_id: MerchantId, row: Row, booked: Sequence[Row]) -> RefundRow:
    """Return a refund with what is told of it; `booked` are the rows of its payment's vouchers."""
    refund = read_refund_row(row, merchant_id)
    key = {"merchant_id": merchant_id, "id": refund.id}
    named = session.one(_NAMED, key)
    assert named is not None, "the refund was read in the same moment"
    return RefundRow(
        refund=refund,
        asked_by=named[0],
        approved_by=named[1],
        steps=tuple(
            RefundStep(RefundStatus(step[0]), Cause(step[1]), Instant(step[2]), bool(step[3]))
            for step in session.all(_REFUND_STEPS, key)
        ),
        vouchers=tuple(_voucher_row(voucher) for voucher in booked if voucher[9] == refund.id),
    )


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
    noted = ((payment_row(row), last_day(read_cheque(row[_WIDTH]), Instant(row[8]), zone)) for row in rows)
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


def _event_row(row: Row) -> PaymentEventRow:
    status, to = PaymentStatus(row[0]), PaymentStatus(row[1])
    return PaymentEventRow(status, to, PaymentException(row[2]), Cause(row[3]), Instant(row[4]), row[5], row[6])


def _voucher_row(row: Row) -> VoucherRow:
    return VoucherRow(VoucherId(row[0]), row[1], row[2], Instant(row[3]), row[4], row[5], row[6], row[7], row[8])
