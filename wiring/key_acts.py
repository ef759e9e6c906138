"""What an owner does with the keys of a shop, from the window and from the command line alike."""

from collections.abc import Callable
from pathlib import Path

from domain.errors import ErrorCode, StorageUnavailable
from storage.keys import FileKeyStore, KeyStore, OsKeyStore, write_private
from storage.passphrase import PassphraseFile
from storage.recovery import open_recovery, write_recovery
from wiring.demo_shop import is_demo
from wiring.folders import Folder
from wiring.key_places import RECOVERABLE, RECOVERY, key_store, recoverable, remember, shop_id
from wiring.till import TILL_ROOT


def keep_under_passphrase(folder: Folder, passphrase: str) -> None:
    """Move the keys out of the computer's key store into a file under a passphrase, and remember it open.

    Raises what `PassphraseFile.create` and the key store raise, and KEY_MISSING for books whose keys are not there:
    nothing would open them once a file without their keys stood before the key store.
    """
    before = key_store(folder)
    kept = _kept_in(before, even_if_none=not folder.till.exists())
    remember(folder, PassphraseFile.create(folder.key_file, shop_id(folder), passphrase, kept))
    for name in kept:
        before.delete(name)


def keep_code(folder: Folder, code: str) -> None:
    """Have a recovery code open the keys from now on; the one before it ends, or holds on if this fails.

    Raises StorageUnavailable(KEY_MISSING) if there are no keys, and what the key store raises.
    """
    store = key_store(folder)
    kept = recoverable(store)
    if not kept:
        raise StorageUnavailable(ErrorCode.KEY_MISSING)
    standing = folder.recovery.read_bytes() if folder.recovery.exists() else None
    key = write_recovery(folder.recovery, shop_id(folder), code, kept)
    try:
        store.save(RECOVERY, key)
    except StorageUnavailable:
        if standing is None:
            folder.recovery.unlink()
        else:
            _write(folder.recovery, standing)
        raise


def recover(
    folder: Folder, source: Path | None, code: str, new_passphrase: Callable[[], str], *, passphrase: bool
) -> bool:
    """Open the keys with the recovery code and keep them on this computer again; return whether under a passphrase.

    `source` is a copy of the recovery file, if it does not lie in the folder. The keys go into the computer's key
    store; where that cannot be used, where a passphrase kept them before, and where `passphrase` asks for it, they go
    under what `new_passphrase` returns. Raises what `open_recovery` and the key store raise.
    """
    found = open_recovery(source or folder.recovery, code)
    _belongs(folder, found.shop)
    kept = {**found.secrets, RECOVERY: found.key}
    store = None if passphrase and not is_demo(folder) else _usable(folder, found.shop)
    if store is None:
        made = PassphraseFile.create(folder.key_file, found.shop, new_passphrase(), kept)
        remember(folder, made)
    else:
        for name, secret in kept.items():
            store.save(name, secret)
    if source is not None and source.resolve() != folder.recovery.resolve():
        _write(folder.recovery, source.read_bytes())
    return store is None


def forget_keys(folder: Folder) -> None:
    """Delete every key of the folder's shop wherever it lies; raises StorageUnavailable."""
    if not is_demo(folder) and not folder.key_file.exists():
        store = key_store(folder)
        for name in (*RECOVERABLE, RECOVERY):
            store.delete(name)


def _kept_in(store: KeyStore, *, even_if_none: bool) -> dict[str, bytes]:
    """Return what a store keeps of the shop; one that cannot be used keeps nothing, where that is no harm."""
    try:
        found = {name: store.load(name) for name in (*RECOVERABLE, RECOVERY)}
    except StorageUnavailable as error:
        if not even_if_none or error.code is not ErrorCode.KEY_STORE_UNUSABLE:
            raise
        return {}
    if found[TILL_ROOT] is None and not even_if_none:
        raise StorageUnavailable(ErrorCode.KEY_MISSING)
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
