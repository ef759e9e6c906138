"""The eleven providers in one simulator, each with our client: a sale by any of them is made and paid alike."""

import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final

import httpx

from domain.ids import Instant
from domain.matching import payment_reference
from domain.notices import Authorization
from domain.rails import PaymentContext, RailResult, Receipt
from server.rails.base import Credentials, Notice, RailAdapter
from server.rails.braintree import BraintreeAdapter
from server.rails.casso import CassoAdapter
from server.rails.hyperpay import HyperpayAdapter
from server.rails.lean import LeanAdapter
from server.rails.payos import PayosAdapter
from server.rails.paypal import PaypalAdapter
from server.rails.sepay import SepayAdapter
from server.rails.square import SquareAdapter
from server.rails.stripe import StripeAdapter
from server.rails.vnpay_qr import VnpayQrAdapter
from server.rails.vnpay_spos import VnpaySposAdapter
from server.simulator.facts import BANK, VNPAY
from server.simulator.settings import StallSettings
from server.simulator.vntime import system_now
from tests.builders import MERCHANT
from tests.server import braintree_stage, hyperpay_stage, vnpay_spos_stage
from tests.server.rails_samples import sealed_by_nobody
from tests.server.simulator.simulator_stage import (
    ACCOUNT,
    API_TOKEN,
    BANK_BIN,
    CHECK_SECRET,
    CREATE_SECRET,
    WEBHOOK_SECRET,
    Answer,
    Delivery,
    Receiver,
    Stage,
    settings_for,
    started,
    vietqr,
)
from tests.server.simulator.stall_stage import listening

VCB_ACCOUNT: Final = "0071000123456"
_numbers = itertools.count(100)


@dataclass(frozen=True)
class Front:
    """How one provider sells: `form` is what the owner fills in, `{url}` the simulator's and `{told}` the webhook's.

    `own_code` is the account of a code that the till draws itself. `settled_by` is the deed after which the provider
    tells of money, where paying is none of the customer's acts; with `completed` the shop's question takes the money.
    """

    name: str
    adapter: RailAdapter
    currency: str
    amount: int
    form: Mapping[str, str]
    secrets: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    option: str = ""
    own_code: str = ""
    settled_by: str = ""
    completed: bool = False

    @property
    def path(self) -> str:
        """Where the provider's notifications go."""
        return {VNPAY: "/ipn", BANK: "/sepay"}.get(self.name, f"/{self.name}")


_STRIPE: Final = {"api_key": "sk_test_made_up_here", "webhook_secret": "whsec_test_only_made_up_here"}
_SQUARE: Final = {"access_token": "made-up-square-token", "signature_key": "made-up-key"}
_PAYPAL: Final = {"client_id": "client-1", "webhook_id": "1JE4291016473214C"}
_PAYOS: Final = {"api_key": "made-up-api-key", "checksum_key": "made-up-checksum-key"}
_LEAN: Final = {"client_secret": "made-up-client-secret", "webhook_secret": "made-up-lean-secret"}
_CASSO: Final = {"webhook_secret": "made-up-casso-key", "api_key": "AK_CS.made.up"}
_HYPERPAY: Final = {"access_token": "made-up-token==", "webhook_key": hyperpay_stage.KEY}
_SPOS: Final = {name: value.reveal() for name, value in vnpay_spos_stage.SPOS.items()}

