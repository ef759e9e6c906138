"""The owner's connections over a desk in memory, as presenters and views are tried with them."""

from dataclasses import dataclass, field

from domain.ids import Instant
from domain.policy import Actor
from tests.fakes.kept_books import BooksCounter
from tests.fakes.recording_view import FixedSync
from tests.fakes.small_hub_desk import PIN, SmallHubDesk
from tests.fakes.small_shop import OWNER
from ui.presenters.connections import ConnectionsPresenter, Section


@dataclass
class HubStage:
    """A till whose person may look at the hub's lists; `copied` is what went to the clipboard."""

    actor: Actor = OWNER
    hub: SmallHubDesk = field(default_factory=SmallHubDesk)
    online: bool = True
    copied: list[str] = field(default_factory=list)
    counter: BooksCounter = field(init=False)
    shown: ConnectionsPresenter = field(init=False)

    def __post_init__(self) -> None:
        self.counter = BooksCounter(actor=self.actor)
        self.counter.desk.sync = FixedSync(state="online" if self.online else "offline")
        self.shown = ConnectionsPresenter(self.counter.desk, self.hub, self.copied.append)

    def open(self, section: Section = Section.PROVIDERS, pin: str = PIN) -> "HubStage":
        """Open a section and type the PIN."""
        self.shown.opened()
        self.shown.show_section(section)
        self.shown.unlock()
        self.shown.proofs.submit(pin)
        return self

    def hear(self, state: str) -> None:
        """The sync engine tells how the hub is reached."""
        self.counter.desk.sync = FixedSync(state=state)
        self.shown.on_sync()

    def pass_ms(self, ms: int) -> None:
        """Let time go by."""
        self.counter.clock.at = Instant(self.counter.clock.at + ms)
        self.shown.tick()
