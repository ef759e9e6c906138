"""The list of vouchers over real books: its chips, its pages, the drawer, and taking a voucher back."""

from collections.abc import Iterator
from typing import Any

import pytest

from domain.book_rows import VoucherMark
from domain.changes import Changes
from domain.errors import ErrorCode, StorageUnavailable
from domain.ids import UserId, VoucherId
from domain.policy import Actor, Role
from domain.services.accounts import grant_account
from domain.services.people import add_user
from domain.vouchers import VoucherType
from storage.gate import TillFiles
from storage.till import TillUnits
from tests.builders import BANK, CASH, CASHIER, MANAGER, NOON, OWNER, TILL, sell
from tests.ui.voucher_stage import DAY, OTHER_INCOME, RENT, VoucherStage, voucher_stage
from ui.presenters.voucher_list import PAGE, PLAIN, Period, Shown

AUDITOR = Actor(UserId("0199c0de-0000-7000-8000-00000000a009"), "Chú Tư", Role.AUDITOR, TILL)


@pytest.fixture
def stage(till_file: TillFiles, till_units: TillUnits, published: list[Changes]) -> Iterator[VoucherStage]:
    with voucher_stage(till_file, till_units, published) as made:
        yield made


def test_the_list_begins_with_this_month_newest_first(stage: VoucherStage) -> None:
    old = stage.pay("old", day="2026-10-31")
    first, second = stage.pay("first", day="2026-11-01"), stage.pay("second")
    stage.presenter.opened()
    assert stage.numbers == [second.number, first.number]
    stage.presenter.show_period(Period.TODAY)
    assert stage.numbers == [second.number]
    stage.presenter.show_period(Period.ALL)
    assert stage.numbers == [second.number, first.number, old.number]


def test_days_of_ones_own_begin_as_those_shown_and_bound_the_list_on_both_sides(stage: VoucherStage) -> None:
    inside = stage.pay("inside", day="2026-11-10")
    stage.pay("after", day="2026-11-15")
    stage.presenter.opened()
    stage.presenter.show_period(Period.DAYS)
    assert (stage.presenter.state.wanted.since, stage.presenter.state.wanted.until) == ("2026-11-01", "")
    stage.presenter.show_days("2026-11-05", "2026-11-12")
    assert stage.numbers == [inside.number]
    stage.presenter.clear_filters()
    assert stage.presenter.state.wanted == PLAIN


def test_seven_days_are_today_and_the_six_before(stage: VoucherStage) -> None:
    sixth = stage.pay("sixth", day="2026-11-15")
    stage.pay("seventh", day="2026-11-14")
    stage.presenter.opened()
    stage.presenter.show_period(Period.WEEK)
    assert stage.numbers == [sixth.number]


def test_chips_wallet_and_category_narrow_the_list(stage: VoucherStage) -> None:
    rent = stage.pay("rent")
    income = stage.pay("gift", type=VoucherType.RECEIPT, category_id=OTHER_INCOME, wallet_id=BANK)
    stage.presenter.opened()
    stage.presenter.show(Shown.RECEIPT)
    assert stage.numbers == [income.number]
    stage.presenter.show(Shown.ALL)
    stage.presenter.show_account(CASH)
    assert stage.numbers == [rent.number]
    stage.presenter.show_account(None)
    stage.presenter.show_category(OTHER_INCOME)
    assert stage.numbers == [income.number]
    stage.presenter.show_category(RENT)
    assert stage.numbers == [rent.number]


def test_a_text_is_looked_for_in_all_days_and_among_drafts_too(stage: VoucherStage) -> None:
    old = stage.pay("Điện tháng chín", day="2026-09-30", amount=777_000)
    stage.presenter.opened()
    assert stage.numbers == []
    stage.presenter.find("dien thang")
    assert stage.numbers == [old.number]
    stage.presenter.find("")
    assert stage.presenter.state.wanted == PLAIN
    form = stage.presenter.form
    form.begin(VoucherType.PAYMENT)
    form.set_memo("Tiền nước đá")
    form.leave()
    stage.presenter.show(Shown.DRAFTS)
    stage.presenter.find("nuoc da")
    assert stage.numbers == ["Tiền nước đá"]
    stage.presenter.find("nuoc mam")
    assert stage.numbers == []


def test_the_end_of_the_list_brings_the_next_page_once(stage: VoucherStage) -> None:
    def op(uow: object) -> None:
        for number in range(PAGE + 7):
            sell(uow, f"sale {number}", at=stage.clock.at)  # type: ignore[arg-type]  # a unit of work

    stage.run(op)
    stage.presenter.opened()
    assert len(stage.ids) == PAGE
    assert not stage.presenter.state.complete
    stage.work.held = True
    stage.presenter.more()
    stage.presenter.more()
    stage.work.release()
    assert len(stage.ids) == len(set(stage.ids)) == PAGE + 7
    assert stage.presenter.state.complete
    newest = stage.pay("newest")
    assert stage.numbers[0] == newest.number
    assert len(stage.ids) == PAGE + 8


