"""The till's window over a shop in memory, as a person meets it: locked, with two people who may sign in."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from domain.books import Report
from domain.ids import UserId
from domain.people import User
from domain.policy import Action, Actor, Role, require
from tests.fakes.counter import CountedIds, FakeClock
from tests.fakes.immediate_work import ImmediateWork
from tests.fakes.recording_view import FixedSync, RecordingSounds
from tests.fakes.small_shop import MERCHANT, SHOP_ROW, SmallShop
from ui.presenters.hub_desk import HubDesk
from ui.presenters.preferences import Preferences
from ui.presenters.screens import Screens
from ui.threads import ChangesBridge
from ui.till import Till
from ui.window import Window

PIN = "1234"


class PlainPins:
    """A PIN check without the slowness."""

    def hash(self, pin: str) -> str:
        return f"hashed:{pin}"

    def matches(self, pin_hash: str, pin: str) -> bool:
        return pin_hash == self.hash(pin)


@dataclass
class FakeControl:
    woken: int = 0
    retried: int = 0

    def wake(self) -> None:
        self.woken += 1

    def retry_refused(self, actor: Actor) -> None:
        require(actor, Action.RETRY_REFUSED)
        self.retried += 1


@dataclass
class FakeStore:
    saved: list[Preferences] = field(default_factory=list)

    def load(self) -> Preferences:
        return Preferences()

    def save(self, preferences: Preferences) -> None:
        self.saved.append(preferences)


def two_people() -> SmallShop:
    """A shop with its owner and a cashier."""
    people = (("u-mai", "Nguyễn Thị Mai", Role.OWNER), ("u-lan", "Lan", Role.CASHIER))
    users = [User(UserId(key), MERCHANT, name, role, f"hashed:{PIN}") for key, name, role in people]
    return SmallShop(users={user.id: user for user in users})


def _let_go(window: Window) -> None:
    """Finish what is under way, so that closing asks nothing after the test."""
    for sheet in window.findChildren(QDialog):
        sheet.reject()
    if window.screens is not None:
        window.screens.charge.finish()


@dataclass
class Seat:
    """A person's seat at the till: the window, and what stands behind it."""

    qtbot: QtBot
    preferences: Preferences = field(default_factory=lambda: Preferences(reduced_motion=True))
    size: tuple[int, int] = (1366, 768)
    shop: SmallShop = field(default_factory=two_people)
    clock: FakeClock = field(default_factory=FakeClock)
    sounds: RecordingSounds = field(default_factory=RecordingSounds)
    control: FakeControl = field(default_factory=FakeControl)
    store: FakeStore = field(default_factory=FakeStore)
    wiped: list[Actor] = field(default_factory=list)
    written: list[tuple[Report, Path, str]] = field(default_factory=list)
    trails: list[tuple[Path, str, str]] = field(default_factory=list)
    hub: HubDesk | None = None
    window: Window = field(init=False)
    work: ImmediateWork = field(init=False)
    bridge: ChangesBridge = field(init=False)

    def __post_init__(self) -> None:
        self.work = ImmediateWork(self.shop)
        self.bridge = ChangesBridge()
        self.window = Window(self.preferences, self.clock)
        self.qtbot.addWidget(self.window, before_close_func=_let_go)
        self.window.resize(*self.size)
        self.window.show_starting()
        with self.qtbot.waitActive(self.window):
            self.window.show()
            self.window.activateWindow()

    @property
    def screens(self) -> Screens:
        """The presenters."""
        assert self.window.screens is not None
        return self.window.screens

    def attach(self) -> "Seat":
        """Give the window its till."""
        self.window.attach(
            Till(
                SHOP_ROW,
                self.work,
                self.bridge,
                self.control,
                PlainPins(),
                self.sounds,
                self.store,
                CountedIds(),
                "0.1.0",
                self.wiped.append,
                lambda report, path, form, language: self.written.append((report, path, form)),
                self._write_audit,
                FixedSync(),
                hub=self.hub,
            )
        )
        self.settle()
        return self

    def _write_audit(self, path: Path, since: str, until: str) -> int:
        self.trails.append((path, since, until))
        return 1

    def sign_in(self, name: str = "Mai") -> "Seat":
        """Choose a person and type the PIN."""
        presenter = self.screens.sign_in
        presenter.choose(next(user for user in presenter.state.users if name in user.name))
        presenter.submit(PIN)
        self.settle()
        return self

    def press(self, *keys: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press keys like a person does, each after a pause."""
        for key in keys:
            self._stay_active()
            QTest.keyClick(self._handle(), key, modifier)
            self.qtbot.wait(40)
        self.settle()

    def type(self, text: str) -> None:
        """Type letters like a person does."""
        for letter in text:
            QTest.keyClick(self._handle(), letter)
            self.qtbot.wait(40)
        self.settle()

    def scan(self, text: str, end: Qt.Key | None = Qt.Key.Key_Return) -> None:
        """Send keys as fast as a scanner does."""
        for letter in text:
            QTest.keyClick(self._handle(), letter)
        if end is not None:
            QTest.keyClick(self._handle(), end)
        self.qtbot.wait(80)
        self.settle()

    def settle(self) -> None:
        """Let layouts and repaints happen."""
        for _ in range(4):
            QApplication.processEvents()

    @property
    def page(self) -> QWidget:
        """The screen in front."""
        shell = self.window.centralWidget()
        found: QWidget = shell._pages.currentWidget()
        return found

    def _stay_active(self) -> None:
        """The window of the test before may go away late and take the activation with it."""
        if QApplication.activeWindow() is None:
            with self.qtbot.waitActive(self.window):
                self.window.activateWindow()

    def _handle(self):  # type: ignore[no-untyped-def]  # QTest takes the native window
        return self.window.windowHandle()
