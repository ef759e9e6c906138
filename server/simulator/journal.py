"""The append-only file in which the simulated providers keep what they may never forget."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

Record = dict[str, Any]


class JournalDamaged(ValueError):
    """A line before the last one cannot be read: somebody edited or damaged the file."""


class Journal:
    """JSON lines on disk, one line per act, forced to the medium before the act is acknowledged.

    A line is written whole or not at all: what a killed process left half written is cut off at the next start.
    With `path` None nothing is kept.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: IO[bytes] | None = None

    def read(self) -> Iterator[list[Record]]:
        """Yield the records of every act in order; raises `JournalDamaged` for an unreadable earlier line."""
        if self._path is None or not self._path.exists():
            return
        content = self._path.read_bytes()
        lines = content.split(b"\n")
        torn = lines.pop()
        if torn:
            # Cut before anything is appended, or the next act would be glued to the torn one.
            with self._path.open("r+b") as file:
                file.truncate(len(content) - len(torn))
                os.fsync(file.fileno())
        for number, line in enumerate(lines, start=1):
            yield self._parsed(number, line)

    def append(self, records: list[Record]) -> None:
        """Write the records of one act as one line and wait until the medium has it."""
        if self._path is None:
            return
        file = self._opened(self._path)
        file.write(json.dumps(records, ensure_ascii=False, separators=(",", ":")).encode("utf-8") + b"\n")
        file.flush()
        os.fsync(file.fileno())

    def close(self) -> None:
        """Close the file; a later append opens it again."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _parsed(self, number: int, line: bytes) -> list[Record]:
        try:
            records: list[Record] = json.loads(line)
        except ValueError as problem:
            raise JournalDamaged(f"{self._path} line {number} cannot be read") from problem
        return records

    def _opened(self, path: Path) -> IO[bytes]:
        if self._file is None:
            fresh = not path.exists()
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("ab")
            if fresh:
                _force_name(path.parent)
        return self._file


def _force_name(folder: Path) -> None:
    # On POSIX a new file's name lives in its folder and needs its own fsync; Windows has no handle for folders.
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
