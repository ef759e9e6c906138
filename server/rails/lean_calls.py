"""Lean's API over HTTP: the form of its credentials, its token, exact amounts, and what its refusals mean."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode

import httpx

from domain.errors import FailureCode
from server.rails.base import CallFailed, CredentialField, Credentials, settings_of
from server.rails.calls import Request, address, ask, redacted
from server.rails.exact_json import sorted_json
from server.rails.lean_codes import ERRORS, TOKEN_ERRORS
from server.rails.strict_json import Unreadable, parts_of, read_object, text_of
from server.vault import Secret

SANDBOX: Final = "https://sandbox.leantech.me"
"""Production is https://api2.leantech.me, and https://api2.sa.leantech.me for Saudi Arabia."""

SANDBOX_TOKENS: Final = "https://auth.sandbox.leantech.me"
"""Production is https://auth.leantech.me."""

TOKEN_PATH: Final = "/oauth2/token"  # noqa: S105 - an address, not a secret
LINKS: Final = "/payment-links/v1"
PAYMENTS: Final = "/payments/v1"
RECONCILIATIONS: Final = "/reconciliation/v1/payments"
REFUNDS: Final = "/payouts/refunds"

WEBHOOK_SECRET: Final = CredentialField("webhook_secret", ("Khóa bí mật webhook", "Webhook secret"), secret=True)
PAID_WHEN: Final = CredentialField(
    "paid_when", ("Coi là đã trả khi", "Counts as paid when"), default="received", choices=("received", "accepted")
)
FIELDS: Final = (
    CredentialField("client_id", ("Mã ứng dụng (Client ID)", "Client ID")),
    CredentialField("client_secret", ("Khóa bí mật (Client secret)", "Client secret"), secret=True),
    WEBHOOK_SECRET,
    CredentialField("destination_id", ("Mã tài khoản nhận tiền", "Payment destination that is paid"), required=False),
    PAID_WHEN,
    CredentialField(
        "return_url", ("Trang khách thấy sau khi trả tiền", "Page shown to the customer after paying"), required=False
    ),
    CredentialField("base_url", ("Địa chỉ máy chủ Lean", "Lean server address"), default=SANDBOX),
    CredentialField("auth_url", ("Địa chỉ cấp token của Lean", "Lean token address"), default=SANDBOX_TOKENS),
)
"""`paid_when`: `received` waits until Lean has found the money in the shop's account (its reconciliation product, which
must be on); `accepted` takes the payer's bank at its word. A page in `return_url` must be registered with Lean."""

PAGE: Final = 50

_LIMIT: Final = 1024 * 1024
_KEPT: Final = ("id", "refund_id", "status", "current_usages", "code", "http_status", "error")


class LeanRefused(CallFailed):
    """Lean said no; `code` is its word for why."""

    def __init__(self, code: str, failure: FailureCode, maybe_done: bool, response: str, status: int) -> None:
        super().__init__(failure, maybe_done, response, status)
        self.code = code


@dataclass(frozen=True, slots=True)
class Session:
    """One run of calls with a token of its own, so that nothing has to be kept or shared between merchants."""

    http: httpx.Client
    settings: Mapping[str, str]
    token: Secret

    def get(self, path: str, name: str = "", part: str = "") -> dict[str, object]:
        """Return the object under `path`, or a part of it; raises CallFailed and Unreadable."""
        return read_object(self._ask("GET", _under(path, name, part)), _LIMIT, decimals_as_text=True)

    def page(self, path: str, number: int, name: str = "", part: str = "") -> tuple[list[dict[str, object]], bool]:
        """Return the rows of a page (from 0) and whether more follow; raises CallFailed and Unreadable."""
        query = urlencode({"page": number, "size": PAGE})
        answer = self._ask("GET", f"{_under(path, name, part)}?{query}")
        rows = parts_of(read_object(answer, _LIMIT, decimals_as_text=True), "content")
        return rows, len(rows) >= PAGE

    def send(self, method: str, path: str, body: object, name: str = "", key: str = "") -> dict[str, object]:
        """Send a body and return the object that answers, empty for none; raises CallFailed and Unreadable."""
        answer = self._ask(method, _under(path, name), body, key)
        return read_object(answer, _LIMIT, decimals_as_text=True) if answer else {}

    def send_list(self, path: str, body: Sequence[object], key: str) -> list[dict[str, object]]:
        """Post a list and return the list that answers; raises CallFailed and Unreadable."""
        answer = self._ask("POST", path, list(body), key)
        # The reader of objects keeps its rules: one meaning only, and no floats.
        return parts_of(read_object(b'{"rows":' + answer + b"}", _LIMIT, decimals_as_text=True), "rows")

    def _ask(self, method: str, path: str, body: object = None, key: str = "") -> bytes:
        headers = {"authorization": f"Bearer {self.token.reveal()}", "accept": "application/json"}
        if body is not None:
            headers["content-type"] = "application/json"
        if key:
            headers["idempotency-key"] = key
        content = b"" if body is None else sorted_json(body).encode()
        try:
            return ask(self.http, Request(method, address(self.settings["base_url"], path), headers, content), _LIMIT)
        except CallFailed as problem:
            raise _explained(problem) from problem


def open_session(http: httpx.Client, credentials: Credentials) -> Session:
    """Ask for a token with the client credentials (OAuth 2.0, RFC 6749 section 4.4).

    Raises CallFailed, which never says `maybe_done`: without a token nothing was asked of Lean yet.
    """
    settings = settings_of(FIELDS, credentials)
    form = {
        "client_id": settings["client_id"],
        "client_secret": settings["client_secret"],
        "grant_type": "client_credentials",
        "scope": "api",
    }
    headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
    request = Request("POST", address(settings["auth_url"], TOKEN_PATH), headers, urlencode(form).encode())
    address(settings["base_url"], "")
    try:
        token = text_of(read_object(ask(http, request, _LIMIT), _LIMIT, decimals_as_text=True), "access_token")
    except CallFailed as problem:
        refused = problem.answer.get("error") in TOKEN_ERRORS
        failure = FailureCode.CREDENTIALS_REJECTED if refused else problem.failure
        raise CallFailed(failure, maybe_done=False, response=problem.response) from problem
    except Unreadable as problem:
        raise CallFailed(FailureCode.UNEXPECTED_ERROR, maybe_done=False) from problem
    if not re.fullmatch(r"[!-~]+", token):
        raise CallFailed(FailureCode.UNEXPECTED_ERROR, maybe_done=False)
    return Session(http, settings, Secret(token))


def kept(answer: Mapping[str, object]) -> str:
    """Return the parts of an answer that are safe to keep."""
    return redacted(answer, _KEPT)


def _under(path: str, name: str = "", part: str = "") -> str:
    return path + (f"/{quote(name, safe='')}" if name else "") + (f"/{part}" if part else "")


def _explained(problem: CallFailed) -> CallFailed:
    """Return a refusal with the failure that its code means, or the problem itself where Lean gave none."""
    try:
        code = text_of(problem.answer, "code")
    except Unreadable:
        return problem
    if not code:
        return problem
    response = kept({"code": code, "http_status": problem.status})
    return LeanRefused(code, ERRORS.get(code, problem.failure), problem.maybe_done, response, problem.status)
