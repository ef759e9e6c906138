"""Cheques and money settled elsewhere: nothing is revenue before somebody saw it come, and a bounce opens the sale."""

from dataclasses import replace
from typing import Any

import pytest

from domain.approvals import Guarded, asked_of
from domain.bills import Bill
from domain.bodies import payment_body, read_payment
from domain.cheques import Cheque, last_day, lives_until
from domain.errors import ErrorCode, FailureCode, NotPermitted, RuleBroken
from domain.ids import BillId, Instant, PaymentId, RefundId
from domain.payments import Cause, PaymentException, PaymentIntent, PaymentStatus, TransactionStatus
from domain.policy import Actor
from domain.rails import Method, Provider
from domain.refunds import RefundOf, RefundStatus, RefundWay
from domain.services.by_hand import BOUNCES, bounce_cheque, settle_by_hand
from domain.services.hand_confirm import confirm_by_hand
from domain.services.payment_changes import sale_id
from domain.services.payments import cancel_payment, expire_payments, start_payment
from domain.services.refunds import ask_refund
from storage.gate import TillFiles
from storage.till import TillUnits
from storage.verify import verify_till
from tests.builders import (
    BANK,
    CASH,
    CASHIER,
    KEY,
    MANAGER,
    MERCHANT,
    MINUTE,
    NOON,
    OWNER,
    QR,
    SALES,
    SETUP,
    WITNESS_KEY,
    a_payment,
    an_id,
    sell,
)
from tests.domain.approval_samples import OTHER_MANAGER, add_people, grant
from tests.domain.by_hand_samples import A_CHEQUE, switch_on, take_cheque, take_promise
from tests.domain.till_facts import ask, code_of
from tests.storage.breaches import found

DAY = 24 * 60 * MINUTE
LATER = Instant(NOON + 3 * DAY)
BIG = 2_000_001
"""One đồng above what a manager settles alone."""


@pytest.fixture
def till(till_units: TillUnits) -> TillUnits:
    add_people(till_units)
    till_units.run(switch_on)
    return till_units


@pytest.fixture
def cheque(till: TillUnits) -> PaymentIntent:
    return till.run(take_cheque)


def settle(till: TillUnits, payment: PaymentIntent, actor: Actor = OWNER, **changes: Any) -> PaymentIntent:
    facts: dict[str, Any] = {"evidence": "Giấy báo Có 12", **changes}
    return till.run(lambda uow: settle_by_hand(uow, actor, payment.id, LATER, **facts))


def refused(till: TillUnits, payment: PaymentIntent, actor: Actor = OWNER, **changes: Any) -> ErrorCode:
    facts: dict[str, Any] = {"at": LATER, "evidence": "Giấy báo Có 12", **changes}
    return code_of(till, lambda uow: settle_by_hand(uow, actor, payment.id, **facts))


def balance(till: TillUnits, account: Any) -> int:
    return till.run(lambda uow: uow.accounts.balance(account))


def test_a_cheque_waits_with_what_is_written_on_it_and_nothing_is_booked(
    till: TillUnits, cheque: PaymentIntent, till_file: TillFiles
) -> None:
    kept = till.run(lambda uow: uow.payments.get(cheque.id))
    assert kept == cheque
    assert (cheque.status, cheque.provider, cheque.cheque) == (PaymentStatus.PENDING, Provider.MANUAL, A_CHEQUE)
    assert ask(till, "SELECT COUNT(*) FROM vouchers") == [(0,)]
    assert "AB 0012345".lower() in ask(till, "SELECT search_text FROM payments")[0][0]
    assert found(verify_till(till_file.database, KEY, till_file.witness, WITNESS_KEY)) == set()


def test_a_cheque_travels_with_what_is_written_on_it_and_other_payments_tell_of_none(cheque: PaymentIntent) -> None:
    assert read_payment(payment_body(cheque, Cause.PERSON), MERCHANT) == (cheque, Cause.PERSON)
    plain = payment_body(a_payment(), Cause.PERSON)
    assert "cheque" not in plain
    for broken in ('["1","2","3"]', '["1","VCB","",20261121]', '["1","VCB","","2026-02-30"]', "null"):
        body = payment_body(cheque, Cause.PERSON)
        start = body.index('"cheque":') + len('"cheque":')
        end = body.index("]", start) + 1
        with pytest.raises(RuleBroken):
            read_payment(body[:start] + broken + body[end:], MERCHANT)


