"""`make crash-calls`: kill the hub around its calls to providers; nobody is ever charged or given money twice."""

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import httpx

from domain.ids import PaymentId
from server.simulator.app import run as run_simulator
from server.simulator.settings import SimulatorSettings
from tests.crash.desks import KINDS, NOWHERE, Desk
from tests.crash.programs import Program, answers
from tests.server.simulator.simulator_stage import settings_for as simulator_settings_for
from wiring.clock import wall_clock
from wiring.demo_shop import free_port

LIVES: Final = 14
KILLS_OF_AN_ACT: Final = 3
LEASE_OVER_MS: Final = 61_000
ACT_LEASE_OVER_MS: Final = 301_000
ASK_AGAIN_MS: Final = 5_000
GUESS: Final = 10
"""How many steps an act may have before one was seen."""


@dataclass(slots=True)
class Reckoning:
    """What the campaign saw and what it found wrong."""

    killed: Counter[tuple[str, str]] = field(default_factory=Counter)
    sales: int = 0
    lives: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def kills(self) -> int:
        """How often a hub was killed."""
        return sum(self.killed.values())


class Campaign:
    """Sales at every desk in turn; in each act of a sale the hub is killed at a step that the dice choose."""

    def __init__(self, desks: list[Desk], simulator: httpx.Client, points: int, seed: int) -> None:
        self._desks = desks
        self._simulator = simulator
        self._points = points
        self._dice = random.Random(seed)
        self._steps: dict[tuple[str, str], int] = {}
        self._seen: set[str] = set()
        self.found = Reckoning()

    def run(self) -> Reckoning:
        """Sell until the hubs were killed often enough."""
        while self.found.kills < self._points:
            desk = self._desks[self.found.sales % len(self._desks)]
            self.found.sales += 1
            self._sell(desk)
        return self.found

    def _sell(self, desk: Desk) -> None:
        payment = desk.sells(wall_clock())
        about = f"sale {self.found.sales} by {desk.kind.name}, {payment.reference}"
        state = f"SELECT 1 FROM payments WHERE id = '{payment.id}' AND status = '{{}}'"
        if not self._act(desk, "code", state.format("pending")):
            self.found.wrong.append(f"{about}: no code")
            return
        charged = payment.id if desk.kind.nonce else None
        if charged is None:
            self._customer_pays(desk, payment.id)
        acts = ["hold", "capture"] if desk.kind.held else ["money"]
        acts += ["refund"] if desk.kind.refunds else []
        ends = {"hold": state.format("authorized"), "money": state.format("paid"), "capture": state.format("paid")}
        ends["refund"] = f"SELECT 1 FROM refunds WHERE payment_id = '{payment.id}' AND status = 'done'"
        for act in acts:
            desk.hears()
            if act == "capture":
                desk.captures(payment.id)
            if act == "refund":
                self._settles(desk)
                desk.gives_back(payment.id)
            if not self._act(desk, act, ends[act], charged if act in ("hold", "money") else None):
                self.found.wrong.append(f"{about}: {act} did not end")
                break
        self._reckon(desk, about)

    def _act(self, desk: Desk, act: str, until: str, charged: PaymentId | None = None) -> bool:
        """Let hubs live, and some of them die, until the books say that the act is over.

        The customer sends the card form of a `charged` payment to each of them.
        """
        kills = 0
        for number in range(LIVES):
            known = self._steps.get((desk.kind.name, act), 0)
            deadly = kills < KILLS_OF_AN_ACT and self.found.kills < self._points and self._dice.random() < 0.7
            life = desk.live(self._dice.randint(1, known or GUESS) if deadly else 0, charged)
            self.found.lives += 1
            if life.killed_at:
                kills += 1
                self.found.killed[act, life.killed_at] += 1
                desk.clock.forward(LEASE_OVER_MS if act == "code" else ACT_LEASE_OVER_MS)
                self._check_given(desk, f"after kill {self.found.kills} at {desk.kind.name}, {act}, {life.killed_at}")
                continue
            self._steps[desk.kind.name, act] = max(known, life.steps)
            if desk.ask(until):
                return True
            desk.clock.forward(ASK_AGAIN_MS << number)  # providers are asked ever more rarely
        return False

    def _customer_pays(self, desk: Desk, payment_id: PaymentId) -> None:
        """Pay what the hub knows of: what it made before it was killed was shown to nobody."""
        [(name,)] = desk.ask("SELECT provider_ref FROM payment_transactions WHERE payment_id = :id", id=payment_id)
        offers = [str(offer["offer"]) for offer in self._fresh()[0]]
        shown = next((offer for offer in offers if name and name in offer), offers[0])
        answer = self._simulator.post("/control/pay", json={"offer": shown, "wait_s": 0})
        if answer.status_code != 200:
            self.found.wrong.append(f"the customer could not pay: {answer.text[:200]}")

    def _settles(self, desk: Desk) -> None:
        """Let the provider's part of a sale be over, where it gives nothing back before."""
        if not desk.kind.settled_by:
            return
        [offer] = self._fresh()[0]
        deed = {"offer": offer["offer"], "deed": desk.kind.settled_by, "wait_s": 0}
        self._simulator.post("/control/do", json=deed).raise_for_status()

    # ---- what the providers' own journals say

    def _fresh(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Return the offers and the refunds that the providers made since the last reckoning."""
        state = self._simulator.get("/control/state").json()
        offers = [offer for offer in state["offers"] if offer["offer"] not in self._seen]
        given = [back for back in (*state["refunds"], *state["stall_refunds"]) if _name(back) not in self._seen]
        return offers, given

    def _check_given(self, desk: Desk, when: str) -> None:
        """Whatever happens, one thing is there to be paid, and it was paid and given back once at most."""
        offers, given = self._fresh()
        taken = [payment["amount"] for offer in offers for payment in offer["payments"] if payment["took_money"]]
        back = [int(each["amount"]) for each in given]
        if (
            (len(offers) > 1 and not desk.kind.sessions)
            or taken not in ([], [desk.kind.price])
            or back not in ([], [desk.kind.part])
        ):
            self.found.wrong.append(f"{when}: {len(offers)} offers, taken {taken}, given back {back}")
        self.found.wrong += [f"{when}: {line}" for line in desk.breaches()]

    def _reckon(self, desk: Desk, about: str) -> None:
        self._check_given(desk, about)
        offers, given = self._fresh()
        if len(given) != int(desk.kind.refunds) or not offers:
            self.found.wrong.append(f"{about}: {len(offers)} offers and {len(given)} refunds at the end")
        vouchers = desk.ask("SELECT source_kind, COUNT(*) FROM vouchers GROUP BY source_kind ORDER BY source_kind")
        counts = {count for _, count in vouchers}
        sales = desk.ask("SELECT COUNT(*) FROM payments")[0][0]
        if len(vouchers) != 1 + int(desk.kind.refunds) or counts != {sales}:
            self.found.wrong.append(f"{about}: {sales} sales are booked as {vouchers}")
        if open_balances := desk.ask("SELECT name, balance_minor FROM accounts WHERE balance_minor <> 0"):
            price, part = desk.kind.price * sales, desk.kind.part * sales
            expected = [-price, part, price - part] if desk.kind.refunds else [-price, price]
            if sorted(amount for _, amount in open_balances) != expected:
                self.found.wrong.append(f"{about}: the balances are {open_balances}")
        self._seen |= {offer["offer"] for offer in offers} | {_name(each) for each in given}


def _name(given: dict[str, Any]) -> str:
    return f"refund {given.get('stall', 'vnpay')} {given.get('id') or given['refund_txn_id']}"


def run_campaign(root: Path, points: int, seed: int, names: tuple[str, ...] = ()) -> Reckoning:
    """Kill hubs at `points` steps of sales and refunds, and return what was found; `names` are desks, all without."""
    port = free_port()
    stalls = {kind.stall: kind.stall_settings for kind in KINDS if kind.stall}
    settings: SimulatorSettings = replace(
        simulator_settings_for(lambda path: NOWHERE, root / "simulator", port, stalls), time_scale=0.0005
    )
    url = f"http://127.0.0.1:{port}"
    program = Program(
        "simulator",
        lambda: run_simulator(settings, lambda real: None),
        lambda: answers(f"{url}/control/state"),
        root / "simulator.log",
    )
    desks = []
    program.start()
    try:
        program.wait_ready()
        with httpx.Client(base_url=url, timeout=30, trust_env=False) as simulator:
            simulator.post("/control/chaos", json={"drop": True}).raise_for_status()
            desks = [
                Desk(root / kind.name, kind, url, wall_clock()) for kind in KINDS if kind.name in names or not names
            ]
            return Campaign(desks, simulator, points, seed).run()
    finally:
        program.kill()
        for desk in desks:
            desk.close()
