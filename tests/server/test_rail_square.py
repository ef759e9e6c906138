"""Square: terminal, link and token, holds, refunds, and what each way of failing means."""

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from domain.errors import FailureCategory, FailureCode
from domain.ids import Instant
from domain.rails import PaymentContext, RailResult, RailStatus, RefundOrder
from server.rails.base import Captures, RailAdapter, Refunds, Withdraws
from server.rails.square import SquareAdapter
from server.rails.square_codes import CANCEL_REASONS, CHECKOUTS, CODES, MAYBE_DONE, PAYMENTS, REFUNDS
from tests.server.rails_samples import changed, moment
from tests.server.scripted_provider import Reply, Script
from tests.server.square_samples import (
    BY_TOKEN,
    GIVE_BACK,
    LINKED,
    ON_TERMINAL,
    REFERENCE,
    SQUARE,
    checkout,
    link,
    money,
    order,
    payment,
    refund,
    refusal,
    scripted,
)

ADAPTER = SquareAdapter()
LOST = httpx.ReadTimeout("x")
HELD = replace(ON_TERMINAL, capture=False, provider_ref="PAY1")
NO_CHECKOUT = refusal("NOT_FOUND", 404)
WAYS = [LINKED, ON_TERMINAL, BY_TOKEN]


def present(script: Script, context: PaymentContext = LINKED, **credentials: str) -> RailResult:
    return ADAPTER.present(script.client(), changed(SQUARE, **credentials), replace(context, provider_ref=""))


def check(script: Script, context: PaymentContext = LINKED) -> RailResult:
    return ADAPTER.check(script.client(), SQUARE, context)


def test_the_adapter_can_hold_give_back_and_withdraw() -> None:
    adapter: RailAdapter = ADAPTER
    assert isinstance(adapter, Refunds)
    assert isinstance(adapter, Captures)
    assert isinstance(adapter, Withdraws)
    assert sorted(adapter.currencies) == ["AUD", "EUR", "JPY", "USD"]


def test_a_link_carries_the_reference_in_its_order_and_in_the_payments_note() -> None:
    script = scripted(link={"payment_link": link()})
    result = present(script)
    assert (result.status, result.link) == (RailStatus.PENDING, "https://square.link/u/abc")
    assert result.provider_ref == "LINK1/ORDER1"
    body = script.body("POST /v2/online-checkout/payment-links")
    assert (body["payment_note"], body["order"]["reference_id"]) == (REFERENCE, REFERENCE)
    assert body["order"]["line_items"][0]["base_price_money"] == {"amount": 1050, "currency": "USD"}
    assert body["idempotency_key"] == f"{REFERENCE}-link"
    (request,) = script.asked
    assert request.headers["authorization"] == "Bearer made-up-square-token"
    assert request.headers["square-version"] == "2026-09-16"


@pytest.mark.parametrize(
    "url", ["", "http://square.link/u/abc", "https://square.link.evil.example/u", "http://127.0.0.1:1/pay"]
)
def test_a_page_that_is_not_squares_is_not_shown(url: str) -> None:
    result = present(scripted(link={"payment_link": link(url=url)}))
    assert (result.status, result.link) == (RailStatus.UNKNOWN, "")


def test_a_terminal_is_asked_for_the_amount_within_its_five_minutes_and_for_no_tip() -> None:
    script = scripted(checkout={"checkout": checkout()})
    result = present(script, ON_TERMINAL)
    assert (result.status, result.provider_ref, result.link) == (RailStatus.PENDING, "CHECK1", "")
    body = script.body("POST /v2/terminals/checkouts")
    assert body["idempotency_key"] == f"{REFERENCE}-terminal"
    asked = body["checkout"]
    assert (asked["amount_money"], asked["reference_id"]) == (money(), REFERENCE)
    assert asked["device_options"] == {"device_id": "DEVICE1", "tip_settings": {"allow_tipping": False}}
    assert (asked["deadline_duration"], asked["payment_options"]) == ("PT300S", {"autocomplete": True})


