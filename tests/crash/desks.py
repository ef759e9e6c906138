"""Shops with one provider each, whose hub lives only as long as its fuse; all of them speak to one simulator."""

import os
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import httpx
import structlog

from domain.ids import Instant, PaymentId, RefundId
from domain.payments import PaymentIntent
from domain.policy import Limits
from domain.rails import Method, Provider
from domain.refunds import RefundOf, RefundWay
from domain.services.orders import capture_payment
from domain.services.payments import start_payment
from domain.services.refunds import ask_refund
from domain.services.replication import receive_at_till
from server.credentials import connect_provider
from server.hub import Hub
from server.rails.base import Refunds
from server.rails.registry import ADAPTERS
from server.simulator.settings import StallSettings
from server.vault import Secret
from storage.hub_feed import changes_after
from storage.hub_units import HubUnits, SqliteHub
from storage.migrate import migrate_hub_sqlite
from storage.session import Session, Sql
from storage.setup import create_hub, create_merchant, create_till
from storage.sqlite import open_encrypted
from storage.till import TillUnits
from storage.verify import verify_hub_sqlite
from storage.witness import Witness
from sync.wire import WireMessage
from tests.builders import CASHIER, KEY, MERCHANT, OWNER, SETUP, WITNESS_KEY, an_id, connect, open_wallets
from tests.crash.fuse import Fuse, FusedHub, FusedLine
from tests.server.hub_stage import VAULT, Clock, ShopTill, let_in, settings_for
from tests.server.hub_steps import take, work
from tests.server.simulator.simulator_stage import CHECK_SECRET, CREATE_SECRET, REFUND_SECRET
from tests.server.test_hub_refunds import give_back

ROUNDS: Final = 6
CHARGED_WITHIN_MS: Final = 3_600_000
NOWHERE: Final = "http://127.0.0.1:9/"
"""Nobody hears the providers' notifications: the hub must learn everything by asking."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of sale: who takes the money and how, and the shop's contract; a stall's secrets and facts are its own.

    `sessions` says that a call makes what has no idempotency and moves no money; one that nobody saw is made again.
    `nonce` is what a card form hands the hub, which charges it: nothing is there to be paid at the provider before.
    `settled_by` is what must happen at the provider before it gives a part back.
    """

    name: str
    provider: Provider
    method: Method
    currency: str
    price: int
    secrets: Mapping[str, str]
    facts: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, str] = field(default_factory=dict)
    stall: str = ""
    held: bool = False
    sessions: bool = False
    nonce: str = ""
    settled_by: str = ""

    @property
    def refunds(self) -> bool:
        """Whether the provider gives money back."""
        return isinstance(ADAPTERS[self.provider], Refunds)

    @property
    def part(self) -> int:
        """What is given back: so little that a provider would give it back twice."""
        return self.price // 5

    @property
    def stall_settings(self) -> StallSettings:
        """How the simulator plays the provider."""
        return StallSettings(NOWHERE, self.secrets, self.facts)


