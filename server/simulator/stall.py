"""A simulated provider in one file: what a stall offers the simulator, and what the simulator does for it.

A new provider is a subclass of `Stall` in a file of its own: that is how it is found (docs/adding-a-provider.md).

* `calls` lists its API by the provider's real paths. A handler is a plain function of `Asked` that returns a FastAPI
  `Response` or raises `Refused`; it never awaits. Paths of all stalls share one address: they must not meet.
* `shelf` is its memory: documents (dicts) by kind and key. `keep` replaces one, `doc` and `docs` give copies. What one
  call or one act of the customer keeps and tells becomes one line of the journal: all of it or, when the handler
  raises, nothing. It is there again after a restart or a kill. `shelf.number()` never repeats, so ids are made of it.
* `shelf.tell` owes the receiver a notification: `body` is what is sent; `dressed` adds headers and signature at each
  attempt (`forged`: as somebody without the secret would), `judge` reads the answer, `waits_s` are the retries.
* `offers` is what a customer can pay now or could before. A link made with `page_of` opens the hosted page.
* `scan` is a phone that reads a code which no call made, such as a VietQR that the till drew: the stall keeps an offer.
* `pay`, `expire` and `do` are the customer's (or the provider's own) acts. Whether an offer is known, open and allows
  what is asked is checked before; the stall raises `CannotDo` only for reasons of its own.

Nothing here knows of chaos: lost, late, doubled, swapped and forged notifications, wrong amounts, failing calls, lost
answers and payments before the create call's answer happen to every stall from outside (server/simulator/market.py).
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Final
from urllib.parse import parse_qsl

from fastapi import Response
from fastapi.responses import JSONResponse

from server.simulator.bank_text import bank_text, style_for
from server.simulator.book import Book, offer_key
from server.simulator.chaos import Chaos
from server.simulator.delivery import ACCEPTED, AGAIN, Verdict
from server.simulator.facts import Fact, Notice, StallFact
from server.simulator.settings import StallSettings

Doc = dict[str, Any]

NONE: Final[Mapping[str, tuple[str, str]]] = MappingProxyType({})
HOSTED_PATH: Final = "/pay"
RETRY_WAITS_S: Final = (60.0, 300.0, 1800.0, 7200.0)


class CannotDo(Exception):
    """The customer's app refuses; `code` is a short word for programs, the text is for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Refused(Exception):
    """The provider's API says no: `response` is its answer, and nothing of the call is kept."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


@dataclass(frozen=True, slots=True)
class Asked:
    """One call of the API: names from the path, the query, headers (lower case) and the raw body.

    `origin` is this simulator as the caller addressed it, without a slash at its end.
    """

    path: Mapping[str, str]
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes
    origin: str

    def form(self) -> tuple[tuple[str, str], ...]:
        """Return the fields of a form-encoded body in order; raises ValueError for text that is not UTF-8."""
        return tuple(parse_qsl(self.body.decode("utf-8"), keep_blank_values=True))

    def json(self) -> Doc:
        """Return the JSON object of the body, an empty one for no body; raises ValueError for anything else."""
        value = json.loads(self.body or b"{}")
        if not isinstance(value, dict):
            raise ValueError("the body is no JSON object")  # noqa: TRY004 - the caller's text is wrong, not our type
        return value


@dataclass(frozen=True, slots=True)
class Call:
    """One call that the API understands: `path` as FastAPI writes it, such as `/v1/refunds/{id}`."""

    method: str
    path: str
    handler: Callable[[Asked], Response]


@dataclass(frozen=True, slots=True)
class Taken:
    """One attempt to pay an offer, minor units; `code` is why it took no money."""

    id: str
    amount: int
    at_ms: int
    took_money: bool = True
    code: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """Something a customer can pay: `name` is the provider's id of it, `amount` minor units of `currency` (ISO 4217).

    `status` is open, held (authorised, not captured), paid, declined (can be tried again) or expired. `text` is what a
    phone or terminal would read: a link, a code's text or nothing. `deeds` are those of the stall possible now.
    """

    name: str
    title: str
    amount: int
    currency: str
    status: str
    created_ms: int
    expires_ms: int | None = None
    text: str = ""
    attempts: tuple[Taken, ...] = ()
    deeds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GivenBack:
    """A refund at a stall, minor units; `payment` is the provider's id of what was paid."""

    id: str
    payment: str
    amount: int
    currency: str
    status: str
    at_ms: int


