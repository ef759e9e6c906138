"""payOS: a VietQR code and page for each payment, the webhook of its transfer, and the query for a lost one.

Our reference travels in payOS's order number, from which it can be read back (`payos_objects`): the text of the
transfer is too short for it where the account is not linked through payOS, and banks change texts. payOS gives no money
back.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import httpx

from domain.errors import FailureCode
from domain.ids import Instant
from domain.rails import PaymentContext, Provider, RailResult, RailStatus
from server.rails import payos_webhook
from server.rails.base import Answer, CallFailed, Credentials, Notice, Outcome, Statement
from server.rails.calls import done_or_not
from server.rails.payos_calls import EXISTS, FIELDS, NOT_FOUND, PayosRefused, Session, kept, open_session
from server.rails.payos_objects import NOBODYS_ORDER, link_result, order_code, short_text, whole
from server.rails.strict_json import Unreadable, text_of

REASON: Final = "Khong thu nua"
"""What payOS is told when a payment is withdrawn."""

_MAX_AMOUNT: Final = 9_999_999_999_999


class PayosAdapter:
    """Client of payOS's payment links; amounts are whole dong."""

    provider = Provider.PAYOS
    credential_fields = FIELDS
    account_fields = (("client_id",), ("account_number",))
    currencies = frozenset({"VND"})
    lists_movements = False

    def present(self, http: httpx.Client, credentials: Credentials, context: PaymentContext) -> RailResult:
        """Make a code that can be paid until `context.expires_at`: PENDING with `qr_text` and `link`.

        Asked again, or after a lost answer, only the `link` is left: payOS shows a code once.
        """
        try:
            session, code = open_session(http, credentials), _code(context)
            try:
                return _made(session.create(_fields(session, context, code)), session, context)
            except PayosRefused as refusal:
                if refusal.code != EXISTS:
                    raise
            return _standing(session, context, code)
        except CallFailed as problem:
            status = RailStatus.UNKNOWN if problem.maybe_done else RailStatus.FAILED
            return RailResult(status, failure=problem.failure, response=problem.response)
        except Unreadable:
            return RailResult(RailStatus.UNKNOWN, failure=FailureCode.UNEXPECTED_ERROR)

    def check(self, http: httpx.Client, credentials: Credentials, context: PaymentContext) -> RailResult:
        """Ask what became of a payment by its order number; one that payOS does not know is PENDING.

        That answer is not signed, so trying a connection proves the client id and the API key: a wrong checksum key is
        told when the first code is made.
        """
        try:
            session = open_session(http, credentials)
            return link_result(session.get(order_code(context.reference) or NOBODYS_ORDER), context.amount_minor)
        except CallFailed as problem:
            if isinstance(problem, PayosRefused) and problem.code == NOT_FOUND:
                return RailResult(RailStatus.PENDING, response=problem.response)
            failure, response = problem.failure, problem.response
        except Unreadable:
            failure, response = FailureCode.UNEXPECTED_ERROR, "{}"
        return RailResult(RailStatus.UNKNOWN, provider_ref=context.provider_ref, failure=failure, response=response)

    def read_notification(
        self, credentials: Credentials, headers: Mapping[str, str], body: bytes, received_at: Instant
    ) -> Notice:
        """Verify the signature of a transfer; raises NotificationRefused."""
        return payos_webhook.read(credentials, body)

    def answer(self, outcome: Outcome, notification: Notice) -> Answer:
        """Reply HTTP 200 `{"success": true}` for what is stored, 503 for what must come again."""
        if outcome == "unavailable":
            return Answer(503, b'{"success":false}')
        return Answer(200, b'{"success":true}')

    def statement(self, http: httpx.Client, credentials: Credentials, after: str, received_at: Instant) -> Statement:
        """Payments are asked for one by one."""
        return Statement((), after, failure=FailureCode.OPERATION_UNSUPPORTED)

    def withdraw(self, http: httpx.Client, credentials: Credentials, context: PaymentContext) -> RailResult:
        """Cancel the payment; SUCCESS too if it is over or was never made, FAILED when it is paid."""
        try:
            session, code = open_session(http, credentials), _code(context)
            try:
                return _over(session.cancel(code, REASON), context)
            except PayosRefused as refusal:
                if refusal.code == NOT_FOUND:
                    return RailResult(RailStatus.SUCCESS, response=refusal.response)
                # payOS's numbers for what cannot be cancelled are not published: the payment itself says it.
                return _over(session.get(code), context)
        except CallFailed as problem:
            return done_or_not(problem, context.provider_ref)
        except Unreadable:
            return RailResult(
                RailStatus.UNKNOWN, provider_ref=context.provider_ref, failure=FailureCode.UNEXPECTED_ERROR
            )


def _code(context: PaymentContext) -> int:
    code = order_code(context.reference)
    if code is None or not 0 < context.amount_minor <= _MAX_AMOUNT:
        raise CallFailed(FailureCode.UNEXPECTED_ERROR, maybe_done=False)
    if context.currency != "VND" or not context.capture:
        raise CallFailed(FailureCode.OPERATION_UNSUPPORTED, maybe_done=False)
    return code


def _fields(session: Session, context: PaymentContext, code: int) -> dict[str, str | int]:
    settings = session.settings
    return {
        "orderCode": code,
        "amount": context.amount_minor,
        "description": short_text(context.reference, settings["description_length"]),
        "returnUrl": settings["return_url"],
        "cancelUrl": settings["return_url"],
        "expiredAt": -(-context.expires_at // 1000),
    }


def _made(link: Mapping[str, object], session: Session, context: PaymentContext) -> RailResult:
    """Return code and page of a link that names this payment; raises Unreadable."""
    qr_text, page, name = (text_of(link, field) for field in ("qrCode", "checkoutUrl", "paymentLinkId"))
    same = whole(link, "orderCode") == order_code(context.reference) and whole(link, "amount") == context.amount_minor
    if not (same and qr_text and name) or text_of(link, "currency") != context.currency:
        raise Unreadable("another payment")
    if urlsplit(page).scheme != urlsplit(session.settings["base_url"]).scheme:
        raise Unreadable("checkoutUrl")
    return RailResult(RailStatus.PENDING, qr_text=qr_text, link=page, provider_ref=name, response=kept(link))


def _standing(session: Session, context: PaymentContext, code: int) -> RailResult:
    """Return the page of a link that was made before; one that is over or paid is doubt, which `check` resolves."""
    found = link_result(session.get(code), context.amount_minor)
    if found.status is not RailStatus.PENDING:
        failure = FailureCode.INVALID_TRANSITION
        return RailResult(RailStatus.UNKNOWN, provider_ref=found.provider_ref, failure=failure, response=found.response)
    page = session.page(found.provider_ref)
    return RailResult(RailStatus.PENDING, link=page, provider_ref=found.provider_ref, response=found.response)


def _over(link: Mapping[str, object], context: PaymentContext) -> RailResult:
    """Return whether nobody can pay a link any more; raises CallFailed and Unreadable."""
    found = link_result(link, context.amount_minor)
    if found.status is RailStatus.FAILED:
        return RailResult(RailStatus.SUCCESS, provider_ref=found.provider_ref, response=found.response)
    if found.status is RailStatus.SUCCESS:
        raise CallFailed(FailureCode.INVALID_TRANSITION, maybe_done=False, response=found.response)
    raise CallFailed(FailureCode.INVALID_TRANSITION, maybe_done=True, response=found.response)


ADAPTER: Final = PayosAdapter()
