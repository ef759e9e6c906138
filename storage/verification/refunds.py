"""Refunds replayed step by step, against what came for their payments and against the books."""

from itertools import groupby
from operator import itemgetter
from typing import Final

from domain.accounts import Control
from domain.payments import Cause
from domain.refunds import OVER, REFUND_TRANSITIONS, WAYS, RefundStatus, RefundWay
from domain.services.refunds import CAME_BACK, GIVEN_BACK, PAID_BACK
from storage.session import Row, Sql
from storage.verification.books import Books

_ENDED: Final = ", ".join(repr(status.value) for status in sorted(OVER))
_BEYOND: Final = Sql(
    "SELECT p.reference, p.received_minor - p.confirmed_minor, SUM(r.amount_minor) FROM refunds r "
    "JOIN payments p ON p.merchant_id = r.merchant_id AND p.id = r.payment_id "
    f"WHERE r.merchant_id = :merchant_id AND r.beyond = 0 AND r.status NOT IN ({_ENDED}) "
    "GROUP BY p.id, p.reference, p.received_minor, p.confirmed_minor "
    "HAVING SUM(r.amount_minor) > p.received_minor - p.confirmed_minor ORDER BY p.reference"
)
_STEPS: Final = Sql(
    "SELECT r.id, r.reference, r.status, r.beyond, r.revision, e.revision, e.from_status, e.to_status, e.cause, "
    "e.beyond FROM refunds r LEFT JOIN refund_events e ON e.merchant_id = r.merchant_id AND e.refund_id = r.id "
    "WHERE r.merchant_id = :merchant_id ORDER BY r.id, e.revision"
)
_LEFT: Final = (
    "(SELECT SUM(CASE l.side WHEN 'C' THEN l.amount_minor ELSE -l.amount_minor END) FROM vouchers v "
    "JOIN postings l ON l.merchant_id = v.merchant_id AND l.voucher_id = v.id "
    "JOIN accounts a ON a.merchant_id = l.merchant_id AND a.id = l.account_id "
    f"AND (a.type <> 'CONTROL' OR (a.control = '{Control.STORED_VALUE.value}' "
    f"AND (r.way <> '{RefundWay.CREDIT.value}' OR v.holder_id = r.holder_id)) "
    f"OR (r.way = '{RefundWay.WRITE_OFF.value}' AND a.control = '{Control.OTHER_INCOME.value}')) "
    "WHERE v.merchant_id = r.merchant_id AND v.second = 0 AND v.source_id = r.id AND v.source_kind = {kind})"
)
_BOOKED: Final = Sql(
    "SELECT r.reference, r.device_id, r.way, r.status, r.amount_minor, r.fee_minor, "
    f"COALESCE({_LEFT.format(kind=repr(PAID_BACK))}, 0), COALESCE({_LEFT.format(kind=repr(GIVEN_BACK))}, 0), "
    f"COALESCE({_LEFT.format(kind=repr(CAME_BACK))}, 0), EXISTS (SELECT 1 FROM refund_events e "
    "WHERE e.merchant_id = r.merchant_id AND e.refund_id = r.id AND e.to_status = 'done') "
    "FROM refunds r WHERE r.merchant_id = :merchant_id"
)
_REFUNDLESS: Final = Sql(
    "SELECT v.number FROM vouchers v LEFT JOIN refunds r ON r.merchant_id = v.merchant_id AND r.id = v.source_id "
    f"WHERE v.merchant_id = :merchant_id AND v.source_kind IN ('{PAID_BACK}', '{GIVEN_BACK}', '{CAME_BACK}') "
    "AND (r.id IS NULL OR r.status NOT IN ('done', 'returned')) ORDER BY v.number"
)


def check_refunds(books: Books) -> None:
    """Check that no payment gives back more than it brought, that every refund moved legally, and what is booked."""
    for reference, received, given in books.reader.session.all(_BEYOND, books.key):
        books.found.add("I6", "REFUND_BEYOND", reference, received=int(received), given=int(given))
    for _, rows in groupby(books.reader.stream(_STEPS, books.key), key=itemgetter(0)):
        _check_steps(books, list(rows))
    for row in books.reader.stream(_BOOKED, books.key):
        _check_booked(books, row)
    if books.side == "hub":  # a till hears of a voucher before it hears of its refund
        for row in books.reader.session.all(_REFUNDLESS, books.key):
            books.found.add("I6", "REFUND_MISSING", row[0])


def _check_steps(books: Books, steps: list[Row]) -> None:
    reference, stands = steps[0][1], (steps[0][2], int(steps[0][3]), steps[0][4])
    if steps[0][5] is None:
        books.found.add("I6", "REFUND_SILENT", reference)
        return
    status, beyond, last = steps[0][7], int(steps[0][9]), 0
    for number, row in enumerate(steps):
        revision, old, new, cause, beyond = row[5], row[6], row[7], row[8], int(row[9])
        joins = number == 0 or old == status
        if revision != last + 1 or not joins or not (number == 0 or _legal(old, new, cause)):
            facts = {"revision": revision, "old": status, "new": new, "cause": cause}
            books.found.add("I6", "REFUND_STEP", reference, **facts)
        status, last = new, revision
    if (status, beyond, last) != stands:
        told = [f"{each[0]}/{each[1]}/{each[2]}" for each in (stands, (status, beyond, last))]
        books.found.add("I6", "REFUND_STANDS", reference, held=told[0], wanted=told[1])


def _legal(old: str, new: str, cause: str) -> bool:
    """Whether a step is in the table; a revision that leaves the status alone changes facts only."""
    try:
        return old == new or Cause(cause) in REFUND_TRANSITIONS[RefundStatus(old)].get(RefundStatus(new), frozenset())
    except ValueError:
        return False


def _check_booked(books: Books, row: Row) -> None:
    """Compare what left the wallets with the refund; what the other side books may still be on its way."""
    reference, device, way, status, amount, fee, paid_back, given_back, came_back, was_done = row
    at_once = not WAYS[RefundWay(way)].by_provider
    is_own = device in books.own if at_once else books.side == "hub"
    done = status == RefundStatus.DONE.value
    if at_once:
        wanted, held = amount, paid_back
    else:
        gone = amount + fee if done or (status == RefundStatus.RETURNED.value and was_done) else 0
        back = amount if gone and not done else 0
        wanted, held = gone - back, given_back + came_back
    on_its_way = not is_own and int(held) in (0, amount, fee, amount + fee)
    if int(held) != wanted and not on_its_way:
        books.found.add("I6", "REFUND_UNBOOKED", reference, held=int(held), wanted=wanted)
