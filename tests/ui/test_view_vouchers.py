"""Vouchers on real widgets over real books, in both languages: the list, the drawer, the form, and paper."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QFileDialog, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from domain.book_rows import VoucherMark
from domain.categories import CategoryKind
from domain.changes import Changes
from domain.errors import ErrorCode, StorageUnavailable
from domain.ids import CategoryId, MessageId
from domain.money import Language
from domain.services.categories import save_category
from domain.vouchers import VoucherType
from storage.gate import TillFiles
from storage.till import TillUnits
from tests.builders import BANK, CASH, CASHIER, OWNER, an_id, sell
from tests.fakes.shown_view import (
    LARGE,
    SMALL,
    button_saying,
    cut_off,
    out_of_reach,
    settle,
    show_view,
    too_small_or_nameless,
    words_of,
)
from tests.ui.voucher_stage import OTHER_INCOME, RENT, VoucherStage, voucher_stage
from ui.dress import apply_theme
from ui.presenters.voucher_list import PAGE, Period, Shown, VoucherRow
from ui.texts import Texts
from ui.theme import TextScale, Theme, ThemeName
from ui.views.voucher_fields import AmountField, Chooser
from ui.views.voucher_form import VoucherForm
from ui.views.voucher_print import Target, VoucherPrintSheet
from ui.views.vouchers import VouchersView
from ui.widgets.buttons import Button
from ui.widgets.dialogs import ChooseDialog
from ui.widgets.table import DataTable

VI, EN = Texts(Language.VI), Texts(Language.EN)
OVER_OTHERS = r"This plugin does not support (raise|grabbing)"
"""What the platform without a screen says when a list opens over a field."""
HUGE = 987_654_321_000
SCENES = ("list", "filters", "detail", "void", "receipt", "transfer", "adjustment", "discard", "refused")


@pytest.fixture(autouse=True)
def themed(qapp: QApplication) -> Iterator[None]:
    apply_theme(qapp, Theme(reduced_motion=True))
    yield
    apply_theme(qapp, Theme(reduced_motion=True))


@pytest.fixture
def stage(till_file: TillFiles, till_units: TillUnits, published: list[Changes]) -> Iterator[VoucherStage]:
    with voucher_stage(till_file, till_units, published) as made:
        yield made


def show(
    qtbot: QtBot, stage: VoucherStage, size: tuple[int, int] = LARGE, language: Language = Language.VI
) -> VouchersView:
    view = VouchersView(stage.presenter, Texts(language), stage.clock)
    stage.presenter.opened()
    show_view(qtbot, view, size)
    return view


def table_of(view: VouchersView) -> DataTable[VoucherRow]:
    found: DataTable[VoucherRow] = view.findChildren(DataTable)[0]
    return found


def focused() -> QWidget:
    found = QApplication.focusWidget()
    assert found is not None
    return found


def named(view: QWidget, name: str) -> QWidget:
    """The visible field of a name."""
    found = [each for each in view.findChildren(QWidget) if each.accessibleName() == name and each.isVisibleTo(view)]
    return found[0]


def play(stage: VoucherStage, view: VouchersView, scene: str) -> None:
    presenter, form = stage.presenter, stage.presenter.form
    if scene == "filters":
        presenter.show_period(Period.DAYS)
    if scene in ("detail", "void"):
        presenter.choose(stage.ids[-1])
    if scene == "void":
        presenter.ask_void()
    if scene == "receipt":
        form.begin(VoucherType.RECEIPT)
        form.set_amount("999.999.999.999")
        form.set_category(OTHER_INCOME)
        form.set_wallet(CASH)
        form.issue()
    if scene == "transfer":
        form.begin(VoucherType.TRANSFER)
        form.set_wallet(CASH)
        form.set_target(CASH)
        form.set_amount("1.5.0")
        form.issue()
    if scene in ("adjustment", "discard"):
        form.begin(VoucherType.ADJUSTMENT)
        form.set_line_account(0, BANK)
        form.set_line_debit(0, "999.999.999.999")
        form.add_line()
    if scene == "discard":
        form.ask_discard()
    if scene == "refused":
        form.begin(VoucherType.PAYMENT)
        form.set_memo("Tiền nhà")
        stage.work.broken = StorageUnavailable(ErrorCode.DISK_FULL)
        form.save()
    settle()


@pytest.mark.parametrize(
    ("size", "language", "scale"),
    [
        (SMALL, Language.VI, TextScale.NORMAL),
        (LARGE, Language.EN, TextScale.NORMAL),
        (LARGE, Language.VI, TextScale.LARGEST),
        ((960, 444), Language.EN, TextScale.LARGEST),
    ],
)
def test_nothing_is_cut_off_too_small_or_nameless(
    qtbot: QtBot,
    qapp: QApplication,
    stage: VoucherStage,
    size: tuple[int, int],
    language: Language,
    scale: TextScale,
) -> None:
    apply_theme(qapp, Theme(ThemeName.LIGHT, scale, reduced_motion=True))
    party = "Công ty Trách nhiệm hữu hạn Một thành viên Nguyễn Hoàng Phương Thảo"
    from domain.vouchers import Party

    stage.pay("Tiền thuê mặt bằng", amount=HUGE, party=Party(party, "45 Hai Bà Trưng"), attachments=3)
    stage.run(lambda uow: sell(uow, "sale", at=stage.clock.at))
    view = show(qtbot, stage, size, language)
    faults = {}
    for scene in SCENES:
        play(stage, view, scene)
        found = cut_off(view) + too_small_or_nameless(view)
        if (view.width(), view.height()) != size:
            found.append(f"asked for {view.width()}x{view.height()}")
        if found:
            faults[scene] = found
        stage.work.broken = None
        stage.presenter.form.drop()
        stage.presenter.close_detail()
        stage.presenter.clear_filters()
        settle()
    assert faults == {}


@pytest.mark.parametrize("scene", ["filters", "void", "transfer", "adjustment", "discard"])
def test_all_that_can_be_pressed_is_reached_by_tab(qtbot: QtBot, stage: VoucherStage, scene: str) -> None:
    stage.pay("rent")
    view = show(qtbot, stage)
    play(stage, view, scene)
    assert out_of_reach(view) == []


@pytest.mark.qt_log_ignore(OVER_OTHERS, extend=True)
@pytest.mark.parametrize(
    ("typed", "found"),
    [("dien nuoc", RENT), ("DIEN N", RENT), ("thu nhap khac", OTHER_INCOME), ("thu nhap", None)],
)
def test_a_category_is_found_without_its_marks(
    qtbot: QtBot, stage: VoucherStage, typed: str, found: CategoryId | None
) -> None:
    stage.run(
        lambda uow: save_category(
            uow,
            OWNER,
            CategoryId(an_id("shelf")),
            MessageId(an_id("shelf, told")),
            stage.clock.at,
            kind=CategoryKind.INCOME,
            name_vi="Cho thuê kệ",
            parent_id=OTHER_INCOME,
        )
    )
    view = show(qtbot, stage)
    stage.presenter.form.begin(VoucherType.PAYMENT if found == RENT else VoucherType.RECEIPT)
    settle()
    named(view, VI.t("vouchers.category")).setFocus()
    QTest.keyClicks(focused(), typed)
    tab_to(view, VI.t("common.amount"))
    draft = stage.presenter.form.state.draft
    assert draft is not None
    assert draft.category_id == found


@pytest.mark.parametrize(
    ("typed", "picked"), [("331", "payable"), ("3331", "vat"), ("333", "vat"), ("33", None), ("phai tra", "payable")]
)
def test_an_account_is_chosen_by_its_code(qtbot: QtBot, typed: str, picked: str | None) -> None:
    chooser: Chooser[str] = Chooser("Tài khoản", "Gõ hoặc chọn", searchable=True)
    qtbot.addWidget(chooser)
    chooser.show_options([("payable", "331 Phải trả cho người bán"), ("vat", "33311 Thuế GTGT"), ("cash", "1111 Két")])
    chooser.setEditText(typed)
    with qtbot.waitSignal(chooser.picked) as told:
        QTest.keyClick(chooser, Qt.Key.Key_Return)
    assert told.args == [picked]


def test_the_keys_stay_on_the_screen_while_a_draft_is_being_booked(qtbot: QtBot, stage: VoucherStage) -> None:
    window = QWidget()
    around = QVBoxLayout(window)
    view = VouchersView(stage.presenter, VI, stage.clock)
    around.addWidget(view)
    around.addWidget(Button("a bar of the window"))
    stage.presenter.opened()
    show_view(qtbot, window, LARGE)
    form = stage.presenter.form
    form.begin(VoucherType.PAYMENT)
    form.set_amount("1000")
    form.set_category(RENT)
    form.set_wallet(CASH)
    form.set_memo("Tiền nhà")
    settle()
    button = button_saying(view, VI.t("vouchers.issue"))
    button.setFocus()
    stage.work.held = True
    QTest.keyClick(button, Qt.Key.Key_Return)
    assert view.isAncestorOf(focused())
    stage.work.release()
    settle()
    assert stage.presenter.state.detail is not None
    assert view.isAncestorOf(focused()), "the list or the drawer has them, not the bar below"


def test_tab_walks_the_lines_of_an_adjustment_where_they_stand(qtbot: QtBot, stage: VoucherStage) -> None:
    view = show(qtbot, stage)
    stage.presenter.form.begin(VoucherType.ADJUSTMENT)
    stage.presenter.form.add_line()
    settle()
    named(view, VI.t("vouchers.attachments")).setFocus()
    walked = []
    for _ in range(12):
        QTest.keyClick(view.window(), Qt.Key.Key_Tab)
        walked.append(focused().accessibleName() or focused().property("text"))
    lines = [
        VI.t(f"draft.{name}", line=line)
        for line in (1, 2, 3)
        for name in ("line_account", "line_debit", "line_credit", "remove_line")
    ]
    assert walked == lines
    QTest.keyClick(view.window(), Qt.Key.Key_Tab)
    assert focused() is button_saying(view, VI.t("vouchers.add_line"))
    QTest.keyClick(view.window(), Qt.Key.Key_Tab)
    assert focused() is named(view, VI.t("vouchers.text"))


@pytest.mark.qt_log_ignore(OVER_OTHERS, extend=True)
def test_from_a_new_draft_to_a_voided_voucher_by_keys_alone(qtbot: QtBot, stage: VoucherStage, tmp_path: Path) -> None:
    view = show(qtbot, stage, language=Language.EN)
    view.focus_search()
    QTest.keyClick(view.windowHandle(), Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(view.findChildren(ChooseDialog)), timeout=2_000)
    QTest.keyClick(view.findChildren(ChooseDialog)[0], "2")
    activate(qtbot, view)
    form = view.findChildren(VoucherForm)[0]
    wallet = focused()
    assert isinstance(wallet, Chooser), "the first field that needs something has the keys"
    QTest.keyClicks(wallet, "111")
    tab_to(form, EN.t("vouchers.category"))
    QTest.keyClicks(focused(), "rent and")
    tab_to(form, EN.t("common.amount"))
    QTest.keyClicks(focused(), "1500000")
    tab_to(form, EN.t("vouchers.text"))
    QTest.keyClicks(focused(), "Rent for November")
    assert "One million five hundred thousand dong." in words_of(form)
    amount = named(form, EN.t("common.amount"))
    assert isinstance(amount, AmountField)
    assert amount.text() == "1,500,000"
    assert stage.presenter.form.state.marks == {}
    settle()
    assert "6422 Operating expenses" in words_of(form), "what will be booked stands there before the press"
    tab_to_button(form, EN.t("vouchers.issue"))
    QTest.keyClick(focused(), Qt.Key.Key_Return)
    settle()
    detail = stage.presenter.state.detail
    assert detail is not None
    assert (detail.item.total_minor, detail.item.category_id) == (1_500_000, RENT)
    tab_to_button(view, EN.t("vouchers.pdf"))
    QTest.keyClick(focused(), Qt.Key.Key_Return)
    settle()
    sheet = view.findChildren(VoucherPrintSheet)[0]
    QTest.keyClick(sheet, Qt.Key.Key_Return)
    dialog = sheet.findChildren(QFileDialog)[0]
    path = tmp_path / "phieu.pdf"
    dialog.fileSelected.emit(str(path))
    dialog.reject()
    activate(qtbot, view)
    assert path.read_bytes().startswith(b"%PDF")
    tab_to_button(view, EN.t("vouchers.void"))
    QTest.keyClick(focused(), Qt.Key.Key_Return)
    settle()
    assert isinstance(focused(), QLineEdit), "the reason is asked for"
    QTest.keyClicks(focused(), "Wrong amount")
    QTest.keyClick(focused(), Qt.Key.Key_Return)
    settle()
    detail = stage.presenter.state.detail
    assert detail is not None
    assert detail.item.mark is VoucherMark.VOIDED
    assert focused().isVisible()
    QTest.keyClick(focused(), Qt.Key.Key_Escape)
    settle()
    assert stage.presenter.state.detail is None


def activate(qtbot: QtBot, view: QWidget) -> None:
    """Bring the window back to the front, as a desktop does when what was over it has closed."""
    with qtbot.waitActive(view):
        view.activateWindow()
    settle()


def press_tab(view: QWidget) -> None:
    """Press Tab; a list that is open over a field gets the key first, as from a real keyboard."""
    if QApplication.activePopupWidget() is None:
        QTest.keyClick(focused(), Qt.Key.Key_Tab)
        return
    QTest.keyClick(view.window().windowHandle(), Qt.Key.Key_Tab)
    view.window().activateWindow()  # which the platform without a screen leaves undone when a list closes
    settle()


def tab_to(view: QWidget, name: str) -> None:
    """Press Tab until a field of this name has the keys."""
    for _ in range(40):
        press_tab(view)
        if focused().accessibleName() == name:
            return
    raise AssertionError(f"no Tab leads to {name}")


def tab_to_button(view: QWidget, text: str) -> None:
    """Press Tab until the button with these words has the keys."""
    wanted = button_saying(view, text)
    for _ in range(60):
        press_tab(view)
        if focused() is wanted:
            return
    raise AssertionError(f"no Tab leads to {text}")


def test_enter_opens_a_row_and_esc_closes_it(qtbot: QtBot, stage: VoucherStage) -> None:
    voucher = stage.pay("rent")
    view = show(qtbot, stage)
    table = table_of(view)
    table.choose(voucher.id)
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_Return)
    settle()
    said = words_of(view)
    for part in (voucher.number, "Phiếu chi", "21/11/2026", "Chi rent", "Ghi tay", "1111 Két tiền mặt", "250.000"):
        assert part in said
    QTest.keyClick(table, Qt.Key.Key_Escape)
    assert stage.presenter.state.detail is None
    assert focused() is table


def test_on_a_small_screen_the_keys_follow_from_the_list_to_the_drawer_and_back(
    qtbot: QtBot, qapp: QApplication, stage: VoucherStage
) -> None:
    apply_theme(qapp, Theme(ThemeName.LIGHT, TextScale.LARGEST, reduced_motion=True))
    voucher = stage.pay("rent")
    view = show(qtbot, stage, SMALL)
    table = table_of(view)
    table.choose(voucher.id)
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_Return)
    settle()
    assert not table.isVisible()
    assert focused().isVisible()
    QTest.keyClick(focused(), Qt.Key.Key_Escape)
    settle()
    assert focused() is table


def test_a_void_leads_from_the_original_to_its_reversal_and_back(qtbot: QtBot, stage: VoucherStage) -> None:
    voucher = stage.pay("rent")
    view = show(qtbot, stage)
    presenter = stage.presenter
    presenter.choose(voucher.id)
    presenter.ask_void()
    presenter.set_reason("Ghi nhầm")
    presenter.confirm_void()
    settle()
    reversal = presenter.state.detail.reversed_by if presenter.state.detail else None
    assert reversal is not None
    assert VI.t("vouchers.mark.voided") in words_of(view)
    QTest.mouseClick(
        button_saying(view, VI.t("vouchers.reversed_by", number=reversal.number)), Qt.MouseButton.LeftButton
    )
    settle()
    assert presenter.state.chosen == reversal.id
    QTest.mouseClick(
        button_saying(view, VI.t("vouchers.reversal_of", number=voucher.number)), Qt.MouseButton.LeftButton
    )
    settle()
    assert presenter.state.chosen == voucher.id


def test_chips_and_choices_narrow_the_list_and_one_press_clears_them(qtbot: QtBot, stage: VoucherStage) -> None:
    stage.pay("rent")
    income = stage.pay("gift", type=VoucherType.RECEIPT, category_id=OTHER_INCOME, wallet_id=BANK)
    view = show(qtbot, stage)
    QTest.mouseClick(button_saying(view, "PT"), Qt.MouseButton.LeftButton)
    assert stage.numbers == [income.number]
    QTest.mouseClick(button_saying(view, "PC"), Qt.MouseButton.LeftButton)
    QTest.mouseClick(button_saying(view, VI.t("vouchers.filter")), Qt.MouseButton.LeftButton)
    chooser = focused()
    assert isinstance(chooser, Chooser)
    QTest.keyClicks(chooser, "1121")
    assert stage.presenter.state.wanted.account_id == BANK
    settle()
    assert VI.t("vouchers.empty") in words_of(view)
    assert VI.t("vouchers.filter_on") in words_of(view)
    for button in view.findChildren(type(button_saying(view, "PT"))):
        if button.text() == VI.t("payments.clear_filters") and button.isVisible():
            QTest.mouseClick(button, Qt.MouseButton.LeftButton)
            break
    assert len(stage.numbers) == 2


def test_days_typed_bound_the_list(qtbot: QtBot, stage: VoucherStage) -> None:
    stage.pay("early", day="2026-11-02")
    late = stage.pay("late", day="2026-11-12")
    view = show(qtbot, stage)
    QTest.mouseClick(button_saying(view, VI.t("vouchers.period.days")), Qt.MouseButton.LeftButton)
    settle()
    since = focused()
    assert since.accessibleName() == VI.t("common.from")
    QTest.keyClicks(since, "10")
    QTest.keyClick(since, Qt.Key.Key_Tab)
    QTest.keyClick(focused(), Qt.Key.Key_Tab)
    assert stage.presenter.state.wanted.since == "2026-11-10"
    assert stage.numbers == [late.number]


def test_scrolling_to_the_end_reads_the_next_page(qtbot: QtBot, stage: VoucherStage) -> None:
    def op(uow: object) -> None:
        for number in range(PAGE + 9):
            sell(uow, f"sale {number}", at=stage.clock.at)  # type: ignore[arg-type]  # a unit of work

    stage.run(op)
    view = show(qtbot, stage)
    bar = table_of(view).verticalScrollBar()
    bar.setValue(bar.maximum())
    assert len(stage.ids) == PAGE + 9
    assert VI.t("vouchers.count", count=PAGE + 9) in words_of(view)


def test_who_may_not_see_the_books_sees_why(qtbot: QtBot, stage: VoucherStage) -> None:
    stage.desk.actor = CASHIER
    view = show(qtbot, stage)
    assert VI.t("books.not_allowed") in words_of(view)
    assert VI.t("vouchers.new") not in words_of(view)


def test_a_draft_is_gone_on_with_from_the_list_and_what_is_missing_is_marked(qtbot: QtBot, stage: VoucherStage) -> None:
    view = show(qtbot, stage)
    form = stage.presenter.form
    form.begin(VoucherType.PAYMENT)
    form.set_amount("1tr2")
    form.leave()
    stage.presenter.show(Shown.DRAFTS)
    table = table_of(view)
    table.selectRow(0)
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_Return)
    settle()
    assert isinstance(focused(), Chooser)
    amount = named(view, VI.t("common.amount"))
    assert isinstance(amount, AmountField)
    assert amount.text() == "1.200.000"
    amount.setFocus()
    assert amount.text() == "1200000", "digits go on where they ended"
    QTest.mouseClick(button_saying(view, VI.t("vouchers.issue")), Qt.MouseButton.LeftButton)
    settle()
    assert words_of(view).count(VI.t("draft.need.wallet_id")) == 2
    assert focused().accessibleName() == VI.t("draft.wallet")
    QTest.keyClick(focused(), Qt.Key.Key_Escape)
    settle()
    assert form.state.draft is None
    assert focused() is table


def test_the_safe_answer_has_the_keys_before_a_draft_is_thrown_away(qtbot: QtBot, stage: VoucherStage) -> None:
    view = show(qtbot, stage)
    form = stage.presenter.form
    form.begin(VoucherType.PAYMENT)
    form.set_memo("Tiền nước")
    settle()
    QTest.mouseClick(button_saying(view, VI.t("vouchers.discard")), Qt.MouseButton.LeftButton)
    assert focused() is button_saying(view, VI.t("draft.discard_no"))
    QTest.keyClick(focused(), Qt.Key.Key_Return)
    assert not form.state.asking_discard
    assert focused() is button_saying(view, VI.t("vouchers.discard"))


def test_hiding_the_window_keeps_what_was_typed(qtbot: QtBot, stage: VoucherStage) -> None:
    view = show(qtbot, stage)
    stage.presenter.form.begin(VoucherType.PAYMENT)
    settle()
    memo = named(view, VI.t("vouchers.text"))
    QTest.keyClicks(memo, "Tien nuoc")
    view.hide()
    assert [draft.memo for draft in stage.work.queries.books.drafts(stage.desk.signed_in)] == ["Tien nuoc"]


@pytest.mark.qt_log_ignore(OVER_OTHERS, extend=True)
def test_typing_on_one_side_of_a_line_empties_the_other_and_the_difference_is_told(
    qtbot: QtBot, stage: VoucherStage
) -> None:
    view = show(qtbot, stage)
    stage.presenter.form.begin(VoucherType.ADJUSTMENT)
    settle()
    debit, credit = (named(view, VI.t(f"draft.line_{side}", line=1)) for side in ("debit", "credit"))
    assert isinstance(debit, AmountField)
    assert isinstance(credit, AmountField)
    debit.setFocus()
    QTest.keyClicks(debit, "300k")
    assert VI.t("vouchers.difference", amount=300_000) in words_of(view)
    credit.setFocus()
    assert debit.text() == "300.000"
    QTest.keyClicks(credit, "5")
    assert debit.text() == ""
    account = named(view, VI.t("draft.line_account", line=1))
    assert isinstance(account, Chooser)
    account.setFocus()
    QTest.keyClicks(account.lineEdit(), "vietcombank")
    QTest.keyClick(view.windowHandle(), Qt.Key.Key_Tab)
    assert stage.presenter.form.state.lines[0].account_id == BANK


def test_the_second_print_is_a_copy_unless_one_says_otherwise(
    qtbot: QtBot, stage: VoucherStage, tmp_path: Path
) -> None:
    voucher = stage.pay("rent")
    view = show(qtbot, stage)
    stage.presenter.choose(voucher.id)
    for number, copies in enumerate((False, True)):
        view._print_chosen(Target.FILE)
        settle()
        sheet = view.findChildren(VoucherPrintSheet)[0]
        box = sheet.findChildren(QCheckBox)[0]
        assert box.isChecked() is copies
        sheet._write(tmp_path / f"{number}.pdf")
        settle()
        assert view.findChildren(VoucherPrintSheet) == []
    assert (tmp_path / "1.pdf").stat().st_size > 1_000


def test_a_printer_gets_the_voucher_twice_on_a4(qtbot: QtBot, stage: VoucherStage, tmp_path: Path) -> None:
    voucher = stage.pay("rent")
    view = show(qtbot, stage)
    stage.presenter.choose(voucher.id)
    view._print_chosen(Target.PRINTER)
    settle()
    sheet = view.findChildren(VoucherPrintSheet)[0]
    QTest.mouseClick(button_saying(sheet, VI.t("vouchers.paper.a4")), Qt.MouseButton.LeftButton)
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFileName(str(tmp_path / "printed.pdf"))
    sheet._print(printer)
    assert (tmp_path / "printed.pdf").read_bytes().startswith(b"%PDF")
    assert stage.notices.toast_keys == ["vouchers.printed"]


def test_a_file_that_cannot_be_written_leaves_the_sheet_open_and_says_so(
    qtbot: QtBot, stage: VoucherStage, tmp_path: Path
) -> None:
    voucher = stage.pay("rent")
    view = show(qtbot, stage)
    stage.presenter.choose(voucher.id)
    view._print_chosen(Target.FILE)
    settle()
    sheet = view.findChildren(VoucherPrintSheet)[0]
    sheet._write(tmp_path / "no such folder" / "a.pdf")
    settle()
    assert sheet.isVisible()
    assert VI.t("error.FILE_NOT_WRITTEN.title") in words_of(sheet)
    sheet.reject()
