"""Limits: long, slow and lying requests end soon, cost little, and leave the hub to those who behave."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from domain.ids import Instant
from server.limits import KEPT, Rate, RateLimits
from server.rails.base import MAX_NOTIFICATION_BYTES
from storage.hub_units import SqliteHub
from storage.sqlite import open_encrypted
from sync.wire import BODY_LIMIT_BYTES
from tests.builders import KEY, MERCHANT, NOON
from tests.server.hub_stage import QUICK, TOKEN, Clock, Served, bearer, let_in, served, settings_for

WEBHOOK = f"/api/v1/billing/webhook/sepay/{MERCHANT}"


@pytest.fixture
def quick(hub_file: Path, clock: Clock) -> Iterator[Served]:
    """A hub with little patience; one database is enough for what never reaches it."""
    with served(settings_for(SqliteHub(lambda: open_encrypted(hub_file, KEY)), clock)) as server:
        let_in(server.hub.units)
        yield server


def raw(server: Served, *parts: bytes, wait_s: float = 10.0) -> tuple[int, bytes]:
    """Send bytes on a connection of its own and return the status and everything that was answered."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=wait_s) as line:
        said = b""
        with suppress(OSError):  # the hub has closed its ear; what it said can still be read
            for part in parts:
                line.sendall(part)
        with suppress(ConnectionResetError):
            while chunk := line.recv(65_536):
                said += chunk
    return (int(said.split(b" ", 2)[1]) if said else 0), said


