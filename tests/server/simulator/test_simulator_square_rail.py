"""The hub's client of Square and the simulated Square, over sockets: every way that a payment and a refund can go."""

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
from server.rails.square import SquareAdapter
from server.rails.square_codes import CODES
from server.simulator.square_wire import DECLINES
from server.simulator.vntime import system_now
from tests.server.rails_samples import changed, sealed_by_nobody
from tests.server.simulator.simulator_stage import Delivery
from tests.server.simulator.stall_stage import ForgetfulLine, Play, listening, playing
from tests.server.square_samples import GIVE_BACK, LINKED

SECRETS = {"access_token": "made-up-square-token", "signature_key": "made-up-key"}
FACTS = {"location_id": "L1", "device_id": "DEVICE1"}
ADAPTER = SquareAdapter()
WAYS = ("link", "terminal")


@pytest.fixture(scope="module")
def theatre() -> Iterator[Play]:
    """A simulator with Square in it, for all tests."""
    with listening() as receiver, playing(receiver, "square", SECRETS, FACTS) as play:
        yield play


@pytest.fixture(scope="module")
def line() -> ForgetfulLine:
    """The hub's line to Square."""
    return ForgetfulLine()


@pytest.fixture(scope="module")
def http(line: ForgetfulLine) -> Iterator[httpx.Client]:
    """The hub's one client."""
    with httpx.Client(transport=line) as client:
        yield client


class Shop:
    """One payment of the shop at the simulated Square."""

    def __init__(self, play: Play, http: httpx.Client) -> None:
        self.play = play
        self.http = http
        notified = play.receiver.url("/square")
        facts = {**FACTS, **SECRETS, "notification_url": notified}
        self.credentials: Credentials = sealed_by_nobody(base_url=play.url, **facts)
        now = system_now()
        self.context: PaymentContext = replace(
            LINKED,
            reference=f"BANA01A{play.scene:06d}X",
            provider_ref="",
            created_at=Instant(now),
            expires_at=Instant(now + 900_000),
        )

    def by(self, option: str, *, capture: bool = True) -> "Shop":
        """Choose the way to pay."""
        self.context = replace(self.context, option=option, capture=capture)
        return self

    def present(self) -> RailResult:
        result = ADAPTER.present(self.http, self.credentials, self.context)
        self.context = replace(self.context, provider_ref=result.provider_ref)
        return result

    def check(self) -> RailResult:
        return ADAPTER.check(self.http, self.credentials, self.context)

    def customer(self, act: str = "pay", **more: object) -> None:
        self.play.act(act, self.context.provider_ref.partition("/")[0], **more)

    def paid(self, outcome: str = "") -> RailResult:
        self.present()
        self.customer("pay", outcome=outcome)
        return self.check()

    def capture(self, amount_minor: int) -> RailResult:
        self.play.stage.idle()
        return ADAPTER.capture(self.http, self.credentials, self.context, amount_minor)

    def void(self) -> RailResult:
        self.play.stage.idle()
        return ADAPTER.void(self.http, self.credentials, self.context)

    def withdraw(self) -> RailResult:
        return ADAPTER.withdraw(self.http, self.credentials, self.context)

    def refund_order(self, amount_minor: int = 500, number: int = 1) -> RefundOrder:
        paid = self.check()
        reference = f"REFUND-{self.play.scene}-{number}"
        payment = paid.provider_ref
        return replace(GIVE_BACK, reference=reference, amount_minor=amount_minor, payment_provider_ref=payment)

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


@pytest.mark.parametrize("option", WAYS)
def test_a_payment_is_made_paid_and_notified_as_one_receipt(shop: Shop, option: str) -> None:
    made = shop.by(option).present()
    assert (made.status, bool(made.link)) == (RailStatus.PENDING, option == "link")
    assert shop.check().status is RailStatus.PENDING
    shop.customer()
    result = shop.check()
    assert (result.status, result.received_minor, result.hint) == (RailStatus.SUCCESS, 1050, "VISA •••• 1111")
    assert result.receipt is not None
    assert shop.context.reference in result.receipt.text
    assert shop.notices() == [result.receipt]


def test_a_customer_pays_on_the_page_of_the_link(shop: Shop) -> None:
    made = shop.by("link").present()
    assert shop.http.post(made.link, data={"act": "pay"}).status_code == 303
    assert shop.check().status is RailStatus.SUCCESS


