"""What Stripe's words mean: decline codes, error codes, and the statuses of intents, refunds and disputes.

Source: docs.stripe.com/declines/codes, docs.stripe.com/error-codes and the enumerations of the official SDK (16.1).
"""

from typing import Final

from domain.errors import FailureCode
from domain.notices import DisputeStage
from domain.rails import RailStatus

DECLINES: Final = {
    "approve_with_id": FailureCode.DECLINED,
    "authentication_required": FailureCode.DECLINED,
    "call_issuer": FailureCode.DECLINED,
    "card_not_supported": FailureCode.INVALID_INSTRUMENT,
    "card_velocity_exceeded": FailureCode.INSUFFICIENT_FUNDS,
    "currency_not_supported": FailureCode.INVALID_INSTRUMENT,
    "do_not_honor": FailureCode.DECLINED,
    "do_not_try_again": FailureCode.DECLINED,
    "duplicate_transaction": FailureCode.DECLINED,
    "expired_card": FailureCode.INVALID_INSTRUMENT,
    "fraudulent": FailureCode.DECLINED,
    "generic_decline": FailureCode.DECLINED,
    "incorrect_address": FailureCode.INVALID_INSTRUMENT,
    "incorrect_cvc": FailureCode.INVALID_INSTRUMENT,
    "incorrect_number": FailureCode.INVALID_INSTRUMENT,
    "incorrect_pin": FailureCode.INVALID_INSTRUMENT,
    "incorrect_zip": FailureCode.INVALID_INSTRUMENT,
    "insufficient_funds": FailureCode.INSUFFICIENT_FUNDS,
    "invalid_account": FailureCode.INVALID_INSTRUMENT,
    "invalid_amount": FailureCode.DECLINED,
    "invalid_cvc": FailureCode.INVALID_INSTRUMENT,
    "invalid_expiry_month": FailureCode.INVALID_INSTRUMENT,
    "invalid_expiry_year": FailureCode.INVALID_INSTRUMENT,
    "invalid_number": FailureCode.INVALID_INSTRUMENT,
    "invalid_pin": FailureCode.INVALID_INSTRUMENT,
    "issuer_not_available": FailureCode.DECLINED,
    "lost_card": FailureCode.DECLINED,
    "merchant_blacklist": FailureCode.DECLINED,
    "new_account_information_available": FailureCode.INVALID_INSTRUMENT,
    "no_action_taken": FailureCode.DECLINED,
    "not_permitted": FailureCode.DECLINED,
    "offline_pin_required": FailureCode.DECLINED,
    "online_or_offline_pin_required": FailureCode.DECLINED,
    "pickup_card": FailureCode.DECLINED,
    "pin_try_exceeded": FailureCode.DECLINED,
    "processing_error": FailureCode.DECLINED,
    "reenter_transaction": FailureCode.DECLINED,
    "restricted_card": FailureCode.DECLINED,
    "revocation_of_all_authorizations": FailureCode.DECLINED,
    "revocation_of_authorization": FailureCode.DECLINED,
    "security_violation": FailureCode.DECLINED,
    "service_not_allowed": FailureCode.DECLINED,
    "stolen_card": FailureCode.DECLINED,
    "stop_payment_order": FailureCode.DECLINED,
    "testmode_decline": FailureCode.INVALID_INSTRUMENT,
    "transaction_not_allowed": FailureCode.DECLINED,
    "try_again_later": FailureCode.DECLINED,
    "withdrawal_count_limit_exceeded": FailureCode.INSUFFICIENT_FUNDS,
}
"""Why a card was declined (`decline_code`); a card's every failure is the payer's to mend, never the machine's."""

ERRORS: Final = {
    "account_invalid": FailureCode.CREDENTIALS_REJECTED,
    "amount_too_large": FailureCode.AMOUNT_MISMATCH,
    "amount_too_small": FailureCode.AMOUNT_MISMATCH,
    "api_key_expired": FailureCode.CREDENTIALS_REJECTED,
    "balance_insufficient": FailureCode.INSUFFICIENT_FUNDS,
    "charge_already_captured": FailureCode.INVALID_TRANSITION,
    "charge_already_refunded": FailureCode.INVALID_TRANSITION,
    "charge_disputed": FailureCode.INVALID_TRANSITION,
    "charge_exceeds_source_limit": FailureCode.DECLINED,
    "charge_expired_for_capture": FailureCode.EXPIRED,
    "charge_not_refundable": FailureCode.OPERATION_UNSUPPORTED,
    "country_unsupported": FailureCode.OPERATION_UNSUPPORTED,
    "idempotency_key_in_use": FailureCode.PROVIDER_UNAVAILABLE,
    "insufficient_funds": FailureCode.INSUFFICIENT_FUNDS,
    "livemode_mismatch": FailureCode.CREDENTIALS_REJECTED,
    "lock_timeout": FailureCode.PROVIDER_UNAVAILABLE,
    "payment_intent_unexpected_state": FailureCode.INVALID_TRANSITION,
    "payment_method_unactivated": FailureCode.OPERATION_UNSUPPORTED,
    "platform_api_key_expired": FailureCode.CREDENTIALS_REJECTED,
    "rate_limit": FailureCode.RATE_LIMITED,
    "refund_disputed_payment": FailureCode.INVALID_TRANSITION,
    "resource_missing": FailureCode.ROUTE_NOT_FOUND,
    "secret_key_required": FailureCode.CREDENTIALS_REJECTED,
    "testmode_charges_only": FailureCode.CREDENTIALS_REJECTED,
    "url_invalid": FailureCode.UNEXPECTED_ERROR,
}
"""Why a request was refused (`code`); other codes are known by their field or their HTTP status alone."""

PARAMS: Final = {
    "amount": FailureCode.AMOUNT_MISMATCH,  # a refund of more than is left
    "expires_at": FailureCode.EXPIRED,  # the request came too late for the page to live as long as Stripe wants
}
"""What is wrong when Stripe objects to a field without a code."""

IDEMPOTENCY_ERROR: Final = "idempotency_error"
"""A type of error: under this key something else was, or is being, done."""

CANCELLATIONS: Final = {
    "abandoned": FailureCode.EXPIRED,
    "automatic": FailureCode.EXPIRED,
    "expired": FailureCode.EXPIRED,
    "duplicate": FailureCode.PAYER_CANCELLED,
    "requested_by_customer": FailureCode.PAYER_CANCELLED,
    "fraudulent": FailureCode.DECLINED,
}
"""Why an intent was cancelled (`cancellation_reason`)."""

REFUNDS: Final = {
    "pending": RailStatus.PENDING,
    "requires_action": RailStatus.PENDING,
    "succeeded": RailStatus.SUCCESS,
    "failed": RailStatus.FAILED,
    "canceled": RailStatus.FAILED,
}

REFUND_FAILURES: Final = {
    "charge_for_pending_refund_disputed": FailureCode.INVALID_TRANSITION,
    "declined": FailureCode.DECLINED,
    "expired_or_canceled_card": FailureCode.INVALID_INSTRUMENT,
    "insufficient_funds": FailureCode.INSUFFICIENT_FUNDS,
    "lost_or_stolen_card": FailureCode.INVALID_INSTRUMENT,
    "merchant_request": FailureCode.PAYER_CANCELLED,
}
"""Why a refund failed (`failure_reason`); every other reason is DECLINED."""

DISPUTES: Final = {
    "needs_response": DisputeStage.OPENED,
    "under_review": DisputeStage.OPENED,
    "won": DisputeStage.WON,
    "lost": DisputeStage.LOST,
}
"""Statuses of disputes that moved money; an inquiry (`warning_…`) has moved none."""
