"""One payment in the drawer beside the list: what it is, how it went, and the few things that may be done."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from domain.cheques import last_day
from domain.ids import Instant
from domain.matching import shown_reference
from domain.payment_rows import PaymentDetail, PaymentRow, RefundRow
from domain.payments import PaymentStatus
from domain.refunds import RefundOrigin, RefundWay, word
from ui.formatting import date_time_text, masked_phone
from ui.presenters.by_hand import Becoming
from ui.presenters.payments import PaymentsPresenter, PaymentsState
from ui.presenters.presenter import Mood
from ui.presenters.timeline import Step, StepKind, timeline
from ui.texts import Texts, failure_text, problem_text
from ui.theme import FontSize, Space, current_theme
from ui.views.looks import (
    METHOD_ICONS,
    REFUND_ICONS,
    STATUS_ICONS,
    origin_text,
    refund_look,
    row_look,
    tone_of,
    written,
)
from ui.views.panels import Emblem
from ui.views.routes import option_words
from ui.views.void_question import VoidQuestion
from ui.widgets.amount_display import AmountDisplay
from ui.widgets.badge import Badge
from ui.widgets.buttons import Button, IconButton, Kind
from ui.widgets.flow import FlowLayout
from ui.widgets.notice_bar import Action, NoticeBar
from ui.widgets.scroll_area import ScrollArea
from ui.widgets.surfaces import Card, fact_grid, label
from ui.widgets.tones import Tone

_STEP_ICONS: Final = {
    (StepKind.BOOKED, Mood.OK): "file-text",
    (StepKind.BOOKED, Mood.WARN): "eye",
    (StepKind.APPROVED, Mood.OK): "shield-check",
    (StepKind.DECIDED, Mood.OK): "check-check",
    (StepKind.DECIDED, Mood.WARN): "hourglass",
    (StepKind.SYNC, Mood.OK): "cloud-check",
    (StepKind.SYNC, Mood.WARN): "cloud-upload",
    (StepKind.SYNC, Mood.ERR): "cloud-alert",
}

_ROOM_FOR_ACTS_PX: Final = 520
_ROWS_IN_LOW: Final = 2
"""Below this height, which larger text needs more of, so many rows of acts at most stand at the foot."""


class PaymentDetailPanel(Card):
    """Draws the chosen payment; rebuilt whole with each reading, for it is small."""

    def __init__(
        self, presenter: PaymentsPresenter, texts: Texts, now: Callable[[], Instant], parent: QWidget | None = None
    ) -> None:
        super().__init__(texts.t("common.details"), parent, margin=Space.L)
        self._presenter, self._texts, self._now = presenter, texts, now
        self._drawn: PaymentDetail | None = None
        self._asked: tuple[object, ...] = ()
        close = IconButton("x", texts.t("payment.close"))
        close.clicked.connect(presenter.close_detail)
        self._copy = IconButton("copy", texts.t("payment.copy_code"))
        self._copy.clicked.connect(presenter.copy_code)
        self.add_to_head(self._copy)
        self.add_to_head(close)
        self._notice = NoticeBar(texts.t("notice.dismiss"))
        self._notice.chosen.connect(lambda key: presenter.confirm_cancel() if key == "yes" else presenter.ask_cancel())
        self._area = ScrollArea(name=texts.t("common.details"))
        self._cancel = Button(texts.t("pending.cancel_yes"), Kind.SECONDARY, "ban")
        self._cancel.clicked.connect(presenter.ask_cancel)
        self._void = Button(texts.t("payment.void"), Kind.SECONDARY, "ban")
        self._void.clicked.connect(lambda _checked=False: presenter.ask_void())
        self._question = VoidQuestion(
            presenter, texts, texts.t("payment.void_text"), yes=texts.t("payment.void"), no=texts.t("payment.void_no")
        )
        self._asking_void = False
        self._collect = Button("", Kind.PRIMARY, "banknote")
        self._collect.clicked.connect(lambda _checked=False: presenter.collect())
        self._confirm = Button(texts.t("unknown.confirm"), Kind.SECONDARY, "eye")
        self._confirm.clicked.connect(lambda _checked=False: presenter.ask_confirm())
        self._actions = QWidget()
        self._more = QWidget(self)
        self._grids = (QGridLayout(self._actions), QGridLayout(self._more))
        for grid in self._grids:
            grid.setContentsMargins(0, 0, 0, 0)
            grid.setSpacing(Space.S)
        self._take = Button(texts.t("held.take_open"), Kind.PRIMARY, "check")
        self._take.clicked.connect(lambda _checked=False: presenter.ask_take())
        self._refund = _act(texts.t("payment.refund"), "undo-2", presenter.ask_refund)
        self._keep = _act(texts.t("payment.keep"), "user", lambda: presenter.ask_refund(RefundWay.CREDIT))
        self._write_off = _act(
            texts.t("payment.write_off"), "landmark", lambda: presenter.ask_refund(RefundWay.WRITE_OFF)
        )
        self._seen = Button(texts.t("payment.seen"), Kind.SECONDARY, "check")
        self._seen.clicked.connect(lambda _checked=False: presenter.say_seen())
        self._settle = Button(texts.t("settle.open"), Kind.PRIMARY, "check")
        self._settle.clicked.connect(lambda _checked=False: presenter.ask_becoming(Becoming.SETTLED))
        self._bounce = Button(texts.t("bounce.open"), Kind.SECONDARY, "circle-x")
        self._bounce.clicked.connect(lambda _checked=False: presenter.ask_becoming(Becoming.BOUNCED))
        self._acts = (
            self._collect,
            self._take,
            self._settle,
            self._bounce,
            self._confirm,
            self._cancel,
            self._refund,
            self._keep,
            self._write_off,
            self._seen,
            self._void,
        )
        for button in self._acts:
            button.setProperty("tight", "true")
            self._grids[0].addWidget(button)
        self.body.addWidget(self._area, 1)
        self.body.addWidget(self._notice)
        self.body.addWidget(self._question)
        self.body.addWidget(self._actions)
        self._question.hide()
        self._more.hide()

    def show_state(self, state: PaymentsState) -> None:
        """Draw the chosen payment."""
        focused = self.window().focusWidget()
        gone = (
            (self._void, state.can_void),
            (self._refund, state.can_refund),
            (self._write_off, state.can_write_off),
            (self._keep, state.can_keep),
            (self._seen, state.can_see),
            (self._take, state.can_take),
            (self._settle, state.can_settle),
            (self._bounce, state.can_bounce),
        )
        if any(focused is button and not offered for button, offered in gone):
            self._copy.setFocus(Qt.FocusReason.OtherFocusReason)
        self._void.setVisible(state.can_void)
        self._actions.setVisible(not state.asking_void)
        title = "" if state.detail is None else self._void_title(state.detail)
        self._question.show_question(title, state.reason, asked=state.asking_void, busy=state.voiding)
        self._cancel.setVisible(state.can_cancel and not state.asking_cancel)
        self._take.setVisible(state.can_take and not state.asking_cancel)
        self._settle.setVisible(state.can_settle and not state.asking_cancel)
        self._bounce.setVisible(state.can_bounce and not state.asking_cancel)
        self._refund.setVisible(state.can_refund)
        self._write_off.setVisible(state.can_write_off)
        self._keep.setVisible(state.can_keep)
        self._seen.setVisible(state.can_see)
        self._confirm.setVisible(state.can_confirm and not state.asking_cancel)
        self._collect.setVisible(state.can_collect and not state.asking_cancel)
        if state.detail is not None:
            self._collect.setText(self._texts.t("payment.collect", amount=state.detail.sale.missing_minor))
            self._cancel.setText(self._texts.t("held.let_go" if state.detail.is_held else "pending.cancel_yes"))
        self._place_acts()
        self.setVisible(state.detail is not None)
        if state.detail is not None and state.detail != self._drawn:
            self._drawn = state.detail
            self._draw(state.detail)
        asked = (state.asking_cancel, state.problem)
        if asked != self._asked:
            self._asked = asked
            self._ask(state)
        if state.asking_void is not self._asking_void:
            self._asking_void = state.asking_void
            if state.asking_void:
                self._question.take_focus()
            elif self.isVisible():
                (self._void if state.can_void else self._copy).setFocus(Qt.FocusReason.OtherFocusReason)

    def take_focus(self) -> None:
        """Give the keys to the open payment."""
        self._copy.setFocus(Qt.FocusReason.OtherFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_acts()

    def _draw(self, detail: PaymentDetail) -> None:
        """Build the contents anew; the acts among them stay, with the keys."""
        focused = self.window().focusWidget()
        self._more.setParent(self)
        contents, place = self._contents(detail)
        self._area.setWidget(contents)
        place.addWidget(self._more)  # within one window, or the order of Tab would break
        if focused is not None and self._more.isAncestorOf(focused):
            focused.setFocus(Qt.FocusReason.OtherFocusReason)

    def _place_acts(self) -> None:
        """An act that calls stands in a row of its own, the others in pairs, an odd last one across.

        In a low window only the first row stays at the foot; the others stand among the contents, which need the room.
        """
        first = next((each for each in (self._take, self._settle) if not each.isHidden()), self._collect)
        shown = [button for button in self._acts if button is not first and not button.isHidden()]
        calls = not first.isHidden()
        low = self.height() < current_theme().px(_ROOM_FOR_ACTS_PX)
        crowded = low and (len(shown) + 1) // 2 + calls > _ROWS_IN_LOW
        at_foot = (0 if calls else 2) if crowded else len(shown)
        self._grids[0].addWidget(first, 0, 0, 1, 2)
        for grid, buttons in zip(self._grids, (shown[:at_foot], shown[at_foot:]), strict=True):
            for place, button in enumerate(buttons):
                alone = place == len(buttons) - 1 and place % 2 == 0
                grid.addWidget(button, 1 + place // 2, place % 2, 1, 2 if alone else 1)
            for column in (0, 1):
                grid.setColumnStretch(column, 1)
        self._more.setVisible(crowded)

    def _void_title(self, detail: PaymentDetail) -> str:
        row = detail.row
        return self._texts.t("payment.void_title", code=shown_reference(row.reference), amount=row.amount_minor)

    def _ask(self, state: PaymentsState) -> None:
        texts = self._texts
        if state.asking_cancel:
            held = state.detail is not None and state.detail.is_held
            choices = (
                Action("no", texts.t("common.back" if held else "pending.cancel_no"), Kind.PRIMARY),
                Action("yes", texts.t("held.let_go" if held else "pending.cancel_yes"), Kind.DANGER),
            )
            title = texts.t("held.let_go_title" if held else "pending.cancel_title")
            text = texts.t("held.let_go_text" if held else "pending.cancel_text")
            self._notice.show_notice(Tone.WARN, title, text, choices)
        elif state.problem is not None:
            self._notice.show_problem(problem_text(state.problem, texts), closable=False)
        else:
            self._notice.clear_notice()

    def _contents(self, detail: PaymentDetail) -> tuple[QWidget, QVBoxLayout]:
        """Return what is told of a payment, and the place among it for acts."""
        texts, row = self._texts, detail.row
        contents = QWidget()
        column = QVBoxLayout(contents)
        column.setContentsMargins(0, 0, Space.S, 0)
        column.setSpacing(Space.S)
        amount = AmountDisplay(FontSize.HEADING + 6, centred=True)
        amount.show_amount(texts.money(row.amount_minor))
        badge = Badge(row_look(texts, row))
        code = label(shown_reference(row.reference), "section")
        code.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        code.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(amount)
        column.addWidget(badge, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(code)
        column.addLayout(self._facts(detail))
        behind = QVBoxLayout()
        column.addLayout(behind)
        if len(detail.tenders) > 1:
            column.addSpacing(Space.S)
            column.addWidget(label(texts.t("payment.sale"), "section"))
            column.addWidget(self._tenders(detail))
        if detail.refunds:
            column.addSpacing(Space.S)
            column.addWidget(label(texts.t("payment.refunds"), "section"))
            for refund in detail.refunds:
                column.addWidget(self._refund_line(refund))
        column.addSpacing(Space.S)
        column.addWidget(label(texts.t("payment.timeline"), "section"))
        for step in timeline(detail):
            column.addWidget(self._step(step))
        column.addStretch(1)
        return contents, behind

    def _facts(self, detail: PaymentDetail) -> QGridLayout:
        texts, row = self._texts, detail.row
        phone = masked_phone(row.customer_phone) if row.customer_phone else ""
        failed = "" if row.failure is None else failure_text(row.failure, texts).what
        facts = (
            (texts.t("common.method"), texts.t(f"method.{row.method.value}")),
            (texts.t("option.label"), option_words(detail.option, texts) if detail.option else ""),
            (texts.t("payments.column.customer"), " · ".join(part for part in (row.customer_name, phone) if part)),
            (texts.t("payment.origin"), origin_text(texts, row.origin)),
            (texts.t("payment.order"), detail.order_ref),
            *self._sums(detail),
            *self._held(row),
            (texts.t("cash.tendered"), texts.money(detail.tendered_minor) if detail.tendered_minor else ""),
            (texts.t("cash.change"), texts.money(detail.change_minor) if detail.change_minor else ""),
            *_cheque_facts(texts, detail),
            (texts.t("common.note"), detail.note),
            (texts.t("common.reason"), failed),
        )
        return fact_grid(facts)

    def _sums(self, detail: PaymentDetail) -> tuple[tuple[str, str], ...]:
        """The sale's sums; what is nothing is left out."""
        texts, sale = self._texts, detail.sale
        due = sale.due_minor if sale.due_minor != detail.row.amount_minor else 0
        sums = (
            ("sale.due", due),
            ("sale.received", sale.received_minor),
            ("sale.missing", sale.missing_minor if sale.received_minor else 0),
            ("payment.excess", sale.excess_minor),
            ("by_hand.unproven", sale.confirmed_minor),
        )
        return tuple((texts.t(key), texts.money(amount) if amount else "") for key, amount in sums)

    def _held(self, row: PaymentRow) -> tuple[tuple[str, str], ...]:
        """What is held and until when, and what of it is being taken."""
        texts = self._texts
        if row.status is not PaymentStatus.AUTHORIZED:
            return ()
        until = "" if row.held_until is None else date_time_text(row.held_until, texts.zone)
        taking = texts.money(row.capture_minor) if row.capture_minor else ""
        held = texts.money(row.held_minor) if row.held_minor else ""
        return ((texts.t("held.amount"), held), (texts.t("held.until"), until), (texts.t("held.in_hand"), taking))

    def _refund_line(self, row: RefundRow) -> QWidget:
        """A refund with where it stands; a press opens it."""
        texts, refund = self._texts, row.refund
        key = "refund.line_back" if refund.origin is RefundOrigin.CHARGE_BACK else f"refund.line.{refund.way.value}"
        one = Button(texts.t(key, amount=refund.amount_minor), Kind.QUIET, "undo-2")
        one.setProperty("tight", "true")
        one.setProperty("align", "left")
        one.clicked.connect(lambda _checked=False: self._presenter.show_refund(refund.id))
        line = QWidget()
        across = FlowLayout(line, Space.S)
        across.addWidget(one)
        across.addWidget(Badge(refund_look(texts, word(refund, self._now()), refund.way)))
        return line

    def _tenders(self, detail: PaymentDetail) -> QWidget:
        """The payments of the sale; any other of them is opened by a press."""
        tenders = QWidget()
        rows = QVBoxLayout(tenders)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(Space.XS)
        for tender in detail.tenders:
            rows.addWidget(self._tender(tender.row, here=tender.row.id == detail.row.id))
        return tenders

    def _tender(self, row: PaymentRow, *, here: bool) -> QWidget:
        texts = self._texts
        line = QWidget()
        across = FlowLayout(line, Space.S)
        words = texts.t("sale.part", method=row.method.value, amount=row.amount_minor)
        if here:
            across.addWidget(label(words, "section"))
        else:
            other = Button(words, Kind.QUIET, METHOD_ICONS[row.method])
            other.setProperty("tight", "true")
            other.setProperty("align", "left")
            other.clicked.connect(lambda _checked=False: self._presenter.choose(row.id))
            across.addWidget(other)
        across.addWidget(Badge(row_look(texts, row)))
        return line

    def _step(self, step: Step) -> QWidget:
        texts = self._texts
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, Space.XS, 0, Space.XS)
        row.setSpacing(Space.M)
        mark = Emblem(20)
        mark.show_icon(tone_of(step.mood), _step_icon(step))
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(_wrapped(written(texts, step.words)))
        when = "" if step.at is None else date_time_text(step.at, texts.zone)
        cause = "" if step.cause is None else texts.t(f"cause.{step.cause.value}")
        stamp = "" if step.stamp is None else texts.t(f"stamp.{step.stamp.value}")
        which = "" if step.tender is None else written(texts, step.tender)
        small = " · ".join(part for part in (when, stamp, step.by or cause, which) if part)
        if small:
            words.addWidget(label(small, "small", wrap=True))
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        if step.voucher is not None and self._presenter.opens_vouchers:
            voucher_id = step.voucher
            to_voucher = IconButton("file-text", texts.t("money.voucher"))
            to_voucher.clicked.connect(lambda _checked=False: self._presenter.open_voucher(voucher_id))
            row.addWidget(to_voucher, 0, Qt.AlignmentFlag.AlignTop)
        return line


