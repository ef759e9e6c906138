"""An owner's afternoon at a demo shop's own hub, played on the real window; the needles come on standard input.

`python -m tests.end2end.owner_acts FOLDER SHOTS` ends with 0 if all went as it must, and prints what was seen.
"""

import json
import os
import sys
from pathlib import Path
from typing import Final

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget

from domain.errors import FailureCode
from domain.money import Language
from domain.other_systems import Scope
from ui.presenters.connections import Section
from ui.presenters.preferences import Preferences, ThemeChoice
from ui.presenters.settings import Part
from ui.presenters.shell import Page
from wiring.demo_shop import BANK_ACCOUNT, OWNER_PIN, demo_secrets, read_demo
from wiring.folders import Folder
from wiring.preferences import PreferenceFile
from wiring.scene_player import Player, Steps, write
from wiring.window import Program

SECRET: Final = "Webhook secret (or API key)"
TOKEN: Final = "API token for the list of transactions"
ACCOUNT: Final = "Bank account number"
ADDRESS: Final = "SePay server address"


def told(window: QWidget) -> str:
    """Return all that any widget shows, names or could give back."""
    words: list[str] = []
    for each in window.findChildren(QWidget):
        words += [each.accessibleName(), each.accessibleDescription(), each.toolTip()]
        if isinstance(each, (QLabel, QAbstractButton, QLineEdit)):
            words.append(each.text())
    return "\n".join(words)


