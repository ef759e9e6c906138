"""Rails and methods: how money can reach the shop, what each way can do, and what a provider's answer means."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from domain.accounts import AccountType
from domain.errors import FailureCode
from domain.ids import Instant, MerchantId
from domain.money import EXPONENTS


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
    CARD = "card"
    CARD_TERMINAL = "card_terminal"
    PAYPAL = "paypal"
    OPEN_BANKING = "open_banking"
    CHEQUE = "cheque"
    MANUAL = "manual"
    STORED_VALUE = "stored_value"


class Provider(StrEnum):
    """Who confirms the money; of customers' stored value that is the hub itself.

    STATEMENT is the bank in a file that a person of the shop reads in: no payment is made with it.
    """

    NONE = "none"
    BRAINTREE = "braintree"
    CASSO = "casso"
    HYPERPAY = "hyperpay"
    LEAN = "lean"
    MANUAL = "manual"
    PAYOS = "payos"
    PAYPAL = "paypal"
    SEPAY = "sepay"
    SQUARE = "square"
    STATEMENT = "statement"
    STORED_VALUE = "stored_value"
    STRIPE = "stripe"
    VNPAY_QR_MMS = "vnpay_qr_mms"
    VNPAY_SPOS = "vnpay_spos"


class Presents(StrEnum):
    """What the customer is given to pay: nothing, a code of the till's own, or what the provider makes.

    A balance is shown nothing either, but it is the hub that knows it.
    """

    NOTHING = "nothing"
    OWN_CODE = "own_code"
    CODE = "code"
    LINK = "link"
    TERMINAL = "terminal"
    BALANCE = "balance"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a route can do; screens show only buttons that a capability backs.

    `capture` says that money may be held first and taken later, `withdraw` that a payment can be taken off the air.
    """

    presents: Presents
    asynchronous: bool = True
    capture: bool = False
    withdraw: bool = False
    refund: bool = False
    partial_refund: bool = False
    settlement_days: int = 0

    @property
    def needs_network(self) -> bool:
        """Whether the provider must be reached before the customer can pay."""
        return self.presents not in (Presents.NOTHING, Presents.OWN_CODE)


@dataclass(frozen=True, slots=True)
class Route:
    """One way of a method to one provider: its rail, capabilities, currencies and the type of wallet it fills.

    `options` are the payment options that may be asked for, each with the provider's word for it; the empty one is
    what the provider is told where none is asked for.
    """

    method: Method
    rail: Rail
    provider: Provider
    capabilities: Capabilities
    wallet_type: AccountType
    currencies: frozenset[str]
    options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({"": ""}))


_DONG: Final = frozenset({"VND"})
_CARDS: Final = ("visa", "mastercard", "amex", "jcb")
_GIVES_BACK: Final = {"refund": True, "partial_refund": True}

