"""The sheet of a restore on real widgets: what it says, by keys alone, and at every size."""

from dataclasses import dataclass, field, replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from domain.errors import ErrorCode, StorageUnavailable
from domain.ids import UserId
from domain.money import Language
from domain.policy import Actor
from tests.fakes.attached_window import PIN, PlainPins, two_people
from tests.fakes.counter import Counter
from tests.fakes.found_backups import HERE, OLD, FoundBackups, NotedRestore
from tests.fakes.shown_view import (
    button_saying,
    cut_off,
    out_of_reach,
    settle,
    show_view,
    too_small_or_nameless,
    words_of,
)
from tests.fakes.small_shop import CASHIER, OWNER
from ui.dress import apply_theme
from ui.presenters.restore import RestorePresenter, RestoreStage
from ui.presenters.sync import SyncPresenter
from ui.texts import Texts
from ui.theme import TextScale, Theme
from ui.views.restore import RestoreSheet
from ui.views.sync import SyncScreen
from ui.widgets.keypad import PadKey

EN = Texts(Language.EN)
WHOLE_WINDOWS = ((1024, 600), (1366, 768))


class NoControl:
    def wake(self) -> None:
        """Nobody is asked."""

    def retry_refused(self, actor: Actor) -> None:
        """Nobody is asked."""


@dataclass
class Seat:
    """The Sync screen of an owner who wants to restore."""

    qtbot: QtBot
    language: Language = Language.EN
    size: tuple[int, int] = (1366, 768)
    counter: Counter = field(
        default_factory=lambda: Counter(shop=two_people(), actor=replace(OWNER, user_id=UserId("u-mai")))
    )
    backups: FoundBackups = field(default_factory=FoundBackups)
    program: NotedRestore = field(default_factory=NotedRestore)
    sync: SyncPresenter = field(init=False)
    view: SyncScreen = field(init=False)

    def __post_init__(self) -> None:
        desk = self.counter.desk
        desk.backups = self.backups
        self.sync = SyncPresenter(desk, NoControl(), RestorePresenter(desk, PlainPins(), self.program))
        self.view = SyncScreen(self.sync, Texts(self.language))
        self.sync.opened()
        show_view(self.qtbot, self.view, self.size)

    def stage(self) -> RestoreStage:
        """Return how far the restore has come."""
        return self.sync.restore.state.stage

    @property
    def sheet(self) -> RestoreSheet:
        [sheet] = self.view.findChildren(RestoreSheet)
        return sheet

    def begin(self) -> RestoreSheet:
        self.sync.restore.begin()
        with self.qtbot.waitActive(self.sheet):
            self.sheet.activateWindow()
        settle()
        return self.sheet

    def ask(self) -> RestoreSheet:
        sheet = self.begin()
        self.sync.restore.choose(HERE)
        settle()
        return sheet

    def press(self, *keys: Qt.Key) -> None:
        for key in keys:
            focused = QApplication.focusWidget()
            assert focused is not None
            QTest.keyClick(focused, key)
            settle()


def faults(sheet: RestoreSheet) -> list[str]:
    """Return what does not fit or cannot be worked; digits are typed."""
    digits = {key.accessibleName() for key in sheet.findChildren(PadKey)}
    return [*too_small_or_nameless(sheet), *cut_off(sheet), *(set(out_of_reach(sheet)) - digits)]


@pytest.fixture(autouse=True)
def themed(qapp: QApplication) -> None:
    apply_theme(qapp, Theme(reduced_motion=True))


@pytest.mark.parametrize("size", WHOLE_WINDOWS)
@pytest.mark.parametrize("language", Language)
def test_every_step_fits_and_everything_on_it_can_be_named_hit_and_reached(
    qtbot: QtBot, language: Language, size: tuple[int, int]
) -> None:
    seat = Seat(qtbot, language, size)
    seat.backups.broken[OLD] = ErrorCode.BACKUP_DAMAGED
    sheet = seat.begin()
    seat.sync.restore.choose(OLD)
    settle()
    assert faults(sheet) == []
    seat.sync.restore.choose(HERE)
    settle()
    assert faults(sheet) == []
    seat.program.refusal = StorageUnavailable(ErrorCode.DISK_FULL)
    seat.sync.restore.submit(PIN)
    settle()
    assert faults(sheet) == []


