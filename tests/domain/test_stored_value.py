"""Stored value between tills and their hub: left at one till, spent at another, given back, and never overspent."""

import json
from dataclasses import replace
from itertools import permutations

import pytest

from domain.accounts import Control, control_id
from domain.errors import Conflict, DomainError, ErrorCode, FailureCode, NotFound, NotPermitted, RuleBroken
from domain.holder_bodies import holder_body, read_holder
from domain.holders import Holder, holder_id, normal_phone
from domain.ids import HolderId, Instant, MessageId, PaymentId, RefundId
from domain.messages import CREATED, EXISTS, MessageKind, canonical_json
from domain.payments import PaymentIntent, PaymentStatus
from domain.policy import Role
from domain.rails import Method, RailResult, RailStatus
from domain.refunds import RefundOf, RefundStatus, RefundWay
from domain.services.hand_confirm import confirm_by_hand
from domain.services.holders import save_holder, top_up
from domain.services.orders import capture_payment
from domain.services.payments import cancel_payment, start_payment
from domain.services.refund_news import claim_refund, record_refund_result
from domain.services.refunds import ask_refund
from domain.services.stored_value import HOLD_MS, decide_stored
from domain.services.vouchers import void_voucher
from domain.vouchers import SourceEvent, Voucher
from storage.verification.refunds import check_refunds
from storage.verification.stored_value import check_stored_value
from tests.builders import CASH, MERCHANT, MINUTE, NOON, OWNER, SALES, an_id
from tests.domain.message_facts import changed, message_of, refused, rehashed
from tests.property.shop_stage import Shop, Till
from tests.storage import two_tills

STORED = control_id(MERCHANT, Control.STORED_VALUE)
PHONE = "0903111218"
HOA: HolderId = holder_id(MERCHANT, PHONE)
PAID, FAILED, CREATED_, HELD, CANCELLED = (
    PaymentStatus.PAID,
    PaymentStatus.FAILED,
    PaymentStatus.CREATED,
    PaymentStatus.AUTHORIZED,
    PaymentStatus.CANCELLED,
)


def meet(till: Till, name: str = "Chị Hoà", phone: str = PHONE) -> Holder:
    """Write a customer down at a till."""
    message_id = MessageId(an_id(f"{name} {till.setup.till_code}"))
    return till.units.run(lambda uow: save_holder(uow, till.actor(), phone, name, message_id, NOON))


def store(till: Till, amount: int, name: str = "top up") -> Voucher:
    """Let a customer leave cash at a till."""
    return till.units.run(lambda uow: top_up(uow, till.actor(), an_id(name), HOA, amount, NOON))


def spend(till: Till, amount: int, name: str = "spent", *, capture: bool = True, at: Instant = NOON) -> PaymentIntent:
    """Begin a payment with what a customer has stored."""
    payment_id = PaymentId(an_id(name))
    return till.units.run(
        lambda uow: start_payment(
            uow, till.actor(), payment_id, Method.STORED_VALUE, amount, at, online=True, holder=HOA, capture=capture
        )
    )


def decide(shop: Shop, *payments: PaymentIntent) -> None:
    """Let the hub's worker do what is to be done about payments."""
    for payment in payments:
        shop.run(lambda uow, key=payment.id: decide_stored(uow, key, shop.at))


def stored(shop: Shop, till: Till | None = None) -> int:
    """Return what the customer has stored, as the hub or a till knows it."""
    units = till.units.run if till else shop.run
    return units(lambda uow: uow.holders.balance(HOA))


def outcome(shop: Shop, payment: PaymentIntent) -> tuple[PaymentStatus, FailureCode | None]:
    found = shop.get(payment.id)
    return found.status, found.failure


def sound(shop: Shop) -> bool:
    """Let everything arrive everywhere; whether all three then say the same of stored value, and check well."""
    shop.settle_down()
    sides = [shop.hub_books, *(till.books for till in shop.tills)]
    rows = [sorted(books.ask("SELECT id, name, phone, balance_minor FROM holders")) for books in sides]
    own = (two_tills.check_balances, check_stored_value, check_refunds)
    reads = [(shop.hub.read, "hub"), *((till.units.read, "till") for till in shop.tills)]
    two_tills_found = [two_tills.findings(read, side, checks=own) for read, side in reads]
    return rows == [rows[0]] * 3 and two_tills_found == [[]] * 3 and all(till.refused() == [] for till in shop.tills)


