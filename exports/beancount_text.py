"""The books as a Beancount file, ending with the balance of every account."""

from dataclasses import dataclass
from typing import BinaryIO

from domain.books import ChartAccount, Entry
from domain.ids import AccountId, CategoryId
from domain.vouchers import Side
from exports.account_names import account_names
from exports.books import Books, BooksInconsistent
from exports.entry_facts import entry_facts
from exports.plain_text import one_line, plain_amount


@dataclass(slots=True)
class _Span:
    """How many entries there are, the first day on each account, the last day of all."""

    count: int
    first_days: dict[AccountId, str]
    last_day: str


def write_beancount(books: Books, stream: BinaryIO) -> int:
    """Write the books in UTF-8 and return the number of entries; reads the entries twice.

    Each account opens on its own first day or on its first entry's, whichever is earlier; each balance is asserted
    without tolerance on the day after the last entry. Syntax:
    https://beancount.github.io/docs/beancount_language_syntax.html. Raises BooksInconsistent, UnplacedAccount.
    """
    names = account_names(books.chart)
    span = _span(books)
    stream.write(_opening(books, names, span).encode())
    paths = books.category_paths()
    written = 0
    for entry in books.entries():
        stream.write(_transaction(entry, names, paths).encode())
        written += 1
    if written != span.count:
        raise BooksInconsistent(f"{span.count} entries became {written} while they were read")
    stream.write(_closing(books, names, span).encode())
    return written


def _span(books: Books) -> _Span:
    span = _Span(0, {}, "")
    first_days = span.first_days
    for entry in books.entries():
        day = entry.booked_on
        span.count += 1
        span.last_day = max(span.last_day, day)
        for line in entry.lines:
            known = first_days.get(line.account_id)
            if known is None or day < known:
                first_days[line.account_id] = day
    return span


def _opening(books: Books, names: dict[AccountId, str], span: _Span) -> str:
    opened = {account.id: _opened(account, books, span) for account in books.chart}
    currencies = sorted({books.currency, *(account.currency for account in books.chart)})
    first = min(opened.values(), default=books.export_day())
    parts = [
        f"; {one_line(books.shop)} · {books.currency} · {books.export_day()}\n",
        f'option "title" {_quoted(books.shop)}\n',
        f'option "operating_currency" "{books.currency}"\n\n',
        *(f"{first} commodity {currency}\n" for currency in currencies),
    ]
    for account in books.chart:
        parts.append(f"\n{opened[account.id]} open {names[account.id]} {account.currency}\n")
        parts.append(f"  id: {_quoted(account.id)}\n  name: {_quoted(account.name)}\n")
        if account.code:
            parts.append(f"  code: {_quoted(account.code)}\n")
        if account.archived:
            parts.append("  archived: TRUE\n")
    return "".join(parts)


def _opened(account: ChartAccount, books: Books, span: _Span) -> str:
    days = [day for day in (account.opened_on, span.first_days.get(account.id)) if day]
    return min(days, default=books.export_day())


def _transaction(entry: Entry, names: dict[AccountId, str], paths: dict[CategoryId, str]) -> str:
    payee = f"{_quoted(entry.counterparty)} " if entry.counterparty else ""
    parts = [f"\n{entry.booked_on} * {payee}{_quoted(entry.memo)}\n"]
    for key, value in entry_facts(entry, paths):
        parts.append(f"  {key}: {value if isinstance(value, int) else _quoted(value)}\n")
    for line in entry.lines:
        name = names.get(line.account_id)
        if name is None:
            raise BooksInconsistent(f"{entry.number} is on an account that the chart lacks: {line.account_id}")
        sign = "" if line.side is Side.DEBIT else "-"
        parts.append(f"  {name}  {sign}{plain_amount(line.amount_minor, entry.currency)} {entry.currency}\n")
    return "".join(parts)


def _closing(books: Books, names: dict[AccountId, str], span: _Span) -> str:
    day = books.closing_day(span.last_day)
    # Without "~ 0" Beancount would let a balance with cents be wrong by one.
    return "\n" + "".join(
        f"{day} balance {names[account.id]}  {plain_amount(account.balance_minor, account.currency)} ~ 0"
        f" {account.currency}\n"
        for account in books.chart
    )


def _quoted(text: str) -> str:
    escaped = one_line(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
