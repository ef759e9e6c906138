"""The counter's middle while a code waits to be paid: the code, how long it lives, and how much the till knows."""

from collections.abc import Callable
from functools import partial
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from domain.display import CounterStatus
from domain.ids import Instant
from domain.matching import shown_reference
from domain.rails import Presents
from ui.presenters.charge import ChargePresenter
from ui.presenters.charge_state import ChargeState, Pattern, ShownPayment
from ui.texts import Texts, problem_text
from ui.theme import FontSize, Space, current_theme
from ui.views.looks import METHOD_ICONS, counter_look, written
from ui.views.panels import CurrentStack, Emblem, TurningBox, centred
from ui.views.routes import option_words
from ui.widgets.amount_display import AmountDisplay
from ui.widgets.badge import Badge, BadgeLook
from ui.widgets.buttons import Button, Kind
from ui.widgets.countdown import Countdown
from ui.widgets.notice_bar import Action, NoticeBar
from ui.widgets.qr_view import QrView
from ui.widgets.surfaces import label
from ui.widgets.tones import Tone

_SECONDS_UNTIL: Final = 120
_ROOM_FOR_HINT_PX: Final = 420
"""Everybody knows what to do with a code; what else the customer does is told however low the screen is."""

_SCAN: Final = "pending.scan"
_SIGN_PX: Final = 120
_KEEP, _CANCEL = "keep", "cancel"
_HOW: Final = {
    Presents.LINK: "pending.how.link",
    Presents.TERMINAL: "pending.how.terminal",
    Presents.BALANCE: "pending.how.balance",
}
_ASKING: Final = {Presents.TERMINAL: "pending.asking_terminal", Presents.BALANCE: "pending.how.balance"}
"""What the customer does now, and before the provider has answered; elsewhere a code is scanned."""


