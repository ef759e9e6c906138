"""A notice inside a screen: what happened and what can be done, until somebody chooses."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from domain.errors import DomainError
from ui.icons import icon_pixmap
from ui.texts import Problem, Texts, problem_text
from ui.theme import Radius, Space, current_theme
from ui.widgets.announce import announce
from ui.widgets.buttons import Button, IconButton, Kind
from ui.widgets.surfaces import label
from ui.widgets.tones import TONE_ICONS, Tone, tone_ground, tone_text

_ICON: Final = 24
_LOUD: Final = frozenset({Tone.ERR, Tone.WARN})


@dataclass(frozen=True, slots=True)
class Action:
    """A choice a notice offers; `key` is what the signal says when it is taken."""

    key: str
    text: str
    kind: Kind = Kind.SECONDARY
    icon_name: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """An amount a notice shows large beside its fellows, such as expected and received."""

    title: str
    text: str
    tone: Tone = Tone.NEUTRAL


class _Mark(QLabel):
    """The icon of a notice."""

    def __init__(self) -> None:
        super().__init__()
        self.tone = Tone.INFO
        self.icon_name = ""
        self.setFixedSize(_ICON, _ICON)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colour = tone_text(self.tone, current_theme().colours)
        name = self.icon_name or TONE_ICONS[self.tone]
        painter.drawPixmap(0, 0, icon_pixmap(name, colour, _ICON, self.devicePixelRatioF()))
        painter.end()


class NoticeBar(QFrame):
    """A bar with an icon, words, figures side by side and actions; hidden until it has something to say.

    Signals: `chosen(str)` with the key of an action; `dismissed()` when a notice that may be closed is closed.
    """

    chosen = Signal(str)
    dismissed = Signal()

    def __init__(self, dismiss_name: str, parent: QWidget | None = None) -> None:
        """`dismiss_name` names the closing cross for tool tips and screen readers."""
        super().__init__(parent)
        self._tone = Tone.INFO
        self._refusal: DomainError | None = None
        self._whole = self._short = ""
        self._buttons: list[Button] = []
        self._mark = _Mark()
        self._title = label("", "section", wrap=True)
        self._text = label("", wrap=True)
        self._cross = IconButton("x", dismiss_name)
        self._cross.clicked.connect(self._dismiss)
        # Holders, because an empty layout would keep its column from growing wider than nothing.
        self._figure_row, self._action_row = QWidget(), QWidget()
        self._figures = QGridLayout(self._figure_row)
        self._figures.setContentsMargins(0, Space.S, 0, Space.XS)
        self._figures.setHorizontalSpacing(Space.XL)
        self._figures.setVerticalSpacing(0)
        self._actions = QHBoxLayout(self._action_row)
        self._actions.setContentsMargins(0, Space.S, 0, 0)
        self._actions.setSpacing(Space.S)
        head = QHBoxLayout()
        head.setSpacing(Space.M)
        head.addWidget(self._mark)
        head.addWidget(self._title, 1)
        head.addWidget(self._cross)
        rest = QVBoxLayout()
        rest.setContentsMargins(_ICON + Space.M, 0, Space.S, 0)
        rest.setSpacing(0)
        for part in (self._text, self._figure_row, self._action_row):
            rest.addWidget(part)
        self._column = QVBoxLayout(self)
        self._column.setSpacing(Space.XS)
        self._column.addLayout(head)
        self._column.addLayout(rest)
        self.hide()

    def show_notice(
        self,
        tone: Tone,
        title: str,
        text: str = "",
        actions: Sequence[Action] = (),
        figures: Sequence[Figure] = (),
        closable: bool = False,
        icon_name: str = "",
    ) -> None:
        """Show a notice in place of any earlier one; a warning or an error is said aloud."""
        self._tone = tone
        self._whole = self._short = text
        self._mark.tone, self._mark.icon_name = tone, icon_name
        self._title.setText(title)
        self._text.setText(text)
        self._text.setVisible(bool(text))
        self._cross.setVisible(closable)
        bare = not (text or figures or actions)
        top = Space.XS if closable else Space.M
        self._column.setContentsMargins(Space.L, top, Space.XS, top if bare else Space.M)
        self._fill_figures(figures)
        self._fill_actions(actions)
        spoken = ". ".join(part for part in (title, text, *(f"{f.title} {f.text}" for f in figures)) if part)
        self.setAccessibleName(spoken)
        self.show()
        self.update()
        if tone in _LOUD:
            announce(self, spoken)

    def show_problem(self, problem: Problem, actions: Sequence[Action] = (), closable: bool = True) -> None:
        """Show a refusal in its four parts: what happened, the money, what to do, the code."""
        rest = " ".join((problem.what, problem.money, problem.next, f"({problem.code})"))
        self.show_notice(Tone.ERR, problem.title, rest, actions, closable=closable)
        self._short = " ".join((problem.what, problem.money, problem.next))

    def show_refusal(
        self,
        error: DomainError | None,
        texts: Texts,
        closable: bool = True,
        words: Callable[[DomainError, Texts], Problem] = problem_text,
    ) -> bool:
        """Show the refusal that a state holds, or none; the same one again changes, and says, nothing.

        Returns whether one came that was not shown before.
        """
        if error is self._refusal:
            return False
        self._refusal = error
        if error is None:
            self.clear_notice()
            return False
        self.show_problem(words(error, texts), closable=closable)
        return True

    def set_brief(self, brief: bool) -> None:
        """Leave out the title and the code of a refusal where it is low; what happened says the same."""
        self._title.setVisible(not brief or self._short == self._whole)
        self._text.setText(self._short if brief else self._whole)

    def clear_notice(self) -> None:
        """Show nothing."""
        self.hide()

    @property
    def tone(self) -> Tone:
        """The tone that is shown."""
        return self._tone

    def buttons(self) -> list[Button]:
        """The buttons of the actions, in order."""
        return list(self._buttons)

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = current_theme().colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = QColor(tone_text(self._tone, colours))
        painter.setPen(QPen(edge, 1.5 if self._tone in _LOUD else 1))
        painter.setBrush(QColor(tone_ground(self._tone, colours)))
        ground = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        radius = Radius.fitted(Radius.MEDIUM + 2, ground.height())
        painter.drawRoundedRect(ground, radius, radius)
        painter.end()

    def _fill_figures(self, figures: Sequence[Figure]) -> None:
        _empty(self._figures)
        self._figure_row.setVisible(bool(figures))
        for column, figure in enumerate(figures):
            self._figures.addWidget(label(figure.title), 0, column)
            amount = label(figure.text, "heading")
            amount.setProperty("tone", figure.tone.value)
            self._figures.addWidget(amount, 1, column)
            self._figures.setColumnStretch(column, 1)

    def _fill_actions(self, actions: Sequence[Action]) -> None:
        _empty(self._actions)
        self._action_row.setVisible(bool(actions))
        self._buttons = []
        for action in actions:
            button = Button(action.text, action.kind, action.icon_name)
            button.clicked.connect(lambda _checked=False, key=action.key: self.chosen.emit(key))
            self._actions.addWidget(button)
            self._buttons.append(button)
        if actions:
            self._actions.addStretch(1)

    def _dismiss(self) -> None:
        self.hide()
        self.dismissed.emit()


def _empty(layout: QGridLayout | QHBoxLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
