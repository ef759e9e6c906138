"""The hub's client of Lean and the simulated Lean, over sockets: every way that a payment and a refund can go."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from domain.errors import FailureCode
from domain.ids import Instant, MerchantId
from domain.matching import payment_reference
from domain.rails import PaymentContext, RailResult, RailStatus, RefundOrder
from server.rails.base import Credentials, Ignored, Notice, NotificationRefused
from server.rails.lean import LeanAdapter
from server.rails.lean_codes import DECLINES as FAILURES
from server.simulator.lean import DECLINES
from server.simulator.lean_wire import signature
from server.simulator.vntime import system_now
from tests.server.rails_samples import VECTORS, changed, sealed_by_nobody
from tests.server.simulator.simulator_stage import Delivery
from tests.server.simulator.stall_stage import ForgetfulLine, Play, listening, playing

SECRETS = {"client_secret": "made-up-client-secret", "webhook_secret": "made-up-lean-secret"}
FACTS = {"client_id": "app-1", "arrival": "by_hand", "refunds": "by_hand", "describes": "yes"}
ADAPTER = LeanAdapter()


@pytest.fixture(scope="module")
def theatre() -> Iterator[Play]:
    """A simulator with Lean in it, for all tests."""
    with listening() as receiver, playing(receiver, "lean", SECRETS, FACTS) as play:
        yield play


@pytest.fixture(scope="module")
def line() -> ForgetfulLine:
    """The hub's line to Lean."""
    return ForgetfulLine()


@pytest.fixture(scope="module")
def http(line: ForgetfulLine) -> Iterator[httpx.Client]:
    """The hub's one client."""
    with httpx.Client(transport=line) as client:
        yield client


class Shop:
    """One payment of the shop at the simulated Lean."""

    def __init__(self, play: Play, http: httpx.Client) -> None:
        self.play = play
        self.http = http
        self.credentials: Credentials = sealed_by_nobody(
            base_url=play.url, auth_url=play.url, client_id="app-1", paid_when="accepted", **SECRETS
        )
        now = system_now()
        self.context = PaymentContext(
            merchant_id=MerchantId("m-1"),
            reference=payment_reference("01", "A", play.scene),
            amount_minor=12_050,
            currency="AED",
            description="Karak & cake",
            created_at=Instant(now),
            expires_at=Instant(now + 900_000),
        )

    def waiting_for_money(self) -> "Shop":
        """Let the shop count money only once it is in its account."""
        self.credentials = changed(dict(self.credentials), paid_when="received")
        return self

    def present(self) -> RailResult:
        result = ADAPTER.present(self.http, self.credentials, self.context)
        self.context = replace(self.context, provider_ref=result.provider_ref)
        return result

    def check(self) -> RailResult:
        return ADAPTER.check(self.http, self.credentials, self.context)

    def withdraw(self) -> RailResult:
        return ADAPTER.withdraw(self.http, self.credentials, self.context)

    def customer(self, act: str = "pay", **more: object) -> Any:
        return self.play.act(act, self.context.provider_ref, **more)

    def paid(self, outcome: str = "") -> RailResult:
        self.present()
        self.customer(outcome=outcome)
        return self.check()

    def order(self, amount_minor: int = 1_050, number: int = 1) -> RefundOrder:
        receipt = self.check().receipt
        assert receipt is not None
        return RefundOrder(
            merchant_id=self.context.merchant_id,
            reference=f"REFUND-{self.play.scene}-{number}",
            amount_minor=amount_minor,
            currency="AED",
            reason="returned",
            requested_at=Instant(system_now()),
            payment_reference=self.context.reference,
            payment_provider_ref=receipt.provider_ref,
            payment_minor=self.context.amount_minor,
            paid_at=receipt.paid_at,
        )

    def refund(self, order: RefundOrder) -> RailResult:
        return ADAPTER.refund(self.http, self.credentials, order)

    def check_refund(self, order: RefundOrder) -> RailResult:
        return ADAPTER.check_refund(self.http, self.credentials, order)

    def heard(self, delivery: Delivery) -> Notice:
        at = Instant(system_now())
        return ADAPTER.read_notification(self.credentials, delivery.headers, delivery.body, at)

    def notices(self) -> list[Notice]:
        """What the events told, without those that moved no money."""
        heard = [self.heard(delivery) for delivery in self.play.news()]
        return [notice for notice in heard if not isinstance(notice, Ignored)]


@pytest.fixture
def shop(theatre: Play, http: httpx.Client) -> Shop:
    """A new payment of 120.50 dirhams."""
    theatre.next_scene()
    return Shop(theatre, http)


def test_a_payment_is_made_accepted_and_told_as_one_receipt(shop: Shop) -> None:
    made = shop.present()
    assert made.link.startswith(shop.play.url)
    assert shop.check().status is RailStatus.PENDING
    assert shop.http.post(made.link, data={"act": "pay"}).status_code == 303
    result = shop.check()
    assert (result.status, result.received_minor, result.provider_ref) == (
        RailStatus.SUCCESS,
        12_050,
        made.provider_ref,
    )
    assert result.receipt is not None
    assert result.receipt.text == shop.context.reference
    assert shop.notices() == [result.receipt]


