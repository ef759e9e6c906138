"""Checkout requests as they travel: the form of a request as JSON Schema, and how an order stands."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field

from domain.checkouts import (
    CUSTOMER_FIELDS,
    MAX_CUSTOMER,
    MAX_OPTION,
    MAX_ORDER,
    MAX_PERIOD,
    MAX_SUBSCRIPTION,
    MAX_TYPE,
    MUST,
    CaptureMode,
    Checkout,
    CheckoutOrigin,
    standing_payment,
)
from domain.display import checkout_word, entity_word
from domain.money import EXPONENTS, MAX_MINOR
from domain.payments import OPEN, PaymentIntent
from domain.ports import UnitOfWork
from domain.rails import Method
from domain.refundable import counted
from domain.refunds import WAITING, Refund, RefundOrigin, RefundStatus, RefundWay
from sync.wire import Wire


def _text(longest: int, description: str) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": longest, "description": description}


def _word(longest: int, description: str) -> dict[str, Any]:
    return {**_text(longest, description), "pattern": "^[A-Za-z0-9._-]+$"}


def _minor(least: int, description: str) -> dict[str, Any]:
    return {"type": "integer", "minimum": least, "maximum": MAX_MINOR, "description": f"{description}, in minor units."}


CHECKOUT_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "title": "CheckoutRequest",
    "properties": {
        "order_ref": _text(MAX_ORDER, "The order's own number; with its type it names one order for ever."),
        "order_type": _word(MAX_TYPE, "What kind of order it is, such as `web` or `booking`."),
        "subtotal_minor": _minor(1, "What the order comes to without tax"),
        "tax_percent": {"type": "integer", "minimum": 0, "maximum": 100, "description": "The rate of the tax."},
        "tax_minor": _minor(0, "The rate's share of the subtotal, halves rounded up"),
        "total_minor": _minor(1, "Subtotal and tax together: what is charged"),
        "currency": {"type": "string", "enum": sorted(EXPONENTS), "description": "The shop's currency (ISO 4217)."},
        "capture_mode": {"type": "string", "enum": sorted(CaptureMode), "description": "Take the money, or hold it."},
        "origin": {"type": "string", "enum": sorted(CheckoutOrigin)},
        "due_on": {"type": "string", "format": "date", "description": "The day by which it is to be paid."},
        "method": {"type": "string", "enum": sorted(Method), "description": "The shop's first one without it."},
        "option": _word(MAX_OPTION, "A payment option of the method, such as `visa`."),
        "subscription_id": _text(MAX_SUBSCRIPTION, "Of origin `subscription`: what renews."),
        "period": _word(MAX_PERIOD, "Of origin `subscription`: what is paid for; one order may charge it."),
        "customer": {
            "type": "object",
            "properties": {
                name: {"type": "string", "maxLength": MAX_CUSTOMER, "description": f"The customer's {name}."}
                for name in CUSTOMER_FIELDS
            },
            "additionalProperties": False,
        },
    },
    "required": list(MUST),
    "additionalProperties": False,
}
"""The form that `read_checkout` reads."""


class CheckoutRefund(Wire):
    """Money of the order that goes back or was taken back; amounts are minor units."""

    id: str
    amount_minor: int
    status: Literal["pending", "completed", "failed", "charged_back"]
    requested_at: int


class CheckoutPayment(Wire):
    """The payment by which the order stands now; amounts are minor units, times milliseconds since 1970 (UTC)."""

    id: str
    reference: str
    method: str
    option: str | None = None
    amount_minor: int
    expires_at: int
    qr_text: Annotated[str | None, Field(description="What the customer's code says, while it can be paid.")] = None
    link: Annotated[str | None, Field(description="The page on which the customer pays, while it can be paid.")] = None
    held_minor: int | None = None
    held_until: int | None = None
    failure: Annotated[str | None, Field(description="Why it failed: one of the sixteen failure codes.")] = None
    exception: Annotated[
        str | None, Field(description="What about the money a person looks at, such as paid_late.")
    ] = None
    paid_at: int | None = None


class CheckoutAnswer(Wire):
    """How an order stands. `attempts` counts its payments; `received_minor` is what they brought, without refunds."""

    id: str
    order_ref: str
    order_type: str
    origin: str
    subscription_id: str | None = None
    period: str | None = None
    subtotal_minor: int
    tax_percent: int
    tax_minor: int
    total_minor: int
    currency: str
    capture_mode: CaptureMode
    due_on: str | None = None
    created_at: int
    status: Literal["pending", "authorized", "paid", "failed", "expired", "cancelled"]
    entity_status: Literal["pending", "completed", "failed", "refunded", "charged_back"]
    received_minor: int
    refunded_minor: int
    attempts: int
    payment: CheckoutPayment | None = None
    refunds: list[CheckoutRefund]


class CheckoutProblem(Wire):
    """A refused request: one of the product's error codes, and the field or the amount that it is about."""

    code: str
    field: str | None = None
    problem: Literal["missing", "unknown", "invalid"] | None = None
    tax_minor: Annotated[int | None, Field(description="Of ORDER_TAX: what the shop's books find in the total.")] = None
    order_ref: Annotated[str | None, Field(description="Of PERIOD_CHARGED: the order that charges the period.")] = None


