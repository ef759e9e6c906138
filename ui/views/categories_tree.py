"""The tree of categories under their two kinds, walked by arrow keys, with the account of each beside it."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent, QMouseEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from domain.accounts import Control
from domain.categories import CategoryKind
from domain.display import account_name
from domain.ids import CategoryId
from ui.icons import icon, icon_pixmap
from ui.presenters.categories import CategoryNode
from ui.texts import Texts
from ui.theme import FontSize, Theme, current_theme
from ui.widgets.badge import BADGE_ROLE, BadgeDelegate, BadgeLook
from ui.widgets.table import ROW_HEIGHT
from ui.widgets.tones import Tone

_STEP_PX: Final = 44
_ICON: Final = 20
_BADGE_PX: Final = 136
_ACCOUNT_SHARE: Final = 0.32
_WIDE_PX: Final = 640
_SAID: Final = int(Qt.ItemDataRole.AccessibleTextRole)
KIND_ICONS: Final = {CategoryKind.INCOME: "arrow-down-left", CategoryKind.EXPENSE: "arrow-up-right"}


def account_words(control: Control, code: str, texts: Texts) -> str:
    """An account's code, where the books have codes, and its name."""
    name = account_name(control, "", texts.language)
    return f"{code} · {name}" if code else name


def badge_of(node: CategoryNode, texts: Texts) -> BadgeLook | None:
    """What is to be known of a category at a glance: built in, archived, or nothing."""
    if node.row.system_key:
        return BadgeLook(Tone.NEUTRAL, texts.t("categories.system"), "lock")
    return BadgeLook(Tone.WARN, texts.t("categories.archived"), "inbox") if node.row.archived else None


