"""Reports as Excel workbooks, read back by another library."""

import io
from dataclasses import replace
from datetime import date

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from domain.books import Report, Row
from exports.table_csv import csv_digest
from exports.table_xlsx import SHEET_ROWS, write_xlsx
from tests.exports.sample_reports import REPORT, RISKY, RISKY_REPORT, WORDS

HEAD = 6
"""The row of the headings: title, shop, subtitle, days and an empty row stand above."""


def workbook(report: Report, sheet_rows: int = SHEET_ROWS) -> Workbook:
    """Return the workbook of a report as another library reads it."""
    stream = io.BytesIO()
    assert write_xlsx(report, stream, WORDS.__getitem__, sheet_rows=sheet_rows) == len(report.rows)
    return load_workbook(stream)


@pytest.fixture(scope="module")
def sheet() -> Worksheet:
    """The one sheet of the report."""
    book = workbook(REPORT)
    assert book.sheetnames == ["Sổ quỹ tiền mặt ngân hàng 2026"]
    return book.worksheets[0]


def test_title_shop_and_days_stand_above_the_table(sheet: Worksheet) -> None:
    assert [sheet.cell(row, 1).value for row in range(1, HEAD)] == [
        WORDS["report.title"],
        "Tạp hoá Bà Na",
        "Két tiền mặt",
        "01/03/2026 – 31/03/2026 · AUD",
        None,
    ]


def test_headings_stay_in_sight_and_are_printed_on_every_page(sheet: Worksheet) -> None:
    assert [cell.value for cell in sheet[HEAD]] == ["Ngày", "Diễn giải", "Số phiếu", "Số tiền"]
    assert all(cell.font.bold for cell in sheet[HEAD])
    assert sheet.freeze_panes == f"A{HEAD + 1}"
    assert sheet.print_title_rows == f"${HEAD}:${HEAD}"


def test_dates_are_dates_and_money_is_numbers(sheet: Worksheet) -> None:
    day, words, count, amount = sheet[HEAD + 1]
    assert (day.value.date(), day.number_format, day.is_date) == (date(2026, 3, 2), "dd/mm/yyyy", True)
    assert words.value == 'Bán "cà phê", trà; bánh\nngọt'
    assert (count.value, count.data_type) == (3, "n")
    assert (amount.value, amount.data_type, amount.number_format) == (1_234_567.05, "n", "#,##0.00")
    assert sheet.cell(HEAD + 2, 4).value == -0.05


def test_the_largest_amount_is_exact_and_a_larger_one_is_text(sheet: Worksheet) -> None:
    assert sheet.cell(HEAD + 3, 4).value == 90_000_000_000_000
    beyond = sheet.cell(HEAD + 4, 4)
    assert (beyond.value, beyond.data_type) == ("90000000000000.01", "s")


def test_money_without_cents_has_no_decimals() -> None:
    rows = (*REPORT.rows, Row((None, "", None, 8_999_999_999_999_999)))
    sheet = workbook(replace(REPORT, currency="VND", rows=rows)).worksheets[0]
    amount = sheet.cell(HEAD + 1, 4)
    assert (amount.value, amount.number_format) == (123_456_705, "#,##0")
    assert sheet.cell(HEAD + 5, 4).value == 8_999_999_999_999_999


def test_sums_are_strong_and_levels_indented(sheet: Worksheet) -> None:
    assert [sheet.cell(HEAD + 4, column).font.bold for column in (2, 3)] == [True, True]
    assert not sheet.cell(HEAD + 1, 2).font.bold
    assert (sheet.cell(HEAD + 2, 2).alignment.indent, sheet.cell(HEAD + 2, 3).alignment.indent) == (2, 0)


def test_columns_are_as_wide_as_their_words(sheet: Worksheet) -> None:
    widths = {letter: sheet.column_dimensions[letter].width for letter in "ABD"}
    assert widths["A"] >= len("2026-03-02")
    assert widths["B"] >= len('Bán "cà phê", trà; bánh\nngọt')
    assert widths["D"] >= len("90,000,000,000,000.01")


def test_rows_and_the_sum_of_the_content_stand_below(sheet: Worksheet) -> None:
    assert [sheet.cell(HEAD + 5, column).value for column in (1, 2)] == ["Số dòng", 4]
    assert [sheet.cell(HEAD + 6, column).value for column in (1, 2)] == [
        "SHA-256",
        csv_digest(REPORT, WORDS.__getitem__),
    ]
    assert sheet.max_row == HEAD + 6


def test_no_text_becomes_a_formula_or_a_link(sheet: Worksheet) -> None:
    risky = workbook(RISKY_REPORT).worksheets[0]
    cells = [risky.cell(HEAD + at, 2) for at in range(1, len(RISKY) + 1)]
    assert [(cell.value, cell.data_type) for cell in cells] == [(words.replace("\r", "\n"), "s") for words in RISKY]
    assert sheet.cell(HEAD + 3, 2).hyperlink is None


def test_letters_that_no_workbook_can_hold_are_left_out() -> None:
    sheet = workbook(replace(REPORT, rows=(Row((None, "a\x00b\uffffc", None, None)),))).worksheets[0]
    assert sheet.cell(HEAD + 1, 2).value == "abc"


def test_a_long_report_goes_on_in_the_next_sheet() -> None:
    rows = tuple(Row((None, f"dòng {at}", at, at)) for at in range(7_000))
    book = workbook(replace(REPORT, rows=rows), sheet_rows=4_000)
    assert [sheet.title for sheet in book.worksheets] == [
        "Sổ quỹ tiền mặt ngân hàng 2026",
        "Sổ quỹ tiền mặt ngân hàng 202 2",
    ]
    numbers = [row[0] for sheet in book.worksheets for row in sheet.iter_rows(HEAD + 1, None, 3, 3, values_only=True)]
    assert [number for number in numbers if number is not None] == list(range(7_000))
    assert all(sheet.max_row <= 4_000 and sheet.freeze_panes == f"A{HEAD + 1}" for sheet in book.worksheets)


def test_an_empty_report_is_a_workbook_too() -> None:
    sheet = workbook(replace(REPORT, rows=())).worksheets[0]
    assert [sheet.cell(HEAD + 1, column).value for column in (1, 2)] == ["Số dòng", 0]
