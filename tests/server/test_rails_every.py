"""Every provider from the till to its page and back over real sockets: paid, declined, given back, withdrawn, lost."""

from collections.abc import Iterator
from typing import Final

import pytest

from domain.errors import FailureCode
from domain.payments import PaymentIntent, PaymentStatus
from domain.rails import Method, Provider, route_of
from tests.server.dollar_shop import PRICE, DollarShop, open_shop

WAYS: Final = {
    Provider.PAYOS: Method.VIETQR,
    Provider.LEAN: Method.OPEN_BANKING,
    Provider.HYPERPAY: Method.CARD,
    Provider.SQUARE: Method.CARD_TERMINAL,
    Provider.VNPAY_SPOS: Method.CARD_TERMINAL,
}
DECLINES: Final = {
    Provider.LEAN: ("INSUFFICIENT_BALANCE", FailureCode.INSUFFICIENT_FUNDS),
    Provider.HYPERPAY: ("800.100.155", FailureCode.INSUFFICIENT_FUNDS),
    Provider.SQUARE: ("BUYER_CANCELED", FailureCode.PAYER_CANCELLED),
    Provider.VNPAY_SPOS: ("", FailureCode.DECLINED),
}
PENDING, PAID, FAILED, CANCELLED = (
    PaymentStatus.PENDING,
    PaymentStatus.PAID,
    PaymentStatus.FAILED,
    PaymentStatus.CANCELLED,
)


@pytest.fixture(scope="module", params=WAYS, ids=lambda provider: provider.value)
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DollarShop]:
    """One shop for each provider, in which every test sells something of its own."""
    with open_shop(tmp_path_factory.mktemp("shop"), request.param) as opened:
        yield opened


@pytest.fixture(autouse=True)
def quiet(shop: DollarShop) -> None:
    """No test hears what an earlier one left under way, nor plays with its switches."""
    shop.play.chaos(reset=True)
    shop.hears()


def sells(shop: DollarShop) -> PaymentIntent:
    """Sell something by the shop's provider."""
    shown = shop.sells(WAYS[shop.provider])
    assert (shown.status, shown.provider) == (PENDING, shop.provider)
    return shown


def stands(shop: DollarShop, payment: PaymentIntent) -> tuple[PaymentStatus, int]:
    """Return how a payment stands, on which the hub and the till agree, and what was received for it."""
    hub, till = shop.at_hub(payment.id), shop.at_till(payment.id)
    assert (hub.status, hub.received_minor, hub.failure) == (till.status, till.received_minor, till.failure)
    return hub.status, hub.received_minor


def can(shop: DollarShop, ability: str) -> bool:
    """Whether the shop's provider can do something."""
    route = route_of(WAYS[shop.provider], shop.provider)
    assert route is not None
    return bool(getattr(route.capabilities, ability))


def test_a_notification_pays_once_whatever_is_asked_and_told_again(shop: DollarShop) -> None:
    payment, before = sells(shop), shop.vouchers()
    shop.customer()
    shop.hears()
    shop.works()
    shop.later()
    assert stands(shop, payment) == (PAID, PRICE)
    shop.heard = 0
    shop.hears(backwards=True)
    shop.later(60_000)
    assert (stands(shop, payment), shop.vouchers() - before) == ((PAID, PRICE), 1)


def test_a_lost_notification_is_found_by_asking(shop: DollarShop) -> None:
    payment, before = sells(shop), shop.vouchers()
    shop.customer()
    shop.hears(deaf=True)
    shop.later()
    assert stands(shop, payment) == (PAID, PRICE)
    assert shop.vouchers() - before == 1


def test_a_notification_that_is_quicker_than_the_answer_pays_too(shop: DollarShop) -> None:
    payment = shop.sells(WAYS[shop.provider], works=False)
    question = shop.hub.reconciler.take(payment.merchant_id, payment.id)
    assert question is not None
    adapter = shop.hub.calls.adapters[shop.provider]
    context = shop.hub.calls.context(question.intent, question.heard_at)
    made = shop.hub.calls.present(adapter, context, shop.clock.at)
    shop.page = made.provider_ref.partition("/")[0] if shop.provider is not Provider.VNPAY_SPOS else shop.offered()
    shop.customer()
    shop.hears()
    assert stands(shop, payment)[0] in (PAID, PaymentStatus.CREATED)  # Lean's and some others' news are no proof yet
    shop.hub.reconciler.ask(question)
    shop.later(60_000)
    assert stands(shop, payment) == (PAID, PRICE)


def test_a_decline_ends_the_payment_with_its_code(shop: DollarShop) -> None:
    if shop.provider not in DECLINES:
        pytest.skip("who does not pay a transfer is not declined")
    outcome, failure = DECLINES[shop.provider]
    payment, before = sells(shop), shop.vouchers()
    shop.customer("decline", **({"outcome": outcome} if outcome else {}))
    shop.hears(deaf=True)
    shop.later()
    if stands(shop, payment)[0] is PENDING:
        shop.customer("expire")  # where another card could be tried, the payment ends with its page
    shop.later(20_000)
    assert stands(shop, payment) == (FAILED, 0)
    assert (shop.at_till(payment.id).failure, shop.vouchers() - before) == (failure, 0)


def test_money_is_given_back_in_part_and_then_the_rest(shop: DollarShop) -> None:
    if not can(shop, "partial_refund"):
        pytest.skip("its provider gives nothing back")
    payment = sells(shop)
    shop.customer()
    shop.hears()
    shop.later()
    assert stands(shop, payment) == (PAID, PRICE)
    for amount in (4_000, 6_000):
        shop.gives_back(payment, amount, f"{shop.provider} {amount}")
        shop.hears()
        shop.clock.forward(60_000)
        shop.asks_for_refunds()
    assert shop.refunds(payment) == [(4_000, "done"), (6_000, "done")]


def test_a_cancelled_payment_can_not_be_paid_any_more(shop: DollarShop) -> None:
    if not can(shop, "withdraw"):
        pytest.skip("its provider takes nothing off the air")
    payment, before = sells(shop), shop.vouchers()
    shop.cancels(payment)
    shop.works()
    shop.later()
    assert ("withdraw", "succeeded") in shop.attempts(payment)
    assert (stands(shop, payment), shop.vouchers() - before) == ((CANCELLED, 0), 0)
    assert shop.play.offer(shop.page)["status"] not in ("open", "paid")
