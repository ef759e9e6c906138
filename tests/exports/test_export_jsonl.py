"""The books as JSON lines."""

import hashlib
import io
import json
from dataclasses import asdict, replace

import pytest

from exports.books import BooksInconsistent
from exports.jsonl import write_jsonl
from tests.builders import NOON
from tests.exports.sample_books import books_of, rich_entries


def lines_of(content: bytes) -> list[bytes]:
    """Return the lines of a file, each with its end; words never end one."""
    return content.removesuffix(b"\n").split(b"\n")


def test_the_first_line_says_whose_books_these_are_and_how_many_records_follow() -> None:
    books = books_of(rich_entries())
    stream = io.BytesIO()
    assert write_jsonl(books, stream) == len(rich_entries())
    assert json.loads(lines_of(stream.getvalue())[0]) == {
        "record": "header",
        "format": "bana-till-books",
        "version": 1,
        "shop": 'Tạp hoá "Bà Na"',
        "currency": "VND",
        "exponent": 0,
        "exported_at": NOON,
        "zone": "Asia/Ho_Chi_Minh",
        "counts": {"accounts": len(books.chart), "categories": 1, "entries": len(rich_entries())},
    }


def test_every_field_of_every_record_is_there() -> None:
    books = books_of(rich_entries())
    stream = io.BytesIO()
    write_jsonl(books, stream)
    records = [json.loads(line) for line in lines_of(stream.getvalue())[1:-1]]
    wanted = [("account", row) for row in books.chart] + [("category", row) for row in books.categories]
    wanted += [("entry", row) for row in books.entries()]
    assert records == [{"record": kind, **json.loads(json.dumps(asdict(row)))} for kind, row in wanted]


def test_each_line_is_written_in_the_one_canonical_way() -> None:
    stream = io.BytesIO()
    write_jsonl(books_of(rich_entries()), stream)
    for line in lines_of(stream.getvalue()):
        again = json.dumps(json.loads(line), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        assert again.encode() == line


def test_the_last_line_holds_the_sum_of_all_above() -> None:
    stream = io.BytesIO()
    write_jsonl(books_of(rich_entries()), stream)
    above, _, last = stream.getvalue().removesuffix(b"\n").rpartition(b"\n")
    footer = json.loads(last)
    assert footer["record"] == "footer"
    assert footer["sha256"] == hashlib.sha256(above + b"\n").hexdigest()
    assert footer["counts"]["entries"] == len(rich_entries())


def test_books_that_shrink_while_they_are_read_are_refused() -> None:
    entries = list(rich_entries())
    shrinking = replace(books_of(entries), entries=lambda: iter([entries.pop(), *entries][1:]))
    with pytest.raises(BooksInconsistent, match="while they were read"):
        write_jsonl(shrinking, io.BytesIO())
