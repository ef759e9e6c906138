"""The hub over HTTP: one kept connection, limits on everything, and every foreign failure told in our own codes."""

import asyncio
import json
import ssl
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, TypeVar
from urllib.parse import quote

import httpx
from pydantic import ValidationError

from domain.errors import ErrorCode
from domain.ids import PaymentId
from sync.address import hub_url
from sync.backoff import retry_after_ms
from sync.owner_wire import PERSON_HEADER, ProviderProblem
from sync.ports import BLOCKING, HubProblem
from sync.wire import (
    BODY_LIMIT_BYTES,
    PROTOCOL,
    ChangesPage,
    EnrolAnswer,
    EnrolRequest,
    PeopleKeyAnswer,
    PeopleKeyRequest,
    PushAnswer,
    PushRequest,
    SuccessionAnswer,
    SuccessionRequest,
    Watched,
    Wire,
)

W = TypeVar("W", bound=Wire)

TOTAL_S: Final = 20.0
"""The longest a call may take from the first byte to the last: a hub that drips is as dead as one that is silent."""

_CONNECT_S: Final = 5.0
# The kept connection outlives the 30 s between two polls; the second is for a person's question during a long push.
_LIMITS: Final = httpx.Limits(max_connections=2, max_keepalive_connections=1, keepalive_expiry=60.0)
_JSON: Final = frozenset({"application/json", "application/problem+json"})