def post(path: str, *headers: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "host: hub", "content-type: application/json", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


LIVES = b"GET /healthz HTTP/1.1\r\nhost: hub\r\n\r\n"


def one_answer(line: socket.socket) -> bytes:
    said = b""
    while not said.endswith(b'{"status":"ok"}'):
        said += line.recv(65_536)
    return said


def test_a_body_that_is_declared_too_long_is_refused_at_once(quick: Served) -> None:
    for path, limit in ((WEBHOOK, MAX_NOTIFICATION_BYTES), ("/api/v1/push", BODY_LIMIT_BYTES)):
        head = post(path, f"content-length: {limit + 1}", f"authorization: Bearer {TOKEN}")
        status, said = raw(quick, head, b"x" * 1000)
        assert (status, said.endswith(b'{"code":"HUB_REFUSED"}')) == (413, True)
        assert b"connection: close" in said


def test_a_body_in_chunks_is_refused_when_it_passes_the_limit(quick: Served) -> None:
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    status, _ = raw(quick, post(WEBHOOK, "transfer-encoding: chunked"), *[chunk] * 160, b"0\r\n\r\n")
    assert status == 413


def test_ten_megabytes_are_answered_413_by_an_ordinary_client(quick: Served) -> None:
    assert quick.http.post(WEBHOOK, content=b"x" * 10_000_000).status_code == 413

    def endless() -> Iterator[bytes]:
        for _ in range(160):
            yield b"x" * 65_536

    assert quick.http.post(WEBHOOK, content=endless()).status_code == 413


@pytest.mark.parametrize("length", ["-1", "1e3", "0x10", "9" * 40, "+5"])
def test_a_length_that_is_no_number_is_refused(quick: Served, length: str) -> None:
    status, _ = raw(quick, post(WEBHOOK, f"content-length: {length}"), b"{}")
    assert status in {400, 413}


def test_a_body_up_to_the_limit_is_taken(quick: Served) -> None:
    assert quick.http.post(WEBHOOK, content=b"x" * MAX_NOTIFICATION_BYTES).status_code == 404


def test_a_body_that_does_not_come_is_not_waited_for(quick: Served) -> None:
    started = time.monotonic()
    status, said = raw(quick, post(WEBHOOK, "content-length: 100"), b"{")
    assert (status, said.endswith(b'{"code":"NET_TIMEOUT"}')) == (408, True)
    assert time.monotonic() - started < 8


def test_a_head_that_does_not_end_is_not_waited_for(quick: Served) -> None:
    assert raw(quick, b"POST / HTTP/1.1\r\nhost: hub\r\nx-slow: ") == (0, b"")
    assert raw(quick, b"") == (0, b"")


def test_a_second_head_on_a_kept_connection_is_not_waited_for_either(quick: Served) -> None:
    with socket.create_connection(("127.0.0.1", quick.port), timeout=10) as line:
        line.sendall(LIVES)
        assert one_answer(line).startswith(b"HTTP/1.1 200")
        line.sendall(b"GET /hea")
        assert line.recv(65_536) == b""


def test_a_connection_may_rest_between_requests(quick: Served) -> None:
    with socket.create_connection(("127.0.0.1", quick.port), timeout=10) as line:
        for _ in range(2):
            line.sendall(LIVES)
            assert one_answer(line).startswith(b"HTTP/1.1 200")
            threading.Event().wait(QUICK.head_s * 1.5)


def test_two_hundred_connections_that_drip_leave_the_hub_to_the_others(quick: Served) -> None:
    lines = [socket.create_connection(("127.0.0.1", quick.port), timeout=10) for _ in range(200)]
    for number, line in enumerate(lines):
        line.sendall(post(WEBHOOK, "content-length: 99") if number % 2 else b"POST / HT")
    slowest = 0.0
    for _ in range(20):
        started = time.monotonic()
        assert quick.changes().status_code == 200
        slowest = max(slowest, time.monotonic() - started)
    assert slowest < 0.5
    for number, line in enumerate(lines):
        answer = b""
        while chunk := line.recv(65_536):
            answer += chunk
        assert answer.startswith(b"HTTP/1.1 408") if number % 2 else answer == b""
        line.close()


def test_a_push_without_a_token_is_refused_before_its_body_is_read(quick: Served) -> None:
    status, said = raw(quick, post("/api/v1/push", "content-length: 1000000"))
    assert (status, b"TILL_UNKNOWN" in said) == (401, True)


def test_bodies_that_fill_the_memory_meant_for_them_are_put_off(hub_file: Path, clock: Clock) -> None:
    settings = settings_for(SqliteHub(lambda: open_encrypted(hub_file, KEY)), clock)
    with served(replace(settings, limits=replace(QUICK, buffered_bytes=1_000))) as server:
        answer = server.http.post(WEBHOOK, content=b"x" * 1_001)
        assert (answer.status_code, answer.json(), answer.headers["retry-after"]) == (
            503,
            {"code": "HUB_REFUSED"},
            "2",
        )
        assert server.http.post(WEBHOOK, content=b"x" * 1_000).status_code == 404


def test_deep_json_is_refused_not_crashed_on(quick: Served) -> None:
    headers = {**bearer(TOKEN), "content-type": "application/json"}
    for depth in (100, 10_000, 100_000):
        body = b'{"protocol":1,"messages":' + b"[" * depth + b"]" * depth + b"}"
        assert quick.http.post("/api/v1/push", content=body, headers=headers).status_code == 422


def test_many_or_long_headers_are_refused(quick: Served) -> None:
    long, many = b"x: " + b"y" * 20_000 + b"\r\n", b"a: b\r\n" * 500
    for lines in (long, many):
        assert raw(quick, b"GET /healthz HTTP/1.1\r\nhost: hub\r\n" + lines + b"\r\n")[0] == 431
    endless = [b"GET /healthz HTTP/1.1\r\nhost: hub\r\nx: ", *[b"y" * 65_536] * 20]
    assert raw(quick, *endless)[0] in {0, 400}
    assert quick.http.get("/healthz", params={"x": "y" * 20_000}).status_code == 431


def test_what_is_not_there_is_refused_like_everything_else(quick: Served) -> None:
    for method, path, status in (
        ("GET", "/", 404),
        ("GET", "/docs", 404),
        ("GET", "/redoc", 404),
        ("GET", "/api/v1/push", 405),
        ("TRACE", "/api/v1/push", 405),
        ("DELETE", "/api/v1/changes", 405),
        ("GET", "/api/v1/live", 404),
        ("GET", "/api/v1/changes/", 404),
    ):
        answer = quick.http.request(method, path)
        assert (answer.status_code, answer.json()) == (status, {"code": "HUB_REFUSED"}), path
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_till_that_asks_without_end_is_slowed_down(quick: Served, clock: Clock) -> None:
    statuses = [quick.changes().status_code for _ in range(205)]
    assert statuses.count(200) == 200
    assert set(statuses[200:]) == {429}
    assert quick.changes().headers["retry-after"] == "1"
    clock.forward(1_000)
    assert quick.changes().status_code == 200


def test_guessing_tokens_is_slowed_down_and_no_till_suffers(quick: Served) -> None:
    statuses = [quick.changes(token=f"guess-{number}").status_code for number in range(60)]
    assert statuses == [401] * 50 + [429] * 10
    assert quick.changes().status_code == 200


def test_a_bucket_fills_again_with_time_and_never_above_its_size() -> None:
    limits, rate = RateLimits(), Rate(burst=2, refill_ms=100)
    assert [limits.allow(rate, "a", NOON) for _ in range(3)] == [True, True, False]
    assert limits.allow(rate, "b", NOON)
    assert not limits.allow(rate, "a", Instant(NOON + 99))
    assert limits.allow(rate, "a", Instant(NOON + 200))
    assert [limits.allow(rate, "a", Instant(NOON + 10**9)) for _ in range(3)] == [True, True, False]


def test_a_clock_that_is_set_back_does_not_open_or_shut_a_bucket() -> None:
    limits, rate = RateLimits(), Rate(burst=1, refill_ms=100)
    assert limits.allow(rate, "a", NOON)
    assert not limits.allow(rate, "a", Instant(NOON - 10**9))
    assert limits.allow(rate, "a", Instant(NOON - 10**9 + 100))


def test_callers_that_were_silent_longest_are_forgotten() -> None:
    limits, rate = RateLimits(), Rate(burst=1, refill_ms=10**9)
    for number in range(KEPT + 1):
        assert limits.allow(rate, str(number), NOON)
    assert limits.allow(rate, "0", NOON), "forgotten, so it begins anew"
    assert not limits.allow(rate, str(KEPT), NOON)


def test_the_description_of_the_interface_names_every_route(quick: Served) -> None:
    described = quick.http.get("/api/v1/openapi.json").json()
    assert set(described["paths"]) == {
        "/api/v1/push",
        "/api/v1/changes",
        "/api/v1/enrol",
        "/api/v1/succession",
        "/api/v1/payments/{payment_id}/check",
        "/api/v1/events",
        "/api/v1/events/batch",
        "/api/v1/billing/webhook/{provider}/{merchant_id}",
        "/api/v1/people/key",
        "/api/v1/people/sign-in",
        "/api/v1/people/sign-out",
        "/api/v1/providers",
        "/api/v1/providers/{provider}",
        "/api/v1/providers/{provider}/test",
        "/api/v1/tills",
        "/api/v1/tills/invitations",
        "/api/v1/tills/{device_id}",
        "/api/v1/api-keys",
        "/api/v1/api-keys/{key_id}",
        "/api/v1/api-keys/{key_id}/webhook",
        "/api/v1/api-keys/{key_id}/webhook/deliveries",
        "/api/v1/api-keys/{key_id}/webhook/deliveries/{news_id}/resend",
        "/api/v1/api-keys/{key_id}/webhook/test",
        "/api/v1/statements",
        "/api/v1/checkout-requests",
        "/api/v1/checkout-requests/{checkout_id}",
        "/api/v1/checkout-requests/{checkout_id}/cancel",
        "/api/v1/checkout-requests/{checkout_id}/capture",
        "/pay/{merchant_id}/{payment_id}/{token}",
        "/metrics",
        "/healthz",
        "/readyz",
    }
    owners = described["paths"]["/api/v1/providers"]["get"]
    assert {scheme for wanted in owners["security"] for scheme in wanted} == {"HTTPBearer", "Person"}
    push = described["paths"]["/api/v1/push"]["post"]
    assert "messages" in json.dumps(push["requestBody"])
    assert push["security"] == [{"HTTPBearer": []}]


def test_every_answer_carries_an_id_that_the_log_knows(quick: Served) -> None:
    ids = {quick.http.get("/healthz").headers["x-request-id"] for _ in range(3)}
    assert len(ids) == 3


def test_a_request_with_two_lengths_is_no_way_in(quick: Served) -> None:
    status, _ = raw(quick, post(WEBHOOK, "content-length: 2", "content-length: 3"), b"{}}")
    assert status == 400
    status, _ = raw(quick, post(WEBHOOK, "content-length: 2", "transfer-encoding: chunked"), b"0\r\n\r\n")
    assert status == 400


def test_a_provider_named_in_strange_letters_is_just_unknown(quick: Served) -> None:
    for name in ("%F0%9F%98%80", "..%2F..", "a" * 64, "sepay%20"):
        answer = quick.http.post(f"/api/v1/billing/webhook/{name}/{MERCHANT}", content=b"{}")
        assert answer.status_code == 404, name
    assert isinstance(answer, httpx.Response)
