"""The till's window: there at once, before the shop is open; then the lock, and the screens behind it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QCoreApplication, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from domain.changes import Changes
from domain.errors import DomainError
from domain.ids import Instant, PaymentId
from domain.matching import find_reference
from domain.policy import Actor
from domain.ports import PinCheck
from domain.rows import ShopRow
from ui.presenters.charge import ChargePresenter
from ui.presenters.charge_state import Stage
from ui.presenters.desk import Desk
from ui.presenters.payments import PaymentsPresenter
from ui.presenters.preferences import Preferences, PreferenceStore, ThemeChoice
from ui.presenters.presenter import Mood, Presenter, Words
from ui.presenters.recent import RecentPresenter
from ui.presenters.settings import SettingsPresenter
from ui.presenters.sign_in import SignInPresenter
from ui.presenters.sync import SyncPresenter, chip_of
from ui.presenters.wallets import WalletsPresenter
from ui.scanner import ScannerFilter
from ui.shell import Page, Shell
from ui.sound import Sounds
from ui.texts import Language, Texts, problem_text
from ui.theme import TextScale, Theme, ThemeName, apply_theme
from ui.work import SyncControl, SyncView, Work

TICK_MS: Final = 500
PATIENCE_MS: Final = 500
"""A start that takes longer than this shows that it is under way."""


@dataclass(frozen=True, slots=True)
class OpenTill:
    """What the window works with once the shop is open; everything here is made by the wiring.

    `watch` is told which payment is on screen; `pins_hint` shows a demo shop's PINs on its lock; `wipe_demo` closes
    the till, removes the demo shop and starts anew.
    """

    shop: ShopRow
    work: Work
    pins: PinCheck
    sounds: Sounds
    sync: SyncControl
    now: Callable[[], Instant]
    new_id: Callable[[], str]
    watch: Callable[[PaymentId | None], None]
    simulator_address: Callable[[], str | None]
    wipe_demo: Callable[[], None]
    pins_hint: str
    version: str


class TillWindow(QMainWindow):
    """Shows the start, a problem at the start, the lock, or the screens.

    Signals: `closing()` when the window is about to go.
    """

    closing = Signal()

    def __init__(self, store: PreferenceStore) -> None:
        super().__init__()
        self._store = store
        self._preferences = store.load()
        self._till: OpenTill | None = None
        self._screens: Screens | None = None
        self._shell: Shell | None = None
        self._watched: PaymentId | None = None
        self._sync: SyncView | None = None
        self._dress()
        self.setMinimumSize(800, 520)
        self._scanner = ScannerFilter(self, self._scanned)
        app = QCoreApplication.instance()
        assert app is not None, "the application is there before its window"
        app.installEventFilter(self._scanner)
        self._ticker = QTimer(self)
        self._ticker.setInterval(TICK_MS)
        self._ticker.timeout.connect(self._tick)
        self._shortcuts()
        self.show_starting()

    @property
    def texts(self) -> Texts:
        """The catalogue in the language of the moment."""
        return self._texts

    @property
    def shell(self) -> Shell | None:
        """The frame around the screens while somebody is signed in."""
        return self._shell

    @property
    def screens(self) -> "Screens | None":
        """The presenters of the open shop."""
        return self._screens

    def show_starting(self) -> None:
        """Show that the shop is being opened; the progress appears only if that takes a while."""
        from ui.views.start import StartingView

        self.setCentralWidget(StartingView(self._texts, PATIENCE_MS))

    def show_problem(self, error: DomainError, again: Callable[[], None]) -> None:
        """Show why the shop does not open, what that means for the money, and what to do; `again` tries once more."""
        from ui.views.start import ProblemView

        self.setCentralWidget(ProblemView(problem_text(error, self._texts), self._texts, again))

    def open(self, till: OpenTill) -> None:
        """Take an open shop and show its lock."""
        self._till = till
        self._screens = Screens(till, self, self._preferences, self._store)
        self.setWindowTitle(f"{till.shop.name} · {self._texts.t('app.name')}")
        self._dress()
        self._ticker.start()
        self.lock()

    def lock(self) -> None:
        """Nobody works at the till now."""
        if self._screens is None:
            return
        if self._shell is not None:
            self._shell.leave()
            self._shell = None
        self._screens.desk.actor = None
        self._show_lock()

    def on_changes(self, changes: Changes) -> None:
        """A commit, here or from the hub, touched something."""
        if self._screens is not None:
            for presenter in self._screens.all:
                presenter.on_changes(changes)

    def on_sync(self, sync: SyncView) -> None:
        """The sync engine has something new to say of itself."""
        self._sync = sync
        if self._screens is None:
            return
        self._screens.desk.sync = sync
        for presenter in self._screens.all:
            presenter.on_sync()
        if self._shell is not None:
            self._shell.show_chip(chip_of(sync))

    # What presenters tell beside their own screens (Notices).

    def toast(self, mood: Mood, words: Words) -> None:
        """Show a message for some seconds, without taking the focus."""
        from ui.widgets.toast import Toast

        if not hasattr(self, "_toast"):
            self._toast = Toast(self)
        self._toast.say(self._texts.t(words.key, **words.facts))

    def announce(self, words: Words) -> None:
        """Have a screen reader say a message at once."""
        from ui.widgets.announce import announce

        announce(self, self._texts.t(words.key, **words.facts))

    def problem(self, error: DomainError) -> None:
        """Show a refusal that no screen shows in its own place."""
        if self._shell is not None:
            self._shell.show_problem(problem_text(error, self._texts))

    def closeEvent(self, event: QCloseEvent) -> None:
        self._ticker.stop()
        self.closing.emit()
        super().closeEvent(event)

    # Looks

    def wear(self, preferences: Preferences) -> None:
        """Put preferences into effect, at once and everywhere."""
        spoken = self._preferences.language
        laid_out = self._preferences.phone_order
        self._preferences = preferences
        self._dress()
        if self._till is not None:
            self._till.sounds.set_volume(preferences.volume if preferences.sound else 0)
        if preferences.language is not spoken or preferences.phone_order is not laid_out:
            self._rebuild()
        elif self._shell is not None:
            self._shell.show_sound(preferences.sound)

    def _dress(self) -> None:
        chosen = self._preferences
        shop = self._till.shop if self._till else None
        currency, zone = (shop.currency, shop.zone) if shop else ("VND", "Asia/Ho_Chi_Minh")
        self._texts = Texts(Language(chosen.language), currency, zone)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        apply_theme(app, Theme(_theme_name(chosen.theme), TextScale(chosen.text_size), chosen.reduced_motion))

    def _rebuild(self) -> None:
        """Build what is on screen again, in another language or order; presenters keep their state."""
        if self._shell is None:
            self._show_lock()
        else:
            key = self._shell.open_key
            self._show_shell(key or "charge")

    def _show_lock(self) -> None:
        from ui.views.sign_in import SignInView

        assert self._screens is not None
        assert self._till is not None
        view = SignInView(self._screens.sign_in, self._texts, self._till.shop.name, self._till.pins_hint)
        self.setCentralWidget(view)
        self._screens.sign_in.opened()
        view.setFocus(Qt.FocusReason.OtherFocusReason)

    def signed_in(self, actor: Actor) -> None:
        """Open the till for a person."""
        assert self._screens is not None
        self._screens.desk.actor = actor
        self._screens.sign_in.closed()
        self._show_shell("charge")

    def _show_shell(self, key: str) -> None:
        assert self._screens is not None
        assert self._till is not None
        desk = self._screens.desk
        role = self._texts.t(f"role.{desk.signed_in.role.value}")
        person = (
            f"{self._texts.t('demo.banner') + ' · ' if self._till.shop.is_demo else ''}{desk.signed_in.name} · {role}"
        )
        self._shell = shell = Shell(self._pages(), self._texts, self._till.shop.name, person)
        shell.locked.connect(self.lock)
        shell.help_wanted.connect(self._help)
        shell.sound_toggled.connect(self._screens.settings.toggle_sound)
        self.setCentralWidget(shell)
        shell.show_chip(chip_of(desk.sync))
        shell.show_sound(self._preferences.sound)
        shell.open(key)

    def _pages(self) -> tuple[Page, ...]:
        screens, till = self._screens, self._till
        assert screens is not None
        assert till is not None
        texts = self._texts
        phone_order = self._preferences.phone_order

        def charge() -> QWidget:
            from ui.views.charge import ChargeView

            return ChargeView(screens.charge, screens.recent, texts, till.now, phone_order)

        def payments() -> QWidget:
            from ui.views.payments import PaymentsView

            return PaymentsView(screens.payments, texts)

        def wallets() -> QWidget:
            from ui.views.wallets import WalletsView

            return WalletsView(screens.wallets, texts)

        def sync() -> QWidget:
            from ui.views.sync import SyncPage

            return SyncPage(screens.sync, texts, till.simulator_address)

        def settings() -> QWidget:
            from ui.views.settings import SettingsView

            return SettingsView(screens.settings, texts)

        return (
            _page("charge", "calculator", charge, screens.charge, screens.recent),
            _page("payments", "list", payments, screens.payments),
            _page("wallets", "landmark", wallets, screens.wallets),
            _page("sync", "refresh-cw", sync, screens.sync),
            _page("settings", "settings", settings, screens.settings),
        )

    # Keys that work everywhere

    def _shortcuts(self) -> None:
        keys: dict[str, Callable[[], None]] = {
            "F1": self._help,
            "F2": self._new_payment,
            "F3": self._find,
            "Ctrl+F": self._find,
            "F4": self._customer,
            "F5": self._sync_now,
            "F9": self._charge,
            "F11": self._full_screen,
            "Ctrl+L": self.lock,
        }
        for number in range(1, 10):
            keys[f"Ctrl+{number}"] = lambda place=number: self._go(place)
        for key, does in keys.items():
            QShortcut(QKeySequence(key), self, activated=does)

    def _go(self, place: int) -> None:
        if self._shell is not None:
            self._shell.open_number(place)

    def _help(self) -> None:
        from ui.views.help import show_help

        if self._shell is not None:
            show_help(self, self._texts)

    def _new_payment(self) -> None:
        if self._shell is not None and self._screens is not None:
            self._shell.open("charge")
            self._screens.charge.leave()

    def _find(self) -> None:
        if self._shell is not None:
            self._shell.open("payments")
            page = self._shell.page("payments")
            if page is not None:
                page.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _customer(self) -> None:
        from ui.views.charge import ChargeView

        page = self._shell.page("charge") if self._shell is not None else None
        if isinstance(page, ChargeView) and page.isVisible():
            page.focus_customer()

    def _sync_now(self) -> None:
        if self._shell is not None and self._screens is not None:
            self._screens.sync.sync_now()

    def _charge(self) -> None:
        if self._shell is not None and self._screens is not None and self._shell.open_key == "charge":
            self._screens.charge.charge()

    def _full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def _scanned(self, text: str) -> None:
        """A scanner read something: a payment's code opens that payment, anything else is left alone."""
        reference = find_reference(text)
        if reference is not None and self._shell is not None and self._screens is not None:
            self._shell.open("payments")
            self._screens.payments.open_reference(reference)

    def open_payment(self, payment_id: PaymentId) -> None:
        """Show a payment on the Payments screen."""
        if self._shell is not None and self._screens is not None:
            self._shell.open("payments")
            self._screens.payments.choose(payment_id)

    def _tick(self) -> None:
        if self._screens is None or self._till is None:
            return
        for presenter in self._screens.all:
            presenter.tick()
        state = self._screens.charge.state
        on_screen = state.payment.id if state.payment is not None and state.stage is Stage.WAITING else None
        if on_screen != self._watched:
            self._watched = on_screen
            self._till.watch(on_screen)


