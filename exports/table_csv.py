"""A report as CSV that spreadsheets open without guessing and without running anything."""

import csv
import hashlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final

from domain.books import Cell, Column, Kind, Report
from exports.plain_text import plain_amount

ROWS_KEY: Final = "export.rows"
"""The text catalogue's key for the word before the number of rows."""

_BOM: Final = b"\xef\xbb\xbf"
_STARTS_A_FORMULA: Final = frozenset("=+-@＝＋－＠")
_STARTS_A_CELL: Final = frozenset("\t\r\n")


class _Lines:
    """Takes the CSV writer's lines, one at a time, and remembers what it was given."""

    def __init__(self, stream: BinaryIO | None) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()
        self.put(_BOM)

    def put(self, content: bytes) -> None:
        self.digest.update(content)
        if self._stream is not None:
            self._stream.write(content)

    def write(self, line: str) -> None:
        self.put(line.encode())


def write_csv(report: Report, stream: BinaryIO, text: Callable[[str], str], *, separator: str = ",") -> int:
    """Write a report and return the number of its rows; `text` is the catalogue: a key becomes a word.

    UTF-8 with a byte-order mark, lines end with CR LF, the first one holds the headings. Money is in major units with a
    plain point and the currency's decimals, dates are `YYYY-MM-DD`. A text that a spreadsheet could take for a formula
    gets an apostrophe before it (https://owasp.org/www-community/attacks/CSV_Injection); numbers stay numbers. The last
    but one line counts the rows, the last one holds the SHA-256 of all bytes above it.
    """
    lines = _Lines(stream)
    _write_table(report, lines, text, separator)
    csv.writer(lines, delimiter=separator).writerow(_footer(report, "SHA-256", lines.digest.hexdigest()))
    return len(report.rows)


def csv_digest(report: Report, text: Callable[[str], str]) -> str:
    """Return the SHA-256 that `write_csv` with commas ends with, in hex."""
    lines = _Lines(None)
    _write_table(report, lines, text, ",")
    return lines.digest.hexdigest()


def _write_table(report: Report, lines: _Lines, text: Callable[[str], str], separator: str) -> None:
    writer = csv.writer(lines, delimiter=separator)
    writer.writerow([_harmless(text(column.heading)) for column in report.columns])
    writer.writerows(_cells(report))
    writer.writerow(_footer(report, text(ROWS_KEY), str(len(report.rows))))


def _cells(report: Report) -> Iterator[list[str]]:
    for row in report.rows:
        yield [_written(cell, column, report) for cell, column in zip(row.cells, report.columns, strict=True)]


def _written(cell: Cell, column: Column, report: Report) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return _harmless(cell)
    return plain_amount(cell, report.currency) if column.kind is Kind.MONEY else str(cell)


def _harmless(text: str) -> str:
    risky = text[:1] in _STARTS_A_CELL or text.lstrip()[:1] in _STARTS_A_FORMULA
    return f"'{text}" if risky and text else text


def _footer(report: Report, *cells: str) -> list[str]:
    return [*cells, *[""] * (len(report.columns) - len(cells))]
