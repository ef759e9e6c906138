"""What books what: the posting rules as data, one row per kind of event."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from domain.accounts import Control, control_id
from domain.errors import ErrorCode, RuleBroken
from domain.ids import AccountId, MerchantId
from domain.payments import ReceiptKind
from domain.vouchers import Posting, Side, VoucherType

Measure = Literal["amount", "due", "held", "excess"]
WALLET: Final = "wallet"


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A line of a rule: the wallet of the payment or a control account, a side, and which measure is booked."""

    account: Control | Literal["wallet"]
    side: Side
    measure: Measure


@dataclass(frozen=True, slots=True)
class PostingRule:
    """The document, the category and the lines that an event posts; a line whose measure is zero is left out."""

    type: VoucherType
    category: str | None
    lines: tuple[RuleLine, ...]


_D, _C = Side.DEBIT, Side.CREDIT

CASH_SALE: Final = "cash.sale"
OPENING: Final = "account.opening"
APPLIED: Final = "receipt.applied"

RULES: Final[Mapping[str, PostingRule]] = {
    CASH_SALE: PostingRule(
        VoucherType.RECEIPT,
        "sales",
        (RuleLine(WALLET, _D, "due"), RuleLine(Control.SALES, _C, "due")),
    ),
    ReceiptKind.FULL: PostingRule(
        VoucherType.RECEIPT,
        "sales",
        (
            RuleLine(WALLET, _D, "amount"),
            RuleLine(Control.SUSPENSE, _D, "held"),
            RuleLine(Control.SALES, _C, "due"),
            RuleLine(Control.OVERPAYMENT, _C, "excess"),
        ),
    ),
    ReceiptKind.SHORT: PostingRule(
        VoucherType.RECEIPT,
        None,
        (RuleLine(WALLET, _D, "amount"), RuleLine(Control.SUSPENSE, _C, "amount")),
    ),
    ReceiptKind.AGAIN: PostingRule(
        VoucherType.RECEIPT,
        None,
        (RuleLine(WALLET, _D, "amount"), RuleLine(Control.OVERPAYMENT, _C, "amount")),
    ),
    ReceiptKind.UNMATCHED: PostingRule(
        VoucherType.RECEIPT,
        None,
        (RuleLine(WALLET, _D, "amount"), RuleLine(Control.SUSPENSE, _C, "amount")),
    ),
    APPLIED: PostingRule(
        VoucherType.ADJUSTMENT,
        "sales",
        (
            RuleLine(Control.SUSPENSE, _D, "held"),
            RuleLine(Control.SALES, _C, "due"),
            RuleLine(Control.OVERPAYMENT, _C, "excess"),
        ),
    ),
    OPENING: PostingRule(
        VoucherType.ADJUSTMENT,
        None,
        (RuleLine(WALLET, _D, "amount"), RuleLine(Control.OPENING_EQUITY, _C, "amount")),
    ),
}


def postings_for(
    kind: str, merchant_id: MerchantId, wallet: AccountId | None, measures: Mapping[Measure, int]
) -> tuple[Posting, ...]:
    """Return the lines that the rule of `kind` books for `measures` in minor units.

    Raises RuleBroken(ACCOUNT_MISSING_FOR_METHOD) if the rule needs a wallet and there is none.
    """
    lines = []
    for line in RULES[kind].lines:
        amount = measures.get(line.measure, 0)
        if amount == 0:
            continue
        if line.account == WALLET:
            if wallet is None:
                raise RuleBroken(ErrorCode.ACCOUNT_MISSING_FOR_METHOD)
            account = wallet
        else:
            account = control_id(merchant_id, line.account)
        lines.append(Posting(account, line.side, amount))
    return tuple(lines)
