"""What a printed voucher says, ready to be painted: plain facts, no text of the form itself."""

from dataclasses import dataclass
from enum import StrEnum

from domain.vouchers import VoucherType


class Mark(StrEnum):
    """What is written across a sheet that is not the one original of an issued voucher."""

    COPY = "copy"
    VOIDED = "voided"
    DRAFT = "draft"


@dataclass(frozen=True, slots=True)
class CodeAmount:
    """An account's code and what it is debited or credited, in minor units above zero."""

    code: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class SheetLine:
    """A line of a transfer or adjustment: an account and its amount in minor units on one side, 0 on the other."""

    code: str
    account: str
    debit_minor: int
    credit_minor: int


@dataclass(frozen=True, slots=True)
class Signers:
    """The names printed below the places of signature; an empty one leaves the place to be signed alone."""

    director: str = ""
    chief_accountant: str = ""
    cashier: str = ""
    maker: str = ""


@dataclass(frozen=True, slots=True)
class VoucherSheet:
    """One printed voucher: forms 01-TT (receipt) and 02-TT (payment), or the shop's own for transfers and adjustments.

    `date` is `YYYY-MM-DD`; `amount_minor` is above zero, in minor units of `currency`. `form_no` ("01-TT") and
    `caption` ("Ban hành kèm theo Thông tư số …") are printed as they are given. `debits` and `credits` are empty for a
    shop without a chart of accounts, and then their lines are left out; a `household` business has no chief
    accountant. Empty texts and `attachments` of None leave a dotted place to be filled in by hand; a missing shop
    address or tax code is left out. A draft has no number. `reversal_number` is that of the voucher which voided this.
    """

    kind: VoucherType
    shop_name: str
    date: str
    number: str
    amount_minor: int
    currency: str
    shop_address: str = ""
    tax_code: str = ""
    form_no: str = ""
    caption: str = ""
    book_no: str = ""
    household: bool = False
    debits: tuple[CodeAmount, ...] = ()
    credits: tuple[CodeAmount, ...] = ()
    party_name: str = ""
    party_address: str = ""
    reason: str = ""
    attachments: int | None = None
    lines: tuple[SheetLine, ...] = ()
    marks: tuple[Mark, ...] = ()
    reversal_number: str = ""
    signers: Signers = Signers()

    @property
    def is_cash_form(self) -> bool:
        """Whether it is one of the state's cash forms, with a payer or payee, and not the shop's own table."""
        return self.kind in (VoucherType.RECEIPT, VoucherType.PAYMENT)
