"""The lines of a voucher as a small table: account, debit, credit, and the sums below."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QWidget

from domain.accounts import Regime
from domain.book_rows import VoucherLine
from domain.vouchers import Side
from ui.texts import Texts
from ui.theme import Space
from ui.views.voucher_looks import line_words
from ui.widgets.surfaces import label


class LinesTable(QWidget):
    """Draws lines once; made anew for others, for they are few."""

    def __init__(
        self, lines: Sequence[VoucherLine], texts: Texts, regime: Regime, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._texts = texts
        self._grid = grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(Space.M)
        grid.setVerticalSpacing(Space.XS)
        grid.setColumnStretch(0, 1)
        self._row(texts.t("vouchers.account"), texts.t("vouchers.debit"), texts.t("vouchers.credit"), "small")
        for line in lines:
            sides = [self._money(line.amount_minor if line.side is side else 0) for side in Side]
            self._row(line_words(texts, line, regime), sides[0], sides[1])
        rule = QFrame()
        rule.setObjectName("rule")
        grid.addWidget(rule, grid.rowCount(), 0, 1, 3)
        debit, credit = (sum(line.amount_minor for line in lines if line.side is side) for side in Side)
        self._row(texts.t("common.total"), self._money(debit), self._money(credit), "section")

    def _row(self, account: str, debit: str, credit: str, role: str = "") -> None:
        row = self._grid.rowCount()
        self._grid.addWidget(label(account, role, wrap=True), row, 0, Qt.AlignmentFlag.AlignTop)
        for column, words in ((1, debit), (2, credit)):
            amount = label(words, role)
            amount.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(amount, row, column)

    def _money(self, amount_minor: int) -> str:
        return self._texts.money(amount_minor, symbol=False) if amount_minor else ""
