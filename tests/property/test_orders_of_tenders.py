"""One bill paid in several ways, in all orders of what till, hub and provider do: one sale, the rest is owed back."""

from collections.abc import Callable, Iterator
from itertools import permutations

import pytest

from domain.accounts import Control, control_id
from domain.bills import Bill
from domain.errors import ErrorCode, RuleBroken
from domain.ids import BillId, Instant, PaymentId
from domain.payments import OPEN, PaymentException, PaymentIntent, PaymentStatus
from domain.policy import Role
from domain.rails import Method
from domain.services.hand_confirm import confirm_by_hand
from domain.services.payments import start_payment
from tests.builders import CASH, MERCHANT, MINUTE, NOON, QR, an_id
from tests.property.shop_stage import Shop, Till, a_receipt

DUE = 500_000
SALES, SUSPENSE, OVERPAYMENT, UNCONFIRMED = (
    control_id(MERCHANT, key) for key in (Control.SALES, Control.SUSPENSE, Control.OVERPAYMENT, Control.UNCONFIRMED)
)
LATER = Instant(NOON + MINUTE)
Act = Callable[[], object]


@pytest.fixture
def shop() -> Iterator[Shop]:
    stage = Shop()
    yield stage
    stage.close()


class Sale:
    """A bill of 500,000 of the first till, and what may happen to it."""

    def __init__(self, shop: Shop, name: str) -> None:
        self.shop, self.name = shop, name
        self.till: Till = shop.tills[0]
        self.bill = Bill(BillId(an_id(f"bill {name}")), DUE)
        self.before = shop.hub_books.balances()

    def asks(self, what: str, method: Method, amount: int) -> PaymentIntent:
        payment_id = PaymentId(an_id(f"{self.name} {what}"))
        return self.till.units.run(
            lambda uow: start_payment(
                uow, self.till.actor(), payment_id, method, amount, LATER, online=True, bill=self.bill
            )
        )

    def takes_cash(self, what: str, amount: int) -> Act:
        return lambda: self.asks(what, Method.CASH, amount)

    def confirms(self, code: PaymentIntent) -> Act:
        def act() -> None:
            if self.till.get(code.id).status in OPEN:
                self.till.units.run(
                    lambda uow: confirm_by_hand(uow, self.till.actor(Role.OWNER), code.id, LATER, evidence="FT123")
                )

        return act

    def receives(self, code: PaymentIntent, amount: int, key: str) -> Act:
        receipt = a_receipt(code, amount, f"{key} {code.id}", LATER)
        return lambda: self.shop.receive(receipt, may_park=False)

    def cancels(self, code: PaymentIntent) -> Act:
        def act() -> None:
            if self.till.get(code.id).status in OPEN:
                self.till.cancel(code.id, LATER)

        return act

    def pushes(self) -> None:
        self.shop.push(self.till)

    def moved(self) -> dict[str, int]:
        """Return what the balances of the hub moved since the sale began."""
        now = self.shop.hub_books.balances()
        moved = {account: balance - self.before.get(account, 0) for account, balance in now.items()}
        return {account: balance for account, balance in moved.items() if balance}


def play(shop: Shop, name: str, events: Callable[[Sale], list[Act]], order: tuple[int, ...]) -> Sale:
    sale = Sale(shop, name)
    happening = events(sale)
    for number in order:
        happening[number]()
    shop.settle_down()
    assert shop.tills[0].refused() == []
    assert all(till.books.balances() == shop.hub_books.balances() for till in shop.tills)
    assert all(till.books.states() == shop.hub_books.states() for till in shop.tills)
    return sale


def orders(events: int) -> list[tuple[int, ...]]:
    return list(permutations(range(events)))


def test_cash_taken_and_then_the_old_code_paid_is_one_sale_in_all_orders(shop: Shop) -> None:
    def events(sale: Sale) -> list[Act]:
        code = sale.asks("code", Method.VNPAY_QR, DUE)
        sale.pushes()
        return [
            sale.receives(code, DUE, "proof"),
            sale.cancels(code),
            sale.takes_cash("cash", DUE),
            sale.pushes,
        ]

    for order in orders(4):
        sale = play(shop, f"{order}", events, order)
        assert sale.moved() == {CASH: DUE, QR: DUE, SALES: -DUE, OVERPAYMENT: -DUE}, order
        paying = shop.run(lambda uow, bill=sale.bill.id: list(uow.payments.of_bill(bill)))
        assert {payment.status for payment in paying} == {PaymentStatus.PAID}
        assert PaymentException.PAID_TWICE in {payment.exception for payment in paying}, order