ROUTES: Final = (
    Route(
        Method.CASH,
        Rail.CASH,
        Provider.NONE,
        Capabilities(Presents.NOTHING, asynchronous=False),
        AccountType.CASH,
        frozenset(EXPONENTS),
    ),
    Route(Method.VIETQR, Rail.BANK_TRANSFER, Provider.SEPAY, Capabilities(Presents.OWN_CODE), AccountType.BANK, _DONG),
    Route(Method.VIETQR, Rail.BANK_TRANSFER, Provider.CASSO, Capabilities(Presents.OWN_CODE), AccountType.BANK, _DONG),
    Route(
        Method.VIETQR,
        Rail.BANK_TRANSFER,
        Provider.PAYOS,
        Capabilities(Presents.CODE, withdraw=True),
        AccountType.BANK,
        _DONG,
    ),
    Route(
        Method.VNPAY_QR,
        Rail.BANK_TRANSFER,
        Provider.VNPAY_QR_MMS,
        Capabilities(Presents.CODE, settlement_days=1, **_GIVES_BACK),
        AccountType.QR,
        _DONG,
    ),
    Route(
        Method.CARD,
        Rail.CARD_PSP,
        Provider.STRIPE,
        Capabilities(Presents.LINK, capture=True, withdraw=True, **_GIVES_BACK),
        AccountType.MOBILE_POS,
        frozenset({"AED", "AUD", "EUR", "JPY", "SAR", "SGD", "USD", "VND"}),
        MappingProxyType({"": "", **dict.fromkeys(("card", *_CARDS), "card")}),
    ),
    Route(
        Method.CARD,
        Rail.CARD_PSP,
        Provider.SQUARE,
        Capabilities(Presents.LINK, withdraw=True, **_GIVES_BACK),
        AccountType.MOBILE_POS,
        frozenset({"AUD", "EUR", "JPY", "USD"}),
        MappingProxyType(dict.fromkeys(("", "card", *_CARDS), "link")),
    ),
    Route(
        Method.CARD,
        Rail.CARD_PSP,
        Provider.HYPERPAY,
        Capabilities(Presents.LINK, capture=True, **_GIVES_BACK),
        AccountType.MOBILE_POS,
        frozenset({"AED", "EUR", "SAR", "USD"}),
        MappingProxyType({"": "", "card": "", "mada": "MADA", "visa": "VISA", "mastercard": "MASTER"}),
    ),
    Route(
        Method.CARD,
        Rail.CARD_PSP,
        Provider.BRAINTREE,
        Capabilities(Presents.LINK, capture=True, withdraw=True, **_GIVES_BACK),
        AccountType.MOBILE_POS,
        frozenset({"AED", "AUD", "EUR", "JPY", "SAR", "SGD", "USD"}),
        MappingProxyType(dict.fromkeys(("", "card", *_CARDS), "")),
    ),
    Route(
        Method.CARD_TERMINAL,
        Rail.CARD_PSP,
        Provider.VNPAY_SPOS,
        Capabilities(Presents.TERMINAL, withdraw=True),
        AccountType.MOBILE_POS,
        _DONG,
        MappingProxyType({"": "", "card": "card", "qr": "qr"}),
    ),
    Route(
        Method.CARD_TERMINAL,
        Rail.CARD_PSP,
        Provider.SQUARE,
        Capabilities(Presents.TERMINAL, capture=True, withdraw=True, **_GIVES_BACK),
        AccountType.MOBILE_POS,
        frozenset({"AUD", "EUR", "JPY", "USD"}),
        MappingProxyType(dict.fromkeys(("", "card", *_CARDS), "terminal")),
    ),
    Route(
        Method.PAYPAL,
        Rail.CARD_PSP,
        Provider.PAYPAL,
        Capabilities(Presents.LINK, capture=True, withdraw=True, **_GIVES_BACK),
        AccountType.QR,
        frozenset({"AUD", "EUR", "JPY", "SGD", "USD"}),
    ),
    Route(
        Method.OPEN_BANKING,
        Rail.OPEN_BANKING_PIS,
        Provider.LEAN,
        Capabilities(Presents.LINK, withdraw=True, **_GIVES_BACK),
        AccountType.BANK,
        frozenset({"AED", "SAR"}),
    ),
    *(
        Route(
            method,
            Rail.MANUAL_SETTLEMENT,
            Provider.MANUAL,
            Capabilities(Presents.NOTHING),
            AccountType.BANK,
            frozenset(EXPONENTS),
        )
        for method in (Method.CHEQUE, Method.MANUAL)
    ),
    Route(
        Method.STORED_VALUE,
        Rail.WALLET,
        Provider.STORED_VALUE,
        Capabilities(Presents.BALANCE, asynchronous=False, capture=True, withdraw=True, **_GIVES_BACK),
        AccountType.CONTROL,
        frozenset(EXPONENTS),
    ),
)
"""Every way to every provider that the hub can talk to; of one method's the earlier ones are preferred."""

