"""The shop's tills: who is in, a code that lets one more in, and shutting one out."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from domain.ids import Instant
from ui.formatting import date_time_text
from ui.presenters.hub_desk import Invitation, ShopTill
from ui.presenters.shop_tills import ShopTillsPresenter, ShopTillsState
from ui.texts import Texts
from ui.theme import TARGET, Space, current_theme
from ui.views.hub_list import HubListPage, QuestionDoor
from ui.views.panels import centred
from ui.widgets.badge import BadgeLook
from ui.widgets.buttons import Button, Kind
from ui.widgets.countdown import Countdown
from ui.widgets.dialogs import ConfirmDialog, Sheet, SheetDoor
from ui.widgets.surfaces import Card, label
from ui.widgets.table import Column, DataTable, TableModel, badge_column
from ui.widgets.tones import Tone

_SHEET_PX: Final = 620


class ShopTillsPage(HubListPage):
    """Draws ShopTillsState."""

    def __init__(
        self,
        presenter: ShopTillsPresenter,
        texts: Texts,
        now: Callable[[], Instant],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(presenter, texts, parent)
        self._presenter = presenter
        t = texts.t
        self._invite = Button(t("connections.till.invite"), Kind.PRIMARY, "plus")
        self._invite.clicked.connect(presenter.invite)
        self._shut = Button(t("connections.till.shut_out"), Kind.SECONDARY, "ban")
        self._shut.clicked.connect(presenter.ask_shut_out)
        self._model: TableModel[ShopTill] = TableModel(_columns(texts), key=lambda row: row.device_id)
        self._table = DataTable(self._model, t("connections.section.tills"), row_height=TARGET)
        self._table.picked.connect(lambda row: presenter.choose(None if row is None else row.device_id))
        self._own = label(t("connections.till.not_itself"), "muted", wrap=True)
        head = QHBoxLayout()
        head.setSpacing(Space.S)
        for each in (self._invite, self._shut):
            head.addWidget(each)
        head.addStretch(1)
        card = Card(margin=Space.S)
        card.body.addWidget(self._table, 1)
        contents = QWidget()
        column = QVBoxLayout(contents)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.S)
        column.addLayout(head)
        column.addWidget(self._own)
        column.addWidget(card, 1)
        self.set_contents(contents)
        self._question = QuestionDoor(self, self._ask, presenter.confirm, presenter.keep, self.focus_list)
        self._door = SheetDoor[InvitationSheet, Invitation](
            self,
            lambda: InvitationSheet(self, presenter, texts, now),
            InvitationSheet.show_invitation,
            presenter.end_invitation,
        )
        presenter.attach(self)

    def show_state(self, state: ShopTillsState) -> None:
        """Draw the tills, the code that is told, and the question that is asked."""
        self._model.set_rows(state.rows)
        self._invite.setEnabled(state.online)
        self._shut.setEnabled(state.can_shut_out)
        till = state.till
        own = till is not None and till.this_till
        self._own.setVisible(own)
        self.show_common(state)
        if state.invitation is None:
            self._door.follow(Invitation("", Instant(0), Instant(0)), wanted=False)
        else:
            self._door.follow(state.invitation, wanted=True)
        self._question.follow(state.asking)

    def focus_list(self) -> None:
        """Give the keys to the list, with the first till chosen."""
        if not self._table.chosen_rows and self._presenter.state.rows:
            self._table.go_to(0)
        self._table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _ask(self) -> ConfirmDialog:
        t, till = self._texts.t, self._presenter.state.till
        assert till is not None, "the question is about a till"
        return ConfirmDialog(
            self,
            t("connections.till.shut_out_title", code=till.code),
            t("connections.till.shut_out_text"),
            t("connections.till.shut_out"),
            t("common.cancel"),
            danger=True,
            icon_name="triangle-alert",
        )


class InvitationSheet(Sheet):
    """Shows a one-time code, large, and how long it lives; Esc takes it away."""

    def __init__(
        self, window: QWidget, presenter: ShopTillsPresenter, texts: Texts, now: Callable[[], Instant]
    ) -> None:
        room = window.window().width() - 2 * Space.XL
        super().__init__(window, texts.t("connections.till.code_title"), width=min(current_theme().px(_SHEET_PX), room))
        self._texts = texts
        self._shown: Invitation | None = None
        self._code = centred(label("", "display"))
        self._code.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._left = Countdown(texts, now)
        self._left.finished.connect(self._end)
        self._until = centred(label("", "muted", wrap=True))
        self.body.addWidget(label(texts.t("connections.till.code_text"), "", wrap=True))
        self.body.addWidget(self._code)
        self.body.addWidget(self._left, 0, Qt.AlignmentFlag.AlignHCenter)
        self.body.addWidget(self._until)
        self.add_button(texts.t("connections.till.another_code"), Kind.SECONDARY, presenter.invite)
        self.add_button(texts.t("common.ok"), Kind.PRIMARY, self.reject, default=True)
        self.rejected.connect(presenter.end_invitation)

    def show_invitation(self, invitation: Invitation) -> None:
        """Show a code, or another one in its place."""
        if invitation == self._shown:
            return
        self._shown = invitation
        self._code.setText(invitation.code)
        self._code.setEnabled(True)
        at = date_time_text(invitation.until, self._texts.zone)
        self._until.setText(self._texts.t("connections.till.code_until", at=at))
        self._left.start(invitation.made_at, invitation.until)
        self.fit()

    def _end(self) -> None:
        self._code.setText("–")
        self._until.setText(self._texts.t("connections.till.code_over"))
        self.fit()


def till_look(till: ShopTill, texts: Texts) -> BadgeLook:
    """Return how a till stands: this one, in, or shut out."""
    if till.revoked_at is not None:
        return BadgeLook(Tone.NEUTRAL, texts.t("connections.till.out"), "ban")
    if till.this_till:
        return BadgeLook(Tone.INFO, texts.t("connections.till.this"), "monitor")
    return BadgeLook(Tone.OK, texts.t("connections.till.in"), "circle-check")


def _columns(texts: Texts) -> tuple[Column[ShopTill], ...]:
    t = texts.t

    def moment(at: Instant | None) -> str:
        return t("connections.till.unheard") if at is None else date_time_text(at, texts.zone)

    return (
        Column(t("connections.till.code"), lambda row: row.code, width=100, strong=True),
        Column(t("common.name"), lambda row: row.name or "–"),
        Column(
            t("connections.till.heard"),
            lambda row: moment(row.last_heard_at),
            lambda row: row.last_heard_at or 0,
            width=165,
        ),
        badge_column(t("common.status"), lambda row: till_look(row, texts), width=160),
    )
