"""A till grown to many vouchers for measurements: booked and acknowledged by the product itself, then checked."""

import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.posting import ACTOR, AT, KEY, SETUP, WALLET
from domain.accounts import AccountType
from domain.ids import AccountId, Instant
from domain.messages import CREATED
from domain.posting_rules import DEPOSIT, PURCHASE, REFUND, SALE, STOCK_ISSUED, Measure, Places
from domain.services.accounts import open_wallet
from domain.services.vouchers import post_event
from domain.vouchers import SourceEvent
from storage.gate import TillFiles
from storage.replica import Replica
from storage.setup import create_till
from storage.till import TillUnitOfWork, TillUnits
from storage.verify import verify_till
from storage.witness import Witness

BANK: Final = AccountId("bank")
DAYS: Final = 3 * 365
DAY_MS: Final = 24 * 3_600_000
PER_COMMIT: Final = 2_000
EPOCH: Final = "epoch"

Event = tuple[str, Places, dict[Measure, int]]

_EVENTS: Final[dict[range, Event]] = {
    range(70): (SALE, Places(WALLET), {"due": 45_000}),
    range(70, 84): (SALE, Places(BANK), {"due": 120_000}),
    range(84, 90): (PURCHASE, Places(BANK), {"due": 90_000}),
    range(90, 96): (STOCK_ISSUED, Places(), {"cost": 60_000}),
    range(96, 98): (REFUND, Places(WALLET), {"due": 30_000}),
    range(98, 100): (DEPOSIT, Places(WALLET, BANK), {"amount": 500_000, "received": 495_000, "fee": 5_000}),
}
_BY_HUNDREDS: Final = [event for numbers, event in _EVENTS.items() for _ in numbers]
_STEP: Final = 37
"""Odd and no divisor of a hundred: events of every kind take turns."""


def grown_till(folder: Path, vouchers: int) -> TillFiles:
    """Return a till of three years with so many vouchers in a folder; one that was grown there before is taken.

    Nothing waits for the hub. Raises SystemExit if the books do not verify.
    """
    root = folder / f"till-{vouchers}"
    files = TillFiles(root / "till.db", root / "till.head", root / "backups", KEY, KEY)
    checked = root / "verified"
    if not checked.exists():
        root.mkdir(parents=True)
        _grow(files, vouchers)
        report = verify_till(files.database, KEY, files.witness, KEY)
        if not report.ok:
            sys.exit(f"the grown till does not verify: {report.to_json()}")
        checked.touch()
    return files


def _grow(files: TillFiles, vouchers: int) -> None:
    first = Instant(AT - DAYS * DAY_MS)
    create_till(files.database, KEY, Witness(files.witness, KEY), SETUP, first)
    units = TillUnits(files.connect, Witness(files.witness, KEY), lambda changes: None)
    replica, started = Replica(units), time.monotonic()
    units.run(lambda uow: open_wallet(uow, ACTOR, WALLET, AccountType.CASH, "Két", first))
    units.run(lambda uow: open_wallet(uow, ACTOR, BANK, AccountType.BANK, "Ngân hàng", first))
    for start in range(0, vouchers, PER_COMMIT):
        numbers = range(start, min(start + PER_COMMIT, vouchers))
        units.run(
            partial(_book, numbers=numbers, moment=lambda number: Instant(first + DAYS * DAY_MS * number // vouchers))
        )
        _acknowledge(replica)
        _tell(f"\r{numbers.stop:,} / {vouchers:,} vouchers, {time.monotonic() - started:.0f} s")
    _acknowledge(replica)
    _tell("\n")
    units.close()


def _book(uow: TillUnitOfWork, numbers: range, moment: Callable[[int], Instant]) -> None:
    for number in numbers:
        kind, places, measures = _BY_HUNDREDS[number * _STEP % 100]
        post_event(uow, SourceEvent("grown", f"{number}"), kind, places, moment(number), measures, memo="Bán hàng")


def _acknowledge(replica: Replica) -> None:
    """Let the hub's answer be that it took everything."""
    while due := replica.claim_due(AT, PER_COMMIT):
        replica.settle_push([(queued.message.id, CREATED) for queued in due], AT, EPOCH)


def _tell(text: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(text)
        sys.stderr.flush()
