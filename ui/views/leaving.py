"""The sheet on which an owner takes this till out of service: what is unsent, the copy, the till's code and the PIN."""

from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QGridLayout, QProgressBar, QWidget

from domain.errors import ErrorCode
from domain.rows import ShopRow
from ui.presenters.leaving import LeavingPresenter, LeavingStage, LeavingState
from ui.texts import Texts, problem_text
from ui.theme import Space, current_theme
from ui.views.save_file import ask_folder
from ui.views.unlock import secret_field
from ui.widgets.announce import announce
from ui.widgets.buttons import Button, Kind
from ui.widgets.dialogs import Sheet, SheetDoor
from ui.widgets.fields import TextField
from ui.widgets.flow import FlowLayout
from ui.widgets.form_area import FormArea
from ui.widgets.surfaces import label

_WIDTH: Final = 720
_FINAL: Final = (LeavingStage.LEAVING, LeavingStage.FAILED)


class LeavingDoor(SheetDoor["LeavingSheet", LeavingState]):
    """Opens the sheet when an owner wants to leave."""

    def __init__(self, page: QWidget, presenter: LeavingPresenter, shop: ShopRow, texts: Texts) -> None:
        super().__init__(
            page, lambda: LeavingSheet(page, presenter, shop, texts), LeavingSheet.show_state, presenter.cancel
        )
        presenter.attach(self)

    def show_state(self, state: LeavingState) -> None:
        """Draw the sheet while it is wanted."""
        self.follow(state, wanted=state.stage is not LeavingStage.CLOSED)


