"""All open stalls: their API calls and their customers' acts, with the chaos that none of them knows of."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response

from server.simulator.book import Book, offer_key
from server.simulator.chaos import Chaos
from server.simulator.delivery import Channel, Courier
from server.simulator.facts import Notice, PlanDone
from server.simulator.settings import SimulatorSettings
from server.simulator.stall import Asked, Call, CannotDo, Offer, Refused, Shelf, Stall, Wish
from server.simulator.stalls import known_stalls

EARLY_NOTICE_WAIT_S: Final = 5.0
"""How long a create call is kept back so that the notification arrives first."""

OPEN: Final = frozenset({"open", "declined"})
READING: Final = frozenset({"GET", "HEAD"})


class Market:
    """The stalls of one run; offers are named `<stall>:<the provider's id>`."""

    def __init__(self, settings: SimulatorSettings, book: Book, chaos: Chaos) -> None:
        self._book = book
        self._chaos = chaos
        self._send: Callable[[Notice], None] = _not_yet
        self.stalls: Final[dict[str, Stall]] = {
            kind.name: kind(Shelf(kind.name, book, chaos), settings.stalls[kind.name])
            for kind in known_stalls()
            if kind.name in settings.stalls
        }
        unknown = settings.stalls.keys() - self.stalls.keys()
        if unknown:
            raise ValueError(f"there are no stalls {sorted(unknown)}")

    def channels(self) -> dict[str, Channel]:
        """Return how each stall's notifications travel."""
        return dict(self.stalls)

    def send_with(self, courier: Courier) -> None:
        """Hand what stalls tell to this courier from now on."""
        self._send = courier.send

    def brand_of(self, provider: str) -> str | None:
        """Return the name people know a stall by, None for a provider that is no stall."""
        return self.stalls[provider].brand if provider in self.stalls else None

    # ---- offers

    def sells(self, offer: str) -> bool:
        """Tell whether the offer key names a stall."""
        return offer.partition(":")[0] in self.stalls

    def knows(self, offer: str) -> bool:
        """Tell whether a stall ever made this offer."""
        stall, _, name = offer.partition(":")
        return stall in self.stalls and self.stalls[stall].offer(name) is not None

    def offers(self) -> Iterator[tuple[str, Stall, Offer]]:
        """Yield every offer with its key and its stall, stall by stall and oldest first."""
        for stall in self.stalls.values():
            for offer in stall.offers():
                yield offer_key(stall.name, offer.name), stall, offer

    def found(self, key: str) -> tuple[Stall, Offer]:
        """Return an offer and its stall; raises CannotDo when there is none."""
        stall, _, name = key.partition(":")
        offer = self.stalls[stall].offer(name) if stall in self.stalls else None
        if offer is None:
            raise CannotDo("unknown", f"there is no {key}")
        return self.stalls[stall], offer

    def offer_of_text(self, text: str) -> str | None:
        """Return the key of the offer whose code or link (on whatever host) a phone has read."""
        path = urlsplit(text).path if text.startswith("http") else ""
        for key, stall, offer in self.offers():
            if text and (text == offer.text or path == stall.page_of(offer.name)):
                return key
        return None

    def scanned(self, text: str) -> str | None:
        """Return the key of what a phone has read, offered just now by a stall that knows such codes; None else."""
        if (known := self.offer_of_text(text)) is not None:
            return known
        for stall in self.stalls.values():
            with self._act(stall):
                name = stall.scan(text)
            if name is not None:
                return offer_key(stall.name, name)
        return None

    # ---- what customers do

    def require(self, key: str, outcome: str, *, late: bool) -> tuple[Stall, Offer]:
        """Return the stall and the offer if it can be paid so now; raises CannotDo."""
        stall, offer = self.found(key)
        if outcome and outcome not in stall.outcomes:
            raise CannotDo("outcome", f"{stall.brand} knows no outcome {outcome!r}")
        if offer.status == "expired" and not (late and stall.pays_late):
            raise CannotDo("expired", f"{key} has expired")
        if offer.status not in OPEN | {"expired"} and not stall.pays_twice:
            raise CannotDo("paid", f"{key} is paid")
        return stall, offer

    def pay(
        self, key: str, amount: int | None, outcome: str, times: int, *, late: bool, done: PlanDone | None
    ) -> list[int]:
        """Let the customer pay `times` times; raises CannotDo and then nothing has happened."""
        stall, offer = self.require(key, outcome, late=late)
        with self._act(stall, done) as event_ids:
            for _ in range(times):
                # A stall that takes money once refuses the second time itself, inside the same act.
                self.require(key, outcome, late=late)
                stall.pay(offer.name, Wish(self._chaos.amount(amount or offer.amount, stall.name), outcome))
        return event_ids

    def decline(self, key: str, outcome: str) -> list[int]:
        """Let the payment fail, in the stall's usual way or in the named one; raises CannotDo."""
        stall, _ = self.found(key)
        if not outcome and not stall.outcomes:
            raise CannotDo("outcome", f"nothing can be declined at {stall.brand}")
        return self.pay(key, None, outcome or stall.outcomes[0], 1, late=False, done=None)

    def expire(self, key: str) -> list[int]:
        """Let the offer's time run out at once; raises CannotDo when it is not open."""
        stall, offer = self.require(key, "", late=False)
        with self._act(stall) as event_ids:
            stall.expire(offer.name)
        return event_ids

    def do(self, key: str, deed: str) -> list[int]:
        """Carry out one of the stall's own deeds; raises CannotDo when it is not possible now."""
        stall, offer = self.found(key)
        if deed not in offer.deeds:
            raise CannotDo("unknown" if deed not in stall.deeds else "not_now", f"{deed} is not possible for {key}")
        with self._act(stall) as event_ids:
            stall.do(offer.name, deed)
        return event_ids

    @contextmanager
    def _act(self, stall: Stall, done: PlanDone | None = None) -> Iterator[list[int]]:
        """Put all that the stall keeps and tells meanwhile into one line of the journal, then send."""
        event_ids: list[int] = []
        try:
            yield event_ids
        except BaseException:
            stall.shelf.forget()
            raise
        facts, notices = stall.shelf.take()
        if done is not None:
            facts.append(done)
        if facts:
            self._book.write(*facts)
        for notice in notices:
            self._send(notice)
            event_ids.append(notice.event_id)

    # ---- the providers' APIs

    def routes(self, courier: Courier) -> APIRouter:
        """Return the routes of every stall's API."""
        routes = APIRouter()
        for stall in self.stalls.values():
            for call in stall.calls():
                endpoint = self._endpoint(stall, call, courier)
                routes.add_api_route(call.path, endpoint, methods=[call.method], response_model=None)
        return routes

    def _endpoint(self, stall: Stall, call: Call, courier: Courier) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            asked = Asked(
                path={name: str(value) for name, value in request.path_params.items()},
                query=tuple(request.query_params.multi_items()),
                headers=dict(request.headers),
                body=await request.body(),
                origin=str(request.base_url).rstrip("/"),
            )
            if call.method in READING:
                return self._answer(stall, call, asked)
            if (status := self._chaos.take_call_failure(stall.name)) is not None:
                return stall.failing(status)
            known = self._names(stall)
            response = self._answer(stall, call, asked)
            lost = await self._disturb(stall, sorted(self._names(stall) - known), courier)
            return _gateway_timeout() if lost or self._chaos.take_lost_call(stall.name) else response

        return endpoint

    def _names(self, stall: Stall) -> set[str]:
        """Return what can be paid, as far as a switch wants to know what a call made: going through all takes time."""
        switches = self._chaos.switches
        asked_for = switches.notify_before_create or switches.create_delay_s or switches.lose_create_answers
        return {offer.name for offer in stall.offers()} if asked_for else set()

    def _answer(self, stall: Stall, call: Call, asked: Asked) -> Response:
        try:
            with self._act(stall):
                return call.handler(asked)
        except Refused as refusal:
            return refusal.response

    async def _disturb(self, stall: Stall, fresh: list[str], courier: Courier) -> bool:
        """Do to a call that made something to pay what the switches say; tell whether its answer gets lost."""
        if not fresh:
            return False
        if self._chaos.strikes("notify_before_create", stall.name):
            for name in fresh:
                await courier.first_tries(self._pay_early(stall, name), EARLY_NOTICE_WAIT_S)
        await asyncio.sleep(self._chaos.create_delay_s(stall.name))
        return self._chaos.take_lost_answer(stall.name)

    def _pay_early(self, stall: Stall, name: str) -> list[int]:
        key = offer_key(stall.name, name)
        if stall.settled_by in self.found(key)[1].deeds:
            return self.do(key, stall.settled_by)
        return self.pay(key, None, "", 1, late=False, done=None)

    # ---- for people and programs

    def state(self) -> list[dict[str, Any]]:
        """Return the offers of all stalls as JSON values."""
        return [
            {
                "offer": key,
                "provider": stall.name,
                "brand": stall.brand,
                "title": offer.title,
                "amount": offer.amount,
                "currency": offer.currency,
                "qr_text": offer.text,
                "page": stall.page_of(offer.name),
                "expires_ms": offer.expires_ms,
                "created_ms": offer.created_ms,
                "status": offer.status,
                "outcomes": list(stall.outcomes),
                "deeds": {name: stall.deeds[name] for name in offer.deeds},
                "pays_twice": stall.pays_twice,
                "pays_late": stall.pays_late,
                "payments": [
                    {
                        "id": taken.id,
                        "amount": taken.amount,
                        "at_ms": taken.at_ms,
                        "took_money": taken.took_money,
                        "code": taken.code,
                    }
                    for taken in offer.attempts
                ],
            }
            for key, stall, offer in self.offers()
        ]

    def refunds(self) -> list[dict[str, Any]]:
        """Return what the stalls gave back as JSON values."""
        return [
            {
                "stall": stall.name,
                "id": given.id,
                "payment": given.payment,
                "amount": given.amount,
                "currency": given.currency,
                "status": given.status,
                "at_ms": given.at_ms,
            }
            for stall in self.stalls.values()
            for given in stall.refunds()
        ]


def _not_yet(notice: Notice) -> None:
    raise RuntimeError(f"no courier carries notice {notice.event_id} yet")


def _gateway_timeout() -> Response:
    return Response("<html><body>504 Gateway Time-out</body></html>", 504, media_type="text/html")
