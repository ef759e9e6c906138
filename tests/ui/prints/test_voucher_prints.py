"""A printed voucher is one right page of the right form, and every word and figure on it can be read and copied."""

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtGui import QPageLayout, QPageSize
from PySide6.QtPrintSupport import QPrinter

from domain.money import MAX_MINOR, Language, format_minor
from domain.vouchers import VoucherType
from domain.words import WordStyle, amount_in_words
from tests.ui.prints.printed_pages import Page, plain, read_pages
from tests.ui.prints.sheet_samples import (
    ADJUSTMENT,
    EVERY_KIND,
    HOUSEHOLD,
    LONG_ADDRESS,
    LONG_NAME,
    PAYMENT,
    RECEIPT,
    TRANSFER,
    lengthened,
    marked,
    with_lines,
)
from ui.prints.paper import PaperRefused
from ui.prints.voucher_sheet import CodeAmount, Mark, Signers, VoucherSheet
from ui.prints.vouchers import VoucherPaper, print_voucher, write_voucher_pdf
from ui.texts import Texts

KINDS = pytest.mark.parametrize("sheet", EVERY_KIND, ids=[sheet.kind.name for sheet in EVERY_KIND])
LANGUAGES = pytest.mark.parametrize("language", Language)
SAFE = 5.0
"""Millimetres along the edge on which some printers print nothing."""


def printed(folder: Path, texts: Texts, *sheets: VoucherSheet, paper: VoucherPaper = VoucherPaper.A5) -> list[Page]:
    path = folder / "vouchers.pdf"
    write_voucher_pdf(path, sheets, texts, paper)
    return read_pages(path)


def facts_of(sheet: VoucherSheet, language: Language) -> list[str]:
    """Every fact of a sheet as it must stand on paper."""
    facts = [sheet.shop_name, sheet.shop_address, sheet.tax_code, sheet.number, sheet.reason, sheet.caption]
    facts += [sheet.form_no, sheet.party_name, sheet.party_address, sheet.book_no]
    facts += [sheet.signers.director, sheet.signers.chief_accountant, sheet.signers.maker]
    facts += [format_minor(sheet.amount_minor, sheet.currency, language)]
    facts += [amount_in_words(sheet.amount_minor, sheet.currency, language)]
    for line in sheet.lines:
        figures = format_minor(line.debit_minor or line.credit_minor, sheet.currency, language, symbol=False)
        facts.append(f"{line.code} {line.account} {figures}")
    facts += [entry.code for entry in (*sheet.debits, *sheet.credits)]
    return [plain(fact) for fact in facts if fact]


def assert_inside(pages: Sequence[Page]) -> None:
    """No letter begins beyond the part of the paper that every printer prints."""
    for page in pages:
        for run in page.runs:
            assert run.starts[0] >= SAFE, run.text
            assert run.starts[-1] <= page.width - SAFE, run.text
            assert SAFE <= run.down <= page.height - SAFE, run.text


@KINDS
@LANGUAGES
def test_a_voucher_is_one_page_of_a5_with_every_fact_on_it(
    tmp_path: Path, sheet: VoucherSheet, language: Language
) -> None:
    (page,) = pages = printed(tmp_path, Texts(language), sheet)
    assert page.width == pytest.approx(210, abs=0.5)
    assert page.height == pytest.approx(148, abs=0.5)
    assert [fact for fact in facts_of(sheet, language) if fact not in page.text] == []
    assert "\ufffd" not in page.text
    assert_inside(pages)


@KINDS
@LANGUAGES
def test_long_names_are_wrapped_and_nothing_is_cut(tmp_path: Path, sheet: VoucherSheet, language: Language) -> None:
    long = lengthened(sheet)
    (page,) = pages = printed(tmp_path, Texts(language), long)
    assert [fact for fact in (LONG_NAME, LONG_ADDRESS, long.reason) if plain(fact) not in page.text] == []
    assert [figures for figures in facts_of(replace(long, lines=()), language) if figures not in page.text] == []
    for line in long.lines:
        figures = format_minor(line.debit_minor or line.credit_minor, "VND", language, symbol=False)
        assert [run.text for run in page.runs if run.text == figures], figures
    assert_inside(pages)


def test_an_endless_reason_still_ends_on_the_page(tmp_path: Path, vi: Texts) -> None:
    reason = " ".join(f"mục{number}" for number in range(1_000))
    (page,) = pages = printed(tmp_path, vi, replace(RECEIPT, reason=reason))
    assert reason in page.text
    assert_inside(pages)


