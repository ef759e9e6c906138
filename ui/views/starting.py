"""What the window shows before a shop is open: that it is being opened, or why it cannot be."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from domain.errors import DomainError
from ui.texts import Texts, problem_text
from ui.theme import Space
from ui.views.panels import Emblem, centred
from ui.widgets.buttons import Button, Kind
from ui.widgets.surfaces import Card, label
from ui.widgets.tones import Tone

PATIENCE_MS: Final = 500
"""A start this quick needs no progress bar; a longer one says what it does."""

_WIDTH: Final = 520


class StartingView(QWidget):
    """The name of the till, and after half a second a bar that says it is working."""

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("screen")
        self._bar = QProgressBar()
        self._bar.setRange(0, 0)
        self._bar.setFixedWidth(_WIDTH // 2)
        self._bar.setAccessibleName(texts.t("app.starting"))
        self._words = centred(label(texts.t("app.starting_long"), "muted", wrap=True))
        column = QVBoxLayout(self)
        column.setSpacing(Space.L)
        column.addStretch(1)
        column.addWidget(centred(label(texts.t("app.name"), "heading")))
        column.addWidget(centred(label(texts.t("app.starting"), "muted")))
        column.addWidget(self._bar, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._words)
        column.addStretch(1)
        self._show_progress(False)
        QTimer.singleShot(PATIENCE_MS, self, lambda: self._show_progress(True))

    def _show_progress(self, shown: bool) -> None:
        for part in (self._bar, self._words):
            policy = part.sizePolicy()
            policy.setRetainSizeWhenHidden(True)
            part.setSizePolicy(policy)
            part.setVisible(shown)


class StartProblemView(QWidget):
    """Why the shop cannot be opened: what happened, whether the money is safe, what to do, and the code."""

    def __init__(
        self,
        error: DomainError,
        texts: Texts,
        retry: Callable[[], None] | None,
        leave: Callable[[], None],
        recover: Callable[[], None] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """`recover`, if any, is offered to who has a recovery code."""
        super().__init__(parent)
        self.setObjectName("screen")
        problem = problem_text(error, texts)
        card = Card(margin=Space.XL)
        card.setFixedWidth(_WIDTH)
        mark = Emblem(48)
        mark.show_icon(Tone.ERR)
        card.body.addWidget(mark)
        card.body.addWidget(label(texts.t("app.problem"), "muted"))
        card.body.addWidget(label(problem.title, "heading", wrap=True))
        for part in (problem.what, problem.money, problem.next):
            card.body.addWidget(label(part, "", wrap=True))
        card.body.addWidget(label(texts.t("common.code", code=problem.code), "small"))
        buttons = QHBoxLayout()
        buttons.setSpacing(Space.S)
        buttons.addStretch(1)
        quit_button = Button(texts.t("app.quit"), Kind.SECONDARY)
        quit_button.clicked.connect(lambda _checked=False: leave())
        buttons.addWidget(quit_button)
        if recover is not None:
            code = Button(texts.t("unlock.by_code"), Kind.SECONDARY, "key-round")
            code.clicked.connect(lambda _checked=False: recover())
            buttons.addWidget(code)
        if retry is not None:
            again = Button(texts.t("common.retry"), Kind.PRIMARY)
            again.clicked.connect(lambda _checked=False: retry())
            buttons.addWidget(again)
        card.body.addLayout(buttons)
        column = QVBoxLayout(self)
        column.addStretch(1)
        column.addWidget(card, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
