"""The table model keeps Qt's rules, sorts by value, and keeps the selection when rows are read anew."""

from dataclasses import dataclass, replace

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester, QTest
from pytestqt.qtbot import QtBot

from ui.texts import Texts
from ui.widgets.badge import BADGE_ROLE, SYNC_ROLE, BadgeLook, SyncMark
from ui.widgets.table import (
    ROW_ROLE,
    SORT_ROLE,
    Align,
    Column,
    DataTable,
    TableModel,
    badge_column,
    money_column,
    sync_column,
)
from ui.widgets.tones import Tone


@dataclass(frozen=True, slots=True)
class Sale:
    number: int
    name: str
    amount_minor: int
    sync: SyncMark = SyncMark.NONE


SALES = (
    Sale(1, "Ánh", 125_000),
    Sale(2, "Bình", 9_000, SyncMark.PENDING),
    Sale(3, "Cường", 1_000_000, SyncMark.REVIEW),
)


def _columns(texts: Texts) -> list[Column[Sale]]:
    return [
        Column("Tên", lambda sale: sale.name),
        money_column("Số tiền", lambda sale: sale.amount_minor, lambda amount: texts.money(amount, symbol=False)),
        badge_column("Trạng thái", lambda sale: BadgeLook(Tone.OK, "Đã thanh toán")),
        sync_column("", lambda sale: sale.sync, lambda sale: f"mark {sale.sync}"),
    ]


@pytest.fixture
def model(texts: Texts) -> TableModel[Sale]:
    return TableModel(_columns(texts), key=lambda sale: sale.number)


@pytest.fixture
def table(qtbot: QtBot, model: TableModel[Sale]) -> DataTable[Sale]:
    model.set_rows(SALES)
    made: DataTable[Sale] = DataTable(model, "Giao dịch")
    qtbot.addWidget(made)
    made.resize(700, 300)
    made.show()
    return made


def _shown(table: DataTable[Sale]) -> list[int]:
    return [table.model().index(row, 0).data(ROW_ROLE).number for row in range(table.model().rowCount())]


def test_the_model_keeps_the_rules_of_qt(model: TableModel[Sale]) -> None:
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning)
    model.set_rows(SALES)
    model.set_rows((Sale(9, "Dung", 1), *SALES))
    model.set_rows((Sale(9, "Dung", 1), *SALES, Sale(10, "Em", 2)))
    model.set_rows((replace(SALES[0], amount_minor=7), *SALES[1:]))
    model.set_rows(())
    assert tester.model() is model


def test_a_cell_answers_words_value_row_and_what_is_said(model: TableModel[Sale]) -> None:
    model.set_rows(SALES)
    amount = model.index(2, 1)
    assert amount.data() == "1.000.000"
    assert amount.data(SORT_ROLE) == 1_000_000
    assert amount.data(ROW_ROLE) is SALES[2]
    assert amount.data(Qt.ItemDataRole.AccessibleTextRole) == "Số tiền: 1.000.000"
    assert amount.data(Qt.ItemDataRole.TextAlignmentRole) == Align.RIGHT.value
    assert model.index(2, 2).data(BADGE_ROLE) == BadgeLook(Tone.OK, "Đã thanh toán")
    assert model.index(2, 3).data(SYNC_ROLE) == SyncMark.REVIEW
    assert model.index(2, 3).data(Qt.ItemDataRole.AccessibleTextRole) == "mark review"


def test_titles_stand_over_their_columns(model: TableModel[Sale]) -> None:
    assert model.headerData(1, Qt.Orientation.Horizontal) == "Số tiền"
    assert model.headerData(1, Qt.Orientation.Vertical) is None
    assert model.headerData(7, Qt.Orientation.Horizontal) is None


def test_amounts_sort_by_size_and_not_by_their_letters(table: DataTable[Sale]) -> None:
    table.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    assert _shown(table) == [2, 1, 3]


def test_new_rows_on_top_or_at_the_end_are_inserted(qtbot: QtBot, model: TableModel[Sale]) -> None:
    model.set_rows(SALES)
    with qtbot.assertNotEmitted(model.modelReset):
        with qtbot.waitSignal(model.rowsInserted) as top:
            model.set_rows((Sale(9, "Dung", 1), *SALES))
        with qtbot.waitSignal(model.rowsInserted) as end:
            model.set_rows((Sale(9, "Dung", 1), *SALES, Sale(10, "Em", 2)))
    assert top.args is not None
    assert end.args is not None
    assert top.args[1:] == [0, 0]
    assert end.args[1:] == [4, 4]
    assert [sale.number for sale in model.rows] == [9, 1, 2, 3, 10]


