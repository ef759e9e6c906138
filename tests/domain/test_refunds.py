"""Refunds as values: every legal and illegal move, what may be given back, and what people see of it."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.approvals import Guarded
from domain.bills import Bill
from domain.errors import ErrorCode, FailureCode, RuleBroken
from domain.ids import BillId, HolderId, Instant, PaymentId, RefundId
from domain.matching import find_reference, payment_reference, refund_reference
from domain.payments import Cause, PaymentIntent
from domain.rails import Method, Provider, Route, route_of
from domain.refund_bodies import read_refund, refund_body
from domain.refundable import NOTHING, GivenBack, given_back, goes_back, proven_left, refundable
from domain.refunds import (
    REFUND_TRANSITIONS,
    Refund,
    RefundOf,
    RefundOrigin,
    RefundStatus,
    RefundWay,
    Word,
    asked_for_refund,
    content_of,
    is_overdue,
    move,
    usual_days,
    word,
)
from tests.builders import CASH, CASHIER, MANAGER, MERCHANT, MINUTE, NOON, TILL, a_payment, an_id

LATER = Instant(NOON + MINUTE)
DAY = 24 * 60 * MINUTE
BILL = Bill(BillId(an_id("bill")), 500_000)


def a_refund(**facts: Any) -> Refund:
    """Return a refund of 200,000 by the provider that a person asked for."""
    refund = Refund(
        id=RefundId(an_id("refund")),
        merchant_id=MERCHANT,
        device_id=TILL,
        payment_id=PaymentId(an_id("payment")),
        origin=RefundOrigin.PERSON,
        what=RefundOf.SALE,
        way=RefundWay.ORIGINAL,
        provider=Provider.VNPAY_QR_MMS,
        wallet_id=None,
        reference="BANR01A0000017",
        amount_minor=200_000,
        currency="VND",
        reason="Khách trả hàng",
        requested_by=CASHIER.user_id,
        approved_by=MANAGER.user_id,
        requested_at=NOON,
    )
    return replace(refund, **facts)


def of_wallet(**facts: Any) -> Refund:
    """Return a refund from the cash drawer, which is done at once."""
    wallet = {"way": RefundWay.WALLET, "provider": Provider.NONE, "wallet_id": CASH, "status": RefundStatus.DONE}
    return a_refund(**{**wallet, **facts})


def as_credit(holder: str = "hoa") -> Refund:
    """Return a refund that a customer has stored since."""
    return a_refund(way=RefundWay.CREDIT, provider=Provider.NONE, holder_id=HolderId(holder), status=RefundStatus.DONE)


def received(amount: int, name: str = "payment", **facts: Any) -> PaymentIntent:
    """Return a payment of the bill for which an amount came."""
    return a_payment(
        id=PaymentId(an_id(name)), amount_minor=min(amount, 500_000), received_minor=amount, bill=BILL, **facts
    )


@pytest.mark.parametrize("old", RefundStatus)
@pytest.mark.parametrize("new", RefundStatus)
@pytest.mark.parametrize("cause", Cause)
def test_a_refund_moves_along_the_table_and_no_other_way(old: RefundStatus, new: RefundStatus, cause: Cause) -> None:
    refund = a_refund(status=old)
    if cause in REFUND_TRANSITIONS[old].get(new, frozenset()):
        moved = move(refund, new, cause, LATER)
        assert (moved.status, moved.revision, moved.updated_at) == (new, 2, LATER)
    else:
        with pytest.raises(RuleBroken) as refused:
            move(refund, new, cause, LATER)
        assert refused.value.code is ErrorCode.INVALID_TRANSITION


def test_only_a_providers_proof_or_the_hubs_word_makes_a_refund_done() -> None:
    causes = {cause for news in REFUND_TRANSITIONS.values() for cause in news.get(RefundStatus.DONE, ())}
    assert causes == {Cause.PROVIDER, Cause.HUB}


def test_money_that_came_back_stays_so() -> None:
    assert REFUND_TRANSITIONS[RefundStatus.RETURNED] == {}


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_cannot_be_given_back(amount: int) -> None:
    with pytest.raises(RuleBroken) as refused:
        a_refund(amount_minor=amount)
    assert refused.value.code is ErrorCode.AMOUNT_INVALID


@pytest.mark.parametrize(
    "wrong",
    [
        {"wallet_id": CASH},
        {"provider": Provider.NONE},
        {"way": RefundWay.WALLET},
        {"holder_id": HolderId("hoa")},
        {"way": RefundWay.CREDIT, "provider": Provider.NONE},
        {"way": RefundWay.CREDIT, "holder_id": HolderId("hoa")},
    ],
)
def test_a_way_names_its_wallet_its_holder_or_its_provider(wrong: dict[str, Any]) -> None:
    with pytest.raises(RuleBroken):
        a_refund(**wrong)


def test_a_sale_may_be_given_back_once() -> None:
    paid = received(500_000)
    assert refundable(BILL, [paid], [], paid.id).sale_minor == 500_000
    for status in (RefundStatus.REQUESTED, RefundStatus.SENT, RefundStatus.UNRESOLVED, RefundStatus.DONE):
        assert refundable(BILL, [paid], [a_refund(status=status)], paid.id).sale_minor == 300_000
    for status in (RefundStatus.FAILED, RefundStatus.CANCELLED, RefundStatus.RETURNED):
        assert refundable(BILL, [paid], [a_refund(status=status)], paid.id).sale_minor == 500_000


def test_what_was_too_much_and_the_sale_are_told_apart() -> None:
    paid = received(650_000)
    left = refundable(BILL, [paid], [], paid.id)
    assert (left.sale_minor, left.excess_minor, left.held_minor) == (500_000, 150_000, 0)
    after = refundable(BILL, [paid], [a_refund(what=RefundOf.EXCESS, amount_minor=100_000)], paid.id)
    assert (after.sale_minor, after.excess_minor) == (500_000, 50_000)


def test_what_waits_for_a_bill_that_is_short_may_be_given_back() -> None:
    short = received(200_000)
    left = refundable(BILL, [short], [], short.id)
    assert (left.sale_minor, left.excess_minor, left.held_minor) == (0, 0, 200_000)


def test_of_one_of_several_payments_no_more_than_it_brought_is_given_back() -> None:
    first, second = received(300_000, "first"), received(200_000, "second")
    assert refundable(BILL, [first, second], [], first.id).sale_minor == 300_000
    whole = a_refund(payment_id=first.id, amount_minor=300_000)
    assert refundable(BILL, [first, second], [whole], first.id) == NOTHING
    assert refundable(BILL, [first, second], [whole], second.id).sale_minor == 200_000


def test_what_only_a_person_confirmed_is_not_given_back() -> None:
    paid = received(500_000, confirmed_minor=400_000)
    assert refundable(BILL, [paid], [], paid.id).sale_minor == 100_000


def test_what_went_beyond_all_bounds_is_gone_as_well() -> None:
    paid = received(500_000)
    beyond = of_wallet(beyond=True, amount_minor=500_000)
    assert refundable(BILL, [paid], [beyond], paid.id) == NOTHING
    assert proven_left(paid, [beyond]) == 500_000


@given(
    came=st.integers(min_value=1, max_value=900_000),
    taken=st.lists(st.tuples(st.sampled_from(RefundOf), st.integers(min_value=1, max_value=400_000)), max_size=4),
)
def test_nothing_beyond_what_came_can_ever_be_given_back(came: int, taken: list[tuple[RefundOf, int]]) -> None:
    paid = received(came)
    given: list[Refund] = []
    for number, (what, amount) in enumerate(taken):
        if amount <= refundable(BILL, [paid], given, paid.id).of(what):
            given.append(a_refund(id=RefundId(an_id(str(number))), what=what, amount_minor=amount))
    left = refundable(BILL, [paid], given, paid.id)
    gone = sum(each.amount_minor for each in given)
    assert gone <= came
    assert max(left.sale_minor, left.excess_minor, left.held_minor) <= came - gone


def test_what_nobody_divided_is_the_excess_first_and_the_sale_last() -> None:
    left = refundable(BILL, [received(650_000)], [], PaymentId(an_id("payment")))
    assert left.split(100_000, is_sale=True) == ((RefundOf.EXCESS, 100_000, True),)
    assert left.split(200_000, is_sale=True) == ((RefundOf.EXCESS, 150_000, True), (RefundOf.SALE, 50_000, True))
    assert left.split(900_000, is_sale=True)[-1] == (RefundOf.SALE, 250_000, False)
    assert NOTHING.split(5, is_sale=False) == ((RefundOf.HELD, 5, False),)


@given(came=st.integers(min_value=1, max_value=900_000), amount=st.integers(min_value=1, max_value=2_000_000))
def test_the_parts_of_an_amount_are_all_of_it_and_what_fits_is_no_more_than_came(came: int, amount: int) -> None:
    parts = refundable(BILL, [received(came)], [], PaymentId(an_id("payment"))).split(amount, is_sale=came >= 500_000)
    assert sum(part for _, part, _ in parts) == amount
    assert sum(part for _, part, fits in parts if fits) == min(amount, came)


def test_what_waited_and_became_the_sales_meanwhile_could_be_given_back_all_the_same() -> None:
    left = refundable(BILL, [received(500_000)], [], PaymentId(an_id("payment")))
    assert left.held_minor == 0
    assert left.bears(RefundOf.HELD, 200_000)
    assert not left.bears(RefundOf.EXCESS, 1)
    assert not left.bears(RefundOf.HELD, 500_001)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (RefundStatus.REQUESTED, Word.NOT_SENT),
        (RefundStatus.SENT, Word.SENT),
        (RefundStatus.UNRESOLVED, Word.SENT),
        (RefundStatus.DONE, Word.DONE),
        (RefundStatus.FAILED, Word.FAILED),
        (RefundStatus.CANCELLED, Word.CANCELLED),
        (RefundStatus.RETURNED, Word.RETURNED),
    ],
)
def test_every_status_has_its_word(status: RefundStatus, expected: Word) -> None:
    assert word(a_refund(status=status, sent_at=NOON), LATER) is expected


def test_a_refund_is_overdue_when_its_providers_usual_days_have_passed() -> None:
    sent = a_refund(status=RefundStatus.SENT, sent_at=NOON)
    assert not is_overdue(sent, Instant(NOON + 7 * DAY))
    assert is_overdue(sent, Instant(NOON + 7 * DAY + 1))
    assert word(sent, Instant(NOON + 8 * DAY)) is Word.OVERDUE
    assert not is_overdue(replace(sent, provider=Provider.STRIPE), Instant(NOON + 8 * DAY))
    assert not is_overdue(replace(sent, status=RefundStatus.DONE), Instant(NOON + 80 * DAY))


def test_a_payment_is_refunded_in_part_or_wholly_by_what_is_done() -> None:
    paid = received(500_000)
    done = a_refund(status=RefundStatus.DONE)
    assert given_back(paid, [a_refund(status=RefundStatus.SENT)]) is GivenBack.NOTHING
    assert given_back(paid, [done]) is GivenBack.PART
    assert given_back(paid, [done, replace(done, amount_minor=300_000)]) is GivenBack.ALL
    assert given_back(paid, [replace(done, origin=RefundOrigin.CHARGE_BACK)]) is GivenBack.CHARGED_BACK
    assert given_back(paid, [replace(done, payment_id=PaymentId(an_id("other")))]) is GivenBack.NOTHING


@pytest.mark.parametrize(
    "changed",
    [
        {"amount_minor": 200_001},
        {"reason": "Khác"},
        {"what": RefundOf.EXCESS},
        {"payment_id": PaymentId("other")},
        {"id": RefundId("other")},
        {"way": RefundWay.WALLET, "wallet_id": CASH, "provider": Provider.NONE},
        {"way": RefundWay.CREDIT, "holder_id": HolderId("hoa"), "provider": Provider.NONE},
    ],
)
def test_an_approval_is_bound_to_all_of_a_refund(changed: dict[str, Any]) -> None:
    assert content_of(a_refund(**changed)) != content_of(a_refund())
    asked = asked_for_refund(a_refund())
    assert (asked.action, asked.subject_id, asked.amount_minor) == (Guarded.REFUND, an_id("payment"), 200_000)


@pytest.mark.parametrize("why", [None, ErrorCode.REFUND_EXCEEDS, FailureCode.DECLINED])
def test_a_refund_comes_back_from_its_body_as_it_was(why: ErrorCode | FailureCode | None) -> None:
    told = a_refund(
        status=RefundStatus.FAILED,
        failure=why,
        fee_minor=5,
        beyond=True,
        payment_ref="FT1",
        provider_ref="RF1",
        sent_at=NOON,
        settled_at=LATER,
        told_at=NOON,
        updated_at=LATER,
        revision=3,
    )
    assert read_refund(refund_body(told, Cause.PROVIDER), MERCHANT) == (told, Cause.PROVIDER)
    assert read_refund(refund_body(of_wallet(), Cause.PERSON), MERCHANT) == (of_wallet(), Cause.PERSON)
    kept = as_credit()
    assert read_refund(refund_body(kept, Cause.PERSON), MERCHANT) == (kept, Cause.PERSON)


def test_an_approval_of_credit_is_for_one_customer_and_that_of_other_ways_is_what_it_always_was() -> None:
    assert content_of(as_credit()) != content_of(as_credit("lan"))
    assert "holder" not in json.loads(refund_body(of_wallet(), Cause.PERSON)), "as tills that know no holders tell it"


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"id": 5}', refund_body(a_refund(), Cause.HUB).replace("sent", "x")])
def test_a_body_that_is_no_refund_is_refused(body: str) -> None:
    with pytest.raises(RuleBroken):
        read_refund(body, MERCHANT)


def test_a_refunds_reference_is_no_payments() -> None:
    assert refund_reference("01", "A", 1) != payment_reference("01", "A", 1)
    assert find_reference(f"hoan tien {refund_reference('01', 'A', 1)}") is None


@pytest.mark.parametrize(
    ("method", "provider", "back"),
    [
        (Method.VNPAY_QR, Provider.VNPAY_QR_MMS, True),
        (Method.CARD, Provider.STRIPE, True),
        (Method.VIETQR, Provider.SEPAY, False),
        (Method.CASH, Provider.NONE, False),
        (Method.CARD, Provider.SEPAY, False),
    ],
)
def test_money_goes_back_only_by_a_provider_that_can(method: Method, provider: Provider, back: bool) -> None:
    assert goes_back(method, provider, 20_000, 45_000) is back


def test_a_provider_that_gives_back_no_parts_gives_back_all(monkeypatch: pytest.MonkeyPatch) -> None:
    route = route_of(Method.VNPAY_QR, Provider.VNPAY_QR_MMS)
    assert route is not None
    whole = replace(route, capabilities=replace(route.capabilities, partial_refund=False))

    def only(_method: Method, _provider: Provider) -> Route:
        return whole

    monkeypatch.setattr("domain.refundable.route_of", only)
    assert goes_back(Method.VNPAY_QR, Provider.VNPAY_QR_MMS, 45_000, 45_000)
    assert not goes_back(Method.VNPAY_QR, Provider.VNPAY_QR_MMS, 44_999, 45_000)


def test_a_provider_of_which_nothing_is_known_usually_takes_a_week() -> None:
    assert (usual_days(Provider.PAYPAL), usual_days(Provider.LEAN)) == (5, 7)
