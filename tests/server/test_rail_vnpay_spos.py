"""VNPAY SmartPOS's client: the checksums, its notifications, and every outcome at the simulated terminal."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from domain.errors import FailureCategory, FailureCode
from domain.ids import Instant
from domain.matching import find_reference, payment_reference
from domain.qr import decode
from domain.rails import PaymentContext, RailResult, RailStatus, Receipt
from server.rails.base import MAX_NOTIFICATION_BYTES, Ignored, NotificationRefused, RailAdapter, Refunds, Withdraws
from server.rails.vnpay_spos_orders import STATUSES
from server.rails.vnpay_spos_settings import GENERATIONS, INIT, IPN, QUERY, checksum, verified
from server.vault import Secret
from tests.server.rails_samples import CONTEXT, VECTORS, answering, changed
from tests.server.simulator.stall_stage import ForgetfulLine
from tests.server.vnpay_spos_stage import ADAPTER, SPOS, Terminal, terminal

VECTOR: list[dict[str, Any]] = json.loads((VECTORS / "vnpay_checksums.json").read_text())["spos"]
GENERATION = {"gen-a": "gateway", "gen-b": "spos3"}
BOTH = pytest.mark.parametrize("generation", ["gateway", "spos3"])
REFERENCE = payment_reference("01", "A", 124)
RECEIVED = Instant(1_792_190_400_000)
NOTICE: dict[str, Any] = {
    "merchantCode": "MERCH01",
    "merchantMethodCode": "MERCH01_SPOS_CARD",
    "methodCode": "VNPAY_SPOS_CARD",
    "partnerCode": "VNPAY",
    "orderCode": REFERENCE,
    "amount": 150_000,
    "realAmount": 150_000,
    "totalPaid": 150_000,
    "transactionCode": "2611210001",
    "responseCode": "200",
    "responseMessage": "Giao dịch thành công",
}


@pytest.fixture(scope="module")
def opened() -> Iterator[Terminal]:
    """One simulated terminal for all tests; orders do not meet."""
    with terminal() as running:
        yield running


@pytest.fixture
def world(opened: Terminal) -> Terminal:
    """The simulated terminal, well-behaved, in a new scene; it speaks the newer generation."""
    opened.play.next_scene()
    opened.credentials = changed(opened.credentials, generation="spos3")
    return opened


def signed(generation: str = "spos3", secret: str = "made-up-ipn", **values: Any) -> bytes:
    notice = {**NOTICE, **values}
    fields = {name: str(notice[name]) for name in IPN}
    return json.dumps({**notice, "checksum": checksum(GENERATIONS[generation], IPN, fields, secret)}).encode()


def read(body: bytes, **credentials: str) -> Receipt:
    notice = ADAPTER.read_notification(changed(SPOS, **credentials), {}, body, RECEIVED)
    assert isinstance(notice, Receipt)
    return notice


def refused(body: bytes, **credentials: str) -> NotificationRefused:
    with pytest.raises(NotificationRefused) as caught:
        read(body, **credentials)
    return caught.value


# ---- checksums and notifications


@pytest.mark.parametrize("vector", VECTOR, ids=lambda vector: vector["id"])
def test_a_checksum_of_the_vectors_is_reproduced(vector: dict[str, Any]) -> None:
    generation = GENERATIONS[GENERATION[vector["id"][:5]]]
    names = INIT if vector["id"].endswith("init") else QUERY
    values = vector["signed_string"].removeprefix(vector["secret"]).split("|")
    fields = dict(zip(names, values, strict=True))
    assert checksum(generation, names, fields, vector["secret"]) == vector["checksum"]
    assert verified(generation, names, fields, vector["secret"], vector["checksum"])
    for name in names:
        assert not verified(
            generation, names, {**fields, name: fields[name] + "1"}, vector["secret"], vector["checksum"]
        )


def test_a_checksum_is_not_believed_without_a_secret_or_with_moved_borders() -> None:
    generation = GENERATIONS["spos3"]
    fields = dict.fromkeys(IPN, "1")
    assert not verified(generation, IPN, fields, "", checksum(generation, IPN, fields, ""))
    moved = {**fields, "orderCode": "a|b"}
    assert not verified(generation, IPN, moved, "s", checksum(generation, IPN, moved, "s"))


@BOTH
def test_a_notification_of_money_is_read(generation: str) -> None:
    receipt = read(signed(generation), generation=generation)
    assert (receipt.amount_minor, receipt.currency, receipt.declined) == (150_000, "VND", False)
    assert find_reference(receipt.text) == REFERENCE
    assert (receipt.dedupe_key, receipt.provider_ref) == ("vnpay_spos:MERCH01:2611210001", "2611210001")
    assert receipt.paid_at == RECEIVED


def test_a_code_that_is_not_that_of_money_ends_nothing_and_hides_no_money_under_its_transaction() -> None:
    told = [ADAPTER.read_notification(SPOS, {}, signed(responseCode=code), RECEIVED) for code in ("400", "201", "")]
    assert all(isinstance(each, Ignored) and find_reference(each.text) == REFERENCE for each in told)
    assert len({each.dedupe_key for each in (*told, read(signed()))}) == 4


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (signed(secret="made-up-query"), "signature"),
        (signed("gateway"), "signature"),
        (signed().replace(b"150000", b"150001"), "signature"),
        (json.dumps(NOTICE).encode(), "signature"),
        (b"not json", "malformed"),
        (b"[]", "malformed"),
        (b" " * (MAX_NOTIFICATION_BYTES + 1), "malformed"),
        (signed(amount="150000.5"), "malformed"),
        (signed(amount=0), "malformed"),
        (signed(orderCode=""), "malformed"),
        (signed(transactionCode=""), "malformed"),
        (signed(merchantCode="OTHER"), "foreign"),
    ],
)
def test_a_notification_that_proves_nothing_is_refused(body: bytes, reason: str) -> None:
    refusal = refused(body)
    assert refusal.reason == reason
    said = json.loads(refusal.answer.body)
    assert (refusal.answer.status, said["code"]) == (200, "410" if reason == "signature" else "411")


def test_nothing_is_believed_without_a_secret() -> None:
    assert refused(signed(secret=""), ipn_secret="").reason == "signature"


def test_what_could_not_be_stored_comes_again() -> None:
    receipt = read(signed())
    for outcome in ("accepted", "duplicate"):
        answer = ADAPTER.answer(outcome, receipt)
        assert (answer.status, json.loads(answer.body)["code"]) == (200, "200")
    assert ADAPTER.answer("unavailable", receipt).status == 503


# ---- at the terminal


def test_the_adapter_offers_what_the_terminal_can_do() -> None:
    adapter: RailAdapter = ADAPTER
    assert isinstance(adapter, Withdraws)
    assert not isinstance(adapter, Refunds)
    assert adapter.currencies == {"VND"}
    assert not adapter.lists_movements


@BOTH
@pytest.mark.parametrize("option", ["", "card", "qr"])
def test_a_sale_is_sent_paid_and_told_the_same_by_query_and_notification(
    world: Terminal, generation: str, option: str
) -> None:
    world.credentials = changed(world.credentials, generation=generation)
    context = world.payment(option=option)
    shown = world.present(context)
    assert (shown.status, shown.failure) == (RailStatus.PENDING, None)
    assert bool(shown.qr_text) == (option == "qr")
    if option == "qr":
        assert decode(shown.qr_text).amount_minor == context.amount_minor
    context = replace(context, provider_ref=shown.provider_ref)
    assert world.check(context).status is RailStatus.PENDING
    world.play.act("pay", context.reference)
    found = world.check(context)
    assert (found.status, found.received_minor) == (RailStatus.SUCCESS, context.amount_minor)
    assert found.paid_at is not None
    assert found.paid_at >= context.created_at
    (told,) = world.receipts(found.paid_at)
    assert told == found.receipt
    # The transaction is known by another name now, and is still found.
    assert world.check(replace(context, provider_ref=found.provider_ref)) == found


@BOTH
@pytest.mark.parametrize(
    ("outcome", "failure"),
    [("FAILURE", FailureCode.DECLINED), ("CANCELED", FailureCode.PAYER_CANCELLED)],
)
def test_a_decline_and_a_cancellation_on_the_terminal_are_failures(
    world: Terminal, generation: str, outcome: str, failure: FailureCode
) -> None:
    world.credentials = changed(world.credentials, generation=generation)
    context = world.sent()
    world.play.act("pay", context.reference, outcome=outcome)
    found = world.check(context)
    assert (found.status, found.failure, found.receipt) == (RailStatus.FAILED, failure, None)
    assert world.receipts(RECEIVED) == [], "no list of the notification's codes is published"


def test_a_terminal_that_falls_silent_stays_pending_until_it_speaks(world: Terminal) -> None:
    context = world.sent()
    world.play.act("pay", context.reference, outcome="PROCESSING")
    assert world.check(context).status is RailStatus.PENDING
    assert world.play.news() == []
    assert world.withdraw(context).status is RailStatus.FAILED
    world.play.act("do", context.reference, deed="speaks")
    assert world.check(context).status is RailStatus.SUCCESS


def test_an_order_whose_time_is_over_is_cancelled(world: Terminal) -> None:
    context = world.sent()
    world.play.act("expire", context.reference)
    found = world.check(context)
    assert (found.status, found.failure) == (RailStatus.FAILED, FailureCode.PAYER_CANCELLED)


def test_a_notification_repeated_is_the_same_and_a_forged_one_is_refused(world: Terminal) -> None:
    world.play.chaos(duplicate=2)
    context = world.sent()
    world.play.act("pay", context.reference)
    assert len({told.dedupe_key for told in world.receipts(RECEIVED)}) == 1
    assert len(world.play.news()) == 3
    world.play.next_scene()
    world.play.chaos(bad_signature=True)
    other = world.sent()
    world.play.act("pay", other.reference)
    news = world.play.news()
    assert news
    assert {refused(one.body).reason for one in news} == {"signature"}
    assert world.check(other).status is RailStatus.SUCCESS


# ---- sent once


def test_a_sale_that_is_there_is_not_sent_again(world: Terminal) -> None:
    context = world.payment(option="qr")
    first = world.present(context)
    again = world.present(context)
    assert (again.status, again.qr_text, again.provider_ref) == (RailStatus.PENDING, first.qr_text, first.provider_ref)
    world.play.act("pay", context.reference)
    late = world.present(context)
    assert (late.status, late.failure) == (RailStatus.UNKNOWN, FailureCode.INVALID_TRANSITION)


def test_a_lost_answer_is_doubt_that_the_query_resolves(world: Terminal) -> None:
    context = world.payment()
    line = ForgetfulLine()
    line.forget("/merchantorder")
    with httpx.Client(transport=line) as http:
        lost = ADAPTER.present(http, world.credentials, context)
    assert (lost.status, lost.failure) == (RailStatus.UNKNOWN, FailureCode.TIMEOUT)
    world.play.act("pay", context.reference)
    assert world.check(context).status is RailStatus.SUCCESS


@pytest.mark.parametrize(
    "changes",
    [{"currency": "USD"}, {"option": "VISA"}, {"capture": False}, {"amount_minor": 0}, {"reference": "có dấu"}],
)
def test_what_the_terminal_cannot_take_is_not_sent(world: Terminal, changes: dict[str, Any]) -> None:
    result = world.present(world.payment(**changes))
    assert result.status is RailStatus.FAILED
    assert result.failure is not None
    assert result.failure.category is not FailureCategory.TRANSIENT


# ---- withdrawing


def test_a_waiting_sale_is_taken_off_the_terminal(world: Terminal) -> None:
    context = world.sent()
    assert world.withdraw(context).status is RailStatus.SUCCESS
    assert world.check(context).failure is FailureCode.PAYER_CANCELLED
    assert world.withdraw(context).status is RailStatus.SUCCESS
    assert world.play.stage.refused("pay", offer=f"vnpay_spos:{context.reference}") == (409, "expired")


def test_a_paid_sale_cannot_be_withdrawn(world: Terminal) -> None:
    context = world.sent()
    world.play.act("pay", context.reference)
    result = world.withdraw(context)
    assert (result.status, result.failure) == (RailStatus.FAILED, FailureCode.INVALID_TRANSITION)
    assert "400310" in result.response


def test_a_sale_that_was_never_sent_is_withdrawn(world: Terminal) -> None:
    assert world.withdraw(world.payment()).status is RailStatus.SUCCESS


def test_the_older_generation_withdraws_only_what_is_over(world: Terminal) -> None:
    world.credentials = changed(world.credentials, generation="gateway")
    context = world.sent()
    waiting = world.withdraw(context)
    assert (waiting.status, waiting.failure) == (RailStatus.FAILED, FailureCode.OPERATION_UNSUPPORTED)
    world.play.act("pay", context.reference, outcome="CANCELED")
    assert world.withdraw(context).status is RailStatus.SUCCESS
    other = world.sent()
    world.play.act("pay", other.reference)
    assert world.withdraw(other).failure is FailureCode.INVALID_TRANSITION


# ---- connections


@BOTH
def test_an_unknown_order_proves_good_credentials_and_bad_ones_are_told(world: Terminal, generation: str) -> None:
    probe = world.payment(reference="BANATEST", amount_minor=1)
    world.credentials = changed(world.credentials, generation=generation)
    asked = world.check(probe)
    assert (asked.status, asked.failure) == (RailStatus.PENDING, None)
    world.credentials = changed(world.credentials, query_secret="wrong")
    try:
        asked = world.check(probe)
    finally:
        world.credentials = changed(world.credentials, query_secret="made-up-query")
    assert (asked.status, asked.failure) == (RailStatus.UNKNOWN, FailureCode.CREDENTIALS_REJECTED)


def test_wrong_secrets_send_and_withdraw_nothing(world: Terminal) -> None:
    context = world.sent()
    world.credentials = changed(world.credentials, init_secret="wrong")
    try:
        shown, off = world.present(world.payment()), world.withdraw(context)
    finally:
        world.credentials = changed(world.credentials, init_secret="made-up-init")
    assert (shown.status, shown.failure) == (RailStatus.FAILED, FailureCode.CREDENTIALS_REJECTED)
    assert (off.status, off.failure) == (RailStatus.FAILED, FailureCode.CREDENTIALS_REJECTED)


@pytest.mark.parametrize("missing", ["merchant_code", "terminal_code", "init_secret", "query_secret", "ipn_secret"])
def test_a_missing_field_is_told_before_anything_is_sent(missing: str) -> None:
    credentials = {**SPOS, missing: Secret("")}
    with answering(lambda request: pytest.fail("nothing may be sent")) as http:
        for act in (ADAPTER.present, ADAPTER.check, ADAPTER.withdraw):
            assert act(http, credentials, CONTEXT).failure is FailureCode.CREDENTIALS_MISSING


# ---- answers that prove nothing

ACTS: dict[str, Callable[[httpx.Client, PaymentContext], RailResult]] = {
    "present": lambda http, context: ADAPTER.present(http, SPOS, context),
    "check": lambda http, context: ADAPTER.check(http, SPOS, context),
    "withdraw": lambda http, context: ADAPTER.withdraw(http, SPOS, context),
}


@pytest.mark.parametrize("act", ["check", "withdraw"])
@pytest.mark.parametrize(
    ("status", "body", "failure"),
    [
        (200, b"<html>", FailureCode.UNEXPECTED_ERROR),
        (200, b"{}", FailureCode.UNEXPECTED_ERROR),
        (200, b'{"code":[]}', FailureCode.UNEXPECTED_ERROR),
        (500, b"", FailureCode.PROVIDER_UNAVAILABLE),
        (200, b'{"code":500,"message":"x"}', FailureCode.PROVIDER_UNAVAILABLE),
        (429, b'{"code":429}', FailureCode.RATE_LIMITED),
    ],
)
def test_an_answer_that_says_nothing_is_doubt(act: str, status: int, body: bytes, failure: FailureCode) -> None:
    with answering(lambda request: httpx.Response(status, content=body)) as http:
        result = ACTS[act](http, CONTEXT)
    assert (result.status, result.failure) == (RailStatus.UNKNOWN, failure)


@pytest.mark.parametrize(
    ("status", "body", "failure"),
    [(500, b"", FailureCode.PROVIDER_UNAVAILABLE), (200, b'{"code":401}', FailureCode.CREDENTIALS_REJECTED)],
)
def test_nothing_is_sent_while_nobody_tells_whether_it_is_there(status: int, body: bytes, failure: FailureCode) -> None:
    def reply(request: httpx.Request) -> httpx.Response:
        assert request.method == "GET"
        return httpx.Response(status, content=body)

    with answering(reply) as http:
        result = ACTS["present"](http, CONTEXT)
    assert (result.status, result.failure) == (RailStatus.FAILED, failure)


def order(**transaction: Any) -> Callable[[httpx.Request], httpx.Response]:
    row = {
        "orderCode": CONTEXT.reference,
        "transactionCode": "T1",
        "amount": 20_000,
        "status": "SUCCESS",
        **transaction,
    }
    return lambda request: httpx.Response(200, json={"code": 0, "data": {"transactions": [row]}})


@pytest.mark.parametrize(
    ("row", "status"),
    [
        ({"orderCode": REFERENCE}, RailStatus.UNKNOWN),
        ({"status": "REVERSED"}, RailStatus.UNKNOWN),
        ({"transactionCode": ""}, RailStatus.UNKNOWN),
        ({"amount": "1e9"}, RailStatus.UNKNOWN),
        ({"status": "success"}, RailStatus.SUCCESS),
    ],
)
def test_a_transaction_is_believed_only_when_it_is_ours_and_complete(row: dict[str, Any], status: RailStatus) -> None:
    with answering(order(**row)) as http:
        assert ACTS["check"](http, CONTEXT).status is status


@pytest.mark.parametrize("spelling", sorted(STATUSES))
def test_every_status_and_spelling_is_known(spelling: str) -> None:
    with answering(order(status=spelling)) as http:
        result = ACTS["check"](http, CONTEXT)
    assert (result.status, result.failure) == STATUSES[spelling]


@pytest.mark.parametrize(
    ("text", "paid_at"),
    [
        ("2026-11-21 10:05:00", CONTEXT.created_at + 300_000),
        ("2026-11-21T10:05:00.000", CONTEXT.created_at + 300_000),
        ("21/11/2026 10:05:00", CONTEXT.created_at + 300_000),
        ("20261121100500", CONTEXT.created_at + 300_000),
        (None, CONTEXT.created_at),
        ("soon", CONTEXT.created_at),
    ],
)
def test_the_time_of_payment_is_read_in_every_known_form(text: str | None, paid_at: int) -> None:
    with answering(order(paymentTime=text)) as http:
        assert ACTS["check"](http, CONTEXT).paid_at == paid_at


def test_a_code_for_another_amount_is_not_shown(world: Terminal) -> None:
    dear = world.present(world.payment(option="qr", amount_minor=999_000)).qr_text

    def reply(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json={"code": 400311})
        made = {"responseCode": 200, "qrContent": dear}
        return httpx.Response(200, json={"code": 200, "orderCode": CONTEXT.reference, "payments": {"qr": made}})

    with answering(reply) as http:
        result = ADAPTER.present(http, SPOS, replace(CONTEXT, option="qr"))
    assert (result.status, result.qr_text) == (RailStatus.UNKNOWN, "")


def test_the_money_of_several_attempts_is_the_one_that_succeeded() -> None:
    rows = [
        {"orderCode": CONTEXT.reference, "transactionCode": name, "amount": 20_000, "status": status}
        for name, status in (("T1", "FAILED"), ("T2", "SUCCESS"), ("T3", "CANCELED"))
    ]
    with answering(lambda request: httpx.Response(200, json={"code": 0, "data": {"transactions": rows}})) as http:
        assert ACTS["check"](http, CONTEXT).provider_ref == "T2"


def initiated(**answer: Any) -> Callable[[httpx.Request], httpx.Response]:
    """A VNPAY that has no such order yet and answers a new one with `answer`."""

    def reply(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json={"code": 200, "data": {"transactions": []}})
        return httpx.Response(200, json={"code": 200, "orderCode": CONTEXT.reference, **answer})

    return reply


@pytest.mark.parametrize(
    ("answer", "status", "failure"),
    [
        ({"orderCode": "ANOTHER", "payments": {"qr": {}}}, RailStatus.UNKNOWN, FailureCode.UNEXPECTED_ERROR),
        ({"payments": {"qr": {"qrContent": "no code"}}}, RailStatus.UNKNOWN, FailureCode.UNEXPECTED_ERROR),
        ({"payments": {"qr": {"responseCode": 401}}}, RailStatus.FAILED, FailureCode.CREDENTIALS_REJECTED),
        ({"code": 400001}, RailStatus.FAILED, FailureCode.UNEXPECTED_ERROR),
        ({"code": 500}, RailStatus.UNKNOWN, FailureCode.PROVIDER_UNAVAILABLE),
    ],
)
def test_a_code_is_shown_only_by_the_answer_that_brings_it(
    answer: dict[str, Any], status: RailStatus, failure: FailureCode
) -> None:
    with answering(initiated(**answer)) as http:
        result = ADAPTER.present(http, SPOS, replace(CONTEXT, option="qr"))
    assert (result.status, result.failure, result.qr_text) == (status, failure, "")


def test_an_order_without_a_transaction_is_pending_and_withdrawn_only_if_it_was_never_shown() -> None:
    old = changed(SPOS, generation="gateway")
    with answering(initiated()) as http:
        assert ADAPTER.check(http, old, CONTEXT).status is RailStatus.PENDING
        assert ADAPTER.withdraw(http, old, CONTEXT).status is RailStatus.SUCCESS
        shown = ADAPTER.withdraw(http, old, replace(CONTEXT, provider_ref="PR1"))
    assert (shown.status, shown.failure) == (RailStatus.FAILED, FailureCode.OPERATION_UNSUPPORTED)


def test_an_unknown_generation_is_asked_nothing() -> None:
    with answering(lambda request: pytest.fail("nothing may be sent")) as http:
        assert ADAPTER.check(http, changed(SPOS, generation="c"), CONTEXT).failure is FailureCode.CREDENTIALS_MISSING
    assert refused(signed(), generation="c").reason == "signature"


def test_there_is_no_list_of_movements() -> None:
    with answering(lambda request: pytest.fail("nothing may be sent")) as http:
        page = ADAPTER.statement(http, SPOS, "c", CONTEXT.created_at)
    assert (page.failure, page.cursor) == (FailureCode.OPERATION_UNSUPPORTED, "c")
