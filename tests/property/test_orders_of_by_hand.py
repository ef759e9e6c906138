"""A cheque settled or bounced at two tills, alone or with cash, in all orders of what tills and hub hear: one sale."""

from collections.abc import Callable, Iterator
from itertools import permutations
from typing import Any

import pytest
from sqlcipher3 import dbapi2 as sqlcipher

from domain.accounts import Control, control_id
from domain.bills import Bill
from domain.errors import FailureCode
from domain.ids import BillId, Instant, PaymentId
from domain.payments import OPEN, PaymentException, PaymentIntent, PaymentStatus
from domain.policy import Role
from domain.rails import Method
from domain.services.by_hand import bounce_cheque, settle_by_hand
from domain.services.payments import start_payment
from storage.session import Session
from storage.verification.balances import check_balances
from storage.verification.bills import check_bills
from storage.verification.books import each_merchant
from storage.verification.payments import check_amounts, check_steps
from storage.verification.reader import Reader
from storage.verification.report import Findings, Side
from storage.verification.vouchers import check_vouchers
from tests.builders import BANK, CASH, MERCHANT, MINUTE, NOON, an_id
from tests.domain.by_hand_samples import A_CHEQUE, switch_on
from tests.property.shop_stage import Shop, Till

DUE = 500_000
SALES, SUSPENSE, OVERPAYMENT = (
    control_id(MERCHANT, key) for key in (Control.SALES, Control.SUSPENSE, Control.OVERPAYMENT)
)
LATER = Instant(NOON + MINUTE)
Act = Callable[[], object]
MAY_BE_SETTLED = OPEN | {PaymentStatus.EXPIRED}


@pytest.fixture
def shop() -> Iterator[Shop]:
    stage = Shop()
    for till in stage.tills:
        till.units.run(switch_on)
    yield stage
    stage.close()


class Sale:
    """A bill of 500,000 of which a cheque that both tills know pays a part, and what may happen to it."""

    def __init__(self, shop: Shop, name: str, part: int = DUE) -> None:
        self.shop, self.name = shop, name
        self.bill = Bill(BillId(an_id(f"bill {name}")), DUE)
        self.before = shop.hub_books.balances()
        self.cheque = self.asks(0, "cheque", Method.CHEQUE, part)
        shop.settle_down()

    def asks(self, number: int, what: str, method: Method, amount: int) -> PaymentIntent:
        till, payment_id = self.shop.tills[number], PaymentId(an_id(f"{self.name} {what}"))
        cheque = A_CHEQUE if method is Method.CHEQUE else None
        return till.units.run(
            lambda uow: start_payment(
                uow, till.actor(), payment_id, method, amount, LATER, online=True, bill=self.bill, cheque=cheque
            )
        )

    def takes_cash(self, number: int, amount: int) -> Act:
        return lambda: self.asks(number, f"cash {number}", Method.CASH, amount)

    def settles(self, number: int, account: Any = None) -> Act:
        till = self.shop.tills[number]
        return lambda: self._while(
            till,
            MAY_BE_SETTLED,
            lambda uow: settle_by_hand(
                uow, till.actor(Role.OWNER), self.cheque.id, LATER, evidence=f"Báo Có {number}", wallet_id=account
            ),
        )

    def bounces(self, number: int) -> Act:
        till = self.shop.tills[number]
        return lambda: self._while(
            till,
            OPEN,
            lambda uow: bounce_cheque(uow, till.actor(), self.cheque.id, LATER, why=FailureCode.INSUFFICIENT_FUNDS),
        )

    def cancels(self, number: int) -> Act:
        till = self.shop.tills[number]
        return lambda: till.cancel(self.cheque.id, LATER) if till.get(self.cheque.id).status in OPEN else None

    def pushes(self, number: int, limit: int = 100) -> Act:
        return lambda: self.shop.push(self.shop.tills[number], limit)

    def _while(self, till: Till, stands: frozenset[PaymentStatus], op: Callable[[Any], object]) -> None:
        """Do it at a till unless that till has heard that it is over."""
        if till.get(self.cheque.id).status in stands:
            till.units.run(op)

    def moved(self) -> dict[str, int]:
        """Return what the balances of the hub moved since the sale began."""
        now = self.shop.hub_books.balances()
        moved = {account: balance - self.before.get(account, 0) for account, balance in now.items()}
        return {account: balance for account, balance in moved.items() if balance}

    @property
    def stands(self) -> tuple[PaymentStatus, PaymentException]:
        payment = self.shop.get(self.cheque.id)
        return payment.status, payment.exception


def play(shop: Shop, name: str, events: Callable[[Sale], list[Act]], order: tuple[int, ...], part: int = DUE) -> Sale:
    sale = Sale(shop, name, part)
    happening = events(sale)
    for number in order:
        happening[number]()
    shop.settle_down()
    assert [till.refused() for till in shop.tills] == [[], []]
    assert all(till.books.balances() == shop.hub_books.balances() for till in shop.tills)
    assert all(till.books.states() == shop.hub_books.states() for till in shop.tills)
    return sale


def check(shop: Shop) -> None:
    """Assert that the verifier's own checks of payments and books find nothing on any side."""
    assert _found(shop.hub.read, "hub") == []
    for till in shop.tills:
        assert _found(till.units.read, "till") == []


