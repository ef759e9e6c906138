"""The books as one text that both Ledger and hledger read, ending with the balance of every account."""

from typing import BinaryIO, Final

from domain.books import Entry
from domain.ids import AccountId, CategoryId
from domain.money import Language
from domain.vouchers import Side
from exports.account_names import account_names
from exports.books import Books, BooksInconsistent
from exports.entry_facts import FACT_KEYS, entry_facts
from exports.plain_text import one_line, plain_amount

_NEIGHBOURS: Final = str.maketrans({";": ",", "[": "(", "]": ")", "|": "/"})
"""Signs that mean something inside a description or a comment: a comment, a date, a payee's end."""

_LONGEST: Final = 900
"""Letters that a text may have: Ledger refuses lines of 4,096 bytes, and a letter may have four."""

_CLOSING: Final = {Language.VI: "Số dư cuối kỳ", Language.EN: "Closing balances"}


def write_ledger(books: Books, stream: BinaryIO) -> int:
    """Write the books in UTF-8 and return the number of entries; reads the entries once.

    The description is `counterparty | memo`, the code is the printed number; a last transaction of nothing, dated the
    day after the last entry, asserts every balance. Accepted by `ledger --pedantic` (3.3) and `hledger check --strict`
    (1.25). Raises BooksInconsistent, UnplacedAccount.
    """
    names = account_names(books.chart)
    stream.write(_opening(books, names).encode())
    paths = books.category_paths()
    last_day = ""
    written = 0
    for entry in books.entries():
        stream.write(_transaction(entry, names, paths).encode())
        last_day = max(last_day, entry.booked_on)
        written += 1
    stream.write(_closing(books, names, last_day).encode())
    return written


def _opening(books: Books, names: dict[AccountId, str]) -> str:
    currencies = sorted({books.currency, *(account.currency for account in books.chart)})
    parts = [f"; {_shortened(_words(books.shop))} · {books.currency} · {books.export_day()}\n\n"]
    parts.extend(f"commodity {currency}\n" for currency in currencies)
    parts.extend(f"tag {key}\n" for key in FACT_KEYS if key != "number")
    for account in books.chart:
        name = _shortened(_words(account.name))
        parts.append(f"account {names[account.id]}\n" + (f"    note {name}\n" if name else ""))
    return "".join(parts)


def _transaction(entry: Entry, names: dict[AccountId, str], paths: dict[CategoryId, str]) -> str:
    code = _words(entry.number).replace("(", "").replace(")", "")
    said = [words for words in (_words(entry.counterparty), _words(entry.memo)) if words]
    parts = [f"\n{entry.booked_on} * ({code}) {_shortened(' | '.join(said)) or code}\n"]
    for key, value in entry_facts(entry, paths):
        if key != "number":
            parts.append(f"    ; {key}: {_shortened(_words(str(value)))}\n")
    for line in entry.lines:
        name = names.get(line.account_id)
        if name is None:
            raise BooksInconsistent(f"{entry.number} is on an account that the chart lacks: {line.account_id}")
        sign = "" if line.side is Side.DEBIT else "-"
        parts.append(f"    {name}  {sign}{plain_amount(line.amount_minor, entry.currency)} {entry.currency}\n")
    return "".join(parts)


def _closing(books: Books, names: dict[AccountId, str], last_day: str) -> str:
    if not books.chart:
        return ""
    parts = [f"\n{books.closing_day(last_day)} * {_CLOSING[books.language]}\n"]
    for account in books.chart:
        balance = plain_amount(account.balance_minor, account.currency)
        parts.append(f"    {names[account.id]}  0 {account.currency} = {balance} {account.currency}\n")
    return "".join(parts)


def _words(text: str) -> str:
    return one_line(text).translate(_NEIGHBOURS)


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
