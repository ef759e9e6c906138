"""Money given back, in all orders of what tills, hub, provider and bank do: the same books, one state everywhere."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from domain.accounts import Control, control_id
from domain.bills import Bill
from domain.errors import DomainError, ErrorCode, FailureCode, RuleBroken
from domain.ids import BillId, Instant, PaymentId, RefundId
from domain.notices import ChargeBack, DisputeStage, RefundNotice
from domain.payments import OPEN, PaymentIntent, PaymentStatus
from domain.policy import Role
from domain.rails import Method, Provider, RailResult, RailStatus
from domain.refunds import Refund, RefundOf, RefundWay
from domain.services.payments import start_payment
from domain.services.receipts import ReceiptOutcome
from domain.services.refund_news import claim_refund, record_charge_back, record_refund_notice, record_refund_result
from domain.services.refunds import ask_refund, cancel_refund
from tests.builders import CASH, MERCHANT, MINUTE, NOON, QR, an_id
from tests.property.shop_stage import Shop, Till, a_receipt
from tests.property.test_convergence import verified

DUE = 500_000
SALES, RETURNS, SUSPENSE, OVERPAYMENT, OTHER_EXPENSE, OTHER_INCOME, FEES = (
    control_id(MERCHANT, key)
    for key in (
        Control.SALES,
        Control.SALES_RETURNS,
        Control.SUSPENSE,
        Control.OVERPAYMENT,
        Control.OTHER_EXPENSE,
        Control.OTHER_INCOME,
        Control.FEES,
    )
)
LATER = Instant(NOON + MINUTE)
Act = Callable[[], object]


@pytest.fixture
def shop() -> Iterator[Shop]:
    stage = Shop()
    yield stage
    stage.close()


class Sale:
    """A bill of 500,000 by code at the first till, and what may happen to its money."""

    def __init__(self, shop: Shop, name: str, amount: int = DUE) -> None:
        self.shop, self.name, self.till = shop, name, shop.tills[0]
        self.before = shop.hub_books.balances()
        self.bill = Bill(BillId(an_id(f"bill {name}")), DUE)
        self.asked: list[Act] = []
        self.code = self.begins("code", amount)
        shop.push(self.till)

    def begins(self, what: str, amount: int) -> PaymentIntent:
        payment_id = PaymentId(an_id(f"{self.name} {what}"))
        return self.till.units.run(
            lambda uow: start_payment(
                uow, self.till.actor(), payment_id, Method.VNPAY_QR, amount, NOON, online=True, bill=self.bill
            )
        )

    def receives(self, key: str, amount: int = DUE) -> Act:
        receipt = a_receipt(self.code, amount, f"{key} {self.code.id}", LATER)
        return lambda: self.shop.receive(receipt, may_park=False)

    def ends(self, how: str) -> Act:
        def act() -> None:
            if self.till.get(self.code.id).status in OPEN:
                if how == "cancel":
                    self.till.cancel(self.code.id, LATER)
                else:
                    self.till.expire(Instant(NOON + 6 * MINUTE))

        return act

    def gives(self, what: RefundOf, way: RefundWay, amount: int, *, till: Till | None = None, name: str = "") -> Act:
        """Give back as soon as there is something to give: what is refused is tried again in the end."""
        where = till or self.till
        refund_id = self.refund_id(what, way, where, name)

        def attempt() -> bool:
            def op(uow: Any) -> Refund:
                owner = where.actor(Role.OWNER)
                return ask_refund(
                    uow, owner, refund_id, self.code.id, what, way, amount, LATER, reason="Khách trả hàng"
                )

            try:
                where.units.run(op)
            except RuleBroken as refusal:
                return refusal.code is not ErrorCode.REFUND_EXCEEDS
            return True

        def act() -> None:
            if not attempt():
                self.asked.append(attempt)

        return act

    def refund_id(self, what: RefundOf, way: RefundWay, till: Till | None = None, name: str = "") -> RefundId:
        code = (till or self.till).setup.till_code
        return RefundId(an_id(f"{self.name} {what} {way} {code} {name}"))

    def asks_provider(self, refund_id: RefundId) -> Act:
        return lambda: self.shop.run(lambda uow: claim_refund(uow, refund_id, LATER))

    def answers(self, refund_id: RefundId, status: RailStatus, failure: FailureCode | None = None) -> Act:
        result = RailResult(status, provider_ref=f"RF {refund_id}", failure=failure)
        return lambda: self.shop.run(lambda uow: record_refund_result(uow, refund_id, result, LATER))

    def syncs(self) -> None:
        for till in self.shop.tills:
            self.shop.sync(till)

    def finish(self) -> None:
        self.shop.settle_down()
        for attempt in self.asked:
            attempt()
        self.shop.settle_down()

    def moved(self) -> dict[str, int]:
        now = self.shop.hub_books.balances()
        moved = {account: balance - self.before.get(account, 0) for account, balance in now.items()}
        return {account: balance for account, balance in moved.items() if balance}

    def refunds(self, till: Till | None = None) -> set[tuple[str, str, int]]:
        books = till.books if till else self.shop.hub_books
        rows = books.ask("SELECT id, status, beyond FROM refunds WHERE payment_id = :id", id=self.code.id)
        return {(row[0], row[1], row[2]) for row in rows}


def check(sale: Sale) -> None:
    """Everybody agrees, nobody was refused, and the program that checks books finds nothing."""
    shop = sale.shop
    for till in shop.tills:
        assert till.refused() == []
        assert till.waiting() == []
        assert till.books.balances() == till.books.recomputed() == shop.hub_books.balances()
        assert till.books.states() == shop.hub_books.states()
        assert sale.refunds(till) == sale.refunds()


def play(shop: Shop, order: tuple[Any, ...], events: Callable[[Sale], list[Act]], amount: int = DUE) -> Sale:
    sale = Sale(shop, str(order), amount)
    happening = events(sale)
    for number in order:
        happening[number]()
    sale.finish()
    check(sale)
    return sale


@pytest.mark.parametrize("in_touch", [True, False], ids=["in touch", "apart"])
def test_a_sale_that_ends_is_paid_twice_and_given_back_in_cash_is_the_same_in_all_orders(
    shop: Shop, in_touch: bool
) -> None:
    def events(sale: Sale) -> list[Act]:
        acts = [
            sale.ends("expire"),
            sale.ends("cancel"),
            sale.receives("proof"),
            sale.receives("duplicate"),
            sale.gives(RefundOf.SALE, RefundWay.WALLET, DUE),
        ]
        return [_followed(act, sale.syncs) for act in acts] if in_touch else acts

    for order in permutations(range(5)):
        sale = play(shop, order, events)
        assert sale.moved() == {
            QR: 2 * DUE,
            CASH: -DUE,
            SALES: -DUE,
            RETURNS: DUE,
            OVERPAYMENT: -DUE,
        }, order
        assert sale.shop.get(sale.code.id).status is PaymentStatus.PAID
    assert verified(shop.hub_books, "hub") == {}
    assert [verified(till.books, "till") for till in shop.tills] == [{}, {}]


def _followed(first: Act, then: Act) -> Act:
    def act() -> None:
        first()
        then()

    return act


def test_what_the_provider_gives_back_is_booked_once_in_all_orders_of_its_words(shop: Shop) -> None:
    def events(sale: Sale) -> list[Act]:
        sale.receives("proof")()
        sale.syncs()
        sale.gives(RefundOf.SALE, RefundWay.ORIGINAL, 200_000)()
        refund_id = sale.refund_id(RefundOf.SALE, RefundWay.ORIGINAL)
        sale.syncs()
        sale.asks_provider(refund_id)()
        notice = a_notice(sale, refund_id, RailStatus.SUCCESS, 200_000)
        return [
            sale.answers(refund_id, RailStatus.UNKNOWN, FailureCode.TIMEOUT),
            sale.answers(refund_id, RailStatus.SUCCESS),
            lambda: told(shop, notice),
            lambda: told(shop, notice),
            sale.syncs,
        ]

    for order in permutations(range(5)):
        sale = play(shop, order, events)
        assert sale.moved() == {QR: 300_000, SALES: -DUE, RETURNS: 200_000}, order
        assert {state for _, state, _ in sale.refunds()} == {"done"}


def a_notice(sale: Sale, refund_id: RefundId, status: RailStatus, amount: int, **facts: Any) -> RefundNotice:
    """Return a provider's word on a refund, without our reference."""
    notice = RefundNotice(
        provider=Provider.VNPAY_QR_MMS,
        dedupe_key=f"{refund_id}:{status}",
        reference="",
        amount_minor=amount,
        currency="VND",
        at=LATER,
        provider_ref=f"RF {refund_id}",
        payment_provider_ref=f"ref-proof {sale.code.id}",
        status=status,
    )
    return replace(notice, **facts)


