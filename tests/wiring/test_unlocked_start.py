"""A start whose keys lie under a passphrase: the window asks, and what was done by code is in the trail."""

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import keyring
import pytest
from pytestqt.qtbot import QtBot

from domain.ids import UserId
from domain.policy import Actor, Role
from domain.trail import AuditFilter
from storage import passphrase
from storage.recovery import new_code
from tests.builders import NOON
from tests.storage.test_keys import MemoryKeyring
from tests.wiring.test_shop_keys import OTHER, PASSPHRASE, a_shop
from ui.presenters.preferences import Preferences
from ui.views.starting import StartProblemView
from ui.views.unlock import UnlockView
from wiring import key_places
from wiring.demo import create_demo
from wiring.folders import Folder
from wiring.key_acts import keep_code, keep_under_passphrase
from wiring.preferences import PreferenceFile
from wiring.window import Program


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
    """A shop with its keys in the computer's key store."""
    template = Folder(tmp_path / "template").make()
    create_demo(template, NOON)
    made = a_shop(template.root, tmp_path / "data")
    PreferenceFile(made.root / "preferences.json").save(Preferences(reduced_motion=True))
    shutil.rmtree(template.root)
    return made


@pytest.fixture
def program(folder: Folder, qtbot: QtBot) -> Iterator[Program]:
    started = Program(folder, alone=True)
    qtbot.addWidget(started.window)
    yield started
    for thread in threading.enumerate():
        if thread.name == "sync-start":
            thread.join()
    started.close()


def acts(program: Program) -> list[str]:
    """Return what the trail tells, newest first."""
    assert program.shop is not None
    program.shop.till.command(lambda uow: None).result()  # what was asked before is written by now
    owner = Actor(UserId("o"), "", Role.OWNER, program.shop.row.device_id)
    page = program.shop.till.query(lambda queries: queries.audit(owner, AuditFilter(), 50, None)).result()
    return [row.action for row in page.rows]


def test_the_window_asks_for_the_passphrase_and_opens_the_till(folder: Folder, program: Program, qtbot: QtBot) -> None:
    keep_under_passphrase(folder, PASSPHRASE)
    key_places.forget(folder)
    with qtbot.waitSignal(program.refused):
        program.start()
    asked = program.window.centralWidget()
    assert isinstance(asked, UnlockView)
    asked._passphrase.setText("not the passphrase")
    asked._go.click()
    qtbot.waitUntil(lambda: asked._presenter.state.attempt == 1)
    with qtbot.waitSignal(program.opened):
        asked._passphrase.setText(PASSPHRASE)
        asked._go.click()
    assert "keys.recovered" not in acts(program)


def test_a_forgotten_passphrase_is_replaced_by_the_code_and_that_is_in_the_trail(
    folder: Folder, program: Program, qtbot: QtBot
) -> None:

    code = new_code()
    keep_under_passphrase(folder, PASSPHRASE)
    keep_code(folder, code)
    key_places.forget(folder)
    with qtbot.waitSignal(program.refused):
        program.start()
    asked = program.window.centralWidget()
    assert isinstance(asked, UnlockView)
    asked._other.click()
    asked._code.setText(code)
    asked._new.setText(OTHER)
    asked._again.setText(OTHER)
    with qtbot.waitSignal(program.opened):
        asked._go.click()
    assert acts(program)[0] == "keys.recovered"
    key_places.forget(folder)
    key_places.unlock(folder, lambda: OTHER)


def test_keys_that_the_computer_lost_come_back_by_the_code(
    folder: Folder, backend: MemoryKeyring, program: Program, qtbot: QtBot
) -> None:

    code = new_code()
    keep_code(folder, code)
    backend.kept.clear()
    with qtbot.waitSignal(program.refused):
        program.start()
    said = program.window.centralWidget()
    assert isinstance(said, StartProblemView)
    program._unlock()
    asked = program.window.centralWidget()
    assert isinstance(asked, UnlockView)
    asked._code.setText(code.lower())
    with qtbot.waitSignal(program.opened):
        asked._go.click()
    assert acts(program)[0] == "keys.recovered"
    assert backend.kept
