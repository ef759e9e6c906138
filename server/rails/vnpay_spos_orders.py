"""VNPAY SmartPOS over HTTP: signed calls, what its refusals mean, and what an order's transactions come to."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import httpx

from domain.errors import FailureCode
from domain.ids import Instant
from domain.rails import PaymentContext, Provider, RailResult, RailStatus, Receipt
from server.rails.base import CallFailed, Credentials, of_all, settings_of
from server.rails.calls import Request, address, ask_object, redacted
from server.rails.strict_json import Unreadable, part_of, parts_of, text_of
from server.rails.vietnam_time import vietnam_instant
from server.rails.vnpay_spos_notification import dong
from server.rails.vnpay_spos_settings import FIELDS, GENERATIONS, QUERY, Generation, checksum, receipt_key

STATUSES: Final[dict[str, tuple[RailStatus, FailureCode | None]]] = {
    "SUCCESS": (RailStatus.SUCCESS, None),
    "WAITING": (RailStatus.PENDING, None),
    "PROCESSING": (RailStatus.PENDING, None),
    "FAILURE": (RailStatus.FAILED, FailureCode.DECLINED),
    "FAILED": (RailStatus.FAILED, FailureCode.DECLINED),
    "CANCELED": (RailStatus.FAILED, FailureCode.PAYER_CANCELLED),
    "CANCELLED": (RailStatus.FAILED, FailureCode.PAYER_CANCELLED),
}
"""Statuses of a transaction; both spellings occur."""

CODES: Final = {
    "401": FailureCode.CREDENTIALS_REJECTED,
    "403": FailureCode.CREDENTIALS_REJECTED,
    "500": FailureCode.PROVIDER_UNAVAILABLE,
    "400001": FailureCode.UNEXPECTED_ERROR,  # fields are missing
    "400303": FailureCode.CREDENTIALS_REJECTED,  # wrong checksum
    "400310": FailureCode.INVALID_TRANSITION,  # paid already
    "400311": FailureCode.UNEXPECTED_ERROR,  # no such order, or data that does not fit
}
"""Codes of refusals; others are UNEXPECTED_ERROR."""

DONE: Final = ("0", "200")
PAID_ALREADY: Final = "400310"
UNKNOWN_ORDER: Final = ("404", "400311")
"""Codes; which one VNPAY has for an order that is not there is not published."""

_TIMES: Final = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%d/%m/%Y %H:%M:%S", "%Y%m%d%H%M%S")
_KEPT: Final = ("code", "message", "orderCode", "paymentRequestId", "transactionCode", "status", "methodCode", "amount")


class SposRefused(CallFailed):
    """VNPAY answered no; `code` is its word for why."""

    def __init__(self, code: str, response: str, otherwise: FailureCode = FailureCode.UNEXPECTED_ERROR) -> None:
        failure = CODES.get(code, otherwise)
        super().__init__(failure, failure is FailureCode.PROVIDER_UNAVAILABLE, response)
        self.code = code


@dataclass(frozen=True, slots=True)
class Session:
    """Calls with one merchant's credentials."""

    http: httpx.Client
    settings: Mapping[str, str]
    generation: Generation

    def post(self, path: str, body: Mapping[str, object]) -> dict[str, object]:
        """Post to a path; raises CallFailed and Unreadable."""
        content = json.dumps(body, separators=(",", ":")).encode()
        return self._ask(Request("POST", self._url(path), {"content-type": "application/json"}, content))

    def get(self, path: str, query: Mapping[str, str]) -> dict[str, object]:
        """Ask a path; raises CallFailed and Unreadable."""
        return self._ask(Request("GET", self._url(path), {"accept": "application/json"}, query=query))

    def _url(self, path: str) -> str:
        return address(self.settings["base_url"] or self.generation.test_host, path)

    def _ask(self, request: Request) -> dict[str, object]:
        """Return an answer that says yes; raises CallFailed, SposRefused where VNPAY said why, and Unreadable."""
        try:
            answer = ask_object(self.http, request, decimals_as_text=True)
        except CallFailed as problem:
            code = text_of(problem.answer, "code")
            if not code:
                raise
            raise SposRefused(code, kept(problem.answer), problem.failure) from problem
        code = text_of(answer, "code")
        if not code:
            raise Unreadable("code")
        if code not in DONE:
            raise SposRefused(code, kept(answer))
        return answer


