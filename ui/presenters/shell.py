"""The frame around the screens: which one is in front, who works, the connection's chip, the lock."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from domain.changes import Changes, Topic
from domain.ids import BillId, Instant, PaymentId, VoucherId
from domain.people import User
from domain.policy import Actor, Role
from domain.rows import ShopRow
from ui.presenters.charge import ChargePresenter
from ui.presenters.charge_state import Stage
from ui.presenters.desk import Desk
from ui.presenters.payments import PaymentsPresenter
from ui.presenters.presenter import Mood, Presenter, Words
from ui.presenters.scanner import Scan
from ui.presenters.sign_in import SignInPresenter
from ui.presenters.sync import ChipState, backup_due, chip_of
from ui.presenters.vouchers import VouchersPresenter
from ui.sound import SoundState

_MINUTE_MS: Final = 60_000
_QUIET_MS: Final = 1_500
_BUSY: Final = frozenset({Stage.STARTING, Stage.WAITING, Stage.SHORT})
"""While a payment is under way the till does not lock itself, and does not close without a question."""


class Page(StrEnum):
    """The screens, in the order of Ctrl+1 and on."""

    CHARGE = "charge"
    PAYMENTS = "payments"
    WALLETS = "wallets"
    VOUCHERS = "vouchers"
    CATEGORIES = "categories"
    REPORTS = "reports"
    SYNC = "sync"
    SETTINGS = "settings"


@dataclass(frozen=True, slots=True)
class ShellState:
    """What stands around every screen; `person` is empty while the till is locked.

    `kept` says, of a locked till, that the screens stand behind the lock as they were left, and of an open one that
    whoever left them was given them back.
    """

    shop: ShopRow
    chip: ChipState
    page: Page = Page.CHARGE
    person: str = ""
    role: Role | None = None
    sound: SoundState = SoundState.READY
    kept: bool = False

    @property
    def locked(self) -> bool:
        """Whether somebody must sign in first."""
        return self.role is None


class ShellPresenter(Presenter[ShellState]):
    """Opens and closes screens, hands changes on to them, and locks the till."""

    def __init__(
        self,
        desk: Desk,
        pages: Mapping[Page, Presenter[Any]],
        recent: Presenter[Any],
        sign_in: SignInPresenter,
        lock_minutes: Callable[[], int],
    ) -> None:
        """`recent` stands beside the counter, `lock_minutes` answers how long the till stays open untouched."""
        super().__init__(ShellState(desk.shop, chip_of(desk.sync), sound=desk.sounds.state))
        self._desk = desk
        self._change(chip=self._chip())
        self._pages = pages
        self._everyone = (sign_in, recent, *pages.values())
        self._sheets: list[Presenter[Any]] = []
        self._recent = recent
        self._sign_in = sign_in
        self._lock_minutes = lock_minutes
        self._active_at: Instant = desk.now()
        self._missed: dict[Topic, frozenset[str]] = {}

    @property
    def charge(self) -> ChargePresenter:
        """The counter."""
        presenter = self._pages[Page.CHARGE]
        assert isinstance(presenter, ChargePresenter), "the counter is one of the pages"
        return presenter

    @property
    def busy(self) -> bool:
        """Whether a payment is under way at the counter."""
        return self.charge.state.stage in _BUSY

    @property
    def quiet(self) -> bool:
        """Whether nobody waits for the till: no payment is under way, and the last key or touch is a while ago."""
        return not self.busy and self._desk.now() - self._active_at >= _QUIET_MS

    def go(self, page: Page) -> None:
        """Bring a screen to the front, once it knows who works there: what it offers decides where the keys go."""
        if self.state.locked or page is self.state.page:
            return
        self._pages[self.state.page].closed()
        self._pages[page].opened()
        self._change(page=page)

    def open_payment(self, payment_id: PaymentId) -> None:
        """Show a payment in the Payments screen."""
        self.go(Page.PAYMENTS)
        self._payments.choose(payment_id)

    def go_on_with(self, bill_id: BillId) -> None:
        """Bring an unfinished sale to the counter, unless something is on it."""
        if self.charge.go_on_with(bill_id):
            self.go(Page.CHARGE)
        else:
            self._desk.notices.toast(Mood.WARN, Words.of("sale.busy"))

    def open_voucher(self, voucher_id: VoucherId) -> None:
        """Show a voucher in the Vouchers screen."""
        self.go(Page.VOUCHERS)
        self._vouchers.choose(voucher_id)

    def scanned(self, scan: Scan) -> None:
        """A scanner read something: a payment of ours opens, anything else is only said."""
        if self.state.locked:
            return
        reference = scan.reference
        if reference is None:
            self._desk.notices.toast(Mood.NEUTRAL, Words.of("scan.unknown"))
            return
        self.go(Page.PAYMENTS)
        self._payments.open_reference(reference)

    def signed_in(self, actor: Actor) -> None:
        """Somebody signed in: whoever left the screens finds them as they were, anybody else begins at the counter."""
        self._active_at = self._desk.now()
        left = self._desk.left
        if left is not None and (left.user_id, left.role) == (actor.user_id, actor.role):
            self._uncover()
            self._change(person=actor.name, role=actor.role, kept=True)
        else:
            self._forget_left()
            self._change(person=actor.name, role=actor.role, page=Page.CHARGE, kept=False)
            self._pages[Page.CHARGE].opened()
        self._recent.opened()

    def lock(self) -> None:
        """Ctrl+L: close the till until somebody signs in; what runs at the counter goes on, what was typed is kept."""
        if self.state.locked:
            return
        for presenter in self._covered:
            presenter.covered()
        self._desk.left = self._desk.actor
        self._sign_in.lock()
        self._change(person="", role=None, kept=True)

    def active(self) -> None:
        """A key or a touch."""
        self._active_at = self._desk.now()

    def sound_changed(self, sound: SoundState) -> None:
        """Sounds were turned on or off, or the loudspeaker came or went."""
        self._change(sound=sound)

    def follow(self, sheet: Presenter[Any]) -> None:
        """Let a sheet over the window hear what the screens hear, until it is left."""
        self._sheets.append(sheet)
        sheet.opened()

    def leave(self, sheet: Presenter[Any]) -> None:
        """Tell a sheet that was closed nothing more."""
        self._sheets.remove(sheet)
        sheet.closed()

    def on_changes(self, changes: Changes) -> None:
        """Hand a commit's changes on to every screen; what stands behind the lock hears them when it is shown again."""
        for presenter in self._listening:
            presenter.on_changes(changes)
        if self._desk.left is not None:
            for topic, ids in changes.touched.items():
                self._missed[topic] = self._missed.get(topic, frozenset()) | ids
        actor = self._desk.actor or self._desk.left
        if actor is not None and actor.user_id in changes.touched.get(Topic.PEOPLE, ()):
            self._desk.work.query(lambda queries: queries.user(actor.user_id), self._look_who_works)

    def on_sync(self) -> None:
        """Renew the chip and let every screen know."""
        self._change(chip=self._chip())
        for presenter in self._listening:
            presenter.on_sync()

    def tick(self) -> None:
        """Let time pass for what shows it, and lock a till that nobody touches."""
        self._change(chip=self._chip())
        for presenter in self._everyone:
            presenter.tick()
        minutes = self._lock_minutes()
        idle = self._desk.now() - self._active_at
        if minutes and idle >= minutes * _MINUTE_MS and not self.busy:
            self.lock()

    def _look_who_works(self, user: User | None) -> None:
        """End the session of somebody who was disabled, or who works in another role from now on."""
        actor = self._desk.actor or self._desk.left
        if actor is None or (user is not None and user.id != actor.user_id):
            return
        if user is None or user.disabled_at is not None or user.role is not actor.role:
            disabled = user is None or user.disabled_at is not None
            ended = Words.of("lock.ended_disabled" if disabled else "lock.ended_role", name=actor.name)
            self.lock()
            self._forget_left()
            self._change(kept=False)
            self._desk.notices.toast(Mood.NEUTRAL, ended)

    @property
    def _covered(self) -> tuple[Presenter[Any], ...]:
        """What a lock comes over: the screen in front and the sheets."""
        return self._pages[self.state.page], *self._sheets

    @property
    def _listening(self) -> tuple[Presenter[Any], ...]:
        """Who hears what happens: everybody, or behind a lock who is not covered; the counter is never deaf."""
        if self._desk.left is None:
            return *self._everyone, *self._sheets
        covered = self._covered
        return tuple(each for each in self._everyone if each is self.charge or each not in covered)

    def _uncover(self) -> None:
        """Tell the screens that were behind the lock what they missed."""
        missed, self._missed = Changes(self._missed), {}
        deaf = [each for each in self._covered if each is not self.charge]
        self._desk.left = None
        for presenter in self._covered:
            presenter.uncovered()
        for presenter in deaf:
            presenter.on_changes(missed)
            presenter.on_sync()

    def _forget_left(self) -> None:
        """Give up what stands behind the lock: nobody else may find it."""
        if self._desk.left is not None:
            page, missed, self._missed = self._pages[self.state.page], Changes(self._missed), {}
            page.closed()
            self._desk.left = None
            page.on_changes(missed)

    def _chip(self) -> ChipState:
        due = backup_due(self._desk.backups.status, self._desk.now())
        return chip_of(self._desk.sync, unsaved=due)

    @property
    def _vouchers(self) -> VouchersPresenter:
        presenter = self._pages[Page.VOUCHERS]
        assert isinstance(presenter, VouchersPresenter), "the vouchers are one of the pages"
        return presenter

    @property
    def _payments(self) -> PaymentsPresenter:
        presenter = self._pages[Page.PAYMENTS]
        assert isinstance(presenter, PaymentsPresenter), "the list is one of the pages"
        return presenter
