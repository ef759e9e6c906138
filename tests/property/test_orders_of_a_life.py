"""Create, expire, paid, paid again, cancel and refund in all 720 orders: the same books, and a legal state."""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import permutations

import pytest

from domain.accounts import Control, control_id
from domain.ids import Instant, PaymentId
from domain.notices import RefundNotice
from domain.payments import OPEN, PaymentException, PaymentStatus
from domain.rails import Method, Provider, RailStatus
from domain.services.receipts import ReceiptOutcome
from domain.services.refund_news import record_refund_notice
from storage.hub_units import HubUnits
from tests.builders import MERCHANT, MINUTE, NOON, QR
from tests.property.shop_stage import Shop, a_receipt
from tests.property.test_convergence import verified

DUE = 45_000
BACK = 20_000
SALES, RETURNS = (control_id(MERCHANT, key) for key in (Control.SALES, Control.SALES_RETURNS))
PAID_AT, REFUNDED_AT, OVER_AT = (Instant(NOON + minutes * MINUTE) for minutes in (1, 2, 6))
ORDERS = tuple(permutations(("create", "expire", "paid", "paid again", "cancel", "refund")))


class Life:
    """A sale by VNPAY's code, and the six things that the hub may hear or find of it."""

    def __init__(self, shop: Shop, name: str) -> None:
        self.shop, self.till = shop, shop.tills[0]
        self.code = self.till.start(name, Method.VNPAY_QR, DUE, NOON)
        self.receipt = a_receipt(self.code, DUE, f"proof {self.code.id}", PAID_AT)
        self.notice = RefundNotice(
            provider=Provider.VNPAY_QR_MMS,
            dedupe_key=f"refund {self.code.id}",
            reference="",
            amount_minor=BACK,
            currency="VND",
            at=REFUNDED_AT,
            provider_ref=f"RF {self.code.id}",
            payment_provider_ref=self.receipt.provider_ref,
            status=RailStatus.SUCCESS,
        )
        self.acts: dict[str, Callable[[], object]] = {
            "create": lambda: shop.push(self.till),
            "expire": shop.expire,
            "paid": lambda: shop.receive(self.receipt),
            "paid again": lambda: shop.receive(self.receipt),
            "cancel": self.cancels,
            "refund": self.hears_of_refund,
        }
        self.parked: list[Callable[[], object]] = []

    def cancels(self) -> None:
        """The cashier cancels; what waits goes to the hub in its order, the creation first."""
        if self.till.get(self.code.id).status in OPEN:
            self.till.cancel(self.code.id, OVER_AT)
        self.shop.push(self.till)

    def hears_of_refund(self) -> None:
        """The provider tells what it gave back; what names no known payment waits as in the hub's inbox."""
        outcome = self.shop.run(lambda uow: record_refund_notice(uow, self.notice, OVER_AT))
        if outcome is ReceiptOutcome.PARKED:
            self.parked.append(self.hears_of_refund)

    def retries(self) -> None:
        """Let what was parked be tried again."""
        parked, self.parked = self.parked, []
        for hear in parked:
            hear()


def lived(shop: Shop, orders: Iterable[tuple[str, ...]]) -> Counter[tuple[PaymentStatus, PaymentException, int]]:
    """Play the orders, each with a sale of its own, and return how the sales ended; the books must be as they must."""
    shop.at = OVER_AT
    before = shop.hub_books.balances()
    lives = []
    for order in orders:
        life = Life(shop, f"life {' '.join(order)}")
        for name in order:
            life.acts[name]()
        lives.append(life)
    shop.settle_down()
    for life in lives:
        life.retries()
        assert life.parked == [], life.code.reference
    shop.settle_down()
    after = shop.hub_books.balances()
    moved = {account: after[account] - before.get(account, 0) for account in after}
    sales = len(lives)
    assert moved == {QR: sales * (DUE - BACK), SALES: -sales * DUE, RETURNS: sales * BACK}
    assert shop.hub_books.recomputed() == after
    each = shop.hub_books.ask("SELECT payment_id, COUNT(*), SUM(total_minor) FROM vouchers GROUP BY payment_id")
    assert {row[1:] for row in each} == {(2, DUE + BACK)}
    assert {PaymentId(row[0]) for row in each} == {life.code.id for life in lives}
    states = shop.hub_books.states()
    assert all(till.books.states() == states for till in shop.tills)
    assert all(till.books.balances() == after for till in shop.tills)
    assert shop.tills[0].refused() == []
    return Counter(states[life.code.id] for life in lives)


LEGAL = {
    (PaymentStatus.PAID, PaymentException.NONE, DUE),
    (PaymentStatus.PAID, PaymentException.PAID_LATE, DUE),
}


@pytest.fixture
def shop() -> Iterator[Shop]:
    stage = Shop()
    yield stage
    stage.close()


@pytest.mark.timeout(180)
def test_all_720_orders_end_in_the_same_balances_and_a_legal_status(shop: Shop) -> None:
    ends = lived(shop, ORDERS)
    assert ends.total() == 720
    assert ends.keys() == LEGAL
    assert verified(shop.hub_books, "hub") == {}
    assert verified(shop.tills[0].books, "till") == {}


def test_a_sample_of_the_orders_ends_on_postgresql_as_on_sqlite(shop: Shop, hub_on_postgres: HubUnits) -> None:
    sample = random.Random(720).sample(ORDERS, 24)
    there = Shop(hub=hub_on_postgres)
    ends = lived(there, sample)
    assert ends == lived(shop, sample)
    assert ends.keys() == LEGAL
