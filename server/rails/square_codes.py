"""What Square's words mean: error codes, and the statuses of payments, refunds, terminal checkouts and disputes.

Source: the enumerations of the official SDK (squareup 46) and developer.squareup.com.
"""

from typing import Final

from domain.errors import FailureCode
from domain.notices import DisputeStage
from domain.rails import RailStatus

CODES: Final = {
    **dict.fromkeys(
        (
            "ADDRESS_VERIFICATION_FAILURE",
            "ALLOWABLE_PIN_TRIES_EXCEEDED",
            "CARD_DECLINED",
            "CARD_DECLINED_CALL_ISSUER",
            "CARD_DECLINED_VERIFICATION_REQUIRED",
            "CARDHOLDER_INSUFFICIENT_PERMISSIONS",
            "CVV_FAILURE",
            "GENERIC_DECLINE",
            "PAYMENT_LIMIT_EXCEEDED",
            "PAYMENT_NOT_REFUNDABLE",
            "PAYMENT_NOT_REFUNDABLE_DUE_TO_DISPUTE",
            "READER_DECLINED",
            "REFUND_DECLINED",
            "RESERVATION_DECLINED",
            "TRANSACTION_LIMIT",
            "VERIFY_AVS_FAILURE",
            "VERIFY_CVV_FAILURE",
            "VOICE_FAILURE",
        ),
        FailureCode.DECLINED,
    ),
    **dict.fromkeys(("GIFT_CARD_AVAILABLE_AMOUNT", "INSUFFICIENT_FUNDS"), FailureCode.INSUFFICIENT_FUNDS),
    **dict.fromkeys(
        (
            "ACCOUNT_UNUSABLE",
            "BAD_EXPIRATION",
            "CARD_EXPIRED",
            "CARD_MISMATCH",
            "CARD_NOT_SUPPORTED",
            "CARD_TOKEN_EXPIRED",
            "CARD_TOKEN_USED",
            "CHIP_INSERTION_REQUIRED",
            "EXPIRATION_FAILURE",
            "INVALID_ACCOUNT",
            "INVALID_CARD",
            "INVALID_CARD_DATA",
            "INVALID_ENCRYPTED_CARD",
            "INVALID_EXPIRATION",
            "INVALID_EXPIRATION_DATE",
            "INVALID_EXPIRATION_YEAR",
            "INVALID_PIN",
            "MISSING_PIN",
            "PAN_FAILURE",
            "SOURCE_EXPIRED",
            "SOURCE_USED",
            "UNSUPPORTED_CARD_BRAND",
            "UNSUPPORTED_ENTRY_METHOD",
            "UNSUPPORTED_INSTRUMENT_TYPE",
        ),
        FailureCode.INVALID_INSTRUMENT,
    ),
    "BUYER_REFUSED_PAYMENT": FailureCode.PAYER_CANCELLED,
    **dict.fromkeys(
        ("CHECKOUT_EXPIRED", "DELAYED_TRANSACTION_CANCELED", "DELAYED_TRANSACTION_EXPIRED"), FailureCode.EXPIRED
    ),
    **dict.fromkeys(
        (
            "ACCESS_TOKEN_EXPIRED",
            "ACCESS_TOKEN_REVOKED",
            "APPLICATION_DISABLED",
            "CARD_PROCESSING_NOT_ENABLED",
            "CLIENT_DISABLED",
            "FORBIDDEN",
            "INSUFFICIENT_PERMISSIONS",
            "INSUFFICIENT_PERMISSIONS_FOR_REFUND",
            "INSUFFICIENT_SCOPES",
            "INVALID_LOCATION",
            "LOCATION_MISMATCH",
            "UNAUTHORIZED",
        ),
        FailureCode.CREDENTIALS_REJECTED,
    ),
    **dict.fromkeys(
        (
            "CARD_PRESENCE_REQUIRED",
            "NOT_IMPLEMENTED",
            "PARTIAL_PAYMENT_DELAY_CAPTURE_NOT_SUPPORTED",
            "SANDBOX_NOT_SUPPORTED",
            "UNSUPPORTED_COUNTRY",
            "UNSUPPORTED_CURRENCY",
        ),
        FailureCode.OPERATION_UNSUPPORTED,
    ),
    **dict.fromkeys(
        ("AMOUNT_TOO_HIGH", "AMOUNT_TOO_LOW", "CURRENCY_MISMATCH", "PAYMENT_AMOUNT_MISMATCH", "REFUND_AMOUNT_INVALID"),
        FailureCode.AMOUNT_MISMATCH,
    ),
    **dict.fromkeys(
        (
            "CONFLICT",
            "DELAYED_TRANSACTION_CAPTURED",
            "DELAYED_TRANSACTION_FAILED",
            "IDEMPOTENCY_KEY_REUSED",
            "REFUND_ALREADY_PENDING",
            "REFUND_ERROR_PAYMENT_NEEDS_COMPLETION",
        ),
        FailureCode.INVALID_TRANSITION,
    ),
    **dict.fromkeys(("METHOD_NOT_ALLOWED", "NOT_FOUND"), FailureCode.ROUTE_NOT_FOUND),
    "RATE_LIMITED": FailureCode.RATE_LIMITED,
    **dict.fromkeys(("GATEWAY_TIMEOUT", "REQUEST_TIMEOUT"), FailureCode.TIMEOUT),
    **dict.fromkeys(
        ("BAD_GATEWAY", "INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE", "TEMPORARY_ERROR"),
        FailureCode.PROVIDER_UNAVAILABLE,
    ),
}
"""`errors[].code` of refusals and of failed cards; another one means what its HTTP status means."""

