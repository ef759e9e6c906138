"""Lean's client: links, attempts, payments and refunds as its answers tell them, and its signed events."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from domain.errors import FailureCategory, FailureCode
from domain.ids import Instant, MerchantId
from domain.rails import PaymentContext, Provider, RailResult, RailStatus, Receipt, RefundOrder
from server.rails.base import Captures, Ignored, Notice, NotificationRefused, Refunds, Withdraws
from server.rails.lean import LeanAdapter
from server.rails.lean_calls import LINKS, PAYMENTS, RECONCILIATIONS, REFUNDS, TOKEN_PATH
from server.rails.lean_codes import DECLINES, ERRORS, FAILED
from server.rails.lean_codes import REFUNDS as STATUSES
from tests.server.rails_samples import VECTORS, changed, moment, sealed_by_nobody
from tests.server.scripted_provider import Script

ADAPTER = LeanAdapter()
VECTOR = json.loads((VECTORS / "lean_webhook.json").read_text())["vectors"][0]
SECRET = "made-up-lean-secret"
LEAN = sealed_by_nobody(
    base_url="https://lean.example",
    auth_url="https://auth.lean.example",
    client_id="app-1",
    client_secret="made-up-client-secret",
    webhook_secret=SECRET,
    destination_id="dest-1",
    paid_when="accepted",
)
TOKEN, CREATE = f"POST {TOKEN_PATH}", f"POST {LINKS}"
LINK, USAGES, LIST = f"GET {LINKS}/link-1", f"GET {LINKS}/link-1/usages", f"GET {LINKS}"
PAYMENT, FOUND = f"GET {PAYMENTS}/pay-1", f"GET {RECONCILIATIONS}/pay-1"
GIVE_BACK, GIVEN = f"POST {REFUNDS}", f"GET {REFUNDS}"
CONTEXT = PaymentContext(
    merchant_id=MerchantId("m-1"),
    reference="BANA01A0001248",
    amount_minor=12_050,
    currency="AED",
    description="Karak & cake",
    created_at=moment("2026-11-21T06:00:00Z"),
    expires_at=moment("2026-11-21T06:15:00.500Z"),
)
SHOWN = replace(CONTEXT, provider_ref="link-1")
ORDER = RefundOrder(
    merchant_id=MerchantId("m-1"),
    reference="BANAR0000001",
    amount_minor=1_050,
    currency="AED",
    reason="returned",
    requested_at=Instant(0),
    payment_reference="BANA01A0001248",
    payment_provider_ref="pay-1",
    payment_minor=12_050,
    paid_at=Instant(0),
)
RECEIPT = Receipt(
    provider=Provider.LEAN,
    dedupe_key="lean:pay-1",
    text="BANA01A0001248",
    amount_minor=12_050,
    currency="AED",
    paid_at=moment("2026-11-21T06:05:01Z"),
    provider_ref="pay-1",
)


def raw(text: str, status: int = 200) -> httpx.Response:
    return httpx.Response(status, content=text.encode())


def link(status: str = "ACTIVE", **values: Any) -> dict[str, Any]:
    details = {"reference": "BANA01A0001248", "currency": "AED", "amount": 120.5, **values}
    page = "https://secure.leantech.me/pay/link-1"
    return {"id": "link-1", "link": page, "status": status, "payment_details": details}


def usages(*attempts: dict[str, Any]) -> dict[str, Any]:
    return {"content": list(attempts), "page": {"number": 0, "total_pages": 1}}


def attempt(status: str = "PAYMENT_CREATED", payment: str | None = "pay-1") -> dict[str, Any]:
    return {"usage_id": "u-1", "usage_status": status, "payment_id": payment, "payment_status": None}


def payment(status: str = "ACCEPTED_BY_BANK", **values: Any) -> dict[str, Any]:
    told = {"id": "pay-1", "payment_intent_id": "int-1", "amount": 120.50, "currency": "AED", "status": status}
    return {**told, "initiation_timestamp": "2026-11-21T06:05:01.000001Z", **values}


def reconciled(status: str = "RECONCILED", **values: Any) -> dict[str, Any]:
    told = {"status": status, "amount": 120.5, "currency_code": "AED", "deposit": {"timestamp": "2026-11-21T06:09:00Z"}}
    return {"id": "pay-1", "reconciliation": {**told, **values}}


def refund(status: str = "APPROVED", **values: Any) -> dict[str, Any]:
    told = {"refund_id": "ref-1", "payment_id": "pay-1", "status": status, "amount": 10.5, "currency": "AED"}
    return {**told, "external_reference": "BANAR0000001", **values}


def script(**replies: Any) -> Script:
    """Lean with a token for everybody."""
    named = {"CREATE": CREATE, "LINK": LINK, "USAGES": USAGES, "LIST": LIST, "PAYMENT": PAYMENT, "FOUND": FOUND}
    named |= {"GIVE_BACK": GIVE_BACK, "GIVEN": GIVEN, "PUT": f"PUT {LINKS}/link-1", "PATCH": f"PATCH {LINKS}/link-1"}
    told = {named[name]: reply if isinstance(reply, list) else [reply] for name, reply in replies.items()}
    return Script({TOKEN: [{"access_token": "token-1", "token_type": "Bearer"}], **told})


def present(lean: Script, context: PaymentContext = CONTEXT, **credentials: str) -> RailResult:
    with lean.client() as http:
        return ADAPTER.present(http, changed(LEAN, **credentials), context)


def check(lean: Script, context: PaymentContext = SHOWN, **credentials: str) -> RailResult:
    with lean.client() as http:
        return ADAPTER.check(http, changed(LEAN, **credentials), context)


def withdraw(lean: Script, context: PaymentContext = SHOWN) -> RailResult:
    with lean.client() as http:
        return ADAPTER.withdraw(http, LEAN, context)


# ---- the link


def test_a_link_is_made_that_can_be_paid_once_with_an_exact_amount() -> None:
    lean = script(CREATE=link())
    result = present(lean)
    assert (result.status, result.link, result.provider_ref) == (
        RailStatus.PENDING,
        "https://secure.leantech.me/pay/link-1",
        "link-1",
    )
    request = lean.sent(CREATE)[0]
    assert b'"amount":120.50,' in request.content
    body = json.loads(request.content)
    assert (body["max_usages"], body["expires_at"]) == (1, "2026-11-21T06:15:01Z")
    assert (body["payment_details"]["reference"], body["payment_details"]["destination_id"]) == (
        "BANA01A0001248",
        "dest-1",
    )
    assert request.headers["authorization"] == "Bearer token-1"
    assert request.headers["idempotency-key"] == "BANA01A0001248"


def test_the_token_is_asked_for_with_the_shops_own_secret_which_goes_nowhere_else() -> None:
    lean = script(CREATE=link())
    result = present(lean)
    form = parse_qs(lean.sent(TOKEN)[0].content.decode())
    assert (form["grant_type"], form["scope"]) == (["client_credentials"], ["api"])
    assert lean.asked[0].url.host == "auth.lean.example"
    assert b"made-up-client-secret" not in lean.sent(CREATE)[0].content
    assert "token-1" not in result.response


@pytest.mark.parametrize(
    "answer",
    [
        link(reference="BANA01A0001255"),
        link(amount=120.51),
        link(currency="SAR"),
        {**link(), "link": "http://secure.leantech.me/pay/link-1"},
        {**link(), "link": ""},
        {**link(), "id": ""},
    ],
)
def test_an_answer_that_is_not_this_payment_shows_nothing(answer: dict[str, Any]) -> None:
    result = present(script(CREATE=answer))
    assert (result.status, result.link) == (RailStatus.UNKNOWN, "")


@pytest.mark.parametrize("code", ERRORS)
def test_a_refusal_of_the_link_has_its_failure(code: str) -> None:
    result = present(script(CREATE=httpx.Response(400, json={"code": code, "message": "no"})))
    assert (result.status, result.failure) == (RailStatus.FAILED, ERRORS[code])


@pytest.mark.parametrize(
    ("context", "failure"),
    [
        (replace(CONTEXT, currency="VND"), FailureCode.OPERATION_UNSUPPORTED),
        (replace(CONTEXT, capture=False), FailureCode.OPERATION_UNSUPPORTED),
        (replace(CONTEXT, amount_minor=0), FailureCode.UNEXPECTED_ERROR),
        (replace(CONTEXT, reference="x" * 33), FailureCode.UNEXPECTED_ERROR),
    ],
)
def test_what_lean_cannot_take_is_not_even_asked(context: PaymentContext, failure: FailureCode) -> None:
    assert present(Script({}), context) == RailResult(RailStatus.FAILED, failure=failure)


@pytest.mark.parametrize(
    ("reply", "status", "failure"),
    [
        (httpx.ReadTimeout("lost"), RailStatus.UNKNOWN, FailureCode.TIMEOUT),
        (httpx.ConnectError("none"), RailStatus.FAILED, FailureCode.NETWORK_ERROR),
        (httpx.Response(503), RailStatus.UNKNOWN, FailureCode.PROVIDER_UNAVAILABLE),
        (httpx.Response(429), RailStatus.FAILED, FailureCode.RATE_LIMITED),
        (raw("[]"), RailStatus.UNKNOWN, FailureCode.UNEXPECTED_ERROR),
    ],
)
def test_leans_own_trouble_is_never_a_decline(reply: Any, status: RailStatus, failure: FailureCode) -> None:
    result = present(script(CREATE=reply))
    assert (result.status, result.failure) == (status, failure)


# ---- credentials


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        (httpx.Response(401, json={"error": "invalid_client"}), FailureCode.CREDENTIALS_REJECTED),
        (httpx.Response(400, json={"error": "invalid_client"}), FailureCode.CREDENTIALS_REJECTED),
        (httpx.Response(503), FailureCode.PROVIDER_UNAVAILABLE),
        ({"access_token": ""}, FailureCode.UNEXPECTED_ERROR),
        ({"access_token": "with blank"}, FailureCode.UNEXPECTED_ERROR),
        (raw("{"), FailureCode.UNEXPECTED_ERROR),
    ],
)
def test_without_a_token_nothing_was_done(reply: Any, failure: FailureCode) -> None:
    result = present(Script({TOKEN: [reply]}))
    assert (result.status, result.failure) == (RailStatus.FAILED, failure)


def test_good_credentials_pass_the_connection_test_and_bad_ones_do_not() -> None:
    probe = replace(CONTEXT, reference="BANATEST", amount_minor=1)
    assert check(script(LIST=usages()), probe).failure is None
    assert check(Script({TOKEN: [httpx.Response(401)]}), probe).failure is FailureCode.CREDENTIALS_REJECTED
    assert check(script(LIST=httpx.Response(401)), probe).failure is FailureCode.CREDENTIALS_REJECTED
    assert check(Script({}), probe, client_secret="").failure is FailureCode.CREDENTIALS_MISSING
    assert check(Script({}), probe, base_url="http://lean.example").failure is FailureCode.ROUTE_NOT_FOUND


# ---- the query


@pytest.mark.parametrize("status", ["ACTIVE", "USED", "EXPIRED", "DISABLED"])
def test_an_accepted_payment_counts_at_once_where_the_bank_is_believed(status: str) -> None:
    result = check(script(LINK=link(status), USAGES=usages(attempt()), PAYMENT=payment()))
    assert (result.status, result.receipt, result.provider_ref) == (RailStatus.SUCCESS, RECEIPT, "link-1")


def test_an_accepted_payment_waits_for_the_money_where_it_must_be_there() -> None:
    lean = script(
        LINK=link("USED"),
        USAGES=usages(attempt()),
        PAYMENT=payment(),
        FOUND=[httpx.Response(404, json={"code": "NOT_FOUND"}), reconciled("OUTSTANDING"), reconciled()],
    )
    waiting = [check(lean, paid_when="received") for _ in range(2)]
    assert {(result.status, result.hint, result.receipt) for result in waiting} == {
        (RailStatus.PENDING, "ACCEPTED_BY_BANK", None)
    }
    there = check(lean, paid_when="received")
    assert there.receipt == replace(RECEIPT, paid_at=moment("2026-11-21T06:09:00Z"))


def test_the_amount_that_arrived_is_what_counts() -> None:
    lean = script(LINK=link("USED"), USAGES=usages(attempt()), PAYMENT=payment(), FOUND=reconciled(amount=100))
    assert check(lean, paid_when="received").received_minor == 10_000


@pytest.mark.parametrize("values", [{"amount": 0}, {"amount": "120.505"}, {"currency_code": "USD"}, {"deposit": None}])
def test_money_that_cannot_be_read_for_certain_is_doubt(values: dict[str, Any]) -> None:
    lean = script(LINK=link("USED"), USAGES=usages(attempt()), PAYMENT=payment(), FOUND=reconciled(**values))
    assert check(lean, paid_when="received").status is RailStatus.UNKNOWN


@pytest.mark.parametrize(
    "status", ["AWAITING_LOGIN_MFA", "AWAITING_PAYMENT_MFA", "AWAITING_APP_AUTH", "PENDING_WITH_BANK", "NEW_WORD"]
)
def test_a_payment_that_is_under_way_is_pending(status: str) -> None:
    result = check(script(LINK=link("USED"), USAGES=usages(attempt()), PAYMENT=payment(status)))
    assert (result.status, result.failure) == (RailStatus.PENDING, None)


@pytest.mark.parametrize("code", DECLINES)
def test_every_decline_has_its_failure_and_leaves_the_link_open(code: str) -> None:
    declined = payment("FAILED", status_detail={"granular_status_code": code})
    result = check(script(LINK=link(), USAGES=usages(attempt()), PAYMENT=declined))
    assert (result.status, result.failure) == (RailStatus.PENDING, DECLINES[code])
    assert DECLINES[code].category is not FailureCategory.TRANSIENT


@pytest.mark.parametrize("status", sorted(FAILED))
@pytest.mark.parametrize(
    "values", [{"sub_status": "USER_CANCELLED"}, {"failure_code": "USER_CANCELLED"}, {"code": "USER_CANCELLED"}]
)
def test_a_decline_on_a_link_that_is_over_is_the_end(status: str, values: dict[str, str]) -> None:
    for over in ("EXPIRED", "DISABLED", "USED"):
        result = check(script(LINK=link(over), USAGES=usages(attempt()), PAYMENT=payment(status, **values)))
        assert (result.status, result.failure) == (RailStatus.FAILED, FailureCode.PAYER_CANCELLED)


@pytest.mark.parametrize(
    ("status", "attempts", "expected", "failure"),
    [
        ("ACTIVE", [], RailStatus.PENDING, None),
        ("ACTIVE", [attempt("FAILED", None)], RailStatus.PENDING, None),
        ("EXPIRED", [], RailStatus.FAILED, FailureCode.EXPIRED),
        ("EXPIRED", [attempt("EXPIRED", None)], RailStatus.FAILED, FailureCode.EXPIRED),
        ("EXPIRED", [attempt("STARTED", None)], RailStatus.PENDING, None),
        ("DISABLED", [], RailStatus.FAILED, FailureCode.PAYER_CANCELLED),
        ("USED", [], RailStatus.UNKNOWN, FailureCode.UNEXPECTED_ERROR),
        ("NEW", [], RailStatus.UNKNOWN, FailureCode.UNEXPECTED_ERROR),
    ],
)
def test_a_link_without_a_payment_stands_as_lean_says(
    status: str, attempts: list[dict[str, Any]], expected: RailStatus, failure: FailureCode | None
) -> None:
    result = check(script(LINK=link(status), USAGES=usages(*attempts)))
    assert (result.status, result.failure) == (expected, failure)


def test_a_second_attempt_that_succeeds_is_the_payment() -> None:
    lean = script(LINK=link("USED"), USAGES=usages(attempt("FAILED", "pay-0"), attempt()), PAYMENT=payment())
    lean.replies[f"GET {PAYMENTS}/pay-0"] = [payment("FAILED", id="pay-0")]
    assert check(lean).receipt == RECEIPT


def test_an_attempt_that_was_left_at_the_bank_does_not_hide_the_one_that_paid() -> None:
    for attempts in ([attempt("STARTED", "pay-0"), attempt()], [attempt(), attempt("STARTED", "pay-0")]):
        lean = script(LINK=link("USED"), USAGES=usages(*attempts), PAYMENT=payment())
        lean.replies[f"GET {PAYMENTS}/pay-0"] = [payment("AWAITING_APP_AUTH", id="pay-0")]
        assert check(lean).receipt == RECEIPT


def test_a_link_whose_id_is_unknown_here_is_found_by_its_reference() -> None:
    others = [{**link(reference="BANA01A0001255"), "id": f"other-{number}"} for number in range(50)]
    lean = script(LIST=[usages(*others), usages(link("USED"))], USAGES=usages(attempt()), PAYMENT=payment())
    result = check(lean, CONTEXT)
    assert (result.receipt, result.provider_ref) == (RECEIPT, "link-1")


def test_a_link_that_nobody_was_shown_is_pending() -> None:
    assert check(script(LIST=usages()), CONTEXT) == RailResult(RailStatus.PENDING)


def test_another_payments_link_is_doubt() -> None:
    assert check(script(LINK=link(reference="BANA01A0001255"))).status is RailStatus.UNKNOWN


# ---- withdrawing


@pytest.mark.parametrize(
    ("states", "attempts", "status", "failure"),
    [
        (["ACTIVE", "DISABLED"], [], RailStatus.SUCCESS, None),
        (["EXPIRED", "EXPIRED"], [], RailStatus.SUCCESS, None),
        (["ACTIVE", "DISABLED"], [attempt()], RailStatus.FAILED, FailureCode.INVALID_TRANSITION),
        (["ACTIVE", "DISABLED"], [attempt("STARTED", None)], RailStatus.FAILED, FailureCode.INVALID_TRANSITION),
        (["USED", "USED"], [attempt()], RailStatus.FAILED, FailureCode.INVALID_TRANSITION),
    ],
)
def test_a_link_is_shut_unless_somebody_was_quicker(
    states: list[str], attempts: list[dict[str, Any]], status: RailStatus, failure: FailureCode | None
) -> None:
    lean = script(LINK=[link(state) for state in states], USAGES=usages(*attempts), PAYMENT=payment(), PUT=raw(""))
    result = withdraw(lean)
    assert (result.status, result.failure) == (status, failure)
    assert bool(lean.sent(f"PUT {LINKS}/link-1")) is (states[0] == "ACTIVE")


def test_a_link_that_was_never_made_is_withdrawn() -> None:
    assert withdraw(script(LIST=usages()), CONTEXT) == RailResult(RailStatus.SUCCESS)


def test_the_guides_way_of_shutting_is_tried_where_the_references_is_not_known() -> None:
    lean = script(LINK=[link(), link("DISABLED")], USAGES=usages(), PUT=httpx.Response(405), PATCH=raw(""))
    assert withdraw(lean).status is RailStatus.SUCCESS
    assert lean.body(f"PATCH {LINKS}/link-1") == {"status": "DISABLED"}


def test_a_link_that_cannot_be_shut_is_doubt() -> None:
    assert withdraw(script(LINK=link(), PUT=httpx.Response(503))).status is RailStatus.UNKNOWN


# ---- refunds


@pytest.mark.parametrize("status", STATUSES)
def test_a_refund_is_asked_for_once_and_stands_as_lean_says(status: str) -> None:
    lean = script(GIVEN=usages(), GIVE_BACK=raw(json.dumps([refund(status)]), 201))
    with lean.client() as http:
        result = ADAPTER.refund(http, LEAN, ORDER)
    assert (result.status, result.provider_ref, result.received_minor) == (STATUSES[status], "ref-1", 1_050)
    assert (result.failure is None) is (STATUSES[status] is not RailStatus.FAILED)
    request = lean.sent(GIVE_BACK)[0]
    assert b'"amount":10.50,' in request.content
    (body,) = json.loads(request.content)
    assert (body["payment_id"], body["external_reference"], body["status"]) == ("pay-1", "BANAR0000001", "APPROVED")
    assert request.headers["idempotency-key"] == "BANAR0000001"


def test_a_refund_that_is_there_is_told_and_not_asked_for_again() -> None:
    others = [refund(external_reference=str(number)) for number in range(50)]
    lean = script(GIVEN=[usages(*others), usages(refund("ACCEPTED_BY_BANK"))])
    with lean.client() as http:
        assert ADAPTER.refund(http, LEAN, ORDER).status is RailStatus.SUCCESS


@pytest.mark.parametrize(
    ("replies", "status"),
    [
        ({"GIVEN": httpx.Response(503)}, RailStatus.UNKNOWN),
        ({"GIVEN": usages(), "GIVE_BACK": httpx.ReadTimeout("lost")}, RailStatus.UNKNOWN),
        ({"GIVEN": usages(), "GIVE_BACK": raw("[]")}, RailStatus.UNKNOWN),
        ({"GIVEN": usages(), "GIVE_BACK": raw(json.dumps([refund("NEW")]))}, RailStatus.UNKNOWN),
        ({"GIVEN": usages(), "GIVE_BACK": httpx.Response(400, json={"code": "INVALID_AMOUNT"})}, RailStatus.FAILED),
    ],
)
def test_a_refund_has_failed_only_when_lean_says_so(replies: dict[str, Any], status: RailStatus) -> None:
    with script(**replies).client() as http:
        assert ADAPTER.refund(http, LEAN, ORDER).status is status


@pytest.mark.parametrize("order", [replace(ORDER, currency="USD"), replace(ORDER, amount_minor=0)])
def test_a_refund_that_lean_cannot_give_is_refused(order: RefundOrder) -> None:
    with script().client() as http:
        result = ADAPTER.refund(http, LEAN, order)
    assert (result.status, result.failure) == (RailStatus.FAILED, FailureCode.AMOUNT_MISMATCH)


def test_a_refund_is_found_by_its_reference_and_one_that_is_not_there_is_doubt() -> None:
    with script(GIVEN=[usages(refund("FAILED", code="BANK_ISSUE")), usages()]).client() as http:
        failed, missing = (ADAPTER.check_refund(http, LEAN, ORDER) for _ in range(2))
    assert (failed.status, failed.failure) == (RailStatus.FAILED, FailureCode.DECLINED)
    assert missing.status is RailStatus.UNKNOWN
    assert missing.failure is not None
    assert missing.failure.category is FailureCategory.TRANSIENT


def test_a_refund_of_another_payment_under_the_same_reference_is_doubt() -> None:
    foreign = {**refund("PROCESSED"), "payment_id": "pay-of-another-shop"}
    with script(GIVEN=usages(foreign)).client() as http:
        for ask in (ADAPTER.refund, ADAPTER.check_refund):
            assert ask(http, LEAN, ORDER).status is RailStatus.UNKNOWN


def test_refunds_without_end_are_doubt() -> None:
    with script(GIVEN=usages(*[refund(external_reference="x")] * 50)).client() as http:
        assert ADAPTER.check_refund(http, LEAN, ORDER).failure is FailureCode.UNEXPECTED_ERROR


# ---- events


def event(kind: str = "payment.updated", **payload: Any) -> bytes:
    told = {"type": kind, "payload": payment(**payload), "event_id": "e-1", "timestamp": "2026-11-21T06:05:01Z"}
    return json.dumps(told).encode()


def heard(body: bytes, given: str | None = None, **credentials: str) -> Notice:
    signature = hmac.new(SECRET.encode(), body, hashlib.sha512).hexdigest() if given is None else given
    return ADAPTER.read_notification(changed(LEAN, **credentials), {"Lean-Signature": signature}, body, Instant(0))


def refused(*args: Any, **named: Any) -> tuple[str, int]:
    with pytest.raises(NotificationRefused) as refusal:
        heard(*args, **named)
    return refusal.value.reason, refusal.value.answer.status


@pytest.mark.parametrize("encoding", ["hex", "base64"])
def test_the_sample_is_believed_in_either_encoding_and_names_no_bill(encoding: str) -> None:
    notice = heard(VECTOR["body"].encode(), VECTOR[encoding], webhook_secret=VECTOR["secret"])
    assert notice == Ignored(Provider.LEAN, "lean:event:0b9f8a52-0000-4000-8000-000000000004")


def test_an_event_with_our_reference_is_the_receipt_that_the_query_gives() -> None:
    assert heard(event(description="BANA01A0001248")) == RECEIPT


@pytest.mark.parametrize(
    ("body", "paid_when"),
    [
        (event(description="BANA01A0001248"), "received"),
        (event(description="BANA01A0001248", status="PENDING_WITH_BANK"), "accepted"),
        (event(description="BANA01A0001248", status="FAILED"), "accepted"),
        (event("payout.updated", description="BANA01A0001248"), "accepted"),
        (event(description="77f0c07e7b7b4677bb056261f9eead0c"), "accepted"),
    ],
)
def test_an_event_that_proves_no_money_of_a_bill_is_kept_under_its_own_id(body: bytes, paid_when: str) -> None:
    notice = heard(body, paid_when=paid_when)
    assert isinstance(notice, Ignored)
    assert notice.dedupe_key == "lean:event:e-1"


@pytest.mark.parametrize(
    "given", ["", "0" * 128, base64.b64encode(b"0" * 64).decode(), "é", VECTOR["hex"], VECTOR["base64"]]
)
def test_a_missing_or_wrong_signature_is_refused(given: str) -> None:
    assert refused(event(), given) == ("signature", 401)


def test_a_doubled_header_and_no_secret_are_refused() -> None:
    body = event()
    signature = hmac.new(SECRET.encode(), body, hashlib.sha512).hexdigest()
    headers = {"lean-signature": signature, "Lean-Signature": signature}
    with pytest.raises(NotificationRefused):
        ADAPTER.read_notification(LEAN, headers, body, Instant(0))
    empty = hmac.new(b"", body, hashlib.sha512).hexdigest()
    assert refused(body, empty, webhook_secret="") == ("signature", 401)


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"{}", b'{"event_id":"e","payload":[]}', b" " * 300_000])
def test_a_signed_text_that_is_no_event_is_malformed(body: bytes) -> None:
    assert refused(body) == ("malformed", 400)


# ---- the rest of the adapter


def test_lean_refunds_and_withdraws_and_holds_nothing() -> None:
    assert isinstance(ADAPTER, Refunds)
    assert isinstance(ADAPTER, Withdraws)
    assert not isinstance(ADAPTER, Captures)
    assert ADAPTER.currencies == {"AED", "SAR"}
    with Script({}).client() as http:
        assert ADAPTER.statement(http, LEAN, "x", Instant(0)).failure is FailureCode.OPERATION_UNSUPPORTED


@pytest.mark.parametrize(("outcome", "status"), [("accepted", 200), ("duplicate", 200), ("unavailable", 503)])
def test_the_answer_is_what_lean_waits_for(outcome: Any, status: int) -> None:
    assert ADAPTER.answer(outcome, RECEIPT).status == status
