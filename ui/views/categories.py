"""The tree of categories, and the form that changes one."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.presenters.categories import CategoriesPresenter, CategoriesState
from ui.texts import Texts
from ui.theme import Space
from ui.widgets.surfaces import EmptyState, label


class CategoriesView(QWidget):
    """Draws CategoriesState."""

    def __init__(self, presenter: CategoriesPresenter, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._presenter, self._texts = presenter, texts
        self._refused = EmptyState("lock")
        self._refused.show_words(texts.t("books.not_allowed"), texts.t("books.not_allowed_hint"))
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.M, Space.M, Space.M, Space.M)
        column.setSpacing(Space.M)
        column.addWidget(label(texts.t("nav.categories"), "title"))
        column.addWidget(self._refused, 1)
        column.addStretch(1)
        presenter.attach(self)

    def show_state(self, state: CategoriesState) -> None:
        """Draw what the person may see."""
        self._refused.setVisible(not state.allowed)
