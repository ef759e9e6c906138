"""The hub's client of PayPal and the simulated PayPal, over sockets: every way that a payment and a refund can go."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from domain.errors import FailureCode
from domain.ids import Instant
from domain.notices import Authorization, ChargeBack, DisputeStage, RefundNotice
from domain.rails import PaymentContext, RailResult, RailStatus, Receipt, RefundOrder
from server.rails.base import Credentials, Ignored, Notice, NotificationRefused
from server.rails.paypal import PaypalAdapter
from server.simulator.paypal_ledger import REFUSED
from server.simulator.vntime import system_now
from tests.server.paypal_samples import DOLLARS, GIVE_BACK
from tests.server.rails_samples import sealed_by_nobody
from tests.server.simulator.simulator_stage import Delivery
from tests.server.simulator.stall_stage import ForgetfulLine, Play, listening, playing

SECRETS = {"client_secret": "made-up-paypal-secret"}
FACTS = {"client_id": "client-1", "webhook_id": "1JE4291016473214C"}
ADAPTER = PaypalAdapter()


@pytest.fixture(scope="module")
def theatre() -> Iterator[Play]:
    """A simulator with PayPal in it, for all tests."""
    with listening() as receiver, playing(receiver, "paypal", SECRETS, FACTS) as play:
        yield play


@pytest.fixture(scope="module")
def line() -> ForgetfulLine:
    """The hub's line to PayPal."""
    return ForgetfulLine()


@pytest.fixture(scope="module")
def http(line: ForgetfulLine) -> Iterator[httpx.Client]:
    """The hub's one client."""
    with httpx.Client(transport=line) as client:
        yield client


class Shop:
    """One payment of the shop at the simulated PayPal."""

    def __init__(self, play: Play, http: httpx.Client, **changes: Any) -> None:
        self.play = play
        self.http = http
        self.credentials: Credentials = sealed_by_nobody(base_url=play.url, **FACTS, **SECRETS)
        reference = f"BANA01A{play.scene:06d}X"
        self.context: PaymentContext = replace(DOLLARS, reference=reference, provider_ref="", **changes)

    def present(self) -> RailResult:
        result = ADAPTER.present(self.http, self.credentials, self.context)
        self.context = replace(self.context, provider_ref=result.provider_ref)
        return result

    def check(self) -> RailResult:
        return ADAPTER.check(self.http, self.credentials, self.context)

    def customer(self, act: str = "pay", **more: object) -> None:
        self.play.act(act, self.context.provider_ref, **more)

    def paid(self, outcome: str = "") -> RailResult:
        self.present()
        self.customer("pay", outcome=outcome)
        return self.check()

    def refund_order(self, amount_minor: int = 500, number: int = 1, **changes: Any) -> RefundOrder:
        paid = self.check()
        reference = f"REFUND-{self.play.scene}-{number}"
        return replace(
            GIVE_BACK,
            reference=reference,
            amount_minor=amount_minor,
            payment_provider_ref=paid.provider_ref,
            **changes,
        )

    def capture(self, amount_minor: int) -> RailResult:
        self.play.stage.idle()
        return ADAPTER.capture(self.http, self.credentials, self.context, amount_minor)

    def void(self) -> RailResult:
        self.play.stage.idle()
        return ADAPTER.void(self.http, self.credentials, self.context)

    def withdraw(self) -> RailResult:
        return ADAPTER.withdraw(self.http, self.credentials, self.context)

    def refund(self, order: RefundOrder) -> RailResult:
        self.play.stage.idle()
        return ADAPTER.refund(self.http, self.credentials, order)

    def check_refund(self, order: RefundOrder) -> RailResult:
        return ADAPTER.check_refund(self.http, self.credentials, order)

    def heard(self, delivery: Delivery) -> Notice:
        at = Instant(system_now())
        return ADAPTER.read_notification(self.credentials, delivery.headers, delivery.body, at)

    def notices(self) -> list[Notice]:
        """Return what the notifications told, without those that moved no money."""
        heard = [self.heard(delivery) for delivery in self.play.news()]
        return [notice for notice in heard if not isinstance(notice, Ignored)]


@pytest.fixture
def shop(theatre: Play, http: httpx.Client) -> Shop:
    """A new payment of 10.50 dollars."""
    theatre.next_scene()
    return Shop(theatre, http)


@pytest.fixture
def holding(theatre: Play, http: httpx.Client) -> Shop:
    """A new payment whose money is only held."""
    theatre.next_scene()
    return Shop(theatre, http, capture=False)