def test_a_sale_paid_part_in_cash_and_part_by_code_is_one_sale_in_all_orders(shop: Shop) -> None:
    def events(sale: Sale) -> list[Act]:
        code = sale.asks("code", Method.VNPAY_QR, 300_000)
        return [
            sale.takes_cash("cash", 200_000),
            sale.pushes,
            sale.receives(code, 300_000, "proof"),
            sale.pushes,
        ]

    for order in orders(4):
        sale = play(shop, f"{order}", events, order)
        assert sale.moved() == {CASH: 200_000, QR: 300_000, SALES: -DUE}, order


def test_three_ways_with_a_short_and_a_second_transfer_end_alike_in_all_orders(shop: Shop) -> None:
    def events(sale: Sale) -> list[Act]:
        code = sale.asks("code", Method.VNPAY_QR, 300_000)
        sale.pushes()
        return [
            sale.takes_cash("cash", 150_000),
            sale.receives(code, 200_000, "first"),
            sale.receives(code, 200_000, "second"),
            sale.takes_cash("rest", 50_000),
            sale.pushes,
        ]

    for order in orders(5):
        sale = play(shop, f"{order}", events, order)
        assert sale.moved() == {CASH: 200_000, QR: 400_000, SALES: -DUE, OVERPAYMENT: -100_000}, order


def test_a_sale_that_is_never_covered_waits_in_suspense_in_all_orders(shop: Shop) -> None:
    def events(sale: Sale) -> list[Act]:
        code = sale.asks("code", Method.VNPAY_QR, 300_000)
        return [
            sale.takes_cash("cash", 150_000),
            sale.pushes,
            sale.receives(code, 200_000, "first"),
            sale.cancels(code),
        ]

    for order in orders(4):
        sale = play(shop, f"{order}", events, order)
        assert sale.moved() == {CASH: 150_000, QR: 200_000, SUSPENSE: -350_000}, order


def test_a_confirmation_by_hand_and_the_proof_are_one_sale_in_all_orders(shop: Shop) -> None:
    def events(sale: Sale) -> list[Act]:
        code = sale.asks("code", Method.VNPAY_QR, DUE)
        sale.pushes()
        return [sale.confirms(code), sale.receives(code, DUE, "proof"), sale.pushes, lambda: shop.pull(sale.till)]

    for order in orders(4):
        sale = play(shop, f"{order}", events, order)
        assert sale.moved() == {QR: DUE, SALES: -DUE}, order
        (payment,) = shop.run(lambda uow, bill=sale.bill.id: list(uow.payments.of_bill(bill)))
        assert (payment.status, payment.exception) == (PaymentStatus.PAID, PaymentException.NONE), order


def test_a_confirmation_by_hand_that_nobody_proves_waits_as_unconfirmed(shop: Shop) -> None:
    def events(sale: Sale) -> list[Act]:
        code = sale.asks("code", Method.VNPAY_QR, DUE)
        sale.pushes()
        return [sale.confirms(code), sale.pushes]

    for order in orders(2):
        sale = play(shop, f"{order}", events, order)
        assert sale.moved() == {UNCONFIRMED: DUE, SALES: -DUE}, order


def test_cash_a_confirmation_by_hand_and_the_proof_are_one_sale_in_all_orders(shop: Shop) -> None:
    def events(sale: Sale) -> list[Act]:
        code = sale.asks("code", Method.VNPAY_QR, 300_000)
        sale.pushes()
        return [
            sale.takes_cash("cash", 200_000),
            sale.confirms(code),
            sale.receives(code, 300_000, "proof"),
            sale.pushes,
            lambda: shop.pull(sale.till),
        ]

    for order in orders(5):
        sale = play(shop, f"{order}", events, order)
        assert sale.moved() == {CASH: 200_000, QR: 300_000, SALES: -DUE}, order


def test_a_proof_of_less_and_one_of_more_than_was_confirmed_end_alike_in_all_orders(shop: Shop) -> None:
    def events(sale: Sale) -> list[Act]:
        code = sale.asks("code", Method.VNPAY_QR, DUE)
        sale.pushes()
        return [
            sale.confirms(code),
            sale.receives(code, 200_000, "first"),
            sale.receives(code, 400_000, "second"),
            sale.pushes,
        ]

    for order in orders(4):
        sale = play(shop, f"{order}", events, order)
        assert sale.moved() == {QR: 600_000, SALES: -DUE, OVERPAYMENT: -100_000}, order


def test_a_till_takes_no_more_than_it_knows_to_be_missing(shop: Shop) -> None:
    sale = Sale(shop, "full")
    sale.asks("cash", Method.CASH, 400_000)
    with pytest.raises(RuleBroken) as refused:
        sale.asks("too much", Method.VNPAY_QR, 100_001)
    assert (refused.value.code, refused.value.facts["missing"]) == (ErrorCode.BILL_COVERED, 100_000)
    assert sale.asks("rest", Method.CASH, 100_000).known_minor == 400_000
