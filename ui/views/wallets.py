"""Wallets as cards with their balances, now or at the end of a day, and the statement of the chosen one beside them."""

from collections.abc import Callable
from datetime import date
from itertools import chain, pairwise
from typing import Final

from PySide6.QtCore import QDate, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from domain.ids import AccountId, Instant
from ui.presenters.wallets import WalletItem, WalletsPresenter, WalletsState
from ui.texts import Texts
from ui.theme import Space, current_theme
from ui.views.wallet_card import WalletCard
from ui.views.wallet_statement import WalletStatement
from ui.widgets.badge import Badge, BadgeLook
from ui.widgets.buttons import Button, Kind
from ui.widgets.fields import DayField
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.scroll_area import ScrollArea
from ui.widgets.surfaces import EmptyState, label
from ui.widgets.tones import Tone

_CARDS_PX: Final = 300
_NARROW_CARDS_PX: Final = 260
_WIDE_PX: Final = 1120
_ONE_ROW_PX: Final = 900
_FIRST_DAY: Final = date(2000, 1, 1)


class WalletsView(QWidget):
    """Draws WalletsState; Esc goes back from an earlier day to now."""

    def __init__(
        self,
        presenter: WalletsPresenter,
        texts: Texts,
        now: Callable[[], Instant],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._presenter, self._texts = presenter, texts
        self._drawn: tuple[WalletItem, ...] | None = None
        self._cards: dict[AccountId, WalletCard] = {}
        self._group = QButtonGroup(self)
        self._title = label(texts.t("wallets.title"), "title", wrap=True)
        self._fresh = label("", "small", wrap=True)
        self._shown_day = Badge()
        self._day = DayField(_FIRST_DAY, texts.t("wallets.until_name"))
        self._day.set_language(texts.language.value)
        self._day.setMinimumDate(self._day.date())
        self._day.setKeyboardTracking(False)
        self._day.setToolTip(texts.t("wallets.until_name"))
        self._day.dateChanged.connect(lambda _date: presenter.show_day(self._day.day.isoformat()))
        self._now = Button(texts.t("wallets.back_to_now"), Kind.SOFT, "undo-2")
        self._now.clicked.connect(self._back_to_now)
        self._archived = QCheckBox(texts.t("wallets.show_archived"))
        self._archived.clicked.connect(presenter.show_archived)
        self._controls = QCheckBox(texts.t("wallets.show_control"))
        self._controls.clicked.connect(presenter.show_controls)
        self.new = Button(texts.t("wallets.new"), Kind.PRIMARY, "plus")
        self.new.setShortcut("Ctrl+N")
        self.customers = Button(texts.t("customers.title"), Kind.SECONDARY, "users")
        self.customers.setToolTip(texts.t("customers.open_hint"))
        self._notice = NoticeBar(texts.t("notice.dismiss"))
        self._statement = WalletStatement(presenter, texts, now)
        self.edit = self._statement.edit
        self._empty = EmptyState("wallet")
        self._empty.chosen.connect(self.new.click)
        self._refused = EmptyState("lock")
        self._refused.show_words(texts.t("wallets.not_allowed"), texts.t("wallets.not_allowed_hint"))
        self._lay_out()
        presenter.attach(self)

    def _lay_out(self) -> None:
        texts = self._texts
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(self._title)
        names.addWidget(self._fresh)
        names.addWidget(self._shown_day, 0, Qt.AlignmentFlag.AlignLeft)
        self._days = QWidget()
        days = QHBoxLayout(self._days)
        days.setContentsMargins(0, 0, 0, 0)
        days.setSpacing(Space.S)
        days.addWidget(label(texts.t("wallets.until"), "muted"))
        days.addWidget(self._day)
        days.addWidget(self._now)
        self._head = QHBoxLayout()
        self._head.setSpacing(Space.L)
        self._head.addLayout(names, 1)
        self._head.addWidget(self._days)
        self._head.addWidget(self.customers)
        self._head.addWidget(self.new)
        self._second = QHBoxLayout()
        self._below = QWidget()
        below = QHBoxLayout(self._below)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(Space.M)
        below.addWidget(self._make_area())
        below.addWidget(self._statement, 1)
        below.addWidget(self._empty, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.M, Space.M, Space.M, Space.M)
        column.setSpacing(Space.M)
        column.addLayout(self._head)
        column.addLayout(self._second)
        column.addWidget(self._notice)
        column.addWidget(self._below, 1)
        column.addWidget(self._refused, 1)

    def _make_area(self) -> ScrollArea:
        """The cards of wallets, then each tick with the cards that it brings."""
        self._cards_page = contents = QWidget()
        column = QVBoxLayout(contents)
        column.setContentsMargins(2, 2, Space.S, 2)
        column.setSpacing(Space.S)
        self._places = (QVBoxLayout(), QVBoxLayout(), QVBoxLayout())
        for tick, place in zip((None, self._archived, self._controls), self._places, strict=True):
            if tick is not None:
                column.addWidget(tick)
            place.setSpacing(Space.S)
            column.addLayout(place)
        column.addStretch(1)
        self._area = ScrollArea(contents)
        return self._area

    def show_state(self, state: WalletsState) -> None:
        """Draw the wallets and the statement, or why there is nothing to see."""
        texts = self._texts
        some = bool(state.wallets)
        self._below.setVisible(state.allowed and state.loaded)
        self._statement.setVisible(some)
        self._empty.setVisible(not some)
        self._refused.setVisible(not state.allowed)
        self._days.setVisible(state.allowed)
        if state.none_granted:
            self._empty.show_words(texts.t("wallets.none_granted"), texts.t("wallets.none_granted_hint"))
        else:
            create = texts.t("wallets.create_first") if state.can_open else ""
            self._empty.show_words(texts.t("wallets.empty"), "", create)
        self._archived.setChecked(state.with_archived)
        self._controls.setChecked(state.with_controls)
        self.new.setVisible(state.can_open)
        self._draw_day(state)
        self._draw_cards(state)
        self._statement.show_state(state)
        self._notice.show_refusal(state.problem, texts)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._presenter.state.day:
            self._back_to_now()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._hand_focus_on()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wished = _CARDS_PX if self.width() >= _WIDE_PX else _NARROW_CARDS_PX
        needed = self._cards_page.minimumSizeHint().width() + self._area.verticalScrollBar().sizeHint().width()
        self._area.setFixedWidth(max(wished, needed))
        self._place_days()

    def _hand_focus_on(self) -> None:
        """To the line that was left for its voucher, else to the wallet that is chosen."""
        chosen, table = self._presenter.state.chosen, self._statement.table
        if table.isVisible() and table.currentIndex().isValid():
            table.setFocus(Qt.FocusReason.OtherFocusReason)
        elif chosen in self._cards:
            self._cards[chosen].setFocus(Qt.FocusReason.OtherFocusReason)

    def _back_to_now(self) -> None:
        """The button goes away with its day, so the keys stay at the day that is chosen."""
        self._presenter.show_now()
        self._day.setFocus(Qt.FocusReason.OtherFocusReason)

    def _place_days(self) -> None:
        """Beside the title where there is room, else below it."""
        one_row = self.width() >= current_theme().px(_ONE_ROW_PX)
        if one_row and self._second.count():
            self._second.removeWidget(self._days)
            self._head.insertWidget(1, self._days)
        elif not one_row and not self._second.count():
            self._head.removeWidget(self._days)
            self._second.addWidget(self._days, 0, Qt.AlignmentFlag.AlignLeft)

    def _draw_day(self, state: WalletsState) -> None:
        texts, past = self._texts, bool(state.day)
        self._fresh.setVisible(state.allowed and not past)
        self._fresh.setText(_freshness(texts, state))
        self._shown_day.setVisible(past)
        self._now.setVisible(past)
        if past:
            look = BadgeLook(Tone.WARN, texts.t("wallets.day_shown", day=state.day), "history")
            self._shown_day.show_look(look)
        if state.today:
            self._day.blockSignals(True)
            self._day.setMaximumDate(QDate.fromString(state.today, Qt.DateFormat.ISODate))
            self._day.setDate(QDate.fromString(state.day or state.today, Qt.DateFormat.ISODate))
            self._day.blockSignals(False)

    def _draw_cards(self, state: WalletsState) -> None:
        if state.wallets != self._drawn:
            self._drawn = state.wallets
            if tuple(self._cards) != tuple(wallet.id for wallet in state.wallets):
                self._make_cards(state.wallets)
            for wallet in state.wallets:
                self._cards[wallet.id].show_wallet(wallet, self._texts)
        for account_id, card in self._cards.items():
            card.setChecked(account_id == state.chosen)
        if self.hasFocus():
            self._hand_focus_on()

    def _make_cards(self, wallets: tuple[WalletItem, ...]) -> None:
        """Keep the cards of wallets that stay, so that the focus stays on them."""
        standing, self._cards = self._cards, {}
        for account_id in standing.keys() - {wallet.id for wallet in wallets}:
            standing[account_id].deleteLater()
        steps: tuple[list[QWidget], ...] = ([], [self._archived], [self._controls])
        for wallet in wallets:
            card = standing.get(wallet.id) or self._make_card(wallet.id)
            self._cards[wallet.id] = card
            section = _section(wallet)
            self._places[section].addWidget(card)
            steps[section].append(card)
        for before, after in pairwise(chain(*steps)):
            self.setTabOrder(before, after)

    def _make_card(self, account_id: AccountId) -> WalletCard:
        card = WalletCard()
        card.clicked.connect(lambda _checked=False: self._presenter.choose(account_id))
        self._group.addButton(card)
        return card


def _section(wallet: WalletItem) -> int:
    """Where a card stands: among the wallets in use, those that were archived, or the control accounts."""
    return 2 if wallet.control is not None else 1 if wallet.archived else 0


def _freshness(texts: Texts, state: WalletsState) -> str:
    if state.heard_at is None:
        return texts.t("wallets.from_device")
    return texts.t("sync.last_from_device", at=state.heard_at)
