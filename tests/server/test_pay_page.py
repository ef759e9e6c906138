"""The hub's page on which a card is typed into its provider's widget: who may open it, what it loads and does."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from domain.errors import FailureCode
from domain.payments import PaymentIntent, PaymentStatus
from domain.rails import Method, Provider, RailResult, RailStatus
from domain.routing import Wish, choices
from server.limits import PAY_PAGE
from server.workers.rail_calls import RailCalls
from server.workers.schedule import ACT_LEASE_MS, DOUBT_MS
from tests.server.dollar_shop import PRICE, DollarShop, open_shop

PENDING, PAID, FAILED = PaymentStatus.PENDING, PaymentStatus.PAID, PaymentStatus.FAILED
GOOD, DECLINED = "fake-valid-nonce", "fake-processor-declined-visa-nonce"


@pytest.fixture(scope="module")
def braintree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DollarShop]:
    """A shop whose cards go to Braintree."""
    with open_shop(tmp_path_factory.mktemp("braintree"), Provider.BRAINTREE, with_pages=True) as shop:
        yield shop


@pytest.fixture(scope="module")
def hyperpay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DollarShop]:
    """A shop whose cards go to HyperPay."""
    with open_shop(tmp_path_factory.mktemp("hyperpay"), Provider.HYPERPAY, with_pages=True) as shop:
        yield shop


@pytest.fixture(autouse=True)
def rested(braintree: DollarShop, hyperpay: DollarShop) -> None:
    """No test is refused for what an earlier one asked."""
    for shop in (braintree, hyperpay):
        shop.clock.forward(PAY_PAGE.burst * PAY_PAGE.refill_ms)


def opens(shop: DollarShop, link: str, language: str = "en", **query: str) -> httpx.Response:
    """Open a page as a customer's browser does."""
    assert shop.customers is not None
    return shop.customers.get(link, params=query or None, headers={"accept-language": language})


def pays(shop: DollarShop, payment: PaymentIntent, nonce: str) -> httpx.Response:
    """Send what Drop-in put into the page's form, and return the page that is shown then."""
    assert shop.customers is not None
    said = shop.customers.post(payment.qr_text, data={"nonce": nonce})
    assert said.status_code == 303
    shop.syncs()
    return opens(shop, said.headers["location"])


def ends(shop: DollarShop, payment: PaymentIntent, status: PaymentStatus, received: int) -> None:
    """The hub and the till agree on how a payment ended."""
    for found in (shop.at_hub(payment.id), shop.at_till(payment.id)):
        assert (found.status, found.received_minor) == (status, received)


# -- the page


def test_the_till_shows_the_hubs_page_which_loads_the_providers_script_alone(braintree: DollarShop) -> None:
    payment = braintree.sells(Method.CARD)
    assert payment.qr_text.startswith(f"{braintree.hub.links.public_url}/pay/")
    page = opens(braintree, payment.qr_text)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    policy = page.headers["content-security-policy"]
    [nonce] = re.findall(r"'nonce-([\w-]+)'", policy)
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert scripts.split()[1:] == [f"'nonce-{nonce}'", braintree.play.url, "https://assets.braintreegateway.com"]
    assert {"default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"} <= set(policy.split("; "))
    tags = re.findall(r"<script([^>]*)>", page.text)
    source = f' id="card-script" src="{braintree.play.url}/web/dropin/1.44.1/js/dropin.min.js"'
    assert tags == [f' nonce="{nonce}"', source, f' nonce="{nonce}"']
    assert "100.00" in page.text
    assert payment.reference in page.text
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    script = httpx.get(re.findall(r'src="([^"]+)"', page.text)[0], trust_env=False)
    assert "window.braintree" in script.text


def test_hyperpays_widget_leads_to_its_own_page_and_back(hyperpay: DollarShop) -> None:
    payment = hyperpay.sells(Method.CARD, option="mada")
    page = opens(hyperpay, payment.qr_text)
    assert f'<form action="{payment.qr_text}" class="paymentWidgets" data-brands="MADA"></form>' in page.text
    [address] = re.findall(r' src="([^"]+)"', page.text)
    assert address == f"{hyperpay.play.url}/v1/paymentWidgets.js?checkoutId={hyperpay.page}"
    assert f"Order: {payment.reference} · mada" in page.text
    hosted = f"{hyperpay.play.url}/pay/hyperpay/{hyperpay.page}"
    assert hosted in httpx.get(address, trust_env=False).text
    back = f"{payment.qr_text}?resourcePath=x"
    waiting = httpx.get(hosted, params={"back": back, "lang": "en"}, trust_env=False)
    assert "Back to the shop" not in waiting.text
    hyperpay.customer()
    paid = httpx.get(hosted, params={"back": back, "lang": "en"}, trust_env=False)
    assert f'href="{back}">Back to the shop</a>' in paid.text
    assert "Thank you" in opens(hyperpay, back).text
    elsewhere = httpx.get(hosted, params={"back": "javascript:alert(1)", "lang": "en"}, trust_env=False)
    assert "Back to the shop" not in elsewhere.text


