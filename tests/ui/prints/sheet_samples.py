"""Voucher sheets and reports as a shop prints them, short and long."""

from dataclasses import replace

from domain.books import Column, Kind, Report, Row
from domain.money import MAX_MINOR
from domain.vouchers import VoucherType
from ui.prints.voucher_sheet import CodeAmount, Mark, SheetLine, Signers, VoucherSheet

CAPTION = "(Ban hành kèm theo Thông tư số 133/2016/TT-BTC ngày 26/8/2016 của Bộ Tài chính)"
LONG_NAME = (
    "Công ty Trách nhiệm hữu hạn Một thành viên Thương mại Dịch vụ Sản xuất Xuất nhập khẩu Nguyễn Hoàng Phương Thảo "
    "và các cộng sự Khu vực Đồng bằng sông Cửu Long"
)
LONG_ADDRESS = (
    "Số 1234/56/78 đường Nguyễn Thị Minh Khai nối dài, tổ dân phố 12, khu phố Long Thạnh Mỹ, phường Long Trường, "
    "thành phố Thủ Đức, Thành phố Hồ Chí Minh, Việt Nam"
)

RECEIPT = VoucherSheet(
    kind=VoucherType.RECEIPT,
    shop_name="Cửa hàng Bánh mì Bà Năm",
    shop_address="12 Lê Lợi, phường Bến Thành, Thành phố Hồ Chí Minh",
    tax_code="0312345678-001",
    date="2026-11-21",
    number="PT01A-26-000124",
    amount_minor=1_234_567,
    currency="VND",
    form_no="01-TT",
    caption=CAPTION,
    book_no="01",
    debits=(CodeAmount("1111", 1_234_567),),
    credits=(CodeAmount("5111", 1_122_334), CodeAmount("33311", 112_233)),
    party_name="Trần Thị Ngọc Ánh",
    party_address="45 Hai Bà Trưng, Quận 1",
    reason="Thu tiền bán hàng (hoá đơn -0124)",
    attachments=2,
    signers=Signers("Nguyễn Văn Bình", "Lê Thị Hoa", "Phạm Minh Đức", "Võ Hoàng Yến"),
)
PAYMENT = replace(
    RECEIPT,
    kind=VoucherType.PAYMENT,
    number="PC01A-26-000031",
    form_no="02-TT",
    amount_minor=15_000_000,
    debits=(CodeAmount("6422", 15_000_000),),
    credits=(CodeAmount("1111", 15_000_000),),
    reason="Chi tiền thuê mặt bằng tháng 11",
    attachments=None,
)
TRANSFER = replace(
    RECEIPT,
    kind=VoucherType.TRANSFER,
    number="PCK01A-26-000007",
    form_no="",
    caption="",
    book_no="",
    amount_minor=48_500_000,
    debits=(),
    credits=(),
    party_name="",
    party_address="",
    reason="Nộp tiền mặt cuối ngày vào ngân hàng",
    attachments=1,
    lines=(
        SheetLine("1121", "Tiền gửi Vietcombank *** 5678", 48_500_000, 0),
        SheetLine("1111", "Tiền mặt tại quầy 1", 0, 48_500_000),
    ),
)
ADJUSTMENT = replace(
    TRANSFER,
    kind=VoucherType.ADJUSTMENT,
    number="PKT01A-26-000003",
    reason="Ghi nhận phí thanh toán tháng 11 theo sao kê",
    amount_minor=330_000,
    attachments=None,
    lines=(
        SheetLine("6421", "Phí thanh toán và ngân hàng", 300_000, 0),
        SheetLine("1331", "Thuế GTGT được khấu trừ", 30_000, 0),
        SheetLine("1121", "Tiền gửi Vietcombank *** 5678", 0, 330_000),
    ),
)
HOUSEHOLD = replace(
    RECEIPT,
    household=True,
    debits=(),
    credits=(),
    caption="(Ban hành kèm theo Thông tư số 152/2025/TT-BTC)",
    signers=Signers("Nguyễn Văn Bình"),
)
EVERY_KIND = (RECEIPT, PAYMENT, TRANSFER, ADJUSTMENT)


