"""What a crash leaves in writing: its kind and places, never a value, a local or a text that quotes one."""

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from domain.errors import ErrorCode, StorageUnavailable
from wiring.logs import MOST_BYTES, Lines, keep_log, told

SECRET = "needle-in-a-local-8841"
PROGRAM = """
import sys, threading
from pathlib import Path
from concurrent.futures import ThreadPoolExecutor
from wiring.logs import join_structlog, keep_log, tell_crashes

def broken(pin):
    typed = {"pin": pin}
    raise ValueError(f"cannot read {typed}")

def fall():
    broken("needle-in-a-local-8841")

class Falls:
    def __del__(self):
        fall()

tell_crashes()
if len(sys.argv) > 1:
    keep_log(Path(sys.argv[1]))
    join_structlog()
    import logging, structlog
    try:
        fall()
    except ValueError as error:
        structlog.get_logger("ui.threads").exception("work_failed", pin=error)
        logging.getLogger("asyncio").error("Task exception %r", error)
        logging.getLogger("ui.sound").warning("no sound: %s", error)
        logging.getLogger("sync.x").exception("lost")
thread = threading.Thread(target=fall)
thread.start()
thread.join()
Falls()
fall()
"""


def run(*arguments: str, program: str = PROGRAM) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, text=True, capture_output=True, cwd=Path(__file__).parents[2], check=False)


def test_an_uncaught_error_tells_its_kind_and_places_and_no_value() -> None:
    fallen = run()
    assert fallen.returncode == 1
    lines = [json.loads(line) for line in fallen.stderr.splitlines()]
    assert [line["error"] for line in lines] == ["ValueError"] * 3, "a thread, a destructor, the main thread"
    assert all(line["at"][-1].endswith(" broken") for line in lines)
    assert SECRET not in fallen.stdout + fallen.stderr


def test_the_log_of_the_till_tells_no_value_whoever_logs(tmp_path: Path) -> None:
    fallen = run(str(tmp_path / "till.log"))
    assert (fallen.returncode, fallen.stdout, fallen.stderr) == (1, "", "")
    text = (tmp_path / "till.log").read_text("utf-8")
    assert SECRET not in text
    lines = [json.loads(line) for line in text.splitlines()]
    events = [(line["logger"], line["level"], line.get("event"), line.get("error")) for line in lines]
    assert events == [
        ("ui.threads", "error", "work_failed", "ValueError"),
        ("asyncio", "error", None, None),
        ("ui.sound", "warning", "no sound: %s", None),
        ("sync.x", "error", "lost", "ValueError"),
        *[("wiring.crash", "critical", "crashed", "ValueError")] * 3,
    ]
    assert lines[0]["pin"] == "ValueError", "a fact that is no plain value is told by its kind"


def test_a_refusal_that_nobody_met_is_told_in_words() -> None:
    program = """
from domain.errors import ErrorCode, StorageUnavailable
from wiring.logs import tell_crashes
tell_crashes()
raise StorageUnavailable(ErrorCode.KEY_MISSING)
"""
    fallen = run(program=program)
    assert fallen.returncode == 1
    assert "The key of the data is not in this computer's key store." in fallen.stderr
    assert "Traceback" not in fallen.stderr


def test_the_programs_of_the_command_line_tell_a_crash_so(tmp_path: Path) -> None:
    (tmp_path / "demo.json").write_text("{needle-in-a-local-8841")
    main = Path(__file__).parents[2] / "main.py"
    command = [sys.executable, str(main), "--data", str(tmp_path), "simulator"]
    fallen = subprocess.run(command, text=True, capture_output=True, check=False)
    assert fallen.returncode == 1
    assert json.loads(fallen.stderr)["error"] == "JSONDecodeError"
    assert SECRET not in fallen.stderr


def test_a_log_that_has_grown_big_is_set_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", list(root.handlers))
    level = root.level
    path = tmp_path / "till.log"
    path.write_bytes(b"x" * (MOST_BYTES + 1))
    keep_log(path)
    logging.getLogger("ui.x").warning("said")
    for handler in root.handlers:
        handler.close()
    root.setLevel(level)
    assert json.loads(path.read_text())["event"] == "said"
    assert (tmp_path / "till.log.1").stat().st_size == MOST_BYTES + 1


def test_a_refusals_code_is_told_and_no_error_is_nothing() -> None:
    assert told(StorageUnavailable(ErrorCode.DISK_FULL, part=SECRET)) == {
        "error": "StorageUnavailable",
        "code": "DISK_FULL",
        "at": [],
    }
    assert told(None) == {}
    record = logging.LogRecord("lib", logging.ERROR, "/x/lib.py", 7, SECRET, (), None)
    assert json.loads(Lines().format(record))["at"] == "lib.py:7"
