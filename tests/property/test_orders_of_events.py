"""Whatever the order of a till's word, the provider's word and the hub's clock, the books end the same."""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import permutations

import pytest

from domain.accounts import Control, control_id
from domain.ids import Instant
from domain.payments import OPEN, PaymentIntent
from domain.rails import Method
from tests.builders import MERCHANT, MINUTE, NOON, QR
from tests.property.shop_stage import Shop, Till, a_receipt

DUE = 45_000
SALES, SUSPENSE, OVERPAYMENT = (
    control_id(MERCHANT, key) for key in (Control.SALES, Control.SUSPENSE, Control.OVERPAYMENT)
)


class Story:
    """A code of 45,000 that the hub knows, and what may happen to it."""

    def __init__(self, shop: Shop, name: str) -> None:
        self.shop = shop
        self.till: Till = shop.tills[0]
        self.code: PaymentIntent = self.till.start(name, Method.VNPAY_QR, DUE, NOON)
        shop.push(self.till)

    def pays(self, amount: int, key: str, *, declined: bool = False) -> Callable[[], object]:
        receipt = a_receipt(self.code, amount, f"{key} {self.code.id}", Instant(NOON + MINUTE), declined=declined)
        return lambda: self.shop.receive(receipt, may_park=False)

    def cancels(self) -> None:
        if self.till.get(self.code.id).status in OPEN:
            self.till.cancel(self.code.id, Instant(NOON + 2 * MINUTE))

    def pushes(self) -> None:
        self.shop.push(self.till)

    def runs_out_at_the_hub(self) -> None:
        self.shop.expire()


@pytest.fixture
def shop() -> Iterator[Shop]:
    stage = Shop()
    yield stage
    stage.close()


End = tuple[str, int, tuple[tuple[str, int], ...]]


def ends_of(shop: Shop, events: Callable[[Story], list[Callable[[], object]]]) -> Counter[End]:
    """Return how all orders of five events end: the status, what was received, and what its vouchers moved."""
    shop.at = Instant(NOON + 6 * MINUTE)
    stories = []
    for order in permutations(range(5)):
        story = Story(shop, f"code {order}")
        happening = events(story)
        for number in order:
            happening[number]()
        stories.append(story)
    shop.settle_down()
    states = shop.hub_books.states()
    assert all(till.books.states() == states for till in shop.tills)
    assert all(till.books.balances() == shop.hub_books.balances() for till in shop.tills)
    moved: dict[str, list[tuple[str, int]]] = {}
    for payment_id, account_id, signed in shop.hub_books.ask(
        "SELECT v.payment_id, p.account_id, SUM(CASE p.side WHEN 'D' THEN p.amount_minor ELSE -p.amount_minor END) "
        "FROM postings p JOIN vouchers v ON v.merchant_id = p.merchant_id AND v.id = p.voucher_id GROUP BY 1, 2"
    ):
        if signed:
            moved.setdefault(payment_id, []).append((account_id, signed))
    return Counter(
        (states[story.code.id][0].value, states[story.code.id][2], tuple(sorted(moved[story.code.id])))
        for story in stories
    )


def balanced(**accounts: int) -> tuple[tuple[str, int], ...]:
    names = {"wallet": QR, "sales": SALES, "suspense": SUSPENSE, "over": OVERPAYMENT}
    return tuple(sorted((names[name], balance) for name, balance in accounts.items()))


def test_paid_twice_declined_cancelled_and_run_out_end_alike_in_all_orders(shop: Shop) -> None:
    ends = ends_of(
        shop,
        lambda story: [
            story.pays(DUE, "m1"),
            story.pays(20_000, "m2"),
            story.pays(DUE, "m3", declined=True),
            story.cancels,
            story.runs_out_at_the_hub,
        ],
    )
    assert ends == {("paid", 65_000, balanced(wallet=65_000, sales=-DUE, over=-20_000)): 120}


def test_a_payment_in_three_parts_with_a_push_in_between_ends_alike_in_all_orders(shop: Shop) -> None:
    ends = ends_of(
        shop,
        lambda story: [
            story.pays(15_000, "m1"),
            story.pays(20_000, "m2"),
            story.pays(10_000, "m3"),
            story.cancels,
            story.pushes,
        ],
    )
    assert ends == {("paid", DUE, balanced(wallet=DUE, sales=-DUE)): 120}


def test_too_little_ends_in_suspense_in_all_orders(shop: Shop) -> None:
    ends = ends_of(
        shop,
        lambda story: [
            story.pays(15_000, "m1"),
            story.pays(20_000, "m2"),
            story.cancels,
            story.pushes,
            story.runs_out_at_the_hub,
        ],
    )
    assert {end[1:] for end in ends} == {(35_000, balanced(wallet=35_000, suspense=-35_000))}
    assert {end[0] for end in ends} == {"cancelled", "expired"}


def test_money_before_during_and_after_the_hub_hears_of_its_payment_ends_alike(shop: Shop) -> None:
    """The same three amounts, with the first push before the first, second, third or after them all."""
    till = shop.tills[0]
    ends = set()
    for pushed_before in range(4):
        for may_park in (True, False):
            code = till.start(f"code {pushed_before} {may_park}", Method.VIETQR, DUE, NOON)
            before = shop.hub_books.balances()
            for number, amount in enumerate((15_000, 30_000, 5_000)):
                if number == pushed_before:
                    shop.push(till)
                receipt = a_receipt(code, amount, f"{code.id} {number}", Instant(NOON + MINUTE))
                shop.receive(receipt, may_park=may_park)
            shop.settle_down()
            after = shop.hub_books.balances()
            moved = {account: after[account] - before.get(account, 0) for account in after}
            status, _, received = shop.hub_books.states()[code.id]
            ends.add((status.value, received, tuple(sorted((a, m) for a, m in moved.items() if m))))
    assert {end[:2] for end in ends} == {("paid", 50_000)}
    assert len(ends) == 1