def test_only_a_payment_by_cheque_has_one_and_it_always_does() -> None:
    for facts in ({"cheque": A_CHEQUE}, {"method": Method.CHEQUE, "provider": Provider.MANUAL}):
        with pytest.raises(RuleBroken) as broken:
            a_payment(**facts)
        assert broken.value.code is ErrorCode.BY_HAND_INCOMPLETE


def test_a_cheque_without_number_or_bank_is_none() -> None:
    for wanting in ({"number": ""}, {"bank": ""}, {"drawer": "x" * 81}):
        with pytest.raises(RuleBroken) as broken:
            replace(A_CHEQUE, **wanting)
        assert broken.value.code is ErrorCode.BY_HAND_INCOMPLETE
    assert replace(A_CHEQUE, drawer="").drawer == ""


@pytest.mark.parametrize(
    ("date", "taken"),
    [("2026-10-22", True), ("2026-10-21", False), ("2026-12-21", True), ("2026-12-22", False)],
)
def test_a_cheque_is_taken_while_a_bank_must_pay_it_and_not_when_dated_far_ahead(
    till: TillUnits, date: str, taken: bool
) -> None:
    def take() -> PaymentIntent:
        return till.run(lambda uow: take_cheque(uow, cheque=replace(A_CHEQUE, date=date)))

    if taken:
        assert take().status is PaymentStatus.PENDING
    else:
        with pytest.raises(RuleBroken) as broken:
            take()
        assert (broken.value.code, broken.value.facts) == (ErrorCode.CHEQUE_DATE, {"date": date})


def test_other_money_needs_a_word_of_who_pays_and_a_cheque_its_paper(till: TillUnits) -> None:
    assert code_of(till, lambda uow: take_promise(uow, note="  ")) is ErrorCode.BY_HAND_INCOMPLETE
    assert code_of(till, lambda uow: take_cheque(uow, cheque=None)) is ErrorCode.BY_HAND_INCOMPLETE
    promise = till.run(take_promise)
    assert (promise.status, promise.note) == (PaymentStatus.PENDING, "Anh Tư trả qua công ty")


def test_what_the_shop_did_not_switch_on_is_not_taken(till_units: TillUnits) -> None:
    for method in (Method.CHEQUE, Method.MANUAL):
        code = code_of(till_units, lambda uow, method=method: sell(uow, method=method, note="x", cheque=A_CHEQUE))
        assert code is ErrorCode.METHOD_UNAVAILABLE


def test_time_ends_a_cheque_six_months_after_its_date_and_other_money_six_months_after_it_was_noted() -> None:
    january = Cheque("1", "VCB", "", "2027-08-31")
    assert last_day(january, NOON, SETUP.zone) == "2027-09-30"
    assert lives_until(january, NOON, SETUP.zone) == Instant(1_835_456_400_000), "after 29 February 2028"
    assert last_day(None, NOON, SETUP.zone) == "2026-12-21"


def test_a_waiting_cheque_is_ended_by_no_clock_before_and_leaves_room_for_codes(
    till: TillUnits, cheque: PaymentIntent
) -> None:
    assert till.run(lambda uow: expire_payments(uow, Instant(cheque.expires_at - 1))) == 0
    assert till.run(lambda uow: uow.payments.exposure(Instant(0))) == (0, 0)
    assert till.run(lambda uow: expire_payments(uow, cheque.expires_at)) == 1


def test_offline_a_cheque_is_no_unproven_code(till: TillUnits) -> None:
    limit = till.run(lambda uow: uow.shop.rules.codes.exposure_bill_minor)
    taken = till.run(
        lambda uow: start_payment(
            uow, CASHIER, PaymentId(an_id("big")), Method.CHEQUE, limit + 1, NOON, online=False, cheque=A_CHEQUE
        )
    )
    assert taken.status is PaymentStatus.PENDING


def test_a_cleared_cheque_is_revenue_on_the_bank_and_proven(
    till: TillUnits, cheque: PaymentIntent, till_file: TillFiles
) -> None:
    paid = settle(till, cheque)
    assert (paid.status, paid.exception, paid.received_minor) == (PaymentStatus.PAID, PaymentException.NONE, 45_000)
    assert (paid.confirmed_minor, paid.paid_at) == (0, LATER)
    assert (balance(till, BANK), balance(till, SALES), balance(till, CASH)) == (45_000, -45_000, 0)
    sale = till.run(lambda uow: uow.payments.transaction(sale_id(cheque.id)))
    assert sale is not None
    assert sale.status is TransactionStatus.SUCCEEDED
    ((facts,),) = ask(till, "SELECT facts FROM audit WHERE action = 'payment.settled_by_hand'")
    assert "Giấy báo Có 12" in facts
    assert "AB 0012345" in facts
    assert found(verify_till(till_file.database, KEY, till_file.witness, WITNESS_KEY)) == set()


