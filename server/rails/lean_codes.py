"""What Lean's words mean: statuses of links, attempts, payments and refunds, declines of banks, and errors.

Sources: docs.leantech.me (payments errors, data errors, payment statuses, payment links) and its OpenAPI description.
"""

from typing import Final

from domain.errors import FailureCode
from domain.rails import RailStatus

ACCEPTED: Final = frozenset({"ACCEPTED_BY_BANK", "PROCESSED"})
"""The payer's bank has taken the order. That is not yet money in the shop's account."""

FAILED: Final = frozenset({"FAILED", "AUTHORIZATION_FAILED", "INVALID_CREDENTIALS", "MFA_ATTEMPTS_EXHAUSTED"})
"""Payments that have come to nothing; every other status, also one that is new here, is still under way."""

GIVEN_UP: Final = frozenset({"FAILED", "EXPIRED"})
"""Attempts at a link that made no payment and will make none."""

LINK_OVER: Final = {
    "EXPIRED": FailureCode.EXPIRED,
    "DISABLED": FailureCode.PAYER_CANCELLED,
}
"""Links that nobody can pay any more. USED is over too, by a payment that is told with it."""

DECLINES: Final = {
    "INSUFFICIENT_BALANCE": FailureCode.INSUFFICIENT_FUNDS,
    "EXCEEDS_DAILY_LIMIT": FailureCode.INSUFFICIENT_FUNDS,
    "ANOTHER_PAYMENT_ALREADY_IN_PROGRESS": FailureCode.DECLINED,
    "USER_CANCELLED": FailureCode.PAYER_CANCELLED,
    "SESSION_EXPIRED_ON_OTP": FailureCode.EXPIRED,
    "BANK_ISSUE": FailureCode.DECLINED,
    "BANK_MAINTENANCE": FailureCode.DECLINED,
    "UNSEEN_BANK_ERROR": FailureCode.DECLINED,
    "EU_ACCOUNT_LOCKED": FailureCode.INVALID_INSTRUMENT,
    "EU_FUNCTIONALITY_RESTRICTED": FailureCode.INVALID_INSTRUMENT,
    "LOGGED_IN_ELSEWHERE": FailureCode.DECLINED,
    "ACTIVE_SESSION_EXISTS": FailureCode.DECLINED,
    "DUPLICATED_REQUEST": FailureCode.DECLINED,
    "KNOWN_UNSUPPORTED_MFA_BEHAVIOUR": FailureCode.INVALID_INSTRUMENT,
    "KNOWN_TRAFFIC_OUTSIDE_ALLOWED_REGION": FailureCode.INVALID_INSTRUMENT,
    "DISABLED_BY_LEAN": FailureCode.OPERATION_UNSUPPORTED,
    "DISABLED_BY_CLIENT": FailureCode.OPERATION_UNSUPPORTED,
    "LEAN_ERROR": FailureCode.DECLINED,
}
"""Why a payer's bank took nothing; a bank's trouble is the payer's to mend, never the machine's. Others: DECLINED."""

ERRORS: Final = {
    "AMOUNT_UNDER_MIN_VALUE": FailureCode.AMOUNT_MISMATCH,
    "AMOUNT_OVER_MAX_VALUE": FailureCode.AMOUNT_MISMATCH,
    "INVALID_AMOUNT": FailureCode.AMOUNT_MISMATCH,
    "INVALID_IBAN": FailureCode.CREDENTIALS_REJECTED,
    "INVALID_NAME": FailureCode.CREDENTIALS_REJECTED,
    "UNKNOWN_PAYMENT_DESTINATION": FailureCode.CREDENTIALS_REJECTED,
    "UNKNOWN_PAYMENT_INTENT": FailureCode.ROUTE_NOT_FOUND,
    "UNKNOWN_PAYMENT_SOURCE": FailureCode.ROUTE_NOT_FOUND,
    "DUPLICATED_REQUEST": FailureCode.PROVIDER_UNAVAILABLE,
}
"""Why a call was refused (`code`); the account to be paid belongs to the credentials."""

TOKEN_ERRORS: Final = frozenset({"invalid_client", "unauthorized_client", "invalid_scope"})
"""Refusals of the token that RFC 6749 (section 5.2) lets come with status 400."""

REFUNDS: Final = {
    "CREATED": RailStatus.PENDING,
    "APPROVED": RailStatus.PENDING,
    "PENDING_WITH_BANK": RailStatus.PENDING,
    "PROCESSING": RailStatus.PENDING,
    "ACCEPTED_BY_BANK": RailStatus.SUCCESS,
    "PROCESSED": RailStatus.SUCCESS,
    "REJECTED": RailStatus.FAILED,
    "FAILED": RailStatus.FAILED,
}
"""Refunds go out of the shop's own account: what its bank has accepted is on its way and cannot be called back."""

RECEIVED: Final = "RECONCILED"
"""The status of a reconciliation once the money is in the shop's account."""
