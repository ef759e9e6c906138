"""Accounts: the wallets an owner makes and the control accounts that the system keeps."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.ids import AccountId, Instant, MerchantId, id_for


class AccountType(StrEnum):
    """Where money sits; CONTROL accounts are kept by the system alone."""

    CASH = "CASH"
    BANK = "BANK"
    QR = "QR"
    MOBILE_POS = "MOBILE_POS"
    CONTROL = "CONTROL"


class Control(StrEnum):
    """The control accounts of every merchant."""

    OPENING_EQUITY = "opening_equity"
    SALES = "sales"
    SALES_RETURNS = "sales_returns"
    VAT_PAYABLE = "vat_payable"
    INVENTORY = "inventory"
    COGS = "cogs"
    STOCK_DIFFERENCE = "stock_difference"
    VAT_DEDUCTIBLE = "vat_deductible"
    RECEIVABLE = "receivable"
    PAYABLE = "payable"
    SUSPENSE = "suspense"
    OVERPAYMENT = "overpayment"
    UNCONFIRMED = "unconfirmed"
    STORED_VALUE = "stored_value"
    FEES = "fees"
    EXPENSES = "expenses"
    OTHER_INCOME = "other_income"
    OTHER_EXPENSE = "other_expense"


class Regime(StrEnum):
    """The accounting rules a shop follows: which account codes it shows and which circular its forms name.

    TT133 (circular 133/2016) is for small companies, TT99 (99/2025) for the others, TT152 (152/2025) for household
    businesses, which keep single-entry books and have no chart of accounts: their codes are shown to nobody.
    """

    TT133 = "TT133"
    TT99 = "TT99"
    TT152 = "TT152"


@dataclass(frozen=True, slots=True)
class ControlAccount:
    """A control account's code by circular 133/2016, by 99/2025 where that differs, and its name in both languages."""

    key: Control
    code: str
    name_vi: str
    name_en: str
    code_tt99: str = ""


CONTROL_ACCOUNTS: Final = (
    ControlAccount(Control.OPENING_EQUITY, "4111", "Vốn đầu tư của chủ sở hữu", "Owner's equity", "411"),
    ControlAccount(Control.SALES, "5111", "Doanh thu bán hàng", "Sales revenue", "511"),
    ControlAccount(Control.SALES_RETURNS, "5111", "Hàng bán bị trả lại", "Sales returns", "521"),
    ControlAccount(Control.VAT_PAYABLE, "33311", "Thuế GTGT đầu ra", "VAT payable"),
    ControlAccount(Control.VAT_DEDUCTIBLE, "1331", "Thuế GTGT được khấu trừ", "Deductible input VAT"),
    ControlAccount(Control.INVENTORY, "156", "Hàng hoá", "Inventory"),
    ControlAccount(Control.COGS, "632", "Giá vốn hàng bán", "Cost of goods sold"),
    ControlAccount(Control.STOCK_DIFFERENCE, "1381", "Tài sản thiếu chờ xử lý", "Stock differences"),
    ControlAccount(Control.RECEIVABLE, "131", "Phải thu của khách hàng", "Trade receivables"),
    ControlAccount(Control.PAYABLE, "331", "Phải trả cho người bán", "Trade payables"),
    ControlAccount(Control.SUSPENSE, "3388", "Tiền về chờ xử lý", "Unapplied receipts (suspense)"),
    ControlAccount(Control.OVERPAYMENT, "3381", "Tiền khách trả thừa", "Over-payments to give back"),
    ControlAccount(Control.UNCONFIRMED, "1388", "Tiền chờ xác nhận", "Unconfirmed collections"),
    ControlAccount(Control.STORED_VALUE, "3387", "Tiền khách trả trước", "Customers' stored value"),
    ControlAccount(Control.FEES, "6421", "Phí thanh toán và ngân hàng", "Payment and bank fees", "641"),
    ControlAccount(Control.EXPENSES, "6422", "Chi phí quản lý kinh doanh", "Operating expenses", "642"),
    ControlAccount(Control.OTHER_INCOME, "711", "Thu nhập khác", "Other income"),
    ControlAccount(Control.OTHER_EXPENSE, "811", "Chi phí khác", "Other expenses"),
)


@dataclass(frozen=True, slots=True)
class Account:
    """A place money sits. `code` is the Vietnamese account code; a wallet of a method may name its bank account."""

    id: AccountId
    merchant_id: MerchantId
    type: AccountType
    code: str
    name: str
    currency: str
    created_at: Instant
    control: Control | None = None
    is_default: bool = False
    bank_bin: str = ""
    bank_account: str = ""
    archived_at: Instant | None = None


WALLET_CODES: Final = {
    AccountType.CASH: "1111",
    AccountType.BANK: "1121",
    AccountType.QR: "1131",
    AccountType.MOBILE_POS: "1131",
}
"""The account code of a wallet by its type (circular 133/2016)."""

_WALLET_CODES_TT99: Final = {"1111": "111", "1121": "112", "1131": "113"}
_CONTROL_CODES: Final = {row.key: (row.code, row.code_tt99 or row.code) for row in CONTROL_ACCOUNTS}


def account_code(control: Control | None, code: str, regime: Regime) -> str:
    """Return the code a regime shows for an account whose code by circular 133/2016 is `code`."""
    if control is not None:
        return _CONTROL_CODES[control][regime is Regime.TT99]
    return _WALLET_CODES_TT99.get(code, code) if regime is Regime.TT99 else code


def control_id(merchant_id: MerchantId, key: Control) -> AccountId:
    """Return the id of a merchant's control account: the same on every till and on the hub."""
    return AccountId(id_for("control-account", merchant_id, key.value))


def control_accounts(merchant_id: MerchantId, currency: str, at: Instant) -> tuple[Account, ...]:
    """Return the control accounts that a new merchant starts with, in its currency."""
    return tuple(
        Account(
            id=control_id(merchant_id, row.key),
            merchant_id=merchant_id,
            type=AccountType.CONTROL,
            code=row.code,
            name=row.name_vi,
            currency=currency,
            created_at=at,
            control=row.key,
        )
        for row in CONTROL_ACCOUNTS
    )