def test_a_token_is_charged_at_once_and_only_once(shop: Shop) -> None:
    first, again = shop.by("cnon:card-nonce-ok").present(), shop.present()
    assert (first.status, first.receipt) == (RailStatus.SUCCESS, again.receipt)
    assert shop.check().receipt == first.receipt
    assert shop.notices() == [first.receipt]


@pytest.mark.parametrize("code", DECLINES)
def test_every_decline_of_a_token_has_its_failure(shop: Shop, code: str) -> None:
    result = shop.by(f"cnon:simulated-{code}").present()
    assert (result.status, result.failure) == (RailStatus.FAILED, CODES[code])
    (notice,) = shop.notices()
    assert isinstance(notice, Receipt)
    assert notice.declined


@pytest.mark.parametrize("option", WAYS)
def test_a_declined_card_leaves_the_payment_open_for_another_one(shop: Shop, option: str) -> None:
    assert shop.by(option).paid("INSUFFICIENT_FUNDS").status is RailStatus.PENDING
    shop.customer()
    result = shop.check()
    assert result.status is RailStatus.SUCCESS
    declined, received = shop.notices()
    assert isinstance(declined, Receipt)
    assert declined.declined
    assert received == result.receipt


@pytest.mark.parametrize(
    ("act", "more", "failure"),
    [
        ("pay", {"outcome": "BUYER_CANCELED"}, FailureCode.PAYER_CANCELLED),
        ("expire", {}, FailureCode.EXPIRED),
    ],
)
def test_a_terminal_on_which_nobody_pays_says_why(
    shop: Shop, act: str, more: dict[str, str], failure: FailureCode
) -> None:
    shop.by("terminal").present()
    shop.customer(act, **more)
    result = shop.check()
    assert (result.status, result.failure) == (RailStatus.FAILED, failure)
    assert shop.notices() == []
    texts = {notice.text for delivery in shop.play.news() if isinstance(notice := shop.heard(delivery), Ignored)}
    assert texts == {shop.context.reference}


@pytest.mark.parametrize(("deed", "status"), [("settles", RailStatus.SUCCESS), ("bounces", RailStatus.FAILED)])
def test_a_pending_payment_ends_as_its_bank_says(shop: Shop, deed: str, status: RailStatus) -> None:
    assert shop.by("link").paid("PENDING").status is RailStatus.PENDING
    shop.customer("do", deed=deed)
    assert shop.check().status is status
    (notice,) = shop.notices()
    assert isinstance(notice, Receipt)
    assert notice.declined is (deed == "bounces")


def test_another_amount_is_reported_as_it_was_received(shop: Shop) -> None:
    shop.by("link").present()
    shop.customer(amount=900)
    assert shop.check().received_minor == 900


def test_doubled_and_late_notifications_are_the_same_receipt(shop: Shop) -> None:
    shop.play.chaos(duplicate=2, delay_s=0.05)
    result = shop.by("link").paid()
    assert shop.notices() == [result.receipt] * 3


def test_a_notification_by_somebody_else_is_not_believed(shop: Shop) -> None:
    shop.play.chaos(bad_signature=True)
    shop.by("link").paid()
    (delivery,) = shop.play.news()
    with pytest.raises(NotificationRefused) as refusal:
        shop.heard(delivery)
    assert refusal.value.reason == "signature"


def test_a_payment_whose_every_notification_is_lost_is_found_by_asking(shop: Shop) -> None:
    shop.play.chaos(drop=True)
    assert shop.by("link").paid().status is RailStatus.SUCCESS
    assert shop.play.news() == []


@pytest.mark.parametrize(
    ("option", "path"),
    [("link", "/payment-links"), ("terminal", "/checkouts"), ("cnon:card-nonce-ok", "/payments")],
)
def test_what_went_unanswered_is_found_again_by_asking_and_paid_once(
    shop: Shop, line: ForgetfulLine, option: str, path: str
) -> None:
    line.forget(path)
    assert shop.by(option).present().status is RailStatus.UNKNOWN
    found = shop.check()
    if option.startswith("cnon:"):
        assert found.status is RailStatus.SUCCESS
    else:
        assert found == RailResult(RailStatus.PENDING)
        shop.present()
        shop.customer()
    assert shop.check().status is RailStatus.SUCCESS
    assert len(shop.notices()) == 1


