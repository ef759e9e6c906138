"""A shop that keeps its books in dollars, connected to simulated card providers: its till, its hub, its customers."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from domain.ids import Instant, PaymentId
from domain.payments import PaymentIntent
from domain.rails import Method, Provider
from domain.services.orders import capture_payment
from domain.services.payments import cancel_payment, start_payment
from domain.services.replication import receive_at_till
from server.credentials import connect_provider
from server.hub import Hub
from server.rails.registry import ADAPTERS
from server.routes.webhooks import keep_notification
from server.vault import Secret
from storage.hub_feed import changes_after
from storage.hub_units import HubUnits, SqliteHub
from storage.migrate import migrate_hub_sqlite
from storage.setup import create_hub, create_merchant, create_till
from storage.sqlite import open_encrypted
from storage.till import TillUnits
from storage.verify import verify_hub_sqlite, verify_till
from storage.witness import Witness
from tests.builders import CASHIER, KEY, MERCHANT, SETUP, WITNESS_KEY, an_id, open_wallets
from tests.server.hub_stage import VAULT, Clock, ShopTill, ask, settings_for
from tests.server.hub_steps import take_in, work
from tests.server.simulator.stall_stage import Play, listening, playing

PRICE = 10_000
"""A hundred dollars."""

STRIPE_SECRETS = {"api_key": "sk_test_made_up_here", "webhook_secret": "whsec_test_only_made_up_here"}
PAYPAL_SECRETS = {"client_secret": "made-up-paypal-secret"}
PAYPAL_FACTS = {"client_id": "client-1", "webhook_id": "1JE4291016473214C"}
FORMS: dict[Provider, tuple[str, dict[str, str], dict[str, str], dict[str, str]]] = {
    Provider.STRIPE: ("stripe", STRIPE_SECRETS, {}, {"return_url": "https://shop.example/thanks"}),
    Provider.PAYPAL: ("paypal", PAYPAL_SECRETS, PAYPAL_FACTS, {}),
}


@dataclass
class DollarShop:
    """The shop, step by step in the test's hand."""

    hub: Hub
    till: ShopTill
    play: Play
    clock: Clock
    provider: Provider
    credentials: dict[str, Secret]
    cursor: int = 0
    heard: int = 0
    page: str = ""
    sold: list[PaymentId] = field(default_factory=list)

    def sells(self, method: Method, amount: int = PRICE, **facts: Any) -> PaymentIntent:
        """Start a payment, let the hub ask the provider for its page, and let the till hear of it."""
        payment_id = PaymentId(an_id(f"sale {len(self.sold)}"))
        self.sold.append(payment_id)
        at = self.clock.at
        self.till.units.run(
            lambda uow: start_payment(uow, CASHIER, payment_id, method, amount, at, online=True, **facts)
        )
        self.syncs()
        self.works()
        self.page = self.ref()
        return self.at_till(payment_id)

    def syncs(self) -> None:
        """Let the hub hear the till, and the till the hub."""
        take_in(self.hub, self.till)
        cursor = self.cursor
        rows = self.hub.units.read_of(MERCHANT, lambda session: changes_after(session, MERCHANT, cursor, 500))
        for row in rows:
            self.till.units.run(lambda uow, told=row.message: receive_at_till(uow, told, self.clock.at))
            self.cursor = row.seq

    def works(self) -> None:
        """Let the hub ask and do what is due, until nothing is, and tell the till."""
        for _ in range(5):
            if not work(self.hub):
                break
        self.syncs()

    def later(self, ms: int = 5_000) -> None:
        """Let time pass and the hub work."""
        self.clock.forward(ms)
        self.works()

    def hears(self, *, backwards: bool = False, deaf: bool = False) -> None:
        """Let the hub take what the provider has notified since, in any order, or let it get lost."""
        self.play.stage.idle()
        fresh = self.play.receiver.got[self.heard :]
        self.heard = len(self.play.receiver.got)
        adapter = ADAPTERS[self.provider]
        for delivery in () if deaf else reversed(fresh) if backwards else fresh:
            told = adapter.read_notification(self.credentials, delivery.headers, delivery.body, self.real())
            self.hub.units.run(
                MERCHANT, lambda uow, told=told, body=delivery.body: keep_notification(uow, told, body, self.clock.at)
            )
        self.hub.inbox.apply_due(self.clock.at)
        self.syncs()

    def customer(self, act: str = "pay", **more: object) -> None:
        """Let the customer act on the page of the last payment."""
        self.play.act(act, self.page, **more)

    def ref(self) -> str:
        """Return the provider's id of the last payment, as the hub has it."""
        sql = "SELECT provider_ref FROM payment_transactions WHERE payment_id = :id AND kind = 'sale'"
        [(name,)] = ask(self.hub.units, sql, id=self.sold[-1])
        return str(name)

    def cancels(self, payment: PaymentIntent) -> None:
        """Cancel a payment at the till and tell the hub."""
        self.till.units.run(lambda uow: cancel_payment(uow, CASHIER, payment.id, self.clock.at))
        self.syncs()

    def captures(self, payment: PaymentIntent, amount: int) -> None:
        """Order held money to be taken at the till and tell the hub."""
        self.till.units.run(lambda uow: capture_payment(uow, CASHIER, payment.id, amount, self.clock.at))
        self.syncs()

    def at_till(self, payment_id: PaymentId) -> PaymentIntent:
        """Return a payment as the till has it."""
        found = self.till.units.run(lambda uow: uow.payments.get(payment_id))
        assert found is not None
        return found

    def at_hub(self, payment_id: PaymentId) -> PaymentIntent:
        """Return a payment as the hub has it."""
        found = self.hub.units.run(MERCHANT, lambda uow: uow.payments.get(payment_id))
        assert found is not None
        return found

    def attempts(self, payment: PaymentIntent) -> list[tuple[str, str]]:
        """Return what was tried at the provider and how it stands."""
        sql = "SELECT kind, status FROM payment_transactions WHERE payment_id = :id ORDER BY created_at, kind"
        return [(kind, status) for kind, status in ask(self.hub.units, sql, id=payment.id)]

    def balances(self) -> dict[str, int]:
        """Return the balances of the control accounts that moved, in minor units, credit positive."""
        sql = "SELECT control, -balance_minor FROM accounts WHERE control IS NOT NULL AND balance_minor <> 0"
        return {name: int(amount) for name, amount in ask(self.hub.units, sql)}

    def vouchers(self) -> int:
        """Return how many vouchers the hub has."""
        [(count,)] = ask(self.hub.units, "SELECT COUNT(*) FROM vouchers")
        return int(count)

    def real(self) -> Instant:
        """Return the machine's time, which is the simulator's."""
        return Instant(int(time.time() * 1000))


