"""The doorbell: it rings the tills of the merchant whose feed grew, says nothing else, and waits for nobody."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from domain.errors import ErrorCode, StorageUnavailable
from domain.ids import DeviceId, MerchantId
from domain.rails import Method
from server import live as live_module
from server.enrolment import shut_out
from server.live import Listener, Live
from storage.hub_bell import PostgresBell
from storage.hub_tills import add_device
from storage.hub_units import HubUnits, PostgresHub
from storage.session import Session
from storage.setup import TillSetup, create_merchant
from tests.builders import MERCHANT, NOON, SETUP, TILL, an_id
from tests.server.hub_stage import TOKEN, Clock, Served, ShopTill, bearer, let_in, served, settings_for

OTHER = replace(SETUP, merchant_id=MerchantId(an_id("another shop")), device_id=DeviceId(an_id("another till")))
WAIT_S = 10.0


@contextmanager
def doorbell(server: Served, token: str = TOKEN) -> Iterator[ClientConnection]:
    url = f"ws://127.0.0.1:{server.port}/api/v1/live"
    with connect(url, additional_headers=bearer(token), open_timeout=WAIT_S, close_timeout=1, proxy=None) as line:
        yield line


def next_ring(line: ClientConnection) -> int:
    said = json.loads(line.recv(timeout=WAIT_S))
    assert list(said) == ["seq"]
    return int(said["seq"])


def ring_above(line: ClientConnection, seq: int) -> int:
    while (rung := next_ring(line)) <= seq:
        pass
    return rung


def second_till(server: Served, token: str) -> TillSetup:
    setup = replace(SETUP, device_id=DeviceId(an_id("second till")), till_code="02")

    def op(session: Session) -> None:
        add_device(session, setup.merchant_id, setup.device_id, setup.till_code, setup.incarnation)

    server.hub.units.read_of(setup.merchant_id, op)
    let_in(server.hub.units, token, setup)
    return setup


def test_a_till_is_rung_when_it_connects_and_after_every_commit_that_fed(server: Served, till: ShopTill) -> None:
    head = server.changes().json()["head_seq"]
    with doorbell(server) as line:
        assert next_ring(line) == head
        till.start(Method.CASH)
        till.tell(server)
        assert ring_above(line, head) == server.changes().json()["head_seq"] == head + 2


def test_every_till_of_the_merchant_is_rung_and_no_other(server: Served, till: ShopTill) -> None:
    create_merchant(server.hub.units, OTHER, NOON)
    let_in(server.hub.units, "token-of-the-other-shop", OTHER)
    second_till(server, "token-of-the-second-till")
    with (
        doorbell(server) as first,
        doorbell(server, "token-of-the-second-till") as second,
        doorbell(server, "token-of-the-other-shop") as other,
    ):
        head = next_ring(first)
        assert next_ring(second) == head
        assert next_ring(other) == 0
        till.start(Method.CASH)
        till.tell(server)
        assert ring_above(first, head) == ring_above(second, head) == head + 2
        with pytest.raises(TimeoutError):
            other.recv(timeout=0.1)


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}])
def test_only_a_good_token_in_the_header_opens_the_line(server: Served, headers: dict[str, str]) -> None:
    url = f"ws://127.0.0.1:{server.port}/api/v1/live?token={TOKEN}&access_token={TOKEN}"
    with pytest.raises(InvalidStatus) as refused, connect(url, additional_headers=headers, proxy=None):
        pass
    assert refused.value.response.status_code == 401
    assert json.loads(refused.value.response.body or b"") == {"code": "TILL_UNKNOWN"}


def test_a_till_that_talks_is_sent_away(server: Served) -> None:
    with doorbell(server) as line:
        next_ring(line)
        line.send("hello")
        with pytest.raises(ConnectionClosed):
            line.recv(timeout=WAIT_S)
        assert line.close_code == 1008


def test_a_frame_of_ten_megabytes_is_not_taken(server: Served) -> None:
    with doorbell(server) as line:
        next_ring(line)
        with suppress(ConnectionClosed):
            line.send("x" * 10_000_000)
        with pytest.raises(ConnectionClosed):
            line.recv(timeout=WAIT_S)
    assert server.http.get("/healthz").status_code == 200


def test_a_second_line_of_one_till_ends_the_first(server: Served) -> None:
    with doorbell(server) as first:
        next_ring(first)
        with doorbell(server) as second:
            with pytest.raises(ConnectionClosed):
                first.recv(timeout=WAIT_S)
            assert next_ring(second) >= 0
            server.hub.live.ring(MERCHANT, 10_000)
            assert next_ring(second) == 10_000


def test_a_till_that_is_shut_out_loses_its_line(server: Served) -> None:
    with doorbell(server) as line:
        next_ring(line)
        assert shut_out(server.hub.units, MERCHANT, TILL, NOON)
        with pytest.raises(ConnectionClosed):
            line.recv(timeout=WAIT_S)
        assert line.close_code == 1008


def test_a_till_that_reads_nothing_keeps_nobody_waiting(server: Served) -> None:
    second_till(server, "token-of-the-second-till")
    with socket.create_connection(("127.0.0.1", server.port)) as deaf, doorbell(server) as line:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        deaf.sendall(
            b"GET /api/v1/live HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
            b"sec-websocket-version: 13\r\nsec-websocket-key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
            b"authorization: Bearer token-of-the-second-till\r\n\r\n"
        )
        next_ring(line)
        for seq in range(20_000, 40_000):
            server.hub.live.ring(MERCHANT, seq)
        assert ring_above(line, 39_998) == 39_999


def test_a_commit_in_one_process_rings_a_till_at_another(
    postgres_url: str, clock: Clock, till: ShopTill, tmp_path: Path
) -> None:
    units = HubUnits(PostgresHub(postgres_url), ring=lambda merchant, seq: None)
    let_in(units)
    units.close()
    here = settings_for(PostgresHub(postgres_url), clock, bell=PostgresBell(postgres_url))
    there = settings_for(PostgresHub(postgres_url), clock, bell=PostgresBell(postgres_url))
    with served(here) as first, served(there) as second, doorbell(second) as line:
        head = next_ring(line)
        till.start(Method.CASH)
        till.tell(first)
        assert ring_above(line, head) == head + 2


def test_a_lost_bell_is_taken_up_again_and_everyone_is_rung(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_module, "FIRST_PAUSE_S", 0.01)
    rounds: list[str] = []
    twice = threading.Event()

    class Ear:
        def rings(self, timeout_s: float) -> list[tuple[MerchantId, int]]:
            if len(rounds) == 1:
                raise StorageUnavailable(ErrorCode.STORAGE_UNAVAILABLE)
            twice.wait(timeout_s)
            return []

    class Bell:
        @contextmanager
        def listening(self) -> Iterator[Ear]:
            yield Ear()

    class Told(Live):
        def ring_all(self) -> None:
            rounds.append("rung")
            if len(rounds) == 2:
                twice.set()

    listener = Listener(Bell(), Told())
    listener.start()
    assert twice.wait(WAIT_S)
    listener.stop()
    assert rounds == ["rung", "rung"]
