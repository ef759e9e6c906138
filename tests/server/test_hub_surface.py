"""The hub's surface: guarded answers, one meaning for a body, no page, no unknown method, a limit on everyone."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import anyio
import httpx
import pytest
from starlette.responses import Response
from starlette.types import Message, Scope

from domain.ids import DeviceId
from domain.posting_rules import SALE
from server.api_keys import create_api_key
from server.app import PAGES
from server.auth import token_hash
from server.headers import SAFE, STRICT_TRANSPORT, SafeHeaders
from server.limits import ENROL, FALSE_NEWS, LOOK
from storage.hub_tills import add_till
from storage.hub_units import SqliteHub
from storage.session import Session
from storage.sqlite import open_encrypted
from tests.builders import KEY, MERCHANT, NOON, an_id
from tests.domain.event_samples import EVERY_EVENT
from tests.server.hub_stage import TOKEN, VAULT, Clock, Served, bearer, let_in, served, settings_for

JSON: Final = {"content-type": "application/json"}
READING: Final = ("/api/v1/push", "/api/v1/enrol", "/api/v1/succession", "/api/v1/events", "/api/v1/events/batch")
"""The routes that read a body; a provider's notification is read by its adapter, and refused unsigned before that."""

SOCKETS: Final = 1_000

AMBIGUOUS: Final = {
    "a key twice": b'{"protocol":1,"protocol":2,"messages":[]}',
    "a key twice below": b'{"protocol":1,"messages":[{"id":"a","id":"b"}]}',
    "NaN": b'{"protocol":NaN,"messages":[]}',
    "infinity": b'{"protocol":-Infinity,"messages":[]}',
    "a fraction": b'{"protocol":1.0,"messages":[]}',
    "an endless number": b'{"protocol":' + b"9" * 5_000 + b',"messages":[]}',
    "an exponent": b'{"protocol":1e400,"messages":[]}',
    "a deep list": b'{"protocol":1,"messages":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "a deep object": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "half a pair of letters": b'{"protocol":1,"messages":"\\ud800"}',
    "no UTF-8": b'{"protocol":1,"messages":"\xff"}',
    "two values": b'{"protocol":1,"messages":[]}{}',
    "a list": b"[]",
    "nothing": b"",
    "a comment": b'{"protocol":1/**/,"messages":[]}',
}


@pytest.fixture
def quick(hub_file: Path, clock: Clock) -> Iterator[Served]:
    """A hub on one database, which is enough for what hardly reaches it."""
    with served(settings_for(SqliteHub(lambda: open_encrypted(hub_file, KEY)), clock)) as server:
        let_in(server.hub.units)
        yield server


def guarded(headers: Any) -> bool:
    return {name.decode(): value.decode() for name, value in SAFE}.items() <= dict(headers).items()


def test_every_answer_bears_the_headers_that_guard_it(quick: Served) -> None:
    upgrade = {"connection": "upgrade", "upgrade": "websocket", "sec-websocket-version": "13"}
    answers = [
        quick.http.get("/healthz"),
        quick.http.get("/api/v1/openapi.json"),
        quick.changes(),
        quick.changes(token="none"),
        quick.http.get("/nowhere"),
        quick.http.request("TRACE", "/healthz"),
        quick.http.post("/api/v1/enrol", content=b"{", headers=JSON),
        quick.http.post("/api/v1/enrol", content=b"x" * 70_000, headers=JSON),
        quick.http.get("/healthz", params={"x": "y" * 20_000}),
        quick.http.get("/api/v1/live", headers=upgrade | {"sec-websocket-key": "MDEyMzQ1Njc4OWFiY2RlZg=="}),
    ]
    assert {answer.status_code for answer in answers} == {200, 401, 404, 405, 413, 422, 431}
    assert [answer.url.path for answer in answers if not guarded(answer.headers)] == []
    assert all("strict-transport-security" not in answer.headers for answer in answers), "this hub speaks no TLS"
    assert all("server" not in answer.headers for answer in answers)


def test_what_is_no_http_is_refused_in_the_same_words(quick: Served) -> None:
    with socket.create_connection(("127.0.0.1", quick.port), timeout=10) as line:
        line.sendall(b"no http at all\r\n\r\n")
        said = b""
        while chunk := line.recv(65_536):
            said += chunk
    head, _, body = said.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    assert (status, json.loads(body)) == ("HTTP/1.1 400 ", {"code": "HUB_REFUSED"})
    assert guarded(line.split(": ", 1) for line in lines)


@pytest.mark.parametrize("scheme", ["https", "wss", "http"])
def test_only_a_hub_that_is_spoken_to_by_tls_asks_for_tls(scheme: str) -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    scope: Scope = {"type": "http", "scheme": scheme, "path": "/docs", "method": "GET", "headers": []}
    anyio.run(SafeHeaders(Response("x"), pages=["/docs"]), scope, receive, send)
    assert (STRICT_TRANSPORT in sent[0]["headers"]) == (scheme != "http")
    assert not set(SAFE) & set(sent[0]["headers"]), "a page for developers needs its scripts"


def test_the_pages_for_developers_are_there_only_when_asked_for(hub_file: Path, clock: Clock, quick: Served) -> None:
    assert {quick.http.get(page).status_code for page in PAGES} == {404}
    database = SqliteHub(lambda: open_encrypted(hub_file, KEY))
    with served(settings_for(database, clock, with_pages=True)) as server:
        assert {server.http.get(page).status_code for page in PAGES} == {200}


