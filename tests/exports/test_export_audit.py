"""The audit trail leaves with all that its hashes cover, and a checker of its own finds every change of the file."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from domain.errors import ErrorCode, RuleBroken
from domain.ids import Instant
from storage.gate import TillFiles
from storage.till import TillUnits
from storage.verification.reader import reading_file
from tests.builders import KEY, MERCHANT, MINUTE, NOON, TILL, sell
from wiring.audit import write_trail

CHECKER = Path(__file__).resolve().parents[2] / "scripts" / "check_audit.py"
DAY = 24 * 60 * MINUTE
Line = dict[str, Any]


@pytest.fixture
def export(till_units: TillUnits, till_file: TillFiles, tmp_path: Path) -> Path:
    """The trail of a till that sold on two days, alone in a folder with the checker."""
    for number in range(4):
        till_units.run(partial(sell, name=f"{number}", at=Instant(NOON + number // 2 * DAY), note="cà phê"))
    return written(till_file, tmp_path / "alone")


def written(files: TillFiles, folder: Path, days: tuple[str, str] = ("", "")) -> Path:
    folder.mkdir()
    shutil.copy(CHECKER, folder)
    with reading_file(files.database, KEY) as reader:
        assert write_trail(reader, folder / "audit.jsonl", days) > 0
    return folder / "audit.jsonl"


def checked(export: Path, *known: str) -> tuple[int, str]:
    """Run the checker as somebody else would: isolated, in a folder where nothing else lies."""
    command = [sys.executable, "-I", CHECKER.name, export.name, *known]
    run = subprocess.run(command, cwd=export.parent, capture_output=True, text=True, check=False, timeout=30)
    return run.returncode, (run.stdout + run.stderr).strip()


def rewritten(export: Path, change: Callable[[list[Line]], list[Line]]) -> Path:
    """Change the export as somebody does who writes it just like the program."""
    lines = [json.loads(line) for line in export.read_text("utf-8").splitlines()]
    told = [json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":")) for line in change(lines)]
    export.write_text("\n".join(told) + "\n", "utf-8")
    return export


def with_changed(number: int, **changes: object) -> Callable[[list[Line]], list[Line]]:
    return lambda lines: [line | changes if at == number else line for at, line in enumerate(lines)]


def test_a_whole_export_passes_and_tells_its_head(export: Path) -> None:
    lines = [json.loads(line) for line in export.read_text("utf-8").splitlines()]
    assert (lines[0]["format"], lines[0]["merchant_id"], lines[0]["after"][TILL]["name"]) == (
        "bana-till-audit",
        MERCHANT,
        "01A",
    )
    assert [line["seq"] for line in lines[1:-1]] == list(range(1, 8))
    head = lines[-1]["heads"][TILL]
    assert (head["seq"], head["hash"]) == (7, lines[-2]["hash"])
    assert checked(export) == (0, f"OK: device {TILL}, up to entry 7, head {head['hash']}")
    assert checked(export, lines[3]["hash"])[0] == 0


def test_the_entries_of_some_days_pass_without_those_before_and_after(
    till_units: TillUnits, till_file: TillFiles, tmp_path: Path
) -> None:
    for number in range(3):
        till_units.run(partial(sell, name=f"{number}", at=Instant(NOON + number * DAY)))
    export = written(till_file, tmp_path / "alone", ("2026-11-22", "2026-11-22"))
    lines = [json.loads(line) for line in export.read_text("utf-8").splitlines()]
    assert [line["seq"] for line in lines[1:-1]] == [5]
    assert checked(export)[0] == 0


def test_a_day_that_is_none_is_refused(till_file: TillFiles, tmp_path: Path) -> None:
    with pytest.raises(RuleBroken) as refused:
        written(till_file, tmp_path / "alone", ("22.11.2026", ""))
    assert refused.value.code is ErrorCode.DATE_INVALID


CHANGES: dict[str, tuple[Callable[[list[Line]], list[Line]], str]] = {
    "device_id": (with_changed(4, device_id="x"), "line 5: entries before"),
    "seq": (with_changed(4, seq=9), "line 5: entries before"),
    "action": (with_changed(4, action="signed_in"), "line 5: was changed"),
    "subject_id": (with_changed(4, subject_id="x"), "line 5: was changed"),
    "actor_id": (with_changed(4, actor_id=None), "line 5: was changed"),
    "at": (with_changed(4, at=NOON + 1), "line 5: was changed"),
    "facts": (with_changed(4, facts="{}"), "line 5: was changed"),
    "prev_hash": (with_changed(4, prev_hash="x"), "line 5: does not join"),
    "hash": (with_changed(4, hash="x"), "line 5: was changed"),
    "another shop": (with_changed(0, merchant_id="x"), "line 1: the chain"),
    "a later beginning": (with_changed(0, after={TILL: {"hash": "x", "name": "01A", "seq": 0}}), "line 1: the chain"),
    "a word beside": (with_changed(4, note="approved"), "line 5: holds something else"),
    "a line removed": (lambda lines: lines[:3] + lines[4:], "line 4: entries before"),
    "two lines turned round": (lambda lines: [*lines[:3], lines[4], lines[3], *lines[5:]], "line 4: entries before"),
    "a line doubled": (lambda lines: [*lines[:4], *lines[3:]], "line 5: entries before"),
    "the tail cut, the head kept": (lambda lines: [*lines[:-3], lines[-1]], "entries at the end are missing"),
    "the tail cut with the head": (lambda lines: lines[:-2], "the first or the last line is missing"),
    "the beginning cut": (lambda lines: lines[1:], "the first or the last line is missing"),
    "another head": (with_changed(8, heads={TILL: {"hash": "x", "seq": 7}}), "entries at the end are missing"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_every_change_of_the_file_is_found_with_its_line(name: str, export: Path) -> None:
    change, told = CHANGES[name]
    code, words = checked(rewritten(export, change))
    assert code == 1
    assert words.startswith("BROKEN: ")
    assert told in words


def test_a_line_that_says_a_thing_twice_is_found(export: Path) -> None:
    text = export.read_text("utf-8").replace(
        '{"action":"payment.cash"', '{"action":"signed_in","action":"payment.cash"', 1
    )
    export.write_text(text, "utf-8")
    assert "not as the program writes it" in checked(export)[1]


def test_a_trail_that_was_written_anew_lacks_the_head_that_was_noted_down(export: Path) -> None:
    assert "written anew" in checked(export, "0" * 64)[1]


def test_a_file_that_is_no_trail_is_said_plainly(export: Path) -> None:
    for text in ("", "\n", "[]\n", "{}\n{}\n", "no JSON\n"):
        export.write_text(text, "utf-8")
        code, words = checked(export)
        assert (code, words[:8]) == (1, "BROKEN: ")