def test_a_card_form_that_does_not_come_is_told_of_instead_of_an_empty_page(
    braintree: DollarShop, hyperpay: DollarShop
) -> None:
    for shop in (braintree, hyperpay):
        page = opens(shop, shop.sells(Method.CARD).qr_text)
        [hidden] = re.findall(r'<p class="state" id="away" role="alert" hidden>([^<]*)</p>', page.text)
        assert "cannot be opened" in hidden
        watch, script = page.text.index('addEventListener("error"'), page.text.index('id="card-script"')
        assert watch < script  # a listener after it would hear nothing


def test_a_payment_whose_time_is_over_shows_no_card_form_while_it_still_stands(braintree: DollarShop) -> None:
    payment = braintree.sells(Method.CARD)
    braintree.clock.forward(payment.expires_at - braintree.clock.at - 1)
    assert "<script" in opens(braintree, payment.qr_text).text
    braintree.clock.forward(1)
    page = opens(braintree, payment.qr_text)
    assert "over" in page.text
    assert "<script" not in page.text
    assert braintree.at_hub(payment.id).status is PENDING


def test_the_option_chosen_at_the_counter_is_the_card_that_hyperpay_charges(hyperpay: DollarShop) -> None:
    rules = hyperpay.till.units.run(lambda uow: uow.shop.rules.payments)
    wish = Wish(Method.CARD, "SAR", PRICE, "2026-11-21")
    offered = [choice.option for choice in choices(rules, wish, {})]
    assert offered == ["card", "mada", "visa", "mastercard"]
    for option, brands in zip(offered, ("MADA VISA MASTER", "MADA", "VISA", "MASTER"), strict=True):
        payment = hyperpay.sells(Method.CARD, option=option)
        assert f'data-brands="{brands}"' in opens(hyperpay, payment.qr_text).text
    hyperpay.customer()
    opens(hyperpay, payment.qr_text, resourcePath="/v1/whatever", id="x")
    hyperpay.syncs()
    ends(hyperpay, payment, PAID, PRICE)
    assert hyperpay.at_hub(payment.id).option == "mastercard", (
        "the last one was paid, and both sides know by which card"
    )


def test_only_who_was_given_the_address_finds_a_page(braintree: DollarShop) -> None:
    one, other = braintree.sells(Method.CARD), braintree.sells(Method.CARD)
    token = one.qr_text.rpartition("/")[2]
    assert len(token) == 32
    guesses = [
        one.qr_text[:-1] + ("0" if token[-1] != "0" else "1"),
        one.qr_text.replace(one.id, other.id),
        one.qr_text.replace(one.merchant_id, "someone"),
        one.qr_text.replace(token, "é"),
    ]
    answers = [opens(braintree, guess) for guess in guesses]
    assert [answer.status_code for answer in answers] == [404] * len(guesses)
    assert braintree.customers is not None
    assert braintree.customers.post(guesses[1], data={"nonce": GOOD}).status_code == 404
    assert all("<script" not in answer.text and one.reference not in answer.text for answer in answers)
    assert answers[0].headers["content-security-policy"].startswith("default-src 'none'; base-uri 'none'")
    assert braintree.at_hub(other.id).status is PENDING


def test_a_page_speaks_the_browsers_language_and_names_the_shop(braintree: DollarShop) -> None:
    link = braintree.sells(Method.CARD).qr_text
    for language, word in (("vi", "Trả "), ("vi-VN,vi;q=0.9,en;q=0.8", "Trả "), ("en-US,vi", "Pay "), ("ar", "Pay ")):
        page = opens(braintree, link, language).text
        assert word in page
        assert f'<html lang="{"vi" if word == "Trả " else "en"}">' in page


def test_an_address_that_asks_too_often_waits(braintree: DollarShop) -> None:
    link = braintree.sells(Method.CARD).qr_text
    answers = [opens(braintree, f"{link}x").status_code for _ in range(PAY_PAGE.burst + 1)]
    assert answers == [404] * PAY_PAGE.burst + [429]


