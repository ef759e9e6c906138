"""PayPal: creating an order, completing it once, holds, refunds, and what each way of failing means."""

import base64
import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from domain.errors import FailureCategory, FailureCode
from domain.rails import PaymentContext, RailResult, RailStatus, RefundOrder
from server.rails.base import Captures, RailAdapter, Refunds, Withdraws
from server.rails.paypal import CURRENCIES, PaypalAdapter
from server.rails.paypal_codes import (
    AUTHORIZATIONS,
    CAPTURES,
    ISSUES,
    MAYBE_DONE,
    ORDERS,
    PAYER_ACTS,
    PROCESSORS,
    REFUNDS,
)
from tests.server.paypal_samples import (
    DOLLARS,
    GIVE_BACK,
    PAYPAL,
    REFERENCE,
    authorization,
    capture,
    money,
    order,
    refund,
    refusal,
    scripted,
)
from tests.server.rails_samples import changed, moment
from tests.server.scripted_provider import Reply, Script

ADAPTER = PaypalAdapter()
HELD = replace(DOLLARS, capture=False)
LOST = httpx.ReadTimeout("x")
CREATE = "POST /v2/checkout/orders"
COMPLETE = "POST /v2/checkout/orders/ORDER1/capture"


def present(script: Script, context: PaymentContext = DOLLARS, **credentials: str) -> RailResult:
    return ADAPTER.present(script.client(), changed(PAYPAL, **credentials), replace(context, provider_ref=""))


def check(script: Script, context: PaymentContext = DOLLARS) -> RailResult:
    return ADAPTER.check(script.client(), PAYPAL, context)


def give_back(script: Script, asked: RefundOrder = GIVE_BACK) -> RailResult:
    return ADAPTER.refund(script.client(), PAYPAL, asked)


def test_the_adapter_can_hold_give_back_and_withdraw() -> None:
    adapter: RailAdapter = ADAPTER
    assert isinstance(adapter, Refunds)
    assert isinstance(adapter, Captures)
    assert isinstance(adapter, Withdraws)
    assert "VND" not in adapter.currencies


def test_an_order_is_created_with_the_reference_and_gives_the_page_to_pay_on() -> None:
    script = scripted(create=order())
    result = present(script)
    assert (result.status, result.provider_ref, result.failure) == (RailStatus.PENDING, "ORDER1", None)
    assert result.link == "https://www.paypal.com/checkoutnow?token=ORDER1"
    body = script.body(CREATE)
    assert body["intent"] == "CAPTURE"
    (unit,) = body["purchase_units"]
    assert unit["amount"] == {"currency_code": "USD", "value": "10.50"}
    assert {unit["reference_id"], unit["custom_id"], unit["invoice_id"]} == {REFERENCE}
    (request,) = script.sent(CREATE)
    assert request.headers["paypal-request-id"] == f"{REFERENCE}-order"
    assert request.headers["authorization"] == "Bearer made-up-token"


def test_the_token_is_asked_for_with_the_client_credentials() -> None:
    script = scripted(create=order())
    present(script)
    (request,) = script.sent("POST /v1/oauth2/token")
    assert request.content == b"grant_type=client_credentials"
    assert base64.b64decode(request.headers["authorization"].removeprefix("Basic ")) == b"client-1:made-up-paypal"


def test_yen_are_written_without_places_and_a_hold_asks_to_authorize() -> None:
    script = scripted(create=order())
    present(script, replace(HELD, currency="JPY", amount_minor=1500))
    body = script.body(CREATE)
    assert body["intent"] == "AUTHORIZE"
    assert body["purchase_units"][0]["amount"] == {"currency_code": "JPY", "value": "1500"}


def test_the_page_bears_the_shops_name_and_leads_back_where_the_owner_says() -> None:
    script = scripted(create=order())
    present(script, brand_name="Bà Ná", return_url="https://bana.example/thanks")
    page = script.body(CREATE)["payment_source"]["paypal"]["experience_context"]
    assert (page["brand_name"], page["return_url"], page["user_action"]) == (
        "Bà Ná",
        "https://bana.example/thanks",
        "PAY_NOW",
    )


