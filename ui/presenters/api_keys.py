"""The keys of other systems as their owner sees them: made and told once, listed, revoked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from domain.other_systems import Scope
from domain.policy import Action
from ui.presenters.desk import Desk
from ui.presenters.hub_desk import ApiKey, HubDesk, NewApiKey, Proof
from ui.presenters.hub_list import HubListPresenter, HubListState
from ui.presenters.hub_proof import ProofPresenter
from ui.presenters.key_hook import KeyHookPresenter
from ui.presenters.presenter import Mood, Words

MAX_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class ApiKeysState(HubListState):
    """The keys and which is chosen; `naming` while a new one gets its name, `made` while it is told."""

    rows: tuple[ApiKey, ...] = ()
    chosen: str | None = None
    naming: bool = False
    name: str = ""
    scopes: frozenset[Scope] = frozenset()
    made: NewApiKey | None = None
    asking: bool = False

    @property
    def key(self) -> ApiKey | None:
        """The key that is chosen."""
        return next((row for row in self.rows if row.id == self.chosen), None)

    @property
    def can_make(self) -> bool:
        """Whether the new key has a name and opens something."""
        return self.can_act and 0 < len(self.name.strip()) <= MAX_NAME and bool(self.scopes)

    @property
    def can_revoke(self) -> bool:
        """Whether the chosen key is in use."""
        return self.can_act and self.key is not None and self.key.revoked_at is None


class ApiKeysPresenter(HubListPresenter[ApiKeysState]):
    """Asks the hub for keys, and to revoke them."""

    def __init__(self, desk: Desk, proofs: ProofPresenter, copy: Callable[[str], None]) -> None:
        """`copy` puts a text on the clipboard."""
        super().__init__(ApiKeysState(), desk, proofs, Action.MANAGE_API_KEYS)
        self._copy = copy
        self.hooks = KeyHookPresenter(desk, proofs, copy, self.refresh)

    def opened(self) -> None:
        """Read the list if the PIN was typed before."""
        super().opened()
        self.hooks.opened()

    def closed(self) -> None:
        """Forget what was read, of the webhook as well."""
        super().closed()
        self.hooks.closed()

    def detach(self) -> None:
        """Forget both views."""
        self.hooks.detach()
        super().detach()

    def on_sync(self) -> None:
        """The hub is out of reach, or back."""
        super().on_sync()
        self.hooks.on_sync()

    def read(self, hub: HubDesk, proof: Proof) -> Sequence[ApiKey]:
        """Ask for all keys."""
        return hub.api_keys(proof)

    def show(self, answer: Sequence[ApiKey]) -> None:
        """Take the keys over."""
        self._change(rows=tuple(answer))

    def choose(self, key_id: str | None) -> None:
        """Choose a key of the list."""
        self._change(chosen=key_id)

    def begin(self) -> None:
        """Open the form of a new key."""
        if self.state.can_act:
            self._change(naming=True, name="", scopes=frozenset(), made=None, problem=None)

    def open_hook(self) -> None:
        """Show where the chosen key's system hears."""
        key = self.state.key
        if key is not None and self.state.can_revoke:
            self.hooks.open_for(key)

    def set_scope(self, scope: Scope, wanted: bool) -> None:
        """Let the new key open something, or not."""
        scopes = self.state.scopes | {scope} if wanted else self.state.scopes - {scope}
        self._change(scopes=scopes, problem=None)

    def set_name(self, name: str) -> None:
        """Type whose key it is."""
        self._change(name=name, problem=None)

    def make(self) -> None:
        """Make the key."""
        name, scopes = self.state.name.strip(), tuple(scope for scope in Scope if scope in self.state.scopes)
        if self.state.naming and self.state.made is None and self.state.can_make:
            self._act(lambda hub, proof: hub.make_api_key(proof, name, scopes), self._made)

    def copy(self) -> None:
        """Put the new key on the clipboard."""
        if self.state.made is not None:
            self._copy(self.state.made.key)
            self._desk.notices.toast(Mood.OK, Words.of("common.copied"))

    def end(self) -> None:
        """Close the form; a key that was told is told no more, one that is being made will be told all the same."""
        if self.state.naming:
            made = self.state.made
            self._change(naming=False, name="", made=None, problem=None)
            if made is not None:
                self.refresh()

    def ask_revoke(self) -> None:
        """Ask whether the chosen key is to be revoked."""
        if self.state.can_revoke:
            self._change(asking=True)

    def confirm(self) -> None:
        """Say yes."""
        key = self.state.key
        if key is None or not self.state.asking:
            return
        self._change(asking=False)
        self._act(lambda hub, proof: hub.revoke_api_key(proof, key.id), lambda _done: self._revoked(key))

    def keep(self) -> None:
        """Say no."""
        self._change(asking=False)

    def _made(self, made: NewApiKey) -> None:
        self._change(naming=True, made=made)

    def _revoked(self, key: ApiKey) -> None:
        self._desk.notices.toast(Mood.INFO, Words.of("connections.key.revoked_done", name=key.name))
        self.refresh()
