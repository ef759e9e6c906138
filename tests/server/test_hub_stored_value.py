"""Stored value at the hub: its workers decide at once, and many who spend one balance never overspend it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from domain.bodies import read_voucher
from domain.holders import holder_id
from domain.ids import MessageId, PaymentId, RefundId
from domain.messages import MessageKind
from domain.payments import PaymentIntent
from domain.rails import Method
from domain.refunds import RefundOf, RefundWay
from domain.services.holders import save_holder, top_up
from domain.services.payments import start_payment
from domain.services.refunds import ask_refund
from domain.services.stored_value import decide_stored
from server.hub import Hub
from storage.hub import HubUnitOfWork
from storage.hub_feed import changes_after
from storage.hub_units import HubUnits
from storage.verify import verify_hub_postgres
from tests.builders import CASHIER, MERCHANT, NOON, OWNER, an_id, sell
from tests.server.hub_stage import ShopTill, ask
from tests.server.hub_steps import standing, take_in, work

PHONE = "0903111218"
HOA = holder_id(MERCHANT, PHONE)
THREADS = 20


def store(till: ShopTill, amount: int) -> None:
    """Let a customer leave cash at the till."""
    till.units.run(lambda uow: save_holder(uow, CASHIER, PHONE, "Chị Hoà", MessageId(an_id("hoa")), NOON))
    till.units.run(lambda uow: top_up(uow, CASHIER, an_id("top up"), HOA, amount, NOON))


def spend(till: ShopTill, amount: int, name: str = "spent") -> PaymentIntent:
    """Begin a payment with stored value."""
    payment_id = PaymentId(an_id(name))
    return till.units.run(
        lambda uow: start_payment(uow, CASHIER, payment_id, Method.STORED_VALUE, amount, NOON, online=True, holder=HOA)
    )


def stored(hub: Hub) -> int:
    """Return what the customer has left."""
    return int(ask(hub.units, "SELECT balance_minor FROM holders")[0][0])


def test_the_worker_pays_with_stored_value_once_and_asks_nobody(hub: Hub, till: ShopTill) -> None:
    store(till, 100_000)
    payment = spend(till, 45_000)
    take_in(hub, till)
    assert (work(hub), work(hub)) == (1, 0)
    assert standing(hub, payment) == ("paid", None)
    assert stored(hub) == 55_000


def test_the_worker_says_that_it_is_not_enough(hub: Hub, till: ShopTill) -> None:
    store(till, 10_000)
    payment = spend(till, 45_000)
    take_in(hub, till)
    assert (work(hub), work(hub)) == (1, 0)
    assert standing(hub, payment) == ("failed", "insufficient_funds")


def test_a_hub_that_dies_before_it_has_decided_decides_after_its_lease(hub: Hub, till: ShopTill) -> None:
    store(till, 100_000)
    payment = spend(till, 45_000)
    take_in(hub, till)
    [due] = hub.reconciler.due(hub.now())
    question = hub.reconciler.take(due.merchant_id, due.payment_id)
    assert question is not None
    assert hub.reconciler.due(hub.now()) == []
    hub.reconciler.ask(question)
    hub.reconciler.ask(question)  # another worker that took it for dead
    assert standing(hub, payment) == ("paid", None)
    assert stored(hub) == 55_000


def test_a_refund_of_stored_value_is_given_back_by_the_hub_alone(hub: Hub, till: ShopTill) -> None:
    store(till, 100_000)
    payment = spend(till, 45_000)
    take_in(hub, till)
    work(hub)
    refund_id = RefundId(an_id("refund"))
    hub.units.run(MERCHANT, partial(_ask_for_refund, refund_id=refund_id, payment_id=payment.id))
    hub.units.run(MERCHANT, lambda uow: uow.proven.give_back(refund_id, NOON))
    for _ in range(2):
        for merchant_id, each in hub.refunder.due(hub.now()):
            task = hub.refunder.take(merchant_id, each)
            assert task is not None
            hub.refunder.ask(task)
    assert ask(hub.units, "SELECT status FROM refunds") == [("done",)]
    assert stored(hub) == 75_000


def _ask_for_refund(uow: HubUnitOfWork, refund_id: RefundId, payment_id: PaymentId) -> None:
    way, what = RefundWay.ORIGINAL, RefundOf.SALE
    ask_refund(uow, OWNER, refund_id, payment_id, what, way, 20_000, NOON, reason="Trả hàng")


def test_twenty_at_once_never_spend_more_than_there_is(hub_on_postgres: HubUnits, postgres_url: str) -> None:
    units = hub_on_postgres
    units.run(MERCHANT, lambda uow: save_holder(uow, CASHIER, PHONE, "Chị Hoà", MessageId(an_id("hoa")), NOON))
    units.run(MERCHANT, lambda uow: top_up(uow, CASHIER, an_id("top up"), HOA, 100_000, NOON))
    barrier = threading.Barrier(THREADS)

    def one(number: int) -> None:
        payment_id = PaymentId(an_id(f"spent {number}"))
        units.run(
            MERCHANT,
            lambda uow: start_payment(
                uow, CASHIER, payment_id, Method.STORED_VALUE, 15_000, NOON, online=True, holder=HOA
            ),
        )
        barrier.wait(30)
        units.run(MERCHANT, lambda uow: decide_stored(uow, payment_id, NOON))

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(one, range(THREADS)))
    assert ask(units, "SELECT status, COUNT(*) FROM payments GROUP BY status ORDER BY status") == [
        ("failed", THREADS - 6),
        ("paid", 6),
    ]
    assert ask(units, "SELECT balance_minor FROM holders") == [(10_000,)]
    report = verify_hub_postgres(postgres_url)
    assert [line.id for line in report.lines if line.findings] == []


def test_a_till_of_the_protocol_before_is_sent_no_voucher_of_stored_value(hub: Hub, till: ShopTill) -> None:
    store(till, 100_000)
    till.units.run(lambda uow: sell(uow, "sold"))
    take_in(hub, till)
    heard = {
        protocol: hub.units.read_of(
            MERCHANT, partial(changes_after, merchant_id=MERCHANT, after=0, limit=100, protocol=protocol)
        )
        for protocol in (1, 2)
    }
    vouchers = {
        protocol: [read_voucher(row.message.body, MERCHANT) for row in rows if row.message.kind is MessageKind.VOUCHER]
        for protocol, rows in heard.items()
    }
    assert [voucher.holder_id for voucher in vouchers[2]] == [HOA, None]
    assert [voucher.holder_id for voucher in vouchers[1]] == [None]
    assert MessageKind.HOLDER not in {row.message.kind for row in heard[1]}