def lengthened(sheet: VoucherSheet) -> VoucherSheet:
    """The same voucher of a shop, a party and a reason with long names, over the largest amount of 15 digits."""
    amount = 999_999_999_999_999
    return replace(
        sheet,
        shop_name=LONG_NAME,
        shop_address=LONG_ADDRESS,
        party_name=LONG_NAME,
        party_address=LONG_ADDRESS,
        reason=f"Thanh toán công nợ (kỳ -1) cho {LONG_NAME}; giao tại {LONG_ADDRESS}",
        amount_minor=amount,
        debits=tuple(CodeAmount(entry.code, amount) for entry in sheet.debits),
        credits=tuple(CodeAmount(entry.code, amount // 2 + index) for index, entry in enumerate(sheet.credits)),
        lines=tuple(
            SheetLine(line.code, f"{line.account} {LONG_NAME}", amount if line.debit_minor else 0, line.credit_minor)
            for line in sheet.lines[:1]
        )
        + tuple(
            SheetLine(line.code, line.account, 0, amount // 2 + index) for index, line in enumerate(sheet.lines[1:])
        ),
        signers=Signers(*["Công Tằng Tôn Nữ Nguyễn Hoàng Phương Thảo Vy"] * 4),
    )


def with_lines(count: int) -> VoucherSheet:
    """An adjustment with a table of `count` lines."""
    lines = tuple(
        SheetLine(f"{1000 + index}", f"Tài khoản chi tiết thứ {index + 1}", 0 if index % 2 else 7_000 + index, 0)
        if index % 2 == 0
        else SheetLine(f"{1000 + index}", f"Tài khoản chi tiết thứ {index + 1}", 0, 7_000 + index - 1)
        for index in range(count)
    )
    return replace(ADJUSTMENT, lines=lines, amount_minor=sum(line.debit_minor for line in lines))


def marked(sheet: VoucherSheet, *marks: Mark) -> VoucherSheet:
    """The same voucher as a copy, a voided one or a draft."""
    reversal = f"{sheet.kind}01A-26-000999" if Mark.VOIDED in marks else ""
    return replace(sheet, marks=marks, reversal_number=reversal)


CASH_BOOK = Report(
    title="reports.cash_book",
    shop="Cửa hàng Bánh mì Bà Năm",
    currency="VND",
    since="2026-11-01",
    until="2026-11-30",
    columns=(
        Column("vouchers.column.date", Kind.DATE),
        Column("vouchers.column.number", Kind.TEXT),
        Column("vouchers.column.text", Kind.TEXT),
        Column("vouchers.debit", Kind.MONEY),
        Column("vouchers.credit", Kind.MONEY),
        Column("reconcile.book_balance", Kind.MONEY),
    ),
    rows=(
        Row((None, None, "Số dư đầu kỳ", None, None, -1_234_567), strong=True),
        Row(("2026-11-02", "PT01A-26-000124", "Thu tiền bán hàng", 2_000_000, None, 765_433)),
        Row(("2026-11-03", "PC01A-26-000031", f"Chi trả {LONG_NAME}", None, 15_000_000, -14_234_567), level=1),
        Row((None, None, "Cộng phát sinh", 2_000_000, 15_000_000, -13_000_000), strong=True),
        Row((None, None, "Số dư cuối kỳ", None, None, -14_234_567), strong=True),
    ),
    subtitle="Tiền mặt tại quầy 1 (1111)",
)
TRIAL_BALANCE = Report(
    title="reports.trial_balance",
    shop="Cửa hàng Bánh mì Bà Năm",
    currency="VND",
    since="",
    until="2026-11-30",
    columns=(
        Column("sheet.column.account", Kind.TEXT),
        Column("vouchers.column.number", Kind.NUMBER),
        Column("vouchers.debit", Kind.MONEY),
        Column("vouchers.credit", Kind.MONEY),
    ),
    rows=(
        Row(("Tài sản", None, MAX_MINOR, None), strong=True),
        Row(("1111 Tiền mặt", 12, MAX_MINOR - 5, None), level=1),
        Row(("1121 Ngân hàng", 3, 5, -5), level=2),
        Row(("Cộng", 15, MAX_MINOR, MAX_MINOR), strong=True),
    ),
)


def long_report(rows: int) -> Report:
    """A cash book of `rows` rows of eight columns, with balances that fall below zero."""
    columns = (
        Column("vouchers.column.date", Kind.DATE),
        Column("vouchers.column.number", Kind.TEXT),
        Column("vouchers.column.text", Kind.TEXT),
        Column("vouchers.partner", Kind.TEXT),
        Column("vouchers.source", Kind.NUMBER),
        Column("vouchers.debit", Kind.MONEY),
        Column("vouchers.credit", Kind.MONEY),
        Column("reconcile.book_balance", Kind.MONEY),
    )
    body = tuple(
        Row(
            (
                f"2026-11-{index % 30 + 1:02}",
                f"PT01A-26-{index:06}",
                "Thu tiền bán hàng tại quầy, khách lẻ trả bằng tiền mặt và chuyển khoản" if index % 7 else "Thu tiền",
                f"Khách hàng số {index}",
                index,
                index * 1_000,
                None,
                -index * 1_001,
            )
        )
        for index in range(rows)
    )
    return Report("reports.cash_book", "Cửa hàng Bà Năm", "VND", "2026-01-01", "2026-12-31", columns, body)
