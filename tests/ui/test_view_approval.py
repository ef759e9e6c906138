"""The sheet of an approval on real widgets: what it says, by keys alone, and at every size."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from domain.approvals import Asked, Guarded
from domain.changes import Changes
from domain.money import Language
from domain.services.accounts import grant_account
from domain.vouchers import VoucherType
from storage.gate import TillFiles
from storage.till import TillUnits
from tests.builders import CASH, MANAGER, NOON, OWNER
from tests.domain.approval_samples import BIG, add_people
from tests.domain.till_facts import ask
from tests.fakes.shown_view import cut_off, out_of_reach, settle, show_view, too_small_or_nameless, words_of
from tests.ui.voucher_stage import RENT, VoucherStage, voucher_stage
from ui.dress import apply_theme
from ui.presenters.approval import Booked
from ui.texts import Texts
from ui.theme import TextScale, Theme
from ui.views.approval import ApprovalSheet
from ui.views.vouchers import VouchersView
from ui.widgets.keypad import PadKey
from ui.widgets.pin_pad import PinPad

WHOLE_WINDOWS = ((1024, 600), (960, 560), (1366, 768))
HUGE = 987_654_321_000


@pytest.fixture(autouse=True)
def themed(qapp: QApplication) -> Iterator[None]:
    apply_theme(qapp, Theme(reduced_motion=True))
    yield
    apply_theme(qapp, Theme(reduced_motion=True))


@pytest.fixture
def stage(till_file: TillFiles, till_units: TillUnits, published: list[Changes]) -> Iterator[VoucherStage]:
    add_people(till_units)
    till_units.run(lambda uow: grant_account(uow, OWNER, MANAGER.user_id, CASH, NOON, granted=True))
    with voucher_stage(till_file, till_units, published, MANAGER) as made:
        yield made


def show(
    qtbot: QtBot, stage: VoucherStage, size: tuple[int, int] = (1366, 768), language: Language = Language.EN
) -> VouchersView:
    view = VouchersView(stage.presenter, Texts(language), stage.clock)
    stage.presenter.opened()
    show_view(qtbot, view, size)
    return view


def begin_void(stage: VoucherStage, amount: int = BIG) -> None:
    voucher = stage.pay("machine", amount)
    stage.presenter.choose(voucher.id)
    stage.presenter.ask_void()
    stage.presenter.set_reason("ghi nhầm")
    stage.presenter.confirm_void()
    settle()


def sheet_of(view: VouchersView) -> ApprovalSheet:
    (sheet,) = [each for each in view.findChildren(ApprovalSheet) if each.isVisible()]
    return sheet


def focused() -> QWidget:
    found = QApplication.focusWidget()
    assert found is not None
    return found


def press(*keys: Qt.Key) -> None:
    for key in keys:
        QTest.keyClick(focused(), key)
    settle()


def test_the_sheet_says_exactly_what_is_asked(qtbot: QtBot, stage: VoucherStage) -> None:
    view = show(qtbot, stage)
    begin_void(stage)
    words = words_of(sheet_of(view))
    for told in ("A manager must approve", "Void a sale or a voucher", "PC01A-26-000001", MANAGER.name, "ghi nhầm"):
        assert told in words
    assert Texts(Language.EN).money(BIG) in words
    assert f"{OWNER.name} · Owner" in words
    assert f"{MANAGER.name} · Manager" not in words


def test_by_keys_alone_another_is_chosen_and_the_void_goes_on(qtbot: QtBot, stage: VoucherStage) -> None:
    view = show(qtbot, stage)
    begin_void(stage)
    sheet = sheet_of(view)
    press(Qt.Key.Key_Return)
    assert sheet.findChildren(PinPad)[0].isAncestorOf(focused())
    press(*(Qt.Key.Key_0,) * 4, Qt.Key.Key_Return)
    assert "Wrong PIN. 4 tries left." in words_of(sheet)
    press(Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_4, Qt.Key.Key_Return)
    assert not [each for each in view.findChildren(ApprovalSheet) if each.isVisible()]
    assert len(ask(stage.work.units, "SELECT * FROM approvals")) == 1
    keys_at = view.window().focusWidget()
    assert keys_at is not None
    assert view.isAncestorOf(keys_at)
    assert keys_at.isVisible()


def test_escape_closes_the_sheet_and_the_question_behind_it_stands(qtbot: QtBot, stage: VoucherStage) -> None:
    view = show(qtbot, stage)
    begin_void(stage)
    press(Qt.Key.Key_Escape)
    assert stage.presenter.approval.state.asked is None
    assert stage.presenter.state.asking_void
    assert not [each for each in view.findChildren(ApprovalSheet) if each.isVisible()]
    stage.presenter.confirm_void()
    settle()
    assert sheet_of(view)


def test_enter_behind_the_reason_goes_on_and_presses_nothing(qtbot: QtBot, stage: VoucherStage) -> None:
    view = show(qtbot, stage)
    approval, granted = stage.presenter.approval, []
    approval.ask(Asked(Guarded.BACK_DATE, "draft", 1, "2026-11-01"), "Tiền nhà", "", granted.append)
    settle()
    sheet = sheet_of(view)
    assert focused().accessibleName() == "Reason"
    press(Qt.Key.Key_Return)
    assert sheet.isVisible()
    QTest.keyClicks(focused(), "late")
    press(Qt.Key.Key_Return, Qt.Key.Key_Return)
    assert approval.state.chosen is not None
    press(Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_4, Qt.Key.Key_Return)
    assert [approval.reason for approval in granted] == ["late"]


def booked(stage: VoucherStage) -> Booked:
    """What a draft of the largest amount would book."""
    form = stage.presenter.form
    form.begin(VoucherType.PAYMENT)
    form.set_wallet(CASH)
    form.set_category(RENT)
    form.set_amount(str(HUGE))
    state = form.state
    form.drop()
    assert len(state.preview) == 2
    return Booked(state.preview, state.chart.category(RENT), "Công ty TNHH Thương mại Hoàng Long")


def test_the_sheet_says_all_that_a_draft_will_book(qtbot: QtBot, stage: VoucherStage) -> None:
    view = show(qtbot, stage)
    asked = Asked(Guarded.BACK_DATE, "draft", HUGE, "2026-11-01")
    stage.presenter.approval.ask(asked, "Tiền nhà", "", lambda approval: None, booked(stage))
    settle()
    words = words_of(sheet_of(view))
    texts = Texts(Language.EN)
    for told in ("Két tiền mặt", "Rent and utilities", "Công ty TNHH Thương mại Hoàng Long", texts.money(HUGE)):
        assert told in words
    assert words.count(texts.money(HUGE)) == 3, "the amount, and each side of it"
    stage.presenter.approval.cancel()


@pytest.mark.parametrize("size", WHOLE_WINDOWS)
@pytest.mark.parametrize("scale", [TextScale.NORMAL, max(TextScale)])
@pytest.mark.parametrize("language", Language)
def test_the_sheet_fits_and_can_be_worked(
    size: tuple[int, int], scale: TextScale, language: Language, qtbot: QtBot, qapp: QApplication, stage: VoucherStage
) -> None:
    apply_theme(qapp, Theme(scale=scale, reduced_motion=True))
    view = show(qtbot, stage, size, language)
    asked = Asked(Guarded.BACK_DATE, "draft", HUGE, "2026-11-01")
    record = "Tiền thuê mặt bằng tháng mười của cửa hàng số hai"
    stage.presenter.approval.ask(asked, record, "", lambda approval: None, booked(stage))
    settle()
    sheet = sheet_of(view)
    assert cut_off(sheet) == []
    assert too_small_or_nameless(sheet) == []
    assert sheet.size() == view.window().size(), "no part of it is beyond the window's edge"
    stage.presenter.approval.set_reason("hoá đơn đến muộn")
    stage.presenter.approval.choose((stage.presenter.approval.state.approvers or ())[0])
    settle()
    pad_keys = {key.accessibleName() for key in sheet.findChildren(PadKey)}
    assert set(out_of_reach(sheet)) <= pad_keys, "digits are typed"
    stage.presenter.approval.cancel()
