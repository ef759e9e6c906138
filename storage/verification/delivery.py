"""What leaves and what comes in: messages and their fingerprints, book numbers, provider's receipts."""

import hashlib
from typing import Final

from domain.services.receipts import PROVIDER_SOURCE
from storage.session import Sql
from storage.verification.books import Books

_OUTBOX: Final = Sql("SELECT id, body, body_hash FROM outbox ORDER BY seq")
_FEED: Final = Sql("SELECT message_id, body, body_hash FROM feed WHERE merchant_id = :merchant_id ORDER BY seq")
_FEED_SHAPE: Final = Sql(
    "SELECT (SELECT feed_seq FROM merchants WHERE id = :merchant_id), COUNT(*), COALESCE(MIN(seq), 0), "
    "COALESCE(MAX(seq), 0) FROM feed WHERE merchant_id = :merchant_id"
)
_BOOKS: Final = Sql(
    "SELECT type, year, COUNT(*), MIN(book_no), MAX(book_no) FROM book_numbers WHERE merchant_id = :merchant_id "
    "GROUP BY type, year"
)
_BOOK_COUNTERS: Final = Sql("SELECT type, year, last_no FROM book_series WHERE merchant_id = :merchant_id")
_BOOK_ORPHANS: Final = Sql(
    "SELECT b.voucher_id FROM book_numbers b LEFT JOIN vouchers v ON v.merchant_id = b.merchant_id "
    "AND v.id = b.voucher_id AND v.type = b.type AND substr(COALESCE(b.booked_on, v.business_date), 1, 4) = b.year "
    "WHERE b.merchant_id = :merchant_id AND v.id IS NULL"
)
_UNBOOKED: Final = Sql(
    "SELECT v.number, f.book_no, b.book_no FROM vouchers v LEFT JOIN feed f ON f.merchant_id = v.merchant_id "
    "AND f.message_id = v.id LEFT JOIN book_numbers b ON b.merchant_id = v.merchant_id AND b.voucher_id = v.id "
    "WHERE v.merchant_id = :merchant_id AND v.status = 'ISSUED' "
    "AND (b.book_no IS NULL OR f.book_no IS NULL OR b.book_no <> f.book_no "
    "OR COALESCE(b.booked_on, '') <> COALESCE(f.booked_on, ''))"
)
_RECEIPTS: Final = Sql(
    "SELECT r.dedupe_key, r.voucher_id, r.amount_minor, (SELECT SUM(CASE l.side WHEN 'D' THEN l.amount_minor "
    "ELSE -l.amount_minor END) FROM postings l JOIN accounts a ON a.merchant_id = l.merchant_id "
    "AND a.id = l.account_id AND (a.type <> 'CONTROL' OR a.control = 'stored_value') "
    "WHERE l.merchant_id = r.merchant_id "
    "AND l.voucher_id = r.voucher_id) FROM receipts r WHERE r.merchant_id = :merchant_id AND r.voucher_id IS NOT NULL"
)
_RECEIPTLESS: Final = Sql(
    "SELECT v.number FROM vouchers v LEFT JOIN receipts r ON r.merchant_id = v.merchant_id AND r.voucher_id = v.id "
    "AND v.source_id = r.dedupe_key WHERE v.merchant_id = :merchant_id AND v.source_kind LIKE :prefix "
    "AND r.dedupe_key IS NULL"
)


def check_messages(books: Books) -> None:
    """Check every message's fingerprint, and on the hub that the feed has no hole."""
    sql = _OUTBOX if books.side == "till" else _FEED
    for message_id, body, body_hash in books.reader.stream(sql, books.key):
        if hashlib.sha256(body.encode()).hexdigest() != body_hash:
            books.found.add("I7", "MESSAGE_HASH", message_id)
    if books.side == "till":
        return
    row = books.reader.session.one(_FEED_SHAPE, books.key)
    assert row is not None, "an aggregate always answers"
    head, count, first, last = map(int, row)
    if (count, first, last) != (head, min(head, 1), head):
        books.found.add("I7", "FEED_GAP", books.merchant_id, count=count, first=first, last=last, head=head)


def check_book_numbers(books: Books) -> None:
    """Check that the register has no hole and that every voucher at the hub stands in it."""
    for row in books.reader.session.all(_BOOK_ORPHANS, books.key):
        books.found.add("I8", "BOOK_ORPHAN", row[0])
    if books.side == "till":
        return
    counters = {(row[0], row[1]): int(row[2]) for row in books.reader.session.all(_BOOK_COUNTERS, books.key)}
    shapes = {(row[0], row[1]): tuple(map(int, row[2:])) for row in books.reader.session.all(_BOOKS, books.key)}
    for key in sorted({*counters, *shapes}):
        head = counters.get(key, 0)
        count, first, last = shapes.get(key, (0, 0, 0))
        if (count, first, last) != (head, min(head, 1), head):
            facts = {"count": count, "first": first, "last": last, "head": head}
            books.found.add("I8", "BOOK_GAP", f"{key[0]}-{key[1]}", **facts)
    for number, in_feed, held in books.reader.session.all(_UNBOOKED, books.key):
        if held is None:
            books.found.add("I8", "BOOK_MISSING", number)
        else:
            books.found.add("I8", "BOOK_OTHER", number, held=held, wanted=in_feed)


def check_receipts(books: Books) -> None:
    """Check at the hub that every amount a provider proved went into a wallet once, and no other did."""
    for subject, voucher_id, wanted, held in books.reader.session.all(_RECEIPTS, books.key):
        if held is None or int(held) != wanted:
            facts = {"voucher": voucher_id, "held": 0 if held is None else int(held), "wanted": wanted}
            books.found.add("I12", "RECEIPT_UNBOOKED", subject, **facts)
    for row in books.reader.session.all(_RECEIPTLESS, {**books.key, "prefix": f"{PROVIDER_SOURCE}%"}):
        books.found.add("I12", "RECEIPT_MISSING", row[0])
