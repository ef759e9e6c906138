"""The sheet on which a second person approves: what is asked at the left, their PIN at the right."""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from domain.display import account_name
from domain.rows import UserRow
from domain.vouchers import Side
from ui.presenters.approval import ApprovalPresenter, ApprovalState, Booked
from ui.presenters.sign_in import PinStage
from ui.texts import Texts, problem_text
from ui.theme import Space, current_theme
from ui.views.voucher_looks import category_words
from ui.widgets.buttons import Button, Kind
from ui.widgets.dialogs import Sheet, SheetDoor
from ui.widgets.fields import TextField
from ui.widgets.pin_pad import PinPad
from ui.widgets.scroll_area import ScrollArea
from ui.widgets.surfaces import fact_grid, label

_WIDTH: Final = 820
_PAD_PX: Final = 300
_LEFT_PX: Final = 300
_LONGEST_REASON: Final = 500


class ApprovalDoor(SheetDoor["ApprovalSheet", ApprovalState]):
    """Opens a sheet whenever an approval is asked for."""

    def __init__(self, page: QWidget, presenter: ApprovalPresenter, texts: Texts) -> None:
        super().__init__(
            page, lambda: ApprovalSheet(page, presenter, texts), ApprovalSheet.show_state, presenter.cancel
        )
        presenter.attach(self)

    def show_state(self, state: ApprovalState) -> None:
        """Draw the sheet while it is wanted."""
        self.follow(state, wanted=state.asked is not None)


