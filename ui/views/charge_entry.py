"""The counter's middle before a payment: how it is paid, the cash offered, and the one button that charges."""

from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from domain.ids import BillId
from domain.rails import Method
from ui.formatting import short_money
from ui.presenters.charge import ChargePresenter
from ui.presenters.charge_state import ChargeState, Stage
from ui.presenters.unfinished import Unfinished
from ui.texts import Texts
from ui.theme import FontSize, Space, current_theme
from ui.views.charge_options import limit_words
from ui.views.charge_sale import SaleStrip
from ui.views.looks import METHOD_ICONS
from ui.views.method_tiles import MethodTiles
from ui.views.panels import Emblem, centred
from ui.views.routes import option_title
from ui.views.slip_fields import SlipFields
from ui.views.stored_value import StoredValueNotice
from ui.widgets.amount_display import AmountDisplay
from ui.widgets.buttons import Button, Kind
from ui.widgets.notice_bar import Action, NoticeBar
from ui.widgets.quick_cash_bar import CashOffer, QuickCashBar
from ui.widgets.surfaces import label
from ui.widgets.tones import Tone

_ROOM_FOR_WORDS_PX: Final = 300
"""From this height on, which larger text needs more of, a customer's stored value is told in full."""


class ChargeEntryPanel(QWidget):
    """Tiles, cash offers, customer and the Charge button."""

    def __init__(self, presenter: ChargePresenter, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._presenter, self._texts = presenter, texts
        self._tiles = MethodTiles(presenter, texts)
        self._sale = SaleStrip(presenter, texts)
        self._too_much = label("", "error", wrap=True)
        self._unfinished = NoticeBar(texts.t("notice.dismiss"))
        self._unfinished.chosen.connect(lambda key: presenter.go_on_with(BillId(key)))
        self._told: tuple[Unfinished, ...] = ()
        self._fitting = QTimer(self)  # how high the parts want to be is known once they have taken their width
        self._fitting.setSingleShot(True)
        self._fitting.setInterval(0)
        self._fitting.timeout.connect(self._fit)
        self._tall = self._wants_customer = self._pays_stored = False
        self._notice = NoticeBar(texts.t("notice.dismiss"))
        self._idle = _Idle(texts)
        self._cash = _CashPart(presenter, texts)
        self._hold = _hold_box(presenter, texts)
        self._option = _option_button(presenter)
        self._slip = SlipFields(presenter, texts)
        self._stored = StoredValueNotice(texts)
        self._customer = QLineEdit()
        self._customer.setMaxLength(80)
        self._customer.setPlaceholderText(texts.t("charge.note_placeholder"))
        self._customer.setAccessibleName(texts.t("charge.note_hint"))
        self._customer.setToolTip(texts.t("charge.note_hint"))
        self._customer.textEdited.connect(presenter.set_customer)
        self._customer.returnPressed.connect(presenter.charge)
        self._charge = Button(texts.t("charge.submit"), Kind.PRIMARY, large=True)
        self._charge.setToolTip(texts.t("charge.submit_hint"))
        self._charge.clicked.connect(presenter.charge)
        self._split = Button(texts.t("charge.split"), Kind.SECONDARY, "split", large=True)
        self._split.setToolTip(texts.t("charge.split_hint"))
        self._split.setAccessibleDescription(texts.t("charge.split_hint"))
        self._split.clicked.connect(lambda _checked=False: presenter.split())
        last = QHBoxLayout()
        last.setSpacing(Space.S)
        last.addWidget(self._charge, 1)
        last.addWidget(self._split)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.M)
        for part in (self._sale, self._tiles, self._notice, self._too_much, self._cash, self._unfinished):
            column.addWidget(part)
        column.addWidget(self._idle, 1)
        column.addStretch(0)
        column.addWidget(self._slip)
        column.addWidget(self._stored)
        column.addWidget(self._option)
        column.addWidget(self._hold)
        column.addWidget(self._customer)
        column.addLayout(last)

    def show_state(self, state: ChargeState) -> None:
        """Draw the entry."""
        texts = self._texts
        self._tiles.show_state(state)
        self._sale.show_state(state)
        missing = 0 if state.sale is None else state.sale.missing_minor
        against = texts.t("sale.part_too_much", missing=missing) if state.too_much else _against(state, texts)
        self._too_much.setText(against)
        self._too_much.setVisible(bool(against))
        self._idle.show_method(state.method, self._tiles.warning(state))
        told = _told(state)
        self._idle.setVisible(not state.offers and state.problem is None)
        self._show_unfinished(told)
        self._spread()
        self._cash.show_state(state)
        self._slip.show_state(state)
        self._stored.show_state(state)
        self._option.setText(_option_text(state, texts))
        self._option.setVisible(any(each.bound is None for each in state.options))
        self._hold.setVisible(state.can_hold)
        self._hold.setChecked(state.hold)
        self._wants_customer = state.sale is None and (self._tall or state.slip is None)
        self._show_who(state)
        self._split.setVisible(state.sale is None)
        self._split.setEnabled(state.can_split)
        if self._customer.text() != state.customer:
            self._customer.setText(state.customer)
        starting = state.stage is Stage.STARTING
        amount = texts.t("held.submit" if state.hold else "charge.submit_amount", amount=state.amount_minor)
        words = texts.t("charge.working") if starting else amount if state.amount_minor else texts.t("charge.submit")
        self._charge.setText(words)
        self._charge.setEnabled(state.can_charge)
        problem = None if self._slip.says(state) else state.problem
        self._notice.show_refusal(problem, texts, closable=False)
        self._fit()
        self._fitting.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
        self._fitting.start()

    def _fit(self) -> None:
        """Where it is too low for everything, a refusal is told in short, and who the customer is gives way.

        Not while the customer is being typed, or pays.
        """
        self._notice.set_brief(False)
        self._customer.setVisible(self._wants_customer)
        self._cash.setVisible(bool(self._presenter.state.offers))
        if self._is_too_low():
            needed = self._pays_stored or self._customer.hasFocus() or self._customer.text()
            self._customer.setVisible(self._wants_customer and bool(needed))
            self._notice.set_brief(self._is_too_low())
            if self._notice.isVisibleTo(self) and self._is_too_low():
                self._cash.hide()  # Enter charges, and the next press takes the refusal away
        self._stored.set_brief(self.height() < current_theme().px(_ROOM_FOR_WORDS_PX))

    def _is_too_low(self) -> bool:
        column = self.layout()
        assert column is not None, "the panel was laid out"
        return max(column.minimumSize().height(), column.minimumHeightForWidth(self.width())) > self.height()

    def _show_who(self, state: ChargeState) -> None:
        """Ask for the number of a customer whose stored value is to pay, and take the keys there; else for anything."""
        pays_stored = state.method is Method.STORED_VALUE
        if pays_stored is self._pays_stored:
            return
        self._pays_stored = pays_stored
        hint = self._texts.t("stored.phone_hint" if pays_stored else "charge.note_hint")
        self._customer.setPlaceholderText(self._texts.t("stored.phone" if pays_stored else "charge.note_placeholder"))
        self._customer.setAccessibleName(hint)
        self._customer.setToolTip(hint)
        if pays_stored and state.amount_minor and state.sale is None and self.isVisible():
            self.focus_customer()

    def _show_unfinished(self, sales: tuple[Unfinished, ...]) -> None:
        self._unfinished.setVisible(bool(sales))
        if sales == self._told:
            return
        self._told = sales
        if not sales:
            return
        key = "sale.unfinished" if len(sales) == 1 else "sale.unfinished_many"
        words = self._texts.t(key, missing=sales[0].missing_minor, count=len(sales))
        go_on = Action(sales[0].bill_id, self._texts.t("sale.go_on"), Kind.SOFT)
        self._unfinished.show_notice(Tone.WARN, words, actions=(go_on,))

    def set_tall(self, tall: bool) -> None:
        """There is height for large cash offers, or there is not."""
        self._tall = tall
        self._sale.set_tall(tall)
        self._tiles.set_tall(tall)
        self._spread()

    def _spread(self) -> None:
        """Where it is low everything stands closer together; cash offers do so beside a sale in parts as well."""
        in_parts = self._presenter.state.sale is not None
        self._cash.set_tall(self._tall and not in_parts)
        column = self.layout()
        assert column is not None, "the panel was laid out"
        column.setSpacing(Space.M if self._tall else Space.S)

    def focus_customer(self) -> None:
        """F4: type who the customer is."""
        self._customer.setVisible(self._wants_customer)
        self._customer.setFocus(Qt.FocusReason.ShortcutFocusReason)


