"""The list of vouchers and drafts with the one that was chosen beside it."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.presenters.vouchers import VouchersPresenter, VouchersState
from ui.texts import Texts
from ui.theme import Space
from ui.widgets.surfaces import EmptyState, label


class VouchersView(QWidget):
    """Draws VouchersState."""

    def __init__(self, presenter: VouchersPresenter, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._presenter, self._texts = presenter, texts
        self._refused = EmptyState("lock")
        self._refused.show_words(texts.t("books.not_allowed"), texts.t("books.not_allowed_hint"))
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.M, Space.M, Space.M, Space.M)
        column.setSpacing(Space.M)
        column.addWidget(label(texts.t("nav.vouchers"), "title"))
        column.addWidget(self._refused, 1)
        column.addStretch(1)
        presenter.attach(self)

    def show_state(self, state: VouchersState) -> None:
        """Draw what the person may see."""
        self._refused.setVisible(not state.allowed)
