"""What the owner connects: providers, their routes and terms, bank statements, tills, keys of other systems."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain.changes import Changes
from ui.presenters.api_keys import ApiKeysPresenter
from ui.presenters.contract_terms import TermsPresenter
from ui.presenters.desk import Desk
from ui.presenters.hub_desk import HubDesk
from ui.presenters.hub_list import HubListPresenter
from ui.presenters.hub_proof import ProofPresenter
from ui.presenters.presenter import Presenter
from ui.presenters.providers import ProvidersPresenter
from ui.presenters.routes import RoutesPresenter
from ui.presenters.shop_tills import ShopTillsPresenter
from ui.presenters.statements import StatementsPresenter


class Section(StrEnum):
    """The lists; routes and terms are kept by the till itself, the others by the hub."""

    PROVIDERS = "providers"
    ROUTES = "routes"
    TERMS = "terms"
    STATEMENTS = "statements"
    TILLS = "tills"
    KEYS = "keys"


@dataclass(frozen=True, slots=True)
class ConnectionsState:
    """The section in front, those that may be opened, and whether the hub is in reach."""

    section: Section = Section.PROVIDERS
    sections: frozenset[Section] = frozenset()
    online: bool = False


class ConnectionsPresenter(Presenter[ConnectionsState]):
    """Turns between the lists; they share one proof, which ends when the screen goes to the back."""

    def __init__(self, desk: Desk, hub: HubDesk | None, copy: Callable[[str], None]) -> None:
        """`hub` is None where the till has none; `copy` puts a text on the clipboard."""
        super().__init__(ConnectionsState())
        self._desk = desk
        self.proofs = ProofPresenter(desk, hub)
        self.providers = ProvidersPresenter(desk, self.proofs)
        self.tills = ShopTillsPresenter(desk, self.proofs)
        self.keys = ApiKeysPresenter(desk, self.proofs, copy)
        self.routes = RoutesPresenter(desk)
        self.terms = TermsPresenter(desk)
        self.statements = StatementsPresenter(desk, self.proofs)
        self._lists: dict[Section, HubListPresenter[Any] | RoutesPresenter | TermsPresenter] = {
            Section.PROVIDERS: self.providers,
            Section.ROUTES: self.routes,
            Section.TERMS: self.terms,
            Section.STATEMENTS: self.statements,
            Section.TILLS: self.tills,
            Section.KEYS: self.keys,
        }

    @property
    def allowed(self) -> frozenset[Section]:
        """The sections for the person at the till."""
        return frozenset(section for section, each in self._lists.items() if each.allowed)

    def opened(self) -> None:
        """Who may see what depends on who is signed in now."""
        self._open = True
        sections = self.allowed
        section = next((each for each in Section if each in sections), Section.PROVIDERS)
        self._become(ConnectionsState(section, sections, self._desk.online))
        if sections:
            self._lists[section].opened()

    def closed(self) -> None:
        """Forget the proof and everything that was read with it."""
        super().closed()
        self.proofs.forget()
        for each in self._lists.values():
            each.closed()

    def covered(self) -> None:
        """The proof ends with the person's presence; what was read and typed stands."""
        self.proofs.lapse()

    def detach(self) -> None:
        """Forget the views of all sections."""
        self.proofs.detach()
        for each in self._lists.values():
            each.detach()
        super().detach()

    def show_section(self, section: Section) -> None:
        """Turn to another list."""
        if section is self.state.section or section not in self.state.sections:
            return
        self._lists[self.state.section].closed()
        self._change(section=section)
        self._lists[section].opened()

    def unlock(self) -> None:
        """Ask for the PIN and read the list in front."""
        self._lists[self.state.section].refresh()

    def on_sync(self) -> None:
        """The hub is out of reach, or back."""
        if self._open:
            self._change(online=self._desk.online)
        for each in self._lists.values():
            each.on_sync()

    def on_changes(self, changes: Changes) -> None:
        """Let the lists that the till itself keeps look again."""
        self.routes.on_changes(changes)
        self.terms.on_changes(changes)
        super().on_changes(changes)

    def tick(self) -> None:
        """Let time pass for the proof."""
        self.proofs.tick()
