"""A printed report keeps every figure and every minus, under headings that stand on each of its pages."""

import shutil
import subprocess
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtPrintSupport import QPrinter

from domain.books import Column, Kind, Report, Row
from domain.money import MAX_MINOR, Language
from tests.ui.prints.printed_pages import Page, plain, read_pages
from tests.ui.prints.sheet_samples import CASH_BOOK, LONG_NAME, TRIAL_BALANCE, long_report
from ui.prints.report_sheet import print_report, report_pdf_steps, write_report_pdf
from ui.texts import Texts

LANGUAGES = pytest.mark.parametrize("language", Language)


def printed(folder: Path, report: Report, texts: Texts) -> list[Page]:
    path = folder / "report.pdf"
    write_report_pdf(path, report, texts)
    return read_pages(path)


def figures_of(report: Report, texts: Texts) -> list[str]:
    """Every amount and number of a report as it must stand on paper, row by row."""
    return [
        texts.money(cell, symbol=False) if column.kind is Kind.MONEY else str(cell)
        for row in report.rows
        for cell, column in zip(row.cells, report.columns, strict=True)
        if isinstance(cell, int)
    ]


def printed_figures(pages: list[Page]) -> list[str]:
    return [run.text for page in pages for run in page.runs if run.font.startswith("Figures")]


@LANGUAGES
@pytest.mark.parametrize("report", [CASH_BOOK, TRIAL_BALANCE, long_report(50)], ids=["cash", "trial", "long"])
def test_every_figure_and_every_minus_is_on_paper_in_order(tmp_path: Path, report: Report, language: Language) -> None:
    texts = Texts(language)
    figures = figures_of(report, texts)
    assert any(figure.startswith("-") for figure in figures)
    assert printed_figures(printed(tmp_path, report, texts)) == figures


def test_the_head_names_shop_title_period_and_currency(tmp_path: Path, vi: Texts) -> None:
    (page,) = printed(tmp_path, CASH_BOOK, vi)
    assert page.text.startswith(
        "Cửa hàng Bánh mì Bà Năm Sổ quỹ Tiền mặt tại quầy 1 (1111) Từ ngày 01/11/2026 đến ngày 30/11/2026 "
        "Đơn vị tính: ₫ Ngày Số phiếu Nội dung Nợ Có Số dư sổ"
    )
    assert "02/11/2026 PT01A-26-000124 Thu tiền bán hàng 2.000.000 765.433" in page.text
    assert plain(f"Chi trả {LONG_NAME}") in page.text
    assert page.text.endswith("Trang 1/1")


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [
        ("2026-11-01", "2026-11-30", "From 01/11/2026 to 30/11/2026"),
        ("2026-11-30", "2026-11-30", "Day 30/11/2026"),
        ("", "2026-11-30", "Up to 30/11/2026"),
    ],
)
def test_the_period_is_told_in_words(tmp_path: Path, en: Texts, since: str, until: str, words: str) -> None:
    (page,) = printed(tmp_path, replace(CASH_BOOK, since=since, until=until), en)
    assert words in page.text


def test_few_columns_stand_upright_and_many_lie(tmp_path: Path, vi: Texts) -> None:
    (upright,) = printed(tmp_path, TRIAL_BALANCE, vi)
    (lying,) = printed(tmp_path, CASH_BOOK, vi)
    assert (round(upright.width), round(upright.height)) == (210, 297)
    assert (round(lying.width), round(lying.height)) == (297, 210)


def test_headings_and_page_numbers_stand_on_every_page_and_no_row_is_lost(tmp_path: Path, vi: Texts) -> None:
    report = long_report(150)
    pages = printed(tmp_path, report, vi)
    assert len(pages) > 3
    for number, page in enumerate(pages, start=1):
        assert "Ngày Số phiếu Nội dung" in page.text
        assert page.text.endswith(f"Trang {number}/{len(pages)}")
        assert max(run.down for run in page.runs) < page.height - 5
    numbers = [run.text for page in pages for run in page.runs if run.text.startswith("PT01A")]
    assert numbers == [row.cells[1] for row in report.rows]


def test_amounts_end_below_each_other_and_their_digits_are_of_one_width(tmp_path: Path, vi: Texts) -> None:
    rows = tuple(Row(("x", amount)) for amount in (1, 11, 1_111_111, -1_111_111, 8_888_888, 4_040_404, -7, 0))
    columns = (Column("vouchers.column.text", Kind.TEXT), Column("vouchers.column.amount", Kind.MONEY))
    report = Report("reports.cash_book", "Shop", "VND", "", "", columns, rows)
    (page,) = printed(tmp_path, report, vi)
    figures = [run for run in page.runs if run.font.startswith("Figures")]
    assert len(figures) == len(rows)
    assert len({round(run.starts[-1], 1) for run in figures}) == 1
    ones, eights = (run for run in figures if run.text in ("1.111.111", "8.888.888"))
    offset = eights.starts[0] - ones.starts[0]
    assert [start + offset for start in ones.starts] == pytest.approx(eights.starts, abs=0.02)
    assert offset == pytest.approx(0, abs=0.02)