def test_only_a_row_that_differs_is_told(qtbot: QtBot, model: TableModel[Sale]) -> None:
    model.set_rows(SALES)
    with qtbot.waitSignal(model.dataChanged) as told:
        model.set_rows((SALES[0], replace(SALES[1], sync=SyncMark.NONE), SALES[2]))
    assert told.args is not None
    assert told.args[0].row() == told.args[1].row() == 1


def test_the_same_rows_again_tell_nothing(qtbot: QtBot, model: TableModel[Sale]) -> None:
    model.set_rows(SALES)
    with qtbot.assertNotEmitted(model.dataChanged), qtbot.assertNotEmitted(model.modelReset):
        model.set_rows(list(SALES))


def test_the_selection_survives_rows_in_another_order(table: DataTable[Sale], model: TableModel[Sale]) -> None:
    assert table.choose(2)
    model.set_rows((SALES[2], SALES[1]))
    assert [sale.number for sale in table.chosen_rows] == [2]


def test_the_selection_goes_with_its_row(table: DataTable[Sale], model: TableModel[Sale]) -> None:
    table.choose(2)
    model.set_rows((SALES[0],))
    assert table.chosen_rows == []


def test_choosing_another_row_lets_the_first_go(table: DataTable[Sale]) -> None:
    table.choose(1)
    table.choose(3)
    assert [sale.number for sale in table.chosen_rows] == [3]


def test_a_table_says_why_it_has_no_rows(table: DataTable[Sale], model: TableModel[Sale]) -> None:
    table.show_empty("Chưa có gì.")
    full = table.viewport().grab().toImage()
    model.set_rows(())
    said = table.viewport().grab().toImage()
    assert table.accessibleDescription() == "Chưa có gì."
    table.show_empty("")
    assert table.viewport().grab().toImage() not in (said, full)
    model.set_rows(SALES)
    table.grab()
    assert table.accessibleDescription() == ""


def test_a_row_that_is_not_there_cannot_be_chosen(table: DataTable[Sale]) -> None:
    assert not table.choose(77)


def test_enter_opens_the_row_and_moving_picks_it(table: DataTable[Sale]) -> None:
    opened: list[Sale] = []
    picked: list[Sale | None] = []
    table.opened.connect(opened.append)
    table.picked.connect(picked.append)
    table.choose(1)
    QTest.keyClick(table, Qt.Key.Key_Down)
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert opened == [SALES[1]]
    assert picked == [SALES[0], SALES[1]]


def test_control_c_copies_the_row_for_a_spreadsheet(table: DataTable[Sale]) -> None:
    table.choose(3)
    QTest.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "Tên\tSố tiền\tTrạng thái\nCường\t1.000.000\tĐã thanh toán"


def test_a_row_the_hub_knows_wears_no_mark_and_one_that_waits_does(table: DataTable[Sale]) -> None:
    image = table.viewport().grab().toImage()

    def colours(row: int) -> set[str]:
        place = table.visualRect(table.model().index(row, 3)).adjusted(2, 2, -2, -4)
        return {
            image.pixelColor(x, y).name()
            for x in range(place.left(), place.right())
            for y in range(place.top(), place.bottom())
        }

    assert len(colours(0)) == 1
    assert len(colours(1)) > 1
    assert colours(1) != colours(2)


def test_other_columns_can_be_shown_for_another_language(table: DataTable[Sale], model: TableModel[Sale]) -> None:
    model.set_columns([Column("Name", lambda sale: sale.name)])
    assert table.model().columnCount() == 1
    assert table.model().headerData(0, Qt.Orientation.Horizontal) == "Name"


def test_an_index_of_nothing_has_no_row(model: TableModel[Sale]) -> None:
    assert model.row_at(QModelIndex()) is None


def test_a_table_that_goes_sideways_keeps_its_words_readable_and_every_column_in_reach(
    qtbot: QtBot, model: TableModel[Sale]
) -> None:
    model.set_rows(SALES)
    table: DataTable[Sale] = DataTable(model, "Báo cáo", sideways=True)
    qtbot.addWidget(table)
    table.resize(900, 300)
    table.show()
    assert table.columnWidth(0) > 300
    assert not table.horizontalScrollBar().maximum()
    table.resize(300, 300)
    qtbot.waitUntil(lambda: table.horizontalScrollBar().maximum() > 0)
    assert table.columnWidth(0) == 140
    table.setCurrentIndex(table.model().index(0, 0))
    for _ in range(3):
        QTest.keyClick(table, Qt.Key.Key_Right)
    assert table.viewport().rect().contains(table.visualRect(table.currentIndex()))
    table.resize(900, 300)
    assert table.columnWidth(0) > 300


def test_home_and_end_go_to_the_first_and_the_last_row(table: DataTable[Sale]) -> None:
    QTest.keyClick(table, Qt.Key.Key_End)
    assert [sale.number for sale in table.chosen_rows] == [3]
    QTest.keyClick(table, Qt.Key.Key_Home)
    assert [sale.number for sale in table.chosen_rows] == [1]
