"""The whole way with everything running: from the till to the provider and back to the till's books."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from websockets.sync.client import ClientConnection, connect

from domain.ids import Instant
from domain.messages import Incoming
from domain.payments import PaymentStatus
from domain.rails import Method, Provider
from server.credentials import connect_provider
from server.rails.registry import ADAPTERS
from server.settings import system_now
from storage.hub_units import Database
from storage.replica import Replica
from storage.session import Session, Sql
from sync.wire import ChangesPage
from tests.builders import MERCHANT, QR, SALES
from tests.server import fake_vnpay
from tests.server.fake_vnpay import FakeVnpay, notice
from tests.server.hub_stage import QUICK, TOKEN, VAULT, Served, ShopTill, ask, bearer, let_in, served, settings_for

PATH = f"/api/v1/billing/webhook/vnpay_qr_mms/{MERCHANT}"
WAIT_S = 15.0


def pull(server: Served, till: ShopTill) -> None:
    """Bring the till up to date as its engine does."""
    replica = Replica(till.units)
    while True:
        page = ChangesPage.model_validate(server.changes(after=replica.cursor().seq).json())
        facts = [Incoming(c.seq, c.message.message(MERCHANT), c.book_no) for c in page.changes]
        replica.apply_page(facts, page.hub_epoch, system_now())
        if len(facts) < 100:
            return


def balances(read: Callable[[str], list[tuple[object, ...]]]) -> dict[object, object]:
    return {row[0]: row[1] for row in read("SELECT id, balance_minor FROM accounts")}


def test_a_customer_pays_and_the_cashier_sees_it_without_asking(
    open_database: Callable[[], Database], till: ShopTill, provider: FakeVnpay
) -> None:
    settings = settings_for(open_database(), system_now, with_workers=True)
    with served(settings) as server:
        let_in(server.hub.units)
        connect_provider(
            server.hub.units,
            VAULT,
            MERCHANT,
            ADAPTERS[Provider.VNPAY_QR_MMS],
            fake_vnpay.credentials(provider.url),
            system_now(),
        )
        url = f"ws://127.0.0.1:{server.port}/api/v1/live"
        with connect(url, additional_headers=bearer(TOKEN), proxy=None) as line:
            payment = till.start(Method.VNPAY_QR, at=system_now())
            till.tell(server)
            rung(line, server, till, lambda: status(till, payment.id) == PaymentStatus.PENDING)
            told_at = time.monotonic()
            assert server.http.post(PATH, content=notice(payment.reference, 45_000)).json()["code"] == "00"
            rung(line, server, till, lambda: status(till, payment.id) == PaymentStatus.PAID)
            took_s = time.monotonic() - told_at
        assert took_s < 5, "one second is the promise; a busy machine gets five"
        hub_says = balances(lambda sql: ask(server.hub.units, sql))
    till_says = balances(lambda sql: till.units.read(lambda session: _rows(session, sql)))
    assert hub_says == till_says
    assert (till_says[QR], till_says[SALES]) == (45_000, -45_000)
    assert len(provider.asked) == 1


def rung(line: ClientConnection, server: Served, till: ShopTill, wanted: Callable[[], bool]) -> None:
    """Pull whenever the doorbell rings, until the till knows what is wanted."""
    until = time.monotonic() + WAIT_S
    while not wanted():
        assert time.monotonic() < until
        json.loads(line.recv(timeout=WAIT_S))
        pull(server, till)


def status(till: ShopTill, payment_id: str) -> str:
    [(found,)] = till.units.read(
        lambda session: _rows(session, f"SELECT status FROM payments WHERE id = '{payment_id}'")
    )
    return str(found)


def _rows(session: Session, sql: str) -> list[tuple[object, ...]]:
    return session.all(Sql(sql), {})


@pytest.mark.parametrize("lost", [False, True])
def test_a_hub_that_is_stopped_at_any_moment_goes_on_where_it_was(
    open_database: Callable[[], Database], till: ShopTill, provider: FakeVnpay, lost: bool
) -> None:
    """The notification is stored by one process and applied by the next; or it is lost and found by asking."""
    now = [Instant(system_now())]
    settings = settings_for(open_database(), lambda: now[0])
    with served(settings) as server:
        let_in(server.hub.units)
        connect_provider(
            server.hub.units,
            VAULT,
            MERCHANT,
            ADAPTERS[Provider.VNPAY_QR_MMS],
            fake_vnpay.credentials(provider.url),
            now[0],
        )
        payment = till.start(Method.VNPAY_QR, at=now[0])
        till.tell(server)
        server.check(payment.id)
        provider.paid[payment.reference] = 45_000
        if not lost:
            server.http.post(PATH, content=notice(payment.reference, 45_000))
    now[0] = Instant(now[0] + 6_000)
    again = replace(settings, database=open_database(), with_workers=True, limits=QUICK)
    with served(again) as server:
        until = time.monotonic() + WAIT_S
        waiting = threading.Event()
        while ask(server.hub.units, "SELECT status FROM payments") != [("paid",)]:
            assert time.monotonic() < until
            waiting.wait(0.02)
        assert ask(server.hub.units, "SELECT COUNT(*) FROM vouchers") == [(1,)]
