"""The sheet of money that no payment took, or that its provider moved: what it is and what becomes of it."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from domain.decision_rows import DecisionRow
from domain.display import memo_text
from domain.errors import RuleBroken
from domain.ids import Instant
from domain.matching import shown_reference
from domain.payment_rows import MatterRow, PaymentRow
from domain.resolutions import Act, ResolutionStatus
from ui.formatting import date_time_text, recent_text
from ui.presenters.paying_out import PayingWallet
from ui.presenters.unmatched import ACTS, UnmatchedPresenter, UnmatchedState
from ui.texts import Texts, problem_text
from ui.theme import Space, current_theme
from ui.views.choices import ChoiceRow
from ui.views.holder_fields import HolderFields
from ui.views.hub_words import provider_name
from ui.views.looks import METHOD_ICONS
from ui.views.panels import Emblem, asks_for_approval
from ui.views.voucher_fields import Chooser, FieldBox
from ui.widgets.buttons import Button, Kind
from ui.widgets.dialogs import Sheet, SheetDoor
from ui.widgets.fields import TextField
from ui.widgets.form_area import FormArea
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.search_field import SearchField
from ui.widgets.surfaces import fact_grid, label
from ui.widgets.tones import Tone

_WIDTH: Final = 640
_LONGEST: Final = 200

TONES: Final = {
    ResolutionStatus.ASKED: Tone.WARN,
    ResolutionStatus.DONE: Tone.OK,
    ResolutionStatus.REFUSED: Tone.ERR,
}
"""What each answer of the hub means to the person who reads it."""


class UnmatchedDoor(SheetDoor["UnmatchedSheet", UnmatchedState]):
    """Opens a sheet whenever money without a payment is looked at."""

    def __init__(self, page: QWidget, presenter: UnmatchedPresenter, texts: Texts, now: Callable[[], Instant]) -> None:
        super().__init__(
            page,
            lambda: UnmatchedSheet(page, presenter, texts, now),
            UnmatchedSheet.show_state,
            presenter.cancel,
        )
        presenter.attach(self)

    def show_state(self, state: UnmatchedState) -> None:
        """Draw the sheet while it is wanted."""
        self.follow(state, wanted=state.row is not None)


class UnmatchedSheet(Sheet):
    """Draws UnmatchedState; what was typed stays after a refusal."""

    def __init__(
        self, window: QWidget, presenter: UnmatchedPresenter, texts: Texts, now: Callable[[], Instant]
    ) -> None:
        t, row = texts.t, presenter.state.row
        title = t("money.title") if row is None or row.notice is None else t(f"money.title.{row.notice.act.value}")
        room = window.window().width() - 2 * Space.XL
        super().__init__(window, title, width=min(current_theme().px(_WIDTH), room))
        assert row is not None, "the sheet opens for money"
        self._presenter, self._texts = presenter, texts
        self._decided: object = self
        self._offered: tuple[PaymentRow, ...] = ()
        self._answer = QWidget()
        answer = QHBoxLayout(self._answer)
        answer.setContentsMargins(0, 0, 0, 0)
        answer.setSpacing(Space.M)
        self._mark = Emblem(24)
        self._said = label("", "", wrap=True)
        answer.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        answer.addWidget(self._said, 1)
        self._form = _Form(presenter, texts, now)
        self._notice = NoticeBar(t("notice.dismiss"))
        self._area = FormArea()
        lines = self._area.lines
        lines.setSpacing(Space.S)
        lines.addLayout(fact_grid(_facts(texts, row)))
        lines.addWidget(self._answer)
        lines.addWidget(self._form)
        lines.addStretch(1)
        self._foot = QWidget()  # stays in sight, however far the payments above it are scrolled
        foot = QVBoxLayout(self._foot)
        foot.setContentsMargins(0, 0, 0, 0)
        foot.setSpacing(Space.S)
        for part in (self._form.reason, self._form.asks, self._notice):
            foot.addWidget(part)
        self.body.addWidget(self._area, 1)
        self.body.addWidget(self._foot)
        self._voucher = self.add_button(t("money.voucher"), Kind.SECONDARY, presenter.open_voucher)
        self._back = self.add_button(t("common.cancel"), Kind.SECONDARY, self.reject)
        self._submit = self.add_button("", Kind.PRIMARY, presenter.submit)
        self._close = self.add_button(t("common.close"), Kind.PRIMARY, self.reject)
        self.rejected.connect(presenter.cancel)
        if presenter.state.asking:
            self._form.take_focus()
        else:
            self._close.setFocus(Qt.FocusReason.OtherFocusReason)

    def keeps_enter(self) -> bool:
        """Enter in a field is the field's own."""
        return self._form.takes_enter()

    def show_state(self, state: UnmatchedState) -> None:
        """Draw the form, or what became of what was asked for."""
        t = self._texts.t
        self._form.setVisible(state.asking)
        self._form.show_state(state)
        self._foot.setVisible(state.asking or state.problem is not None)
        for button, shown in (
            (self._back, state.asking),
            (self._submit, state.asking),
            (self._close, not state.asking),
        ):
            button.setVisible(shown)
        self._submit.setText(t("money.saving" if state.saving else f"money.submit.{state.act.value}"))
        self._submit.setEnabled(state.can_submit)
        self._voucher.setVisible(state.can_open_voucher)
        if state.decision != self._decided:
            self._decided = state.decision
            self._answer.setVisible(state.decision is not None)
            if state.decision is not None:
                self._mark.show_icon(TONES[state.decision.resolution.status])
                self._said.setText(decision_words(self._texts, state.decision))
            if not state.asking:
                self._close.setFocus(Qt.FocusReason.OtherFocusReason)
        self._notice.show_refusal(state.problem, self._texts, closable=False)
        self._area.give_room(self, self._foot)
        if state.candidates != self._offered:
            self._offered = state.candidates
            QTimer.singleShot(0, self, self._show_chosen)  # once they have their places

    def _show_chosen(self) -> None:
        row = self._form.chosen_row()
        if row is not None and self._form.isVisible():
            self._area.ensureWidgetVisible(row, 0, Space.S)