@pytest.mark.parametrize(
    "href",
    [
        "",
        "http://www.paypal.com/checkoutnow",
        "https://evil.example/checkoutnow",
        "https://paypal.com.evil.example/",
        "http://127.0.0.1:8080/pay",
    ],
)
def test_a_page_that_is_not_paypals_is_not_shown(href: str) -> None:
    answer = order()
    answer["links"][0]["href"] = href
    result = present(scripted(create=answer))
    assert (result.status, result.failure, result.link) == (RailStatus.UNKNOWN, FailureCode.UNEXPECTED_ERROR, "")
    assert check(scripted(get_order=answer)).link == ""


def test_an_order_that_was_paid_meanwhile_is_told_as_paid_when_it_is_asked_for_again() -> None:
    result = present(scripted(create=order("COMPLETED", captures=[capture()])))
    assert (result.status, result.received_minor) == (RailStatus.SUCCESS, 1050)
    assert present(scripted(create=order("APPROVED"))).status is RailStatus.PENDING


def test_an_order_for_another_payment_is_not_shown() -> None:
    answer = order()
    answer["purchase_units"][0]["reference_id"] = "BANA01A0001255"
    assert present(scripted(create=answer)).status is RailStatus.UNKNOWN


@pytest.mark.parametrize(
    ("change", "failure"),
    [
        ({"currency": "VND"}, FailureCode.OPERATION_UNSUPPORTED),
        ({"currency": "SAR"}, FailureCode.OPERATION_UNSUPPORTED),
        ({"amount_minor": 0}, FailureCode.UNEXPECTED_ERROR),
        ({"reference": ""}, FailureCode.UNEXPECTED_ERROR),
    ],
)
def test_what_paypal_cannot_carry_is_not_sent(change: dict[str, Any], failure: FailureCode) -> None:
    script = scripted()
    result = present(script, replace(DOLLARS, **change))
    assert (result.status, result.failure, script.asked) == (RailStatus.FAILED, failure, [])
    assert check(script, replace(DOLLARS, **change)).status is RailStatus.UNKNOWN


@pytest.mark.parametrize("name", ["client_id", "client_secret", "webhook_id"])
def test_without_a_credential_nothing_is_sent(name: str) -> None:
    script = scripted()
    result = present(script, DOLLARS, **{name: ""})
    assert (result.status, result.failure, script.asked) == (RailStatus.FAILED, FailureCode.CREDENTIALS_MISSING, [])


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        (httpx.Response(401, json={"error": "invalid_client"}), FailureCode.CREDENTIALS_REJECTED),
        (httpx.ConnectError("x"), FailureCode.NETWORK_ERROR),
        (LOST, FailureCode.TIMEOUT),
        (httpx.Response(503), FailureCode.PROVIDER_UNAVAILABLE),
        ({"access_token": ""}, FailureCode.UNEXPECTED_ERROR),
        ({"access_token": "two\nlines"}, FailureCode.UNEXPECTED_ERROR),
        ({"access_token": ["a"]}, FailureCode.UNEXPECTED_ERROR),
    ],
    ids=str,
)
def test_without_a_token_nothing_was_done(reply: Reply, failure: FailureCode) -> None:
    result = present(scripted(token=reply))
    assert (result.status, result.failure) == (RailStatus.FAILED, failure)
    assert check(scripted(token=reply)).status is RailStatus.UNKNOWN