MAYBE_DONE: Final = frozenset(
    {
        "CONFLICT",
        "DELAYED_TRANSACTION_CAPTURED",
        "IDEMPOTENCY_KEY_REUSED",
        "REFUND_ALREADY_PENDING",
        "TEMPORARY_ERROR",
    }
)
"""Refusals because it was done before, or is being done: they say nothing against the money."""

HELD: Final = "APPROVED"
PAYMENTS: Final[dict[str, tuple[RailStatus, FailureCode | None]]] = {
    "COMPLETED": (RailStatus.SUCCESS, None),
    HELD: (RailStatus.PENDING, None),
    "PENDING": (RailStatus.PENDING, None),
    "CANCELED": (RailStatus.FAILED, FailureCode.EXPIRED),
    "FAILED": (RailStatus.FAILED, FailureCode.DECLINED),
}

REFUNDS: Final[dict[str, tuple[RailStatus, FailureCode | None]]] = {
    "COMPLETED": (RailStatus.SUCCESS, None),
    "PENDING": (RailStatus.PENDING, None),
    "REJECTED": (RailStatus.FAILED, FailureCode.DECLINED),
    "FAILED": (RailStatus.FAILED, FailureCode.DECLINED),
}

CHECKOUTS: Final = {
    "PENDING": RailStatus.PENDING,
    "IN_PROGRESS": RailStatus.PENDING,
    "CANCEL_REQUESTED": RailStatus.PENDING,
    "CANCELED": RailStatus.FAILED,
}
"""Statuses of a terminal checkout without a payment; COMPLETED is told by its payments."""

CANCEL_REASONS: Final = {
    "BUYER_CANCELED": FailureCode.PAYER_CANCELLED,
    "SELLER_CANCELED": FailureCode.PAYER_CANCELLED,
    "TIMED_OUT": FailureCode.EXPIRED,
}

DISPUTES: Final = {
    "EVIDENCE_REQUIRED": DisputeStage.OPENED,
    "PROCESSING": DisputeStage.OPENED,
    "WON": DisputeStage.WON,
    "LOST": DisputeStage.LOST,
    "ACCEPTED": DisputeStage.LOST,
}
"""States of disputes; the INQUIRY_ ones ask for evidence and take no money."""
