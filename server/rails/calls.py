"""Calls to providers over HTTP: one request with limits, and what every way of failing means for the money."""

import ipaddress
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import httpx

from domain.errors import FailureCode
from domain.rails import RailResult, RailStatus
from server.rails.base import CallFailed
from server.rails.strict_json import Unreadable, read_object, text_of

TIMEOUT: Final = httpx.Timeout(15.0, connect=5.0)
MAX_ANSWER_BYTES: Final = 256 * 1024
ANSWER_S: Final = 30.0
"""How long a whole answer may take; the limits above are for each wait alone."""

NOTHING_SENT: Final[tuple[tuple[type[Exception], FailureCode], ...]] = (
    (httpx.ConnectTimeout, FailureCode.TIMEOUT),
    (httpx.PoolTimeout, FailureCode.TIMEOUT),
    (httpx.ConnectError, FailureCode.NETWORK_ERROR),
    (httpx.UnsupportedProtocol, FailureCode.ROUTE_NOT_FOUND),
    (httpx.InvalidURL, FailureCode.ROUTE_NOT_FOUND),
)
"""Problems that come before the first byte leaves."""

MAYBE_DONE: Final[tuple[tuple[type[Exception], FailureCode], ...]] = (
    (httpx.TimeoutException, FailureCode.TIMEOUT),
    (httpx.TransportError, FailureCode.NETWORK_ERROR),
    (httpx.RequestError, FailureCode.UNEXPECTED_ERROR),
)
"""Problems after which the provider may have acted."""

STATUS_FAILURES: Final = {
    401: FailureCode.CREDENTIALS_REJECTED,
    403: FailureCode.CREDENTIALS_REJECTED,
    404: FailureCode.ROUTE_NOT_FOUND,
    405: FailureCode.ROUTE_NOT_FOUND,
    408: FailureCode.TIMEOUT,
    429: FailureCode.RATE_LIMITED,
}
"""HTTP statuses (RFC 9110); those from 500 up are PROVIDER_UNAVAILABLE, other failures UNEXPECTED_ERROR."""

DOUBTS: Final = frozenset({408, 409, 425})
"""Refusals by which the request, or one like it, may be under way all the same: time-out, conflict, too early."""

_NO_OTHERS: Final[frozenset[int]] = frozenset()

_NETLOC: Final = re.compile(r"[A-Za-z0-9._:\[\]-]+")
_KEPT_TEXT: Final = 100
_LONG_NUMBER: Final = re.compile(r"\+?\d(?:[ .-]?\d){7,}")


@dataclass(frozen=True, slots=True)
class Request:
    """One call: method, address, headers, body and query."""

    method: str
    url: str
    headers: Mapping[str, str]
    content: bytes = b""
    query: Mapping[str, str] | None = None


def ask(
    http: httpx.Client, request: Request, limit: int = MAX_ANSWER_BYTES, answers: frozenset[int] = _NO_OTHERS
) -> bytes:
    """Send a request and return the body of its 2xx answer, at most `limit` bytes; raises CallFailed.

    `answers` are further statuses whose bodies are answers. A refusal (400 to 499 but 408) carries the JSON object that
    explains it in `answer`. Redirects are not followed: credentials go to the configured host only.
    """
    try:
        with http.stream(
            request.method,
            request.url,
            headers=dict(request.headers),
            content=request.content or None,
            params=request.query,
            timeout=TIMEOUT,
            follow_redirects=False,
        ) as response:
            if not (200 <= response.status_code < 300 or response.status_code in answers):
                raise _refused(response, limit)
            return _read(response, limit)
    except (httpx.RequestError, httpx.InvalidURL) as problem:
        for kind, failure in NOTHING_SENT:
            if isinstance(problem, kind):
                raise CallFailed(failure, maybe_done=False) from problem
        failure = next(failure for kind, failure in MAYBE_DONE if isinstance(problem, kind))
        raise CallFailed(failure, maybe_done=True) from problem


def ask_object(
    http: httpx.Client, request: Request, limit: int = MAX_ANSWER_BYTES, decimals_as_text: bool = False
) -> dict[str, object]:
    """Send a request and return the JSON object of its answer; raises CallFailed, also when it is unreadable."""
    try:
        return read_object(ask(http, request, limit), limit, decimals_as_text)
    except Unreadable as problem:
        raise CallFailed(FailureCode.UNEXPECTED_ERROR, maybe_done=True) from problem


def done_or_not(problem: CallFailed, provider_ref: str = "") -> RailResult:
    """Return what a failed act means: FAILED if it was refused, UNKNOWN if it may be done or will go another time."""
    again = problem.maybe_done or problem.failure.retried
    status = RailStatus.UNKNOWN if again else RailStatus.FAILED
    return RailResult(status, provider_ref=provider_ref, failure=problem.failure, response=problem.response)