def test_a_short_payment_gives_the_terminal_no_longer_than_it_lives() -> None:
    script = scripted(checkout={"checkout": checkout()})
    present(script, replace(ON_TERMINAL, expires_at=Instant(ON_TERMINAL.created_at + 60_000), capture=False))
    asked = script.body("POST /v2/terminals/checkouts")["checkout"]
    assert (asked["deadline_duration"], asked["payment_options"]) == ("PT60S", {"autocomplete": False})


def test_a_terminal_without_a_device_and_a_checkout_of_another_payment_are_refused() -> None:
    assert present(scripted(), ON_TERMINAL, device_id="").failure is FailureCode.CREDENTIALS_MISSING
    foreign = scripted(checkout={"checkout": checkout(reference_id="BANA01A0001255")})
    assert present(foreign, ON_TERMINAL).status is RailStatus.UNKNOWN


def test_a_token_is_charged_at_once() -> None:
    script = scripted(charge={"payment": payment()})
    result = present(script, BY_TOKEN)
    assert (result.status, result.received_minor, result.hint) == (RailStatus.SUCCESS, 1050, "VISA •••• 1111")
    assert result.receipt is not None
    assert (result.receipt.dedupe_key, result.receipt.text) == ("square:PAY1", REFERENCE)
    body = script.body("POST /v2/payments")
    assert (body["source_id"], body["idempotency_key"]) == ("cnon:card-nonce-ok", f"{REFERENCE}-payment")
    assert (body["location_id"], body["autocomplete"], body["reference_id"]) == ("L1", True, REFERENCE)


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_refusal_of_a_charge_has_its_failure(code: str) -> None:
    result = present(scripted(charge=refusal(code, 402, "PAYMENT_METHOD_ERROR")), BY_TOKEN)
    assert result.failure is CODES[code]
    assert result.status is (RailStatus.UNKNOWN if code in MAYBE_DONE else RailStatus.FAILED)
    assert json.loads(result.response)["code"] == code


def test_only_squares_own_trouble_is_retried() -> None:
    transient = {code for code, failure in CODES.items() if failure.category is FailureCategory.TRANSIENT}
    assert transient == {
        "RATE_LIMITED",
        "GATEWAY_TIMEOUT",
        "REQUEST_TIMEOUT",
        "BAD_GATEWAY",
        "INTERNAL_SERVER_ERROR",
        "SERVICE_UNAVAILABLE",
        "TEMPORARY_ERROR",
    }


@pytest.mark.parametrize(
    ("change", "failure"),
    [
        ({"currency": "VND"}, FailureCode.OPERATION_UNSUPPORTED),
        ({"currency": "SGD"}, FailureCode.OPERATION_UNSUPPORTED),
        ({"option": "VISA"}, FailureCode.OPERATION_UNSUPPORTED),
        ({"capture": False}, FailureCode.OPERATION_UNSUPPORTED),
        ({"amount_minor": 0}, FailureCode.UNEXPECTED_ERROR),
        ({"reference": ""}, FailureCode.UNEXPECTED_ERROR),
        ({"reference": "R" * 41}, FailureCode.UNEXPECTED_ERROR),
    ],
)
def test_what_square_cannot_carry_is_not_sent(change: dict[str, Any], failure: FailureCode) -> None:
    script = scripted()
    result = present(script, replace(LINKED, **change))
    assert (result.status, result.failure, script.asked) == (RailStatus.FAILED, failure, [])


@pytest.mark.parametrize("name", ["access_token", "location_id", "signature_key", "notification_url"])
def test_without_a_credential_nothing_is_sent(name: str) -> None:
    script = scripted()
    assert present(script, LINKED, **{name: ""}).failure is FailureCode.CREDENTIALS_MISSING
    assert script.asked == []


def test_a_token_with_a_line_break_is_not_sent() -> None:
    assert present(scripted(), LINKED, access_token="two\nlines").failure is FailureCode.CREDENTIALS_REJECTED


