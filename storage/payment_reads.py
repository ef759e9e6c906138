"""What screens read of a payment: its row, itself with its whole sale, and what was given back of it."""

import json
from collections.abc import Sequence
from typing import Final

from domain.approvals import Guarded
from domain.errors import FailureCode
from domain.ids import BillId, Instant, MerchantId, PaymentId, VoucherId
from domain.payment_rows import (
    ApprovalRow,
    PaymentDetail,
    PaymentEventRow,
    PaymentRow,
    RefundRow,
    RefundStep,
    SaleRow,
    TenderRow,
)
from domain.payments import Cause, PaymentException, PaymentStatus
from domain.rails import Method, Provider
from domain.refunds import RefundStatus, RefundWay
from domain.rows import VoucherRow
from domain.vouchers import REVERSAL
from storage.decision_reads import decisions_of
from storage.payments import read_cheque
from storage.refunds import REFUND_COLUMNS, read_refund_row
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
PAYMENT_WIDTH: Final = 28
"""How many columns they are."""

_PAYMENT: Final = Sql(
    f"SELECT {PAYMENT_COLUMNS}, p.qr_text, p.tendered_minor, p.note, p.order_ref, "
    "p.device_id = (SELECT device_id FROM till_self), p.provider, p.capture, p.cheque, p.option FROM payments p "
    "WHERE p.merchant_id = :merchant_id AND p.id = :id"
)
_SALE: Final = Sql(
    f"SELECT {PAYMENT_COLUMNS}, p.tendered_minor FROM payments p "
    "WHERE p.merchant_id = :merchant_id AND (p.bill_id = :bill_id OR p.id = :bill_id) ORDER BY p.created_at, p.id"
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


def read_payment(session: Session, merchant_id: MerchantId, payment_id: PaymentId) -> PaymentDetail | None:
    """Return a payment with the other payments of its sale; see `domain.ports.Queries`."""
    row = session.one(_PAYMENT, {"merchant_id": merchant_id, "id": payment_id})
    if row is None:
        return None
    summary = payment_row(row)
    qr_text, tendered, note, order_ref, is_own, provider, capture, cheque, option = row[PAYMENT_WIDTH:]
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
        tendered_minor=row[PAYMENT_WIDTH],
        change_minor=max(row[PAYMENT_WIDTH] - summary.amount_minor, 0),
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


def _event_row(row: Row) -> PaymentEventRow:
    status, to = PaymentStatus(row[0]), PaymentStatus(row[1])
    return PaymentEventRow(status, to, PaymentException(row[2]), Cause(row[3]), Instant(row[4]), row[5], row[6])


def _voucher_row(row: Row) -> VoucherRow:
    return VoucherRow(VoucherId(row[0]), row[1], row[2], Instant(row[3]), row[4], row[5], row[6], row[7], row[8])
