"""The frame around every screen: the top bar, the ways between screens, and the screen that is open."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from ui.presenters.sync import ChipState
from ui.texts import Problem, Texts
from ui.theme import Space
from ui.views.looks import tone_of
from ui.widgets.buttons import Chip, IconButton
from ui.widgets.nav_button import NavButton
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.surfaces import label
from ui.widgets.tones import Tone

RAIL_FROM_PX: Final = 1280
"""From this width on the ways stand in a rail at the left, below it in a bar at the foot."""


@dataclass(frozen=True, slots=True)
class Page:
    """A screen: its key, its icon, and how it is built on the first visit; `shown` is told when it is opened."""

    key: str
    icon_name: str
    build: Callable[[], QWidget]
    opened: Callable[[], None]
    closed: Callable[[], None]


class Shell(QWidget):
    """Shows one page at a time and what every page shares.

    Signals: `locked()`, `help_wanted()`, `sound_toggled()`, and `page_opened(str)` with the key of the page.
    """

    locked = Signal()
    help_wanted = Signal()
    sound_toggled = Signal()
    page_opened = Signal(str)

    def __init__(self, pages: Sequence[Page], texts: Texts, shop: str, person: str) -> None:
        super().__init__()
        self.setObjectName("screen")
        self._pages, self._texts = pages, texts
        self._built: dict[str, QWidget] = {}
        self._open: Page | None = None
        self._notice = NoticeBar(texts.t("common.close"))
        self._notice.dismissed.connect(self._notice.clear_notice)
        self._notice.clear_notice()
        self._stack = QStackedWidget()
        self._ways = QWidget()
        self._buttons = {page.key: self._way(page, number) for number, page in enumerate(pages, start=1)}
        self._lay_out(shop, person)
        self._upright: bool | None = None
        self._turn(upright=False)

    @property
    def open_key(self) -> str | None:
        """The key of the page that is open."""
        return self._open.key if self._open else None

    def open(self, key: str) -> None:
        """Open a page, building it on the first visit."""
        page = next(page for page in self._pages if page.key == key)
        if page is self._open:
            return
        if self._open is not None:
            self._open.closed()
        self._open = page
        if key not in self._built:
            self._built[key] = page.build()
            self._stack.addWidget(self._built[key])
        self._stack.setCurrentWidget(self._built[key])
        self._buttons[key].setChecked(True)
        page.opened()
        self._built[key].setFocus(Qt.FocusReason.OtherFocusReason)
        self.page_opened.emit(key)

    def open_number(self, number: int) -> None:
        """Open the page at a place, 1 for the first; nothing happens where there is none."""
        if 1 <= number <= len(self._pages):
            self.open(self._pages[number - 1].key)

    def page(self, key: str) -> QWidget | None:
        """Return a page that has been built."""
        return self._built.get(key)

    def leave(self) -> None:
        """Tell the open page that it goes to the back."""
        if self._open is not None:
            self._open.closed()
            self._open = None

    def show_chip(self, chip: ChipState) -> None:
        """Show what matters most about the connection; shorter where there is little room."""
        words = chip.words if self.width() >= RAIL_FROM_PX else chip.short
        said = self._texts.t(chip.words.key, **chip.words.facts)
        self._chip.show_state(tone_of(chip.mood), self._texts.t(words.key, **words.facts), hint=said)

    def show_sound(self, on: bool) -> None:
        """Show whether sounds are on."""
        self._sound.set_icon("volume-2" if on else "bell")
        self._sound.set_name(self._texts.t("settings.sound.on" if on else "settings.sound.off"))

    def show_problem(self, problem: Problem) -> None:
        """Show a refusal that no page shows in its own place."""
        self._notice.show_problem(problem, ())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._turn(upright=self.width() >= RAIL_FROM_PX)

    def _way(self, page: Page, number: int) -> NavButton:
        word = self._texts.t(f"nav.{page.key}")
        button = NavButton(page.icon_name, word, f"{word} (Ctrl+{number})", self._ways)
        button.clicked.connect(lambda _checked=False, key=page.key: self.open(key))
        return button

    def _lay_out(self, shop: str, person: str) -> None:
        texts = self._texts
        self._chip = Chip("", Tone.NEUTRAL, "")
        self._chip.clicked.connect(lambda: self.open("sync"))
        self._sound = IconButton("volume-2", texts.t("settings.sound.on"))
        self._sound.clicked.connect(self.sound_toggled)
        help_button = IconButton("keyboard", texts.t("help.hint"))
        help_button.clicked.connect(self.help_wanted)
        lock = IconButton("lock", texts.t("lock.lock_hint"))
        lock.clicked.connect(self.locked)
        bar = QFrame()
        bar.setObjectName("bar")
        row = QHBoxLayout(bar)
        row.setContentsMargins(Space.XL, Space.XS, Space.M, Space.XS)
        row.setSpacing(Space.S)
        row.addWidget(label(shop, "section"))
        row.addWidget(label(person, "muted"))
        row.addStretch(1)
        for widget in (self._chip, self._sound, help_button, lock):
            row.addWidget(widget)
        content = QWidget()
        inside = QVBoxLayout(content)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(0)
        inside.addWidget(self._notice)
        inside.addWidget(self._stack, 1)
        self._ways_frame = QFrame()
        self._ways_frame.setObjectName("ways")
        self._ways_box = QBoxLayout(QBoxLayout.Direction.TopToBottom, self._ways)
        self._ways_box.setSpacing(Space.XS)
        for button in self._buttons.values():
            self._ways_box.addWidget(button)
        frame_box = QVBoxLayout(self._ways_frame)
        frame_box.setContentsMargins(Space.S, Space.XS, Space.S, Space.XS)
        frame_box.addWidget(self._ways)
        self._middle = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._middle.setSpacing(0)
        self._middle.addWidget(self._ways_frame)
        self._middle.addWidget(content, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(bar)
        whole.addLayout(self._middle, 1)

    def _turn(self, *, upright: bool) -> None:
        """Put the ways into the rail or into the bar."""
        if upright is self._upright:
            return
        self._upright = upright
        for button in self._buttons.values():
            button.set_upright(upright)
        down, across = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        self._ways_box.setDirection(down if upright else across)
        self._ways_box.setContentsMargins(0, Space.S if upright else 0, 0, 0)
        self._ways_box.setAlignment(Qt.AlignmentFlag.AlignTop if upright else Qt.AlignmentFlag.AlignVCenter)
        self._middle.setDirection(across if upright else QBoxLayout.Direction.BottomToTop)
