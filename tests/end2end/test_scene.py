"""The counter scene as a new user runs it: real till, hub and simulator; its screenshots are read back."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import zxingcpp
from PySide6.QtGui import QImage
from vietnam_qr_pay import QRPay

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    """The scene, played once in English."""
    shots = tmp_path_factory.mktemp("shots")
    environment = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")}
    run = subprocess.run(
        [sys.executable, "main.py", "scene", "--shots", str(shots), "--language", "en"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=150,
    )
    return run, shots


def read_code(picture: Path) -> str:
    """Return the one QR text that stands on a screenshot."""
    image = QImage(str(picture)).convertToFormat(QImage.Format.Format_Grayscale8)
    pixels = memoryview(image.constBits()).cast("B", (image.height(), image.bytesPerLine()))
    found = zxingcpp.read_barcodes(pixels)
    assert len(found) == 1, [code.text for code in found]
    return str(found[0].text)


@pytest.mark.timeout(180)
def test_the_scene_runs_to_its_end_and_the_books_of_till_and_hub_verify(
    played: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    run, _ = played
    assert run.returncode == 0, run.stdout + run.stderr
    for line in ("offline: VietQR code", "booked once: receipt voucher PT00A", "shown as too little, never as paid"):
        assert line in run.stdout
    for line in ("340,000 ₫ on the terminal: paid", "560,000 ₫ on the card page: paid"):
        assert line in run.stdout
    assert "was voided by its reversal: the balances are what they were" in run.stdout
    assert "5 reports were made" in run.stdout
    assert "till and hub hold equal balances and vouchers" in run.stdout
    held = re.search(r"till and hub: (\d+) checks hold", run.stdout)
    assert held is not None
    assert int(held[1]) >= 29


@pytest.mark.timeout(180)
def test_the_code_on_the_screen_gives_bank_account_amount_and_reference_to_an_independent_reader(
    played: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    _, shots = played
    text = read_code(next(shots.glob("01-*.png")))
    parsed = QRPay(text)
    assert parsed.is_valid
    assert parsed.consumer.bank_bin == "970436"
    assert parsed.consumer.bank_number == "0071000123456"
    assert parsed.amount == "125000"
    assert parsed.additional_data.purpose.startswith("BANA01A")
    decoded = subprocess.run(
        [sys.executable, "main.py", "qr", "decode", text], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert decoded.returncode == 0
    assert json.loads(decoded.stdout)["amount_minor"] == 125_000
