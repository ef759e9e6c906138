"""The official client of Stripe works with the simulated Stripe as with the real one."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import stripe

from server.simulator.settings import StallSettings
from server.simulator.stripe_wire import CARDS, DECLINES
from tests.server.simulator.simulator_stage import Receiver, Running, Stage, settings_for, started

Start = Callable[[], tuple[Stage, Running]]

API_KEY = "sk_test_made_up_here"
WEBHOOK_SECRET = "whsec_test_only_made_up_here"
AMOUNT = 150_000


@pytest.fixture
def start(receiver: Receiver, tmp_path: Path) -> Iterator[Start]:
    """Start a simulator with Stripe in it; a second start finds the same data folder."""
    opened: list[tuple[Stage, Running]] = []
    secrets = {"api_key": API_KEY, "webhook_secret": WEBHOOK_SECRET}

    def start() -> tuple[Stage, Running]:
        stalls = {"stripe": StallSettings(receiver.url("/stripe"), secrets)}
        opened.append(started(settings_for(receiver.url, tmp_path, stalls=stalls)))
        return opened[-1]

    yield start
    for stage, running in opened:
        stage.http.close()
        running.stop()


@pytest.fixture
def sdk(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[stripe.StripeClient]:
    """The official client, pointed at the simulator by its base address alone."""
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.001)
    with requests.Session() as session:
        session.trust_env = False
        base = str(stage.http.base_url).rstrip("/")
        http = stripe.RequestsClient(session=session)
        yield stripe.StripeClient(API_KEY, base_addresses={"api": base}, http_client=http)


def intent(sdk: stripe.StripeClient, **more: Any) -> stripe.PaymentIntent:
    params: Any = {"amount": AMOUNT, "currency": "vnd", "metadata": {"reference": "BANA01A0001247"}, **more}
    return sdk.v1.payment_intents.create(params)


def paid(sdk: stripe.StripeClient, card: str = "pm_card_visa", **more: Any) -> stripe.PaymentIntent:
    return intent(sdk, confirm=True, payment_method=card, **more)


def checkout(sdk: stripe.StripeClient, **more: Any) -> stripe.checkout.Session:
    product = {"name": "Cà phê sữa đá"}
    line = {"quantity": 2, "price_data": {"currency": "vnd", "unit_amount": 75_000, "product_data": product}}
    params: Any = {"mode": "payment", "line_items": [line], "success_url": "https://shop.example/thanks", **more}
    return sdk.v1.checkout.sessions.create(params)


def events(receiver: Receiver) -> list[str]:
    return [str(verified(delivery)["type"]) for delivery in receiver.got]


def verified(delivery: Any) -> Any:
    """Return an event after the official client has checked its signature."""
    header = delivery.headers["Stripe-Signature"]
    stripe.WebhookSignature.verify_header(delivery.body.decode(), header, WEBHOOK_SECRET, 300)
    return delivery.json()


# ---- the whole way


def test_the_official_client_creates_pays_and_refunds(
    stage: Stage, sdk: stripe.StripeClient, receiver: Receiver
) -> None:
    session = checkout(sdk, client_reference_id="BANA01A0001247", payment_intent_data={"metadata": {"order": "7"}})
    assert (session.status, session.payment_status, session.amount_total) == ("open", "unpaid", AMOUNT)
    assert session.url is not None
    assert session.url.startswith(str(stage.http.base_url))
    assert stage.http.post(session.url, data={"act": "pay"}).status_code == 303
    done = sdk.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge"]})
    assert isinstance(done.payment_intent, stripe.PaymentIntent)
    assert (done.status, done.payment_status) == ("complete", "paid")
    assert (done.payment_intent.status, done.payment_intent.amount_received) == ("succeeded", AMOUNT)
    assert done.payment_intent.metadata.to_dict() == {"order": "7"}
    assert isinstance(done.payment_intent.latest_charge, stripe.Charge)
    part = sdk.v1.refunds.create({"payment_intent": done.payment_intent.id, "amount": 50_000})
    rest = sdk.v1.refunds.create({"charge": done.payment_intent.latest_charge.id, "metadata": {"reason": "cold"}})
    assert [(refund.status, refund.amount) for refund in (part, rest)] == [
        ("succeeded", 50_000),
        ("succeeded", 100_000),
    ]
    listed = sdk.v1.refunds.list({"payment_intent": done.payment_intent.id})
    assert [refund.id for refund in listed.data] == [rest.id, part.id]
    stage.idle()
    assert sorted(events(receiver)) == [
        "charge.refunded",
        "charge.refunded",
        "checkout.session.completed",
        "payment_intent.succeeded",
        "refund.created",
        "refund.created",
    ]
    assert {offer["status"] for offer in stage.state()["offers"]} == {"paid"}
    assert [row["amount"] for row in stage.state()["stall_refunds"]] == [50_000, 100_000]


def test_a_restart_keeps_payments_refunds_and_idempotency_keys(start: Start) -> None:
    stage, running = start()
    head = {"Authorization": f"Bearer {API_KEY}", "Idempotency-Key": "k-1"}
    form = {"amount": "1000", "currency": "vnd", "confirm": "true", "payment_method": "pm_card_visa"}
    first = stage.http.post("/v1/payment_intents", data=form, headers=head).json()
    running.stop()
    again, _ = start()
    replayed = again.http.post("/v1/payment_intents", data=form, headers=head)
    assert (replayed.json(), replayed.headers["idempotent-replayed"]) == (first, "true")
    assert len(again.state()["offers"]) == 1


# ---- intents


@pytest.mark.parametrize("card", [card for card, outcome in CARDS.items() if outcome in DECLINES])
def test_a_declined_card_is_a_card_error_and_another_card_can_follow(sdk: stripe.StripeClient, card: str) -> None:
    waiting = intent(sdk)
    with pytest.raises(stripe.CardError) as caught:
        sdk.v1.payment_intents.confirm(waiting.id, {"payment_method": card})
    assert caught.value.http_status == 402
    assert caught.value.error is not None
    assert caught.value.error.decline_code == CARDS[card]
    assert sdk.v1.payment_intents.retrieve(waiting.id).last_payment_error is not None
    assert sdk.v1.payment_intents.confirm(waiting.id, {"payment_method": "pm_card_visa"}).status == "succeeded"


def test_a_held_amount_is_captured_in_part_or_let_go(sdk: stripe.StripeClient) -> None:
    held = paid(sdk, capture_method="manual")
    assert (held.status, held.amount_capturable) == ("requires_capture", AMOUNT)
    with pytest.raises(stripe.InvalidRequestError, match="greater"):
        sdk.v1.payment_intents.capture(held.id, {"amount_to_capture": AMOUNT + 1})
    taken = sdk.v1.payment_intents.capture(held.id, {"amount_to_capture": 100_000})
    assert (taken.status, taken.amount_received, taken.amount_capturable) == ("succeeded", 100_000, 0)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        sdk.v1.payment_intents.cancel(held.id)
    assert caught.value.code == "payment_intent_unexpected_state"
    with pytest.raises(stripe.InvalidRequestError, match="greater"):
        sdk.v1.refunds.create({"payment_intent": held.id, "amount": 100_001})
    other = paid(sdk, capture_method="manual")
    assert sdk.v1.payment_intents.cancel(other.id).status == "canceled"


def test_intents_are_listed_and_found_by_their_metadata(sdk: stripe.StripeClient) -> None:
    first, second = intent(sdk), intent(sdk, metadata={"reference": "BANA01A0001250"})
    page = sdk.v1.payment_intents.list({"limit": 1})
    assert ([found.id for found in page.data], page.has_more) == ([second.id], True)
    assert [found.id for found in page.auto_paging_iter()] == [second.id, first.id]
    found = sdk.v1.payment_intents.search({"query": "metadata['reference']:'BANA01A0001247' AND currency:'vnd'"})
    assert [row.id for row in found.data] == [first.id]
    with pytest.raises(stripe.InvalidRequestError, match="parse"):
        sdk.v1.payment_intents.search({"query": "all of them"})


@pytest.mark.parametrize(
    ("changes", "param"),
    [({"amount": 0}, "amount"), ({"amount": "12.5"}, "amount"), ({"currency": "dong"}, "currency")],
)
def test_an_impossible_intent_is_refused(sdk: stripe.StripeClient, changes: dict[str, Any], param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        intent(sdk, **changes)
    assert caught.value.param == param


def test_a_wrong_key_and_an_unknown_id_are_refused(stage: Stage, sdk: stripe.StripeClient) -> None:
    with pytest.raises(stripe.AuthenticationError):
        sdk.v1.payment_intents.retrieve("pi_1", options={"api_key": "sk_test_other"})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        sdk.v1.payment_intents.retrieve("pi_1")
    assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")


# ---- idempotency and chaos


def test_the_same_key_does_the_same_once_and_refuses_other_parameters(sdk: stripe.StripeClient) -> None:
    params: Any = {"amount": AMOUNT, "currency": "vnd"}
    first = sdk.v1.payment_intents.create(params, options={"idempotency_key": "k-1"})
    again = sdk.v1.payment_intents.create(params, options={"idempotency_key": "k-1"})
    assert (again.id, len(sdk.v1.payment_intents.list().data)) == (first.id, 1)
    with pytest.raises(stripe.IdempotencyError):
        sdk.v1.payment_intents.create({**params, "amount": 1}, options={"idempotency_key": "k-1"})


def test_a_refused_request_does_not_use_its_key_up(sdk: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        sdk.v1.payment_intents.create({"amount": 0, "currency": "vnd"}, options={"idempotency_key": "k-1"})
    good = sdk.v1.payment_intents.create({"amount": 1, "currency": "vnd"}, options={"idempotency_key": "k-1"})
    assert good.amount == 1


@pytest.mark.parametrize(
    ("status", "kind", "advice"),
    [
        (409, stripe.APIError, "true"),
        (429, stripe.RateLimitError, "true"),
        (500, stripe.APIError, "false"),
        (503, stripe.APIError, "true"),
    ],
)
def test_a_failing_call_says_whether_to_try_again(
    stage: Stage, sdk: stripe.StripeClient, status: int, kind: type[stripe.StripeError], advice: str
) -> None:
    stage.control("chaos", call_fails=1, call_fail_status=status)
    with pytest.raises(kind) as caught:
        sdk.v1.payment_intents.create({"amount": 1, "currency": "vnd"}, options={"max_network_retries": 0})
    assert caught.value.headers is not None
    assert caught.value.headers["stripe-should-retry"] == advice
    assert stage.state()["offers"] == []


def test_a_lost_answer_is_repaired_by_the_clients_own_retry(stage: Stage, sdk: stripe.StripeClient) -> None:
    stage.control("chaos", lose_answers=1)
    made = sdk.v1.payment_intents.create({"amount": 1, "currency": "vnd"}, options={"max_network_retries": 1})
    assert [offer["offer"] for offer in stage.state()["offers"]] == [f"stripe:{made.id}"]


def test_a_forged_event_does_not_pass_the_official_client(
    stage: Stage, sdk: stripe.StripeClient, receiver: Receiver
) -> None:
    stage.control("chaos", bad_signature=True)
    stage.control("pay", offer=f"stripe:{intent(sdk).id}")
    with pytest.raises(stripe.SignatureVerificationError):
        verified(receiver.got[0])
    stage.control("redeliver", event_id=stage.state()["events"][0]["event_id"])
    assert verified(receiver.got[-1])["type"] == "payment_intent.succeeded"


# ---- checkout


@pytest.mark.parametrize("code", DECLINES)
def test_a_session_stays_open_after_each_decline(
    stage: Stage, sdk: stripe.StripeClient, receiver: Receiver, code: str
) -> None:
    session = checkout(sdk)
    assert stage.control("decline", offer=f"stripe:{session.id}", outcome=code)["status"] == "declined"
    told = verified(receiver.got[0])
    assert told["type"] == "payment_intent.payment_failed"
    problem = told["data"]["object"]["last_payment_error"]
    assert (problem["decline_code"], problem["code"]) == (code, DECLINES[code])
    assert sdk.v1.checkout.sessions.retrieve(session.id).status == "open"
    assert stage.control("pay", offer=f"stripe:{session.id}")["status"] == "paid"


def test_an_expired_session_cannot_be_paid(stage: Stage, sdk: stripe.StripeClient, receiver: Receiver) -> None:
    by_shop, by_time = checkout(sdk), checkout(sdk)
    assert sdk.v1.checkout.sessions.expire(by_shop.id).status == "expired"
    stage.control("expire", offer=f"stripe:{by_time.id}")
    for session in (by_shop, by_time):
        assert stage.refused("pay", offer=f"stripe:{session.id}", late=True) == (409, "expired")
    with pytest.raises(stripe.InvalidRequestError, match="open"):
        sdk.v1.checkout.sessions.expire(by_shop.id)
    stage.idle()
    assert events(receiver) == ["checkout.session.expired"] * 2


def test_a_session_takes_money_once(stage: Stage, sdk: stripe.StripeClient) -> None:
    session = checkout(sdk)
    stage.control("pay", offer=f"stripe:{session.id}")
    assert stage.refused("pay", offer=f"stripe:{session.id}") == (409, "paid")


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"expires_at": 1}, "expires_at"),
        ({"line_items": []}, "line_items"),
        ({"success_url": ""}, "success_url"),
        ({"mode": "setup"}, "mode"),
    ],
)
def test_an_impossible_session_is_refused(sdk: stripe.StripeClient, changes: dict[str, Any], param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        checkout(sdk, **changes)
    assert caught.value.param == param


# ---- what banks do later


def test_a_pending_refund_succeeds_or_fails_later(stage: Stage, sdk: stripe.StripeClient, receiver: Receiver) -> None:
    payment = paid(sdk, "pm_card_pendingRefund")
    refund = sdk.v1.refunds.create({"payment_intent": payment.id})
    assert refund.status == "pending"
    offer = f"stripe:{payment.id}"
    stage.control("do", offer=offer, deed="refund_succeeds")
    assert sdk.v1.refunds.retrieve(refund.id).status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError) as caught:
        sdk.v1.refunds.create({"payment_intent": payment.id})
    assert caught.value.code == "charge_already_refunded"
    stage.control("do", offer=offer, deed="refund_fails")
    assert sdk.v1.refunds.retrieve(refund.id).failure_reason == "expired_or_canceled_card"
    assert stage.refused("do", offer=offer, deed="refund_fails") == (409, "not_now")
    assert sdk.v1.refunds.create({"payment_intent": payment.id, "amount": 1}).status == "pending"
    stage.idle()
    assert {"refund.updated", "refund.failed"} <= set(events(receiver))


@pytest.mark.parametrize("end", ["won", "lost"])
def test_a_charge_back_is_told_and_decided(
    stage: Stage, sdk: stripe.StripeClient, receiver: Receiver, end: str
) -> None:
    offer = f"stripe:{paid(sdk).id}"
    stage.idle()
    stage.control("do", offer=offer, deed="dispute")
    stage.control("do", offer=offer, deed=f"dispute_{end}")
    opened, closed = (verified(delivery) for delivery in receiver.got[-2:])
    assert (opened["type"], closed["type"]) == ("charge.dispute.created", "charge.dispute.closed")
    assert closed["data"]["object"]["status"] == end
    assert opened["data"]["object"]["amount"] == AMOUNT


def test_a_hold_that_runs_out_is_cancelled_by_stripe(stage: Stage, sdk: stripe.StripeClient) -> None:
    held = paid(sdk, capture_method="manual")
    stage.control("do", offer=f"stripe:{held.id}", deed="release")
    assert sdk.v1.payment_intents.retrieve(held.id).cancellation_reason == "automatic"


# ---- secrets


def test_no_secret_and_nothing_private_is_shown(stage: Stage, sdk: stripe.StripeClient) -> None:
    session = checkout(sdk)
    shown = json.dumps(stage.state()) + stage.http.get("/").text + stage.http.get(f"/pay/stripe/{session.id}").text
    assert API_KEY not in shown
    assert WEBHOOK_SECRET not in shown
    assert not any(name.startswith("_") for name in sdk.v1.checkout.sessions.retrieve(session.id).to_dict())