@pytest.mark.parametrize(
    ("reply", "status", "failure"),
    [
        (LOST, RailStatus.UNKNOWN, FailureCode.TIMEOUT),
        (httpx.Response(500), RailStatus.UNKNOWN, FailureCode.PROVIDER_UNAVAILABLE),
        (httpx.Response(200, content=b"<html>"), RailStatus.UNKNOWN, FailureCode.UNEXPECTED_ERROR),
        (httpx.ConnectError("x"), RailStatus.FAILED, FailureCode.NETWORK_ERROR),
        (refusal("CURRENCY_NOT_SUPPORTED"), RailStatus.FAILED, FailureCode.OPERATION_UNSUPPORTED),
        (refusal("PAYEE_ACCOUNT_RESTRICTED"), RailStatus.FAILED, FailureCode.CREDENTIALS_REJECTED),
        (refusal("A_NEW_ISSUE", 400), RailStatus.FAILED, FailureCode.UNEXPECTED_ERROR),
        (httpx.Response(429, json={"name": "RATE_LIMIT_REACHED"}), RailStatus.FAILED, FailureCode.RATE_LIMITED),
        (httpx.Response(403, json={"name": "NOT_AUTHORIZED"}), RailStatus.FAILED, FailureCode.CREDENTIALS_REJECTED),
    ],
    ids=str,
)
def test_an_order_that_was_not_made_says_whether_it_may_exist(
    reply: Reply, status: RailStatus, failure: FailureCode
) -> None:
    result = present(scripted(create=reply))
    assert (result.status, result.failure) == (status, failure)


def test_an_approved_order_is_captured_and_gives_the_receipt_of_its_notification() -> None:
    script = scripted(get_order=order("APPROVED"), complete=order("COMPLETED", captures=[capture()]))
    result = check(script)
    assert (result.status, result.received_minor, result.provider_ref) == (RailStatus.SUCCESS, 1050, "CAP1")
    assert result.receipt is not None
    assert (result.receipt.dedupe_key, result.receipt.text) == ("paypal:CAP1", REFERENCE)
    assert result.paid_at == moment("2026-11-21T03:03:07Z")
    (request,) = script.sent(COMPLETE)
    assert request.headers["paypal-request-id"] == f"{REFERENCE}-capture"


def test_a_completed_order_is_not_captured_again() -> None:
    script = scripted(get_order=order("COMPLETED", captures=[capture()]))
    assert check(script).status is RailStatus.SUCCESS
    assert script.sent(COMPLETE) == []


def test_a_capture_whose_answer_was_lost_is_found_by_the_next_check() -> None:
    script = scripted(
        get_order=[order("APPROVED"), order("COMPLETED", captures=[capture()])], complete=httpx.ReadTimeout("x")
    )
    assert check(script).status is RailStatus.UNKNOWN
    assert check(script).status is RailStatus.SUCCESS
    assert len(script.sent(COMPLETE)) == 1


@pytest.mark.parametrize(("word", "outcome"), ORDERS.items())
def test_every_status_of_an_unpaid_order_has_its_meaning(
    word: str, outcome: tuple[RailStatus, FailureCode | None]
) -> None:
    script = scripted(get_order=order(word), complete=order(word))
    result = check(script)
    assert (result.status, result.failure, result.receipt) == (*outcome, None)
    assert bool(result.link) is (word in PAYER_ACTS)


def test_an_unknown_status_and_a_completed_order_without_money_are_doubt() -> None:
    assert check(scripted(get_order=order("NEW_WORD"))).status is RailStatus.UNKNOWN
    assert check(scripted(get_order=order("COMPLETED"))).status is RailStatus.UNKNOWN
    assert check(scripted(get_order=order("COMPLETED", captures=[capture("NEW_WORD")]))).status is RailStatus.UNKNOWN


@pytest.mark.parametrize(("word", "status"), CAPTURES.items())
def test_every_status_of_a_capture_has_its_meaning(word: str, status: RailStatus) -> None:
    result = check(scripted(get_order=order("COMPLETED", captures=[capture(word)])))
    assert result.status is status
    assert result.failure is (FailureCode.DECLINED if status is RailStatus.FAILED else None)