class Screens:
    """The presenters of an open shop; they outlive the views that draw them."""

    def __init__(self, till: OpenTill, window: TillWindow, preferences: Preferences, store: PreferenceStore) -> None:
        self.desk = desk = Desk(till.work, till.now, till.new_id, till.shop, window, till.sounds)
        self.sign_in = SignInPresenter(desk, till.pins, window.signed_in)
        self.charge = ChargePresenter(desk)
        self.recent = RecentPresenter(desk, self.charge.resume, window.open_payment)
        self.payments = PaymentsPresenter(desk, QGuiApplication.clipboard().setText)
        self.wallets = WalletsPresenter(desk)
        self.sync = SyncPresenter(desk, till.sync)
        self.settings = SettingsPresenter(desk, store, preferences, till.version, window.wear, till.wipe_demo)
        self.all: tuple[Presenter[object], ...] = (  # type: ignore[assignment]  # each draws a state of its own
            self.sign_in,
            self.charge,
            self.recent,
            self.payments,
            self.wallets,
            self.sync,
            self.settings,
        )


def _page(key: str, icon_name: str, build: Callable[[], QWidget], *presenters: "Presenter[object]") -> Page:  # type: ignore[type-var]
    def opened() -> None:
        for presenter in presenters:
            presenter.opened()

    def closed() -> None:
        for presenter in presenters:
            presenter.closed()

    return Page(key, icon_name, build, opened, closed)


def _theme_name(choice: ThemeChoice) -> ThemeName:
    if choice is not ThemeChoice.SYSTEM:
        return ThemeName(choice.value)
    dark = QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark
    return ThemeName.DARK if dark else ThemeName.LIGHT
