"""How well providers answer: three failures in a row are trouble, an answer ends it, and every till hears of both."""

from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from domain.errors import ErrorCode, FailureCode, StorageUnavailable
from domain.ids import Instant
from domain.messages import Incoming
from domain.rails import Method, Provider
from domain.routing import HEALTH, Trouble, troubles
from server.billing import RailCall
from server.credentials import connect_provider
from server.health import ENOUGH, KEPT_MS, QUIET_MS
from server.hub import Hub
from server.provider_acts import see_provider
from server.rails.registry import ADAPTERS
from storage.hub_feed import changes_after
from storage.hub_health import Health, health_of
from storage.replica import Replica
from sync.wire import WireMessage
from tests.builders import MERCHANT, NOON, an_id
from tests.server import fake_vnpay
from tests.server.fake_vnpay import FakeVnpay
from tests.server.hub_stage import VAULT, Clock, ShopTill, ask, told_as
from tests.server.hub_steps import standing, start, take, work

VNPAY = Provider.VNPAY_QR_MMS
CALL = RailCall(MERCHANT, VNPAY, "present", "failed", FailureCode.TIMEOUT, "BANA01A0000017", 15.0, NOON)
WELL = replace(CALL, outcome="pending", failure=None)


def fails(hub: Hub, times: int, since: int = NOON) -> None:
    for number in range(times):
        hub.rail_called(replace(CALL, at=Instant(since + number * 1_000)))


def health(hub: Hub) -> Health:
    return hub.units.read_of(MERCHANT, lambda session: health_of(session, MERCHANT, VNPAY))


def told(hub: Hub) -> list[Any]:
    """Return every value of the setting, as the tills were told."""
    rows = hub.units.read_of(MERCHANT, lambda session: changes_after(session, MERCHANT, 0, 100))
    return [each.message.body for each in rows if each.message.subject_id == f"setting:{HEALTH}"]


def hear(hub: Hub, till: ShopTill, at: Instant) -> None:
    """Let the till hear everything that the hub has to tell."""
    rows = hub.units.read_of(MERCHANT, lambda session: changes_after(session, MERCHANT, 0, 100))
    facts = [Incoming(each.seq, each.message, each.book_no, each.booked_on) for each in rows]
    Replica(till.units).apply_page(facts, "", at)


def test_three_failures_in_a_row_are_trouble_since_the_first_and_an_answer_ends_it(hub: Hub) -> None:
    fails(hub, ENOUGH - 1)
    assert (health(hub).failures, health(hub).troubled_since, told(hub)) == (2, None, [])
    fails(hub, 1, NOON + 5_000)
    assert health(hub) == Health(None, Instant(NOON + 5_000), 3, NOON, NOON, "timeout")
    fails(hub, 4, NOON + 6_000)
    assert len(told(hub)) == 1
    hub.rail_called(replace(WELL, at=Instant(NOON + 60_000)))
    assert health(hub) == Health(Instant(NOON + 60_000), Instant(NOON + 9_000))
    assert [f'"{VNPAY.value}"' in body for body in told(hub)] == [True, False]


def test_a_provider_that_refuses_has_answered(hub: Hub) -> None:
    fails(hub, ENOUGH - 1)
    hub.rail_called(replace(CALL, failure=FailureCode.DECLINED))
    fails(hub, ENOUGH - 1, NOON + 9_000)
    assert health(hub).troubled_since is None


def test_that_a_provider_answers_well_is_not_written_down_at_every_call(hub: Hub) -> None:
    for ms in (0, 1, KEPT_MS - 1):
        hub.rail_called(replace(WELL, at=Instant(NOON + ms)))
    assert health(hub).last_success_at == NOON
    hub.rail_called(replace(WELL, at=Instant(NOON + KEPT_MS)))
    assert health(hub).last_success_at == NOON + KEPT_MS


def test_trouble_that_nobody_has_met_for_long_is_not_told_for_ever(hub: Hub) -> None:
    fails(hub, ENOUGH)
    assert hub.health.forget_quiet(Instant(NOON + QUIET_MS)) == 0
    assert hub.health.forget_quiet(Instant(NOON + QUIET_MS + 60_000)) == 1
    assert (health(hub).troubled_since, health(hub).failures) == (None, 0)
    assert len(told(hub)) == 2
    assert hub.health.forget_quiet(Instant(NOON + QUIET_MS + 60_000)) == 0


def test_an_answer_is_recorded_even_if_its_provider_cannot_be_counted(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise StorageUnavailable(ErrorCode.STORAGE_UNAVAILABLE)

    monkeypatch.setattr(hub.health._units, "run", broken)
    with capture_logs() as lines:
        hub.rail_called(CALL)
    assert [line["event"] for line in lines] == ["billing.rail.execution", "health_not_kept"]


def test_the_tills_see_it_beside_the_method_and_the_owner_beside_the_provider(
    hub: Hub, till: ShopTill, provider: FakeVnpay, clock: Clock
) -> None:
    adapter = ADAPTERS[VNPAY]
    connect_provider(hub.units, VAULT, MERCHANT, adapter, fake_vnpay.credentials(provider.url), NOON)
    provider.create_code = "96"
    payment = start(hub, till)
    for _ in range(ENOUGH):
        work(hub)
        clock.forward(2_000)
    hear(hub, till, clock.at)
    rules = till.units.run(lambda uow: uow.shop.rules.payments)
    assert troubles(rules, "VND") == {Method.VNPAY_QR: Trouble(VNPAY, NOON)}
    assert see_provider(hub, MERCHANT, adapter, clock.at).troubled_since == NOON
    provider.create_code = "00"
    clock.forward(8_000)
    work(hub)
    assert standing(hub, payment)[0] == "pending"
    assert see_provider(hub, MERCHANT, adapter, clock.at).troubled_since is None
    assert ask(hub.units, "SELECT note FROM provider_health") == [("",)]


def test_a_till_cannot_say_how_a_provider_does(hub: Hub) -> None:
    fails(hub, ENOUGH)
    rows = hub.units.read_of(MERCHANT, lambda session: changes_after(session, MERCHANT, 0, 100))
    [row] = [each for each in rows if each.message.subject_id == f"setting:{HEALTH}"]
    forged = told_as(WireMessage.of(row.message), value={}).model_copy(update={"id": an_id("forged")})
    [outcome] = take(hub, [forged])
    assert outcome.code is ErrorCode.MESSAGE_FOREIGN
    assert health(hub).troubled_since == NOON
