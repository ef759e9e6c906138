"""Messages between till and hub: each fact applied once and in one way, and both ends agree when all has arrived."""

import json
from typing import Any

import pytest

from domain.accounts import Control, control_id
from domain.bodies import account_body
from domain.errors import ErrorCode, FailureCode
from domain.ids import Instant, MessageId, PaymentId
from domain.messages import CREATED, EXISTS, Message, MessageKind, canonical_json, rejected
from domain.payments import RECONCILE_WINDOW_MS, PaymentException, PaymentIntent, PaymentStatus
from domain.rails import Method, Provider, RailResult, RailStatus
from domain.services.receipts import ReceiptOutcome, record_presented
from tests.builders import BANK, CASH, MERCHANT, MINUTE, NOON, SALES, an_id
from tests.domain.message_facts import DUE, a_code, changed, dump, message_of, open_at, refused
from tests.property.shop_stage import SECOND_TILL, Shop, State, Till, a_receipt

SUSPENSE, OVERPAYMENT = (control_id(MERCHANT, key) for key in (Control.SUSPENSE, Control.OVERPAYMENT))
NONE, SHORT, LATE, OVER = (
    PaymentException.NONE,
    PaymentException.PAID_SHORT,
    PaymentException.PAID_LATE,
    PaymentException.PAID_OVER,
)
PENDING, PAID, FAILED, EXPIRED, CANCELLED = (
    PaymentStatus.PENDING,
    PaymentStatus.PAID,
    PaymentStatus.FAILED,
    PaymentStatus.EXPIRED,
    PaymentStatus.CANCELLED,
)


def agreed(shop: Shop, payment_id: PaymentId) -> State:
    """Let everything arrive everywhere and return what all three then say of a payment."""
    shop.settle_down()
    hub = shop.hub_books
    for till in shop.tills:
        assert till.refused() == []
        assert till.waiting() == []
        assert till.books.states() == hub.states()
        assert till.books.balances() == hub.balances() == hub.recomputed()
        assert till.books.vouchers() == hub.vouchers()
        assert till.books.book_numbers() == hub.book_numbers()
    return hub.states()[payment_id]


def pay(shop: Shop, intent: PaymentIntent, amount: int = DUE, key: str = "m1", **facts: Any) -> ReceiptOutcome:
    paid_at = facts.pop("paid_at", Instant(NOON + MINUTE))
    may_park = facts.pop("may_park", True)
    return shop.receive(a_receipt(intent, amount, key, paid_at, **facts), may_park=may_park)


# -- the plain way ----------------------------------------------------------------------------------------------------


def test_a_cash_sale_reaches_the_hub_and_the_other_till(shop: Shop, till: Till) -> None:
    sale = till.start("sale", Method.CASH, DUE, NOON)
    assert agreed(shop, sale.id) == (PAID, NONE, DUE)


def test_sales_of_both_tills_meet_in_one_book(shop: Shop, till: Till, other: Till) -> None:
    for number in range(3):
        till.start(f"one {number}", Method.CASH, DUE, NOON)
        last = other.start(f"two {number}", Method.CASH, DUE, NOON)
    assert agreed(shop, last.id) == (PAID, NONE, DUE)
    assert sorted(shop.hub_books.book_numbers().values()) == [1, 2, 3, 4, 5, 6]
    assert shop.hub_books.balances()[CASH] == 6 * DUE


def test_a_code_paid_at_the_bank_is_paid_everywhere(shop: Shop, till: Till) -> None:
    code = a_code(till)
    shop.push(till)
    assert pay(shop, code) is ReceiptOutcome.BOOKED
    assert agreed(shop, code.id) == (PAID, NONE, DUE)
    assert till.get(code.id).paid_at == shop.get(code.id).paid_at == NOON + MINUTE


def test_the_hub_takes_a_message_once(shop: Shop, till: Till) -> None:
    till.start("sale", Method.CASH, DUE, NOON)
    messages = till.waiting()
    assert shop.take(messages) == [CREATED] * len(messages)
    before = dump(shop)
    assert shop.take(messages) == [EXISTS] * len(messages)
    assert dump(shop) == before


def test_the_same_id_with_another_body_is_refused(shop: Shop, till: Till) -> None:
    a_code(till)
    message = message_of(till, MessageKind.PAYMENT)
    shop.take([message])
    assert refused(shop, changed(message, note="anders")) is ErrorCode.ID_REUSED


