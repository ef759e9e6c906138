"""`passphrase`, `recovery-code` and `recover`: the owner's hand on the keys, on the command line."""

import getpass
import sys
from collections.abc import Callable
from pathlib import Path

from domain.errors import DomainError, ErrorCode, RuleBroken, StorageUnavailable
from domain.money import Language
from storage.gate import OneProgram
from storage.keys import FileKeyStore, KeyStore, OsKeyStore, write_private
from storage.passphrase import LEAST, PassphraseFile, check_passphrase
from storage.recovery import new_code, open_recovery, write_recovery
from ui.texts import Texts, problem_text
from wiring.demo_shop import is_demo
from wiring.folders import Folder
from wiring.key_places import RECOVERABLE, RECOVERY, key_store, recoverable, remember, shop_id, unlock

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
        before = key_store(folder)
        kept = _kept_in(before)
        remember(folder, PassphraseFile.create(folder.key_file, shop_id(folder), _new_passphrase(texts, ask), kept))
        for name in kept:
            before.delete(name)
        return texts.t("keys.kept", path=str(folder.key_file))

    return _run(folder, language, act)


def run_recovery_code(folder: Folder, language: Language) -> int:
    """Make a new recovery code and show it this once; the one before it ends. Exit 1 if there are no keys."""

    def act(texts: Texts) -> str:
        store = key_store(folder)
        kept = recoverable(store)
        if not kept:
            raise StorageUnavailable(ErrorCode.KEY_MISSING)
        code = new_code()
        store.save(RECOVERY, write_recovery(folder.recovery, shop_id(folder), code, kept))
        return "\n".join((texts.t("keys.code"), f"  {code}", texts.t("keys.code_meaning", path=str(folder.recovery))))

    return _run(folder, language, act)


def run_recover(
    folder: Folder, source: Path | None, language: Language, *, passphrase: bool, ask: Ask = ask_secret
) -> int:
    """Open the keys with the recovery code and keep them on this computer again; exit 1 if the code does not open them.

    `source` is a copy of the recovery file, if it does not lie in the folder. The keys go into the computer's key
    store; where that cannot be used, where a passphrase kept them before, and where `passphrase` asks for it, they go
    under a new passphrase.
    """

    def act(texts: Texts) -> str:
        found = open_recovery(source or folder.recovery, ask(texts.t("keys.ask_code") + " "))
        _belongs(folder, found.shop)
        kept = {**found.secrets, RECOVERY: found.key}
        store = None if passphrase and not is_demo(folder) else _usable(folder, found.shop)
        if store is None:
            made = PassphraseFile.create(folder.key_file, found.shop, _new_passphrase(texts, ask), kept)
            remember(folder, made)
        else:
            for name, secret in kept.items():
                store.save(name, secret)
        if source is not None and source.resolve() != folder.recovery.resolve():
            _write(folder.recovery, source.read_bytes())
        if store is None:
            return texts.t("keys.kept", path=str(folder.key_file))
        return texts.t("keys.recovered")

    return _run(folder, language, act)


def _run(folder: Folder, language: Language, act: Callable[[Texts], str]) -> int:
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
    sys.stdout.write(told + "\n")
    return 0


def _new_passphrase(texts: Texts, ask: Ask) -> str:
    chosen = check_passphrase(ask(texts.t("keys.new_passphrase", least=LEAST) + " "))
    if check_passphrase(ask(texts.t("keys.new_again") + " ")) != chosen:
        raise RuleBroken(ErrorCode.PASSPHRASE_SHORT, least=LEAST)
    return chosen


def _kept_in(store: KeyStore) -> dict[str, bytes]:
    """Return what a store keeps of the shop; one that cannot be used keeps nothing."""
    try:
        found = {name: store.load(name) for name in (*RECOVERABLE, RECOVERY)}
    except StorageUnavailable as error:
        if error.code is not ErrorCode.KEY_STORE_UNUSABLE:
            raise
        return {}
    return {name: secret for name, secret in found.items() if secret is not None}


def _belongs(folder: Folder, shop: str) -> None:
    """Refuse another shop's recovery file in a folder that has keys or books of its own; name an empty one after it."""
    if folder.shop_id.exists() and shop_id(folder) == shop:
        return
    if folder.key_file.exists() or (folder.till.exists() and folder.shop_id.exists()):
        raise StorageUnavailable(ErrorCode.RECOVERY_CODE_WRONG)
    _write(folder.shop_id, shop.encode())


def _usable(folder: Folder, shop: str) -> KeyStore | None:
    """Return the key store that can keep the keys, or None if a passphrase must."""
    if is_demo(folder):
        return FileKeyStore(folder.keys)
    if folder.key_file.exists():
        return None
    store = OsKeyStore(shop)
    try:
        store.load(RECOVERY)
    except StorageUnavailable as error:
        if error.code is not ErrorCode.KEY_STORE_UNUSABLE:
            raise
        return None
    return store


def _write(path: Path, content: bytes) -> None:
    try:
        write_private(path, content)
    except OSError as error:
        raise StorageUnavailable(ErrorCode.STORAGE_UNAVAILABLE) from error
