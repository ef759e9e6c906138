"""A bank's statement as CSV: no layout is published, so columns are known by their heads or told by a person."""

import csv
import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from domain.errors import ErrorCode, RuleBroken
from domain.ids import Instant
from domain.money import EXPONENTS
from server.bank_statements.statement import (
    MAX_LINES,
    MAX_NAME,
    MAX_TEXT,
    BankStatement,
    Columns,
    ColumnsUnknown,
    StatementLine,
    amount_of,
    day_of,
    instant_of,
    summed,
    unreadable,
)
from server.rails.vietnam_time import VIETNAM

HEADS: Final[Mapping[str, tuple[str, ...]]] = {
    "date": (
        "ngay giao dich",
        "ngay gd",
        "ngay",
        "ngay hieu luc",
        "ngay hach toan",
        "thoi gian giao dich",
        "thoi gian",
        "transaction date",
        "posting date",
        "booking date",
        "value date",
        "date",
        "time",
    ),
    "reference": (
        "so tham chieu",
        "ma tham chieu",
        "so giao dich",
        "ma giao dich",
        "ma gd",
        "so but toan",
        "but toan",
        "so ct",
        "so chung tu",
        "transaction no",
        "transaction number",
        "transaction id",
        "reference no",
        "reference number",
        "reference",
        "ref no",
    ),
    "debit": (
        "ghi no",
        "phat sinh no",
        "so tien ghi no",
        "tien ra",
        "rut ra",
        "no",
        "debit",
        "debit amount",
        "withdrawal",
    ),
    "credit": (
        "ghi co",
        "phat sinh co",
        "so tien ghi co",
        "tien vao",
        "gui vao",
        "co",
        "credit",
        "credit amount",
        "deposit",
    ),
    "amount": ("so tien", "so tien giao dich", "gia tri", "amount", "transaction amount"),
    "balance": ("so du", "so du sau giao dich", "so du cuoi", "balance", "running balance", "closing balance"),
    "text": (
        "dien giai",
        "noi dung",
        "noi dung giao dich",
        "noi dung chi tiet",
        "mo ta",
        "mo ta giao dich",
        "chi tiet",
        "chi tiet giao dich",
        "description",
        "details",
        "transaction details",
        "remark",
        "remarks",
        "narrative",
        "content",
    ),
}
"""What banks call their columns, without diacritics and signs; the earlier of several heads in one row counts."""

DELIMITERS: Final = (",", ";", "\t")
SAMPLE_ROWS: Final = 6

