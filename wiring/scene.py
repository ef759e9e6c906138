"""The counter scene: the real till, hub and simulator played without a display; says what happens, saves pictures."""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from domain.money import Language
from domain.policy import Limits
from ui.presenters.preferences import Preferences, ThemeChoice
from wiring.demo_shop import CASHIER_PIN, OWNER_PIN
from wiring.folders import Folder
from wiring.scene_counter import CounterActs
from wiring.scene_owner import give_back, keep_books, look_around
from wiring.scene_player import Player, Steps, write
from wiring.scene_texts import say
from wiring.verify import balances_agree, check_folder

LIFETIME_MS: Final = 10_000


def run_scene(folder: Folder | None, shots: Path, language: str) -> int:
    """Play the scene in a folder of its own (or in `folder`, which must be empty); exit 0 if all went as it must."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    with ExitStack() as stack:
        if folder is None:
            folder = Folder(Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))).make()
        return _play(folder, shots, Language(language))


def _play(folder: Folder, shots: Path, language: Language) -> int:
    from PySide6.QtWidgets import QApplication

    from wiring.preferences import PreferenceFile
    from wiring.window import Program

    shots.mkdir(parents=True, exist_ok=True)
    looks = Preferences(language=language, theme=ThemeChoice.LIGHT, reduced_motion=True)
    PreferenceFile(folder.root / "preferences.json").save(looks)
    app = QApplication([sys.argv[0]])
    program = Program(folder, Limits(qr_lifetime_ms=LIFETIME_MS), alone=True)
    program.window.resize(1366, 768)
    player = Player(program, shots, language, _acts, app.exit)
    program.opened.connect(player.begin)
    program.refused.connect(lambda: app.exit(1))
    program.start()
    try:
        code = app.exec()
    finally:
        program.close()
        program.window.deleteLater()
        app.processEvents()
    return code or _reckon(folder, language)


def _reckon(folder: Folder, language: Language) -> int:
    reports, problems = check_folder(folder)
    broken = [line.text(language) for report in reports for line in report.lines if not line.ok]
    broken += [error.code.value for _, error in problems]
    broken += [] if balances_agree(folder) else [say(language, "differ")]
    for line in broken:
        write(f"  ✕ {line}")
    if not broken:
        write(f"  ✓ {say(language, 'agree')}")
    write(say(language, "verified" if not broken else "not_verified", count=sum(len(r.lines) for r in reports)))
    return 1 if broken else 0


def _acts(player: Player) -> Steps:
    counter = CounterActs(player)
    yield from player.sign_in("Lan", CASHIER_PIN)
    yield from counter.play()
    player.screens.shell.lock()
    yield player.for_ms(100)
    player.picture("lock")
    yield from player.sign_in("Cô Mai", OWNER_PIN)
    yield from look_around(player)
    yield from give_back(player)
    yield from keep_books(player)
    yield from counter.change_looks()
    yield lambda: not player.screens.desk.sync.waiting
