"""A simulated Braintree on a real socket, and what the tests of our client play on it."""

import importlib
import itertools
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx

from domain.ids import Instant
from domain.matching import payment_reference
from domain.rails import PaymentContext, RailResult, RefundOrder
from server.rails.base import Notice
from server.rails.braintree import BraintreeAdapter
from server.simulator.vntime import system_now
from server.vault import Secret
from tests.server.rails_samples import CONTEXT, sealed_by_nobody
from tests.server.simulator.stall_stage import Play, listening, playing

ADAPTER = BraintreeAdapter()
SECRETS = {"public_key": "integration_public_key", "private_key": "integration_private_key"}
FACTS = {"merchant_id": "integration_merchant_id", "merchant_account_id": "shop_usd", "currency": "USD"}
BRAINTREE = sealed_by_nobody(
    base_url="https://braintree.example",
    merchant_id=FACTS["merchant_id"],
    merchant_account_id=FACTS["merchant_account_id"],
    tokenization_key="sandbox_made_up",
    **SECRETS,
)
NONCE = "fake-valid-nonce"
PAGE = "https://hub.example/pay/1/2/3"
with warnings.catch_warnings():
    # The official client warns about parts of itself while it is imported; it says nothing of its types.
    warnings.simplefilter("ignore", DeprecationWarning)
    SDK: Any = importlib.import_module("braintree")
_numbers = itertools.count(100)


def presented(http: httpx.Client, credentials: dict[str, Secret], context: PaymentContext) -> RailResult:
    """Make the page of a payment, or charge the nonce that stands in its option."""
    if not context.option:
        return ADAPTER.present(http, credentials, replace(context, page_url=PAGE))
    return ADAPTER.charge(http, credentials, replace(context, option=""), context.option)


@dataclass
class BraintreeStage:
    """The simulated Braintree, the client's connection and its credentials; references never repeat."""

    play: Play
    http: httpx.Client
    credentials: dict[str, Secret]

    def payment(self, **changes: Any) -> PaymentContext:
        """A payment of 12.50 dollars that begins now, charged to a good card."""
        now = system_now()
        fresh = replace(
            CONTEXT,
            reference=payment_reference("01", "A", next(_numbers)),
            amount_minor=12_50,
            currency="USD",
            option=NONCE,
            created_at=Instant(now),
            expires_at=Instant(now + 900_000),
        )
        return replace(fresh, **changes)

    def present(self, context: PaymentContext) -> RailResult:
        """Make the page of a payment, or charge the nonce that stands in its option."""
        return presented(self.http, self.credentials, context)

    def card_page(self, context: PaymentContext) -> str:
        """The simulator's name of a card page for the payment."""
        query = {"reference": context.reference, "amount": "12.50"}
        return self.http.get(f"{self.play.url}/braintree/dropin", params=query).headers["location"].rpartition("/")[2]

    def check(self, context: PaymentContext) -> RailResult:
        return ADAPTER.check(self.http, self.credentials, context)

    def charged(self, **changes: Any) -> PaymentContext:
        """A payment after its nonce was charged."""
        context = self.payment(**changes)
        result = self.present(context)
        assert result.provider_ref, result
        return replace(context, provider_ref=result.provider_ref)

    def settled(self, **changes: Any) -> PaymentContext:
        """A payment whose money has settled."""
        context = self.charged(**changes)
        self.play.act("do", context.provider_ref, deed="settles")
        return context

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
def braintree_stage() -> Iterator[BraintreeStage]:
    """Open the simulated Braintree and its receiver."""
    with (
        listening() as receiver,
        playing(receiver, "braintree", SECRETS, FACTS) as play,
        httpx.Client(verify=False, trust_env=False) as http,
    ):
        yield BraintreeStage(play, http, {**BRAINTREE, "base_url": Secret(play.url)})
