"""The campaign's run in the suite: a hundred random moments, in a process of its own (it forks)."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.timeout(420)
def test_nothing_is_lost_and_nothing_doubled_when_programs_are_killed_at_100_random_moments() -> None:
    command = [sys.executable, "-m", "tests.crash", "--moments", "100", "--seed", "20261121"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    assert "nothing lost, nothing twice" in run.stdout
