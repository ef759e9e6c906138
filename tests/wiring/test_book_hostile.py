"""SEC-X-02: a file of events that means harm is refused in plain words, and nothing of it gets into the books."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from domain.money import Language
from domain.posting_rules import SALE
from storage.keys import load_keys
from storage.session import Session, Sql
from storage.sqlite import open_encrypted
from tests.exports.sample_reports import RISKY
from wiring.book import MAX_BYTES, run_book
from wiring.clock import wall_clock
from wiring.demo import create_demo
from wiring.folders import Folder
from wiring.key_places import key_store
from wiring.till import TILL_ROOT

GIGABYTE = 1024**3
COLUMNS = 1_000_000


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """A demo shop."""
    folder = Folder(tmp_path_factory.mktemp("shop")).make()
    create_demo(folder, wall_clock())
    return folder


def a_sale(name: str, **fields: Any) -> str:
    told = {"id": name, "kind": SALE, "occurred_on": "2026-01-05", "due_minor": 108_000, **fields}
    return json.dumps(told, ensure_ascii=False)


def vouchers(shop: Folder) -> list[tuple[Any, ...]]:
    connection = open_encrypted(shop.till, load_keys(key_store(shop), TILL_ROOT).database, read_only=True)
    sql = Sql("SELECT source_id, memo FROM vouchers ORDER BY chain_seq")
    try:
        return Session(connection.cursor(), "sqlite").all(sql, {})
    finally:
        connection.close()


def zip_bomb() -> bytes:
    """Ten megabytes of blanks in some kilobytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("events.csv", b" " * 10_000_000)
    return packed.getvalue()


HOSTILE: dict[str, Callable[[], bytes]] = {
    "a zip bomb named csv": zip_bomb,
    "a million columns of csv": lambda: b"1," * COLUMNS,
    "a million fields": lambda: json.dumps({f"f{number}": 0 for number in range(COLUMNS)}).encode(),
    "a million levels": lambda: b"[" * COLUMNS,
    "a million levels of objects": lambda: b'{"a":' * COLUMNS,
    "a number without end": lambda: b'{"id": ' + b"9" * COLUMNS + b"}",
    "UTF-16": lambda: a_sale("utf-16").encode("utf-16"),
    "Windows' Vietnamese": lambda: '{"id": "1258 đơn"}'.encode("cp1258"),
    "half a letter": lambda: a_sale("half").encode() + b"\xe1\xba",
    "a byte that is no letter": lambda: b"\x00\xff\xfe",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_books_nothing_and_is_refused_in_words(
    name: str, shop: Folder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = vouchers(shop)
    path = tmp_path / "events.csv"
    path.write_bytes(HOSTILE[name]())
    for language in Language:
        assert run_book(shop, path, language) == 1
        said = capsys.readouterr()
        assert "EVENT_INVALID" in said.out + said.err
        assert len(said.out + said.err) < 20_000
    assert vouchers(shop) == before


def test_a_file_of_a_gigabyte_is_not_even_read(
    shop: Folder, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "events.csv"
    with path.open("wb") as stream:
        stream.truncate(GIGABYTE)  # a file with a hole, so that the disk holds none of it
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail("it was read"))
    for language in Language:
        assert run_book(shop, path, language) == 1
        assert f"{MAX_BYTES // 1024**2} MB" in capsys.readouterr().err


def test_one_file_may_mix_a_mark_at_its_head_and_lines_of_another_encoding(
    shop: Folder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "events.csv"
    lines = [a_sale("đơn tốt").encode(), '{"id": "đơn"}'.encode("cp1258"), a_sale("tốt nữa").encode()]
    path.write_bytes(b"\xef\xbb\xbf" + b"\n".join(lines))
    assert run_book(shop, path, Language.EN) == 1
    assert "2 booked, 0 booked before, 1 refused" in capsys.readouterr().out


def test_a_formula_is_kept_as_the_text_it_is(shop: Folder, tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    formulas = [words for words in RISKY if words.isprintable() and words == words.strip()]
    path.write_text("\n".join(a_sale(f"formula {at}", memo=words) for at, words in enumerate(formulas)), "utf-8")
    assert run_book(shop, path, Language.EN) == 0
    kept = {source: memo for source, memo in vouchers(shop) if source.startswith("formula")}
    assert list(kept.values()) == formulas