# -- paid


def test_a_nonce_is_charged_once_and_the_page_thanks(braintree: DollarShop) -> None:
    payment, before = braintree.sells(Method.CARD), braintree.vouchers()
    assert "Thank you" in pays(braintree, payment, GOOD).text
    ends(braintree, payment, PAID, PRICE)
    again = pays(braintree, payment, GOOD)
    assert "Thank you" in again.text
    assert "<script" not in again.text
    braintree.later(60_000)
    assert braintree.vouchers() - before == 1


def test_a_declined_card_ends_the_payment_with_its_code(braintree: DollarShop) -> None:
    payment = braintree.sells(Method.CARD)
    assert "declined" in pays(braintree, payment, DECLINED).text
    ends(braintree, payment, FAILED, 0)
    assert braintree.at_till(payment.id).failure is FailureCode.DECLINED


@pytest.mark.parametrize("nonce", ["", "<b>", "é" * 10])
def test_what_is_no_nonce_leaves_the_payment_waiting(braintree: DollarShop, nonce: str) -> None:
    payment = braintree.sells(Method.CARD)
    page = pays(braintree, payment, nonce)
    assert "not charged" in page.text
    assert "<script" in page.text
    ends(braintree, payment, PENDING, 0)
    assert "Thank you" in pays(braintree, payment, GOOD).text


def test_a_provider_that_is_away_for_a_moment_ends_nothing(braintree: DollarShop) -> None:
    payment = braintree.sells(Method.CARD)
    braintree.play.chaos(call_fails=1, call_fail_status=503)
    assert "not charged" in pays(braintree, payment, GOOD).text
    ends(braintree, payment, PENDING, 0)
    assert "Thank you" in pays(braintree, payment, GOOD).text


def test_a_charge_whose_record_was_lost_is_found_by_asking(braintree: DollarShop) -> None:
    payment, before = braintree.sells(Method.CARD), braintree.vouchers()
    hub = braintree.hub
    question = hub.reconciler.take(payment.merchant_id, payment.id)
    if question is None:
        braintree.clock.forward(5_000)
        question = hub.reconciler.take(payment.merchant_id, payment.id)
    assert question is not None
    adapter = hub.calls.adapters[Provider.BRAINTREE]
    context = hub.calls.context(question.intent, question.heard_at)
    hub.calls.charge(adapter, Provider.BRAINTREE, context, GOOD, braintree.clock.at)  # type: ignore[arg-type]  # it does
    braintree.later(120_000)  # and the hub was gone before it recorded the answer
    ends(braintree, payment, PAID, PRICE)
    assert braintree.vouchers() - before == 1


def test_a_customer_who_comes_back_makes_the_hub_ask(hyperpay: DollarShop) -> None:
    payment = hyperpay.sells(Method.CARD)
    hyperpay.customer()
    page = opens(hyperpay, payment.qr_text, resourcePath="/v1/whatever", id="x")
    assert "Thank you" in page.text
    hyperpay.syncs()
    ends(hyperpay, payment, PAID, PRICE)


def test_a_page_that_waits_for_the_bank_looks_again_by_itself(hyperpay: DollarShop) -> None:
    payment = hyperpay.sells(Method.CARD)
    page = opens(hyperpay, payment.qr_text, resourcePath="/v1/whatever", id="x")
    assert 'http-equiv="refresh"' in page.text
    assert "<script" not in page.text
    ends(hyperpay, payment, PENDING, 0)


# -- charged, or perhaps not


@pytest.mark.parametrize("said", [(RailStatus.UNKNOWN, FailureCode.TIMEOUT), (RailStatus.PENDING, None)], ids=str)
@pytest.mark.parametrize("was_made", [False, True], ids=["never made", "made"])
def test_after_a_charge_in_doubt_no_other_card_is_charged_and_nobody_is_told_that_none_was(
    braintree: DollarShop,
    monkeypatch: pytest.MonkeyPatch,
    said: tuple[RailStatus, FailureCode | None],
    was_made: bool,
) -> None:
    payment, before, charges = braintree.sells(Method.CARD), braintree.vouchers(), []
    charge = RailCalls.charge

    def in_doubt(self: RailCalls, *asked: Any) -> RailResult:
        charges.append(asked)
        if was_made:
            charge(self, *asked)
        return RailResult(said[0], failure=said[1])

    monkeypatch.setattr(RailCalls, "charge", in_doubt)
    for _ in range(2):
        page = pays(braintree, payment, GOOD)
        assert "Checking" in page.text
        assert "not charged" not in page.text
        assert "<script" not in page.text
    assert len(charges) == 1
    monkeypatch.undo()
    braintree.later(DOUBT_MS)
    if not was_made:
        ends(braintree, payment, PENDING, 0)
        assert "Thank you" in pays(braintree, payment, GOOD).text
    ends(braintree, payment, PAID, PRICE)
    assert braintree.vouchers() - before == 1


