"""The list beside the counter: today's newest payments and what they verifiably come to."""

from domain.ids import PaymentId
from domain.rails import Method
from tests.fakes.counter import Counter, a_charge
from ui.amount_entry import Key
from ui.presenters.charge_state import Stage
from ui.presenters.recent import RecentPresenter


def test_the_list_follows_the_counter_and_counts_only_verified_money() -> None:
    counter = Counter()
    charge = a_charge(counter)
    shown: list[PaymentId] = []
    recent = RecentPresenter(counter.desk, charge.resume, shown.append)
    recent.opened()
    charge.press(Key.N9)
    charge.press(Key.ZEROS)
    charge.charge()
    recent.on_changes(counter.shop.take_changes())
    assert [row.amount_minor for row in recent.state.rows] == [9_000]
    assert recent.state.rows[0].unsent
    assert recent.state.total_minor == 0
    charge.leave()
    charge.choose(Method.CASH)
    charge.press(Key.N5)
    charge.press(Key.ZEROS)
    charge.charge()
    recent.on_changes(counter.shop.take_changes())
    assert (recent.state.total_minor, recent.state.count) == (5_000, 1)


def test_an_open_row_comes_back_to_the_counter_and_any_other_opens_elsewhere() -> None:
    counter = Counter()
    charge = a_charge(counter)
    shown: list[PaymentId] = []
    recent = RecentPresenter(counter.desk, charge.resume, shown.append)
    charge.press(Key.N9)
    charge.charge()
    recent.on_changes(counter.shop.take_changes())
    charge.leave()
    recent.open_row(recent.state.rows[0].id)
    assert charge.state.stage is Stage.WAITING
    assert shown == []
    recent.open_row(recent.state.rows[0].id)
    assert shown == [recent.state.rows[0].id]
