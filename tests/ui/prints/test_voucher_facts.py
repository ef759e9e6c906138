"""From vouchers of the books and drafts to the sheets that are printed."""

from dataclasses import replace

import pytest

from domain.accounts import AccountType, Control, Regime
from domain.book_rows import LinkedVoucher, VoucherDetail, VoucherItem, VoucherLine, VoucherMark
from domain.drafts import Draft
from domain.ids import AccountId, CategoryId, DraftId, Instant, UserId, VoucherId
from domain.shop_settings import BookRules
from domain.vouchers import Party, Side, VoucherType
from ui.prints.voucher_facts import draft_sheet, voucher_sheet
from ui.prints.voucher_sheet import CodeAmount, Mark, SheetLine, Signers, VoucherSheet
from ui.texts import Texts

SHOP = "Tạp hoá Bà Na"
PROFILE = {
    "address": "12 Lê Lợi",
    "tax_code": "0312345678",
    "director": "Nguyễn Văn Bình",
    "chief_accountant": "Lê Thị Hoa",
    "treasurer": "Phạm Minh Đức",
}
RULES = BookRules(profile=PROFILE)
CASH = VoucherLine(AccountId("cash"), AccountType.CASH, None, "1111", "Két quầy", Side.DEBIT, 110_000)
SALES = VoucherLine(AccountId("sales"), AccountType.CONTROL, Control.SALES, "5111", "Doanh thu", Side.CREDIT, 100_000)
VAT = VoucherLine(AccountId("vat"), AccountType.CONTROL, Control.VAT_PAYABLE, "33311", "Thuế", Side.CREDIT, 10_000)
ITEM = VoucherItem(
    id=VoucherId("v1"),
    number="PT07B-26-000124",
    book_no=12,
    type=VoucherType.RECEIPT,
    business_date="2026-11-21",
    booked_on="2026-12-01",
    created_at=Instant(0),
    source_kind="manual",
    memo="Bán phế liệu",
    counterparty="Bà Sáu",
    category_id=CategoryId("c"),
    total_minor=110_000,
    currency="VND",
    mark=VoucherMark.MOVED,
    unsent=False,
    refused=False,
)
DETAIL = VoucherDetail(
    item=ITEM,
    lines=(CASH, SALES, VAT),
    source_id="d1",
    occurred_on="",
    party=Party("Bà Sáu", "Chợ Bến Thành"),
    attachments=2,
    payment_id=None,
    payment_reference="",
    actor="Chị Hoa",
    reverses=None,
    reversed_by=None,
)


def test_a_receipt_becomes_the_states_form_with_the_shop_its_codes_and_its_signers(vi: Texts) -> None:
    assert voucher_sheet(DETAIL, SHOP, RULES, vi) == VoucherSheet(
        kind=VoucherType.RECEIPT,
        shop_name=SHOP,
        shop_address="12 Lê Lợi",
        tax_code="0312345678",
        date="2026-11-21",
        number="PT07B-26-000124",
        amount_minor=110_000,
        currency="VND",
        form_no="01-TT",
        caption=vi.t("vouchers.caption.TT133"),
        book_no="07",
        debits=(CodeAmount("1111", 110_000),),
        credits=(CodeAmount("5111", 100_000), CodeAmount("33311", 10_000)),
        party_name="Bà Sáu",
        party_address="Chợ Bến Thành",
        reason="Bán phế liệu",
        attachments=2,
        signers=Signers("Nguyễn Văn Bình", "Lê Thị Hoa", "Phạm Minh Đức", "Chị Hoa"),
    )


@pytest.mark.parametrize("regime", Regime)
def test_each_regime_names_its_circular_and_a_household_shows_no_codes(vi: Texts, regime: Regime) -> None:
    sheet = voucher_sheet(DETAIL, SHOP, replace(RULES, regime=regime), vi)
    assert {Regime.TT133: "133/2016", Regime.TT99: "99/2025", Regime.TT152: "152/2025"}[regime] in sheet.caption
    assert sheet.household is (regime is Regime.TT152)
    assert bool(sheet.debits) is bool(sheet.credits) is (regime is not Regime.TT152)


