"""HyperPay's client against the simulated HyperPay over a real socket: every outcome, and every failing call."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

import httpx
import pytest

from domain.errors import FailureCode
from domain.ids import Instant
from domain.notices import Authorization, ChargeBack, DisputeStage, RefundNotice
from domain.rails import PaymentContext, RailResult, RailStatus, Receipt, RefundOrder
from server.rails.base import (
    OLDER_MS,
    CallFailed,
    Captures,
    Ignored,
    NotificationRefused,
    RailAdapter,
    Refunds,
    Withdraws,
)
from server.rails.hyperpay_codes import failure_of, meaning_of
from server.simulator.hyperpay import Hyperpay
from server.simulator.hyperpay_wire import DOUBT, MAGIC, PENDING, REVIEW, SLOW
from tests.server.hyperpay_stage import ADAPTER, ENTITY, HYPERPAY, PAGE, HyperpayStage, hyperpay_stage
from tests.server.rails_samples import CONTEXT, answering, changed, moment
from tests.server.simulator.stall_stage import ForgetfulLine

N = TypeVar("N", Receipt, Authorization, Ignored)
REJECTED = [code for code in Hyperpay.outcomes if meaning_of(code) == "rejected"]
OWN_HOST = changed(HYPERPAY, base_url="https://eu-prod.oppwa.com")
RIYALS = replace(CONTEXT, currency="SAR", amount_minor=92_00, page_url=PAGE, created_at=moment("2026-04-17T08:44:00Z"))
PAYMENT: dict[str, Any] = {
    "id": "8ac7a4a1000000010000000200000003",
    "paymentType": "DB",
    "amount": "92.00",
    "currency": "SAR",
    "merchantTransactionId": CONTEXT.reference,
    "result": {"code": "000.000.000"},
    "timestamp": "2026-04-17 08:45:03.120+0000",
}


@pytest.fixture(scope="module")
def opened() -> Iterator[HyperpayStage]:
    """One simulated HyperPay for all tests; payments do not meet."""
    with hyperpay_stage() as running:
        yield running


@pytest.fixture
def world(opened: HyperpayStage) -> HyperpayStage:
    """The simulated HyperPay, well-behaved, in a new scene."""
    opened.play.next_scene()
    return opened


def capture(world: HyperpayStage, context: PaymentContext, amount_minor: int) -> RailResult:
    return ADAPTER.capture(world.http, world.credentials, context, amount_minor)


def void(world: HyperpayStage, context: PaymentContext) -> RailResult:
    return ADAPTER.void(world.http, world.credentials, context)


def told(world: HyperpayStage, kind: type[N]) -> N:
    """Return the one notice of a kind; the two notifications of a payment may overtake each other."""
    (notice,) = [notice for notice in world.notices() if isinstance(notice, kind)]
    return notice


# ---- paying


def test_the_adapter_offers_what_hyperpay_can_do() -> None:
    adapter: RailAdapter = ADAPTER
    assert isinstance(adapter, Refunds)
    assert isinstance(adapter, Captures)
    assert not isinstance(adapter, Withdraws)  # a checkout cannot be closed
    assert "VND" not in adapter.currencies
    assert not adapter.lists_movements


@pytest.mark.parametrize("option", ["", "MADA", "VISA", "MASTER"])
def test_a_checkout_is_paid_and_told_the_same_by_query_and_notification(world: HyperpayStage, option: str) -> None:
    context = world.payment(option=option)
    shown = ADAPTER.present(world.http, world.credentials, context)
    assert (shown.status, shown.failure) == (RailStatus.PENDING, None)
    assert shown.link == PAGE
    context = replace(context, provider_ref=shown.provider_ref)
    assert world.check(context).status is RailStatus.PENDING
    page = f"{world.play.url}/pay/hyperpay/{shown.provider_ref}"
    assert world.http.post(page, data={"act": "pay"}).status_code == 303
    found = world.check(context)
    assert (found.status, found.received_minor) == (RailStatus.SUCCESS, 92_00)
    assert found.hint == ("MADA •••• 0007" if option == "MADA" else "VISA •••• 0007")
    assert told(world, Ignored).text == context.reference
    money = told(world, Receipt)
    assert money == found.receipt
    assert world.check(replace(context, provider_ref=found.provider_ref)).receipt == money


@pytest.mark.parametrize("code", REJECTED)
def test_every_rejection_is_a_failure_for_its_reason(world: HyperpayStage, code: str) -> None:
    context = world.shown()
    world.pay(context, outcome=code)
    for known in (context, replace(context, provider_ref="")):  # the report leaves the amount out
        found = world.check(known)
        assert (found.status, found.failure, found.receipt) == (RailStatus.FAILED, failure_of(code), None)
    assert told(world, Receipt).declined


@pytest.mark.parametrize("code", [PENDING, SLOW])
def test_a_payment_that_takes_its_time_is_pending_until_it_settles(world: HyperpayStage, code: str) -> None:
    context = world.shown()
    world.pay(context, outcome=code)
    assert world.check(context).status is RailStatus.PENDING
    assert {type(notice) for notice in world.notices()} == {Ignored}
    world.play.act("do", context.provider_ref, deed="settles")
    found = world.check(context)
    assert found.status is RailStatus.SUCCESS
    assert world.notices()[-1] == found.receipt


def test_a_timeout_between_banks_is_doubt_until_it_turns_out(world: HyperpayStage) -> None:
    for deed, status in (("settles", RailStatus.SUCCESS), ("fails", RailStatus.FAILED)):
        context = world.shown()
        world.pay(context, outcome=DOUBT)
        found = world.check(context)
        assert (found.status, found.failure) == (RailStatus.UNKNOWN, FailureCode.PROVIDER_UNAVAILABLE)
        world.play.act("do", context.provider_ref, deed=deed)
        assert world.check(context).status is status


def test_a_success_to_be_reviewed_is_paid_and_flagged(world: HyperpayStage) -> None:
    context = world.shown()
    world.pay(context, outcome=REVIEW)
    found = world.check(context)
    assert found.status is RailStatus.SUCCESS
    assert found.receipt is not None
    assert REVIEW in found.receipt.text


@pytest.mark.parametrize("cents", sorted(MAGIC))
def test_the_cents_of_an_amount_choose_the_result(world: HyperpayStage, cents: int) -> None:
    context = world.shown(amount_minor=92_00 + cents)
    world.pay(context)
    assert world.check(context).failure is failure_of(MAGIC[cents])


def test_a_checkout_that_is_over_without_a_payment_has_expired(world: HyperpayStage) -> None:
    context = world.shown()
    world.play.act("expire", context.provider_ref)
    found = world.check(context)
    assert (found.status, found.failure) == (RailStatus.FAILED, FailureCode.EXPIRED)


def test_money_of_a_checkout_that_is_over_is_found_by_its_reference(world: HyperpayStage) -> None:
    paid = world.shown()
    world.pay(paid)
    # The session ends; the report of transactions does not.
    gone = replace(paid, provider_ref="0" * 32 + ".sim-node")
    found = world.check(gone)
    assert found.status is RailStatus.SUCCESS
    assert world.check(replace(paid, provider_ref="")) == found


def test_another_amount_is_told_as_it_came(world: HyperpayStage) -> None:
    world.play.chaos(amount_off=-100)
    context = world.shown()
    world.pay(context)
    assert world.check(context).received_minor == 91_00


def test_notifications_repeated_and_swapped_are_one_money_and_a_forged_one_is_refused(world: HyperpayStage) -> None:
    world.play.chaos(duplicate=2, reorder=True)
    context = world.shown()
    world.pay(context)
    money = [notice for notice in world.notices() if isinstance(notice, Receipt)]
    assert len(money) == 3
    assert len({receipt.dedupe_key for receipt in money}) == 1
    world.play.next_scene()
    world.play.chaos(bad_signature=True)
    world.pay(world.shown())
    with pytest.raises(NotificationRefused) as caught:
        world.notices()
    assert caught.value.reason == "signature"


# ---- the page

CHECKOUT = replace(RIYALS, provider_ref="C1.node")


def test_a_payment_of_long_before_under_the_same_reference_pays_nothing(world: HyperpayStage) -> None:
    earlier = world.paid()
    assert world.check(earlier).status is RailStatus.SUCCESS
    later = replace(earlier, created_at=Instant(earlier.created_at + OLDER_MS + 60_000), provider_ref="")
    result = world.check(later)
    assert (result.status, result.receipt) == (RailStatus.UNKNOWN, None)


@pytest.mark.parametrize(("option", "brands"), [("", "VISA MASTER"), ("MADA", "MADA")])
def test_the_widget_names_the_checkout_and_the_brands_of_its_channel(option: str, brands: str) -> None:
    widget = ADAPTER.widget(OWN_HOST, replace(CHECKOUT, option=option))
    assert widget.script == "https://eu-prod.oppwa.com/v1/paymentWidgets.js?checkoutId=C1.node"
    assert widget.scripts == widget.others == ("https://eu-prod.oppwa.com",)
    assert widget.place == f'<form action="{PAGE}" class="paymentWidgets" data-brands="{brands}"></form>'


def test_all_brands_are_offered_where_none_has_a_channel_of_its_own() -> None:
    assert 'data-brands="MADA VISA MASTER"' in ADAPTER.widget(changed(OWN_HOST, entity_id_mada=""), CHECKOUT).place


@pytest.mark.parametrize(
    "base_url",
    ["https://hyperpay.example", "https://oppwa.com.example", "https://notoppwa.com", "https://a;b.oppwa.com"],
)
def test_a_form_for_cards_never_comes_from_a_host_that_is_not_hyperpays(base_url: str) -> None:
    with pytest.raises(CallFailed):
        ADAPTER.widget(changed(HYPERPAY, base_url=base_url), CHECKOUT)


@pytest.mark.parametrize("ref", ["", "8ac7a4a1000000010000000200000003", 'C1"><script>', "../x"])
def test_there_is_no_widget_without_an_open_checkout(ref: str) -> None:
    with pytest.raises(CallFailed):
        ADAPTER.widget(OWN_HOST, replace(CHECKOUT, provider_ref=ref))


def test_without_a_page_no_checkout_is_opened() -> None:
    with answering(lambda request: pytest.fail("nothing may be sent")) as http:
        result = ADAPTER.present(http, HYPERPAY, replace(RIYALS, page_url=""))
    assert (result.status, result.link, result.failure) == (RailStatus.FAILED, "", FailureCode.ROUTE_NOT_FOUND)


# ---- held, captured, let go


def test_money_is_held_then_taken_in_part_and_never_twice(world: HyperpayStage) -> None:
    context = world.shown(capture=False, option="MADA")
    world.pay(context)
    held = world.check(context)
    assert (held.status, held.authorized_minor) == (RailStatus.PENDING, 92_00)
    hold = told(world, Authorization)
    assert (hold.amount_minor, hold.provider_ref) == (92_00, held.provider_ref)
    context = replace(context, provider_ref=held.provider_ref)
    assert capture(world, context, 92_01).failure is FailureCode.AMOUNT_MISMATCH
    taken = capture(world, context, 50_00)
    assert (taken.status, taken.received_minor) == (RailStatus.SUCCESS, 50_00)
    assert capture(world, context, 50_00) == taken
    assert capture(world, context, 42_00).failure is FailureCode.INVALID_TRANSITION
    assert world.notices()[-1] == taken.receipt
    assert world.check(context).receipt == taken.receipt
    assert void(world, context).failure is FailureCode.INVALID_TRANSITION


def test_a_capture_whose_answer_is_lost_is_found_again(world: HyperpayStage) -> None:
    context = world.shown(capture=False)
    world.pay(context)
    context = replace(context, provider_ref=world.check(context).provider_ref)
    line = ForgetfulLine()
    line.forget(context.provider_ref)
    with httpx.Client(transport=line) as http:
        lost = ADAPTER.capture(http, world.credentials, context, 92_00)
        assert (lost.status, lost.failure) == (RailStatus.UNKNOWN, FailureCode.TIMEOUT)
        assert ADAPTER.capture(http, world.credentials, context, 92_00).status is RailStatus.SUCCESS
    captures = [notice for notice in world.notices() if isinstance(notice, Receipt)]
    assert len(captures) == 1


def test_money_held_is_let_go_once(world: HyperpayStage) -> None:
    context = world.shown(capture=False)
    assert void(world, context).status is RailStatus.SUCCESS  # nothing is held yet
    world.pay(context)
    held = replace(context, provider_ref=world.check(context).provider_ref)
    assert void(world, held).status is RailStatus.SUCCESS
    assert void(world, held).status is RailStatus.SUCCESS
    undone = world.notices()[-1]
    assert isinstance(undone, Authorization)
    assert (undone.voided, undone.provider_ref) == (True, held.provider_ref)
    found = world.check(held)
    assert (found.status, found.failure) == (RailStatus.FAILED, FailureCode.PAYER_CANCELLED)
    assert capture(world, held, 1_00).failure is FailureCode.INVALID_TRANSITION


def test_what_is_paid_cannot_be_captured_or_let_go(world: HyperpayStage) -> None:
    context = world.paid()
    assert capture(world, context, 92_00).failure is FailureCode.INVALID_TRANSITION
    assert void(world, context).failure is FailureCode.INVALID_TRANSITION


# ---- money back


@pytest.mark.parametrize("option", ["", "MADA"])
def test_money_is_given_back_in_parts_each_once(world: HyperpayStage, option: str) -> None:
    context = world.paid(option=option)
    first, second, more = (world.order(context, amount) for amount in (30_00, 62_00, 1_00))
    for order in (first, second):
        done = ADAPTER.refund(world.http, world.credentials, order)
        assert (done.status, done.received_minor) == (RailStatus.SUCCESS, order.amount_minor)
        assert ADAPTER.refund(world.http, world.credentials, order).provider_ref == done.provider_ref
        assert ADAPTER.check_refund(world.http, world.credentials, order).status is RailStatus.SUCCESS
        notice = world.notices()[-1]
        assert isinstance(notice, RefundNotice)
        assert (notice.reference, notice.provider_ref) == (order.reference, done.provider_ref)
        assert notice.payment_provider_ref == context.provider_ref
    over = ADAPTER.refund(world.http, world.credentials, more)
    assert (over.status, over.failure) == (RailStatus.FAILED, FailureCode.INVALID_TRANSITION)
    assert ADAPTER.check_refund(world.http, world.credentials, more).status is RailStatus.FAILED


def test_a_refund_whose_answer_is_lost_is_not_given_twice(world: HyperpayStage) -> None:
    context = world.paid()
    order = world.order(context, 10_00)
    line = ForgetfulLine()
    line.forget(context.provider_ref)
    with httpx.Client(transport=line) as http:
        assert ADAPTER.refund(http, world.credentials, order).status is RailStatus.UNKNOWN
        assert ADAPTER.refund(http, world.credentials, order).status is RailStatus.SUCCESS
    assert len([one for one in world.notices() if isinstance(one, RefundNotice)]) == 1


def test_a_refund_that_was_never_asked_for_is_doubt_that_may_be_asked_again(world: HyperpayStage) -> None:
    found = ADAPTER.check_refund(world.http, world.credentials, world.order(world.paid(), 1_00))
    assert (found.status, found.failure) == (RailStatus.UNKNOWN, FailureCode.NETWORK_ERROR)


def test_a_refund_is_not_asked_for_while_nobody_tells_whether_it_was_made(world: HyperpayStage) -> None:
    order = world.order(world.paid(), 1_00)

    def reply(request: httpx.Request) -> httpx.Response:
        assert request.method == "GET"
        return httpx.Response(503)

    with answering(reply) as http:
        result = ADAPTER.refund(http, HYPERPAY, order)
    assert (result.status, result.failure) == (RailStatus.UNKNOWN, FailureCode.PROVIDER_UNAVAILABLE)


def test_a_refund_of_no_known_payment_is_doubt_for_a_person(world: HyperpayStage) -> None:
    order = world.order(world.paid(), 1_00, payment_provider_ref="8ac7a4a1" + "0" * 24)
    result = ADAPTER.refund(world.http, world.credentials, order)
    assert (result.status, result.failure) == (RailStatus.UNKNOWN, FailureCode.INVALID_TRANSITION)


def test_refunds_and_charge_backs_of_others_are_told(world: HyperpayStage) -> None:
    context = world.shown()
    world.pay(context)
    world.play.act("do", context.provider_ref, deed="desk_refund")
    refund = world.notices()[-1]
    assert isinstance(refund, RefundNotice)
    assert (refund.reference, refund.amount_minor) == ("", 92_00)
    other = world.shown()
    world.pay(other)
    for deed, stage in (("dispute", DisputeStage.OPENED), ("dispute_won", DisputeStage.WON)):
        world.play.act("do", other.provider_ref, deed=deed)
        notice = world.notices()[-1]
        assert isinstance(notice, ChargeBack)
        assert (notice.stage, notice.amount_minor) == (stage, 92_00)


# ---- connections and calls that go wrong


def test_an_unknown_reference_proves_good_credentials_and_bad_ones_are_told(world: HyperpayStage) -> None:
    probe = world.payment(reference="BANATEST", amount_minor=1, currency="SAR")
    found = world.check(probe)
    assert (found.status, found.failure) == (RailStatus.PENDING, None)
    for bad in ({"access_token": "wrong"}, {"entity_id": "8ac7"}, {"access_token": "no\ntoken"}):
        asked = ADAPTER.check(world.http, changed(world.credentials, **bad), probe)
        assert (asked.status, asked.failure) == (RailStatus.UNKNOWN, FailureCode.CREDENTIALS_REJECTED)
    missing = ADAPTER.check(world.http, changed(world.credentials, access_token=""), probe)
    assert missing.failure is FailureCode.CREDENTIALS_MISSING


Act = Callable[[httpx.Client], RailResult]
KNOWN = replace(RIYALS, provider_ref="C1.node")
ACTS: dict[str, Act] = {
    "present": lambda http: ADAPTER.present(http, HYPERPAY, RIYALS),
    "check": lambda http: ADAPTER.check(http, HYPERPAY, KNOWN),
    "capture": lambda http: ADAPTER.capture(http, HYPERPAY, KNOWN, 1),
    "void": lambda http: ADAPTER.void(http, HYPERPAY, KNOWN),
}


@pytest.mark.parametrize("act", sorted(ACTS))
@pytest.mark.parametrize(
    ("status", "body", "failure"),
    [
        (200, b"<html>", FailureCode.UNEXPECTED_ERROR),
        (200, b'{"result":[]}', FailureCode.UNEXPECTED_ERROR),
        (200, b'{"result":{"code":"999.999.999"}}', FailureCode.PROVIDER_UNAVAILABLE),
        (503, b"", FailureCode.PROVIDER_UNAVAILABLE),
        (400, b'{"result":{"code":"900.100.300"}}', FailureCode.PROVIDER_UNAVAILABLE),
    ],
)
def test_an_answer_that_says_nothing_is_doubt(act: str, status: int, body: bytes, failure: FailureCode) -> None:
    with answering(lambda request: httpx.Response(status, content=body)) as http:
        result = ACTS[act](http)
    assert (result.status, result.failure) == (RailStatus.UNKNOWN, failure)


@pytest.mark.parametrize(
    ("status", "code", "failure"),
    [
        (400, "800.120.100", FailureCode.RATE_LIMITED),
        (429, "", FailureCode.RATE_LIMITED),
        (403, "800.900.302", FailureCode.CREDENTIALS_REJECTED),
        (400, "800.121.200", FailureCode.CREDENTIALS_REJECTED),
        (200, "800.120.100", FailureCode.RATE_LIMITED),
    ],
)
def test_a_refused_question_is_never_a_declined_payment(status: int, code: str, failure: FailureCode) -> None:
    with answering(lambda request: httpx.Response(status, json={"result": {"code": code}} if code else {})) as http:
        result = ACTS["check"](http)
    assert (result.status, result.failure) == (RailStatus.UNKNOWN, failure)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, RailStatus.SUCCESS),
        ({"merchantTransactionId": "BANA01A9999999"}, RailStatus.UNKNOWN),
        ({"currency": "AED"}, RailStatus.UNKNOWN),
        ({"amount": None}, RailStatus.UNKNOWN),
        ({"amount": "92.005"}, RailStatus.UNKNOWN),
        ({"timestamp": ""}, RailStatus.UNKNOWN),
        ({"result": {"code": ""}}, RailStatus.UNKNOWN),
        ({"result": {"code": "123.456.789"}}, RailStatus.FAILED),
        ({"result": {"code": "000.100.220"}}, RailStatus.UNKNOWN),
        ({"paymentType": "RF"}, RailStatus.UNKNOWN),
    ],
)
def test_a_transaction_is_believed_only_when_it_is_ours_and_complete(
    changes: dict[str, Any], status: RailStatus
) -> None:
    def reply(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/payment"):
            return httpx.Response(200, json={**PAYMENT, **changes})
        return httpx.Response(503)

    with answering(reply) as http:
        assert ACTS["check"](http).status is status


def test_a_success_of_test_mode_is_no_money_on_a_live_host() -> None:
    paid = {**PAYMENT, "result": {"code": "000.100.112"}}
    with answering(lambda request: httpx.Response(200, json=paid)) as http:
        assert ADAPTER.check(http, HYPERPAY, KNOWN).status is RailStatus.SUCCESS
        live = changed(HYPERPAY, base_url="https://eu-prod.oppwa.com")
        assert ADAPTER.check(http, live, KNOWN).status is RailStatus.UNKNOWN


@pytest.mark.parametrize("name", ["../../v1/payments", "C1/../x", "C1..node", "C1?x=1", "C 1"])
def test_a_path_that_is_no_checkouts_is_never_asked(name: str) -> None:
    with answering(lambda request: pytest.fail("nothing may be asked")) as http:
        result = ADAPTER.check(http, HYPERPAY, replace(RIYALS, provider_ref=name))
    assert (result.status, result.failure) == (RailStatus.UNKNOWN, FailureCode.UNEXPECTED_ERROR)


def test_no_secret_stands_in_what_is_kept(world: HyperpayStage) -> None:
    context = world.paid()
    for result in (world.check(context), ADAPTER.present(world.http, world.credentials, world.payment())):
        for secret in ("access_token", "webhook_key"):
            assert world.credentials[secret].reveal() not in result.response
        assert "Jane" not in result.response


# ---- the simulated HyperPay itself


def test_the_widget_leads_to_the_simulators_page(world: HyperpayStage) -> None:
    context = world.shown()
    script = world.http.get(f"{world.play.url}/v1/paymentWidgets.js", params={"checkoutId": context.provider_ref})
    assert script.headers["content-type"].startswith("text/javascript")
    assert f"{world.play.url}/pay/hyperpay/{context.provider_ref}" in script.text


@pytest.mark.parametrize("amount", ["92.0", "92.001", "-92.00", "x", ""])
def test_an_amount_without_exactly_two_decimals_is_refused(world: HyperpayStage, amount: str) -> None:
    fields = {"entityId": ENTITY, "amount": amount, "currency": "SAR", "paymentType": "DB"}
    headers = {"authorization": "Bearer made-up-token=="}
    said = world.http.post(f"{world.play.url}/v1/checkouts", data=fields, headers=headers)
    assert (said.status_code, said.json()["result"]["code"]) == (400, "200.300.404")


def test_the_result_codes_are_listed(world: HyperpayStage) -> None:
    codes = world.http.get(f"{world.play.url}/v1/resultcodes").json()["resultCodes"]
    assert {"000.100.112", "800.100.155"} <= {row["code"] for row in codes}


# ---- acts whose answers are none or no

HELD = {**PAYMENT, "paymentType": "PA"}
ORDER = RefundOrder(
    merchant_id=RIYALS.merchant_id,
    reference="BANR0000001",
    amount_minor=10_00,
    currency="SAR",
    reason="",
    requested_at=RIYALS.created_at,
    payment_reference=RIYALS.reference,
    payment_provider_ref=PAYMENT["id"],
    payment_minor=92_00,
    paid_at=RIYALS.created_at,
)
CHANGES: dict[str, Act] = {
    "CP": lambda http: ADAPTER.capture(http, HYPERPAY, RIYALS, 92_00),
    "RV": lambda http: ADAPTER.void(http, HYPERPAY, RIYALS),
    "RF": lambda http: ADAPTER.refund(http, HYPERPAY, ORDER),
}


@pytest.mark.parametrize("kind", sorted(CHANGES))
@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"result": {"code": "700.300.300"}}, RailStatus.FAILED),
        ({"result": {"code": "900.100.300"}}, RailStatus.UNKNOWN),
        ({"result": {"code": "000.200.000"}}, RailStatus.UNKNOWN),
        ({"paymentType": "DB"}, RailStatus.UNKNOWN),
    ],
)
def test_an_act_is_done_only_by_the_answer_that_says_so(kind: str, changes: dict[str, Any], status: RailStatus) -> None:
    def reply(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            amount = "10.00" if kind == "RF" else "92.00"
            return httpx.Response(200, json={**PAYMENT, "paymentType": kind, "amount": amount, **changes})
        if "BANR" in str(request.url):
            return httpx.Response(404, json={"result": {"code": "700.400.580"}})
        return httpx.Response(200, json={"result": {"code": "000.000.100"}, "payments": [HELD]})

    if kind == "RF" and changes == {"result": {"code": "000.200.000"}}:
        status = RailStatus.PENDING  # a slow refund is known to be under way
    with answering(reply) as http:
        assert CHANGES[kind](http).status is status


@pytest.mark.parametrize("code", ["000.200.000", "900.100.300"])
def test_a_capture_that_is_not_decided_is_not_asked_for_again(code: str) -> None:
    under_way = {**PAYMENT, "paymentType": "CP", "result": {"code": code}}

    def reply(request: httpx.Request) -> httpx.Response:
        assert request.method == "GET"
        return httpx.Response(200, json={"result": {"code": "000.000.100"}, "payments": [HELD, under_way]})

    with answering(reply) as http:
        assert CHANGES["CP"](http).status is RailStatus.UNKNOWN


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, RailStatus.SUCCESS),
        ({"amount": "92.00"}, RailStatus.UNKNOWN),
        ({"currency": "USD"}, RailStatus.UNKNOWN),
        ({"referencedId": "8ac7a4a1000000010000000200000009"}, RailStatus.UNKNOWN),
        ({"result": {"code": "800.100.152"}, "amount": "92.00"}, RailStatus.FAILED),
    ],
)
def test_a_refund_that_bears_our_reference_counts_only_if_it_is_the_one_ordered(
    changes: dict[str, Any], status: RailStatus
) -> None:
    ours = {"merchantTransactionId": ORDER.reference, "referencedId": ORDER.payment_provider_ref, "amount": "10.00"}
    listed = {"payments": [{**PAYMENT, "paymentType": "RF", **ours, **changes}], "result": {"code": "000.000.100"}}
    with answering(lambda request: httpx.Response(200, json=listed)) as http:
        assert ADAPTER.check_refund(http, HYPERPAY, ORDER).status is status
        assert ADAPTER.refund(http, HYPERPAY, ORDER).status is status


def test_of_several_refunds_that_bear_our_reference_the_one_that_was_given_counts() -> None:
    ours = {"merchantTransactionId": ORDER.reference, "referencedId": ORDER.payment_provider_ref, "amount": "10.00"}
    given = {**PAYMENT, "paymentType": "RF", **ours}
    rejected = {**given, "id": "8ac7a4a1000000010000000200000005", "result": {"code": "700.300.300"}}
    listed = {"payments": [rejected, given], "result": {"code": "000.000.100"}}
    with answering(lambda request: httpx.Response(200, json=listed)) as http:
        found = ADAPTER.check_refund(http, HYPERPAY, ORDER)
    assert (found.status, found.provider_ref) == (RailStatus.SUCCESS, given["id"])


@pytest.mark.parametrize(("repeated", "status"), [(False, RailStatus.FAILED), (True, RailStatus.UNKNOWN)])
def test_that_a_payment_was_given_back_already_is_doubt_for_a_refund_that_was_asked_for_before(
    repeated: bool, status: RailStatus
) -> None:
    def reply(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(400, json={"result": {"code": "700.300.300"}})
        if "BANR" in str(request.url):
            return httpx.Response(404, json={"result": {"code": "700.400.580"}})
        return httpx.Response(200, json=PAYMENT)

    with answering(reply) as http:
        assert ADAPTER.refund(http, HYPERPAY, replace(ORDER, repeated=repeated)).status is status


def test_all_transactions_of_a_reference_that_took_money_are_told() -> None:
    earlier = {**PAYMENT, "id": "8ac7a4a1000000010000000200000004", "timestamp": "2026-04-17 08:44:03+0000"}
    listed = {"payments": [PAYMENT, earlier], "result": {"code": "000.000.100"}}
    with answering(lambda request: httpx.Response(200, json=listed)) as http:
        result = ADAPTER.check(http, HYPERPAY, replace(RIYALS, provider_ref=PAYMENT["id"]))
    assert [receipt.provider_ref for receipt in result.receipts] == [earlier["id"], PAYMENT["id"]]


def test_a_list_that_holds_another_payment_proves_nothing() -> None:
    other = {**PAYMENT, "merchantTransactionId": "BANA01A9999999"}
    listed = {"result": {"code": "000.000.100"}, "payments": [other]}
    with answering(lambda request: httpx.Response(200, json=listed)) as http:
        for act in CHANGES.values():
            assert act(http).status is RailStatus.UNKNOWN
        assert ADAPTER.check_refund(http, HYPERPAY, ORDER).status is RailStatus.UNKNOWN


@pytest.mark.parametrize("changes", [{"amount_minor": 0}, {"currency": "VND"}])
def test_a_refund_of_nothing_or_of_another_currency_is_not_sent(changes: dict[str, Any]) -> None:
    with answering(lambda request: pytest.fail("nothing may be sent")) as http:
        result = ADAPTER.refund(http, HYPERPAY, replace(ORDER, **changes))
    assert (result.status, result.failure) == (RailStatus.FAILED, FailureCode.AMOUNT_MISMATCH)


def test_one_channel_needs_no_search_for_the_payments_own(world: HyperpayStage) -> None:
    order = world.order(world.paid(), 1_00)
    asked = ADAPTER.refund(world.http, changed(world.credentials, entity_id_mada=""), order)
    assert asked.status is RailStatus.SUCCESS


def test_there_is_no_list_of_movements() -> None:
    with answering(lambda request: pytest.fail("nothing may be sent")) as http:
        page = ADAPTER.statement(http, HYPERPAY, "c", RIYALS.created_at)
    assert (page.failure, page.cursor) == (FailureCode.OPERATION_UNSUPPORTED, "c")
