"""Money kept as a customer's credit: booked at once at the till, spent at another one, and never more than came."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import permutations
from typing import Any

import pytest

from domain.accounts import Control, control_id
from domain.approvals import asked_of
from domain.bills import Bill
from domain.bodies import read_voucher
from domain.errors import DomainError, ErrorCode, NotPermitted
from domain.holders import holder_id
from domain.ids import BillId, Instant, MessageId, PaymentId, RefundId
from domain.messages import MessageKind
from domain.payments import PaymentIntent, PaymentStatus
from domain.policy import Actor, Role
from domain.ports import UnitOfWork
from domain.rails import Method
from domain.refunds import Refund, RefundOf, RefundStatus, RefundWay
from domain.services.holders import save_holder
from domain.services.payments import start_payment
from domain.services.refunds import ask_refund, what_is_left
from domain.services.vouchers import void_voucher
from domain.vouchers import VoucherType
from storage.gate import TillFiles
from storage.till import TillUnits
from storage.verify import verify_till
from tests.builders import CASH, CASHIER, KEY, MERCHANT, MINUTE, NOON, OWNER, WITNESS_KEY, an_id, sell
from tests.domain.approval_samples import add_people, grant
from tests.domain.message_facts import changed, message_of, refused, rehashed
from tests.domain.test_stored_value import HOA, STORED, decide, meet, outcome, sound, spend, stored
from tests.domain.till_facts import ask, code_of
from tests.property.shop_stage import Shop, Till, a_receipt
from tests.storage.breaches import found

SALES_RETURNS, OVERPAYMENT, SUSPENSE = (
    control_id(MERCHANT, key) for key in (Control.SALES_RETURNS, Control.OVERPAYMENT, Control.SUSPENSE)
)
LAN = holder_id(MERCHANT, "0912345678")
NOBODY = holder_id(MERCHANT, "0999999999")
LATER = Instant(NOON + MINUTE)
Act = Callable[[], object]


def credit(uow: UnitOfWork, payment: PaymentIntent, actor: Actor = OWNER, **changes: Any) -> Refund:
    """Keep a part of a payment as the customer's credit."""
    facts = {
        "refund_id": RefundId(an_id("credit")),
        "what": RefundOf.SALE,
        "way": RefundWay.CREDIT,
        "amount_minor": 20_000,
        "at": NOON,
        "reason": "Khách trả hàng",
        "holder_id": HOA,
        **changes,
    }
    return ask_refund(uow, actor, payment_id=payment.id, **facts)


def keep(till: Till, payment: PaymentIntent, **changes: Any) -> Refund:
    """Let the owner keep it at a till."""
    return till.units.run(lambda uow: credit(uow, payment, till.actor(Role.OWNER), **changes))


def cash_sale(till: Till, amount: int = 45_000) -> PaymentIntent:
    return till.start("sold", Method.CASH, amount, NOON)


def over_paid(shop: Shop, till: Till) -> PaymentIntent:
    """Let 65,000 come for a code of 45,000, as everybody knows."""
    code = till.start("code", Method.VIETQR, 45_000, NOON)
    shop.push(till)
    shop.receive(a_receipt(code, 65_000, "much", LATER), may_park=False)
    shop.settle_down()
    return code


# -- at the till -------------------------------------------------------------------------------------------------------


@pytest.fixture
def alone(till_units: TillUnits) -> TillUnits:
    """A till with people, and a customer written down."""
    add_people(till_units)
    for phone, name in (("0903111218", "Chị Hoà"), ("0912345678", "Anh Lân")):
        till_units.run(partial(_write_down, phone=phone, name=name))
    return till_units


def _write_down(uow: UnitOfWork, phone: str, name: str) -> None:
    save_holder(uow, OWNER, phone, name, MessageId(an_id(name)), NOON)


def test_a_sale_given_back_as_credit_moves_no_wallet_and_is_the_customers_at_once(
    alone: TillUnits, till_file: TillFiles
) -> None:
    sold = alone.run(lambda uow: sell(uow, "sold"))
    kept = alone.run(lambda uow: credit(uow, sold))
    assert (kept.status, kept.wallet_id, kept.holder_id) == (RefundStatus.DONE, None, HOA)
    balances = alone.run(lambda uow: [uow.accounts.balance(key) for key in (CASH, SALES_RETURNS, STORED)])
    assert balances == [45_000, 20_000, -20_000]
    assert alone.run(lambda uow: uow.holders.balance(HOA)) == 20_000
    assert alone.run(lambda uow: uow.refunds.get(kept.id)) == kept
    assert alone.run(lambda uow: credit(uow, sold)) == kept, "pressing twice is once"
    assert code_of(alone, lambda uow: credit(uow, sold, holder_id=LAN)) is ErrorCode.ID_REUSED
    assert alone.run(lambda uow: what_is_left(uow, sold)).sale_minor == 25_000
    assert found(verify_till(till_file.database, KEY, till_file.witness, WITNESS_KEY)) == set()


