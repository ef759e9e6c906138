"""From the till to a card or PayPal page and back, over real sockets: paid once, withdrawn, held, taken, let go."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.errors import DomainError, ErrorCode
from domain.ids import Instant, PaymentId
from domain.payments import RECONCILE_WINDOW_MS, PaymentException, PaymentStatus
from domain.rails import Method, Provider, RailResult, RailStatus
from domain.services.hand_confirm import confirm_by_hand
from domain.services.payments import start_payment
from server.rails.stripe import StripeAdapter
from server.workers.expiry import sweep
from server.workers.rail_calls import context_of
from server.workers.schedule import ACT_LEASE_MS
from storage.hub_checks import NEVER
from tests.builders import CASHIER, OWNER, an_id
from tests.server.dollar_shop import PRICE, DollarShop, open_shop
from tests.server.hub_steps import schedule, take_in, work

CARD, PAYPAL = Method.CARD, Method.PAYPAL
PENDING, PAID, CANCELLED, AUTHORIZED = (
    PaymentStatus.PENDING,
    PaymentStatus.PAID,
    PaymentStatus.CANCELLED,
    PaymentStatus.AUTHORIZED,
)
NONE, LATE = PaymentException.NONE, PaymentException.PAID_LATE


@pytest.fixture
def stripe(tmp_path: Path) -> Iterator[DollarShop]:
    """A shop with Stripe."""
    with open_shop(tmp_path, Provider.STRIPE) as shop:
        yield shop


@pytest.fixture
def paypal(tmp_path: Path) -> Iterator[DollarShop]:
    """A shop with PayPal."""
    with open_shop(tmp_path, Provider.PAYPAL) as shop:
        yield shop


def ends(shop: DollarShop, status: PaymentStatus, exception: PaymentException = NONE) -> None:
    """The hub and the till agree on how the last payment ended."""
    for found in (shop.at_hub(shop.sold[-1]), shop.at_till(shop.sold[-1])):
        assert (found.status, found.exception) == (status, exception)


# -- paid


def test_the_till_shows_the_page_as_a_code_and_the_notification_pays_it(stripe: DollarShop) -> None:
    shown = stripe.sells(CARD)
    assert (shown.status, shown.provider) == (PENDING, Provider.STRIPE)
    assert shown.qr_text.startswith(f"{stripe.play.url}/")
    stripe.customer()
    stripe.hears()
    ends(stripe, PAID)
    assert stripe.balances() == {"sales": PRICE}
    stripe.later()
    assert stripe.vouchers() == 1


@pytest.mark.parametrize("asked_first", [True, False])
def test_a_lost_or_a_late_notification_books_the_same_money_once(stripe: DollarShop, asked_first: bool) -> None:
    stripe.sells(CARD)
    stripe.customer()
    if asked_first:
        stripe.later()
        ends(stripe, PAID)
    stripe.hears()
    stripe.later()
    ends(stripe, PAID)
    assert (stripe.vouchers(), stripe.balances()) == (1, {"sales": PRICE})


def test_two_transfers_whose_notifications_were_lost_are_both_booked_by_one_question(tmp_path: Path) -> None:
    with open_shop(tmp_path, Provider.PAYOS) as shop:
        payment = shop.sells(Method.VIETQR)
        for amount in (4_000, 6_000):
            shop.customer(amount=amount)
        question = shop.hub.reconciler.take(payment.merchant_id, payment.id)
        if question is None:
            shop.clock.forward(5_000)
            question = shop.hub.reconciler.take(payment.merchant_id, payment.id)
        assert question is not None
        shop.hub.reconciler.ask(question)
        shop.syncs()
        assert [found(payment.id).received_minor for found in (shop.at_hub, shop.at_till)] == [PRICE, PRICE]
        assert (shop.vouchers(), shop.balances()) == (2, {"sales": PRICE})
        shop.hears()
        shop.later()
        assert (shop.vouchers(), shop.balances()) == (2, {"sales": PRICE})


def test_paypal_is_completed_as_soon_as_it_tells_of_the_approval(paypal: DollarShop) -> None:
    shown = paypal.sells(PAYPAL)
    assert shown.qr_text.startswith(f"{paypal.play.url}/")
    paypal.customer()
    ends(paypal, PENDING)
    paypal.hears()
    paypal.works()  # no time has passed: the notice alone made the hub ask
    ends(paypal, PAID)
    paypal.hears()
    assert (paypal.vouchers(), paypal.balances()) == (1, {"sales": PRICE})


# -- withdrawn


@pytest.mark.parametrize(("provider", "method"), [(Provider.STRIPE, CARD), (Provider.PAYPAL, PAYPAL)])
def test_a_cancelled_payments_page_cannot_be_paid_any_more(tmp_path: Path, provider: Provider, method: Method) -> None:
    with open_shop(tmp_path, provider) as shop:
        payment = shop.sells(method)
        shop.cancels(payment)
        shop.works()
        assert ("withdraw", "succeeded") in shop.attempts(payment)
        if provider is Provider.STRIPE:
            assert shop.play.offer(shop.ref())["status"] == "expired"
        else:
            shop.customer()  # PayPal cancels no order: the customer may approve it, and nobody completes it
            shop.hears()
        shop.later()
        ends(shop, CANCELLED)
        assert shop.vouchers() == 0


def test_a_customer_who_was_quicker_than_the_cancel_has_paid_late(stripe: DollarShop) -> None:
    payment = stripe.sells(CARD)
    stripe.customer()
    stripe.cancels(payment)
    stripe.works()
    assert ("withdraw", "failed") in stripe.attempts(payment)
    ends(stripe, PAID, LATE)
    stripe.hears()
    assert (stripe.vouchers(), stripe.balances()) == (1, {"sales": PRICE})


def test_a_payment_is_withdrawn_although_the_provider_was_away_at_first(stripe: DollarShop) -> None:
    payment = stripe.sells(CARD)
    stripe.cancels(payment)
    stripe.play.chaos(call_fails=1, call_fail_status=503)
    stripe.works()
    assert ("withdraw", "processing") in stripe.attempts(payment)
    stripe.later()
    assert ("withdraw", "succeeded") in stripe.attempts(payment)
    assert stripe.at_hub(payment.id).status is CANCELLED


def test_a_sale_that_was_paid_in_cash_meanwhile_takes_its_page_off_the_air(stripe: DollarShop) -> None:
    payment = stripe.sells(CARD)
    stripe.sells(Method.CASH, bill=payment.bill)
    stripe.later()
    assert stripe.attempts(payment) == [("sale", "pending"), ("withdraw", "succeeded")]
    assert stripe.at_hub(payment.id).status is CANCELLED
    assert stripe.at_till(payment.id).status is CANCELLED
    assert stripe.balances() == {"sales": PRICE}


# -- held, taken, let go


def test_a_sale_that_a_person_confirmed_takes_its_other_pages_off_the_air(stripe: DollarShop) -> None:
    first = stripe.sells(CARD)
    stripe.sells(CARD, bill=first.bill)
    second = stripe.sold[-1]
    till, at = stripe.till.units, stripe.clock.at
    till.run(lambda uow: confirm_by_hand(uow, OWNER, second, at, evidence="Màn hình của khách"))
    stripe.syncs()
    stripe.works()
    assert stripe.attempts(first) == [("sale", "pending"), ("withdraw", "succeeded")]
    assert stripe.at_till(first.id).status is CANCELLED


def test_a_page_for_a_sale_that_has_its_money_already_is_never_made(stripe: DollarShop) -> None:
    first = stripe.sells(CARD)
    stripe.customer()
    stripe.clock.forward(5_000)
    assert work(stripe.hub) == 1, "the hub knows of the money, the till does not"
    second, at = PaymentId(an_id("second")), stripe.clock.at
    stripe.till.units.run(
        lambda uow: start_payment(uow, CASHIER, second, CARD, PRICE, at, online=True, bill=first.bill)
    )
    take_in(stripe.hub, stripe.till)
    assert work(stripe.hub) == 1
    withdrawn = stripe.at_hub(second)
    assert stripe.attempts(withdrawn) == [("sale", "processing"), ("withdraw", "succeeded")]
    assert (withdrawn.status, withdrawn.qr_text) == (CANCELLED, "")


def held(shop: DollarShop, method: Method, *, told: bool = True) -> None:
    """Sell with money that is only held, and let the customer agree."""
    shop.sells(method, capture=False)
    shop.customer()
    shop.hears(deaf=not told)
    shop.later()


@pytest.mark.parametrize("told", [True, False], ids=["notified", "asked"])
@pytest.mark.parametrize(("provider", "method"), [(Provider.STRIPE, CARD), (Provider.PAYPAL, PAYPAL)])
def test_held_money_is_booked_when_it_is_taken_and_not_before(
    tmp_path: Path, provider: Provider, method: Method, told: bool
) -> None:
    with open_shop(tmp_path, provider) as shop:
        held(shop, method, told=told)
        ends(shop, AUTHORIZED)
        payment = shop.at_till(shop.sold[-1])
        assert (payment.held_minor, shop.vouchers()) == (PRICE, 0)
        shop.captures(payment, PRICE)
        shop.works()
        shop.hears()
        ends(shop, PAID)
        assert ("capture", "succeeded") in shop.attempts(payment)
        assert (shop.vouchers(), shop.balances(), shop.at_till(payment.id).held_minor) == (1, {"sales": PRICE}, 0)


@pytest.mark.parametrize("backwards", [True, False])
@pytest.mark.parametrize("answered", [True, False], ids=["answer first", "notification first"])
def test_a_part_that_is_taken_is_the_sale_and_the_rest_is_let_go(
    stripe: DollarShop, answered: bool, backwards: bool
) -> None:
    stripe.sells(CARD, capture=False)
    stripe.customer()
    stripe.later()
    payment = stripe.at_till(stripe.sold[-1])
    stripe.captures(payment, 6_000)
    if answered:
        stripe.works()
    else:
        question = stripe.hub.reconciler.take(payment.merchant_id, payment.id)
        assert question is not None
        assert question.order is not None
        stripe.hub.calls.carry_out(
            stripe.hub.calls.adapters[Provider.STRIPE],
            context_of(question.intent, question.heard_at, question.provider_ref),
            question.order.kind,
            question.order.amount_minor,
            stripe.clock.at,
        )  # and then the hub is gone, before it recorded the answer
    stripe.hears(backwards=backwards)
    stripe.later(120_000)
    ends(stripe, PAID)
    for found in (stripe.at_hub(payment.id), stripe.at_till(payment.id)):
        assert (found.amount_minor, found.received_minor, found.bill.due_minor, found.held_minor) == (6_000,) * 3 + (0,)
    assert stripe.attempts(payment) == [("sale", "succeeded"), ("capture", "succeeded")]
    assert (stripe.vouchers(), stripe.balances()) == (1, {"sales": 6_000})


def test_what_is_under_way_at_the_provider_is_asked_about_after_the_window_of_late_money_too(
    stripe: DollarShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    held(stripe, CARD)
    payment = stripe.at_hub(stripe.sold[-1])
    assert payment.held_until is not None
    stripe.clock.at = Instant(payment.held_until + RECONCILE_WINDOW_MS + 3_600_000)
    under_way = RailResult(RailStatus.PENDING)
    monkeypatch.setattr(StripeAdapter, "capture", lambda *_: under_way)
    monkeypatch.setattr(StripeAdapter, "check", lambda *_: under_way)
    stripe.captures(payment, PRICE)
    stripe.works()
    stripe.later()
    assert ("capture", "pending") in stripe.attempts(payment)
    assert schedule(stripe.hub, payment)[1] < NEVER


def test_a_sale_of_which_a_part_was_ordered_to_be_taken_needs_no_more_money(stripe: DollarShop) -> None:
    held(stripe, CARD)
    payment = stripe.at_till(stripe.sold[-1])
    stripe.captures(payment, 6_000)
    with pytest.raises(DomainError) as refused:
        stripe.sells(Method.CASH, 4_000, bill=payment.bill)
    assert refused.value.code is ErrorCode.BILL_COVERED
    stripe.sold.pop()
    stripe.works()
    ends(stripe, PAID)
    assert stripe.balances() == {"sales": 6_000}


def test_only_a_dead_workers_order_is_taken_over(stripe: DollarShop) -> None:
    held(stripe, CARD)
    payment = stripe.at_till(stripe.sold[-1])
    stripe.captures(payment, PRICE)
    assert stripe.hub.reconciler.take(payment.merchant_id, payment.id) is not None
    stripe.clock.forward(ACT_LEASE_MS - 1)
    assert work(stripe.hub) == 0, "to look whether it was taken, and to take it, may need several calls"
    stripe.clock.forward(1)
    stripe.works()
    ends(stripe, PAID)


def test_money_that_is_only_held_is_not_confirmed_by_hand(stripe: DollarShop) -> None:
    payment = stripe.sells(CARD, capture=False)
    till, at = stripe.till.units, stripe.clock.at

    def confirmed() -> ErrorCode:
        with pytest.raises(DomainError) as refused:
            till.run(lambda uow: confirm_by_hand(uow, OWNER, payment.id, at, evidence="Màn hình của khách"))
        return refused.value.code

    assert confirmed() is ErrorCode.INVALID_TRANSITION, "nobody would order it to be taken any more"
    stripe.customer()
    stripe.later()
    assert confirmed() is ErrorCode.INVALID_TRANSITION


def test_held_money_is_let_go_when_the_payment_is_cancelled(stripe: DollarShop) -> None:
    held(stripe, CARD)
    payment = stripe.at_till(stripe.sold[-1])
    stripe.cancels(payment)
    stripe.works()
    stripe.hears()
    stripe.later()
    ends(stripe, CANCELLED)
    assert ("void", "succeeded") in stripe.attempts(payment)
    assert (stripe.at_hub(payment.id).held_minor, stripe.vouchers()) == (0, 0)


def test_a_hold_that_comes_after_the_cancel_is_let_go_again(stripe: DollarShop) -> None:
    payment = stripe.sells(CARD, capture=False)
    stripe.customer()
    stripe.cancels(payment)
    stripe.works()
    stripe.hears()
    stripe.later()
    ends(stripe, CANCELLED)
    assert ("void", "succeeded") in stripe.attempts(payment)
    assert stripe.at_hub(payment.id).held_minor == 0


def test_a_hold_that_the_provider_lets_go_ends_the_payment(stripe: DollarShop) -> None:
    held(stripe, CARD)
    stripe.customer("do", deed="release")
    stripe.hears()
    ends(stripe, PaymentStatus.EXPIRED)
    stripe.later()
    assert (stripe.at_till(stripe.sold[-1]).held_minor, stripe.vouchers()) == (0, 0)


def test_held_money_lives_longer_than_a_code_and_ends_with_its_hold(stripe: DollarShop) -> None:
    held(stripe, CARD)
    payment = stripe.at_hub(stripe.sold[-1])
    assert payment.held_until is not None
    stripe.clock.at = Instant(payment.expires_at + 3_600_000)
    assert sweep(stripe.hub.units, stripe.clock.at) == 0
    stripe.clock.at = Instant(payment.held_until + 600_000)
    assert sweep(stripe.hub.units, stripe.clock.at) == 1
    stripe.works()
    ends(stripe, PaymentStatus.EXPIRED)
    assert ("void", "succeeded") in stripe.attempts(payment)


def refusal(shop: DollarShop, amount: int) -> ErrorCode:
    with pytest.raises(DomainError) as refused:
        shop.captures(shop.at_till(shop.sold[-1]), amount)
    return refused.value.code


def test_no_more_than_is_held_is_taken_and_that_once(stripe: DollarShop) -> None:
    stripe.sells(CARD)
    assert refusal(stripe, PRICE) is ErrorCode.INVALID_TRANSITION
    held(stripe, CARD)
    assert refusal(stripe, PRICE + 1) is ErrorCode.CAPTURE_EXCEEDS
    assert refusal(stripe, 0) is ErrorCode.AMOUNT_INVALID
    payment = stripe.at_till(stripe.sold[-1])
    stripe.captures(payment, PRICE)
    assert refusal(stripe, PRICE) is ErrorCode.INVALID_TRANSITION
    with pytest.raises(DomainError):
        stripe.cancels(payment)