def test_a_payment_is_made_approved_completed_and_notified_as_one_receipt(shop: Shop) -> None:
    made = shop.present()
    assert (made.status, made.link.startswith(shop.play.url)) == (RailStatus.PENDING, True)
    assert shop.check().status is RailStatus.PENDING
    assert shop.http.post(made.link, data={"act": "pay"}).status_code == 303
    result = shop.check()
    assert (result.status, result.received_minor) == (RailStatus.SUCCESS, 1050)
    assert shop.check().receipt == result.receipt
    assert shop.notices() == [result.receipt]
    assert shop.play.offer(shop.context.provider_ref)["status"] == "paid"


def test_an_approval_tells_the_hub_which_payment_to_complete(shop: Shop) -> None:
    shop.present()
    shop.customer()
    (delivery,) = shop.play.news()
    notice = shop.heard(delivery)
    assert isinstance(notice, Ignored)
    assert notice.text == shop.context.reference


@pytest.mark.parametrize("currency", ["AUD", "EUR", "JPY", "SGD"])
def test_every_currency_arrives_to_the_minor_unit(shop: Shop, currency: str) -> None:
    shop.context = replace(shop.context, currency=currency, amount_minor=1234)
    result = shop.paid()
    assert result.receipt is not None
    assert (result.receipt.amount_minor, result.receipt.currency) == (1234, currency)


@pytest.mark.parametrize("outcome", sorted(REFUSED))
def test_a_payer_who_is_refused_fails_by_paypals_word(shop: Shop, outcome: str) -> None:
    result = shop.paid(outcome)
    assert (result.status, result.failure) == (RailStatus.FAILED, FailureCode.DECLINED)
    assert shop.notices() == []


@pytest.mark.parametrize(
    ("outcome", "failure"),
    [("DECLINED", FailureCode.DECLINED), ("INSUFFICIENT_FUNDS", FailureCode.INSUFFICIENT_FUNDS)],
)
def test_a_declined_capture_fails_and_is_notified_as_declined(shop: Shop, outcome: str, failure: FailureCode) -> None:
    result = shop.paid(outcome)
    assert (result.status, result.failure) == (RailStatus.FAILED, failure)
    (notice,) = shop.notices()
    assert isinstance(notice, Receipt)
    assert notice.declined


@pytest.mark.parametrize(
    ("deed", "status", "declined"),
    [("review_passes", RailStatus.SUCCESS, False), ("review_fails", RailStatus.FAILED, True)],
)
def test_a_pending_capture_ends_as_paypals_review_does(
    shop: Shop, deed: str, status: RailStatus, declined: bool
) -> None:
    assert shop.paid("PENDING").status is RailStatus.PENDING
    assert shop.notices() == []
    shop.customer("do", deed=deed)
    assert shop.check().status is status
    (notice,) = shop.notices()
    assert isinstance(notice, Receipt)
    assert notice.declined is declined


def test_another_amount_is_reported_as_it_was_received(shop: Shop) -> None:
    shop.present()
    shop.customer(amount=900)
    assert shop.check().received_minor == 900


def test_doubled_and_late_notifications_are_the_same_receipt(shop: Shop) -> None:
    shop.play.chaos(duplicate=2, delay_s=0.05)
    result = shop.paid()
    assert shop.notices() == [result.receipt] * 3


def test_a_notification_by_somebody_else_is_not_believed(shop: Shop) -> None:
    shop.play.chaos(bad_signature=True)
    assert shop.paid().status is RailStatus.SUCCESS
    deliveries = shop.play.news()
    assert len(deliveries) == 2
    for delivery in deliveries:
        with pytest.raises(NotificationRefused) as refusal:
            shop.heard(delivery)
        assert refusal.value.reason == "signature"


def test_a_payment_whose_every_notification_is_lost_is_found_by_asking(shop: Shop) -> None:
    shop.play.chaos(drop=True)
    assert shop.paid().status is RailStatus.SUCCESS
    assert shop.play.news() == []


def test_an_order_whose_creation_went_unanswered_is_found_again_and_paid_once(shop: Shop, line: ForgetfulLine) -> None:
    line.forget("/orders")
    assert shop.present().status is RailStatus.UNKNOWN
    found = shop.check()
    assert (found.status, found.provider_ref != "", found.link != "") == (RailStatus.PENDING, True, True)
    assert shop.present().provider_ref == found.provider_ref
    shop.customer()
    assert shop.check().status is RailStatus.SUCCESS
    assert len(shop.notices()) == 1


