"""Where the system of a key hears what becomes of payments, as its owner sees it: set, tried, told again, ended."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from domain.other_systems import HOOK_EVENTS
from domain.policy import Action
from ui.presenters.desk import Desk
from ui.presenters.hub_desk import NO_WISH, ApiHook, ApiKey, HookNews, HookTried, HookWish, HubDesk, Proof
from ui.presenters.hub_list import HubListPresenter, HubListState
from ui.presenters.hub_proof import ProofPresenter
from ui.presenters.presenter import Mood, Words


class HookStep(StrEnum):
    """What the sheet shows: how telling goes, the form of an address, or a new secret, this once."""

    DETAILS = "details"
    FORM = "form"
    MADE = "made"


class HookQuestion(StrEnum):
    """What is asked before it is done."""

    RENEW = "renew"
    END = "end"


@dataclass(frozen=True, slots=True)
class KeyHookState(HubListState):
    """The key whose system is looked after, None while no sheet is open; `picked` is a message of `news`.

    `tried` is what came of the last message that was sent by hand.
    """

    key: ApiKey | None = None
    step: HookStep = HookStep.DETAILS
    news: tuple[HookNews, ...] = ()
    picked: str | None = None
    wish: HookWish = NO_WISH
    secret: str = field(default="", repr=False)
    tried: HookTried | None = None
    asking: HookQuestion | None = None

    @property
    def hook(self) -> ApiHook | None:
        """Where the system hears, if it does."""
        return None if self.key is None else self.key.hook

    @property
    def can_save(self) -> bool:
        """Whether there is an address and something to tell."""
        return self.can_act and bool(self.wish.url.strip()) and bool(self.wish.events)

    @property
    def can_try(self) -> bool:
        """Whether a message can be sent: not to an address that was gone, until it is saved again."""
        return self.can_act and self.hook is not None and self.hook.off_at is None

    @property
    def can_send_again(self) -> bool:
        """Whether the message that is picked can be sent once more."""
        return self.can_try and any(row.id == self.picked for row in self.news)


class KeyHookPresenter(HubListPresenter[KeyHookState]):
    """Asks the hub about one key's webhook; whatever it does, it reads again how that stands then."""

    def __init__(self, desk: Desk, proofs: ProofPresenter, copy: Callable[[str], None], ended: Callable[[], None]):
        """`copy` puts a text on the clipboard; `ended` is told when the sheet closes."""
        super().__init__(KeyHookState(), desk, proofs, Action.MANAGE_API_KEYS)
        self._copy, self._ended = copy, ended

    def opened(self) -> None:
        """Nothing is read before a key is chosen."""
        self._open = True
        self._change(online=self._desk.online)

    def open_for(self, key: ApiKey) -> None:
        """Show how telling a key's system goes, or the form of an address where it is told nothing."""
        self._change(key=key, step=HookStep.DETAILS, problem=None, tried=None)
        if key.hook is None:
            self.change()
        else:
            self.refresh()

    def read(self, hub: HubDesk, proof: Proof) -> tuple[Sequence[ApiKey], Sequence[HookNews]]:
        """Ask for the keys, and for what the chosen one's system was told."""
        key = self.state.key
        return hub.api_keys(proof), () if key is None else hub.hook_news(proof, key.id)

    def show(self, answer: tuple[Sequence[ApiKey], Sequence[HookNews]]) -> None:
        """Take both over."""
        keys, news = answer
        before = self.state.key
        if before is not None:
            key = next((each for each in keys if each.id == before.id), before)
            picked = self.state.picked if any(row.id == self.state.picked for row in news) else None
            self._change(key=key, news=tuple(news), picked=picked)

    def pick(self, news_id: str | None) -> None:
        """Choose a message of the list."""
        self._change(picked=news_id)

    def change(self) -> None:
        """Open the form, filled in with what stands; of everything where nothing does."""
        hook = self.state.hook
        wish = HookWish(events=HOOK_EVENTS) if hook is None else HookWish(hook.url, hook.events, hook.all_payments)
        self._change(step=HookStep.FORM, wish=wish, problem=None, tried=None)

    def set_wish(self, wish: HookWish) -> None:
        """Fill in the form."""
        self._change(wish=wish, problem=None)

    def save(self) -> None:
        """Tell the system at that address from now on."""
        key, wish = self.state.key, self.state.wish
        if key is not None and self.state.step is HookStep.FORM and self.state.can_save:
            self._act(lambda hub, proof: hub.set_hook(proof, key.id, wish, renew_secret=False), self._saved)

    def copy(self) -> None:
        """Put the new secret on the clipboard."""
        if self.state.secret:
            self._copy(self.state.secret)
            self._desk.notices.toast(Mood.OK, Words.of("common.copied"))

    def try_it(self) -> None:
        """Send a message that says nothing, and see what comes of it."""
        key = self.state.key
        if key is not None and self.state.can_try:
            self._act(lambda hub, proof: hub.try_hook(proof, key.id), self._tried)

    def send_again(self) -> None:
        """Send the picked message once more."""
        key, picked = self.state.key, self.state.picked
        if key is not None and picked is not None and self.state.can_send_again:
            self._act(lambda hub, proof: hub.resend_news(proof, key.id, picked), self._tried)

    def ask(self, question: HookQuestion) -> None:
        """Ask before the secret is replaced, or telling is ended."""
        if self.state.can_act and self.state.hook is not None:
            self._change(asking=question)

    def confirm(self) -> None:
        """Say yes."""
        key, hook, asked = self.state.key, self.state.hook, self.state.asking
        self._change(asking=None)
        if key is None or hook is None:
            return
        if asked is HookQuestion.END:
            self._act(lambda hub, proof: hub.drop_hook(proof, key.id), lambda _done: self._dropped(key))
        elif asked is HookQuestion.RENEW:
            wish = HookWish(hook.url, hook.events, hook.all_payments)
            self._act(lambda hub, proof: hub.set_hook(proof, key.id, wish, renew_secret=True), self._saved)

    def keep(self) -> None:
        """Say no."""
        self._change(asking=None)

    def back(self) -> None:
        """Leave the form or the secret, which is told no more; leave the sheet where nothing is set."""
        if self.state.step is HookStep.DETAILS or self.state.hook is None:
            self.end()
        else:
            self._change(step=HookStep.DETAILS, secret="", problem=None)

    def end(self) -> None:
        """Close the sheet; an answer that still comes is nobody's."""
        if self.state.key is not None:
            self._visit += 1
            self._become(KeyHookState(online=self.state.online))
            self._ended()

    def _saved(self, secret: str | None) -> None:
        step = HookStep.DETAILS if secret is None else HookStep.MADE
        self._change(step=step, secret=secret or "")
        if secret is None:
            self._desk.notices.toast(Mood.OK, Words.of("connections.hook.saved"))
        self.refresh()

    def _tried(self, tried: HookTried) -> None:
        self._change(tried=tried)
        self.refresh()

    def _dropped(self, key: ApiKey) -> None:
        self._desk.notices.toast(Mood.INFO, Words.of("connections.hook.ended", name=key.name))
        self.end()
