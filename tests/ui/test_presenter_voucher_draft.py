"""The form of a draft over real books: it keeps itself, says what it needs, and books what it showed."""

from collections.abc import Iterator

import pytest

from domain.accounts import Control, control_id
from domain.changes import Changes
from domain.errors import ErrorCode, StorageUnavailable
from domain.ids import Instant, MessageId, UserId
from domain.policy import Actor, Role
from domain.services.settings import close_books
from domain.vouchers import Side, VoucherType
from storage.gate import TillFiles
from storage.till import TillUnits
from tests.builders import BANK, CASH, MERCHANT, OWNER, TILL, an_id
from tests.ui.voucher_stage import OTHER_INCOME, RENT, VoucherStage, voucher_stage
from ui.presenters.voucher_draft import MAX_LINES, SAVE_AFTER_MS, DraftPresenter
from ui.presenters.voucher_list import Shown

ACCOUNTANT = Actor(UserId(an_id("accountant")), "Kế toán Hạnh", Role.ACCOUNTANT, TILL)
FEES = control_id(MERCHANT, Control.FEES)


@pytest.fixture
def stage(till_file: TillFiles, till_units: TillUnits, published: list[Changes]) -> Iterator[VoucherStage]:
    with voucher_stage(till_file, till_units, published) as made:
        made.presenter.opened()
        yield made


@pytest.fixture
def form(stage: VoucherStage) -> DraftPresenter:
    return stage.presenter.form


def kept(stage: VoucherStage) -> list[str]:
    """The memos of the drafts that storage holds."""
    return [draft.memo for draft in stage.work.queries.books.drafts(OWNER)]


def marked(form: DraftPresenter) -> set[str]:
    return set(form.state.marks)


def test_a_form_that_was_only_looked_at_leaves_no_draft(stage: VoucherStage, form: DraftPresenter) -> None:
    form.begin(VoucherType.RECEIPT)
    form.leave()
    assert form.state.draft is None
    form.begin(VoucherType.RECEIPT)
    form.ask_discard()
    assert form.state.draft is None, "nothing was typed, so nothing is asked"
    assert kept(stage) == []
    assert stage.work.commands == 0


def test_a_change_is_kept_once_it_has_stood_for_a_moment(stage: VoucherStage, form: DraftPresenter) -> None:
    form.begin(VoucherType.PAYMENT)
    form.set_memo("Tiền")
    stage.clock.pass_ms(SAVE_AFTER_MS - 1)
    stage.presenter.tick()
    assert kept(stage) == []
    assert not form.state.kept
    form.set_memo("Tiền điện")
    stage.clock.pass_ms(SAVE_AFTER_MS)
    stage.presenter.tick()
    assert kept(stage) == ["Tiền điện"]
    assert form.state.kept
    commands = stage.work.commands
    stage.presenter.tick()
    assert stage.work.commands == commands, "what is kept is not written again"


def test_what_is_typed_while_a_draft_is_being_kept_waits_for_its_own_turn(
    stage: VoucherStage, form: DraftPresenter
) -> None:
    form.begin(VoucherType.PAYMENT)
    form.set_memo("Tiền")
    stage.work.held = True
    form.save()
    form.set_memo("Tiền nước")
    stage.work.release()
    assert not form.state.kept
    assert form.state.draft is not None
    assert form.state.draft.memo == "Tiền nước"
    form.leave()
    assert kept(stage) == ["Tiền nước"]


def test_leaving_the_screen_or_the_form_keeps_the_draft_and_the_list_opens_it_again(
    stage: VoucherStage, form: DraftPresenter
) -> None:
    form.begin(VoucherType.TRANSFER)
    form.set_wallet(CASH)
    form.set_target(BANK)
    form.set_amount("1.500.000")
    form.set_fee("5k")
    form.set_day("2026-11-20")
    form.set_attachments(2)
    stage.presenter.closed()
    assert len(kept(stage)) == 1
    form.leave()
    stage.presenter.opened()
    stage.presenter.show(Shown.DRAFTS)
    stage.presenter.open_row(stage.presenter.state.rows[0])
    draft = form.state.draft
    assert draft is not None
    assert (draft.wallet_id, draft.target_id, draft.amount_minor, draft.fee_minor) == (CASH, BANK, 1_500_000, 5_000)
    assert (draft.business_date, draft.attachments) == ("2026-11-20", 2)
    assert (form.state.amount, form.state.fee) == ("1500000", "5000")


