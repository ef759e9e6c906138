"""The lines of an adjustment while they are written: account, debit, credit, and how far the sides are apart."""

from collections.abc import Callable
from functools import partial
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from domain.ids import AccountId
from ui.presenters.voucher_draft import MAX_LINES, DraftPresenter, DraftState
from ui.texts import Texts
from ui.theme import Space, current_theme
from ui.views.voucher_fields import AmountField, Chooser
from ui.views.voucher_looks import account_words
from ui.widgets.buttons import Button, IconButton, Kind
from ui.widgets.surfaces import label

_AMOUNT_PX = 124


class LinesEditor(QWidget):
    """Draws the lines of DraftState; as many rows as there are lines, kept while they are typed into."""

    def __init__(self, presenter: DraftPresenter, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._presenter, self._texts = presenter, texts
        self._rows: list[_Row] = []
        self._list = QVBoxLayout()
        self._list.setSpacing(Space.S)
        self._add = Button(texts.t("vouchers.add_line"), Kind.SOFT, "plus")
        self._add.clicked.connect(lambda _checked=False: self._add_line())
        self._balance = label("", "section")
        foot = QHBoxLayout()
        foot.setSpacing(Space.M)
        foot.addWidget(self._add)
        foot.addStretch(1)
        foot.addWidget(self._balance)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addLayout(self._list)
        column.addLayout(foot)

    def show_state(self, state: DraftState) -> None:
        """Draw the lines and the difference."""
        self._fit_rows(len(state.lines))
        regime = state.chart.rules.regime
        options = [(account.id, account_words(self._texts, account, regime)) for account in state.chart.usable]
        for row, line in zip(self._rows, state.lines, strict=True):
            row.account.show_options(options)
            row.account.show_value(line.account_id)
            row.debit.show_text(line.debit)
            row.credit.show_text(line.credit)
            row.remove.setEnabled(len(state.lines) > 2)
        self._add.setEnabled(len(state.lines) < MAX_LINES)
        off = abs(state.debit_minor - state.credit_minor)
        even = not off and state.debit_minor > 0
        words = self._texts.t("vouchers.balanced") if even else self._texts.t("vouchers.difference", amount=off)
        self._balance.setText(words if even or off else "")
        tone = "ok" if even else "warn"
        if self._balance.property("tone") != tone:
            self._balance.setProperty("tone", tone)
            self._balance.style().unpolish(self._balance)
            self._balance.style().polish(self._balance)

    def forget(self) -> None:
        """Begin with fresh rows, for another draft."""
        self._fit_rows(0)

    def take_focus(self) -> None:
        """Choose the first account."""
        if self._rows:
            self._rows[0].account.setFocus(Qt.FocusReason.OtherFocusReason)

    def _fit_rows(self, count: int) -> None:
        while len(self._rows) < count:
            row = _Row(self._presenter, self._texts, len(self._rows), self._remove_line)
            self._rows.append(row)
            self._list.addWidget(row)
        while len(self._rows) > count:
            row = self._rows.pop()
            row.hide()
            row.deleteLater()
        self._order_tabs()

    def _order_tabs(self) -> None:
        """Walk in reading order: rows that came later stand at the end of the window's chain by themselves."""
        before = self._add.previousInFocusChain()
        while before and (before.focusPolicy() == Qt.FocusPolicy.NoFocus or self.isAncestorOf(before)):
            before = before.previousInFocusChain()
        fields = [field for row in self._rows for field in row.fields]
        for first, second in pairwise((before or self, *fields, self._add)):
            self.setTabOrder(first, second)

    def _add_line(self) -> None:
        self._presenter.add_line()
        self._rows[-1].account.setFocus(Qt.FocusReason.OtherFocusReason)

    def _remove_line(self, number: int) -> None:
        self._presenter.remove_line(number)
        place = min(number, len(self._rows) - 1)
        if place >= 0:
            self._rows[place].account.setFocus(Qt.FocusReason.OtherFocusReason)


class _Row(QWidget):
    """One line that is being written."""

    def __init__(self, presenter: DraftPresenter, texts: Texts, number: int, remove: Callable[[int], None]) -> None:
        super().__init__()
        t = texts.t
        place = number + 1
        self.account: Chooser[AccountId] = Chooser(
            t("draft.line_account", line=place), t("draft.choose_account"), searchable=True
        )
        self.account.picked.connect(partial(presenter.set_line_account, number))
        self.debit = AmountField(texts, t("draft.line_debit", line=place))
        self.debit.setPlaceholderText(t("vouchers.debit"))
        self.debit.typed.connect(partial(presenter.set_line_debit, number))
        self.credit = AmountField(texts, t("draft.line_credit", line=place))
        self.credit.setPlaceholderText(t("vouchers.credit"))
        self.credit.typed.connect(partial(presenter.set_line_credit, number))
        self.remove = IconButton("x", t("draft.remove_line", line=place))
        self.remove.clicked.connect(lambda _checked=False: remove(number))
        self.fields = (self.account, self.debit, self.credit, self.remove)
        width = current_theme().px(_AMOUNT_PX)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.XS)
        row.addWidget(self.account, 1)
        for field in (self.debit, self.credit):
            field.setFixedWidth(width)
            row.addWidget(field)
        row.addWidget(self.remove)
