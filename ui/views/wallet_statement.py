"""The statement of one account: each line with its voucher and the balance after it, by keys from end to end."""

from collections.abc import Callable
from datetime import date
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from domain.calendar import business_date
from domain.display import voucher_text
from domain.ids import Instant
from domain.rows import StatementRow
from ui.formatting import day_text, recent_text
from ui.presenters.wallets import WalletsPresenter, WalletsState
from ui.texts import Texts
from ui.theme import Space, current_theme
from ui.views.wallet_card import wallet_name
from ui.widgets.buttons import Button, IconButton, Kind
from ui.widgets.surfaces import Card, EmptyState, label
from ui.widgets.table import Align, Column, DataTable, TableModel

_AHEAD_PX: Final = 600
_NUMBER, _IN, _OUT, _BOTH = 1, 3, 4, 5
_ROOM_FOR_NUMBER_PX: Final = 560
_ROOM_FOR_SIDES_PX: Final = 760


class StatementTable(DataTable[StatementRow]):
    """Lines from the newest to the oldest; Home and End reach for the ends of the statement, not only of what is read.

    Signals: those of DataTable; `newest_wanted()` and `oldest_wanted()` on Home and End.
    """

    newest_wanted = Signal()
    oldest_wanted = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Home:
            self.newest_wanted.emit()
        elif event.key() == Qt.Key.Key_End:
            self.oldest_wanted.emit()
        else:
            super().keyPressEvent(event)

    def move_by(self, rows: int, place: int) -> None:
        """Stand so many rows below `place`, for as many came in above; the bar must know of them first."""
        self.updateGeometries()
        self.verticalScrollBar().setValue(place + rows * self.verticalHeader().defaultSectionSize())


class WalletStatement(Card):
    """Draws the lines of WalletsState; Enter or a press on a line opens its voucher."""

    def __init__(
        self, presenter: WalletsPresenter, texts: Texts, now: Callable[[], Instant], parent: QWidget | None = None
    ) -> None:
        super().__init__(texts.t("wallets.statement"), parent, margin=Space.M)
        self._presenter, self._texts, self._now = presenter, texts, now
        self._state = WalletsState()
        self._going: str = ""
        self._with_sides = False
        self.edit = Button(texts.t("common.edit"), Kind.SECONDARY, "pencil")
        self.edit.setAccessibleName(texts.t("wallets.edit"))
        self.edit.setToolTip(texts.t("wallets.edit"))
        self._first = IconButton("chevron-up", texts.t("wallets.first"))
        self._first.clicked.connect(self._go_first)
        self._last = IconButton("chevron-down", texts.t("wallets.last"))
        self._last.clicked.connect(self._go_last)
        for button in (self._first, self._last, self.edit):
            self.add_to_head(button)
        self._model: TableModel[StatementRow] = TableModel(_columns(texts, now, False), key=lambda row: row.entry_no)
        self.table = StatementTable(self._model, texts.t("wallets.statement"))
        self.table.setSortingEnabled(False)
        self.table.opened.connect(presenter.open_line)
        self.table.clicked.connect(lambda _index: self._open_picked())
        self.table.newest_wanted.connect(self._go_first)
        self.table.oldest_wanted.connect(self._go_last)
        self.table.verticalScrollBar().valueChanged.connect(self._near_end)
        self._no_lines = EmptyState("file-text")
        self._foot = label("", "small", wrap=True)
        self.body.addWidget(self.table, 1)
        self.body.addWidget(self._no_lines, 1)
        self.body.addWidget(self._foot)

    def show_state(self, state: WalletsState) -> None:
        """Draw the lines; where newer ones come in above, what is in sight stays where it is."""
        before, self._state = self._state, state
        texts, wallet = self._texts, state.chosen_wallet
        with_sides = wallet is not None and wallet.control is not None
        if with_sides is not self._with_sides:
            self._with_sides = with_sides
            self._model.set_columns(_columns(texts, self._now, with_sides))
        self._show_lines(before, state)
        self.table.setVisible(bool(state.lines))
        self._no_lines.setVisible(not state.lines)
        self._no_lines.show_words(_why_none(texts, state))
        name = "" if wallet is None else f" · {wallet_name(wallet, texts)}"
        self.set_title(f"{texts.t('wallets.statement')}{name}")
        self.edit.setVisible(state.can_edit and wallet is not None and wallet.control is None)
        for button in (self._first, self._last):
            button.setVisible(bool(state.lines))
        self._foot.setText(texts.t("wallets.most_lines", count=len(state.lines)) if state.full else "")
        self._foot.setVisible(state.full)
        self._arrive()
        self._fit_columns()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_columns()

    def _show_lines(self, before: WalletsState, state: WalletsState) -> None:
        place, first = self.table.verticalScrollBar().value(), before.lines[0].entry_no if before.lines else 0
        self._model.set_rows(state.lines)
        above = next((number for number, line in enumerate(state.lines) if line.entry_no == first), 0)
        if above and before.chosen == state.chosen and (place or not before.newest):
            self.table.move_by(above, place)

    def _fit_columns(self) -> None:
        """Leave out what a narrow card has no room for: the two sides become one column, the number a tool tip."""
        px, room = current_theme().px, self.width()
        wide = room >= px(_ROOM_FOR_SIDES_PX) or (self._with_sides and room >= px(_ROOM_FOR_NUMBER_PX))
        self.table.setColumnHidden(_NUMBER, room < px(_ROOM_FOR_NUMBER_PX))
        for column in (_IN, _OUT):
            self.table.setColumnHidden(column, not wide)
        self.table.setColumnHidden(_BOTH, wide)

    def _go_first(self) -> None:
        self._going = "first"
        self._presenter.first()
        self._arrive()

    def _go_last(self) -> None:
        self._going = "last"
        self._presenter.last()
        self._arrive()

    def _arrive(self) -> None:
        """Stand on the line that was asked for, once it has been read."""
        state = self._state
        if not state.lines:
            return
        if self._going == "first" and state.newest:
            self._going = ""
            self.table.go_to(0)
        elif self._going == "last" and (state.complete or state.full):
            self._going = ""
            self.table.go_to(len(state.lines) - 1)

    def _near_end(self, value: int) -> None:
        if value >= self.table.verticalScrollBar().maximum() - _AHEAD_PX:
            self._presenter.more()
        if value <= _AHEAD_PX:
            self._presenter.newer()

    def _open_picked(self) -> None:
        rows = self.table.chosen_rows
        if rows:
            self._presenter.open_line(rows[0])


