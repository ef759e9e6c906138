"""Backups as people ask for them: each act is refused at its beginning to whoever may not, and a till is restored."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QProcess
from pytestqt.qtbot import QtBot

from domain.errors import DomainError, ErrorCode, NotPermitted
from domain.ids import Instant
from domain.policy import Actor, Role
from storage.restore import living_contents
from tests.builders import MINUTE, NOON
from tests.fakes.small_shop import CASHIER, OWNER
from ui.presenters.preferences import Preferences
from wiring.asked_backups import AskedBackups
from wiring.daily_backups import backups_in
from wiring.demo import create_demo
from wiring.folders import Folder
from wiring.key_places import key_store
from wiring.preferences import PreferenceFile
from wiring.restore import _place
from wiring.window import Program

MANAGER = Actor(OWNER.user_id, "Bình", Role.MANAGER, OWNER.device_id)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "shop").make()
    create_demo(made, NOON)
    return made


@pytest.fixture
def asked(folder: Folder) -> AskedBackups:
    return AskedBackups(folder, backups_in(folder, key_store(folder)))


def test_everybody_makes_backups_and_the_owner_alone_sees_them_restores_them_or_moves_them(
    asked: AskedBackups, tmp_path: Path
) -> None:
    asked.back_up_now(CASHIER, NOON)
    [backup] = asked.found(OWNER)
    assert (backup.made_at, backup.elsewhere, backup.size) == (NOON, False, backup.path.stat().st_size)
    assert asked.look_into(OWNER, backup.path).backup.payments == 10
    for person in (CASHIER, MANAGER):
        for act in (
            lambda who=person: asked.found(who),
            lambda who=person: asked.look_into(who, backup.path),
            lambda who=person: asked.choose_second(who, str(tmp_path / "usb"), NOON),
        ):
            with pytest.raises(NotPermitted):
                act()
    assert asked.status.second == ""


def test_a_second_folder_gets_a_copy_at_once_and_outlives_the_windows_older_preferences(
    folder: Folder, asked: AskedBackups, tmp_path: Path
) -> None:
    usb, store = tmp_path / "usb", PreferenceFile(folder.root / "preferences.json")
    usb.mkdir()
    asked.choose_second(OWNER, str(usb), NOON)
    assert [backup.elsewhere for backup in asked.found(OWNER)] == [False, True]
    store.save(Preferences(volume=10))
    assert (store.load().backup_folder, store.load().volume) == (str(usb), 10)
    asked.choose_second(OWNER, "", NOON)
    assert asked.status.second == ""
    assert json.loads((folder.root / "preferences.json").read_text("utf-8"))["backup_folder"] == ""


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The programs that were started anew."""
    made: list[list[str]] = []
    monkeypatch.setattr(QProcess, "startDetached", lambda program, words: made.append(words))
    return made


@pytest.fixture
def program(folder: Folder, qtbot: QtBot) -> Iterator[Program]:
    """The till's program, with its till open and its engine started."""
    made = Program(folder, alone=True)
    with qtbot.waitSignal(made.opened, timeout=20_000):
        made.start()
    for thread in threading.enumerate():
        if thread.name == "sync-start":
            thread.join()
    yield made
    made.close()
    made.window.deleteLater()


def test_the_program_closes_the_till_restores_it_and_starts_anew(
    folder: Folder, asked: AskedBackups, program: Program, started: list[list[str]], qtbot: QtBot
) -> None:
    asked.back_up_now(OWNER, Instant(NOON + MINUTE))
    [backup] = asked.found(OWNER)
    failures: list[DomainError] = []
    with pytest.raises(NotPermitted):
        program.restore(CASHIER, backup.path, failures.append)
    assert program.shop is not None
    with qtbot.waitSignal(program.window.closed, timeout=20_000):
        program.restore(OWNER, backup.path, failures.append)
    assert failures == []
    assert [words[-2:] for words in started] == [["--data", str(folder.root)]]
    restored = living_contents(_place(folder)[0])
    assert restored is not None
    assert (restored.incarnation, restored.payments) == ("B", 10)


def test_a_restore_that_fails_is_told_and_leaves_the_till_as_it_was(
    folder: Folder, program: Program, started: list[list[str]], qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "list.backup").write_bytes(b"a shopping list")
    failures: list[DomainError] = []
    program.restore(OWNER, tmp_path / "list.backup", failures.append)
    qtbot.waitUntil(lambda: bool(failures), timeout=20_000)
    assert failures[0].code in (ErrorCode.BACKUP_DAMAGED, ErrorCode.BACKUP_FOREIGN)
    assert started == []
    kept = living_contents(_place(folder)[0])
    assert kept is not None
    assert kept.incarnation == "A"
