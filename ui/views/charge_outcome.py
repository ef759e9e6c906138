"""The counter's middle when a payment has an outcome that a person must look at and decide about."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from domain.matching import shown_reference
from domain.rails import BY_HAND
from ui.presenters.charge import ChargePresenter
from ui.presenters.charge_state import ChargeState, Pattern, Rest, ShownPayment, Stage
from ui.texts import Problem, Texts, failure_text, problem_text
from ui.theme import FontSize, Space
from ui.views.looks import METHOD_ICONS, written
from ui.views.panels import Emblem, TonedPanel, TurningBox, centred
from ui.widgets.amount_display import AmountDisplay
from ui.widgets.buttons import Button, Kind
from ui.widgets.notice_bar import Action, NoticeBar
from ui.widgets.qr_view import QrView
from ui.widgets.surfaces import label
from ui.widgets.tones import Tone

_PAIR: Final = 2
_STOP: Final = ("short.stop_yes", "short.stop_title", "short.stop_text")
_QUESTIONS: Final = {
    Stage.HELD: ("held.let_go", "held.let_go_title", "held.let_go_text"),
    Stage.NOTED: ("noted.cancel", "noted.cancel_title", "noted.cancel_text"),
}
"""What is asked before a payment is ended, where it is not the rest of a short one: the yes, the title, the words."""

_LEAST_ROW_PX: Final = 900


@dataclass(frozen=True, slots=True)
class _Choice:
    text: str
    does: Callable[[], None]
    kind: Kind = Kind.SECONDARY


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What the panel says: figures are pairs of a title and an amount, the first choice has the focus."""

    tone: Tone
    icon_name: str
    title: str
    text: str
    figures: tuple[tuple[str, str, str], ...]
    choices: tuple[_Choice, ...]


