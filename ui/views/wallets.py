"""Wallets as cards with their balances, and the statement of the chosen one beside them."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from domain.accounts import CONTROL_ACCOUNTS
from domain.ids import AccountId, Instant
from domain.matching import PREFIX, find_reference, shown_reference
from domain.money import Language
from domain.rows import StatementRow, WalletRow
from ui.formatting import recent_text
from ui.icons import icon_pixmap
from ui.presenters.wallets import WalletsPresenter, WalletsState
from ui.texts import Texts, problem_text
from ui.theme import FontSize, Radius, Space, current_theme
from ui.views.looks import ACCOUNT_ICONS
from ui.widgets.buttons import Button, Kind
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.surfaces import Card, EmptyState, label
from ui.widgets.table import Align, Column, DataTable, TableModel

_CARDS_PX: Final = 300
_NARROW_CARDS_PX: Final = 260
_WIDE_PX: Final = 1120
_AHEAD_PX: Final = 600
_SOURCES: Final = frozenset({"cash", "opening", "applied", "reversal"})
_PROVIDER: Final = "prov:"


class WalletsView(QWidget):
    """Draws WalletsState."""

    def __init__(
        self,
        presenter: WalletsPresenter,
        texts: Texts,
        now: Callable[[], Instant],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._presenter, self._texts, self._now = presenter, texts, now
        self._drawn: tuple[WalletRow, ...] | None = None
        self._cards: dict[AccountId, WalletCard] = {}
        self._group = QButtonGroup(self)
        self._title = label(texts.t("wallets.title"), "title")
        self._as_of = label("", "small")
        self._controls = QCheckBox(texts.t("wallets.show_control"))
        self._controls.clicked.connect(presenter.show_controls)
        self.new = Button(texts.t("wallets.new"), Kind.PRIMARY, "plus")
        self._notice = NoticeBar(texts.t("notice.dismiss"))
        self._problem: object = None
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._model: TableModel[StatementRow] = TableModel(_columns(texts, now, False), key=lambda row: row.entry_no)
        self._table = DataTable(self._model, texts.t("wallets.statement"))
        self._table.setSortingEnabled(False)
        self._table.verticalScrollBar().valueChanged.connect(self._near_end)
        self._controls_shown = False
        self._statement = Card(texts.t("wallets.statement"), margin=Space.M)
        self._no_lines = EmptyState("file-text")
        self._no_lines.show_words(texts.t("wallets.no_lines"))
        self._empty = EmptyState("wallet")
        self._empty.chosen.connect(self.new.click)
        self._refused = EmptyState("lock")
        self._lay_out()
        presenter.attach(self)

    def _lay_out(self) -> None:
        texts = self._texts
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(self._title)
        names.addWidget(self._as_of)
        head = QHBoxLayout()
        head.setSpacing(Space.L)
        head.addLayout(names, 1)
        head.addWidget(self._controls)
        head.addWidget(self.new)
        self._statement.body.addWidget(self._table, 1)
        self._statement.body.addWidget(self._no_lines, 1)
        self._below = QWidget()
        below = QHBoxLayout(self._below)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(Space.M)
        below.addWidget(self._area)
        below.addWidget(self._statement, 1)
        self._refused.show_words(texts.t("wallets.not_allowed"), texts.t("wallets.not_allowed_hint"))
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.M, Space.M, Space.M, Space.M)
        column.setSpacing(Space.M)
        column.addLayout(head)
        column.addWidget(self._notice)
        column.addWidget(self._below, 1)
        column.addWidget(self._empty, 1)
        column.addWidget(self._refused, 1)

    def show_state(self, state: WalletsState) -> None:
        """Draw the wallets and the statement, or why there is nothing to see."""
        texts = self._texts
        some = state.allowed and bool(state.wallets)
        self._below.setVisible(some)
        self._empty.setVisible(state.allowed and state.loaded and not state.wallets)
        self._empty.show_words(texts.t("wallets.empty"), "", texts.t("wallets.create_first") if state.can_open else "")
        self._refused.setVisible(not state.allowed)
        for part in (self._controls, self._as_of):
            part.setVisible(state.allowed)
        self._controls.setChecked(state.with_controls)
        self.new.setVisible(state.can_open)
        self._as_of.setText(_freshness(texts, state))
        self._draw_cards(state)
        self._draw_statement(state)
        if state.problem is not self._problem:
            self._problem = state.problem
            if state.problem is None:
                self._notice.clear_notice()
            else:
                self._notice.show_problem(problem_text(state.problem, texts))

    def _draw_cards(self, state: WalletsState) -> None:
        if state.wallets != self._drawn:
            self._drawn = state.wallets
            if tuple(self._cards) != tuple(row.id for row in state.wallets):
                self._make_cards(state.wallets)
            for row in state.wallets:
                self._cards[row.id].show_wallet(row, self._texts)
        for account_id, card in self._cards.items():
            card.setChecked(account_id == state.chosen)

    def _make_cards(self, wallets: tuple[WalletRow, ...]) -> None:
        contents = QWidget()
        contents.setObjectName("content")
        column = QVBoxLayout(contents)
        column.setContentsMargins(2, 2, Space.S, 2)
        column.setSpacing(Space.S)
        self._group = QButtonGroup(contents)
        self._cards = {}
        for row in wallets:
            card = WalletCard()
            card.clicked.connect(lambda _checked=False, account_id=row.id: self._presenter.choose(account_id))
            self._group.addButton(card)
            self._cards[row.id] = card
            column.addWidget(card)
        column.addStretch(1)
        self._area.setWidget(contents)

    def _draw_statement(self, state: WalletsState) -> None:
        wallet = state.chosen_wallet
        control = wallet is not None and wallet.control is not None
        if control is not self._controls_shown:
            self._controls_shown = control
            self._model.set_columns(_columns(self._texts, self._now, control))
        self._model.set_rows(state.lines)
        self._table.setVisible(bool(state.lines))
        self._no_lines.setVisible(not state.lines)
        name = "" if wallet is None else f" · {_name(wallet, self._texts)}"
        self._statement.set_title(f"{self._texts.t('wallets.statement')}{name}")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._area.setFixedWidth(_CARDS_PX if self.width() >= _WIDE_PX else _NARROW_CARDS_PX)

    def _near_end(self, value: int) -> None:
        if value >= self._table.verticalScrollBar().maximum() - _AHEAD_PX:
            self._presenter.more()


class WalletCard(QPushButton):
    """A wallet to choose: icon and name, balance large, what waits and the default mark small."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = "wallet"
        self._name = self._balance = self._small = self._mark = ""
        self.setCheckable(True)
        self.setProperty("kind", "painted")
        self.setProperty("ring_radius", Radius.LARGE)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_wallet(self, row: WalletRow, texts: Texts) -> None:
        """Show a wallet's name and money."""
        self._icon = ACCOUNT_ICONS[row.type]
        self._name = _name(row, texts)
        self._balance = texts.money(row.balance_minor)
        self._mark = texts.t("wallets.default_mark") if row.is_default else ""
        sign = "+" if row.waiting_minor > 0 else ""
        waiting = texts.t("wallets.waiting", amount=f"{sign}{texts.money(row.waiting_minor)}")
        self._small = waiting if row.waiting_minor else row.bank_account or row.code
        self.setAccessibleName(", ".join(part for part in (self._name, self._balance, self._small, self._mark) if part))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        theme = current_theme()
        lines = theme.px(FontSize.BODY) + theme.px(FontSize.TITLE) + theme.px(FontSize.SMALL)
        return QSize(220, round(lines * 1.35) + 2 * Space.M + Space.S)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        colours = theme.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill = colours.primary_soft if self.isChecked() else colours.sunken if self.underMouse() else colours.card
        edge = colours.primary if self.isChecked() else colours.line
        painter.setPen(QPen(QColor(edge), 1.5 if self.isChecked() else 1))
        painter.setBrush(QColor(fill))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), Radius.LARGE, Radius.LARGE)
        inner = QRectF(self.rect()).adjusted(Space.L, Space.M, -Space.L, -Space.M)
        dpr = self.devicePixelRatioF()
        painter.drawPixmap(round(inner.left()), round(inner.top()), icon_pixmap(self._icon, colours.primary, 20, dpr))
        self._write(painter, inner, theme.font(FontSize.BODY, QFont.Weight.DemiBold), self._name, colours.ink, 28)
        mark_font = theme.font(FontSize.SMALL, QFont.Weight.DemiBold)
        painter.setFont(mark_font)
        painter.setPen(QColor(colours.primary))
        top_line = QRectF(inner.left(), inner.top(), inner.width(), theme.px(FontSize.BODY) * 1.35)
        painter.drawText(top_line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._mark)
        below = inner.adjusted(0, theme.px(FontSize.BODY) * 1.35 + Space.XS, 0, 0)
        self._write(painter, below, theme.font(FontSize.TITLE, QFont.Weight.Bold), self._balance, colours.ink)
        last = below.adjusted(0, theme.px(FontSize.TITLE) * 1.35, 0, 0)
        self._write(painter, last, theme.font(FontSize.SMALL), self._small, colours.muted)
        painter.end()

    def _write(self, painter: QPainter, place: QRectF, font: QFont, words: str, colour: str, indent: int = 0) -> None:
        metrics = QFontMetricsF(font)
        marked = QFontMetricsF(font).horizontalAdvance(self._mark) if indent and self._mark else 0.0
        line = QRectF(place.left() + indent, place.top(), place.width() - indent - marked, metrics.height())
        painter.setFont(font)
        painter.setPen(QColor(colour))
        elided = metrics.elidedText(words, Qt.TextElideMode.ElideRight, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, elided)


