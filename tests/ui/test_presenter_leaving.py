"""Taking a till out of service: nothing is removed that is nowhere else, nor without the till's code and the PIN."""

from dataclasses import dataclass

import pytest

from domain.changes import Changes, Topic
from domain.errors import ErrorCode, StorageUnavailable
from domain.rows import UnsentRow
from tests.fakes.attached_window import PIN
from tests.fakes.fixed_keys import FixedKeys, NotedLeaving
from tests.fakes.small_shop import CASHIER, NOON, SHOP_ROW
from tests.ui.test_presenter_keys import Keys
from ui.key_work import KeyPlace
from ui.presenters.leaving import LeavingPresenter, LeavingStage

CODE = SHOP_ROW.till_code
SENT = Changes({Topic.OUTBOX: frozenset({"m-1"})})
UNSENT = (UnsentRow("payment", 2, 0), UnsentRow("voucher", 1, 1))


@dataclass
class End:
    """An owner who wants to end a till."""

    keys: Keys
    wizard: LeavingPresenter

    @property
    def left(self) -> list[str]:
        return self.keys.leaving.left


def an_end(*unsent: UnsentRow, has_code: bool = True, hub_here: bool = False) -> End:
    keys = Keys(kept=FixedKeys(code_made_at=NOON if has_code else None), leaving=NotedLeaving(hub_here))
    keys.counter.work.queries.unsent_rows = unsent
    keys.presenter.leaving.begin()
    return End(keys, keys.presenter.leaving)


def test_with_everything_sent_the_tills_code_and_the_pin_end_it() -> None:
    end = an_end()
    assert end.wizard.state.can_leave
    end.wizard.submit(f" {CODE} ", PIN)
    assert (end.left, end.wizard.state.stage) == ([""], LeavingStage.LEAVING)
    action, facts = end.keys.trail[-1], end.keys.counter.shop.audited[-1]
    assert action == "leaving.confirmed"
    assert PIN not in repr(facts)


@pytest.mark.parametrize("unsent", [UNSENT, (UnsentRow("voucher", 0, 1),)])
def test_what_is_unsent_or_refused_keeps_the_till(unsent: tuple[UnsentRow, ...]) -> None:
    end = an_end(*unsent)
    assert (end.wizard.state.can_leave, end.wizard.state.waiting) == (False, sum(u.waiting + u.refused for u in unsent))
    end.wizard.submit(CODE, PIN)
    assert (end.left, end.keys.trail) == ([], [])


def test_the_way_out_is_to_send_now() -> None:
    end = an_end(UnsentRow("payment", 2, 0))
    end.wizard.send()
    assert (end.keys.control.woken, end.wizard.state.sending) == (1, True)
    end.keys.counter.work.queries.unsent_rows = ()
    end.keys.presenter.leaving.on_changes(SENT)
    assert (end.wizard.state.can_leave, end.wizard.state.sending) == (True, False)


def test_what_was_refused_is_offered_again() -> None:
    end = an_end(*UNSENT)
    end.wizard.send()
    assert (end.keys.control.retried, end.keys.control.woken) == (1, 0)


def test_the_other_way_out_is_a_copy_that_the_recovery_code_opens() -> None:
    end = an_end(*UNSENT)
    end.wizard.choose_copy("/media/usb")
    assert end.wizard.state.can_leave
    end.wizard.submit(CODE, PIN)
    assert end.left == ["/media/usb"]


def test_without_a_recovery_code_a_copy_is_none() -> None:
    end = an_end(*UNSENT, has_code=False)
    end.wizard.choose_copy("/media/usb")
    assert not end.wizard.state.can_leave


def test_a_hub_on_this_machine_goes_too_so_a_copy_is_needed() -> None:
    end = an_end(hub_here=True)
    assert not end.wizard.state.can_leave
    end.wizard.choose_copy("/media/usb")
    assert end.wizard.state.can_leave
    end.wizard.choose_copy("")
    assert not end.wizard.state.can_leave


def test_another_tills_code_and_a_wrong_pin_end_nothing() -> None:
    end = an_end()
    end.wizard.submit("99", PIN)
    assert (end.wizard.state.mistyped, end.keys.trail) == (True, [])
    end.wizard.submit(CODE, "0000")
    assert (end.wizard.state.mistyped, end.wizard.state.tries_left) == (False, 4)
    assert (end.left, end.keys.trail) == ([], ["pin.wrong"])


def test_a_till_that_locks_itself_meanwhile_stays() -> None:
    end = an_end()
    end.keys.counter.work.held = True
    end.wizard.submit(CODE, PIN)
    end.wizard.cancel()
    end.keys.counter.work.release()
    assert (end.left, end.wizard.state.stage) == ([], LeavingStage.CLOSED)


def test_a_failure_is_told_and_the_till_started_anew() -> None:
    end = an_end(*UNSENT)
    end.keys.leaving.refusal = StorageUnavailable(ErrorCode.DISK_FULL)
    end.wizard.choose_copy("/media/usb")
    end.wizard.submit(CODE, PIN)
    assert end.wizard.state.stage is LeavingStage.FAILED
    end.wizard.cancel()
    assert end.wizard.state.stage is LeavingStage.FAILED
    end.wizard.start_anew()
    assert end.keys.leaving.started == 1


def test_a_failure_that_nobody_is_there_to_see_starts_the_till_anew() -> None:
    end = an_end()
    end.keys.leaving.refusal = StorageUnavailable(ErrorCode.DISK_FULL)
    end.keys.counter.desk.actor = None
    end.wizard._not_left(end.keys.leaving.refusal)
    assert end.keys.leaving.started == 1


def test_a_demo_shop_and_whoever_is_no_owner_end_no_till() -> None:
    demo = Keys(kept=FixedKeys(KeyPlace.DEMO))
    cashier = Keys(actor=CASHIER)
    for keys in (demo, cashier):
        keys.presenter.leaving.begin()
        assert keys.presenter.leaving.state.stage is LeavingStage.CLOSED