def test_a_page_of_an_older_wish_is_dropped_and_nothing_is_called_empty_too_early(stage: VoucherStage) -> None:
    stage.pay("rent")
    stage.presenter.opened()
    stage.work.held = True
    stage.presenter.show(Shown.RECEIPT)
    assert not stage.presenter.state.loaded
    stage.presenter.show(Shown.PAYMENT)
    stage.work.release()
    assert len(stage.ids) == 1


def test_a_role_that_sees_no_books_asks_nothing_of_them(stage: VoucherStage) -> None:
    stage.pay("rent")
    stage.presenter.opened()
    assert stage.ids
    stage.sign_in(CASHIER)
    assert not stage.presenter.state.allowed
    assert stage.ids == []
    stage.pay("another")
    assert stage.ids == []
    stage.sign_in(OWNER)
    assert len(stage.ids) == 2


def test_another_person_finds_no_open_voucher_and_no_open_form(stage: VoucherStage) -> None:
    voucher = stage.pay("rent")
    stage.presenter.opened()
    stage.presenter.choose(voucher.id)
    stage.presenter.form.begin(VoucherType.RECEIPT)
    stage.presenter.form.set_memo("Tiền mừng")
    stage.sign_in(AUDITOR)
    assert stage.presenter.state.detail is None
    assert stage.presenter.form.state.draft is None
    assert not stage.presenter.state.can_write
    stage.sign_in(OWNER)
    stage.presenter.show(Shown.DRAFTS)
    assert stage.numbers == ["Tiền mừng"], "what was typed before the till was locked is kept"


def test_a_voucher_opens_with_its_lines(stage: VoucherStage) -> None:
    voucher = stage.pay("rent")
    stage.presenter.opened()
    stage.presenter.open_row(stage.presenter.state.rows[0])
    detail = stage.presenter.state.detail
    assert detail is not None
    assert detail.item.id == voucher.id
    assert [(line.code, line.side.value, line.amount_minor) for line in detail.lines] == [
        ("6422", "D", 250_000),
        ("1111", "C", 250_000),
    ]
    stage.presenter.close_detail()
    assert stage.presenter.state.detail is None


def test_a_voucher_is_taken_back_with_a_reason_and_the_two_lead_to_each_other(stage: VoucherStage) -> None:
    voucher = stage.pay("rent")
    presenter = stage.presenter
    presenter.opened()
    presenter.choose(voucher.id)
    presenter.confirm_void()
    presenter.ask_void()
    presenter.confirm_void()
    assert presenter.state.detail is not None
    assert presenter.state.detail.reversed_by is None, "neither without a question nor without a reason"
    presenter.set_reason("Ghi nhầm")
    presenter.confirm_void()
    detail = presenter.state.detail
    assert detail is not None
    assert detail.item.mark is VoucherMark.VOIDED
    assert not presenter.state.asking_void
    assert presenter.state.reason == ""
    assert not presenter.state.can_void
    assert stage.notices.toast_keys == ["vouchers.void_done"]
    assert detail.reversed_by is not None
    presenter.choose(detail.reversed_by.id)
    other = presenter.state.detail
    assert other is not None
    assert other.reverses is not None
    assert other.reverses.id == voucher.id
    assert other.item.memo == "Ghi nhầm"
    assert not presenter.state.can_void


