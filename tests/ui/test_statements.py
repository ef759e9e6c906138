"""Reading in a bank's statement at the till: seen before it is booked, explained by a person, kept while away."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QComboBox
from pytestqt.qtbot import QtBot

from domain.errors import ErrorCode
from domain.money import Language
from domain.policy import Action, Actor, Role
from tests.fakes.shown_view import settle, words_of
from tests.fakes.small_hub_desk import PIN, STATEMENT, SmallHubDesk
from tests.fakes.small_shop import OWNER
from tests.ui.connections_seat import LARGE, LEAST, SMALL, SOUND, Stage, faults
from tests.ui.hub_desk_stage import HubStage
from ui.dress import apply_theme
from ui.presenters.connections import Section
from ui.presenters.hub_desk import StatementView
from ui.theme import TextScale, Theme

UNKNOWN_TABLE = StatementView(
    problem=ErrorCode.STATEMENT_COLUMNS, rows=(("When", "What", "In"), ("21/11/2026", "BANA01A0001247", "150000"))
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "sao-ke-thang-11.csv"
    path.write_text("a,b", "utf-8")
    return path


def test_a_file_is_looked_at_first_and_read_in_after_the_persons_word(file: Path) -> None:
    stage = HubStage().open(Section.STATEMENTS)
    statements = stage.shown.statements
    statements.choose(file)
    stage.shown.proofs.submit(PIN)
    assert (statements.state.seen, statements.state.new, statements.state.can_book) == (STATEMENT, 2, True)
    statements.book()
    assert (statements.state.booked, statements.state.can_book) == (True, False)
    assert stage.hub.calls[-2:] == ["look_at_statement", "book_statement"]
    assert {(each.name, each.data) for each in stage.hub.files} == {(file.name, b"a,b")}
    statements.drop()
    assert (statements.state.file, statements.state.told) == ("", None)


def test_without_the_hub_the_file_stays_chosen_and_is_looked_at_once_it_is_back(file: Path) -> None:
    stage = HubStage(online=False)
    stage.shown.opened()
    stage.shown.show_section(Section.STATEMENTS)
    statements = stage.shown.statements
    statements.choose(file)
    assert (statements.state.file, statements.state.can_look, stage.hub.calls) == (file.name, False, [])
    stage.hear("online")
    statements.refresh()
    stage.shown.proofs.submit(PIN)
    stage.hub.refuse("book_statement", ErrorCode.NET_TIMEOUT)
    statements.book()
    assert (statements.state.booked, statements.state.seen, statements.state.can_book) == (False, STATEMENT, True)


def test_what_the_file_leaves_open_a_person_says_and_it_is_looked_at_again(file: Path) -> None:
    stage = HubStage(hub=SmallHubDesk(statement=UNKNOWN_TABLE))
    stage.open(Section.STATEMENTS)
    statements = stage.shown.statements
    statements.choose(file)
    stage.shown.proofs.submit(PIN)
    assert statements.state.problem is not None
    assert statements.state.seen is None
    stage.hub.statement = STATEMENT
    statements.name_columns({"date": 0, "text": 1, "credit": 2})
    assert stage.hub.files[-1].columns == {"date": 0, "text": 1, "credit": 2}
    assert (statements.state.seen, statements.state.problem) == (STATEMENT, None)


def test_a_file_that_is_too_large_or_gone_never_leaves_the_till(tmp_path: Path) -> None:
    stage = HubStage().open(Section.STATEMENTS)
    large = tmp_path / "large.csv"
    large.write_bytes(bytes(2 * 1024 * 1024 + 1))
    for path, code in ((large, ErrorCode.STATEMENT_TOO_LARGE), (tmp_path / "gone", ErrorCode.STATEMENT_UNREADABLE)):
        stage.shown.statements.choose(path)
        problem = stage.shown.statements.state.problem
        assert problem is not None
        assert problem.code is code
    assert stage.hub.files == []


def test_the_accountant_finds_statements_alone_among_the_connections() -> None:
    accountant = Actor(OWNER.user_id, "Mai", Role.ACCOUNTANT, OWNER.device_id)
    assert accountant.may(Action.IMPORT_STATEMENT)
    assert HubStage(actor=accountant).shown.allowed == {Section.STATEMENTS}


@pytest.mark.parametrize(
    ("language", "size", "scale"),
    [
        (Language.VI, SMALL, TextScale.NORMAL),
        (Language.EN, LARGE, TextScale.NORMAL),
        (Language.VI, LEAST, TextScale.LARGEST),
    ],
)
def test_every_stage_fits_and_is_worked_by_keys(
    qtbot: QtBot, qapp: QApplication, file: Path, language: Language, size: tuple[int, int], scale: TextScale
) -> None:
    apply_theme(qapp, Theme(scale=scale, reduced_motion=True))
    stage = Stage(qtbot, language).show(size, Section.STATEMENTS)
    stage.hub.hub.statement = UNKNOWN_TABLE
    stage.hub.shown.statements.choose(file)
    stage.hub.shown.proofs.submit(PIN)
    stage.come_back()
    assert isinstance(stage.focused, QComboBox)
    assert faults(stage.view) == SOUND
    column = stage.focused
    assert isinstance(column, QComboBox)
    column.setCurrentIndex(2)
    stage.hub.hub.statement = StatementView(problem=ErrorCode.STATEMENT_UNREADABLE, line=7)
    stage.press("statement.explained")
    assert (column.isVisible(), column.currentIndex()) == (True, 2), "what was said is still there"
    assert "7" in words_of(stage.view)
    stage.hub.hub.statement = STATEMENT
    stage.press("statement.explained")
    assert stage.t("statement.will") in words_of(stage.view)
    stage.keys(Qt.Key.Key_Return)
    assert stage.hub.hub.calls[-1] == "book_statement"
    assert stage.t("statement.booked") in words_of(stage.view)
    assert faults(stage.view) == SOUND
    stage.hub.shown.statements.show(replace(STATEMENT, movements=(), counts={}, first_day="", last_day=""))
    settle()
    assert stage.t("statement.nothing_new") in words_of(stage.view)
    assert faults(stage.view) == SOUND