BY_HAND: Final = frozenset({Method.CHEQUE, Method.MANUAL})
"""The methods whose money a person of the shop sees come, later and elsewhere; a shop switches them on."""

OF_THE_SHOP: Final = frozenset({Provider.NONE, Provider.MANUAL, Provider.STATEMENT})
"""Who confirms money where the hub asks nobody outside about it."""

BANK_TELLERS: Final = frozenset({Provider.SEPAY, Provider.CASSO, Provider.PAYOS, Provider.STATEMENT})
"""Who tells of movements on a bank account of the shop: two of them may tell of the same money."""

INTERNAL: Final = frozenset({Provider.NONE, Provider.STORED_VALUE})
"""Those that nobody outside stands behind: nothing is connected, and no call leaves the hub."""


def routes_of(method: Method) -> tuple[Route, ...]:
    """Return the ways of a method, the preferred ones first; none for a method that no provider offers yet."""
    return tuple(route for route in ROUTES if route.method is method)


def route_of(method: Method, provider: Provider) -> Route | None:
    """Return the way of a method to a provider, None if there is none."""
    return next((route for route in routes_of(method) if route.provider is provider), None)


def wallet_type(method: Method) -> AccountType:
    """Return the type of wallet that a method's money goes to where the shop has chosen none."""
    return next((route.wallet_type for route in routes_of(method)), AccountType.BANK)


def given_by(method: Method) -> Presents:
    """Return what the customer is given to pay by a method: what its preferred way gives."""
    return next((route.capabilities.presents for route in routes_of(method)), Presents.NOTHING)


def needs_network(method: Method) -> bool:
    """Whether a method cannot begin while the hub is out of reach."""
    return all(route.capabilities.needs_network for route in routes_of(method))


def rail_of(provider: Provider) -> Rail:
    """Return the rail on which a provider's money comes; manual settlement for one without any route."""
    if provider is Provider.STATEMENT:
        return Rail.BANK_TRANSFER
    return next((route.rail for route in ROUTES if route.provider is provider), Rail.MANUAL_SETTLEMENT)


def methods_of(provider: Provider) -> tuple[Method, ...]:
    """Return the methods by which a provider's money comes, the first for money that names no payment."""
    return tuple(route.method for route in ROUTES if route.provider is provider)


def confirmers(method: Method, provider: Provider) -> tuple[Provider, ...]:
    """Return the providers whose word counts for a payment, its own first.

    Who pays a code of the till's own pays a bank account, so whoever reads that account can tell of it, also if it
    was connected after the code was shown. Every bank transfer stands in the account's statement.
    """
    if method is not Method.VIETQR:
        return (provider,)
    route = route_of(method, provider)
    if route is None or route.capabilities.presents is not Presents.OWN_CODE:
        return (provider, Provider.STATEMENT)
    own = (each.provider for each in routes_of(method) if each.capabilities.presents is Presents.OWN_CODE)
    return (provider, *(each for each in own if each is not provider), Provider.STATEMENT)


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
    it is known. `page_url` is the hub's own page of this payment, for a provider that has only a widget for a page.
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
    page_url: str = ""


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

    `link` is a page on which the customer pays. `authorized_minor` is held for the shop and not captured yet, until
    `held_until`. `hint` is a masked instrument such as `VISA •••• 1111`. `receipts` is the money
    a query found, movement by movement, the oldest first, with the same dedupe keys as the notifications of that money;
    `received_minor` is their sum and `paid_at` the time of the last.
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
    receipts: "tuple[Receipt, ...]" = ()

    @property
    def receipt(self) -> "Receipt | None":
        """Return the newest money that was found."""
        return self.receipts[-1] if self.receipts else None


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money that a provider says has arrived: a verified notification, a query's answer or a statement line.

    `dedupe_key` is the provider's own id of the movement; `text` is the transfer text or the provider's order number,
    in which our payment reference is looked for. Amounts are minor units. `nth` counts, from one, the lines of one
    statement's file that name the same payment with the same amount.
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
    nth: int = 1