def test_money_counts_when_it_is_there_where_the_shop_waits_for_it(shop: Shop) -> None:
    waiting = shop.waiting_for_money().paid()
    assert (waiting.status, waiting.hint, waiting.receipt) == (RailStatus.PENDING, "ACCEPTED_BY_BANK", None)
    assert shop.notices() == []
    shop.customer("do", deed="arrives")
    there = shop.check()
    assert (there.status, there.received_minor) == (RailStatus.SUCCESS, 12_050)
    assert there.receipt is not None
    shop.credentials = changed(dict(shop.credentials), paid_when="accepted")
    accepted = shop.check().receipt
    assert accepted is not None
    assert accepted.dedupe_key == there.receipt.dedupe_key


@pytest.mark.parametrize("code", DECLINES)
def test_every_decline_has_its_failure_and_the_page_stays_open(shop: Shop, code: str) -> None:
    declined = shop.paid(code)
    assert (declined.status, declined.failure) == (RailStatus.PENDING, FAILURES[code])
    shop.customer()
    result = shop.check()
    assert result.status is RailStatus.SUCCESS
    assert shop.notices() == [result.receipt]


@pytest.mark.parametrize(
    ("deed", "status", "failure"),
    [("bank_accepts", RailStatus.SUCCESS, None), ("bank_refuses", RailStatus.PENDING, FailureCode.DECLINED)],
)
def test_a_bank_that_takes_its_time_decides_in_the_end(
    shop: Shop, deed: str, status: RailStatus, failure: FailureCode | None
) -> None:
    assert shop.paid("PENDING_WITH_BANK").status is RailStatus.PENDING
    shop.customer("do", deed=deed)
    assert (shop.check().status, shop.check().failure) == (status, failure)


def test_a_link_whose_time_ran_out_is_over(shop: Shop) -> None:
    shop.present()
    shop.customer("expire")
    assert (shop.check().status, shop.check().failure) == (RailStatus.FAILED, FailureCode.EXPIRED)


def test_a_link_that_is_made_too_late_is_over_at_once(shop: Shop) -> None:
    shop.context = replace(shop.context, expires_at=Instant(system_now() - 60_000))
    shop.present()
    assert shop.check().failure is FailureCode.EXPIRED


def test_another_amount_is_reported_as_it_was_paid(shop: Shop) -> None:
    shop.present()
    shop.customer(amount=10_001)
    assert shop.check().received_minor == 10_001


def test_a_link_is_paid_once(shop: Shop) -> None:
    shop.paid()
    assert shop.play.stage.refused("pay", offer=f"lean:{shop.context.provider_ref}") == (409, "paid")


def test_doubled_and_late_events_are_the_same_receipt(shop: Shop) -> None:
    shop.play.chaos(duplicate=2, delay_s=0.05)
    result = shop.paid()
    assert shop.notices() == [result.receipt] * 3


def test_an_event_by_somebody_else_is_not_believed(shop: Shop) -> None:
    shop.play.chaos(bad_signature=True)
    shop.paid()
    for delivery in shop.play.news():
        with pytest.raises(NotificationRefused) as refusal:
            shop.heard(delivery)
        assert refusal.value.reason == "signature"


def test_a_payment_whose_every_event_is_lost_is_found_by_asking(shop: Shop) -> None:
    shop.play.chaos(drop=True)
    assert shop.paid().status is RailStatus.SUCCESS
    assert shop.play.news() == []


def test_a_link_whose_making_went_unanswered_is_made_again_and_paid_once(shop: Shop, line: ForgetfulLine) -> None:
    line.forget("/payment-links/v1")
    assert shop.present().status is RailStatus.UNKNOWN
    assert shop.check().status is RailStatus.PENDING
    assert shop.present().status is RailStatus.PENDING
    shop.customer()
    shop.context = replace(shop.context, provider_ref="")
    assert shop.check().status is RailStatus.SUCCESS
    assert len(shop.notices()) == 1


@pytest.mark.parametrize(
    ("status", "failure"), [(429, FailureCode.RATE_LIMITED), (500, FailureCode.PROVIDER_UNAVAILABLE)]
)
def test_leans_own_trouble_is_never_a_decline(shop: Shop, status: int, failure: FailureCode) -> None:
    shop.play.chaos(call_fails=1, call_fail_status=status)
    assert shop.present().failure is failure
    assert shop.present().status is RailStatus.PENDING


def test_good_credentials_pass_the_connection_test_and_bad_ones_do_not(shop: Shop) -> None:
    shop.context = replace(shop.context, reference="BANATEST", amount_minor=1)
    assert shop.check().failure is None
    good = dict(shop.credentials)
    for wrong in ({"client_id": "other"}, {"client_secret": "other"}):
        shop.credentials = changed(good, **wrong)
        assert shop.check().failure is FailureCode.CREDENTIALS_REJECTED


