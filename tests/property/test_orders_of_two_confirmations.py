"""One code confirmed by hand at two tills, proven by its provider, heard in any order and in any cuts: one sale."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import permutations

import pytest

from domain.accounts import Control, control_id
from domain.bills import Bill
from domain.errors import RuleBroken
from domain.ids import BillId, Instant, PaymentId
from domain.payments import PaymentException, PaymentIntent, PaymentStatus
from domain.policy import Role
from domain.rails import Method
from domain.services.hand_confirm import confirm_by_hand
from domain.services.payments import start_payment
from tests.builders import CASH, MERCHANT, MINUTE, NOON, QR, an_id
from tests.property.shop_stage import Shop, a_receipt
from tests.property.test_orders_of_by_hand import check

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
    """A bill of 500,000 of which a code that both tills know pays a part, and what may happen to it."""

    def __init__(self, shop: Shop, name: str, part: int = DUE) -> None:
        self.shop, self.name = shop, name
        self.bill = Bill(BillId(an_id(f"bill {name}")), DUE)
        self.before = shop.hub_books.balances()
        self.code = self.asks(0, "code", Method.VNPAY_QR, part)
        shop.settle_down()

    def asks(self, number: int, what: str, method: Method, amount: int) -> PaymentIntent:
        till, payment_id = self.shop.tills[number], PaymentId(an_id(f"{self.name} {what}"))
        return till.units.run(
            lambda uow: start_payment(uow, till.actor(), payment_id, method, amount, LATER, online=True, bill=self.bill)
        )

    def takes_cash(self, number: int, amount: int) -> Act:
        return lambda: self.asks(number, f"cash {number}", Method.CASH, amount)

    def confirms(self, number: int) -> Act:
        """Let an owner at a till confirm the code, unless the till has heard that it is paid."""
        till = self.shop.tills[number]

        def act() -> None:
            with suppress(RuleBroken):
                till.units.run(
                    lambda uow: confirm_by_hand(
                        uow, till.actor(Role.OWNER), self.code.id, LATER, evidence=f"FT{number}"
                    )
                )

        return act

    def receives(self, amount: int, key: str = "proof") -> Act:
        receipt = a_receipt(self.code, amount, f"{key} {self.code.id}", LATER)
        return lambda: self.shop.receive(receipt, may_park=False)

    def pushes(self, number: int, limit: int = 100) -> Act:
        return lambda: self.shop.push(self.shop.tills[number], limit)

    def moved(self) -> dict[str, int]:
        """Return what the balances of the hub moved since the sale began."""
        now = self.shop.hub_books.balances()
        moved = {account: balance - self.before.get(account, 0) for account, balance in now.items()}
        return {account: balance for account, balance in moved.items() if balance}


def play(shop: Shop, name: str, events: Callable[[Sale], list[Act]], order: tuple[int, ...], part: int = DUE) -> Sale:
    sale = Sale(shop, name, part)
    happening = events(sale)
    for number in order:
        happening[number]()
    shop.settle_down()
    assert [till.refused() for till in shop.tills] == [[], []], order
    assert all(till.books.balances() == shop.hub_books.balances() for till in shop.tills), order
    assert all(till.books.states() == shop.hub_books.states() for till in shop.tills), order
    return sale


def orders_after(first: int, rest: int) -> list[tuple[int, ...]]:
    """Return the orders in which `rest` events follow the first ones, which keep theirs."""
    return [(*range(first), *(first + number for number in order)) for order in permutations(range(rest))]


def test_a_code_confirmed_at_two_tills_and_proven_is_one_sale_in_all_orders_and_cuts(shop: Shop) -> None:
    def events(sale: Sale) -> list[Act]:
        cuts = [sale.pushes(0, 1), sale.pushes(0, 1), sale.pushes(1, 1), sale.pushes(1, 1)]
        return [sale.confirms(0), sale.confirms(1), sale.receives(DUE), *cuts]

    for order in orders_after(2, 5):
        sale = play(shop, f"{order}", events, order)
        assert sale.moved() == {QR: DUE, SALES: -DUE}, order
        payment = shop.get(sale.code.id)
        assert (payment.status, payment.exception) == (PaymentStatus.PAID, PaymentException.NONE), order
    check(shop)


def test_a_code_confirmed_at_two_tills_and_never_proven_waits_as_unconfirmed_once(shop: Shop) -> None:
    def events(sale: Sale) -> list[Act]:
        cuts = [sale.pushes(0, 1), sale.pushes(0, 1), sale.pushes(1, 1), sale.pushes(1, 1)]
        return [sale.confirms(0), sale.confirms(1), *cuts]

    for order in orders_after(2, 4):
        sale = play(shop, f"{order}", events, order)
        assert sale.moved() == {UNCONFIRMED: DUE, SALES: -DUE}, order
    check(shop)


def test_two_confirmations_one_of_which_knew_of_cash_and_the_proof_are_one_sale_in_all_orders(shop: Shop) -> None:
    def events(sale: Sale) -> list[Act]:
        return [
            sale.takes_cash(1, 200_000),
            sale.confirms(0),
            sale.confirms(1),
            sale.receives(300_000),
            *(sale.pushes(0, 1), sale.pushes(0, 1), sale.pushes(1, 2), sale.pushes(1)),
        ]

    for order in orders_after(3, 5):
        sale = play(shop, f"{order}", events, order, part=300_000)
        assert sale.moved() == {CASH: 200_000, QR: 300_000, SALES: -DUE}, order
    check(shop)


def test_two_confirmations_one_of_which_knew_of_a_part_and_the_rest_of_the_proof_are_one_sale_in_all_orders(
    shop: Shop,
) -> None:
    def events(sale: Sale) -> list[Act]:
        return [
            sale.receives(200_000, "part"),
            lambda: shop.pull(shop.tills[0]),
            sale.confirms(0),
            sale.confirms(1),
            sale.receives(300_000, "rest"),
            *(sale.pushes(0, 1), sale.pushes(0, 1), sale.pushes(1, 1), sale.pushes(1)),
        ]

    for order in orders_after(4, 5):
        sale = play(shop, f"{order}", events, order)
        assert sale.moved() == {QR: DUE, SALES: -DUE}, order
    check(shop)