def test_a_charge_is_left_alone_as_long_as_it_may_take(braintree: DollarShop, monkeypatch: pytest.MonkeyPatch) -> None:
    payment, before, charges = braintree.sells(Method.CARD), braintree.vouchers(), []
    charge = RailCalls.charge

    def slow(self: RailCalls, *asked: Any) -> RailResult:
        charges.append(asked)
        if len(charges) == 1:  # every one of its calls takes long, and the customer presses once more in another window
            braintree.clock.forward(ACT_LEASE_MS - 1)
            assert "Checking" in opens(braintree, payment.qr_text).text
            assert not braintree.hub.reconciler.charge(payment.merchant_id, payment.id, GOOD)
        return charge(self, *asked)

    monkeypatch.setattr(RailCalls, "charge", slow)
    braintree.hub.reconciler.charge(payment.merchant_id, payment.id, GOOD)
    assert len(charges) == 1
    assert braintree.vouchers() - before == 1


# -- held, given back, cancelled


def test_held_money_is_taken_later(braintree: DollarShop) -> None:
    payment = braintree.sells(Method.CARD, capture=False)
    assert "Thank you" in pays(braintree, payment, GOOD).text
    assert braintree.at_till(payment.id).status is PaymentStatus.AUTHORIZED
    braintree.captures(braintree.at_till(payment.id), PRICE)
    braintree.works()
    ends(braintree, payment, PAID, PRICE)


def test_after_a_capture_in_doubt_nothing_is_taken_again_at_once(
    braintree: DollarShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment, orders = braintree.sells(Method.CARD, capture=False), []
    pays(braintree, payment, GOOD)
    braintree.captures(braintree.at_till(payment.id), PRICE)

    def in_doubt(self: RailCalls, *asked: Any) -> RailResult:
        orders.append(asked)
        return RailResult(RailStatus.UNKNOWN, failure=FailureCode.TIMEOUT)

    monkeypatch.setattr(RailCalls, "carry_out", in_doubt)
    braintree.works()
    braintree.clock.forward(DOUBT_MS - 1)
    braintree.hub.reconciler.ask_about(payment.merchant_id, payment.id)
    braintree.works()
    assert len(orders) == 1
    monkeypatch.undo()
    braintree.later(1)
    ends(braintree, payment, PAID, PRICE)


def test_money_is_given_back_in_parts_after_settlement_and_whole_before(braintree: DollarShop) -> None:
    settled, fresh = braintree.sells(Method.CARD), braintree.sells(Method.CARD)
    for payment in (settled, fresh):
        pays(braintree, payment, GOOD)
    [(sale,)] = braintree.sales(settled)
    braintree.play.act("do", sale, deed="settles")
    for amount in (4_000, 6_000):
        braintree.gives_back(settled, amount, f"part {amount}")
        braintree.clock.forward(60_000)
        braintree.asks_for_refunds()
    braintree.gives_back(fresh, PRICE, "whole")
    assert braintree.refunds(settled) == [(4_000, "done"), (6_000, "done")]
    assert braintree.refunds(fresh) == [(PRICE, "done")]


def test_a_cancelled_payments_page_charges_nothing(braintree: DollarShop) -> None:
    payment, before = braintree.sells(Method.CARD), braintree.vouchers()
    braintree.cancels(payment)
    page = pays(braintree, payment, GOOD)
    assert "over" in page.text
    assert "<script" not in page.text
    braintree.works()
    assert ("withdraw", "succeeded") in braintree.attempts(payment)
    ends(braintree, payment, PaymentStatus.CANCELLED, 0)
    assert braintree.vouchers() == before


def test_a_link_is_a_path_below_the_public_address(braintree: DollarShop) -> None:
    payment = braintree.sells(Method.CARD)
    assert urlsplit(payment.qr_text).path.split("/")[1:4] == ["pay", payment.merchant_id, payment.id]