def _why_none(texts: Texts, state: WalletsState) -> str:
    if not state.newest:
        return texts.t("common.loading")
    return texts.t("wallets.no_lines_until", day=state.day) if state.day else texts.t("wallets.no_lines")


def _when(row: StatementRow, now: Instant, zone: str) -> str:
    """The moment of a voucher, or its own day where it was written on another one."""
    if business_date(row.created_at, zone) == row.business_date:
        return recent_text(row.created_at, now, zone)
    return day_text(date.fromisoformat(row.business_date))


def _columns(texts: Texts, now: Callable[[], Instant], control: bool) -> tuple[Column[StatementRow], ...]:
    def money(amount: int) -> str:
        return texts.money(amount, symbol=False) if amount else ""

    def both(row: StatementRow) -> str:
        sign = "+" if row.debit_minor else ""
        return f"{sign}{texts.money(row.debit_minor - row.credit_minor, symbol=False)}"

    into = "vouchers.debit" if control else "wallets.column.in"
    out = "vouchers.credit" if control else "wallets.column.out"
    return (
        Column(texts.t("wallets.column.date"), lambda row: _when(row, now(), texts.zone), width=116),
        Column(texts.t("wallets.column.number"), lambda row: row.number, width=184),
        Column(
            texts.t("wallets.column.text"),
            lambda row: voucher_text(row.source_kind, row.memo, texts.t),
            tip=lambda row: f"{row.number} · {voucher_text(row.source_kind, row.memo, texts.t)}",
        ),
        Column(texts.t(into), lambda row: money(row.debit_minor), align=Align.RIGHT, width=112),
        Column(texts.t(out), lambda row: money(row.credit_minor), align=Align.RIGHT, width=112),
        Column(f"{texts.t(into)} / {texts.t(out)}", both, align=Align.RIGHT, width=120),
        Column(
            texts.t("wallets.column.balance"),
            lambda row: texts.money(row.balance_after_minor, symbol=False),
            align=Align.RIGHT,
            width=132,
            strong=True,
        ),
    )