def _cheque_facts(texts: Texts, detail: PaymentDetail) -> tuple[tuple[str, str], ...]:
    """What is written on the cheque, and until when a bank must pay it."""
    cheque = detail.cheque
    if cheque is None:
        return ()
    last = last_day(cheque, detail.row.created_at, texts.zone)
    return (
        (texts.t("slip.number"), cheque.number),
        (texts.t("slip.bank"), cheque.bank),
        (texts.t("slip.drawer"), cheque.drawer),
        (texts.t("slip.date"), texts.t("slip.day", day=cheque.date)),
        (texts.t("slip.present_by"), texts.t("slip.day", day=last) if detail.row.awaited else ""),
    )


def _step_icon(step: Step) -> str:
    """The icon of what the payment or a refund became, of a booking or the way to the hub; empty for the tone's own."""
    if step.refund is not None:
        return REFUND_ICONS[step.refund]
    if step.kind is StepKind.STATUS:
        return "plus" if step.status is None else STATUS_ICONS.get(step.status, "")
    return _STEP_ICONS[step.kind, step.mood]


def _wrapped(words: str) -> QLabel:
    return label(words, "", wrap=True)


def _act(words: str, icon: str, press: Callable[[], None]) -> Button:
    """Return a button of an act on the payment."""
    button = Button(words, Kind.SECONDARY, icon)
    button.clicked.connect(lambda _checked=False: press())
    return button