_STRIPE: Final = Kind(
    "Stripe",
    Provider.STRIPE,
    Method.CARD,
    "USD",
    10_000,
    {"api_key": "sk_test_made_up_here", "webhook_secret": "whsec_test_only_made_up_here"},
    more={"return_url": "https://shop.example/thanks"},
    stall="stripe",
)
_PAYPAL: Final = Kind(
    "PayPal",
    Provider.PAYPAL,
    Method.PAYPAL,
    "USD",
    10_000,
    {"client_secret": "made-up-paypal-secret"},
    {"client_id": "client-1", "webhook_id": "1JE4291016473214C"},
    stall="paypal",
)
_BRAINTREE: Final = Kind(
    "Braintree",
    Provider.BRAINTREE,
    Method.CARD,
    "USD",
    10_000,
    {"public_key": "made_up_public_key", "private_key": "made_up_private_key"},
    {"merchant_id": "made_up_merchant", "merchant_account_id": "shop_usd", "currency": "USD"},
    {"tokenization_key": "sandbox_made_up", "dropin_url": "{url}/web/dropin/1.44.1/js/dropin.min.js"},
    stall="braintree",
    nonce="fake-valid-nonce",
    settled_by="settles",
)
KINDS: Final = (
    Kind(
        "VNPAY QR",
        Provider.VNPAY_QR_MMS,
        Method.VNPAY_QR,
        "VND",
        45_000,
        {"create_secret": CREATE_SECRET, "check_secret": CHECK_SECRET, "refund_secret": REFUND_SECRET},
        {"app_id": "MERCHANT", "merchant_code": "88888888", "terminal_id": "PSSTEST"},
        {"merchant_name": "VNPAY TEST"},
    ),
    _STRIPE,
    replace(_STRIPE, name="Stripe, held first", held=True),
    _PAYPAL,
    replace(_PAYPAL, name="PayPal, held first", held=True),
    Kind(
        "Lean",
        Provider.LEAN,
        Method.OPEN_BANKING,
        "AED",
        10_000,
        {"client_secret": "made-up-client-secret", "webhook_secret": "made-up-lean-secret"},
        {"client_id": "app-1", "describes": "yes"},
        {"auth_url": "{url}", "paid_when": "accepted"},
        stall="lean",
    ),
    Kind(
        "HyperPay",
        Provider.HYPERPAY,
        Method.CARD,
        "SAR",
        10_000,
        {"access_token": "made-up-token==", "webhook_key": "0c" * 32},
        {"entity_id": "8ac7a4c9000000000000000000000001"},
        stall="hyperpay",
        sessions=True,
    ),
    Kind(
        "Square",
        Provider.SQUARE,
        Method.CARD,
        "USD",
        10_000,
        {"access_token": "made-up-square-token", "signature_key": "made-up-key"},
        {"location_id": "L1", "device_id": "DEVICE1"},
        {"notification_url": NOWHERE},
        stall="square",
    ),
    _BRAINTREE,
    replace(_BRAINTREE, name="Braintree, held first", held=True),
    Kind(
        "payOS",
        Provider.PAYOS,
        Method.VIETQR,
        "VND",
        45_000,
        {"api_key": "made-up-api-key", "checksum_key": "made-up-checksum-key"},
        {"client_id": "client-1", "account_number": "19036512345678", "bank_bin": "970407"},
        {"checkout_url": "{url}/pay/payos"},
        stall="payos",
    ),
    Kind(
        "VNPAY SPOS",
        Provider.VNPAY_SPOS,
        Method.CARD_TERMINAL,
        "VND",
        45_000,
        {"init": "made-up-init", "query": "made-up-query", "ipn": "made-up-ipn"},
        {"merchant_code": "MERCH01", "terminal_code": "TERM01"},
        {"init_secret": "made-up-init", "query_secret": "made-up-query", "ipn_secret": "made-up-ipn"},
        stall="vnpay_spos",
    ),
)


@dataclass(slots=True)
class Life:
    """How one life of a hub went: the steps it made, and at which it was killed, if it was."""

    steps: int
    killed_at: str


