"""Balances: folded line by line in Python, summed by the database over issued vouchers, and day by day."""

from typing import Final

from domain.vouchers import Side
from storage.session import Sql
from storage.verification.books import Books

_STORED: Final = Sql("SELECT id, balance_minor, entries FROM accounts WHERE merchant_id = :merchant_id ORDER BY id")
_LINES: Final = Sql(
    "SELECT account_id, entry_no, side, amount_minor, balance_after FROM postings WHERE merchant_id = :merchant_id "
    "ORDER BY account_id, entry_no"
)
_SUMS: Final = Sql(
    "SELECT p.account_id, SUM(CASE p.side WHEN 'D' THEN p.amount_minor ELSE -p.amount_minor END) FROM postings p "
    "JOIN vouchers v ON v.merchant_id = p.merchant_id AND v.id = p.voucher_id AND v.status = 'ISSUED' "
    "WHERE p.merchant_id = :merchant_id GROUP BY p.account_id"
)
_DAYS: Final = Sql(
    "SELECT account_id, day, category_id, debit_minor, credit_minor FROM day_totals "
    "WHERE merchant_id = :merchant_id AND (debit_minor <> 0 OR credit_minor <> 0) ORDER BY account_id, day, category_id"
)
_LINES_BY_DAY: Final = Sql(
    "SELECT p.account_id, COALESCE(b.booked_on, v.business_date), COALESCE(v.category_id, ''), "
    "SUM(CASE p.side WHEN 'D' THEN p.amount_minor ELSE 0 END), "
    "SUM(CASE p.side WHEN 'C' THEN p.amount_minor ELSE 0 END) "
    "FROM postings p JOIN vouchers v ON v.merchant_id = p.merchant_id AND v.id = p.voucher_id "
    "LEFT JOIN book_numbers b ON b.merchant_id = v.merchant_id AND b.voucher_id = v.id "
    "WHERE p.merchant_id = :merchant_id GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
)
_DAY_SUMS: Final = Sql(
    "SELECT account_id, SUM(debit_minor) - SUM(credit_minor) FROM day_totals WHERE merchant_id = :merchant_id "
    "GROUP BY account_id"
)


def check_balances(books: Books) -> None:
    """Compare each account's stored balance with both computations; all balances together are zero."""
    stored = {row[0]: (int(row[1]), int(row[2])) for row in books.reader.session.all(_STORED, books.key)}
    total = sum(balance for balance, _ in stored.values())
    if total:
        books.found.add("I2", "BOOKS_OPEN", books.merchant_id, total=total)
    by_day = {row[0]: int(row[1]) for row in books.reader.session.all(_DAY_SUMS, books.key)}
    for account_id, (balance, _) in stored.items():
        if balance != by_day.get(account_id, 0):
            books.found.add("I2", "BALANCE_DAYS", account_id, held=balance, wanted=by_day.get(account_id, 0))
    if books.fast:
        return
    _check_days(books)
    folded = _fold(books)
    summed = {row[0]: int(row[1]) for row in books.reader.session.all(_SUMS, books.key)}
    for account_id, (balance, entries) in stored.items():
        wanted, wanted_entries = folded.get(account_id, (0, 0))
        if (balance, entries) != (wanted, wanted_entries):
            facts = {"held": balance, "held_entries": entries, "wanted": wanted, "wanted_entries": wanted_entries}
            books.found.add("I2", "BALANCE_FOLDED", account_id, **facts)
        if balance != summed.get(account_id, 0):
            books.found.add("I2", "BALANCE_SUMMED", account_id, held=balance, wanted=summed.get(account_id, 0))


def _check_days(books: Books) -> None:
    """Compare what each day holds of each account and category with the lines that count on it."""
    held = {(row[0], row[1], row[2]): (int(row[3]), int(row[4])) for row in books.reader.stream(_DAYS, books.key)}
    for row in books.reader.stream(_LINES_BY_DAY, books.key):
        wanted = (int(row[3]), int(row[4]))
        if held.pop((row[0], row[1], row[2]), None) != wanted:
            books.found.add("I2", "DAY_TOTAL", row[0], day=row[1], wanted_debit=wanted[0], wanted_credit=wanted[1])
    for account_id, day, _ in held:
        books.found.add("I2", "DAY_WITHOUT_LINES", account_id, day=day)


def _fold(books: Books) -> dict[str, tuple[int, int]]:
    """Return each account's balance and number of entries, checking every line's own place and balance on the way."""
    folded: dict[str, tuple[int, int]] = {}
    for account_id, entry_no, side, amount, balance_after in books.reader.stream(_LINES, books.key):
        balance, entries = folded.get(account_id, (0, 0))
        balance += amount if side == Side.DEBIT.value else -amount
        entries += 1
        if entry_no != entries:
            books.found.add("I2", "ENTRY_GAP", account_id, entry=entry_no, wanted=entries)
        if balance_after != balance:
            books.found.add("I2", "ENTRY_BALANCE", account_id, entry=entry_no, held=balance_after, wanted=balance)
        folded[account_id] = (balance, entries)
    return folded
