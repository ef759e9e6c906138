"""Reports in both languages: every one of them fits, is worked by keyboard alone, and leaves as a file."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from domain.money import Language
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
from tests.fakes.small_shop import CASHIER, OWNER
from tests.ui.test_presenter_reports import BOOKED, SALE, Desk
from ui.dress import apply_theme
from ui.presenters.reports import ReportKind, ReportPeriod, ReportsPresenter
from ui.texts import Texts
from ui.theme import TextScale, Theme, ThemeName
from ui.views.reports import ReportsView
from ui.widgets.fields import DayField
from ui.widgets.table import DataTable

VI = Texts(Language.VI)


@pytest.fixture(autouse=True)
def dressed(qapp: QApplication) -> None:
    apply_theme(qapp, Theme(ThemeName.LIGHT))


class Shown:
    """The screen over books in memory."""

    def __init__(self, qtbot: QtBot, size: tuple[int, int] = LARGE, language: Language = Language.VI) -> None:
        self.desk = Desk(actor=OWNER)
        self.presenter = ReportsPresenter(self.desk.desk, self.desk.write, self.desk.opened.append)
        self.presenter.opened()
        self.view = ReportsView(self.presenter, Texts(language))
        show_view(qtbot, self.view, size)

    @property
    def table(self) -> DataTable[object]:
        found = self.view.findChild(DataTable)
        assert found is not None
        return found

    def cells(self) -> list[list[str]]:
        model = self.table.model()
        return [
            [str(model.index(row, column).data()) for column in range(model.columnCount())]
            for row in range(model.rowCount())
        ]


@pytest.mark.parametrize("kind", ReportKind)
def test_large_figures_stand_whole_and_every_column_comes_into_sight_with_large_text(
    qtbot: QtBot, qapp: QApplication, kind: ReportKind
) -> None:
    apply_theme(qapp, Theme(ThemeName.LIGHT, max(TextScale), reduced_motion=True))
    shown = Shown(qtbot, (960, 444))
    shown.presenter.show_kind(kind)
    settle()
    table, model = shown.table, shown.table.model()
    assert cut_off(shown.view) == []
    table.setFocus()
    table.setCurrentIndex(model.index(0, 0))
    for column in range(model.columnCount()):
        place = table.visualRect(table.currentIndex())
        assert place.left() >= 0
        assert place.right() <= table.viewport().width(), model.headerData(column, Qt.Orientation.Horizontal)
        wanted = max(table.sizeHintForIndex(model.index(row, column)).width() for row in range(model.rowCount()))
        figures = model.index(0, column).data(Qt.ItemDataRole.TextAlignmentRole) & Qt.AlignmentFlag.AlignRight
        assert table.columnWidth(column) >= (wanted if figures else min(wanted, 140))
        QTest.keyClick(table, Qt.Key.Key_Right)
        settle()


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("size", [SMALL, LARGE])
@pytest.mark.parametrize("kind", ReportKind)
def test_every_report_fits_its_screen(
    qtbot: QtBot, language: Language, size: tuple[int, int], kind: ReportKind
) -> None:
    shown = Shown(qtbot, size, language)
    shown.presenter.show_kind(kind)
    shown.presenter.show_period(ReportPeriod.CUSTOM)
    shown.presenter.on_changes(BOOKED)
    settle()
    assert cut_off(shown.view) == []
    assert too_small_or_nameless(shown.view) == []
    assert out_of_reach(shown.view) == []


def test_large_text_fits_a_small_screen(qtbot: QtBot, qapp: QApplication) -> None:
    apply_theme(qapp, Theme(ThemeName.DARK, TextScale.LARGEST))
    try:
        shown = Shown(qtbot, SMALL, Language.EN)
        shown.presenter.show_period(ReportPeriod.CUSTOM)
        settle()
        assert cut_off(shown.view) == []
    finally:
        apply_theme(qapp, Theme(ThemeName.LIGHT))


def test_figures_stand_as_they_are_written_in_the_shop(qtbot: QtBot) -> None:
    shown = Shown(qtbot)
    assert shown.cells() == [
        ["", "", "Số dư đầu kỳ", "", "", "40"],
        ["20/11/2026", "PT1", "memo PT1", "700", "", "740"],
        ["", "", "Cộng", "700", "0", ""],
        ["", "", "Số dư cuối kỳ", "", "", "740"],
    ]
    assert "Sổ quỹ · 01/11/2026 – 21/11/2026" in words_of(shown.view)


def test_what_hangs_below_is_set_in(qtbot: QtBot) -> None:
    shown = Shown(qtbot)
    shown.presenter.show_kind(ReportKind.INCOME_EXPENSE)
    names = [cells[0] for cells in shown.cells()]
    assert names[:2] == ["Thu nhập", "      Bán hàng"]


def test_a_report_is_chosen_read_and_opened_by_keyboard_alone(qtbot: QtBot) -> None:
    shown = Shown(qtbot)
    button_saying(shown.view, VI.t("reports.kind.cash_book")).setFocus(Qt.FocusReason.TabFocusReason)
    for _ in range(2):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Right)
    assert shown.presenter.state.asked.kind is ReportKind.JOURNAL
    for _ in range(30):
        if isinstance(QApplication.focusWidget(), DataTable):
            break
        QTest.keyClick(QApplication.focusWidget() or shown.view, Qt.Key.Key_Tab)
    QTest.keyClick(shown.table, Qt.Key.Key_Home)
    QTest.keyClick(shown.table, Qt.Key.Key_Return)
    assert shown.desk.opened == [SALE.id]


def test_typed_days_are_taken_when_the_field_is_left(qtbot: QtBot) -> None:
    shown = Shown(qtbot)
    button_saying(shown.view, VI.t("reports.period.custom")).click()
    since = next(each for each in shown.view.findChildren(DayField) if each.accessibleName() == VI.t("reports.since"))
    since.setFocus(Qt.FocusReason.TabFocusReason)
    since.setDate(since.date().addMonths(-1))
    QTest.keyClick(since, Qt.Key.Key_Return)
    assert shown.presenter.state.asked.since == "2026-10-01"
    assert shown.cells()[1][1] == "PT0"


def test_a_report_is_saved_where_the_person_says(qtbot: QtBot, tmp_path: Path) -> None:
    shown = Shown(qtbot)
    button_saying(shown.view, "Excel").click()
    dialog = shown.view.window().findChild(QFileDialog)
    assert dialog is not None
    assert dialog.selectedFiles()[0].endswith("bana_cash_book_20261101_20261121.xlsx")
    dialog.fileSelected.emit(str(tmp_path / "book.xlsx"))
    dialog.reject()
    assert [(title, path.name, form) for title, path, form, _ in shown.desk.written] == [
        ("report.cash_book", "book.xlsx", "xlsx")
    ]


def test_new_vouchers_offer_to_make_the_report_again(qtbot: QtBot) -> None:
    shown = Shown(qtbot)
    again = next(
        each for each in shown.view.findChildren(QWidget) if getattr(each, "text", str)() == VI.t("reports.again")
    )
    assert not again.isVisible()
    shown.presenter.on_changes(BOOKED)
    assert again.isVisible()
    button_saying(shown.view, VI.t("reports.again")).click()
    assert not again.isVisible()


def test_a_cashier_is_told_why_there_is_nothing(qtbot: QtBot) -> None:
    shown = Shown(qtbot)
    shown.desk.desk.actor = CASHIER
    shown.presenter.opened()
    assert VI.t("books.not_allowed") in words_of(shown.view)
    assert not shown.table.isVisible()
