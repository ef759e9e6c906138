"""The form in which a voucher is written: its fields, what it would book, and the few things that may be done."""

from datetime import date
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from domain.ids import AccountId, CategoryId
from domain.vouchers import Side, VoucherType
from domain.words import amount_in_words
from ui.presenters.voucher_draft import LONGEST_MEMO, MAX_ATTACHMENTS, MAX_PARTY, DraftPresenter, DraftState
from ui.texts import Texts, problem_text
from ui.theme import Space, current_theme
from ui.views.voucher_fields import AmountField, Chooser, FieldBox, Pair, StillUnderTheWheel
from ui.views.voucher_form_lines import LinesEditor
from ui.views.voucher_lines import LinesTable
from ui.views.voucher_looks import account_words, category_words
from ui.widgets.buttons import Button, IconButton, Kind
from ui.widgets.fields import DayField, NumberField, TextField
from ui.widgets.notice_bar import Action, NoticeBar
from ui.widgets.scroll_area import ScrollArea
from ui.widgets.surfaces import Card, label
from ui.widgets.tones import Tone

_BESIDE_PX: Final = 900
_TIGHT_PX: Final = 860
_TITLES: Final = {
    VoucherType.RECEIPT: "vouchers.new_receipt",
    VoucherType.PAYMENT: "vouchers.new_payment",
    VoucherType.TRANSFER: "vouchers.new_transfer",
    VoucherType.ADJUSTMENT: "vouchers.new_adjustment",
}
_CASH: Final = (VoucherType.RECEIPT, VoucherType.PAYMENT)