def test_a_word_wider_than_the_page_is_broken_and_kept(tmp_path: Path, vi: Texts) -> None:
    word = "0123456789" * 30
    (page,) = pages = printed(tmp_path, vi, replace(RECEIPT, reason=word))
    assert word in page.text.replace(" ", "")
    assert_inside(pages)


def test_letters_beyond_the_basic_plane_do_not_shift_a_broken_word(tmp_path: Path, vi: Texts) -> None:
    word = "\U0001d7cf" * 40 + "0123456789" * 25  # these letters count twice in Qt
    (page,) = printed(tmp_path, vi, replace(RECEIPT, reason=word))
    assert "0123456789" * 25 in page.text.replace(" ", "")


def test_the_receipt_has_the_words_of_form_01_tt(tmp_path: Path, vi: Texts) -> None:
    (page,) = printed(tmp_path, vi, RECEIPT)
    in_order = [
        "Đơn vị: Cửa hàng Bánh mì Bà Năm",
        "Mẫu số 01-TT (Ban hành kèm theo Thông tư số 133/2016/TT-BTC",
        "PHIẾU THU Ngày 21 tháng 11 năm 2026",
        "Quyển số: 01 Số: PT01A-26-000124 Nợ: 1111 Có: 5111: 1.122.334; 33311: 112.233",
        "Họ và tên người nộp tiền: Trần Thị Ngọc Ánh Địa chỉ: 45 Hai Bà Trưng, Quận 1",
        "Lý do nộp: Thu tiền bán hàng (hoá đơn -0124)",
        "Số tiền: 1.234.567 ₫ (Viết bằng chữ): Một triệu hai trăm ba mươi bốn nghìn năm trăm sáu mươi bảy đồng.",
        "Kèm theo: 2 chứng từ gốc.",
        "Giám đốc (Ký, họ tên, đóng dấu) Kế toán trưởng (Ký, họ tên) Người nộp tiền (Ký, họ tên) "
        "Người lập phiếu (Ký, họ tên) Thủ quỹ (Ký, họ tên)",
        "Đã nhận đủ số tiền (viết bằng chữ):",
    ]
    places = [page.text.find(part) for part in in_order]
    assert -1 not in places
    assert places == sorted(places)


def test_the_payment_has_the_words_of_form_02_tt(tmp_path: Path, vi: Texts) -> None:
    (page,) = printed(tmp_path, vi, PAYMENT)
    for part in (
        "Mẫu số 02-TT",
        "PHIẾU CHI",
        "Họ và tên người nhận tiền: Trần Thị Ngọc Ánh",
        "Lý do chi: Chi tiền thuê mặt bằng tháng 11",
        "Nợ: 6422 Có: 1111",
        "Thủ quỹ (Ký, họ tên) Người lập phiếu (Ký, họ tên) Người nhận tiền (Ký, họ tên)",
    ):
        assert part in page.text


@pytest.mark.parametrize(("sheet", "title"), [(TRANSFER, "PHIẾU CHUYỂN KHOẢN"), (ADJUSTMENT, "PHIẾU KẾ TOÁN")])
def test_the_shops_own_forms_have_a_table_with_its_sums(
    tmp_path: Path, vi: Texts, sheet: VoucherSheet, title: str
) -> None:
    (page,) = printed(tmp_path, vi, sheet)
    total = vi.money(sheet.amount_minor, symbol=False)
    assert title in page.text
    assert "Số hiệu TK Tên tài khoản Nợ Có" in page.text
    assert f"Cộng {total} {total}" in page.text
    assert "Mẫu số" not in page.text
    assert "Thủ quỹ" not in page.text


def test_the_english_form_has_english_words_and_the_same_number(tmp_path: Path, en: Texts) -> None:
    (page,) = printed(tmp_path, en, RECEIPT)
    for part in (
        "RECEIPT VOUCHER Date 21/11/2026",
        "Form 01-TT",
        "Received from: Trần Thị Ngọc Ánh",
        "Amount: 1,234,567 ₫ (In words): One million two hundred thirty-four thousand five hundred sixty-seven dong.",
        "Attached: 2 original documents.",
        "Director (Signature, name, seal) Chief accountant",
    ):
        assert part in page.text


def test_a_shop_without_a_chart_of_accounts_shows_no_codes(tmp_path: Path, vi: Texts) -> None:
    (page,) = printed(tmp_path, vi, HOUSEHOLD)
    assert "Hộ kinh doanh: Cửa hàng" in page.text
    assert "Người đại diện hộ kinh doanh (Ký, họ tên, đóng dấu) Người nộp tiền" in page.text
    for word in ("Nợ:", "Có:", "Đơn vị:", "Giám đốc", "Kế toán trưởng"):
        assert word not in page.text
    lines = tuple(replace(line, code="") for line in TRANSFER.lines)
    (page,) = printed(tmp_path, vi, replace(TRANSFER, lines=lines))
    assert "Số hiệu TK" not in page.text
    assert "Tên tài khoản Nợ Có Tiền gửi Vietcombank" in page.text


