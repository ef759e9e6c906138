"""What stands before the lock where a passphrase keeps the keys: its field, and the way by the recovery code."""

from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from domain.errors import ErrorCode
from ui.presenters.unlock import UnlockPresenter, UnlockState, UnlockWay
from ui.texts import Texts, problem_text
from ui.theme import Space, current_theme
from ui.views.panels import Emblem
from ui.widgets.announce import announce
from ui.widgets.buttons import Button, Kind
from ui.widgets.fields import TextField
from ui.widgets.scroll_area import ScrollArea
from ui.widgets.surfaces import Card, label
from ui.widgets.tones import Tone

_WIDTH: Final = 560
_WIDEST: Final = 840
_TICK_MS: Final = 250


class UnlockView(QWidget):
    """Draws UnlockState; Enter tries, and what was typed stays after a refusal."""

    def __init__(self, presenter: UnlockPresenter, texts: Texts, least: int, parent: QWidget | None = None) -> None:
        """`least` is how many characters a new passphrase has at least."""
        super().__init__(parent)
        self.setObjectName("screen")
        self._presenter, self._texts = presenter, texts
        self._attempt, self._way = 0, UnlockWay.PASSPHRASE if presenter.state.way is UnlockWay.CODE else UnlockWay.CODE
        t = texts.t
        self._title = label("", "heading", wrap=True)
        self._what = label("", "", wrap=True)
        self._passphrase = secret_field(t("unlock.passphrase"))
        self._code = TextField(t("unlock.code"), t("unlock.code_form"))
        self._new, self._again = secret_field(t("unlock.new")), secret_field(t("unlock.again"))
        self._hint = label(t("unlock.least", least=least), "small", wrap=True)
        self._show = QCheckBox(t("unlock.show"))
        self._show.toggled.connect(self._reveal)
        self._said = label("", "error", wrap=True)
        self._bar = QProgressBar()
        self._bar.setRange(0, 0)
        self._bar.setAccessibleName(t("unlock.opening"))
        self._other = Button("", Kind.QUIET, "key-round")
        self._other.clicked.connect(self._turn)
        self._go = Button(t("unlock.open"), Kind.PRIMARY, "lock")
        self._go.clicked.connect(self._send)
        for each in (self._passphrase, self._code, self._new, self._again):
            each.returnPressed.connect(self._send)
        self._captions = {
            self._passphrase: label(t("unlock.passphrase"), "muted"),
            self._code: label(t("unlock.code"), "muted"),
            self._new: label(t("unlock.new"), "muted"),
            self._again: label(t("unlock.again"), "muted"),
        }
        self._lay_out()
        timer = QTimer(self)
        timer.setInterval(_TICK_MS)
        timer.timeout.connect(presenter.tick)
        timer.start()
        presenter.attach(self)

    def _lay_out(self) -> None:
        self._card = card = Card(margin=Space.XL)
        card.setFixedWidth(min(current_theme().px(_WIDTH), _WIDEST))
        mark = Emblem(48)
        mark.show_icon(Tone.INFO, "lock")
        card.body.addWidget(mark)
        card.body.addWidget(self._title)
        card.body.addWidget(self._what)
        for field, caption in self._captions.items():
            card.body.addWidget(caption)
            card.body.addWidget(field)
        for part in (self._hint, self._show, self._said, self._bar):
            card.body.addWidget(part)
        buttons = QHBoxLayout()
        buttons.setSpacing(Space.S)
        buttons.addWidget(self._other)
        buttons.addStretch(1)
        buttons.addWidget(self._go)
        card.body.addLayout(buttons)
        inside = QWidget()
        inside.setObjectName("screen")
        column = QVBoxLayout(inside)
        column.addStretch(1)
        column.addWidget(card, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        area = ScrollArea(inside)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)

    def show_state(self, state: UnlockState) -> None:
        """Draw what is to be typed, and what became of the last try."""
        t, by_code = self._texts.t, state.way is UnlockWay.CODE
        self._title.setText(t(f"unlock.{state.way.value}_title"))
        self._what.setText(t("unlock.code_what" if by_code else "unlock.passphrase_what"))
        for field, wanted in (
            (self._passphrase, not by_code),
            (self._code, by_code),
            (self._new, by_code and state.wants_new),
            (self._again, by_code and state.wants_new),
        ):
            field.setVisible(wanted)
            field.setReadOnly(state.opening)
            self._captions[field].setVisible(wanted)
        self._hint.setVisible(by_code and state.wants_new)
        self._show.setVisible(not by_code or state.wants_new)
        self._said.setText(self._words(state))
        self._said.setVisible(bool(self._said.text()))
        self._bar.setVisible(state.opening)
        self._other.setText(t("unlock.by_passphrase" if by_code else "unlock.by_code"))
        self._other.setVisible(state.has_code if not by_code else state.has_passphrase)
        self._go.setEnabled(state.can_try)
        self._go.setText(t("unlock.opening" if state.opening else "unlock.open"))
        if state.way is not self._way:
            self._way = state.way
            self.take_focus()
        if state.attempt != self._attempt:
            self._attempt = state.attempt
            self._stand_again(state)
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Wrapped words need the height that belongs to the card's width, which a centred widget is not asked for."""
        self._card.ensurePolished()
        self._card.body.activate()
        self._card.setMinimumHeight(self._card.heightForWidth(self._card.width()))

    def take_focus(self) -> None:
        """Give the keys to the field that comes first."""
        first = self._code if self._presenter.state.way is UnlockWay.CODE else self._passphrase
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _stand_again(self, state: UnlockState) -> None:
        """Say the refusal, and mark the field it is about, so that typing replaces what was wrong."""
        announce(self, self._words(state))
        new_one = state.differs or (
            state.problem is not None
            and state.problem.code in (ErrorCode.PASSPHRASE_SHORT, ErrorCode.PASSPHRASE_NEEDED)
        )
        field = self._passphrase if state.way is UnlockWay.PASSPHRASE else self._new if new_one else self._code
        field.setFocus(Qt.FocusReason.OtherFocusReason)
        field.selectAll()

    def _words(self, state: UnlockState) -> str:
        t = self._texts.t
        if state.differs:
            return t("unlock.differs")
        if state.problem is None:
            return ""
        if state.problem.code is ErrorCode.PASSPHRASE_NEEDED:
            return t("unlock.wants_new")
        problem = problem_text(state.problem, self._texts)
        told = f"{problem.what} {problem.next}"
        if state.problem.code is ErrorCode.PASSPHRASE_WRONG:
            told = t("unlock.wrong") if state.has_code else t("unlock.wrong_no_code")
        return f"{told} {t('unlock.wait', seconds=state.wait_s)}" if state.wait_s else told

    def _reveal(self, shown: bool) -> None:
        for field in (self._passphrase, self._new, self._again):
            show_secret(field, shown)

    def _turn(self) -> None:
        by_code = self._presenter.state.way is UnlockWay.CODE
        self._presenter.turn(UnlockWay.PASSPHRASE if by_code else UnlockWay.CODE)

    def _send(self) -> None:
        if self._presenter.state.way is UnlockWay.CODE:
            self._presenter.recover(self._code.text(), self._new.text(), self._again.text())
        else:
            self._presenter.open(self._passphrase.text())


def secret_field(name: str) -> TextField:
    """Return a field for what nobody else should read."""
    field = TextField(name)
    show_secret(field, False)
    return field


def show_secret(field: TextField, shown: bool) -> None:
    """Make what is typed into a secret field readable, or dots; it stays a secret to keyboards and to the lock."""
    field.setEchoMode(QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password)  # which changes the hints
    field.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText)