class VoucherForm(QWidget):
    """Draws DraftState. Signals: `turned(bool)` when a form opens or closes; `print_wanted()`."""

    turned = Signal(bool)
    print_wanted = Signal()

    def __init__(self, presenter: DraftPresenter, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._presenter, self._texts = presenter, texts
        self._drawn_id = ""
        self._previewed: object = None
        self._asked: tuple[object, ...] = ()
        self._pressed = 0
        self._still = StillUnderTheWheel()
        self._make_fields()
        self._make_buttons()
        self._lay_out()
        presenter.attach(self)

    def _make_fields(self) -> None:
        texts, p = self._texts, self._presenter
        t = texts.t
        self._day = DayField(date(2026, 1, 1), t("vouchers.column.date"))
        self._day.set_language(texts.language.value)
        self._day.dateChanged.connect(lambda _day: p.set_day(self._day.day.isoformat()))
        self._attachments = NumberField(0, MAX_ATTACHMENTS, t("vouchers.attachments"))
        self._attachments.valueChanged.connect(p.set_attachments)
        for field in (self._day, self._attachments):
            field.installEventFilter(self._still)
        self._wallet: Chooser[AccountId] = Chooser(t("draft.wallet"), t("draft.choose_wallet"))
        self._wallet.picked.connect(p.set_wallet)
        self._target: Chooser[AccountId] = Chooser(t("wallets.transfer_to"), t("draft.choose_wallet"))
        self._target.picked.connect(p.set_target)
        self._category: Chooser[CategoryId] = Chooser(t("vouchers.category"), t("draft.choose_category"), True)
        self._category.picked.connect(p.set_category)
        self._amount = AmountField(texts, t("common.amount"))
        self._amount.typed.connect(p.set_amount)
        self._fee = AmountField(texts, t("draft.fee"))
        self._fee.typed.connect(p.set_fee)
        self._memo = self._text("vouchers.text", LONGEST_MEMO)
        self._memo.textEdited.connect(p.set_memo)
        self._party = self._text("vouchers.partner", MAX_PARTY)
        self._party.textEdited.connect(p.set_party)
        self._address = self._text("vouchers.address", MAX_PARTY)
        self._address.textEdited.connect(p.set_address)
        self._lines = LinesEditor(p, texts)
        self._words = label("", "small", wrap=True)
        self._boxes = {
            "business_date": FieldBox(t("vouchers.column.date"), self._day),
            "attachments": FieldBox(t("vouchers.attachments"), self._attachments),
            "wallet_id": FieldBox(t("draft.wallet"), self._wallet),
            "target_id": FieldBox(t("wallets.transfer_to"), self._target),
            "category_id": FieldBox(t("vouchers.category"), self._category),
            "amount_minor": FieldBox(t("common.amount"), self._amount),
            "fee_minor": FieldBox(t("draft.fee"), self._fee),
            "lines": FieldBox(t("draft.lines"), self._lines, bordered=False),
            "memo": FieldBox(t("vouchers.text"), self._memo),
            "party": FieldBox(t("vouchers.partner"), self._party),
            "address": FieldBox(t("vouchers.address"), self._address),
        }

    def _text(self, key: str, longest: int) -> TextField:
        field = TextField(self._texts.t(key))
        field.setMaxLength(longest)
        return field

    def _make_buttons(self) -> None:
        t, p = self._texts.t, self._presenter
        self._close = IconButton("x", t("draft.close"))
        self._close.clicked.connect(lambda _checked=False: p.leave())
        self._discard = Button(t("vouchers.discard"), Kind.QUIET, "trash-2")
        self._discard.clicked.connect(lambda _checked=False: p.ask_discard())
        self._print = Button(t("draft.print"), Kind.SECONDARY, "printer")
        self._print.clicked.connect(lambda _checked=False: self.print_wanted.emit())
        self._later = Button(t("draft.later"), Kind.SECONDARY, "save")
        self._later.clicked.connect(lambda _checked=False: p.leave())
        self._issue = Button(t("vouchers.issue"), Kind.PRIMARY, "check")
        self._issue.clicked.connect(lambda _checked=False: p.issue())

    def _lay_out(self) -> None:
        t = self._texts.t
        self._title = label("", "title")
        self._kept = label("", "small")
        head = QHBoxLayout()
        head.setSpacing(Space.M)
        head.addWidget(self._title, 1)
        head.addWidget(self._kept)
        head.addWidget(self._close)
        contents = QWidget()
        self._area = ScrollArea(contents)
        self._sides = QBoxLayout(QBoxLayout.Direction.LeftToRight, contents)
        self._sides.setContentsMargins(0, 0, 0, 0)
        self._sides.setSpacing(Space.M)
        self._sides.addWidget(self._field_card(contents), 3)
        self._sides.addWidget(self._preview_card(contents), 2)
        self._notice = NoticeBar(t("notice.dismiss"))
        self._notice.chosen.connect(self._answered)
        self._others = label(t("draft.issue_by_others"), "small", wrap=True)
        foot = QHBoxLayout()
        foot.setSpacing(Space.S)
        foot.addWidget(self._discard)
        foot.addWidget(self._others, 1)
        foot.addStretch(1)
        for button in (self._print, self._later, self._issue):
            foot.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.M, Space.M, Space.M, Space.M)
        column.setSpacing(Space.S)
        column.addLayout(head)
        column.addWidget(self._area, 1)
        column.addWidget(self._notice)
        column.addLayout(foot)

    def _field_card(self, parent: QWidget) -> Card:
        boxes = self._boxes
        card = Card(parent=parent, margin=Space.L)
        self._pairs = {
            first: Pair(boxes[first], boxes[second])
            for first, second in (("wallet_id", "target_id"), ("amount_minor", "fee_minor"), ("party", "address"))
        }
        parts: tuple[QWidget, ...] = (
            Pair(boxes["business_date"], boxes["attachments"]),
            self._pairs["wallet_id"],
            boxes["category_id"],
            self._pairs["amount_minor"],
            boxes["lines"],
            self._words,
            boxes["memo"],
            self._pairs["party"],
        )
        for part in parts:
            card.body.addWidget(part)
        card.body.addStretch(1)
        return card

    def _preview_card(self, parent: QWidget) -> Card:
        t = self._texts.t
        self._preview = Card(t("draft.preview"), parent, margin=Space.L)
        self._hint = label("", "muted", wrap=True)
        self._table = QWidget()
        for part in (self._hint, self._table, label(t("vouchers.issue_text"), "small", wrap=True)):
            self._preview.body.addWidget(part)
        self._preview.body.addStretch(1)
        return self._preview

    def show_state(self, state: DraftState) -> None:
        """Draw the form, or nothing while there is none."""
        draft = state.draft
        if draft is None:
            if self._drawn_id:
                self._drawn_id = ""
                self.turned.emit(False)
            return
        opened = draft.id != self._drawn_id
        if opened:
            self._drawn_id, self._pressed = draft.id, state.pressed
            self._begin(draft.type)
        self._show_choices(state)
        self._show_typed(state)
        self._show_marks(state)
        self._show_preview(state)
        self._show_foot(state)
        self._ask(state)
        if opened:
            self._area.verticalScrollBar().setValue(0)
            self.turned.emit(True)
        elif state.pressed != self._pressed:
            self._pressed = state.pressed
            self._focus_first(state)

    def take_focus(self) -> None:
        """Begin with what is still needed first."""
        self._focus_first(self._presenter.state)

    def hideEvent(self, event: QHideEvent) -> None:
        """However the form goes out of sight, what was typed is kept."""
        self._presenter.save()
        super().hideEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        px = current_theme().px
        beside = self.width() >= px(_BESIDE_PX)
        direction = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        if self._sides.direction() != direction:
            self._sides.setDirection(direction)
        self._print.setVisible(self.width() >= px(_TIGHT_PX))

    def _begin(self, kind: VoucherType) -> None:
        """Show the fields of a type, empty."""
        t = self._texts.t
        self._title.setText(t(_TITLES[kind]))
        shown = {
            "wallet_id": kind is not VoucherType.ADJUSTMENT,
            "target_id": kind is VoucherType.TRANSFER,
            "category_id": kind in _CASH,
            "amount_minor": kind is not VoucherType.ADJUSTMENT,
            "fee_minor": kind is VoucherType.TRANSFER,
            "lines": kind is VoucherType.ADJUSTMENT,
            "party": kind is not VoucherType.TRANSFER,
            "address": kind is not VoucherType.TRANSFER,
        }
        for name, is_shown in shown.items():
            self._boxes[name].setVisible(is_shown)
        for name, pair in self._pairs.items():
            pair.setVisible(shown[name])
        self._boxes["wallet_id"].set_name(
            t("wallets.transfer_from" if kind is VoucherType.TRANSFER else "draft.wallet")
        )
        for chooser in (self._wallet, self._target, self._category):
            chooser.forget()
        self._lines.forget()

    def _show_choices(self, state: DraftState) -> None:
        draft, chart = state.draft, state.chart
        assert draft is not None, "a form that is drawn has a draft"
        regime = chart.rules.regime
        wallets = [(wallet.id, account_words(self._texts, wallet, regime)) for wallet in chart.wallets]
        self._wallet.show_options(wallets)
        self._target.show_options(wallets)
        categories = chart.categories_for(draft.type)
        self._category.show_options([(each.id, category_words(self._texts, each)) for each in categories])
        self._wallet.show_value(draft.wallet_id)
        self._target.show_value(draft.target_id)
        self._category.show_value(draft.category_id)

    def _show_typed(self, state: DraftState) -> None:
        draft = state.draft
        assert draft is not None, "a form that is drawn has a draft"
        if self._day.day.isoformat() != draft.business_date:
            shown = date.fromisoformat(draft.business_date)
            self._day.setDate(shown)  # type: ignore[arg-type]  # PySide takes a date for a QDate, its stubs do not say so
        if self._attachments.value() != draft.attachments:
            self._attachments.setValue(draft.attachments)
        self._amount.show_text(state.amount)
        self._fee.show_text(state.fee)
        for field, text in (
            (self._memo, draft.memo),
            (self._party, draft.party.name),
            (self._address, draft.party.address),
        ):
            if field.text() != text:
                field.setText(text)
        if draft.type is VoucherType.ADJUSTMENT:
            self._lines.show_state(state)

    def _show_marks(self, state: DraftState) -> None:
        for name, box in self._boxes.items():
            key = state.marks.get(name, "")
            box.show_mark(self._texts.t(key) if key else "", loud=bool(state.pressed))

    def _show_preview(self, state: DraftState) -> None:
        texts, lines = self._texts, state.preview
        total = sum(line.amount_minor for line in lines if line.side is Side.DEBIT)
        amount = state.draft.amount_minor if state.draft is not None and state.draft.amount_minor else total
        words = amount_in_words(amount, texts.currency, texts.language) if amount else ""
        self._words.setText(words)
        self._words.setVisible(bool(words))
        self._hint.setVisible(not lines)
        self._hint.setText(texts.t("draft.preview_hint"))
        drawn = (lines, state.chart.rules.regime)
        if drawn == self._previewed:
            return
        self._previewed = drawn
        table = LinesTable(lines, texts, state.chart.rules.regime) if lines else QWidget()
        self._preview.body.replaceWidget(self._table, table)
        self._table.hide()
        self._table.deleteLater()
        self._table = table

    def _show_foot(self, state: DraftState) -> None:
        self._kept.setText(self._texts.t("draft.kept" if state.kept else "draft.typing"))
        self._issue.setVisible(state.can_issue)
        self._others.setVisible(not state.can_issue)
        self._print.setEnabled(not state.marks)

    def _ask(self, state: DraftState) -> None:
        asked = (state.asking_discard, state.problem)
        if asked == self._asked:
            return
        before, self._asked = self._asked, asked
        texts = self._texts
        if state.asking_discard:
            choices = (
                Action("no", texts.t("draft.discard_no"), Kind.PRIMARY),
                Action("yes", texts.t("vouchers.discard"), Kind.DANGER),
            )
            title, text = texts.t("vouchers.discard_title"), texts.t("vouchers.discard_text")
            self._notice.show_notice(Tone.WARN, title, text, choices)
            safe = self._notice.buttons()[0]
            safe.show()  # or it would be shown, and take the keys, only with the next turn of events
            safe.setFocus(Qt.FocusReason.OtherFocusReason)
        elif state.problem is not None:
            self._notice.show_problem(problem_text(state.problem, texts), closable=False)
        else:
            self._notice.clear_notice()
            if before and before[0]:
                self._discard.setFocus(Qt.FocusReason.OtherFocusReason)

    def _answered(self, key: str) -> None:
        if key == "yes":
            self._presenter.confirm_discard()
        else:
            self._presenter.ask_discard()

    def _focus_first(self, state: DraftState) -> None:
        """Give the keys to the first field, as they stand, that needs something."""
        wanting = next((name for name in self._boxes if name in state.marks), "memo")
        if wanting == "lines":
            self._lines.take_focus()
        else:
            self._boxes[wanting].field.setFocus(Qt.FocusReason.OtherFocusReason)
