"""The recovery code: letters on paper that open a shop's secrets when the computer no longer does."""

import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from domain.errors import ErrorCode, RuleBroken, StorageUnavailable
from storage.keys import KEY_BYTES, derived, write_private
from storage.sealing import opened, sealed

LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter that is read for another."""
_MISREAD: Final = str.maketrans({"I": "1", "L": "1", "O": "0"})
_RANDOM: Final = 26
"""Letters of five random bits each: 130 bits."""
_CHECK: Final = 2
_GROUP: Final = 4


@dataclass(frozen=True, slots=True)
class Recovered:
    """What a recovery file held: the shop it is of, its secrets by name, and the key under which they are sealed."""

    shop: str
    secrets: dict[str, bytes] = field(repr=False)
    key: bytes = field(repr=False)


def new_code() -> str:
    """Return a new recovery code: seven groups of four letters, the last two of which check the others."""
    drawn = "".join(secrets.choice(LETTERS) for _ in range(_RANDOM))
    code = drawn + _check_of(drawn)
    return "-".join(code[at : at + _GROUP] for at in range(0, len(code), _GROUP))


def read_code(typed: str) -> str:
    """Return the letters of a code as a person typed it; raises RuleBroken(RECOVERY_CODE_MISTYPED)."""
    letters = "".join(letter for letter in typed.upper() if letter.isalnum()).translate(_MISREAD)
    drawn, check = letters[:_RANDOM], letters[_RANDOM:]
    if len(letters) != _RANDOM + _CHECK or not set(letters) <= set(LETTERS) or check != _check_of(drawn):
        raise RuleBroken(ErrorCode.RECOVERY_CODE_MISTYPED)
    return letters


def write_recovery(path: Path, shop: str, code: str, kept: Mapping[str, bytes]) -> bytes:
    """Seal a shop's secrets so that `code` opens them, in the place of what an older code opened.

    Returns the key that seals them: with it `renew_recovery` seals what changes later, without the code. Raises
    StorageUnavailable(STORAGE_UNAVAILABLE).
    """
    key, salt = secrets.token_bytes(KEY_BYTES), secrets.token_hex(16)
    lock = {"salt": salt, "key": sealed(_of_code(read_code(code), salt), key, _lock_data(shop, salt))}
    _write(path, {"version": 1, "shop": shop, "lock": lock, "secrets": _sealed_all(shop, key, kept)})
    return key


def renew_recovery(path: Path, key: bytes, kept: Mapping[str, bytes]) -> None:
    """Seal the secrets as they are now; the code stays, and the file's time still tells when it was made.

    Raises StorageUnavailable.
    """
    content = _read(path)
    made_ns = path.stat().st_mtime_ns
    _write(path, {**content, "secrets": _sealed_all(content["shop"], key, kept)})
    os.utime(path, ns=(made_ns, made_ns))


def open_recovery(path: Path, code: str) -> Recovered:
    """Open a recovery file; raises RuleBroken(RECOVERY_CODE_MISTYPED) and StorageUnavailable: RECOVERY_CODE_WRONG,
    KEY_FILE_DAMAGED."""
    letters, content = read_code(code), _read(path)
    shop, lock = content["shop"], content["lock"]
    key = opened(_of_code(letters, lock["salt"]), lock["key"], _lock_data(shop, lock["salt"]))
    if key is None:
        raise StorageUnavailable(ErrorCode.RECOVERY_CODE_WRONG)
    found: dict[str, bytes] = {}
    for name, text in content["secrets"].items():
        secret = opened(key, text, _data(shop, name))
        if secret is None:
            raise StorageUnavailable(ErrorCode.KEY_FILE_DAMAGED)
        found[name] = secret
    return Recovered(shop, found, key)


def _check_of(drawn: str) -> str:
    """Return two letters that a mistyped code has by chance once in 1,024 times; they tell nothing that helps to guess
    the rest, for the rest is tried faster than it is checked."""
    first, second = hashlib.sha256(b"bana-till/recovery-check/v1" + drawn.encode()).digest()[:_CHECK]
    return LETTERS[first % 32] + LETTERS[second % 32]


def _of_code(letters: str, salt: str) -> bytes:
    """Return the key that a code stands for; 130 random bits need no stretching."""
    return derived(letters.encode(), "bana-till/recovery/v1", bytes.fromhex(salt))


def _lock_data(shop: str, salt: str) -> str:
    return f"bana-till/recovery/v1|{shop}|{salt}"


def _data(shop: str, name: str) -> str:
    return f"bana-till/recovered-secret/v1|{shop}|{name}"


def _sealed_all(shop: str, key: bytes, kept: Mapping[str, bytes]) -> dict[str, str]:
    return {name: sealed(key, secret, _data(shop, name)) for name, secret in kept.items()}


def _read(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_bytes())
        texts = (content["shop"], content["lock"]["key"], *content["secrets"].values())
        sound = content["version"] == 1 and all(isinstance(text, str) for text in texts)
        bytes.fromhex(content["lock"]["salt"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StorageUnavailable(ErrorCode.KEY_FILE_DAMAGED) from error
    if not sound:
        raise StorageUnavailable(ErrorCode.KEY_FILE_DAMAGED)
    return content


def _write(path: Path, content: dict[str, Any]) -> None:
    try:
        write_private(path, json.dumps(content, indent=1).encode())
    except OSError as error:
        raise StorageUnavailable(ErrorCode.STORAGE_UNAVAILABLE) from error