@pytest.mark.parametrize(
    ("reply", "status", "failure"),
    [
        (LOST, RailStatus.UNKNOWN, FailureCode.TIMEOUT),
        (httpx.ConnectError("x"), RailStatus.FAILED, FailureCode.NETWORK_ERROR),
        (httpx.Response(503), RailStatus.UNKNOWN, FailureCode.PROVIDER_UNAVAILABLE),
        (httpx.Response(200, content=b"<html>"), RailStatus.UNKNOWN, FailureCode.UNEXPECTED_ERROR),
        ({"payment_link": {}}, RailStatus.UNKNOWN, FailureCode.UNEXPECTED_ERROR),
        (httpx.Response(401, json={"errors": "odd"}), RailStatus.FAILED, FailureCode.CREDENTIALS_REJECTED),
        (refusal("IDEMPOTENCY_KEY_REUSED"), RailStatus.UNKNOWN, FailureCode.INVALID_TRANSITION),
    ],
    ids=str,
)
def test_a_link_that_was_not_made_says_whether_it_may_exist(
    reply: Reply, status: RailStatus, failure: FailureCode
) -> None:
    result = present(scripted(link=reply))
    assert (result.status, result.failure) == (status, failure)


def found(context: PaymentContext, paid: dict[str, Any]) -> Script:
    """Return a Square in which each way has led to this payment."""
    return scripted(
        get_order=order("COMPLETED", "PAY1"),
        get_checkout={"checkout": checkout("COMPLETED", payment_ids=["PAY1"])},
        get_payment={"payment": paid},
    )


@pytest.mark.parametrize("context", WAYS, ids=lambda context: str(context.option))
@pytest.mark.parametrize(("word", "outcome"), PAYMENTS.items())
def test_every_status_of_a_payment_has_its_meaning_on_every_way(
    context: PaymentContext, word: str, outcome: tuple[RailStatus, FailureCode | None]
) -> None:
    result = check(found(context, payment(word)), context)
    assert (result.status, result.failure) == outcome
    assert (result.receipt is not None) is (word == "COMPLETED")
    assert (result.authorized_minor, result.provider_ref) == (1050 if word == "APPROVED" else 0, "PAY1")


def test_a_paid_link_gives_the_receipt_with_the_reference_of_its_note() -> None:
    paid = payment(note=REFERENCE, total_money=money(1155), tip_money=money(105))
    del paid["reference_id"]
    result = check(found(LINKED, paid))
    assert result.receipt is not None
    assert (result.receipt.text, result.receipt.amount_minor) == (REFERENCE, 1155)
    assert result.paid_at == moment("2026-11-21T03:03:07.123Z")


def test_a_failed_card_says_why() -> None:
    failed = payment("FAILED", card_details={"errors": [{"code": "INSUFFICIENT_FUNDS"}]})
    assert check(found(BY_TOKEN, failed), BY_TOKEN).failure is FailureCode.INSUFFICIENT_FUNDS


def test_an_unknown_status_is_doubt() -> None:
    assert check(found(BY_TOKEN, payment("NEW_WORD")), BY_TOKEN).status is RailStatus.UNKNOWN
    assert check(scripted(get_checkout={"checkout": checkout("NEW")}), ON_TERMINAL).status is RailStatus.UNKNOWN
    assert check(scripted(get_checkout={"checkout": checkout("COMPLETED")}), ON_TERMINAL).status is RailStatus.UNKNOWN


@pytest.mark.parametrize(("word", "status"), CHECKOUTS.items())
def test_every_status_of_a_checkout_has_its_meaning(word: str, status: RailStatus) -> None:
    assert check(scripted(get_checkout={"checkout": checkout(word)}), ON_TERMINAL).status is status