def told(shop: Shop, notice: RefundNotice) -> None:
    """Tell the hub of a refund; what is parked is told again until it is taken."""
    outcome = shop.run(lambda uow: record_refund_notice(uow, notice, LATER))
    if outcome is ReceiptOutcome.PARKED:
        refund_id = RefundId(notice.provider_ref.removeprefix("RF "))
        result = RailResult(RailStatus.SUCCESS, provider_ref=notice.provider_ref)
        shop.run(lambda uow: record_refund_result(uow, refund_id, result, LATER))
        assert shop.run(lambda uow: record_refund_notice(uow, notice, LATER)) is ReceiptOutcome.DUPLICATE


@pytest.mark.parametrize("told_minor", [150_000, 250_000])
def test_a_refund_of_another_amount_is_booked_as_the_provider_says_in_all_orders(shop: Shop, told_minor: int) -> None:
    def events(sale: Sale) -> list[Act]:
        sale.receives("proof")()
        sale.syncs()
        sale.gives(RefundOf.SALE, RefundWay.ORIGINAL, 200_000)()
        refund_id = sale.refund_id(RefundOf.SALE, RefundWay.ORIGINAL)
        sale.syncs()
        sale.asks_provider(refund_id)()
        ours = shop.run(lambda uow: uow.refunds.get(refund_id))
        assert ours is not None
        notice = a_notice(sale, refund_id, RailStatus.SUCCESS, told_minor, reference=ours.reference)
        done = RailResult(RailStatus.SUCCESS, provider_ref=notice.provider_ref)
        return [
            lambda: shop.run(lambda uow: record_refund_notice(uow, notice, LATER)),
            lambda: shop.run(lambda uow: record_refund_notice(uow, replace(notice, dedupe_key="again"), LATER)),
            lambda: shop.run(lambda uow: record_refund_result(uow, refund_id, done, LATER)),
            sale.syncs,
        ]

    for order in permutations(range(4)):
        before = shop.hub_books.ask("SELECT COUNT(*) FROM audit WHERE action = 'refund.amount_other'")[0][0]
        sale = play(shop, order, events)
        assert sale.moved() == {QR: DUE - told_minor, SALES: -DUE, RETURNS: told_minor}, order
        noted = shop.hub_books.ask("SELECT COUNT(*) FROM audit WHERE action = 'refund.amount_other'")[0][0]
        assert noted == before + 1, order
    assert verified(shop.hub_books, "hub") == {}


