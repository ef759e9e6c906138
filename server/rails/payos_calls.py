"""payOS over HTTP: the form of its credentials, its signatures, and what its refusals mean.

Sources: payos.vn/docs/api, the official SDK (PyPI payos 1.1.0), and the answers that public programs record: payOS
answers HTTP 200 to refusals too, with a `code` other than 00 and neither data nor signature.
"""

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import httpx

from domain.errors import FailureCode
from server.rails.base import CallFailed, CredentialField, Credentials, settings_of
from server.rails.calls import Request, address, ask, redacted
from server.rails.exact_json import read_exact, sorted_json
from server.rails.strict_json import Unreadable, part_of, read_object, text_of
from server.vault import Secret

HOST: Final = "https://api-merchant.payos.vn"
PAGES: Final = "https://pay.payos.vn/web"
"""Where payOS shows a payment by its id."""

LINKS: Final = "/v2/payment-requests"

CHECKSUM_KEY: Final = CredentialField("checksum_key", ("Mã kiểm tra (Checksum Key)", "Checksum key"), secret=True)
FIELDS: Final = (
    CredentialField("client_id", ("Mã kênh (Client ID)", "Client ID")),
    CredentialField("api_key", ("Khóa API (API Key)", "API key"), secret=True),
    CHECKSUM_KEY,
    CredentialField(
        "account_number", ("Số tài khoản ngân hàng nhận tiền", "Bank account that is paid"), required=False
    ),
    CredentialField(
        "description_length",
        ("Độ dài nội dung chuyển khoản", "Length of the transfer's text"),
        default="9",
        choices=("9", "25"),
    ),
    CredentialField(
        "return_url",
        ("Trang khách thấy sau khi trả tiền", "Page shown to the customer after paying"),
        default="https://payos.vn/",
    ),
    CredentialField("checkout_url", ("Địa chỉ trang thanh toán", "Address of the payment pages"), default=PAGES),
    CredentialField("base_url", ("Địa chỉ máy chủ payOS", "payOS server address"), default=HOST),
)
"""payOS takes nine letters of text for accounts that are not linked through it, and 25 for those that are.

The account is not told to payOS, which knows it: it keeps a second reader of the same account away.
"""

DONE: Final = "00"
NOT_FOUND: Final = "101"
EXISTS: Final = "231"

CODES: Final = {
    "20": FailureCode.UNEXPECTED_ERROR,  # what was sent is not right
    NOT_FOUND: FailureCode.UNEXPECTED_ERROR,
    "201": FailureCode.CREDENTIALS_REJECTED,  # wrong signature
    "214": FailureCode.CREDENTIALS_REJECTED,  # no such channel, or it is paused
    EXISTS: FailureCode.INVALID_TRANSITION,
    "401": FailureCode.CREDENTIALS_REJECTED,
    "403": FailureCode.CREDENTIALS_REJECTED,
    "429": FailureCode.RATE_LIMITED,
    "500": FailureCode.PROVIDER_UNAVAILABLE,
}
"""Codes other than 00; payOS has published no table, and a code that is not here leaves doubt."""

_SIGNED_OF_A_LINK: Final = ("amount", "cancelUrl", "description", "orderCode", "returnUrl")
_NOTHING: Final = ("undefined", "null")
_LIMIT: Final = 256 * 1024
_KEPT: Final = ("code", "desc", "http_status", "status", "orderCode", "amount", "amountPaid", "paymentLinkId", "id")


class PayosRefused(CallFailed):
    """payOS said no; `code` is its number for why."""

    def __init__(self, code: str, failure: FailureCode, maybe_done: bool, response: str, status: int = 0) -> None:
        super().__init__(failure, maybe_done, response, status)
        self.code = code


