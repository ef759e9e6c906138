"""Square's API over HTTP: the form of its credentials, its headers, and what its refusals mean."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import httpx

from domain.errors import FailureCode
from server.rails.base import CallFailed, CredentialField, Credentials, settings_of
from server.rails.calls import Request, address, ask_object, redacted
from server.rails.square_codes import CODES, MAYBE_DONE
from server.rails.strict_json import Unreadable, parts_of, text_of

SANDBOX: Final = "https://connect.squareupsandbox.com"
"""Square's sandbox; production is https://connect.squareup.com."""

VERSION: Final = "2026-09-16"
"""The version of the API that this client was written for (`Square-Version`)."""

PAYMENTS_PATH: Final = "/v2/payments"
REFUNDS_PATH: Final = "/v2/refunds"
ORDERS_PATH: Final = "/v2/orders"
LINKS_PATH: Final = "/v2/online-checkout/payment-links"
CHECKOUTS_PATH: Final = "/v2/terminals/checkouts"

MAX_KEY: Final = 45
"""The longest idempotency key that every call takes."""

LOCATION_ID: Final = CredentialField("location_id", ("Mã địa điểm (Location ID)", "Location ID"))
SIGNATURE_KEY: Final = CredentialField(
    "signature_key", ("Khóa ký webhook (Signature key)", "Webhook signature key"), secret=True
)
NOTIFICATION_URL: Final = CredentialField(
    "notification_url", ("Địa chỉ nhận webhook, đúng từng chữ", "Webhook address, exactly as registered")
)
FIELDS: Final = (
    CredentialField("base_url", ("Địa chỉ máy chủ Square", "Square server address"), default=SANDBOX),
    CredentialField("access_token", ("Mã truy cập (Access token)", "Access token"), secret=True),
    LOCATION_ID,
    CredentialField("device_id", ("Mã máy Square Terminal", "Square Terminal device ID"), required=False),
    SIGNATURE_KEY,
    NOTIFICATION_URL,
)

_KEPT: Final = ("id", "status", "cancel_reason", "code", "category", "http_status")


class SquareRefused(CallFailed):
    """Square said no; `code` is its word for why, which `square_codes` explains."""

    def __init__(self, code: str, failure: FailureCode, maybe_done: bool, response: str, status: int) -> None:
        super().__init__(failure, maybe_done, response, status)
        self.code = code


@dataclass(frozen=True, slots=True)
class Session:
    """Calls with one merchant's access token."""

    http: httpx.Client
    settings: Mapping[str, str]

    def get(self, path: str, name: str = "", query: Mapping[str, str] | None = None) -> dict[str, object]:
        """Return what stands under `path`, or of the one named there; raises CallFailed."""
        return self._ask("GET", _under(path, name), None, query)

    def post(self, path: str, body: Mapping[str, object], name: str = "", act: str = "") -> dict[str, object]:
        """Post to `path`, or to an act of the one named there; raises CallFailed."""
        return self._ask("POST", _under(path, name) + (f"/{act}" if act else ""), body)

    def put(self, path: str, name: str, body: Mapping[str, object]) -> dict[str, object]:
        """Change the one named under `path`; raises CallFailed."""
        return self._ask("PUT", _under(path, name), body)

    def delete(self, path: str, name: str) -> None:
        """Delete the one named under `path`; raises CallFailed."""
        self._ask("DELETE", _under(path, name), None)

    def _ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None,
        query: Mapping[str, str] | None = None,
    ) -> dict[str, object]:
        headers = {
            "authorization": f"Bearer {self.settings['access_token']}",
            "square-version": VERSION,
            "accept": "application/json",
        }
        if body is not None:
            headers["content-type"] = "application/json"
        content = b"" if body is None else json.dumps(body, separators=(",", ":")).encode()
        request = Request(method, address(self.settings["base_url"], path), headers, content, query)
        try:
            return ask_object(self.http, request, decimals_as_text=True)
        except CallFailed as problem:
            raise _explained(problem) from problem


def open_session(http: httpx.Client, credentials: Credentials) -> Session:
    """Return calls with a merchant's credentials; raises CallFailed(CREDENTIALS_MISSING)."""
    settings = settings_of(FIELDS, credentials)
    token = settings["access_token"]
    if not (token.isascii() and token.isprintable()):
        raise CallFailed(FailureCode.CREDENTIALS_REJECTED, maybe_done=False)
    return Session(http, settings)


def key_of(reference: str, use: str = "") -> str:
    """Return the idempotency key of one use of a reference; raises CallFailed for one that Square cannot take."""
    key = f"{reference}-{use}" if use else reference
    if not reference or not reference.isascii() or len(key) > MAX_KEY:
        raise CallFailed(FailureCode.UNEXPECTED_ERROR, maybe_done=False)
    return key


def kept(answer: Mapping[str, object]) -> str:
    """Return the parts of an answer that are safe to keep."""
    return redacted(answer, _KEPT)


def _under(path: str, name: str) -> str:
    return f"{path}/{quote(name, safe='')}" if name else path


def _explained(problem: CallFailed) -> CallFailed:
    """Return a refusal with the failure that its code means, or the problem itself where Square gave no code."""
    try:
        errors = parts_of(problem.answer, "errors")
        code = text_of(errors[0], "code") if errors else ""
    except Unreadable:
        return problem
    if not code:
        return problem
    failure = CODES.get(code, problem.failure)
    response = kept({**errors[0], "http_status": problem.status})
    return SquareRefused(code, failure, code in MAYBE_DONE or problem.maybe_done, response, problem.status)
