"""One event, two documents: two tills book or void the same thing apart, and the books count it once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest

from domain.ids import Instant, VoucherId
from domain.policy import Role
from domain.ports import UnitOfWork
from domain.posting_rules import SALE, Places
from domain.services.vouchers import post_event, void_voucher
from domain.vouchers import RECLASS, REVERSAL, SourceEvent, Voucher
from storage.hub_units import HubUnits
from storage.session import Sql
from storage.till import TillUnits
from tests.builders import CASH, MERCHANT, NOON, SALES
from tests.domain.till_facts import ask
from tests.property.shop_stage import Till
from tests.storage.two_tills import TwoTills

ORDER = SourceEvent("sale", "order-7")
DUE = 45_000
ONE_POSTING = {CASH: DUE, SALES: -DUE}
ORDERS = pytest.mark.parametrize("first", [0, 1])


@pytest.fixture
def shop() -> Iterator[TwoTills]:
    stage = TwoTills()
    yield stage
    stage.close()


def book(uow: UnitOfWork, source: SourceEvent = ORDER, at: Instant = NOON) -> Voucher:
    return post_event(uow, source, SALE, Places(CASH), at, {"due": DUE}, memo="order 7")


def void(till: Till, voucher_id: VoucherId) -> Voucher:
    return till.units.run(lambda uow: void_voucher(uow, till.actor(Role.OWNER), voucher_id, NOON, reason="wrong"))


def undone_at_hub(shop: TwoTills) -> list[tuple[str, str, int]]:
    rows = shop.hub_books.ask("SELECT reverses, source_kind, second FROM vouchers WHERE reverses IS NOT NULL")
    return sorted((row[0], row[1], row[2]) for row in rows)


def arrive(shop: TwoTills, first: int) -> None:
    """Let what the tills did apart reach the hub, one till before the other, and then everybody."""
    shop.push(shop.tills[first])
    shop.push(shop.tills[1 - first])
    shop.settle_down()


def test_an_event_posted_twice_at_one_till_is_one_voucher(till_units: TillUnits) -> None:
    voucher = till_units.run(book)
    assert till_units.run(book) == voucher
    assert ask(till_units, "SELECT id FROM vouchers") == [(voucher.id,)]


def test_an_event_told_by_two_threads_is_one_voucher_at_a_tills_one_writer(till_units: TillUnits) -> None:
    start = Barrier(2)

    def tell(writer: ThreadPoolExecutor) -> Voucher:
        start.wait(timeout=10)
        return writer.submit(till_units.run, book).result(timeout=10)

    with ThreadPoolExecutor(1) as writer, ThreadPoolExecutor(2) as callers:
        told = [callers.submit(tell, writer) for _ in range(2)]
        assert told[0].result(timeout=20) == told[1].result(timeout=20)
    assert len(ask(till_units, "SELECT id FROM vouchers")) == 1


def test_an_event_posted_by_two_threads_at_the_hub_is_one_voucher(hub_units: HubUnits) -> None:
    start = Barrier(2)

    def post() -> Voucher:
        start.wait(timeout=10)
        return hub_units.run(MERCHANT, book)

    with ThreadPoolExecutor(2) as threads:
        posted = [threads.submit(post) for _ in range(2)]
        assert posted[0].result(timeout=20) == posted[1].result(timeout=20)
    count = hub_units.read(lambda session: session.one(Sql("SELECT COUNT(*) FROM vouchers"), {}))
    assert count == (1,)


@ORDERS
def test_an_event_that_two_tills_booked_apart_counts_once_everywhere(first: int, shop: TwoTills) -> None:
    posted = [till.units.run(book) for till in shop.tills]
    assert posted[0].id != posted[1].id
    arrive(shop, first)
    assert shop.hub_books.balances() == ONE_POSTING
    shop.check()


@ORDERS
def test_the_hub_keeps_the_second_document_and_takes_it_back_line_by_line(first: int, shop: TwoTills) -> None:
    posted = [till.units.run(book) for till in shop.tills]
    arrive(shop, first)
    late = posted[1 - first]
    assert undone_at_hub(shop) == [(late.id, RECLASS, 0)]
    assert shop.hub_books.ask("SELECT number FROM vouchers WHERE second = 1") == [(late.number,)]
    standing = shop.run(lambda uow: uow.vouchers.of_source(ORDER))
    assert standing == posted[first]
    actions = shop.hub_books.ask("SELECT action, subject_id FROM audit")
    assert ("voucher.second_document", late.id) in actions


@ORDERS
def test_both_documents_get_a_number_of_the_register(first: int, shop: TwoTills) -> None:
    posted = [till.units.run(book) for till in shop.tills]
    arrive(shop, first)
    for books in shop.every_book():
        numbers = books.book_numbers()
        assert [numbers[posted[first].id], numbers[posted[1 - first].id]] == [1, 2]


def test_a_second_document_that_is_sent_again_is_taken_back_once(shop: TwoTills) -> None:
    for till in shop.tills:
        till.units.run(book)
    shop.push(shop.tills[0])
    shop.push(shop.tills[1], answered=False)
    arrive(shop, 1)
    assert len(undone_at_hub(shop)) == 1
    assert shop.hub_books.balances() == ONE_POSTING
    shop.check()


def test_a_till_that_has_heard_of_the_event_posts_nothing_of_its_own(shop: TwoTills) -> None:
    voucher = shop.tills[0].units.run(book)
    shop.settle_down()
    assert shop.tills[1].units.run(book) == voucher
    assert shop.tills[1].waiting() == []


@ORDERS
def test_a_voucher_that_two_tills_void_apart_is_taken_back_once_everywhere(first: int, shop: TwoTills) -> None:
    voucher = shop.tills[0].units.run(book)
    shop.settle_down()
    voids = [void(till, voucher.id) for till in shop.tills]
    arrive(shop, first)
    expected = [(voucher.id, REVERSAL, 0), (voucher.id, REVERSAL, 1), (voids[1 - first].id, RECLASS, 0)]
    assert undone_at_hub(shop) == sorted(expected)
    assert shop.hub_books.balances() == {}
    shop.check()


@ORDERS
def test_a_second_document_voided_before_the_hub_took_it_back_is_taken_back_once(first: int, shop: TwoTills) -> None:
    posted = [till.units.run(book) for till in shop.tills]
    late = shop.tills[1 - first]
    void(late, posted[1 - first].id)
    arrive(shop, first)
    assert shop.hub_books.balances() == ONE_POSTING
    shop.check()


@ORDERS
def test_the_standing_document_voided_apart_leaves_nothing_of_the_event(first: int, shop: TwoTills) -> None:
    posted = [till.units.run(book) for till in shop.tills]
    void(shop.tills[first], posted[first].id)
    arrive(shop, first)
    assert shop.hub_books.balances() == {}
    shop.check()


def test_a_second_document_cannot_be_kept_twice_by_a_till_that_applies_a_page_again(shop: TwoTills) -> None:
    for till in shop.tills:
        till.units.run(book)
    for till in shop.tills:
        shop.push(till)
    for till in shop.tills:
        shop.fetch(till)
        shop.apply(till, times=2)
    assert shop.tills[0].books.balances() == shop.tills[1].books.balances() == ONE_POSTING
    shop.check()


@ORDERS
def test_more_sales_around_it_keep_their_order_and_their_chain(first: int, shop: TwoTills) -> None:
    for number, till in enumerate(shop.tills):
        for source in (SourceEvent("sale", f"own {number}"), ORDER, SourceEvent("sale", f"then {number}")):
            till.units.run(partial(book, source=source))
    arrive(shop, first)
    assert shop.hub_books.balances() == {CASH: 5 * DUE, SALES: -5 * DUE}
    shop.check()