FRONTS: Final = (
    Front(
        BANK,
        SepayAdapter(),
        "VND",
        45_000,
        {"account_number": ACCOUNT, "webhook_secret": WEBHOOK_SECRET, "api_token": API_TOKEN},
        own_code=ACCOUNT,
    ),
    Front(
        VNPAY,
        VnpayQrAdapter(),
        "VND",
        45_000,
        {
            "app_id": "MERCHANT",
            "merchant_name": "VNPAY TEST",
            "merchant_code": "88888888",
            "terminal_id": "PSSTEST",
            "create_secret": CREATE_SECRET,
            "check_secret": CHECK_SECRET,
        },
    ),
    Front("vnpay_spos", VnpaySposAdapter(), "VND", 150_000, _SPOS, vnpay_spos_stage.SECRETS, vnpay_spos_stage.FACTS),
    Front(
        "casso",
        CassoAdapter(),
        "VND",
        45_000,
        {"account_number": VCB_ACCOUNT, "webhook_version": "v2", **_CASSO},
        _CASSO,
        {"account_number": VCB_ACCOUNT, "bank_bin": BANK_BIN, "webhook_version": "v2"},
        own_code=VCB_ACCOUNT,
    ),
    Front(
        "payos",
        PayosAdapter(),
        "VND",
        45_000,
        {"checkout_url": "{url}/pay/payos", "client_id": "client-1", **_PAYOS},
        _PAYOS,
        {"client_id": "client-1", "account_number": "19036512345678", "bank_bin": "970407"},
    ),
    Front("stripe", StripeAdapter(), "VND", 150_000, {"return_url": "https://shop.example/", **_STRIPE}, _STRIPE),
    Front(
        "square",
        SquareAdapter(),
        "USD",
        10_000,
        {"location_id": "L1", "device_id": "DEVICE1", "notification_url": "{told}", **_SQUARE},
        _SQUARE,
        {"location_id": "L1", "device_id": "DEVICE1"},
        "link",
    ),
    Front(
        "paypal",
        PaypalAdapter(),
        "USD",
        10_000,
        {"client_secret": "made-up-paypal-secret", **_PAYPAL},
        {"client_secret": "made-up-paypal-secret"},
        _PAYPAL,
        completed=True,
    ),
    Front(
        "braintree",
        BraintreeAdapter(),
        "USD",
        12_50,
        {name: value.reveal() for name, value in braintree_stage.BRAINTREE.items()},
        braintree_stage.SECRETS,
        braintree_stage.FACTS,
        braintree_stage.NONCE,
        settled_by="settles",
    ),
    Front(
        "hyperpay",
        HyperpayAdapter(),
        "SAR",
        92_00,
        {name: value.reveal() for name, value in hyperpay_stage.HYPERPAY.items()},
        _HYPERPAY,
        {"entity_id": hyperpay_stage.ENTITY, "mada_entity_id": hyperpay_stage.MADA},
    ),
    Front(
        "lean",
        LeanAdapter(),
        "AED",
        12_050,
        {"auth_url": "{url}", "client_id": "app-1", "paid_when": "accepted", **_LEAN},
        _LEAN,
        {"client_id": "app-1", "describes": "yes"},
    ),
)


@dataclass(frozen=True)
class Sale:
    """What a customer can pay: its reference, the offer's key, and the payment unless its code is the till's own."""

    reference: str
    offer: str
    context: PaymentContext | None = None


