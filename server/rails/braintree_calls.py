"""Braintree's server API over HTTP: the form of its credentials, XML requests, and what its refusals mean."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import httpx

from domain.errors import FailureCode
from server.rails.base import CallFailed, CredentialField, Credentials, settings_of
from server.rails.braintree_codes import ERRORS
from server.rails.braintree_xml import Written, read_xml, write_xml
from server.rails.calls import MAX_ANSWER_BYTES, Request, address, ask, redacted
from server.rails.strict_json import Unreadable, part_of, text_of

SANDBOX: Final = "https://api.sandbox.braintreegateway.com"
"""Braintree's sandbox; production is https://api.braintreegateway.com."""

DROPIN: Final = "https://js.braintreegateway.com/web/dropin/1.44.1/js/dropin.min.js"
"""Braintree's card form, a script for the hub's page."""

API_VERSION: Final = "6"
"""The version of the API that the official SDK speaks (`X-ApiVersion`)."""

PUBLIC_KEY: Final = CredentialField("public_key", ("Khóa công khai (Public key)", "Public key"))
PRIVATE_KEY: Final = CredentialField("private_key", ("Khóa bí mật (Private key)", "Private key"), secret=True)
FIELDS: Final = (
    CredentialField("base_url", ("Địa chỉ máy chủ Braintree", "Braintree server address"), default=SANDBOX),
    CredentialField("merchant_id", ("Mã đơn vị (Merchant ID)", "Merchant ID")),
    PUBLIC_KEY,
    PRIVATE_KEY,
    CredentialField("merchant_account_id", ("Mã tài khoản thu (Merchant account ID)", "Merchant account ID")),
    CredentialField("tokenization_key", ("Khóa của trang thẻ (Tokenization key)", "Tokenization key")),
    CredentialField("dropin_url", ("Địa chỉ khung nhập thẻ (Drop-in)", "Address of Drop-in"), default=DROPIN),
)
"""A merchant account has one currency. A tokenization key is public: every customer's browser sees it."""

_SEGMENT: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_UNPROCESSABLE: Final = frozenset({422})
_KEPT: Final = (
    "id",
    "status",
    "type",
    "processor_response_code",
    "gateway_rejection_reason",
    "code",
    "message",
)


class BraintreeRefused(CallFailed):
    """Braintree refused a request whose fields it did not like; `codes` are its validation errors."""

    def __init__(self, codes: tuple[str, ...], response: str) -> None:
        failure = next((ERRORS[code] for code in codes if code in ERRORS), FailureCode.UNEXPECTED_ERROR)
        super().__init__(failure, maybe_done=False, response=response, status=422)
        self.codes = codes


@dataclass(frozen=True, slots=True)
class Session:
    """Calls with one merchant's keys; what they return is the document's root."""

    http: httpx.Client
    settings: Mapping[str, str]

    def get(self, *path: str) -> dict[str, object]:
        """Return what stands under a path; raises CallFailed and Unreadable."""
        return self._ask("GET", path, b"")

    def post(self, *path: str, root: str, fields: Mapping[str, Written]) -> dict[str, object]:
        """Post a document to a path; raises CallFailed and Unreadable."""
        return self._ask("POST", path, _document(root, fields))

    def put(self, *path: str, root: str = "", fields: Mapping[str, Written] | None = None) -> dict[str, object]:
        """Put a document, or nothing, to a path; raises CallFailed and Unreadable."""
        return self._ask("PUT", path, _document(root, fields) if fields is not None else b"")

    def _ask(self, method: str, path: tuple[str, ...], content: bytes) -> dict[str, object]:
        names = ("merchants", self.settings["merchant_id"], *path)
        if not all(_SEGMENT.fullmatch(name) for name in names):
            raise CallFailed(FailureCode.UNEXPECTED_ERROR, maybe_done=False)
        pair = f"{self.settings['public_key']}:{self.settings['private_key']}".encode()
        headers = {
            "accept": "application/xml",
            "authorization": f"Basic {base64.b64encode(pair).decode()}",
            "content-type": "application/xml",
            "x-apiversion": API_VERSION,
        }
        url = address(self.settings["base_url"], "/" + "/".join(names))
        request = Request(method, url, headers, content)
        return _unwrapped(read_xml(ask(self.http, request, answers=_UNPROCESSABLE), MAX_ANSWER_BYTES))


def open_session(http: httpx.Client, credentials: Credentials) -> Session:
    """Return calls with a merchant's credentials; raises CallFailed(CREDENTIALS_MISSING)."""
    return Session(http, settings_of(FIELDS, credentials))


def kept(answer: Mapping[str, object]) -> str:
    """Return the parts of an answer that are safe to keep."""
    return redacted(answer, _KEPT)


def _document(root: str, fields: Mapping[str, Written]) -> bytes:
    try:
        return write_xml(root, fields)
    except ValueError as problem:
        raise CallFailed(FailureCode.UNEXPECTED_ERROR, maybe_done=False) from problem


def _unwrapped(answer: dict[str, object]) -> dict[str, object]:
    """Return an answer, or the transaction of a refusal that made one; raises BraintreeRefused for the others."""
    if "api_error_response" not in answer:
        return answer
    error = part_of(answer, "api_error_response")
    if part_of(error, "transaction"):
        return {"transaction": error["transaction"]}
    codes = tuple(_codes(error.get("errors")))
    raise BraintreeRefused(codes, kept({"code": " ".join(codes), "message": text_of(error, "message")}))


def _codes(errors: object) -> list[str]:
    """Return the codes of nested validation errors."""
    if isinstance(errors, list):
        return [code for part in errors for code in _codes(part)]
    if not isinstance(errors, dict):
        return []
    own = errors.get("code")
    if isinstance(own, str):
        return [own]
    return [code for part in errors.values() for code in _codes(part)]


def safe_root(answer: Mapping[str, object], name: str) -> dict[str, object]:
    """Return the document of a name; raises Unreadable where the answer is another."""
    found = part_of(answer, name)
    if not found:
        raise Unreadable(name)
    return found