class _Form(QWidget):
    """What becomes of the money: the payment it is matched to or the wallet it leaves.

    `reason` says why, and `asks` that somebody else's word is needed; the sheet lays them out below.
    """

    def __init__(self, presenter: UnmatchedPresenter, texts: Texts, now: Callable[[], Instant]) -> None:
        super().__init__()
        self._presenter, self._texts, self._now = presenter, texts, now
        t = texts.t
        self._drawn: object = None
        self._acts: ChoiceRow[Act] = ChoiceRow(
            t("money.what"), [(act, t(f"money.act.{act.value}")) for act in ACTS], wraps=True
        )
        self._acts.chosen.connect(presenter.choose_act)
        self._hint = label("", "small", wrap=True)
        self._keeper = HolderFields(texts, presenter.set_phone, presenter.set_name)
        self._keeper.entered.connect(self.take_focus)
        self._search = SearchField(texts, t("money.search_name"), t("money.search"))
        self._search.searched.connect(presenter.find)
        self._list = QWidget()
        self._rows = QVBoxLayout(self._list)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(Space.XS)
        self._none = label(t("money.nobody"), "muted", wrap=True)
        self._wallet: Chooser[PayingWallet] = Chooser(t("refund.from"), "")
        self._wallet.picked.connect(presenter.choose_wallet)
        self._wallet_box = FieldBox(t("refund.from"), self._wallet)
        self.reason = TextField(t("refund.reason"), t("money.reason_hint"))
        self.reason.setMaxLength(_LONGEST)
        self.reason.textEdited.connect(presenter.set_reason)
        self._entered = False
        self.reason.returnPressed.connect(self._submit)
        self.asks = asks_for_approval(t("money.asks"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        for part in (
            self._acts,
            self._hint,
            self._keeper,
            self._wallet_box,
            self._list,
            self._none,
            self._search,
        ):
            column.addWidget(part)

    def show_state(self, state: UnmatchedState) -> None:
        """Draw what was typed and chosen."""
        t = self._texts.t
        matches = state.act is Act.MATCH
        notice = None if state.row is None else state.row.notice
        self._acts.setVisible(notice is None)
        self._acts.show_value(state.act)
        self._hint.setText(t(f"money.hint.{state.act.value if notice is None else notice.act.value}"))
        self._keeper.setVisible(state.act is Act.CREDIT)
        self._keeper.show_choice(state.keeper)
        self._search.setVisible(matches)
        self._list.setVisible(matches and bool(state.candidates))
        self._none.setVisible(matches and state.looked and not state.candidates)
        self._wallet_box.setVisible(state.act is Act.GIVE_BACK and len(state.wallets) > 1)
        self._wallet.show_options([(each, each.name or t("refund.drawer")) for each in state.wallets])
        self._wallet.show_value(state.wallet)
        if self.reason.text() != state.reason:
            self.reason.setText(state.reason)
        self.reason.setVisible(state.asking)
        self.asks.setVisible(state.asking and state.asks)
        for part in (self, self.reason):
            part.setEnabled(not state.saving)
        self._draw_candidates(state)

    def chosen_row(self) -> QWidget | None:
        """Return the row of the payment that is chosen, if one is."""
        items = (self._rows.itemAt(place) for place in range(self._rows.count()))
        rows = (None if item is None else item.widget() for item in items)
        return next((row for row in rows if isinstance(row, Button) and row.isChecked()), None)

    def take_focus(self) -> None:
        """Say why; the likeliest payment is chosen already."""
        self.reason.setFocus(Qt.FocusReason.OtherFocusReason)

    def takes_enter(self) -> bool:
        """Whether Enter was pressed in one of its fields, even if the form has gone by it."""
        entered, self._entered = self._entered, False
        return entered or self.reason.hasFocus() or self._search.hasFocus() or self._keeper.is_typed_in()

    def _submit(self) -> None:
        self._entered = True
        self._presenter.submit()

    def _draw_candidates(self, state: UnmatchedState) -> None:
        if state.candidates != self._drawn:
            self._drawn = state.candidates
            while (item := self._rows.takeAt(0)) is not None:
                widget = item.widget()
                if widget is not None:
                    widget.deleteLater()
            for row in state.candidates:
                self._rows.addWidget(self._candidate(row))
        for place, row in enumerate(state.candidates):
            item = self._rows.itemAt(place)
            button = None if item is None else item.widget()
            if isinstance(button, Button):
                button.setChecked(row.id == state.chosen)

    def _candidate(self, row: PaymentRow) -> Button:
        texts = self._texts
        missing = max(row.amount_minor - row.received_minor, 0) or row.confirmed_minor
        status = texts.t(f"status.{row.status.value}")
        below = (recent_text(row.created_at, self._now(), texts.zone), status, row.customer_name)
        words = f"{texts.money(missing)} · {shown_reference(row.reference)}\n{' · '.join(filter(None, below))}"
        button = Button(words, Kind.SECONDARY, METHOD_ICONS[row.method])
        button.setCheckable(True)
        button.setProperty("kind", "choice")
        button.setProperty("tight", "true")
        button.setProperty("align", "left")
        button.clicked.connect(lambda _checked=False: self._choose(row))
        return button

    def _choose(self, row: PaymentRow) -> None:
        self._presenter.choose(row.id)
        self._draw_candidates(self._presenter.state)


def _facts(texts: Texts, row: MatterRow) -> tuple[tuple[str, str], ...]:
    """Return what is known of the money: how much, what it said, when it came or went, and by whom."""
    t, provider = texts.t, None if row.notice is None else row.notice.provider
    gone = row.notice is not None and row.notice.act is not Act.FOREIGN
    return (
        (t("common.amount"), texts.money(row.at_stake_minor, currency=row.currency)),
        (t("money.provider"), "" if provider is None else provider_name(provider, texts)),
        (t("matter.name"), memo_text(row.name)),
        (t("money.went" if gone else "money.came"), date_time_text(row.at, texts.zone)),
    )


def decision_words(texts: Texts, decision: DecisionRow) -> str:
    """Return what was decided, by whom and why, and what became of it."""
    told = decision.resolution
    said = texts.t(
        f"money.told.{told.act.value}.{told.status.value}",
        amount=texts.money(told.amount_minor, currency=told.currency),
        code=shown_reference(decision.reference) if decision.reference else "",
    )
    if told.provider is not None:
        who = f"{provider_name(told.provider, texts)} · {texts.t(f'stamp.{decision.stamp.value}')}"
    else:
        who = texts.t("money.by", by=decision.by, reason=told.reason) if told.reason else decision.by
    why = "" if told.failure is None else problem_text(RuleBroken(told.failure), texts).what
    return "\n".join(part for part in (said, why, who) if part)