class ApprovalSheet(Sheet):
    """Draws ApprovalState."""

    def __init__(self, window: QWidget, presenter: ApprovalPresenter, texts: Texts) -> None:
        room = window.window().width() - 2 * Space.XL
        super().__init__(window, texts.t("approval.title"), width=min(current_theme().px(_WIDTH), room))
        self._presenter, self._texts = presenter, texts
        self._approvers: tuple[UserRow, ...] | None = None
        self._attempt = 0
        self._ready = False
        state = presenter.state
        self._people = QButtonGroup(self)
        self._people.idClicked.connect(self._choose)
        self._reason = TextField(texts.t("common.reason"), texts.t("approval.reason_hint"))
        self._reason.setMaxLength(_LONGEST_REASON)
        self._reason.textEdited.connect(presenter.set_reason)
        self._reason.returnPressed.connect(self._leave_reason)
        self._names = QVBoxLayout()
        self._names.setSpacing(Space.S)
        self._nobody = label(texts.t("approval.nobody"), "error", wrap=True)
        self._said = label("", "section", wrap=True)
        self._said.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._pad = PinPad(texts)
        self._pad.submitted.connect(presenter.submit)
        self._lay_out(state)
        self.rejected.connect(presenter.cancel)

    def _lay_out(self, state: ApprovalState) -> None:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(2, 2, Space.M, 2)
        column.setSpacing(Space.S)
        column.addLayout(self._facts(state))
        if state.wants_reason:
            column.addWidget(label(self._texts.t("common.reason"), "section"))
            column.addWidget(self._reason)
        else:
            self._reason.hide()
        column.addWidget(label(self._texts.t("approval.who"), "section"))
        column.addLayout(self._names)
        column.addWidget(self._nobody)
        column.addStretch(1)
        area = ScrollArea(left)
        area.setMinimumWidth(_LEFT_PX)
        right = QWidget()
        right.setMinimumWidth(_PAD_PX)
        pad = QVBoxLayout(right)
        pad.setContentsMargins(0, 0, 0, 0)
        pad.setSpacing(Space.XS)
        pad.addWidget(self._said)
        pad.addWidget(self._pad, 1)
        row = QHBoxLayout()
        row.setSpacing(Space.XL)
        row.addLayout(self._above_cancel(area), 1)
        row.addWidget(right, 1)
        self.body.addLayout(row, 1)

    def _above_cancel(self, area: ScrollArea) -> QVBoxLayout:
        """Cancelling stands beside the pad: in the smallest window with the largest text it has no room below it."""
        cancel = Button(self._texts.t("common.cancel"), Kind.SECONDARY)
        cancel.clicked.connect(self.reject)
        column = QVBoxLayout()
        column.setSpacing(Space.S)
        column.addWidget(area, 1)
        column.addWidget(cancel, 0, Qt.AlignmentFlag.AlignLeft)
        return column

    def _facts(self, state: ApprovalState) -> QGridLayout:
        """What exactly is asked: the approval holds for this and nothing else."""
        t, asked = self._texts.t, state.asked
        assert asked is not None, "a sheet stands while something is asked"
        facts = (
            (t("approval.what"), t(f"approval.act.{asked.action.value}")),
            (t("approval.record"), state.record),
            (t("common.amount"), self._texts.money(asked.amount_minor) if asked.amount_minor else ""),
            (t("vouchers.column.date"), t("vouchers.day", day=asked.day) if asked.day else ""),
            *self._booked(state.booked),
            (t("approval.requester"), state.requester),
            (t("common.reason"), "" if state.wants_reason else state.reason),
        )
        return fact_grid(facts)

    def _booked(self, booked: Booked) -> tuple[tuple[str, str], ...]:
        """What will be booked: its lines, its category and whom it names."""
        t, texts = self._texts.t, self._texts
        sides = {Side.DEBIT: t("vouchers.debit"), Side.CREDIT: t("vouchers.credit")}
        lines = (
            (
                sides[line.side],
                f"{account_name(line.control, line.name, texts.language)}: {texts.money(line.amount_minor)}",
            )
            for line in booked.lines
        )
        category = "" if booked.category is None else category_words(texts, booked.category)
        return (*lines, (t("vouchers.category"), category), (t("approval.party"), booked.party))

    def keeps_enter(self) -> bool:
        """Enter in the reason goes on to what comes next."""
        return self._reason.hasFocus()

    def show_state(self, state: ApprovalState) -> None:
        """Draw who may approve, and what became of the last PIN."""
        if state.approvers != self._approvers:
            self._approvers = state.approvers
            self._make_names(state.approvers or ())
        self._nobody.setVisible(state.approvers == ())
        for number, user in enumerate(state.approvers or ()):
            button = self._people.button(number)
            button.setChecked(state.chosen == user)
            button.setEnabled(state.stage is not PinStage.CHECKING)
        self._said.setText(self._words(state))
        self._pad.setEnabled(state.can_enter)
        if state.attempt != self._attempt:
            self._attempt = state.attempt
            self._pad.show_error(self._refusal(state))
        if state.can_enter and not self._ready and not self._reason.hasFocus():
            self._pad.setFocus(Qt.FocusReason.OtherFocusReason)
        elif not self._ready and state.wants_reason and not state.reason:
            self._reason.setFocus(Qt.FocusReason.OtherFocusReason)
        self._ready = state.can_enter

    def _words(self, state: ApprovalState) -> str:
        t = self._texts.t
        if state.stage is PinStage.CLOSED:
            return t("lock.closed", seconds=state.closed_s)
        if state.stage is PinStage.CHECKING:
            return t("lock.checking")
        if not state.reason.strip():
            return t("approval.needs_reason")
        return t("approval.choose") if state.chosen is None else t("approval.enter_pin", name=state.chosen.name)

    def _refusal(self, state: ApprovalState) -> str:
        if state.problem is not None:
            return problem_text(state.problem, self._texts).sentence
        if state.tries_left:
            return self._texts.t("lock.wrong", count=state.tries_left)
        return self._texts.t("pin.wrong")

    def _make_names(self, approvers: tuple[UserRow, ...]) -> None:
        for number, user in enumerate(approvers):
            words = self._texts.t("approval.person", name=user.name, role=user.role.value)
            button = Button(words)
            button.setCheckable(True)
            button.setProperty("kind", "choice")
            self._people.addButton(button, number)
            self._names.addWidget(button)
            button.show()  # or it would be shown, and could take the keys, only with the next turn of events
        first = self._people.button(0)
        if first is not None and not self._presenter.state.wants_reason:
            first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _choose(self, number: int) -> None:
        self._presenter.choose((self._approvers or ())[number])
        if self._presenter.state.can_enter:
            self._pad.setFocus(Qt.FocusReason.OtherFocusReason)

    def _leave_reason(self) -> None:
        """Enter behind the reason goes on: to the pad, or to the choice of people."""
        state = self._presenter.state
        first = self._people.button(0)
        if state.can_enter:
            self._pad.setFocus(Qt.FocusReason.OtherFocusReason)
        elif first is not None and state.reason.strip():
            first.setFocus(Qt.FocusReason.OtherFocusReason)
