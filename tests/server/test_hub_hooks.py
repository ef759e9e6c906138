"""What became of payments is told to other systems: signed, at least once, to whom it concerns and to nobody else."""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any, Final

import pytest
from structlog.testing import capture_logs

from domain.checkouts import read_checkout
from domain.errors import DomainError, ErrorCode, FailureCode
from domain.ids import DeviceId, MerchantId, RefundId, UserId
from domain.notices import ChargeBack, DisputeStage
from domain.other_systems import HOOK_EVENTS
from domain.payments import Cause, PaymentStatus, advance
from domain.policy import Actor, Role
from domain.rails import Method
from domain.refunds import RefundOf, RefundWay
from domain.services.checkouts import cancel_checkout, open_checkout
from domain.services.payment_changes import save_change
from domain.services.receipts import record_receipt
from domain.services.refund_news import record_charge_back
from domain.services.refunds import ask_refund
from server.api_keys import create_api_key, revoke_api_key
from server.credentials import rotate_data_key
from server.hooks import OVERLAP_MS, REPEAT_MS, HookWish, Tried, drop_hook, send_again, set_hook, try_hook
from server.hub import Hub
from server.key_rotation import rewrap_all
from server.outside import outside_client
from server.queues import gauges
from server.settings import provider_client
from server.vault import Vault
from server.workers.expiry import sweep
from server.workers.hook_deliveries import HookDeliveries
from server.workers.hook_sender import GIVE_UP_MS, LEASE_MS, RETRY_MS, HookSender, claim_by_hand
from server.workers.schedule import SWEEP_GRACE_MS
from storage.hub import HubUnitOfWork
from storage.hub_hooks import KEPT_MS, deliveries_of, hook_of, latest_news, put_hook
from storage.session import Session
from storage.setup import create_merchant
from tests.builders import CASH, MERCHANT, NOON, OWNER, SETUP, an_id, open_wallets
from tests.server.hook_receiver import Receiver, receiver
from tests.server.hub_stage import VAULT, Clock, ShopTill, ask
from tests.server.hub_steps import money, start, take_in
from tests.server.test_hub_checkouts import ORDER

OTHER: Final = replace(SETUP, merchant_id=MerchantId(an_id("another shop")), device_id=DeviceId(an_id("another till")))
PHONE, NAME = "0901234567", "Trần Lan"
STATES: Final = "SELECT state, attempts, note FROM hook_news ORDER BY created_at, id"


@pytest.fixture
def web() -> Iterator[Receiver]:
    """The web shop's address."""
    with receiver() as known:
        yield known


class Stage:
    """A hub whose deliveries the test makes, one after the other, and a key whose system hears."""

    def __init__(self, hub: Hub, clock: Clock, web: Receiver) -> None:
        self.hub, self.clock, self.web = hub, clock, web
        self.sender = replace(hub.hooks, new_http=provider_client, dice=lambda: 0.5)
        self.key, self.secret = self.hear(web.url)

    def hear(self, url: str, merchant_id: MerchantId = MERCHANT, **wish: Any) -> tuple[str, str]:
        """Make a key and let its system hear; return the key's id and the signing secret."""
        key, _ = create_api_key(self.hub.units, VAULT, merchant_id, "web shop", NOON)
        wanted = HookWish(f"{url}/news", **wish)
        _, secret = set_hook(self.hub.units, VAULT, merchant_id, key.id, wanted, NOON, near=True)
        assert secret is not None
        return key.id, secret.reveal()

    def order(self, number: int = 1, merchant_id: MerchantId = MERCHANT) -> Any:
        """Open a checkout request and return its payment."""
        told = read_checkout(ORDER | {"order_ref": f"WEB-{number}"})

        def op(uow: HubUnitOfWork) -> Any:
            checkout, _ = open_checkout(uow, uow.checkouts, actor(uow), told, self.clock(), key_id=self.key)
            return uow.payments.of_bill(checkout.bill.id)[-1]

        return self.hub.units.run(merchant_id, op)

    def pay(self, payment: Any, amount: int = 200_000, number: int = 1) -> None:
        receipt = money(payment, amount, number)
        self.hub.units.run(payment.merchant_id, lambda uow: record_receipt(uow, receipt, self.clock(), may_park=True))

    def deliver(self, sender: HookSender | None = None) -> int:
        """Deliver everything that is due; return how often something was sent."""
        sender, sent = sender or self.sender, 0
        for merchant_id, key_id in sender.due(self.clock()):
            while task := sender.take(merchant_id, key_id):
                sender.tell(task)
                sent += 1
        return sent

    def told(self) -> list[str]:
        return [heard.told["type"] for heard in self.web.heard]


