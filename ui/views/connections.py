"""What the owner connects: providers, routes and terms, statements, tills, keys of other systems, behind a choice."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from domain.ids import Instant
from ui.presenters.connections import ConnectionsPresenter, ConnectionsState, Section
from ui.texts import Texts
from ui.theme import Space
from ui.views.api_keys import ApiKeysPage
from ui.views.choices import ChoiceRow
from ui.views.contract_terms import TermsPage
from ui.views.hub_list import HubListPage
from ui.views.hub_proof import ProofDoor
from ui.views.panels import CurrentStack
from ui.views.providers import ProvidersPage
from ui.views.routes import RoutesPage
from ui.views.shop_tills import ShopTillsPage
from ui.views.statements import StatementsPage
from ui.widgets.surfaces import label


class ConnectionsView(QWidget):
    """Draws ConnectionsState; each section is a page of its own."""

    def __init__(
        self,
        presenter: ConnectionsPresenter,
        texts: Texts,
        now: Callable[[], Instant],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._presenter, self._texts, self._now = presenter, texts, now
        t = texts.t
        self._choice = ChoiceRow(
            t("connections.sections"), [(each, t(f"connections.section.{each.value}")) for each in Section], wraps=True
        )
        self._choice.chosen.connect(presenter.show_section)
        self._head = QWidget()
        self._pages: dict[Section, HubListPage | RoutesPage | TermsPage] = {}
        self._stack = CurrentStack()
        head = QHBoxLayout(self._head)
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(self._choice, 1)
        self._working = self._progress(t("connections.working"))
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.M, Space.S, Space.M, Space.M)
        column.setSpacing(Space.S)
        column.addWidget(self._head)
        column.addWidget(self._working)
        column.addWidget(self._stack, 1)
        self._door = ProofDoor(self, presenter.proofs, texts, self._working.setVisible)
        presenter.attach(self)

    def _progress(self, words: str) -> QWidget:
        """What is seen while the hub takes its time."""
        bar = QProgressBar()
        bar.setRange(0, 0)
        bar.setTextVisible(False)
        bar.setAccessibleName(words)
        made = QWidget()
        row = QHBoxLayout(made)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.M)
        row.addWidget(label(words, "muted"))
        row.addWidget(bar, 1)
        made.hide()
        return made

    def show_state(self, state: ConnectionsState) -> None:
        """Draw the section in front."""
        for section in Section:
            self._choice.offer(section, section in state.sections)
        self._choice.show_value(state.section)
        self._stack.setCurrentWidget(self._page(state.section))

    def _page(self, section: Section) -> HubListPage | RoutesPage | TermsPage:
        """A section's page, built when it is first turned to."""
        if section not in self._pages:
            self._pages[section] = made = self._make_page(section)
            self._stack.addWidget(made)
        return self._pages[section]

    def _make_page(self, section: Section) -> HubListPage | RoutesPage | TermsPage:
        if section is Section.TILLS:
            return ShopTillsPage(self._presenter.tills, self._texts, self._now, self._stack)
        if section is Section.ROUTES:
            return RoutesPage(self._presenter.routes, self._texts, self._stack)
        if section is Section.TERMS:
            return TermsPage(self._presenter.terms, self._texts, self._stack)
        if section is Section.STATEMENTS:
            return StatementsPage(self._presenter.statements, self._texts, self._stack)
        if section is Section.KEYS:
            return ApiKeysPage(self._presenter.keys, self._texts, self._stack)
        page = ProvidersPage(self._presenter.providers, self._texts, self._stack)
        page.form_opened.connect(lambda opened: self._head.setVisible(not opened))
        return page

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Begin with what can be done first."""
        super().focusInEvent(event)
        self.take_focus()

    def take_focus(self) -> None:
        """Give the keys to the page in front."""
        self._page(self._presenter.state.section).take_focus()
        if self.focusWidget() is None:
            self._choice.setFocus(Qt.FocusReason.OtherFocusReason)