def test_a_capture_that_went_unanswered_is_doubt_until_the_next_check_and_happens_once(
    shop: Shop, line: ForgetfulLine
) -> None:
    shop.present()
    shop.customer()
    line.forget("/capture")
    assert (shop.check().status, shop.check().status) == (RailStatus.UNKNOWN, RailStatus.SUCCESS)
    assert len(shop.notices()) == 1


def test_a_token_that_got_lost_leaves_everything_as_it_was(shop: Shop) -> None:
    shop.present()
    shop.customer()
    shop.play.chaos(lose_answers=1)
    assert (shop.check().status, shop.check().status) == (RailStatus.UNKNOWN, RailStatus.SUCCESS)


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (409, FailureCode.UNEXPECTED_ERROR),
        (429, FailureCode.RATE_LIMITED),
        (500, FailureCode.PROVIDER_UNAVAILABLE),
        (503, FailureCode.PROVIDER_UNAVAILABLE),
    ],
)
def test_paypals_own_trouble_is_never_a_decline(shop: Shop, status: int, failure: FailureCode) -> None:
    shop.present()
    shop.customer()
    shop.play.chaos(call_fails=1, call_fail_status=status)
    result = shop.check()
    assert (result.status, result.failure) == (RailStatus.UNKNOWN, failure)
    assert shop.check().status is RailStatus.SUCCESS


def test_an_order_that_paypal_has_forgotten_is_doubt(shop: Shop) -> None:
    shop.present()
    shop.customer("expire")
    assert (shop.check().status, shop.check().failure) == (RailStatus.UNKNOWN, FailureCode.ROUTE_NOT_FOUND)


def test_wrong_credentials_are_told_as_such(shop: Shop) -> None:
    shop.credentials = sealed_by_nobody(base_url=shop.play.url, **FACTS, client_secret="other")
    assert shop.present().failure is FailureCode.CREDENTIALS_REJECTED
    assert shop.check().status is RailStatus.UNKNOWN


def test_a_withdrawn_payment_is_not_completed_even_if_the_customer_approves_later(shop: Shop) -> None:
    shop.present()
    assert shop.withdraw().status is RailStatus.SUCCESS
    shop.customer()
    result = shop.check()
    assert (result.status, result.failure) == (RailStatus.FAILED, FailureCode.PAYER_CANCELLED)
    assert shop.notices() == []


def test_a_paid_payment_cannot_be_withdrawn(shop: Shop) -> None:
    shop.paid()
    result = shop.withdraw()
    assert (result.status, result.failure) == (RailStatus.FAILED, FailureCode.INVALID_TRANSITION)


# ---- holds


def test_a_hold_is_taken_in_part_and_the_rest_is_let_go(holding: Shop) -> None:
    held = holding.paid()
    assert (held.status, held.authorized_minor, held.received_minor) == (RailStatus.PENDING, 1050, 0)
    assert held.held_until is not None
    taken = holding.capture(700)
    assert (taken.status, taken.received_minor) == (RailStatus.SUCCESS, 700)
    again = holding.capture(700)
    assert again.receipt == taken.receipt
    gone = holding.void()
    assert (gone.status, gone.failure) == (RailStatus.FAILED, FailureCode.INVALID_TRANSITION)
    authorization, receipt = holding.notices()
    assert isinstance(authorization, Authorization)
    assert (authorization.amount_minor, authorization.provider_ref) == (1050, holding.context.provider_ref)
    assert receipt == taken.receipt


def test_a_hold_is_let_go_once_and_cannot_be_taken_after(holding: Shop, line: ForgetfulLine) -> None:
    holding.paid()
    line.forget("/void")
    assert holding.void().status is RailStatus.UNKNOWN
    for _ in range(2):
        assert holding.void().status is RailStatus.SUCCESS
    taken = holding.capture(700)
    assert (taken.status, taken.failure) == (RailStatus.FAILED, FailureCode.EXPIRED)
    assert [getattr(notice, "voided", None) for notice in holding.notices()] == [False, True]


def test_a_hold_that_ran_out_has_failed(holding: Shop) -> None:
    holding.paid()
    holding.customer("do", deed="release")
    assert (holding.check().status, holding.check().failure) == (RailStatus.FAILED, FailureCode.EXPIRED)
    assert holding.void().status is RailStatus.SUCCESS


