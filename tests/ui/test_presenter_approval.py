"""Asking a second person at the till: a refused act waits for their PIN and then goes on by itself."""

from collections.abc import Iterator

import pytest

from domain.approvals import Approval, Asked, Guarded
from domain.book_rows import VoucherMark
from domain.changes import Changes
from domain.errors import ErrorCode, StorageUnavailable
from domain.people import FIRST_LOCK_MS, FREE_TRIES
from domain.services.accounts import grant_account
from domain.vouchers import VoucherType
from storage import running
from storage.gate import TillFiles
from storage.till import TillUnits
from tests.builders import CASH, MANAGER, NOON, OWNER
from tests.domain.approval_samples import BIG, OTHER_MANAGER, add_people
from tests.domain.till_facts import ask
from tests.ui.voucher_stage import RENT, VoucherStage, voucher_stage
from ui.presenters.approval import ApprovalPresenter, ApprovalState
from ui.presenters.sign_in import PinStage

LONG_AGO = "2026-11-01"


@pytest.fixture
def stage(till_file: TillFiles, till_units: TillUnits, published: list[Changes]) -> Iterator[VoucherStage]:
    add_people(till_units)
    till_units.run(lambda uow: grant_account(uow, OWNER, MANAGER.user_id, CASH, NOON, granted=True))
    with voucher_stage(till_file, till_units, published, MANAGER) as made:
        yield made


def ask_void(stage: VoucherStage) -> ApprovalPresenter:
    """Let the manager try to void what only another may allow."""
    voucher = stage.pay("machine", BIG)
    stage.presenter.opened()
    stage.presenter.choose(voucher.id)
    stage.presenter.ask_void()
    stage.presenter.set_reason("ghi nhầm")
    stage.presenter.confirm_void()
    return stage.presenter.approval


def choose(approval: ApprovalPresenter, name: str) -> None:
    approval.choose(next(user for user in approval.state.approvers or () if user.name == name))


def enter(approval: ApprovalPresenter, pin: str = "1234") -> None:
    choose(approval, OWNER.name)
    approval.submit(pin)


def test_a_void_above_the_limit_asks_the_owner_and_other_managers_but_never_oneself(stage: VoucherStage) -> None:
    state = ask_void(stage).state
    assert state.asked is not None
    assert (state.asked.action, state.asked.amount_minor) == (Guarded.VOID, BIG)
    assert (state.record, state.requester, state.reason) == ("PC01A-26-000001", MANAGER.name, "ghi nhầm")
    assert {user.name for user in state.approvers or ()} == {OWNER.name, OTHER_MANAGER.name}
    assert stage.presenter.state.problem is None


def test_the_right_pin_lets_the_void_go_on_by_itself(stage: VoucherStage) -> None:
    enter(ask_void(stage))
    assert stage.presenter.approval.state == ApprovalState()
    detail = stage.presenter.state.detail
    assert detail is not None
    assert detail.item.mark is VoucherMark.VOIDED
    assert not stage.presenter.state.asking_void
    assert ask(stage.work.units, "SELECT requester_id, approver_id FROM approvals") == [
        (MANAGER.user_id, OWNER.user_id)
    ]


def test_without_a_pin_nothing_happens_and_what_was_typed_stands(stage: VoucherStage) -> None:
    approval = ask_void(stage)
    approval.submit("1234")
    approval.cancel()
    state = stage.presenter.state
    assert (state.asking_void, state.voiding, state.reason, state.problem) == (True, False, "ghi nhầm", None)
    assert ask(stage.work.units, "SELECT id FROM vouchers WHERE reverses IS NOT NULL") == []


