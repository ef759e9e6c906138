"""`book`: events of another system from a file, each booked on its own at this till."""

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from domain.errors import Conflict, DomainError, NotFound, RuleBroken
from domain.events import BookEvent, read_event, read_json
from domain.money import Language
from domain.ports import UnitOfWork
from domain.services.events import book_event
from domain.vouchers import Voucher
from storage.gate import OneProgram, open_till
from storage.keys import load_keys
from storage.till import TillUnits
from ui.texts import Texts, problem_text
from wiring.clock import wall_clock
from wiring.folders import Folder
from wiring.key_places import key_store
from wiring.till import TILL_ROOT, till_files

MAX_BYTES: Final = 64 * 1024 * 1024

_REFUSALS: Final = (RuleBroken, NotFound, Conflict)
"""What is said of one event; anything else is said of the till, and ends the run."""


@dataclass(slots=True)
class _Count:
    """How the events of a file fared."""

    booked: int = 0
    already: int = 0
    refused: int = 0


def run_book(folder: Folder, source: Path, language: Language) -> int:
    """Book the events of a file of JSON lines or of one JSON list, and say of each what became of it.

    The till's window must be closed. What was booked before is not booked again, so a file may be told any number of
    times. Exit 1 if an event was refused, or if the file or the till cannot be opened.
    """
    texts, count = Texts(language), _Count()
    try:
        if source.stat().st_size > MAX_BYTES:
            sys.stderr.write(texts.t("book.too_large", path=str(source), limit=MAX_BYTES // 1024**2) + "\n")
            return 1
        _book_file(folder, source.read_bytes(), texts, count)
    except DomainError as error:
        sys.stderr.write(f"{problem_text(error, texts).sentence}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{source}: {error.strerror}\n")
        return 1
    sys.stdout.write(texts.t("book.summary", booked=count.booked, already=count.already, refused=count.refused) + "\n")
    return 1 if count.refused else 0


def _book_file(folder: Folder, text: bytes, texts: Texts, count: _Count) -> None:
    files = till_files(folder, load_keys(key_store(folder), TILL_ROOT))
    lock = OneProgram(folder.root / "till.lock")
    try:
        units = open_till(files, lambda changes: None, free_bytes=shutil.disk_usage(folder.root).free)
        try:
            for number, told in _told(text.removeprefix(b"\xef\xbb\xbf")):
                sys.stdout.write(_book_one(units, number, told, texts, count) + "\n")
        finally:
            units.close()
    finally:
        lock.release()


def _told(text: bytes) -> Iterator[tuple[int, object]]:
    """Yield what a file tells: the items of a list by their place in it, else the lines that are not empty."""
    if text.lstrip().startswith(b"["):
        listed = read_json(text)
        assert isinstance(listed, list), "JSON that begins so is a list"
        yield from enumerate(listed, start=1)
    else:
        yield from ((number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip())


def _book_one(units: TillUnits, number: int, told: object, texts: Texts, count: _Count) -> str:
    """Book one event in a commit of its own and return what is said of it."""
    name = texts.t("book.unnamed")
    try:
        event = read_event(read_json(told) if isinstance(told, bytes) else told)
        name = event.id
        voucher, before = units.run(lambda uow: _book(uow, event))
    except _REFUSALS as error:
        count.refused += 1
        return texts.t("book.refused", line=number, event=name, reason=problem_text(error, texts).sentence)
    if before:
        count.already += 1
        return texts.t("book.already", line=number, event=name, number=voucher.number)
    count.booked += 1
    return texts.t("book.booked", line=number, event=name, number=voucher.number)


def _book(uow: UnitOfWork, event: BookEvent) -> tuple[Voucher, bool]:
    before = uow.vouchers.of_source(event.source) is not None
    return book_event(uow, None, event, wall_clock(), via="file"), before
