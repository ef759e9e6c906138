"""VNPAY SmartPOS: a payment that is sent to the shop's terminal, by card or by a code, and what becomes of it.

No public program gives money back through it: that is done at the terminal itself.
"""

import re
from collections.abc import Mapping
from typing import Final

import httpx

from domain.errors import FailureCode
from domain.ids import Instant
from domain.qr import QrRefused, decode, fold_ascii
from domain.rails import PaymentContext, Provider, RailResult, RailStatus
from server.rails import vnpay_spos_notification
from server.rails.base import Answer, CallFailed, Credentials, Notice, Outcome, Statement
from server.rails.strict_json import Unreadable, part_of, text_of
from server.rails.vietnam_time import vietnam_text
from server.rails.vnpay_spos_orders import (
    DONE,
    PAID_ALREADY,
    UNKNOWN_ORDER,
    Session,
    SposRefused,
    kept,
    open_session,
    outcome,
    status_of,
    transactions,
)
from server.rails.vnpay_spos_settings import CANCEL, FIELDS, INIT, checksum

CARD: Final = "card"
QR: Final = "qr"
METHODS: Final = {CARD: "VNPAY_SPOS_CARD", QR: "VNPAY_QRCODE"}
"""Payment options and the codes VNPAY knows them by; without an option the terminal takes a card."""

_REFERENCE: Final = re.compile(r"[A-Za-z0-9_-]{1,50}")
_MAX_AMOUNT: Final = 9_999_999_999_999
_MAX_DESCRIPTION: Final = 19
_QR_SIDE: Final = 400


class VnpaySposAdapter:
    """Client of VNPAY SmartPOS, both generations; amounts are whole dong."""

    provider = Provider.VNPAY_SPOS
    credential_fields = FIELDS
    account_fields = (("merchant_code", "terminal_code"),)
    currencies = frozenset({"VND"})
    lists_movements = False

    def present(self, http: httpx.Client, credentials: Credentials, context: PaymentContext) -> RailResult:
        """Send the payment to the terminal: PENDING, with `qr_text` for the option `qr`.

        VNPAY knows no idempotency, so the order is looked for first: one that is there is not sent a second time.
        """
        try:
            session = open_session(http, credentials)
            _refuse_unfit(context)
            standing = _standing(session, context)
            if standing:
                return _shown_before(standing)
            return _sent(session, context)
        except CallFailed as problem:
            status = RailStatus.UNKNOWN if problem.maybe_done else RailStatus.FAILED
            return RailResult(status, failure=problem.failure, response=problem.response)
        except Unreadable:
            return RailResult(RailStatus.UNKNOWN, failure=FailureCode.UNEXPECTED_ERROR)

    def check(self, http: httpx.Client, credentials: Credentials, context: PaymentContext) -> RailResult:
        """Ask for the order; one that VNPAY does not know, or nobody has begun to pay, is PENDING."""
        failure, response = FailureCode.UNEXPECTED_ERROR, "{}"
        try:
            session = open_session(http, credentials)
            return outcome(transactions(session, context), session, context)
        except SposRefused as refusal:
            if refusal.code in UNKNOWN_ORDER:
                return RailResult(RailStatus.PENDING, provider_ref=context.provider_ref, response=refusal.response)
            failure, response = refusal.failure, refusal.response
        except CallFailed as problem:
            failure, response = problem.failure, problem.response
        except Unreadable:
            pass  # told as UNEXPECTED_ERROR below
        return RailResult(RailStatus.UNKNOWN, provider_ref=context.provider_ref, failure=failure, response=response)

    def read_notification(
        self, credentials: Credentials, headers: Mapping[str, str], body: bytes, received_at: Instant
    ) -> Notice:
        """Verify the checksum and the merchant of a notification; raises NotificationRefused."""
        return vnpay_spos_notification.read(credentials, body, received_at)

    def answer(self, outcome: Outcome, notification: Notice) -> Answer:
        """Reply 200 for what is stored, 500 at HTTP 503 for what must come again."""
        return vnpay_spos_notification.answer(outcome)

    def statement(self, http: httpx.Client, credentials: Credentials, after: str, received_at: Instant) -> Statement:
        """Orders are asked for one by one."""
        return Statement((), after, failure=FailureCode.OPERATION_UNSUPPORTED)

    def withdraw(self, http: httpx.Client, credentials: Credentials, context: PaymentContext) -> RailResult:
        """Take the payment off the terminal: SUCCESS too if it is off already, FAILED when it is paid.

        The older generation has no such call: an order that waits there cannot be withdrawn.
        """
        try:
            session = open_session(http, credentials)
            if not session.generation.cancel_path:
                return _off(session, context, _of(RailStatus.FAILED, context, FailureCode.OPERATION_UNSUPPORTED))
            return _withdrawn(session, context)
        except CallFailed as problem:
            again = problem.maybe_done or problem.failure.retried
            status = RailStatus.UNKNOWN if again else RailStatus.FAILED
            return _of(status, context, problem.failure, problem.response)
        except Unreadable:
            return RailResult(RailStatus.UNKNOWN, failure=FailureCode.UNEXPECTED_ERROR)


