"""The till's one window: there at once, then starting, a problem, the lock, or the screens."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QShowEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QMainWindow, QWidget

from ui.dress import apply_theme
from ui.presenters.preferences import Preferences, ThemeChoice
from ui.presenters.presenter import Mood, Words
from ui.texts import Texts, problem_text
from ui.theme import TextScale, Theme, ThemeName
from ui.views.starting import StartingView, StartProblemView

if TYPE_CHECKING:
    # The rest of the window is loaded when a till is attached, after the first paint.
    from domain.changes import Changes
    from domain.errors import DomainError
    from domain.ids import Instant
    from ui.presenters.scanner import Scan
    from ui.presenters.screens import Screens
    from ui.presenters.shell import ShellState
    from ui.presenters.unlock import UnlockPresenter
    from ui.sound import SoundState
    from ui.till import Till
    from ui.views.closing import ClosingDoor
    from ui.views.put_away import PutAway
    from ui.views.scanner import ScannerFilter
    from ui.views.shell import ShellView
    from ui.views.sign_in import SignInView
    from ui.widgets.toast import Toast
    from ui.work import SyncView

LEAST_WIDTH: Final = 960
LEAST_HEIGHT: Final = 560
_FIRST_WIDTH: Final = 1280
_FIRST_HEIGHT: Final = 760
_TICK_MS: Final = 500
_ACTIVITY: Final = frozenset(
    {QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.TouchBegin, QEvent.Type.Wheel}
)


class Window(QMainWindow):
    """Shows what there is to show. Made before anything is open; `attach` gives it an open till.

    Also the `Notices` of the presenters. Signals: `closed` once the person has left.
    """

    closed = Signal()

    def __init__(self, preferences: Preferences, now: Callable[[], Instant], parent: QWidget | None = None) -> None:
        """`preferences` are those of this machine, `now` is the wall clock in UTC milliseconds."""
        super().__init__(parent)
        self._preferences = preferences
        self._now = now
        self._texts = Texts(preferences.language, on_missing=_note_missing)
        self._till: Till | None = None
        self._screens: Screens | None = None
        self._shell: ShellView | None = None
        self._lock: SignInView | None = None
        self._put_away: PutAway | None = None
        self._toast: Toast | None = None
        self._scanner: ScannerFilter | None = None
        self._leaving = False
        self._closing: ClosingDoor | None = None
        self._tick = QTimer(self)
        self._tick.setInterval(_TICK_MS)
        self._tick.timeout.connect(self._ticked)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._dress)
        self.setWindowTitle(self._texts.t("app.name"))
        self.setMinimumSize(LEAST_WIDTH, LEAST_HEIGHT)
        self.resize(_FIRST_WIDTH, _FIRST_HEIGHT)
        self._dress()

    # Before a till is open

    def show_starting(self) -> None:
        """Say that the shop is being opened."""
        self.setCentralWidget(StartingView(self._texts))

    def show_problem(
        self, error: DomainError, retry: Callable[[], None] | None = None, recover: Callable[[], None] | None = None
    ) -> None:
        """Say why the shop cannot be opened; `retry` and `recover` (by the code), if any, are offered as buttons."""
        self.setCentralWidget(StartProblemView(error, self._texts, retry, self.leave, recover))

    def show_unlock(self, presenter: UnlockPresenter, least: int) -> None:
        """Ask for the passphrase or the recovery code; `least` is how many characters a new passphrase has."""
        from ui.views.unlock import UnlockView

        view = UnlockView(presenter, self._texts, least)
        self.setCentralWidget(view)
        view.take_focus()

    # With an open till

    def attach(self, till: Till) -> None:
        """Show the lock of an open till; called once, on the GUI thread."""
        from ui.clipboard import copy_secret
        from ui.presenters.codes import warm_codes
        from ui.presenters.desk import Desk
        from ui.presenters.screens import make_screens
        from ui.views.scanner import ScannerFilter
        from ui.widgets.toast import Toast

        self._till = till
        self._texts = self._texts_for(self._preferences)
        till.sounds.set_volume(self._volume())
        desk = Desk(
            till.work, self._now, till.new_id, till.shop, self, till.sounds, sync=till.sync, backups=till.backups
        )
        self._screens = make_screens(
            desk,
            control=till.control,
            pins=till.pins,
            store=till.store,
            preferences=self._preferences,
            version=till.version,
            copy=QGuiApplication.clipboard().setText,
            copy_secret=copy_secret,
            apply=self._apply,
            wipe_demo=till.wipe_demo,
            write_report=till.write_report,
            write_audit=till.write_audit,
            restoring=till.restoring,
            hub=till.hub,
            keys=till.keys,
            leaving=till.leaving,
        )
        till.bridge.changed.connect(self._changed)
        till.bridge.synced.connect(self._synced)
        till.bridge.sounded.connect(self._sounded)
        self._toast = Toast(self, at_top=True)
        self._scanner = ScannerFilter(self)
        self._scanner.scanned.connect(self._scanned)
        self._watch_keys()
        self._screens.sign_in.opened()
        self._screens.shell.attach(self)
        warm_codes(till.work)
        self._tick.start()

    def show_state(self, state: ShellState) -> None:
        """Show the lock or the screens, whichever the frame's presenter says."""
        if not state.kept:
            self._drop_put_away()
        if state.locked:
            if self._lock is None:
                self._show_lock()
        elif self._put_away is not None:
            self._bring_back(self._put_away)
        elif self._shell is None:
            self._show_shell()
        else:
            self._shell.show_state(state)

    @property
    def screens(self) -> Screens | None:
        """The presenters, once a till is attached."""
        return self._screens

    # What presenters say beside their screens

    def toast(self, mood: Mood, words: Words) -> None:
        """Show and say a message for some seconds."""
        if self._toast is not None:
            self._toast.say(self._texts.t(words.key, **words.facts))

    def announce(self, words: Words) -> None:
        """Have a screen reader say a message at once."""
        from ui.widgets.announce import announce

        announce(self, self._texts.t(words.key, **words.facts))

    def problem(self, error: DomainError) -> None:
        """Show a refusal that no screen shows in its own place."""
        if self._shell is not None:
            self._shell.show_problem(problem_text(error, self._texts))
        elif self._toast is not None:
            self._toast.say(problem_text(error, self._texts).sentence)

    # What happens to the window

    def toggle_full_screen(self) -> None:
        """F11: use the whole screen, or give it back."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def leave(self) -> None:
        """Close without a question."""
        self._leaving = True
        self.close()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._watch_keys()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Leave, after a question while a payment is under way or something is unsent.

        A computer that shuts down is not held up: what is unsent is safe in the books.
        """
        if not self._leaving and self._screens is not None and not _session_ends():
            self._ask_to_leave(self._screens)
            if not self._leaving:
                event.ignore()
                return
        self._tick.stop()
        self._forget_secret()
        event.accept()
        self.closed.emit()

    def _ask_to_leave(self, screens: Screens) -> None:
        if not screens.shell.busy:
            self._ask_about_unsent(screens)
            return
        from ui.widgets.dialogs import ConfirmDialog

        t = self._texts.t
        question = ConfirmDialog(
            self, t("quit.title"), t("quit.pending", count=1), t("quit.yes"), t("quit.no"), danger=True
        )
        question.accepted.connect(lambda: self._ask_about_unsent(screens))
        question.open()

    def _ask_about_unsent(self, screens: Screens) -> None:
        from ui.presenters.closing import ClosingStage
        from ui.views.closing import ClosingDoor

        if screens.closing.state.stage is ClosingStage.OPEN:  # a new door, for the language may be another one
            if self._closing is not None:
                self._closing.deleteLater()
            self._closing = ClosingDoor(self, screens.closing, self._texts)
        screens.closing.ask(self.leave)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice that somebody is there; nothing is taken away."""
        if event.type() in _ACTIVITY and self._screens is not None:
            self._screens.shell.active()
        return False

    def _watch_keys(self) -> None:
        """Stand between the keyboard and the widgets; the native window exists only once it was shown."""
        handle = self.windowHandle()
        if handle is None or self._scanner is None:
            return
        for each in (self, self._scanner):
            handle.removeEventFilter(each)
            handle.installEventFilter(each)

    def _ticked(self) -> None:
        if self._screens is not None:
            self._screens.shell.tick()

    def _changed(self, changes: Changes) -> None:
        if self._screens is not None:
            self._screens.shell.on_changes(changes)
            self._screens.closing.on_changes(changes)

    def _synced(self, sync: SyncView) -> None:
        if self._screens is not None:
            self._screens.desk.sync = sync
            self._screens.shell.on_sync()
            self._screens.closing.on_sync()

    def _sounded(self, state: SoundState) -> None:
        if self._screens is not None:
            self._screens.settings.sound_changed(state)
            self._screens.shell.sound_changed(state)

    def _scanned(self, scan: Scan) -> None:
        """A payment's code opens it; any other text belongs to the text field that has the focus, if one has."""
        field = QApplication.focusWidget()
        if scan.reference is None and isinstance(field, QLineEdit):
            field.insert(scan.text)
        elif self._screens is not None:
            self._screens.shell.scanned(scan)

    # Lock, language and look

    def _show_lock(self) -> None:
        from ui.views.sign_in import SignInView

        assert self._screens is not None, "there is a till"
        self._forget_secret()
        if self._shell is not None:
            from ui.views.put_away import PutAway

            self._put_away, self._shell = PutAway(self, self._shell), None
        if self._toast is not None:
            self._toast.hide()  # what was told to one person is not left for the next
        self._lock = SignInView(self._screens.sign_in, self._screens.desk.shop, self._texts)
        self.setCentralWidget(self._lock)
        self._lock.take_focus()

    def _bring_back(self, put_away: PutAway) -> None:
        """Give the screens back to whoever left them."""
        assert self._screens is not None, "there is a till"
        self._screens.sign_in.detach()
        self._put_away, self._lock, self._shell = None, None, put_away.screens
        self._shell.show_state(self._screens.shell.state)
        put_away.bring_back()
        if self._toast is not None:
            self._toast.raise_()

    def _drop_put_away(self) -> None:
        """Give up what stands behind the lock; the lock or the screens are drawn anew."""
        if self._put_away is not None and self._screens is not None:
            self._screens.detach()
            self._put_away.drop()
            self._put_away, self._lock = None, None

    def _forget_secret(self) -> None:
        """Leave nothing on the clipboard that was told to one person alone."""
        from ui.clipboard import forget_secret

        forget_secret()

    def _show_shell(self) -> None:
        from ui.views.shell import ShellView

        assert self._screens is not None, "there is a till"
        self._screens.detach()
        flush = self._scanner.flush if self._scanner is not None else lambda: None
        simulator = self._till.simulator if self._till is not None else ""
        self._shell = ShellView(self._screens, self._texts, self._now, self.toggle_full_screen, flush, simulator)
        self._lock = None
        self.setCentralWidget(self._shell)
        if self._toast is not None:
            self._toast.raise_()
        self._shell.take_focus()

    def _apply(self, preferences: Preferences) -> None:
        """Put preferences into effect; what shapes the views waits for this press to end."""
        before, self._preferences = self._preferences, preferences
        if self._till is not None:
            self._till.sounds.set_volume(self._volume())
            self._sounded(self._till.sounds.state)
        if _looks(before) != _looks(preferences):
            self._dress()
        if _shape(before) != _shape(preferences):
            self._texts = self._texts_for(preferences)
            QTimer.singleShot(0, self, self._rebuild)

    def _rebuild(self) -> None:
        if self._shell is not None:
            self._show_shell()
        elif self._lock is not None:
            self._drop_put_away()
            self._show_lock()

    def _texts_for(self, preferences: Preferences) -> Texts:
        if self._till is None:
            return Texts(preferences.language, on_missing=_note_missing)
        shop = self._till.shop
        return Texts(preferences.language, shop.currency, shop.zone, on_missing=_note_missing)

    def _volume(self) -> int:
        return self._preferences.volume if self._preferences.sound else 0

    def _dress(self, _scheme: Qt.ColorScheme | None = None) -> None:
        app = QApplication.instance()
        assert isinstance(app, QApplication), "a window needs an application"
        wishes = self._preferences
        theme = Theme(_palette(wishes.theme), TextScale(wishes.text_size.value), wishes.reduced_motion)
        apply_theme(app, theme)


def _palette(choice: ThemeChoice) -> ThemeName:
    if choice is not ThemeChoice.SYSTEM:
        return ThemeName(choice.value)
    dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
    return ThemeName.DARK if dark else ThemeName.LIGHT


def _looks(preferences: Preferences) -> tuple[object, ...]:
    return (preferences.theme, preferences.text_size, preferences.reduced_motion)


def _shape(preferences: Preferences) -> tuple[object, ...]:
    """What the views are built for; anything else they take on as they stand."""
    return (preferences.language, preferences.phone_order, preferences.text_size)


def _session_ends() -> bool:
    app = QGuiApplication.instance()
    return isinstance(app, QGuiApplication) and app.isSavingSession()


def _note_missing(key: str) -> None:
    import structlog

    structlog.get_logger("ui.texts").warning("text_missing", key=key)
