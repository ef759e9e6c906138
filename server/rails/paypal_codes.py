"""What PayPal's words mean: statuses of orders, captures, authorizations and refunds, issues, and processors' codes.

Source: Orders v2 and Payments v2 (developer.paypal.com, the official SDK's enumerations and its pages of errors).
"""

from typing import Final

from domain.errors import FailureCode
from domain.notices import DisputeStage
from domain.rails import RailStatus

ISSUES: Final = {
    "ADDITIONAL_PROCESSING_REQUIRED": FailureCode.DECLINED,
    "CARD_BRAND_NOT_SUPPORTED": FailureCode.INVALID_INSTRUMENT,
    "CARD_CLOSED": FailureCode.INVALID_INSTRUMENT,
    "CARD_EXPIRED": FailureCode.INVALID_INSTRUMENT,
    "COMPLIANCE_VIOLATION": FailureCode.DECLINED,
    "INSTRUMENT_DECLINED": FailureCode.DECLINED,
    "MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED": FailureCode.DECLINED,
    "PAYER_ACCOUNT_LOCKED_OR_CLOSED": FailureCode.DECLINED,
    "PAYER_ACCOUNT_RESTRICTED": FailureCode.DECLINED,
    "PAYER_CANNOT_PAY": FailureCode.DECLINED,
    "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING": FailureCode.DECLINED,
    "TRANSACTION_BLOCKED_BY_PAYEE": FailureCode.DECLINED,
    "TRANSACTION_REFUSED": FailureCode.DECLINED,
    "TRANSACTION_LIMIT_EXCEEDED": FailureCode.DECLINED,
    "AUTHORIZATION_DENIED": FailureCode.DECLINED,
    "AUTHORIZATION_EXPIRED": FailureCode.EXPIRED,
    "AUTHORIZATION_VOIDED": FailureCode.EXPIRED,
    "PREVIOUSLY_VOIDED": FailureCode.EXPIRED,
    "ORDER_EXPIRED": FailureCode.EXPIRED,
    "AUTH_CAPTURE_NOT_ENABLED": FailureCode.OPERATION_UNSUPPORTED,
    "CAPTURE_NOT_SUPPORTED": FailureCode.OPERATION_UNSUPPORTED,
    "CURRENCY_NOT_SUPPORTED": FailureCode.OPERATION_UNSUPPORTED,
    "INVALID_CURRENCY_CODE": FailureCode.OPERATION_UNSUPPORTED,
    "CURRENCY_MISMATCH": FailureCode.AMOUNT_MISMATCH,
    "AMOUNT_MISMATCH": FailureCode.AMOUNT_MISMATCH,
    "MAX_CAPTURE_AMOUNT_EXCEEDED": FailureCode.AMOUNT_MISMATCH,
    "REFUND_AMOUNT_EXCEEDED": FailureCode.AMOUNT_MISMATCH,
    "REFUND_AMOUNT_TOO_LOW": FailureCode.AMOUNT_MISMATCH,
    "REFUND_CAPTURE_CURRENCY_MISMATCH": FailureCode.AMOUNT_MISMATCH,
    "CAPTURE_FULLY_REFUNDED": FailureCode.INVALID_TRANSITION,
    "PENDING_CAPTURE": FailureCode.INVALID_TRANSITION,
    "PREVIOUSLY_CAPTURED": FailureCode.INVALID_TRANSITION,
    "MAX_CAPTURE_COUNT_EXCEEDED": FailureCode.INVALID_TRANSITION,
    "REFUND_NOT_ALLOWED": FailureCode.DECLINED,
    "REFUND_NOT_PERMITTED_BY_PAYEE": FailureCode.DECLINED,
    "REFUND_TIME_LIMIT_EXCEEDED": FailureCode.EXPIRED,
    "REFUND_FAILED_INSUFFICIENT_FUNDS": FailureCode.INSUFFICIENT_FUNDS,
    "MAX_NUMBER_OF_REFUNDS_EXCEEDED": FailureCode.DECLINED,
    "PARTIAL_REFUND_NOT_ALLOWED": FailureCode.OPERATION_UNSUPPORTED,
    "CAPTURE_DISPUTED_PARTIAL_REFUND_NOT_ALLOWED": FailureCode.DECLINED,
    "TRANSACTION_DISPUTED": FailureCode.DECLINED,
    "PAYEE_ACCOUNT_LOCKED_OR_CLOSED": FailureCode.CREDENTIALS_REJECTED,
    "PAYEE_ACCOUNT_RESTRICTED": FailureCode.CREDENTIALS_REJECTED,
    "PAYEE_ACCOUNT_INVALID": FailureCode.CREDENTIALS_REJECTED,
    "PERMISSION_DENIED": FailureCode.CREDENTIALS_REJECTED,
    "CONSENT_NEEDED": FailureCode.CREDENTIALS_REJECTED,
    "INVALID_RESOURCE_ID": FailureCode.ROUTE_NOT_FOUND,
    "RATE_LIMIT_REACHED": FailureCode.RATE_LIMITED,
    "DUPLICATE_INVOICE_ID": FailureCode.INVALID_TRANSITION,
    "DUPLICATE_REFUND": FailureCode.INVALID_TRANSITION,
    "DUPLICATE_REQUEST_ID": FailureCode.INVALID_TRANSITION,
    "PREVIOUS_REQUEST_IN_PROGRESS": FailureCode.INVALID_TRANSITION,
    "ORDER_ALREADY_CAPTURED": FailureCode.INVALID_TRANSITION,
    "ORDER_ALREADY_AUTHORIZED": FailureCode.INVALID_TRANSITION,
    "ORDER_ALREADY_COMPLETED": FailureCode.INVALID_TRANSITION,
    "ORDER_COMPLETED_OR_VOIDED": FailureCode.INVALID_TRANSITION,
    "AUTHORIZATION_ALREADY_CAPTURED": FailureCode.INVALID_TRANSITION,
}
"""Issues of refusals; another one means what its HTTP status means."""

