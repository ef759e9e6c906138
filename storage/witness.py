"""The witness: the heads of the till's chains in a file beside the database, so that a cut tail is noticed."""

import hashlib
import hmac
import json
import os
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Final

SLOT_BYTES: Final = 512
"""One disk sector: a write is torn at most within its own slot, and the other slot still stands."""


@dataclass(frozen=True, slots=True)
class Heads:
    """How far a device's chains go: the last sequence numbers and their hashes."""

    voucher_seq: int
    voucher_hash: str
    audit_seq: int
    audit_hash: str

    def behind(self, other: "Heads") -> bool:
        """Whether these heads miss something that `other` saw."""
        return self.voucher_seq < other.voucher_seq or self.audit_seq < other.audit_seq


class Witness:
    """Two slots, written in turn and synced after each commit; each carries a keyed MAC (HMAC-SHA256)."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._path = path
        self._key = key
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
        self._file = os.open(path, flags, 0o600)
        if os.fstat(self._file).st_size < 2 * SLOT_BYTES:
            os.ftruncate(self._file, 2 * SLOT_BYTES)
        self._turn = self._older_slot()

    def write(self, heads: Heads) -> None:
        """Keep the heads of a commit; returns after the disk has them."""
        told = json.dumps(astuple(heads), separators=(",", ":"))
        line = f"{told}\t{_mac(told, self._key)}\n".encode()
        os.lseek(self._file, self._turn * SLOT_BYTES, os.SEEK_SET)
        os.write(self._file, line.ljust(SLOT_BYTES, b"\0"))
        getattr(os, "fdatasync", os.fsync)(self._file)
        self._turn = 1 - self._turn

    def read(self) -> Heads | None:
        """Return the furthest heads that were witnessed, or None if no slot carries a true MAC."""
        return _furthest(self._slot(slot) for slot in (0, 1))

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _older_slot(self) -> int:
        """Return the slot to write next: never the one that holds the furthest heads."""
        furthest = self.read()
        return 1 if furthest is not None and self._slot(0) == furthest else 0

    def _slot(self, slot: int) -> Heads | None:
        os.lseek(self._file, slot * SLOT_BYTES, os.SEEK_SET)
        return _told(os.read(self._file, SLOT_BYTES), self._key)


def witnessed(path: Path, key: bytes) -> Heads | None:
    """Return the furthest heads in a witness's file without opening it for writing, or None if there are none."""
    try:
        slots = path.read_bytes()
    except OSError:
        return None
    return _furthest(_told(slots[start : start + SLOT_BYTES], key) for start in (0, SLOT_BYTES))


def _furthest(slots: Iterable[Heads | None]) -> Heads | None:
    found = [heads for heads in slots if heads is not None]
    return max(found, key=lambda heads: (heads.voucher_seq, heads.audit_seq), default=None)


def _told(slot: bytes, key: bytes) -> Heads | None:
    """Return what a slot tells, or None if its MAC is not true."""
    told, _, mac = slot.split(b"\n", 1)[0].decode("utf-8", "replace").partition("\t")
    return Heads(*json.loads(told)) if mac and hmac.compare_digest(mac.encode(), _mac(told, key).encode()) else None


def _mac(told: str, key: bytes) -> str:
    return hmac.new(key, told.encode(), hashlib.sha256).hexdigest()
