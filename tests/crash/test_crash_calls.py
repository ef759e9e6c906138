"""The campaign against providers in the suite: thirty crash points, in a process of its own (it forks)."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.timeout(180)
def test_nothing_is_charged_or_given_back_twice_when_the_hub_is_killed_at_30_steps_of_its_calls() -> None:
    command = [sys.executable, "-m", "tests.crash", "--calls", "30", "--seed", "20261121"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    assert "30 kills" in run.stdout
    assert "nothing charged and nothing given back twice" in run.stdout