def _option_button(presenter: ChargePresenter) -> Button:
    """Return what says which payment option is chosen, and asks again."""
    button = Button("", Kind.SECONDARY, "arrow-left-right")
    button.clicked.connect(lambda _checked=False: presenter.ask_option())
    return button


def _option_text(state: ChargeState, texts: Texts) -> str:
    if not state.option:
        return texts.t("option.choose")
    return texts.t("option.chosen", option=option_title(state.option, texts))


def _against(state: ChargeState, texts: Texts) -> str:
    """Return what a contract has against the amount by the chosen method; nothing for most."""
    if state.bound is not None:
        return limit_words(state.bound, texts)
    return texts.t("limit.barred") if state.barred else ""


class _CashPart(QWidget):
    """What the customer hands over: offers, or a typed amount with the change it gives."""

    def __init__(self, presenter: ChargePresenter, texts: Texts) -> None:
        super().__init__()
        self._texts = texts
        self._title = label(texts.t("cash.tendered"), "section")
        self._offers = QuickCashBar()
        self._offers.chosen.connect(presenter.hand_over)
        self._other = Button(texts.t("cash.other"), Kind.QUIET, "pencil")
        self._other.clicked.connect(presenter.type_tender)
        self._typed = AmountDisplay(FontSize.DISPLAY - 8, sums=False)
        self._change = label("", "section")
        self._change.setAlignment(Qt.AlignmentFlag.AlignRight)
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self._other)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addLayout(head)
        column.addWidget(self._offers)
        column.addWidget(self._typed)
        column.addWidget(self._change)
        column.addStretch(1)

    def set_tall(self, tall: bool) -> None:
        """There is height for large offers, or there is not."""
        self._offers.set_tall(tall)

    def show_state(self, state: ChargeState) -> None:
        """Draw the offers, or the cash being typed."""
        texts, tender = self._texts, state.tender_minor
        self.setVisible(bool(state.offers))
        self._offers.setVisible(tender is None)
        self._other.setVisible(tender is None)
        for part in (self._typed, self._change):
            part.setVisible(tender is not None)
        if tender is None:
            self._offers.show_offers([self._offer(amount, state) for amount in state.offers])
            return
        words = texts.money(tender)
        self._typed.show_amount(words, name=texts.t("quick.name", amount=words), empty=tender == 0)
        rest = tender - state.amount_minor
        key = "paid.change_amount" if rest >= 0 else "cash.missing"
        self._change.setText(texts.t(key, amount=abs(rest)) if tender else texts.t("cash.type"))

    def _offer(self, amount: int, state: ChargeState) -> CashOffer:
        texts = self._texts
        exact = amount == state.amount_minor
        text, short = texts.money(amount, symbol=False), short_money(amount, texts.currency, texts.language)
        if exact:
            text, short = f"{texts.t('quick.exact')} {text}", texts.t("quick.exact")
        return CashOffer(amount, text, short, texts.t("quick.name", amount=texts.money(amount)), exact)


