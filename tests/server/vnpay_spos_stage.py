"""A simulated VNPAY SmartPOS on a real socket, and what the tests of our client play on it."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx

from domain.ids import Instant
from domain.matching import payment_reference
from domain.rails import PaymentContext, RailResult, Receipt
from server.rails.vnpay_spos import VnpaySposAdapter
from server.simulator.vntime import system_now
from server.vault import Secret
from tests.server.rails_samples import CONTEXT, sealed_by_nobody
from tests.server.simulator.stall_stage import Play, listening, playing

ADAPTER = VnpaySposAdapter()
SPOS = sealed_by_nobody(
    generation="spos3",
    base_url="https://spos.example",
    merchant_code="MERCH01",
    terminal_code="TERM01",
    init_secret="made-up-init",
    query_secret="made-up-query",
    ipn_secret="made-up-ipn",
)
SECRETS = {"init": "made-up-init", "query": "made-up-query", "ipn": "made-up-ipn"}
FACTS = {"merchant_code": "MERCH01", "terminal_code": "TERM01"}
_numbers = itertools.count(100)


@dataclass
class Terminal:
    """The simulated terminal, the client's connection and the credentials of one generation."""

    play: Play
    http: httpx.Client
    credentials: dict[str, Secret]

    def payment(self, **changes: Any) -> PaymentContext:
        """A payment of 150 000 dong that begins now."""
        now = system_now()
        fresh = replace(
            CONTEXT,
            reference=payment_reference("01", "A", next(_numbers)),
            amount_minor=150_000,
            created_at=Instant(now - now % 1000),
            expires_at=Instant(now + 900_000),
        )
        return replace(fresh, **changes)

    def present(self, context: PaymentContext) -> RailResult:
        return ADAPTER.present(self.http, self.credentials, context)

    def check(self, context: PaymentContext) -> RailResult:
        return ADAPTER.check(self.http, self.credentials, context)

    def withdraw(self, context: PaymentContext) -> RailResult:
        return ADAPTER.withdraw(self.http, self.credentials, context)

    def sent(self, **changes: Any) -> PaymentContext:
        """A payment that the terminal shows."""
        context = self.payment(**changes)
        result = self.present(context)
        assert result.provider_ref, result
        return replace(context, provider_ref=result.provider_ref)

    def receipts(self, received_at: int) -> list[Receipt]:
        """The money and refusals that our client reads in the notifications of this scene."""
        notices = [
            ADAPTER.read_notification(self.credentials, news.headers, news.body, Instant(received_at))
            for news in self.play.news()
        ]
        return [notice for notice in notices if isinstance(notice, Receipt)]


@contextmanager
def terminal() -> Iterator[Terminal]:
    """Open the simulated terminal; replies are those of our client."""
    with listening() as receiver, playing(receiver, "vnpay_spos", SECRETS, FACTS) as play:
        receiver.answers = lambda delivery, number: (200, '{"code":"200","message":"success","traceId":""}')
        with httpx.Client(verify=False, trust_env=False) as http:
            yield Terminal(play, http, {**SPOS, "base_url": Secret(play.url)})