@dataclass
class Street:
    """All eleven, and the receiver of what they notify."""

    stage: Stage
    receiver: Receiver
    http: httpx.Client
    heard_before: int = 0

    @property
    def url(self) -> str:
        """The simulator's address."""
        return str(self.stage.http.base_url).rstrip("/")

    def next_scene(self) -> None:
        """Begin anew: with quiet switches, and deaf for what was notified before."""
        self.stage.control("chaos", reset=True)
        self.stage.idle()
        self.heard_before = len(self.receiver.got)

    def credentials(self, front: Front) -> Credentials:
        """Return what the owner filled in."""
        told = self.receiver.url(front.path)
        form = {
            name: value.format(url=self.url, told=told) if "{" in value else value for name, value in front.form.items()
        }
        return sealed_by_nobody(**{**form, "base_url": self.url})

    def sells(self, front: Front) -> Sale:
        """Make what the customer pays."""
        reference, now = payment_reference("01", "A", next(_numbers)), system_now()
        if front.own_code:
            code = vietqr(reference, front.amount, front.own_code, BANK_BIN)
            return Sale(reference, self.stage.control("offer", qr_text=code)["offer"])
        context = PaymentContext(
            merchant_id=MERCHANT,
            reference=reference,
            amount_minor=front.amount,
            currency=front.currency,
            description="Hoa Mai",
            created_at=Instant(now - now % 1000),
            expires_at=Instant(now + 900_000),
            option=front.option,
            page_url=hyperpay_stage.PAGE,
        )
        known = self._offers(front)
        result = self._made(front, context)
        assert result.failure is None, result
        (offer,) = self._offers(front) - known
        return Sale(reference, offer, replace(context, provider_ref=result.provider_ref))

    def _made(self, front: Front, context: PaymentContext) -> RailResult:
        if front.settled_by:  # by a nonce from the hub's own page
            return braintree_stage.presented(self.http, dict(self.credentials(front)), context)
        return front.adapter.present(self.http, self.credentials(front), context)

    def _offers(self, front: Front) -> set[str]:
        return {offer["offer"] for offer in self.stage.state()["offers"] if offer["provider"] == front.name}

    def pays(self, front: Front, sale: Sale) -> None:
        """Let the customer pay, or the provider settle, and the shop complete what it must."""
        if front.settled_by:
            self.stage.control("do", offer=sale.offer, deed=front.settled_by, wait_s=0)
        else:
            self.stage.control("pay", offer=sale.offer, wait_s=0)
        if front.completed and sale.context is not None:
            front.adapter.check(self.http, self.credentials(front), sale.context)

    def got(self, front: Front) -> list[Delivery]:
        """Return what the provider has notified in this scene, once nothing more is under way."""
        self.stage.idle()
        return self.got_by_now(front)

    def got_by_now(self, front: Front) -> list[Delivery]:
        """Return what the provider has notified so far."""
        return [told for told in self.receiver.got[self.heard_before :] if told.path == front.path]

    def events(self, front: Front, since: int) -> list[dict[str, Any]]:
        """Return the provider's notifications that are newer than `since`, oldest first, with their attempts."""
        events = [event for event in self.stage.state()["events"] if event["provider"] == front.name]
        return sorted((event for event in events if event["event_id"] > since), key=lambda event: event["event_id"])

    def last_event(self) -> int:
        """Return the number of the newest notification."""
        return max((event["event_id"] for event in self.stage.state()["events"]), default=0)

    def read(self, front: Front, delivery: Delivery) -> tuple[Notice, ...]:
        """Let our client read a notification; raises NotificationRefused."""
        now = Instant(system_now())
        told = front.adapter.read_notification(self.credentials(front), delivery.headers, delivery.body, now)
        return told if isinstance(told, tuple) else (told,)

    def amounts(self, front: Front) -> set[int]:
        """Return the amounts of money that the notifications of this scene tell of."""
        notices = [notice for delivery in self.got(front) for notice in self.read(front, delivery)]
        return {notice.amount_minor for notice in notices if isinstance(notice, Receipt | Authorization)}


def answer(delivery: Delivery, number: int) -> Answer:
    """Say what each of the providers takes for a yes."""
    del number
    if delivery.path == "/ipn":
        return 200, json.dumps({"code": "00", "message": "ok", "data": {"txnId": delivery.json()["txnId"]}})
    return 200, '{"success": true, "code": "200"}'


@contextmanager
def street(answers: Callable[[Delivery, int], Answer] = answer) -> Iterator[Street]:
    """Open all providers until the block ends."""
    with listening() as receiver:
        receiver.answers = answers
        stalls = {
            front.name: StallSettings(receiver.url(front.path), front.secrets, front.facts)
            for front in FRONTS
            if front.secrets
        }
        stage, running = started(settings_for(receiver.url, None, stalls=stalls))
        with httpx.Client(trust_env=False, timeout=30) as http:
            try:
                yield Street(stage, receiver, http)
            finally:
                stage.http.close()
                running.stop()