def _refuse_unfit(context: PaymentContext) -> None:
    if context.currency != "VND" or context.option not in ("", *METHODS) or not context.capture:
        raise CallFailed(FailureCode.OPERATION_UNSUPPORTED, maybe_done=False)
    if not (0 < context.amount_minor <= _MAX_AMOUNT and _REFERENCE.fullmatch(context.reference)):
        raise CallFailed(FailureCode.UNEXPECTED_ERROR, maybe_done=False)


# ---- sending


def _standing(session: Session, context: PaymentContext) -> list[dict[str, object]]:
    """Return what VNPAY has of the order already; nothing where it refuses to tell for no reason of ours."""
    try:
        return transactions(session, context)
    except SposRefused as refusal:
        # The code for an order that is not there is not published: all but a wrong key and a fault may mean it.
        if refusal.failure is FailureCode.UNEXPECTED_ERROR:
            return []
        raise CallFailed(refusal.failure, maybe_done=False, response=refusal.response) from refusal
    except CallFailed as problem:
        raise CallFailed(problem.failure, maybe_done=False, response=problem.response) from problem


def _shown_before(standing: list[dict[str, object]]) -> RailResult:
    """Return an order that waits as it was shown; one that is over is doubt, which `check` resolves."""
    for found in standing:
        status, _ = status_of(found)
        if status is RailStatus.PENDING:
            return RailResult(
                RailStatus.PENDING,
                qr_text=text_of(found, "qrContent"),
                provider_ref=text_of(found, "paymentRequestId"),
                response=kept(found),
            )
    return RailResult(RailStatus.UNKNOWN, failure=FailureCode.INVALID_TRANSITION, response=kept(standing[0]))


def _sent(session: Session, context: PaymentContext) -> RailResult:
    option = context.option or CARD
    answer = session.post(session.generation.init_path, _init_fields(session, context, option))
    if text_of(answer, "orderCode") not in ("", context.reference):
        raise Unreadable("another order")
    made = part_of(part_of(answer, "payments"), option)
    return RailResult(
        RailStatus.PENDING,
        qr_text=_code(made, context) if option == QR else "",
        provider_ref=text_of(answer, "paymentRequestId") or text_of(made, "transactionCode"),
        response=kept(answer),
    )