def test_an_amount_that_cannot_be_read_is_marked_and_not_lost(stage: VoucherStage, form: DraftPresenter) -> None:
    form.begin(VoucherType.PAYMENT)
    form.set_amount("1.5.0")
    assert form.state.marks["amount_minor"] == "draft.need.readable"
    form.leave()
    assert form.state.amount == "1.5.0", "the form stays open for it"
    assert form.state.pressed == 1
    form.set_amount("150k")
    form.leave()
    assert form.state.draft is None
    assert [draft.amount_minor for draft in stage.work.queries.books.drafts(OWNER)] == [150_000]


def test_each_type_says_what_it_still_needs(stage: VoucherStage, form: DraftPresenter) -> None:
    form.begin(VoucherType.RECEIPT)
    assert marked(form) == {"wallet_id", "category_id", "amount_minor", "memo"}
    form.begin(VoucherType.TRANSFER)
    form.set_wallet(CASH)
    form.set_target(CASH)
    form.set_amount("10k")
    form.set_fee("10k")
    assert form.state.marks == {
        "memo": "draft.need.memo",
        "target_id": "draft.need.other_wallet",
        "fee_minor": "draft.need.fee_minor",
    }
    form.begin(VoucherType.ADJUSTMENT)
    assert marked(form) == {"lines", "memo"}
    form.begin(VoucherType.RECEIPT)
    form.set_day("2026-11-22")
    assert form.state.marks["business_date"] == "draft.need.no_later"


def test_a_day_of_a_closed_period_is_marked(stage: VoucherStage, form: DraftPresenter) -> None:
    stage.run(lambda uow: close_books(uow, OWNER, "2026-10-31", MessageId(an_id("closing")), stage.clock.at))
    form.begin(VoucherType.RECEIPT)
    form.set_day("2026-10-31")
    assert form.state.marks["business_date"] == "draft.need.open_day"
    form.set_day("2026-11-01")
    assert "business_date" not in form.state.marks


def test_issuing_what_lacks_something_shows_what_and_books_nothing(stage: VoucherStage, form: DraftPresenter) -> None:
    form.begin(VoucherType.RECEIPT)
    form.set_wallet(CASH)
    form.issue()
    assert form.state.pressed == 1
    assert stage.numbers == []
    assert form.state.draft is not None


@pytest.mark.parametrize("kind", VoucherType)
def test_what_was_shown_is_what_is_booked(stage: VoucherStage, form: DraftPresenter, kind: VoucherType) -> None:
    form.begin(kind)
    form.set_memo("Ghi tay")
    form.set_party("Bà Sáu")
    form.set_address("12 Lê Lợi")
    form.set_wallet(CASH)
    form.set_target(BANK)
    form.set_amount("1.500.000")
    if kind is VoucherType.TRANSFER:
        form.set_fee("11.000")
    form.set_category(OTHER_INCOME if kind is VoucherType.RECEIPT else RENT)
    if kind is VoucherType.ADJUSTMENT:
        form.set_line_account(0, FEES)
        form.set_line_debit(0, "20.000")
        form.set_line_account(1, BANK)
        form.set_line_credit(1, "20.000")
    shown = [(line.account_id, line.side, line.amount_minor) for line in form.state.preview]
    assert len(shown) == (3 if kind is VoucherType.TRANSFER else 2)
    form.issue()
    assert form.state.draft is None
    detail = stage.presenter.state.detail
    assert detail is not None
    assert [(line.account_id, line.side, line.amount_minor) for line in detail.lines] == shown
    assert detail.item.type is kind
    assert detail.party.name == "Bà Sáu"
    assert detail.actor == ""  # the builders' owner is nobody whom this till has enrolled
    assert stage.notices.toast_keys == ["draft.issued"]
    assert stage.numbers == [detail.item.number]
    assert kept(stage) == []


def test_issuing_from_the_drafts_shows_the_voucher_in_the_whole_list(stage: VoucherStage, form: DraftPresenter) -> None:
    stage.presenter.show(Shown.DRAFTS)
    fill_payment(form)
    form.issue()
    assert stage.presenter.state.wanted.shown is Shown.ALL
    assert len(stage.numbers) == 1