def test_the_money_may_have_come_to_another_wallet_that_the_person_sees(till: TillUnits, cheque: PaymentIntent) -> None:
    assert refused(till, cheque, MANAGER, wallet_id=QR) is ErrorCode.ACCOUNT_NOT_GRANTED
    assert refused(till, cheque, wallet_id=SALES) is ErrorCode.ACCOUNT_IS_CONTROL
    assert refused(till, cheque, wallet_id=an_id("nowhere")) is ErrorCode.ACCOUNT_UNKNOWN
    settle(till, cheque, wallet_id=CASH)
    assert (balance(till, CASH), balance(till, BANK)) == (45_000, 0)


def test_settling_needs_evidence_and_a_cheque_that_still_waits(till: TillUnits, cheque: PaymentIntent) -> None:
    assert refused(till, cheque, evidence=" ") is ErrorCode.DRAFT_INCOMPLETE
    code = till.run(lambda uow: sell(uow, "code", method=Method.VIETQR))
    assert refused(till, code) is ErrorCode.INVALID_TRANSITION, "a provider's money is the provider's to prove"
    by_hand = code_of(till, lambda uow: confirm_by_hand(uow, OWNER, cheque.id, LATER, evidence="x"))
    assert by_hand is ErrorCode.INVALID_TRANSITION, "nobody will ever prove it"
    settle(till, cheque)
    assert refused(till, cheque) is ErrorCode.INVALID_TRANSITION
    promise = till.run(take_promise)
    till.run(lambda uow: cancel_payment(uow, CASHIER, promise.id, NOON))
    assert refused(till, promise) is ErrorCode.INVALID_TRANSITION


def test_a_cheque_that_time_ended_may_still_be_settled_for_a_while(till: TillUnits, cheque: PaymentIntent) -> None:
    over = Instant(cheque.expires_at + 1)
    till.run(lambda uow: expire_payments(uow, over))
    assert refused(till, cheque, at=Instant(over + 4 * DAY)) is ErrorCode.INVALID_TRANSITION
    paid = till.run(lambda uow: settle_by_hand(uow, OWNER, cheque.id, Instant(over + DAY), evidence="Báo Có"))
    assert (paid.status, paid.exception) == (PaymentStatus.PAID, PaymentException.NONE)


def test_a_cashier_settles_with_a_managers_word_for_exactly_that(
    till: TillUnits, cheque: PaymentIntent, till_file: TillFiles
) -> None:
    with pytest.raises(NotPermitted) as needed:
        settle(till, cheque, CASHIER)
    asked = asked_of(needed.value)
    assert asked is not None
    assert (asked.action, asked.subject_id, asked.amount_minor) == (Guarded.HAND_CONFIRM, cheque.id, 45_000)
    approval = grant(till, asked, CASHIER, MANAGER, at=LATER)
    assert refused(till, cheque, CASHIER, approval=approval, evidence="khác") is ErrorCode.APPROVAL_OTHER
    assert settle(till, cheque, CASHIER, approval=approval).status is PaymentStatus.PAID
    assert found(verify_till(till_file.database, KEY, till_file.witness, WITNESS_KEY)) == set()


def test_a_manager_settles_alone_up_to_the_limit(till: TillUnits) -> None:
    big = till.run(lambda uow: take_cheque(uow, "big", amount_minor=BIG))
    assert refused(till, big, OTHER_MANAGER) is ErrorCode.APPROVAL_NEEDED
    assert settle(till, big).received_minor == BIG


