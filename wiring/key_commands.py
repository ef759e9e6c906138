"""`passphrase`, `recovery-code` and `recover`: the owner's hand on the keys, on the command line."""

import getpass
import sys
from collections.abc import Callable
from pathlib import Path

from domain.errors import DomainError, ErrorCode, RuleBroken, StorageUnavailable
from domain.money import Language
from domain.services.keys import KeyAct, note_keys
from storage.gate import OneProgram
from storage.passphrase import LEAST, check_passphrase
from storage.recovery import new_code
from ui.texts import Texts, problem_text
from wiring.clock import wall_clock
from wiring.command_trail import note, say_unnoted
from wiring.demo_shop import is_demo
from wiring.folders import Folder
from wiring.key_acts import keep_code, keep_under_passphrase, recover
from wiring.key_places import unlock

Ask = Callable[[str], str]
"""Asks a person for a secret and returns what was typed; by default it is not shown."""


def ask_secret(prompt: str) -> str:
    """Ask at the terminal without showing what is typed, or read a line of what another program writes."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    try:
        return getpass.getpass(prompt)
    except EOFError as error:
        raise StorageUnavailable(ErrorCode.PASSPHRASE_NEEDED) from error


def run_passphrase(folder: Folder, language: Language, ask: Ask = ask_secret) -> int:
    """Keep the folder's keys under a passphrase from now on, or change the one that keeps them; exit 1 if not."""

    if is_demo(folder):
        sys.stderr.write(Texts(language).t("keys.demo") + "\n")
        return 1

    def act(texts: Texts) -> str:
        if folder.key_file.exists():
            store = unlock(folder, lambda: ask(texts.t("keys.passphrase") + " "))
            store.change(_new_passphrase(texts, ask))
            return texts.t("keys.changed")
        keep_under_passphrase(folder, _new_passphrase(texts, ask))
        return texts.t("keys.kept", path=str(folder.key_file))

    changes = folder.key_file.exists()
    return _run(folder, language, act, KeyAct.PASSPHRASE_CHANGED if changes else KeyAct.PASSPHRASE_SET)


def run_recovery_code(folder: Folder, language: Language) -> int:
    """Make a new recovery code and show it this once; the one before it ends. Exit 1 if there are no keys."""

    def act(texts: Texts) -> str:
        code = new_code()
        keep_code(folder, code)
        return "\n".join((texts.t("keys.code"), f"  {code}", texts.t("keys.code_meaning", path=str(folder.recovery))))

    return _run(folder, language, act, KeyAct.CODE_MADE)


def run_recover(
    folder: Folder, source: Path | None, language: Language, *, passphrase: bool, ask: Ask = ask_secret
) -> int:
    """Open the keys with the recovery code and keep them on this computer again; exit 1 if the code does not open them.

    `source` is a copy of the recovery file, if it does not lie in the folder. The keys go into the computer's key
    store; where that cannot be used, where a passphrase kept them before, and where `passphrase` asks for it, they go
    under a new passphrase.
    """

    def act(texts: Texts) -> str:
        code = ask(texts.t("keys.ask_code") + " ")
        if recover(folder, source, code, lambda: _new_passphrase(texts, ask), passphrase=passphrase):
            return texts.t("keys.kept", path=str(folder.key_file))
        return texts.t("keys.recovered")

    return _run(folder, language, act, KeyAct.RECOVERED)


def _run(folder: Folder, language: Language, act: Callable[[Texts], str], noted: KeyAct) -> int:
    texts = Texts(language)
    try:
        lock = OneProgram(folder.root / "till.lock")
        try:
            told = act(texts)
        finally:
            lock.release()
    except DomainError as error:
        sys.stderr.write(f"{problem_text(error, texts).sentence}\n")
        return 1
    _note(folder, texts, noted)
    sys.stdout.write(told + "\n")
    return 0


def _note(folder: Folder, texts: Texts, act: KeyAct) -> None:
    """Leave an entry in the till's trail, if a till is there that can be opened; what was done stands either way."""
    if not folder.till.exists():
        return
    at = wall_clock()
    try:
        note(folder, texts, lambda uow: note_keys(uow, None, act, at))
    except StorageUnavailable as error:
        say_unnoted(texts, error)


def _new_passphrase(texts: Texts, ask: Ask) -> str:
    chosen = check_passphrase(ask(texts.t("keys.new_passphrase", least=LEAST) + " "))
    if check_passphrase(ask(texts.t("keys.new_again") + " ")) != chosen:
        raise RuleBroken(ErrorCode.PASSPHRASE_SHORT, least=LEAST)
    return chosen
