"""The sheet on which an owner restores a backup: the list, what it holds beside the till as it is, and the PIN."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLayout,
    QProgressBar,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from domain.ids import Instant
from domain.money import Language
from ui.formatting import date_time_text
from ui.presenters.restore import RestorePresenter, RestoreStage, RestoreState
from ui.texts import Texts, problem_text
from ui.theme import Space, current_theme
from ui.views.panels import Emblem
from ui.widgets.buttons import Kind
from ui.widgets.dialogs import Sheet, SheetDoor
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.pin_pad import PinPad
from ui.widgets.scroll_area import ScrollArea
from ui.widgets.surfaces import label
from ui.widgets.table import Align, Column, DataTable, TableModel
from ui.widgets.tones import Tone
from ui.work import ContentsView, FoundBackup, OutlookView

_WIDTH: Final = 820
_LEFT_PX: Final = 320
_PAD_PX: Final = 308
_MEGABYTE: Final = 1_000_000
_PAGES: Final = {
    RestoreStage.LIST: 0,
    RestoreStage.LOOKING: 2,
    RestoreStage.ASKING: 1,
    RestoreStage.CHECKING: 1,
    RestoreStage.LOCKED: 1,
    RestoreStage.RESTORING: 2,
    RestoreStage.FAILED: 3,
}


class RestoreDoor(SheetDoor["RestoreSheet", RestoreState]):
    """Opens the sheet when a restore begins."""

    def __init__(self, page: QWidget, presenter: RestorePresenter, texts: Texts) -> None:
        super().__init__(page, lambda: RestoreSheet(page, presenter, texts), RestoreSheet.show_state, presenter.cancel)
        presenter.attach(self)

    def show_state(self, state: RestoreState) -> None:
        """Draw the sheet while it is wanted."""
        self.follow(state, wanted=state.stage is not RestoreStage.CLOSED)


class RestoreSheet(Sheet):
    """Draws RestoreState; Esc leaves everything as it is, until the PIN was right."""

    def __init__(self, window: QWidget, presenter: RestorePresenter, texts: Texts) -> None:
        room = window.window().width() - 2 * Space.XL
        super().__init__(window, texts.t("restore.title"), width=min(current_theme().px(_WIDTH), room))
        self._presenter, self._texts = presenter, texts
        self._stage = RestoreStage.CLOSED
        self._attempt = 0
        self._outlook: OutlookView | None = None
        self._found: tuple[FoundBackup, ...] | None = None
        self._notice = NoticeBar(texts.t("notice.dismiss"))
        self._none = label("", "muted", wrap=True)
        self._model: TableModel[FoundBackup] = TableModel(_columns(texts), key=lambda backup: str(backup.path))
        self._table = DataTable(self._model, texts.t("restore.list"))
        self._table.opened.connect(presenter.choose)
        self._facts = QVBoxLayout()
        self._said = label("", "section", wrap=True)
        self._said.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._pad = PinPad(texts)
        self._pad.submitted.connect(presenter.submit)
        self._works = label("", "section", wrap=True)
        self._failure = label("", "", wrap=True)
        self._pages = QStackedWidget()
        for page in (self._list_page(), self._ask_page(), self._work_page(), self._failed_page()):
            self._pages.addWidget(page)
        self.body.addWidget(self._notice)
        self.body.addWidget(self._pages, 1)
        self._cancel = self.add_button(texts.t("common.cancel"), Kind.SECONDARY, self.reject)
        self._back = self.add_button(texts.t("restore.back"), Kind.SECONDARY, presenter.back)
        self._look = self.add_button(texts.t("restore.look"), Kind.PRIMARY, self._look_into)
        self._anew = self.add_button(texts.t("restore.start_anew"), Kind.PRIMARY, presenter.start_anew)
        self._look.setEnabled(False)
        self._table.picked.connect(lambda backup: self._look.setEnabled(backup is not None))
        self.rejected.connect(presenter.cancel)

    def reject(self) -> None:
        """Stay while the till is being replaced: there is nothing behind the sheet to go back to."""
        if self._presenter.state.stage not in (RestoreStage.RESTORING, RestoreStage.FAILED):
            super().reject()

    def show_state(self, state: RestoreState) -> None:
        """Draw the list, the chosen backup, or how the restore goes."""
        if state.stage not in _PAGES:
            return
        self._show_list(state)
        if state.outlook is not self._outlook:
            self._outlook = state.outlook
            if state.outlook is not None:
                self._draw_facts(state.outlook)
        self._said.setText(self._pin_words(state))
        self._pad.setEnabled(state.stage is RestoreStage.ASKING)
        if state.attempt != self._attempt:
            self._attempt = state.attempt
            self._pad.show_error(self._refusal(state))
        self._works.setText(self._texts.t(f"restore.{'working' if self._ends(state) else 'looking'}"))
        if state.stage is RestoreStage.FAILED and state.problem is not None:
            self._failure.setText(problem_text(state.problem, self._texts).sentence)
        if state.stage is not self._stage:
            self._stage = state.stage
            self._turn_page(state)

    def _turn_page(self, state: RestoreState) -> None:
        page = _PAGES[state.stage]
        self._cancel.setVisible(not self._ends(state))
        self._back.setVisible(page == 1)
        self._look.setVisible(page == 0)
        self._anew.setVisible(page == 3)
        self._pages.setCurrentIndex(page)
        if page == 0:
            self._table.setFocus(Qt.FocusReason.OtherFocusReason)
        elif state.stage is RestoreStage.ASKING:
            self._pad.setFocus(Qt.FocusReason.OtherFocusReason)
        elif page == 2:
            self.setFocus(Qt.FocusReason.OtherFocusReason)
        elif page == 3:
            self._anew.setFocus(Qt.FocusReason.OtherFocusReason)

    def _ends(self, state: RestoreState) -> bool:
        return state.stage in (RestoreStage.RESTORING, RestoreStage.FAILED)

    def _show_list(self, state: RestoreState) -> None:
        texts = self._texts
        if state.found != self._found:
            self._found = state.found
            self._model.set_rows(state.found or ())
            if state.found:
                self._table.choose(str(state.found[0].path))
        self._none.setText(texts.t("common.loading" if state.found is None else "restore.none"))
        self._none.setVisible(not state.found)
        self._table.setVisible(bool(state.found))
        shown = state.problem if state.stage is RestoreStage.LIST else None
        self._notice.show_refusal(shown, texts)

    def _look_into(self) -> None:
        rows = self._table.chosen_rows
        if rows:
            self._presenter.choose(rows[0])

    def _pin_words(self, state: RestoreState) -> str:
        t = self._texts.t
        if state.stage is RestoreStage.LOCKED:
            return t("lock.closed", seconds=state.closed_s)
        if state.stage is RestoreStage.CHECKING:
            return t("lock.checking")
        return t("restore.your_pin", name=state.person)

    def _refusal(self, state: RestoreState) -> str:
        if state.problem is not None:
            return problem_text(state.problem, self._texts).sentence
        if state.tries_left:
            return self._texts.t("lock.wrong", count=state.tries_left)
        return self._texts.t("pin.wrong")

    # The pages

    def _list_page(self) -> QWidget:
        page, column = _page()
        column.addWidget(label(self._texts.t("restore.choose"), "", wrap=True))
        column.addWidget(self._none)
        column.addWidget(self._table, 1)
        return page

    def _ask_page(self) -> QWidget:
        left, column = _page()
        column.setContentsMargins(2, 2, Space.M, 2)
        column.addLayout(self._facts)
        column.addStretch(1)
        area = ScrollArea(left, name=self._texts.t("restore.title"))
        area.setMinimumWidth(_LEFT_PX)
        right, pad = _page()
        right.setMinimumWidth(_PAD_PX)
        pad.setSpacing(Space.XS)
        pad.addWidget(self._said)
        pad.addWidget(self._pad, 1)
        page = QWidget()
        row = QHBoxLayout(page)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.L)
        row.addWidget(area, 1)
        row.addWidget(right)
        return page

    def _work_page(self) -> QWidget:
        page, column = _page()
        bar = QProgressBar()
        bar.setRange(0, 0)
        bar.setTextVisible(False)
        bar.setAccessibleName(self._texts.t("restore.title"))
        column.addStretch(1)
        column.addWidget(self._works)
        column.addWidget(bar)
        column.addStretch(1)
        return page

    def _failed_page(self) -> QWidget:
        page, column = _page()
        column.addStretch(1)
        column.addLayout(_marked(Tone.ERR, "circle-alert", self._texts.t("restore.failed"), "section"))
        column.addWidget(self._failure)
        column.addStretch(1)
        return page

    def _draw_facts(self, outlook: OutlookView) -> None:
        _empty(self._facts)
        t, held, now = self._texts.t, outlook.backup, outlook.in_place
        self._facts.setSpacing(Space.M)
        self._facts.addLayout(self._compared(held, now))
        if now is None:
            self._facts.addWidget(label(t("restore.none_in_place"), "", wrap=True))
        if outlook.lost:
            self._facts.addLayout(_marked(Tone.ERR, "circle-alert", t("restore.lost", count=outlook.lost), "section"))
        self._facts.addLayout(_marked(Tone.WARN, "triangle-alert", t("restore.warning"), "section"))
        self._facts.addWidget(label(t("restore.meaning"), "", wrap=True))

    def _compared(self, held: ContentsView, now: ContentsView | None) -> QGridLayout:
        t = self._texts.t
        grid = QGridLayout()
        grid.setHorizontalSpacing(Space.M)
        grid.setVerticalSpacing(Space.XS)
        head = ("", t("restore.column.backup"), t("restore.column.now"))
        rows = [head, (t("restore.column.made"), self._moment(held.made_at), "–")]
        facts: tuple[tuple[str, Callable[[ContentsView], str]], ...] = (
            ("till", lambda each: f"{each.till_code}{each.incarnation}"),
            ("until", lambda each: self._moment(each.last_at)),
            ("payments", lambda each: str(each.payments)),
            ("vouchers", lambda each: str(each.vouchers)),
            ("number", lambda each: each.last_number or "–"),
            ("unsent", lambda each: str(each.unsent)),
        )
        for key, told in facts:
            rows.append((t(f"restore.fact.{key}"), told(held), "–" if now is None else told(now)))
        for number, row in enumerate(rows):
            for column, words in enumerate(row):
                look = "muted" if column == 0 or number == 0 else ""
                grid.addWidget(label(words, look, wrap=True), number, column, Qt.AlignmentFlag.AlignTop)
                grid.setColumnStretch(column, 1)
        return grid

    def _moment(self, at: Instant | None) -> str:
        return "–" if at is None else date_time_text(at, self._texts.zone)


def _page() -> tuple[QWidget, QVBoxLayout]:
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(Space.M)
    return page, column


def _marked(tone: Tone, icon: str, words: str, look: str) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(Space.S)
    mark = Emblem(24)
    mark.show_icon(tone, icon)
    row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(label(words, look, wrap=True), 1)
    return row


def _empty(layout: QLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        inner, widget = item.layout(), item.widget()
        if inner is not None:
            _empty(inner)
        if widget is not None:
            widget.hide()
            widget.deleteLater()


def _columns(texts: Texts) -> tuple[Column[FoundBackup], ...]:
    def size(backup: FoundBackup) -> str:
        megabytes = f"{max(0.1, backup.size / _MEGABYTE):.1f} MB"
        return megabytes.replace(".", ",") if texts.language is Language.VI else megabytes

    return (
        Column(
            texts.t("restore.column.made"),
            lambda backup: date_time_text(backup.made_at, texts.zone),
            value=lambda backup: backup.made_at,
            strong=True,
        ),
        Column(texts.t("restore.column.size"), size, value=lambda backup: backup.size, width=120, align=Align.RIGHT),
        Column(
            texts.t("restore.column.place"),
            lambda backup: texts.t("restore.elsewhere" if backup.elsewhere else "restore.here"),
            tip=lambda backup: str(backup.path),
        ),
    )
