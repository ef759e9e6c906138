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
    """How far a device's chains go: the last sequence numbers and their hashes.

    `device_id` says whose they are; it is empty in what was written before a restored till became another device.
    """

    voucher_seq: int
    voucher_hash: str
    audit_seq: int
    audit_hash: str
    device_id: str = ""


class Witness:
    """Two slots, written in turn and synced after each commit; each carries a keyed MAC (HMAC-SHA256)."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._path = path
        self._key = key
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
        self._file = os.open(path, flags, 0o600)
        if os.fstat(self._file).st_size < 2 * SLOT_BYTES:
            os.ftruncate(self._file, 2 * SLOT_BYTES)
        self._turn = 0
        self._whose: str | None = None

    def write(self, heads: Heads) -> None:
        """Keep the heads of a commit; returns after the disk has them."""
        if heads.device_id != self._whose:
            self._turn = self._slot_beside(heads.device_id)
            self._whose = heads.device_id
        self._put(self._turn, heads)
        self._turn = 1 - self._turn

    def announce(self, heads: Heads, beside: str) -> None:
        """Witness the first heads of a device that is about to take the place of the device `beside`.

        What was seen of that one stands until the new one writes again, so that either of them may go on from here.
        """
        self._put(self._slot_beside(beside), heads)
        self._whose = None

    def read(self) -> Heads | None:
        """Return the furthest heads that were witnessed, or None if no slot carries a true MAC."""
        return _furthest(self._slots())

    def of(self, device_id: str) -> Heads | None:
        """Return the furthest heads that were witnessed of a device, or None."""
        return of_device(self._slots(), device_id)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _put(self, slot: int, heads: Heads) -> None:
        told = json.dumps(astuple(heads), separators=(",", ":"))
        line = f"{told}\t{_mac(told, self._key)}\n".encode()
        os.lseek(self._file, slot * SLOT_BYTES, os.SEEK_SET)
        os.write(self._file, line.ljust(SLOT_BYTES, b"\0"))
        getattr(os, "fdatasync", os.fsync)(self._file)

    def _slot_beside(self, device_id: str) -> int:
        """Return the slot to write next: never the one that holds a device's furthest heads."""
        furthest = self.of(device_id)
        return 1 if furthest is not None and self._slot(0) == furthest else 0

    def _slots(self) -> list[Heads | None]:
        return [self._slot(slot) for slot in (0, 1)]

    def _slot(self, slot: int) -> Heads | None:
        os.lseek(self._file, slot * SLOT_BYTES, os.SEEK_SET)
        return _told(os.read(self._file, SLOT_BYTES), self._key)


def all_witnessed(path: Path, key: bytes) -> tuple[Heads, ...]:
    """Return what a witness's file holds without opening it for writing."""
    try:
        slots = path.read_bytes()
    except OSError:
        return ()
    told = (_told(slots[start : start + SLOT_BYTES], key) for start in (0, SLOT_BYTES))
    return tuple(heads for heads in told if heads is not None)


def witnessed(path: Path, key: bytes) -> Heads | None:
    """Return the furthest heads in a witness's file without opening it for writing, or None if there are none."""
    return _furthest(all_witnessed(path, key))


def of_device(slots: Iterable[Heads | None], device_id: str) -> Heads | None:
    """Return the furthest of a device's heads; those that name nobody are its own if none names it."""
    found = [heads for heads in slots if heads is not None]
    named = [heads for heads in found if heads.device_id == device_id]
    return _furthest(named or [heads for heads in found if not heads.device_id])


def _furthest(slots: Iterable[Heads | None]) -> Heads | None:
    found = [heads for heads in slots if heads is not None]
    return max(found, key=lambda heads: (heads.voucher_seq, heads.audit_seq), default=None)


def _told(slot: bytes, key: bytes) -> Heads | None:
    """Return what a slot tells, or None if its MAC is not true."""
    told, _, mac = slot.split(b"\n", 1)[0].decode("utf-8", "replace").partition("\t")
    return Heads(*json.loads(told)) if mac and hmac.compare_digest(mac.encode(), _mac(told, key).encode()) else None


def _mac(told: str, key: bytes) -> str:
    return hmac.new(key, told.encode(), hashlib.sha256).hexdigest()