def test_a_denied_hold_has_failed(holding: Shop) -> None:
    result = holding.paid("DECLINED")
    assert (result.status, result.failure) == (RailStatus.FAILED, FailureCode.DECLINED)


def test_more_than_is_held_is_not_taken(holding: Shop) -> None:
    holding.paid()
    taken = holding.capture(1051)
    assert (taken.status, taken.failure) == (RailStatus.FAILED, FailureCode.AMOUNT_MISMATCH)


# ---- refunds


def test_money_is_given_back_in_part_then_whole_and_no_more(shop: Shop) -> None:
    shop.paid()
    part = shop.refund(shop.refund_order(400))
    rest = shop.refund(shop.refund_order(650, 2))
    more = shop.refund(shop.refund_order(1, 3))
    assert (part.status, part.received_minor, rest.status) == (RailStatus.SUCCESS, 400, RailStatus.SUCCESS)
    assert (more.status, more.failure) == (RailStatus.FAILED, FailureCode.INVALID_TRANSITION)
    told = [notice for notice in shop.notices() if isinstance(notice, RefundNotice)]
    assert sorted(notice.provider_ref for notice in told) == sorted([part.provider_ref, rest.provider_ref])
    assert {notice.status for notice in told} == {RailStatus.SUCCESS}
    assert shop.check().status is RailStatus.SUCCESS


def test_the_same_refund_asked_twice_gives_the_money_back_once(shop: Shop) -> None:
    shop.paid()
    order = shop.refund_order(400)
    first, second = shop.refund(order), shop.refund(order)
    assert (first.provider_ref, second.status) == (second.provider_ref, RailStatus.SUCCESS)
    assert len([notice for notice in shop.notices() if isinstance(notice, RefundNotice)]) == 1


def test_a_refund_that_went_unanswered_is_found_by_its_reference(shop: Shop, line: ForgetfulLine) -> None:
    shop.paid()
    order = shop.refund_order(400)
    line.forget("/refund")
    assert shop.refund(order).status is RailStatus.UNKNOWN
    found = shop.check_refund(order)
    assert found.status is RailStatus.SUCCESS
    assert shop.check_refund(replace(order, provider_ref=found.provider_ref)).status is RailStatus.SUCCESS
    assert shop.refund(order).provider_ref == found.provider_ref


def test_a_refund_that_never_arrived_is_asked_for_again(shop: Shop) -> None:
    shop.paid()
    order = shop.refund_order(400)
    assert shop.check_refund(order).status is RailStatus.UNKNOWN
    assert shop.refund(order).status is RailStatus.SUCCESS


@pytest.mark.parametrize(
    ("deed", "status"), [("refund_succeeds", RailStatus.SUCCESS), ("refund_fails", RailStatus.FAILED)]
)
def test_a_pending_refund_ends_as_paypal_says(shop: Shop, deed: str, status: RailStatus) -> None:
    shop.paid("refund_pending")
    order = shop.refund_order(400)
    asked = shop.refund(order)
    assert asked.status is RailStatus.PENDING
    shop.customer("do", deed=deed)
    assert shop.check_refund(replace(order, provider_ref=asked.provider_ref)).status is status
    told = [notice.status for notice in shop.notices() if isinstance(notice, RefundNotice)]
    assert told == [RailStatus.PENDING, status]


def test_a_refund_at_paypals_own_desk_names_its_payment(shop: Shop) -> None:
    paid = shop.paid()
    shop.customer("do", deed="desk_refund")
    (notice,) = [notice for notice in shop.notices() if isinstance(notice, RefundNotice)]
    assert (notice.payment_provider_ref, notice.amount_minor) == (paid.provider_ref, 1050)


@pytest.mark.parametrize(("deed", "stage"), [("dispute_won", DisputeStage.WON), ("dispute_lost", DisputeStage.LOST)])
def test_a_charge_back_is_opened_once_and_ends(shop: Shop, deed: str, stage: DisputeStage) -> None:
    paid = shop.paid()
    shop.customer("do", deed="dispute")
    shop.customer("do", deed=deed)
    told = [notice for notice in shop.notices() if isinstance(notice, ChargeBack)]
    assert {notice.payment_provider_ref for notice in told} == {paid.provider_ref}
    keys = {notice.dedupe_key: notice.stage for notice in told}
    assert list(keys.values()) == [DisputeStage.OPENED, stage]