class Afternoon:
    """What the owner does, one after the other; no needle may be seen anywhere after it was saved."""

    def __init__(self, player: Player, folder: Folder, needles: dict[str, str]) -> None:
        self._player, self._folder, self._needles = player, folder, needles
        self._shown = player.screens.settings.connections

    def steps(self) -> Steps:
        """Play."""
        player, shown = self._player, self._shown
        yield lambda: player.screens.desk.online and not player.screens.desk.sync.waiting
        yield from player.sign_in("Cô Mai", OWNER_PIN)
        player.screens.shell.go(Page.SETTINGS)
        player.screens.settings.show_part(Part.CONNECTIONS)
        yield from self._prove()
        yield lambda: shown.providers.state.loaded
        yield from self._disconnect()
        yield from self._connect()
        yield from self._rotate()
        yield from self._disconnect()
        yield from self._let_in()
        yield from self._make_key()
        shown.closed()
        yield lambda: not shown.proofs.proved
        self._look("left")

    def _prove(self) -> Steps:
        shown = self._shown
        shown.unlock()
        yield lambda: shown.proofs.state.asked
        shown.proofs.submit("111111")
        yield lambda: shown.proofs.state.attempt == 1
        self._player.picture("wrong-pin")
        shown.proofs.submit(OWNER_PIN)
        yield lambda: not shown.proofs.state.asked
        write("proved")

    def _disconnect(self) -> Steps:
        providers = self._shown.providers
        providers.open_form("sepay")
        providers.ask_disconnect()
        providers.confirm()
        yield lambda: providers.state.chosen is None and not providers.state.busy
        row = next(row for row in providers.state.rows if row.provider == "sepay")
        self._player.check(not row.connected, "the provider is disconnected")
        write("disconnected")

    def _connect(self) -> Steps:
        providers = self._shown.providers
        providers.open_form("sepay")
        yield self._player.for_ms(50)
        secrets = demo_secrets(self._folder)
        simulator = f"http://127.0.0.1:{read_demo(self._folder).simulator_port}"
        self._fill({ACCOUNT: BANK_ACCOUNT, ADDRESS: simulator, SECRET: self._needles["first"], TOKEN: "not-the-token"})
        self._player.picture("filled")
        yield from self._save(1)
        yield from self._test(FailureCode.CREDENTIALS_REJECTED)
        self._fill({TOKEN: secrets.api_token})
        yield from self._save(2)
        yield from self._test(None)
        self._player.picture("tested")
        self._look("connected")

    def _rotate(self) -> Steps:
        self._fill({SECRET: self._needles["second"]})
        yield from self._save(3)
        info = self._shown.providers.state.info
        assert info is not None
        self._player.check(info.overlap_until is not None, "the old secret counts for a while")
        secret = next(each for each in info.fields if each.name == "webhook_secret")
        self._player.check(secret.shown == f"••••{self._needles['second'][-4:]}", "the mask is the new secret's")
        self._player.picture("rotated")
        self._look("rotated")
        write(f"masked {secret.shown}")

    def _let_in(self) -> Steps:
        tills = self._shown.tills
        self._shown.show_section(Section.TILLS)
        yield lambda: tills.state.loaded and not tills.state.busy
        self._player.check([row.this_till for row in tills.state.rows].count(True) == 1, "this till is marked")
        tills.invite()
        yield lambda: tills.state.invitation is not None
        yield self._player.for_ms(100)
        self._player.picture("code")
        tills.end_invitation()
        yield lambda: not tills.state.busy
        write("invited")

    def _make_key(self) -> Steps:
        keys = self._shown.keys
        self._shown.show_section(Section.KEYS)
        yield lambda: keys.state.loaded and not keys.state.busy
        keys.begin()
        keys.set_name("Web shop")
        keys.set_scope(Scope.EVENTS_WRITE, True)
        keys.make()
        yield lambda: keys.state.made is not None
        assert keys.state.made is not None
        made = keys.state.made.key
        yield self._player.for_ms(100)
        self._player.picture("key")
        keys.end()
        yield lambda: not keys.state.busy and bool(keys.state.rows)
        yield self._player.for_ms(100)
        self._player.check(made not in told(self._player.window), "the key is told once")
        keys.choose(keys.state.rows[-1].id)
        keys.ask_revoke()
        keys.confirm()
        yield lambda: not keys.state.busy and keys.state.rows[-1].revoked_at is not None
        write("made and revoked")

    def _fill(self, values: dict[str, str]) -> None:
        for label, value in values.items():
            fields = [each for each in self._player.window.findChildren(QLineEdit) if each.accessibleName() == label]
            self._player.check(len(fields) == 1, f"one field is called {label}")
            fields[0].selectAll()
            QTest.keyClicks(fields[0], value)

    def _save(self, kept: int) -> Steps:
        providers = self._shown.providers
        before = providers.state.kept
        field = next(each for each in self._player.window.findChildren(QLineEdit) if each.accessibleName() == SECRET)
        field.returnPressed.emit()
        yield lambda: providers.state.kept == before + 1 or providers.state.problem is not None
        self._player.check(providers.state.problem is None, f"save {kept}: {providers.state.problem!r}")
        write(f"saved {kept}")

    def _test(self, failure: FailureCode | None) -> Steps:
        providers = self._shown.providers
        providers.test()
        yield lambda: not providers.state.busy
        info = providers.state.info
        assert info is not None
        found = info.last_test.failure if info.last_test is not None else FailureCode.UNEXPECTED_ERROR
        self._player.check(found is failure, f"the test says {failure}, not {found}")
        write(f"tested {failure.value if failure else 'ok'}")

    def _look(self, when: str) -> None:
        """No needle is in any widget or in any state."""
        everything = told(self._player.window)
        for presenter in (self._shown, self._shown.proofs, self._shown.providers, self._shown.tills, self._shown.keys):
            everything += repr(presenter.state)
        for name, needle in self._needles.items():
            self._player.check(needle not in everything, f"{when}: the needle {name} is nowhere to be seen")


def main() -> int:
    """Play in an empty folder."""
    folder, shots = Folder(Path(sys.argv[1])).make(), Path(sys.argv[2])
    needles: dict[str, str] = json.loads(sys.stdin.readline())
    shots.mkdir(parents=True, exist_ok=True)
    looks = Preferences(language=Language.EN, theme=ThemeChoice.LIGHT, reduced_motion=True)
    PreferenceFile(folder.root / "preferences.json").save(looks)
    app = QApplication(sys.argv[:1])
    program = Program(folder)
    program.window.resize(1366, 768)

    def acts(player: Player) -> Steps:
        yield from Afternoon(player, folder, needles).steps()

    player = Player(program, shots, Language.EN, acts, app.exit)
    program.opened.connect(player.begin)
    program.refused.connect(lambda: app.exit(1))
    program.start()
    try:
        return app.exec()
    finally:
        program.close()
        program.window.deleteLater()
        app.processEvents()


if __name__ == "__main__":
    raise SystemExit(main())