def tried(act: Callable[[], RailResult], provider_ref: str = "") -> RailResult:
    """Return what an act brought, or what its failure means; an unreadable answer is doubt."""
    try:
        return act()
    except CallFailed as problem:
        return done_or_not(problem, provider_ref)
    except Unreadable:
        return RailResult(RailStatus.UNKNOWN, provider_ref=provider_ref, failure=FailureCode.UNEXPECTED_ERROR)


def script_address(url: str, owner: str) -> str:
    """Return the address of a script for customers' pages: of the provider that owns a domain, or on this machine.

    What is typed into its form is card numbers, and whoever fills in the address is not the one who types them. Raises
    CallFailed(ROUTE_NOT_FOUND) for any other host.
    """
    safe = address(url, "")
    host = urlsplit(safe).hostname or ""
    if not (host == owner or host.endswith(f".{owner}") or _loopback(host)):
        raise CallFailed(FailureCode.ROUTE_NOT_FOUND, maybe_done=False)
    return safe


def origin_of(url: str) -> str:
    """Return the origin of an address from `address`, as a content security policy names it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def address(base_url: str, path: str) -> str:
    """Return the address of `path` on a configured host: https, or plain http on this machine (the simulator).

    Raises CallFailed(ROUTE_NOT_FOUND) for anything else, so that no secret leaves over an open line, and for what no
    name can be.
    """
    try:
        parts = urlsplit(base_url)
        safe = parts.scheme == "https" or (parts.scheme == "http" and _loopback(parts.hostname or ""))
        bare = not (parts.username or parts.password or parts.query or parts.fragment)
        complete = bool(parts.hostname) and parts.port != 0 and _NETLOC.fullmatch(parts.netloc) and has_name(base_url)
    except ValueError as problem:
        raise CallFailed(FailureCode.ROUTE_NOT_FOUND, maybe_done=False) from problem
    if not (safe and bare and complete):
        raise CallFailed(FailureCode.ROUTE_NOT_FOUND, maybe_done=False)
    return base_url.rstrip("/") + path


def has_name(url: str) -> bool:
    """Whether the host of an address can be looked up: no part of it is empty, too long or false IDNA (RFC 5890).

    Looking up any other raises UnicodeError, from under the HTTP client, which is none of its own problems.
    """
    try:
        return bool(httpx.URL(url).host.encode("idna"))
    except (httpx.InvalidURL, UnicodeError):
        return False


def redacted(answer: Mapping[str, object], allowed: tuple[str, ...]) -> str:
    """Return the allowed fields of an answer as JSON that is safe to keep and to log.

    Text is cut short and long numbers in `message` (telephones, accounts) keep only their last three digits.
    """
    kept: dict[str, str] = {}
    for name in allowed:
        try:
            text = text_of(answer, name)
        except Unreadable:
            text = "?"
        if text:
            kept[name] = (_masked(text) if name == "message" else text)[:_KEPT_TEXT]
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


def _masked(text: str) -> str:
    return _LONG_NUMBER.sub(lambda number: "•••" + re.sub(r"\D", "", number[0])[-3:], text)


def _refused(response: httpx.Response, limit: int) -> CallFailed:
    """Return what a status outside 2xx means, with the JSON object of a refusal where it can be read."""
    status = response.status_code
    explained = 400 <= status < 500 and status != 408
    refused = explained and status not in DOUBTS
    other = FailureCode.PROVIDER_UNAVAILABLE if status >= 500 else FailureCode.UNEXPECTED_ERROR
    kept = json.dumps({"http_status": status}, separators=(",", ":"))
    answer = _explanation(response, limit) if explained else {}
    return CallFailed(STATUS_FAILURES.get(status, other), not refused, kept, status, answer)


def _explanation(response: httpx.Response, limit: int) -> dict[str, object]:
    """Return the JSON object in a refusal's body; the status has said enough where there is none to read."""
    try:
        return read_object(_read(response, limit), limit, decimals_as_text=True)
    except (Unreadable, CallFailed, httpx.RequestError):
        return {}


def _read(response: httpx.Response, limit: int) -> bytes:
    """Read a body of at most `limit` bytes; one that drips for longer than ANSWER_S is given up."""
    body, deadline = bytearray(), time.monotonic() + ANSWER_S
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > limit:
            raise CallFailed(FailureCode.UNEXPECTED_ERROR, maybe_done=True)
        if time.monotonic() > deadline:
            raise CallFailed(FailureCode.TIMEOUT, maybe_done=True)
    return bytes(body)


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