def test_a_method_that_a_route_does_not_know_is_refused_and_the_known_ones_are_told(quick: Served) -> None:
    known = {
        ("POST", "/api/v1/push"),
        ("GET", "/api/v1/changes"),
        ("POST", "/api/v1/enrol"),
        ("POST", "/api/v1/events"),
        ("GET", "/healthz"),
    }
    for method, path in known:
        for wrong in ("TRACE", "CONNECTED", "DELETE", "PROPFIND", "OPTIONS"):
            answer = quick.http.request(wrong, path, headers=bearer(TOKEN))
            assert (answer.status_code, answer.json()) == (405, {"code": "HUB_REFUSED"}), (wrong, path)
            assert answer.headers["allow"] == method


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("api-keys", "GET, POST"),
        ("providers/sepay", "DELETE, PUT"),
        ("tills/invitations", "POST"),
        ("tills/x", "DELETE"),
    ],
)
def test_a_path_with_a_route_for_each_method_tells_all_of_them(quick: Served, path: str, known: str) -> None:
    answer = quick.http.request("PATCH", f"/api/v1/{path}", headers=bearer(TOKEN))
    assert (answer.status_code, answer.headers["allow"]) == (405, known)


@pytest.mark.parametrize(("method", "path"), [("PUT", "providers/sepay"), ("POST", "api-keys")])
def test_the_form_of_nobody_is_not_even_read(quick: Served, method: str, path: str) -> None:
    answer = quick.http.request(method, f"/api/v1/{path}", content=b"not read", headers={"content-type": "text/x"})
    assert (answer.status_code, answer.json()) == (401, {"code": "TILL_UNKNOWN"})
    assert answer.headers["connection"] == "close"


def test_an_owners_form_has_its_size(quick: Served) -> None:
    long = {"values": {f"f{number}": "x" * 2_000 for number in range(40)}}
    assert quick.http.put("/api/v1/providers/sepay", json=long, headers=bearer(TOKEN)).status_code == 413


@pytest.mark.parametrize("path", READING)
def test_a_body_that_could_be_read_in_two_ways_is_refused_not_guessed_nor_crashed_on(
    quick: Served, path: str, clock: Clock
) -> None:
    key = create_api_key(quick.hub.units, VAULT, MERCHANT, "other system", NOON)[1].reveal()
    token = key if "events" in path else TOKEN
    for name, body in AMBIGUOUS.items():
        clock.forward(ENROL.refill_ms)  # five tries of a code a minute
        answer = quick.http.post(path, content=body, headers={**bearer(token), **JSON})
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.status_code == 422, name
        assert answer.json()["code"] in {"MESSAGE_MALFORMED", "EVENT_INVALID"}, name


def test_an_event_that_names_its_amount_twice_is_not_booked(quick: Served) -> None:
    key = create_api_key(quick.hub.units, VAULT, MERCHANT, "other system", NOON)[1].reveal()
    told = json.dumps(EVERY_EVENT[SALE])
    twice = told.replace('"due_minor"', '"due_minor": 1, "due_minor"')
    assert twice != told
    for body, status in ((twice, 422), (told, 201)):
        assert quick.http.post("/api/v1/events", content=body, headers={**bearer(key), **JSON}).status_code == status


def test_a_body_that_does_not_say_it_is_json_is_not_read(quick: Served) -> None:
    key = create_api_key(quick.hub.units, VAULT, MERCHANT, "other system", NOON)[1].reveal()
    for path in READING:
        token = key if "events" in path else TOKEN
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
            answer = quick.http.post(path, content=b"{}", headers={**bearer(token), "content-type": kind})
            assert (answer.status_code, answer.json()) == (415, {"code": "MESSAGE_MALFORMED"}), path


def spend(asked: Any, times: int) -> list[int]:
    return [asked().status_code for _ in range(times)]


def test_tries_of_enrolment_codes_looks_and_false_news_from_one_address_have_a_limit(
    quick: Served, clock: Clock
) -> None:
    def code() -> httpx.Response:
        return quick.http.post("/api/v1/enrol", content=b"{}", headers=JSON)

    def look() -> httpx.Response:
        return quick.http.get("/readyz")

    def news() -> httpx.Response:
        return quick.http.post(f"/api/v1/billing/webhook/sepay/{MERCHANT}", content=b"{}")

    for asked, rate, usual in ((code, ENROL, 422), (look, LOOK, 200), (news, FALSE_NEWS, 404)):
        assert spend(asked, rate.burst + 2) == [usual] * rate.burst + [429] * 2
        assert "retry-after" in asked().headers
        clock.forward(rate.refill_ms)
        assert spend(asked, 2) == [usual, 429]
    assert quick.changes().status_code == 200, "a till with its token is not held up by strangers at its address"


def test_a_thousand_idle_lines_leave_the_hub_to_the_others(quick: Served) -> None:
    def op(session: Session) -> None:
        for number in range(SOCKETS):
            device_id = DeviceId(an_id(f"idle {number}"))
            add_till(session, MERCHANT, device_id, token_hash(f"idle-token-{number}"), NOON)

    quick.hub.units.read_of(MERCHANT, op)
    lines = []
    for number in range(SOCKETS):
        line = socket.create_connection(("127.0.0.1", quick.port), timeout=20)
        lines.append(line)
        line.sendall(
            b"GET /api/v1/live HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
            b"sec-websocket-version: 13\r\nsec-websocket-key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
            b"authorization: Bearer idle-token-%d\r\n\r\n" % number
        )
    try:
        for line in lines:
            assert line.recv(12) == b"HTTP/1.1 101"
        assert quick.changes().status_code == 200
        assert quick.http.get("/healthz").elapsed.total_seconds() < 1
    finally:
        for line in lines:
            line.close()