class CategoryTree(QTreeWidget):
    """Incomes and expenses with what hangs below them; ↑↓ walk, ← → close and open, Enter edits, Insert adds.

    Signals: `walked(CategoryKind, CategoryId or None)` when another line is current, `edit_wanted`, `add_wanted`.
    """

    walked = Signal(object, object)
    edit_wanted = Signal()
    add_wanted = Signal()

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._texts = texts
        self._nodes: Sequence[CategoryNode] | None = None
        self._lines: dict[str, QTreeWidgetItem] = {}
        self._closed: set[str] = set()
        self._worn: Theme | None = None
        self._badges = BadgeDelegate(self)
        t = texts.t
        self.setAccessibleName(t("categories.tree"))
        self.setHeaderLabels([t("categories.name"), t("categories.account"), ""])
        self.header().setSectionsMovable(False)
        self.header().setStretchLastSection(False)
        for column in range(3):
            self.header().setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
        self.setItemDelegateForColumn(2, self._badges)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setExpandsOnDoubleClick(False)
        self.setUniformRowHeights(True)
        self.setIconSize(QSize(_ICON, _ICON))
        self.currentItemChanged.connect(self._walk)
        self.itemCollapsed.connect(lambda item: self._closed.add(_key(item)))
        self.itemExpanded.connect(lambda item: self._closed.discard(_key(item)))

    def show_nodes(self, nodes: Sequence[CategoryNode], kind: CategoryKind, chosen: CategoryId | None) -> None:
        """Show the tree and where a person is in it; what was closed stays closed."""
        if nodes != self._nodes:
            self._nodes = nodes
            self._build()
        line = self._lines.get(chosen if chosen is not None else kind.value)
        if line is not None and line is not self.currentItem():
            self.blockSignals(True)
            self.setCurrentItem(line)
            self.blockSignals(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open_current()
        elif event.key() == Qt.Key.Key_Insert:
            self.add_wanted.emit()
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)
        if self.itemAt(event.position().toPoint()) is not None:
            self._open_current()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_width()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        new_looks = event.type() == QEvent.Type.StyleChange and current_theme() != self._worn
        if new_looks and self._nodes is not None:
            self._build()

    def drawBranches(self, painter: QPainter, rect: QRect, index: QModelIndex | QPersistentModelIndex) -> None:
        """Draw nothing but the arrow of a line that can be opened, in the palette's own colour."""
        if not self.model().hasChildren(index):
            return
        name = "chevron-down" if self.isExpanded(index) else "chevron-right"
        mark = icon_pixmap(name, current_theme().colours.muted, _ICON, self.devicePixelRatioF())
        left = rect.right() - (self.indentation() + _ICON) // 2
        painter.drawPixmap(left, rect.center().y() - _ICON // 2, mark)

    def _build(self) -> None:
        current = self.currentItem()
        stands = _key(current) if current is not None else ""
        self._worn = theme = current_theme()
        self.setIndentation(_STEP_PX)
        self.blockSignals(True)
        self.clear()
        self._lines = {}
        height = QSize(0, max(ROW_HEIGHT, theme.px(FontSize.BODY) * 2 + 14))
        for kind in CategoryKind:
            line = QTreeWidgetItem(self, [self._texts.t(f"categories.{kind.value.lower()}")])
            line.setFont(0, theme.font(FontSize.BODY, QFont.Weight.DemiBold))
            line.setIcon(0, icon(KIND_ICONS[kind], theme.colours.ink, _ICON))
            line.setSizeHint(0, height)
            self._keep(line, kind.value, kind, None)
        for node in self._nodes or ():
            above = self._lines.get(node.row.parent_id or "") or self._lines[node.row.kind.value]
            self._keep(self._line(above, node, height), node.row.id, node.row.kind, node.row.id)
        for key, line in self._lines.items():
            if line.childCount():
                line.setExpanded(key not in self._closed)
        if stands in self._lines:
            self.setCurrentItem(self._lines[stands])
        self.blockSignals(False)
        self._share_width()

    def _line(self, above: QTreeWidgetItem, node: CategoryNode, height: QSize) -> QTreeWidgetItem:
        colours, texts = current_theme().colours, self._texts
        name, account = node.row.name(texts.language), account_words(node.control, node.code, texts)
        line = QTreeWidgetItem(above, [name, account])
        badge = badge_of(node, texts)
        line.setIcon(0, icon("lock" if node.row.system_key else "tags", colours.muted, _ICON))
        line.setData(2, BADGE_ROLE, badge)
        line.setToolTip(0, name)
        line.setToolTip(1, account)
        line.setSizeHint(0, height)
        line.setData(0, _SAID, ", ".join(part for part in (name, badge.text if badge else "", account) if part))
        if badge is not None:
            line.setText(2, badge.text)
        return line

    def _keep(self, line: QTreeWidgetItem, key: str, kind: CategoryKind, category_id: CategoryId | None) -> None:
        line.setData(0, Qt.ItemDataRole.UserRole, (key, kind.value, category_id))
        self._lines[key] = line

    def _walk(self, line: QTreeWidgetItem | None) -> None:
        if line is not None:
            _, kind, category_id = line.data(0, Qt.ItemDataRole.UserRole)
            self.walked.emit(CategoryKind(kind), category_id)

    def _open_current(self) -> None:
        """A category is edited; a kind is opened or closed."""
        line = self.currentItem()
        if line is None:
            return
        if line.parent() is None:
            line.setExpanded(not line.isExpanded())
        else:
            self.edit_wanted.emit()

    def _share_width(self) -> None:
        """The account has a column of its own only where there is room for both."""
        theme, room = current_theme(), self.viewport().width()
        badge = theme.px(_BADGE_PX)
        wide = room >= theme.px(_WIDE_PX)
        self.setColumnHidden(1, not wide)
        account = round(room * _ACCOUNT_SHARE) if wide else 0
        self.setColumnWidth(0, max(0, room - badge - account))
        self.setColumnWidth(1, account)
        self.setColumnWidth(2, badge)


def _key(line: QTreeWidgetItem) -> str:
    key: str = line.data(0, Qt.ItemDataRole.UserRole)[0]
    return key
