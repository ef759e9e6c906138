"""From the till to the provider and back: money paid at the simulator is given back over a real socket, once."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from domain.ids import Instant
from domain.payments import PaymentIntent
from domain.rails import Provider
from server.credentials import connect_provider
from server.hub import Hub
from server.rails.registry import ADAPTERS
from server.vault import Secret
from server.workers.schedule import ACT_LEASE_MS
from tests.builders import MERCHANT
from tests.server.hub_stage import VAULT, Clock, ShopTill, ask
from tests.server.hub_steps import start, take_in, work
from tests.server.simulator.simulator_stage import (
    CHECK_SECRET,
    CREATE_SECRET,
    REFUND_SECRET,
    Stage,
    settings_for,
    started,
)
from tests.server.test_hub_refunds import DUE, asks, give_back, state, till_pulls

CREDENTIALS = {
    "app_id": "MERCHANT",
    "merchant_name": "VNPAY TEST",
    "merchant_code": "88888888",
    "terminal_id": "PSSTEST",
    "create_secret": CREATE_SECRET,
    "check_secret": CHECK_SECRET,
    "refund_secret": REFUND_SECRET,
}


@dataclass
class Street:
    """A shop that is connected to a simulator, and what a customer does there."""

    hub: Hub
    till: ShopTill
    simulator: Stage
    clock: Clock

    def sells(self) -> PaymentIntent:
        """Take a payment: a code is made, the customer pays it, and the hub asks."""
        payment = start(self.hub, self.till, at=self.clock.at)
        work(self.hub)
        self.simulator.control("pay", txn_id=payment.reference)
        self.clock.forward(5_000)
        work(self.hub)
        till_pulls(self.hub, self.till)
        return payment

    def gives_back(self) -> None:
        """Let the hub hear of what was asked for, and ask the provider."""
        take_in(self.hub, self.till)
        assert give_back(self.hub) == 1

    def given(self) -> list[int]:
        """Return what the simulator gave back, the smallest first."""
        return sorted(int(refund["amount"]) for refund in self.simulator.state()["refunds"])


@pytest.fixture
def street(hub: Hub, till: ShopTill, clock: Clock) -> Iterator[Street]:
    """A shop and a simulator; the simulator's clock is the machine's, so the hub's must be as well."""
    clock.at = Instant(int(time.time() * 1000))
    stage, running = started(settings_for(lambda path: f"http://127.0.0.1:9{path}", None))
    try:
        url = {"base_url": str(stage.http.base_url)}
        values = {name: Secret(value) for name, value in {**CREDENTIALS, **url}.items()}
        connect_provider(hub.units, VAULT, MERCHANT, ADAPTERS[Provider.VNPAY_QR_MMS], values, clock.at)
        yield Street(hub, till, stage, clock)
    finally:
        stage.http.close()
        running.stop()


def test_a_payment_is_given_back_in_two_parts_by_the_provider_that_took_it(street: Street) -> None:
    payment = street.sells()
    asks(street.till, payment, 15_000, "first")
    street.gives_back()
    till_pulls(street.hub, street.till)
    asks(street.till, payment, DUE - 15_000, "second")
    street.gives_back()
    assert state(street.hub) == [("done", None), ("done", None)]
    assert street.given() == [15_000, 30_000]
    sums = ask(street.hub.units, "SELECT SUM(total_minor) FROM vouchers WHERE source_kind = 'refund_done'")
    assert sums == [(DUE,)]


def test_an_answer_that_was_lost_gives_nothing_back_a_second_time(street: Street) -> None:
    payment = street.sells()
    asks(street.till, payment)
    take_in(street.hub, street.till)
    [(merchant_id, refund_id)] = street.hub.refunder.due(street.clock.at)
    task = street.hub.refunder.take(merchant_id, refund_id)
    assert task is not None
    street.hub.calls.refund(ADAPTERS[Provider.VNPAY_QR_MMS], task.order, street.clock.at)  # and then the hub is gone
    street.clock.forward(ACT_LEASE_MS)
    assert give_back(street.hub) == 1
    assert state(street.hub) == [("done", None)]
    assert street.given() == [DUE]