class Desk:
    """A till that never dies, and a hub that lives in a process of its own, once for each `live`."""

    def __init__(self, folder: Path, kind: Kind, simulator: str, at: Instant) -> None:
        self.kind = kind
        self.clock = Clock(at)
        self._hub, self._log = folder / "hub.db", folder / "hub.log"
        self._cursor = self._sales = 0
        # A card is charged within the payment's time, and the claim of a hub that was killed takes minutes of it.
        limits = Limits(qr_lifetime_ms=CHARGED_WITHIN_MS) if kind.nonce else SETUP.limits
        setup = replace(SETUP, currency=kind.currency, till_code=f"{KINDS.index(kind) + 1:02d}", limits=limits)
        folder.mkdir()
        create_till(folder / "till.db", KEY, Witness(folder / "till.head", WITNESS_KEY), setup, at)
        witness = Witness(folder / "till.head", WITNESS_KEY)
        till = TillUnits(lambda: open_encrypted(folder / "till.db", KEY), witness, publish=lambda changes: None)
        till.run(open_wallets)
        till.run(lambda uow: connect(uow, kind.provider))
        self.till = ShopTill(till, setup)
        migrate_hub_sqlite(self._hub, KEY, folder)
        units = HubUnits(SqliteHub(lambda: open_encrypted(self._hub, KEY)), ring=lambda merchant, seq: None)
        create_hub(units, an_id("epoch"), at)
        create_merchant(units, setup, at)
        units.run(MERCHANT, open_wallets)
        let_in(units, setup=setup)
        form = {"base_url": simulator, **kind.secrets, **kind.facts, **kind.more}
        known = {field.name for field in ADAPTERS[kind.provider].credential_fields}
        values = {name: Secret(text.replace("{url}", simulator)) for name, text in form.items() if name in known}
        connect_provider(units, VAULT, MERCHANT, ADAPTERS[kind.provider], values, at)
        units.close()

    def close(self) -> None:
        """Close the till."""
        self.till.units.close()

    # ---- what the cashier does

    def sells(self, at: Instant) -> PaymentIntent:
        """Start a sale; the hub's clock begins anew with it."""
        self.clock.at = at
        self._sales += 1
        payment_id = PaymentId(an_id(f"{self.kind.name} {self._sales}"))
        return self.till.units.run(
            lambda uow: start_payment(
                uow,
                CASHIER,
                payment_id,
                self.kind.method,
                self.kind.price,
                at,
                online=True,
                **({"capture": False} if self.kind.held else {}),
            )
        )

    def captures(self, payment_id: PaymentId) -> None:
        """Order the money to be taken that is held."""
        self.till.units.run(lambda uow: capture_payment(uow, CASHIER, payment_id, self.kind.price, self.clock.at))

    def gives_back(self, payment_id: PaymentId) -> None:
        """Ask for the money to be given back."""
        refund_id = RefundId(an_id(f"{self.kind.name} refund {self._sales}"))
        sale, way = RefundOf.SALE, RefundWay.ORIGINAL
        self.till.units.run(
            lambda uow: ask_refund(
                uow, OWNER, refund_id, payment_id, sale, way, self.kind.part, self.clock.at, reason="Khách trả"
            )
        )

    def hears(self) -> None:
        """Let the till take what the hub tells, while no hub lives."""
        connection = open_encrypted(self._hub, KEY, read_only=True)
        rows = changes_after(Session(connection.cursor(), "sqlite"), MERCHANT, self._cursor, 500)
        connection.close()
        for row in rows:
            self.till.units.run(lambda uow, told=row.message: receive_at_till(uow, told, self.clock.at))
            self._cursor = row.seq

    # ---- the hub's lives

    def live(self, last: int, charged: PaymentId | None = None) -> Life:
        """Let a hub hear the till and do what is due until nothing is, or until step `last` (0: to its end).

        `charged` is a payment whose card form its customer sends to this hub.
        """
        messages = self.till.waiting()
        reader, writer = os.pipe()
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            self._live(messages, last, writer, charged)
        os.close(writer)
        with os.fdopen(reader, encoding="utf-8") as words:
            told = words.read()
        _, status = os.waitpid(pid, 0)
        killed_at, _, steps = told.partition("|")
        if not steps and not (killed_at and os.WIFSIGNALED(status)):
            raise AssertionError(f"{self.kind.name}: the hub broke: {self._log.read_text('utf-8')[-4000:]}")
        if steps:
            self.till.mark_sent([message.id for message in messages])
        return Life(int(steps or last), killed_at)

    def _live(self, messages: list[WireMessage], last: int, writer: int, charged: PaymentId | None) -> None:
        try:
            structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
            fuse = Fuse(last, lambda step: _say(writer, step))
            database = FusedHub(lambda: open_encrypted(self._hub, KEY), fuse)
            hub = Hub(settings_for(database, self.clock, new_http=lambda: httpx.Client(transport=FusedLine(fuse))))
            take(hub, messages)
            if charged is not None:
                hub.reconciler.charge(MERCHANT, charged, self.kind.nonce)
            for _ in range(ROUNDS):
                if not work(hub) + give_back(hub):
                    break
            hub.inbox.apply_due(self.clock.at)
            _say(writer, f"|{fuse.steps}")
        except BaseException:  # noqa: BLE001 - the child's last words go to its log, and it must not become a second parent
            self._log.write_text(traceback.format_exc(), "utf-8")
        finally:
            os._exit(0)

    # ---- what the books say, while no hub lives

    def ask(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        """Look into the hub's database."""
        connection = open_encrypted(self._hub, KEY, read_only=True)
        try:
            return Session(connection.cursor(), "sqlite").all(Sql(sql), values)
        finally:
            connection.close()

    def breaches(self) -> list[str]:
        """Return what `verify` finds wrong with the hub's books."""
        report = verify_hub_sqlite(self._hub, KEY)
        return [f"{line.id}: {finding}" for line in report.lines for finding in line.findings[:3]]


def _say(writer: int, words: str) -> None:
    os.write(writer, words.encode())