def test_its_voucher_is_an_adjustment_of_the_customer_that_nobody_voids(alone: TillUnits) -> None:
    sold = alone.run(lambda uow: sell(uow, "sold"))
    alone.run(lambda uow: credit(uow, sold))
    (row,) = ask(alone, "SELECT id, type, holder_id, number FROM vouchers WHERE source_kind = 'refund'")
    assert (row[1], row[2]) == (VoucherType.ADJUSTMENT.value, HOA)
    refusal = code_of(alone, lambda uow: void_voucher(uow, OWNER, row[0], NOON, reason="x"))
    assert refusal in {ErrorCode.VOUCHER_OF_HOLDER, ErrorCode.VOUCHER_OF_PAYMENT}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"holder_id": None}, ErrorCode.HOLDER_UNKNOWN),
        ({"holder_id": NOBODY}, ErrorCode.HOLDER_UNKNOWN),
        ({"amount_minor": 45_001}, ErrorCode.REFUND_EXCEEDS),
        ({"what": RefundOf.EXCESS}, ErrorCode.REFUND_EXCEEDS),
        ({"reason": " "}, ErrorCode.DRAFT_INCOMPLETE),
    ],
)
def test_what_cannot_be_kept_as_credit_is_refused_and_nothing_stays(
    alone: TillUnits, changes: dict[str, Any], code: ErrorCode
) -> None:
    sold = alone.run(lambda uow: sell(uow, "sold"))
    assert code_of(alone, lambda uow: credit(uow, sold, **changes)) is code
    assert ask(alone, "SELECT COUNT(*) FROM refunds") == [(0,)]
    assert alone.run(lambda uow: uow.holders.balance(HOA)) == 0


def test_credit_and_cash_together_are_never_more_than_came(alone: TillUnits) -> None:
    sold = alone.run(lambda uow: sell(uow, "sold"))
    alone.run(lambda uow: credit(uow, sold, amount_minor=30_000))
    cash: dict[str, Any] = {"refund_id": RefundId(an_id("cash")), "way": RefundWay.WALLET, "holder_id": None}
    assert code_of(alone, lambda uow: credit(uow, sold, amount_minor=15_001, **cash)) is ErrorCode.REFUND_EXCEEDS
    assert alone.run(lambda uow: credit(uow, sold, amount_minor=15_000, **cash)).holder_id is None


def test_a_cashier_keeps_it_with_a_word_that_is_for_that_customer_alone(alone: TillUnits, till_file: TillFiles) -> None:
    sold = alone.run(lambda uow: sell(uow, "sold"))
    with pytest.raises(NotPermitted) as needed:
        alone.run(lambda uow: credit(uow, sold, CASHIER))
    asked = asked_of(needed.value)
    assert asked is not None
    approval = grant(alone, asked, CASHIER)
    other = code_of(alone, lambda uow: credit(uow, sold, CASHIER, approval=approval, holder_id=LAN))
    assert other is ErrorCode.APPROVAL_OTHER
    alone.run(lambda uow: credit(uow, sold, CASHIER, approval=approval))
    assert found(verify_till(till_file.database, KEY, till_file.witness, WITNESS_KEY)) == set()


# -- between tills and their hub ---------------------------------------------------------------------------------------


def test_what_was_too_much_is_kept_and_spent_at_another_till_in_all_orders() -> None:
    for order in permutations(range(4)):
        shop = Shop()
        first, second = shop.tills
        meet(first)
        code = over_paid(shop, first)
        kept = keep(first, code, what=RefundOf.EXCESS)
        told = first.waiting()
        spent: list[PaymentIntent] = []
        acts: list[Act] = [
            partial(shop.push, first),
            partial(shop.take, told),
            partial(shop.sync, second),
            partial(_spend_all, shop, second, spent),
        ]
        for number in order:
            acts[number]()
        shop.settle_down()
        assert sound(shop), order
        (payment,) = spent
        known = order.index(3) > min(order.index(0), order.index(1))
        paid = outcome(shop, payment)[0] is PaymentStatus.PAID
        assert (paid, stored(shop)) == ((True, 0) if known else (False, 20_000)), order
        balances = shop.hub_books.balances()
        assert balances.get(OVERPAYMENT, 0) == 0, order
        for each in shop.tills:
            assert each.units.run(partial(_refund, kept.id)) is not None
            assert each.books.balances() == balances, order
        shop.close()


def _refund(refund_id: RefundId, uow: UnitOfWork) -> Refund | None:
    return uow.refunds.get(refund_id)