def test_a_payment_that_is_not_wanted_any_more_cannot_be_paid(shop: Shop) -> None:
    shop.present()
    assert [shop.withdraw().status for _ in range(2)] == [RailStatus.SUCCESS] * 2
    assert shop.play.stage.refused("pay", offer=f"lean:{shop.context.provider_ref}") == (409, "expired")
    assert shop.check().failure is FailureCode.PAYER_CANCELLED


@pytest.mark.parametrize("outcome", ["", "PENDING_WITH_BANK"])
def test_a_payment_that_a_bank_has_taken_up_cannot_be_withdrawn(shop: Shop, outcome: str) -> None:
    shop.paid(outcome)
    result = shop.withdraw()
    assert (result.status, result.failure) == (RailStatus.FAILED, FailureCode.INVALID_TRANSITION)


# ---- refunds


@pytest.mark.parametrize(("deed", "status"), [("refund_goes", RailStatus.SUCCESS), ("refund_fails", RailStatus.FAILED)])
def test_a_refund_ends_as_lean_says(shop: Shop, deed: str, status: RailStatus) -> None:
    shop.paid()
    order = shop.order()
    asked = shop.refund(order)
    assert (asked.status, asked.received_minor) == (RailStatus.PENDING, 1_050)
    shop.customer("do", deed=deed)
    assert shop.check_refund(replace(order, provider_ref=asked.provider_ref)).status is status
    assert shop.check().status is RailStatus.SUCCESS


def test_money_is_given_back_in_part_then_whole_and_no_more(shop: Shop) -> None:
    shop.paid()
    asked = [shop.refund(shop.order(amount, number)) for number, amount in enumerate((2_050, 10_000, 1))]
    assert [result.status for result in asked] == [RailStatus.PENDING, RailStatus.PENDING, RailStatus.FAILED]
    assert asked[2].failure is FailureCode.AMOUNT_MISMATCH


def test_a_refund_that_went_unanswered_is_found_and_given_once(shop: Shop, line: ForgetfulLine) -> None:
    shop.paid()
    order = shop.order()
    assert shop.check_refund(order).status is RailStatus.UNKNOWN
    line.forget("/payouts/refunds")
    assert shop.refund(order).status is RailStatus.UNKNOWN
    found = shop.check_refund(order)
    assert found.status is RailStatus.PENDING
    assert shop.refund(order).provider_ref == found.provider_ref
    given = [row for row in shop.play.stage.state()["stall_refunds"] if row["id"] == found.provider_ref]
    assert [row["amount"] for row in given] == [1_050]


# ---- by itself


def test_an_event_as_lean_publishes_it_is_signed_in_base64_and_names_no_bill(
    tmp_path: Path, http: httpx.Client
) -> None:
    facts = {"client_id": "app-1", "encoding": "base64"}
    with listening() as receiver:
        with playing(receiver, "lean", SECRETS, facts, tmp_path) as play:
            shop = Shop(play, http).waiting_for_money()
            assert shop.paid().status is RailStatus.SUCCESS
            assert [type(shop.heard(delivery)) for delivery in play.news()] == [Ignored, Ignored]
            assert shop.refund(shop.order()).status is RailStatus.PENDING
        with playing(receiver, "lean", SECRETS, facts, tmp_path) as play:
            again = changed(dict(shop.credentials), base_url=play.url, auth_url=play.url)
            shop.credentials = again
            assert shop.check_refund(shop.order()).status is RailStatus.SUCCESS


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/payment-links/v1", "[]", 400),
        ("POST", "/payment-links/v1", "{}", 400),
        ("POST", "/payment-links/v1", '{"payment_details":{"reference":"x","currency":"VND","amount":1}}', 400),
        ("POST", "/payment-links/v1", '{"payment_details":{"reference":"x","currency":"AED","amount":1.005}}', 400),
        ("POST", "/payment-links/v1", '{"payment_details":{"reference":"x","currency":"AED","amount":"1"}}', 400),
        ("GET", "/payment-links/v1?size=0", "", 400),
        ("GET", "/payment-links/v1?page=x", "", 400),
        ("GET", "/payment-links/v1/none", "", 404),
        ("GET", "/payments/v1/none", "", 404),
        ("POST", "/payouts/refunds", "{}", 400),
        ("POST", "/payouts/refunds", '[{"payment_id":"none","amount":1}]', 404),
    ],
)
def test_a_request_that_is_none_is_refused(shop: Shop, method: str, path: str, body: str, status: int) -> None:
    form = {"client_id": "app-1", "client_secret": SECRETS["client_secret"], "scope": "api"}
    token = shop.http.post(f"{shop.play.url}/oauth2/token", data=form).json()["access_token"]
    headers = {"authorization": f"Bearer {token}"}
    assert shop.http.request(method, f"{shop.play.url}{path}", content=body, headers=headers).status_code == status
    assert shop.http.request(method, f"{shop.play.url}{path}", content=body).status_code == 401


def test_the_simulators_signature_reproduces_the_sample_in_both_encodings() -> None:
    vector = json.loads((VECTORS / "lean_webhook.json").read_text())["vectors"][0]
    for encoding in ("hex", "base64"):
        assert signature(vector["secret"], vector["body"].encode(), encoding) == vector[encoding]
