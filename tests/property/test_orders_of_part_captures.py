"""A part of held money is taken while another till, which knows only the whole, takes cash: one sale in all orders."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import permutations

import pytest

from domain.accounts import AccountType, Control, control_id
from domain.bills import Bill
from domain.errors import FailureCode, RuleBroken
from domain.ids import AccountId, BillId, Instant, PaymentId
from domain.notices import Authorization
from domain.payments import PaymentIntent
from domain.policy import Role
from domain.rails import Method, Provider, RailResult, RailStatus, Receipt
from domain.services.accounts import open_wallet
from domain.services.hand_confirm import confirm_by_hand
from domain.services.orders import capture_payment, open_order, record_order
from domain.services.payments import start_payment
from domain.services.receipts import record_authorized
from tests.builders import CASH, MERCHANT, MINUTE, NOON, OWNER, QR, an_id, connect
from tests.property.shop_stage import Shop
from tests.property.test_orders_of_by_hand import check

DUE, PART = 500_000, 300_000
SALES, SUSPENSE, OVERPAYMENT = (
    control_id(MERCHANT, key) for key in (Control.SALES, Control.SUSPENSE, Control.OVERPAYMENT)
)
CARDS = AccountId(an_id("cards"))
LATER = Instant(NOON + MINUTE)
Act = Callable[[], object]


@pytest.fixture
def shop() -> Iterator[Shop]:
    stage = Shop()
    for number, till in enumerate(stage.tills):
        till.units.run(lambda uow: connect(uow, Provider.SEPAY, Provider.VNPAY_QR_MMS, Provider.STRIPE))
        if number == 0:
            till.units.run(lambda uow: open_wallet(uow, OWNER, CARDS, AccountType.MOBILE_POS, "Stripe", NOON))
    stage.settle_down()
    yield stage
    stage.close()


class Sale:
    """A bill of 500,000 for which a card's money is held, as both tills know, and what may happen to it."""

    def __init__(self, shop: Shop, name: str) -> None:
        self.shop, self.name = shop, name
        self.bill = Bill(BillId(an_id(f"bill {name}")), DUE)
        self.before = shop.hub_books.balances()
        self.hold = self.asks(0, "hold", Method.CARD, DUE, capture=False)
        shop.push(shop.tills[0])
        hold = Authorization(
            Provider.STRIPE, f"hold {name}", self.hold.reference, DUE, "VND", LATER, f"pi {name}", held_until=None
        )
        shop.run(lambda uow: record_authorized(uow, hold, LATER))
        shop.settle_down()

    def asks(self, number: int, what: str, method: Method, amount: int, *, capture: bool = True) -> PaymentIntent:
        till, payment_id = self.shop.tills[number], PaymentId(an_id(f"{self.name} {what}"))
        return till.units.run(
            lambda uow: start_payment(
                uow, till.actor(), payment_id, method, amount, LATER, online=True, bill=self.bill, capture=capture
            )
        )

    def takes_cash(self, number: int, amount: int) -> Act:
        return lambda: self.asks(number, f"cash {number}", Method.CASH, amount)

    def orders_a_part(self) -> None:
        """Order a part to be taken, as long as the till may."""
        till = self.shop.tills[0]
        with suppress(RuleBroken):
            till.units.run(lambda uow: capture_payment(uow, till.actor(), self.hold.id, PART, LATER))

    def receives(self, payment: PaymentIntent, amount: int) -> Act:
        provider = Provider.STRIPE if payment.method is Method.CARD else Provider.VNPAY_QR_MMS
        receipt = Receipt(provider, f"{payment.id}", payment.reference, amount, "VND", LATER, f"ch {payment.id}")
        return lambda: self.shop.receive(receipt, may_park=False)

    def confirms(self, number: int, code: PaymentIntent) -> Act:
        """Let an owner confirm a code, as long as the till may."""
        till = self.shop.tills[number]

        def act() -> None:
            with suppress(RuleBroken):
                till.units.run(
                    lambda uow: confirm_by_hand(uow, till.actor(Role.OWNER), code.id, LATER, evidence="FT123")
                )

        return act

    def pushes(self, number: int) -> Act:
        return lambda: self.shop.push(self.shop.tills[number])

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
    assert [till.refused() for till in shop.tills] == [[], []], order
    assert all(till.books.balances() == shop.hub_books.balances() for till in shop.tills), order
    assert all(till.books.states() == shop.hub_books.states() for till in shop.tills), order
    return sale


