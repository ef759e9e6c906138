"""The whole books as JSON, a record a line, for programs and for archives."""

import hashlib
import json
from dataclasses import fields
from typing import Any, BinaryIO, Final

from domain.books import ChartAccount, ChartCategory, Entry, EntryLine
from domain.money import EXPONENTS
from exports.books import Books, BooksInconsistent

FORMAT: Final = "bana-till-books"
VERSION: Final = 1

_encode: Final = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, check_circular=False
).encode
_ACCOUNT: Final = tuple(field.name for field in fields(ChartAccount))
_CATEGORY: Final = tuple(field.name for field in fields(ChartCategory))
_ENTRY: Final = tuple(field.name for field in fields(Entry))
_LINE: Final = tuple(field.name for field in fields(EntryLine))


class _Lines:
    """A stream of records that remembers what it was given."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()

    def write(self, record: str, facts: dict[str, Any]) -> None:
        line = f"{_encode({'record': record, **facts})}\n".encode()
        self.digest.update(line)
        self._stream.write(line)


def write_jsonl(books: Books, stream: BinaryIO) -> int:
    """Write the books in UTF-8 and return the number of entries; reads the entries twice.

    Each line is an object with sorted keys and no spaces whose `record` says what it is: one `header`, then every
    `account`, `category` and `entry` with all its fields, and one `footer` with the counts and the SHA-256 of all bytes
    above it. Money is whole minor units, moments are UTC milliseconds. Raises BooksInconsistent.
    """
    counts = {
        "accounts": len(books.chart),
        "categories": len(books.categories),
        "entries": sum(1 for _ in books.entries()),
    }
    lines = _Lines(stream)
    lines.write("header", _header(books, counts))
    for account in books.chart:
        lines.write("account", {name: getattr(account, name) for name in _ACCOUNT})
    for category in books.categories:
        lines.write("category", {name: getattr(category, name) for name in _CATEGORY})
    written = 0
    for entry in books.entries():
        lines.write("entry", _entry(entry))
        written += 1
    if written != counts["entries"]:
        raise BooksInconsistent(f"{counts['entries']} entries became {written} while they were read")
    lines.write("footer", {"counts": counts, "sha256": lines.digest.hexdigest()})
    return written


def _header(books: Books, counts: dict[str, int]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "shop": books.shop,
        "currency": books.currency,
        "exponent": EXPONENTS[books.currency],
        "exported_at": books.exported_at,
        "zone": books.zone,
        "counts": counts,
    }


def _entry(entry: Entry) -> dict[str, Any]:
    facts = {name: getattr(entry, name) for name in _ENTRY}
    facts["lines"] = [{name: getattr(line, name) for name in _LINE} for line in entry.lines]
    return facts
