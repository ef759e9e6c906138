"""SEC-C-01 of the till: what is secret is nowhere on its disk, in its log or in what it says when it falls."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from domain.money import Language
from storage import tables
from storage.keys import FileKeyStore, Keys
from storage.passphrase import PassphraseFile
from storage.sqlite import open_encrypted
from wiring.clock import wall_clock
from wiring.demo import create_demo
from wiring.folders import Folder
from wiring.key_commands import run_recovery_code
from wiring.key_places import forget, recoverable, remember, shop_id
from wiring.till import TILL_ROOT, TOKEN

PIN: Final = "739164"
WRONG_PIN: Final = "846295"
CARD: Final = "4539 1488 0343 6467"
PASSPHRASE: Final = "needle of a passphrase 7391"
NAME: Final = "Needle-of-a-customer"
PHONE: Final = "0908552217"
CONTROL: Final = "control-memo-that-the-books-hold-7395"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A shop whose keys lie under a passphrase."""
    made = Folder(tmp_path / "data").make()
    create_demo(made, wall_clock())
    kept = recoverable(FileKeyStore(made.keys))
    made.demo.unlink()
    shutil.rmtree(made.keys)
    PassphraseFile.create(made.key_file, shop_id(made), PASSPHRASE, kept)
    return made


@pytest.fixture
def store(folder: Folder) -> Iterator[PassphraseFile]:
    """The shop's keys, opened."""
    opened = PassphraseFile.open(folder.key_file, shop_id(folder), PASSPHRASE)
    remember(folder, opened)
    yield opened
    forget(folder)


def held_in(*places: Path) -> dict[str, bytes]:
    """Return the bytes of every file."""
    return {str(path): path.read_bytes() for place in places for path in place.rglob("*") if path.is_file()}


def rows_of(path: Path, key: bytes) -> str:
    """Return every row of every table of the till, opened with its key."""
    connection = open_encrypted(path, key, read_only=True)
    names = [table.name for part in (tables.ledger, tables.till) for table in part.sorted_tables]
    rows = [str(connection.cursor().execute(f"SELECT * FROM {name}").fetchall()) for name in names]
    connection.close()
    return "\n".join(rows)


def test_no_secret_that_passes_through_the_till_is_left_anywhere(
    folder: Folder, store: PassphraseFile, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_recovery_code(folder, Language.EN) == 0
    code = capsys.readouterr().out.splitlines()[1].strip()
    root, token = store.load(TILL_ROOT), store.load(TOKEN)
    assert root is not None
    assert token is not None
    keys = Keys.from_root(root)
    second, temporary = tmp_path / "second", tmp_path / "temporary"
    second.mkdir()
    temporary.mkdir()
    told = {
        "pin": PIN,
        "wrong_pin": WRONG_PIN,
        "card": CARD,
        "passphrase": PASSPHRASE,
        "token": token.decode(),
        "name": NAME,
        "phone": PHONE,
        "control": CONTROL,
    }
    program = subprocess.Popen(
        [sys.executable, "-m", "tests.wiring.used_till", str(folder.root), str(second)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "TMPDIR": str(temporary), "SQLITE_TMPDIR": str(temporary)},
        text=True,
    )
    assert program.stdin is not None
    assert program.stdout is not None
    program.stdin.write(json.dumps(told) + "\n")
    program.stdin.flush()
    begun = program.stdout.readline()
    while_open = held_in(folder.root, second, temporary)
    out, errors = program.communicate("fall\n", timeout=60)
    assert begun == "used\n", errors
    assert program.returncode == 1
    fallen = held_in(folder.root, second, temporary)

    secrets = {PIN, WRONG_PIN, CARD, CARD.replace(" ", ""), PASSPHRASE, token.decode(), code, code.replace("-", "")}
    raw = (root, keys.database, keys.witness, keys.pepper, keys.vault)
    needles = {needle.encode() for needle in secrets | {key.hex() for key in raw}} | set(raw)
    for needle in needles | {NAME.encode(), PHONE.encode(), CONTROL.encode()}:
        for files in (while_open, fallen):
            assert not [path for path, held in files.items() if needle in held]
        assert needle not in (out + errors).encode()
    books = rows_of(folder.till, keys.database)
    assert not [secret for secret in secrets if secret in books]

    names = {Path(path).name.split("-")[0] for path in while_open}
    assert {"till.db", "till.head", "till.keys", "till.recovery", "preferences.json", "till"} <= names
    assert str(folder.till) + "-wal" in while_open, "the log of changes was there"
    assert len([path for path in fallen if path.endswith(".backup")]) == 2, "a backup and its copy elsewhere"
    assert CONTROL in books, "the positive control: the books hold it, behind their key"
    assert NAME in books
    assert "•••6467" in books, "the card is known by its end"
    assert any(str(second).encode() in held for held in fallen.values()), "what is written in the open is found"
    lines = [json.loads(line) for line in (folder.logs / "till.log").read_text("utf-8").splitlines()]
    assert [(line["event"], line["error"]) for line in lines] == [
        ("work_failed", "ValueError"),
        ("crashed", "ValueError"),
    ]