def test_wrong_pins_count_and_close_the_pad_as_at_the_lock(
    stage: VoucherStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    running_ms = 0
    monkeypatch.setattr(running, "elapsed_ms", lambda: running_ms)
    approval = ask_void(stage)
    enter(approval, "0000")
    assert (approval.state.tries_left, approval.state.attempt) == (FREE_TRIES - 1, 1)
    for _ in range(FREE_TRIES - 1):
        enter(approval, "0000")
    assert (approval.state.stage, approval.state.closed_s) == (PinStage.CLOSED, FIRST_LOCK_MS // 1000)
    choose(approval, OTHER_MANAGER.name)
    assert approval.state.stage is PinStage.ENTER
    choose(approval, OWNER.name)
    assert approval.state.stage is PinStage.CLOSED
    stage.clock.pass_ms(FIRST_LOCK_MS)
    running_ms = FIRST_LOCK_MS
    stage.presenter.tick()
    approval.submit("1234")
    assert approval.state == ApprovalState()


def test_a_sheet_closed_while_the_pin_is_checked_counts_it_and_does_nothing(stage: VoucherStage) -> None:
    approval = ask_void(stage)
    choose(approval, OWNER.name)
    stage.work.held = True
    approval.submit("1234")
    assert approval.state.stage is PinStage.CHECKING
    stage.work.waiting.pop(0)()
    stage.work.held = False
    check = stage.work.waiting.pop(0)
    stage.presenter.closed()
    check()
    assert ask(stage.work.units, "SELECT id FROM vouchers WHERE reverses IS NOT NULL") == []
    assert ask(stage.work.units, "SELECT * FROM approvals") == []


def test_a_pin_that_was_typed_for_one_act_approves_no_other_that_is_asked_meanwhile(stage: VoucherStage) -> None:
    approval = ask_void(stage)
    choose(approval, OWNER.name)
    stage.work.held = True
    approval.submit("1234")
    approval.cancel()
    another, granted = Asked(Guarded.VOID, "another voucher", 2 * BIG), list[Approval]()
    approval.ask(another, "PC01A-26-000002", "ghi nhầm", granted.append)
    stage.work.held = False
    while stage.work.waiting:
        stage.work.waiting.pop(0)()
    assert granted == []
    assert approval.state.asked == another
    assert ask(stage.work.units, "SELECT COUNT(*) FROM audit WHERE action = 'approval.granted'") == [(0,)]


def test_a_broken_disk_is_told_on_the_sheet_and_the_pin_can_be_typed_again(stage: VoucherStage) -> None:
    approval = ask_void(stage)
    stage.work.broken = StorageUnavailable(ErrorCode.DISK_FULL)
    enter(approval)
    assert approval.state.problem is not None
    assert approval.state.can_enter
    stage.work.broken = None
    enter(approval)
    assert approval.state == ApprovalState()


def write_late(stage: VoucherStage) -> None:
    """Let the manager press Issue on a whole draft of long ago."""
    stage.presenter.opened()
    form = stage.presenter.form
    form.begin(VoucherType.PAYMENT)
    for change in (
        lambda: form.set_day(LONG_AGO),
        lambda: form.set_wallet(CASH),
        lambda: form.set_category(RENT),
        lambda: form.set_amount("70000"),
        lambda: form.set_memo("Tiền nhà tháng mười"),
        form.issue,
    ):
        change()


def test_a_draft_that_nobody_approves_is_kept_when_its_form_is_left(stage: VoucherStage) -> None:
    write_late(stage)
    stage.presenter.approval.cancel()
    stage.presenter.form.leave()
    assert stage.presenter.form.state.draft is None
    assert len(ask(stage.work.units, "SELECT id FROM drafts")) == 1


def test_a_draft_dated_far_back_asks_for_a_reason_and_is_issued_once_approved(stage: VoucherStage) -> None:
    write_late(stage)
    approval, form = stage.presenter.approval, stage.presenter.form
    assert approval.state.asked is not None
    assert (approval.state.asked.action, approval.state.asked.day) == (Guarded.BACK_DATE, LONG_AGO)
    assert approval.state.wants_reason
    booked = approval.state.booked
    assert [(line.account_id, line.amount_minor) for line in booked.lines][-1] == (CASH, 70_000)
    assert booked.category is not None
    assert booked.category.id == RENT
    assert form.state.problem is None
    enter(approval)
    assert approval.state.asked is not None, "no PIN is taken without a reason"
    approval.set_reason("hoá đơn đến muộn")
    approval.submit("1234")
    assert form.state.draft is None
    assert stage.numbers == ["PC01A-26-000001"]
    assert ask(stage.work.units, "SELECT reason, day FROM approvals") == [("hoá đơn đến muộn", LONG_AGO)]


def test_the_owner_is_asked_nothing(stage: VoucherStage) -> None:
    stage.sign_in(OWNER)
    assert ask_void(stage).state == ApprovalState()
    assert stage.presenter.state.problem is None
