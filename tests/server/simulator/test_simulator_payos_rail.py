"""The hub's client of payOS and the simulated payOS, over sockets: every way that a payment can go."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from domain.errors import FailureCode
from domain.ids import Instant
from domain.matching import payment_reference
from domain.qr import decode
from domain.rails import PaymentContext, RailResult, RailStatus, Receipt
from server.rails.base import Credentials, Ignored, Notice, NotificationRefused
from server.rails.payos import PayosAdapter
from server.simulator.payos import LINKS, signature
from server.simulator.vntime import system_now
from tests.server.rails_samples import CONTEXT, SEPAY_VECTORS, changed, sealed_by_nobody
from tests.server.simulator.simulator_stage import Delivery
from tests.server.simulator.stall_stage import ForgetfulLine, Play, listening, playing

SECRETS = {"api_key": "made-up-api-key", "checksum_key": "made-up-checksum-key"}
FACTS = {"client_id": "client-1", "account_number": "19036512345678", "bank_bin": "970407"}
ADAPTER = PayosAdapter()


@pytest.fixture(scope="module")
def theatre() -> Iterator[Play]:
    """A simulator with payOS in it, for all tests."""
    with listening() as receiver, playing(receiver, "payos", SECRETS, FACTS) as play:
        yield play


@pytest.fixture(scope="module")
def line() -> ForgetfulLine:
    """The hub's line to payOS."""
    return ForgetfulLine()


@pytest.fixture(scope="module")
def http(line: ForgetfulLine) -> Iterator[httpx.Client]:
    """The hub's one client."""
    with httpx.Client(transport=line) as client:
        yield client


class Shop:
    """One payment of the shop at the simulated payOS."""

    def __init__(self, play: Play, http: httpx.Client) -> None:
        self.play = play
        self.http = http
        self.credentials: Credentials = sealed_by_nobody(
            base_url=play.url,
            checkout_url=f"{play.url}/pay/payos",
            client_id=FACTS["client_id"],
            **SECRETS,
        )
        now = system_now()
        self.context: PaymentContext = replace(
            CONTEXT,
            reference=payment_reference("01", "A", play.scene),
            amount_minor=45_000,
            created_at=Instant(now),
            expires_at=Instant(now + 900_000),
        )

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

    def paid(self, **more: Any) -> RailResult:
        self.present()
        self.customer(**more)
        return self.check()

    def heard(self, delivery: Delivery) -> Notice:
        at = Instant(system_now())
        return ADAPTER.read_notification(self.credentials, delivery.headers, delivery.body, at)

    def notices(self) -> list[Notice]:
        return [self.heard(delivery) for delivery in self.play.news()]


@pytest.fixture
def shop(theatre: Play, http: httpx.Client) -> Shop:
    """A new payment of 45 000 dong."""
    theatre.next_scene()
    return Shop(theatre, http)


def test_a_code_is_made_paid_and_notified_as_one_receipt(shop: Shop) -> None:
    made = shop.present()
    code = decode(made.qr_text)
    assert (made.status, code.amount_minor, code.account_or_card) == (RailStatus.PENDING, 45_000, "19036512345678")
    assert shop.check() == replace(made, qr_text="", link="", response=shop.check().response)
    shop.play.stage.control("pay", qr_text=made.qr_text)
    result = shop.check()
    assert (result.status, result.received_minor) == (RailStatus.SUCCESS, 45_000)
    assert result.receipt is not None
    assert result.receipt.text == shop.context.reference
    assert shop.notices() == [result.receipt]


def test_a_customer_pays_on_the_page_of_the_link(shop: Shop) -> None:
    assert shop.http.post(shop.present().link, data={"act": "pay"}).status_code == 303
    assert shop.check().status is RailStatus.SUCCESS


@pytest.mark.parametrize("amount", [20_000, 50_000])
def test_another_amount_is_reported_as_it_was_received(shop: Shop, amount: int) -> None:
    result = shop.paid(amount=amount)
    assert (result.status, result.received_minor) == (RailStatus.SUCCESS, amount)


