"""Tables of rows: one model for every list, described by its columns, and the view that shows it."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Generic, TypeVar

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QFont,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from ui.icons import icon_pixmap
from ui.theme import FontSize, Space, Theme, current_theme
from ui.widgets.badge import BADGE_ROLE, SYNC_ROLE, BadgeDelegate, BadgeLook, SyncMark, SyncMarkDelegate

Row = TypeVar("Row")
Index = QModelIndex | QPersistentModelIndex
_NO_PARENT: Final = QModelIndex()

SORT_ROLE: Final = int(Qt.ItemDataRole.UserRole) + 1
"""The item role of what a column sorts by."""

ROW_ROLE: Final = int(Qt.ItemDataRole.UserRole) + 2
"""The item role of the row object itself, the same in every column."""

ROW_HEIGHT: Final = 52
_HEADER_HEIGHT: Final = 40
_ICON: Final = 20
_LEAST_WORDS: Final = 140


class Align(Enum):
    """Where a column's words stand."""

    LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    CENTRE = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """A column: its title, its words for a row, and what it sorts by (its words, if not said).

    `width` is in pixels at a text scale of 100 %; without one the column takes what is left. `icon` names an icon
    before the words, `badge` paints a pill and `sync` a cloud instead of the words; `said` is what a screen reader
    says where the words are not enough. `strong` words are heavier: all of the column, or those of some rows.
    """

    title: str
    text: Callable[[Row], str]
    value: Callable[[Row], Any] | None = None
    align: Align = Align.LEFT
    width: int | None = None
    strong: bool | Callable[[Row], bool] = False
    icon: Callable[[Row], str] | None = None
    badge: Callable[[Row], BadgeLook | None] | None = None
    sync: Callable[[Row], SyncMark] | None = None
    said: Callable[[Row], str] | None = None
    tip: Callable[[Row], str] | None = None


def money_column(
    title: str, amount_minor: Callable[[Row], int], text: Callable[[int], str], width: int | None = 140
) -> Column[Row]:
    """Return a right-aligned column of amounts (minor units) that sorts by size; figures stand digit under digit."""
    return Column(title, lambda row: text(amount_minor(row)), amount_minor, Align.RIGHT, width, strong=True)


def badge_column(title: str, look: Callable[[Row], BadgeLook], width: int | None = 160) -> Column[Row]:
    """Return a column of status pills that sorts by their words."""
    return Column(title, lambda row: look(row).text, badge=look, width=width)


def sync_column(
    title: str, mark: Callable[[Row], SyncMark], said: Callable[[Row], str], width: int | None = 56
) -> Column[Row]:
    """Return a column that marks what the hub does not know yet; `said` tells how often it was tried."""
    return Column(title, lambda _row: "", lambda row: mark(row).value, width=width, sync=mark, said=said, tip=said)


class TableModel(QAbstractTableModel, Generic[Row]):
    """Rows of one kind under the given columns.

    Roles: DisplayRole the words, SORT_ROLE what a column sorts by, ROW_ROLE the row object, AccessibleTextRole the
    column's title with its words. With `key`, rows that stay keep their selection when the rows are set anew.
    """

    def __init__(
        self,
        columns: Sequence[Column[Row]],
        key: Callable[[Row], Hashable] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._columns = tuple(columns)
        self._key = key
        self._rows: tuple[Row, ...] = ()

    @property
    def columns(self) -> tuple[Column[Row], ...]:
        """The columns from left to right."""
        return self._columns

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows from the top, unsorted."""
        return self._rows

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Show these rows; only what differs is told to the view where the keys allow it."""
        old, new = self._rows, tuple(rows)
        added = len(new) - len(old)
        if old == new:
            return
        if self._key and old and added >= 0:
            keys, kept = self._keys(new), self._keys(old)
            if keys[added:] == kept:
                self._grow(0, added, new, old)
                return
            if keys[: len(old)] == kept:
                self._grow(len(old), added, new, old)
                return
        self.beginResetModel()
        self._rows = new
        self.endResetModel()

    def _grow(self, at: int, added: int, new: tuple[Row, ...], old: tuple[Row, ...]) -> None:
        """Insert `added` rows at `at` (the top or the end) and tell which of the others changed."""
        if added:
            self.beginInsertRows(QModelIndex(), at, at + added - 1)
        self._rows = new
        if added:
            self.endInsertRows()
        shift = added if at == 0 else 0
        for place, before in enumerate(old):
            if new[place + shift] != before:
                row = place + shift
                self.dataChanged.emit(self.index(row, 0), self.index(row, len(self._columns) - 1))

    def set_columns(self, columns: Sequence[Column[Row]]) -> None:
        """Show other columns, for example in another language."""
        self.beginResetModel()
        self._columns = tuple(columns)
        self.endResetModel()

    def row_at(self, index: Index) -> Row | None:
        """The row object at `index`, if it is one."""
        return self._rows[index.row()] if index.isValid() and index.row() < len(self._rows) else None

    def key_of(self, row: Row) -> Hashable:
        """What stays the same about a row when its contents change; the row itself without a `key`."""
        return self._key(row) if self._key else row

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self._columns):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._columns[section].title
        return self._columns[section].align.value if role == Qt.ItemDataRole.TextAlignmentRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        column, row = self._columns[index.column()], self._rows[index.row()]
        answer = _ANSWERS.get(role)
        return answer(column, row) if answer else None

    def _keys(self, rows: Sequence[Row]) -> list[Hashable]:
        return [self.key_of(row) for row in rows]