MAYBE_DONE: Final = frozenset(
    {
        "DUPLICATE_INVOICE_ID",
        "DUPLICATE_REFUND",
        "DUPLICATE_REQUEST_ID",
        "PREVIOUS_REQUEST_IN_PROGRESS",
        "ORDER_ALREADY_CAPTURED",
        "ORDER_ALREADY_AUTHORIZED",
        "ORDER_ALREADY_COMPLETED",
        "ORDER_COMPLETED_OR_VOIDED",
        "AUTHORIZATION_ALREADY_CAPTURED",
    }
)
"""Refusals because it was done before, or is being done: they say nothing against the money."""

PAYER_ACTS: Final = frozenset({"CREATED", "SAVED", "PAYER_ACTION_REQUIRED"})
"""Statuses of an order in which its payer is sent to PayPal's page."""

PAYER_IS_AWAITED: Final = frozenset({"ORDER_NOT_APPROVED", "PAYER_ACTION_REQUIRED"})
NOTHING_HELD: Final = frozenset({"AUTHORIZATION_VOIDED", "PREVIOUSLY_VOIDED", "AUTHORIZATION_EXPIRED"})

ORDERS: Final[dict[str, tuple[RailStatus, FailureCode | None]]] = {
    "CREATED": (RailStatus.PENDING, None),
    "SAVED": (RailStatus.PENDING, None),
    "PAYER_ACTION_REQUIRED": (RailStatus.PENDING, None),
    "APPROVED": (RailStatus.PENDING, None),
    "VOIDED": (RailStatus.FAILED, FailureCode.EXPIRED),
}
"""Statuses of an order without a payment; COMPLETED is told by its payment."""

CAPTURES: Final = {
    "COMPLETED": RailStatus.SUCCESS,
    "PARTIALLY_REFUNDED": RailStatus.SUCCESS,
    "REFUNDED": RailStatus.SUCCESS,
    "PENDING": RailStatus.PENDING,
    "DECLINED": RailStatus.FAILED,
    "FAILED": RailStatus.FAILED,
}
"""What became of a capture; a refund is told apart, the money did arrive."""

HELD: Final = "CREATED"
AUTHORIZATIONS: Final[dict[str, tuple[RailStatus, FailureCode | None]]] = {
    HELD: (RailStatus.PENDING, None),
    "PENDING": (RailStatus.PENDING, None),
    "DENIED": (RailStatus.FAILED, FailureCode.DECLINED),
    "VOIDED": (RailStatus.FAILED, FailureCode.EXPIRED),
    "EXPIRED": (RailStatus.FAILED, FailureCode.EXPIRED),
}
"""What an authorization without a capture means for the payment."""

REFUNDS: Final[dict[str, tuple[RailStatus, FailureCode | None]]] = {
    "COMPLETED": (RailStatus.SUCCESS, None),
    "PENDING": (RailStatus.PENDING, None),
    "FAILED": (RailStatus.FAILED, FailureCode.DECLINED),
    "CANCELLED": (RailStatus.FAILED, FailureCode.DECLINED),
}

PROCESSORS: Final = {
    "5120": FailureCode.INSUFFICIENT_FUNDS,
    "00N7": FailureCode.INVALID_INSTRUMENT,  # CVV2 failure
    "0390": FailureCode.INVALID_INSTRUMENT,  # account not found
    "1330": FailureCode.INVALID_INSTRUMENT,  # invalid account
    "1352": FailureCode.INVALID_INSTRUMENT,  # restricted or inactive account
    "1380": FailureCode.INVALID_INSTRUMENT,  # invalid expiration
    "1382": FailureCode.INVALID_INSTRUMENT,  # invalid card verification value
    "5110": FailureCode.INVALID_INSTRUMENT,  # CVV2 failure
    "5130": FailureCode.INVALID_INSTRUMENT,  # invalid PIN
    "5140": FailureCode.INVALID_INSTRUMENT,  # card closed
    "5180": FailureCode.INVALID_INSTRUMENT,  # invalid or restricted card
    "5400": FailureCode.INVALID_INSTRUMENT,  # expired card
    "5930": FailureCode.INVALID_INSTRUMENT,  # card not activated
    "6300": FailureCode.INVALID_INSTRUMENT,  # account not on file
    "9520": FailureCode.INVALID_INSTRUMENT,  # lost or stolen
}
"""Why a card's processor declined (`processor_response.response_code`); every other code is DECLINED."""

TALKING: Final = "INQUIRY"
"""The stage of a dispute in which customer and shop talk and no money is taken."""

DISPUTE_OUTCOMES: Final = {
    "RESOLVED_SELLER_FAVOUR": DisputeStage.WON,
    "RESOLVED_WITH_PAYOUT": DisputeStage.WON,
    "CANCELED_BY_BUYER": DisputeStage.WON,
    "DENIED": DisputeStage.WON,
    "RESOLVED_BUYER_FAVOUR": DisputeStage.LOST,
    "ACCEPTED": DisputeStage.LOST,
}
"""`dispute_outcome.outcome_code`: DENIED is the customer's appeal, ACCEPTED the claim."""