def _spend_all(shop: Shop, till: Till, spent: list[PaymentIntent]) -> None:
    """Pay with all that was kept, as far as the hub has heard of it by now."""
    spent.append(spend(till, 20_000))
    shop.sync(till)
    decide(shop, *spent)


def test_two_tills_keep_the_same_money_and_the_second_is_marked_as_beyond(shop: Shop, till: Till, other: Till) -> None:
    meet(till)
    code = over_paid(shop, till)
    keep(till, code, what=RefundOf.EXCESS)
    keep(other, code, what=RefundOf.EXCESS, refund_id=RefundId(an_id("twin")))
    shop.push(till)
    shop.push(other)
    assert sound(shop)
    assert stored(shop) == 40_000, "what the customer was told they have, they have"
    assert sorted(shop.hub_books.ask("SELECT beyond FROM refunds")) == [(0,), (1,)]
    assert shop.hub_books.ask("SELECT COUNT(*) FROM audit WHERE action = 'refund.beyond'") == [(1,)]


def test_what_waits_is_kept_while_the_rest_of_the_bill_comes_in_all_orders(shop: Shop, till: Till) -> None:
    meet(till)
    shop.settle_down()
    for order in permutations(range(3)):
        bill = Bill(BillId(an_id(f"bill {order}")), 100_000)
        code, rest = (_part(till, f"{name} {order}", amount, bill) for name, amount in (("a", 30_000), ("b", 70_000)))
        shop.push(till)
        shop.receive(a_receipt(code, 30_000, f"part {order}", LATER), may_park=False)
        shop.settle_down()
        keep(till, code, what=RefundOf.HELD, amount_minor=30_000, refund_id=RefundId(an_id(f"kept {order}")))
        receipt = a_receipt(rest, 70_000, f"rest {order}", LATER)
        acts: list[Act] = [
            partial(shop.push, till),
            partial(shop.receive, receipt, may_park=False),
            partial(shop.take, till.waiting()),
        ]
        for number in order:
            acts[number]()
        assert sound(shop), order
    assert stored(shop) == 6 * 30_000
    assert shop.hub_books.balances()[SUSPENSE] == -6 * 70_000


def _part(till: Till, name: str, amount: int, bill: Bill) -> PaymentIntent:
    payment_id = PaymentId(an_id(name))
    return till.units.run(
        lambda uow: start_payment(uow, till.actor(), payment_id, Method.VIETQR, amount, NOON, online=True, bill=bill)
    )


def test_the_hub_keeps_no_credit_of_somebody_unknown_nor_a_voucher_of_nobody(shop: Shop, till: Till) -> None:
    meet(till)
    sold = cash_sale(till)
    shop.settle_down()
    keep(till, sold)
    refund, voucher = message_of(till, MessageKind.REFUND), message_of(till, MessageKind.VOUCHER)
    assert refused(shop, changed(refund, holder=NOBODY)) is ErrorCode.HOLDER_UNKNOWN
    body = {key: value for key, value in json.loads(refund.body).items() if key != "holder"}
    assert refused(shop, replace(refund, body=json.dumps(body))) is ErrorCode.MESSAGE_MALFORMED
    assert refused(shop, rehashed(voucher, holder_id=None)) is ErrorCode.MESSAGE_MALFORMED
    assert shop.take([refund, refund, voucher, voucher])
    assert sound(shop)
    assert stored(shop) == 20_000
    assert refused(shop, changed(refund, holder=LAN)) is ErrorCode.ID_REUSED


def test_a_till_books_no_credit_but_that_of_its_refund(shop: Shop, till: Till) -> None:
    meet(till)
    meet(till, "Anh Lân", "0912345678")
    sold = cash_sale(till)
    shop.settle_down()
    keep(till, sold)
    refund, voucher = message_of(till, MessageKind.REFUND), message_of(till, MessageKind.VOUCHER)
    assert refused(shop, voucher) is ErrorCode.MESSAGE_FOREIGN, "of no refund that was told"
    shop.take([refund])
    assert refused(shop, rehashed(voucher, holder_id=LAN)) is ErrorCode.MESSAGE_FOREIGN
    more = tuple(replace(line, amount_minor=20_001) for line in read_voucher(voucher.body, MERCHANT).postings)
    assert refused(shop, rehashed(voucher, postings=more)) is ErrorCode.MESSAGE_FOREIGN
    assert [outcome.code for outcome in shop.take([voucher])] == [None]
    assert sound(shop)


def test_nobody_who_may_not_give_back_keeps_credit(shop: Shop, till: Till) -> None:
    meet(till)
    sold = cash_sale(till)
    with pytest.raises(DomainError) as error:
        till.units.run(lambda uow: credit(uow, sold, till.actor(Role.AUDITOR)))
    assert error.value.code is ErrorCode.NOT_PERMITTED
