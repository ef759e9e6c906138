"""What books what: the posting rules as data, one row per kind of event."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from domain.accounts import Control, control_id
from domain.errors import ErrorCode, RuleBroken
from domain.ids import AccountId, MerchantId
from domain.settlement import ReceiptKind
from domain.vouchers import Posting, Side, VoucherType

Measure = Literal[
    "amount",
    "due",
    "held",
    "parked",
    "excess",
    "unowed",
    "confirmed",
    "vouched",
    "net",
    "tax",
    "fee",
    "received",
    "cost",
]
"""What an event tells in minor units. `due` is `net` and `tax` together, or all that leaves for a refund; `held` leaves
suspense, `parked` goes there; `excess` is owed back, `unowed` is so no longer;
`confirmed` was only confirmed by hand until now, `vouched` is so from now on;
of a deposit `amount` leaves one wallet, and `received` and `fee` are the parts that arrive and that the bank keeps."""

Place = Literal["wallet", "target", "contra"]
WALLET: Final = "wallet"
TARGET: Final = "target"
CONTRA: Final = "contra"


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A line of a rule: an account, a side, and which measure is booked.

    The account is a control account, the event's wallet, the target wallet that money is moved to, or the contra
    account of the voucher's category.
    """

    account: Control | Place
    side: Side
    measure: Measure


@dataclass(frozen=True, slots=True)
class PostingRule:
    """The document, the category and the lines that an event posts; a line whose measure is zero is left out."""

    type: VoucherType
    category: str | None
    lines: tuple[RuleLine, ...]


_D, _C = Side.DEBIT, Side.CREDIT

OPENING: Final = "account.opening"
APPLIED: Final = "receipt.applied"
UNAPPLIED: Final = "receipt.unapplied"
"""A till booked a sale that was covered already by money it had not heard of."""
PURCHASE: Final = "purchase.received"
PURCHASE_OWED: Final = "purchase.owed"
STOCK_ISSUED: Final = "stock.issued"
STOCK_SURPLUS: Final = "stock.surplus"
STOCK_LOSS: Final = "stock.loss"
REFUND: Final = "refund.paid"
REFUND_EXCESS: Final = "refund.excess"
REFUND_HELD: Final = "refund.held"
WRITE_OFF_EXCESS: Final = "write_off.excess"
WRITE_OFF_HELD: Final = "write_off.held"
CREDIT_SALE: Final = "credit.sale"
CREDIT_EXCESS: Final = "credit.excess"
CREDIT_HELD: Final = "credit.held"
CHARGE_BACK: Final = "charge_back.taken"
WRITE_OFF_LOST: Final = "write_off.lost"
DEPOSIT: Final = "deposit.made"
TRANSFER: Final = "wallet.transfer"
SALE: Final = "sale.paid"
MONEY_IN: Final = "manual.receipt"
MONEY_OUT: Final = "manual.payment"
TOP_UP: Final = "stored.top_up"

_SALE_RULE: Final = PostingRule(
    VoucherType.RECEIPT,
    "sales",
    (
        RuleLine(WALLET, _D, "due"),
        RuleLine(Control.SALES, _C, "net"),
        RuleLine(Control.VAT_PAYABLE, _C, "tax"),
    ),
)