def test_a_page_that_arrives_twice_changes_nothing_the_second_time(shop: Shop, till: Till, other: Till) -> None:
    code = a_code(till)
    shop.push(till)
    pay(shop, code)
    shop.fetch(other)
    shop.apply(other, times=2)
    assert agreed(shop, code.id) == (PAID, NONE, DUE)
    assert len(other.books.ask("SELECT * FROM payment_events")) == 2


# -- answers that were lost -------------------------------------------------------------------------------------------


def test_a_code_made_at_the_hub_arrives_although_the_answer_to_the_push_was_lost(shop: Shop, till: Till) -> None:
    code = a_code(till, method=Method.VNPAY_QR)
    shop.push(till, answered=False)
    shop.run(lambda uow: record_presented(uow, code.id, RailResult(RailStatus.PENDING, qr_text="0002"), NOON))
    shop.pull(till)
    assert (till.get(code.id).status, till.get(code.id).qr_text) == (PENDING, "0002")
    assert agreed(shop, code.id) == (PENDING, NONE, 0)


def test_a_message_that_comes_back_in_the_feed_is_acknowledged(shop: Shop, till: Till) -> None:
    till.start("sale", Method.CASH, DUE, NOON)
    shop.push(till, answered=False)
    assert len(till.waiting()) == 2
    shop.pull(till)
    assert till.waiting() == []


def test_the_hubs_word_on_an_end_arrives_although_the_answer_to_the_push_was_lost(shop: Shop, till: Till) -> None:
    code = a_code(till, method=Method.VNPAY_QR)
    shop.push(till)
    failure = RailResult(RailStatus.FAILED, failure=FailureCode.PROVIDER_UNAVAILABLE)
    shop.run(lambda uow: record_presented(uow, code.id, failure, NOON))
    till.cancel(code.id, Instant(NOON + 1))
    shop.push(till, answered=False)
    shop.pull(till)
    assert agreed(shop, code.id) == (FAILED, NONE, 0)


def test_money_heard_of_before_the_lost_answer_shows_at_once(shop: Shop, till: Till) -> None:
    code = a_code(till)
    shop.push(till, answered=False)
    pay(shop, code)
    shop.pull(till)
    assert till.get(code.id).status is PAID
    assert agreed(shop, code.id) == (PAID, NONE, DUE)


# -- ends that cross money --------------------------------------------------------------------------------------------


def test_a_cancel_that_crosses_the_money_ends_paid(shop: Shop, till: Till) -> None:
    code = a_code(till)
    shop.push(till)
    till.cancel(code.id, Instant(NOON + 2 * MINUTE))
    pay(shop, code)
    assert agreed(shop, code.id) == (PAID, NONE, DUE)


def test_money_that_came_after_the_cancel_is_late_whichever_the_hub_hears_first(shop: Shop, till: Till) -> None:
    first, second = a_code(till, "first"), a_code(till, "second")
    shop.push(till)
    for code in (first, second):
        till.cancel(code.id, Instant(NOON + MINUTE))
    pay(shop, first, key="m1", paid_at=Instant(NOON + 2 * MINUTE))
    shop.push(till)
    pay(shop, second, key="m2", paid_at=Instant(NOON + 2 * MINUTE))
    assert agreed(shop, first.id) == agreed(shop, second.id) == (PAID, LATE, DUE)


def test_a_cancel_that_crosses_a_part_of_the_money_shows_the_part_everywhere(shop: Shop, till: Till) -> None:
    code = a_code(till)
    shop.push(till)
    till.cancel(code.id, Instant(NOON + 2 * MINUTE))
    pay(shop, code, 15_000)
    assert agreed(shop, code.id) == (CANCELLED, SHORT, 15_000)


def test_another_tills_end_from_before_the_money_does_not_hide_the_money(shop: Shop, till: Till, other: Till) -> None:
    code = a_code(till)
    shop.push(till)
    till.cancel(code.id, Instant(NOON + 2 * MINUTE))
    pay(shop, code, 15_000)
    shop.push(till)
    seen: list[State | None] = []
    while len(seen) < 12:
        shop.fetch(other, 1)
        shop.apply(other)
        seen.append(other.books.states().get(code.id))
    assert (CANCELLED, SHORT, 15_000) in seen
    assert (CANCELLED, NONE, 15_000) not in seen