def test_many_wide_columns_are_drawn_smaller_until_they_fit(tmp_path: Path, en: Texts) -> None:
    columns = (Column("vouchers.column.text", Kind.TEXT), *[Column("vouchers.debit", Kind.MONEY)] * 12)
    report = replace(CASH_BOOK, columns=columns, rows=(Row(("Cash", *[-MAX_MINOR] * 12), strong=True),) * 3)
    pages = printed(tmp_path, report, en)
    assert printed_figures(pages) == ["-9,000,000,000,000,000"] * 36
    starts = [start for run in pages[0].runs for start in (run.starts[0], run.starts[-1])]
    assert 5 < min(starts) < max(starts) < 292
    figures = [run for run in pages[0].runs if run.font.startswith("Figures")][:12]
    gaps = [after.starts[0] - before.starts[-1] for before, after in pairwise(figures)]
    assert min(gaps) > 1.5


@pytest.mark.parametrize("count", range(1, 15))
def test_a_heading_is_wrapped_between_words_only(tmp_path: Path, en: Texts, count: int) -> None:
    columns = (
        Column("vouchers.column.text", Kind.TEXT),
        *[Column("vouchers.column.number", Kind.NUMBER)] * count,
        *[Column("reconcile.book_balance", Kind.MONEY)] * count,
    )
    rows = (Row((LONG_NAME, *[1] * count, *[MAX_MINOR] * count)),)
    (page,) = printed(tmp_path, replace(CASH_BOOK, columns=columns, rows=rows), en)
    assert page.text.count("Number") == page.text.count("Book balance") == count


def test_a_row_is_indented_by_its_level(tmp_path: Path, vi: Texts) -> None:
    (page,) = printed(tmp_path, TRIAL_BALANCE, vi)
    left = {run.text: run.starts[0] for run in page.runs}
    assert left["1111 Tiền mặt"] - left["Tài sản"] == pytest.approx(4, abs=0.1)
    assert left["1121 Ngân hàng"] - left["Tài sản"] == pytest.approx(8, abs=0.1)


def test_a_report_without_rows_says_so(tmp_path: Path, vi: Texts) -> None:
    (page,) = printed(tmp_path, replace(CASH_BOOK, rows=()), vi)
    assert "Chưa có số liệu trong khoảng này." in page.text


def test_cents_are_written_where_the_currency_has_them(tmp_path: Path) -> None:
    report = replace(TRIAL_BALANCE, currency="AUD", rows=(Row(("Cash", 1, 123_450, -5)),))
    (page,) = printed(tmp_path, report, Texts(Language.EN, currency="AUD"))
    assert "Amounts in A$" in page.text
    assert printed_figures([page]) == ["1", "1,234.50", "-0.05"]


def test_a_long_report_lets_others_work_between_its_steps(tmp_path: Path, vi: Texts) -> None:
    path = tmp_path / "report.pdf"
    steps = []
    for step in report_pdf_steps(path, long_report(500), vi):
        assert not path.exists()
        steps.append(step)
    pages = len(read_pages(path))
    painted = [step.done for step in steps if step.pages]
    assert painted == list(range(1, pages + 1))
    assert {step.pages for step in steps} == {0, pages}


def test_a_report_that_is_given_up_leaves_no_file(tmp_path: Path, vi: Texts) -> None:
    steps = report_pdf_steps(tmp_path / "report.pdf", long_report(100), vi)
    next(steps)
    steps.close()
    assert list(tmp_path.iterdir()) == []


def test_a_printer_prints_the_same_pages(tmp_path: Path, vi: Texts) -> None:
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "printed.pdf"))
    report = long_report(60)
    print_report(printer, report, vi)
    pages = read_pages(tmp_path / "printed.pdf")
    assert [page.text for page in pages] == [page.text for page in printed(tmp_path, report, vi)]
    assert printer.docName() == "Sổ quỹ"


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler is not installed here")
@LANGUAGES
def test_another_reader_copies_out_the_same_figures(tmp_path: Path, language: Language) -> None:
    texts = Texts(language)
    for report in (CASH_BOOK, TRIAL_BALANCE):
        printed(tmp_path, report, texts)
        command = ["pdftotext", "-raw", str(tmp_path / "report.pdf"), "-"]
        words = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout.split()
        assert [figure for figure in figures_of(report, texts) if figure not in words] == []