def test_two_tills_that_give_the_same_money_back_apart_end_alike_and_one_goes_beyond(shop: Shop) -> None:
    first, second = shop.tills

    def events(sale: Sale) -> list[Act]:
        sale.receives("proof")()
        sale.syncs()
        sale.gives(RefundOf.SALE, RefundWay.WALLET, 300_000)()
        sale.gives(RefundOf.SALE, RefundWay.WALLET, 300_000, till=second)()
        sale.gives(RefundOf.SALE, RefundWay.WALLET, 100_000, till=second, name="more")()
        return [
            lambda: shop.push(first, 2),
            lambda: shop.push(second, 2),
            lambda: shop.pull(first),
            lambda: shop.pull(second),
            lambda: shop.push(second, answered=False),
        ]

    for order in permutations(range(5)):
        sale = play(shop, order, events)
        assert sale.moved() == {QR: DUE, CASH: -700_000, SALES: -DUE, RETURNS: 700_000}, order
        beyond = sum(mark for _, _, mark in sale.refunds())
        assert beyond in (1, 2), order
    assert verified(shop.hub_books, "hub") == {}


def test_two_tills_that_ask_the_provider_for_the_same_money_get_it_once(shop: Shop) -> None:
    first, second = shop.tills

    def events(sale: Sale) -> list[Act]:
        sale.receives("proof")()
        sale.syncs()
        sale.gives(RefundOf.SALE, RefundWay.ORIGINAL, 300_000)()
        sale.gives(RefundOf.SALE, RefundWay.ORIGINAL, 300_000, till=second)()
        return [
            lambda: shop.push(first),
            lambda: shop.push(second),
            lambda: shop.pull(first),
            lambda: shop.pull(second),
        ]

    for order in permutations(range(4)):
        sale = play(shop, order, events)
        assert sorted(state for _, state, _ in sale.refunds()) == ["failed", "requested"], order
        why = shop.hub_books.ask(
            "SELECT failure FROM refunds WHERE status = 'failed' AND payment_id = :id", id=sale.code.id
        )
        assert why == [("REFUND_EXCEEDS",)]


