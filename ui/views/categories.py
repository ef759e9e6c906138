"""The tree of categories with the chosen one beside it."""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent, QResizeEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from domain.money import Language
from ui.presenters.categories import CategoriesPresenter, CategoriesState, CategoryNode
from ui.presenters.category_form import CategoryFormPresenter
from ui.texts import Texts
from ui.theme import Space, current_theme
from ui.views.categories_form import CategorySheet
from ui.views.categories_tree import CategoryTree, account_words, badge_of
from ui.widgets.badge import Badge
from ui.widgets.buttons import Button, Kind
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.scroll_area import ScrollArea
from ui.widgets.surfaces import Card, EmptyState, label

_DETAIL_PX: Final = 360
_NARROW_DETAIL_PX: Final = 300
_DETAIL_SHARE: Final = 0.42
_WIDE_PX: Final = 1120


class CategoriesView(QWidget):
    """Draws CategoriesState."""

    def __init__(self, presenter: CategoriesPresenter, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._presenter, self._texts = presenter, texts
        self._sheet: CategorySheet | None = None
        t = texts.t
        self._archived = QCheckBox(t("categories.show_archived", count=0))
        self._archived.clicked.connect(presenter.show_archived)
        self._add = Button(t("categories.new"), Kind.PRIMARY, "plus")
        self._add.setToolTip(t("categories.new_hint"))
        self._add.setShortcut("Ctrl+N")
        self._add.clicked.connect(self._open_new)
        self._notice = NoticeBar(t("notice.dismiss"))
        self._notice.dismissed.connect(presenter.dismiss)
        self.tree = CategoryTree(texts)
        self.tree.walked.connect(presenter.choose)
        self.tree.edit_wanted.connect(self._open_chosen)
        self.tree.add_wanted.connect(self._open_new)
        self._detail = _Detail(texts)
        self._detail.edit.clicked.connect(self._open_chosen)
        self._detail.archive.clicked.connect(self._archive)
        self._refused = EmptyState("lock")
        self._refused.show_words(t("books.not_allowed"), t("books.not_allowed_hint"))
        self._lay_out()
        presenter.attach(self)

    def _lay_out(self) -> None:
        self._head = QWidget()
        head = QHBoxLayout(self._head)
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(Space.L)
        head.addWidget(label(self._texts.t("categories.title"), "title"), 1)
        head.addWidget(self._archived)
        head.addWidget(self._add)
        tree = Card(margin=Space.S)
        tree.body.addWidget(self.tree, 1)
        self._below = QWidget()
        below = QHBoxLayout(self._below)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(Space.M)
        below.addWidget(tree, 1)
        below.addWidget(self._detail)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.M, Space.M, Space.M, Space.M)
        column.setSpacing(Space.M)
        column.addWidget(self._head)
        column.addWidget(self._notice)
        column.addWidget(self._below, 1)
        column.addWidget(self._refused, 1)

    def show_state(self, state: CategoriesState) -> None:
        """Draw the tree and what is chosen in it, or why there is nothing to see."""
        texts = self._texts
        self._below.setVisible(state.allowed)
        self._refused.setVisible(not state.allowed)
        self._archived.setVisible(state.allowed and (state.archived > 0 or state.with_archived))
        self._archived.setChecked(state.with_archived)
        self._archived.setText(texts.t("categories.show_archived", count=state.archived))
        self._add.setVisible(state.can_change)
        self.tree.show_nodes(state.shown, state.kind, state.chosen)
        self._detail.show_state(state)
        self._notice.show_refusal(state.problem, texts)
        if state.allowed and self.hasFocus():
            self.tree.setFocus(Qt.FocusReason.OtherFocusReason)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The keys belong to the tree, at the first visit as soon as it is known that it may be seen."""
        super().focusInEvent(event)
        if self._presenter.state.allowed:
            self.tree.setFocus(event.reason())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wished = current_theme().px(_DETAIL_PX if self.width() >= _WIDE_PX else _NARROW_DETAIL_PX)
        self._detail.setFixedWidth(min(wished, round(self.width() * _DETAIL_SHARE)))

    def _open_new(self) -> None:
        self._open(self._presenter.add_form(self._close))

    def _open_chosen(self) -> None:
        self._open(self._presenter.edit_form(self._close))

    def _open(self, form: CategoryFormPresenter | None) -> None:
        if form is not None and self._sheet is None:
            self._sheet = CategorySheet(self, form, self._texts)
            self._sheet.open()

    def _close(self) -> None:
        sheet, self._sheet = self._sheet, None
        if sheet is not None:
            sheet.accept()
        self.tree.setFocus(Qt.FocusReason.OtherFocusReason)

    def _archive(self) -> None:
        self._presenter.archive()
        self.tree.setFocus(Qt.FocusReason.OtherFocusReason)


class _Detail(Card):
    """The chosen category: its names, its account, and what can be done with it."""

    def __init__(self, texts: Texts) -> None:
        super().__init__(margin=Space.L)
        self._texts = texts
        t = texts.t
        self._name = label("", "title", wrap=True)
        self._badge = Badge()
        self._other = label("", "", wrap=True)
        self._path = label("", "", wrap=True)
        self._account = label("", "", wrap=True)
        self._hint = label("", "small", wrap=True)
        self.edit = Button(t("categories.edit"), Kind.SECONDARY, "pencil")
        self.archive = Button(t("categories.archive"), Kind.SECONDARY, "inbox")
        contents = QWidget()
        column = QVBoxLayout(contents)
        column.setContentsMargins(0, 0, Space.S, 0)
        column.setSpacing(Space.M)
        column.addWidget(self._name)
        column.addWidget(self._badge, 0, Qt.AlignmentFlag.AlignLeft)
        self._facts = QWidget()
        facts = QVBoxLayout(self._facts)
        facts.setContentsMargins(0, 0, 0, 0)
        facts.setSpacing(Space.XS)
        for title, value in (
            ("categories.other_language", self._other),
            ("categories.place", self._path),
            ("categories.account", self._account),
        ):
            facts.addWidget(label(t(title), "small", wrap=True))
            facts.addWidget(value)
        column.addWidget(self._facts)
        column.addWidget(self._hint)
        column.addStretch(1)
        area = ScrollArea(contents)
        self.body.addWidget(area, 1)
        self.body.addWidget(self.edit)
        self.body.addWidget(self.archive)

    def show_state(self, state: CategoriesState) -> None:
        """Draw the chosen category, or what a whole kind stands for."""
        node, t = state.chosen_node, self._texts.t
        self._facts.setVisible(node is not None)
        own = node is not None and not node.row.system_key
        self.edit.setVisible(state.can_change and own)
        self.archive.setVisible(state.can_change and own)
        self._badge.setVisible(False)
        if node is None:
            self._name.setText(t(f"categories.{state.kind.value.lower()}"))
            self._hint.setText(t("categories.kind_hint" if state.can_change else "categories.read_only"))
        else:
            self._show_node(node, state)

    def _show_node(self, node: CategoryNode, state: CategoriesState) -> None:
        texts, row = self._texts, node.row
        self._name.setText(row.name(texts.language))
        badge = badge_of(node, texts)
        if badge is not None:
            self._badge.show_look(badge)
            self._badge.setVisible(True)
        self._other.setText(row.name(Language.EN if texts.language is Language.VI else Language.VI))
        kind = texts.t(f"categories.{row.kind.value.lower()}")
        self._path.setText(f"{kind} › {row.path(texts.language)}")
        self._account.setText(account_words(node.control, node.code, texts))
        own = "categories.own_hint" if state.can_change else "categories.read_only"
        self._hint.setText(texts.t("categories.system_hint" if row.system_key else own))
        self.archive.setText(texts.t("categories.bring_back" if row.archived else "categories.archive"))
        self.archive.setEnabled(not state.working)
