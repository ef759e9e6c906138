"""The form of one category, on a card over the window."""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QGridLayout, QWidget

from domain.books import ChartCategory
from domain.categories import CategoryKind
from domain.services.categories import MAX_NAME
from ui.presenters.category_form import CategoryFormPresenter, CategoryFormState
from ui.texts import Texts
from ui.theme import Space
from ui.views.choices import ChoiceRow
from ui.widgets.buttons import Kind
from ui.widgets.dialogs import Sheet
from ui.widgets.fields import TextField
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.surfaces import label

_WIDTH: Final = 560


class CategorySheet(Sheet):
    """Draws CategoryFormState; a field is marked wrong only once a person has left it."""

    def __init__(self, window: QWidget, presenter: CategoryFormPresenter, texts: Texts) -> None:
        is_new = presenter.state.is_new
        title = texts.t("categories.new" if is_new else "categories.edit_title")
        super().__init__(window, title, width=min(_WIDTH, window.window().width() - 2 * Space.XL))
        self._presenter, self._texts = presenter, texts
        self._left: set[str] = set()
        self._parents: tuple[ChartCategory, ...] | None = None
        t = texts.t
        kinds = [(kind, t(f"categories.{kind.value.lower()}")) for kind in CategoryKind]
        self._kind: ChoiceRow[CategoryKind] = ChoiceRow(t("categories.kind"), kinds)
        self._kind.chosen.connect(presenter.choose_kind)
        self._vi = TextField(t("categories.name_vi"), text=presenter.state.name_vi)
        self._vi.textEdited.connect(presenter.set_name_vi)
        self._vi.editingFinished.connect(lambda: self._leave("name_vi"))
        self._en = TextField(t("categories.name_en"), t("categories.name_en_hint"), presenter.state.name_en)
        self._en.textEdited.connect(presenter.set_name_en)
        self._en.editingFinished.connect(lambda: self._leave("name_en"))
        self._wrong = label(t("categories.name_wrong", limit=MAX_NAME), "error", wrap=True)
        self._parent = QComboBox()
        self._parent.setAccessibleName(t("categories.parent"))
        self._parent.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._parent.setMinimumContentsLength(12)
        self._parent.activated.connect(lambda place: presenter.choose_parent(self._parent.itemData(place)))
        self._notice = NoticeBar(t("notice.dismiss"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(Space.M)
        grid.setVerticalSpacing(Space.XS)
        for column, (key, field) in enumerate((("name_vi", self._vi), ("name_en", self._en))):
            grid.addWidget(label(t(f"categories.{key}"), "section"), 0, column)
            grid.addWidget(field, 1, column)
            grid.setColumnStretch(column, 1)
        if is_new:
            self.body.addWidget(self._kind)
        self.body.addLayout(grid)
        self.body.addWidget(self._wrong)
        self.body.addWidget(label(t("categories.parent"), "section"))
        self.body.addWidget(self._parent)
        self.body.addWidget(self._notice)
        self.add_button(t("common.cancel"), Kind.SECONDARY, self.reject)
        self._save = self.add_button(t("common.save"), Kind.PRIMARY, presenter.save, default=True)
        self.rejected.connect(presenter.cancel)
        presenter.attach(self)
        self._vi.setFocus(Qt.FocusReason.OtherFocusReason)
        self._vi.selectAll()

    def show_state(self, state: CategoryFormState) -> None:
        """Draw the form."""
        self._kind.show_value(state.kind)
        if state.parents != self._parents:
            self._fill_parents(state.parents)
        self._parent.setCurrentIndex(max(0, self._parent.findData(state.parent)))
        wrong = state.wrong & self._left
        for name, field in (("name_vi", self._vi), ("name_en", self._en)):
            if (field.property("invalid") == "true") != (name in wrong):
                field.show_invalid(name in wrong)
        self._wrong.setVisible(bool(wrong))
        self._save.setEnabled(state.can_save)
        self._notice.show_refusal(state.problem, self._texts, closable=False)

    def _fill_parents(self, parents: tuple[ChartCategory, ...]) -> None:
        self._parents = parents
        self._parent.clear()
        self._parent.addItem(self._texts.t("categories.top_level"), None)
        for row in parents:
            self._parent.addItem(row.path(self._texts.language), row.id)

    def _leave(self, name: str) -> None:
        self._left.add(name)
        self.show_state(self._presenter.state)