@pytest.mark.parametrize(("reason", "failure"), CANCEL_REASONS.items())
def test_a_cancelled_checkout_says_why(reason: str, failure: FailureCode) -> None:
    cancelled = {"checkout": checkout("CANCELED", cancel_reason=reason)}
    result = check(scripted(get_checkout=cancelled), ON_TERMINAL)
    assert (result.status, result.failure) == (RailStatus.FAILED, failure)


def test_an_open_link_is_awaited_and_a_cancelled_one_is_over() -> None:
    assert check(scripted(get_order=order())).status is RailStatus.PENDING
    over = check(scripted(get_order=order("CANCELED")))
    assert (over.status, over.failure) == (RailStatus.FAILED, FailureCode.EXPIRED)


def test_money_that_came_outweighs_a_failed_attempt() -> None:
    script = scripted(
        get_order=order("COMPLETED", "PAY0", "PAY1"),
        get_other={"payment": payment("FAILED", id="PAY0")},
        get_payment={"payment": payment()},
    )
    assert check(script).provider_ref == "PAY1"


def test_a_terminal_payment_that_is_known_by_its_own_id_is_found() -> None:
    script = scripted(get_no_checkout=NO_CHECKOUT, get_payment={"payment": payment()})
    assert check(script, HELD).status is RailStatus.SUCCESS


@pytest.mark.parametrize("context", WAYS, ids=lambda context: str(context.option))
def test_a_payment_whose_creation_went_unanswered_is_searched_for_and_never_started_again(
    context: PaymentContext,
) -> None:
    lost = replace(context, provider_ref="")
    other = payment(id="PAY0", reference_id="BANA01A0001255")
    script = scripted(list=[{"payments": [other], "cursor": "next"}, {"payments": [payment()]}])
    result = check(script, lost)
    assert (result.status, result.provider_ref) == (RailStatus.SUCCESS, "PAY1")
    first, second = script.asked
    assert first.url.params["location_id"] == "L1"
    assert first.url.params["begin_time"] == "2026-11-21T02:55:00Z"
    assert second.url.params["cursor"] == "next"


def test_a_payment_that_is_not_found_was_paid_by_nobody_yet() -> None:
    assert check(scripted(list={}), replace(LINKED, provider_ref="")) == RailResult(RailStatus.PENDING)


def test_an_endless_search_is_given_up_as_doubt() -> None:
    script = scripted(list={"payments": [], "cursor": "again"})
    assert check(script, replace(LINKED, provider_ref="")).status is RailStatus.UNKNOWN
    assert len(script.asked) == 5


@pytest.mark.parametrize("reply", [LOST, httpx.Response(500), NO_CHECKOUT, {"order": []}], ids=str)
def test_a_payment_that_cannot_be_looked_up_is_doubt(reply: Reply) -> None:
    result = check(scripted(get_order=reply))
    assert (result.status, result.provider_ref) == (RailStatus.UNKNOWN, "LINK1/ORDER1")


def take(script: Script, amount_minor: int = 700, context: PaymentContext = HELD) -> RailResult:
    return ADAPTER.capture(script.client(), SQUARE, context, amount_minor)


def held(**more: Reply | list[Reply]) -> Script:
    known: dict[str, Reply | list[Reply]] = {
        "get_no_checkout": NO_CHECKOUT,
        "get_payment": {"payment": payment("APPROVED")},
    }
    return scripted(**known, **more)


def test_a_hold_is_pending_with_its_amount_and_its_end() -> None:
    result = check(held(), HELD)
    assert (result.status, result.authorized_minor) == (RailStatus.PENDING, 1050)
    assert result.held_until == moment("2026-11-22T15:03:07.123Z")


def test_a_part_of_a_hold_is_taken_by_lowering_it_first() -> None:
    less = {"payment": payment(amount_money=money(700), total_money=money(700))}
    script = held(change={"payment": payment("APPROVED")}, complete=less)
    result = take(script)
    assert (result.status, result.received_minor) == (RailStatus.SUCCESS, 700)
    assert script.body("PUT /v2/payments/PAY1") == {
        "idempotency_key": f"{REFERENCE}-part",
        "payment": {"amount_money": {"amount": 700, "currency": "USD"}},
    }


