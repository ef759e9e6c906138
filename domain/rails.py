"""Rails and methods: how money can reach the shop, what each way can do, and what a provider's answer means."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.accounts import AccountType
from domain.errors import FailureCode
from domain.ids import Instant, MerchantId


class Rail(StrEnum):
    """The five rails (requirement RAIL-1) and cash, which needs none."""

    CASH = "cash"
    CARD_PSP = "card_psp"
    BANK_TRANSFER = "bank_transfer"
    OPEN_BANKING_PIS = "open_banking_pis"
    WALLET = "wallet"
    MANUAL_SETTLEMENT = "manual_settlement"


class Method(StrEnum):
    """What the cashier chooses at the counter."""

    CASH = "cash"
    VIETQR = "vietqr"
    VNPAY_QR = "vnpay_qr"


class Provider(StrEnum):
    """Who confirms the money."""

    NONE = "none"
    BRAINTREE = "braintree"
    CASSO = "casso"
    HYPERPAY = "hyperpay"
    LEAN = "lean"
    PAYOS = "payos"
    PAYPAL = "paypal"
    SEPAY = "sepay"
    SQUARE = "square"
    STRIPE = "stripe"
    VNPAY_QR_MMS = "vnpay_qr_mms"
    VNPAY_SPOS = "vnpay_spos"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a route can do; screens show only buttons that a capability backs."""

    presentable_offline: bool
    asynchronous: bool
    provider_makes_code: bool
    refund: bool = False
    partial_refund: bool = False
    settlement_days: int = 0


@dataclass(frozen=True, slots=True)
class Route:
    """A method's rail, provider, capabilities, and the type of wallet its money goes to."""

    method: Method
    rail: Rail
    provider: Provider
    capabilities: Capabilities
    wallet_type: AccountType


ROUTES: Final = {
    Method.CASH: Route(
        Method.CASH,
        Rail.CASH,
        Provider.NONE,
        Capabilities(presentable_offline=True, asynchronous=False, provider_makes_code=False),
        AccountType.CASH,
    ),
    Method.VIETQR: Route(
        Method.VIETQR,
        Rail.BANK_TRANSFER,
        Provider.SEPAY,
        Capabilities(presentable_offline=True, asynchronous=True, provider_makes_code=False),
        AccountType.BANK,
    ),
    Method.VNPAY_QR: Route(
        Method.VNPAY_QR,
        Rail.BANK_TRANSFER,
        Provider.VNPAY_QR_MMS,
        Capabilities(
            presentable_offline=False,
            asynchronous=True,
            provider_makes_code=True,
            refund=True,
            partial_refund=True,
            settlement_days=1,
        ),
        AccountType.QR,
    ),
}


class RailStatus(StrEnum):
    """A provider's answer, normalised (requirement RAIL-2); UNKNOWN means that no answer came."""

    SUCCESS = "success"
    PENDING = "pending"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PaymentContext:
    """What a rail is told: whose payment, how much in minor units, and the reference that makes a retry harmless.

    `option` is the payment option (a card brand, a kind of code) where a provider has several. With `capture` False the
    money is only held for the shop. `provider_ref` is the provider's own id of what it made for this reference, once
    it is known.
    """

    merchant_id: MerchantId
    reference: str
    amount_minor: int
    currency: str
    description: str
    created_at: Instant
    expires_at: Instant
    option: str = ""
    capture: bool = True
    provider_ref: str = ""


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """What a rail is told of money to give back, in minor units.

    `reference` is the refund's own and makes a retry harmless; `provider_ref` is the provider's id of the refund once
    it is known. The fields of the payment are those it was made and proven with; `before_minor` was given back earlier.
    `repeated` says that the provider may have been asked before.
    """

    merchant_id: MerchantId
    reference: str
    amount_minor: int
    currency: str
    reason: str
    requested_at: Instant
    payment_reference: str
    payment_provider_ref: str
    payment_minor: int
    paid_at: Instant
    before_minor: int = 0
    provider_ref: str = ""
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class RailResult:
    """A provider's answer to a call: the status, what it made, and a response safe to keep and to log.

    `link` is a page of the provider on which the customer pays. `authorized_minor` is held for the shop and not
    captured yet, until `held_until`. `hint` is a masked instrument such as `VISA •••• 1111`. `receipt` is the money
    a query found, with the same dedupe key as the notification of that money.
    """

    status: RailStatus
    qr_text: str = ""
    link: str = ""
    provider_ref: str = ""
    authorized_minor: int = 0
    held_until: Instant | None = None
    hint: str = ""
    received_minor: int = 0
    paid_at: Instant | None = None
    failure: FailureCode | None = None
    response: str = "{}"
    receipt: "Receipt | None" = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money that a provider says has arrived: a verified notification, a query's answer or a statement line.

    `dedupe_key` is the provider's own id of the movement; `text` is the transfer text or the provider's order number,
    in which our payment reference is looked for. Amounts are minor units.
    """

    provider: Provider
    dedupe_key: str
    text: str
    amount_minor: int
    currency: str
    paid_at: Instant
    provider_ref: str
    account_number: str = ""
    declined: bool = False
