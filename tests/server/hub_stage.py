"""A hub for tests: its clock and tokens in the test's hand, its server on a real socket, and tills that really book."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx

from domain.ids import Instant, MerchantId, PaymentId
from domain.messages import Message
from domain.payments import PaymentIntent
from domain.policy import Actor
from domain.rails import Method
from domain.services.payments import start_payment
from server.auth import token_hash
from server.hub import Hub
from server.run import bound_socket, server_for
from server.settings import HubSettings, Limits, public_trust
from server.vault import Vault
from storage.hub_tills import add_till
from storage.hub_units import Database, HubUnits
from storage.replica import Replica
from storage.session import Session, Sql
from storage.setup import TillSetup, create_till
from storage.sqlite import open_encrypted
from storage.till import TillUnits
from storage.witness import Witness
from sync.wire import PROTOCOL, Watched, WireMessage
from tests.builders import CASHIER, KEY, MERCHANT, NOON, SETUP, TILL, WITNESS_KEY, an_id, open_wallets

TOKEN = "till-one-token-of-the-test-0123456789"
VAULT = Vault({1: bytes(range(64, 96))}, 1)
QUICK = Limits(head_s=0.6, body_s=0.6, send_s=1.0, linger_s=0.2, recheck_s=0.1, ring_s=0.5, stop_s=1)


@dataclass
class Clock:
    """The hub's clock, moved by the test."""

    at: Instant = NOON

    def __call__(self) -> Instant:
        return self.at

    def forward(self, ms: int) -> Instant:
        """Let time pass."""
        self.at = Instant(self.at + ms)
        return self.at


def settings_for(database: Database, clock: Callable[[], Instant], **changes: Any) -> HubSettings:
    """Return a hub's settings with what tests need: no workers, a known vault, short patience."""
    settings = HubSettings(database=database, vault=VAULT, now=clock, with_workers=False, limits=QUICK)
    return replace(settings, **changes)


def let_in(units: HubUnits, token: str = TOKEN, setup: TillSetup = SETUP) -> None:
    """Give a till that the hub knows a token."""
    merchant_id, hashed = setup.merchant_id, token_hash(token)
    units.read_of(merchant_id, lambda session: add_till(session, merchant_id, setup.device_id, hashed, NOON))


def ask(units: HubUnits, sql: str, **values: Any) -> list[tuple[Any, ...]]:
    """Look straight into the hub's database, over every wall."""

    def op(session: Session) -> list[tuple[Any, ...]]:
        climb(session)
        return session.all(Sql(sql), values)

    return units.read(op)


def climb(session: Session) -> None:
    """Become the superuser of the test's PostgreSQL until the transaction ends: nothing is walled off from him."""
    if session.dialect == "postgresql":
        session.cursor.execute("SET LOCAL ROLE NONE")


@dataclass
class Served:
    """A hub on a real socket."""

    hub: Hub
    url: str
    port: int
    http: httpx.Client

    def push(self, messages: Sequence[WireMessage], token: str = TOKEN, **changes: Any) -> httpx.Response:
        """Push messages as a till does."""
        body = {"protocol": PROTOCOL, "hub_epoch": "", "messages": [m.model_dump() for m in messages], **changes}
        return self.http.post("/api/v1/push", json=body, headers=bearer(token))

    def changes(self, after: int = 0, token: str = TOKEN, **query: Any) -> httpx.Response:
        """Read the feed as a till does."""
        return self.http.get("/api/v1/changes", params={"after": after, **query}, headers=bearer(token))

    def check(self, payment_id: str, token: str = TOKEN) -> httpx.Response:
        """Ask about a payment as a person at a till does."""
        return self.http.post(f"/api/v1/payments/{payment_id}/check", headers=bearer(token))

    def watched(self, payment_id: PaymentId) -> Watched:
        """Return what the hub tells a till of a payment."""
        return Watched.model_validate(self.changes(watch=payment_id).json()["watched"][0])


def routes_of(router: Any) -> set[tuple[str, str]]:
    """Return every method and path that an application serves, WEBSOCKET for a socket's; HEAD goes with GET."""
    found: set[tuple[str, str]] = set()
    for route in router.routes:
        if hasattr(route, "original_router"):  # how FastAPI keeps a router that was included
            found |= routes_of(route.original_router)
        else:
            methods = set(getattr(route, "methods", None) or {"WEBSOCKET"})
            found |= {(method, route.path) for method in methods - {"HEAD"}}
    return found


