"""The keys and the end of a till on the real window: by keys alone, focus after each act, at every size."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from domain.errors import ErrorCode, StorageUnavailable
from domain.money import Language
from domain.rows import UnsentRow
from tests.fakes.attached_window import PIN
from tests.fakes.fixed_keys import CODE, FixedKeys, NotedLeaving
from tests.fakes.shown_view import (
    SMALL,
    button_saying,
    cut_off,
    out_of_reach,
    settle,
    show_view,
    too_small_or_nameless,
    words_of,
)
from tests.fakes.small_shop import NOON, SHOP_ROW
from tests.ui.test_presenter_keys import LONG, Keys
from ui.clipboard import forget_secret
from ui.dress import apply_theme
from ui.key_work import KeyPlace
from ui.presenters.leaving import LeavingStage
from ui.texts import Texts
from ui.theme import TextScale, Theme
from ui.views.keys import KeysView
from ui.views.leaving import LeavingSheet
from ui.views.passphrase_form import PassphraseSheet
from ui.views.recovery_code import RecoveryCodeSheet
from ui.widgets.dialogs import Sheet

WINDOWS = ((960, 560), (1024, 600), (1366, 768))
UNSENT = (UnsentRow("payment", 12, 0), UnsentRow("voucher", 31, 1), UnsentRow("setting", 1, 0))


@pytest.fixture(autouse=True)
def undressed(qapp: QApplication) -> Iterator[None]:
    yield
    apply_theme(qapp, Theme(reduced_motion=True))


@dataclass
class Seat:
    """An owner at the keys."""

    qtbot: QtBot
    language: Language = Language.EN
    size: tuple[int, int] = (1366, 768)
    kept: FixedKeys = field(default_factory=FixedKeys)
    leaving: NotedLeaving = field(default_factory=NotedLeaving)
    unsent: tuple[UnsentRow, ...] = ()

    def __post_init__(self) -> None:
        self.keys = Keys(kept=self.kept, leaving=self.leaving)
        self.keys.counter.work.queries.unsent_rows = self.unsent
        self.view = KeysView(self.keys.presenter, SHOP_ROW, Texts(self.language))
        show_view(self.qtbot, self.view, self.size)
        self.view.take_focus()

    def press(self, text: str) -> None:
        button_saying(self.view, text).click()
        settle()

    def sheet(self) -> Sheet:
        found = [each for each in self.view.findChildren(Sheet) if each.isVisible()]
        assert len(found) == 1
        return found[0]

    @property
    def sheets(self) -> list[Sheet]:
        return [each for each in self.view.findChildren(Sheet) if each.isVisible()]


def write(text: str, end: Qt.Key) -> None:
    focused = QApplication.focusWidget()
    assert isinstance(focused, QLineEdit)
    QTest.keyClicks(focused, text)
    QTest.keyClick(focused, end)
    settle()


def strike(key: Qt.Key) -> None:
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, key)
    settle()


def faults(page: QWidget) -> list[str]:
    return [*cut_off(page), *too_small_or_nameless(page), *out_of_reach(page)]


def test_by_keys_alone_a_passphrase_is_set_and_the_keys_go_back(qtbot: QtBot) -> None:
    seat = Seat(qtbot)
    strike(Qt.Key.Key_Space)
    assert isinstance(seat.sheet(), PassphraseSheet)
    write(LONG, Qt.Key.Key_Tab)
    write(LONG, Qt.Key.Key_Tab)
    write(PIN, Qt.Key.Key_Return)
    assert seat.kept.passphrases == [LONG]
    assert seat.sheets == []
    assert seat.view.focusWidget() is seat.view._passphrase
    assert "under a passphrase" in words_of(seat.view)


def test_a_wrong_pin_empties_its_field_alone(qtbot: QtBot) -> None:
    seat = Seat(qtbot)
    seat.press("Keep the keys under a passphrase")
    write(LONG, Qt.Key.Key_Tab)
    write(LONG, Qt.Key.Key_Tab)
    write("0000", Qt.Key.Key_Return)
    assert "Wrong PIN" in words_of(seat.sheet())
    write(PIN, Qt.Key.Key_Return)
    assert seat.kept.passphrases == [LONG]


def test_what_was_mistyped_is_said_where_it_was(qtbot: QtBot) -> None:
    seat = Seat(qtbot, kept=FixedKeys(KeyPlace.PASSPHRASE))
    seat.press("Change the passphrase")
    write("not it", Qt.Key.Key_Tab)
    write("short", Qt.Key.Key_Tab)
    write("short", Qt.Key.Key_Tab)
    write(PIN, Qt.Key.Key_Return)
    assert "12 characters" in words_of(seat.sheet())
    write(LONG, Qt.Key.Key_Tab)
    write(LONG, Qt.Key.Key_Return)
    assert "does not open" in words_of(seat.sheet())
    focused = QApplication.focusWidget()
    assert focused is not None
    assert focused.accessibleName() == "Passphrase now"


def test_by_keys_alone_a_code_is_made_and_typed_back(qtbot: QtBot) -> None:
    seat = Seat(qtbot)
    seat.press("Make a recovery code")
    sheet = seat.sheet()
    assert isinstance(sheet, RecoveryCodeSheet)
    write(PIN, Qt.Key.Key_Return)
    assert CODE in words_of(sheet)
    focused = QApplication.focusWidget()
    assert focused is not None
    assert CODE in focused.accessibleName(), "a screen reader says it as well"
    strike(Qt.Key.Key_Return)
    assert CODE not in words_of(sheet)
    assert CODE not in focused.accessibleName()
    write("AAAA", Qt.Key.Key_Return)
    assert "not the last group" in words_of(sheet)
    write("pq1x", Qt.Key.Key_Return)
    assert (seat.kept.codes, seat.sheets) == ([CODE], [])


def test_the_code_is_copied_and_printed_with_what_it_is_for(qtbot: QtBot) -> None:
    seat = Seat(qtbot)
    seat.press("Make a recovery code")
    sheet = seat.sheet()
    assert isinstance(sheet, RecoveryCodeSheet)
    write(PIN, Qt.Key.Key_Return)
    button_saying(sheet, "Copy").click()
    assert QApplication.clipboard().text() == CODE
    paper = sheet.paper().toPlainText()
    assert CODE in paper
    assert SHOP_ROW.name in paper
    assert "till.recovery" in paper
    forget_secret()
    assert QApplication.clipboard().text() == ""


def test_escape_leaves_the_older_code_as_it_was(qtbot: QtBot) -> None:
    seat = Seat(qtbot, kept=FixedKeys(code_made_at=NOON))
    seat.press("Make a new recovery code")
    write(PIN, Qt.Key.Key_Return)
    strike(Qt.Key.Key_Escape)
    assert (seat.kept.codes, seat.sheets) == ([], [])
    assert seat.view.focusWidget() is seat.view._passphrase


@pytest.mark.parametrize("code", [False, True])
def test_a_sheet_that_was_left_while_it_saves_saves_all_the_same(qtbot: QtBot, code: bool) -> None:
    seat = Seat(qtbot)
    if code:
        seat.press("Make a recovery code")
        write(PIN, Qt.Key.Key_Return)
        seat.press("I have written it down")
    else:
        seat.press("Keep the keys under a passphrase")
        write(LONG, Qt.Key.Key_Tab)
        write(LONG, Qt.Key.Key_Tab)
    seat.keys.counter.work.held = True
    write("PQ1X" if code else PIN, Qt.Key.Key_Return)
    strike(Qt.Key.Key_Escape)
    assert seat.sheets == []
    seat.keys.counter.work.release()
    settle()
    assert (seat.kept.codes, seat.kept.passphrases) == (([CODE], []) if code else ([], [LONG]))
    assert seat.keys.counter.notices.toast_keys == ["keys.code_kept" if code else "keys.under_passphrase"]
    look = seat.keys.presenter.state.look
    assert look is not None
    assert code or look.place is KeyPlace.PASSPHRASE


def test_a_till_with_unsent_records_says_so_and_offers_the_ways_out(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seat = Seat(qtbot, kept=FixedKeys(code_made_at=NOON), unsent=UNSENT)
    seat.press("Take this till out of service…")
    sheet = seat.sheet()
    assert isinstance(sheet, LeavingSheet)
    said = words_of(sheet)
    assert "45 records are not sent" in said
    assert "12 payments" in said
    assert not button_saying(sheet, "Remove from this machine").isEnabled()
    strike(Qt.Key.Key_Space)
    assert seat.keys.control.retried == 1
    button_saying(sheet, "Copy into a folder…").click()
    dialog = seat.view.findChild(QFileDialog)
    assert dialog is not None
    dialog.fileSelected.emit(str(tmp_path))
    dialog.reject()
    settle()
    seat.keys.presenter.leaving.choose_copy(str(tmp_path))
    assert str(tmp_path) in words_of(sheet)
    assert button_saying(sheet, "Remove from this machine").isEnabled()


def test_by_keys_alone_the_tills_code_and_the_pin_end_it(qtbot: QtBot) -> None:
    seat = Seat(qtbot, kept=FixedKeys(code_made_at=NOON))
    seat.press("Take this till out of service…")
    write("99", Qt.Key.Key_Return)
    write(PIN, Qt.Key.Key_Return)
    assert "not the till's code" in words_of(seat.sheet())
    focused = QApplication.focusWidget()
    assert isinstance(focused, QLineEdit)
    focused.selectAll()
    write(SHOP_ROW.till_code, Qt.Key.Key_Return)
    write(PIN, Qt.Key.Key_Return)
    assert seat.leaving.left == [""]
    assert "Do not switch off" in words_of(seat.sheet())
    strike(Qt.Key.Key_Escape)
    assert seat.sheets, "there is nothing behind it any more"


def test_a_failure_says_that_nothing_was_removed(qtbot: QtBot) -> None:
    refused = NotedLeaving(refusal=StorageUnavailable(ErrorCode.DISK_FULL))
    seat = Seat(qtbot, kept=FixedKeys(code_made_at=NOON), leaving=refused)
    seat.press("Take this till out of service…")
    seat.keys.presenter.leaving.submit(SHOP_ROW.till_code, PIN)
    settle()
    assert "Nothing was removed" in words_of(seat.sheet())
    strike(Qt.Key.Key_Return)
    assert refused.started == 1


def test_a_failure_after_the_books_went_does_not_say_that_nothing_was_removed(qtbot: QtBot) -> None:
    seat = Seat(qtbot, leaving=NotedLeaving(refusal=StorageUnavailable(ErrorCode.LEAVING_UNFINISHED, path="/data")))
    seat.press("Take this till out of service…")
    seat.keys.presenter.leaving.submit(SHOP_ROW.till_code, PIN)
    settle()
    assert "Nothing was removed" not in words_of(seat.sheet())
    assert "/data could not be removed" in words_of(seat.sheet())


def test_a_demo_shop_offers_nothing(qtbot: QtBot) -> None:
    seat = Seat(qtbot, kept=FixedKeys(KeyPlace.DEMO))
    for words in ("Keep the keys under a passphrase", "Make a recovery code", "Take this till out of service…"):
        assert not button_saying(seat.view, words).isEnabled()
    assert "A demo shop is wiped" in words_of(seat.view)


@pytest.mark.parametrize("percent", [100, 150])
@pytest.mark.parametrize("size", [SMALL, (1294, 712)])
@pytest.mark.parametrize("language", list(Language))
def test_the_part_is_whole_at_every_size(
    qtbot: QtBot, qapp: QApplication, size: tuple[int, int], language: Language, percent: int
) -> None:
    apply_theme(qapp, Theme(scale=TextScale(percent), reduced_motion=True))
    for kept in (FixedKeys(), FixedKeys(KeyPlace.PASSPHRASE, code_made_at=NOON)):
        assert faults(Seat(qtbot, language, size, kept).view) == []


@pytest.mark.parametrize("percent", [100, 150])
@pytest.mark.parametrize("size", WINDOWS)
@pytest.mark.parametrize("language", list(Language))
def test_the_sheets_are_whole_at_every_size(
    qtbot: QtBot, qapp: QApplication, size: tuple[int, int], language: Language, percent: int
) -> None:
    apply_theme(qapp, Theme(scale=TextScale(percent), reduced_motion=True))
    texts = Texts(language)
    seat = Seat(qtbot, language, size, FixedKeys(KeyPlace.PASSPHRASE, code_made_at=NOON), unsent=UNSENT)
    seat.press(texts.t("keys.change_passphrase"))
    QTest.keyClick(seat.sheet(), Qt.Key.Key_Return)
    settle()
    assert faults(seat.sheet()) == []
    seat.sheet().reject()
    settle()
    seat.press(texts.t("keys.make_other_code"))
    assert faults(seat.sheet()) == []
    form = seat.sheet()
    assert isinstance(form, RecoveryCodeSheet)
    form._presenter.submit(PIN)
    settle()
    assert faults(form) == []
    form._presenter.written()
    form._presenter.confirm("wrong")
    settle()
    assert faults(form) == []
    form.reject()
    settle()
    seat.press(texts.t("leaving.begin"))
    assert faults(seat.sheet()) == []
    seat.keys.presenter.leaving.choose_copy("/media/usb/a-folder-with-a-rather-long-name")
    seat.keys.presenter.leaving.submit("99", PIN)
    settle()
    focused = QApplication.focusWidget()
    assert focused is not None
    assert focused.visibleRegion().boundingRect() == focused.rect(), "what was mistyped is in sight"
    assert faults(seat.sheet()) == []
    seat.keys.presenter.leaving._become(replace(seat.keys.presenter.leaving.state, stage=LeavingStage.LEAVING))
    settle()
    assert cut_off(seat.sheet()) == []