@pytest.fixture
def rich(shop: Shop, till: Till) -> Shop:
    """A shop whose customer has left 100,000 ₫ at the first till, as everybody knows."""
    meet(till)
    store(till, 100_000)
    shop.settle_down()
    return shop


# -- who it is ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["0903111218", "+84 903 111 218", "84903111218", "0903.111.218", "(0903) 111-218"])
def test_one_number_is_one_customer_however_it_is_written(typed: str) -> None:
    assert normal_phone(typed) == PHONE


@pytest.mark.parametrize("typed", ["", "0903", "không có", "1234567890123456"])
def test_what_is_no_phone_number_is_refused_without_being_repeated(typed: str) -> None:
    with pytest.raises(RuleBroken) as error:
        normal_phone(typed)
    assert (error.value.code, error.value.facts) == (ErrorCode.PHONE_INVALID, {})


def test_a_holders_id_follows_from_the_number_alone() -> None:
    holder = Holder(HOA, MERCHANT, "Hoà", PHONE, OWNER.user_id, NOON)
    with pytest.raises(RuleBroken):
        replace(holder, phone="0903111219")
    with pytest.raises(RuleBroken):
        replace(holder, name="")


def test_a_holder_survives_the_way_and_nothing_else_is_read_as_one() -> None:
    holder = Holder(HOA, MERCHANT, "Hoà", PHONE, OWNER.user_id, NOON)
    assert read_holder(holder_body(holder), MERCHANT) == holder
    for broken in ("[]", "{", json.dumps({**json.loads(holder_body(holder)), "created_at": "now"})):
        with pytest.raises(RuleBroken) as error:
            read_holder(broken, MERCHANT)
        assert error.value.code is ErrorCode.MESSAGE_MALFORMED


def test_two_tills_that_meet_a_customer_apart_make_one_holder_of_them(shop: Shop, till: Till, other: Till) -> None:
    assert meet(till, "Hoà").id == meet(other, "Chị Hoà", "+84 903 111 218").id
    store(till, 30_000, "here")
    store(other, 20_000, "there")
    assert sound(shop)
    assert stored(shop) == 50_000


def test_saying_the_same_again_tells_nobody(till: Till) -> None:
    meet(till)
    before = till.waiting()
    assert meet(till).name == "Chị Hoà"
    assert till.waiting() == before


def test_the_name_told_last_stands_everywhere(rich: Shop, till: Till, other: Till) -> None:
    meet(other, "Cô Hoà")
    assert sound(rich)
    assert till.books.ask("SELECT name FROM holders") == [("Cô Hoà",)]


# -- money that is left ------------------------------------------------------------------------------------------------


def test_money_left_with_the_shop_is_owed_and_no_sale(shop: Shop, till: Till) -> None:
    meet(till)
    voucher = store(till, 100_000)
    assert voucher.number.startswith("PT")
    assert (voucher.holder_id, voucher.party.name) == (HOA, "Chị Hoà")
    assert till.books.balances() == {CASH: 100_000, STORED: -100_000}
    assert store(till, 100_000) == voucher, "pressing twice is once"
    with pytest.raises(Conflict):
        store(till, 90_000)
    assert stored(shop, till) == 100_000
    assert sound(shop)


def test_nobody_leaves_money_under_a_number_that_was_not_written_down(till: Till) -> None:
    with pytest.raises(NotFound) as error:
        store(till, 1_000)
    assert error.value.code is ErrorCode.HOLDER_UNKNOWN


def test_who_takes_no_money_takes_none_to_keep(till: Till) -> None:
    auditor = till.actor(Role.AUDITOR)
    with pytest.raises(NotPermitted):
        till.units.run(lambda uow: save_holder(uow, auditor, PHONE, "Hoà", MessageId("m"), NOON))
    meet(till)
    with pytest.raises(NotPermitted):
        till.units.run(lambda uow: top_up(uow, auditor, "t", HOA, 1_000, NOON))


