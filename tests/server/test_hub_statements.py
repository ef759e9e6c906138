"""Statements: money whose notification was lost is found in the provider's list, once, whatever the list's length."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import httpx
import pytest

from domain.errors import FailureCode
from domain.ids import Instant
from domain.rails import Method, Provider
from server.credentials import connect_provider, disconnect_provider
from server.hub import Hub
from server.rails.base import Statement
from server.rails.registry import ADAPTERS
from server.rails.sepay import SepayAdapter
from server.vault import Secret
from server.workers.schedule import STATEMENT_IDLE_MS
from storage.hub_checks import NEVER
from storage.hub_units import Database
from tests.builders import BANK_ACCOUNT, MERCHANT, MINUTE, NOON
from tests.server.hub_stage import VAULT, Clock, ShopTill, ask, settings_for
from tests.server.hub_steps import keep, money, schedule, standing, start, work

SEPAY = ADAPTERS[Provider.SEPAY]


@dataclass
class FakeBank:
    """SePay's adapter with a list of movements of the test's own."""

    pages: list[Statement] = field(default_factory=list)
    cursors: list[str] = field(default_factory=list)

    def adapter(self) -> SepayAdapter:
        bank = self

        class Adapter(SepayAdapter):
            def statement(self, http: httpx.Client, credentials: object, after: str, received_at: Instant) -> Statement:
                bank.cursors.append(after)
                return bank.pages.pop(0) if bank.pages else Statement((), after)

        return Adapter()


@pytest.fixture
def bank() -> FakeBank:
    return FakeBank()


@pytest.fixture
def banked(open_database: Callable[[], Database], clock: Clock, bank: FakeBank) -> Iterator[Hub]:
    """A hub whose shop is connected to SePay."""
    hub = Hub(settings_for(open_database(), clock, adapters={**ADAPTERS, Provider.SEPAY: bank.adapter()}))
    values = {"account_number": BANK_ACCOUNT, "webhook_secret": "w", "api_token": "t"}
    connect_provider(hub.units, VAULT, MERCHANT, SEPAY, {n: Secret(v) for n, v in values.items()}, NOON)
    yield hub
    hub.stop()


def test_a_transfer_whose_webhook_was_lost_is_found_in_the_list(
    banked: Hub, till: ShopTill, bank: FakeBank, clock: Clock
) -> None:
    payment = start(banked, till, Method.VIETQR)
    bank.pages = [Statement((money(payment, 45_000),), "17")]
    work(banked)
    assert standing(banked, payment) == ("paid", None)
    assert ask(banked.units, "SELECT channel FROM provider_events") == [("statement",)]
    assert ask(banked.units, "SELECT cursor, polled_at FROM statements") == [("17", NOON)]
    assert schedule(banked, payment)[:2] == (NOON, NEVER)


def test_the_list_is_read_from_where_it_was_left_and_books_nothing_twice(
    banked: Hub, till: ShopTill, bank: FakeBank, clock: Clock
) -> None:
    payment = start(banked, till, Method.VIETQR)
    told = money(payment, 45_000)
    keep(banked, told)
    banked.inbox.apply_due(clock.at)
    bank.pages = [Statement((told,), "17"), Statement((told,), "18")]
    assert banked.statements.read(MERCHANT, Provider.SEPAY) == NOON
    clock.forward(STATEMENT_IDLE_MS)
    assert banked.statements.due(clock.at) == [(MERCHANT, Provider.SEPAY)]
    banked.statements.read(MERCHANT, Provider.SEPAY)
    assert bank.cursors == ["", "17"]
    assert ask(banked.units, "SELECT COUNT(*) FROM vouchers") == [(1,)]


def test_one_reading_answers_for_every_payment_that_waits(
    banked: Hub, till: ShopTill, bank: FakeBank, clock: Clock
) -> None:
    payments = [start(banked, till, Method.VIETQR) for _ in range(4)]
    assert work(banked) == 4
    assert bank.cursors == [""]
    assert {schedule(banked, payment)[0] for payment in payments} == {NOON}


def test_a_list_that_cannot_be_read_keeps_its_place_and_makes_nothing_fresh(
    banked: Hub, till: ShopTill, bank: FakeBank, clock: Clock
) -> None:
    payment = start(banked, till, Method.VIETQR)
    bank.pages = [Statement((), "", failure=FailureCode.RATE_LIMITED)]
    work(banked)
    assert schedule(banked, payment)[0] is None
    assert ask(banked.units, "SELECT cursor, polled_at, note FROM statements") == [("", None, "rate_limited")]
    bank.pages = [Statement((money(payment, 45_000),), "17")]
    clock.forward(60_000)
    work(banked)
    assert standing(banked, payment) == ("paid", None)


def test_a_long_list_is_read_page_by_page_before_it_counts_as_known(
    banked: Hub, till: ShopTill, bank: FakeBank, clock: Clock
) -> None:
    payment = start(banked, till, Method.VIETQR)
    bank.pages = [Statement((), "|9|2026-11-21 11:00:00", more=True), Statement((money(payment, 45_000),), "9")]
    work(banked)
    assert schedule(banked, payment)[0] is None
    clock.forward(1_000)
    assert banked.statements.due(clock.at) == [(MERCHANT, Provider.SEPAY)]
    assert banked.statements.read(MERCHANT, Provider.SEPAY) == clock.at
    assert standing(banked, payment) == ("paid", None)


def test_money_from_before_the_connection_is_left_out_unless_it_names_a_payment(
    banked: Hub, till: ShopTill, bank: FakeBank
) -> None:
    payment = start(banked, till, Method.VIETQR)
    old = NOON - 60 * MINUTE
    private = replace(money(payment, 70_000, 2, paid_at=Instant(old)), text="tien nha thang 11")
    after = replace(money(payment, 80_000, 3), text="khong ro")
    bank.pages = [Statement((money(payment, 45_000, paid_at=Instant(old)), private, after), "17")]
    banked.statements.read(MERCHANT, Provider.SEPAY)
    keys = ask(banked.units, "SELECT dedupe_key FROM receipts ORDER BY dedupe_key")
    assert keys == [("sepay:1",), ("sepay:3",)]


def test_after_disconnecting_the_list_is_left_alone_until_the_next_connection(
    banked: Hub, bank: FakeBank, clock: Clock
) -> None:
    disconnect_provider(banked.units, MERCHANT, Provider.SEPAY, clock.at)
    assert banked.statements.read(MERCHANT, Provider.SEPAY) is None
    assert bank.cursors == []
    clock.forward(STATEMENT_IDLE_MS)
    assert banked.statements.due(clock.at) == []
    values = {"account_number": BANK_ACCOUNT, "webhook_secret": "w", "api_token": "t"}
    connect_provider(banked.units, VAULT, MERCHANT, SEPAY, {n: Secret(v) for n, v in values.items()}, clock.at)
    assert banked.statements.due(clock.at) == [(MERCHANT, Provider.SEPAY)]
