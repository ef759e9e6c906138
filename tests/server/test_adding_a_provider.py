"""The guide's example is no sketch: its pieces, put into a copy of the program, take money and give it back."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.architecture.source_tree import ROOT
from tests.server.added_provider import LAST_LINE

GUIDE: Final = ROOT / "docs" / "adding-a-provider.md"
COPIED: Final = ("domain", "server", "storage", "sync", "tests", "resources", "pyproject.toml")
_PIECE: Final = re.compile(r"^```(?:python|text) (?P<file>\S+)(?: (?P<where>\w+))?\n(?P<text>.*?)^```$", re.M | re.S)
_AFTER: Final = {"Provider": '    NONE = "none"\n', "ROUTES": "ROUTES: Final = (\n"}
"""Behind which line of its file a piece is put that is no file of its own."""


def pieces() -> list[tuple[str, str, str]]:
    """Return the guide's pieces: file, where in it (empty: the whole of it), text."""
    return [(found["file"], found["where"] or "", found["text"]) for found in _PIECE.finditer(GUIDE.read_text("utf-8"))]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program with the guide's provider in it."""
    copy = tmp_path_factory.mktemp("copy")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "*.png", "*.ttf"))
        else:
            shutil.copy(ROOT / name, copy / name)
    for file, where, text in pieces():
        path = copy / file
        if where:
            source = path.read_text("utf-8")
            assert source.count(_AFTER[where]) == 1, where
            path.write_text(source.replace(_AFTER[where], _AFTER[where] + text), "utf-8")
        else:
            assert not path.exists(), f"{file} would be overwritten"
            path.write_text(text, "utf-8")
    return copy


def run(program: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the copy, which imports nothing of the original."""
    called, here = [sys.executable, "-P", *command], {"PYTHONPATH": str(program)}
    return subprocess.run(called, cwd=program, env=here, capture_output=True, text=True, check=False)


def test_the_example_is_one_module_one_registration_and_one_simulator_file() -> None:
    assert [(file, where) for file, where, _ in pieces()] == [
        ("domain/rails.py", "Provider"),
        ("domain/rails.py", "ROUTES"),
        ("server/rails/chopay.py", ""),
        ("server/simulator/chopay.py", ""),
    ]


@pytest.mark.timeout(180)
def test_the_example_sells_is_paid_and_gives_back_over_real_sockets(program: Path, tmp_path: Path) -> None:
    sold = run(program, "-m", "tests.server.added_provider", str(tmp_path))
    assert (sold.returncode, sold.stdout.splitlines()[-1:]) == (0, [LAST_LINE]), sold.stderr[-4000:]


@pytest.mark.parametrize("tool", [("ruff", "check", "-q"), ("ruff", "format", "--check", "-q")])
def test_the_example_is_written_as_the_rest_is(program: Path, tool: tuple[str, ...]) -> None:
    files = sorted({file for file, _, _ in pieces()})
    judged = run(program, "-m", *tool, *files)
    assert judged.returncode == 0, judged.stdout + judged.stderr
