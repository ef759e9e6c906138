"""An owner connects, tests, renews and disconnects a provider on the real window, with its hub and its simulator."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from wiring.demo_shop import OWNER_PIN

ROOT = Path(__file__).resolve().parents[2]
NEEDLES: Final = {"first": "needle-webhook-FIRST-9a77", "second": "needle-webhook-SECOND-41c2"}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    """The afternoon, played once in a fresh demo shop."""
    place = tmp_path_factory.mktemp("afternoon")
    environment = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")}
    run = subprocess.run(
        [sys.executable, "-m", "tests.end2end.owner_acts", str(place / "shop"), str(place / "shots")],
        cwd=ROOT,
        env=environment,
        input=json.dumps(NEEDLES) + "\n",
        capture_output=True,
        text=True,
        check=False,
        timeout=150,
    )
    return run, place / "shop"


def held_in(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(file): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


@pytest.mark.timeout(180)
def test_a_provider_is_connected_tested_renewed_and_disconnected_at_the_tills_own_hub(
    played: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    run, _ = played
    assert run.returncode == 0, run.stdout + run.stderr
    seen = [line for line in run.stdout.splitlines() if line and not line.startswith(("  ✓", "20"))]
    assert seen == [
        "proved",
        "disconnected",
        "saved 1",
        "tested credentials_rejected",
        "saved 2",
        "tested ok",
        "saved 3",
        "masked ••••41c2",
        "disconnected",
        "invited",
        "made and revoked",
    ]


@pytest.mark.timeout(180)
def test_no_secret_that_was_typed_is_left_in_a_file_a_log_or_what_was_printed(
    played: tuple[subprocess.CompletedProcess[str], Path], tmp_path: Path
) -> None:
    run, shop = played
    assert run.returncode == 0, run.stdout + run.stderr
    (tmp_path / "control").write_text(NEEDLES["first"], "utf-8")
    looked_at = {**held_in(shop), "printed": (run.stdout + run.stderr).encode()}
    assert any(name.endswith(".log") for name in looked_at), "the hub's log is among them"
    for needle in (*NEEDLES.values(), OWNER_PIN):
        assert [name for name, held in looked_at.items() if needle.encode() in held] == []
    assert [NEEDLES["first"].encode() in held for held in held_in(tmp_path).values()] == [True]
