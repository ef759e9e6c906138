"""The campaign: sales go on, a customer pays, a program is killed again and again; then the reckoning."""

import json
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx

from domain.ids import UserId
from domain.money import Language
from domain.policy import Actor, Limits, Role
from server.rails.sepay_movement import dedupe_key as movement_key
from server.rails.vnpay_settings import dedupe_key as vnpay_key
from server.simulator.facts import BankLine, VnpayPayment, from_record
from server.simulator.journal import Journal
from storage.keys import FileKeyStore, load_keys
from storage.session import Session, Sql
from storage.sqlite import open_encrypted
from storage.verify import Report, verify_hub_sqlite, verify_till
from tests.crash.programs import Program, hub_program, simulator_program, till_program
from wiring.clock import wall_clock
from wiring.demo import create_demo
from wiring.demo_shop import BANK_ACCOUNT, MERCHANT_CODE
from wiring.folders import Folder
from wiring.till import HUB_ROOT, TILL_ROOT, Till, load_secrets

SETTLE_S: Final = 60.0


@dataclass(slots=True)
class Reckoning:
    """What the campaign saw and what it found wrong."""

    kills: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    paid_by_customers: int = 0
    wrong: list[str] = field(default_factory=list)


class Customer(threading.Thread):
    """Pays codes that the till showed: exactly, too little, too much, or twice."""

    def __init__(self, told: Path, simulator: str, seed: int) -> None:
        super().__init__(name="customer", daemon=True)
        self._told = told
        self._simulator = simulator
        self._dice = random.Random(seed)
        self._done = threading.Event()
        self.orders = 0

    def run(self) -> None:
        """Pay until told to stop."""
        read = 0
        while not self._done.wait(0.01):
            lines = self._told.read_bytes().splitlines() if self._told.exists() else []
            for line in lines[read:]:
                fact = json.loads(line)
                if fact.get("qr") and self._dice.random() < 0.8:
                    self._pay(fact["qr"], fact["amount"])
            read = len(lines)

    def stop(self) -> None:
        """Go home."""
        self._done.set()
        if self.is_alive():
            self.join()

    def _pay(self, qr: str, owed: int) -> None:
        kind = self._dice.random()
        amount = owed if kind < 0.7 else max(owed - 1_000, 200) if kind < 0.8 else owed + 1_000
        order = {"qr_text": qr, "amount": amount, "times": 2 if kind > 0.95 else 1, "wait_s": 0}
        try:
            answer = httpx.post(f"{self._simulator}/control/pay", json=order, timeout=5)
            self.orders += answer.status_code == 200
        except httpx.HTTPError:
            return  # the bank was killed meanwhile: nobody knows, and the books must be right either way


def run_campaign(root: Path, moments: int, seed: int, gap_s: tuple[float, float] = (0.05, 0.4)) -> Reckoning:
    """Kill a random program at `moments` random moments while sales go on, and return what was found afterwards."""
    dice = random.Random(seed)
    folder = Folder(root).make()
    shop = create_demo(folder, wall_clock(), Limits(qr_lifetime_ms=2_000))
    cashier = Actor(_cashier_id(folder), "Lan", Role.CASHIER, shop.device_id)
    told = folder.root / "acknowledged.jsonl"
    programs = (
        hub_program(folder, shop),
        simulator_program(folder, shop),
        till_program(folder, shop, cashier, told, seed),
    )
    customer = Customer(told, f"http://127.0.0.1:{shop.simulator_port}", seed)
    found = Reckoning()
    try:
        for program in programs:
            program.start()
            program.wait_ready()
        customer.start()
        for _ in range(moments):
            time.sleep(dice.uniform(*gap_s))
            _kill_one(dice.choice(programs), folder, found)
        customer.stop()
        programs[2].kill()
        _settle(folder, shop.hub_port, f"http://127.0.0.1:{shop.simulator_port}", found)
    finally:
        customer.stop()
        for program in programs:
            program.kill()
    found.paid_by_customers = customer.orders
    _reckon(folder, told, found)
    return found


def _kill_one(victim: Program, folder: Folder, found: Reckoning) -> None:
    victim.kill()
    found.kills[victim.name] += 1
    if victim.name == "till":
        found.wrong += [f"after kill {victim.kills} of the till: {line}" for line in _breaches_of_till(folder)]
    if victim.name == "hub":
        found.wrong += [f"after kill {victim.kills} of the hub: {line}" for line in _breaches_of_hub(folder)]
    victim.start()
    victim.wait_ready()


def _settle(folder: Folder, hub_port: int, simulator: str, found: Reckoning) -> None:
    """Let a till without a cashier and its hub finish what waits."""
    till = Till(folder, load_secrets(FileKeyStore(folder.keys)), lambda: f"http://127.0.0.1:{hub_port}")
    till.start_sync().sync_now()
    deadline = time.monotonic() + SETTLE_S
    while time.monotonic() < deadline and not _quiet(till, folder, simulator):
        time.sleep(0.1)
    queue = till.query(lambda queries: queries.queue()).result()
    if queue.waiting or queue.refused:
        found.wrong.append(f"{queue.waiting} messages wait and {queue.refused} are refused at the end")
    till.close()


