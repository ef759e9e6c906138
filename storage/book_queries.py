"""The whole books as exports, reports and screens read them: chart, categories, turnovers, entries in their order."""

from collections.abc import Generator, Iterator
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, Protocol

from domain.accounts import AccountType, Control, account_code
from domain.book_rows import CategoryTurnover, Turnover
from domain.books import ChartAccount, ChartCategory, Entry, EntryLine
from domain.calendar import business_date
from domain.categories import CategoryKind
from domain.ids import AccountId, CategoryId, Instant, PaymentId, UserId, VoucherId
from domain.ports import Shop
from domain.vouchers import Side, VoucherType
from storage.folding import fold
from storage.session import Row, Session, Sql

FIRST_DAY: Final = ""
LAST_DAY: Final = "9999-12-31"
PATH_MARK: Final = " › "

SEES_ACCOUNT: Final = (
    "(a.type = 'CONTROL' OR EXISTS (SELECT 1 FROM account_grants g WHERE g.merchant_id = a.merchant_id "
    "AND g.user_id = :viewer AND g.account_id = a.id))"
)
"""Whether `:viewer`, who is no owner, sees the account `a` (requirement WAL-5)."""
SEES_VOUCHER: Final = (
    "NOT EXISTS (SELECT 1 FROM postings h JOIN accounts a ON a.merchant_id = h.merchant_id AND a.id = h.account_id "
    f"WHERE h.merchant_id = v.merchant_id AND h.voucher_id = v.id AND NOT {SEES_ACCOUNT})"
)
"""Whether `:viewer` sees the voucher `v`: it touches no wallet that is hidden from them."""

# SQLite keeps the order of tables around CROSS JOIN: the few moved vouchers are found before their lines.
MOVED: Final = "book_numbers b CROSS JOIN vouchers v"
MOVED_INTO: Final = (
    "b.merchant_id = :merchant_id AND b.booked_on BETWEEN :since AND :until AND v.merchant_id = b.merchant_id "
    "AND v.id = b.voucher_id"
)
"""The vouchers that the hub moved out of a closed period into one between two days."""

_CATEGORIES: Final = Sql(
    "SELECT id, kind, name_vi, name_en, parent_id, system_key, archived_at FROM categories "
    "WHERE merchant_id = :merchant_id"
)
_ENTRY_COLUMNS: Final = (
    "v.id, v.number, b.book_no, v.type, v.currency, v.business_date, {day}, v.occurred_on, v.created_at, "
    "v.source_kind, v.source_id, v.memo, v.party_name, v.party_address, v.attachments, v.category_id, v.payment_id, "
    "v.reverses, (SELECT r.id FROM vouchers r WHERE r.merchant_id = v.merchant_id AND r.reverses = v.id "
    "AND r.second = 0), v.total_minor, v.hash, l.account_id, l.side, l.amount_minor, l.line_no"
)
_LINES: Final = "JOIN postings l ON l.merchant_id = v.merchant_id AND l.voucher_id = v.id"


class Source(Protocol):
    """A database that is read: short answers through `session`, long ones in a stream."""

    @property
    def session(self) -> Session: ...

    def stream(self, sql: Sql, values: dict[str, Any]) -> Iterator[Row]:
        """Run a query and yield its rows, a batch of them in memory at a time."""


class BookQueries:
    """The books of one shop; `viewer` is a person of this till who sees only what was granted, None sees all."""

    def __init__(self, source: Source, shop: Shop, viewer: UserId | None = None) -> None:
        self._source = source
        self._shop = shop
        self._hides = viewer is not None
        self._key: dict[str, Any] = {"merchant_id": shop.merchant_id, "viewer": viewer}

    def chart(self, as_of: str = "") -> list[ChartAccount]:
        """Return the accounts by their code in the shop's regime, archived ones last, balances now or as of a day."""
        rows = self._source.session.all(_chart(bool(as_of), self._hides), {**self._key, "as_of": as_of})
        accounts = [self._account(row) for row in rows]
        return sorted(accounts, key=lambda account: (account.archived, account.code))

    def categories(self) -> list[ChartCategory]:
        """Return every category with its path, incomes first, each before what hangs below it, by Vietnamese names."""
        rows = {row[0]: row for row in self._source.session.all(_CATEGORIES, self._key)}
        placed = [(_line_of(rows, row), row) for row in rows.values()]
        placed.sort(key=lambda one: (one[1][1] != CategoryKind.INCOME, [(fold(each[2]), each[0]) for each in one[0]]))
        return [
            ChartCategory(
                id=CategoryId(row[0]),
                kind=CategoryKind(row[1]),
                name_vi=row[2],
                name_en=row[3],
                path_vi=PATH_MARK.join(each[2] for each in line),
                path_en=PATH_MARK.join(each[3] for each in line),
                parent_id=CategoryId(row[4]) if row[4] else None,
                system_key=row[5],
                archived=row[6] is not None,
            )
            for line, row in placed
        ]

    def turnovers(self, since: str, until: str) -> list[Turnover]:
        """Return what moved on each account in a period and its balance before, in minor units, from the days' sums."""
        values = {**self._key, "since": since, "until": until}
        return [
            Turnover(AccountId(row[0]), opening_minor=int(row[1]), debit_minor=int(row[2]), credit_minor=int(row[3]))
            for row in self._source.session.all(_turnovers(self._hides), values)
        ]

    def category_turnovers(self, since: str, until: str) -> list[CategoryTurnover]:
        """Return what moved on each account under each category in a period, in minor units, from the days' sums."""
        values = {**self._key, "since": since, "until": until}
        return [
            CategoryTurnover(AccountId(row[0]), CategoryId(row[1]) if row[1] else None, int(row[2]), int(row[3]))
            for row in self._source.session.all(_category_turnovers(self._hides), values)
        ]

    def entries(
        self, since: str = FIRST_DAY, until: str = LAST_DAY, account_id: AccountId | None = None
    ) -> Generator[Entry, None, None]:
        """Yield the vouchers that count in a period with their lines, in the order of those days."""
        values = {**self._key, "since": since, "until": until, "account_id": account_id}
        rows = self._source.stream(_entries(account_id is not None, self._hides), values)
        for _, lines in groupby(rows, key=itemgetter(0)):
            yield _entry(list(lines))

    def _account(self, row: Row) -> ChartAccount:
        control = Control(row[2]) if row[2] else None
        return ChartAccount(
            id=AccountId(row[0]),
            type=AccountType(row[1]),
            control=control,
            code=account_code(control, row[3], self._shop.rules.regime),
            name=row[4],
            currency=row[5],
            opened_on=business_date(Instant(row[6]), self._shop.zone),
            archived=row[7] is not None,
            balance_minor=int(row[8]),
        )


