"""The official client of PayPal works with the simulated PayPal as with the real one."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
import requests
from paypalserversdk.configuration import Configuration, Environment, Server
from paypalserversdk.exceptions.error_exception import ErrorException
from paypalserversdk.http.auth.o_auth_2 import ClientCredentialsAuthCredentials
from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient

from server.simulator.paypal_ledger import REFUSED
from tests.server.simulator.simulator_stage import Receiver
from tests.server.simulator.stall_stage import Play, listening, playing

SECRETS = {"client_secret": "made-up-paypal-secret"}
FACTS = {"client_id": "client-1", "webhook_id": "1JE4291016473214C"}
AMOUNT = {"currency_code": "USD", "value": "10.50"}


@pytest.fixture(scope="module")
def theatre() -> Iterator[Play]:
    """A simulator with PayPal in it, for all tests."""
    with listening() as receiver, playing(receiver, "paypal", SECRETS, FACTS) as play:
        yield play


@pytest.fixture
def play(theatre: Play) -> Play:
    """A scene of its own in the simulator."""
    theatre.next_scene()
    return theatre


@pytest.fixture
def sdk(play: Play) -> Iterator[PaypalServersdkClient]:
    """The official client; its `config` parameter takes a Configuration whose table of addresses is another."""

    class Simulated(Configuration):
        environments: ClassVar = {Environment.SANDBOX: {Server.DEFAULT: play.url}}

    with requests.Session() as session:
        session.trust_env = False
        credentials = ClientCredentialsAuthCredentials(
            o_auth_client_id=FACTS["client_id"], o_auth_client_secret=SECRETS["client_secret"]
        )
        yield PaypalServersdkClient(
            config=Simulated(http_client_instance=session, client_credentials_auth_credentials=credentials)
        )


def unit(**more: Any) -> dict[str, Any]:
    return {"reference_id": "BANA01A0001247", "custom_id": "BANA01A0001247", "amount": AMOUNT, **more}


def created(sdk: PaypalServersdkClient, intent: str = "CAPTURE", **more: Any) -> Any:
    body = {"intent": intent, "purchase_units": [unit(**more)]}
    return sdk.orders.create_order({"body": body}).body


def completed(sdk: PaypalServersdkClient, play: Play) -> Any:
    """Return the capture of an order that was made, approved and captured."""
    order = created(sdk)
    play.act("pay", order.id)
    answer = sdk.orders.capture_order({"id": order.id, "prefer": "return=representation"}).body
    return answer.purchase_units[0].payments.captures[0]


def held(sdk: PaypalServersdkClient, play: Play) -> Any:
    """Return the authorization of an order that was made, approved and authorized."""
    order = created(sdk, "AUTHORIZE")
    play.act("pay", order.id)
    answer = sdk.orders.authorize_order({"id": order.id, "prefer": "return=representation"}).body
    return answer.purchase_units[0].payments.authorizations[0]


def issue_of(caught: pytest.ExceptionInfo[ErrorException]) -> str:
    return str(caught.value.details[0].issue)


def kinds(play: Play) -> list[str]:
    return [delivery.json()["event_type"] for delivery in play.news()]


def test_the_official_client_creates_pays_and_refunds(play: Play, sdk: PaypalServersdkClient) -> None:
    order = created(sdk)
    assert order.status == "CREATED"
    approve = next(link.href for link in order.links if link.rel == "approve")
    assert approve.startswith(play.url)
    assert play.stage.http.post(approve, data={"act": "pay"}).status_code == 303
    captured = sdk.orders.capture_order({"id": order.id, "prefer": "return=representation"}).body
    assert captured.status == "COMPLETED"
    capture = captured.purchase_units[0].payments.captures[0]
    assert (capture.status, capture.amount.value, capture.custom_id) == ("COMPLETED", "10.50", "BANA01A0001247")
    part = sdk.payments.refund_captured_payment(
        {
            "capture_id": capture.id,
            "prefer": "return=representation",
            "body": {"amount": {"currency_code": "USD", "value": "4.00"}},
        }
    ).body
    rest = sdk.payments.refund_captured_payment({"capture_id": capture.id, "prefer": "return=representation"}).body
    assert [(refund.status, refund.amount.value) for refund in (part, rest)] == [
        ("COMPLETED", "4.00"),
        ("COMPLETED", "6.50"),
    ]
    assert sdk.payments.get_refund({"refund_id": rest.id}).body.status == "COMPLETED"
    assert sdk.payments.get_captured_payment({"capture_id": capture.id}).body.status == "REFUNDED"
    assert sorted(kinds(play)) == [
        "CHECKOUT.ORDER.APPROVED",
        "PAYMENT.CAPTURE.COMPLETED",
        "PAYMENT.CAPTURE.REFUNDED",
        "PAYMENT.CAPTURE.REFUNDED",
    ]
    assert play.offer(order.id)["status"] == "paid"
    given = [row["amount"] for row in play.stage.state()["stall_refunds"] if row["payment"] == capture.id]
    assert given == [400, 650]


def test_the_official_client_holds_takes_a_part_and_lets_go(play: Play, sdk: PaypalServersdkClient) -> None:
    hold = held(sdk, play)
    assert (hold.status, hold.amount.value) == ("CREATED", "10.50")
    body = {"amount": {"currency_code": "USD", "value": "7.00"}, "final_capture": False}
    capture = sdk.payments.capture_authorized_payment({"authorization_id": hold.id, "body": body}).body
    assert capture.status == "COMPLETED"
    known = sdk.payments.get_authorized_payment({"authorization_id": hold.id}).body
    assert known.status == "PARTIALLY_CAPTURED"
    gone = sdk.payments.void_payment({"authorization_id": hold.id, "prefer": "return=representation"}).body
    assert gone.status == "VOIDED"
    with pytest.raises(ErrorException) as caught:
        sdk.payments.void_payment({"authorization_id": hold.id})
    assert issue_of(caught) == "PREVIOUSLY_VOIDED"


def test_more_than_was_held_or_captured_is_refused(play: Play, sdk: PaypalServersdkClient) -> None:
    hold = held(sdk, play)
    body = {"amount": {"currency_code": "USD", "value": "12.08"}}
    with pytest.raises(ErrorException) as caught:
        sdk.payments.capture_authorized_payment({"authorization_id": hold.id, "body": body})
    assert issue_of(caught) == "MAX_CAPTURE_AMOUNT_EXCEEDED"
    final = sdk.payments.capture_authorized_payment({"authorization_id": hold.id, "body": {"final_capture": True}}).body
    with pytest.raises(ErrorException) as caught:
        sdk.payments.refund_captured_payment({"capture_id": final.id, "body": body})
    assert issue_of(caught) == "REFUND_AMOUNT_EXCEEDED"
    with pytest.raises(ErrorException) as caught:
        sdk.payments.void_payment({"authorization_id": hold.id})
    assert issue_of(caught) == "PREVIOUSLY_CAPTURED"


@pytest.mark.parametrize("outcome", sorted(REFUSED))
def test_a_refused_payer_may_approve_again(play: Play, sdk: PaypalServersdkClient, outcome: str) -> None:
    order = created(sdk)
    play.act("decline", order.id, outcome=outcome)
    with pytest.raises(ErrorException) as caught:
        sdk.orders.capture_order({"id": order.id})
    assert (caught.value.response_code, issue_of(caught)) == (422, outcome)
    assert play.offer(order.id)["status"] == "declined"
    play.act("pay", order.id)
    assert sdk.orders.capture_order({"id": order.id}).body.status == "COMPLETED"


def test_nothing_is_taken_before_the_payer_approves_or_twice_after(play: Play, sdk: PaypalServersdkClient) -> None:
    order = created(sdk)
    with pytest.raises(ErrorException) as caught:
        sdk.orders.capture_order({"id": order.id})
    assert issue_of(caught) == "ORDER_NOT_APPROVED"
    play.act("pay", order.id)
    first = sdk.orders.capture_order({"id": order.id, "paypal_request_id": "c-1"}).body
    again = sdk.orders.capture_order({"id": order.id, "paypal_request_id": "c-1"})
    assert (again.status_code, again.body.purchase_units[0].payments.captures[0].id) == (
        200,
        first.purchase_units[0].payments.captures[0].id,
    )
    with pytest.raises(ErrorException) as caught:
        sdk.orders.capture_order({"id": order.id, "paypal_request_id": "c-2"})
    assert issue_of(caught) == "ORDER_ALREADY_CAPTURED"


def test_the_same_request_id_gives_the_same_order_and_an_invoice_is_paid_once(
    play: Play, sdk: PaypalServersdkClient
) -> None:
    asked = {"body": {"intent": "CAPTURE", "purchase_units": [unit(invoice_id="I-1")]}, "paypal_request_id": "k-1"}
    first, again = sdk.orders.create_order(asked).body, sdk.orders.create_order(asked).body
    assert first.id == again.id
    other = created(sdk, invoice_id="I-1")
    for order in (first, other):
        play.act("pay", order.id)
    sdk.orders.capture_order({"id": first.id})
    with pytest.raises(ErrorException) as caught:
        sdk.orders.capture_order({"id": other.id})
    assert issue_of(caught) == "DUPLICATE_INVOICE_ID"


@pytest.mark.parametrize(
    ("amount", "issue"),
    [
        ({"currency_code": "VND", "value": "150000"}, "CURRENCY_NOT_SUPPORTED"),
        ({"currency_code": "JPY", "value": "1.50"}, "DECIMAL_PRECISION"),
        ({"currency_code": "USD", "value": "1.505"}, "DECIMAL_PRECISION"),
        ({"currency_code": "USD", "value": "0.00"}, "CANNOT_BE_ZERO_OR_NEGATIVE"),
    ],
)
def test_money_that_paypal_does_not_take_is_refused(
    sdk: PaypalServersdkClient, amount: dict[str, str], issue: str
) -> None:
    with pytest.raises(ErrorException) as caught:
        created(sdk, amount=amount)
    assert issue_of(caught) == issue


def test_an_order_is_changed_until_it_is_completed(play: Play, sdk: PaypalServersdkClient) -> None:
    order = created(sdk)
    path = "/purchase_units/@reference_id=='BANA01A0001247'/custom_id"
    change = {"id": order.id, "body": [{"op": "replace", "path": path, "value": "other"}]}
    sdk.orders.patch_order(change)
    assert sdk.orders.get_order({"id": order.id}).body.purchase_units[0].custom_id == "other"
    play.act("pay", order.id)
    sdk.orders.capture_order({"id": order.id})
    with pytest.raises(ErrorException) as caught:
        sdk.orders.patch_order(change)
    assert issue_of(caught) == "ORDER_ALREADY_COMPLETED"


def test_an_expired_order_is_known_no_more(play: Play, sdk: PaypalServersdkClient) -> None:
    order = created(sdk)
    play.act("expire", order.id)
    with pytest.raises(ErrorException) as caught:
        sdk.orders.get_order({"id": order.id})
    assert (caught.value.response_code, issue_of(caught)) == (404, "INVALID_RESOURCE_ID")


@pytest.mark.parametrize(("deed", "status"), [("review_passes", "COMPLETED"), ("review_fails", "DECLINED")])
def test_a_pending_capture_is_reviewed(play: Play, sdk: PaypalServersdkClient, deed: str, status: str) -> None:
    order = created(sdk)
    play.act("pay", order.id, outcome="PENDING")
    captured = sdk.orders.capture_order({"id": order.id, "prefer": "return=representation"}).body
    capture = captured.purchase_units[0].payments.captures[0]
    assert (capture.status, capture.status_details.reason) == ("PENDING", "PENDING_REVIEW")
    play.act("do", order.id, deed=deed)
    assert sdk.payments.get_captured_payment({"capture_id": capture.id}).body.status == status


def test_a_stranger_gets_no_token_and_no_answer(play: Play) -> None:
    wrong = "Basic " + base64.b64encode(b"client-1:other").decode()
    form = {"grant_type": "client_credentials"}
    reply = play.stage.http.post("/v1/oauth2/token", data=form, headers={"Authorization": wrong})
    assert (reply.status_code, reply.json()["error"]) == (401, "invalid_client")
    for given in ("Bearer x", "Bearer A21AA.1.x", ""):
        assert play.stage.http.get("/v2/checkout/orders/X", headers={"Authorization": given}).status_code == 401


def test_paypal_itself_tells_its_notifications_from_forged_ones(play: Play, sdk: PaypalServersdkClient) -> None:
    completed(sdk, play)
    delivery = play.news()[-1]
    token = sdk.config.client_credentials_auth_credentials
    pair = base64.b64encode(f"{token.o_auth_client_id}:{token.o_auth_client_secret}".encode()).decode()
    http = play.stage.http
    form = {"grant_type": "client_credentials"}
    bearer = http.post("/v1/oauth2/token", data=form, headers={"Authorization": f"Basic {pair}"}).json()

    def verdict(body: bytes) -> str:
        heads = delivery.headers
        fields = {
            "auth_algo": heads["PAYPAL-AUTH-ALGO"],
            "cert_url": heads["PAYPAL-CERT-URL"],
            "transmission_id": heads["PAYPAL-TRANSMISSION-ID"],
            "transmission_sig": heads["PAYPAL-TRANSMISSION-SIG"],
            "transmission_time": heads["PAYPAL-TRANSMISSION-TIME"],
            "webhook_id": FACTS["webhook_id"],
        }
        told = "{" + ",".join(f'"{name}":"{value}"' for name, value in fields.items()) + ',"webhook_event":'
        reply = http.post(
            "/v1/notifications/verify-webhook-signature",
            content=told.encode() + body + b"}",
            headers={"Authorization": f"Bearer {bearer['access_token']}"},
        )
        return str(reply.json()["verification_status"])

    assert verdict(delivery.body) == "SUCCESS"
    assert verdict(delivery.body.replace(b"10.50", b"90.50")) == "FAILURE"
    before = len(play.news())
    path = f"/v1/notifications/webhooks-events/{delivery.json()['id']}/resend"
    assert http.post(path, headers={"Authorization": f"Bearer {bearer['access_token']}"}).status_code == 202
    assert [again.body for again in play.news()[before:]] == [delivery.body]


def test_a_restart_keeps_orders_money_and_request_ids(receiver: Receiver, tmp_path: Path) -> None:
    head = {"PayPal-Request-Id": "k-1"}
    body = {"intent": "CAPTURE", "purchase_units": [unit()]}
    names = []
    for _ in range(2):
        with playing(receiver, "paypal", SECRETS, FACTS, tmp_path) as play:
            pair = base64.b64encode(b"client-1:made-up-paypal-secret").decode()
            form = {"grant_type": "client_credentials"}
            token = play.stage.http.post("/v1/oauth2/token", data=form, headers={"Authorization": f"Basic {pair}"})
            heads = {**head, "Authorization": f"Bearer {token.json()['access_token']}"}
            names.append(play.stage.http.post("/v2/checkout/orders", json=body, headers=heads).json()["id"])
    assert names[0] == names[1]