def test_what_is_not_known_is_left_to_be_written_by_hand(tmp_path: Path, vi: Texts) -> None:
    bare = VoucherSheet(VoucherType.PAYMENT, "Cửa hàng", "2026-01-02", "PC01A-26-000001", 5, "VND")
    (page,) = printed(tmp_path, vi, bare)
    assert "Đơn vị: Cửa hàng PHIẾU CHI Ngày 02 tháng 01 năm 2026 Quyển số: Số: PC01A-26-000001" in page.text
    assert "Họ và tên người nhận tiền: Địa chỉ: Lý do chi: Số tiền: 5 ₫" in page.text
    assert "Kèm theo: …………… chứng từ gốc." in page.text
    assert "Mã số thuế" not in page.text


def test_cents_are_written_in_figures_and_words(tmp_path: Path) -> None:
    sheet = replace(RECEIPT, currency="AUD", amount_minor=123_450, credits=())
    (page,) = printed(tmp_path, Texts(Language.EN, currency="AUD"), sheet)
    assert "Amount: 1,234.50 A$" in page.text
    assert "One thousand two hundred thirty-four Australian dollars and fifty cents." in page.text


def test_the_words_follow_the_shops_style(tmp_path: Path, vi: Texts) -> None:
    path = tmp_path / "v.pdf"
    write_voucher_pdf(path, [replace(RECEIPT, amount_minor=10_000)], vi, style=WordStyle(even=True))
    assert "Mười nghìn đồng chẵn." in read_pages(path)[0].text


def test_a_copy_says_so_across_the_page_below_its_text(tmp_path: Path, vi: Texts) -> None:
    (page,) = printed(tmp_path, vi, marked(RECEIPT, Mark.COPY))
    assert page.runs[0].text == "BẢN SAO"
    assert [fact for fact in facts_of(RECEIPT, Language.VI) if fact not in page.text] == []
    (original,) = printed(tmp_path, vi, RECEIPT)
    assert "BẢN SAO" not in original.text


@KINDS
def test_a_voided_voucher_names_its_reversal(tmp_path: Path, vi: Texts, en: Texts, sheet: VoucherSheet) -> None:
    voided = marked(sheet, Mark.VOIDED)
    (page,) = printed(tmp_path, vi, voided)
    assert page.text.startswith(f"ĐÃ HUỶ Huỷ bằng phiếu {voided.reversal_number} Đơn vị")
    (page,) = printed(tmp_path, en, marked(sheet, Mark.VOIDED, Mark.COPY))
    assert page.text.startswith(f"VOIDED Reversed by {voided.reversal_number} COPY Company")


def test_a_draft_has_no_number(tmp_path: Path, vi: Texts, en: Texts) -> None:
    draft = marked(RECEIPT, Mark.DRAFT)
    (page,) = printed(tmp_path, vi, draft)
    assert page.runs[0].text == "NHÁP"
    assert RECEIPT.number not in page.text
    assert printed(tmp_path, en, draft)[0].runs[0].text == "DRAFT"


def test_a_long_table_goes_on_over_further_pages_and_is_summed_on_the_last(tmp_path: Path, vi: Texts) -> None:
    sheet = with_lines(60)
    pages = printed(tmp_path, vi, sheet)
    assert len(pages) > 2
    whole = " ".join(page.text for page in pages)
    for index, line in enumerate(sheet.lines):
        figures = vi.money(line.debit_minor or line.credit_minor, symbol=False)
        assert whole.count(f"{line.code} {line.account} {figures}") == 1, index
    for number, page in enumerate(pages, start=1):
        assert f"Tờ: {number}/{len(pages)}" in page.text
        assert sheet.number in page.text
        assert "Số hiệu TK" in page.text
    closing = [("Cộng" in page.text, "Giám đốc" in page.text, "Viết bằng chữ" in page.text) for page in pages]
    assert closing == [(False,) * 3] * (len(pages) - 1) + [(True,) * 3]
    assert_inside(pages)


@pytest.mark.parametrize("count", range(2, 26))
def test_no_length_of_table_runs_over_the_page(tmp_path: Path, vi: Texts, count: int) -> None:
    pages = printed(tmp_path, vi, with_lines(count))
    assert_inside(pages)
    assert sum(page.text.count("Tài khoản chi tiết") for page in pages) == count


