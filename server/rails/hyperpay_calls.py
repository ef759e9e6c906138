"""HyperPay's API (OPPWA) over HTTP: the form of its credentials, its channels, and what its refusals mean."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode, urlsplit

import httpx

from domain.errors import FailureCode
from server.rails.base import CallFailed, CredentialField, Credentials, settings_of
from server.rails.calls import Request, address, ask_object, redacted
from server.rails.hyperpay_codes import Meaning, failure_of, meaning_of
from server.rails.strict_json import Unreadable, part_of, text_of

TEST_HOST: Final = "https://eu-test.oppwa.com"
LIVE_HOSTS: Final = frozenset({"eu-prod.oppwa.com", "oppwa.com"})
"""Hosts on which the codes of test mode prove nothing."""

BRANDS: Final = ("MADA", "VISA", "MASTER")
"""Payment options, as HyperPay names the brands of cards."""

BASE_URL: Final = CredentialField(
    "base_url", ("Địa chỉ máy chủ HyperPay", "HyperPay server address"), default=TEST_HOST
)
ENTITY_ID: Final = CredentialField("entity_id", ("Mã kênh (entityId)", "Channel (entityId)"))
WEBHOOK_KEY: Final = CredentialField(
    "webhook_key", ("Khóa giải mã webhook (64 ký tự hex)", "Webhook decryption key (64 hex digits)"), secret=True
)
BRAND_ENTITIES: Final = tuple(
    CredentialField(
        f"entity_id_{brand.lower()}",
        (f"Mã kênh riêng cho {brand} (entityId)", f"Own channel for {brand} (entityId)"),
        required=False,
    )
    for brand in BRANDS
)
FIELDS: Final = (
    BASE_URL,
    CredentialField("access_token", ("Mã truy cập (Access token)", "Access token"), secret=True),
    ENTITY_ID,
    *BRAND_ENTITIES,
    WEBHOOK_KEY,
)
"""HyperPay has no page of its own, only a widget (`<host>/v1/paymentWidgets.js?checkoutId=…`), which the hub shows."""

IDENTITY: Final = re.compile(r"[a-zA-Z0-9.-]{1,100}")
RESOURCE_PATH: Final = re.compile(r"/v[0-9]+/checkouts/[a-zA-Z0-9.-]+/payment")
"""What the status of a checkout is asked under; any other path is never called."""

Fields = Sequence[tuple[str, str]]

_KEPT: Final = ("id", "paymentType", "paymentBrand", "code", "message", "http_status")


class HyperpayRefused(CallFailed):
    """HyperPay refused a call; `code` is its result code."""

    def __init__(self, code: str, response: str, status: int) -> None:
        failure = failure_of(code)
        doubt = meaning_of(code) is Meaning.DOUBT
        super().__init__(failure, doubt, response, status)
        self.code = code


@dataclass(frozen=True, slots=True)
class Session:
    """Calls with one merchant's access token."""

    http: httpx.Client
    settings: Mapping[str, str]

    @property
    def live(self) -> bool:
        """Whether results of test mode prove nothing here."""
        return is_live(self.settings["base_url"])

    @property
    def entities(self) -> tuple[str, ...]:
        """The merchant's channels, each once; every question reaches one channel alone."""
        named = (self.settings["entity_id"], *(self.settings[field.name] for field in BRAND_ENTITIES))
        return tuple(dict.fromkeys(entity for entity in named if entity))

    def entity_of(self, option: str) -> str:
        """Return the channel of a brand, the common one where it has none of its own."""
        own = self.settings[f"entity_id_{option.lower()}"] if option in BRANDS else ""
        return own or self.settings["entity_id"]

    def get(self, path: str, entity: str, query: Fields = ()) -> dict[str, object]:
        """Ask a path in a channel; raises CallFailed and Unreadable."""
        return self._ask(
            Request("GET", f"{self._url(path)}?{urlencode([('entityId', entity), *query])}", self._headers())
        )

    def post(self, path: str, entity: str, fields: Fields) -> dict[str, object]:
        """Post to a path in a channel; raises CallFailed and Unreadable."""
        headers = {**self._headers(), "content-type": "application/x-www-form-urlencoded"}
        content = urlencode([("entityId", entity), *fields]).encode()
        return self._ask(Request("POST", self._url(path), headers, content))

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.settings['access_token']}", "accept": "application/json"}

    def _url(self, path: str) -> str:
        return address(self.settings["base_url"], path)

    def _ask(self, request: Request) -> dict[str, object]:
        """Return an answer that says yes, or a payment whatever became of it; raises HyperpayRefused otherwise."""
        status, problem = 200, None
        try:
            answer = ask_object(self.http, request, decimals_as_text=True)
        except CallFailed as caught:
            if not caught.answer:
                raise
            answer, status, problem = dict(caught.answer), caught.status, caught
        code = result_code(answer)
        if not code and problem is not None:
            raise problem
        if text_of(answer, "paymentType") and text_of(answer, "id"):
            return answer
        if problem is not None or meaning_of(code) in (Meaning.REJECTED, Meaning.DOUBT):
            raise HyperpayRefused(code, kept(answer, status), status) from problem
        return answer


def open_session(http: httpx.Client, credentials: Credentials) -> Session:
    """Return calls with a merchant's credentials; raises CallFailed."""
    settings = settings_of(FIELDS, credentials)
    token = settings["access_token"]
    if not (token.isascii() and token.isprintable()):
        raise CallFailed(FailureCode.CREDENTIALS_REJECTED, maybe_done=False)
    return Session(http, settings)


def is_live(base_url: str) -> bool:
    """Tell whether an address is one of HyperPay's live hosts."""
    return (urlsplit(base_url).hostname or "") in LIVE_HOSTS


def result_code(answer: Mapping[str, object]) -> str:
    """Return the result code of an answer, empty where there is none; raises Unreadable."""
    return text_of(part_of(answer, "result"), "code")


def kept(answer: Mapping[str, object], status: int = 200) -> str:
    """Return the parts of an answer that are safe to keep; raises Unreadable."""
    result = part_of(answer, "result")
    said: dict[str, object] = {"code": result.get("code"), "message": result.get("description")}
    if status != 200:
        said["http_status"] = status
    return redacted({**answer, **said}, _KEPT)


def safe(name: str) -> str:
    """Return an id that may stand in a path; raises Unreadable for any other."""
    if not IDENTITY.fullmatch(name) or ".." in name:
        raise Unreadable("id")
    return name