@pytest.mark.parametrize(("code", "failure"), PROCESSORS.items())
def test_a_processors_code_says_why_a_card_was_declined(code: str, failure: FailureCode) -> None:
    declined = capture("DECLINED", processor_response={"response_code": code})
    assert check(scripted(get_order=order("COMPLETED", captures=[declined]))).failure is failure


def test_money_that_came_outweighs_a_declined_attempt() -> None:
    both = order("COMPLETED", captures=[capture("DECLINED", id="CAP0"), capture()])
    assert check(scripted(get_order=both)).provider_ref == "CAP1"


def test_another_amount_is_reported_as_it_was_received() -> None:
    paid = order("COMPLETED", captures=[capture(amount=money("9.00"))])
    assert check(scripted(get_order=paid)).received_minor == 900


def test_the_hint_is_a_masked_card() -> None:
    paid = order("COMPLETED", captures=[capture()])
    paid["payment_source"] = {"card": {"brand": "VISA", "last_digits": "1111", "name": "An"}}
    assert check(scripted(get_order=paid)).hint == "VISA •••• 1111"


@pytest.mark.parametrize("issue", sorted(ISSUES))
def test_a_refused_capture_fails_only_by_a_decline(issue: str) -> None:
    result = check(scripted(get_order=order("APPROVED"), complete=refusal(issue)))
    declined = ISSUES[issue].category is FailureCategory.PERMANENT
    assert result.status is (RailStatus.FAILED if declined else RailStatus.UNKNOWN)
    assert result.failure is ISSUES[issue]
    assert json.loads(result.response)["issue"] == issue


@pytest.mark.parametrize("issue", ["ORDER_NOT_APPROVED", "PAYER_ACTION_REQUIRED"])
def test_a_payer_who_has_to_act_again_is_awaited(issue: str) -> None:
    result = check(scripted(get_order=order("APPROVED"), complete=refusal(issue)))
    assert (result.status, result.failure) == (RailStatus.PENDING, None)


def test_what_was_done_before_is_doubt_and_never_a_failure() -> None:
    for issue in MAYBE_DONE:
        assert check(scripted(get_order=order("APPROVED"), complete=refusal(issue))).status is RailStatus.UNKNOWN


def test_an_order_that_is_not_found_is_doubt() -> None:
    result = check(scripted(get_order=refusal("INVALID_RESOURCE_ID", 404, "RESOURCE_NOT_FOUND")))
    assert (result.status, result.failure) == (RailStatus.UNKNOWN, FailureCode.ROUTE_NOT_FOUND)


def test_an_order_whose_creation_went_unanswered_is_made_again_under_the_same_request_id() -> None:
    script = scripted(create=[LOST, order()], get_order=order("APPROVED"), complete=order("X", captures=[capture()]))
    assert present(script).status is RailStatus.UNKNOWN
    assert check(script, replace(DOLLARS, provider_ref="")).status is RailStatus.SUCCESS
    first, second = script.sent(CREATE)
    assert first.headers["paypal-request-id"] == second.headers["paypal-request-id"]
    assert first.content == second.content


def test_a_hold_is_pending_with_its_amount_and_its_end() -> None:
    approved = {**order("APPROVED"), "intent": "AUTHORIZE"}
    script = scripted(get_order=approved, authorize=order("COMPLETED", authorizations=[authorization()]))
    result = check(script, HELD)
    assert (result.status, result.authorized_minor, result.received_minor) == (RailStatus.PENDING, 1050, 0)
    assert (result.held_until, result.provider_ref) == (moment("2026-12-20T03:03:07Z"), "ORDER1")
    (request,) = script.sent("POST /v2/checkout/orders/ORDER1/authorize")
    assert request.headers["paypal-request-id"] == f"{REFERENCE}-authorize"


@pytest.mark.parametrize(("word", "outcome"), AUTHORIZATIONS.items())
def test_every_status_of_a_hold_has_its_meaning(word: str, outcome: tuple[RailStatus, FailureCode | None]) -> None:
    result = check(scripted(get_order=order("COMPLETED", authorizations=[authorization(word)])), HELD)
    assert (result.status, result.failure) == outcome
    assert (result.authorized_minor > 0) is (word == "CREATED")


