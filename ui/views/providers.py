"""The owner's payment providers: the list with how each stands, and behind each row its form."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.formatting import date_time_text
from ui.presenters.hub_desk import ProviderInfo
from ui.presenters.providers import Asking, ProvidersPresenter, ProvidersState
from ui.texts import Texts
from ui.theme import TARGET, Space
from ui.views.hub_list import HubListPage, QuestionDoor
from ui.views.hub_words import provider_name
from ui.views.panels import CurrentStack
from ui.views.provider_form import ProviderForm
from ui.views.provider_looks import connection_look, tested_look
from ui.widgets.dialogs import ConfirmDialog
from ui.widgets.surfaces import Card, label
from ui.widgets.table import Column, DataTable, TableModel, badge_column


class ProvidersPage(HubListPage):
    """Draws ProvidersState; Enter on a provider opens its form, Esc leaves it.

    Signals: `form_opened(bool)` when a form takes the page, or gives it back.
    """

    form_opened = Signal(bool)

    def __init__(self, presenter: ProvidersPresenter, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(presenter, texts, parent)
        self._presenter = presenter
        self._chosen: str | None = None
        self._model: TableModel[ProviderInfo] = TableModel(_columns(texts), key=lambda row: row.provider)
        self._table = DataTable(self._model, texts.t("connections.section.providers"), row_height=TARGET)
        self._table.opened.connect(lambda row: presenter.open_form(row.provider))
        card = Card(margin=Space.S)
        card.body.addWidget(self._table, 1)
        listed = QWidget()
        column = QVBoxLayout(listed)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addWidget(label(texts.t("connections.providers.hint"), "muted", wrap=True))
        column.addWidget(card, 1)
        self._form = ProviderForm(presenter, texts)
        self._pages = CurrentStack()
        self._pages.addWidget(listed)
        self._pages.addWidget(self._form)
        self.set_contents(self._pages)
        self._question = QuestionDoor(self, self._ask, presenter.confirm, presenter.keep, self._after_question)
        presenter.attach(self)

    def show_state(self, state: ProvidersState) -> None:
        """Draw the list, or the form that is open."""
        self._model.set_rows(state.rows)
        self._form.show_state(state)
        opened = state.info is not None
        self._pages.setCurrentIndex(1 if opened else 0)
        self.show_common(state, quiet=opened)
        if state.chosen != self._chosen:
            before, self._chosen = self._chosen, state.chosen
            self.form_opened.emit(opened)
            if opened:
                self._form.take_focus()
            elif before is not None:
                self._table.choose(before)
                self.focus_list()
        self._question.follow(state.asking)

    def focus_list(self) -> None:
        """Give the keys to the list, with the first row chosen."""
        if not self._table.chosen_rows and self._presenter.state.rows:
            self._table.go_to(0)
        self._table.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._presenter.state.info is not None:
            self._presenter.back()
        else:
            super().keyPressEvent(event)

    def _ask(self) -> ConfirmDialog:
        t, state = self._texts.t, self._presenter.state
        name = provider_name(state.chosen or "", self._texts)
        if state.asking is Asking.OPEN_PAYMENTS:
            text = t("connections.disconnect.open_text", provider=name, count=state.open_payments)
        else:
            text = t("connections.disconnect.text", provider=name)
        return ConfirmDialog(
            self,
            t("connections.disconnect.title", provider=name),
            text,
            t("connections.disconnect.yes"),
            t("connections.disconnect.no"),
            danger=True,
            icon_name="triangle-alert",
        )

    def _after_question(self) -> None:
        if self._presenter.state.info is not None:
            self._form.focus_actions()


def _columns(texts: Texts) -> tuple[Column[ProviderInfo], ...]:
    t = texts.t

    def tested(row: ProviderInfo) -> str:
        at = row.last_test.at if row.last_test is not None and row.connected else None
        return "–" if at is None else date_time_text(at, texts.zone)

    return (
        Column(t("connections.column.provider"), lambda row: provider_name(row.provider, texts), strong=True),
        badge_column(t("common.status"), lambda row: connection_look(row, texts), width=195),
        badge_column(t("connections.column.test"), lambda row: tested_look(row, texts), width=145),
        Column(t("connections.column.tested_at"), tested, width=165),
    )
