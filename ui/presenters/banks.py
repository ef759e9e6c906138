"""The banks that a VietQR code can name, from the bundled list."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

_FILE: Final = Path(__file__).resolve().parents[2] / "resources" / "banks.json"


@dataclass(frozen=True, slots=True)
class Bank:
    """A bank or wallet: its six-digit BIN, its short name and its full Vietnamese name."""

    bin: str
    short_name: str
    name: str


@cache
def banks() -> tuple[Bank, ...]:
    """Return the banks by short name."""
    rows = json.loads(_FILE.read_text(encoding="utf-8"))["banks"]
    known = [Bank(row["bin"], row["short_name"], row["name_vi"]) for row in rows]
    return tuple(sorted(known, key=lambda bank: bank.short_name.casefold()))
