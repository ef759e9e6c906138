"""Braintree's client against the simulated Braintree over a real socket: every outcome, and every failing call."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from domain.errors import FailureCategory, FailureCode
from domain.ids import Instant
from domain.notices import ChargeBack, DisputeStage, RefundNotice
from domain.rails import RailResult, RailStatus, Receipt, RefundOrder
from server.rails.base import (
    OLDER_MS,
    AnswersChallenges,
    CallFailed,
    Captures,
    NotificationRefused,
    RailAdapter,
    Refunds,
    Withdraws,
)
from server.rails.braintree_codes import PROCESSOR, STATUSES
from server.rails.braintree_objects import outcome_of, transaction_of
from server.rails.braintree_xml import write_xml
from tests.server.braintree_stage import ADAPTER, BRAINTREE, PAGE, BraintreeStage, braintree_stage, presented
from tests.server.rails_samples import CONTEXT, answering, changed
from tests.server.simulator.stall_stage import ForgetfulLine

DOLLARS = replace(CONTEXT, currency="USD", amount_minor=12_50, option="fake-valid-nonce")
SALE: dict[str, Any] = {
    "id": "abc123",
    "type": "sale",
    "status": "settled",
    "amount": "12.50",
    "currency_iso_code": "USD",
    "order_id": CONTEXT.reference,
    "created_at": "2026-11-21T03:00:00Z",
}


@pytest.fixture(scope="module")
def opened() -> Iterator[BraintreeStage]:
    """One simulated Braintree for all tests; payments do not meet."""
    with braintree_stage() as running:
        yield running


@pytest.fixture
def world(opened: BraintreeStage) -> BraintreeStage:
    """The simulated Braintree, well-behaved, in a new scene."""
    opened.play.next_scene()
    return opened


def refund(world: BraintreeStage, order: Any) -> RailResult:
    return ADAPTER.refund(world.http, world.credentials, order)


# ---- the card page


def test_the_adapter_offers_what_braintree_can_do() -> None:
    adapter: RailAdapter = ADAPTER
    for protocol in (Refunds, Captures, Withdraws, AnswersChallenges):
        assert isinstance(adapter, protocol)
    assert "VND" not in adapter.currencies
    assert not adapter.lists_movements


def test_the_link_leads_to_the_hubs_page_whose_nonce_is_charged(world: BraintreeStage) -> None:
    context = world.payment(option="")
    shown = world.present(context)
    assert (shown.status, shown.link) == (RailStatus.PENDING, PAGE)
    name = world.card_page(context)
    assert world.check(context).status is RailStatus.PENDING
    assert world.http.post(f"{world.play.url}/pay/braintree/{name}", data={"act": "pay"}).status_code == 303
    # A nonce alone is no money, and nothing that was charged has to be undone.
    assert world.check(context).status is RailStatus.PENDING
    assert ADAPTER.withdraw(world.http, world.credentials, context).status is RailStatus.SUCCESS
    nonce = world.play.offer(name)["payments"][0]["id"]
    charged = world.present(replace(context, option=nonce))
    assert (charged.status, charged.received_minor, charged.hint) == (RailStatus.SUCCESS, 12_50, "VISA •••• 1111")
    assert world.play.offer(name)["status"] == "paid"


def test_without_a_page_there_is_no_link() -> None:
    with answering(lambda request: pytest.fail("nothing may be sent")) as http:
        result = ADAPTER.present(http, BRAINTREE, replace(DOLLARS, option=""))
    assert (result.status, result.failure) == (RailStatus.FAILED, FailureCode.ROUTE_NOT_FOUND)


def test_the_page_loads_drop_in_from_braintree_alone_with_the_key_that_is_public() -> None:
    widget = ADAPTER.widget(changed(BRAINTREE, tokenization_key="</script>"), DOLLARS)
    assert widget.script == "https://js.braintreegateway.com/web/dropin/1.44.1/js/dropin.min.js"
    assert widget.scripts == ("https://js.braintreegateway.com", "https://assets.braintreegateway.com")
    assert "https://braintree.example" in widget.others
    assert '"\\u003c/script>"' in widget.after
    assert "</script" not in widget.after


@pytest.mark.parametrize(
    "dropin",
    [
        "http://js.braintreegateway.com/dropin.js",
        "js.braintreegateway.com",
        "javascript:alert(1)",
        "https://[1",
        "https://js.example/dropin.js",
        "https://js.braintreegateway.com.example/dropin.js",
        "https://notbraintreegateway.com/dropin.js",
        "https://js;x.braintreegateway.com/dropin.js",
    ],
)
def test_drop_in_comes_from_braintree_alone_and_over_a_safe_line(dropin: str) -> None:
    form = changed(BRAINTREE, dropin_url=dropin)
    with pytest.raises(CallFailed):
        ADAPTER.widget(form, DOLLARS)
    with answering(lambda request: pytest.fail("nothing may be sent")) as http:
        result = ADAPTER.present(http, form, replace(DOLLARS, option="", page_url=PAGE))
    assert (result.status, result.failure) == (RailStatus.FAILED, FailureCode.ROUTE_NOT_FOUND)


def test_what_is_no_nonce_of_braintrees_charges_nothing_and_ends_nothing() -> None:
    with answering(lambda request: pytest.fail("nothing may be sent")) as http:
        result = ADAPTER.charge(http, BRAINTREE, DOLLARS, "<b>")
    assert (result.status, result.failure) == (RailStatus.PENDING, FailureCode.INVALID_INSTRUMENT)


# ---- charging


def test_a_charge_is_the_same_by_answer_query_and_notification(world: BraintreeStage) -> None:
    context = world.payment()
    charged = world.present(context)
    assert (charged.status, charged.received_minor) == (RailStatus.SUCCESS, 12_50)
    found = world.check(context)
    assert found.receipt == charged.receipt
    world.play.act("do", charged.provider_ref, deed="settles")
    (told,) = world.notices()
    assert isinstance(told, Receipt)
    assert told == found.receipt
    assert world.check(replace(context, provider_ref=charged.provider_ref)).receipt == told


@pytest.mark.parametrize("code", ["2000", "2001", "2002", "2004", "2010"])
def test_a_decline_has_the_processors_reason_and_another_card_may_be_tried(world: BraintreeStage, code: str) -> None:
    context = world.payment(amount_minor=int(code) * 100)
    declined = world.present(context)
    expected = PROCESSOR.get(code, FailureCode.DECLINED)
    assert (declined.status, declined.failure, declined.receipt) == (RailStatus.FAILED, expected, None)
    assert world.check(context).failure is expected
    # The sandbox judges by the amount: the second card is declined as well, but it was tried.
    again = world.present(replace(context, option="fake-valid-visa-nonce"))
    assert again.provider_ref not in ("", declined.provider_ref)


@pytest.mark.parametrize(
    ("nonce", "failure"),
    [
        ("fake-gateway-rejected-fraud-nonce", FailureCode.DECLINED),
        ("fake-processor-declined-visa-nonce", FailureCode.DECLINED),
        ("fake-consumed-nonce", FailureCode.INVALID_INSTRUMENT),
        ("made-up-nonce", FailureCode.INVALID_INSTRUMENT),
    ],
)
def test_a_nonce_that_pays_nothing_is_a_failure(world: BraintreeStage, nonce: str, failure: FailureCode) -> None:
    result = world.present(world.payment(option=nonce))
    assert (result.status, result.failure) == (RailStatus.FAILED, failure)


@pytest.mark.parametrize(
    ("outcome", "status", "failure"),
    [
        ("cvv", RailStatus.FAILED, FailureCode.INVALID_INSTRUMENT),
        ("failed", RailStatus.FAILED, FailureCode.DECLINED),
        ("duplicate", RailStatus.UNKNOWN, FailureCode.INVALID_TRANSITION),
    ],
)
def test_the_gateways_own_rejections_are_told_apart(
    world: BraintreeStage, outcome: str, status: RailStatus, failure: FailureCode
) -> None:
    context = world.payment(option="")
    name = world.card_page(context)
    world.play.act("pay", name, outcome=outcome)
    nonce = world.play.offer(name)["payments"][0]["id"]
    result = world.present(replace(context, option=nonce))
    assert (result.status, result.failure) == (status, failure)


def test_a_charge_whose_answer_is_lost_is_not_made_twice(world: BraintreeStage) -> None:
    context = world.payment()
    line = ForgetfulLine()
    line.forget("/transactions")
    with httpx.Client(transport=line) as http:
        lost = presented(http, world.credentials, context)
        assert (lost.status, lost.failure) == (RailStatus.UNKNOWN, FailureCode.TIMEOUT)
        again = presented(http, world.credentials, context)
    assert again.status is RailStatus.SUCCESS
    assert again == world.check(context)
    sales = [one for one in world.play.stage.state()["offers"] if one["title"] == context.reference]
    assert len(sales) == 1


def test_a_sale_of_long_before_under_the_same_reference_neither_pays_nor_lets_charge(world: BraintreeStage) -> None:
    earlier = world.charged()
    later = replace(earlier, created_at=Instant(earlier.created_at + OLDER_MS + 60_000), provider_ref="")
    for result in (world.check(later), world.present(later)):
        assert (result.status, result.receipt) == (RailStatus.UNKNOWN, None)
    soon = replace(later, created_at=Instant(earlier.created_at + OLDER_MS // 2))
    assert world.check(soon).status is RailStatus.SUCCESS


def test_nothing_is_charged_in_another_currency_or_while_nobody_tells(world: BraintreeStage) -> None:
    other = world.present(world.payment(currency="EUR"))
    assert (other.status, other.failure) == (RailStatus.FAILED, FailureCode.OPERATION_UNSUPPORTED)

    def reply(request: httpx.Request) -> httpx.Response:
        assert not request.url.path.endswith("/transactions")
        return httpx.Response(503)

    with answering(reply) as http:
        result = presented(http, BRAINTREE, DOLLARS)
    assert (result.status, result.failure) == (RailStatus.FAILED, FailureCode.PROVIDER_UNAVAILABLE)


@pytest.mark.parametrize(
    "changes",
    [{"currency": "VND"}, {"amount_minor": 0}, {"reference": "có dấu"}, {"reference": ""}],
)
def test_what_braintree_cannot_take_is_not_sent(changes: dict[str, Any]) -> None:
    with answering(lambda request: pytest.fail("nothing may be sent")) as http:
        result = presented(http, BRAINTREE, replace(DOLLARS, **changes))
    assert result.status is RailStatus.FAILED
    assert result.failure is not None
    assert result.failure.category is not FailureCategory.TRANSIENT


# ---- held


def test_money_is_held_then_taken_in_part_and_never_twice(world: BraintreeStage) -> None:
    context = world.charged(capture=False)
    held = world.check(context)
    assert (held.status, held.authorized_minor, held.receipt) == (RailStatus.PENDING, 12_50, None)
    assert held.held_until is not None
    assert world.present(context) == held  # no second sale
    assert ADAPTER.withdraw(world.http, world.credentials, context).failure is FailureCode.INVALID_TRANSITION
    over = ADAPTER.capture(world.http, world.credentials, context, 12_51)
    assert (over.status, over.failure) == (RailStatus.FAILED, FailureCode.AMOUNT_MISMATCH)
    taken = ADAPTER.capture(world.http, world.credentials, context, 10_00)
    assert (taken.status, taken.received_minor) == (RailStatus.SUCCESS, 10_00)
    assert ADAPTER.capture(world.http, world.credentials, context, 10_00) == taken
    other = ADAPTER.capture(world.http, world.credentials, context, 5_00)
    assert other.failure is FailureCode.INVALID_TRANSITION
    assert ADAPTER.void(world.http, world.credentials, context).failure is FailureCode.INVALID_TRANSITION


def test_money_held_is_let_go_or_runs_out(world: BraintreeStage) -> None:
    context = world.charged(capture=False)
    for _ in range(2):
        assert ADAPTER.void(world.http, world.credentials, context).status is RailStatus.SUCCESS
    found = world.check(context)
    assert (found.status, found.failure) == (RailStatus.FAILED, FailureCode.PAYER_CANCELLED)
    late = world.charged(capture=False)
    world.play.act("do", late.provider_ref, deed="hold_expires")
    assert world.check(late).failure is FailureCode.EXPIRED
    assert ADAPTER.capture(world.http, world.credentials, late, 1_00).failure is FailureCode.INVALID_TRANSITION


def test_what_is_paid_cannot_be_withdrawn(world: BraintreeStage) -> None:
    context = world.charged()
    result = ADAPTER.withdraw(world.http, world.credentials, context)
    assert (result.status, result.failure) == (RailStatus.FAILED, FailureCode.INVALID_TRANSITION)


# ---- money back


def test_before_settlement_the_whole_sale_is_voided_once(world: BraintreeStage) -> None:
    context = world.charged()
    whole, part = world.order(context, 12_50), world.order(context, 5_00)
    waits = refund(world, part)
    assert (waits.status, waits.failure) == (RailStatus.UNKNOWN, FailureCode.PROVIDER_UNAVAILABLE)
    assert ADAPTER.check_refund(world.http, world.credentials, whole).failure is FailureCode.NETWORK_ERROR
    for _ in range(2):
        done = refund(world, whole)
        assert (done.status, done.received_minor) == (RailStatus.SUCCESS, 12_50)
    assert ADAPTER.check_refund(world.http, world.credentials, whole).status is RailStatus.SUCCESS
    assert refund(world, part).failure is FailureCode.INVALID_TRANSITION
    assert all(given["payment"] != context.provider_ref for given in world.play.stage.state()["stall_refunds"])


def test_after_settlement_money_is_given_back_in_parts_each_once(world: BraintreeStage) -> None:
    context = world.settled()
    first, second, more = (world.order(context, amount) for amount in (5_00, 7_50, 1_00))
    for order in (first, second):
        done = refund(world, order)
        assert (done.status, done.received_minor) == (RailStatus.SUCCESS, order.amount_minor)
        assert refund(world, order).provider_ref == done.provider_ref
        assert ADAPTER.check_refund(world.http, world.credentials, order).provider_ref == done.provider_ref
    over = refund(world, more)
    assert (over.status, over.failure) == (RailStatus.FAILED, FailureCode.INVALID_TRANSITION)
    never = ADAPTER.check_refund(world.http, world.credentials, more)
    assert (never.status, never.failure) == (RailStatus.UNKNOWN, FailureCode.NETWORK_ERROR)


def test_a_refund_of_another_sale_under_the_same_reference_is_doubt(world: BraintreeStage) -> None:
    sale, other = world.settled(), world.settled()
    given = world.order(sale, 4_00)
    assert ADAPTER.refund(world.http, world.credentials, given).status is RailStatus.SUCCESS
    for wrong in (world.order(other, 4_00, reference=given.reference), replace(given, amount_minor=3_00)):
        for ask in (ADAPTER.refund, ADAPTER.check_refund):
            assert ask(world.http, world.credentials, wrong).status is RailStatus.UNKNOWN


def test_more_than_is_left_is_not_given_back(world: BraintreeStage) -> None:
    result = refund(world, world.order(world.settled(), 12_51))
    assert (result.status, result.failure) == (RailStatus.FAILED, FailureCode.AMOUNT_MISMATCH)


@pytest.mark.parametrize("settled", [True, False])
def test_a_refund_whose_answer_is_lost_is_not_given_twice(world: BraintreeStage, settled: bool) -> None:
    context = world.settled() if settled else world.charged()
    order = world.order(context, 12_50)
    line = ForgetfulLine()
    line.forget("/refund" if settled else "/void")
    with httpx.Client(transport=line) as http:
        assert ADAPTER.refund(http, world.credentials, order).status is RailStatus.UNKNOWN
        assert ADAPTER.refund(http, world.credentials, order).status is RailStatus.SUCCESS
        assert ADAPTER.check_refund(http, world.credentials, order).status is RailStatus.SUCCESS


def test_a_refund_is_not_asked_for_while_nobody_tells_whether_it_was_made(world: BraintreeStage) -> None:
    order = world.order(world.settled(), 1_00)

    def reply(request: httpx.Request) -> httpx.Response:
        assert not request.url.path.endswith("/refund")
        return httpx.Response(401)

    with answering(reply) as http:
        result = ADAPTER.refund(http, BRAINTREE, order)
    assert (result.status, result.failure) == (RailStatus.UNKNOWN, FailureCode.CREDENTIALS_REJECTED)


def test_a_refund_of_another_payment_is_doubt(world: BraintreeStage) -> None:
    order = world.order(world.settled(), 1_00, payment_reference="BANA01A9999999")
    assert refund(world, order).status is RailStatus.UNKNOWN


def test_a_refund_that_fails_later_is_told(world: BraintreeStage) -> None:
    context = world.settled()
    order = world.order(context, 5_00)
    done = refund(world, order)
    world.play.act("do", context.provider_ref, deed="refund_fails")
    told = world.notices()[-1]
    assert isinstance(told, RefundNotice)
    assert (told.reference, told.provider_ref, told.status) == (order.reference, done.provider_ref, RailStatus.FAILED)
    assert told.payment_provider_ref == context.provider_ref
    assert ADAPTER.check_refund(world.http, world.credentials, order).status is RailStatus.FAILED


def test_charge_backs_and_money_that_does_not_come_are_told(world: BraintreeStage) -> None:
    for end, stage in (("dispute_won", DisputeStage.WON), ("dispute_lost", DisputeStage.LOST)):
        context = world.settled()
        for deed, expected in (("dispute", DisputeStage.OPENED), (end, stage)):
            world.play.act("do", context.provider_ref, deed=deed)
            told = world.notices()[-1]
            assert isinstance(told, ChargeBack)
            assert (told.stage, told.amount_minor, told.text) == (expected, 12_50, context.reference)
            assert told.payment_provider_ref == context.provider_ref
    bounced = world.charged()
    world.play.act("do", bounced.provider_ref, deed="settlement_declines")
    told = world.notices()[-1]
    assert isinstance(told, ChargeBack)
    assert (told.amount_minor, told.payment_provider_ref) == (12_50, bounced.provider_ref)


def test_a_notification_repeated_is_the_same_and_a_forged_one_is_refused(world: BraintreeStage) -> None:
    world.play.chaos(duplicate=2)
    world.settled()
    keys = [notice.dedupe_key for notice in world.notices()]
    assert len(keys) == 3
    assert len(set(keys)) == 1
    world.play.next_scene()
    world.play.chaos(bad_signature=True)
    world.settled()
    with pytest.raises(NotificationRefused) as caught:
        world.notices()
    assert caught.value.reason == "signature"


# ---- connections and calls that go wrong


def test_an_unknown_reference_proves_good_credentials_and_bad_ones_are_told(world: BraintreeStage) -> None:
    probe = world.payment(reference="BANATEST", amount_minor=1, option="")
    found = world.check(probe)
    assert (found.status, found.failure) == (RailStatus.PENDING, None)
    for name in ("public_key", "private_key", "merchant_id"):
        asked = ADAPTER.check(world.http, changed(world.credentials, **{name: "wrong"}), probe)
        assert (asked.status, asked.failure) == (RailStatus.UNKNOWN, FailureCode.CREDENTIALS_REJECTED)
    missing = ADAPTER.check(world.http, changed(world.credentials, private_key=""), probe)
    assert missing.failure is FailureCode.CREDENTIALS_MISSING
    account = presented(world.http, changed(world.credentials, merchant_account_id="other"), world.payment())
    assert account.status is RailStatus.FAILED


Act = Callable[[httpx.Client], RailResult]
ACTS: dict[str, Act] = {
    "check": lambda http: ADAPTER.check(http, BRAINTREE, DOLLARS),
    "capture": lambda http: ADAPTER.capture(http, BRAINTREE, DOLLARS, 1),
    "void": lambda http: ADAPTER.void(http, BRAINTREE, DOLLARS),
    "withdraw": lambda http: ADAPTER.withdraw(http, BRAINTREE, DOLLARS),
}


@pytest.mark.parametrize("act", sorted(ACTS))
@pytest.mark.parametrize(
    ("status", "body", "failure"),
    [
        (200, b"not xml", FailureCode.UNEXPECTED_ERROR),
        (200, b"<search-results/>", FailureCode.UNEXPECTED_ERROR),
        (200, b"<other><a>1</a></other>", FailureCode.UNEXPECTED_ERROR),
        (200, b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', FailureCode.UNEXPECTED_ERROR),
        (503, b"", FailureCode.PROVIDER_UNAVAILABLE),
        (429, b"", FailureCode.RATE_LIMITED),
    ],
)
def test_an_answer_that_says_nothing_is_doubt(act: str, status: int, body: bytes, failure: FailureCode) -> None:
    with answering(lambda request: httpx.Response(status, content=body)) as http:
        result = ACTS[act](http)
    assert (result.status, result.failure) == (RailStatus.UNKNOWN, failure)


def found(**changes: Any) -> Callable[[httpx.Request], httpx.Response]:
    """A Braintree that finds one sale."""
    sale = write_xml("transaction", {name: value for name, value in {**SALE, **changes}.items() if value is not None})
    ids = write_xml("search-results", {"ids": [{**SALE, **changes}["id"] or ""]})

    def reply(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("_ids"):
            return httpx.Response(200, content=ids)
        return httpx.Response(200, content=b"<credit-card-transactions>" + sale + b"</credit-card-transactions>")

    return reply


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, RailStatus.SUCCESS),
        ({"order_id": "BANA01A9999999"}, RailStatus.UNKNOWN),
        ({"currency_iso_code": "EUR"}, RailStatus.UNKNOWN),
        ({"currency_iso_code": "VND"}, RailStatus.UNKNOWN),
        ({"amount": "12.505"}, RailStatus.UNKNOWN),
        ({"amount": "0.00"}, RailStatus.UNKNOWN),
        ({"amount": None}, RailStatus.UNKNOWN),
        ({"status": "something_new"}, RailStatus.UNKNOWN),
        ({"created_at": "yesterday"}, RailStatus.UNKNOWN),
        ({"id": ""}, RailStatus.UNKNOWN),
        ({"type": "credit"}, RailStatus.PENDING),
    ],
)
def test_a_sale_is_believed_only_when_it_is_ours_and_complete(changes: dict[str, Any], status: RailStatus) -> None:
    with answering(found(**changes)) as http:
        assert ACTS["check"](http).status is status


@pytest.mark.parametrize("word", sorted(STATUSES))
def test_every_status_is_known(word: str) -> None:
    with answering(found(status=word)) as http:
        result = ACTS["check"](http)
    assert (result.status, result.failure) == STATUSES[word]


def test_no_secret_stands_in_what_is_kept(world: BraintreeStage) -> None:
    context = world.charged()
    for result in (world.check(context), refund(world, world.order(context, 12_50))):
        assert world.credentials["private_key"].reveal() not in result.response
        assert "1111" not in result.response


@pytest.mark.parametrize("name", ["../x", "a/b", "", "a" * 65])
def test_an_id_that_would_be_a_path_is_never_asked(name: str, world: BraintreeStage) -> None:
    order = world.order(world.charged(), 1_00, payment_provider_ref=name)
    with answering(
        lambda request: httpx.Response(200, content=b'<search-results><ids type="array"/></search-results>')
    ) as http:
        assert ADAPTER.refund(http, BRAINTREE, order).status is RailStatus.UNKNOWN


# ---- acts whose answers are none or no

ORDER = RefundOrder(
    merchant_id=DOLLARS.merchant_id,
    reference="BANR0000001",
    amount_minor=5_00,
    currency="USD",
    reason="",
    requested_at=DOLLARS.created_at,
    payment_reference=DOLLARS.reference,
    payment_provider_ref="abc123",
    payment_minor=12_50,
    paid_at=DOLLARS.created_at,
)
CREDIT = {
    **SALE,
    "id": "ref1",
    "type": "credit",
    "amount": "5.00",
    "order_id": ORDER.reference,
    "refunded_transaction_id": "abc123",
}


def refunding(answer: dict[str, Any]) -> Callable[[httpx.Request], httpx.Response]:
    """A Braintree that knows the sale, no refund yet, and answers a refund with `answer`."""

    def reply(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("_ids"):
            return httpx.Response(200, content=b'<search-results><ids type="array"/></search-results>')
        made = SALE if request.method == "GET" else answer
        return httpx.Response(200, content=write_xml("transaction", made))

    return reply


def test_all_sales_of_a_reference_that_took_money_are_told() -> None:
    earlier = {**SALE, "id": "abc000", "created_at": "2026-11-21T02:59:00Z"}
    result = outcome_of([transaction_of(SALE), transaction_of({**SALE, "status": "failed"}), transaction_of(earlier)])
    assert result is not None
    assert [receipt.provider_ref for receipt in result.receipts] == ["abc000", "abc123"]
    assert (result.provider_ref, result.received_minor) == ("abc123", 25_00)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, RailStatus.SUCCESS),
        ({"status": "settlement_pending"}, RailStatus.PENDING),
        ({"status": "processor_declined"}, RailStatus.FAILED),
        ({"status": "something_new"}, RailStatus.UNKNOWN),
        ({"order_id": "BANR0000002"}, RailStatus.UNKNOWN),
        ({"type": "sale"}, RailStatus.UNKNOWN),
        ({"amount": "12.50"}, RailStatus.UNKNOWN),
        ({"refunded_transaction_id": "abc124"}, RailStatus.UNKNOWN),
    ],
)
def test_a_refund_is_made_only_by_the_answer_that_says_so(changes: dict[str, Any], status: RailStatus) -> None:
    with answering(refunding({**CREDIT, **changes})) as http:
        assert ADAPTER.refund(http, BRAINTREE, ORDER).status is status


def test_a_void_that_left_the_sale_standing_is_doubt() -> None:
    submitted = {**SALE, "status": "submitted_for_settlement"}

    def reply(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("_ids"):
            return httpx.Response(200, content=b'<search-results><ids type="array"/></search-results>')
        return httpx.Response(200, content=write_xml("transaction", submitted))

    with answering(reply) as http:
        assert ADAPTER.refund(http, BRAINTREE, replace(ORDER, amount_minor=12_50)).status is RailStatus.UNKNOWN


@pytest.mark.parametrize(("status", "body"), [(503, b""), (200, b"<x/>")])
def test_a_refund_that_nobody_tells_of_is_doubt(status: int, body: bytes) -> None:
    with answering(lambda request: httpx.Response(status, content=body)) as http:
        assert ADAPTER.check_refund(http, BRAINTREE, ORDER).status is RailStatus.UNKNOWN
        assert ADAPTER.refund(http, BRAINTREE, ORDER).status is RailStatus.UNKNOWN


@pytest.mark.parametrize("changes", [{"amount_minor": 0}, {"currency": "VND"}])
def test_a_refund_of_nothing_or_of_another_currency_is_not_sent(changes: dict[str, Any]) -> None:
    with answering(lambda request: pytest.fail("nothing may be sent")) as http:
        result = ADAPTER.refund(http, BRAINTREE, replace(ORDER, **changes))
    assert (result.status, result.failure) == (RailStatus.FAILED, FailureCode.AMOUNT_MISMATCH)


def test_nothing_is_captured_of_a_hold_by_an_amount_of_nothing() -> None:
    with answering(found(status="authorized")) as http:
        result = ADAPTER.capture(http, BRAINTREE, DOLLARS, 0)
    assert (result.status, result.failure) == (RailStatus.FAILED, FailureCode.AMOUNT_MISMATCH)


def test_validation_errors_are_found_however_deep_they_lie() -> None:
    refusal = (
        b"<api-error-response><errors><errors type='array'/><transaction><errors type='array'><error><code>91507</code>"
        b"</error></errors><options><errors type='array'/></options></transaction></errors><message>no</message>"
        b"</api-error-response>"
    )

    def reply(request: httpx.Request) -> httpx.Response:
        if request.method == "PUT":
            return httpx.Response(422, content=refusal)
        return found(status="authorized")(request)

    with answering(reply) as http:
        result = ADAPTER.capture(http, BRAINTREE, DOLLARS, 1_00)
    assert (result.status, result.failure) == (RailStatus.FAILED, FailureCode.INVALID_TRANSITION)
    assert "91507" in result.response


def test_there_is_no_list_of_movements() -> None:
    with answering(lambda request: pytest.fail("nothing may be sent")) as http:
        page = ADAPTER.statement(http, BRAINTREE, "c", DOLLARS.created_at)
    assert (page.failure, page.cursor) == (FailureCode.OPERATION_UNSUPPORTED, "c")
