"""Bills against the books: what was sold is what was due once its money covers it, and nothing before."""

from typing import Final

from domain.accounts import Control, control_id
from domain.bills import position
from domain.payments import PaymentException
from domain.rails import Provider
from domain.services.payments import CASH
from domain.services.refunds import HUB_BOOKS, PAID_BACK
from domain.vouchers import HAND_CONFIRMED, SETTLED
from storage.session import Row, Sql
from storage.verification.books import Books

_BILL: Final = "CASE WHEN p.bill_id = '' THEN p.id ELSE p.bill_id END"
_DUE: Final = "CASE WHEN p.bill_minor = 0 THEN p.amount_minor ELSE p.bill_minor END"
_OF_REFUNDS: Final = ", ".join(repr(kind) for kind in sorted({PAID_BACK, *HUB_BOOKS}))
_BILLS: Final = Sql(
    "SELECT b.bill, b.reference, b.status, b.due, b.came, b.payments, b.provider, b.device_id, "
    "COALESCE(r.gone, 0), COALESCE(r.refunds, 0), s.booked "
    f"FROM (SELECT {_BILL} AS bill, MIN(p.reference) AS reference, MIN(p.status) AS status, "
    f"COALESCE(MAX(CASE WHEN p.received_minor > 0 THEN {_DUE} END), MAX({_DUE})) AS due, "
    "SUM(p.received_minor) AS came, COUNT(*) AS payments, MIN(p.provider) AS provider, MIN(p.device_id) AS device_id "
    "FROM payments p WHERE p.merchant_id = :merchant_id GROUP BY 1) b "
    f"LEFT JOIN (SELECT {_BILL} AS bill, COUNT(*) AS refunds, "
    "SUM(CASE WHEN f.status = 'done' AND f.beyond = 0 AND f.what <> 'sale' THEN f.amount_minor ELSE 0 END) AS gone "
    "FROM refunds f JOIN payments p ON p.merchant_id = f.merchant_id AND p.id = f.payment_id "
    "WHERE f.merchant_id = :merchant_id GROUP BY 1) r ON r.bill = b.bill "
    f"LEFT JOIN (SELECT {_BILL} AS bill, "
    "SUM(CASE WHEN l.account_id NOT IN (:sales, :tax) THEN 0 WHEN l.side = 'C' THEN l.amount_minor "
    "ELSE -l.amount_minor END) AS booked "
    "FROM vouchers v JOIN payments p ON p.merchant_id = v.merchant_id AND p.id = v.payment_id "
    "JOIN postings l ON l.merchant_id = v.merchant_id AND l.voucher_id = v.id "
    f"WHERE v.merchant_id = :merchant_id AND v.reverses IS NULL AND v.second = 0 "
    f"AND v.source_kind NOT IN ({_OF_REFUNDS}) GROUP BY 1) s "
    "ON s.bill = b.bill WHERE b.came > 0 OR s.booked IS NOT NULL"
)
_UNBOOKED_YET: Final = Sql(
    "SELECT COUNT(*) FROM payments p WHERE p.merchant_id = :merchant_id AND (p.bill_id = :bill OR p.id = :bill) AND ("
    f"(p.provider = '{Provider.NONE.value}' AND p.status = 'paid' AND NOT EXISTS (SELECT 1 FROM vouchers v "
    f"WHERE v.merchant_id = p.merchant_id AND v.source_kind = '{CASH}' AND v.source_id = p.id)) "
    f"OR (p.provider = '{Provider.MANUAL.value}' AND p.status = 'paid' AND NOT EXISTS (SELECT 1 FROM vouchers v "
    f"WHERE v.merchant_id = p.merchant_id AND v.source_kind = '{SETTLED}' AND v.source_id = p.id)) "
    "OR (EXISTS (SELECT 1 FROM payment_events e WHERE e.merchant_id = p.merchant_id AND e.payment_id = p.id "
    f"AND e.exception = '{PaymentException.CONFIRMED_BY_HAND.value}') AND NOT EXISTS (SELECT 1 FROM vouchers v "
    f"WHERE v.merchant_id = p.merchant_id AND v.source_kind = '{HAND_CONFIRMED}' AND v.source_id = p.id)))"
)


def check_bills(books: Books) -> None:
    """Compare every bill's revenue and the tax in it with what its money, without what was given back, makes of it.

    What a customer owes is both together. What the other side books may still be on its way: a till cannot tell of
    bills that the hub books as well, nor the hub before it has all that tills booked.
    """
    sold = {"sales": Control.SALES, "tax": Control.VAT_PAYABLE}
    accounts = {name: control_id(books.merchant_id, control) for name, control in sold.items()}
    for row in books.reader.stream(_BILLS, {**books.key, **accounts}):
        _check(books, row)


def _check(books: Books, row: Row) -> None:
    bill, reference, status, due, came, payments, provider, device, gone, refunds, booked = row
    wanted = position(int(due), max(int(came) - int(gone), 0)).sales_minor
    held = 0 if booked is None else int(booked)
    if held == wanted:
        return
    if books.side == "hub":
        waits = books.reader.number(_UNBOOKED_YET, {**books.key, "bill": bill}) > 0
    else:
        own = provider == Provider.NONE.value and device in books.own
        waits = payments > 1 or refunds > 0 or (not own and (booked is None or held == due))
    if not waits:
        books.found.add("I11", "SALE_OTHER", reference, status=status, held=held, wanted=wanted)