_GIVEN_AND_TAKEN: Final[Mapping[str, PostingRule]] = {
    ReceiptKind.FULL: PostingRule(
        VoucherType.RECEIPT,
        "sales",
        (
            RuleLine(WALLET, _D, "amount"),
            RuleLine(Control.SUSPENSE, _D, "held"),
            RuleLine(Control.SALES, _C, "net"),
            RuleLine(Control.VAT_PAYABLE, _C, "tax"),
            RuleLine(Control.OVERPAYMENT, _C, "excess"),
            RuleLine(Control.UNCONFIRMED, _C, "confirmed"),
        ),
    ),
    ReceiptKind.SHORT: PostingRule(
        VoucherType.RECEIPT,
        None,
        (
            RuleLine(WALLET, _D, "amount"),
            RuleLine(Control.SUSPENSE, _C, "parked"),
            RuleLine(Control.UNCONFIRMED, _C, "confirmed"),
        ),
    ),
    ReceiptKind.AGAIN: PostingRule(
        VoucherType.RECEIPT,
        None,
        (
            RuleLine(WALLET, _D, "amount"),
            RuleLine(Control.OVERPAYMENT, _C, "excess"),
            RuleLine(Control.UNCONFIRMED, _C, "confirmed"),
        ),
    ),
    ReceiptKind.CONFIRMED: PostingRule(
        VoucherType.RECEIPT,
        None,
        (RuleLine(WALLET, _D, "amount"), RuleLine(Control.UNCONFIRMED, _C, "confirmed")),
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
            RuleLine(Control.OVERPAYMENT, _D, "unowed"),
            RuleLine(Control.UNCONFIRMED, _D, "vouched"),
            RuleLine(Control.SALES, _C, "net"),
            RuleLine(Control.VAT_PAYABLE, _C, "tax"),
            RuleLine(Control.SUSPENSE, _C, "parked"),
            RuleLine(Control.OVERPAYMENT, _C, "excess"),
            RuleLine(Control.UNCONFIRMED, _C, "confirmed"),
        ),
    ),
    UNAPPLIED: PostingRule(
        VoucherType.ADJUSTMENT,
        "sales",
        (
            RuleLine(Control.SALES, _D, "net"),
            RuleLine(Control.VAT_PAYABLE, _D, "tax"),
            RuleLine(Control.OVERPAYMENT, _D, "unowed"),
            RuleLine(Control.SUSPENSE, _D, "held"),
            RuleLine(Control.UNCONFIRMED, _D, "vouched"),
            RuleLine(Control.SUSPENSE, _C, "parked"),
            RuleLine(Control.OVERPAYMENT, _C, "excess"),
            RuleLine(Control.UNCONFIRMED, _C, "confirmed"),
        ),
    ),
    OPENING: PostingRule(
        VoucherType.ADJUSTMENT,
        None,
        (RuleLine(WALLET, _D, "amount"), RuleLine(Control.OPENING_EQUITY, _C, "amount")),
    ),
    SALE: _SALE_RULE,
    PURCHASE: PostingRule(
        VoucherType.PAYMENT,
        "stock_purchase",
        (
            RuleLine(Control.INVENTORY, _D, "net"),
            RuleLine(Control.VAT_DEDUCTIBLE, _D, "tax"),
            RuleLine(WALLET, _C, "due"),
        ),
    ),
    PURCHASE_OWED: PostingRule(
        VoucherType.ADJUSTMENT,
        "stock_purchase",
        (
            RuleLine(Control.INVENTORY, _D, "net"),
            RuleLine(Control.VAT_DEDUCTIBLE, _D, "tax"),
            RuleLine(Control.PAYABLE, _C, "due"),
        ),
    ),
    STOCK_ISSUED: PostingRule(
        VoucherType.ADJUSTMENT,
        "cogs",
        (RuleLine(Control.COGS, _D, "cost"), RuleLine(Control.INVENTORY, _C, "cost")),
    ),
    STOCK_SURPLUS: PostingRule(
        VoucherType.ADJUSTMENT,
        "stock_surplus",
        (RuleLine(Control.INVENTORY, _D, "cost"), RuleLine(Control.OTHER_INCOME, _C, "cost")),
    ),
    STOCK_LOSS: PostingRule(
        VoucherType.ADJUSTMENT,
        "stock_loss",
        (RuleLine(Control.COGS, _D, "cost"), RuleLine(Control.INVENTORY, _C, "cost")),
    ),
    REFUND: PostingRule(
        VoucherType.PAYMENT,
        "refunds",
        (
            RuleLine(Control.SALES_RETURNS, _D, "net"),
            RuleLine(Control.VAT_PAYABLE, _D, "tax"),
            RuleLine(WALLET, _C, "due"),
        ),
    ),
    REFUND_EXCESS: PostingRule(
        VoucherType.PAYMENT,
        None,
        (
            RuleLine(Control.OVERPAYMENT, _D, "amount"),
            RuleLine(Control.FEES, _D, "fee"),
            RuleLine(WALLET, _C, "due"),
        ),
    ),
    REFUND_HELD: PostingRule(
        VoucherType.PAYMENT,
        None,
        (
            RuleLine(Control.SUSPENSE, _D, "amount"),
            RuleLine(Control.FEES, _D, "fee"),
            RuleLine(WALLET, _C, "due"),
        ),
    ),
    # Money that nobody wants back is the shop's income.
    WRITE_OFF_EXCESS: PostingRule(
        VoucherType.ADJUSTMENT,
        "other_income",
        (RuleLine(Control.OVERPAYMENT, _D, "amount"), RuleLine(Control.OTHER_INCOME, _C, "amount")),
    ),
    WRITE_OFF_HELD: PostingRule(
        VoucherType.ADJUSTMENT,
        "other_income",
        (RuleLine(Control.SUSPENSE, _D, "amount"), RuleLine(Control.OTHER_INCOME, _C, "amount")),
    ),
    # Money that the customer leaves with the shop: no wallet moves.
    CREDIT_SALE: PostingRule(
        VoucherType.ADJUSTMENT,
        "refunds",
        (
            RuleLine(Control.SALES_RETURNS, _D, "net"),
            RuleLine(Control.VAT_PAYABLE, _D, "tax"),
            RuleLine(Control.STORED_VALUE, _C, "due"),
        ),
    ),
    CREDIT_EXCESS: PostingRule(
        VoucherType.ADJUSTMENT,
        None,
        (RuleLine(Control.OVERPAYMENT, _D, "amount"), RuleLine(Control.STORED_VALUE, _C, "amount")),
    ),
    CREDIT_HELD: PostingRule(
        VoucherType.ADJUSTMENT,
        None,
        (RuleLine(Control.SUSPENSE, _D, "amount"), RuleLine(Control.STORED_VALUE, _C, "amount")),
    ),
    # The goods are gone and the sale stands: what a bank takes back of it is a loss, not a return of goods.
    CHARGE_BACK: PostingRule(
        VoucherType.PAYMENT,
        "other_expense",
        (
            RuleLine(Control.OTHER_EXPENSE, _D, "amount"),
            RuleLine(Control.FEES, _D, "fee"),
            RuleLine(WALLET, _C, "due"),
        ),
    ),
    # It was written off and is the provider's or the bank's after all: no income.
    WRITE_OFF_LOST: PostingRule(
        VoucherType.PAYMENT,
        "other_income",
        (
            RuleLine(Control.OTHER_INCOME, _D, "amount"),
            RuleLine(Control.FEES, _D, "fee"),
            RuleLine(WALLET, _C, "due"),
        ),
    ),
    DEPOSIT: PostingRule(
        VoucherType.TRANSFER,
        None,
        (
            RuleLine(TARGET, _D, "received"),
            RuleLine(Control.FEES, _D, "fee"),
            RuleLine(WALLET, _C, "amount"),
        ),
    ),
    TRANSFER: PostingRule(
        VoucherType.TRANSFER,
        None,
        (RuleLine(TARGET, _D, "amount"), RuleLine(WALLET, _C, "amount")),
    ),
    MONEY_IN: PostingRule(
        VoucherType.RECEIPT,
        None,
        (RuleLine(WALLET, _D, "amount"), RuleLine(CONTRA, _C, "amount")),
    ),
    # Money of the customer's, not of the shop's: no sale until it is spent.
    TOP_UP: PostingRule(
        VoucherType.RECEIPT,
        None,
        (RuleLine(WALLET, _D, "amount"), RuleLine(Control.STORED_VALUE, _C, "amount")),
    ),
    MONEY_OUT: PostingRule(
        VoucherType.PAYMENT,
        None,
        (RuleLine(CONTRA, _D, "amount"), RuleLine(WALLET, _C, "amount")),
    ),
}