class LeavingSheet(Sheet):
    """Draws LeavingState; Esc leaves everything as it is, until the PIN was right."""

    def __init__(self, window: QWidget, presenter: LeavingPresenter, shop: ShopRow, texts: Texts) -> None:
        room = window.window().width() - 2 * Space.XL
        super().__init__(window, texts.t("leaving.title"), width=min(current_theme().px(_WIDTH), room))
        self._presenter, self._shop, self._texts = presenter, shop, texts
        self._attempt, self._asked = 0, False
        t = texts.t
        self._what = label(t("leaving.what"), "", wrap=True)
        self._unsent = label("", "section", wrap=True)
        self._kinds = label("", "", wrap=True)
        self._way = label("", "", wrap=True)
        self._copied = label("", "muted", wrap=True)
        self._send = Button(t("leaving.send"), Kind.SECONDARY, "upload")
        self._send.clicked.connect(lambda _checked=False: presenter.send())
        self._choose = Button(t("leaving.choose"), Kind.SECONDARY, "save")
        self._choose.clicked.connect(lambda _checked=False: self._ask_folder())
        self._no_copy = Button(t("leaving.no_copy"), Kind.QUIET, "x")
        self._no_copy.clicked.connect(lambda _checked=False: presenter.choose_copy(""))
        self._ways = QWidget()
        ways = FlowLayout(self._ways, spacing=Space.S)
        for act in (self._send, self._choose, self._no_copy):
            ways.addWidget(act)
        self._code = TextField(t("leaving.code", code=shop.till_code))
        self._pin = secret_field(t("keys.your_pin"))
        self._pin.setInputMethodHints(Qt.InputMethodHint.ImhDigitsOnly | Qt.InputMethodHint.ImhSensitiveData)
        self._said = label("", "error", wrap=True)
        self._bar = QProgressBar()
        self._bar.setRange(0, 0)
        self._bar.setAccessibleName(t("leaving.working"))
        self._works = label("", "section", wrap=True)
        self._lay_out()
        self._cancel = self.add_button(t("common.cancel"), Kind.SECONDARY, self.reject)
        self._go = self.add_button(t("leaving.go"), Kind.DANGER, self._submit)
        self._anew = self.add_button(t("restore.start_anew"), Kind.PRIMARY, presenter.start_anew)
        self._code.returnPressed.connect(lambda: self._pin.setFocus(Qt.FocusReason.OtherFocusReason))
        self._pin.returnPressed.connect(self._submit)
        self.rejected.connect(presenter.cancel)

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(Space.M)
        grid.setVerticalSpacing(Space.S)
        for number, field in enumerate((self._code, self._pin)):
            grid.addWidget(label(field.accessibleName(), wrap=True), number, 0)
            grid.addWidget(field, number, 1)
        grid.setColumnStretch(0, 3)
        grid.setColumnStretch(1, 2)
        self._area = FormArea()
        column = self._area.lines
        for part in (self._what, self._unsent, self._kinds, self._way, self._ways, self._copied):
            column.addWidget(part)
        column.addLayout(grid)
        for part in (self._area, self._said, self._works, self._bar):
            self.body.addWidget(part)

    def reject(self) -> None:
        """Stay while the till is being removed: there is nothing behind the sheet to go back to."""
        if self._presenter.state.stage not in _FINAL:
            super().reject()

    def show_state(self, state: LeavingState) -> None:
        """Draw what would be lost, what keeps it, or how leaving goes."""
        t, stage = self._texts.t, state.stage
        ends = stage in _FINAL
        self._area.setVisible(not ends)
        self._unsent.setText(t("quit.waits", count=state.waiting) if state.waiting else t("quit.sent"))
        counts = ((row.kind, row.waiting + row.refused) for row in state.unsent)
        self._kinds.setText(" · ".join(t(f"quit.kind.{kind}", count=count) for kind, count in counts if count))
        self._kinds.setVisible(bool(state.waiting))
        self._way.setText(self._way_out(state))
        self._send.setVisible(bool(state.waiting))
        self._send.setEnabled(not state.sending)
        self._send.setText(t("quit.sending" if state.sending else "leaving.send"))
        self._choose.setEnabled(state.has_code)
        self._no_copy.setVisible(bool(state.copy))
        self._copied.setText(t("leaving.copied", path=state.copy) if state.copy else "")
        self._copied.setVisible(bool(state.copy))
        for field in (self._code, self._pin):
            field.setEnabled(state.can_leave)
        self._go.setEnabled(state.can_leave)
        self._go.setVisible(not ends)
        self._cancel.setVisible(not ends)
        self._anew.setVisible(stage is LeavingStage.FAILED)
        self._bar.setVisible(stage in (LeavingStage.LOOKING, LeavingStage.CHECKING, LeavingStage.LEAVING))
        self._works.setText(self._doing(state))
        self._works.setVisible(bool(self._works.text()))
        words = self._words(state)
        self._said.setText(words)
        self._said.setVisible(bool(words))
        self._take_focus(state)
        if state.attempt != self._attempt:
            self._attempt = state.attempt
            announce(self, words)
            self._pin.clear()
            (self._code if state.mistyped else self._pin).setFocus(Qt.FocusReason.OtherFocusReason)
        self._area.give_room(self)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._area.give_room(self)

    def _take_focus(self, state: LeavingState) -> None:
        if state.stage is LeavingStage.FAILED:
            self._anew.setFocus(Qt.FocusReason.OtherFocusReason)
        elif state.stage is LeavingStage.ASKING and not self._asked:
            self._asked = True
            first = self._code if state.can_leave else self._send if state.waiting else self._choose
            (first if first.isEnabled() else self._cancel).setFocus(Qt.FocusReason.OtherFocusReason)

    def _way_out(self, state: LeavingState) -> str:
        t = self._texts.t
        if state.waiting:
            words = t("leaving.refused_unsent")
        elif state.hub_here:
            words = t("leaving.hub_here")
        else:
            words = t("leaving.all_sent")
        return words if state.has_code else f"{words} {t('leaving.no_code')}"

    def _doing(self, state: LeavingState) -> str:
        if state.stage is LeavingStage.LEAVING:
            return self._texts.t("leaving.working")
        if state.problem is not None and state.problem.code is ErrorCode.LEAVING_UNFINISHED:
            return ""  # the problem itself says what was removed
        return self._texts.t("leaving.failed") if state.stage is LeavingStage.FAILED else ""

    def _words(self, state: LeavingState) -> str:
        t = self._texts.t
        if state.mistyped:
            return t("leaving.mistyped", code=self._shop.till_code)
        if state.tries_left is not None:
            return t("lock.wrong", count=state.tries_left) if state.tries_left else t("pin.wrong")
        return "" if state.problem is None else problem_text(state.problem, self._texts).sentence

    def _ask_folder(self) -> None:
        def chosen(folder: Path) -> None:
            self._presenter.choose_copy(str(folder))

        ask_folder(self, self._texts, self._texts.t("leaving.choose"), self._presenter.state.copy, chosen)

    def _submit(self) -> None:
        self._presenter.submit(self._code.text(), self._pin.text())
