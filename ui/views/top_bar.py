"""What stands above every screen: whose till this is, who works at it, how the connection is, sound, lock, help."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QWidget

from ui.presenters.shell import ShellState
from ui.presenters.sync import ChipKind
from ui.sound import SoundState
from ui.texts import Texts
from ui.theme import Space, current_theme
from ui.views.looks import tone_of, written
from ui.widgets.buttons import Chip, IconButton
from ui.widgets.surfaces import label
from ui.widgets.tones import Tone

_WIDE_PX: Final = 1150
_CLOUDS: Final = {
    ChipKind.ONLINE: "cloud-check",
    ChipKind.SENDING: "cloud-upload",
    ChipKind.CONNECTING: "cloud",
    ChipKind.OFFLINE: "cloud-off",
    ChipKind.REVIEW: "cloud-alert",
    ChipKind.BLOCKED: "cloud-alert",
    ChipKind.BACKUP: "save",
}
_SOUND: Final = {
    SoundState.READY: ("volume-2", "sound.off"),
    SoundState.OFF: ("volume-x", "sound.on"),
    SoundState.NO_DEVICE: ("volume-x", "sound.no_device"),
}


class TopBar(QFrame):
    """Draws the frame's state.

    Signals: `sync_wanted`, `sound_toggled`, `lock_wanted`, `help_wanted`, `customer_wanted` for the presses; the last
    is the demo shop's way to play the customer.
    """

    sync_wanted = Signal()
    sound_toggled = Signal()
    lock_wanted = Signal()
    help_wanted = Signal()
    customer_wanted = Signal()

    def __init__(self, texts: Texts, plays_customer: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._texts = texts
        self._state: ShellState | None = None
        self.setObjectName("bar")
        self._shop = label("", "section")
        self._person = label("", "muted")
        for words in (self._shop, self._person):
            words.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
            words.setMinimumWidth(40)
        self._demo = Chip(texts.t("demo.mark"), Tone.INFO, "store")
        self._demo.setToolTip(texts.t("demo.play" if plays_customer else "demo.banner"))
        self._demo.setEnabled(plays_customer)
        self._demo.clicked.connect(self.customer_wanted)
        self._chip = Chip()
        self._chip.clicked.connect(self.sync_wanted)
        self._sound = IconButton("volume-2", texts.t("sound.off"))
        self._sound.clicked.connect(self.sound_toggled)
        self._lock = IconButton("lock", texts.t("lock.lock_hint"))
        self._lock.clicked.connect(self.lock_wanted)
        self._help = IconButton("circle-question-mark", texts.t("help.hint"))
        self._help.clicked.connect(self.help_wanted)
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.L, 2, Space.S, 2)
        row.setSpacing(Space.S)
        row.addWidget(self._shop)
        row.addWidget(self._person)
        row.addWidget(self._demo)
        row.addStretch(1)
        for part in (self._chip, self._sound, self._lock, self._help):
            row.addWidget(part)
        for part in (self._demo, self._chip, self._sound, self._lock, self._help):
            part.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a press leaves the keys with the counter

    def show_state(self, state: ShellState) -> None:
        """Draw the frame's state."""
        texts = self._texts
        self._state = state
        self._shop.setText(state.shop.name)
        self._demo.setVisible(state.shop.is_demo)
        icon_name, key = _SOUND[state.sound]
        self._sound.set_icon(icon_name)
        self._sound.set_name(texts.t(key))
        self._draw_words()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._draw_words()

    def _draw_words(self) -> None:
        """Write what takes room in full where there is room, and short elsewhere."""
        state, texts = self._state, self._texts
        if state is None:
            return
        wide = self.width() >= current_theme().px(_WIDE_PX)
        role = "" if state.role is None else texts.t(f"role.{state.role.value}")
        till = texts.t("top.till", code=state.shop.till_code)
        self._person.setText(f"· {state.person} ({role}) · {till}" if wide else f"· {state.person}")
        self._person.setToolTip(f"{state.person} ({role}) · {till}")
        chip = state.chip
        words = chip.words if wide else chip.short
        full = written(self._texts, chip.words)
        hint = f"{full}. {self._texts.t('chip.hint')}"
        self._chip.show_state(tone_of(chip.mood), written(self._texts, words), _CLOUDS[chip.kind], hint)