def test_what_waited_and_was_given_back_is_no_part_of_the_sale_in_all_orders(shop: Shop) -> None:
    def events(sale: Sale) -> list[Act]:
        sale.receives("short", 200_000)()
        sale.syncs()
        other = sale.begins("other", 300_000)
        shop.push(sale.till)
        rest = a_receipt(other, 300_000, f"rest {other.id}", LATER)
        return [
            sale.gives(RefundOf.HELD, RefundWay.WALLET, 200_000),
            lambda: shop.receive(rest, may_park=False),
            lambda: shop.push(sale.till),
        ]

    for order in permutations(range(3)):
        sale = play(shop, order, events, 200_000)
        assert sale.moved() == {QR: DUE, CASH: -200_000, SUSPENSE: -300_000}, order
    assert verified(shop.hub_books, "hub") == {}


def test_what_was_too_much_is_given_back_by_the_provider_in_all_orders(shop: Shop) -> None:
    def events(sale: Sale) -> list[Act]:
        sale.receives("proof", 650_000)()
        sale.syncs()
        sale.gives(RefundOf.EXCESS, RefundWay.ORIGINAL, 150_000)()
        sale.syncs()
        refund_id = sale.refund_id(RefundOf.EXCESS, RefundWay.ORIGINAL)
        sale.asks_provider(refund_id)()
        return [sale.answers(refund_id, RailStatus.SUCCESS), sale.receives("more", 50_000), sale.syncs]

    for order in permutations(range(3)):
        sale = play(shop, order, events)
        assert sale.moved() == {QR: 550_000, SALES: -DUE, OVERPAYMENT: -50_000}, order


def test_what_was_too_much_is_written_off_at_two_tills_and_more_comes_in_all_orders(shop: Shop) -> None:
    first, second = shop.tills

    def events(sale: Sale) -> list[Act]:
        sale.receives("proof", 650_000)()
        sale.syncs()
        sale.gives(RefundOf.EXCESS, RefundWay.WRITE_OFF, 150_000)()
        sale.gives(RefundOf.EXCESS, RefundWay.WALLET, 150_000, till=second)()
        return [lambda: shop.push(first), lambda: shop.push(second), sale.receives("more", 50_000)]

    for order in permutations(range(3)):
        sale = play(shop, order, events)
        moved = sale.moved()
        assert (moved[OTHER_INCOME], moved[CASH], moved[SALES]) == (-150_000, -150_000, -DUE), order
        assert sorted(mark for _, _, mark in sale.refunds()) == [0, 1], order
    assert verified(shop.hub_books, "hub") == {}


