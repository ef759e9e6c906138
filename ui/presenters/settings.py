"""Settings: those of this till take effect at once; wiping the demo shop asks twice and refuses while unsent.

Those of the shop and its books are a part of their own, for who may change them, and so are people,
connections and the audit trail.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from domain.changes import Changes, Topic
from domain.errors import DomainError
from domain.money import Language
from domain.policy import Action, Actor
from domain.rows import QueueState, ShopRow
from ui.presenters.audit import AuditPresenter
from ui.presenters.book_settings import BookSettingsPresenter
from ui.presenters.connections import ConnectionsPresenter
from ui.presenters.desk import Desk
from ui.presenters.keys import KeysPresenter
from ui.presenters.limits import LimitsPresenter
from ui.presenters.people import PeoplePresenter
from ui.presenters.preferences import Preferences, PreferenceStore, TextSize, ThemeChoice
from ui.presenters.presenter import Presenter
from ui.sound import Sound, SoundState


class Part(StrEnum):
    """The settings of this machine, those that all tills of the shop share, its people, and what was done here."""

    TILL = "till"
    BOOKS = "books"
    LIMITS = "limits"
    PEOPLE = "people"
    KEYS = "keys"
    CONNECTIONS = "connections"
    AUDIT = "audit"


class WipeStage(StrEnum):
    """How far wiping the demo shop has come."""

    IDLE = "idle"
    FIRST = "first"
    SECOND = "second"
    REFUSED = "refused"
    WIPING = "wiping"


@dataclass(frozen=True, slots=True)
class SettingsState:
    """The preferences in force, what the machine can play, and the facts about this till.

    `unsent` is what keeps the demo shop from being wiped, `parts` are those that may be opened.
    """

    preferences: Preferences
    shop: ShopRow
    version: str
    sound_state: SoundState = SoundState.READY
    can_wipe: bool = False
    wipe: WipeStage = WipeStage.IDLE
    unsent: int = 0
    part: Part = Part.TILL
    parts: frozenset[Part] = frozenset({Part.TILL})
    problem: DomainError | None = None


class SettingsPresenter(Presenter[SettingsState]):
    """Changes a preference, has the window apply it and keeps it."""

    watches = frozenset({Topic.SETTINGS})

    def __init__(
        self,
        desk: Desk,
        store: PreferenceStore,
        preferences: Preferences,
        version: str,
        apply: Callable[[Preferences], None],
        wipe_demo: Callable[[Actor], None],
        audit: AuditPresenter,
        people: PeoplePresenter,
        connections: ConnectionsPresenter,
        keys: KeysPresenter,
    ) -> None:
        """`apply` puts preferences into effect; `wipe_demo` closes the till, removes the demo shop and starts anew."""
        super().__init__(SettingsState(preferences, desk.shop, version, desk.sounds.state))
        self._desk = desk
        self._store = store
        self._apply = apply
        self._wipe_demo = wipe_demo
        self.books = BookSettingsPresenter(desk)
        self.limits = LimitsPresenter(desk)
        self.audit = audit
        self.people = people
        self.connections = connections
        self.keys = keys

    def opened(self) -> None:
        """What may be wiped and changed depends on who is signed in now; this till's own settings come first."""
        can_wipe = self._desk.shop.is_demo and self._desk.may(Action.WIPE_DEMO)
        self._change(can_wipe=can_wipe, wipe=WipeStage.IDLE, sound_state=self._desk.sounds.state)
        parts = {Part.TILL}
        if self._desk.may(Action.CHANGE_SETTINGS) or self._desk.may(Action.CLOSE_PERIOD):
            parts.add(Part.BOOKS)
        if self.limits.visible:
            parts.add(Part.LIMITS)
        if self._desk.may(Action.MANAGE_PEOPLE):
            parts.add(Part.PEOPLE)
        if self._desk.may(Action.KEEP_KEYS):
            parts.add(Part.KEYS)
        if self.connections.allowed:
            parts.add(Part.CONNECTIONS)
        if self._desk.may(Action.SEE_AUDIT):
            parts.add(Part.AUDIT)
        self._change(parts=frozenset(parts), part=Part.TILL)
        super().opened()

    def closed(self) -> None:
        """The screen went to the back, with all its parts."""
        self.books.closed()
        self.limits.closed()
        self.people.closed()
        self.connections.closed()
        self.keys.closed()
        self.audit.closed()
        super().closed()

    def covered(self) -> None:
        """What was proved with a PIN ends; what was typed stands."""
        self.connections.covered()
        self.keys.covered()

    def detach(self) -> None:
        """Forget the views of all parts."""
        self.books.detach()
        self.limits.detach()
        self.people.detach()
        self.connections.detach()
        self.keys.detach()
        self.audit.detach()
        super().detach()

    def on_changes(self, changes: Changes) -> None:
        """Let the parts look again."""
        self.books.on_changes(changes)
        self.limits.on_changes(changes)
        self.people.on_changes(changes)
        self.keys.on_changes(changes)
        self.connections.on_changes(changes)
        super().on_changes(changes)

    def on_sync(self) -> None:
        """Let the part that lives at the hub know how it is reached."""
        self.connections.on_sync()

    def tick(self) -> None:
        """Let time pass for the part that waits for the hub."""
        self.connections.tick()

    def show_part(self, part: Part) -> None:
        """Turn to this till's own settings, those of the shop, people, connections, or the audit trail."""
        if part is self.state.part or part not in self.state.parts:
            return
        for each, presenter in self._parts():
            if part is each:
                presenter.opened()
            else:
                presenter.closed()
        self._change(part=part)

    def set_language(self, language: Language) -> None:
        """Speak another language, at once and everywhere."""
        self._set(replace(self.state.preferences, language=language))

    def set_theme(self, theme: ThemeChoice) -> None:
        """Wear another palette."""
        self._set(replace(self.state.preferences, theme=theme))

    def set_text_size(self, size: TextSize) -> None:
        """Draw text larger or smaller."""
        self._set(replace(self.state.preferences, text_size=size))

    def set_phone_order(self, phone_order: bool) -> None:
        """Lay 1-2-3 on top of the number pad, like a phone."""
        self._set(replace(self.state.preferences, phone_order=phone_order))

    def set_sound(self, on: bool) -> None:
        """Turn sounds on or off."""
        self._set(replace(self.state.preferences, sound=on))

    def toggle_sound(self) -> None:
        """Press the loudspeaker in the top bar."""
        self.set_sound(not self.state.preferences.sound)

    def set_volume(self, volume: int) -> None:
        """Set how loud sounds are."""
        self._set(replace(self.state.preferences, volume=volume))

    def try_sound(self) -> None:
        """Hear what a paid payment sounds like."""
        self._desk.sounds.play(Sound.PAID)

    def set_reduced_motion(self, reduced: bool) -> None:
        """Draw changes without movement."""
        self._set(replace(self.state.preferences, reduced_motion=reduced))

    def set_lock_minutes(self, minutes: int) -> None:
        """Lock the till by itself after so many minutes without a key or a touch; 0 leaves it open."""
        self._set(replace(self.state.preferences, lock_minutes=minutes))

    def sound_changed(self, sound_state: SoundState) -> None:
        """The machine's loudspeaker came or went."""
        self._change(sound_state=sound_state)

    def ask_wipe(self) -> None:
        """Ask to wipe the demo shop: first what is unsent is counted."""
        if self.state.can_wipe:
            self._desk.work.query(lambda queries: queries.queue(), self._weigh_wipe, self._show_problem)

    def confirm_wipe(self) -> None:
        """Say yes: once to the question, once more to the last one."""
        if self.state.wipe is WipeStage.FIRST:
            self._change(wipe=WipeStage.SECOND)
        elif self.state.wipe is WipeStage.SECOND:
            self._change(wipe=WipeStage.WIPING)
            self._wipe_demo(self._desk.signed_in)

    def keep_shop(self) -> None:
        """Say no."""
        self._change(wipe=WipeStage.IDLE)

    def _parts(self) -> tuple[tuple[Part, Presenter[Any]], ...]:
        return (
            (Part.BOOKS, self.books),
            (Part.LIMITS, self.limits),
            (Part.PEOPLE, self.people),
            (Part.KEYS, self.keys),
            (Part.CONNECTIONS, self.connections),
            (Part.AUDIT, self.audit),
        )

    def _weigh_wipe(self, queue: QueueState) -> None:
        unsent = queue.waiting + queue.refused
        self._change(wipe=WipeStage.REFUSED if unsent else WipeStage.FIRST, unsent=unsent)

    def _set(self, preferences: Preferences) -> None:
        if preferences == self.state.preferences:
            return
        self._change(preferences=preferences, problem=None)
        self._apply(preferences)
        self._change(sound_state=self._desk.sounds.state)
        try:
            self._store.save(preferences)
        except DomainError as error:
            self._show_problem(error)

    def _show_problem(self, error: DomainError) -> None:
        self._change(problem=error)
