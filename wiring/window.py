"""The till's window as a program: painted first, then the shop is opened behind it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, QProcess, QTimer, Signal
from PySide6.QtWidgets import QApplication

from domain.errors import DomainError, ErrorCode, StorageUnavailable
from ui.presenters.charge_state import Stage
from ui.window import Window
from wiring.clock import wall_clock
from wiring.folders import Folder
from wiring.logs import join_structlog
from wiring.preferences import PreferenceFile

if TYPE_CHECKING:
    # Storage, sync and the rest of the window are loaded on the opening thread, after the first paint.
    from pathlib import Path

    from domain.books import Report
    from domain.ids import PaymentId
    from domain.money import Language
    from domain.policy import Actor, Limits
    from ui.sound import PlayedSounds
    from ui.threads import ChangesBridge, ThreadedWork
    from wiring.shop import Shop

VERSION: Final = "0.1.0"
WATCH_MS: Final = 250
_KEYS_LOST: Final = frozenset({ErrorCode.KEY_MISSING, ErrorCode.KEY_STORE_UNUSABLE, ErrorCode.KEY_FILE_DAMAGED})
"""What a recovery code helps against."""


class Program(QObject):
    """Opens the shop on a thread, gives it to the window, and closes it when the window has gone.

    Signals: `opened()` once the window shows the shop's lock; `refused()` once it shows why it cannot.
    """

    opened = Signal()
    refused = Signal()
    _arrived = Signal(object)
    _ended = Signal()
    _posted = Signal(object)

    def __init__(
        self,
        folder: Folder,
        limits: Limits | None = None,
        *,
        alone: bool = False,
        prepare: Callable[[], None] = lambda: None,
    ) -> None:
        """`alone` opens the till without starting its hub and simulator, as if the network were down.

        `prepare` is called on the opening thread before the shop is opened.
        """
        super().__init__()
        self._prepare = prepare
        self._alone = alone
        self._folder = folder
        self._limits = limits
        self._store = PreferenceFile(folder.root / "preferences.json")
        self.window = Window(self._store.load(), wall_clock)
        self.shop: Shop | None = None
        self._bridge: ChangesBridge | None = None
        self._work: ThreadedWork | None = None
        self._sounds: PlayedSounds | None = None
        self._watched: PaymentId | None = None
        self._recovered = False
        self._opening = ThreadPoolExecutor(1, "opening")
        self._arrived.connect(self._take)
        self._ended.connect(self.window.leave)
        self._posted.connect(self._open_letter)
        self._watch = QTimer(self)
        self._watch.setInterval(WATCH_MS)
        self._watch.timeout.connect(self._watch_counter)

    def start(self) -> None:
        """Show the window and begin to open the shop; returns at once."""
        self.window.show_starting()
        self.window.show()
        self.window.activateWindow()
        QTimer.singleShot(0, self, self.open)

    def open(self) -> None:
        """Open the shop on a thread of its own."""
        self._bridge = _new_bridge()
        self._opening.submit(self._open_shop, self._bridge).add_done_callback(self._arrived.emit)

    def close(self) -> None:
        """Close everything; the outbox keeps what has not been sent."""
        self._watch.stop()
        if self._work is not None:
            self._work.close()
        if self._sounds is not None:
            self._sounds.close()
        if self.shop is not None:
            self.shop.close()
            self.shop = None
        self._opening.shutdown(wait=True)

    def wipe(self, actor: Actor) -> None:
        """Close, remove the demo shop, and start the program anew; raises NotPermitted."""
        from domain.policy import Action, require

        require(actor, Action.WIPE_DEMO)
        shop, self.shop = self.shop, None
        assert shop is not None, "only an open shop is wiped"

        def begin_again() -> None:
            shop.wipe()
            self.start_anew()

        threading.Thread(target=begin_again, name="wiping", daemon=False).start()

    def restore(self, actor: Actor, backup: Path, failed: Callable[[DomainError], None]) -> None:
        """Close the till, put a backup in its place and start the program anew; `failed` hears why that cannot be.

        The till is closed then, and its file as it was. Raises NotPermitted.
        """
        from domain.policy import Action, require

        require(actor, Action.RESTORE)
        shop, self.shop = self.shop, None
        assert shop is not None, "only an open till is restored"
        self._watch.stop()
        if self._work is not None:
            self._work.close()

        threading.Thread(
            target=lambda: self._end(_restored(shop, backup), failed), name="restoring", daemon=False
        ).start()

    @property
    def hub_here(self) -> bool:
        """Whether the hub lies on this very machine."""
        return self._folder.hub.exists()

    def leave(self, actor: Actor, copy: str, failed: Callable[[DomainError], None]) -> None:
        """Close the till, copy its books into a folder (empty for none), remove the shop and start the program anew.

        If that fails, `failed` hears why: the till is closed then. Raises NotPermitted.
        """
        from domain.policy import Action, require

        require(actor, Action.LEAVE_TILL)
        shop, self.shop = self.shop, None
        assert shop is not None, "only an open till is left"
        self._watch.stop()
        if self._work is not None:
            self._work.close()
        threading.Thread(target=lambda: self._end(_left(shop, copy), failed), name="leaving", daemon=False).start()

    def _end(self, problem: DomainError | None, failed: Callable[[DomainError], None]) -> None:
        """Start anew after a till was closed for good, or tell why what was to be done could not be."""
        if problem is None:
            self.start_anew()
        else:
            self._posted.emit(lambda: failed(problem))

    def start_anew(self) -> None:
        """Start the program anew, and leave this one; from any thread."""
        QProcess.startDetached(sys.executable, [*sys.argv[:1], "--data", str(self._folder.root)])
        self._ended.emit()

    def _open_letter(self, letter: Callable[[], None]) -> None:
        letter()

    def _write_audit(self, path: Path, since: str, until: str) -> int:
        from wiring.audit import write_till_trail

        return write_till_trail(self._folder, path, since, until)

    def _open_shop(self, bridge: ChangesBridge) -> Shop:
        self._prepare()
        from wiring.key_places import waits_for_passphrase
        from wiring.shop import Shop

        if waits_for_passphrase(self._folder):
            raise StorageUnavailable(ErrorCode.PASSPHRASE_NEEDED)  # the window asks for it
        return Shop(self._folder, bridge.publish, bridge.publish_sync, self._limits)

    def _take(self, opened: Future[Shop]) -> None:
        try:
            self.shop = opened.result()
        except DomainError as error:
            self._tell(error)
            self.refused.emit()
            return
        except Exception:  # noqa: BLE001 - whatever it was, the person must be told and the log must have it
            import structlog

            structlog.get_logger("wiring.window").exception("shop_not_opened")
            self.window.show_problem(DomainError(ErrorCode.UNEXPECTED), self._again)
            self.refused.emit()
            return
        self._attach(self.shop)

    def _tell(self, error: DomainError) -> None:
        """Ask for the passphrase where that is all that is missing, else say why the shop does not open."""
        if error.code is ErrorCode.PASSPHRASE_NEEDED:
            self._unlock()
        else:
            lost = error.code in _KEYS_LOST and self._folder.recovery.exists()
            self.window.show_problem(error, self._again, self._unlock if lost else None)

    def _unlock(self) -> None:
        from ui.presenters.unlock import UnlockPresenter
        from wiring.key_desk import FolderGate, FolderKeys

        gate = FolderGate(self._folder)
        self.window.show_unlock(UnlockPresenter(gate, self._compute, wall_clock, self._unlocked), FolderKeys.least)

    def _unlocked(self, recovered: bool) -> None:
        self._recovered = recovered
        self._again()

    def _compute(
        self, op: Callable[[], object], done: Callable[[Any], None], failed: Callable[[DomainError], None]
    ) -> None:
        """Run slow work on the opening thread and answer on the GUI's."""

        def work() -> None:
            try:
                answer = op()
            except DomainError as error:
                refusal = error
                self._posted.emit(lambda: failed(refusal))
            except Exception:  # noqa: BLE001 - whatever it was, the person must be told and the log must have it
                import structlog

                structlog.get_logger("wiring.window").exception("keys_not_opened")
                self._posted.emit(lambda: failed(DomainError(ErrorCode.UNEXPECTED)))
            else:
                self._posted.emit(lambda: done(answer))

        self._opening.submit(work)

    def _again(self) -> None:
        self.window.show_starting()
        self.open()

    def _attach(self, shop: Shop) -> None:
        from domain.ids import new_id
        from ui.presenters.desk import NoSync
        from ui.sound import PlayedSounds
        from ui.threads import ThreadedWork
        from ui.till import Till
        from wiring.asked_backups import AskedBackups
        from wiring.hub_desk import TillHubDesk
        from wiring.key_desk import FolderKeys

        assert self._bridge is not None, "the bridge was made before the shop"
        till = shop.till
        self._work = ThreadedWork(till.units, till.queries, shop, till.writer, till.reader, self.window.problem)
        self._sounds = PlayedSounds(self._bridge.publish_sound)
        self.window.attach(
            Till(
                shop=shop.row,
                work=self._work,
                bridge=self._bridge,
                control=shop,
                pins=shop.pins,
                sounds=self._sounds,
                store=self._store,
                new_id=new_id,
                version=VERSION,
                wipe_demo=self.wipe,
                write_report=_write_report,
                write_audit=self._write_audit,
                sync=NoSync(),
                simulator=shop.simulator_page,
                backups=AskedBackups(self._folder, shop.backups),
                restoring=self,
                keys=FolderKeys(self._folder),
                leaving=self,
                hub=TillHubDesk(till),
            )
        )
        threading.Thread(target=shop.start_sync, kwargs={"alone": self._alone}, name="sync-start", daemon=True).start()
        self._watch.start()
        if self._recovered:
            from domain.services.keys import note_recovery

            at = wall_clock()
            till.command(lambda uow: note_recovery(uow, at))
        self.opened.emit()

    def _watch_counter(self) -> None:
        """Have the engine poll for the payment that stands on the counter's screen."""
        if self.shop is None or self.window.screens is None:
            return
        state = self.window.screens.charge.state
        waits = state.payment is not None and state.stage in (Stage.STARTING, Stage.WAITING, Stage.HELD, Stage.SHORT)
        on_screen = state.payment.id if state.payment is not None and waits else None
        if on_screen != self._watched:
            self._watched = on_screen
            self.shop.watch(on_screen)