HELD_ORDER = order("COMPLETED", authorizations=[authorization()])


def take(script: Script, amount_minor: int = 700) -> RailResult:
    return ADAPTER.capture(script.client(), PAYPAL, HELD, amount_minor)


def test_a_part_of_a_hold_is_taken_as_the_only_capture() -> None:
    script = scripted(get_order=HELD_ORDER, capture=capture(amount=money("7.00")))
    result = take(script)
    assert (result.status, result.received_minor, result.provider_ref) == (RailStatus.SUCCESS, 700, "CAP1")
    body = script.body("POST /v2/payments/authorizations/AUTH1/capture")
    assert (body["amount"]["value"], body["final_capture"], body["invoice_id"]) == ("7.00", True, REFERENCE)


def test_what_was_captured_before_is_told_again_and_not_taken_twice() -> None:
    script = scripted(get_order=order("COMPLETED", authorizations=[authorization("CAPTURED")], captures=[capture()]))
    assert take(script).provider_ref == "CAP1"
    assert script.sent("POST /v2/payments/authorizations/AUTH1/capture") == []


@pytest.mark.parametrize(
    ("found", "amount_minor", "failure"),
    [
        (HELD_ORDER, 1051, FailureCode.AMOUNT_MISMATCH),
        (HELD_ORDER, 0, FailureCode.AMOUNT_MISMATCH),
        (order("APPROVED"), 700, FailureCode.INVALID_TRANSITION),
        (order("COMPLETED", authorizations=[authorization("VOIDED")]), 700, FailureCode.EXPIRED),
    ],
)
def test_more_than_is_held_is_not_taken(found: dict[str, Any], amount_minor: int, failure: FailureCode) -> None:
    result = take(scripted(get_order=found), amount_minor)
    assert (result.status, result.failure) == (RailStatus.FAILED, failure)


@pytest.mark.parametrize(
    ("reply", "status", "failure"),
    [
        (LOST, RailStatus.UNKNOWN, FailureCode.TIMEOUT),
        (refusal("AUTHORIZATION_EXPIRED"), RailStatus.FAILED, FailureCode.EXPIRED),
        (refusal("AUTHORIZATION_ALREADY_CAPTURED"), RailStatus.UNKNOWN, FailureCode.INVALID_TRANSITION),
        (capture("PENDING"), RailStatus.PENDING, None),
        (capture("DECLINED"), RailStatus.FAILED, FailureCode.DECLINED),
        (capture("ODD"), RailStatus.UNKNOWN, FailureCode.UNEXPECTED_ERROR),
    ],
    ids=str,
)
def test_a_capture_of_a_hold_says_what_became_of_it(
    reply: Reply, status: RailStatus, failure: FailureCode | None
) -> None:
    result = take(scripted(get_order=HELD_ORDER, capture=reply))
    assert (result.status, result.failure) == (status, failure)


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (authorization("VOIDED"), RailStatus.SUCCESS),
        (httpx.Response(204), RailStatus.SUCCESS),
        (refusal("PREVIOUSLY_VOIDED"), RailStatus.SUCCESS),
        (refusal("AUTHORIZATION_EXPIRED"), RailStatus.SUCCESS),
        (refusal("PREVIOUSLY_CAPTURED"), RailStatus.FAILED),
        (LOST, RailStatus.UNKNOWN),
        (httpx.Response(503), RailStatus.UNKNOWN),
    ],
    ids=str,
)
def test_a_hold_is_let_go(reply: Reply, status: RailStatus) -> None:
    script = scripted(get_order=HELD_ORDER, void=reply)
    assert ADAPTER.void(script.client(), PAYPAL, HELD).status is status