def _name(row: WalletRow, texts: Texts) -> str:
    """A wallet's own name; a control account's name in the language of the screen."""
    known = next((account for account in CONTROL_ACCOUNTS if account.key is row.control), None)
    if known is None:
        return row.name
    return known.name_vi if texts.language is Language.VI else known.name_en


def _freshness(texts: Texts, state: WalletsState) -> str:
    if state.as_of is None:
        return texts.t("wallets.from_device")
    return texts.t("sync.last_from_device", at=state.as_of)


def _said(row: StatementRow, texts: Texts) -> str:
    """What a line was for: where it came from, and its memo as people read it."""
    kind = "provider" if row.source_kind.startswith(_PROVIDER) else row.source_kind
    source = texts.t(f"source.{kind if kind == 'provider' or kind in _SOURCES else 'other'}")
    memo = shown_reference(row.memo) if row.memo.startswith(PREFIX) and find_reference(row.memo) else row.memo
    return f"{source} · {memo}" if memo else source


def _columns(texts: Texts, now: Callable[[], Instant], control: bool) -> tuple[Column[StatementRow], ...]:
    def money(amount: int) -> str:
        return texts.money(amount, symbol=False) if amount else ""

    into = "vouchers.debit" if control else "wallets.column.in"
    out = "vouchers.credit" if control else "wallets.column.out"
    return (
        Column(texts.t("wallets.column.date"), lambda row: recent_text(row.created_at, now(), texts.zone), width=116),
        Column(texts.t("wallets.column.text"), lambda row: _said(row, texts), tip=lambda row: row.number),
        Column(texts.t(into), lambda row: money(row.debit_minor), align=Align.RIGHT, width=112),
        Column(texts.t(out), lambda row: money(row.credit_minor), align=Align.RIGHT, width=112),
        Column(
            texts.t("wallets.column.balance"),
            lambda row: texts.money(row.balance_after_minor, symbol=False),
            align=Align.RIGHT,
            width=124,
            strong=True,
        ),
    )