def test_the_largest_text_is_not_cut_off(qtbot: QtBot, qapp: QApplication) -> None:
    apply_theme(qapp, Theme(scale=TextScale.LARGEST, reduced_motion=True))
    seat = Seat(qtbot, Language.VI, (1024, 600))
    sheet = seat.begin()
    assert cut_off(sheet) == []
    seat.sync.restore.choose(HERE)
    settle()
    assert cut_off(sheet) == []


def test_a_restore_goes_by_keys_alone_from_the_list_to_the_pin(qtbot: QtBot) -> None:
    seat = Seat(qtbot)
    seat.begin()
    seat.press(Qt.Key.Key_Return)
    assert seat.stage() is RestoreStage.ASKING
    seat.press(Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_4, Qt.Key.Key_Return)
    assert seat.program.restored == [HERE.path]
    assert EN.t("restore.working") in words_of(seat.sheet)
    seat.press(Qt.Key.Key_Escape)
    assert seat.sheet.isVisible()
    assert seat.stage() is RestoreStage.RESTORING


def test_the_sheet_tells_both_sides_what_is_lost_and_what_comes(qtbot: QtBot) -> None:
    said = words_of(Seat(qtbot).ask())
    for words in ("1204", "1219", "PT01A-26-001377", EN.t("restore.lost", count=3), EN.t("restore.warning")):
        assert words in said


def test_escape_leaves_everything_as_it_is_and_gives_the_keys_back(qtbot: QtBot) -> None:
    seat = Seat(qtbot)
    button = button_saying(seat.view, EN.t("backup.restore"))
    button.setFocus()
    seat.ask()
    seat.press(Qt.Key.Key_Escape)
    assert seat.stage() is RestoreStage.CLOSED
    assert seat.program.restored == []
    assert seat.view.focusWidget() is button


@pytest.mark.parametrize("code", [ErrorCode.BACKUP_DAMAGED, ErrorCode.BACKUP_FOREIGN])
def test_a_damaged_or_foreign_backup_is_told_in_plain_words(qtbot: QtBot, code: ErrorCode) -> None:
    seat = Seat(qtbot)
    seat.backups.broken[HERE] = code
    seat.begin()
    seat.press(Qt.Key.Key_Return)
    assert EN.t(f"error.{code}.what") in words_of(seat.sheet)


def test_a_restore_that_failed_offers_to_start_the_till_again(qtbot: QtBot) -> None:
    seat = Seat(qtbot)
    seat.program.refusal = StorageUnavailable(ErrorCode.DISK_FULL)
    sheet = seat.ask()
    seat.sync.restore.submit(PIN)
    assert EN.t("error.DISK_FULL.what") in words_of(sheet)
    button_saying(sheet, EN.t("restore.start_anew")).click()
    assert seat.program.started == 1


def test_the_second_folder_is_chosen_and_ended_on_the_card(qtbot: QtBot) -> None:
    seat = Seat(qtbot)
    button_saying(seat.view, EN.t("backup.choose_second")).click()
    [dialog] = seat.view.findChildren(QFileDialog)
    dialog.fileSelected.emit("/media/other")
    dialog.reject()
    assert seat.backups.second == "/media/other"
    button_saying(seat.view, EN.t("backup.end_second")).click()
    assert seat.backups.second == ""
    assert EN.t("backup.second_none") in words_of(seat.view)


def test_a_cashier_has_the_button_that_backs_up_alone(qtbot: QtBot) -> None:
    said = words_of(Seat(qtbot, counter=Counter(actor=CASHIER)).view)
    assert EN.t("backup.now") in said
    for key in ("backup.restore", "backup.choose_second", "backup.end_second"):
        assert f"\n{EN.t(key)}\n" not in f"\n{said}\n"