def test_a_press_while_it_is_being_issued_makes_no_second_voucher(stage: VoucherStage, form: DraftPresenter) -> None:
    fill_payment(form)
    stage.work.held = True
    form.issue()
    form.issue()
    stage.work.release()
    assert len(stage.numbers) == 1


def test_a_refusal_keeps_everything_that_was_typed(stage: VoucherStage, form: DraftPresenter) -> None:
    fill_payment(form)
    stage.work.broken = StorageUnavailable(ErrorCode.DISK_FULL)
    form.issue()
    assert form.state.problem is not None
    assert not form.state.busy
    assert form.state.amount == "250k"
    form.set_memo("Tiền nhà tháng 11")
    stage.work.broken = None
    form.issue()
    assert stage.presenter.state.detail is not None
    assert stage.presenter.state.detail.item.memo == "Tiền nhà tháng 11"


def test_a_draft_is_thrown_away_after_a_question(stage: VoucherStage, form: DraftPresenter) -> None:
    fill_payment(form)
    form.save()
    form.ask_discard()
    form.ask_discard()
    form.confirm_discard()
    assert form.state.draft is not None
    form.ask_discard()
    form.confirm_discard()
    assert form.state.draft is None
    assert kept(stage) == []
    fill_payment(form)
    form.ask_discard()
    assert form.state.asking_discard, "it was never kept, but something was typed"
    form.confirm_discard()
    assert form.state.draft is None
    assert stage.notices.toast_keys == ["draft.discarded"] * 2


def test_lines_come_and_go_and_a_new_one_takes_up_the_difference(form: DraftPresenter) -> None:
    form.begin(VoucherType.ADJUSTMENT)
    form.set_line_account(0, FEES)
    form.set_line_debit(0, "300k")
    form.set_line_account(1, BANK)
    form.set_line_credit(1, "100k")
    assert (form.state.debit_minor, form.state.credit_minor) == (300_000, 100_000)
    form.add_line()
    assert form.state.lines[2].credit == "200000"
    form.set_line_account(2, CASH)
    assert marked(form) == {"memo"}
    form.set_line_debit(2, "200k")
    assert form.state.lines[2].credit == ""
    assert (form.state.debit_minor, form.state.credit_minor) == (500_000, 100_000)
    form.remove_line(2)
    form.remove_line(1)
    assert len(form.state.lines) == 2
    for _ in range(MAX_LINES):
        form.add_line()
    assert len(form.state.lines) == MAX_LINES


def test_lines_of_a_kept_adjustment_come_back_on_their_sides(stage: VoucherStage, form: DraftPresenter) -> None:
    form.begin(VoucherType.ADJUSTMENT)
    form.set_line_credit(0, "75.000")
    form.leave()
    stage.presenter.show(Shown.DRAFTS)
    stage.presenter.open_row(stage.presenter.state.rows[0])
    assert (form.state.lines[0].debit, form.state.lines[0].credit) == ("", "75000")
    assert form.state.draft is not None
    assert form.state.draft.lines[0].side is Side.CREDIT


def test_who_may_write_but_not_issue_is_told_so(stage: VoucherStage, form: DraftPresenter) -> None:
    stage.sign_in(ACCOUNTANT)
    stage.presenter.write(VoucherType.RECEIPT)
    assert form.state.draft is not None
    assert not form.state.can_issue
    form.set_memo("Bán phế liệu")
    form.leave()
    assert kept(stage) == ["Bán phế liệu"]


def test_a_draft_issued_elsewhere_meanwhile_is_not_written_again(stage: VoucherStage, form: DraftPresenter) -> None:
    fill_payment(form)
    form.save()
    draft = form.state.draft
    assert draft is not None
    stage.run(lambda uow: issue(uow, draft.id, stage.clock.at))
    form.set_memo("Sửa muộn")
    form.save()
    assert form.state.problem is not None
    assert form.state.problem.code is ErrorCode.ID_REUSED
    assert form.state.draft is not None
    assert form.state.draft.memo == "Sửa muộn"


def fill_payment(form: DraftPresenter) -> None:
    form.begin(VoucherType.PAYMENT)
    form.set_wallet(CASH)
    form.set_category(RENT)
    form.set_amount("250k")
    form.set_memo("Tiền nhà")


def issue(uow: object, draft_id: str, at: Instant) -> None:
    from domain.services.drafts import issue_draft

    issue_draft(uow, OWNER, draft_id, at)  # type: ignore[arg-type]  # a unit of work and a draft's id