def test_captured_money_is_not_let_go_and_an_unpaid_order_is_withdrawn_instead() -> None:
    captured = scripted(get_order=order("COMPLETED", captures=[capture()]))
    assert ADAPTER.void(captured.client(), PAYPAL, HELD).failure is FailureCode.INVALID_TRANSITION
    unpaid = scripted(get_order=order(), patch_order=httpx.Response(204))
    assert ADAPTER.void(unpaid.client(), PAYPAL, HELD).status is RailStatus.SUCCESS


def test_a_withdrawn_order_is_marked_at_paypal_and_never_completed() -> None:
    script = scripted(get_order=order("APPROVED"), patch_order=httpx.Response(204))
    assert ADAPTER.withdraw(script.client(), PAYPAL, DOLLARS).status is RailStatus.SUCCESS
    (change,) = script.body("PATCH /v2/checkout/orders/ORDER1")
    assert change["path"] == f"/purchase_units/@reference_id=='{REFERENCE}'/custom_id"
    marked = order("APPROVED")
    marked["purchase_units"][0]["custom_id"] = change["value"]
    later = scripted(get_order=marked)
    result = check(later)
    assert (result.status, result.failure) == (RailStatus.FAILED, FailureCode.PAYER_CANCELLED)
    assert later.sent(COMPLETE) == []


@pytest.mark.parametrize("payments", [{"captures": [capture()]}, {"authorizations": [authorization()]}])
def test_what_is_paid_or_held_cannot_be_withdrawn(payments: dict[str, Any]) -> None:
    script = scripted(get_order=order("COMPLETED", **payments))
    result = ADAPTER.withdraw(script.client(), PAYPAL, DOLLARS)
    assert (result.status, result.failure) == (RailStatus.FAILED, FailureCode.INVALID_TRANSITION)


def test_a_payment_whose_page_nobody_saw_is_withdrawn_without_a_call() -> None:
    script = scripted()
    assert ADAPTER.withdraw(script.client(), PAYPAL, replace(DOLLARS, provider_ref="")).status is RailStatus.SUCCESS
    assert script.asked == []


@pytest.mark.parametrize(("word", "outcome"), REFUNDS.items())
def test_every_status_of_a_refund_has_its_meaning(word: str, outcome: tuple[RailStatus, FailureCode | None]) -> None:
    script = scripted(refund=refund(word))
    result = give_back(script)
    assert (result.status, result.failure) == outcome
    assert (result.provider_ref, result.received_minor) == ("REF1", 500)


def test_a_refund_carries_its_own_reference_as_the_request_id() -> None:
    script = scripted(refund=refund())
    give_back(script)
    (request,) = script.sent("POST /v2/payments/captures/CAP1/refund")
    assert request.headers["paypal-request-id"] == GIVE_BACK.reference
    assert json.loads(request.content) == {
        "amount": {"currency_code": "USD", "value": "5.00"},
        "custom_id": GIVE_BACK.reference,
        "invoice_id": GIVE_BACK.reference,
        "note_to_payer": "Returned",
    }


@pytest.mark.parametrize(
    ("reply", "status", "failure"),
    [
        (LOST, RailStatus.UNKNOWN, FailureCode.TIMEOUT),
        (httpx.ConnectError("x"), RailStatus.UNKNOWN, FailureCode.NETWORK_ERROR),
        (httpx.Response(429), RailStatus.UNKNOWN, FailureCode.RATE_LIMITED),
        (refusal("CAPTURE_FULLY_REFUNDED"), RailStatus.FAILED, FailureCode.INVALID_TRANSITION),
        (refusal("REFUND_AMOUNT_EXCEEDED"), RailStatus.FAILED, FailureCode.AMOUNT_MISMATCH),
        (refusal("REFUND_FAILED_INSUFFICIENT_FUNDS"), RailStatus.FAILED, FailureCode.INSUFFICIENT_FUNDS),
        (refusal("DUPLICATE_REFUND"), RailStatus.UNKNOWN, FailureCode.INVALID_TRANSITION),
        (refund("ODD"), RailStatus.UNKNOWN, FailureCode.UNEXPECTED_ERROR),
        ({"status": "COMPLETED"}, RailStatus.UNKNOWN, FailureCode.UNEXPECTED_ERROR),
    ],
    ids=str,
)
def test_a_refund_fails_only_by_paypals_word(reply: Reply, status: RailStatus, failure: FailureCode) -> None:
    result = give_back(scripted(refund=reply))
    assert (result.status, result.failure) == (status, failure)