def test_two_vouchers_share_an_a4_page(tmp_path: Path, vi: Texts) -> None:
    pages = printed(tmp_path, vi, RECEIPT, PAYMENT, TRANSFER, paper=VoucherPaper.A4_TWO_UP)
    assert len(pages) == 2
    for page in pages:
        assert page.width == pytest.approx(210, abs=0.5)
        assert page.height == pytest.approx(297, abs=0.5)
    assert pages[0].text.index(RECEIPT.number) < pages[0].text.index(PAYMENT.number)
    assert TRANSFER.number in pages[1].text
    assert RECEIPT.number not in pages[1].text


def test_several_vouchers_are_pages_of_one_file(tmp_path: Path, vi: Texts) -> None:
    pages = printed(tmp_path, vi, *EVERY_KIND)
    assert [sheet.number in page.text for sheet, page in zip(EVERY_KIND, pages, strict=True)] == [True] * 4


@pytest.mark.parametrize("amount", [11_111, 999_999_999_999_999, MAX_MINOR])
@LANGUAGES
def test_an_amount_is_never_torn(tmp_path: Path, amount: int, language: Language) -> None:
    split = (CodeAmount("5111", amount), CodeAmount("33311", amount))
    (page,) = printed(tmp_path, Texts(language), replace(RECEIPT, amount_minor=amount, credits=split))
    figures = format_minor(amount, "VND", language, symbol=False)
    assert sum(run.text.count(figures) for run in page.runs) == 3


def test_a_printer_prints_the_same_page(tmp_path: Path, vi: Texts) -> None:
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "printed.pdf"))
    print_voucher(printer, [RECEIPT, marked(PAYMENT, Mark.VOIDED)], vi)
    pages = read_pages(tmp_path / "printed.pdf")
    assert [page.text for page in pages] == [
        page.text for page in printed(tmp_path, vi, RECEIPT, marked(PAYMENT, Mark.VOIDED))
    ]
    assert [round(page.width) for page in pages] == [210, 210]


def test_the_printer_is_asked_for_the_paper(tmp_path: Path, vi: Texts) -> None:
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "printed.pdf"))
    printer.setPageSize(QPageSize(QPageSize.PageSizeId.Letter))
    print_voucher(printer, [RECEIPT], vi, VoucherPaper.A4_TWO_UP)
    assert printer.pageLayout().pageSize().id() is QPageSize.PageSizeId.A4
    assert printer.pageLayout().orientation() is QPageLayout.Orientation.Portrait
    assert printer.docName() == "Phiếu thu PT01A-26-000124"


@pytest.mark.qt_log_ignore("QPainter::begin", "QPdf", "QFSFileEngine", "QIODevice")
def test_a_printer_that_takes_nothing_is_reported(tmp_path: Path, vi: Texts) -> None:
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "no such folder" / "printed.pdf"))
    with pytest.raises(PaperRefused):
        print_voucher(printer, [RECEIPT], vi)


def test_a_file_that_cannot_be_written_is_reported_and_the_old_one_stays(tmp_path: Path, vi: Texts) -> None:
    with pytest.raises(OSError, match="no such folder"):
        write_voucher_pdf(tmp_path / "no such folder" / "v.pdf", [RECEIPT], vi)
    old = tmp_path / "v.pdf"
    old.write_bytes(b"old")
    (tmp_path / "v.pdf.part").mkdir()
    with pytest.raises(OSError, match=r"v\.pdf\.part"):
        write_voucher_pdf(old, [RECEIPT], vi)
    assert old.read_bytes() == b"old"


def test_nothing_to_print_is_refused(tmp_path: Path, vi: Texts) -> None:
    with pytest.raises(ValueError, match="no voucher"):
        write_voucher_pdf(tmp_path / "v.pdf", [], vi)


def test_names_are_printed_only_for_those_who_are_known(tmp_path: Path, vi: Texts) -> None:
    (page,) = printed(tmp_path, vi, replace(RECEIPT, signers=Signers(cashier="Phạm Minh Đức")))
    assert "Phạm Minh Đức" in page.text
    assert "Nguyễn Văn Bình" not in page.text


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler is not installed here")
@KINDS
@LANGUAGES
def test_another_reader_copies_out_the_same_facts(tmp_path: Path, sheet: VoucherSheet, language: Language) -> None:
    printed(tmp_path, Texts(language), sheet)
    command = ["pdftotext", "-raw", str(tmp_path / "vouchers.pdf"), "-"]
    text = plain(subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout)
    assert [fact for fact in facts_of(sheet, language) if fact not in text] == []
