"""Events of other systems: what happened there, told as a JSON object of one exact form per kind of event."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from domain.errors import ErrorCode, RuleBroken
from domain.money import MAX_MINOR
from domain.posting_rules import (
    DEPOSIT,
    PURCHASE,
    PURCHASE_OWED,
    REFUND,
    SALE,
    STOCK_ISSUED,
    STOCK_LOSS,
    STOCK_SURPLUS,
    TRANSFER,
    Measure,
)
from domain.told_fields import ToldFields
from domain.vouchers import FIRST_DAY, NOBODY, Party, SourceEvent

EVENT_SOURCE: Final = "event:"
"""How the source kinds of vouchers begin that events of other systems booked."""

MAX_ID: Final = 100
MAX_SYSTEM: Final = 40
MAX_REFERENCE: Final = 100
MAX_EVENT_MEMO: Final = 500
MAX_PARTY: Final = 200

_MAX_DIGITS: Final = 18


@dataclass(frozen=True, slots=True)
class Form:
    """The fields that an event must tell and those that it may tell; any other field is refused."""

    must: tuple[str, ...]
    may: tuple[str, ...]


_PRICED: Final = Form(("due_minor",), ("tax_minor", "wallet", "category"))
_STOCK: Final = Form(("cost_minor",), ("category",))

_FORMS: Final[Mapping[str, Form]] = {
    SALE: _PRICED,
    PURCHASE: _PRICED,
    PURCHASE_OWED: Form(("due_minor",), ("tax_minor", "category")),
    STOCK_ISSUED: _STOCK,
    STOCK_SURPLUS: _STOCK,
    STOCK_LOSS: _STOCK,
    REFUND: _PRICED,
    DEPOSIT: Form(("amount_minor", "target"), ("fee_minor", "wallet")),
    TRANSFER: Form(("amount_minor", "target"), ("wallet",)),
}

EVENT_KINDS: Final = tuple(_FORMS)
"""The kinds of events that other systems may tell, each with a rule of the same name."""

PARTY_FIELDS: Final = ("name", "address")


def form_of(kind: str) -> Form:
    """Return every field of a kind of event, those that all kinds have first."""
    own = _FORMS[kind]
    return Form(("id", "kind", "occurred_on", *own.must), (*own.may, "system", "memo", "counterparty"))


@dataclass(frozen=True, slots=True)
class BookEvent:
    """What happened in another system; amounts are minor units of the shop's currency.

    `amount_minor` is what was due, what the stock cost, or what left the wallet. `tax_minor` is the tax inside it, None
    where the shop's own rates are to say it. `wallet`, `target` and `category` are named as the other system named them
    and empty where it named none. `occurred_on` is the day of the event (YYYY-MM-DD).
    """

    kind: str
    id: str
    occurred_on: str
    amount_minor: int
    tax_minor: int | None = None
    fee_minor: int = 0
    system: str = ""
    wallet: str = ""
    target: str = ""
    category: str = ""
    memo: str = ""
    party: Party = NOBODY

    @property
    def source(self) -> SourceEvent:
        """The source event of its voucher: the same for the same id, kind and system, wherever the event is told."""
        origin = f"{EVENT_SOURCE}{self.kind}"
        return SourceEvent(f"{origin}@{self.system}" if self.system else origin, self.id)

    @property
    def measures(self) -> Mapping[Measure, int]:
        """What the rule of its kind books, in minor units; without the tax where the event does not tell it."""
        if self.kind == DEPOSIT:
            received = self.amount_minor - self.fee_minor
            return {"amount": self.amount_minor, "received": received, "fee": self.fee_minor}
        if self.kind == TRANSFER:
            return {"amount": self.amount_minor}
        if "cost_minor" in _FORMS[self.kind].must:
            return {"cost": self.amount_minor}
        return (
            {"due": self.amount_minor} if self.tax_minor is None else {"due": self.amount_minor, "tax": self.tax_minor}
        )


def read_event(told: object) -> BookEvent:
    """Read an event from what `read_json` returned; raises RuleBroken(EVENT_INVALID) that names the field.

    Its fact `problem` says whether the field is missing, unknown to this kind of event, or invalid.
    """
    if not isinstance(told, Mapping):
        raise RuleBroken(ErrorCode.EVENT_INVALID, problem="invalid")
    fields = ToldFields(told, ErrorCode.EVENT_INVALID)
    kind = told.get("kind")
    if kind is None:
        fields.refuse("kind", "missing")
    if not isinstance(kind, str) or kind not in _FORMS:
        fields.refuse("kind", "invalid")
    form = form_of(kind)
    fields.check_names(form.must, form.may)
    amount = fields.amount(_FORMS[kind].must[0], 1, MAX_MINOR)
    event = BookEvent(
        kind=kind,
        id=fields.name("id", MAX_ID),
        occurred_on=fields.day("occurred_on", FIRST_DAY),
        amount_minor=amount,
        tax_minor=fields.amount("tax_minor", 0, amount) if "tax_minor" in told else None,
        fee_minor=fields.amount("fee_minor", 0, amount - 1) if "fee_minor" in told else 0,
        system=fields.word("system", MAX_SYSTEM) if "system" in told else "",
        wallet=fields.name("wallet", MAX_REFERENCE) if "wallet" in told else "",
        target=fields.name("target", MAX_REFERENCE) if "target" in told else "",
        category=fields.name("category", MAX_REFERENCE) if "category" in told else "",
        memo=fields.text("memo", MAX_EVENT_MEMO),
        party=_party(fields),
    )
    if event.target and event.target == event.wallet:
        fields.refuse("target", "invalid")
    return event


def _party(fields: ToldFields) -> Party:
    if "counterparty" not in fields.told:
        return NOBODY
    party = fields.within("counterparty")
    party.check_names(("name",), PARTY_FIELDS)
    return Party(*(party.text(name, MAX_PARTY) for name in PARTY_FIELDS))


class Unreadable:
    """What stands in place of a value that no event can have: a fraction, an endless number, a key told twice."""

    __slots__ = ()


UNREADABLE: Final = Unreadable()


def read_json(text: str | bytes) -> object:
    """Read JSON so that one text has one meaning: what could be read in two ways becomes UNREADABLE where it stands.

    Raises RuleBroken(EVENT_INVALID) for what is no JSON at all.
    """
    try:
        return json.loads(
            text.decode() if isinstance(text, bytes) else text,
            object_pairs_hook=_without_repeats,
            parse_int=_whole,
            parse_float=lambda digits: UNREADABLE,
            parse_constant=lambda name: UNREADABLE,
        )
    except (ValueError, RecursionError) as error:
        raise RuleBroken(ErrorCode.EVENT_INVALID, problem="invalid") from error


def _without_repeats(pairs: list[tuple[str, object]]) -> object:
    read = dict(pairs)
    return read if len(read) == len(pairs) else UNREADABLE


def _whole(digits: str) -> object:
    return int(digits) if len(digits) <= _MAX_DIGITS else UNREADABLE
