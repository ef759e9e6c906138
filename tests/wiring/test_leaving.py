"""The end of a till on this machine: nothing is removed before it is elsewhere, and then nothing of the shop stays."""

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import keyring
import pytest
from PySide6.QtCore import QProcess
from pytestqt.qtbot import QtBot

from domain.errors import DomainError, ErrorCode, NotPermitted, RuleBroken, StorageUnavailable
from storage import passphrase
from storage.gate import OneProgram
from storage.recovery import new_code
from storage.restore import living_contents
from tests.builders import NOON
from tests.fakes.small_shop import CASHIER, OWNER
from tests.storage.test_keys import MemoryKeyring
from tests.wiring.test_shop_keys import PASSPHRASE, a_shop
from ui.presenters.preferences import Preferences
from wiring import key_places
from wiring.demo import create_demo
from wiring.folders import Folder
from wiring.key_acts import keep_code, keep_under_passphrase, recover
from wiring.key_places import RECOVERABLE, key_store
from wiring.leaving import leave
from wiring.preferences import PreferenceFile
from wiring.restore import _place, restore
from wiring.shop import Shop
from wiring.window import Program

KEPT = {"logs", "preferences.json", "till.lock", "simulator"}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stretch passphrases for tests, and begin and end with nothing opened."""
    monkeypatch.setattr(passphrase, "MEMORY_KIB", 64)
    key_places._opened.clear()
    yield
    key_places._opened.clear()


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> MemoryKeyring:
    """The computer's key store."""
    made = MemoryKeyring()
    monkeypatch.setattr(keyring, "get_keyring", lambda: made)
    return made


@pytest.fixture
def folder(backend: MemoryKeyring, tmp_path: Path) -> Folder:
    """A shop with unsent payments and its keys in the computer's key store."""
    template = Folder(tmp_path / "template").make()
    create_demo(template, NOON)
    made = a_shop(template.root, tmp_path / "data")
    PreferenceFile(made.root / "preferences.json").save(Preferences(reduced_motion=True))
    return made


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    made = tmp_path / "stick"
    made.mkdir()
    return made


def refusal(folder: Folder, copy: str) -> ErrorCode:
    before = {path: path.stat().st_size for path in folder.root.rglob("*") if path.is_file()}
    with pytest.raises(DomainError) as refused:
        leave(folder, copy, NOON)
    assert {path for path in folder.root.rglob("*") if path.is_file()} >= set(before)
    assert living_contents(_place(folder)[0]) is not None
    return refused.value.code


def test_what_is_unsent_is_not_removed_without_a_copy(folder: Folder) -> None:
    assert refusal(folder, "") is ErrorCode.LEAVING_UNSENT


def test_a_copy_that_nothing_opens_or_that_would_go_too_is_none(folder: Folder, stick: Path, tmp_path: Path) -> None:
    assert refusal(folder, str(stick)) is ErrorCode.LEAVING_COPY
    keep_code(folder, new_code())
    (folder.root / "inside").mkdir()
    assert refusal(folder, str(folder.root / "inside")) is ErrorCode.LEAVING_COPY
    assert refusal(folder, str(tmp_path / "stick that is away")) is ErrorCode.FILE_NOT_WRITTEN


def test_an_open_till_is_not_removed(folder: Folder, stick: Path) -> None:
    keep_code(folder, new_code())
    lock = OneProgram(folder.root / "till.lock")
    assert refusal(folder, str(stick)) is ErrorCode.STORAGE_LOCKED
    lock.release()


@pytest.mark.parametrize("under_passphrase", [False, True])
def test_a_till_that_left_is_nowhere_but_in_its_copy_and_comes_back_from_it(
    folder: Folder, backend: MemoryKeyring, stick: Path, tmp_path: Path, under_passphrase: bool
) -> None:
    code = new_code()
    keep_code(folder, code)
    if under_passphrase:
        keep_under_passphrase(folder, PASSPHRASE)
    PreferenceFile(folder.root / "preferences.json").save_backup_folder(str(stick))
    leave(folder, str(stick), NOON)
    assert {path.name for path in folder.root.iterdir()} <= KEPT
    assert not backend.kept
    assert PreferenceFile(folder.root / "preferences.json").load().backup_folder == ""
    there = Folder(tmp_path / "there").make()
    assert not recover(there, stick / "till.recovery", code, str, passphrase=False)
    restore(there, next(stick.glob("till-*.backup")), NOON)
    contents = living_contents(_place(there)[0])
    assert contents is not None
    assert contents.payments == 10


def test_with_everything_sent_and_a_hub_elsewhere_no_copy_is_needed(
    folder: Folder, backend: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wiring.leaving._unsent", lambda folder: False)
    leave(folder, "", NOON)
    assert {path.name for path in folder.root.iterdir()} <= KEPT
    assert not backend.kept


def test_a_hub_on_this_machine_is_not_removed_without_a_copy(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wiring.leaving._unsent", lambda folder: False)
    folder.hub.write_bytes(b"what was sent")
    with pytest.raises(RuleBroken):
        leave(folder, "", NOON)
    assert folder.hub.exists()


def test_backups_that_cannot_be_removed_keep_the_books_and_their_keys(
    folder: Folder, backend: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wiring.leaving._unsent", lambda folder: False)
    shutil.rmtree(folder.backups, ignore_errors=True)
    folder.backups.write_bytes(b"no folder, so that it cannot be removed as one")
    with pytest.raises(StorageUnavailable):
        leave(folder, "", NOON)
    assert folder.till.exists()
    assert backend.kept


def test_keys_that_cannot_be_deleted_are_told(
    folder: Folder, backend: MemoryKeyring, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_code(folder, new_code())

    def locked(name: str) -> None:
        raise StorageUnavailable(ErrorCode.KEY_STORE_UNUSABLE)

    monkeypatch.setattr("storage.keys.OsKeyStore.delete", lambda store, name: locked(name))
    with pytest.raises(StorageUnavailable) as told:
        leave(folder, str(stick), NOON)
    assert told.value.code is ErrorCode.LEAVING_UNFINISHED, "not that nothing was removed"
    assert list(stick.glob("till-*.backup"))
    assert all(key_store(folder).load(name) for name in RECOVERABLE if name == "till")


def test_the_wiring_itself_asks_whether_a_person_may(folder: Folder, qtbot: QtBot) -> None:
    program = Program(folder, alone=True)
    with pytest.raises(NotPermitted):
        program.wipe(CASHIER)
    program.close()
    program.window.deleteLater()
    shop = Shop(folder, lambda changes: None, lambda status: None)
    with pytest.raises(NotPermitted):
        shop.retry_refused(CASHIER)
    shop.retry_refused(OWNER)
    shop.close()


def test_the_program_closes_the_till_leaves_and_starts_anew(
    folder: Folder, stick: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(QProcess, "startDetached", lambda program, words: started.append(words))
    keep_code(folder, new_code())
    program, failures = Program(folder, alone=True), list[DomainError]()
    with qtbot.waitSignal(program.opened, timeout=20_000):
        program.start()
    for thread in threading.enumerate():
        if thread.name == "sync-start":
            thread.join()
    with pytest.raises(NotPermitted):
        program.leave(CASHIER, str(stick), failures.append)
    assert not program.hub_here
    with qtbot.waitSignal(program.window.closed, timeout=20_000):
        program.leave(OWNER, str(stick), failures.append)
    program.close()
    program.window.deleteLater()
    assert failures == []
    assert [words[-2:] for words in started] == [["--data", str(folder.root)]]
    assert not folder.till.exists()
    assert list(stick.glob("till-*.backup"))