def _said(column: Column[Any], row: Any) -> str:
    words = column.said(row) if column.said else column.text(row)
    return f"{column.title}: {words}" if column.title else words


def _font(column: Column[Any], row: Any) -> QFont | None:
    strong = column.strong(row) if callable(column.strong) else column.strong
    return current_theme().font(FontSize.BODY, QFont.Weight.DemiBold) if strong else None


def _icon(column: Column[Any], row: Any) -> QPixmap | None:
    return icon_pixmap(column.icon(row), current_theme().colours.muted, _ICON, 2.0) if column.icon else None


_ANSWERS: Final[dict[int, Callable[[Column[Any], Any], Any]]] = {
    int(Qt.ItemDataRole.DisplayRole): lambda column, row: column.text(row),
    int(Qt.ItemDataRole.TextAlignmentRole): lambda column, _row: column.align.value,
    int(Qt.ItemDataRole.AccessibleTextRole): _said,
    int(Qt.ItemDataRole.ToolTipRole): lambda column, row: (column.tip(row) or None) if column.tip else None,
    int(Qt.ItemDataRole.FontRole): _font,
    int(Qt.ItemDataRole.DecorationRole): _icon,
    SORT_ROLE: lambda column, row: column.value(row) if column.value else column.text(row),
    ROW_ROLE: lambda _column, row: row,
    BADGE_ROLE: lambda column, row: column.badge(row) if column.badge else None,
    SYNC_ROLE: lambda column, row: column.sync(row) if column.sync else None,
}