def run_window(folder: Folder, show: Callable[[Program], None] = lambda program: None) -> int:
    """Open the till and stay until its window is closed."""
    app = QApplication(sys.argv[:1])
    app.setApplicationName("BANA Till")
    program = Program(folder, prepare=join_structlog)
    program.window.closed.connect(app.quit)
    program.start()
    show(program)
    try:
        return app.exec()
    finally:
        program.close()
        program.window.deleteLater()
        app.processEvents()


def _restored(shop: Shop, backup: Path) -> DomainError | None:
    """Close a shop and put a backup in its till's place; return why that cannot be."""
    from wiring.restore import restore

    return _closed_for(shop, lambda: restore(shop.folder, backup, wall_clock()), "till_not_restored")


def _left(shop: Shop, copy: str) -> DomainError | None:
    """Close a shop and remove it from this machine; return why that cannot be."""
    from wiring.leaving import leave

    return _closed_for(shop, lambda: leave(shop.folder, copy, wall_clock()), "till_not_left")


def _closed_for(shop: Shop, act: Callable[[], object], event: str) -> DomainError | None:
    try:
        shop.close()
        act()
    except DomainError as error:
        return error
    except Exception:  # noqa: BLE001 - whatever it was, the person must be told and the log must have it
        import structlog

        structlog.get_logger("wiring.window").exception(event)
        return DomainError(ErrorCode.UNEXPECTED)
    return None


def _write_report(report: Report, path: Path, form: str, language: Language) -> None:
    from wiring.report_files import write_report

    write_report(report, path, form, language)


def _new_bridge() -> ChangesBridge:
    from ui.threads import ChangesBridge

    return ChangesBridge()