def _found(read: Callable[[Callable[[Session], Any]], Any], side: Side) -> list[tuple[str, str]]:
    def look(session: Session) -> list[tuple[str, str]]:
        found = Findings()
        cursor: Any = session.cursor
        reader = Reader(session, cursor.connection.cursor, sqlcipher.Error)
        for books in each_merchant(reader, found, side, fast=False):
            for each in (check_vouchers, check_balances, check_bills, check_steps, check_amounts):
                each(books)
        return [
            (one.code, one.subject) for line in found.lines(("I1", "I2", "I4", "I7", "I11")) for one in line.findings
        ]

    return read(look)


def orders(events: int) -> list[tuple[int, ...]]:
    return list(permutations(range(events)))


def test_a_cheque_settled_at_two_tills_is_one_sale_in_all_orders(shop: Shop) -> None:
    def events(sale: Sale) -> list[Act]:
        return [sale.settles(0), sale.settles(1), sale.pushes(0), sale.pushes(1)]

    for order in orders(4):
        sale = play(shop, f"{order}", events, order)
        assert sale.moved() == {BANK: DUE, SALES: -DUE}, order
        assert sale.stands == (PaymentStatus.PAID, PaymentException.NONE), order
    check(shop)


def test_of_two_settlements_to_different_wallets_one_stands_in_all_orders_and_cuts_of_their_messages(
    shop: Shop,
) -> None:
    def events(sale: Sale) -> list[Act]:
        cuts = [sale.pushes(0, 1), sale.pushes(0, 1), sale.pushes(1, 1), sale.pushes(1, 1)]
        return [sale.settles(0, BANK), sale.takes_cash(1, 200_000), sale.settles(1, CASH), *cuts]

    for order in orders(4):
        places = (0, 1, 2, *(number + 3 for number in order))
        sale = play(shop, f"{order}", events, places, part=300_000)
        moved = sale.moved()
        assert moved in ({BANK: 300_000, CASH: 200_000, SALES: -DUE}, {CASH: DUE, SALES: -DUE}), order
    check(shop)


def test_a_settlement_heard_between_the_payment_and_the_voucher_of_another_is_counted_once(shop: Shop) -> None:
    def events(sale: Sale) -> list[Act]:
        return [
            *(sale.settles(0, BANK), sale.takes_cash(1, 200_000), sale.settles(1, CASH)),
            *(sale.pushes(0, 1), sale.pushes(1), sale.pushes(0)),
        ]

    sale = play(shop, "between", events, tuple(range(6)), part=300_000)
    assert sale.moved() == {CASH: DUE, SALES: -DUE}, "the voucher that came first stands"
    check(shop)


def test_a_cheque_and_cash_taken_at_two_tills_are_one_sale_in_all_orders(shop: Shop) -> None:
    def events(sale: Sale) -> list[Act]:
        return [sale.settles(0), sale.takes_cash(1, 200_000), sale.pushes(0), sale.pushes(1)]

    for order in orders(4):
        sale = play(shop, f"{order}", events, order, part=300_000)
        assert sale.moved() == {BANK: 300_000, CASH: 200_000, SALES: -DUE}, order
        assert sale.stands == (PaymentStatus.PAID, PaymentException.NONE), order
    check(shop)


def test_a_cheque_that_clears_and_cash_for_all_of_the_sale_leave_one_of_them_owed_back_in_all_orders(
    shop: Shop,
) -> None:
    def events(sale: Sale) -> list[Act]:
        def cash() -> None:
            if not shop.tills[1].books.ask("SELECT 1 FROM vouchers WHERE payment_id = :id", id=sale.cheque.id):
                sale.takes_cash(1, DUE)()

        return [sale.settles(0), cash, sale.pushes(0), sale.pushes(1)]

    for order in orders(4):
        sale = play(shop, f"{order}", events, order)
        assert sale.moved() == {BANK: DUE, CASH: DUE, SALES: -DUE, OVERPAYMENT: -DUE}, order
        paying = shop.run(lambda uow, bill=sale.bill.id: list(uow.payments.of_bill(bill)))
        assert PaymentException.PAID_TWICE in {payment.exception for payment in paying}, order
    check(shop)


@pytest.mark.parametrize("end", ["bounces", "cancels"])
def test_money_that_came_stands_against_an_end_at_another_till_in_all_orders(shop: Shop, end: str) -> None:
    def events(sale: Sale) -> list[Act]:
        return [sale.settles(0), getattr(sale, end)(1), sale.pushes(0), sale.pushes(1)]

    for order in orders(4):
        sale = play(shop, f"{order}", events, order)
        assert sale.moved() == {BANK: DUE, SALES: -DUE}, order
        assert sale.stands[0] is PaymentStatus.PAID, order
        if end == "bounces":
            assert sale.stands[1] is PaymentException.PAID_LATE, order
    check(shop)


def test_a_cheque_that_bounced_leaves_what_else_came_in_suspense_in_all_orders(shop: Shop) -> None:
    def events(sale: Sale) -> list[Act]:
        return [sale.bounces(0), sale.takes_cash(1, 200_000), sale.bounces(1), sale.pushes(0), sale.pushes(1)]

    for order in orders(5)[::3]:
        sale = play(shop, f"{order}", events, order, part=300_000)
        assert sale.moved() == {CASH: 200_000, SUSPENSE: -200_000}, order
        assert sale.stands == (PaymentStatus.FAILED, PaymentException.NONE), order
    check(shop)