def test_a_known_refund_is_asked_for_by_its_id() -> None:
    script = scripted(get_refund=refund("PENDING"))
    result = ADAPTER.check_refund(script.client(), PAYPAL, replace(GIVE_BACK, provider_ref="REF1"))
    assert result.status is RailStatus.PENDING


def test_a_refund_whose_answer_was_lost_is_found_by_its_reference() -> None:
    others = [refund(id="REF0", custom_id="BANAR0000009"), refund()]
    script = scripted(get_capture=capture(), get_order=order("COMPLETED", captures=[capture()], refunds=others))
    assert ADAPTER.check_refund(script.client(), PAYPAL, GIVE_BACK).provider_ref == "REF1"


@pytest.mark.parametrize(
    "odd",
    [{"links": [{"rel": "up", "href": "https://api.paypal.com/v2/payments/captures/CAP9"}]}, {"amount": money("5.01")}],
    ids=str,
)
def test_a_refund_of_another_payment_or_sum_is_not_ours(odd: dict[str, Any]) -> None:
    script = scripted(get_refund=refund(**odd))
    result = ADAPTER.check_refund(script.client(), PAYPAL, replace(GIVE_BACK, provider_ref="REF1"))
    assert result.status is RailStatus.UNKNOWN


def test_all_captures_of_an_order_that_took_money_are_told() -> None:
    later = capture(id="CAP2", create_time="2026-11-21T03:04:07Z")
    captures = [later, capture("DECLINED", id="CAP0"), capture()]
    result = ADAPTER.check(scripted(get_order=order("COMPLETED", captures=captures)).client(), PAYPAL, DOLLARS)
    assert [receipt.provider_ref for receipt in result.receipts] == ["CAP1", "CAP2"]
    assert (result.provider_ref, result.received_minor) == ("CAP2", 2100)


def test_a_refund_that_never_arrived_may_be_asked_for_again() -> None:
    script = scripted(get_capture=capture(), get_order=order("COMPLETED", captures=[capture()]))
    result = ADAPTER.check_refund(script.client(), PAYPAL, GIVE_BACK)
    assert result.status is RailStatus.UNKNOWN
    assert result.failure is not None
    assert result.failure.category is FailureCategory.TRANSIENT


@pytest.mark.parametrize("reply", [LOST, refusal("INVALID_RESOURCE_ID", 404), capture(supplementary_data=[])], ids=str)
def test_a_refund_that_cannot_be_looked_up_is_doubt(reply: Reply) -> None:
    result = ADAPTER.check_refund(scripted(get_capture=reply).client(), PAYPAL, GIVE_BACK)
    assert result.status is RailStatus.UNKNOWN


def test_no_secret_stands_in_a_result() -> None:
    results = (present(scripted(create=order())), check(scripted(get_order=order())), give_back(scripted(refund=LOST)))
    for result in results:
        assert "made-up" not in repr(result)


def test_the_currencies_are_those_of_paypal_in_which_books_are_kept() -> None:
    assert sorted(CURRENCIES) == ["AUD", "EUR", "JPY", "SGD", "USD"]


def test_paypal_has_no_list_of_movements() -> None:
    page = ADAPTER.statement(scripted().client(), PAYPAL, "c", moment("2026-11-21T03:00:00Z"))
    assert (page.failure, page.cursor) == (FailureCode.OPERATION_UNSUPPORTED, "c")
