"""Money that people decided about, at the hub: what is done is booked once, and nothing else is."""

from typing import Final

from domain.accounts import Control
from domain.resolutions import TAKES, Act, ResolutionStatus
from domain.services.bills import APPLIED_SOURCE
from domain.services.resolutions import RESOLVED
from storage.session import Sql
from storage.verification.books import Books

_DECIDED: Final = Sql(
    "SELECT r.id, r.act, r.status, r.amount_minor, (SELECT SUM(l.amount_minor) FROM vouchers v "
    "JOIN postings l ON l.merchant_id = v.merchant_id AND l.voucher_id = v.id AND l.side = 'D' "
    "JOIN accounts a ON a.merchant_id = l.merchant_id AND a.id = l.account_id "
    f"WHERE v.merchant_id = r.merchant_id AND v.source_kind = '{RESOLVED}' AND v.source_id = r.id "
    f"AND COALESCE(a.control, '') <> '{Control.FEES.value}') "
    "FROM resolutions r WHERE r.merchant_id = :merchant_id ORDER BY r.id"
)
_UNDECIDED: Final = Sql(
    "SELECT v.number FROM vouchers v LEFT JOIN resolutions r ON r.merchant_id = v.merchant_id AND r.id = v.source_id "
    f"WHERE v.merchant_id = :merchant_id AND v.source_kind = '{RESOLVED}' AND r.id IS NULL ORDER BY v.number"
)
_UNMATCHED: Final = Sql(
    "SELECT v.number FROM vouchers v LEFT JOIN resolutions r ON r.merchant_id = v.merchant_id "
    f"AND r.id = SUBSTR(v.source_id, 7) AND r.act = '{Act.MATCH.value}' AND r.status = '{ResolutionStatus.DONE.value}' "
    f"WHERE v.merchant_id = :merchant_id AND v.source_kind = '{APPLIED_SOURCE}' AND v.source_id LIKE 'match:%' "
    "AND r.id IS NULL ORDER BY v.number"
)
"""Vouchers that move money to a payment because somebody said that it is the payment's, and nobody did."""

_BOOKED: Final = frozenset(act.value for act in (Act.GIVE_BACK, Act.CREDIT, Act.WRITE_OFF, Act.LOST, *TAKES))


def check_resolutions(books: Books) -> None:
    """Compare what was decided about money in suspense with what is booked of it."""
    for resolution_id, act, status, amount, booked in books.reader.session.all(_DECIDED, books.key):
        is_booked = act in _BOOKED and status == ResolutionStatus.DONE.value
        wanted, held = amount if is_booked else 0, 0 if booked is None else int(booked)
        if held != wanted:
            books.found.add("I12", "RESOLUTION_UNBOOKED", resolution_id, held=held, wanted=wanted)
    for sql in (_UNDECIDED, _UNMATCHED):
        for row in books.reader.session.all(sql, books.key):
            books.found.add("I12", "RESOLUTION_MISSING", row[0])