class HubClient:
    """The hub at `address()`, spoken to with the bearer token `token()`; both are asked before every call.

    `trust` says which certificates are believed (the system's, if None). `transport` replaces the network in tests.
    """

    def __init__(
        self,
        address: Callable[[], str | None],
        token: Callable[[], str],
        *,
        trust: ssl.SSLContext | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._address = address
        self._token = token
        self._trust = trust
        self._transport = transport
        self._http: httpx.AsyncClient | None = None
        self._spoken_to = ""

    async def push(self, request: PushRequest) -> PushAnswer:
        """Offer messages; raises HubProblem."""
        return await self.ask("POST", "/api/v1/push", PushAnswer, body=request)

    async def changes(self, after: int, limit: int, watch: Sequence[PaymentId]) -> ChangesPage:
        """Read the feed; raises HubProblem."""
        query = {"after": str(after), "limit": str(limit), "protocol": str(PROTOCOL)}
        if watch:
            query["watch"] = ",".join(watch)
        return await self.ask("GET", "/api/v1/changes", ChangesPage, query=query)

    async def check_payment(self, payment_id: PaymentId) -> Watched:
        """Let the hub ask the provider now; raises HubProblem."""
        return await self.ask("POST", f"/api/v1/payments/{quote(payment_id, safe='')}/check", Watched)

    async def enrol(self, request: EnrolRequest) -> EnrolAnswer:
        """Ask in with a one-time code, before there is a token; raises HubProblem."""
        return await self.ask("POST", "/api/v1/enrol", EnrolAnswer, body=request, with_token=False)

    async def succeed(self, request: SuccessionRequest) -> SuccessionAnswer:
        """Present the device that this till is after a restore; raises HubProblem."""
        return await self.ask("POST", "/api/v1/succession", SuccessionAnswer, body=request)

    async def share_people_key(self, request: PeopleKeyRequest) -> PeopleKeyAnswer:
        """Show this till's key for its people and hear the shop's; raises HubProblem."""
        return await self.ask("POST", "/api/v1/people/key", PeopleKeyAnswer, body=request)

    async def aclose(self) -> None:
        """Close the kept connection; the next call opens another."""
        http, self._http = self._http, None
        if http is not None:
            await http.aclose()

    async def ask(
        self,
        method: str,
        path: str,
        answer: type[W],
        *,
        body: Wire | None = None,
        query: Mapping[str, str] | None = None,
        with_token: bool = True,
        person: str = "",
    ) -> W:
        """Make one call and read its answer; raises HubProblem and nothing else for what the network or hub does.

        `person` is the token of whoever signed in at the hub to do this, empty for what the till does by itself.
        """
        try:
            async with asyncio.timeout(TOTAL_S):
                return await self._ask(method, path, answer, body, query, with_token, person)
        except httpx.ConnectTimeout as error:
            raise HubProblem(ErrorCode.NET_TIMEOUT, "connect") from error
        except (TimeoutError, httpx.TimeoutException) as error:
            raise HubProblem(ErrorCode.NET_TIMEOUT, "timeout", too_much=True) from error
        except httpx.InvalidURL as error:
            raise HubProblem(ErrorCode.NET_UNREACHABLE, "address") from error
        except httpx.RequestError as error:
            raise HubProblem(ErrorCode.NET_UNREACHABLE, "tls" if _is_tls(error) else "connection") from error

    async def _ask(
        self,
        method: str,
        path: str,
        answer: type[W],
        body: Wire | None,
        query: Mapping[str, str] | None,
        with_token: bool,
        person: str,
    ) -> W:
        url = hub_url(self._address(), path)
        http = await self._connection(url)
        # Answers come as they are: unpacking a small answer into a large one is a way to fill a till's memory.
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        if with_token:
            headers["Authorization"] = f"Bearer {self._token()}"
        if person:
            headers[PERSON_HEADER] = person
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = body.model_dump_json().encode()
        async with http.stream(method, url, params=query, headers=headers, content=content) as response:
            raw = await _body(response)
        if response.status_code != HTTPStatus.OK:
            raise _refused(response, raw)
        return _read(response, raw, answer)

    async def _connection(self, url: str) -> httpx.AsyncClient:
        origin = url.partition("/api/")[0]
        if self._http is not None and origin != self._spoken_to:
            await self.aclose()
        if self._http is None:
            secure = origin.startswith("https:")
            self._http = httpx.AsyncClient(
                verify=self._certificates(secure),
                trust_env=secure,  # a proxy may carry TLS for us, but is never told what is said on this machine
                follow_redirects=False,
                timeout=httpx.Timeout(TOTAL_S, connect=_CONNECT_S),
                limits=_LIMITS,
                transport=self._transport,
            )
            self._spoken_to = origin
        return self._http

    def _certificates(self, secure: bool) -> ssl.SSLContext:
        if not secure:
            return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # believes nobody, and costs no reading of certificates
        return self._trust or ssl.create_default_context()


async def _body(response: httpx.Response) -> bytes:
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise HubProblem(ErrorCode.NET_UNREACHABLE, "encoded")
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > BODY_LIMIT_BYTES:
            raise HubProblem(ErrorCode.NET_UNREACHABLE, "too_large", too_much=True)
    return bytes(body)


def _read(response: httpx.Response, raw: bytes, answer: type[W]) -> W:
    if not _is_json(response):
        raise HubProblem(ErrorCode.NET_UNREACHABLE, "not_the_hub")  # the page of a captive portal, most often
    try:
        json.loads(raw, object_pairs_hook=_named_once)
        return answer.model_validate_json(raw)
    except (ValidationError, ValueError, RecursionError) as error:
        raise HubProblem(ErrorCode.NET_UNREACHABLE, "unreadable") from error


def _refused(response: httpx.Response, raw: bytes) -> HubProblem:
    """Say what an answer other than 200 means; only JSON is the hub's own word."""
    status = response.status_code
    reason = f"http_{status}"
    wait = retry_after_ms(response.headers.get("retry-after"), response.headers.get("date"))
    if status in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.GATEWAY_TIMEOUT}:
        return HubProblem(ErrorCode.NET_TIMEOUT, reason, retry_after_ms=wait, too_much=True)
    temporary = status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    if temporary or status < HTTPStatus.BAD_REQUEST or not _is_json(response):
        too_much = status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        return HubProblem(ErrorCode.NET_UNREACHABLE, reason, retry_after_ms=wait, too_much=too_much)
    said, field = _word(raw)
    if said in BLOCKING:
        return HubProblem(said, reason)
    if status == HTTPStatus.UNAUTHORIZED and said is not ErrorCode.PERSON_SESSION_ENDED:
        return HubProblem(ErrorCode.TILL_UNKNOWN, reason)
    if status == HTTPStatus.UPGRADE_REQUIRED:
        return HubProblem(ErrorCode.HUB_VERSION, reason)
    too_much = status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return HubProblem(ErrorCode.HUB_REFUSED, reason, retry_after_ms=wait, refusal=said, too_much=too_much, field=field)


def _word(raw: bytes) -> tuple[ErrorCode | None, str | None]:
    """Return the hub's word on a request, and the field that it is about."""
    try:
        told = ProviderProblem.model_validate_json(raw)
    except ValidationError:
        return None, None
    return told.code, told.field


def _is_json(response: httpx.Response) -> bool:
    return str(response.headers.get("content-type", "")).partition(";")[0].strip().lower() in _JSON


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse an object that names a field twice: two readers could take two meanings from it."""
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a field is named twice")
    return fields


def _is_tls(error: BaseException) -> bool:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLError):
            return True
        seen = seen.__cause__ or seen.__context__
    return False
