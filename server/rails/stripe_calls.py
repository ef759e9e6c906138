"""Stripe's API over HTTP: the form of its credentials, form-encoded requests, and what its refusals mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode

import httpx

from domain.errors import FailureCode
from server.rails.base import CallFailed, CredentialField, Credentials, settings_of
from server.rails.calls import Request, address, ask_object, redacted
from server.rails.strict_json import Unreadable, part_of, text_of
from server.rails.stripe_codes import DECLINES, ERRORS, IDEMPOTENCY_ERROR, PARAMS

HOST: Final = "https://api.stripe.com"
"""One host for test and live mode; the key says which."""

VERSION: Final = "2026-10-28.endive"
"""The version of the API that this client was written for (`Stripe-Version`)."""

SESSIONS: Final = "/v1/checkout/sessions"
INTENTS: Final = "/v1/payment_intents"
REFUNDS: Final = "/v1/refunds"

MAX_KEY: Final = 255
"""The longest Idempotency-Key (docs.stripe.com/api/idempotent_requests)."""

API_KEY: Final = CredentialField("api_key", ("Khóa bí mật (Secret key)", "Secret key"), secret=True)
WEBHOOK_SECRET: Final = CredentialField(
    "webhook_secret", ("Khóa ký webhook (Signing secret)", "Webhook signing secret"), secret=True
)
FIELDS: Final = (
    CredentialField("base_url", ("Địa chỉ máy chủ Stripe", "Stripe server address"), default=HOST),
    API_KEY,
    WEBHOOK_SECRET,
    CredentialField("return_url", ("Trang khách thấy sau khi trả tiền", "Page shown to the customer after paying")),
)

Fields = Sequence[tuple[str, str]]

_KEPT: Final = ("id", "object", "status", "payment_status", "cancellation_reason", "type", "code", "decline_code")
_CONFLICT: Final = 409


class StripeRefused(CallFailed):
    """Stripe said no; `code` is its word for why."""

    def __init__(
        self, problem: CallFailed, failure: FailureCode, maybe_done: bool, error: Mapping[str, object]
    ) -> None:
        response = redacted({**error, "http_status": problem.status}, (*_KEPT, "param", "http_status"))
        super().__init__(failure, maybe_done, response, problem.status)
        self.code = text_of(error, "code")


@dataclass(frozen=True, slots=True)
class Session:
    """Calls with one merchant's secret key."""

    http: httpx.Client
    settings: Mapping[str, str]

    def get(self, path: str, name: str = "", query: Fields = ()) -> dict[str, object]:
        """Return what stands under `path`, or of the one named there; raises CallFailed."""
        return self._ask(Request("GET", self._under(path, name, "", query), self._headers()))

    def post(self, path: str, fields: Fields, name: str = "", act: str = "", key: str = "") -> dict[str, object]:
        """Post to `path`, or to an act of the one named there, once for each idempotency key; raises CallFailed."""
        headers = {**self._headers(), "content-type": "application/x-www-form-urlencoded"}
        if key:
            headers["idempotency-key"] = key
        return self._ask(Request("POST", self._under(path, name, act), headers, urlencode(fields).encode()))

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.settings['api_key']}", "stripe-version": VERSION}

    def _under(self, path: str, name: str, act: str, query: Fields = ()) -> str:
        whole = path + (f"/{quote(name, safe='')}" if name else "") + (f"/{act}" if act else "")
        return address(self.settings["base_url"], whole) + (f"?{urlencode(query)}" if query else "")

    def _ask(self, request: Request) -> dict[str, object]:
        try:
            return ask_object(self.http, request, decimals_as_text=True)
        except CallFailed as problem:
            raise _explained(problem) from problem


def open_session(http: httpx.Client, credentials: Credentials) -> Session:
    """Return calls with a merchant's credentials; raises CallFailed(CREDENTIALS_MISSING)."""
    settings = settings_of(FIELDS, credentials)
    key = settings["api_key"]
    if not (key.isascii() and key.isprintable()):
        raise CallFailed(FailureCode.CREDENTIALS_REJECTED, maybe_done=False)
    return Session(http, settings)


def key_of(reference: str, use: str) -> str:
    """Return the idempotency key of one use of a reference; raises CallFailed for one that Stripe cannot take."""
    key = f"{reference}-{use}"
    if not (reference and key.isascii() and key.isprintable() and len(key) <= MAX_KEY):
        raise CallFailed(FailureCode.UNEXPECTED_ERROR, maybe_done=False)
    return key


def kept(answer: Mapping[str, object]) -> str:
    """Return the parts of an answer that are safe to keep."""
    return redacted(answer, _KEPT)


def _explained(problem: CallFailed) -> CallFailed:
    """Return a refusal with the failure that its words mean, or the problem itself where Stripe gave none."""
    try:
        error = part_of(problem.answer, "error")
        kind, code, decline, param = (text_of(error, name) for name in ("type", "code", "decline_code", "param"))
        failure = DECLINES.get(decline) or ERRORS.get(code) or PARAMS.get(param) or problem.failure
        # Under a key that is taken something was done or is being done: that is doubt, not a refusal.
        doubt = problem.maybe_done or kind == IDEMPOTENCY_ERROR or problem.status == _CONFLICT
        return StripeRefused(problem, failure, doubt, error) if error else problem
    except Unreadable:
        return problem
