"""A shop that keeps its books in dollars, connected to simulated card providers: its till, its hub, its customers."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx

from domain.ids import Instant, PaymentId, RefundId
from domain.payments import PaymentIntent
from domain.rails import Method, Provider
from domain.refunds import RefundOf, RefundWay
from domain.services.orders import capture_payment
from domain.services.payments import cancel_payment, start_payment
from domain.services.refunds import ask_refund
from domain.services.replication import receive_at_till
from server.credentials import connect_provider
from server.hub import Hub
from server.rails.registry import ADAPTERS
from server.routes.webhooks import keep_notification
from server.settings import HubSettings
from server.vault import Secret
from storage.hub_feed import changes_after
from storage.hub_units import HubUnits, SqliteHub
from storage.migrate import migrate_hub_sqlite
from storage.setup import create_hub, create_merchant, create_till
from storage.sqlite import open_encrypted
from storage.till import TillUnits
from storage.verify import verify_hub_sqlite, verify_till
from storage.witness import Witness
from tests.builders import CASHIER, KEY, MERCHANT, OWNER, SETUP, WITNESS_KEY, an_id, open_wallets
from tests.server.hub_stage import VAULT, Clock, ShopTill, ask, served, settings_for
from tests.server.hub_steps import take_in, work
from tests.server.simulator.stall_stage import Play, listening, playing

PRICE = 10_000
"""A hundred dollars; of dong, ten thousand."""


@dataclass(frozen=True)
class Form:
    """How a provider is connected: its stall with secrets and facts, what else the form wants, and the shop's books.

    `more` may name the simulator (`{url}`) and the receiver of what it notifies (`{told}`).
    """

    stall: str
    secrets: dict[str, str]
    facts: dict[str, str] = field(default_factory=dict)
    more: dict[str, str] = field(default_factory=dict)
    currency: str = "USD"


_SPOS_CODES = {"merchant_code": "MERCH01", "terminal_code": "TERM01"}
FORMS: dict[Provider, Form] = {
    Provider.STRIPE: Form(
        "stripe",
        {"api_key": "sk_test_made_up_here", "webhook_secret": "whsec_test_only_made_up_here"},
        more={"return_url": "https://shop.example/thanks"},
    ),
    Provider.PAYPAL: Form(
        "paypal",
        {"client_secret": "made-up-paypal-secret"},
        {"client_id": "client-1", "webhook_id": "1JE4291016473214C"},
    ),
    Provider.PAYOS: Form(
        "payos",
        {"api_key": "made-up-api-key", "checksum_key": "made-up-checksum-key"},
        {"client_id": "client-1", "account_number": "19036512345678", "bank_bin": "970407"},
        {"checkout_url": "{url}/pay/payos"},
        "VND",
    ),
    Provider.LEAN: Form(
        "lean",
        {"client_secret": "made-up-client-secret", "webhook_secret": "made-up-lean-secret"},
        {"client_id": "app-1", "describes": "yes"},
        {"auth_url": "{url}", "paid_when": "accepted"},
        "AED",
    ),
    Provider.HYPERPAY: Form(
        "hyperpay",
        {"access_token": "made-up-token==", "webhook_key": "0c" * 32},
        {"entity_id": "8ac7a4c9000000000000000000000001"},
        currency="SAR",
    ),
    Provider.BRAINTREE: Form(
        "braintree",
        {"public_key": "made_up_public_key", "private_key": "made_up_private_key"},
        {"merchant_id": "made_up_merchant", "merchant_account_id": "shop_usd", "currency": "USD"},
        {"tokenization_key": "sandbox_made_up", "dropin_url": "{url}/web/dropin/1.44.1/js/dropin.min.js"},
    ),
    Provider.SQUARE: Form(
        "square",
        {"access_token": "made-up-square-token", "signature_key": "made-up-key"},
        {"location_id": "L1", "device_id": "DEVICE1"},
        {"notification_url": "{told}"},
    ),
    Provider.VNPAY_SPOS: Form(
        "vnpay_spos",
        {"init": "made-up-init", "query": "made-up-query", "ipn": "made-up-ipn"},
        _SPOS_CODES,
        {"init_secret": "made-up-init", "query_secret": "made-up-query", "ipn_secret": "made-up-ipn"},
        "VND",
    ),
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
    customers: httpx.Client | None = None
    sold: list[PaymentId] = field(default_factory=list)

    def sells(self, method: Method, amount: int = PRICE, *, works: bool = True, **facts: Any) -> PaymentIntent:
        """Start a payment, let the hub ask the provider for its page if it `works`, and let the till hear of it."""
        payment_id = PaymentId(an_id(f"sale {len(self.sold)}"))
        self.sold.append(payment_id)
        at = self.clock.at
        self.till.units.run(
            lambda uow: start_payment(uow, CASHIER, payment_id, method, amount, at, online=True, **facts)
        )
        self.syncs()
        if works:
            self.works()
            self.page = self.offered()
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

    def gives_back(self, payment: PaymentIntent, amount: int, name: str) -> None:
        """Ask at the till for money to be given back by its provider, and let the hub ask for it."""
        at = self.clock.at
        self.till.units.run(
            lambda uow: ask_refund(
                uow,
                OWNER,
                RefundId(an_id(name)),
                payment.id,
                RefundOf.SALE,
                RefundWay.ORIGINAL,
                amount,
                at,
                reason="Returned",
            )
        )
        self.syncs()
        self.asks_for_refunds()

    def asks_for_refunds(self) -> None:
        """Let the hub ask for every refund that is due."""
        for merchant_id, refund_id in self.hub.refunder.due(self.clock.at):
            task = self.hub.refunder.take(merchant_id, refund_id)
            if task is not None:
                self.hub.refunder.ask(task)
        self.syncs()

    def sales(self, payment: PaymentIntent) -> list[tuple[str]]:
        """Return the provider's ids of a payment's sale."""
        sql = "SELECT provider_ref FROM payment_transactions WHERE payment_id = :id AND kind = 'sale'"
        return [(str(name),) for (name,) in ask(self.hub.units, sql, id=payment.id)]

    def refunds(self, payment: PaymentIntent) -> list[tuple[int, str]]:
        """Return the sums that were asked back of a payment and how they stand."""
        sql = "SELECT amount_minor, status FROM refunds WHERE payment_id = :id ORDER BY amount_minor, id"
        return [(int(amount), status) for amount, status in ask(self.hub.units, sql, id=payment.id)]

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
        """Return the provider's id of the last payment, as the hub has it; of Square's links the link's own."""
        sql = "SELECT provider_ref FROM payment_transactions WHERE payment_id = :id AND kind = 'sale'"
        [(name,)] = ask(self.hub.units, sql, id=self.sold[-1])
        return str(name).partition("/")[0]

    def offered(self) -> str:
        """Return what the simulator names the last payment by: a terminal's order by our reference, others by an id."""
        if self.provider is not Provider.VNPAY_SPOS:
            return self.ref()
        reference = self.at_hub(self.sold[-1]).reference
        names = [str(offer["offer"]).partition(":")[2] for offer in self.play.stage.state()["offers"]]
        return next(name for name in names if name.startswith(reference))

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
def open_shop(folder: Path, provider: Provider, *, with_pages: bool = False) -> Iterator[DollarShop]:
    """Open the shop and the simulated provider until the block ends; then both books must be sound.

    `with_pages` puts the hub on a socket, where customers open its pages.
    """
    form = FORMS[provider]
    setup = replace(SETUP, currency=form.currency)
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
    with (
        listening() as receiver,
        playing(receiver, form.stall, form.secrets, form.facts) as play,
        _running(settings_for(database, clock), with_pages=with_pages) as (hub, customers),
    ):
        told = receiver.url(f"/{form.stall}")
        known = {each.name for each in ADAPTERS[provider].credential_fields}
        texts = {"base_url": play.url, **form.secrets, **form.facts, **form.more}
        values = {name: Secret(text.format(url=play.url, told=told)) for name, text in texts.items() if name in known}
        connect_provider(hub.units, VAULT, MERCHANT, ADAPTERS[provider], values, clock.at)
        shop = DollarShop(hub, ShopTill(till, setup), play, clock, provider, values, customers=customers)
        shop.syncs()
        yield shop
    till.close()
    for report in (verify_hub_sqlite(hub_file, KEY), verify_till(till_file, KEY, head, WITNESS_KEY)):
        assert report.ok, report


@contextmanager
def _running(settings: HubSettings, *, with_pages: bool) -> Iterator[tuple[Hub, httpx.Client | None]]:
    if with_pages:
        with served(settings) as server:
            yield server.hub, server.http
        return
    hub = Hub(settings)
    yield hub, None
    hub.stop()