def test_lines_of_one_code_are_one_amount(vi: Texts) -> None:
    lines = (CASH, replace(CASH, account_id=AccountId("other"), amount_minor=5_000), SALES)
    sheet = voucher_sheet(replace(DETAIL, lines=lines), SHOP, RULES, vi)
    assert sheet.debits == (CodeAmount("1111", 115_000),)


def test_a_transfer_is_printed_on_the_shops_own_form_with_its_table(vi: Texts, en: Texts) -> None:
    item = replace(ITEM, type=VoucherType.TRANSFER, number="PCK07B-26-000002")
    fee = replace(SALES, control=Control.FEES, code="6421", side=Side.DEBIT, amount_minor=1_000)
    detail = replace(DETAIL, item=item, lines=(replace(CASH, side=Side.CREDIT, amount_minor=1_000), fee), attachments=0)
    sheet = voucher_sheet(detail, SHOP, RULES, vi)
    assert (sheet.form_no, sheet.caption, sheet.book_no, sheet.debits, sheet.attachments) == ("", "", "", (), None)
    assert sheet.lines == (
        SheetLine("1111", "Két quầy", 0, 1_000),
        SheetLine("6421", "Phí thanh toán và ngân hàng", 1_000, 0),
    )
    household = voucher_sheet(detail, SHOP, replace(RULES, regime=Regime.TT152), en)
    assert [(line.code, line.account) for line in household.lines] == [
        ("", "Két quầy"),
        ("", "Payment and bank fees"),
    ]


@pytest.mark.parametrize("is_copy", [False, True])
def test_a_voided_voucher_names_its_reversal_on_the_original_and_on_copies(vi: Texts, is_copy: bool) -> None:
    detail = replace(
        DETAIL,
        item=replace(ITEM, mark=VoucherMark.VOIDED),
        reversed_by=LinkedVoucher(VoucherId("v2"), "PT07B-26-000130"),
    )
    sheet = voucher_sheet(detail, SHOP, RULES, vi, is_copy=is_copy)
    assert sheet.marks == ((Mark.COPY, Mark.VOIDED) if is_copy else (Mark.VOIDED,))
    assert sheet.reversal_number == "PT07B-26-000130"


def test_an_original_has_no_mark_and_a_copy_has_one(vi: Texts) -> None:
    assert voucher_sheet(DETAIL, SHOP, RULES, vi).marks == ()
    assert voucher_sheet(DETAIL, SHOP, RULES, vi, is_copy=True).marks == (Mark.COPY,)


def test_a_draft_has_no_number_and_says_that_it_is_one(vi: Texts) -> None:
    draft = Draft(
        DraftId("d"),
        VoucherType.PAYMENT,
        "2026-11-21",
        Instant(0),
        Instant(0),
        UserId("u"),
        memo="Tiền nhà",
        party=Party("Bà Sáu"),
    )
    lines = (replace(CASH, side=Side.CREDIT), replace(CASH, control=Control.EXPENSES, code="6422"))
    sheet = draft_sheet(draft, lines, SHOP, "VND", RULES, vi, maker="Lan")
    assert (sheet.number, sheet.book_no, sheet.form_no) == ("", "", "02-TT")
    assert sheet.marks == (Mark.DRAFT,)
    assert (sheet.amount_minor, sheet.reason, sheet.signers.maker) == (110_000, "Tiền nhà", "Lan")
    assert (sheet.debits, sheet.credits) == ((CodeAmount("6422", 110_000),), (CodeAmount("1111", 110_000),))


def test_a_shop_without_a_profile_prints_all_the_same(vi: Texts) -> None:
    sheet = voucher_sheet(DETAIL, SHOP, BookRules(), vi)
    assert (sheet.shop_address, sheet.tax_code, sheet.signers.director) == ("", "", "")
