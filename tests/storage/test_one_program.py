"""UI-01: one program at a data folder; whoever held it and crashed, or had the same number, keeps nobody out."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.errors import ErrorCode, StorageUnavailable
from domain.money import Language
from storage.gate import OneProgram
from ui.texts import Texts, problem_text

HOLDER = """
import subprocess, sys
from pathlib import Path
from storage.gate import OneProgram
lock = OneProgram(Path(sys.argv[1]))
child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
print(child.pid, flush=True)
input()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "till.lock"


@pytest.fixture
def holder(path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another program that holds the folder and has started a program of its own."""
    program = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    yield program
    if program.poll() is None:
        program.kill()
    program.communicate()


def refused(path: Path) -> StorageUnavailable:
    with pytest.raises(StorageUnavailable) as refusal:
        OneProgram(path)
    return refusal.value


def test_a_second_program_is_refused_in_plain_words(path: Path, holder: "subprocess.Popen[str]") -> None:
    assert holder.stdout is not None
    assert holder.stdout.readline()
    refusal = refused(path)
    assert refusal.code is ErrorCode.STORAGE_LOCKED
    told = " ".join(problem_text(refusal, Texts(language)).sentence for language in Language)
    assert "has this data open" in told
    assert "đang mở" in told


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_program_that_crashed_keeps_nobody_out_even_while_its_own_child_lives(
    path: Path, holder: "subprocess.Popen[str]"
) -> None:
    assert holder.stdout is not None
    child = int(holder.stdout.readline())
    holder.kill()
    holder.wait(20)
    os.kill(child, 0)
    OneProgram(path).release()
    os.kill(child, signal.SIGKILL)


def test_what_stands_in_the_lock_file_says_nothing_about_who_holds_it(path: Path) -> None:
    path.write_text(f"{os.getpid()}\n", "ascii")  # the number of a program that lives, given again
    held = OneProgram(path)
    assert refused(path).code is ErrorCode.STORAGE_LOCKED
    held.release()
    OneProgram(path).release()
