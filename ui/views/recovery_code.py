"""The sheet on which a recovery code is made: the PIN, the code this once, and its last group from the paper."""

from collections.abc import Iterator
from html import escape
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QProgressBar, QWidget

from domain.rows import ShopRow
from ui.clipboard import copy_secret
from ui.presenters.recovery_code import CodeStage, CodeState, RecoveryCodePresenter
from ui.texts import Texts, problem_text
from ui.theme import Space, current_theme
from ui.views.unlock import secret_field
from ui.widgets.announce import announce
from ui.widgets.buttons import Button, Kind
from ui.widgets.dialogs import Sheet
from ui.widgets.fields import TextField
from ui.widgets.flow import FlowLayout
from ui.widgets.surfaces import label

_WIDTH: Final = 660
_PAPER: Final = "<h2>{title}</h2><p>{shop}</p><p style='font-size:20pt; font-weight:bold'>{code}</p><p>{meaning}</p>"


class RecoveryCodeSheet(Sheet):
    """Draws CodeState; Esc leaves, and an older code goes on."""

    def __init__(self, window: QWidget, presenter: RecoveryCodePresenter, shop: ShopRow, texts: Texts) -> None:
        room = window.window().width() - 2 * Space.XL
        super().__init__(window, texts.t("unlock.code"), width=min(current_theme().px(_WIDTH), room))
        self._presenter, self._shop, self._texts = presenter, shop, texts
        self._attempt, self._stage = 0, CodeStage.SAVING
        t = texts.t
        self._what = label("", "", wrap=True)
        self._pin = secret_field(t("keys.your_pin"))
        self._pin.setInputMethodHints(Qt.InputMethodHint.ImhDigitsOnly | Qt.InputMethodHint.ImhSensitiveData)
        self._code = label("", "heading", wrap=True)
        self._code.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._code.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._group = TextField(t("keys.last_group"), "XXXX")
        self._copy = Button(t("keys.copy"), Kind.SECONDARY, "copy")
        self._copy.clicked.connect(self._copy_code)
        self._print = Button(t("keys.print"), Kind.SECONDARY, "printer")
        self._print.clicked.connect(self._print_code)
        self._acts = QWidget()
        acts = FlowLayout(self._acts, spacing=Space.S)
        for act in (self._copy, self._print):
            acts.addWidget(act)
        self._said = label("", "error", wrap=True)
        self._bar = QProgressBar()
        self._bar.setRange(0, 0)
        self._bar.setAccessibleName(t("keys.saving"))
        for part in (self._what, self._pin, self._code, self._acts, self._group, self._said, self._bar):
            self.body.addWidget(part)
        self._cancel = self.add_button(t("common.cancel"), Kind.SECONDARY, self.reject)
        self._back = self.add_button(t("keys.show_again"), Kind.SECONDARY, presenter.show_again)
        self._next = self.add_button("", Kind.PRIMARY, self._go_on, default=True)
        self.rejected.connect(presenter.cancel)
        presenter.attach(self)

    def show_state(self, state: CodeState) -> None:
        """Draw the step that is next, and what became of the last one."""
        t, stage = self._texts.t, state.stage
        self._what.setText(self._meaning(state))
        self._pin.setVisible(stage is CodeStage.PIN)
        self._pin.setReadOnly(state.checking)
        shown = state.code if stage is CodeStage.SHOWN else ""
        self._code.setText(shown)
        self._code.setAccessibleName(f"{t('unlock.code')} {shown}".strip())
        for part in (self._code, self._acts):
            part.setVisible(stage is CodeStage.SHOWN)
        self._group.setVisible(stage in (CodeStage.CONFIRM, CodeStage.SAVING))
        self._group.setReadOnly(stage is CodeStage.SAVING)
        self._back.setVisible(stage is CodeStage.CONFIRM)
        self._bar.setVisible(stage is CodeStage.SAVING)
        words = self._words(state)
        self._said.setText(words)
        self._said.setVisible(bool(words))
        self._next.setEnabled(stage is not CodeStage.SAVING and not state.checking)
        self._next.setText(t(f"keys.next.{stage.value}"))
        if stage is not self._stage:
            self._stage = stage
            first = {CodeStage.PIN: self._pin, CodeStage.SHOWN: self._code, CodeStage.CONFIRM: self._group}
            if (widget := first.get(stage)) is not None:
                widget.setFocus(Qt.FocusReason.OtherFocusReason)
        if state.attempt != self._attempt:
            self._attempt = state.attempt
            announce(self, words)
            self._pin.clear()
            (self._pin if stage is CodeStage.PIN else self._group).setFocus(Qt.FocusReason.OtherFocusReason)
            self._group.selectAll()
        self.fit()

    def _meaning(self, state: CodeState) -> str:
        t = self._texts.t
        if state.stage is CodeStage.PIN:
            return t("keys.code_replaces" if state.replaces else "keys.code_first")
        return t("keys.code_shown" if state.stage is CodeStage.SHOWN else "keys.code_confirm")

    def _words(self, state: CodeState) -> str:
        t = self._texts.t
        if state.differs:
            return t("keys.code_differs")
        if state.tries_left is not None:
            return t("lock.wrong", count=state.tries_left) if state.tries_left else t("pin.wrong")
        return "" if state.problem is None else problem_text(state.problem, self._texts).sentence

    def _go_on(self) -> None:
        stage = self._presenter.state.stage
        if stage is CodeStage.PIN:
            self._presenter.submit(self._pin.text())
        elif stage is CodeStage.SHOWN:
            self._presenter.written()
        else:
            self._presenter.confirm(self._group.text())

    def _copy_code(self) -> None:
        copy_secret(self._presenter.state.code)
        self._copy.setText(self._texts.t("keys.copied"))

    def _print_code(self) -> None:
        from ui.views.printing import print_in_steps

        document = self.paper()

        def steps(printer: QPrinter) -> Iterator[object]:
            document.print_(printer)
            yield document

        print_in_steps(self, steps, lambda _error: None)

    def paper(self) -> QTextDocument:
        """Return what is printed: the code, whose it is, and what it is for."""
        t, document = self._texts.t, QTextDocument(self)
        facts = {
            "title": t("unlock.code"),
            "shop": f"{self._shop.name} · {self._shop.till_code}",
            "code": self._presenter.state.code,
            "meaning": t("keys.code_paper"),
        }
        document.setHtml(_PAPER.format(**{name: escape(words) for name, words in facts.items()}))
        return document
