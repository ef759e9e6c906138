"""HyperPay's result codes: the vendor's 26 groups in their order, what each means for money, and why it failed.

Source: hyperpay.docs.oppwa.com/reference/resultCodes. The first pattern that matches counts; a code that none matches
is a rejection. The HTTP status does not tell the outcome.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.errors import FailureCode


class Meaning(StrEnum):
    """What a result means for the money."""

    PAID = "success"
    PAID_REVIEW = "success_review"
    PENDING = "pending"
    DOUBT = "doubt"
    REJECTED = "rejected"
    CHARGED_BACK = "chargeback"


@dataclass(frozen=True, slots=True)
class Group:
    """One group of codes: its pattern from the beginning of a code, what it means, and why, unless paid."""

    name: str
    pattern: str
    meaning: Meaning
    failure: FailureCode | None = None


GROUPS: Final = (
    Group("success", r"(000\.000\.|000\.100\.1|000\.[36]|000\.400\.[1][12]0)", Meaning.PAID),
    Group("success_manual_review", r"(000\.400\.0[^3]|000\.400\.100)", Meaning.PAID_REVIEW),
    Group("pending", r"(000\.200)", Meaning.PENDING),
    Group("pending_delayed", r"(800\.400\.5|100\.400\.500)", Meaning.PENDING),
    Group(
        "threeds_intercard_risk",
        r"(000\.400\.[1][0-9][1-9]|000\.400\.2)",
        Meaning.REJECTED,
        FailureCode.DECLINED,
    ),
    Group("bank_declined", r"(800\.[17]00|800\.800\.[123])", Meaning.REJECTED, FailureCode.DECLINED),
    Group(
        "communication_error", r"(900\.[1234]00|000\.400\.030)", Meaning.DOUBT, FailureCode.PROVIDER_UNAVAILABLE
    ),  # money may have moved; 000.400.030 must even be reversed by hand
    Group("system_error", r"(800\.[56]|999\.|600\.1|800\.800\.[84])", Meaning.DOUBT, FailureCode.PROVIDER_UNAVAILABLE),
    Group("async_workflow", r"(100\.39[765])", Meaning.REJECTED, FailureCode.DECLINED),
    Group("soft_decline", r"(300\.100\.100)", Meaning.REJECTED, FailureCode.DECLINED),
    Group(
        "external_risk",
        r"(100\.400\.[0-3]|100\.380\.100|100\.380\.11|100\.380\.4|100\.380\.5)",
        Meaning.REJECTED,
        FailureCode.DECLINED,
    ),
    Group("address_validation", r"(800\.400\.1)", Meaning.REJECTED, FailureCode.INVALID_INSTRUMENT),
    Group("threeds_rejected", r"(800\.400\.2|100\.390)", Meaning.REJECTED, FailureCode.DECLINED),
    Group("blacklist", r"(800\.[32])", Meaning.REJECTED, FailureCode.DECLINED),
    Group("risk_validation", r"(800\.1[123456]0)", Meaning.REJECTED, FailureCode.DECLINED),
    Group("configuration", r"(600\.[23]|500\.[12]|800\.121)", Meaning.REJECTED, FailureCode.CREDENTIALS_REJECTED),
    Group("registration", r"(100\.[13]50)", Meaning.REJECTED, FailureCode.INVALID_INSTRUMENT),
    Group("job", r"(100\.250|100\.360)", Meaning.REJECTED, FailureCode.UNEXPECTED_ERROR),
    Group("reference", r"(700\.[1345][05]0)", Meaning.REJECTED, FailureCode.INVALID_TRANSITION),
    Group(
        "format",
        r"(200\.[123]|100\.[53][07]|800\.900|100\.[69]00\.500)",
        Meaning.REJECTED,
        FailureCode.UNEXPECTED_ERROR,
    ),
    Group("address_detail", r"(100\.800)", Meaning.REJECTED, FailureCode.INVALID_INSTRUMENT),
    Group("contact", r"(100\.700|100\.900\.[123467890][00-99])", Meaning.REJECTED, FailureCode.INVALID_INSTRUMENT),
    Group("account", r"(100\.100|100.2[01])", Meaning.REJECTED, FailureCode.INVALID_INSTRUMENT),
    Group("amount", r"(100\.55)", Meaning.REJECTED, FailureCode.AMOUNT_MISMATCH),
    Group("risk_management", r"(100\.380\.[23]|100\.380\.101)", Meaning.REJECTED, FailureCode.DECLINED),
    Group("chargeback", r"(000\.100\.2)", Meaning.CHARGED_BACK),
)

FAILURES: Final = {
    "100.300.400": FailureCode.CREDENTIALS_REJECTED,  # channel id
    "100.300.401": FailureCode.CREDENTIALS_REJECTED,  # sender id
    "100.300.600": FailureCode.CREDENTIALS_REJECTED,  # login
    "100.300.601": FailureCode.CREDENTIALS_REJECTED,  # password
    "100.370.100": FailureCode.DECLINED,
    "100.390.124": FailureCode.PAYER_CANCELLED,  # authentication abandoned
    "100.395.501": FailureCode.EXPIRED,
    "100.395.502": FailureCode.EXPIRED,
    "100.396.101": FailureCode.PAYER_CANCELLED,
    "100.396.102": FailureCode.PAYER_CANCELLED,
    "100.396.103": FailureCode.EXPIRED,
    "100.396.104": FailureCode.PAYER_CANCELLED,
    "100.396.106": FailureCode.PAYER_CANCELLED,
    "100.396.201": FailureCode.PAYER_CANCELLED,
    "100.397.101": FailureCode.PAYER_CANCELLED,
    "100.550.310": FailureCode.INSUFFICIENT_FUNDS,
    "100.550.311": FailureCode.INSUFFICIENT_FUNDS,
    "200.300.406": FailureCode.CREDENTIALS_REJECTED,  # entity not found
    "600.200.500": FailureCode.OPERATION_UNSUPPORTED,  # currency or brand not contracted
    "700.100.200": FailureCode.AMOUNT_MISMATCH,
    "700.100.300": FailureCode.AMOUNT_MISMATCH,
    "700.400.101": FailureCode.OPERATION_UNSUPPORTED,  # capture not supported
    "800.100.151": FailureCode.INVALID_INSTRUMENT,
    "800.100.153": FailureCode.INVALID_INSTRUMENT,  # security code
    "800.100.155": FailureCode.INSUFFICIENT_FUNDS,
    "800.100.157": FailureCode.INVALID_INSTRUMENT,  # expiry date
    "800.100.162": FailureCode.INSUFFICIENT_FUNDS,  # limit
    "800.100.166": FailureCode.INVALID_INSTRUMENT,  # PIN
    "800.100.169": FailureCode.INVALID_INSTRUMENT,  # kind of card
    "800.100.172": FailureCode.INVALID_INSTRUMENT,  # account blocked
    "800.100.173": FailureCode.INVALID_INSTRUMENT,  # currency
    "800.100.175": FailureCode.INVALID_INSTRUMENT,  # brand
    "800.100.179": FailureCode.INSUFFICIENT_FUNDS,  # withdrawal limit
    "800.100.201": FailureCode.INVALID_INSTRUMENT,
    "800.100.202": FailureCode.INVALID_INSTRUMENT,  # account closed
    "800.100.203": FailureCode.INSUFFICIENT_FUNDS,
    "800.120.100": FailureCode.RATE_LIMITED,  # throttled
    "800.900.100": FailureCode.CREDENTIALS_REJECTED,
    "800.900.201": FailureCode.CREDENTIALS_REJECTED,  # channel
    "800.900.300": FailureCode.CREDENTIALS_REJECTED,
    "800.900.301": FailureCode.CREDENTIALS_REJECTED,
    "800.900.302": FailureCode.CREDENTIALS_REJECTED,
}
"""Codes whose reason is another than that of their group."""

IN_PROGRESS: Final = frozenset({"800.120.402", "800.600.100", "800.700.100"})
"""Another request for the same transaction is being processed: doubt, whatever their group is."""

NOT_FOUND: Final = "700.400.580"
"""No such transaction."""

NO_SESSION: Final = "200.300.404"
"""A parameter is wrong; of a checkout's status: its session is over, whether it was paid or not."""

TEST_SUCCESS: Final = frozenset({"000.100.110", "000.100.111", "000.100.112"})
"""Success in test mode, where no money moves."""

CODE: Final = re.compile(r"[0-9]{3}\.[0-9]{3}\.[0-9]{3}")

_PATTERNS: Final = tuple((re.compile(group.pattern), group) for group in GROUPS)


def group_of(code: str) -> Group | None:
    """Return the first group whose pattern matches the beginning of a code, None if none does."""
    return next((group for pattern, group in _PATTERNS if pattern.match(code)), None)


def meaning_of(code: str) -> Meaning:
    """Return what a result code means for the money."""
    if code in IN_PROGRESS or not CODE.fullmatch(code):
        return Meaning.DOUBT
    group = group_of(code)
    return Meaning.REJECTED if group is None else group.meaning


def failure_of(code: str) -> FailureCode:
    """Return why a result is no success."""
    if code in IN_PROGRESS:
        return FailureCode.PROVIDER_UNAVAILABLE
    group = group_of(code)
    return FAILURES.get(code) or (None if group is None else group.failure) or FailureCode.UNEXPECTED_ERROR
