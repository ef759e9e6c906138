"""The list of payments: one box, three rows of chips, pages by keyset, and one payment opened beside it."""

from dataclasses import replace

import pytest

from domain.changes import Changes, Topic
from domain.display import TrackingGroup
from domain.ids import Instant, PaymentId
from domain.payments import PaymentStatus
from domain.policy import Actor
from domain.rails import Method
from domain.services.payments import start_payment
from domain.stamps import Stamp
from tests.fakes.counter import Counter, a_payments
from tests.fakes.small_shop import CASHIER, NOON, SmallUnitOfWork
from ui.presenters.payment_search import PAGE, Period, Wanted
from ui.presenters.payments import PaymentsPresenter
from ui.presenters.timeline import StepKind, timeline

DAY = 24 * 3600 * 1000


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
def copied() -> list[str]:
    return []


@pytest.fixture
def payments(counter: Counter, copied: list[str]) -> PaymentsPresenter:
    return a_payments(counter.desk, copied.append)


def sell(
    counter: Counter, name: str, at: int = NOON, method: Method = Method.VIETQR, amount: int = 50_000
) -> PaymentId:
    payment_id = PaymentId(name)
    uow = SmallUnitOfWork(counter.shop)
    actor: Actor = CASHIER
    start_payment(uow, actor, payment_id, method, amount, Instant(at), online=True)  # type: ignore[arg-type]  # a fake
    return payment_id


def ids(payments: PaymentsPresenter) -> list[str]:
    return [row.id for row in payments.state.rows]


def test_the_list_begins_with_today(counter: Counter, payments: PaymentsPresenter) -> None:
    sell(counter, "yesterday", NOON - DAY)
    sell(counter, "today")
    payments.opened()
    assert ids(payments) == ["today"]
    payments.show_period(Period.YESTERDAY)
    assert ids(payments) == ["yesterday"]


def test_nothing_is_called_empty_before_it_was_read(counter: Counter, payments: PaymentsPresenter) -> None:
    counter.work.held = True
    payments.opened()
    assert not payments.state.loaded
    counter.work.release()
    assert payments.state.loaded
    assert payments.state.complete


def test_a_text_is_looked_for_in_all_days(counter: Counter, payments: PaymentsPresenter) -> None:
    sell(counter, "old", NOON - 40 * DAY, amount=123_000)
    payments.opened()
    payments.find("123000")
    assert ids(payments) == ["old"]
    payments.find("")
    assert payments.state.wanted == Wanted()


def test_a_group_of_statuses_is_merged_newest_first(counter: Counter, payments: PaymentsPresenter) -> None:
    sell(counter, "a-preparing", NOON, Method.VNPAY_QR)
    sell(counter, "b-pending", NOON + 1)
    sell(counter, "c-cash", NOON + 2, Method.CASH)
    sell(counter, "d-preparing", NOON + 3, Method.VNPAY_QR)
    payments.opened()
    payments.show_group(TrackingGroup.IN_PROGRESS)
    assert ids(payments) == ["d-preparing", "b-pending", "a-preparing"]
    payments.show_group(TrackingGroup.MOVED)
    assert ids(payments) == ["c-cash"]
    payments.show_method(Method.VIETQR)
    assert ids(payments) == []


def test_the_end_of_the_list_brings_the_next_page(counter: Counter, payments: PaymentsPresenter) -> None:
    for number in range(PAGE + 5):
        sell(counter, f"p-{number:03d}", NOON + number)
    payments.opened()
    assert len(payments.state.rows) == PAGE
    assert not payments.state.complete
    payments.more()
    assert len(ids(payments)) == len(set(ids(payments))) == PAGE + 5
    assert payments.state.complete
    payments.more()
    assert len(payments.state.rows) == PAGE + 5


def test_a_page_asked_for_twice_is_added_once(counter: Counter, payments: PaymentsPresenter) -> None:
    for number in range(3 * PAGE):
        sell(counter, f"p-{number:03d}", NOON + number)
    payments.opened()
    counter.work.held = True
    payments.more()
    payments.more()
    counter.work.release()
    assert len(ids(payments)) == len(set(ids(payments)))


