"""The whole books as exports and reports read them: chart, categories, entries in the order of days."""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from domain.accounts import AccountType, Control, account_code
from domain.books import ChartAccount, ChartCategory, Entry, EntryLine
from domain.calendar import business_date
from domain.categories import CategoryKind
from domain.ids import AccountId, CategoryId, Instant, PaymentId, VoucherId
from domain.ports import Shop
from domain.vouchers import Side, VoucherType
from storage.session import Row, Sql
from storage.verification.reader import Reader

_CHART: Final = Sql(
    "SELECT id, type, control, code, name, currency, created_at, archived_at, balance_minor FROM accounts "
    "WHERE merchant_id = :merchant_id ORDER BY code, created_at, id"
)
_CATEGORIES: Final = Sql(
    "SELECT id, kind, name_vi, name_en, parent_id, system_key, archived_at FROM categories "
    "WHERE merchant_id = :merchant_id ORDER BY kind DESC, name_vi, id"
)
_ENTRIES: Final = Sql(
    "SELECT v.id, v.number, b.book_no, v.type, v.currency, v.business_date, COALESCE(b.booked_on, v.business_date), "
    "v.occurred_on, v.created_at, v.source_kind, v.source_id, v.memo, v.party_name, v.party_address, v.attachments, "
    "v.category_id, v.payment_id, v.reverses, (SELECT r.id FROM vouchers r WHERE r.merchant_id = v.merchant_id "
    "AND r.reverses = v.id AND r.second = 0), v.total_minor, v.hash, l.account_id, l.side, l.amount_minor "
    "FROM vouchers v JOIN postings l ON l.merchant_id = v.merchant_id AND l.voucher_id = v.id "
    "LEFT JOIN book_numbers b ON b.merchant_id = v.merchant_id AND b.voucher_id = v.id "
    "WHERE v.merchant_id = :merchant_id ORDER BY v.business_date, v.created_at, v.id, l.line_no"
)
PATH_MARK: Final = " › "


class BookQueries:
    """The books of one shop at one unchanging moment."""

    def __init__(self, reader: Reader, shop: Shop) -> None:
        self._reader = reader
        self._shop = shop
        self._key: dict[str, Any] = {"merchant_id": shop.merchant_id}

    def chart(self) -> list[ChartAccount]:
        """Return every account with its code in the shop's regime and its balance."""
        return [
            ChartAccount(
                id=AccountId(row[0]),
                type=AccountType(row[1]),
                control=Control(row[2]) if row[2] else None,
                code=account_code(Control(row[2]) if row[2] else None, row[3], self._shop.rules.regime),
                name=row[4],
                currency=row[5],
                opened_on=business_date(Instant(row[6]), self._shop.zone),
                archived=row[7] is not None,
                balance_minor=int(row[8]),
            )
            for row in self._reader.session.all(_CHART, self._key)
        ]

    def categories(self) -> list[ChartCategory]:
        """Return every category with its path from the root, incomes first."""
        rows = {row[0]: row for row in self._reader.session.all(_CATEGORIES, self._key)}
        return [
            ChartCategory(
                id=CategoryId(row[0]),
                kind=CategoryKind(row[1]),
                name_vi=row[2],
                name_en=row[3],
                path_vi=_path(rows, row, 2),
                path_en=_path(rows, row, 3),
                parent_id=CategoryId(row[4]) if row[4] else None,
                system_key=row[5],
                archived=row[6] is not None,
            )
            for row in rows.values()
        ]

    def entries(self) -> Iterator[Entry]:
        """Yield every issued voucher with its lines, in the order of their own days."""
        for _, lines in groupby(self._reader.stream(_ENTRIES, self._key), key=itemgetter(0)):
            rows = list(lines)
            yield _entry(rows[0], rows)


def _path(rows: dict[str, Row], row: Row, name: int) -> str:
    names, met = [row[name]], {row[0]}
    while (above := rows.get(row[4])) is not None and above[0] not in met:
        row = above
        names.append(row[name])
        met.add(row[0])
    return PATH_MARK.join(reversed(names))


def _entry(row: Row, lines: list[Row]) -> Entry:
    return Entry(
        id=VoucherId(row[0]),
        number=row[1],
        book_no=row[2],
        type=VoucherType(row[3]),
        currency=row[4],
        business_date=row[5],
        booked_on=row[6],
        occurred_on=row[7],
        created_at=Instant(row[8]),
        source_kind=row[9],
        source_id=row[10],
        memo=row[11],
        counterparty=row[12],
        counterparty_address=row[13],
        attachments=row[14],
        category_id=CategoryId(row[15]) if row[15] else None,
        payment_id=PaymentId(row[16]) if row[16] else None,
        reverses=VoucherId(row[17]) if row[17] else None,
        reversed_by=VoucherId(row[18]) if row[18] else None,
        total_minor=row[19],
        hash=row[20],
        lines=tuple(EntryLine(AccountId(line[21]), Side(line[22]), line[23]) for line in lines),
    )
