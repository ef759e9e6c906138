"""The sheet on which money is given back, and on which a refund that stands is looked at."""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from domain.matching import shown_reference
from domain.refunds import WAYS, Refund, RefundOf, RefundOrigin, RefundWay, Word, usual_days
from ui.formatting import date_time_text, masked_phone
from ui.presenters.own_print import OwnPaper
from ui.presenters.paying_out import PayingWallet
from ui.presenters.refund import RefundPresenter
from ui.presenters.refund_state import KINDS, RefundStage, RefundState
from ui.presenters.timeline import REFUND_MOODS
from ui.texts import Texts, failure_text, problem_text
from ui.theme import FontSize, Space, current_theme
from ui.views.choices import ChoiceRow
from ui.views.holder_fields import HolderFields
from ui.views.looks import REFUND_ICONS, refund_look, tone_of
from ui.views.panels import Emblem, asks_for_approval, centred
from ui.views.voucher_fields import AmountField, Chooser, FieldBox
from ui.views.voucher_print import print_own
from ui.widgets.amount_display import AmountDisplay
from ui.widgets.badge import Badge
from ui.widgets.buttons import Kind
from ui.widgets.dialogs import Sheet, SheetDoor
from ui.widgets.fields import TextField
from ui.widgets.form_area import FormArea
from ui.widgets.notice_bar import Action, NoticeBar
from ui.widgets.surfaces import fact_grid, label
from ui.widgets.tones import Tone

_WIDTH: Final = 640
_LONGEST: Final = 200
_REASONS: Final = ("returned", "mistake", "quality", "other")
_OTHER: Final = "other"
_SUBMITS: Final = {RefundWay.WRITE_OFF: "refund.submit_write_off", RefundWay.CREDIT: "refund.submit_credit"}
_TITLES: Final = {RefundWay.WRITE_OFF: "refund.title.write_off", RefundWay.CREDIT: "refund.title.credit"}
_DONE: Final = {
    RefundWay.ORIGINAL: "refund.text.done",
    RefundWay.WRITE_OFF: "refund.text.written_off",
    RefundWay.CREDIT: "refund.text.kept",
}


class RefundDoor(SheetDoor["RefundSheet", RefundState]):
    """Opens a sheet whenever money is to be given back, or a refund is to be looked at."""

    def __init__(self, page: QWidget, presenter: RefundPresenter, texts: Texts) -> None:
        super().__init__(page, lambda: RefundSheet(page, presenter, texts), RefundSheet.show_state, presenter.cancel)
        presenter.attach(self)

    def show_state(self, state: RefundState) -> None:
        """Draw the sheet while it is wanted."""
        self.follow(state, wanted=state.stage is not RefundStage.CLOSED)


