"""Checkout requests: what an ordering system asks to be paid, told as a JSON object of one exact form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from domain.bills import Bill
from domain.errors import ErrorCode, RuleBroken
from domain.ids import BillId, CheckoutId, Instant, MerchantId, PaymentId, id_for
from domain.money import EXPONENTS, MAX_MINOR
from domain.payments import PaymentIntent, PaymentStatus
from domain.rails import Method
from domain.told_fields import ToldFields
from domain.vouchers import FIRST_DAY

MAX_ORDER: Final = 100
MAX_TYPE: Final = 40
MAX_CUSTOMER: Final = 200
MAX_SUBSCRIPTION: Final = 100
MAX_PERIOD: Final = 40
MAX_OPTION: Final = 40

MAX_OPEN: Final = 200
"""So many payments may be open for one key: each is asked about at its provider until it ends."""
MAX_TRIES: Final = 20
TRIES_MS: Final = 24 * 3_600_000
"""So many payments are begun for one order within that time; each may be made at a provider."""

MUST: Final = (
    *("order_ref", "order_type", "subtotal_minor", "tax_percent", "tax_minor", "total_minor", "currency"),
    *("capture_mode", "origin"),
)
MAY: Final = ("customer", "due_on", "method", "option", "subscription_id", "period")
CUSTOMER_FIELDS: Final = ("name", "phone")


class CaptureMode(StrEnum):
    """Whether the money is taken at once, or held until it is ordered to be taken."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"


class CheckoutOrigin(StrEnum):
    """Who asks: an ordering system for a customer who stands before it, or a subscription that falls due."""

    API = "api"
    SUBSCRIPTION = "subscription"


@dataclass(frozen=True, slots=True)
class CheckoutRequest:
    """What is to be paid for an order, in minor units of `currency`; subtotal and tax together are the total.

    `tax_percent` is the rate in percent. `method` is None where the shop's first one is to do. `due_on` is a day
    (YYYY-MM-DD) or empty. Of a subscription, `period` names what is paid for, such as `2026-11`.
    """

    order_ref: str
    order_type: str
    subtotal_minor: int
    tax_percent: int
    tax_minor: int
    total_minor: int
    currency: str
    capture: bool
    origin: CheckoutOrigin
    due_on: str = ""
    method: Method | None = None
    option: str = ""
    customer_name: str = ""
    customer_phone: str = ""
    subscription_id: str = ""
    period: str = ""

    def __post_init__(self) -> None:
        if self.subtotal_minor + self.tax_minor != self.total_minor:
            raise RuleBroken(ErrorCode.ORDER_SUM, total=self.total_minor, sum=self.subtotal_minor + self.tax_minor)


@dataclass(frozen=True, slots=True)
class Checkout:
    """A checkout request as the hub keeps it: for an order there is one, whose facts never change."""

    id: CheckoutId
    merchant_id: MerchantId
    request: CheckoutRequest
    key_id: str
    created_at: Instant

    @property
    def bill(self) -> Bill:
        """The bill that every payment of the order pays."""
        return Bill(BillId(self.id), self.request.total_minor)

    def payment_id(self, number: int) -> PaymentId:
        """Return the id of the order's payment of a number, counted from zero."""
        return PaymentId(id_for("checkout-payment", self.id, str(number)))


class Checkouts(Protocol):
    """The checkout requests of a merchant (hub)."""

    def add(self, checkout: Checkout) -> None:
        """Keep a new one; the database refuses a second one of an order, and of a subscription's period."""

    def get(self, checkout_id: CheckoutId) -> Checkout | None:
        """Return a checkout request."""

    def of_period(self, subscription_id: str, period: str) -> Checkout | None:
        """Return the one by which a subscription's period is paid."""

    def open_of(self, key_id: str) -> int:
        """Return how many payments are open for what a system asked under its key."""


def checkout_id(merchant_id: MerchantId, request: CheckoutRequest) -> CheckoutId:
    """Return the id of the checkout request of an order: the same whenever the order is told."""
    return CheckoutId(id_for("checkout", merchant_id, request.order_type, request.order_ref))


def same_order(one: CheckoutRequest, other: CheckoutRequest) -> bool:
    """Whether two requests ask for the same money in the same manner; how it is paid and by whom may differ."""
    return _money_of(one) == _money_of(other)


def standing_payment(payments: Sequence[PaymentIntent]) -> PaymentIntent | None:
    """Return the payment by which an order stands: one that is paid, else one that holds money, else the last."""
    for status in (PaymentStatus.PAID, PaymentStatus.AUTHORIZED):
        found = next((payment for payment in payments if payment.status is status), None)
        if found is not None:
            return found
    return max(payments, key=lambda payment: (payment.created_at, payment.reference), default=None)


def read_checkout(told: object) -> CheckoutRequest:
    """Read a checkout request from what `read_json` returned.

    Raises RuleBroken: CHECKOUT_INVALID that names the field, ORDER_SUM where subtotal and tax are not the total.
    """
    if not isinstance(told, Mapping):
        raise RuleBroken(ErrorCode.CHECKOUT_INVALID, problem="invalid")
    fields = ToldFields(told, ErrorCode.CHECKOUT_INVALID)
    fields.check_names(MUST, MAY)
    origin = CheckoutOrigin(_one_of(fields, "origin", CheckoutOrigin))
    renews = origin is CheckoutOrigin.SUBSCRIPTION
    for name in ("subscription_id", "period"):
        if renews is not (name in told):
            fields.refuse(name, "missing" if renews else "unknown")
    name, phone = _customer(fields)
    return CheckoutRequest(
        order_ref=fields.name("order_ref", MAX_ORDER),
        order_type=fields.word("order_type", MAX_TYPE),
        subtotal_minor=fields.amount("subtotal_minor", 1, MAX_MINOR),
        tax_percent=fields.amount("tax_percent", 0, 100),
        tax_minor=fields.amount("tax_minor", 0, MAX_MINOR),
        total_minor=fields.amount("total_minor", 1, MAX_MINOR),
        currency=_one_of(fields, "currency", EXPONENTS),
        capture=_one_of(fields, "capture_mode", CaptureMode) == CaptureMode.AUTOMATIC,
        origin=origin,
        due_on=fields.day("due_on", FIRST_DAY) if "due_on" in told else "",
        method=Method(_one_of(fields, "method", Method)) if "method" in told else None,
        option=fields.word("option", MAX_OPTION) if "option" in told else "",
        customer_name=name,
        customer_phone=phone,
        subscription_id=fields.name("subscription_id", MAX_SUBSCRIPTION) if renews else "",
        period=fields.word("period", MAX_PERIOD) if renews else "",
    )


def _customer(fields: ToldFields) -> tuple[str, str]:
    if "customer" not in fields.told:
        return "", ""
    customer = fields.within("customer")
    customer.check_names((), CUSTOMER_FIELDS)
    name, phone = (customer.text(each, MAX_CUSTOMER) for each in CUSTOMER_FIELDS)
    return name, phone


def _one_of(fields: ToldFields, name: str, known: type[StrEnum] | Mapping[str, int]) -> str:
    value = fields.told[name]
    if not isinstance(value, str) or value not in set(known):
        fields.refuse(name, "invalid")
    return value


def _money_of(request: CheckoutRequest) -> tuple[object, ...]:
    return (
        request.subtotal_minor,
        request.tax_percent,
        request.tax_minor,
        request.total_minor,
        request.currency,
        request.capture,
        request.origin,
        request.subscription_id,
        request.period,
    )