def test_stored_value_is_not_voided_at_a_till_which_cannot_know_what_is_left(till: Till) -> None:
    meet(till)
    voucher = store(till, 1_000)
    with pytest.raises(RuleBroken) as error:
        till.units.run(lambda uow: void_voucher(uow, till.actor(Role.OWNER), voucher.id, NOON, reason="Nhầm"))
    assert error.value.code is ErrorCode.VOUCHER_OF_HOLDER


# -- money that is spent -----------------------------------------------------------------------------------------------


def test_what_was_left_at_one_till_is_spent_at_another(rich: Shop, till: Till, other: Till) -> None:
    payment = spend(other, 45_000)
    assert (payment.status, payment.customer_phone) == (CREATED_, PHONE)
    rich.sync(other)
    decide(rich, payment)
    assert outcome(rich, payment) == (PAID, None)
    assert sound(rich)
    assert other.get(payment.id).status is PAID
    assert [stored(rich, each) for each in (None, till, other)] == [55_000] * 3
    assert rich.hub_books.balances() == {CASH: 100_000, STORED: -55_000, SALES: -45_000}


def test_more_than_is_stored_is_refused_and_moves_nothing(rich: Shop, other: Till) -> None:
    before = rich.hub_books.balances()
    payment = spend(other, 100_001)
    rich.sync(other)
    decide(rich, payment)
    assert outcome(rich, payment) == (FAILED, FailureCode.INSUFFICIENT_FUNDS)
    assert sound(rich)
    assert other.get(payment.id).failure is FailureCode.INSUFFICIENT_FUNDS
    assert rich.hub_books.balances() == before


def test_two_tills_that_spend_the_same_money_at_once_spend_it_once(rich: Shop, till: Till, other: Till) -> None:
    here, there = spend(till, 60_000, "here"), spend(other, 60_000, "there")
    rich.push(till)
    rich.push(other)
    decide(rich, there, here)
    assert (outcome(rich, there), outcome(rich, here)) == ((PAID, None), (FAILED, FailureCode.INSUFFICIENT_FUNDS))
    assert sound(rich)
    assert stored(rich) == 40_000


def test_deciding_again_and_hearing_again_change_nothing(rich: Shop, other: Till) -> None:
    payment = spend(other, 45_000)
    messages = other.waiting()
    assert rich.take(messages) == [CREATED]
    decide(rich, payment, payment)
    assert rich.take(messages) == [EXISTS]
    decide(rich, payment)
    assert stored(rich) == 55_000
    assert sound(rich)


def test_money_that_is_still_at_another_till_is_not_there_yet_and_then_is(shop: Shop, till: Till, other: Till) -> None:
    meet(till)
    meet(other)
    store(till, 50_000)
    too_early = spend(other, 50_000, "early")
    shop.sync(other)
    decide(shop, too_early)
    assert outcome(shop, too_early) == (FAILED, FailureCode.INSUFFICIENT_FUNDS)
    shop.sync(till)
    now = spend(other, 50_000, "now")
    shop.sync(other)
    decide(shop, now)
    assert outcome(shop, now) == (PAID, None)
    assert sound(shop)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_in_whatever_order_the_hub_hears_of_it_nobody_overspends(
    shop: Shop, till: Till, other: Till, order: tuple[int, ...]
) -> None:
    meet(till)
    meet(other)
    store(till, 60_000, "first")
    shop.settle_down()
    small, large = spend(till, 20_000, "small"), spend(other, 50_000, "large")
    steps = (lambda: shop.sync(till), lambda: shop.sync(other), lambda: decide(shop, large, small))
    for number in order:
        steps[number]()
    shop.settle_down()
    decide(shop, large, small)
    assert sound(shop)
    paid = [payment for payment in (small, large) if shop.get(payment.id).status is PAID]
    assert len(paid) == 1
    assert stored(shop) == 60_000 - paid[0].amount_minor


def test_what_the_cashier_took_back_before_the_hub_looked_is_not_taken(rich: Shop, other: Till) -> None:
    payment = spend(other, 45_000)
    other.cancel(payment.id, Instant(NOON + 1))
    rich.sync(other)
    decide(rich, payment)
    assert outcome(rich, payment) == (CANCELLED, None)
    assert stored(rich) == 100_000
    assert sound(rich)


