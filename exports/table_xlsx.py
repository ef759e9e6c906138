"""A report as an Excel workbook: real dates and real numbers, nothing that runs."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from itertools import islice
from typing import BinaryIO, Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from domain.books import Cell, Column, Kind, Report, Row
from domain.money import EXPONENTS, MAX_MINOR
from exports.plain_text import one_line, plain_amount
from exports.table_csv import ROWS_KEY, csv_digest

SHEET_ROWS: Final = 1_048_576
"""Rows of a sheet, by Excel's limits; a longer report goes on in the next sheet."""

_LARGE: Final = 5_000
_SAMPLE: Final = 200
_NARROWEST, _WIDEST = 8, 60
_DATE: Final = "dd/mm/yyyy"
_NOT_IN_XML: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NOT_IN_A_NAME: Final = re.compile(r"[\[\]:*?/\\']")
_AT_RIGHT: Final = frozenset({Kind.MONEY, Kind.NUMBER})


def write_xlsx(report: Report, stream: BinaryIO, text: Callable[[str], str], *, sheet_rows: int = SHEET_ROWS) -> int:
    """Write a report and return the number of its rows; `text` is the catalogue: a key becomes a word.

    Above the table stand its title, the shop and the days; headings stay in sight. Money is a number in major units; an
    amount beyond MAX_MINOR, which a spreadsheet could not hold exactly, is written as text. Below the table stand the
    number of rows and the SHA-256 with which the same report as CSV ends.
    """
    large = len(report.rows) > _LARGE
    # Cells are written by kind, never by what their text looks like, so nothing can become a formula or a link.
    options = {"constant_memory": large, "in_memory": not large}
    with xlsxwriter.Workbook(stream, options) as book:
        _Writer(book, report, text).write(sheet_rows)
    return len(report.rows)


