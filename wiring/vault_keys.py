"""The vault's keys as the hub's operator gives them: the key store's own one, or several while one is exchanged."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from domain.errors import ErrorCode, StorageUnavailable
from server.vault import FIRST, KEY_BYTES, Vault

KEYS: Final = "BANA_VAULT_KEYS"
KEYS_FILE: Final = "BANA_VAULT_KEYS_FILE"
STORE: Final = "store"
"""The word for the key that lies in the key store."""

_KEY: Final = re.compile(rf"([1-9][0-9]{{0,5}}):([0-9a-f]{{{2 * KEY_BYTES}}}|{STORE})")


def vault_of(stored: bytes, environment: Mapping[str, str] | None = None) -> Vault:
    """Return the vault with the keys of `BANA_VAULT_KEYS`, or of the file that `BANA_VAULT_KEYS_FILE` names.

    They are written `2:<64 hex digits>,1:store`: versions with their keys, the current one first; `store` is `stored`,
    the key store's own, which is the only one without either variable. Raises
    StorageUnavailable(VAULT_KEYS_UNREADABLE), which never says what was read.
    """
    told = _told(os.environ if environment is None else environment)
    if told is None:
        return Vault({FIRST: stored}, FIRST)
    keys: dict[int, bytes] = {}
    for part in (part.strip() for part in re.split(r"[,\n]", told) if part.strip()):
        read = _KEY.fullmatch(part)
        if read is None or int(read[1]) in keys:
            raise StorageUnavailable(ErrorCode.VAULT_KEYS_UNREADABLE)
        keys[int(read[1])] = stored if read[2] == STORE else bytes.fromhex(read[2])
    if not keys or len(set(keys.values())) < len(keys):
        raise StorageUnavailable(ErrorCode.VAULT_KEYS_UNREADABLE)
    return Vault(keys, next(iter(keys)))


def _told(environment: Mapping[str, str]) -> str | None:
    direct, path = environment.get(KEYS), environment.get(KEYS_FILE)
    if path is None:
        return direct
    if direct is not None:
        raise StorageUnavailable(ErrorCode.VAULT_KEYS_UNREADABLE)
    try:
        return Path(path).read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise StorageUnavailable(ErrorCode.VAULT_KEYS_UNREADABLE) from error