class DataTable(QTableView, Generic[Row]):
    """Shows a TableModel: sortable, one line a row, whole rows selected, ↑↓ Home End Enter and Ctrl+C by keyboard.

    Signals: `opened(object)` with the row object on Enter or double press; `picked(object)` with the row object that
    is now selected, or None.
    """

    opened = Signal(object)
    picked = Signal(object)

    def __init__(
        self,
        model: TableModel[Row],
        name: str,
        several: bool = False,
        parent: QWidget | None = None,
        *,
        row_height: int = ROW_HEIGHT,
        sideways: bool = False,
    ) -> None:
        """`row_height` is in pixels at a text scale of 100 %; rows to be pressed keep the usual one.

        A table that goes `sideways` keeps its words readable where its columns have no room, and scrolls by ← →.
        """
        super().__init__(parent)
        self._rows = model
        self._row_height = row_height
        self._sideways = sideways
        self._kept: set[Hashable] = set()
        self._worn: Theme | None = None
        self._empty = ""
        self._badges, self._marks = BadgeDelegate(self), SyncMarkDelegate(self)
        self._proxy = QSortFilterProxyModel(self)
        self._proxy.setSourceModel(model)
        self._proxy.setSortRole(SORT_ROLE)
        self._proxy.setSortLocaleAware(True)
        self.setModel(self._proxy)
        self.setAccessibleName(name)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        mode = QAbstractItemView.SelectionMode
        self.setSelectionMode(mode.ExtendedSelection if several else mode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setWordWrap(False)
        self.setShowGrid(False)
        self.setCornerButtonEnabled(False)
        self.setTabKeyNavigation(False)
        if not sideways:
            self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        self.activated.connect(self._open)
        self.selectionModel().selectionChanged.connect(self._on_selection)
        model.modelAboutToBeReset.connect(self._keep_selection)
        model.modelReset.connect(self._after_reset)
        self._lay_out()

    @property
    def chosen_rows(self) -> list[Row]:
        """The row objects that are selected, from the top as shown."""
        return [index.data(ROW_ROLE) for index in self.selectionModel().selectedRows()]

    def choose(self, key: Hashable) -> bool:
        """Select the row of this key, beside others where several may be; return whether it is there."""
        for row in range(self._proxy.rowCount()):
            index = self._proxy.index(row, 0)
            if self._rows.key_of(index.data(ROW_ROLE)) == key:
                flags = QItemSelectionModel.SelectionFlag
                several = self.selectionMode() is QAbstractItemView.SelectionMode.ExtendedSelection
                how = flags.Select if several else flags.ClearAndSelect
                self.selectionModel().setCurrentIndex(index, how | flags.Rows)
                return True
        return False

    def show_empty(self, words: str) -> None:
        """Say what stands here while there are no rows; an empty text says nothing."""
        self._empty = words
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        said = "" if self._proxy.rowCount() else self._empty
        if self.accessibleDescription() != said:
            self.setAccessibleDescription(said)
        if said:
            theme, painter = current_theme(), QPainter(self.viewport())
            painter.setPen(QColor(theme.colours.muted))
            painter.setFont(theme.font(FontSize.BODY))
            room = self.viewport().rect().adjusted(Space.L, Space.S, -Space.L, -Space.S)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, said)
            painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self._copy()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self._open(self.currentIndex())
        elif event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End) and self._proxy.rowCount():
            self.go_to(0 if event.key() == Qt.Key.Key_Home else self._proxy.rowCount() - 1)
        else:
            super().keyPressEvent(event)

    def go_to(self, row: int) -> None:
        """Make a row, counted from the top as shown, the current one and bring it into sight."""
        self.selectRow(row)
        self.scrollTo(self._proxy.index(row, 0))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        new_looks = event.type() == QEvent.Type.StyleChange and current_theme() != self._worn
        if new_looks and self.model() is not None:
            self._lay_out()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_width()

    def _share_width(self) -> None:
        """Stretch the columns of words over the room there is; where it is too small, keep them at a least width."""
        if not self._sideways:
            return
        theme, header = current_theme(), self.horizontalHeader()
        words = [number for number, column in enumerate(self._rows.columns) if column.width is None]
        fixed = sum(theme.px(column.width) for column in self._rows.columns if column.width is not None)
        least = theme.px(_LEAST_WORDS)
        tight = self.viewport().width() - fixed < least * len(words)
        mode = QHeaderView.ResizeMode.Fixed if tight else QHeaderView.ResizeMode.Stretch
        for number in words:
            if header.sectionResizeMode(number) != mode:
                header.setSectionResizeMode(number, mode)
            if tight:
                self.setColumnWidth(number, least)

    def _lay_out(self) -> None:
        self._worn = theme = current_theme()
        header = self.horizontalHeader()
        self.verticalHeader().setDefaultSectionSize(max(self._row_height, theme.px(FontSize.BODY) * 2 + 6))
        header.setFixedHeight(max(_HEADER_HEIGHT, theme.px(FontSize.SMALL) * 2 + 10))
        for number, column in enumerate(self._rows.columns):
            if column.width is None:
                header.setSectionResizeMode(number, QHeaderView.ResizeMode.Stretch)
            else:
                header.setSectionResizeMode(number, QHeaderView.ResizeMode.Fixed)
                self.setColumnWidth(number, theme.px(column.width))
            if column.badge:
                self.setItemDelegateForColumn(number, self._badges)
            elif column.sync:
                self.setItemDelegateForColumn(number, self._marks)
        self._share_width()

    def _open(self, index: QModelIndex) -> None:
        self.opened.emit(index.data(ROW_ROLE))

    def _on_selection(self, _selected: QItemSelection, _deselected: QItemSelection) -> None:
        rows = self.chosen_rows
        self.picked.emit(rows[0] if rows else None)

    def _keep_selection(self) -> None:
        self._kept = {self._rows.key_of(row) for row in self.chosen_rows}

    def _after_reset(self) -> None:
        self._lay_out()
        for key in self._kept:
            self.choose(key)

    def _copy(self) -> None:
        lines = ["\t".join(column.title for column in self._rows.columns if column.title)]
        lines += ["\t".join(c.text(row) for c in self._rows.columns if c.title) for row in self.chosen_rows]
        QGuiApplication.clipboard().setText("\n".join(lines))