def test_an_expiry_that_crosses_a_part_of_the_money_shows_the_part_everywhere(shop: Shop, till: Till) -> None:
    code = a_code(till)
    shop.push(till)
    shop.at = Instant(code.expires_at + 1)
    assert till.expire(shop.at) == 1
    pay(shop, code, 15_000)
    shop.pull(till)
    assert agreed(shop, code.id) == (EXPIRED, SHORT, 15_000)


def test_short_then_cancelled_then_the_rest_is_paid_late(shop: Shop, till: Till) -> None:
    code = a_code(till)
    shop.push(till)
    pay(shop, code, 15_000, "m1")
    till.cancel(code.id, Instant(NOON + 2 * MINUTE))
    shop.sync(till)
    pay(shop, code, 30_000, "m2", paid_at=Instant(NOON + 3 * MINUTE))
    assert agreed(shop, code.id) == (PAID, LATE, DUE)


def test_expired_at_the_till_then_paid_is_late_everywhere(shop: Shop, till: Till) -> None:
    code = a_code(till)
    shop.at = Instant(code.expires_at)
    till.expire(shop.at)
    shop.sync(till)
    pay(shop, code, paid_at=Instant(code.expires_at + 1))
    assert agreed(shop, code.id) == (PAID, LATE, DUE)


def test_paid_in_time_while_the_till_was_away_and_let_it_expire_is_paid(shop: Shop, till: Till) -> None:
    code = a_code(till)
    shop.push(till)
    pay(shop, code)
    shop.at = Instant(code.expires_at)
    till.expire(shop.at)
    assert till.get(code.id).status is EXPIRED
    assert agreed(shop, code.id) == (PAID, NONE, DUE)


def test_the_hubs_end_stands_where_both_ended_it(shop: Shop, till: Till) -> None:
    code = a_code(till)
    shop.push(till)
    shop.at = Instant(code.expires_at)
    assert shop.expire() == 1
    till.cancel(code.id, Instant(shop.at - 5))
    assert agreed(shop, code.id) == (EXPIRED, NONE, 0)


def test_a_pull_does_not_overwrite_an_end_that_has_not_been_sent(shop: Shop, till: Till) -> None:
    code = a_code(till)
    shop.push(till)
    shop.at = Instant(code.expires_at)
    shop.expire()
    till.cancel(code.id, Instant(shop.at - 5))
    shop.pull(till)
    assert till.get(code.id).status is CANCELLED


def test_what_was_paid_never_goes_back_at_a_till(shop: Shop, till: Till, other: Till) -> None:
    code = a_code(till)
    shop.push(till)
    pay(shop, code)
    shop.pull(other)
    till.cancel(code.id, Instant(NOON + 5))
    shop.push(till)
    for _ in range(4):
        shop.fetch(other, 1)
        shop.apply(other)
        assert other.get(code.id).status is PAID


# -- two tills --------------------------------------------------------------------------------------------------------


def test_a_till_may_cancel_a_payment_of_the_other(shop: Shop, till: Till, other: Till) -> None:
    code = a_code(till)
    shop.sync(till)
    shop.sync(other)
    other.cancel(code.id, Instant(NOON + 5))
    assert agreed(shop, code.id) == (CANCELLED, NONE, 0)


def test_two_tills_that_end_one_payment_apart_agree_on_the_first_that_the_hub_heard(
    shop: Shop, till: Till, other: Till
) -> None:
    code = a_code(till)
    shop.sync(till)
    shop.sync(other)
    other.cancel(code.id, Instant(NOON + 5))
    shop.at = Instant(code.expires_at)
    till.expire(shop.at)
    shop.push(other)
    assert agreed(shop, code.id) == (CANCELLED, NONE, 0)


def test_a_till_lets_only_its_own_codes_run_out(shop: Shop, till: Till, other: Till) -> None:
    code = a_code(till)
    shop.sync(till)
    shop.sync(other)
    shop.at = Instant(code.expires_at)
    assert other.expire(shop.at) == 0
    assert other.waiting() == []
    assert till.expire(shop.at) == 1
    assert agreed(shop, code.id) == (EXPIRED, NONE, 0)


def test_the_hub_lets_a_code_of_a_lost_till_run_out_for_the_others(shop: Shop, till: Till, other: Till) -> None:
    code = a_code(till)
    shop.push(till)
    shop.at = Instant(code.expires_at)
    assert shop.expire() == 1
    shop.pull(other)
    assert other.books.states()[code.id] == (EXPIRED, NONE, 0)


# -- money before its payment -----------------------------------------------------------------------------------------