def test_a_sale_that_was_paid_otherwise_meanwhile_is_not_paid_again(rich: Shop, till: Till, other: Till) -> None:
    payment = spend(other, 45_000)
    rich.sync(other)
    cash = PaymentId(an_id("cash"))
    other.units.run(
        lambda uow: start_payment(uow, other.actor(), cash, Method.CASH, 45_000, NOON, online=True, bill=payment.bill)
    )
    rich.sync(other)
    decide(rich, payment)
    assert outcome(rich, payment) == (CANCELLED, None)
    assert stored(rich) == 100_000
    assert sound(rich)


def test_a_part_is_paid_with_stored_value_and_the_rest_in_cash(rich: Shop, other: Till) -> None:
    payment_id = PaymentId(an_id("part"))
    bill = replace(spend(other, 1_000, "unused").bill, due_minor=150_000)
    part = other.units.run(
        lambda uow: start_payment(
            uow,
            other.actor(),
            payment_id,
            Method.STORED_VALUE,
            100_000,
            NOON,
            online=True,
            holder=HOA,
            bill=replace(bill, id=an_id("sale")),
        )
    )
    rich.sync(other)
    decide(rich, part)
    rich.sync(other)
    other.units.run(
        lambda uow: start_payment(
            uow, other.actor(), PaymentId(an_id("rest")), Method.CASH, 50_000, NOON, online=True, bill=part.bill
        )
    )
    assert sound(rich)
    assert rich.hub_books.balances()[SALES] == -150_000


# -- reserved first, taken later ---------------------------------------------------------------------------------------


def test_reserved_value_is_spent_by_nobody_else_and_taken_when_the_shop_wants_it(rich: Shop, other: Till) -> None:
    held = spend(other, 70_000, "held", capture=False)
    rich.sync(other)
    decide(rich, held)
    rich.sync(other)
    assert (other.get(held.id).status, other.get(held.id).held_minor) == (HELD, 70_000)
    assert stored(rich) == 100_000
    more = spend(other, 40_000, "more")
    rich.sync(other)
    decide(rich, more)
    assert outcome(rich, more) == (FAILED, FailureCode.INSUFFICIENT_FUNDS)
    other.units.run(lambda uow: capture_payment(uow, other.actor(), held.id, 50_000, NOON))
    rich.sync(other)
    decide(rich, held, held)
    assert sound(rich)
    assert (rich.get(held.id).status, stored(rich)) == (PAID, 50_000)
    assert rich.run(lambda uow: uow.holders.reserved(HOA)) == 0


def test_reserved_value_that_nobody_wants_is_let_go(rich: Shop, other: Till) -> None:
    held = spend(other, 70_000, "held", capture=False)
    rich.sync(other)
    decide(rich, held)
    rich.sync(other)
    other.units.run(lambda uow: cancel_payment(uow, other.actor(), held.id, NOON))
    rich.sync(other)
    decide(rich, held)
    assert outcome(rich, held) == (CANCELLED, None)
    assert rich.run(lambda uow: uow.holders.reserved(HOA)) == 0
    again = spend(other, 100_000, "again")
    rich.sync(other)
    decide(rich, again)
    assert outcome(rich, again) == (PAID, None)
    assert sound(rich)


def test_reserved_value_is_due_to_be_let_go_after_a_day(rich: Shop, other: Till) -> None:
    held = spend(other, 70_000, "held", capture=False)
    rich.sync(other)
    decide(rich, held)
    over = Instant(rich.at + HOLD_MS)
    due = rich.run(lambda uow: [each.id for each in uow.payments.due(over, 10)])
    assert due == [held.id]


# -- given back --------------------------------------------------------------------------------------------------------