class RefundSheet(Sheet):
    """Draws RefundState; what was typed stays after a refusal."""

    def __init__(self, window: QWidget, presenter: RefundPresenter, texts: Texts) -> None:
        room = window.window().width() - 2 * Space.XL
        super().__init__(window, texts.t("refund.title"), width=min(current_theme().px(_WIDTH), room))
        self._presenter, self._texts = presenter, texts
        self._problem: object = None
        self._asking = False
        self._stage: RefundStage | None = None
        self._form = _Form(presenter, texts)
        self._told = _Told(texts)
        self._notice = NoticeBar(texts.t("notice.dismiss"))
        self._notice.chosen.connect(lambda key: presenter.confirm_cancel() if key == "yes" else presenter.ask_cancel())
        self._area = FormArea()
        for part in (self._form, self._told):
            self._area.lines.addWidget(part)
        self._area.lines.addStretch(1)
        self.body.addWidget(self._area, 1)
        self.body.addWidget(self._notice)
        t = texts.t
        self._back = self.add_button(t("common.cancel"), Kind.SECONDARY, self.reject)
        self._submit = self.add_button("", Kind.PRIMARY, presenter.submit)
        self._cancel = self.add_button(t("refund.take_back"), Kind.SECONDARY, presenter.ask_cancel)
        self._voucher = self.add_button("", Kind.SECONDARY, presenter.open_voucher)
        self._print = self.add_button(t("common.print"), Kind.SECONDARY, presenter.print_voucher)
        self._close = self.add_button(t("common.close"), Kind.PRIMARY, self.reject)
        self._paper: OwnPaper | None = None
        self.rejected.connect(presenter.cancel)

    def keeps_enter(self) -> bool:
        """Enter in a field is the field's own."""
        return self._form.is_typed_in()

    def show_state(self, state: RefundState) -> None:
        """Draw the form, or the refund that stands."""
        if state.stage is RefundStage.CLOSED:
            return
        t, asked = self._texts.t, state.stage is RefundStage.FORM
        self._form.setVisible(asked)
        self._told.setVisible(not asked)
        if asked:
            self._form.show_state(state)
        elif state.shown is not None:
            self._told.show_state(state, state.shown)
        verb = _SUBMITS.get(state.way, "refund.submit")
        words = t(verb, amount=state.amount_minor) if state.amount_minor else t("refund.submit_empty")
        self._submit.setText(t("refund.saving") if state.saving else words)
        self._submit.setEnabled(state.can_submit)
        number = "" if state.voucher is None else state.voucher.number
        self._voucher.setText(t("payment.open_voucher", number=number))
        for button, shown in (
            (self._back, asked),
            (self._submit, asked),
            (self._cancel, not asked and state.can_cancel and not state.asking_cancel),
            (self._voucher, not asked and state.can_open_voucher and not state.asking_cancel),
            (self._print, not asked and state.can_print and not state.asking_cancel),
            (self._close, not asked),
        ):
            button.setVisible(shown)
        self._ask(state)
        if state.stage is not self._stage:
            self._stage = state.stage
            if asked:
                self._form.take_focus()
            else:
                self._close.setFocus(Qt.FocusReason.OtherFocusReason)
        if state.paper is not None and state.paper is not self._paper:
            self._paper = state.paper
            print_own(self, state.paper, self._texts)
        self._area.give_room(self, self._notice)

    def _ask(self, state: RefundState) -> None:
        """Show the question before a refund is taken back, or what went wrong."""
        t = self._texts.t
        if (state.problem, state.asking_cancel) == (self._problem, self._asking):
            return
        self._problem, self._asking = state.problem, state.asking_cancel
        if state.asking_cancel:
            choices = (
                Action("no", t("refund.take_back_no"), Kind.PRIMARY),
                Action("yes", t("refund.take_back"), Kind.DANGER),
            )
            self._notice.show_notice(Tone.WARN, t("refund.take_back_title"), t("refund.take_back_text"), choices)
            self._notice.buttons()[0].setFocus(Qt.FocusReason.OtherFocusReason)
        elif state.problem is not None:
            self._notice.show_problem(problem_text(state.problem, self._texts), closable=False)
            if state.stage is RefundStage.FORM:
                self._form.take_focus()
        else:
            self._notice.clear_notice()
            if state.stage is RefundStage.SHOWN:
                self._close.setFocus(Qt.FocusReason.OtherFocusReason)