def test_the_whole_hold_is_taken_without_changing_it() -> None:
    script = held(complete={"payment": payment()})
    assert take(script, 1050).status is RailStatus.SUCCESS
    assert script.sent("PUT /v2/payments/PAY1") == []


def test_a_hold_is_found_from_the_checkout_that_made_it() -> None:
    script = scripted(
        get_checkout={"checkout": checkout("COMPLETED", payment_ids=["PAY1"])},
        get_payment={"payment": payment("APPROVED")},
        complete={"payment": payment()},
    )
    assert take(script, 1050, replace(HELD, provider_ref="CHECK1")).provider_ref == "PAY1"


def test_what_was_completed_before_is_told_again() -> None:
    script = scripted(get_no_checkout=NO_CHECKOUT, get_payment={"payment": payment()})
    assert take(script).status is RailStatus.SUCCESS
    assert script.sent("POST /v2/payments/PAY1/complete") == []


@pytest.mark.parametrize(
    ("word", "amount_minor", "failure"),
    [
        ("APPROVED", 1051, FailureCode.AMOUNT_MISMATCH),
        ("APPROVED", 0, FailureCode.AMOUNT_MISMATCH),
        ("PENDING", 700, FailureCode.INVALID_TRANSITION),
        ("CANCELED", 700, FailureCode.EXPIRED),
    ],
)
def test_more_than_is_held_is_not_taken(word: str, amount_minor: int, failure: FailureCode) -> None:
    script = scripted(get_no_checkout=NO_CHECKOUT, get_payment={"payment": payment(word)})
    result = take(script, amount_minor)
    assert (result.status, result.failure) == (RailStatus.FAILED, failure)


def test_nothing_is_taken_where_nobody_has_paid() -> None:
    script = scripted(get_checkout={"checkout": checkout("IN_PROGRESS")})
    assert take(script, 700, replace(HELD, provider_ref="CHECK1")).failure is FailureCode.INVALID_TRANSITION


def test_a_completion_whose_answer_was_lost_is_doubt() -> None:
    assert take(held(complete=LOST), 1050).status is RailStatus.UNKNOWN


@pytest.mark.parametrize(
    ("word", "reply", "status"),
    [
        ("APPROVED", {"payment": payment("CANCELED")}, RailStatus.SUCCESS),
        ("APPROVED", {"payment": payment("APPROVED")}, RailStatus.UNKNOWN),
        ("APPROVED", LOST, RailStatus.UNKNOWN),
        ("APPROVED", refusal("DELAYED_TRANSACTION_CAPTURED"), RailStatus.UNKNOWN),
        ("CANCELED", LOST, RailStatus.SUCCESS),
        ("COMPLETED", LOST, RailStatus.FAILED),
    ],
    ids=str,
)
def test_a_hold_is_let_go(word: str, reply: Reply, status: RailStatus) -> None:
    script = scripted(get_no_checkout=NO_CHECKOUT, get_payment={"payment": payment(word)}, cancel=reply)
    assert ADAPTER.void(script.client(), SQUARE, HELD).status is status


def withdraw(script: Script, context: PaymentContext) -> RailResult:
    return ADAPTER.withdraw(script.client(), SQUARE, context)


@pytest.mark.parametrize(
    ("found_first", "reply", "status"),
    [
        ("PENDING", {"checkout": checkout("CANCELED")}, RailStatus.SUCCESS),
        ("IN_PROGRESS", {"checkout": checkout("CANCEL_REQUESTED")}, RailStatus.PENDING),
        ("CANCELED", LOST, RailStatus.SUCCESS),
        ("IN_PROGRESS", refusal("BAD_REQUEST"), RailStatus.FAILED),
        ("IN_PROGRESS", LOST, RailStatus.UNKNOWN),
    ],
    ids=str,
)
def test_a_payment_is_taken_off_the_terminal(found_first: str, reply: Reply, status: RailStatus) -> None:
    script = scripted(get_checkout={"checkout": checkout(found_first)}, cancel_checkout=reply)
    assert withdraw(script, ON_TERMINAL).status is status
    assert ADAPTER.void(script.client(), SQUARE, ON_TERMINAL).status is status