def test_parked_money_pays_as_soon_as_its_payment_is_heard_of(shop: Shop, till: Till) -> None:
    code = a_code(till)
    assert pay(shop, code) is ReceiptOutcome.PARKED
    assert shop.hub_books.balances() == {}
    shop.push(till)
    shop.retry_parked()
    assert agreed(shop, code.id) == (PAID, NONE, DUE)


@pytest.mark.parametrize(
    ("amounts", "state", "balances"),
    [
        ([DUE], (PAID, NONE, DUE), {BANK: DUE, SALES: -DUE}),
        ([15_000, 30_000], (PAID, NONE, DUE), {BANK: DUE, SALES: -DUE}),
        ([50_000], (PAID, OVER, 50_000), {BANK: 50_000, SALES: -DUE, OVERPAYMENT: -5_000}),
        ([15_000], (PENDING, SHORT, 15_000), {BANK: 15_000, SUSPENSE: -15_000}),
    ],
)
def test_money_held_in_suspense_is_applied_when_its_payment_is_heard_of(
    shop: Shop, till: Till, amounts: list[int], state: State, balances: dict[str, int]
) -> None:
    code = a_code(till)
    for number, amount in enumerate(amounts):
        assert pay(shop, code, amount, f"m{number}", may_park=False) is ReceiptOutcome.SUSPENSE
    assert agreed(shop, code.id) == state
    assert shop.hub_books.balances() == balances


@pytest.mark.parametrize("may_park", [True, False])
def test_a_paid_attempt_is_over_at_the_hub_and_at_every_till(shop: Shop, till: Till, may_park: bool) -> None:
    code = a_code(till)
    pay(shop, code, may_park=may_park)
    agreed(shop, code.id)
    for books in (shop.hub_books, *(each.books for each in shop.tills)):
        assert books.ask("SELECT status FROM payment_transactions WHERE kind = 'sale'") == [("succeeded",)]


def test_a_failed_attempt_is_over_at_every_till_with_its_reason(shop: Shop, till: Till) -> None:
    code = a_code(till, method=Method.VNPAY_QR)
    shop.push(till)
    failure = RailResult(RailStatus.FAILED, failure=FailureCode.CREDENTIALS_REJECTED)
    shop.run(lambda uow: record_presented(uow, code.id, failure, NOON))
    assert agreed(shop, code.id) == (FAILED, NONE, 0)
    for each in shop.tills:
        attempts = each.books.ask("SELECT status, failure FROM payment_transactions")
        assert attempts == [("failed", "credentials_rejected")]


def test_a_part_from_suspense_and_the_rest_later_make_it_paid(shop: Shop, till: Till) -> None:
    code = a_code(till)
    pay(shop, code, 15_000, "m1", may_park=False)
    shop.push(till)
    pay(shop, code, 30_000, "m2")
    assert agreed(shop, code.id) == (PAID, NONE, DUE)


def test_held_money_was_paid_when_the_bank_says_so(shop: Shop, till: Till) -> None:
    code = a_code(till)
    pay(shop, code, 15_000, "m1", may_park=False, paid_at=Instant(NOON + MINUTE))
    pay(shop, code, 30_000, "m2", may_park=False, paid_at=Instant(NOON + 2 * MINUTE))
    shop.push(till)
    assert shop.get(code.id).paid_at == NOON + 2 * MINUTE


def test_held_money_that_came_after_the_code_ran_out_is_late(shop: Shop, till: Till) -> None:
    code = a_code(till)
    pay(shop, code, may_park=False, paid_at=Instant(code.expires_at + 1))
    assert agreed(shop, code.id) == (PAID, LATE, DUE)


def test_held_money_of_another_provider_is_not_this_payments(shop: Shop, till: Till) -> None:
    code = a_code(till, method=Method.VNPAY_QR)
    transfer = a_receipt(code, DUE, "m1", NOON, provider=Provider.SEPAY)
    assert shop.receive(transfer, may_park=False) is ReceiptOutcome.SUSPENSE
    shop.push(till)
    assert shop.get(code.id).status is not PAID


def test_a_week_offline_loses_neither_the_payment_nor_its_money(shop: Shop, till: Till) -> None:
    code = a_code(till)
    till.expire(code.expires_at)
    pay(shop, code, may_park=False)
    shop.at = Instant(NOON + 7 * 24 * 60 * MINUTE)
    assert agreed(shop, code.id) == (PAID, NONE, DUE)


