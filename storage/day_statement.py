"""The statement of an account as it stood at the end of a day: in the order of days, each line with its balance."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from domain.ids import AccountId, Instant, MerchantId, VoucherId
from domain.rows import StatementRow
from storage.book_queries import FIRST_DAY, MOVED, MOVED_INTO
from storage.session import Row, Session, Sql
from storage.voucher_pages import FEW

_COLUMNS: Final = (
    "l.entry_no, v.id, v.number, v.business_date, v.created_at, v.source_kind, v.memo, l.side, l.amount_minor, "
    "{day}, l.line_no"
)
_NEWEST_FIRST: Final = "ORDER BY 10 DESC, 5 DESC, 2 DESC, 11 DESC LIMIT :limit"
_NUMBER: Final = "LEFT JOIN book_numbers b ON b.merchant_id = v.merchant_id AND b.voucher_id = v.id"
_LINE: Final = "l.merchant_id = v.merchant_id AND l.voucher_id = v.id AND l.account_id = :account_id"

# The numbers of the lines lead SQLite to the account's own lines; without them it walks through everybody's.
_QUIET: Final = Sql(
    f"SELECT {_COLUMNS.format(day='COALESCE(b.booked_on, v.business_date)')} FROM postings l "
    "CROSS JOIN vouchers v ON v.merchant_id = l.merchant_id AND v.id = l.voucher_id "
    f"{_NUMBER} WHERE l.merchant_id = :merchant_id AND l.account_id = :account_id AND l.entry_no > 0 "
    f"AND COALESCE(b.booked_on, v.business_date) <= :until {_NEWEST_FIRST}"
)
# Vouchers on their own days by the index of days, and merged into them the few that the hub moved to another day.
_BUSY: Final = Sql(
    f"SELECT {_COLUMNS.format(day='v.business_date')} FROM vouchers v CROSS JOIN postings l ON {_LINE} {_NUMBER} "
    "WHERE v.merchant_id = :merchant_id AND v.business_date <= :until AND b.booked_on IS NULL UNION ALL "
    f"SELECT {_COLUMNS.format(day='b.booked_on')} FROM {MOVED} CROSS JOIN postings l ON {_LINE} "
    f"WHERE {MOVED_INTO} {_NEWEST_FIRST}"
)
_BALANCE: Final = Sql(
    "SELECT COALESCE(SUM(debit_minor - credit_minor), 0) FROM day_totals "
    "WHERE merchant_id = :merchant_id AND account_id = :account_id AND day <= :until"
)
_LINES_ON: Final = Sql("SELECT entries FROM accounts WHERE merchant_id = :merchant_id AND id = :account_id")


def statement_until(
    session: Session, merchant_id: MerchantId, account_id: AccountId, until: str, limit: int
) -> Sequence[StatementRow]:
    """Return the last lines that count up to a day (`YYYY-MM-DD`), newest first; amounts in minor units.

    The balance after a line is that of the days before it and of the lines before it on its day, so that the first
    one's is the balance at the end of `until`, whenever its voucher came here.
    """
    values: dict[str, Any] = {"merchant_id": merchant_id, "account_id": account_id, "until": until, "limit": limit}
    values["since"] = FIRST_DAY
    entries = session.one(_LINES_ON, values)
    lines = session.all(_QUIET if entries is None or entries[0] <= FEW else _BUSY, values)
    total = session.one(_BALANCE, values)
    assert total is not None, "a sum always answers"
    return list(_with_balances(lines, int(total[0])))


def _with_balances(lines: Sequence[Row], balance: int) -> Iterator[StatementRow]:
    for row in lines:
        debit, credit = (row[8], 0) if row[7] == "D" else (0, row[8])
        yield StatementRow(
            entry_no=row[0],
            voucher_id=VoucherId(row[1]),
            number=row[2],
            business_date=row[3],
            created_at=Instant(row[4]),
            source_kind=row[5],
            memo=row[6],
            debit_minor=debit,
            credit_minor=credit,
            balance_after_minor=balance,
        )
        balance -= debit - credit
