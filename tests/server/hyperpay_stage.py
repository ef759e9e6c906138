"""A simulated HyperPay on a real socket, and what the tests of our client play on it."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx

from domain.ids import Instant
from domain.matching import payment_reference
from domain.rails import PaymentContext, RailResult, RefundOrder
from server.rails.base import Notice
from server.rails.hyperpay import HyperpayAdapter
from server.simulator.vntime import system_now
from server.vault import Secret
from tests.server.rails_samples import CONTEXT, sealed_by_nobody
from tests.server.simulator.stall_stage import Play, listening, playing

ADAPTER = HyperpayAdapter()
KEY = "000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f"
ENTITY = "8ac7a4c9000000000000000000000001"
MADA = "8ac7a4c9000000000000000000000002"
HYPERPAY = sealed_by_nobody(
    base_url="https://hyperpay.example",
    access_token="made-up-token==",
    entity_id=ENTITY,
    entity_id_mada=MADA,
    webhook_key=KEY,
)
PAGE = "https://hub.example/pay/1/2/3"
_numbers = itertools.count(100)


@dataclass
class HyperpayStage:
    """The simulated HyperPay, the client's connection and its credentials; references never repeat."""

    play: Play
    http: httpx.Client
    credentials: dict[str, Secret]

    def payment(self, **changes: Any) -> PaymentContext:
        """A payment of 92 riyals that begins now."""
        now = system_now()
        fresh = replace(
            CONTEXT,
            reference=payment_reference("01", "A", next(_numbers)),
            amount_minor=92_00,
            currency="SAR",
            page_url=PAGE,
            created_at=Instant(now),
            expires_at=Instant(now + 900_000),
        )
        return replace(fresh, **changes)

    def check(self, context: PaymentContext) -> RailResult:
        return ADAPTER.check(self.http, self.credentials, context)

    def shown(self, **changes: Any) -> PaymentContext:
        """A payment whose checkout is open."""
        context = self.payment(**changes)
        result = ADAPTER.present(self.http, self.credentials, context)
        assert result.link, result
        return replace(context, provider_ref=result.provider_ref)

    def pay(self, context: PaymentContext, **more: Any) -> None:
        """Let the customer pay an open checkout."""
        self.play.act("pay", context.provider_ref, **more)

    def paid(self, **changes: Any) -> PaymentContext:
        """A payment after the customer has paid, known by its transaction."""
        context = self.shown(**changes)
        self.pay(context)
        return replace(context, provider_ref=self.check(context).provider_ref)

    def order(self, context: PaymentContext, amount_minor: int, **changes: Any) -> RefundOrder:
        """An order to give money back."""
        order = RefundOrder(
            merchant_id=context.merchant_id,
            reference=f"BANR{next(_numbers):07d}",
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

    def notices(self) -> list[Notice]:
        """What our client reads in the notifications of this scene."""
        now = Instant(system_now())
        return [ADAPTER.read_notification(self.credentials, news.headers, news.body, now) for news in self.play.news()]


@contextmanager
def hyperpay_stage() -> Iterator[HyperpayStage]:
    """Open the simulated HyperPay and its receiver."""
    secrets = {"access_token": "made-up-token==", "webhook_key": KEY}
    facts = {"entity_id": ENTITY, "mada_entity_id": MADA}
    with (
        listening() as receiver,
        playing(receiver, "hyperpay", secrets, facts) as play,
        httpx.Client(verify=False, trust_env=False) as http,
    ):
        yield HyperpayStage(play, http, {**HYPERPAY, "base_url": Secret(play.url)})