_TOP_ROWS: Final = 40
_MOST_COLUMNS: Final = 60
_MOST_ROWS: Final = MAX_LINES + _TOP_ROWS + 60
_DAY_FIRST: Final = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[ T,]+(.*))?")
_YEAR_FIRST: Final = re.compile(r"(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})(?:[ T,]+(.*))?")
_CLOCK: Final = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d))?(?:[.,]\d+)?")
_GROUPED: Final = re.compile(r"\d{1,3}(?:([.,' ])\d{3})(?:\1\d{3})*")
_ACCOUNT_HEAD: Final = re.compile(r"(?:so )?(?:tai khoan|tk)|account(?: no| number)?|(?:so )?(?:tai khoan|tk) so")
_ACCOUNT: Final = re.compile(r"\d{6,19}")


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of the table, and the line of the file where it ends."""

    line: int
    cells: tuple[str, ...]

    def cell(self, columns: Columns, name: str) -> str:
        place = columns.get(name, -1)
        return self.cells[place].strip() if 0 <= place < len(self.cells) else ""


def read_csv(text: str, currency: str, columns: Columns | None = None) -> BankStatement:
    """Return the statement of a table; `columns` is what a person said of it, None to go by the heads.

    Raises RuleBroken: ColumnsUnknown where no row of heads is known, STATEMENT_UNREADABLE, STATEMENT_SUMS where the
    balances of the rows do not follow from their amounts.
    """
    rows = _rows(text)
    if columns is None:
        begin, columns = _heads(rows)
    else:
        begin = 0
        if not _are_enough(columns):
            raise _unknown(rows)
    read = [_read(row, columns, currency) for row in rows[begin:]]
    found = [each for each in read if each is not None]
    if not found:
        unreadable(0)
    if begin and not _tells_direction(rows[begin:], columns):
        raise _unknown(rows)
    if len(found) > MAX_LINES:
        raise RuleBroken(ErrorCode.STATEMENT_TOO_LARGE)
    lines = tuple(replace(line, position=number) for number, (line, _) in enumerate(found, start=1))
    opening, closing = _balances(lines, [balance for _, balance in found])
    above = begin + next(number for number, each in enumerate(read) if each is not None)
    return summed(BankStatement(_account(rows[:above]), "", opening, closing, lines))


def folded(text: str) -> str:
    """Return a text as heads are compared: no diacritics, no signs, small letters, single blanks."""
    plain = unicodedata.normalize("NFKD", text.replace("đ", "d").replace("Đ", "D"))
    letters = "".join(each for each in plain if not unicodedata.combining(each)).lower()
    return re.sub(r"[^a-z0-9]+", " ", letters).strip()


def _rows(text: str) -> list[_Row]:
    """Read the table with the delimiter under which its heads are known, else with the one that stands there most.

    A quote that nobody closes would take the rows after it into its cell: it is refused.
    """
    top = text.splitlines()[:_TOP_ROWS]
    delimiter = max(
        DELIMITERS, key=lambda each: (any(_heads_in(line, each) for line in top), "\n".join(top).count(each))
    )
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[_Row] = []
    try:
        for cells in reader:
            if len(rows) > _MOST_ROWS:
                raise RuleBroken(ErrorCode.STATEMENT_TOO_LARGE)
            if len(cells) > _MOST_COLUMNS:
                unreadable(reader.line_num)
            if any(cell.strip() for cell in cells):
                rows.append(_Row(reader.line_num, tuple(cells)))
    except csv.Error:
        unreadable(reader.line_num)
    if not rows:
        unreadable(0)
    return rows


def _heads(rows: Sequence[_Row]) -> tuple[int, Columns]:
    """Return where the movements begin, and what stands in which column."""
    for number, row in enumerate(rows[:_TOP_ROWS], start=1):
        columns = _named(row.cells)
        if _are_enough(columns):
            return number, columns
    raise _unknown(rows)


def _unknown(rows: Sequence[_Row]) -> ColumnsUnknown:
    """Return what a person is asked: they are shown the table, and not what stands above it."""
    fullest = sorted(rows[:_TOP_ROWS], key=lambda row: -sum(cell.strip() != "" for cell in row.cells))
    return ColumnsUnknown([row.cells for row in fullest[:SAMPLE_ROWS]])


def _heads_in(line: str, delimiter: str) -> bool:
    """Whether a line of the file is the row of heads, where this stands between its columns."""
    return _are_enough(_named([cell.strip(' "') for cell in line.split(delimiter)[:_MOST_COLUMNS]]))


def _are_enough(columns: Columns) -> bool:
    """Whether movements can be read from these columns."""
    return {"date", "text"} <= set(columns) and bool({"credit", "amount"} & set(columns))


def _tells_direction(rows: Sequence[_Row], columns: Columns) -> bool:
    """Whether a table says which way money went: by a column, by a sign, or by the balance, which is checked."""
    if {"credit", "balance"} & set(columns):
        return True
    return any(re.search(r"[-+(]", row.cell(columns, "amount")) for row in rows)


def _named(cells: Sequence[str]) -> dict[str, int]:
    """Return the columns that a row of heads names; a bilingual head (`Ghi có / Credit`) is known by either half."""
    halves = [(folded(cell), *(folded(half) for half in re.split(r"[/\n(|]", cell))) for cell in cells]
    columns: dict[str, int] = {}
    for name, known in HEADS.items():
        ranks = {
            place: min(known.index(half) for half in cell if half in known)
            for place, cell in enumerate(halves)
            if set(cell) & set(known) and place not in columns.values()
        }
        if ranks:
            columns[name] = min(ranks, key=lambda place: (ranks[place], place))
    return columns


def _read(row: _Row, columns: Columns, currency: str) -> tuple[StatementLine, int | None] | None:
    """Return a row's movement and balance; None for what stands below or between: sums, notes, signatures."""
    when = " ".join(row.cell(columns, "date").split())
    if not re.search(r"\d", when):
        return None
    signed = _signed(row, columns, currency)
    if signed == 0:
        return None
    day, at = _moment(when, row.line)
    balance = row.cell(columns, "balance")
    line = StatementLine(
        0,
        day,
        abs(signed),
        signed > 0,
        " ".join(row.cell(columns, "reference").split())[:MAX_NAME],
        " ".join(row.cell(columns, "text").split())[:MAX_TEXT],
        at=at,
    )
    return line, _minor(balance, currency, row.line) if balance else None


