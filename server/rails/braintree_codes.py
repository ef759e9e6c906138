"""What Braintree's words mean: statuses, processor responses, gateway rejections, validation errors and disputes.

Source: the enumerations of the official SDK (4.48) and developer.paypal.com/braintree (authorization responses).
"""

from typing import Final

from domain.errors import FailureCode
from domain.notices import DisputeStage
from domain.rails import RailStatus

STATUSES: Final[dict[str, tuple[RailStatus, FailureCode | None]]] = {
    "authorizing": (RailStatus.PENDING, None),
    "authorized": (RailStatus.PENDING, None),
    "settlement_pending": (RailStatus.PENDING, None),
    "submitted_for_settlement": (RailStatus.SUCCESS, None),
    "settling": (RailStatus.SUCCESS, None),
    "settlement_confirmed": (RailStatus.SUCCESS, None),
    "settled": (RailStatus.SUCCESS, None),
    "authorization_expired": (RailStatus.FAILED, FailureCode.EXPIRED),
    "failed": (RailStatus.FAILED, FailureCode.DECLINED),
    "gateway_rejected": (RailStatus.FAILED, FailureCode.DECLINED),
    "processor_declined": (RailStatus.FAILED, FailureCode.DECLINED),
    "settlement_declined": (RailStatus.FAILED, FailureCode.DECLINED),
    "settlement_failed": (RailStatus.FAILED, FailureCode.DECLINED),
    "voided": (RailStatus.FAILED, FailureCode.PAYER_CANCELLED),
}
"""Statuses of transactions. A card's money is the shop's once it is submitted: Braintree settles it by itself."""

HELD: Final = "authorized"
VOIDED: Final = "voided"
VOIDABLE: Final = frozenset({"authorized", "submitted_for_settlement", "settlement_pending"})
"""Statuses in which a transaction is voided; from settling on it is refunded."""

PROCESSOR: Final = {
    "2001": FailureCode.INSUFFICIENT_FUNDS,
    "2002": FailureCode.INSUFFICIENT_FUNDS,  # limit exceeded
    "2003": FailureCode.INSUFFICIENT_FUNDS,  # activity limit exceeded
    "2004": FailureCode.INVALID_INSTRUMENT,  # expired
    "2005": FailureCode.INVALID_INSTRUMENT,  # number
    "2006": FailureCode.INVALID_INSTRUMENT,  # expiration date
    "2007": FailureCode.INVALID_INSTRUMENT,  # no account
    "2008": FailureCode.INVALID_INSTRUMENT,  # account length
    "2009": FailureCode.INVALID_INSTRUMENT,  # no such issuer
    "2010": FailureCode.INVALID_INSTRUMENT,  # security code
    "2022": FailureCode.INVALID_INSTRUMENT,  # not supported by this merchant account
    "2023": FailureCode.INVALID_INSTRUMENT,
    "2024": FailureCode.INVALID_INSTRUMENT,  # card type
    "2051": FailureCode.INVALID_INSTRUMENT,  # number against method
    "2053": FailureCode.DECLINED,  # lost or stolen
    "2074": FailureCode.INSUFFICIENT_FUNDS,  # of a PayPal account
}
"""Why the processor declined (`processor_response_code`); every other code is DECLINED."""

REJECTIONS: Final = {
    "application_incomplete": FailureCode.CREDENTIALS_REJECTED,
    "avs": FailureCode.INVALID_INSTRUMENT,
    "avs_and_cvv": FailureCode.INVALID_INSTRUMENT,
    "cvv": FailureCode.INVALID_INSTRUMENT,
}
"""Why the gateway rejected (`gateway_rejection_reason`); every other reason but DUPLICATE is DECLINED."""

DUPLICATE: Final = "duplicate"
"""The gateway saw the same transaction a moment ago: that one is the one that counts."""

ERRORS: Final = {
    "81501": FailureCode.AMOUNT_MISMATCH,
    "81502": FailureCode.AMOUNT_MISMATCH,
    "81503": FailureCode.AMOUNT_MISMATCH,
    "81528": FailureCode.AMOUNT_MISMATCH,
    "81531": FailureCode.AMOUNT_MISMATCH,
    "815193": FailureCode.AMOUNT_MISMATCH,
    "91504": FailureCode.INVALID_TRANSITION,  # cannot be voided
    "91505": FailureCode.INVALID_TRANSITION,  # is a refund itself
    "91506": FailureCode.PROVIDER_UNAVAILABLE,  # not settled yet: it will be
    "91507": FailureCode.INVALID_TRANSITION,  # cannot be submitted
    "91512": FailureCode.INVALID_TRANSITION,  # refunded already
    "91513": FailureCode.CREDENTIALS_REJECTED,  # merchant account
    "91514": FailureCode.CREDENTIALS_REJECTED,  # merchant account is suspended
    "91518": FailureCode.INVALID_INSTRUMENT,
    "91521": FailureCode.AMOUNT_MISMATCH,  # more than is left
    "91522": FailureCode.AMOUNT_MISMATCH,  # more than is held
    "91538": FailureCode.CREDENTIALS_REJECTED,
    "91546": FailureCode.OPERATION_UNSUPPORTED,
    "91547": FailureCode.OPERATION_UNSUPPORTED,
    "91564": FailureCode.INVALID_INSTRUMENT,  # the nonce is used
    "91565": FailureCode.INVALID_INSTRUMENT,  # no such nonce
    "91566": FailureCode.INVALID_INSTRUMENT,
    "91567": FailureCode.INVALID_INSTRUMENT,
    "91569": FailureCode.INVALID_INSTRUMENT,
    "91574": FailureCode.PROVIDER_UNAVAILABLE,  # is settling just now
    "91577": FailureCode.INVALID_INSTRUMENT,
    "915101": FailureCode.INVALID_INSTRUMENT,
    "915200": FailureCode.DECLINED,
    "915201": FailureCode.DECLINED,
}
"""Validation errors; every other is UNEXPECTED_ERROR."""

DISPUTES: Final = {
    "open": DisputeStage.OPENED,
    "disputed": DisputeStage.OPENED,
    "under_review": DisputeStage.OPENED,
    "won": DisputeStage.WON,
    "lost": DisputeStage.LOST,
    "accepted": DisputeStage.LOST,
    "auto_accepted": DisputeStage.LOST,
    "expired": DisputeStage.LOST,
}
"""Statuses of disputes of the kind charge-back; a retrieval moves no money."""