def test_what_waits_is_written_off_and_a_sale_never_is(shop: Shop) -> None:
    sale = Sale(shop, "written off", 200_000)
    sale.receives("short", 200_000)()
    sale.syncs()
    sale.gives(RefundOf.HELD, RefundWay.WRITE_OFF, 200_000)()
    sale.finish()
    check(sale)
    assert sale.moved() == {QR: 200_000, OTHER_INCOME: -200_000}
    sold = Sale(shop, "sold")
    sold.receives("proof")()
    sold.syncs()
    owner, refund_id = sold.till.actor(Role.OWNER), sold.refund_id(RefundOf.SALE, RefundWay.WRITE_OFF)
    with pytest.raises(DomainError) as refused:
        sold.till.units.run(
            lambda uow: ask_refund(
                uow, owner, refund_id, sold.code.id, RefundOf.SALE, RefundWay.WRITE_OFF, DUE, LATER, reason="x"
            )
        )
    assert refused.value.code is ErrorCode.REFUND_WAY
    assert verified(shop.hub_books, "hub") == {}
    assert [verified(till.books, "till") for till in shop.tills] == [{}, {}]


@pytest.mark.parametrize("way", [RefundWay.ORIGINAL, RefundWay.WALLET])
def test_a_refund_is_taken_back_until_it_is_sent(shop: Shop, way: RefundWay) -> None:
    sale = Sale(shop, f"cancelled {way}")
    sale.receives("proof")()
    sale.syncs()
    sale.gives(RefundOf.SALE, way, DUE)()
    refund_id = sale.refund_id(RefundOf.SALE, way)
    if way is RefundWay.WALLET:
        with pytest.raises(DomainError) as refused:
            sale.till.units.run(lambda uow: cancel_refund(uow, sale.till.actor(), refund_id, LATER))
        assert refused.value.code is ErrorCode.INVALID_TRANSITION
        return
    sale.till.units.run(lambda uow: cancel_refund(uow, sale.till.actor(), refund_id, LATER))
    sale.finish()
    check(sale)
    assert sale.refunds() == {(refund_id, "cancelled", 0)}
    assert shop.run(lambda uow: claim_refund(uow, refund_id, LATER)) is None
    sale.gives(RefundOf.SALE, way, DUE, name="again")()
    sale.finish()
    assert sorted(state for _, state, _ in sale.refunds()) == ["cancelled", "requested"]


def test_a_refund_that_a_person_takes_back_while_it_is_sent_is_the_hubs_in_all_orders(shop: Shop) -> None:
    def events(sale: Sale) -> list[Act]:
        sale.receives("proof")()
        sale.syncs()
        sale.gives(RefundOf.SALE, RefundWay.ORIGINAL, DUE)()
        shop.push(sale.till)
        refund_id = sale.refund_id(RefundOf.SALE, RefundWay.ORIGINAL)
        sale.till.units.run(lambda uow: cancel_refund(uow, sale.till.actor(), refund_id, LATER))
        sale.asks_provider(refund_id)()
        return [
            lambda: shop.push(sale.till),
            sale.answers(refund_id, RailStatus.SUCCESS),
            lambda: shop.pull(sale.till),
            lambda: shop.pull(shop.tills[1]),
        ]

    for order in permutations(range(4)):
        sale = play(shop, order, events)
        assert {state for _, state, _ in sale.refunds()} == {"done"}, order
        assert sale.moved() == {SALES: -DUE, RETURNS: DUE}, order


def test_a_success_after_a_failure_is_booked_and_marked_when_its_money_is_gone_otherwise(shop: Shop) -> None:
    sale = Sale(shop, "late")
    sale.receives("proof")()
    sale.syncs()
    sale.gives(RefundOf.SALE, RefundWay.ORIGINAL, DUE)()
    sale.syncs()
    refund_id = sale.refund_id(RefundOf.SALE, RefundWay.ORIGINAL)
    sale.asks_provider(refund_id)()
    sale.answers(refund_id, RailStatus.FAILED, FailureCode.DECLINED)()
    sale.syncs()
    sale.gives(RefundOf.SALE, RefundWay.WALLET, DUE)()
    sale.syncs()
    told(shop, a_notice(sale, refund_id, RailStatus.SUCCESS, DUE))
    sale.finish()
    check(sale)
    assert (refund_id, "done", 1) in sale.refunds()
    assert sale.moved() == {CASH: -DUE, SALES: -DUE, RETURNS: 2 * DUE}
    assert shop.hub_books.ask("SELECT COUNT(*) FROM audit WHERE action = 'refund.beyond'") == [(1,)]
    assert verified(shop.hub_books, "hub") == {}


