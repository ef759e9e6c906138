"""A simulated Stripe on a real socket with a receiver of its events, for the tests of our client."""

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx

from domain.ids import Instant
from domain.matching import payment_reference
from domain.rails import PaymentContext, RefundOrder
from server.rails.base import Notice
from server.rails.stripe import StripeAdapter
from server.simulator.settings import StallSettings
from server.simulator.vntime import system_now
from server.vault import Secret
from tests.server.rails_samples import CONTEXT, sealed_by_nobody
from tests.server.simulator.simulator_stage import Handler, Listener, Receiver, Stage, settings_for, started

ADAPTER = StripeAdapter()
API_KEY = "sk_test_made_up_here"
WEBHOOK_SECRET = "whsec_test_only_made_up_here"
STRIPE = sealed_by_nobody(
    base_url="https://stripe.example",
    api_key=API_KEY,
    webhook_secret=WEBHOOK_SECRET,
    return_url="https://shop.example/thanks",
)
_numbers = itertools.count(100)


@dataclass
class StripeStage:
    """The simulated Stripe, the client's connection and what was notified; references never repeat."""

    stage: Stage
    receiver: Receiver
    http: httpx.Client
    credentials: dict[str, Secret]
    heard: int = 0

    def payment(self, **changes: Any) -> PaymentContext:
        """A payment of 150 000 dong that begins now."""
        now = system_now()
        fresh = replace(
            CONTEXT,
            reference=payment_reference("01", "A", next(_numbers)),
            amount_minor=150_000,
            created_at=Instant(now),
            expires_at=Instant(now + 900_000),
        )
        return replace(fresh, **changes)

    def shown(self, context: PaymentContext) -> PaymentContext:
        """The payment after its page was opened."""
        result = ADAPTER.present(self.http, self.credentials, context)
        assert result.link, result
        return replace(context, provider_ref=result.provider_ref)

    def paid(self, **changes: Any) -> PaymentContext:
        """A payment after the customer has paid, known by its intent."""
        context = self.shown(self.payment(**changes))
        self.pay(context)
        return replace(context, provider_ref=ADAPTER.check(self.http, self.credentials, context).provider_ref)

    def refund(self, context: PaymentContext, amount_minor: int, **changes: Any) -> RefundOrder:
        """An order to give money back."""
        order = RefundOrder(
            merchant_id=context.merchant_id,
            reference=f"BANAR{next(_numbers):07d}",
            amount_minor=amount_minor,
            currency=context.currency,
            reason="Khách trả lại hàng",
            requested_at=Instant(system_now()),
            payment_reference=context.reference,
            payment_provider_ref=context.provider_ref,
            payment_minor=context.amount_minor,
            paid_at=context.created_at,
        )
        return replace(order, **changes)

    def offer(self, context: PaymentContext) -> str:
        """The simulator's name of the payment's page."""
        if context.provider_ref.startswith("cs_"):
            return f"stripe:{context.provider_ref}"
        intent = self.http.get(self.url(f"/v1/payment_intents/{context.provider_ref}"), headers=self.key()).json()
        listed = self.http.get(self.url("/v1/checkout/sessions?limit=100"), headers=self.key()).json()["data"]
        return "stripe:" + next(row["id"] for row in listed if row["payment_intent"] == intent["id"])

    def pay(self, context: PaymentContext, **body: Any) -> Any:
        return self.stage.control("pay", offer=self.offer(context), **body)

    def do(self, context: PaymentContext, deed: str) -> Any:
        self.stage.idle()  # what was told before arrives before: Stripe promises no order, and neither does the courier
        return self.stage.control("do", offer=self.offer(context), deed=deed)

    def notices(self) -> list[Notice]:
        """What our client reads in the events that came since the last call."""
        self.stage.idle()
        fresh, self.heard = self.receiver.got[self.heard :], len(self.receiver.got)
        now = Instant(system_now())
        return [ADAPTER.read_notification(self.credentials, event.headers, event.body, now) for event in fresh]

    def url(self, path: str) -> str:
        return self.credentials["base_url"].reveal() + path

    def key(self) -> dict[str, str]:
        return {"authorization": f"Bearer {API_KEY}"}


@contextmanager
def stripe_stage() -> Iterator[StripeStage]:
    """Open the simulated Stripe and its receiver."""
    receiver = Receiver(answers=lambda delivery, number: (200, "{}"))
    with Listener(("127.0.0.1", 0), Handler) as listener:
        listener.receiver = receiver
        receiver.port = listener.server_address[1]
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        secrets = {"api_key": API_KEY, "webhook_secret": WEBHOOK_SECRET}
        stalls = {"stripe": StallSettings(receiver.url("/stripe"), secrets)}
        stage, running = started(settings_for(receiver.url, None, stalls=stalls))
        with httpx.Client(verify=False, trust_env=False) as http:
            base_url = Secret(str(stage.http.base_url).rstrip("/"))
            yield StripeStage(stage, receiver, http, {**STRIPE, "base_url": base_url})
        stage.http.close()
        running.stop()
        listener.shutdown()
        thread.join()