class _Idle(QWidget):
    """The free place before a payment: what the chosen method will do."""

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self._texts = texts
        self._emblem = Emblem(72)
        self._hint = centred(label("", "muted", wrap=True))
        self._inside = QWidget(self)
        column = QVBoxLayout(self._inside)
        column.setContentsMargins(Space.XL, 0, Space.XL, 0)
        column.setSpacing(Space.M)
        column.addStretch(1)
        column.addWidget(self._emblem, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._hint)
        column.addStretch(1)

    def show_method(self, method: Method, warning: str) -> None:
        """Tell of another method, or that it may not go as usual."""
        tone = Tone.WARN if warning else Tone.NEUTRAL
        self._emblem.show_icon(tone, "hourglass" if warning else METHOD_ICONS[method])
        self._hint.setText(warning or self._texts.t(f"method.hint.{method.value}"))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Fill the place with the whole picture, or with the words alone, or with nothing."""
        self._emblem.show()
        self._emblem.setVisible(self._wanted() <= self.height())
        self._inside.setVisible(self._wanted() <= self.height())
        self._inside.setGeometry(self.rect())

    def _wanted(self) -> int:
        column = self._inside.layout()
        assert column is not None, "the place was laid out"
        return column.totalHeightForWidth(self.width())


def _hold_box(presenter: ChargePresenter, texts: Texts) -> QCheckBox:
    """Return the quiet wish that the money is only held."""
    box = QCheckBox(texts.t("held.choose"))
    box.setToolTip(texts.t("held.choose_hint"))
    box.setAccessibleDescription(texts.t("held.choose_hint"))
    box.clicked.connect(lambda _checked=False: presenter.toggle_hold())
    return box


def _told(state: ChargeState) -> tuple[Unfinished, ...]:
    """Return the sales left paid in part, as far as they are told: while nothing else is begun."""
    free = state.stage is Stage.ENTRY and state.sale is None and not state.amount_minor and state.problem is None
    return state.unfinished if free else ()