class ChargeOutcomePanel(QWidget):
    """Short, over, late, failed or expired: in words and figures, left only by a choice."""

    def __init__(self, presenter: ChargePresenter, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._presenter, self._texts = presenter, texts
        self._drawn: _Outcome | None = None
        self._pattern: Pattern | None = None
        self._emblem = Emblem()
        self._title = centred(label("", "heading", wrap=True))
        self._text = centred(label("", "", wrap=True))
        self._note = centred(label("", "small", wrap=True))
        self._figures = QGridLayout()
        self._figures.setHorizontalSpacing(Space.M)
        self._figures.setVerticalSpacing(0)
        self._choices = QGridLayout()
        self._choices.setSpacing(Space.S)
        self._buttons: list[Button] = []
        self._tall = False
        self._notice = NoticeBar(texts.t("notice.dismiss"))
        self._notice.chosen.connect(
            lambda key: presenter.confirm_cancel() if key == "yes" else presenter.keep_waiting()
        )
        self._asked: tuple[object, ...] = ()
        self._ground = TonedPanel()
        self._qr = QrView()
        self._qr.hide()
        self._words = QWidget()
        inside = QVBoxLayout(self._words)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(Space.S)
        inside.addStretch(1)
        inside.addWidget(self._emblem, 0, Qt.AlignmentFlag.AlignHCenter)
        for part in (self._title, self._text):
            inside.addWidget(part)
        inside.addLayout(self._figures)
        inside.addWidget(self._note)
        inside.addStretch(1)
        self._ground.body.addWidget(TurningBox(self._qr, self._words), 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.M)
        column.addWidget(self._ground, 1)
        column.addWidget(self._notice)
        column.addLayout(self._choices)

    def show_state(self, state: ChargeState) -> None:
        """Draw the outcome."""
        if state.payment is None or state.stage not in _OUTCOMES:
            return
        payment = state.payment
        outcome = _OUTCOMES[state.stage](self, payment)
        if state.can_confirm and state.stage is Stage.EXPIRED:
            confirm = _Choice(self._texts.t("unknown.confirm"), self._presenter.ask_confirm)
            outcome = replace(outcome, choices=(*outcome.choices, confirm))
        if _told(outcome) != (self._drawn and _told(self._drawn)):
            self._drawn = outcome
            self._draw(outcome)
        self._note.setText("" if payment.checked is None else written(self._texts, payment.checked))
        self._note.setVisible(payment.checked is not None)
        self._draw_rest(payment)
        self._ask(state)
        self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        """Where it is low, the picture, the note and, beside a question, the text give way, one after the other."""
        self._emblem.setVisible(self._qr.isHidden())
        self._note.setVisible(bool(self._note.text()))
        self._text.show()
        parts: tuple[QWidget, ...] = (self._emblem, self._note)
        for part in (*parts, self._text) if self._is_asked() else parts:
            if self._fits():
                break
            part.hide()

    def _is_asked(self) -> bool:
        return not self._notice.isHidden()

    def _fits(self) -> bool:
        """Whether all words have the height they need."""
        inside, column = self._words.layout(), self.layout()
        assert inside is not None, "the words were laid out"
        assert column is not None, "the panel was laid out"
        column.activate()  # a question that came or went just now has taken its place
        self._ground.body.activate()
        return inside.totalHeightForWidth(self._words.width()) <= self._words.height()

    def _draw(self, outcome: _Outcome) -> None:
        self._ground.set_tone(outcome.tone)
        self._emblem.show_icon(outcome.tone, outcome.icon_name)
        self._title.setText(outcome.title)
        self._text.setText(outcome.text)
        for layout in (self._figures, self._choices):
            while (item := layout.takeAt(0)) is not None:
                if (widget := item.widget()) is not None:
                    widget.hide()
                    widget.deleteLater()
        for column, (title, amount, tone) in enumerate(outcome.figures):
            name = centred(label(title, "section"))
            name.setProperty("tone", tone)
            figure = AmountDisplay(FontSize.HEADING, centred=True)
            figure.show_amount(amount, name=f"{title} {amount}")
            self._figures.addWidget(name, 0, column)
            self._figures.addWidget(figure, 1, column)
        self._buttons = []
        for choice in outcome.choices:
            button = Button(choice.text, choice.kind, large=True)
            button.setProperty("tight", True)
            button.clicked.connect(lambda _checked=False, does=choice.does: does())
            self._buttons.append(button)
        self._place_choices()
        if self._buttons and self.isVisible():
            self._buttons[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def set_tall(self, tall: bool) -> None:
        """There is height for the first choice in a row of its own, or there is not."""
        if tall is not self._tall:
            self._tall = tall
            self._place_choices()

    def _place_choices(self) -> None:
        """Where there is height the first stands in a row of its own and the others in pairs, the odd one across.

        Elsewhere all stand in one row, or in pairs where that is too narrow for their words.
        """
        wanted = sum(button.minimumSizeHint().width() + Space.S for button in self._buttons)
        in_row = not self._tall and wanted <= max(self.width(), _LEAST_ROW_PX)
        across = len(self._buttons) if in_row else _PAIR
        first = 1 if self._tall else 0
        last = len(self._buttons) - 1
        for number, button in enumerate(self._buttons):
            row, column = divmod(number + first if number or not first else 0, across)
            alone = not in_row and (number < first or (number == last and column == 0))
            self._choices.addWidget(button, row, column, 1, _PAIR if alone else 1)
        for column in range(self._choices.columnCount()):
            self._choices.setColumnStretch(column, 1 if column < across else 0)

    def _draw_rest(self, payment: ShownPayment) -> None:
        if payment.rest_pattern is not self._pattern:
            self._pattern = payment.rest_pattern
            if self._pattern is not None:
                code = shown_reference(payment.reference)
                name = self._texts.t("pending.qr_name", amount=payment.missing_minor, code=code)
                self._qr.show_code(self._pattern, name)
        shows_code = payment.rest is Rest.CODE and self._pattern is not None
        self._qr.setVisible(shows_code)

    def _ask(self, state: ChargeState) -> None:
        texts = self._texts
        asked = (state.asking_cancel, state.problem)
        for button in self._buttons:
            button.setVisible(not state.asking_cancel)
        if asked == self._asked:
            return
        self._asked = asked
        if state.asking_cancel:
            yes, title, text = _QUESTIONS.get(state.stage, _STOP)
            choices = (
                Action("no", texts.t("common.back"), Kind.PRIMARY),
                Action("yes", texts.t(yes), Kind.DANGER),
            )
            self._notice.show_notice(Tone.WARN, texts.t(title), texts.t(text), choices)
            self._notice.buttons()[0].setFocus(Qt.FocusReason.OtherFocusReason)
        elif state.problem is not None:
            self._notice.show_problem(problem_text(state.problem, texts), closable=False)
        else:
            self._notice.clear_notice()

    def _short(self, payment: ShownPayment) -> _Outcome:
        texts, act = self._texts, self._presenter
        code = _Choice(texts.t("short.collect_rest", amount=payment.missing_minor), act.code_for_rest, Kind.PRIMARY)
        wait = _Choice(texts.t("short.wait"), act.wait_for_rest)
        other = _Choice(texts.t("failed.change_method"), act.other_method)
        stop = _Choice(texts.t("short.stop"), act.escape)
        said = {
            Rest.UNDECIDED: texts.t("short.text"),
            Rest.WAIT: texts.t("short.waiting"),
            Rest.CODE: texts.t("short.scan_rest", amount=payment.missing_minor),
        }[payment.rest]
        codes = (code,) if payment.code_for_rest and payment.rest is not Rest.CODE else ()
        waits = (wait,) if payment.rest is Rest.UNDECIDED else ()
        return _Outcome(
            Tone.ERR,
            "triangle-alert",
            texts.t("short.title"),
            said,
            (
                (texts.t("short.expected"), texts.money(payment.amount_minor), ""),
                (texts.t("short.received"), texts.money(payment.received_minor), "err"),
                (texts.t("short.missing"), texts.money(payment.missing_minor), "err"),
            ),
            (*codes, *waits, other, stop),
        )

    def _held(self, payment: ShownPayment) -> _Outcome:
        """Money that the provider holds: nothing here says paid."""
        texts, act = self._texts, self._presenter
        title, held, until = texts.t("held.title"), payment.held_minor, payment.held_until
        text = texts.t("held.text") if until is None else texts.t("held.text_until", until=until)
        take = _Choice(texts.t("held.take", amount=min(held, payment.amount_minor)), act.take_held, Kind.PRIMARY)
        leave = _Choice(texts.t("paid.next"), act.finish)
        choices: tuple[_Choice, ...] = (take, leave, _Choice(texts.t("held.let_go"), act.escape))
        if payment.capture_minor:
            title, choices = texts.t("held.taking_title"), (replace(leave, kind=Kind.PRIMARY),)
            text = texts.t("held.taking_text", amount=payment.capture_minor)
        figures = ((texts.t("held.amount"), texts.money(held), "warn"),)
        return _Outcome(Tone.WARN, "lock", title, text, figures, choices)

    def _noted(self, payment: ShownPayment) -> _Outcome:
        """A cheque, or money that somebody pays elsewhere: the sale is held open, and nothing here says paid."""
        texts, act, sale = self._texts, self._presenter, payment.sale
        awaited = sum(part.awaited_minor for part in sale.awaited)
        change = payment.change_minor
        kind = sale.awaited[0].method if sale.awaited else payment.method
        figures = (
            (texts.t("short.expected"), texts.money(sale.due_minor), ""),
            (texts.t("sale.received"), texts.money(sale.received_minor) if sale.received_minor else "", ""),
            (texts.t("noted.awaited"), texts.money(awaited), "warn"),
            (texts.t("paid.change"), texts.money(change) if change else "", "warn"),
        )
        again = (_Choice(texts.t("failed.change_method"), act.other_method),) if payment.method in BY_HAND else ()
        return _Outcome(
            Tone.WARN,
            METHOD_ICONS[kind],
            texts.t(f"noted.title.{kind.value}"),
            texts.t("noted.text"),
            tuple(figure for figure in figures if figure[1]),
            (_Choice(texts.t("paid.next"), act.finish, Kind.PRIMARY), *again),
        )

    def _by_hand(self, payment: ShownPayment) -> _Outcome:
        texts = self._texts
        return _Outcome(
            Tone.WARN,
            "eye",
            texts.t("by_hand.title"),
            texts.t("by_hand.text"),
            (
                (texts.t("short.expected"), texts.money(payment.sale.due_minor), ""),
                (texts.t("by_hand.unproven"), texts.money(payment.sale.confirmed_minor), "warn"),
            ),
            (_Choice(texts.t("paid.next"), self._presenter.finish, Kind.PRIMARY),),
        )

    def _over(self, payment: ShownPayment) -> _Outcome:
        texts = self._texts
        return _Outcome(
            Tone.WARN,
            "",
            texts.t("over.title"),
            texts.t("over.text", amount=payment.excess_minor),
            (
                (texts.t("short.expected"), texts.money(payment.sale.due_minor), ""),
                (texts.t("short.received"), texts.money(payment.sale.received_minor), ""),
                (texts.t("over.excess"), texts.money(payment.excess_minor), "warn"),
            ),
            (_Choice(texts.t("over.noted"), self._presenter.finish, Kind.PRIMARY),),
        )

    def _late(self, payment: ShownPayment) -> _Outcome:
        texts = self._texts
        return _Outcome(
            Tone.WARN,
            "history",
            texts.t("exception.paid_late"),
            texts.t("late.text"),
            ((texts.t("short.received"), texts.money(payment.sale.received_minor), ""),),
            (_Choice(texts.t("paid.next"), self._presenter.finish, Kind.PRIMARY),),
        )

    def _failed(self, payment: ShownPayment) -> _Outcome:
        texts, act = self._texts, self._presenter
        why: Problem | None = None if payment.failure is None else failure_text(payment.failure, texts)
        text = texts.t("failed.text") if why is None else f"{why.what} {why.money} {why.next} ({why.code})"
        return _Outcome(
            Tone.ERR,
            "circle-x",
            texts.t("failed.title") if why is None else why.title,
            text,
            ((texts.t("common.amount"), texts.money(payment.amount_minor), ""),),
            (
                _Choice(texts.t("common.retry"), act.try_again, Kind.PRIMARY),
                _Choice(texts.t("failed.change_method"), act.other_method),
            ),
        )

    def _expired(self, payment: ShownPayment) -> _Outcome:
        texts, act = self._texts, self._presenter
        checking = texts.t("unknown.checking" if payment.checking else "pending.check")
        return _Outcome(
            Tone.NEUTRAL,
            "hourglass",
            texts.t("expired.title"),
            texts.t("expired.text"),
            ((texts.t("common.amount"), texts.money(payment.amount_minor), ""),),
            (
                _Choice(texts.t("expired.again"), act.try_again, Kind.PRIMARY),
                _Choice(checking, act.check),
                _Choice(texts.t("failed.change_method"), act.other_method),
            ),
        )


def _told(outcome: _Outcome) -> tuple[object, ...]:
    """What a person sees of an outcome; the methods behind its choices are never equal and do not count."""
    choices = tuple(choice.text for choice in outcome.choices)
    return (outcome.tone, outcome.icon_name, outcome.title, outcome.text, outcome.figures, choices)


_OUTCOMES: dict[Stage, Callable[[ChargeOutcomePanel, ShownPayment], _Outcome]] = {
    Stage.SHORT: ChargeOutcomePanel._short,
    Stage.HELD: ChargeOutcomePanel._held,
    Stage.NOTED: ChargeOutcomePanel._noted,
    Stage.BY_HAND: ChargeOutcomePanel._by_hand,
    Stage.OVER: ChargeOutcomePanel._over,
    Stage.LATE: ChargeOutcomePanel._late,
    Stage.FAILED: ChargeOutcomePanel._failed,
    Stage.EXPIRED: ChargeOutcomePanel._expired,
}