def test_the_rest_of_a_short_payment_is_told_after_it(shop: Shop) -> None:
    first = shop.paid(amount=20_000)
    assert shop.check().receipt == first.receipt
    shop.customer(amount=25_000)
    notices = shop.notices()
    assert [notice.amount_minor for notice in notices if isinstance(notice, Receipt)] == [20_000, 25_000]
    assert len({notice.dedupe_key for notice in notices if isinstance(notice, Receipt)}) == 2
    assert shop.play.stage.refused("pay", offer=f"payos:{shop.context.provider_ref}") == (409, "paid")


@pytest.mark.parametrize(
    ("act", "more", "failure"),
    [
        ("pay", {"outcome": "CANCELLED"}, FailureCode.PAYER_CANCELLED),
        ("expire", {}, FailureCode.EXPIRED),
    ],
)
def test_a_payment_that_nobody_made_says_why(shop: Shop, act: str, more: dict[str, str], failure: FailureCode) -> None:
    shop.present()
    shop.customer(act, **more)
    result = shop.check()
    assert (result.status, result.failure, shop.notices()) == (RailStatus.FAILED, failure, [])


def test_money_after_the_end_of_the_time_is_still_money(shop: Shop) -> None:
    shop.present()
    shop.customer("expire")
    shop.customer("pay", late=True)
    assert shop.check().status is RailStatus.SUCCESS
    assert len(shop.notices()) == 1


def test_a_code_whose_time_is_over_is_over_without_anybodys_doing(shop: Shop) -> None:
    shop.context = replace(shop.context, expires_at=Instant(system_now() - 60_000))
    shop.present()
    assert shop.check().failure is FailureCode.EXPIRED


def test_doubled_and_late_webhooks_are_the_same_receipt(shop: Shop) -> None:
    shop.play.chaos(duplicate=2, delay_s=0.05)
    shop.paid()
    notices = shop.notices()
    assert (len(notices), len(set(notices))) == (3, 1)


def test_a_webhook_by_somebody_else_is_not_believed(shop: Shop) -> None:
    shop.play.chaos(bad_signature=True)
    shop.paid()
    (delivery,) = shop.play.news()
    with pytest.raises(NotificationRefused) as refusal:
        shop.heard(delivery)
    assert refusal.value.reason == "signature"


def test_a_payment_whose_every_webhook_is_lost_is_found_by_asking(shop: Shop) -> None:
    shop.play.chaos(drop=True)
    assert shop.paid().status is RailStatus.SUCCESS
    assert shop.play.news() == []


def test_what_the_bank_makes_of_the_text_does_not_matter(shop: Shop) -> None:
    shop.play.chaos(text_style="exact", cut_text_at=5)
    shop.paid()
    (notice,) = shop.notices()
    assert isinstance(notice, Receipt)
    assert notice.text == shop.context.reference


def test_a_code_whose_answer_was_lost_is_shown_by_its_page_and_paid_once(shop: Shop, line: ForgetfulLine) -> None:
    line.forget(LINKS)
    assert shop.present().status is RailStatus.UNKNOWN
    assert shop.check().status is RailStatus.PENDING
    again = shop.present()
    assert (again.status, again.qr_text) == (RailStatus.PENDING, "")
    assert shop.http.post(again.link, data={"act": "pay"}).status_code == 303
    assert shop.check().status is RailStatus.SUCCESS
    assert shop.present().status is RailStatus.UNKNOWN
    assert len(shop.notices()) == 1


def test_a_payment_before_the_answer_to_its_making_is_found(shop: Shop) -> None:
    shop.play.chaos(notify_before_create=True)
    shop.present()
    (notice,) = shop.notices()
    assert isinstance(notice, Receipt)
    assert shop.check().status is RailStatus.SUCCESS