def _quiet(till: Till, folder: Folder, simulator: str) -> bool:
    """Whether nothing waits: not at the till, not in the hub's inbox, not at the bank, and the feed has been read."""
    queue = till.query(lambda queries: queries.queue()).result()
    idle = httpx.get(f"{simulator}/control/idle", params={"timeout_s": 0.1}, timeout=10).json()
    if queue.waiting or not idle.get("idle", False):
        return False
    session = _hub_session(folder)
    waiting = session.one(Sql("SELECT count(*) FROM inbox WHERE state = 'received'"), {})
    head = session.one(Sql("SELECT max(feed_seq) FROM merchants"), {})
    assert waiting is not None
    assert head is not None
    read = _till_session(folder).one(Sql("SELECT seq FROM inbox_cursor"), {})
    return bool(waiting[0] == 0 and read is not None and read[0] == head[0])


def _reckon(folder: Folder, told: Path, found: Reckoning) -> None:
    found.wrong += _breaches_of_till(folder) + _breaches_of_hub(folder)
    till, hub = _till_session(folder), _hub_session(folder)
    for line in told.read_bytes().splitlines():
        fact = json.loads(line)
        if "id" in fact:
            found.acknowledged += 1
            if till.one(Sql("SELECT 1 FROM payments WHERE id = :id"), {"id": fact["id"]}) is None:
                found.wrong.append(f"acknowledged payment {fact['id']} is gone")
    _compare(till, hub, found)
    _compare_with_bank(folder, hub, found)


_SHARED: Final = {
    "payments": "SELECT id, status, exception, received_minor FROM payments ORDER BY id",
    "vouchers": "SELECT id, number, hash FROM vouchers ORDER BY id",
    "balances": "SELECT id, balance_minor, entries FROM accounts ORDER BY id",
    "book numbers": "SELECT voucher_id, book_no FROM book_numbers ORDER BY voucher_id",
}


def _compare(till: Session, hub: Session, found: Reckoning) -> None:
    for what, text in _SHARED.items():
        here, there = till.all(Sql(text), {}), hub.all(Sql(text), {})
        if here != there:
            differing = set(here) ^ set(there)
            found.wrong.append(
                f"{what} differ between till and hub: {len(differing)} rows, e.g. {sorted(differing)[:4]}"
            )


def _compare_with_bank(folder: Folder, hub: Session, found: Reckoning) -> None:
    """Every movement the bank made stands in the books once, with its amount."""
    for provider, movements in bank_movements(folder).items():
        booked = dict(
            hub.all(Sql("SELECT dedupe_key, amount_minor FROM receipts WHERE provider = :p"), {"p": provider})
        )
        missing = {key: amount for key, amount in movements.items() if booked.get(key) != amount}
        invented = set(booked) - set(movements)
        if missing or invented:
            found.wrong.append(f"{provider}: {len(missing)} movements not booked, {len(invented)} invented")


def bank_movements(folder: Folder) -> dict[str, dict[str, int]]:
    """Return what the simulated providers moved, from their own journal: dedupe key to amount in VND."""
    moved: dict[str, dict[str, int]] = {"sepay": {}, "vnpay_qr_mms": {}}
    for path in folder.simulator.glob("*.jsonl"):
        for records in Journal(path).read():
            for fact in map(from_record, records):
                if isinstance(fact, BankLine):
                    moved["sepay"][movement_key(BANK_ACCOUNT, fact.sepay_id)] = fact.amount
                elif isinstance(fact, VnpayPayment) and fact.code == "00":
                    moved["vnpay_qr_mms"][vnpay_key(MERCHANT_CODE, fact.qr_trace)] = fact.amount
    return moved


def _breaches_of_till(folder: Folder) -> list[str]:
    keys = load_secrets(FileKeyStore(folder.keys)).keys
    return _lines(verify_till(folder.till, keys.database, folder.witness, keys.witness))


def _breaches_of_hub(folder: Folder) -> list[str]:
    return _lines(verify_hub_sqlite(folder.hub, load_keys(FileKeyStore(folder.keys), HUB_ROOT).database))


def _lines(report: Report) -> list[str]:
    return [
        f"{report.side} {line.id}: {finding.text(Language.EN)}"
        for line in report.lines
        for finding in line.findings[:3]
    ]


def _till_session(folder: Folder) -> Session:
    key = load_keys(FileKeyStore(folder.keys), TILL_ROOT).database
    return Session(open_encrypted(folder.till, key, read_only=True).cursor(), "sqlite")


def _hub_session(folder: Folder) -> Session:
    key = load_keys(FileKeyStore(folder.keys), HUB_ROOT).database
    return Session(open_encrypted(folder.hub, key, read_only=True).cursor(), "sqlite")


def _cashier_id(folder: Folder) -> UserId:
    till = Till(folder, load_secrets(FileKeyStore(folder.keys)), lambda: None)
    try:
        users = till.query(lambda queries: queries.users()).result()
    finally:
        till.close()
    return next(user.id for user in users if user.role is Role.CASHIER)