@cache
def _chart(as_of: bool, hides: bool) -> Sql:
    balance = (
        "COALESCE((SELECT SUM(t.debit_minor - t.credit_minor) FROM day_totals t WHERE t.merchant_id = a.merchant_id "
        "AND t.account_id = a.id AND t.day <= :as_of), 0)"
        if as_of
        else "a.balance_minor"
    )
    return Sql(
        f"SELECT a.id, a.type, a.control, a.code, a.name, a.currency, a.created_at, a.archived_at, {balance} "
        f"FROM accounts a WHERE a.merchant_id = :merchant_id{_seen(hides)} ORDER BY a.created_at, a.name, a.id"
    )


@cache
def _turnovers(hides: bool) -> Sql:
    return Sql(
        "SELECT a.id, SUM(CASE WHEN t.day < :since THEN t.debit_minor - t.credit_minor ELSE 0 END), "
        "SUM(CASE WHEN t.day < :since THEN 0 ELSE t.debit_minor END), "
        "SUM(CASE WHEN t.day < :since THEN 0 ELSE t.credit_minor END) "
        f"FROM accounts a {_days('t.day <= :until')} WHERE a.merchant_id = :merchant_id{_seen(hides)} "
        "GROUP BY a.id HAVING SUM(t.debit_minor + t.credit_minor) <> 0 ORDER BY a.id"
    )


@cache
def _category_turnovers(hides: bool) -> Sql:
    return Sql(
        "SELECT a.id, t.category_id, SUM(t.debit_minor), SUM(t.credit_minor) "
        f"FROM accounts a {_days('t.day BETWEEN :since AND :until')} "
        f"WHERE a.merchant_id = :merchant_id{_seen(hides)} GROUP BY a.id, t.category_id "
        "HAVING SUM(t.debit_minor + t.credit_minor) <> 0 ORDER BY a.id, t.category_id"
    )


@cache
def _entries(of_account: bool, hides: bool) -> Sql:
    """Vouchers on their own days, and merged into them those the hub moved: each half reads in an index's order."""
    kept = f" AND {SEES_VOUCHER}" if hides else ""
    if of_account:
        kept += (
            " AND EXISTS (SELECT 1 FROM postings o WHERE o.merchant_id = v.merchant_id AND o.voucher_id = v.id "
            "AND o.account_id = :account_id)"
        )
    return Sql(
        f"SELECT {_ENTRY_COLUMNS.format(day='v.business_date')} FROM vouchers v LEFT JOIN book_numbers b "
        f"ON b.merchant_id = v.merchant_id AND b.voucher_id = v.id {_LINES} WHERE v.merchant_id = :merchant_id "
        f"AND v.business_date BETWEEN :since AND :until AND b.booked_on IS NULL{kept} "
        "UNION ALL "
        f"SELECT {_ENTRY_COLUMNS.format(day='b.booked_on')} FROM {MOVED} CROSS JOIN postings l "
        f"WHERE {MOVED_INTO} AND l.merchant_id = v.merchant_id AND l.voucher_id = v.id{kept} "
        "ORDER BY 7, 9, 1, 25"
    )


def _seen(hides: bool) -> str:
    return f" AND {SEES_ACCOUNT}" if hides else ""


def _days(which: str) -> str:
    return f"JOIN day_totals t ON t.merchant_id = a.merchant_id AND t.account_id = a.id AND {which}"


def _line_of(rows: dict[str, Row], row: Row) -> list[Row]:
    """Return a category and what is above it, the root first."""
    line, met = [row], {row[0]}
    while (above := rows.get(line[-1][4])) is not None and above[0] not in met:
        line.append(above)
        met.add(above[0])
    return line[::-1]


def _entry(lines: list[Row]) -> Entry:
    row = lines[0]
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