def _signed(row: _Row, columns: Columns, currency: str) -> int:
    """Return what a row moves: its credit, its debit whatever its sign, else its one amount with its sign.

    A credit below zero is one that the bank took back.
    """
    credit, debit = row.cell(columns, "credit"), row.cell(columns, "debit")
    came, went = (_minor(text, currency, row.line) if text else 0 for text in (credit, debit))
    went = abs(went)
    if came and went:
        unreadable(row.line)
    if came or went or not (amount := row.cell(columns, "amount")):
        return came - went
    return _minor(amount, currency, row.line)


def _minor(text: str, currency: str, line: int) -> int:
    """Return the signed minor units of an amount as banks write it: `150,000`, `-55.000`, `150 000,00 VND`."""
    bare = re.sub(r"(?i)vnd|vnđ|[₫đ\u00a0\u202f]|" + currency, " ", text).strip()
    sign = -1 if bare.startswith(("-", "(")) or bare.endswith("-") else 1
    bare = bare.strip("+-() ")
    if bare in ("", "0"):
        return 0
    whole, places = bare, ""
    tail = re.fullmatch(r"(.*?)[.,](\d{1,2})", bare)
    if tail is not None:
        whole, places = tail[1], tail[2]
    if _GROUPED.fullmatch(whole):
        whole = re.sub(r"\D", "", whole)
    if not re.fullmatch(r"[0-9]{1,16}", whole):
        unreadable(line)
    if EXPONENTS.get(currency, 0) == 0 and places.strip("0"):
        unreadable(line)
    return sign * amount_of(f"{whole}.{places}" if places else whole, currency, line)


def _moment(text: str, line: int) -> tuple[str, Instant | None]:
    first = _DAY_FIRST.fullmatch(text)
    match = first or _YEAR_FIRST.fullmatch(text)
    if match is None:
        unreadable(line)
    year, month, day = (3, 2, 1) if first else (1, 2, 3)
    told = day_of(int(match[year]), int(match[month]), int(match[day]), line)
    clock = _CLOCK.fullmatch((match[4] or "").strip())
    if clock is None:
        return told, None
    try:
        at = datetime.fromisoformat(told).replace(
            hour=int(clock[1]), minute=int(clock[2]), second=int(clock[3] or 0), tzinfo=VIETNAM
        )
    except ValueError:
        unreadable(line)
    return told, instant_of(at)


def _balances(lines: Sequence[StatementLine], told: Sequence[int | None]) -> tuple[int | None, int | None]:
    """Return the first and the last balance where every row tells one; banks list the oldest or the newest first."""
    known = [each for each in told if each is not None]
    if not known or len(known) < len(told):
        return None, None
    signed = [line.signed_minor for line in lines]
    if all(known[n] == known[n - 1] + signed[n] for n in range(1, len(known))):
        return known[0] - signed[0], known[-1]
    if all(known[n - 1] == known[n] + signed[n - 1] for n in range(1, len(known))):
        return known[-1] - signed[-1], known[0]
    raise RuleBroken(ErrorCode.STATEMENT_SUMS)


def _account(top: Sequence[_Row]) -> str:
    """Return the account that the rows above the table name, empty where they name none."""
    for row in top:
        for place, cell in enumerate(row.cells):
            head, _, rest = cell.partition(":")
            if _ACCOUNT_HEAD.fullmatch(folded(head)):
                following = row.cells[place + 1] if place + 1 < len(row.cells) else ""
                found = _ACCOUNT.search(re.sub(r"[ .-]", "", rest or following))
                if found:
                    return found[0]
    return ""