def test_a_page_of_an_older_search_is_dropped(counter: Counter, payments: PaymentsPresenter) -> None:
    sell(counter, "a", amount=111_000)
    sell(counter, "b", amount=222_000)
    payments.opened()
    counter.work.held = True
    payments.find("111000")
    payments.find("222000")
    counter.work.release()
    assert ids(payments) == ["b"]


def test_a_change_reads_again_all_that_stands(counter: Counter, payments: PaymentsPresenter) -> None:
    for number in range(PAGE + 5):
        sell(counter, f"p-{number:03d}", NOON + number)
    payments.opened()
    payments.more()
    newest = sell(counter, "p-new", NOON + 1_000)
    payments.on_changes(counter.shop.take_changes())
    assert ids(payments)[0] == newest
    assert len(payments.state.rows) >= PAGE + 5


def test_a_closed_screen_looks_again_when_it_opens(counter: Counter, payments: PaymentsPresenter) -> None:
    payments.opened()
    payments.closed()
    sell(counter, "meanwhile")
    asked = len(counter.work.queries.asked)
    payments.on_changes(counter.shop.take_changes())
    assert len(counter.work.queries.asked) == asked
    payments.opened()
    assert ids(payments) == ["meanwhile"]


def test_a_payment_opens_with_its_life(counter: Counter, payments: PaymentsPresenter) -> None:
    payment_id = sell(counter, "cash", method=Method.CASH)
    payments.opened()
    payments.choose(payment_id)
    detail = payments.state.detail
    assert detail is not None
    steps = timeline(detail)
    assert [step.words.key for step in steps] == [
        "payment.event.created",
        "payment.step.paid",
        "payment.event.posted",
        "payment.event.unsent",
    ]
    assert steps[-1].kind is StepKind.SYNC
    [tender] = detail.tenders
    read = replace(tender, vouchers=(replace(tender.vouchers[0], source_kind="prov:statement"),))
    by_statement = timeline(replace(detail, tenders=(read,)))[2]
    assert (by_statement.words.key, by_statement.stamp) == ("payment.event.by_statement", Stamp.AUTOMATIC)
    counter.shop.unsent.clear()
    payments.on_changes(Changes({Topic.OUTBOX: frozenset({"x"})}))
    assert payments.state.detail is not None
    assert timeline(payments.state.detail)[-1].words.key == "payment.event.synced"
    payments.close_detail()
    assert payments.state.detail is None


def test_an_open_payment_may_be_cancelled_after_a_question(counter: Counter, payments: PaymentsPresenter) -> None:
    payment_id = sell(counter, "open")
    payments.opened()
    payments.choose(payment_id)
    assert payments.state.can_cancel
    payments.confirm_cancel()
    assert counter.shop.payments[payment_id].status is PaymentStatus.PENDING
    payments.ask_cancel()
    payments.confirm_cancel()
    assert counter.shop.payments[payment_id].status is PaymentStatus.CANCELLED
    payments.on_changes(counter.shop.take_changes())
    assert not payments.state.can_cancel


def test_a_paid_payment_offers_no_cancel(counter: Counter, payments: PaymentsPresenter) -> None:
    payment_id = sell(counter, "cash", method=Method.CASH)
    payments.choose(payment_id)
    assert not payments.state.can_cancel
    payments.ask_cancel()
    assert not payments.state.asking_cancel


def test_a_cancel_that_comes_too_late_says_so(counter: Counter, payments: PaymentsPresenter) -> None:
    payment_id = sell(counter, "open")
    payments.choose(payment_id)
    payments.ask_cancel()
    counter.shop.hear_paid(payment_id)
    payments.confirm_cancel()
    assert payments.state.problem is not None
    assert payments.state.detail is not None
    assert payments.state.detail.row.status is PaymentStatus.PAID


def test_a_scanned_reference_opens_its_payment(counter: Counter, payments: PaymentsPresenter) -> None:
    payment_id = sell(counter, "one")
    payments.open_reference(counter.shop.payments[payment_id].reference)
    assert payments.state.chosen == payment_id
    payments.open_reference("BANA99Z0000000")
    assert counter.notices.toast_keys == ["payments.unknown_code"]


def test_the_code_is_copied_as_machines_read_it(
    counter: Counter, payments: PaymentsPresenter, copied: list[str]
) -> None:
    payment_id = sell(counter, "one")
    payments.choose(payment_id)
    payments.copy_code()
    assert copied == [counter.shop.payments[payment_id].reference]