class Shelf:
    """One stall's documents and the notifications it owes; writes belong to the act that the simulator opened."""

    def __init__(self, stall: str, book: Book, chaos: Chaos) -> None:
        self._stall = stall
        self._book = book
        self._chaos = chaos
        self._fresh: dict[tuple[str, str], StallFact] = {}
        self._told: list[Notice] = []

    def now(self) -> int:
        """Return the present instant in UTC milliseconds."""
        return self._book.now()

    def number(self) -> int:
        """Return a number (10 digits until the year 2286) that was never given out before."""
        return self._book.next_number()

    def doc(self, kind: str, key: str) -> Doc | None:
        """Return a copy of a document, None if there is none."""
        fact = self._fresh.get((kind, key)) or self._book.stall_fact(self._stall, kind, key)
        return None if fact is None else _read(fact)

    def docs(self, kind: str) -> list[Doc]:
        """Return copies of all documents of a kind, in the order in which they were first kept."""
        facts = dict(self._book.stall_facts(self._stall, kind))
        facts |= {key: fact for (fresh_kind, key), fact in self._fresh.items() if fresh_kind == kind}
        return [_read(fact) for fact in facts.values()]

    def keep(self, kind: str, key: str, doc: Doc) -> None:
        """Keep a document in place of the one of the same kind and key."""
        text = json.dumps(doc, ensure_ascii=False, separators=(",", ":"))
        self._fresh[kind, key] = StallFact(self._stall, kind, key, text, self._book.last_number, self.now())

    def tell(self, offer: str, amount: int, currency: str, body: str) -> None:
        """Owe the receiver a notification about an offer, minor units."""
        key, now_ms = offer_key(self._stall, offer), self.now()
        self._told.append(
            self._chaos.notice(self._book.next_number(), self._stall, key, amount, body, now_ms, currency)
        )

    def charged(self, amount: int) -> int:
        """Return what a call that charges at once really takes, minor units: wrong where a switch says so."""
        return self._chaos.amount(amount, self._stall)

    def bank_text(self, typed: str, number: int, account: str) -> str:
        """Return what a bank makes of a transfer's text: mangled as the switches say, in turn where they do not."""
        switches = self._chaos.switches
        return bank_text(typed, switches.text_style or style_for(number), number, account, switches.cut_text_at)

    def take(self) -> tuple[list[Fact], list[Notice]]:
        """Hand over what was kept and told since the last time, for the journal; called by the simulator."""
        told = list(self._told)
        facts: list[Fact] = [*self._fresh.values(), *told]
        self.forget()
        return facts, told

    def forget(self) -> None:
        """Drop what was kept and told since the last `take`; called by the simulator."""
        self._fresh.clear()
        self._told.clear()


@dataclass(frozen=True, slots=True)
class Wish:
    """How a customer pays: minor units and, for anything but success, one of the stall's `outcomes`."""

    amount: int
    outcome: str = ""


class Stall(ABC):
    """One simulated provider; see the head of this file."""

    name: ClassVar[str]
    """As in offers (`stripe:cs_…`), links (`/pay/stripe/…`) and settings."""
    brand: ClassVar[str]
    outcomes: ClassVar[tuple[str, ...]] = ()
    """What can come of a payment instead of success, in the provider's words; the first is the usual decline."""
    deeds: ClassVar[Mapping[str, tuple[str, str]]] = NONE
    """Other acts, such as a charge-back, with their (Vietnamese, English) names."""
    pays_twice: ClassVar[bool] = False
    pays_late: ClassVar[bool] = False
    settled_by: ClassVar[str] = ""
    """The deed that stands for paying what a call has charged already, where no customer has anything left to do."""
    waits_s: tuple[float, ...] = RETRY_WAITS_S
    give_up_after_s: float | None = None

    def __init__(self, shelf: Shelf, settings: StallSettings) -> None:
        self.shelf: Final = shelf
        self.settings: Final = settings
        self.url = settings.notify_url

    @abstractmethod
    def calls(self) -> tuple[Call, ...]:
        """Return the calls of the provider's API."""

    @abstractmethod
    def offers(self) -> list[Offer]:
        """Return what was ever offered, oldest first."""

    def offer(self, name: str) -> Offer | None:
        """Return one offer; a stall that can find it without going through all of them does so."""
        return next((offer for offer in self.offers() if offer.name == name), None)

    def scan(self, text: str) -> str | None:
        """Return the offer that a phone makes of a code which is none yet; None for a code that is not ours."""
        del text
        return None

    @abstractmethod
    def pay(self, name: str, wish: Wish) -> None:
        """Let the customer pay, or fail to with `wish.outcome`."""

    @abstractmethod
    def expire(self, name: str) -> None:
        """Let the time of an offer run out at once."""

    @abstractmethod
    def dressed(self, notice: Notice, at_ms: int, *, forged: bool) -> tuple[bytes, dict[str, str]]:
        """Return body and headers of one attempt to deliver a notification."""

    def judge(self, status: int, answer: str) -> Verdict:
        """Return what the receiver's answer means: here 2xx is taken and everything else is tried again."""
        del answer
        return Verdict(ACCEPTED if 200 <= status <= 299 else AGAIN, str(status))

    def do(self, name: str, deed: str) -> None:
        """Carry out one of `deeds` on an offer."""
        raise CannotDo("unknown", f"{self.brand} has no {deed} for {name}")

    def refunds(self) -> list[GivenBack]:
        """Return what was given back, oldest first."""
        return []

    def failing(self, status: int) -> Response:
        """Return the provider's way of saying 409, 429 or 5xx when a switch makes a call fail."""
        return JSONResponse({"error": {"message": "simulated"}}, status_code=status)

    def page_of(self, name: str) -> str:
        """Return the path of the hosted page of an offer."""
        return f"{HOSTED_PATH}/{self.name}/{name}"


def _read(fact: StallFact) -> Doc:
    doc: Doc = json.loads(fact.json)
    return doc