@pytest.mark.parametrize("option", WAYS)
def test_a_payment_made_while_its_id_is_unknown_here_is_found_by_its_reference(shop: Shop, option: str) -> None:
    paid = shop.by(option).paid()
    shop.context = replace(shop.context, provider_ref="")
    assert shop.check().receipt == paid.receipt


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (409, FailureCode.INVALID_TRANSITION),
        (429, FailureCode.RATE_LIMITED),
        (500, FailureCode.PROVIDER_UNAVAILABLE),
    ],
)
def test_squares_own_trouble_is_never_a_decline(shop: Shop, status: int, failure: FailureCode) -> None:
    shop.play.chaos(call_fails=1, call_fail_status=status)
    result = shop.by("cnon:card-nonce-ok").present()
    assert result.failure is failure
    assert result.status is (RailStatus.FAILED if status == 429 else RailStatus.UNKNOWN)
    assert shop.present().status is RailStatus.SUCCESS


def test_wrong_credentials_are_told_as_such(shop: Shop) -> None:
    shop.credentials = changed(dict(shop.credentials), access_token="other")
    assert shop.by("link").present().failure is FailureCode.CREDENTIALS_REJECTED
    assert shop.check().failure is FailureCode.CREDENTIALS_REJECTED


def test_a_device_that_is_not_the_shops_is_refused(shop: Shop) -> None:
    shop.credentials = changed(dict(shop.credentials), device_id="OTHER")
    result = shop.by("terminal").present()
    assert (result.status, result.failure) == (RailStatus.FAILED, FailureCode.ROUTE_NOT_FOUND)


# ---- withdrawing


@pytest.mark.parametrize("option", WAYS)
def test_a_payment_that_is_not_wanted_any_more_is_over_at_square_too(shop: Shop, option: str) -> None:
    shop.by(option).present()
    assert shop.withdraw().status is RailStatus.SUCCESS
    assert shop.withdraw().status is RailStatus.SUCCESS
    assert shop.check().status is RailStatus.FAILED
    refused = shop.play.stage.refused("pay", offer=f"square:{shop.context.provider_ref.partition('/')[0]}")
    assert refused == (409, "expired")


@pytest.mark.parametrize("option", WAYS)
def test_a_paid_payment_cannot_be_withdrawn(shop: Shop, option: str) -> None:
    shop.by(option).paid()
    result = shop.withdraw()
    assert (result.status, result.failure) == (RailStatus.FAILED, FailureCode.INVALID_TRANSITION)


@pytest.mark.parametrize(
    ("act", "more", "status"),
    [("do", {"deed": "device_cancels"}, RailStatus.FAILED), ("pay", {}, RailStatus.SUCCESS)],
)
def test_a_terminal_that_shows_the_payment_decides_itself(
    shop: Shop, act: str, more: dict[str, str], status: RailStatus
) -> None:
    shop.by("terminal").present()
    shop.customer("do", deed="begin")
    assert shop.withdraw().status is RailStatus.PENDING
    shop.customer(act, **more)
    assert shop.check().status is status


def test_a_charge_that_went_unanswered_is_cancelled_by_its_key(shop: Shop, line: ForgetfulLine) -> None:
    line.forget("/payments")
    shop.by("cnon:card-nonce-ok", capture=False).present()
    assert shop.void().status is RailStatus.SUCCESS
    assert shop.check().status is RailStatus.FAILED


# ---- holds


@pytest.mark.parametrize("option", ["terminal", "cnon:card-nonce-ok"])
def test_a_hold_is_taken_in_part_once(shop: Shop, option: str) -> None:
    shop.by(option, capture=False).present()
    if option == "terminal":
        shop.customer()
    held = shop.check()
    assert (held.status, held.authorized_minor, held.received_minor) == (RailStatus.PENDING, 1050, 0)
    assert held.held_until is not None
    assert shop.capture(1051).failure is FailureCode.AMOUNT_MISMATCH
    taken = shop.capture(700)
    assert (taken.status, taken.received_minor) == (RailStatus.SUCCESS, 700)
    assert shop.capture(700).receipt == taken.receipt
    assert shop.void().failure is FailureCode.INVALID_TRANSITION
    notices = shop.notices()
    assert isinstance(notices[0], Authorization)
    assert taken.receipt in notices


def test_a_hold_whose_completion_went_unanswered_is_taken_once(shop: Shop, line: ForgetfulLine) -> None:
    shop.by("cnon:card-nonce-ok", capture=False).present()
    line.forget("/complete")
    assert shop.capture(700).status is RailStatus.UNKNOWN
    assert (shop.check().status, shop.check().received_minor) == (RailStatus.SUCCESS, 700)