@pytest.fixture
def stage(hub: Hub, clock: Clock, web: Receiver) -> Stage:
    return Stage(hub, clock, web)


def actor(uow: HubUnitOfWork) -> Actor:
    return Actor(UserId("api-key:1"), "web shop", Role.CASHIER, DeviceId(uow.device.id))


# -- what is told


def test_a_paid_order_is_told_signed_with_ids_words_and_amounts_and_nothing_of_a_person(stage: Stage) -> None:
    payment = stage.order()
    assert stage.deliver() == 0
    stage.pay(payment)
    stage.clock.forward(1_500)
    assert stage.deliver() == 1
    [heard] = stage.web.heard
    assert heard.is_signed_by(stage.secret)
    assert heard.head["webhook-timestamp"] == str((NOON + 1_500) // 1000)
    assert heard.head["content-type"] == "application/json"
    checkout_id = ask(stage.hub.units, "SELECT id FROM checkout_requests")[0][0]
    assert heard.told == {
        "type": "payment.paid",
        "timestamp": "2026-11-21T05:00:00.000Z",
        "data": {
            "payment_id": payment.id,
            "reference": payment.reference,
            "checkout_id": checkout_id,
            "order_ref": "WEB-1",
            "order_type": "web",
            "method": "vietqr",
            "status": "paid",
            "entity_status": "completed",
            "amount_minor": 200_000,
            "received_minor": 200_000,
            "refunded_minor": 0,
            "currency": "VND",
            "failure": None,
            "exception": None,
            "refunds": [],
        },
    }
    text = heard.body.decode() + str(heard.head)
    assert PHONE not in text
    assert NAME not in text
    assert ask(stage.hub.units, STATES) == [("delivered", 1, "http_204")]
    stage.clock.forward(GIVE_UP_MS)
    assert stage.deliver() == 0


def test_what_runs_out_and_what_is_given_up_is_told(stage: Stage) -> None:
    left, given_up = stage.order(1), stage.order(2)

    def op(uow: HubUnitOfWork) -> None:
        checkout = uow.checkouts.get(given_up.bill.id)
        assert checkout is not None
        cancel_checkout(uow, uow.checkouts, actor(uow), checkout.id, stage.clock())

    stage.hub.units.run(MERCHANT, op)
    stage.clock.at = left.expires_at
    stage.clock.forward(SWEEP_GRACE_MS + 1)
    assert sweep(stage.hub.units, stage.clock()) == 1
    stage.deliver()
    assert sorted(stage.told()) == ["payment.cancelled", "payment.expired"]
    assert {heard.told["data"]["status"] for heard in stage.web.heard} == {"cancelled", "expired"}


def test_money_that_comes_after_the_end_is_told_as_another_end(stage: Stage) -> None:
    payment = stage.order()
    stage.clock.at = payment.expires_at
    stage.clock.forward(SWEEP_GRACE_MS + 1)
    sweep(stage.hub.units, stage.clock())
    stage.clock.forward(1)
    stage.pay(payment)
    stage.deliver()
    assert stage.told() == ["payment.expired", "payment.paid"]
    assert stage.web.heard[1].told["data"]["exception"] == "paid_late"
    assert stage.web.heard[0].id != stage.web.heard[1].id


def test_a_payment_that_failed_is_told_with_its_reason(stage: Stage) -> None:
    payment = stage.order()

    def op(uow: HubUnitOfWork) -> None:
        failed = advance(payment, PaymentStatus.FAILED, Cause.PROVIDER, stage.clock())
        save_change(uow, payment, replace(failed, failure=FailureCode.DECLINED), Cause.PROVIDER, stage.clock())

    stage.hub.units.run(MERCHANT, op)
    stage.deliver()
    told = stage.web.heard[0].told
    assert (told["type"], told["data"]["status"], told["data"]["failure"]) == ("payment.failed", "failed", "declined")


def test_a_refund_is_told_with_what_has_gone_back_so_far(stage: Stage) -> None:
    payment = stage.order()
    stage.pay(payment)

    def op(uow: HubUnitOfWork, number: int, amount: int) -> None:
        refund_id = RefundId(an_id(f"refund {number}"))
        what, way = RefundOf.SALE, RefundWay.WALLET
        ask_refund(uow, OWNER, refund_id, payment.id, what, way, amount, NOON, reason="returned", wallet_id=CASH)

    stage.hub.units.run(MERCHANT, lambda uow: op(uow, 1, 50_000))
    stage.hub.units.run(MERCHANT, lambda uow: op(uow, 1, 50_000))
    stage.hub.units.run(MERCHANT, lambda uow: op(uow, 2, 150_000))
    stage.deliver()
    told = {heard.told["data"]["refunded_minor"]: heard.told for heard in stage.web.heard}
    assert {minor: each["type"] for minor, each in told.items()} == {
        0: "payment.paid",
        50_000: "payment.refunded",
        200_000: "payment.refunded",
    }
    assert [told[minor]["data"]["entity_status"] for minor in (50_000, 200_000)] == ["completed", "refunded"]
    assert {each["amount_minor"] for each in told[200_000]["data"]["refunds"]} == {50_000, 150_000}
    assert "returned" not in str(told), "a reason is a person's own words"


def test_a_charge_back_is_told_and_that_it_was_won_too(stage: Stage) -> None:
    payment = stage.order()
    stage.pay(payment)
    for opened in (DisputeStage.OPENED, DisputeStage.OPENED, DisputeStage.WON):
        notice = ChargeBack(
            provider=payment.provider,
            dedupe_key=f"dispute {opened}",
            text=payment.reference,
            amount_minor=200_000,
            currency="VND",
            at=stage.clock.forward(1),
            provider_ref="dispute-1",
            payment_provider_ref="FT",
            stage=opened,
        )
        stage.hub.units.run(MERCHANT, lambda uow, notice=notice: record_charge_back(uow, notice, stage.clock()))
    stage.deliver()
    told = [heard.told for heard in stage.web.heard]
    assert [each["type"] for each in told] == ["payment.paid", "payment.charged_back", "payment.charged_back"]
    assert [each["data"]["entity_status"] for each in told] == ["completed", "charged_back", "completed"]
    assert [each["data"]["refunds"][0]["status"] for each in told[1:]] == ["charged_back", "failed"]


def test_a_change_that_is_undone_tells_nothing_and_one_that_comes_again_tells_it_once(stage: Stage) -> None:
    payment = stage.order()

    def fails(uow: HubUnitOfWork) -> None:
        record_receipt(uow, money(payment, 200_000), stage.clock(), may_park=True)
        raise RuntimeError("the transaction is rolled back")

    with pytest.raises(RuntimeError):
        stage.hub.units.run(MERCHANT, fails)
    assert ask(stage.hub.units, STATES) == []

    def undone(uow: HubUnitOfWork) -> None:
        try:
            with uow.savepoint():
                fails(uow)
        except RuntimeError:
            return

    stage.hub.units.run(MERCHANT, undone)
    assert ask(stage.hub.units, STATES) == []
    stage.pay(payment)
    stage.pay(payment)
    assert stage.deliver() == 1


# -- to whom


def test_the_tills_own_payments_are_told_only_to_whom_asks_for_all(stage: Stage, till: ShopTill) -> None:
    with receiver() as books:
        _, secret = stage.hear(books.url, all_payments=True)
        payment = start(stage.hub, till, Method.VIETQR)
        till.start(Method.CASH)
        take_in(stage.hub, till)
        stage.pay(payment, payment.amount_minor)
        stage.deliver()
        assert stage.web.heard == []
        assert [heard.told["type"] for heard in books.heard] == ["payment.paid"] * 2
        assert all(heard.is_signed_by(secret) and not heard.is_signed_by(stage.secret) for heard in books.heard)
        assert {heard.told["data"]["checkout_id"] for heard in books.heard} == {None}


def test_only_the_chosen_events_are_told(stage: Stage) -> None:
    with receiver() as picky:
        stage.hear(picky.url, events=("payment.failed", "payment.expired"))
        stage.pay(stage.order())
        stage.deliver()
        assert (stage.told(), picky.heard) == (["payment.paid"], [])


def test_another_merchants_system_hears_nothing(stage: Stage) -> None:
    create_merchant(stage.hub.units, OTHER, NOON)
    stage.hub.units.run(OTHER.merchant_id, open_wallets)
    with receiver() as foreign:
        stage.hear(foreign.url, OTHER.merchant_id, all_payments=True)
        stage.pay(stage.order())
        stage.deliver()
        assert (len(stage.web.heard), foreign.heard) == (1, [])
        stage.pay(stage.order(1, OTHER.merchant_id), number=2)
        stage.deliver()
        assert (len(stage.web.heard), len(foreign.heard)) == (1, 1)


def test_a_key_that_is_revoked_and_one_that_wants_no_more_is_told_nothing(stage: Stage) -> None:
    with receiver() as second:
        other, _ = stage.hear(second.url)
        stage.pay(stage.order())
        assert revoke_api_key(stage.hub.units, MERCHANT, stage.key, NOON)
        assert drop_hook(stage.hub.units, MERCHANT, other, NOON)
        assert not drop_hook(stage.hub.units, MERCHANT, other, NOON)
        stage.pay(stage.order(2), number=2)
        assert stage.deliver() == 0
    assert ask(stage.hub.units, STATES) == [("given_up", 0, "removed")] * 2


# -- at least once


@pytest.mark.parametrize("status", [500, 302, 404, 429])
def test_what_was_not_taken_is_told_again_under_the_same_id_word_for_word(stage: Stage, status: int) -> None:
    stage.pay(stage.order())
    stage.web.status = status
    assert stage.deliver() == 1
    assert ask(stage.hub.units, STATES) == [("waiting", 1, f"http_{status}")]
    stage.clock.forward(RETRY_MS[0] - 1)
    assert stage.deliver() == 0
    stage.clock.forward(1)
    stage.web.status = 200
    assert stage.deliver() == 1
    first, again = stage.web.heard
    assert (first.id, first.body) == (again.id, again.body)
    assert first.head["webhook-timestamp"] != again.head["webhook-timestamp"]
    assert again.is_signed_by(stage.secret)
    assert ask(stage.hub.units, STATES) == [("delivered", 2, "http_200")]


def test_a_hub_killed_between_the_call_and_its_record_tells_it_again_under_the_same_id(stage: Stage) -> None:
    stage.pay(stage.order())
    task = stage.sender.take(MERCHANT, stage.key)
    assert task is not None
    assert stage.sender.send(task).taken
    assert stage.sender.take(MERCHANT, stage.key) is None, "it is claimed"
    stage.clock.forward(LEASE_MS)
    assert stage.deliver() == 1
    assert len({heard.id for heard in stage.web.heard}) == 1
    assert len(stage.web.heard) == 2


def test_a_worker_whose_claim_ran_out_does_not_undo_what_the_next_one_did(stage: Stage) -> None:
    stage.pay(stage.order())
    slow = stage.sender.take(MERCHANT, stage.key)
    assert slow is not None
    stage.clock.forward(LEASE_MS)
    assert stage.deliver() == 1
    stage.web.status = 500
    stage.sender.tell(slow)
    assert ask(stage.hub.units, STATES) == [("delivered", 2, "http_204")]


def test_it_is_tried_ever_more_rarely_for_three_days_and_then_visibly_given_up(stage: Stage) -> None:
    stage.pay(stage.order())
    stage.web.status = 500
    at = []
    while due := ask(stage.hub.units, "SELECT next_at FROM hook_news WHERE state = 'waiting'"):
        stage.clock.at = due[0][0]
        at.append(stage.clock() - NOON)
        assert stage.deliver() == 1
    gaps = [later - sooner for sooner, later in pairwise(at)]
    assert gaps[: len(RETRY_MS)] == list(RETRY_MS)
    assert at[-1] == GIVE_UP_MS
    assert ask(stage.hub.units, STATES) == [("given_up", len(at), "http_500")]
    delivery = stage.hub.units.read_of(MERCHANT, lambda s: deliveries_of(s, MERCHANT, [stage.key]))[stage.key]
    assert (delivery.waiting, delivery.given_up, delivery.note) == (0, 1, "http_500")


def test_attempts_are_spread_around_their_time(stage: Stage) -> None:
    stage.pay(stage.order())
    task = stage.sender.take(MERCHANT, stage.key)
    assert task is not None
    times = [replace(stage.sender, dice=lambda dice=dice: dice).again_at(task.news, NOON) for dice in (0.0, 0.5, 1.0)]
    assert times == [NOON + 4_000, NOON + 5_000, NOON + 6_000]


def test_an_address_that_says_it_is_gone_is_switched_off_until_it_is_set_again(stage: Stage) -> None:
    stage.pay(stage.order(1))
    stage.pay(stage.order(2), number=2)
    stage.web.status = 410
    assert stage.deliver() == 1
    stage.pay(stage.order(3), number=3)
    assert stage.deliver() == 0
    assert {row[0] for row in ask(stage.hub.units, STATES)} == {"given_up"}
    hook = stage.hub.units.read_of(MERCHANT, lambda session: hook_of(session, MERCHANT, stage.key))
    assert hook is not None
    assert hook.off_at == NOON
    stage.web.status = 200
    set_hook(stage.hub.units, VAULT, MERCHANT, stage.key, HookWish(f"{stage.web.url}/new"), NOON, near=True)
    stage.pay(stage.order(4), number=4)
    assert stage.deliver() == 1


def test_nobody_at_the_address_is_a_failure_that_is_tried_again(stage: Stage) -> None:
    with receiver() as closed:
        url = closed.url
    set_hook(stage.hub.units, VAULT, MERCHANT, stage.key, HookWish(url), NOON, near=True)
    stage.pay(stage.order())
    stage.deliver()
    assert ask(stage.hub.units, STATES) == [("waiting", 1, "network_error")]


def test_what_ended_long_ago_is_forgotten(stage: Stage) -> None:
    stage.pay(stage.order(1))
    stage.deliver()
    stage.clock.forward(KEPT_MS + 1)
    stage.pay(stage.order(2), number=2)
    assert ask(stage.hub.units, STATES) == [("waiting", 0, "")]


def test_the_monitor_sees_what_waits_since_when_and_what_came_of_the_attempts(stage: Stage) -> None:
    stage.pay(stage.order())
    stage.web.status = 500
    stage.deliver()
    stage.clock.forward(90_000)
    lines = stage.hub.metrics.text(gauges(stage.hub.units, stage.clock())).splitlines()
    assert {
        'bana_hook_outbox_depth{state="waiting"} 1',
        'bana_hook_outbox_depth{state="given_up"} 0',
        "bana_hook_outbox_oldest_seconds 90",
        'bana_hook_deliveries_total{outcome="failed"} 1',
    } <= set(lines)
    stage.web.status = 200
    stage.deliver()
    lines = stage.hub.metrics.text(gauges(stage.hub.units, stage.clock())).splitlines()
    assert {'bana_hook_outbox_depth{state="waiting"} 0', "bana_hook_outbox_oldest_seconds 0"} <= set(lines)
    assert 'bana_hook_deliveries_total{outcome="delivered"} 1' in lines


# -- one receiver and the others


def test_a_slow_receiver_holds_up_nobody_else(stage: Stage) -> None:
    with receiver(slow=True) as slow:
        stage.hear(slow.url)
        for number in range(1, 6):
            stage.pay(stage.order(number), number=number)
        deliveries = HookDeliveries(stage.sender, stage.clock)
        deliveries.start()
        try:
            assert slow.arrived.wait(10)
            until = 200
            while len(stage.web.heard) < 5 and until:
                until -= 1
                stage.web.arrived.wait(0.05)
                stage.web.arrived.clear()
            assert len(stage.web.heard) == 5
            assert len(slow.heard) <= 2, "no more at once for one key"
        finally:
            slow.let_go.set()
            deliveries.stop()


def test_a_receiver_that_failed_rests_whatever_else_waits_for_it(stage: Stage) -> None:
    for number in range(1, 6):
        stage.pay(stage.order(number), number=number)
    stage.web.status = 500
    elapsed = [0.0]
    deliveries = HookDeliveries(stage.sender, stage.clock, lambda: elapsed[0])
    deliveries.step()
    deliveries.stop()
    asked = len(stage.web.heard)
    assert 1 <= asked <= 2
    deliveries.step()
    assert len(stage.web.heard) == asked
    elapsed[0] = 61.0
    stage.web.status = 200
    stage.clock.forward(1)
    deliveries.step()
    deliveries.stop()
    assert len(stage.web.heard) > asked


# -- where to


@pytest.mark.parametrize("found", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"]])
def test_a_receiver_inside_the_hubs_own_network_is_never_called(stage: Stage, found: list[str]) -> None:
    stage.pay(stage.order())
    guarded = replace(stage.sender, new_http=lambda: outside_client(lambda host, port: found))
    assert stage.deliver(guarded) == 1
    assert stage.web.heard == []
    assert ask(stage.hub.units, STATES) == [("waiting", 1, "network_error")]
    stage.clock.forward(RETRY_MS[0])
    assert stage.deliver(replace(guarded, new_http=lambda: outside_client(lambda host, port: ["8.8.8.8"]))) == 1
    assert len(stage.web.heard) == 1


def test_a_hub_that_is_no_developers_calls_only_what_is_outside(stage: Stage) -> None:
    assert stage.hub.hooks.new_http is outside_client
    stage.pay(stage.order())
    stage.deliver(stage.hub.hooks)
    assert stage.web.heard == []


def test_a_name_that_nobody_can_look_up_is_a_failure_and_not_a_message_that_is_lost(stage: Stage) -> None:
    stage.pay(stage.order())

    def spoil(session: Session) -> None:
        hook = hook_of(session, MERCHANT, stage.key)
        assert hook is not None
        put_hook(session, MERCHANT, replace(hook, url="https://shop..example/x"), NOON)

    stage.hub.units.read_of(MERCHANT, spoil)
    assert stage.deliver() == 1
    assert ask(stage.hub.units, STATES) == [("waiting", 1, "route_not_found")]


NEAR = ("http://127.0.0.1:9/x", "http://localhost/x", "https://localhost/x", "https://127.0.0.1/x", "https://[::1]/x")
NEVER_FIT = (
    "http://shop.example/x",
    "ftp://shop.example/x",
    "https://",
    "shop.example/x",
    "https://user:pass@shop.example/x",
    "https://shop.example/x#part",
    "https://shop.example:99999/x",
    "https://10.0.0.1/x",
    "https://169.254.169.254/latest",
    "https://[fd00::1]/x",
    "https://shop.example/a b",
    "https://shop..example/x",
    "https://xn--zz.example/x",
    "https://shop.example/\r\nx: y",
    f"https://shop.example/{'x' * 500}",
)


@pytest.mark.parametrize(
    ("url", "near", "fits"),
    [
        ("https://shop.example:8443/hooks?shop=1", False, True),
        *((url, False, False) for url in NEAR),
        *((url, True, True) for url in NEAR),
        *((url, near, False) for url in NEVER_FIT for near in (False, True)),
    ],
)
def test_an_address_is_out_in_the_world_and_spoken_to_by_tls(stage: Stage, url: str, near: bool, fits: bool) -> None:
    def wish() -> None:
        set_hook(stage.hub.units, VAULT, MERCHANT, stage.key, HookWish(url), NOON, near=near)

    if fits:
        wish()
        return
    with pytest.raises(DomainError) as refused:
        wish()
    assert (refused.value.code, refused.value.facts["field"]) == (ErrorCode.HOOK_INVALID, "url")


def test_an_unknown_event_and_an_unknown_key_are_refused(stage: Stage) -> None:
    for key_id, events, code in (
        (stage.key, ("payment.guessed",), ErrorCode.HOOK_INVALID),
        ("none", (), ErrorCode.API_KEY_UNKNOWN),
    ):
        with pytest.raises(DomainError) as refused:
            set_hook(stage.hub.units, VAULT, MERCHANT, key_id, HookWish("https://shop.example", events), NOON)
        assert refused.value.code is code


# -- the secret


def test_the_secret_stands_sealed_in_the_vault_and_nowhere_else(stage: Stage) -> None:
    core = stage.secret.removeprefix("whsec_")
    stage.web.status = 500
    with capture_logs() as logs:
        stage.pay(stage.order())
        stage.deliver()
    said = json.dumps(logs, default=str)
    assert "hook.delivery" in said
    assert core not in said
    assert "/news" not in said, "an address may say more than a log should"
    kept = [str(ask(stage.hub.units, f"SELECT * FROM {table}")) for table in ("hooks", "hook_news", "audit", "feed")]
    assert not any(core in each for each in kept)
    assert core not in repr(stage.sender.take(MERCHANT, stage.key)) + repr(stage.sender)


def test_the_secret_stands_until_a_new_one_is_asked_for(stage: Stage) -> None:
    wish = HookWish(f"{stage.web.url}/news")
    hook, secret = set_hook(stage.hub.units, VAULT, MERCHANT, stage.key, wish, NOON, near=True)
    assert (secret, hook.events) == (None, HOOK_EVENTS)
    stage.pay(stage.order())
    stage.deliver()
    assert stage.web.heard[0].is_signed_by(stage.secret)
    _, fresh = set_hook(stage.hub.units, VAULT, MERCHANT, stage.key, replace(wish, renew_secret=True), NOON, near=True)
    assert fresh is not None
    stage.pay(stage.order(2), number=2)
    stage.deliver()
    assert stage.web.heard[1].is_signed_by(fresh.reveal())
    assert stage.web.heard[1].is_signed_by(stage.secret), "its receiver may not have changed over yet"
    stage.clock.forward(OVERLAP_MS)
    stage.pay(stage.order(3), number=3)
    stage.deliver()
    assert stage.web.heard[2].is_signed_by(fresh.reveal())
    assert not stage.web.heard[2].is_signed_by(stage.secret)


def test_a_secret_renewed_again_because_its_answer_was_lost_leaves_the_one_in_use_its_whole_day(stage: Stage) -> None:
    wish = HookWish(f"{stage.web.url}/news", renew_secret=True)

    def renew() -> str:
        _, secret = set_hook(stage.hub.units, VAULT, MERCHANT, stage.key, wish, stage.clock(), near=True)
        assert secret is not None
        return secret.reveal()

    lost = renew()
    stage.clock.forward(REPEAT_MS - 1)
    fresh = renew()
    stage.pay(stage.order())
    stage.deliver()
    signed = [stage.web.heard[0].is_signed_by(secret) for secret in (stage.secret, lost, fresh)]
    assert signed == [True, False, True]
    stage.clock.forward(REPEAT_MS)
    renew()
    stage.pay(stage.order(2), number=2)
    stage.deliver()
    assert stage.web.heard[1].is_signed_by(fresh)
    assert not stage.web.heard[1].is_signed_by(stage.secret)


def test_an_owner_tries_an_address_and_sees_the_answer_at_once(stage: Stage) -> None:
    tried = try_hook(stage.hub.units, stage.sender, MERCHANT, stage.key, stage.clock())
    assert (tried.taken, tried.note) == (True, "http_204")
    [heard] = stage.web.heard
    assert heard.is_signed_by(stage.secret)
    assert heard.told == {"type": "webhook.test", "timestamp": "2026-11-21T05:00:00.000Z", "data": {"test": True}}
    stage.web.status = 500
    assert not try_hook(stage.hub.units, stage.sender, MERCHANT, stage.key, stage.clock()).taken
    assert stage.deliver() == 0, "what tells of nothing is not tried again"
    known = stage.hub.units.read_of(MERCHANT, lambda session: hook_of(session, MERCHANT, stage.key))
    assert known is not None
    assert (known.tried_at, known.answer) == (stage.clock(), "http_500")
    told = stage.hub.units.read_of(MERCHANT, lambda session: deliveries_of(session, MERCHANT, [stage.key]))
    assert (told[stage.key].given_up, told[stage.key].note) == (0, ""), "nothing that was to be told was lost"


def test_a_message_is_told_again_by_hand_word_for_word_and_not_while_it_is_being_sent(stage: Stage) -> None:
    stage.web.status = 503
    stage.pay(stage.order())
    stage.deliver()
    [row] = stage.hub.units.read_of(MERCHANT, lambda session: latest_news(session, MERCHANT, stage.key, 50))
    assert (row.state, row.note) == ("waiting", "http_503")
    stage.web.status = 204
    assert again(stage, row.id).taken
    assert again(stage, row.id).taken, "a receiver may have lost it"
    assert len({(heard.id, heard.body) for heard in stage.web.heard}) == 1
    assert ask(stage.hub.units, STATES) == [("delivered", 3, "http_204")]
    at = stage.clock()
    taken = stage.hub.units.read_of(MERCHANT, lambda session: claim_by_hand(session, MERCHANT, stage.key, row.id, at))
    assert taken is not None
    for news_id in (row.id, "msg_unknown"):
        with pytest.raises(DomainError) as refused:
            again(stage, news_id)
        assert refused.value.code is ErrorCode.HOOK_RESTS
    assert ask(stage.hub.units, "SELECT actor_id FROM audit WHERE action = 'hook.resent'") == [(OWNER.user_id,)] * 2


def again(stage: Stage, news_id: str) -> Tried:
    """Have a message sent once more, as the owner."""
    return send_again(stage.hub.units, stage.sender, MERCHANT, stage.key, news_id, stage.clock(), by=OWNER.user_id)


def test_a_test_is_noted_and_no_worker_takes_it_from_who_waits_for_its_answer(stage: Stage) -> None:
    eager = replace(stage.sender, now=lambda: (stage.deliver(), stage.clock())[1])
    assert try_hook(stage.hub.units, eager, MERCHANT, stage.key, stage.clock(), by=OWNER.user_id).taken
    assert [heard.told["type"] for heard in stage.web.heard] == ["webhook.test"]
    assert ask(stage.hub.units, "SELECT actor_id FROM audit WHERE action = 'hook.tried'") == [(OWNER.user_id,)]


def test_an_address_that_was_gone_is_not_tried_until_it_is_set_again(stage: Stage) -> None:
    stage.web.status = 410
    try_hook(stage.hub.units, stage.sender, MERCHANT, stage.key, stage.clock())
    with pytest.raises(DomainError) as refused:
        try_hook(stage.hub.units, stage.sender, MERCHANT, stage.key, stage.clock())
    assert refused.value.code is ErrorCode.HOOK_RESTS
    set_hook(stage.hub.units, VAULT, MERCHANT, stage.key, HookWish(f"{stage.web.url}/news"), NOON, near=True)
    known = stage.hub.units.read_of(MERCHANT, lambda session: hook_of(session, MERCHANT, stage.key))
    assert known is not None
    assert (known.off_at, known.tried_at, known.answer) == (None, None, "")


def test_the_secret_moves_with_the_vaults_keys_and_the_replaced_one_too(stage: Stage) -> None:
    wish = HookWish(f"{stage.web.url}/news", renew_secret=True)
    set_hook(stage.hub.units, VAULT, MERCHANT, stage.key, wish, NOON, near=True)
    both = Vault({**VAULT.keks, 2: bytes(range(96, 128))}, 2)
    assert rewrap_all(stage.hub.units, both, NOON) == 1
    rotate_data_key(stage.hub.units, both, MERCHANT, NOON)
    stage.pay(stage.order())
    stage.deliver(replace(stage.sender, vault=Vault({2: both.keks[2]}, 2)))
    assert stage.web.heard[0].is_signed_by(stage.secret)


def test_a_secret_that_does_not_open_sends_nothing_and_is_tried_again(stage: Stage) -> None:
    stage.pay(stage.order())
    stage.deliver(replace(stage.sender, vault=Vault({2: bytes(range(96, 128))}, 2)))
    assert stage.web.heard == []
    assert ask(stage.hub.units, STATES) == [("waiting", 1, "key_missing")]