class _Form(QWidget):
    """What is given back, how much, by which way and why."""

    def __init__(self, presenter: RefundPresenter, texts: Texts) -> None:
        super().__init__()
        self._presenter, self._texts = presenter, texts
        t = texts.t
        self._of = label("", "muted", wrap=True)
        self._kinds: ChoiceRow[RefundOf] = ChoiceRow(
            t("refund.what"), [(kind, t(f"refund.what.{kind.value}")) for kind in KINDS], wraps=True
        )
        self._kinds.chosen.connect(presenter.choose_what)
        self._amount = AmountField(texts, t("refund.amount"))
        self._amount.typed.connect(presenter.set_amount)
        self._amount_box = FieldBox(t("refund.amount"), self._amount)
        self._ways: ChoiceRow[RefundWay] = ChoiceRow(
            t("refund.way"), [(way, t(f"refund.way.{way.value}")) for way in RefundWay], wraps=True
        )
        self._ways.chosen.connect(presenter.choose_way)
        self._wallet: Chooser[PayingWallet] = Chooser(t("refund.from"), "")
        self._wallet.picked.connect(presenter.choose_wallet)
        self._wallet_box = FieldBox(t("refund.from"), self._wallet)
        self._keeper = HolderFields(texts, presenter.set_phone, presenter.set_name)
        self._hint = label("", "small", wrap=True)
        self._reasons = ChoiceRow(
            t("refund.reason"), [(key, t(f"refund.reason.{key}")) for key in _REASONS], wraps=True
        )
        self._reasons.chosen.connect(self._take_reason)
        self._reason = TextField(t("refund.reason"), t("refund.reason_hint"))
        self._reason.setMaxLength(_LONGEST)
        self._reason.textEdited.connect(presenter.set_reason)
        self._reason.returnPressed.connect(presenter.submit)
        self._amount.returnPressed.connect(self._after_amount)
        self._keeper.entered.connect(self._reasons.take_focus)
        self._asks = asks_for_approval(t("refund.asks"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        for part in (
            self._of,
            self._kinds,
            self._amount_box,
            self._ways,
            self._wallet_box,
            self._keeper,
            self._hint,
            label(t("refund.reason"), "section"),
            self._reasons,
            self._reason,
            self._asks,
        ):
            column.addWidget(part)

    def show_state(self, state: RefundState) -> None:
        """Draw what was typed and what is wrong with it."""
        t = self._texts.t
        left = state.left.of(state.what)
        self._of.setText(t("refund.of", code=shown_reference(state.reference), method=state.method.value))
        self._kinds.setVisible(len(state.kinds) > 1)
        for kind in KINDS:
            amount = state.left.of(kind)
            self._kinds.offer(kind, amount > 0)
            self._kinds.rename(kind, t(f"refund.what_amount.{kind.value}", amount=amount))
        self._kinds.show_value(state.what)
        self._amount.show_text(state.amount)
        mark = t("refund.whole_only") if state.whole_only else t("refund.left", amount=left)
        self._amount_box.show_mark(mark, loud=state.too_much or state.whole_only)
        for way in RefundWay:
            self._ways.offer(way, way in state.offered_ways)
        self._ways.setVisible(len(state.offered_ways) > 1)
        self._ways.show_value(state.way)
        by_wallet = WAYS[state.way].names_wallet
        self._wallet_box.setVisible(by_wallet and len(state.wallets) > 1)
        self._wallet.show_options([(each, each.name or t("refund.drawer")) for each in state.wallets])
        self._wallet.show_value(state.wallet)
        self._keeper.setVisible(state.names_holder)
        self._keeper.show_choice(state.keeper)
        self._hint.setText(self._way_words(state))
        if self._reason.text() != state.reason:
            self._reason.setText(state.reason)
        self._show_reason(state.reason)
        self._asks.setVisible(state.asks)
        self.setEnabled(not state.saving)

    def take_focus(self) -> None:
        """Type how much, over what stands there."""
        self._amount.type_over()

    def is_typed_in(self) -> bool:
        """Whether the keys go to one of its fields."""
        return self._amount.hasFocus() or self._reason.hasFocus() or self._keeper.is_typed_in()

    def _after_amount(self) -> None:
        if self._keeper.isHidden():
            self._reasons.take_focus()
        else:
            self._keeper.take_focus()

    def _way_words(self, state: RefundState) -> str:
        t = self._texts.t
        if state.way is RefundWay.ORIGINAL:
            return t("refund.lead", days=usual_days(state.provider))
        if state.way is RefundWay.WRITE_OFF:
            return t("refund.write_off_hint")
        if state.way is RefundWay.CREDIT:
            return t("refund.credit_hint")
        return t("refund.by_wallet", name=state.wallet.name) if state.wallet.name else t("refund.by_drawer")

    def _take_reason(self, key: str) -> None:
        """Take one of the usual reasons, or type another."""
        self._presenter.set_reason("" if key == _OTHER else self._texts.t(f"refund.reason.{key}"))
        if key == _OTHER:
            self._reasons.show_value(_OTHER)
            self._reason.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_reason(self, reason: str) -> None:
        usual = {self._texts.t(f"refund.reason.{key}"): key for key in _REASONS if key != _OTHER}
        if reason:
            self._reasons.show_value(usual.get(reason, _OTHER))


class _Told(QWidget):
    """A refund that stands: what became of it, in words, and who had it done."""

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self._texts = texts
        self._drawn: object = None
        self._emblem = Emblem()
        self._title = centred(label("", "heading", wrap=True))
        self._amount = AmountDisplay(FontSize.DISPLAY - 8, centred=True)
        self._badge = Badge()
        self._text = centred(label("", "", wrap=True))
        self._facts = QWidget()
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addWidget(self._emblem, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._title)
        column.addWidget(self._amount)
        column.addWidget(self._badge, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._text)
        column.addWidget(self._facts)

    def show_state(self, state: RefundState, refund: Refund) -> None:
        """Draw the refund, if something of it differs."""
        drawn = (refund, state.word, state.fresh, state.asked_by, state.approved_by, state.holder)
        if drawn == self._drawn:
            return
        self._drawn = drawn
        texts = self._texts
        hand_over = state.fresh and refund.way is RefundWay.WALLET
        self._emblem.show_icon(tone_of(REFUND_MOODS[state.word]), REFUND_ICONS[state.word])
        self._emblem.setVisible(state.fresh)
        stays = refund.way in _TITLES
        self._title.setVisible(hand_over or stays or refund.origin is not RefundOrigin.PERSON)
        title = _TITLES[refund.way] if stays else f"refund.title.{refund.origin.value}"
        self._title.setText(texts.t("refund.hand_over" if hand_over else title))
        self._amount.show_amount(texts.money(refund.amount_minor))
        self._badge.show_look(refund_look(texts, state.word, refund.way))
        self._text.setText(self._words(state, refund))
        old, self._facts = self._facts, QWidget()
        self._facts.setLayout(fact_grid(self._fact_words(state, refund)))
        self._column.replaceWidget(old, self._facts)
        old.hide()
        old.deleteLater()

    def _words(self, state: RefundState, refund: Refund) -> str:
        t = self._texts.t
        if state.word is Word.FAILED and refund.failure is not None:
            why = failure_text(refund.failure, self._texts)
            return t("refund.text.failed", why=f"{why.what} ({why.code})")
        if state.word is Word.DONE:
            if refund.origin is not RefundOrigin.PERSON:
                return t(f"refund.text.{refund.origin.value}")
            if refund.way is not RefundWay.WALLET:
                return t(_DONE[refund.way])
            return t("refund.by_wallet", name=state.wallet.name) if state.wallet.name else t("refund.text.paid")
        return t(f"refund.text.{state.word.value}", days=usual_days(refund.provider), why="")

    def _fact_words(self, state: RefundState, refund: Refund) -> tuple[tuple[str, str], ...]:
        texts = self._texts
        t = texts.t
        return (
            (t("refund.code"), shown_reference(refund.reference)),
            (t("refund.what"), t(f"refund.what.{refund.what.value}")),
            (t("refund.way"), t(f"refund.way.{refund.way.value}")),
            (t("refund.customer"), self._customer(state, refund)),
            (t("refund.reason"), refund.reason),
            (t("refund.fee"), texts.money(refund.fee_minor) if refund.fee_minor else ""),
            (t("refund.asked_at"), date_time_text(refund.requested_at, texts.zone)),
            (t("refund.asked_by"), state.asked_by),
            (t("refund.approved_by"), state.approved_by),
            (t("refund.settled_at"), date_time_text(refund.settled_at, texts.zone) if refund.settled_at else ""),
        )

    def _customer(self, state: RefundState, refund: Refund) -> str:
        holder = state.holder
        if holder is None or holder.id != refund.holder_id:
            return ""
        return f"{holder.name} · {masked_phone(holder.phone)}"
