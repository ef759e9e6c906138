"""A screen of the till as a window shows it, and what holds for every one: names, targets, reach, nothing cut off."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSlider,
    QTableView,
    QWidget,
)
from pytestqt.qtbot import QtBot

from ui.theme import TARGET

SMALL = (1024, 484)
"""What a screen of 1024x600 leaves between the bars at the top and at the bottom."""

LARGE = (1294, 712)
"""What a screen of 1366x768 leaves beside the rail and below the bar at the top."""

_WORKED = (QAbstractButton, QAbstractSpinBox, QLineEdit, QComboBox, QSlider, QTableView)
_SLACK_PX = 1


def show_view(qtbot: QtBot, view: QWidget, size: tuple[int, int]) -> None:
    """Show a view as an active window of exactly this size; the caller keeps it alive."""
    qtbot.addWidget(view)
    view.resize(*size)
    with qtbot.waitActive(view):
        view.show()
        view.activateWindow()
    settle()


def at_each_size(view: QWidget, sizes: tuple[tuple[int, int], ...] = (SMALL, LARGE)) -> Iterator[tuple[int, int]]:
    """Give a shown view each size in turn, as a window grows; to build it anew would cost more than to look at it."""
    for size in sizes:
        view.window().resize(*size)
        settle()
        settle()  # a part for which there is room only now lays itself out after the rest
        yield size


def settle() -> None:
    """Let layouts and repaints happen."""
    for _ in range(3):
        QApplication.processEvents()


def words_of(view: QWidget) -> str:
    """Everything the labels and buttons of a screen say, as one text."""
    said = [part.text() for part in _visible(view) if isinstance(part, (QLabel, QAbstractButton))]
    return "\n".join(said)


def button_saying(view: QWidget, text: str) -> QAbstractButton:
    """The visible button with these words."""
    found = [each for each in _visible(view) if isinstance(each, QAbstractButton) and each.text() == text]
    assert len(found) == 1, (text, [each.text() for each in view.findChildren(QAbstractButton)])
    return found[0]


def too_small_or_nameless(view: QWidget) -> list[str]:
    """What a finger could miss or a screen reader could not name."""
    faults = []
    for each in _worked(view):
        name = each.accessibleName() or (each.text() if isinstance(each, QAbstractButton) else "")
        if not name:
            faults.append(f"no name: {each!r}")
        if each.height() < TARGET or each.width() < TARGET:
            faults.append(f"too small: {name or each!r} {each.width()}x{each.height()}")
    return faults


def cut_off(view: QWidget) -> list[str]:
    """What does not fit: words wider than their place, contents wider than their page, parts beyond the edge."""
    faults = []
    for each in _visible(view):
        page = each.widget() if isinstance(each, QScrollArea) else None
        if isinstance(each, QScrollArea) and page is not None:
            wanted, room = page.minimumSizeHint().width(), each.viewport().width()
            if wanted > room:
                faults.append(f"page of {wanted} px in {room} px")
        wraps = isinstance(each, QLabel) and each.wordWrap()
        if isinstance(each, (QLabel, QAbstractButton)) and not wraps and each.text():
            wanted = each.minimumSizeHint().width()
            if wanted > each.width() + _SLACK_PX:
                faults.append(f"{each.text()!r} wants {wanted} px and has {each.width()}")
        if isinstance(each, QLabel) and wraps and each.heightForWidth(each.width()) > each.height() + _SLACK_PX:
            faults.append(f"{each.text()!r} wants {each.heightForWidth(each.width())} px of height")
        left = each.mapTo(view, each.rect().topLeft()).x()
        if left < 0 or left + each.width() > view.width():
            faults.append(f"{each!r} from {left} to {left + each.width()} of {view.width()}")
    return faults


def out_of_reach(view: QWidget) -> list[str]:
    """What can be pressed but not be reached by Tab; of buttons that exclude each other one is enough."""
    window, reached = view.window(), set()
    for _ in range(len(window.findChildren(QWidget))):
        QTest.keyClick(window, Qt.Key.Key_Tab)
        focused = QApplication.focusWidget()
        if focused is None or focused in reached:
            break
        reached.add(focused)
    missing = []
    for each in _worked(view):
        if each.isEnabled() and not _fellows(each) & reached:
            missing.append(each.accessibleName() or repr(each))
    return missing


def _fellows(each: QWidget) -> set[QWidget]:
    """The buttons of which only one can be chosen together with this one, or it alone."""
    if not isinstance(each, QAbstractButton):
        return {each}
    group = each.group()
    if group is not None and group.exclusive():
        return set(group.buttons())
    parent = each.parentWidget()
    siblings = parent.findChildren(QAbstractButton) if parent else []
    return {each, *(other for other in siblings if each.autoExclusive() and other.autoExclusive())}


def _visible(view: QWidget) -> Iterator[QWidget]:
    return (each for each in view.findChildren(QWidget) if each.isVisibleTo(view))


def _worked(view: QWidget) -> Iterator[QWidget]:
    """What a person works: buttons, fields, sliders and tables, without the parts Qt builds into them."""
    for each in _visible(view):
        if isinstance(each, _WORKED) and not isinstance(each.parentWidget(), _WORKED):
            yield each
