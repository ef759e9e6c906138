"""One payment in the drawer beside the list: what is told of it, and the few things that may be done."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from domain.ids import Instant
from domain.matching import shown_reference
from domain.payment_rows import PaymentDetail
from domain.refunds import RefundWay
from ui.presenters.by_hand import Becoming
from ui.presenters.payments import PaymentsPresenter
from ui.presenters.payments_state import PaymentsState
from ui.texts import Texts, problem_text
from ui.theme import Space, current_theme
from ui.views.payment_contents import PaymentContents
from ui.views.void_question import VoidQuestion
from ui.widgets.buttons import Button, IconButton, Kind
from ui.widgets.notice_bar import Action, NoticeBar
from ui.widgets.scroll_area import ScrollArea
from ui.widgets.surfaces import Card
from ui.widgets.tones import Tone

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
        contents = PaymentContents(detail, self._presenter, self._texts, self._now)
        self._area.setWidget(contents)
        contents.acts.addWidget(self._more)  # within one window, or the order of Tab would break
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


def _act(words: str, icon: str, press: Callable[[], None]) -> Button:
    """Return a button of an act on the payment."""
    button = Button(words, Kind.SECONDARY, icon)
    button.clicked.connect(lambda _checked=False: press())
    return button