@contextmanager
def open_shop(folder: Path, provider: Provider) -> Iterator[DollarShop]:
    """Open the shop and the simulated provider until the block ends; then both books must be sound."""
    setup = replace(SETUP, currency="USD")
    clock = Clock(Instant(int(time.time() * 1000)))
    hub_file, till_file, head = folder / "hub.db", folder / "till.db", folder / "till.head"
    migrate_hub_sqlite(hub_file, KEY, folder)
    database = SqliteHub(lambda: open_encrypted(hub_file, KEY))
    units = HubUnits(database, lambda merchant, seq: None)
    create_hub(units, an_id("epoch"), clock.at)
    create_merchant(units, setup, clock.at)
    units.run(MERCHANT, open_wallets)
    create_till(till_file, KEY, Witness(head, WITNESS_KEY), setup, clock.at)
    till = TillUnits(lambda: open_encrypted(till_file, KEY), Witness(head, WITNESS_KEY), publish=lambda changes: None)
    till.run(open_wallets)
    stall, secrets, facts, more = FORMS[provider]
    hub = Hub(settings_for(database, clock))
    with listening() as receiver, playing(receiver, stall, secrets, facts) as play:
        values = {name: Secret(text) for name, text in {"base_url": play.url, **secrets, **facts, **more}.items()}
        connect_provider(hub.units, VAULT, MERCHANT, ADAPTERS[provider], values, clock.at)
        shop = DollarShop(hub, ShopTill(till, setup), play, clock, provider, values)
        shop.syncs()
        yield shop
    till.close()
    hub.stop()
    for report in (verify_hub_sqlite(hub_file, KEY), verify_till(till_file, KEY, head, WITNESS_KEY)):
        assert report.ok, report
