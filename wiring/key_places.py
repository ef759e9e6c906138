"""Where a folder's keys lie: files of a demo shop, a file under a passphrase, the operating system's key store."""

import getpass
import secrets
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from domain.errors import ErrorCode, StorageUnavailable
from domain.money import Language
from storage.keys import FileKeyStore, KeyStore, OsKeyStore, write_private
from storage.passphrase import PassphraseFile
from storage.recovery import renew_recovery
from ui.texts import Texts
from wiring.demo_shop import is_demo
from wiring.folders import Folder
from wiring.preferences import PreferenceFile
from wiring.till import HUB_ROOT, LETTER, PEOPLE_KEY, TILL_ROOT, TOKEN

TRIES: Final = 3
RECOVERY: Final = "recovery"
"""The name of the key that seals the recovery file; the recovery code opens it too."""
RECOVERABLE: Final = (TILL_ROOT, HUB_ROOT, TOKEN, LETTER, PEOPLE_KEY)

_opened: Final[dict[Path, PassphraseFile]] = {}
"""What this process has opened with a passphrase, so that a person types it once at the start."""


def key_store(folder: Folder) -> KeyStore:
    """Return where the folder's keys lie, asking for the passphrase if that is what keeps them.

    Raises StorageUnavailable: PASSPHRASE_NEEDED where nobody can be asked, PASSPHRASE_WRONG, KEY_FILE_DAMAGED.
    """
    if is_demo(folder):
        return FileKeyStore(folder.keys)
    if folder.key_file.exists():
        return _opened.get(folder.key_file.resolve()) or unlock(folder)
    if folder.shop_id.exists():
        return OsKeyStore(shop_id(folder))
    first = secrets.token_hex(8)
    store = OsKeyStore(first)
    with suppress(StorageUnavailable):  # the store says the same of itself when it is used; next time it is asked anew
        store.adopt(RECOVERABLE)
        _keep_id(folder, first)
    return store


def unlock(folder: Folder, ask: Callable[[], str] | None = None) -> PassphraseFile:
    """Open the folder's key file with the passphrase that `ask` returns, or that a person types at the terminal.

    At the terminal a wrong one may be typed again. Raises what `key_store` raises.
    """
    shop = shop_id(folder)
    for left in reversed(range(TRIES if ask is None else 1)):
        try:
            store = PassphraseFile.open(folder.key_file, shop, (ask or _asked(folder))())
        except StorageUnavailable as error:
            if error.code is not ErrorCode.PASSPHRASE_WRONG or not left:
                raise
            sys.stderr.write(_texts(folder).t("keys.again") + "\n")
        else:
            remember(folder, store)
            return store
    raise AssertionError("the last try returns or raises")


def waits_for_passphrase(folder: Folder) -> bool:
    """Whether a passphrase keeps the folder's keys and this process has not opened them yet."""
    return not is_demo(folder) and folder.key_file.exists() and folder.key_file.resolve() not in _opened


def remember(folder: Folder, store: PassphraseFile) -> None:
    """Ask no more for the passphrase of this folder while this process lives."""
    _opened[folder.key_file.resolve()] = store


def forget(folder: Folder) -> None:
    """Ask again for the passphrase of this folder."""
    _opened.pop(folder.key_file.resolve(), None)


def recoverable(store: KeyStore) -> dict[str, bytes]:
    """Return by name all that a shop needs to go on elsewhere."""
    found = {name: store.load(name) for name in RECOVERABLE}
    return {name: secret for name, secret in found.items() if secret is not None}


def keep_recoverable(folder: Folder, store: KeyStore) -> None:
    """Bring the recovery file up to what the store keeps now, if a recovery code was ever made."""
    key = store.load(RECOVERY)
    if key is not None and folder.recovery.exists():
        renew_recovery(folder.recovery, key, recoverable(store))


def shop_id(folder: Folder) -> str:
    """Return the id by which the folder's keys are named, making it the first time; raises StorageUnavailable.

    It is no secret. It goes with the folder when that is moved, and a second folder of the same person has its own.
    """
    try:
        if not folder.shop_id.exists():
            _keep_id(folder, secrets.token_hex(8))
        return folder.shop_id.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StorageUnavailable(ErrorCode.STORAGE_UNAVAILABLE) from error


def _keep_id(folder: Folder, made: str) -> None:
    try:
        write_private(folder.shop_id, made.encode())
    except OSError as error:
        raise StorageUnavailable(ErrorCode.STORAGE_UNAVAILABLE) from error


def _asked(folder: Folder) -> Callable[[], str]:
    if sys.stdin is None or not sys.stdin.isatty():
        raise StorageUnavailable(ErrorCode.PASSPHRASE_NEEDED)
    prompt = _texts(folder).t("keys.passphrase") + " "

    def ask() -> str:
        try:
            return getpass.getpass(prompt)
        except EOFError as error:
            raise StorageUnavailable(ErrorCode.PASSPHRASE_NEEDED) from error

    return ask


def _texts(folder: Folder) -> Texts:
    kept: Language = PreferenceFile(folder.root / "preferences.json").load().language
    return Texts(kept)
