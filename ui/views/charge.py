"""The counter's screen: number pad, the payment in the middle, the day's list at the right or behind a tab."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QTabBar, QVBoxLayout, QWidget

from domain.ids import Instant
from ui.presenters.charge import ChargePresenter
from ui.presenters.charge_state import ChargeState, Stage
from ui.presenters.recent import RecentPresenter
from ui.texts import Texts
from ui.theme import Space, current_theme
from ui.views.charge_entry import ChargeEntryPanel
from ui.views.charge_options import ChargeOptionsPanel
from ui.views.charge_outcome import ChargeOutcomePanel
from ui.views.charge_paid import ChargePaidPanel
from ui.views.charge_waiting import ChargeWaitingPanel
from ui.views.panels import CurrentStack
from ui.views.recent import RecentList
from ui.widgets.amount_display import AmountDisplay
from ui.widgets.focus_ring import NONE
from ui.widgets.keypad import Keypad
from ui.widgets.surfaces import Card, label

WIDE_PX: Final = 1200
"""From this width on the day's list stands beside the counter (UX, lesson 6); larger text needs more."""

TALL_PX: Final = 560
"""From this height on there is room for large cash offers and for choices in two rows."""

_PANELS: Final = {Stage.ENTRY: 0, Stage.STARTING: 0, Stage.WAITING: 1, Stage.PAID: 2}
_OUTCOME: Final = 3
_OPTIONS: Final = 4


class ChargeView(QWidget):
    """Draws ChargeState; number keys, Enter and Esc work wherever the focus is on this screen."""

    def __init__(
        self,
        presenter: ChargePresenter,
        recent: RecentPresenter,
        texts: Texts,
        now: Callable[[], Instant],
        phone_order: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._presenter, self._texts = presenter, texts
        self._stage: Stage | None = None
        self._in_parts = self._asking = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("ring_radius", NONE)
        self._display = AmountDisplay()
        self._keypad = Keypad(texts, phone_order)
        self._keypad.pressed.connect(presenter.press)
        self._entry = ChargeEntryPanel(presenter, texts)
        self._waiting = ChargeWaitingPanel(presenter, texts, now)
        self._paid = ChargePaidPanel(presenter, texts)
        self._outcome = ChargeOutcomePanel(presenter, texts)
        self._options = ChargeOptionsPanel(presenter, texts)
        self._panels = CurrentStack()
        for panel in (self._entry, self._waiting, self._paid, self._outcome, self._options):
            self._panels.addWidget(panel)
        self._recent = RecentList(recent, texts)
        self._lay_out()
        presenter.attach(self)
        recent.attach(self._recent)

    def _lay_out(self) -> None:
        texts = self._texts
        self._left = left = Card(texts.t("charge.amount_due"), margin=Space.L)
        left.body.setSpacing(Space.S)
        left.body.addWidget(self._display)
        left.body.addWidget(self._keypad, 1)
        self._tabs = QTabBar()
        self._tabs.setDrawBase(False)
        self._tabs.setExpanding(False)
        self._tabs.setAccessibleName(texts.t("charge.tabs"))
        self._tabs.addTab(texts.t("charge.title"))
        self._tabs.addTab(texts.t("charge.recent"))
        self._tabs.currentChanged.connect(self._turn)
        self._middle = Card(margin=Space.L)
        self._middle.body.setSpacing(Space.S)
        self._stack = CurrentStack()
        self._stack.addWidget(self._panels)
        self._narrow_home = QWidget()
        QVBoxLayout(self._narrow_home).setContentsMargins(0, 0, 0, 0)
        self._stack.addWidget(self._narrow_home)
        self._middle.body.addWidget(self._tabs)
        self._middle.body.addWidget(self._stack, 1)
        self._right = Card(texts.t("charge.recent"), margin=Space.L)
        self._total = label("", "muted")
        self._right.add_to_head(self._total)
        self._recent.titled.connect(self._total.setText)
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.M, Space.M, Space.M, Space.M)
        row.setSpacing(Space.M)
        row.addWidget(left, 28)
        row.addWidget(self._middle, 37)
        row.addWidget(self._right, 39)
        self._beside: bool | None = None
        self._place_recent(beside=False)

    def show_state(self, state: ChargeState) -> None:
        """Draw a state; a new stage brings its panel to the front and takes the focus back from the list."""
        texts = self._texts
        amount = texts.money(state.amount_minor)
        parts = " + ".join(texts.money(part, symbol=False) for part in state.parts)
        name = texts.t("amount.name", amount=amount)
        self._display.show_amount(amount, parts, name, empty=state.amount_minor == 0)
        self._keypad.setEnabled(state.stage in (Stage.ENTRY, Stage.PAID) and not state.asking)
        panel = _OPTIONS if state.asking else _PANELS.get(state.stage, _OUTCOME)
        new_stage = state.stage is not self._stage or state.asking is not self._asking
        turned = new_stage or self._in_parts is not (state.sale is not None)
        self._stage, self._in_parts, self._asking = state.stage, state.sale is not None, state.asking
        self._place_pad()
        if new_stage:
            self._paid.forget()
        if panel != _OUTCOME:  # drawn before it comes to the front, or what stood on it before would ask for room
            (self._entry, self._waiting, self._paid, self._outcome, self._options)[panel].show_state(state)
        if new_stage:
            self._panels.setCurrentIndex(panel)
            self._tabs.setCurrentIndex(0)
        if panel == _OUTCOME:
            self._outcome.show_state(state)  # which gives the keys to its first choice
        if new_stage and state.asking and self.isVisible():
            self._options.take_focus()
        elif turned and panel != _OUTCOME and self.isVisible():
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def focus_customer(self) -> None:
        """F4: type who the customer is."""
        if self._stage is Stage.ENTRY and not self._asking:
            self._tabs.setCurrentIndex(0)
            self._entry.focus_customer()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        digit = event.text()
        if self._asking and digit and digit in "123456789":
            self._presenter.pick(int(digit))
        elif event.matches(QKeySequence.StandardKey.Paste):
            self._presenter.paste(QGuiApplication.clipboard().text())
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._presenter.charge()
        elif event.key() == Qt.Key.Key_Escape:
            self._presenter.escape()
        elif not self._keypad.take(event):
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_recent(beside=self.window().width() >= current_theme().px(WIDE_PX))
        for panel in (self._entry, self._outcome):
            panel.set_tall(self.height() >= TALL_PX)

    def _place_recent(self, beside: bool) -> None:
        """Put the list beside the counter where there is room, else behind its tab."""
        if beside is self._beside:
            return
        self._beside = beside
        home = self._right.body if beside else self._narrow_home.layout()
        assert home is not None, "both places were laid out"
        home.addWidget(self._recent)
        self._right.setVisible(beside)
        if beside:
            self._tabs.setCurrentIndex(0)
        self._place_pad()

    def _place_pad(self) -> None:
        """A small screen gives the pad's and the tabs' place to a payment under way; on a large one nothing moves."""
        typing = self._stage in (None, Stage.ENTRY, Stage.STARTING) and not self._asking
        self._left.setVisible(bool(self._beside) or typing or self._stage is Stage.PAID)
        self._tabs.setVisible(not self._beside and typing and not self._in_parts)

    def _turn(self, tab: int) -> None:
        self._stack.setCurrentIndex(tab)
