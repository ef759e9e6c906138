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
from storage.hub_units import HubUnits, SqliteHub
from storage.sqlite import open_encrypted
from storage.till import TillUnits
from storage.verification.reader import reading_file
from tests.builders import KEY, MERCHANT, MINUTE, NOON, TILL, sell
from tests.server.restored import LivingTill
from tests.storage.tampering import tamper_with_file
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
    assert (lines[0]["format"], lines[0]["version"], lines[0]["merchant_id"]) == ("bana-till-audit", 2, MERCHANT)
    assert lines[0]["devices"][TILL] == {"name": "01A", "seq": 7, "hash": lines[-2]["hash"]}
    assert lines[0]["devices"].keys() == lines[0]["after"].keys() == lines[-1]["heads"].keys()
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


def with_after(more: Line) -> Callable[[list[Line]], list[Line]]:
    return lambda lines: [lines[0] | {"after": lines[0]["after"] | more}, *lines[1:]]


def with_heads(more: Line) -> Callable[[list[Line]], list[Line]]:
    return lambda lines: [*lines[:-1], lines[-1] | {"heads": lines[-1]["heads"] | more}]


def without_device(lines: list[Line], device: str, *, listed: bool) -> list[Line]:
    """Leave a device out of the file wherever it stands, but for the list of devices if it is to stay listed there."""
    header, *entries, footer = lines
    kept = [entry for entry in entries if entry["device_id"] != device]

    def others(told: Line) -> Line:
        return {name: value for name, value in told.items() if name != device}

    devices = header["devices"] if listed else others(header["devices"])
    told = header | {"after": others(header["after"]), "devices": devices}
    return [told, *kept, footer | {"heads": others(footer["heads"]), "count": len(kept)}]


def cut(lines: list[Line]) -> list[Line]:
    """Cut the last two entries, and write the last line as the program does for the others."""
    *kept, footer = [*lines[:-3], lines[-1]]
    end = {TILL: {"hash": kept[-1]["hash"], "seq": kept[-1]["seq"]}}
    return [*kept, footer | {"heads": footer["heads"] | end, "count": len(kept) - 1}]


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
    "a later beginning": (with_after({TILL: {"hash": "x", "seq": 0}}), "line 1: the chain"),
    "a word beside": (with_changed(4, note="approved"), "line 5: holds something else"),
    "a line removed": (lambda lines: lines[:3] + lines[4:], "line 4: entries before"),
    "two lines turned round": (lambda lines: [*lines[:3], lines[4], lines[3], *lines[5:]], "line 4: entries before"),
    "a line doubled": (lambda lines: [*lines[:4], *lines[3:]], "line 5: entries before"),
    "the tail cut, the head kept": (lambda lines: [*lines[:-3], lines[-1]], "entries at the end are missing"),
    "the tail cut with the head": (lambda lines: lines[:-2], "the first or the last line is missing"),
    "the beginning cut": (lambda lines: lines[1:], "the first or the last line is missing"),
    "another head": (with_heads({TILL: {"hash": "x", "seq": 7}}), "entries at the end are missing"),
    "a device left out": (
        lambda lines: without_device(lines, TILL, listed=True),
        f"left out or added, or the format is none of mine: {TILL}",
    ),
    "the tail cut, the last line written anew": (cut, "does not reach its head, entry 7"),
    "a device added": (with_after({"x": {"hash": "x", "seq": 1}}), "line 1: a device is left out or added"),
    "a format to come": (with_changed(0, version=3), "the format is none of mine"),
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


def test_a_device_whose_entries_are_gone_from_the_database_is_missed(till_file: TillFiles, tmp_path: Path) -> None:
    tamper_with_file(
        till_file.database, "UPDATE devices SET audit_seq = 3, audit_hash = 'x' WHERE code = '01'", key=KEY
    )
    folder = tmp_path / "alone"
    folder.mkdir()
    shutil.copy(CHECKER, folder)
    with reading_file(till_file.database, KEY) as reader:
        assert write_trail(reader, folder / "audit.jsonl", ("", "")) >= 0
    code, words = checked(folder / "audit.jsonl")
    assert (code, f"the chain of {TILL} does not reach its head, entry 3" in words) == (1, True)


def test_a_former_life_that_is_left_out_with_its_name_is_missed_by_the_later_one(
    till_file: TillFiles, tmp_path: Path
) -> None:
    till = LivingTill(till_file)
    till.sell(2)
    till.restore(till.back_up())
    till.units.close()
    export = written(till_file, tmp_path / "alone")
    assert checked(export)[0] == 0
    rewritten(export, lambda lines: without_device(lines, TILL, listed=False))
    assert checked(export) == (1, f"BROKEN: line 2: tells of device {TILL}, which is left out")


def test_a_hubs_trail_tells_of_tills_that_have_no_chain_there(hub_file: Path, tmp_path: Path) -> None:
    units = HubUnits(SqliteHub(lambda: open_encrypted(hub_file, KEY)), ring=lambda merchant, seq: None)
    units.run(MERCHANT, lambda uow: uow.audit.add("till.shut_out", TILL, None, NOON, {}))
    units.close()
    folder = tmp_path / "alone"
    folder.mkdir()
    shutil.copy(CHECKER, folder)
    with reading_file(hub_file, KEY) as reader:
        assert write_trail(reader, folder / "audit.jsonl", ("", "")) > 0
    assert checked(folder / "audit.jsonl")[0] == 0
    rewritten(folder / "audit.jsonl", lambda lines: without_device(lines, TILL, listed=False))
    assert f"tells of device {TILL}, which is left out" in checked(folder / "audit.jsonl")[1]


def test_an_export_of_the_format_before_is_checked_and_what_it_cannot_show_is_said(export: Path) -> None:
    def as_before(lines: list[Line]) -> list[Line]:
        header = {name: value for name, value in lines[0].items() if name != "devices"} | {"version": 1}
        return [header, *lines[1:]]

    code, words = checked(rewritten(export, as_before))
    note, *ends = words.splitlines()
    assert (code, note[:5], "format 1" in note, len(ends)) == (0, "NOTE:", True, 1)


def test_the_checker_is_short_enough_to_be_read_at_a_sitting() -> None:
    written_lines = [line for line in CHECKER.read_text("utf-8").splitlines() if line.strip()]
    assert len(written_lines) <= 85
