"""The official client of Square works with the simulated Square as with the real one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from square import Square
from square.core.api_error import ApiError
from square.utils.webhooks_helper import verify_signature

from server.simulator.square_wire import SOURCES
from tests.server.simulator.simulator_stage import Receiver
from tests.server.simulator.stall_stage import Play, listening, playing

SECRETS = {"access_token": "made-up-square-token", "signature_key": "made-up-key"}
FACTS = {"location_id": "L1", "device_id": "DEVICE1"}
AMOUNT: Any = {"amount": 1050, "currency": "USD"}


@pytest.fixture(scope="module")
def theatre() -> Iterator[Play]:
    """A simulator with Square in it, for all tests."""
    with listening() as receiver, playing(receiver, "square", SECRETS, FACTS) as play:
        yield play


@pytest.fixture
def play(theatre: Play) -> Play:
    """A scene of its own in the simulator."""
    theatre.next_scene()
    return theatre


@pytest.fixture(scope="module")
def sdk(theatre: Play) -> Iterator[Square]:
    """The official client, pointed at the simulator by its base address alone."""
    with httpx.Client(verify=False, trust_env=False) as http:
        yield Square(token=SECRETS["access_token"], base_url=theatre.url, httpx_client=http)


def charged(sdk: Square, key: str, source: str = "cnon:card-nonce-ok", **more: Any) -> Any:
    return sdk.payments.create(
        source_id=source, idempotency_key=key, amount_money=AMOUNT, reference_id="BANA01A0001247", **more
    ).payment


def link(sdk: Square, key: str) -> Any:
    order: Any = {
        "location_id": "L1",
        "reference_id": "BANA01A0001247",
        "line_items": [{"name": "Phở", "quantity": "1", "base_price_money": AMOUNT}],
    }
    made = sdk.checkout.payment_links.create(idempotency_key=key, order=order, payment_note="BANA01A0001247")
    return made.payment_link


def checkout(sdk: Square, key: str, **more: Any) -> Any:
    fields: Any = {
        "amount_money": AMOUNT,
        "reference_id": "BANA01A0001247",
        "device_options": {"device_id": "DEVICE1"},
        **more,
    }
    return sdk.terminal.checkouts.create(idempotency_key=key, checkout=fields).checkout


def code_of(caught: pytest.ExceptionInfo[ApiError]) -> str:
    return str(caught.value.errors[0].code)


def kinds(play: Play) -> list[str]:
    return [delivery.json()["type"] for delivery in play.news()]


def test_the_official_client_creates_pays_and_refunds(play: Play, sdk: Square) -> None:
    made = link(sdk, "whole-1")
    assert made.url.startswith(play.url)
    assert play.stage.http.post(made.url, data={"act": "pay"}).status_code == 303
    order = sdk.orders.get(made.order_id).order
    assert order is not None
    assert (order.state, order.reference_id) == ("COMPLETED", "BANA01A0001247")
    assert order.tenders is not None
    payment = sdk.payments.get(str(order.tenders[0].payment_id)).payment
    assert payment is not None
    assert (payment.status, payment.note, payment.order_id) == ("COMPLETED", "BANA01A0001247", made.order_id)
    name = str(payment.id)
    part: Any = {"amount": 400, "currency": "USD"}
    rest: Any = {"amount": 650, "currency": "USD"}
    first = sdk.refunds.refund_payment(idempotency_key="r-1", amount_money=part, payment_id=name).refund
    sdk.refunds.refund_payment(idempotency_key="r-2", amount_money=rest, payment_id=name, reason="cold")
    assert first is not None
    assert sdk.refunds.get(refund_id=first.id).refund == first
    with pytest.raises(ApiError) as caught:
        sdk.refunds.refund_payment(idempotency_key="r-3", amount_money=part, payment_id=name)
    assert code_of(caught) == "REFUND_AMOUNT_INVALID"
    after = sdk.payments.get(name).payment
    assert after is not None
    assert after.refunded_money is not None
    assert (after.refunded_money.amount, len(after.refund_ids or [])) == (1050, 2)
    assert sorted(kinds(play)) == [
        "payment.created",
        "payment.updated",
        "payment.updated",
        "refund.created",
        "refund.created",
    ]
    assert play.offer(made.id)["status"] == "paid"


def test_the_official_client_charges_a_token_holds_lowers_and_completes(sdk: Square) -> None:
    held = charged(sdk, "hold-1", autocomplete=False)
    assert held.status == "APPROVED"
    less: Any = {"amount_money": {"amount": 700, "currency": "USD"}}
    sdk.payments.update(held.id, idempotency_key="hold-1-part", payment=less)
    done = sdk.payments.complete(held.id).payment
    assert done is not None
    assert done.total_money is not None
    assert (done.status, done.total_money.amount) == ("COMPLETED", 700)
    with pytest.raises(ApiError) as caught:
        sdk.payments.cancel(held.id)
    assert code_of(caught) == "DELAYED_TRANSACTION_CAPTURED"


def test_a_hold_is_cancelled_by_its_id_or_by_its_key(sdk: Square) -> None:
    by_id, by_key = charged(sdk, "hold-2", autocomplete=False), charged(sdk, "hold-3", autocomplete=False)
    sdk.payments.cancel(by_id.id)
    sdk.payments.cancel_by_idempotency_key(idempotency_key="hold-3")
    sdk.payments.cancel_by_idempotency_key(idempotency_key="never seen")
    for payment in (by_id, by_key):
        gone = sdk.payments.get(payment.id).payment
        assert gone is not None
        assert gone.status == "CANCELED"


@pytest.mark.parametrize("source", [source for source, code in SOURCES.items() if code])
def test_a_declined_card_is_refused_with_its_code(sdk: Square, source: str) -> None:
    with pytest.raises(ApiError) as caught:
        charged(sdk, f"d-{list(SOURCES).index(source)}", source)
    assert (caught.value.status_code, code_of(caught)) == (402, SOURCES[source])


def test_the_same_key_pays_once_and_never_something_else(sdk: Square) -> None:
    first, again = charged(sdk, "once"), charged(sdk, "once")
    assert first.id == again.id
    with pytest.raises(ApiError) as caught:
        charged(sdk, "once", note="other")
    assert code_of(caught) == "IDEMPOTENCY_KEY_REUSED"
    with pytest.raises(ApiError) as caught:
        charged(sdk, "k" * 46)
    assert code_of(caught) == "VALUE_TOO_LONG"


def test_the_official_client_pays_at_the_terminal(play: Play, sdk: Square) -> None:
    asked = checkout(sdk, "t-1", payment_options={"autocomplete": False})
    assert asked.status == "PENDING"
    play.act("do", asked.id, deed="begin")
    play.act("pay", asked.id)
    done = sdk.terminal.checkouts.get(asked.id).checkout
    assert done is not None
    assert (done.status, len(done.payment_ids or [])) == ("COMPLETED", 1)
    payment = sdk.payments.get((done.payment_ids or [""])[0]).payment
    assert payment is not None
    assert (payment.status, payment.reference_id, payment.terminal_checkout_id) == (
        "APPROVED",
        "BANA01A0001247",
        asked.id,
    )


def test_a_terminal_cancels_at_once_or_asks_its_device_first(play: Play, sdk: Square) -> None:
    waiting, shown = checkout(sdk, "t-2"), checkout(sdk, "t-3")
    play.act("do", shown.id, deed="begin")
    cancelled = sdk.terminal.checkouts.cancel(waiting.id).checkout
    asked = sdk.terminal.checkouts.cancel(shown.id).checkout
    assert cancelled is not None
    assert asked is not None
    assert (cancelled.status, cancelled.cancel_reason) == ("CANCELED", "SELLER_CANCELED")
    assert asked.status == "CANCEL_REQUESTED"
    play.act("do", shown.id, deed="device_cancels")
    with pytest.raises(ApiError):
        sdk.terminal.checkouts.cancel(shown.id)
    found = sdk.terminal.checkouts.search(query={"filter": {"status": "CANCELED"}}).checkouts
    assert {waiting.id, shown.id} <= {checkout.id for checkout in found or []}


@pytest.mark.parametrize(
    ("act", "more", "reason"),
    [("expire", {}, "TIMED_OUT"), ("pay", {"outcome": "BUYER_CANCELED"}, "BUYER_CANCELED")],
)
def test_a_checkout_that_nobody_pays_says_why(
    play: Play, sdk: Square, act: str, more: dict[str, str], reason: str
) -> None:
    asked = checkout(sdk, f"t-{reason}")
    play.act(act, asked.id, **more)
    gone = sdk.terminal.checkouts.get(asked.id).checkout
    assert gone is not None
    assert (gone.status, gone.cancel_reason) == ("CANCELED", reason)


def test_a_deleted_link_cancels_its_order_unless_it_was_paid(play: Play, sdk: Square) -> None:
    open_link, paid_link = link(sdk, "l-1"), link(sdk, "l-2")
    play.act("pay", paid_link.id)
    assert sdk.checkout.payment_links.delete(open_link.id).cancelled_order_id == open_link.order_id
    assert sdk.checkout.payment_links.delete(paid_link.id).cancelled_order_id is None
    with pytest.raises(ApiError) as caught:
        sdk.checkout.payment_links.get(open_link.id)
    assert (caught.value.status_code, code_of(caught)) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ({"amount": 150_000, "currency": "VND"}, "UNSUPPORTED_CURRENCY"),
        ({"amount": 0, "currency": "USD"}, "VALUE_TOO_LOW"),
        ({"amount": "10", "currency": "USD"}, "EXPECTED_INTEGER"),
    ],
)
def test_money_that_square_does_not_take_is_refused(sdk: Square, amount: Any, code: str) -> None:
    with pytest.raises(ApiError) as caught:
        sdk.payments.create(source_id="cnon:card-nonce-ok", idempotency_key=f"m-{code}", amount_money=amount)
    assert code_of(caught) == code


def test_payments_are_listed_page_by_page(sdk: Square) -> None:
    made = [charged(sdk, f"p-{number}").id for number in range(3)]
    listed = [payment.id for payment in sdk.payments.list(location_id="L1", limit=2, sort_order="ASC")]
    assert listed[-3:] == made


def test_a_stranger_gets_no_answer(play: Play) -> None:
    for given in ("Bearer x", ""):
        reply = play.stage.http.get("/v2/payments", headers={"Authorization": given})
        assert (reply.status_code, reply.json()["errors"][0]["code"]) == (401, "UNAUTHORIZED")


def test_the_official_client_tells_notifications_from_forged_ones(play: Play, sdk: Square) -> None:
    charged(sdk, "w-1")
    play.chaos(bad_signature=True)
    charged(sdk, "w-2")
    verdicts = [
        verify_signature(
            request_body=delivery.body.decode(),
            signature_header=delivery.headers["x-square-hmacsha256-signature"],
            signature_key=SECRETS["signature_key"],
            notification_url=play.receiver.url("/square"),
        )
        for delivery in play.news()
    ]
    assert sorted(verdicts) == [False, True]


def test_a_restart_keeps_payments_and_keys(receiver: Receiver, tmp_path: Path) -> None:
    head = {"Authorization": f"Bearer {SECRETS['access_token']}"}
    body = {"source_id": "cnon:card-nonce-ok", "idempotency_key": "k-1", "amount_money": AMOUNT}
    names = []
    for _ in range(2):
        with playing(receiver, "square", SECRETS, FACTS, tmp_path) as play:
            names.append(play.stage.http.post("/v2/payments", json=body, headers=head).json()["payment"]["id"])
            assert len(play.stage.state()["offers"]) == 1
    assert names[0] == names[1]