@dataclass(frozen=True, slots=True)
class Session:
    """Calls with one merchant's keys."""

    http: httpx.Client
    settings: Mapping[str, str]

    @property
    def checksum_key(self) -> Secret:
        """The key of all signatures."""
        return Secret(self.settings["checksum_key"])

    def create(self, fields: Mapping[str, str | int]) -> dict[str, object]:
        """Make a payment link and return its data; raises CallFailed and Unreadable."""
        text = "&".join(f"{name}={fields[name]}" for name in _SIGNED_OF_A_LINK)
        return self._ask("POST", LINKS, {**fields, "signature": signed(self.checksum_key, text)})

    def get(self, order_code: int) -> dict[str, object]:
        """Return the payment link of an order; raises CallFailed and Unreadable."""
        return self._ask("GET", f"{LINKS}/{order_code}", None)

    def cancel(self, order_code: int, reason: str) -> dict[str, object]:
        """Cancel the payment link of an order and return it; raises CallFailed and Unreadable."""
        fields = {"cancellationReason": reason}
        body = {**fields, "signature": signed(self.checksum_key, signed_text(dict(fields)))}
        return self._ask("POST", f"{LINKS}/{order_code}/cancel", body)

    def page(self, name: str) -> str:
        """Return the address of a payment's page; raises CallFailed for an address that is not safe."""
        return address(self.settings["checkout_url"], f"/{quote(name, safe='')}")

    def _ask(self, method: str, path: str, body: Mapping[str, str | int] | None) -> dict[str, object]:
        headers = {
            "x-client-id": self.settings["client_id"],
            "x-api-key": self.settings["api_key"],
            "accept": "application/json",
        }
        content = b""
        if body is not None:
            headers["content-type"] = "application/json"
            content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        request = Request(method, address(self.settings["base_url"], path), headers, content)
        try:
            answer = ask(self.http, request, _LIMIT)
        except CallFailed as problem:
            raise _explained(problem) from problem
        return _data(answer, self.checksum_key)


def open_session(http: httpx.Client, credentials: Credentials) -> Session:
    """Return calls with a merchant's credentials; raises CallFailed(CREDENTIALS_MISSING)."""
    settings = settings_of(FIELDS, credentials)
    if not all(re.fullmatch(r"[!-~]+", settings[name]) for name in ("client_id", "api_key")):
        raise CallFailed(FailureCode.CREDENTIALS_REJECTED, maybe_done=False)
    return Session(http, settings)


def signed_text(data: Mapping[str, object]) -> str:
    """Return what payOS signs of data from `read_exact`: `name=value` by name; null is empty, a list its JSON."""
    return "&".join(f"{name}={_value(data[name])}" for name in sorted(data))


def signed(key: Secret, text: str) -> str:
    """Return payOS's signature: HMAC-SHA256 in hex; raises Unreadable for text that is none."""
    try:
        return hmac.digest(key.reveal().encode(), text.encode(), "sha256").hex()
    except UnicodeEncodeError as problem:
        raise Unreadable("text") from problem


def is_signed(key: Secret, data: object, given: object) -> bool:
    """Tell whether `given` is the signature of data from `read_exact`; raises Unreadable."""
    if not key or not isinstance(data, dict) or not isinstance(given, str):
        return False
    expected = signed(key, signed_text(data))
    return hmac.compare_digest(expected.encode(), given.lower().encode("utf-8", "surrogatepass"))


def kept(answer: Mapping[str, object]) -> str:
    """Return the parts of an answer that are safe to keep."""
    return redacted(answer, _KEPT)


def _value(value: object) -> str:
    if value is None or value in _NOTHING:
        return ""
    return str(value) if isinstance(value, str) else sorted_json(value)


def _data(answer: bytes, key: Secret) -> dict[str, object]:
    """Return the signed data of an answer; raises PayosRefused, and Unreadable for one that payOS did not sign."""
    told = read_object(answer, _LIMIT, decimals_as_text=True)
    code = text_of(told, "code")
    if code != DONE:
        raise PayosRefused(code, CODES.get(code, FailureCode.UNEXPECTED_ERROR), code not in CODES, kept(told))
    if not is_signed(key, read_exact(answer, _LIMIT).get("data"), told.get("signature")):
        raise Unreadable("signature")
    return part_of(told, "data")


def _explained(problem: CallFailed) -> CallFailed:
    """Return a refusal with the failure that its code means, or the problem itself where payOS gave none."""
    try:
        code = text_of(problem.answer, "code")
    except Unreadable:
        return problem
    if code not in CODES:
        return problem
    response = kept({**problem.answer, "http_status": problem.status})
    return PayosRefused(code, CODES[code], problem.maybe_done, response, problem.status)