@pytest.mark.parametrize(
    ("status", "failure"), [(429, FailureCode.RATE_LIMITED), (500, FailureCode.PROVIDER_UNAVAILABLE)]
)
def test_payos_own_trouble_is_never_a_decline(shop: Shop, status: int, failure: FailureCode) -> None:
    shop.play.chaos(call_fails=1, call_fail_status=status)
    result = shop.present()
    assert result.failure is failure
    assert result.status is (RailStatus.FAILED if status == 429 else RailStatus.UNKNOWN)
    assert shop.present().status is RailStatus.PENDING


def test_good_credentials_pass_the_connection_test_and_bad_ones_do_not(shop: Shop) -> None:
    shop.context = replace(shop.context, reference="BANATEST", amount_minor=1)
    assert shop.check().failure is None
    good = dict(shop.credentials)
    for wrong in ({"client_id": "other"}, {"api_key": "other"}):
        shop.credentials = changed(good, **wrong)
        assert shop.check().failure is FailureCode.CREDENTIALS_REJECTED


def test_a_wrong_checksum_key_is_told_when_a_code_is_made(shop: Shop) -> None:
    shop.credentials = changed(dict(shop.credentials), checksum_key="other")
    assert shop.present().failure is FailureCode.CREDENTIALS_REJECTED


def test_a_text_that_is_too_long_for_the_account_is_refused(shop: Shop) -> None:
    shop.credentials = changed(dict(shop.credentials), description_length="25")
    assert shop.present().status is RailStatus.FAILED


def test_a_payment_that_is_not_wanted_any_more_cannot_be_paid(shop: Shop) -> None:
    assert shop.withdraw().status is RailStatus.SUCCESS
    shop.present()
    assert [shop.withdraw().status for _ in range(2)] == [RailStatus.SUCCESS] * 2
    assert shop.play.stage.refused("pay", offer=f"payos:{shop.context.provider_ref}") == (409, "expired")


def test_a_paid_payment_cannot_be_withdrawn(shop: Shop) -> None:
    shop.paid()
    result = shop.withdraw()
    assert (result.status, result.failure) == (RailStatus.FAILED, FailureCode.INVALID_TRANSITION)


def test_a_withdrawal_whose_answer_was_lost_is_asked_again(shop: Shop, line: ForgetfulLine) -> None:
    shop.present()
    line.forget("/cancel")
    assert [shop.withdraw().status for _ in range(2)] == [RailStatus.UNKNOWN, RailStatus.SUCCESS]


def test_the_call_that_confirms_the_address_is_accepted_and_is_no_money(shop: Shop) -> None:
    headers = {"x-client-id": "client-1", "x-api-key": SECRETS["api_key"]}
    body = {"webhookUrl": shop.play.receiver.url("/payos")}
    assert shop.http.post(f"{shop.play.url}/confirm-webhook", json=body, headers=headers).json()["code"] == "00"
    shop.present()
    shop.customer("do", deed="test_call")
    assert [type(notice) for notice in shop.notices()] == [Ignored, Ignored]
    elsewhere = {"webhookUrl": "https://elsewhere.example/x"}
    assert shop.http.post(f"{shop.play.url}/confirm-webhook", json=elsewhere, headers=headers).json()["code"] == "20"


@pytest.mark.parametrize("body", [b"[]", b'{"orderCode": "1"}', b'{"orderCode": 1, "amount": 1, "description": "x"}'])
def test_a_request_that_is_none_is_refused(shop: Shop, body: bytes) -> None:
    headers = {"x-client-id": "client-1", "x-api-key": SECRETS["api_key"]}
    assert shop.http.post(f"{shop.play.url}{LINKS}", content=body, headers=headers).json()["code"] == "20"


def test_the_simulators_signature_reproduces_the_published_one() -> None:
    vector = SEPAY_VECTORS["payos"]
    assert signature(vector["data"], vector["key"]) == vector["signature"]