def bearer(token: str) -> dict[str, str]:
    """Return the header that shows a token."""
    return {"authorization": f"Bearer {token}"}


@contextmanager
def served(settings: HubSettings) -> Iterator[Served]:
    """Serve a hub on a loopback port in a thread of this process until the block ends."""
    ports: list[int] = []
    ready = threading.Event()

    def announced(port: int) -> None:
        ports.append(port)
        ready.set()

    stop = threading.Event()
    with bound_socket(settings) as hub_socket:
        server = server_for(settings, hub_socket, announced, stop)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[hub_socket])))
        thread.start()
        try:
            assert ready.wait(20), "the hub did not start"
            app: Any = server.config.app
            url = f"http://127.0.0.1:{ports[0]}"
            with httpx.Client(
                base_url=url, verify=public_trust(), timeout=30, limits=httpx.Limits(max_connections=100)
            ) as http:
                yield Served(app.state.hub, url, ports[0], http)
        finally:
            stop.set()
            thread.join(20)
            assert not thread.is_alive()


@dataclass
class ShopTill:
    """A till with its own books, whose messages the test carries to the hub."""

    units: TillUnits
    setup: TillSetup = SETUP
    actor: Actor = CASHIER
    sold: int = field(default=0)

    def start(self, method: Method, amount_minor: int = 45_000, at: Instant = NOON) -> PaymentIntent:
        """Start a payment as the cashier does; cash is paid at once."""
        self.sold += 1
        payment_id = PaymentId(an_id(f"{self.setup.device_id}/{self.sold}"))
        return self.units.run(
            lambda uow: start_payment(uow, self.actor, payment_id, method, amount_minor, at, online=True)
        )

    def waiting(self, limit: int = 100) -> list[WireMessage]:
        """Return what waits to be sent."""
        due = Replica(self.units).claim_due(Instant(2**50), limit)
        return [WireMessage.of(queued.message) for queued in due]

    def tell(self, to: Served, token: str = TOKEN) -> list[str]:
        """Push everything that waits, keep the answers, and return the outcomes."""
        outcomes: list[str] = []
        while messages := self.waiting():
            answer = to.push(messages, token)
            assert answer.status_code == 200, answer.text
            results = answer.json()["results"]
            self.mark_sent([result["id"] for result in results])
            outcomes += [result["outcome"] for result in results]
        return outcomes

    def mark_sent(self, ids: Sequence[str]) -> None:
        """Note that the hub has answered for messages."""
        sql = Sql("UPDATE outbox SET state = 'acked' WHERE id = :id")

        def op(uow: Any) -> None:
            for message_id in ids:
                uow.session.run(sql, {"id": message_id})

        self.units.run(op)


def another_till(folder: Path, number: int, merchant_id: MerchantId = MERCHANT) -> tuple[TillUnits, TillSetup]:
    """Make one more till of the shop (or of another one) with its own file."""
    setup = replace(
        SETUP,
        merchant_id=merchant_id,
        device_id=type(TILL)(an_id(f"till-{number}")),
        till_code=f"{number:02d}",
    )
    folder.mkdir(exist_ok=True)
    path, head = folder / f"till-{number}.db", folder / f"till-{number}.head"
    create_till(path, KEY, Witness(head, WITNESS_KEY), setup, NOON)
    units = TillUnits(lambda: open_encrypted(path, KEY), Witness(head, WITNESS_KEY), publish=lambda changes: None)
    units.run(open_wallets)
    return units, setup


def told_as(message: WireMessage, **changes: Any) -> WireMessage:
    """Return a message with another body; its hash fits the body unless it is given."""
    body = json.loads(message.body) | changes
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    carried = Message(**{**_fields(message), "body": text})
    return WireMessage.of(carried)


def _fields(message: WireMessage) -> dict[str, Any]:
    carried = message.message(MERCHANT)
    return {name: getattr(carried, name) for name in ("id", "subject_id", "kind", "body", "merchant_id", "device_id")}
