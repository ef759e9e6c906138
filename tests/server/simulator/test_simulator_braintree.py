"""The official client of Braintree works with the simulated Braintree as with the real one."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.server.braintree_stage import FACTS, SDK, SECRETS
from tests.server.simulator.stall_stage import Play, listening, playing

STATUS = SDK.Transaction.Status


@pytest.fixture(scope="module")
def opened() -> Iterator[Play]:
    """One simulated Braintree for all tests; sales do not meet."""
    with listening() as receiver, playing(receiver, "braintree", SECRETS, FACTS) as play:
        yield play


@pytest.fixture
def play(opened: Play) -> Play:
    """The simulated Braintree, well-behaved, in a new scene."""
    opened.next_scene()
    return opened


@pytest.fixture
def sdk(play: Play, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The official client, pointed at the simulator by an environment of its own."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    port = play.url.rpartition(":")[2]
    simulator = SDK.Environment("simulator", "127.0.0.1", port, "", False, None)
    config = SDK.Configuration(simulator, FACTS["merchant_id"], SECRETS["public_key"], SECRETS["private_key"])
    yield SDK.BraintreeGateway(config)
    config.close()


def sale(sdk: Any, amount: str = "12.50", submit: bool = True, **more: Any) -> Any:
    params = {"amount": amount, "payment_method_nonce": "fake-valid-nonce", "order_id": "BANA01A0000017", **more}
    return sdk.transaction.sale({**params, "options": {"submit_for_settlement": submit}})


def test_the_official_client_creates_pays_and_refunds(play: Play, sdk: Any) -> None:
    assert sdk.client_token.generate()
    made = sale(sdk)
    assert made.is_success
    assert (made.transaction.status, made.transaction.amount) == (STATUS.SubmittedForSettlement, Decimal("12.50"))
    assert made.transaction.credit_card_details.last_4 == "1111"
    assert made.transaction.currency_iso_code == "USD"
    early = sdk.transaction.refund(made.transaction.id, "5.00")
    assert not early.is_success
    codes = [error.code for error in early.errors.deep_errors]
    assert codes == [SDK.ErrorCodes.Transaction.CannotRefundUnlessSettled]
    assert sdk.testing.settle_transaction(made.transaction.id).transaction.status == STATUS.Settled
    part = sdk.transaction.refund(made.transaction.id, {"amount": "5.00", "order_id": "BANR1"})
    assert part.is_success
    assert (part.transaction.type, part.transaction.refunded_transaction_id) == ("credit", made.transaction.id)
    rest = sdk.transaction.refund(made.transaction.id)
    assert rest.transaction.amount == Decimal("7.50")
    assert not sdk.transaction.refund(made.transaction.id).is_success
    found = sdk.transaction.find(made.transaction.id)
    assert [event.status for event in found.status_history] == [STATUS.SubmittedForSettlement, STATUS.Settled]
    given = [one["amount"] for one in play.stage.state()["stall_refunds"] if one["payment"] == made.transaction.id]
    assert given == [500, 750]


def test_a_sale_from_the_card_page_is_paid_by_its_nonce(play: Play, sdk: Any) -> None:
    opened = play.stage.http.get("/braintree/dropin", params={"amount": "12.50", "reference": "R7"})
    name = opened.headers["location"].rpartition("/")[2]
    assert "R7" in play.stage.http.get(opened.headers["location"]).text
    play.act("pay", name)
    nonce = play.offer(name)["payments"][0]["id"]
    assert play.offer(name)["status"] == "held"
    assert sale(sdk, payment_method_nonce=nonce).is_success
    assert play.offer(name)["status"] == "paid"
    used = sale(sdk, payment_method_nonce=nonce)
    assert [error.code for error in used.errors.deep_errors] == ["91564"]


def test_a_hold_is_submitted_in_part_or_voided(sdk: Any) -> None:
    held = sale(sdk, submit=False).transaction
    assert held.status == STATUS.Authorized
    assert held.authorization_expires_at is not None
    assert not sdk.transaction.submit_for_settlement(held.id, "12.51").is_success
    assert sdk.transaction.submit_for_settlement(held.id, "10.00").transaction.amount == Decimal("10.00")
    assert not sdk.transaction.submit_for_settlement(held.id).is_success
    assert sdk.transaction.void(held.id).transaction.status == STATUS.Voided
    assert not sdk.transaction.void(held.id).is_success


@pytest.mark.parametrize(
    ("amount", "nonce", "status"),
    [
        ("2000.00", "fake-valid-nonce", STATUS.ProcessorDeclined),
        ("2001.00", "fake-valid-nonce", STATUS.ProcessorDeclined),
        ("12.50", "fake-processor-declined-visa-nonce", STATUS.ProcessorDeclined),
        ("12.50", "fake-gateway-rejected-fraud-nonce", STATUS.GatewayRejected),
    ],
)
def test_a_declined_sale_is_told_with_its_transaction(sdk: Any, amount: str, nonce: str, status: str) -> None:
    result = sale(sdk, amount=amount, payment_method_nonce=nonce)
    assert not result.is_success
    assert result.transaction.status == status
    if amount != "12.50":
        assert result.transaction.processor_response_code == amount[:4]


def test_sales_are_found_by_their_order_newest_first(sdk: Any) -> None:
    ids = [sale(sdk, order_id="SEARCHED").transaction.id for _ in range(3)]
    found = sdk.transaction.search(SDK.TransactionSearch.order_id == "SEARCHED")
    assert [one.id for one in found] == ids[::-1]
    assert sdk.transaction.search(SDK.TransactionSearch.order_id == "NOBODYS").maximum_size == 0


def test_notifications_are_believed_by_the_official_client(play: Play, sdk: Any) -> None:
    made = sale(sdk).transaction
    for deed, kind in (
        ("settles", "transaction_settled"),
        ("dispute", "dispute_opened"),
        ("dispute_lost", "dispute_lost"),
    ):
        play.act("do", made.id, deed=deed)
        form = parse_qs(play.news()[-1].body.decode())
        notice = sdk.webhook_notification.parse(form["bt_signature"][0], form["bt_payload"][0])
        assert notice.kind == kind
        about = notice.transaction if kind == "transaction_settled" else notice.dispute.transaction
        assert about.id == made.id


@pytest.mark.parametrize(
    ("merchant", "key", "problem"),
    [
        ("other", SECRETS["private_key"], "AuthorizationError"),
        (FACTS["merchant_id"], "wrong", "AuthenticationError"),
    ],
)
def test_wrong_keys_are_refused(
    play: Play, monkeypatch: pytest.MonkeyPatch, merchant: str, key: str, problem: str
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    simulator = SDK.Environment("simulator", "127.0.0.1", play.url.rpartition(":")[2], "", False, None)
    config = SDK.Configuration(simulator, merchant, SECRETS["public_key"], key)
    with pytest.raises(Exception) as caught:  # noqa: PT011 - the client's exceptions say nothing but their kind
        sale(SDK.BraintreeGateway(config))
    config.close()
    assert caught.type.__name__ == problem


@pytest.mark.parametrize("amount", ["0.00", "1.234", "-1.00", "x"])
def test_an_amount_that_does_not_fit_is_refused(sdk: Any, amount: str) -> None:
    result = sale(sdk, amount=amount)
    assert [error.attribute for error in result.errors.deep_errors] == ["amount"]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_failing_call_makes_no_sale(play: Play, sdk: Any, status: int) -> None:
    play.chaos(call_fails=1, call_fail_status=status)
    with pytest.raises(Exception) as caught:  # noqa: PT011 - the client's exceptions say nothing but their kind
        sale(sdk, order_id=f"FAILING{status}")
    assert type(caught.value).__module__.startswith("braintree.exceptions")
    assert sdk.transaction.search(SDK.TransactionSearch.order_id == f"FAILING{status}").maximum_size == 0