def returned(kind: str) -> str:
    """Return the kind of event by which what `kind` gave back comes back to the wallet."""
    return f"{kind}.returned"


def _mirrored(rule: PostingRule) -> PostingRule:
    lines = tuple(RuleLine(line.account, line.side.other, line.measure) for line in rule.lines)
    return PostingRule(VoucherType.RECEIPT, rule.category, lines)


RULES: Final[Mapping[str, PostingRule]] = {
    **_GIVEN_AND_TAKEN,
    **{returned(kind): _mirrored(_GIVEN_AND_TAKEN[kind]) for kind in (REFUND, REFUND_EXCESS, REFUND_HELD, CHARGE_BACK)},
}


@dataclass(frozen=True, slots=True)
class Places:
    """The accounts that an event names: its wallet, the wallet it moves money to, its category's contra account."""

    wallet: AccountId | None = None
    target: AccountId | None = None
    contra: AccountId | None = None


def postings_for(
    kind: str, merchant_id: MerchantId, places: Places, measures: Mapping[Measure, int]
) -> tuple[Posting, ...]:
    """Return the lines that the rule of `kind` books for `measures` in minor units.

    Raises RuleBroken(ACCOUNT_MISSING_FOR_METHOD) if the rule needs a wallet and there is none.
    """
    named = {WALLET: places.wallet, TARGET: places.target, CONTRA: places.contra}
    lines = []
    for line in RULES[kind].lines:
        amount = measures.get(line.measure, 0)
        if amount == 0:
            continue
        account = control_id(merchant_id, line.account) if isinstance(line.account, Control) else named[line.account]
        if account is None:
            raise RuleBroken(ErrorCode.ACCOUNT_MISSING_FOR_METHOD)
        lines.append(Posting(account, line.side, amount))
    return tuple(lines)


def needs_tax(kind: str) -> bool:
    """Whether the rule of `kind` divides what is due into net and tax."""
    return any(line.measure == "tax" for line in RULES[kind].lines)
