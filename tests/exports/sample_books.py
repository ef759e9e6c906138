"""Books of a small shop that hold everything an exporter may meet: voids, late vouchers, twins, hostile words."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from domain.accounts import CONTROL_ACCOUNTS, AccountType, Control
from domain.books import ChartAccount, ChartCategory, Entry, EntryLine
from domain.categories import CategoryKind
from domain.ids import AccountId, CategoryId, Instant, PaymentId, VoucherId
from domain.vouchers import Side, VoucherType
from exports.books import Books
from tests.builders import NOON, an_id

CASH: Final = AccountId("0199c0de-0000-7000-8000-00000000c001")
TWIN: Final = AccountId("0199c0de-0000-7000-8000-00000000c002")
BANK: Final = AccountId("0199c0de-0000-7000-8000-00000000c003")
QR: Final = AccountId("0199c0de-0000-7000-8000-00000000c004")
UNUSED: Final = AccountId("0199c0de-0000-7000-8000-00000000c005")
RENT: Final = CategoryId(an_id("category-rent"))

HOSTILE: Final = (
    'Bán "cà phê" \\ 2 ly; [2026-13-45] | giá = 5',
    "2026-01-01 open Assets:Cash VND\n2026-01-01 * injected\n  Assets:Cash  1 VND",
    "; comment ; date: not-a-day, key:: (1/0)",
    "=HYPERLINK(1)",
    "(code) ! * @ { } # ^link #tag %",
    "tab\there\u2028line\u0000nul\u0085next",
    "x" * 5_000,
    "\\",
    '"',
    "🧋 trà sữa ＝ ١٢٣ \u202eabc",
    "",
)


def control(key: Control) -> AccountId:
    """Return the id of the sample's control account."""
    return AccountId(an_id(f"control-{key.value}"))


def wallet(identity: AccountId, kind: AccountType, name: str, code: str = "1111") -> ChartAccount:
    """Return an empty wallet of the sample's chart."""
    return ChartAccount(identity, kind, None, code, name, "VND", "2026-03-01", False, 0)


def chart() -> tuple[ChartAccount, ...]:
    """Return wallets of every kind, two with one name, and every control account, all empty."""
    return (
        wallet(CASH, AccountType.CASH, "Két tiền mặt"),
        wallet(TWIN, AccountType.CASH, "Két tiền mặt"),
        wallet(BANK, AccountType.BANK, 'Vietcombank "Bà Nà"; chính', "1121"),
        wallet(QR, AccountType.QR, "محفظة", ""),
        replace(wallet(UNUSED, AccountType.MOBILE_POS, "Đầu đọc thẻ", "1131"), archived=True),
        *(
            ChartAccount(
                control(row.key), AccountType.CONTROL, row.key, row.code, row.name_vi, "VND", "2026-03-01", False, 0
            )
            for row in CONTROL_ACCOUNTS
        ),
    )


def an_entry(serial: int, debit: AccountId, credit: AccountId, amount_minor: int, memo: str = "Bán hàng") -> Entry:
    """Return a receipt of two lines, the `serial`-th of its series."""
    return Entry(
        id=VoucherId(an_id(f"voucher-{serial}")),
        number=f"PT01A-26-{serial:06d}",
        book_no=serial,
        type=VoucherType.RECEIPT,
        currency="VND",
        business_date="2026-03-02",
        booked_on="2026-03-02",
        occurred_on="",
        created_at=Instant(NOON + serial),
        source_kind="payment",
        source_id=an_id(f"payment-{serial}"),
        memo=memo,
        counterparty="",
        counterparty_address="",
        attachments=0,
        category_id=None,
        payment_id=PaymentId(an_id(f"payment-{serial}")),
        reverses=None,
        reversed_by=None,
        total_minor=amount_minor,
        hash=f"{serial:064x}",
        lines=(EntryLine(debit, Side.DEBIT, amount_minor), EntryLine(credit, Side.CREDIT, amount_minor)),
    )


def rich_entries() -> tuple[Entry, ...]:
    """Return sales with and without VAT, a void, an expense, a voucher from before every opening, hostile words."""
    sales = control(Control.SALES)
    sale = an_entry(1, CASH, sales, 1_250_000)
    split = replace(
        an_entry(2, QR, sales, 110_000),
        lines=(
            EntryLine(QR, Side.DEBIT, 110_000),
            EntryLine(sales, Side.CREDIT, 100_000),
            EntryLine(control(Control.VAT_PAYABLE), Side.CREDIT, 10_000),
        ),
    )
    wrong = replace(an_entry(3, CASH, sales, 77_000), reversed_by=VoucherId(an_id("voucher-4")))
    void = replace(an_entry(4, sales, CASH, 77_000), reverses=wrong.id, booked_on="2026-03-05", payment_id=None)
    late = replace(an_entry(5, TWIN, sales, 1), booked_on="2026-02-27", business_date="2026-02-26", book_no=None)
    rent = replace(
        an_entry(6, control(Control.OTHER_EXPENSE), BANK, 9_000_000_000_000_000),
        type=VoucherType.PAYMENT,
        category_id=RENT,
        counterparty="Cô Tư; chủ nhà",
        counterparty_address="12 Lê Lợi, Đà Nẵng [tầng 2]",
        attachments=2,
        occurred_on="2026-03-01",
        booked_on="2026-03-31",
    )
    hostile = (
        replace(an_entry(7 + at, CASH, sales, 1_000 + at, memo=words), counterparty=words)
        for at, words in enumerate(HOSTILE)
    )
    return (sale, split, wrong, void, late, rent, *hostile)


def balances(entries: Sequence[Entry]) -> dict[AccountId, int]:
    """Return what entries make of each account they touch, debit positive."""
    sums: dict[AccountId, int] = {}
    for entry in entries:
        for line in entry.lines:
            signed = line.amount_minor if line.side is Side.DEBIT else -line.amount_minor
            sums[line.account_id] = sums.get(line.account_id, 0) + signed
    return sums


def books_of(entries: Sequence[Entry], accounts: Sequence[ChartAccount] | None = None) -> Books:
    """Return books of these entries whose chart holds their balances."""
    sums = balances(entries)
    return Books(
        shop='Tạp hoá "Bà Na"',
        currency="VND",
        exported_at=NOON,
        zone="Asia/Ho_Chi_Minh",
        chart=[replace(row, balance_minor=sums.get(row.id, 0)) for row in accounts or chart()],
        categories=(
            ChartCategory(
                RENT,
                CategoryKind.EXPENSE,
                "Mặt bằng, điện nước",
                "Rent, utilities",
                "Chi phí › Mặt bằng, điện nước",
                "Costs › Rent, utilities",
                None,
                "rent_utilities",
                False,
            ),
        ),
        entries=lambda: iter(entries),
    )


def in_dollars(books: Books) -> Books:
    """Return the same books in a currency with cents."""
    entries = [replace(entry, currency="AUD") for entry in books.entries()]
    accounts = [replace(account, currency="AUD") for account in books.chart]
    return replace(books, currency="AUD", chart=accounts, entries=lambda: iter(entries))
