"""The sheet on which an owner sets or changes the passphrase; every field shows dots and keeps nothing."""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QProgressBar,
    QWidget,
)

from domain.errors import ErrorCode
from ui.presenters.passphrase_form import PassphraseFormPresenter, PassphraseFormState
from ui.texts import Texts, problem_text
from ui.theme import Space, current_theme
from ui.views.unlock import secret_field, show_secret
from ui.widgets.announce import announce
from ui.widgets.buttons import Kind
from ui.widgets.dialogs import Sheet
from ui.widgets.fields import TextField
from ui.widgets.form_area import FormArea
from ui.widgets.surfaces import label

_WIDTH: Final = 620


class PassphraseSheet(Sheet):
    """Draws PassphraseFormState; what was typed stays after a refusal, but a wrong PIN."""

    def __init__(self, window: QWidget, presenter: PassphraseFormPresenter, texts: Texts) -> None:
        room = window.window().width() - 2 * Space.XL
        title = texts.t("keys.change_passphrase" if presenter.state.changes else "keys.set_passphrase")
        super().__init__(window, title, width=min(current_theme().px(_WIDTH), room))
        self._presenter, self._texts = presenter, texts
        self._attempt = 0
        t = texts.t
        self._pin = secret_field(t("keys.your_pin"))
        self._pin.setInputMethodHints(Qt.InputMethodHint.ImhDigitsOnly | Qt.InputMethodHint.ImhSensitiveData)
        self._before = secret_field(t("keys.passphrase_now"))
        self._new, self._again = secret_field(t("unlock.new")), secret_field(t("unlock.again"))
        self._show = QCheckBox(t("unlock.show"))
        self._show.toggled.connect(self._reveal)
        self._said = label("", "error", wrap=True)
        self._bar = QProgressBar()
        self._bar.setRange(0, 0)
        self._bar.setAccessibleName(t("keys.saving"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(Space.M)
        grid.setVerticalSpacing(Space.S)
        self._fields = [self._before] if presenter.state.changes else []
        self._fields += [self._new, self._again, self._pin]
        for number, field in enumerate(self._fields):
            grid.addWidget(label(field.accessibleName(), wrap=True), number, 0)
            grid.addWidget(field, number, 1)
        grid.setColumnStretch(0, 2)
        grid.setColumnStretch(1, 3)
        self._area = FormArea()
        column = self._area.lines
        column.addWidget(label(t("keys.passphrase_meaning"), "", wrap=True))
        column.addLayout(grid)
        column.addWidget(label(t("unlock.least", least=presenter.state.least), "small", wrap=True))
        column.addWidget(self._show)
        for part in (self._area, self._said, self._bar):
            self.body.addWidget(part)
        self._cancel = self.add_button(t("common.cancel"), Kind.SECONDARY, self.reject)
        self._save = self.add_button(t("common.save"), Kind.PRIMARY, self._send, default=True)
        self.rejected.connect(presenter.cancel)
        presenter.attach(self)
        self._fields[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._area.give_room(self)

    def show_state(self, state: PassphraseFormState) -> None:
        """Draw what became of the last try."""
        words = self._words(state)
        self._said.setText(words)
        self._said.setVisible(bool(words))
        self._bar.setVisible(state.saving)
        self._save.setEnabled(not state.saving)
        self._save.setText(self._texts.t("keys.saving" if state.saving else "common.save"))
        for field in self._fields:
            field.setReadOnly(state.saving)
        if state.attempt != self._attempt:
            self._attempt = state.attempt
            announce(self, words)
            field = self._at_fault(state)
            if field is self._pin:
                field.clear()
            field.setFocus(Qt.FocusReason.OtherFocusReason)
            field.selectAll()
        self._area.give_room(self)

    def _at_fault(self, state: PassphraseFormState) -> TextField:
        code = None if state.problem is None else state.problem.code
        if state.differs or code is ErrorCode.PASSPHRASE_SHORT:
            return self._new
        return self._before if code is ErrorCode.PASSPHRASE_WRONG else self._pin

    def _words(self, state: PassphraseFormState) -> str:
        t = self._texts.t
        if state.differs:
            return t("unlock.differs")
        if state.tries_left is not None:
            return t("lock.wrong", count=state.tries_left) if state.tries_left else t("pin.wrong")
        return "" if state.problem is None else problem_text(state.problem, self._texts).sentence

    def _reveal(self, shown: bool) -> None:
        for field in (self._before, self._new, self._again):
            show_secret(field, shown)

    def _send(self) -> None:
        self._presenter.save(self._pin.text(), self._before.text(), self._new.text(), self._again.text())