def open_session(http: httpx.Client, credentials: Credentials) -> Session:
    """Return calls with a merchant's credentials; raises CallFailed(CREDENTIALS_MISSING)."""
    settings = settings_of(FIELDS, credentials)
    generation = GENERATIONS.get(settings["generation"])
    if generation is None:
        raise CallFailed(FailureCode.CREDENTIALS_MISSING, maybe_done=False)
    return Session(http, settings, generation)


def kept(answer: Mapping[str, object]) -> str:
    """Return the parts of an answer that are safe to keep."""
    return redacted(answer, _KEPT)


def transactions(session: Session, context: PaymentContext) -> list[dict[str, object]]:
    """Return the order's transactions; raises CallFailed and Unreadable.

    The payment request's id may be left empty, and is: what is known of it may be that of a transaction.
    """
    query = {
        "merchantCode": session.settings["merchant_code"],
        "terminalCode": session.settings["terminal_code"],
        "paymentRequestId": "",
        "orderCode": context.reference,
    }
    signature = checksum(session.generation, QUERY, query, session.settings["query_secret"])
    answer = session.get(session.generation.query_path, {**query, "checksum": signature})
    found = parts_of(part_of(answer, "data"), "transactions")
    if any(text_of(one, "orderCode") != context.reference for one in found):
        raise Unreadable("another order")
    return found


def outcome(found: list[dict[str, object]], session: Session, context: PaymentContext) -> RailResult:
    """Return what an order's transactions come to: one that is paid settles it, one that waits keeps it open.

    Raises Unreadable for a paid one that does not say what was paid.
    """
    states = [(status_of(one), one) for one in found]
    if paid := [_told(one, *state, session, context) for state, one in states if state[0] is RailStatus.SUCCESS]:
        return of_all(paid)
    for wanted in (RailStatus.UNKNOWN, RailStatus.PENDING, RailStatus.FAILED):
        for (status, failure), one in states:
            if status is wanted:
                return _told(one, status, failure, session, context)
    return RailResult(RailStatus.PENDING, provider_ref=context.provider_ref)


def _told(
    one: Mapping[str, object],
    status: RailStatus,
    failure: FailureCode | None,
    session: Session,
    context: PaymentContext,
) -> RailResult:
    response = kept(one)
    if status is not RailStatus.SUCCESS:
        return RailResult(status, provider_ref=context.provider_ref, failure=failure, response=response)
    transaction = text_of(one, "transactionCode")
    if not transaction:
        raise Unreadable("transactionCode")
    receipt = Receipt(
        provider=Provider.VNPAY_SPOS,
        dedupe_key=receipt_key(session.settings["merchant_code"], transaction),
        text=context.reference,
        amount_minor=dong(text_of(one, "amount")),
        currency="VND",
        paid_at=_paid_at(text_of(one, "paymentTime"), context),
        provider_ref=transaction,
    )
    return RailResult(
        RailStatus.SUCCESS,
        provider_ref=transaction,
        received_minor=receipt.amount_minor,
        paid_at=receipt.paid_at,
        response=response,
        receipts=(receipt,),
    )


def status_of(one: Mapping[str, object]) -> tuple[RailStatus, FailureCode | None]:
    """Return what a transaction's status means; raises Unreadable."""
    return STATUSES.get(text_of(one, "status").upper(), (RailStatus.UNKNOWN, FailureCode.UNEXPECTED_ERROR))


def _paid_at(text: str, context: PaymentContext) -> Instant:
    """Return when money was paid; the older generation does not say it and no format is published.

    Without it the beginning of the payment stands, than which it is no earlier.
    """
    for pattern in _TIMES:
        try:
            return vietnam_instant(text.partition(".")[0], pattern)
        except ValueError:
            continue
    return context.created_at