CASH_BESIDE = {
    500_000: {CASH: 500_000, CARDS: PART, SALES: -DUE, OVERPAYMENT: -PART},
    200_000: {CASH: 200_000, CARDS: PART, SALES: -DUE},
    100_000: {CASH: 100_000, CARDS: PART, SUSPENSE: -400_000},
}


@pytest.mark.parametrize("cash", list(CASH_BESIDE))
def test_a_part_of_held_money_and_another_tills_cash_end_alike_in_all_orders(shop: Shop, cash: int) -> None:
    def events(sale: Sale) -> list[Act]:
        return [
            sale.orders_a_part,
            sale.takes_cash(1, cash),
            sale.pushes(0),
            sale.receives(sale.hold, PART),
            sale.pushes(1),
        ]

    for order in permutations(range(5)):
        sale = play(shop, f"{order}", events, order)
        assert sale.moved() == CASH_BESIDE[cash], order
    check(shop)


def test_the_cash_of_two_more_tills_beside_a_part_of_held_money_ends_alike_in_all_orders(shop: Shop) -> None:
    def events(sale: Sale) -> list[Act]:
        return [
            sale.takes_cash(0, 150_000),
            sale.takes_cash(1, 50_000),
            sale.pushes(0),
            sale.receives(sale.hold, PART),
            sale.pushes(1),
        ]

    for order in permutations(range(5)):
        sale = play(shop, f"{order}", events, order)
        assert sale.moved() == {CASH: 200_000, CARDS: PART, SALES: -DUE}, order
    check(shop)


@pytest.mark.parametrize("proven", [0, 200_000, 350_000])
def test_a_code_beside_a_part_of_held_money_counts_for_the_sale_once_it_brings_money(shop: Shop, proven: int) -> None:
    """The part is the sale while the code has brought nothing."""
    ends = {
        0: {CARDS: PART, SALES: -PART},
        200_000: {CARDS: PART, QR: 200_000, SALES: -DUE},
        350_000: {CARDS: PART, QR: 350_000, SALES: -DUE, OVERPAYMENT: -150_000},
    }

    def events(sale: Sale) -> list[Act]:
        code = sale.asks(1, "code", Method.VNPAY_QR, 200_000)
        proof = [sale.pushes(1), sale.receives(code, proven)] if proven else [sale.pushes(1)]
        return [sale.receives(sale.hold, PART), *proof, lambda: shop.pull(shop.tills[1])]

    for order in permutations(range(4 if proven else 3)):
        sale = play(shop, f"{order}", events, order)
        assert sale.moved() == ends[proven], order
    check(shop)


def test_a_code_confirmed_by_hand_beside_a_part_of_held_money_ends_alike_in_all_orders(shop: Shop) -> None:
    def events(sale: Sale) -> list[Act]:
        code = sale.asks(1, "code", Method.VNPAY_QR, 200_000)
        sale.pushes(1)()
        return [
            sale.confirms(1, code),
            sale.receives(sale.hold, PART),
            sale.pushes(1),
            lambda: shop.pull(shop.tills[1]),
            sale.receives(code, 200_000),
        ]

    for order in permutations(range(5)):
        sale = play(shop, f"{order}", events, order)
        assert sale.moved() == {CARDS: PART, QR: 200_000, SALES: -DUE}, order
    check(shop)


def test_held_money_that_cannot_be_let_go_is_told_to_every_till_until_it_is_gone(shop: Shop) -> None:
    sale = Sale(shop, "stuck")
    shop.tills[0].cancel(sale.hold.id, LATER)
    shop.settle_down()
    order = shop.run(lambda uow: open_order(uow, sale.hold.id))
    assert order is not None
    refused = RailResult(RailStatus.FAILED, failure=FailureCode.OPERATION_UNSUPPORTED)
    assert shop.run(lambda uow: record_order(uow, order, refused, LATER))
    shop.settle_down()
    for till in shop.tills:
        known = till.get(sale.hold.id)
        assert (known.held_minor, known.failure) == (DUE, FailureCode.OPERATION_UNSUPPORTED)
    assert shop.hub_books.ask("SELECT COUNT(*) FROM audit WHERE action = 'payment.void_failed'") == [(1,)]
    gone = Authorization(Provider.STRIPE, "gone", sale.hold.reference, DUE, "VND", LATER, "pi", voided=True)
    shop.run(lambda uow: record_authorized(uow, gone, LATER))
    shop.settle_down()
    assert [till.get(sale.hold.id).held_minor for till in shop.tills] == [0, 0]