def test_what_the_provider_gave_back_of_its_own_accord_is_booked_once(shop: Shop) -> None:
    sale = Sale(shop, "foreign")
    notice = a_notice(sale, RefundId("foreign"), RailStatus.SUCCESS, 600_000)

    def tell() -> ReceiptOutcome:
        return shop.run(lambda uow: record_refund_notice(uow, notice, LATER))

    assert tell() is ReceiptOutcome.PARKED
    sale.receives("proof", 650_000)()
    assert (tell(), tell()) == (ReceiptOutcome.BOOKED, ReceiptOutcome.DUPLICATE)
    sale.finish()
    check(sale)
    assert sale.moved() == {QR: 50_000, SALES: -DUE, RETURNS: 450_000}
    returned = replace(notice, status=RailStatus.FAILED, at=Instant(LATER + 1))
    assert shop.run(lambda uow: record_refund_notice(uow, returned, LATER)) is ReceiptOutcome.BOOKED
    older = replace(notice, dedupe_key="older")
    assert shop.run(lambda uow: record_refund_notice(uow, older, LATER)) is ReceiptOutcome.DUPLICATE
    sale.finish()
    check(sale)
    assert sale.moved() == {QR: 650_000, SALES: -DUE, OVERPAYMENT: -150_000}
    assert verified(shop.hub_books, "hub") == {}


@pytest.mark.parametrize("end", [DisputeStage.WON, DisputeStage.LOST])
def test_a_charge_back_is_booked_once_in_all_orders(shop: Shop, end: DisputeStage) -> None:
    def events(sale: Sale) -> list[Act]:
        opened = ChargeBack(
            provider=Provider.VNPAY_QR_MMS,
            dedupe_key=f"opened {sale.code.id}",
            text="",
            amount_minor=DUE,
            currency="VND",
            at=LATER,
            provider_ref=f"CB {sale.code.id}",
            payment_provider_ref=f"ref-proof {sale.code.id}",
            stage=DisputeStage.OPENED,
            fee_minor=0 if end is DisputeStage.WON else 15_000,
        )
        sale.receives("proof")()
        last = replace(opened, stage=end, dedupe_key=f"{end} {sale.code.id}", at=Instant(LATER + 1))

        def tell(notice: ChargeBack) -> Act:
            return lambda: shop.run(lambda uow: record_charge_back(uow, notice, LATER))

        return [tell(opened), tell(opened), tell(last), sale.syncs]

    lost = {QR: -15_000, SALES: -DUE, OTHER_EXPENSE: DUE, FEES: 15_000}
    for order in permutations(range(4)):
        sale = play(shop, order, events)
        assert sale.moved() == ({QR: DUE, SALES: -DUE} if end is DisputeStage.WON else lost), order
    assert verified(shop.hub_books, "hub") == {}


def test_what_is_won_under_an_id_of_its_own_is_found_by_its_money_each_time(shop: Shop) -> None:
    sale = Sale(shop, "own ids", DUE)
    sale.receives("proof")()

    def tell(stage: DisputeStage, name: str, *, may_park: bool = True) -> ReceiptOutcome:
        notice = ChargeBack(
            provider=Provider.VNPAY_QR_MMS,
            dedupe_key=name,
            text="",
            amount_minor=DUE,
            currency="VND",
            at=LATER,
            provider_ref=name,
            payment_provider_ref=f"ref-proof {sale.code.id}",
            stage=stage,
        )
        return shop.run(lambda uow: record_charge_back(uow, notice, LATER, may_park=may_park))

    assert tell(DisputeStage.WON, "won 1") is ReceiptOutcome.PARKED
    for number in (1, 2):
        assert tell(DisputeStage.OPENED, f"taken {number}") is ReceiptOutcome.BOOKED
        assert sale.moved()[OTHER_EXPENSE] == DUE
        assert tell(DisputeStage.WON, f"won {number}") is ReceiptOutcome.BOOKED
        assert tell(DisputeStage.WON, f"won {number}") is ReceiptOutcome.DUPLICATE
        assert sale.moved() == {QR: DUE, SALES: -DUE}
    sale.finish()
    check(sale)
    assert verified(shop.hub_books, "hub") == {}
