"""What is told of one payment: what it is, the sale it pays, what was given back of it, and how it went."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from domain.cheques import last_day
from domain.ids import Instant
from domain.matching import shown_reference
from domain.payment_rows import PaymentDetail, PaymentRow, RefundRow
from domain.payments import PaymentStatus
from domain.refunds import RefundOrigin, word
from ui.formatting import date_time_text, masked_phone
from ui.presenters.payments import PaymentsPresenter
from ui.presenters.presenter import Mood
from ui.presenters.timeline import Step, StepKind, timeline
from ui.texts import Texts, failure_text
from ui.theme import FontSize, Space
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
from ui.widgets.amount_display import AmountDisplay
from ui.widgets.badge import Badge
from ui.widgets.buttons import Button, IconButton, Kind
from ui.widgets.flow import FlowLayout
from ui.widgets.surfaces import fact_grid, label

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


class PaymentContents(QWidget):
    """What is told of a payment; built anew with each reading, for it is small.

    `acts` is the place among it for acts that find no room at the foot.
    """

    def __init__(
        self, detail: PaymentDetail, presenter: PaymentsPresenter, texts: Texts, now: Callable[[], Instant]
    ) -> None:
        super().__init__()
        self._presenter, self._texts, self._now = presenter, texts, now
        row = detail.row
        self.acts = QVBoxLayout()
        column = QVBoxLayout(self)
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
        column.addLayout(self.acts)
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