@pytest.mark.parametrize("why", BOUNCES)
def test_a_bounced_cheque_leaves_the_sale_open_and_nothing_in_the_books(
    till: TillUnits, cheque: PaymentIntent, why: FailureCode, till_file: TillFiles
) -> None:
    bounced = till.run(lambda uow: bounce_cheque(uow, CASHIER, cheque.id, LATER, why=why, reason="Chữ ký khác mẫu"))
    assert (bounced.status, bounced.failure, bounced.received_minor) == (PaymentStatus.FAILED, why, 0)
    assert ask(till, "SELECT COUNT(*) FROM vouchers") == [(0,)]
    ((facts,),) = ask(till, "SELECT facts FROM audit WHERE action = 'payment.bounced'")
    assert "Chữ ký khác mẫu" in facts
    assert refused(till, cheque) is ErrorCode.INVALID_TRANSITION
    again = till.run(lambda uow: sell(uow, "cash", bill=cheque.bill))
    assert (again.status, again.bill) == (PaymentStatus.PAID, cheque.bill)
    assert (balance(till, CASH), balance(till, SALES)) == (45_000, -45_000)
    assert found(verify_till(till_file.database, KEY, till_file.witness, WITNESS_KEY)) == set()


def test_only_a_cheque_bounces_and_only_while_it_waits(till: TillUnits, cheque: PaymentIntent) -> None:
    promise = till.run(take_promise)

    def refusal(payment: PaymentIntent, why: FailureCode = FailureCode.DECLINED) -> ErrorCode:
        return code_of(till, lambda uow: bounce_cheque(uow, CASHIER, payment.id, LATER, why=why))

    assert refusal(promise) is ErrorCode.INVALID_TRANSITION
    assert refusal(cheque, FailureCode.TIMEOUT) is ErrorCode.EVENT_INVALID
    assert refusal(replace(cheque, id=PaymentId(an_id("unknown")))) is ErrorCode.PAYMENT_UNKNOWN
    settle(till, cheque)
    assert refusal(cheque) is ErrorCode.INVALID_TRANSITION


def test_a_cheque_and_cash_pay_one_sale_which_is_sold_when_both_have_come(
    till: TillUnits, till_file: TillFiles
) -> None:
    bill = Bill(BillId(an_id("bill")), 100_000)
    cheque = till.run(lambda uow: take_cheque(uow, amount_minor=60_000, bill=bill))
    till.run(lambda uow: sell(uow, "cash", amount_minor=40_000, bill=bill))
    assert balance(till, SALES) == 0, "a part is no revenue before the cheque is cleared"
    settle(till, cheque)
    assert (balance(till, SALES), balance(till, BANK), balance(till, CASH)) == (-100_000, 60_000, 40_000)
    assert found(verify_till(till_file.database, KEY, till_file.witness, WITNESS_KEY)) == set()


def test_a_cheque_that_clears_after_its_sale_was_paid_otherwise_is_money_owed_back(
    till: TillUnits, cheque: PaymentIntent, till_file: TillFiles
) -> None:
    till.run(lambda uow: sell(uow, "cash", bill=cheque.bill))
    paid = settle(till, cheque)
    assert (paid.status, paid.exception) == (PaymentStatus.PAID, PaymentException.PAID_TWICE)
    assert (balance(till, BANK), balance(till, CASH), balance(till, SALES)) == (45_000, 45_000, -45_000)
    back = till.run(
        lambda uow: ask_refund(
            uow,
            OWNER,
            RefundId(an_id("back")),
            cheque.id,
            RefundOf.EXCESS,
            RefundWay.WALLET,
            45_000,
            LATER,
            reason="Thừa",
        )
    )
    assert back.status is RefundStatus.DONE
    assert found(verify_till(till_file.database, KEY, till_file.witness, WITNESS_KEY)) == set()


def test_a_cleared_cheque_is_given_back_from_a_wallet_and_by_nobody_else(
    till: TillUnits, cheque: PaymentIntent, till_file: TillFiles
) -> None:
    def give(way: RefundWay) -> Any:
        refund_id = RefundId(an_id("refund"))
        return till.run(
            lambda uow: ask_refund(
                uow, OWNER, refund_id, cheque.id, RefundOf.SALE, way, 20_000, LATER, reason="Trả hàng"
            )
        )

    with pytest.raises(RuleBroken) as unproven:
        give(RefundWay.WALLET)
    assert unproven.value.code is ErrorCode.REFUND_EXCEEDS, "nothing has come yet"
    settle(till, cheque)
    with pytest.raises(RuleBroken) as no_way:
        give(RefundWay.ORIGINAL)
    assert no_way.value.code is ErrorCode.REFUND_WAY
    assert give(RefundWay.WALLET).status is RefundStatus.DONE
    assert (balance(till, BANK), balance(till, CASH)) == (45_000, -20_000)
    assert found(verify_till(till_file.database, KEY, till_file.witness, WITNESS_KEY)) == set()