def test_a_refund_goes_back_to_what_the_customer_has_stored_once(rich: Shop, other: Till) -> None:
    payment = spend(other, 45_000)
    rich.sync(other)
    decide(rich, payment)
    rich.sync(other)
    refund_id = RefundId(an_id("refund"))
    other.units.run(
        lambda uow: ask_refund(
            uow,
            other.actor(Role.OWNER),
            refund_id,
            payment.id,
            RefundOf.SALE,
            RefundWay.ORIGINAL,
            20_000,
            NOON,
            reason="Trả hàng",
        )
    )
    rich.sync(other)
    claimed = rich.run(lambda uow: claim_refund(uow, refund_id, rich.at))
    assert claimed is not None
    done = RailResult(RailStatus.SUCCESS, provider_ref=claimed[1].reference)
    for _ in range(2):
        rich.run(lambda uow: record_refund_result(uow, refund_id, done, rich.at))
    assert sound(rich)
    refund = other.units.run(lambda uow: uow.refunds.get(refund_id))
    assert refund is not None
    assert refund.status is RefundStatus.DONE
    assert stored(rich, other) == 75_000
    booked = rich.run(lambda uow: uow.vouchers.of_source(SourceEvent("refund_done", refund_id)))
    assert booked is not None
    assert (booked.holder_id, CASH in {line.account_id for line in booked.postings}) == (HOA, False)


# -- what nobody may tell the hub --------------------------------------------------------------------------------------


def test_a_till_cannot_lower_what_a_customer_has_stored(rich: Shop, till: Till) -> None:
    voucher = store(till, 1_000, "more")
    message = message_of(till, MessageKind.VOUCHER)
    swapped = tuple(replace(line, side=line.side.other) for line in voucher.postings)
    assert refused(rich, rehashed(message, postings=swapped)) is ErrorCode.MESSAGE_FOREIGN
    assert refused(rich, rehashed(message, holder_id=None)) is ErrorCode.MESSAGE_MALFORMED
    nobody = holder_id(MERCHANT, "0999999999")
    assert refused(rich, rehashed(message, holder_id=nobody)) is ErrorCode.HOLDER_UNKNOWN


def test_a_payment_with_stored_value_names_somebody_the_hub_knows(rich: Shop, other: Till) -> None:
    spend(other, 1_000)
    message = message_of(other, MessageKind.PAYMENT)
    assert refused(rich, changed(message, holder=holder_id(MERCHANT, "0999999999"))) is ErrorCode.HOLDER_UNKNOWN
    body = canonical_json({key: value for key, value in json.loads(message.body).items() if key != "holder"})
    assert refused(rich, replace(message, body=body)) is ErrorCode.MESSAGE_MALFORMED


def test_stored_value_needs_the_hub_and_a_holder(till: Till) -> None:
    meet(till)

    def code(holder: HolderId | None, *, online: bool = True) -> ErrorCode:
        with pytest.raises(DomainError) as error:
            till.units.run(
                lambda uow: start_payment(
                    uow, till.actor(), PaymentId("p"), Method.STORED_VALUE, 1_000, NOON, online=online, holder=holder
                )
            )
        return error.value.code

    assert code(HOA, online=False) is ErrorCode.METHOD_NEEDS_NETWORK
    assert code(None) is ErrorCode.HOLDER_UNKNOWN
    assert code(holder_id(MERCHANT, "0999999999")) is ErrorCode.HOLDER_UNKNOWN


def test_a_till_that_is_late_tells_nothing_new_of_a_name(rich: Shop, till: Till, other: Till) -> None:
    meet(till, "Hoà mới")
    rich.fetch(till)
    meet(other, "Hoà kia")
    rich.sync(other)
    rich.sync(till)
    assert sound(rich)
    assert stored(rich, till) == 100_000


def test_nobody_confirms_by_hand_what_the_hub_decides(rich: Shop, other: Till) -> None:
    payment = spend(other, 45_000)
    with pytest.raises(RuleBroken) as error:
        other.units.run(lambda uow: confirm_by_hand(uow, other.actor(Role.OWNER), payment.id, NOON, evidence="FT1"))
    assert error.value.code is ErrorCode.INVALID_TRANSITION


def test_the_hub_ends_what_was_left_behind(rich: Shop, other: Till) -> None:
    payment = spend(other, 45_000)
    rich.sync(other)
    rich.at = Instant(NOON + 60 * MINUTE)
    assert rich.expire() == 1
    decide(rich, payment)
    assert outcome(rich, payment) == (PaymentStatus.EXPIRED, None)
    assert stored(rich) == 100_000