def _init_fields(session: Session, context: PaymentContext, option: str) -> dict[str, object]:
    settings, generation = session.settings, session.generation
    tail = generation.card_tail if option == CARD else generation.qr_tail
    method_code = settings[f"{option}_method_code"] or (settings["merchant_code"] + tail if tail else "")
    signed = {
        "orderCode": context.reference,
        "userId": settings["user_id"],
        "terminalCode": settings["terminal_code"],
        "merchantCode": settings["merchant_code"],
        "totalPaymentAmount": str(context.amount_minor),
        "successUrl": settings["return_url"],
        "cancelUrl": settings["return_url"],
        "clientTransactionCode": context.reference,
        "merchantMethodCode": method_code,
        "methodCode": METHODS[option],
        "amount": str(context.amount_minor),
    }
    way: dict[str, object] = {
        "methodCode": METHODS[option],
        "merchantMethodCode": method_code,
        "clientTransactionCode": context.reference,
        "amount": context.amount_minor,
    }
    if option == QR:
        way |= {"qrWidth": _QR_SIDE, "qrHeight": _QR_SIDE, "qrImageType": 0, "customerPhone": ""}
    return {
        **{name: signed[name] for name in INIT[:4]},
        "totalPaymentAmount": context.amount_minor,
        "expiredDate": vietnam_text(_next_minute(context.expires_at), "%y%m%d%H%M"),
        "description": _words(context.description),
        "successUrl": signed["successUrl"],
        "cancelUrl": signed["cancelUrl"],
        "payments": {option: way},
        "checksum": checksum(generation, INIT, signed, settings["init_secret"]),
    }


def _code(made: Mapping[str, object], context: PaymentContext) -> str:
    """Return a code that can be paid with exactly this amount; raises CallFailed and Unreadable."""
    if text_of(made, "responseCode") not in ("", *DONE):
        raise SposRefused(text_of(made, "responseCode"), kept(made))
    text = text_of(made, "qrContent")
    try:
        fits = decode(text).amount_minor == context.amount_minor
    except QrRefused as problem:
        raise Unreadable("qrContent") from problem
    if not fits:
        raise Unreadable("another amount")
    return text


# ---- withdrawing


def _withdrawn(session: Session, context: PaymentContext) -> RailResult:
    signed = {
        "orderCode": context.reference,
        "terminalCode": session.settings["terminal_code"],
        "merchantCode": session.settings["merchant_code"],
        "reason": "Khach doi cach tra",
    }
    signature = checksum(session.generation, CANCEL, signed, session.settings["init_secret"])
    try:
        answer = session.post(session.generation.cancel_path, {**signed, "checksum": signature})
    except SposRefused as refusal:
        if refusal.maybe_done or refusal.code == PAID_ALREADY:
            raise
        return _off(session, context, _of(RailStatus.FAILED, context, refusal.failure, refusal.response))
    return _of(RailStatus.SUCCESS, context, response=kept(answer))


def _off(session: Session, context: PaymentContext, otherwise: RailResult) -> RailResult:
    """Return SUCCESS for an order that is over or was never made, FAILED for a paid one, else `otherwise`."""
    try:
        found = transactions(session, context)
    except SposRefused as refusal:
        if refusal.code not in UNKNOWN_ORDER:
            raise
        found = []
    if not found:
        return otherwise if context.provider_ref else _of(RailStatus.SUCCESS, context)
    told = outcome(found, session, context)
    if told.status is RailStatus.SUCCESS:
        raise CallFailed(FailureCode.INVALID_TRANSITION, maybe_done=False, response=told.response)
    return _of(RailStatus.SUCCESS, context, response=told.response) if told.status is RailStatus.FAILED else otherwise


def _of(
    status: RailStatus, context: PaymentContext, failure: FailureCode | None = None, response: str = "{}"
) -> RailResult:
    return RailResult(status, provider_ref=context.provider_ref, failure=failure, response=response)


def _words(text: str) -> str:
    return " ".join(re.sub(r"[^A-Za-z0-9-]", " ", fold_ascii(text)).split())[:_MAX_DESCRIPTION].rstrip()


def _next_minute(at: Instant) -> Instant:
    """Return the whole minute at or after `at`: an order dies no earlier at VNPAY than on the till's screen."""
    return Instant(-(-at // 60_000) * 60_000)


ADAPTER: Final = VnpaySposAdapter()