@pytest.mark.parametrize(
    ("reply", "after", "status"),
    [
        ({"id": "LINK1", "cancelled_order_id": "ORDER1"}, order("CANCELED"), RailStatus.SUCCESS),
        ({"id": "LINK1"}, order("COMPLETED", "PAY1"), RailStatus.UNKNOWN),
        (refusal("NOT_FOUND", 404), order("CANCELED"), RailStatus.SUCCESS),
        (refusal("BAD_REQUEST"), order(), RailStatus.FAILED),
        (LOST, order(), RailStatus.UNKNOWN),
    ],
    ids=str,
)
def test_a_link_is_taken_off_the_air(reply: Reply, after: Reply, status: RailStatus) -> None:
    script = scripted(get_order=[order(), after], delete_link=reply)
    assert withdraw(script, LINKED).status is status


@pytest.mark.parametrize("context", WAYS, ids=lambda context: str(context.option))
def test_what_is_paid_cannot_be_withdrawn(context: PaymentContext) -> None:
    result = withdraw(found(context, payment()), context)
    assert (result.status, result.failure) == (RailStatus.FAILED, FailureCode.INVALID_TRANSITION)


@pytest.mark.parametrize(
    ("context", "status"),
    [(LINKED, RailStatus.SUCCESS), (ON_TERMINAL, RailStatus.UNKNOWN), (BY_TOKEN, RailStatus.SUCCESS)],
)
def test_what_went_unanswered_is_withdrawn_as_far_as_it_can_be(context: PaymentContext, status: RailStatus) -> None:
    script = scripted(list={}, cancel_key={})
    assert withdraw(script, replace(context, provider_ref="")).status is status
    keys = [json.loads(request.content) for request in script.sent("POST /v2/payments/cancel")]
    assert keys == ([{"idempotency_key": f"{REFERENCE}-payment"}] if context is BY_TOKEN else [])


def give_back(script: Script, asked: RefundOrder = GIVE_BACK) -> RailResult:
    return ADAPTER.refund(script.client(), SQUARE, asked)


@pytest.mark.parametrize(("word", "outcome"), REFUNDS.items())
def test_every_status_of_a_refund_has_its_meaning(word: str, outcome: tuple[RailStatus, FailureCode | None]) -> None:
    result = give_back(scripted(refund={"refund": refund(word)}))
    assert (result.status, result.failure) == outcome
    assert (result.provider_ref, result.received_minor) == ("REF1", 500)


def test_a_refund_carries_its_reference_as_the_key_and_in_its_reason() -> None:
    script = scripted(refund={"refund": refund()})
    give_back(script, replace(GIVE_BACK, reason="x" * 300))
    body = script.body("POST /v2/refunds")
    assert (body["idempotency_key"], body["payment_id"]) == (GIVE_BACK.reference, "PAY1")
    assert body["amount_money"] == {"amount": 500, "currency": "USD"}
    assert body["reason"].startswith(f"{GIVE_BACK.reference}: x")
    assert len(body["reason"]) == 192