class ChargeWaitingPanel(QWidget):
    """The code with its time and its truth; nothing here says paid."""

    def __init__(
        self, presenter: ChargePresenter, texts: Texts, now: Callable[[], Instant], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._presenter, self._texts = presenter, texts
        self._pattern: Pattern | None = None
        self._how = _SCAN
        self._expires_at: Instant | None = None
        self._question: tuple[object, ...] = ()
        self._fitted: tuple[object, ...] = ()
        self._qr = QrView()
        self._sign = Emblem(_SIGN_PX)
        self._place = CurrentStack()
        self._place.addWidget(self._qr)
        self._place.addWidget(_in_the_middle(self._sign))
        self._badge = Badge()
        self._countdown = Countdown(texts, now)
        self._amount = AmountDisplay(FontSize.HEADING + 4, centred=True)
        self._of_sale = centred(label("", "small", wrap=True))
        self._code = label("", "section")
        self._code.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._scan = label("", "muted", wrap=True)
        self._caption = centred(label("", "muted", wrap=True))
        self._lines = [label("", role, wrap=True) for role in ("small", "small", "section")]
        self._lines[-1].setProperty("tone", "warn")
        self._notice = NoticeBar(texts.t("notice.dismiss"))
        self._notice.chosen.connect(self._answer)
        self._check = Button(texts.t("pending.check"), Kind.SOFT, "refresh-cw")
        self._check.clicked.connect(presenter.check)
        self._cancel = Button(texts.t("charge.cancel_hint"), Kind.SECONDARY)
        self._cancel.clicked.connect(presenter.escape)
        self._other = Button(texts.t("failed.change_method"), Kind.SECONDARY, "arrow-left-right")
        self._other.setToolTip(texts.t("pending.other_hint"))
        self._other.clicked.connect(lambda _checked=False: presenter.other_method())
        self._confirm = Button(texts.t("unknown.confirm"), Kind.SECONDARY, "eye")
        self._confirm.clicked.connect(lambda _checked=False: presenter.ask_confirm())
        self._leave = Button(texts.t("pending.leave"), Kind.QUIET)
        self._leave.setToolTip(texts.t("pending.leave_hint"))
        self._leave.clicked.connect(presenter.leave)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.M)
        self._facts_half = self._facts()
        self._fitting = QTimer(self)  # how high the half is, is known once it has its place
        self._fitting.setSingleShot(True)
        self._fitting.setInterval(0)
        self._fitting.timeout.connect(self._fit)
        self._halves = TurningBox(self._shown(), self._facts_half)
        column.addWidget(self._halves, 1)
        column.addWidget(self._notice)

    def _shown(self) -> QWidget:
        """The code or the sign, and below it what the customer does where that is not to scan."""
        shown = QWidget()
        column = QVBoxLayout(shown)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addWidget(self._place, 1)
        column.addWidget(self._caption)
        return shown

    def _facts(self) -> QWidget:
        facts = QWidget()
        facts.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        status = QHBoxLayout()
        status.setSpacing(Space.M)
        status.addStretch(1)
        status.addWidget(self._badge)
        status.addWidget(self._countdown)
        status.addStretch(1)
        self._buttons = QWidget()
        self._buttons.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        buttons = QGridLayout(self._buttons)
        buttons.setContentsMargins(0, 0, 0, 0)
        buttons.setSpacing(Space.S)
        for place, button in enumerate((self._cancel, self._check, self._other, self._confirm)):
            button.setProperty("tight", "true")
            buttons.addWidget(button, place // 2, place % 2)
            buttons.setColumnStretch(place % 2, 1)
        self._column = column = QVBoxLayout(facts)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addStretch(1)
        column.addWidget(self._amount)
        column.addWidget(self._of_sale)
        column.addLayout(status)
        for part in (self._code, self._scan, *self._lines):
            part.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(part)
        self._scan.hide()  # until there is room for it
        column.addSpacing(Space.XS)
        column.addWidget(self._buttons)
        column.addWidget(self._leave)
        column.addStretch(1)
        return facts

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fitting.start()

    def _fit(self) -> None:
        """Where it is too low for everything, a refusal is told in short, and lines of words give way to buttons."""
        known, sent, _ = self._lines
        scans = self._how == _SCAN and self.height() >= current_theme().px(_ROOM_FOR_HINT_PX)
        yielding = (
            (self._scan, scans),
            (sent, bool(sent.text())),
            (known, bool(known.text())),
            (self._code, True),
            (self._of_sale, bool(self._of_sale.text())),
            (self._leave, self._question[:1] != (True,)),
        )
        self._notice.set_brief(False)
        self._column.setSpacing(Space.S)
        for part, wanted in yielding:
            part.setVisible(wanted)
        steps: list[Callable[[], None]] = [partial(self._notice.set_brief, True)]
        steps += [partial(part.setVisible, False) for part, _ in yielding[:3]]
        steps += [partial(self._column.setSpacing, Space.XS)]
        steps += [partial(part.setVisible, False) for part, _ in yielding[3:]]
        for step in steps:
            if not self._is_too_low():
                break
            step()

    def _is_too_low(self) -> bool:
        """Whether the half with the words has less height than it needs, once everything has its place."""
        for layout in (self._column, self._halves.layout(), self.layout()):  # each tells the next one what it needs
            assert layout is not None, "the panel was laid out"
            layout.activate()
        return self._column.minimumHeightForWidth(self._facts_half.width()) > self._facts_half.height()

    def show_state(self, state: ChargeState) -> None:
        """Draw the waiting payment."""
        payment, texts = state.payment, self._texts
        if payment is None:
            return
        self._draw_code(payment)
        self._badge.show_look(self._look(payment))
        self._how = _how(payment)
        self._scan.setText(texts.t(self._how))
        self._caption.setText(texts.t(self._how))
        self._caption.setVisible(self._how != _SCAN)
        code = shown_reference(payment.reference)
        self._amount.show_amount(texts.money(payment.amount_minor))
        sale = payment.sale
        is_part = sale.due_minor != payment.amount_minor
        part = texts.t("sale.of", due=sale.due_minor, received=sale.received_minor) if is_part else ""
        option = option_words(payment.option, texts) if payment.option else ""
        by = texts.t("option.of", method=payment.method.value, option=option) if option else ""
        self._of_sale.setText("\n".join(filter(None, (by, part))))
        self._confirm.setVisible(state.can_confirm)
        self._code.setText(code)
        self._code.setAccessibleName(texts.t("pending.code", code=code))
        for line, words in zip(self._lines, self._words(payment), strict=True):
            line.setText(words)
        self._lines[-1].setVisible(bool(self._lines[-1].text()))
        self._check.setText(texts.t("unknown.checking" if payment.checking else "pending.check"))
        self._check.setEnabled(not payment.checking)
        self._ask(state)
        told = (state.asking_cancel, state.problem, self._how, self._of_sale.text(), self._confirm.isHidden())
        fitted = (told, tuple(bool(line.text()) for line in self._lines))
        if fitted != self._fitted:
            self._fitted = fitted
            self._fit()
            self._fitting.start()

    def _draw_code(self, payment: ShownPayment) -> None:
        if payment.pattern is not self._pattern:
            self._pattern = payment.pattern
            if payment.pattern is None:
                self._qr.clear_code()
            else:
                amount, code = payment.amount_minor, shown_reference(payment.reference)
                self._qr.show_code(payment.pattern, self._texts.t("pending.qr_name", amount=amount, code=code))
        self._sign.show_icon(Tone.NEUTRAL, METHOD_ICONS[payment.method])
        self._place.setCurrentIndex(0 if payment.qr_text else 1)
        if payment.expires_at != self._expires_at:
            self._expires_at = payment.expires_at
            self._countdown.start(payment.created_at, payment.expires_at)

    def _look(self, payment: ShownPayment) -> BadgeLook:
        if payment.blind and payment.status is CounterStatus.PENDING:
            return BadgeLook(Tone.WARN, self._texts.t("unknown.title"), "cloud-off")
        return counter_look(self._texts, payment.status)

    def _words(self, payment: ShownPayment) -> tuple[str, str, str]:
        """How fresh the till's knowledge is, what waits to be sent, and what not to do meanwhile."""
        texts = self._texts
        known = _freshness(texts, payment.checked_ago_s)
        asked = "" if payment.checked is None else written(texts, payment.checked)
        sent = texts.t("pending.unsent") if payment.unsent and payment.blind else ""
        careful = texts.t("unknown.text") if payment.blind or payment.status is CounterStatus.UNKNOWN else ""
        return asked or known, sent, careful

    def _ask(self, state: ChargeState) -> None:
        """Show the question before a cancel, or what went wrong, and only redraw it when it is another one."""
        texts = self._texts
        question = (state.asking_cancel, state.problem)
        self._buttons.setVisible(not state.asking_cancel)
        self._leave.setVisible(not state.asking_cancel)
        self._halves.updateGeometry()  # at once, or the question would ask for room beside what it replaces
        if question == self._question:
            return
        self._question = question
        if state.asking_cancel:
            self._notice.show_notice(
                Tone.WARN,
                texts.t("pending.cancel_title"),
                texts.t("pending.cancel_text"),
                (
                    Action(_KEEP, texts.t("pending.cancel_no"), Kind.PRIMARY),
                    Action(_CANCEL, texts.t("pending.cancel_yes"), Kind.DANGER),
                ),
            )
            self._notice.buttons()[0].setFocus(Qt.FocusReason.OtherFocusReason)
        elif state.problem is not None:
            self._notice.show_problem(problem_text(state.problem, texts), closable=False)
        else:
            self._notice.clear_notice()

    def _answer(self, key: str) -> None:
        if key == _CANCEL:
            self._presenter.confirm_cancel()
        else:
            self._presenter.keep_waiting()


def _how(payment: ShownPayment) -> str:
    """Return the key of what the customer does now; nothing can be paid before the provider has answered."""
    if payment.status is CounterStatus.PREPARING:
        return _ASKING.get(payment.given, "pending.asking")
    return _HOW.get(payment.given, _SCAN)


def _in_the_middle(widget: QWidget) -> QWidget:
    place = QWidget()
    row = QHBoxLayout(place)
    row.addWidget(widget, 0, Qt.AlignmentFlag.AlignCenter)
    return place


def _freshness(texts: Texts, seconds: int | None) -> str:
    """How long ago the provider was last heard: in seconds for two minutes, then in minutes."""
    if seconds is None:
        return ""
    if seconds < _SECONDS_UNTIL:
        return texts.t("pending.checked_ago", seconds=seconds)
    return texts.t("pending.checked_minutes_ago", minutes=seconds // 60)
