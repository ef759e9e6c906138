"""The lock's screen: people as tiles, then the pad for the PIN."""

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from domain.rows import ShopRow, UserRow
from ui.presenters.sign_in import PinStage, SignInPresenter, SignInState
from ui.texts import Texts, problem_text
from ui.theme import FontSize, Radius, Space, current_theme
from ui.views.panels import CurrentStack, centred
from ui.widgets.buttons import Button, Kind
from ui.widgets.pin_pad import PinPad
from ui.widgets.surfaces import Card, label

_ACROSS: Final = 3
_PAD_PX: Final = 380
_FACE: Final = 56


class UserTile(QPushButton):
    """A person to choose: the letters of the name in a disc, name and role beside it."""

    def __init__(self, user: UserRow, role: str, parent: QWidget | None = None) -> None:
        super().__init__(user.name, parent)
        self._role = role
        self._letters = "".join(word[0] for word in user.name.split()[-2:]).upper()
        self.setAccessibleName(f"{user.name}, {role}")
        self.setProperty("kind", "painted")
        self.setProperty("ring_radius", Radius.LARGE)
        self.setAutoDefault(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        metrics = QFontMetricsF(current_theme().font(FontSize.LARGE, QFont.Weight.DemiBold))
        width = metrics.horizontalAdvance(self.text()) + _FACE + 3 * Space.L
        return QSize(max(260, min(360, round(width))), max(96, round(metrics.height() * 2) + 2 * Space.L))

    def minimumSizeHint(self) -> QSize:
        return QSize(220, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        colours = theme.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours.primary if self.underMouse() else colours.line), 1))
        painter.setBrush(QColor(colours.hover if self.isDown() else colours.card))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), Radius.LARGE, Radius.LARGE)
        face = QRectF(Space.L, (self.height() - _FACE) / 2, _FACE, _FACE)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.primary_soft))
        painter.drawEllipse(face)
        painter.setPen(QColor(colours.primary))
        painter.setFont(theme.font(FontSize.TITLE, QFont.Weight.Bold))
        painter.drawText(face, Qt.AlignmentFlag.AlignCenter, self._letters)
        words = QRectF(face.right() + Space.L, 0, self.width() - face.right() - 2 * Space.L, self.height())
        name = theme.font(FontSize.LARGE, QFont.Weight.DemiBold)
        small = theme.font(FontSize.SMALL)
        heights = QFontMetricsF(name).height(), QFontMetricsF(small).height()
        top = (self.height() - sum(heights)) / 2
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.setPen(QColor(colours.ink))
        painter.setFont(name)
        elided = QFontMetricsF(name).elidedText(self.text(), Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(QRectF(words.left(), top, words.width(), heights[0]), left, elided)
        painter.setPen(QColor(colours.muted))
        painter.setFont(small)
        painter.drawText(QRectF(words.left(), top + heights[0], words.width(), heights[1]), left, self._role)
        painter.end()


class SignInView(QWidget):
    """Draws SignInState."""

    def __init__(self, presenter: SignInPresenter, shop: ShopRow, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("screen")
        self._presenter, self._texts = presenter, texts
        self._users: tuple[UserRow, ...] | None = None
        self._attempt = 0
        self._stage: PinStage | None = None
        self._shop = centred(label(shop.name, "heading"))
        self._question = centred(label(texts.t("lock.choose"), "muted"))
        self._tiles = QGridLayout()
        self._tiles.setSpacing(Space.M)
        self._hello = centred(label("", "title"))
        self._said = centred(label(texts.t("lock.enter_pin"), "muted", wrap=True))
        self._pad = PinPad(texts)
        self._pad.submitted.connect(presenter.submit)
        self._switch = Button(texts.t("lock.switch_user"), Kind.QUIET, "users")
        self._switch.clicked.connect(presenter.switch_user)
        self._stack = CurrentStack()
        self._stack.addWidget(self._people_page())
        self._stack.addWidget(self._pin_page())
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.L, Space.L, Space.L, Space.L)
        column.addWidget(self._stack, 1)
        if shop.is_demo:
            column.addWidget(centred(label(texts.t("demo.pins"), "muted", wrap=True)))
        presenter.attach(self)

    def _people_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setSpacing(Space.S)
        column.addStretch(1)
        column.addWidget(self._shop)
        column.addWidget(self._question)
        column.addSpacing(Space.L)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addLayout(self._tiles)
        row.addStretch(1)
        column.addLayout(row)
        column.addStretch(2)
        return page

    def _pin_page(self) -> QWidget:
        page = QWidget()
        card = Card(margin=Space.L)
        card.setFixedWidth(_PAD_PX)
        card.setMaximumHeight(640)
        card.body.setSpacing(Space.XS)
        card.body.addWidget(self._hello)
        card.body.addWidget(self._said)
        card.body.addWidget(self._pad, 1)
        card.body.addWidget(self._switch)
        row = QHBoxLayout(page)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(card)
        row.addStretch(1)
        return page

    def show_state(self, state: SignInState) -> None:
        """Draw the choice of people, or the pad and what became of the last PIN."""
        texts = self._texts
        if state.users != self._users:
            self._users = state.users
            self._make_tiles(state.users)
        new_stage = state.stage is not self._stage
        self._stage = state.stage
        self._stack.setCurrentIndex(0 if state.stage is PinStage.CHOOSE else 1)
        if state.chosen is not None:
            self._hello.setText(texts.t("lock.hello", name=state.chosen.name))
        self._said.setText(self._words(state))
        self._pad.setEnabled(state.stage is PinStage.ENTER)
        self._switch.setVisible(len(state.users) > 1)
        self._switch.setEnabled(state.stage is not PinStage.CHECKING)
        if state.attempt != self._attempt:
            self._attempt = state.attempt
            self._pad.show_error(self._refusal(state))
        elif new_stage and state.stage is PinStage.ENTER and state.tries_left is None:
            self._pad.reset()
        if new_stage:
            self.take_focus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc goes back to the choice of people, so that the next one need not look for a button."""
        if event.key() == Qt.Key.Key_Escape and len(self._presenter.state.users) > 1 and self._switch.isEnabled():
            self._presenter.switch_user()
        else:
            super().keyPressEvent(event)

    def take_focus(self) -> None:
        """Give the keys to the pad, or to the first person's tile."""
        if self._stage is PinStage.CHOOSE:
            first = self._tiles.itemAt(0)
            if first is not None and (tile := first.widget()) is not None:
                tile.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self._pad.setFocus(Qt.FocusReason.OtherFocusReason)

    def _words(self, state: SignInState) -> str:
        if state.stage is PinStage.CLOSED:
            return self._texts.t("lock.closed", seconds=state.closed_s)
        return self._texts.t("lock.checking" if state.stage is PinStage.CHECKING else "lock.enter_pin")

    def _refusal(self, state: SignInState) -> str:
        if state.problem is not None:
            return problem_text(state.problem, self._texts).sentence
        if state.tries_left:
            return self._texts.t("lock.wrong", count=state.tries_left)
        return self._texts.t("pin.wrong")

    def _make_tiles(self, users: tuple[UserRow, ...]) -> None:
        while (item := self._tiles.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        across = min(_ACROSS, max(1, len(users)))
        for number, user in enumerate(users):
            tile = UserTile(user, self._texts.t(f"role.{user.role.value}"))
            tile.clicked.connect(lambda _checked=False, user=user: self._presenter.choose(user))
            self._tiles.addWidget(tile, number // across, number % across)
