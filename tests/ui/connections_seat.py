"""The owner's connections in a window of their own, worked by keys, for the tests of their view."""

from dataclasses import dataclass, field

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDialog,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from domain.money import Language
from tests.fakes.shown_view import (
    button_saying,
    cut_off,
    out_of_reach,
    settle,
    show_view,
    too_small_or_nameless,
)
from tests.fakes.small_hub_desk import PIN
from tests.ui.hub_desk_stage import HubStage
from ui.presenters.connections import Section
from ui.texts import Texts
from ui.views.connections import ConnectionsView

SMALL = (1024, 424)
"""What a screen of 1024x600 leaves below the choice between the parts of the settings."""

LEAST = (960, 384)
LARGE = (1294, 652)
NEEDLE = "planted-needle-0001"
ACTS = ("common.save", "settings.test_connection", "connections.disconnect")


@dataclass
class Stage:
    """The part of the settings in a window of its own."""

    qtbot: QtBot
    language: Language = Language.VI
    hub: HubStage = field(default_factory=HubStage)
    window: QWidget = field(init=False)
    view: ConnectionsView = field(init=False)

    def show(self, size: tuple[int, int] = SMALL, section: Section = Section.PROVIDERS) -> "Stage":
        self.hub.shown.opened()
        self.hub.shown.show_section(section)
        self.view = ConnectionsView(self.hub.shown, Texts(self.language), self.hub.counter.clock)
        self.window = QWidget()
        column = QVBoxLayout(self.window)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view)
        show_view(self.qtbot, self.window, size)
        return self

    def unlocked(self, size: tuple[int, int] = SMALL, section: Section = Section.PROVIDERS) -> "Stage":
        self.show(size, section)
        self.hub.shown.unlock()
        self.hub.shown.proofs.submit(PIN)
        self.come_back()
        return self

    def come_back(self) -> None:
        """Have the window that is in front now hold the keys: without a desktop nobody gives them back to it."""
        settle()
        front = self.front
        if not front.isActiveWindow():
            with self.qtbot.waitActive(front):
                front.activateWindow()
        settle()

    @property
    def focused(self) -> QWidget:
        """What has the keys."""
        self.come_back()
        found = QApplication.focusWidget()
        assert found is not None
        return found

    def t(self, key: str, **facts: object) -> str:
        return Texts(self.language).t(key, **facts)

    def press(self, key: str, **facts: object) -> None:
        button_saying(self.front, self.t(key, **facts)).click()
        settle()

    def keys(self, *keys: Qt.Key) -> None:
        for key in keys:
            QTest.keyClick(self.focused, key)
            settle()

    def type(self, text: str) -> None:
        QTest.keyClicks(self.focused, text)
        settle()

    @property
    def front(self) -> QWidget:
        """The sheet in front, or the page."""
        sheets = [each for each in self.sheets() if each.isVisible()]
        return sheets[-1] if sheets else self.window

    def sheets(self) -> list[QDialog]:
        return [each for each in QApplication.topLevelWidgets() if isinstance(each, QDialog) and each.isVisible()]

    def field(self, label: str) -> QLineEdit:
        found = [each for each in self.front.findChildren(QLineEdit) if each.accessibleName() == label]
        assert len(found) == 1, label
        return found[0]

    def everything(self) -> str:
        """All that any widget shows, names or could give back, whether it is visible or not."""
        told: list[str] = []
        for each in (self.window, *self.window.findChildren(QWidget)):
            told += [each.accessibleName(), each.accessibleDescription(), each.toolTip(), each.windowTitle()]
            if isinstance(each, (QLabel, QAbstractButton, QLineEdit)):
                told.append(each.text())
        return "\n".join(told)


def faults(view: QWidget) -> tuple[list[str], list[str], list[str]]:
    return too_small_or_nameless(view), cut_off(view), out_of_reach(view)


SOUND: tuple[list[str], list[str], list[str]] = ([], [], [])


def visible_labels(view: QWidget) -> list[QLabel]:
    return [each for each in view.findChildren(QLabel) if each.isVisible()]
