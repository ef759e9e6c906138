"""PayPal's REST API over HTTP: the form of its credentials, its token, and what its refusals mean."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import httpx

from domain.errors import FailureCode
from server.rails.base import CallFailed, CredentialField, Credentials, settings_of
from server.rails.calls import Request, address, ask, redacted
from server.rails.paypal_codes import ISSUES, MAYBE_DONE
from server.rails.strict_json import Unreadable, parts_of, read_object, text_of
from server.vault import Secret

SANDBOX: Final = "https://api-m.sandbox.paypal.com"
"""PayPal's sandbox; production is https://api-m.paypal.com."""

TOKEN_PATH: Final = "/v1/oauth2/token"  # noqa: S105 - an address, not a secret
ORDERS_PATH: Final = "/v2/checkout/orders"
AUTHORIZATIONS_PATH: Final = "/v2/payments/authorizations"
CAPTURES_PATH: Final = "/v2/payments/captures"
REFUNDS_PATH: Final = "/v2/payments/refunds"

BASE_URL: Final = CredentialField("base_url", ("Địa chỉ máy chủ PayPal", "PayPal server address"), default=SANDBOX)
WEBHOOK_ID: Final = CredentialField("webhook_id", ("Mã webhook (Webhook ID)", "Webhook ID"))
FIELDS: Final = (
    BASE_URL,
    CredentialField("client_id", ("Mã ứng dụng (Client ID)", "Client ID")),
    CredentialField("client_secret", ("Khóa bí mật (Secret)", "Secret"), secret=True),
    WEBHOOK_ID,
    CredentialField("brand_name", ("Tên cửa hàng trên trang PayPal", "Shop name on PayPal's page"), required=False),
    CredentialField(
        "return_url",
        ("Trang khách thấy sau khi duyệt", "Page the customer sees after approving"),
        default="https://www.paypal.com/",
    ),
)
"""`webhook_id` is no secret, but it is part of what PayPal signs: without the right one no notification is believed."""

_LIMIT: Final = 256 * 1024
_KEPT: Final = ("id", "status", "intent", "name", "issue", "debug_id")


class PaypalRefused(CallFailed):
    """PayPal said no; `issue` is its word for why, which the tables of `paypal_codes` explain."""

    def __init__(self, issue: str, failure: FailureCode, maybe_done: bool, response: str, status: int) -> None:
        super().__init__(failure, maybe_done, response, status)
        self.issue = issue


@dataclass(frozen=True, slots=True)
class Session:
    """One run of calls with a token of their own.

    A token is asked for each time: it costs a call, and nothing has to be kept, shared between merchants or dropped
    when a credential changes.
    """

    http: httpx.Client
    settings: Mapping[str, str]
    token: Secret

    def get(self, path: str, name: str) -> dict[str, object]:
        """Return the object `name` under `path`; raises CallFailed."""
        return self._ask("GET", f"{path}/{quote(name, safe='')}", None, "")

    def post(self, path: str, body: Mapping[str, object], request_id: str) -> dict[str, object]:
        """Post to `path`, once for all posts with the same `request_id` (PayPal-Request-Id); raises CallFailed."""
        return self._ask("POST", path, body, request_id)

    def patch(self, path: str, changes: list[dict[str, str]]) -> None:
        """Change an object by JSON Patch (RFC 6902); raises CallFailed."""
        self._ask("PATCH", path, changes, "")

    def _ask(
        self, method: str, path: str, body: Mapping[str, object] | list[dict[str, str]] | None, request_id: str
    ) -> dict[str, object]:
        headers = {
            "authorization": f"Bearer {self.token.reveal()}",
            "accept": "application/json",
            "prefer": "return=representation",
        }
        if body is not None:
            headers["content-type"] = "application/json"
        if request_id:
            headers["paypal-request-id"] = request_id
        content = b"" if body is None else json.dumps(body, separators=(",", ":")).encode()
        return _object(self.http, Request(method, address(self.settings["base_url"], path), headers, content))


def open_session(http: httpx.Client, credentials: Credentials) -> Session:
    """Ask for a token with the client credentials (OAuth 2.0, RFC 6749 section 4.4).

    Raises CallFailed, which never says `maybe_done`: without a token nothing was asked of PayPal yet.
    """
    settings = settings_of(FIELDS, credentials)
    pair = f"{settings['client_id']}:{settings['client_secret']}".encode()
    headers = {
        "authorization": "Basic " + base64.b64encode(pair).decode(),
        "content-type": "application/x-www-form-urlencoded",
        "accept": "application/json",
    }
    request = Request("POST", address(settings["base_url"], TOKEN_PATH), headers, b"grant_type=client_credentials")
    try:
        token = text_of(_object(http, request), "access_token")
    except CallFailed as problem:
        raise CallFailed(problem.failure, maybe_done=False, response=problem.response) from problem
    except Unreadable as problem:
        raise unreadable(maybe_done=False) from problem
    if not token or not token.isascii() or not token.isprintable():
        raise unreadable(maybe_done=False)
    return Session(http, settings, Secret(token))


def kept(answer: Mapping[str, object]) -> str:
    """Return the parts of an answer that are safe to keep."""
    return redacted(answer, _KEPT)


def unreadable(maybe_done: bool = True) -> CallFailed:
    """Return the failure of an answer that is not what PayPal answers."""
    return CallFailed(FailureCode.UNEXPECTED_ERROR, maybe_done)


def _object(http: httpx.Client, request: Request) -> dict[str, object]:
    try:
        body = ask(http, request, _LIMIT)
        return read_object(body, _LIMIT, decimals_as_text=True) if body else {}
    except Unreadable as problem:
        raise unreadable() from problem
    except CallFailed as problem:
        raise _explained(problem) from problem


def _explained(problem: CallFailed) -> CallFailed:
    """Return a refusal with the failure that its issue means, or the problem itself where PayPal gave no issue."""
    try:
        details = parts_of(problem.answer, "details")
        issue = text_of(details[0], "issue") if details else text_of(problem.answer, "name")
    except Unreadable:
        return problem
    if not issue:
        return problem
    failure = ISSUES.get(issue, problem.failure)
    response = kept({**problem.answer, "issue": issue, "status": problem.status})
    return PaypalRefused(issue, failure, issue in MAYBE_DONE or problem.maybe_done, response, problem.status)
