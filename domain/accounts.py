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
    VAT_PAYABLE = "vat_payable"
    INVENTORY = "inventory"
    COGS = "cogs"
    STOCK_DIFFERENCE = "stock_difference"
    RECEIVABLE = "receivable"
    PAYABLE = "payable"
    SUSPENSE = "suspense"
    OVERPAYMENT = "overpayment"
    UNCONFIRMED = "unconfirmed"
    FEES = "fees"
    OTHER_INCOME = "other_income"
    OTHER_EXPENSE = "other_expense"


@dataclass(frozen=True, slots=True)
class ControlAccount:
    """A control account's Vietnamese account code (circular 133/2016) and its name in both languages."""

    key: Control
    code: str
    name_vi: str
    name_en: str


CONTROL_ACCOUNTS: Final = (
    ControlAccount(Control.OPENING_EQUITY, "4111", "Vốn đầu tư của chủ sở hữu", "Owner's equity"),
    ControlAccount(Control.SALES, "5111", "Doanh thu bán hàng", "Sales revenue"),
    ControlAccount(Control.VAT_PAYABLE, "33311", "Thuế GTGT đầu ra", "VAT payable"),
    ControlAccount(Control.INVENTORY, "156", "Hàng hoá", "Inventory"),
    ControlAccount(Control.COGS, "632", "Giá vốn hàng bán", "Cost of goods sold"),
    ControlAccount(Control.STOCK_DIFFERENCE, "1381", "Tài sản thiếu chờ xử lý", "Stock differences"),
    ControlAccount(Control.RECEIVABLE, "131", "Phải thu của khách hàng", "Trade receivables"),
    ControlAccount(Control.PAYABLE, "331", "Phải trả cho người bán", "Trade payables"),
    ControlAccount(Control.SUSPENSE, "3388", "Tiền về chờ xử lý", "Unapplied receipts (suspense)"),
    ControlAccount(Control.OVERPAYMENT, "3381", "Tiền khách trả thừa", "Over-payments to give back"),
    ControlAccount(Control.UNCONFIRMED, "1388", "Tiền chờ xác nhận", "Unconfirmed collections"),
    ControlAccount(Control.FEES, "6421", "Phí thanh toán và ngân hàng", "Payment and bank fees"),
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
"""The account code a new wallet gets by its type; the chart's regime is a setting of the shop."""


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