def told_checkout(uow: UnitOfWork, checkout: Checkout) -> CheckoutAnswer:
    """Return how an order stands, as its system is told."""
    request, bill_id = checkout.request, checkout.bill.id
    payments = uow.payments.of_bill(bill_id)
    refunds = [each for each in uow.refunds.of_bill(bill_id) if each.way is not RefundWay.WRITE_OFF]  # went to nobody
    standing = standing_payment(payments)
    received = counted(payments, refunds)
    done = [refund for refund in refunds if refund.status is RefundStatus.DONE]
    refunded = sum(refund.amount_minor for refund in done)
    charged_back = any(refund.origin is RefundOrigin.CHARGE_BACK for refund in done)
    return CheckoutAnswer(
        id=checkout.id,
        order_ref=request.order_ref,
        order_type=request.order_type,
        origin=request.origin.value,
        subscription_id=request.subscription_id or None,
        period=request.period or None,
        subtotal_minor=request.subtotal_minor,
        tax_percent=request.tax_percent,
        tax_minor=request.tax_minor,
        total_minor=request.total_minor,
        currency=request.currency,
        capture_mode=CaptureMode.AUTOMATIC if request.capture else CaptureMode.MANUAL,
        due_on=request.due_on or None,
        created_at=checkout.created_at,
        status="failed" if standing is None else checkout_word(standing.status),
        entity_status="failed" if standing is None else entity_word(standing.status, refunded, received, charged_back),
        received_minor=received,
        refunded_minor=refunded,
        attempts=len(payments),
        payment=None if standing is None else _payment(standing),
        refunds=[_refund(refund) for refund in refunds],
    )


def _payment(intent: PaymentIntent) -> CheckoutPayment:
    shown = intent.qr_text if intent.status in OPEN else ""
    is_link = shown.startswith(("https://", "http://"))
    return CheckoutPayment(
        id=intent.id,
        reference=intent.reference,
        method=intent.method.value,
        option=intent.option or None,
        amount_minor=intent.amount_minor,
        expires_at=intent.expires_at,
        qr_text=shown if shown and not is_link else None,
        link=shown if is_link else None,
        held_minor=intent.held_minor or None,
        held_until=intent.held_until,
        failure=intent.failure.value if intent.failure else None,
        exception=None if intent.exception.value == "none" else intent.exception.value,
        paid_at=intent.paid_at,
    )


def _refund(refund: Refund) -> CheckoutRefund:
    gone = "charged_back" if refund.origin is RefundOrigin.CHARGE_BACK else "completed"
    done = gone if refund.status is RefundStatus.DONE else "failed"
    return CheckoutRefund.model_validate(
        {
            "id": refund.id,
            "amount_minor": refund.amount_minor,
            "status": "pending" if refund.status in WAITING else done,
            "requested_at": refund.requested_at,
        }
    )