def test_money_found_after_a_week_offline_still_settles_what_the_till_had_ended(shop: Shop, till: Till) -> None:
    code = a_code(till)
    till.expire(code.expires_at)
    shop.at = Instant(NOON + 7 * 24 * 60 * MINUTE)
    shop.push(till)
    assert pay(shop, code) is ReceiptOutcome.BOOKED
    assert agreed(shop, code.id)[0] is PAID


def test_the_window_of_a_till_whose_clock_is_years_behind_is_as_long_as_any_other(shop: Shop, till: Till) -> None:
    long_ago = Instant(NOON - 3 * 365 * 24 * 60 * MINUTE)
    code = till.start("code", Method.VIETQR, DUE, long_ago)
    till.cancel(code.id, Instant(long_ago + MINUTE))
    shop.push(till)
    shop.at = Instant(NOON + RECONCILE_WINDOW_MS)
    assert pay(shop, code) is ReceiptOutcome.BOOKED
    assert agreed(shop, code.id) == (PAID, LATE, DUE)


def test_after_the_window_money_stays_in_suspense_and_the_payment_as_it_ended(shop: Shop, till: Till) -> None:
    code = a_code(till)
    till.cancel(code.id, NOON)
    shop.push(till)
    shop.at = Instant(NOON + RECONCILE_WINDOW_MS + 1)
    assert pay(shop, code) is ReceiptOutcome.SUSPENSE
    assert agreed(shop, code.id) == (CANCELLED, NONE, 0)


# -- wallets of two tills ---------------------------------------------------------------------------------------------


def test_two_tills_may_open_wallets_of_one_name_while_they_are_apart(shop: Shop, till: Till, other: Till) -> None:
    mine, theirs = open_at(till, "Két 2"), open_at(other, "Két 2")
    sale = till.start("sale", Method.CASH, DUE, NOON)
    assert agreed(shop, sale.id) == (PAID, NONE, DUE)
    for books in (shop.hub_books, till.books, other.books):
        names = dict(books.ask("SELECT id, name FROM accounts WHERE id IN (:mine, :theirs)", mine=mine, theirs=theirs))
        assert len(set(names.values())) == 2
        assert all(name.startswith("Két 2") for name in names.values())


def test_there_is_one_default_wallet_although_two_tills_opened_their_first_apart(shop: Shop, other: Till) -> None:
    told = json.loads(account_body_of(other, "Két đầu"))
    message = Message(
        MessageId(told["id"]),
        told["id"],
        MessageKind.ACCOUNT,
        canonical_json({**told, "is_default": True}),
        MERCHANT,
        SECOND_TILL,
    )
    assert shop.take([message]) == [CREATED]
    assert shop.hub_books.ask("SELECT id FROM accounts WHERE is_default = 1") == [(CASH,)]


def account_body_of(till: Till, name: str) -> str:
    account_id = open_at(till, name)
    account = till.units.run(lambda uow: uow.accounts.get(account_id))
    assert account is not None
    return account_body(account)


# -- set aside, and learnt again


def test_a_refused_message_holds_up_nothing_but_its_own_subject(shop: Shop, till: Till) -> None:
    code = a_code(till)
    till.cancel(code.id, NOON)
    sale = till.start("sale", Method.CASH, DUE, NOON)
    first = till.waiting()[0]
    till.replica.settle_push([(MessageId(first.id), rejected(ErrorCode.UNEXPECTED))], NOON, an_id("epoch"))
    assert {message.subject_id for message in till.waiting()} >= {sale.id}
    assert code.id not in {message.subject_id for message in till.waiting()}
    shop.push(till)
    assert shop.hub_books.states()[sale.id] == (PAID, NONE, DUE)
    till.replica.retry_refused(NOON)
    assert agreed(shop, code.id) == (CANCELLED, NONE, 0)


def test_a_till_that_was_emptied_learns_its_own_payments_again(shop: Shop, till: Till) -> None:
    code, sale = a_code(till), till.start("sale", Method.CASH, DUE, NOON)
    ended = a_code(till, "ended")
    shop.sync(till)
    till.cancel(ended.id, NOON)
    shop.sync(till)
    anew = Till(till.setup)
    shop.pull(anew)
    assert anew.books.states() == till.books.states()
    assert anew.books.balances() == till.books.balances()
    assert anew.books.states().keys() == {code.id, sale.id, ended.id}
    assert anew.books.states()[ended.id] == (CANCELLED, NONE, 0)
    anew.units.close()
