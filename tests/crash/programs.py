"""The three programs as processes that can be killed and started again in milliseconds.

They are forked from a parent that has imported everything and opened nothing, so a restart costs no imports; each child
runs the product's own start, on its own files, exactly as the command line does.
"""

import json
import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import httpx

from domain.errors import DomainError
from domain.ids import Instant, PaymentId, new_id
from domain.payments import PaymentIntent
from domain.policy import Actor
from domain.rails import Method
from domain.services.payments import cancel_payment, start_payment
from server.run import run_hub
from server.settings import HubSettings
from server.simulator.app import run as run_simulator
from server.vault import Vault
from storage.keys import FileKeyStore, load_keys
from sync.engine import Engine
from sync.link import LinkState
from wiring.clock import wall_clock
from wiring.demo_shop import DemoShop
from wiring.folders import Folder
from wiring.hub import open_hub_file, seat_demo
from wiring.simulator import simulator_settings
from wiring.till import HUB_ROOT, Till, load_secrets

READY_S: Final = 60.0
ACTION_GAP_S: Final = 0.1


@dataclass(slots=True)
class Program:
    """A program that can be started, killed and started again; `run` is called in the child and never returns."""

    name: str
    run: Callable[[], None]
    ready: Callable[[], bool]
    log: Path
    pid: int = 0
    kills: int = 0

    def start(self) -> None:
        """Fork the child."""
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            self._live()
        self.pid = pid

    def wait_ready(self) -> None:
        """Wait until the program answers; raises AssertionError with its log if it does not."""
        deadline = time.monotonic() + READY_S
        while not self.ready():
            ended, _ = os.waitpid(self.pid, os.WNOHANG)
            if ended or time.monotonic() > deadline:
                self.pid = 0 if ended else self.pid
                raise AssertionError(f"{self.name} does not answer: {self.log.read_text()[-4000:]}")
            time.sleep(0.01)

    def kill(self) -> None:
        """Kill -9, and wait until it is gone; nothing happens to a program that does not run."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.pid = 0
            self.kills += 1

    def _live(self) -> None:
        try:
            with self.log.open("ab", buffering=0) as log:
                os.dup2(log.fileno(), 1)
                os.dup2(log.fileno(), 2)
            self.run()
        except BaseException:  # noqa: BLE001 - the child's last words go to its log, and it must not become a second parent
            traceback.print_exc()
        finally:
            os._exit(1)


def hub_program(folder: Folder, shop: DemoShop) -> Program:
    """Return the embedded hub on the demo shop's port."""

    def run() -> None:
        keys = load_keys(FileKeyStore(folder.keys), HUB_ROOT)
        database = open_hub_file(folder, keys.database)
        vault = Vault({1: keys.vault}, 1)
        seat_demo(folder, database, vault)
        run_hub(HubSettings(database=database, vault=vault, port=shop.hub_port), lambda port: None)

    return Program("hub", run, lambda: answers(f"http://127.0.0.1:{shop.hub_port}/healthz"), folder.logs / "hub.log")


def simulator_program(folder: Folder, shop: DemoShop) -> Program:
    """Return the providers' simulator on the demo shop's port."""
    settings = replace(simulator_settings(folder, shop, shop.simulator_port), time_scale=0.01)
    return Program(
        "simulator",
        lambda: run_simulator(settings, lambda port: None),
        lambda: answers(f"http://127.0.0.1:{shop.simulator_port}/control/state"),
        folder.logs / "simulator.log",
    )


def till_program(folder: Folder, shop: DemoShop, cashier: Actor, told: Path, seed: int) -> Program:
    """Return a till whose cashier never stops; after each commit a line in `told` says what was acknowledged."""

    def run() -> None:
        dice = random.Random(f"{seed}/{os.getpid()}")
        till = Till(folder, load_secrets(FileKeyStore(folder.keys)), lambda: f"http://127.0.0.1:{shop.hub_port}")
        engine = till.start_sync()
        with told.open("ab", buffering=0) as acknowledged:
            acknowledged.write(json.dumps({"open": os.getpid()}).encode() + b"\n")
            while True:
                _act(till, engine, cashier, dice, acknowledged.write)
                time.sleep(ACTION_GAP_S * dice.random() * 2)

    def ready() -> bool:
        return told.exists() and f'"open": {program.pid}}}'.encode() in told.read_bytes()

    program = Program("till", run, ready, folder.logs / "till.log")
    return program


def _act(
    till: Till, engine: Engine, cashier: Actor, dice: random.Random, acknowledge: Callable[[bytes], object]
) -> None:
    method = dice.choice((Method.CASH, Method.VIETQR, Method.VIETQR, Method.VNPAY_QR))
    payment_id, amount = PaymentId(new_id()), dice.randrange(1, 500) * 1_000
    online = engine.status.state is LinkState.ONLINE
    try:
        made: PaymentIntent = till.command(
            lambda uow: start_payment(uow, cashier, payment_id, method, amount, wall_clock(), online=online)
        ).result()
    except DomainError:
        return
    acknowledge(_line(made))
    if method is not Method.CASH and dice.random() < 0.1:
        at = Instant(wall_clock())
        till.command(lambda uow: cancel_payment(uow, cashier, made.id, at)).exception()


def _line(made: PaymentIntent) -> bytes:
    fact = {"id": made.id, "method": made.method, "amount": made.amount_minor, "qr": made.qr_text}
    return json.dumps(fact).encode() + b"\n"


def answers(url: str) -> bool:
    """Whether a program answers."""
    try:
        return httpx.get(url, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False
