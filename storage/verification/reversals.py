"""Reversals: at most one of each voucher, of a voucher that is none itself, with every line mirrored."""

from typing import Final

from domain.vouchers import RECLASS, Side
from storage.session import Row, Sql
from storage.verification.books import Books

_REVERSALS: Final = Sql(
    "SELECT r.number, r.id, r.reverses, o.number, o.reverses, r.source_kind FROM vouchers r LEFT JOIN vouchers o "
    "ON o.merchant_id = r.merchant_id AND o.id = r.reverses "
    "WHERE r.merchant_id = :merchant_id AND r.reverses IS NOT NULL ORDER BY r.reverses"
)
_TWICE: Final = Sql(
    "SELECT reverses, COUNT(*) FROM vouchers WHERE merchant_id = :merchant_id AND reverses IS NOT NULL "
    "AND second = 0 GROUP BY reverses HAVING COUNT(*) > 1"
)
_LONE_SECONDS: Final = Sql(
    "SELECT s.number FROM vouchers s WHERE s.merchant_id = :merchant_id AND s.second <> 0 AND NOT EXISTS "
    "(SELECT 1 FROM vouchers v WHERE v.merchant_id = s.merchant_id AND v.second = 0 AND "
    "((v.source_kind = s.source_kind AND v.source_id = s.source_id) OR v.reverses = s.reverses))"
)
_STANDING_SECONDS: Final = Sql(
    "SELECT s.number FROM vouchers s WHERE s.merchant_id = :merchant_id AND s.second <> 0 AND NOT EXISTS "
    "(SELECT 1 FROM vouchers r WHERE r.merchant_id = s.merchant_id AND r.reverses = s.id "
    f"AND r.source_kind = '{RECLASS}')"
)
_LINES: Final = Sql(
    "SELECT account_id, side, amount_minor FROM postings WHERE merchant_id = :merchant_id AND voucher_id = :id "
    "ORDER BY line_no"
)


def check_reversals(books: Books) -> None:
    """Check every reversal against its original."""
    for number, voucher_id, original_id, original, of_another, kind in books.reader.stream(_REVERSALS, books.key):
        if original is None:
            books.found.add("I13", "REVERSAL_OF_NOTHING", number, original=original_id)
        elif of_another is not None and kind != RECLASS:
            books.found.add("I13", "REVERSAL_OF_REVERSAL", number, original=original)
        elif _lines(books, voucher_id) != [_mirrored(line) for line in _lines(books, original_id)]:
            books.found.add("I13", "REVERSAL_UNLIKE", number, original=original)
    for original_id, count in books.reader.session.all(_TWICE, books.key):
        books.found.add("I13", "REVERSAL_TWICE", original_id, count=count)
    for (number,) in books.reader.session.all(_LONE_SECONDS, books.key):
        books.found.add("I3", "SECOND_ALONE", number)
    if books.side == "hub":
        for (number,) in books.reader.session.all(_STANDING_SECONDS, books.key):
            books.found.add("I3", "SECOND_STANDS", number)


def _lines(books: Books, voucher_id: str) -> list[Row]:
    return [tuple(row) for row in books.reader.session.all(_LINES, {**books.key, "id": voucher_id})]


def _mirrored(line: Row) -> Row:
    account_id, side, amount = line
    return (account_id, Side(side).other.value, amount)
