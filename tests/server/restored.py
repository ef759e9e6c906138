"""A till that is backed up, restored, opened again and synced with a real hub, each step by the test's own hand."""

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from domain.ids import DeviceId, Instant
from storage.backup import back_up
from storage.gate import FREE_BYTES, TillFiles, open_till
from storage.replica import Replica
from storage.restore import Restored, restore_till
from storage.session import Sql
from storage.verify import verify_till
from sync.backoff import Backoff
from sync.client import HubClient
from sync.pull import Pull
from sync.push import Push
from sync.succession import Greeting
from tests.builders import KEY, MERCHANT, MINUTE, NOON, WITNESS_KEY, an_id, sell
from tests.server.hub_stage import TOKEN, Served
from tests.sync.memory_ledger import run_inline

LATER = Instant(NOON + 60 * MINUTE)
ROOM = 100 * FREE_BYTES
BALANCES = "SELECT id, balance_minor FROM accounts"
NUMBERS = "SELECT number FROM vouchers"


@dataclass
class LivingTill:
    """A till's files, opened as the program does; `letters` are what its key store remembers."""

    files: TillFiles
    token: str = TOKEN
    letters: list[str] = field(default_factory=list)
    sales: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.units = open_till(self.files, lambda changes: None, free_bytes=ROOM)

    def open(self) -> None:
        """Pass the gate."""
        self.units = open_till(self.files, lambda changes: None, free_bytes=ROOM)

    def sell(self, count: int, name: str = "sale") -> None:
        """Take cash so often."""
        for _ in range(count):
            number = next(self.sales)
            self.units.run(partial(sell, name=f"{name} {number}", at=Instant(NOON + number)))

    def back_up(self) -> Path:
        """Make a backup while the till is open."""
        return back_up(self.files.database, KEY, self.files.backups, NOON)

    def restore(self, backup: Path) -> Restored:
        """Close, restore, open."""
        self.units.close()
        device_id = DeviceId(an_id(f"life {next(self.sales)}"))
        restored = restore_till(self.files, backup, device_id, NOON, ROOM, self.letters, self.letters.append)
        self.open()
        return restored

    def move_to(self, folder: Path) -> None:
        """Leave the files behind, as a computer that was lost does; nothing is remembered on the new one."""
        folder.mkdir()
        self.files = replace(self.files, database=folder / "till.db", witness=folder / "till.head")
        self.letters.clear()

    def sync(self, served: Served) -> None:
        """Present the till if that is due, send all that waits, fetch all that is new."""
        asyncio.run(self._sync(served.url))

    async def _sync(self, url: str) -> None:
        ledger, clock = Replica(self.units), lambda: LATER
        hub = HubClient(lambda: url, lambda: self.token)
        try:
            await Greeting(ledger, run_inline, hub, clock).settle()
            push = Push(ledger, run_inline, hub, clock, Backoff(lambda: 0.0), lambda: self.units.device.id)
            while (await push.step()).more:
                pass
            pull = Pull(ledger, run_inline, hub, clock, MERCHANT)
            while (await pull.step()).more:
                pass
        finally:
            await hub.aclose()

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Look straight into the till's database."""
        return self.units.read(lambda session: session.all(Sql(sql), {}))

    def numbers(self) -> list[str]:
        """Return the printed number of every voucher this till knows."""
        return sorted(row[0] for row in self.ask(NUMBERS))

    def last_number(self) -> str:
        """Return the number of the voucher that was issued or heard of last."""
        return str(self.ask("SELECT number FROM vouchers ORDER BY rowid DESC LIMIT 1")[0][0])

    def check(self) -> None:
        """Assert that every invariant holds."""
        report = verify_till(self.files.database, KEY, self.files.witness, WITNESS_KEY)
        assert report.ok, report.to_json()