class _Writer:
    """Writes one report into one workbook, sheet after sheet."""

    def __init__(self, book: xlsxwriter.Workbook, report: Report, text: Callable[[str], str]) -> None:
        self._book = book
        self._report = report
        self._text = text
        self._title = text(report.title)
        self._money = "#,##0" + ("." + "0" * exponent if (exponent := EXPONENTS[report.currency]) else "")
        self._formats: dict[tuple[Kind, int, bool], Format] = {}
        self._first_text = next((at for at, column in enumerate(report.columns) if column.kind is Kind.TEXT), -1)
        self._widths = self._measure()

    def write(self, sheet_rows: int) -> None:
        rows = iter(self._report.rows)
        sheet, at = self._begin(1)
        room = sheet_rows - at - 2
        left = len(self._report.rows)
        number = 1
        while left > room:
            self._fill(sheet, at, islice(rows, room))
            left -= room
            number += 1
            sheet, at = self._begin(number)
        self._fill(sheet, at, rows)
        self._end(sheet, at + left)

    def _begin(self, number: int) -> tuple[Worksheet, int]:
        """Return a new sheet with its title and headings, and its first free row."""
        suffix = f" {number}" if number > 1 else ""
        name = one_line(_NOT_IN_A_NAME.sub(" ", self._clean(self._title)))[: 31 - len(suffix)].strip()
        sheet = self._book.add_worksheet(f"{name}{suffix}" if name else str(number))
        for column, width in enumerate(self._widths):
            sheet.set_column(column, column, width)
        sheet.write_string(0, 0, self._clean(self._title), self._book.add_format({"bold": True, "font_size": 14}))
        at = 1
        for line in (self._report.shop, self._report.subtitle, self._period()):
            if line:
                sheet.write_string(at, 0, self._clean(line))
                at += 1
        at += 1
        self._head(sheet, at)
        sheet.freeze_panes(at + 1, 0)
        sheet.repeat_rows(at)
        sheet.set_paper(9)  # A4
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        return sheet, at + 1

    def _period(self) -> str:
        days = [_day(day) for day in (self._report.since, self._report.until)]
        return f"{' – '.join(f'{day:%d/%m/%Y}' for day in days if day)} · {self._report.currency}".lstrip(" ·")

    def _head(self, sheet: Worksheet, at: int) -> None:
        looks = {"bold": True, "bottom": 1, "text_wrap": True, "valign": "vcenter"}
        left = self._book.add_format(looks)
        right = self._book.add_format({**looks, "align": "right"})
        for column, fact in enumerate(self._report.columns):
            heading = self._clean(self._text(fact.heading))
            sheet.write_string(at, column, heading, right if fact.kind in _AT_RIGHT else left)

    def _fill(self, sheet: Worksheet, at: int, rows: Iterator[Row]) -> None:
        columns = self._report.columns
        for line, row in enumerate(rows, start=at):
            for column, (cell, fact) in enumerate(zip(row.cells, columns, strict=True)):
                level = row.level if column == self._first_text else 0
                self._put(sheet, line, column, cell, fact, self._format(fact.kind, level, row.strong))

    def _put(
        self,
        sheet: Worksheet,
        line: int,
        column: int,
        cell: Cell,
        fact: Column,
        look: Format,
    ) -> None:
        if cell is None or cell == "":
            return
        if isinstance(cell, str):
            if fact.kind is Kind.DATE and (day := _day(cell)):
                sheet.write_datetime(line, column, day, look)
            else:
                sheet.write_string(line, column, self._clean(cell), look)
        elif abs(cell) > MAX_MINOR:
            exact = plain_amount(cell, self._report.currency) if fact.kind is Kind.MONEY else str(cell)
            sheet.write_string(line, column, exact, look)
        elif fact.kind is Kind.MONEY:
            exponent = EXPONENTS[self._report.currency]
            sheet.write_number(line, column, cell / 10**exponent if exponent else cell, look)
        else:
            sheet.write_number(line, column, cell, look)

    def _end(self, sheet: Worksheet, at: int) -> None:
        grey = self._book.add_format({"font_color": "#606060", "align": "left"})
        sheet.write_string(at, 0, self._clean(self._text(ROWS_KEY)), grey)
        sheet.write_number(at, 1, len(self._report.rows), grey)
        sheet.write_string(at + 1, 0, "SHA-256", grey)
        sheet.write_string(at + 1, 1, csv_digest(self._report, self._text), grey)

    def _format(self, kind: Kind, level: int, strong: bool) -> Format:
        key = (kind, level, strong)
        if key not in self._formats:
            shown = {Kind.MONEY: self._money, Kind.DATE: _DATE, Kind.NUMBER: "0", Kind.TEXT: "@"}[kind]
            looks: dict[str, object] = {"num_format": shown, "bold": strong, "indent": level}
            if kind in _AT_RIGHT:
                looks["align"] = "right"
            self._formats[key] = self._book.add_format(looks)
        return self._formats[key]

    def _measure(self) -> list[int]:
        """Return each column's width in letters, from its heading and the first rows."""
        report = self._report
        widths = [max(_NARROWEST, len(self._text(column.heading))) for column in report.columns]
        for row in islice(report.rows, _SAMPLE):
            for at, (cell, column) in enumerate(zip(row.cells, report.columns, strict=True)):
                widths[at] = max(widths[at], self._length(cell, column) + 2 * row.level * (at == self._first_text))
        return [min(width + 2, _WIDEST) for width in widths]

    def _length(self, cell: Cell, column: Column) -> int:
        if cell is None:
            return 0
        if isinstance(cell, str) or column.kind is not Kind.MONEY:
            return len(str(cell))
        written = plain_amount(cell, self._report.currency)
        return len(written) + len(written) // 3

    @staticmethod
    def _clean(text: str) -> str:
        return _NOT_IN_XML.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _day(text: str) -> date | None:
    """Return the day of `YYYY-MM-DD`, or None for anything else and for days that Excel does not have."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year >= 1900 else None