@pytest.mark.parametrize(
    ("reply", "status", "failure"),
    [
        (LOST, RailStatus.UNKNOWN, FailureCode.TIMEOUT),
        (httpx.ConnectError("x"), RailStatus.UNKNOWN, FailureCode.NETWORK_ERROR),
        (httpx.Response(429), RailStatus.UNKNOWN, FailureCode.RATE_LIMITED),
        (refusal("REFUND_AMOUNT_INVALID"), RailStatus.FAILED, FailureCode.AMOUNT_MISMATCH),
        (refusal("PAYMENT_NOT_REFUNDABLE"), RailStatus.FAILED, FailureCode.DECLINED),
        (refusal("IDEMPOTENCY_KEY_REUSED"), RailStatus.UNKNOWN, FailureCode.INVALID_TRANSITION),
        (refusal("REFUND_ALREADY_PENDING"), RailStatus.UNKNOWN, FailureCode.INVALID_TRANSITION),
        ({"refund": refund("ODD")}, RailStatus.UNKNOWN, FailureCode.UNEXPECTED_ERROR),
        ({"refund": {}}, RailStatus.UNKNOWN, FailureCode.UNEXPECTED_ERROR),
    ],
    ids=str,
)
def test_a_refund_fails_only_by_squares_word(reply: Reply, status: RailStatus, failure: FailureCode) -> None:
    result = give_back(scripted(refund=reply))
    assert (result.status, result.failure) == (status, failure)


def check_refund(script: Script, asked: RefundOrder = GIVE_BACK) -> RailResult:
    return ADAPTER.check_refund(script.client(), SQUARE, asked)


def test_a_known_refund_is_asked_for_by_its_id() -> None:
    script = scripted(get_refund={"refund": refund("PENDING")})
    assert check_refund(script, replace(GIVE_BACK, provider_ref="REF1")).status is RailStatus.PENDING


def test_a_refund_whose_answer_was_lost_is_found_by_its_reference() -> None:
    script = scripted(
        get_payment={"payment": payment(refund_ids=["REF0", "REF1"])},
        get_other_refund={"refund": refund(id="REF0", reason="Returned")},
        get_refund={"refund": refund()},
    )
    assert check_refund(script).provider_ref == "REF1"


@pytest.mark.parametrize("odd", [{"payment_id": "PAY0"}, {"amount_money": money(501)}], ids=["payment", "sum"])
def test_a_refund_of_another_payment_or_sum_is_not_ours(odd: dict[str, Any]) -> None:
    script = scripted(get_refund={"refund": refund(**odd)})
    assert check_refund(script, replace(GIVE_BACK, provider_ref="REF1")).status is RailStatus.UNKNOWN


def test_all_payments_of_an_order_that_took_money_are_told() -> None:
    other = payment(id="PAY0", created_at="2026-11-21T03:02:07.123Z")
    paid = scripted(
        get_order=order("OPEN", "PAY1", "PAY0"), get_payment={"payment": payment()}, get_other={"payment": other}
    )
    result = check(paid)
    assert [receipt.provider_ref for receipt in result.receipts] == ["PAY0", "PAY1"]
    assert (result.provider_ref, result.received_minor) == ("PAY1", 2100)


def test_a_refund_that_never_arrived_may_be_asked_for_again() -> None:
    result = check_refund(scripted(get_payment={"payment": payment()}))
    assert result.status is RailStatus.UNKNOWN
    assert result.failure is not None
    assert result.failure.category is FailureCategory.TRANSIENT


@pytest.mark.parametrize(
    "reply",
    [LOST, {"payment": payment(refund_ids="odd")}, {"payment": payment(refund_ids=["R"] * 51)}],
    ids=["lost", "odd", "too many"],
)
def test_a_refund_that_cannot_be_looked_up_is_doubt(reply: Reply) -> None:
    assert check_refund(scripted(get_payment=reply)).status is RailStatus.UNKNOWN


def test_no_secret_stands_in_a_result() -> None:
    results = (present(scripted(link={"payment_link": link()})), check(scripted(get_order=order())))
    for result in (*results, give_back(scripted(refund=LOST))):
        assert "made-up" not in repr(result)


def test_square_lists_no_movements_for_the_hub() -> None:
    page = ADAPTER.statement(scripted().client(), SQUARE, "c", moment("2026-11-21T03:00:00Z"))
    assert (page.failure, page.cursor) == (FailureCode.OPERATION_UNSUPPORTED, "c")