@pytest.mark.parametrize("act", ["void", "issue"])
def test_nobody_is_asked_to_approve_once_the_screen_was_left(
    stage: VoucherStage, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    stage.run(lambda uow: add_user(uow, MANAGER.user_id, MANAGER.name, MANAGER.role, "hash", NOON))
    stage.run(lambda uow: grant_account(uow, OWNER, MANAGER.user_id, CASH, NOON, granted=True))
    voucher = stage.pay("rent", 9_000_000)
    stage.sign_in(MANAGER)
    presenter, slow = stage.presenter, list[tuple[Any, ...]]()
    if act == "void":
        presenter.choose(voucher.id)
        presenter.ask_void()
        presenter.set_reason("Ghi nhầm")
    else:
        presenter.form.begin(VoucherType.PAYMENT)
        presenter.form.set_wallet(CASH)
        presenter.form.set_category(RENT)
        presenter.form.set_amount("150000")
        presenter.form.set_memo("Tiền nhà")
        presenter.form.set_day("2026-10-01")
    with monkeypatch.context() as busy:
        busy.setattr(stage.work, "command", lambda *wish: slow.append(wish))
        (presenter.confirm_void if act == "void" else presenter.form.issue)()
    presenter.closed()
    stage.desk.actor = None
    stage.work.command(*slow[0])
    assert presenter.approval.state.asked is None
    assert (presenter.state.voiding, presenter.form.state.busy) == (False, False)
    if act == "issue":
        (draft,) = stage.work.queries.books.drafts(OWNER)
        assert draft.memo == "Tiền nhà", "kept in the name of who wrote it: whoever comes next may not"


def test_a_void_that_is_done_after_the_till_was_locked_is_seen_by_the_next_look(
    stage: VoucherStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    voucher, presenter, slow = stage.pay("rent"), stage.presenter, list[tuple[Any, ...]]()
    presenter.opened()
    presenter.choose(voucher.id)
    presenter.ask_void()
    presenter.set_reason("Ghi nhầm")
    with monkeypatch.context() as busy:
        busy.setattr(stage.work, "command", lambda *wish: slow.append(wish))
        presenter.confirm_void()
    presenter.closed()
    stage.desk.actor = None
    stage.work.command(*slow[0])
    stage.desk.actor = OWNER
    presenter.opened()
    assert presenter.state.detail is not None
    assert presenter.state.detail.item.mark is VoucherMark.VOIDED


def test_a_refused_void_keeps_the_question_and_the_reason(stage: VoucherStage) -> None:
    voucher = stage.pay("rent")
    presenter = stage.presenter
    presenter.opened()
    presenter.choose(voucher.id)
    presenter.ask_void()
    presenter.set_reason("Ghi nhầm")
    stage.work.broken = StorageUnavailable(ErrorCode.DISK_FULL)
    presenter.confirm_void()
    assert presenter.state.problem is not None
    assert (presenter.state.asking_void, presenter.state.reason, presenter.state.voiding) == (True, "Ghi nhầm", False)
    stage.work.broken = None
    presenter.confirm_void()
    assert presenter.state.detail is not None
    assert presenter.state.detail.item.mark is VoucherMark.VOIDED


def test_the_money_of_a_customer_is_not_voided_and_its_payment_opens(stage: VoucherStage) -> None:
    payment = stage.run(lambda uow: sell(uow, "sale", at=stage.clock.at))
    presenter = stage.presenter
    presenter.opened()
    presenter.choose(VoucherId(stage.ids[0]))
    presenter.ask_void()
    assert presenter.state.problem is not None
    assert presenter.state.problem.code is ErrorCode.VOUCHER_OF_PAYMENT
    assert not presenter.state.asking_void
    presenter.open_payment()
    assert stage.opened_payments == [payment.id]


def test_who_may_not_void_is_not_asked(stage: VoucherStage) -> None:
    voucher = stage.pay("rent")
    stage.run(lambda uow: add_user(uow, AUDITOR.user_id, AUDITOR.name, AUDITOR.role, "hash", NOON))
    stage.run(lambda uow: grant_account(uow, OWNER, AUDITOR.user_id, CASH, NOON, granted=True))
    stage.sign_in(AUDITOR)
    stage.presenter.choose(voucher.id)
    assert stage.presenter.state.detail is not None
    assert not stage.presenter.state.can_void
    stage.presenter.ask_void()
    assert not stage.presenter.state.asking_void


def test_what_was_printed_once_begins_as_a_copy(stage: VoucherStage) -> None:
    voucher = stage.pay("rent")
    written: list[str] = []
    first = stage.presenter.print_form(voucher.id)
    assert not first.state.is_copy
    first.to_file(lambda: written.append("a"), "/tmp/a.pdf")
    assert first.state.done
    assert stage.notices.toast_keys[-1] == "vouchers.pdf_saved"
    again = stage.presenter.print_form(voucher.id)
    assert again.state.is_copy
    again.set_copy(False)
    assert not again.state.is_copy


def test_a_file_or_printer_that_cannot_be_written_says_so_and_is_no_print(stage: VoucherStage) -> None:
    def op() -> None:
        raise OSError("full")

    form = stage.presenter.print_form("v")
    form.to_file(op, "/nowhere/a.pdf")
    assert form.state.problem is not None
    assert form.state.problem.code is ErrorCode.FILE_NOT_WRITTEN
    form.to_printer(op)
    assert form.state.problem.code is ErrorCode.PRINT_FAILED
    assert not form.state.done
    assert not stage.presenter.print_form("v").state.is_copy


def test_time_at_midnight_moves_what_today_means(stage: VoucherStage) -> None:
    stage.pay("rent")
    stage.presenter.opened()
    stage.presenter.show_period(Period.TODAY)
    assert len(stage.ids) == 1
    stage.clock.pass_ms(DAY)
    stage.presenter.refresh()
    assert stage.ids == []