def test_a_hold_is_let_go_and_cannot_be_taken_after(shop: Shop, line: ForgetfulLine) -> None:
    shop.by("cnon:card-nonce-ok", capture=False).present()
    line.forget("/cancel")
    assert [shop.void().status for _ in range(2)] == [RailStatus.UNKNOWN, RailStatus.SUCCESS]
    taken = shop.capture(700)
    assert (taken.status, taken.failure) == (RailStatus.FAILED, FailureCode.EXPIRED)
    assert [getattr(notice, "voided", None) for notice in shop.notices()] == [False, True]


def test_a_hold_that_ran_out_has_failed(shop: Shop) -> None:
    shop.by("terminal", capture=False).paid()
    shop.customer("do", deed="release")
    assert (shop.check().status, shop.check().failure) == (RailStatus.FAILED, FailureCode.EXPIRED)


# ---- refunds


def test_money_is_given_back_in_part_then_whole_and_no_more(shop: Shop) -> None:
    shop.by("link").paid()
    part = shop.refund(shop.refund_order(400))
    rest = shop.refund(shop.refund_order(650, 2))
    more = shop.refund(shop.refund_order(1, 3))
    assert (part.status, part.received_minor, rest.status) == (RailStatus.SUCCESS, 400, RailStatus.SUCCESS)
    assert (more.status, more.failure) == (RailStatus.FAILED, FailureCode.AMOUNT_MISMATCH)
    told = [notice for notice in shop.notices() if isinstance(notice, RefundNotice)]
    assert [notice.reference for notice in told] == [f"REFUND-{shop.play.scene}-1", f"REFUND-{shop.play.scene}-2"]
    assert shop.check().status is RailStatus.SUCCESS


def test_the_same_refund_asked_twice_gives_the_money_back_once(shop: Shop) -> None:
    shop.by("link").paid()
    order = shop.refund_order(400)
    first, second = shop.refund(order), shop.refund(order)
    assert (first.provider_ref, second.status) == (second.provider_ref, RailStatus.SUCCESS)
    assert len([notice for notice in shop.notices() if isinstance(notice, RefundNotice)]) == 1


def test_a_refund_that_went_unanswered_is_found_by_its_reference(shop: Shop, line: ForgetfulLine) -> None:
    shop.by("link").paid()
    order = shop.refund_order(400)
    assert shop.check_refund(order).status is RailStatus.UNKNOWN
    line.forget("/refunds")
    assert shop.refund(order).status is RailStatus.UNKNOWN
    found = shop.check_refund(order)
    assert found.status is RailStatus.SUCCESS
    assert shop.check_refund(replace(order, provider_ref=found.provider_ref)).status is RailStatus.SUCCESS
    assert shop.refund(order).provider_ref == found.provider_ref


@pytest.mark.parametrize(
    ("deed", "status"),
    [
        ("refund_succeeds", RailStatus.SUCCESS),
        ("refund_fails", RailStatus.FAILED),
        ("refund_rejected", RailStatus.FAILED),
    ],
)
def test_a_pending_refund_ends_as_square_says(shop: Shop, deed: str, status: RailStatus) -> None:
    shop.by("link").paid("refund_pending")
    order = shop.refund_order(400)
    asked = shop.refund(order)
    assert asked.status is RailStatus.PENDING
    shop.customer("do", deed=deed)
    assert shop.check_refund(replace(order, provider_ref=asked.provider_ref)).status is status
    told = [notice.status for notice in shop.notices() if isinstance(notice, RefundNotice)]
    assert told == [RailStatus.PENDING, status]


def test_a_refund_at_squares_own_desk_names_its_payment_and_nobodys_reference(shop: Shop) -> None:
    paid = shop.by("link").paid()
    shop.customer("do", deed="desk_refund")
    (notice,) = [notice for notice in shop.notices() if isinstance(notice, RefundNotice)]
    assert (notice.payment_provider_ref, notice.amount_minor, notice.reference) == (paid.provider_ref, 1050, "")


@pytest.mark.parametrize(("deed", "stage"), [("dispute_won", DisputeStage.WON), ("dispute_lost", DisputeStage.LOST)])
def test_a_charge_back_is_opened_and_ends(shop: Shop, deed: str, stage: DisputeStage) -> None:
    paid = shop.by("link").paid()
    shop.customer("do", deed="dispute")
    assert shop.refund(shop.refund_order(400)).failure is FailureCode.DECLINED
    shop.customer("do", deed=deed)
    told: list[Any] = [notice for notice in shop.notices() if isinstance(notice, ChargeBack)]
    assert [notice.stage for notice in told] == [DisputeStage.OPENED, stage]
    assert {notice.payment_provider_ref for notice in told} == {paid.provider_ref}
