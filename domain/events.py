"""Events of other systems: what happened there, told as a JSON object of one exact form per kind of event."""

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NoReturn

from domain.calendar import is_date
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
from domain.vouchers import FIRST_DAY, NOBODY, Party, SourceEvent

EVENT_SOURCE: Final = "event:"
"""How the source kinds of vouchers begin that events of other systems booked."""

MAX_ID: Final = 100
MAX_SYSTEM: Final = 40
MAX_REFERENCE: Final = 100
MAX_EVENT_MEMO: Final = 500
MAX_PARTY: Final = 200

_MAX_DIGITS: Final = 18
_MAX_SHOWN: Final = 40


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
    kind = told.get("kind")
    if kind is None:
        _refuse("kind", "missing")
    if not isinstance(kind, str) or kind not in _FORMS:
        _refuse("kind", "invalid")
    form = form_of(kind)
    _check_names(told, form.must, form.may, "")
    main = _FORMS[kind].must[0]
    amount = _amount(told, main, 1, MAX_MINOR)
    event = BookEvent(
        kind=kind,
        id=_name(told, "id", MAX_ID),
        occurred_on=_day(told),
        amount_minor=amount,
        tax_minor=_amount(told, "tax_minor", 0, amount) if "tax_minor" in told else None,
        fee_minor=_amount(told, "fee_minor", 0, amount - 1) if "fee_minor" in told else 0,
        system=_system(told),
        wallet=_name(told, "wallet", MAX_REFERENCE) if "wallet" in told else "",
        target=_name(told, "target", MAX_REFERENCE) if "target" in told else "",
        category=_name(told, "category", MAX_REFERENCE) if "category" in told else "",
        memo=_text(told, "memo", MAX_EVENT_MEMO),
        party=_party(told),
    )
    if event.target and event.target == event.wallet:
        _refuse("target", "invalid")
    return event


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


def _refuse(field: str, problem: str) -> NoReturn:
    shown = "".join(letter for letter in field if letter.isprintable())[:_MAX_SHOWN]
    raise RuleBroken(ErrorCode.EVENT_INVALID, field=shown, problem=problem)


def _check_names(told: Mapping[str, object], must: tuple[str, ...], may: tuple[str, ...], prefix: str) -> None:
    for name in told:
        if name not in must and name not in may:
            _refuse(f"{prefix}{name}", "unknown")
    for name in must:
        if name not in told:
            _refuse(f"{prefix}{name}", "missing")


def _amount(told: Mapping[str, object], name: str, least: int, most: int) -> int:
    value = told[name]
    if type(value) is not int or not least <= value <= most:
        _refuse(name, "invalid")
    return value


def _day(told: Mapping[str, object]) -> str:
    value = told["occurred_on"]
    if not is_date(value) or value < FIRST_DAY:
        _refuse("occurred_on", "invalid")
    return value


def _name(told: Mapping[str, object], name: str, longest: int) -> str:
    """Return a name as other programs give it, in composed letters (NFC), so that one name is one text."""
    value = told[name]
    if not isinstance(value, str) or not value.isprintable() or value != value.strip():
        _refuse(name, "invalid")
    composed = unicodedata.normalize("NFC", value)
    if not 1 <= len(composed) <= longest:
        _refuse(name, "invalid")
    return composed


def _system(told: Mapping[str, object]) -> str:
    if "system" not in told:
        return ""
    system = _name(told, "system", MAX_SYSTEM)
    if not system.isascii() or not system.replace("-", "").replace("_", "").replace(".", "").isalnum():
        _refuse("system", "invalid")
    return system


def _text(told: Mapping[str, object], name: str, longest: int, prefix: str = "") -> str:
    """Return a text that people wrote; a letter that is none cannot be kept by every database."""
    value = told.get(name, "")
    if not isinstance(value, str) or len(value) > longest or "\x00" in value:
        _refuse(f"{prefix}{name}", "invalid")
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        _refuse(f"{prefix}{name}", "invalid")
    return value.strip()


def _party(told: Mapping[str, object]) -> Party:
    if "counterparty" not in told:
        return NOBODY
    value = told["counterparty"]
    if not isinstance(value, Mapping):
        _refuse("counterparty", "invalid")
    _check_names(value, ("name",), PARTY_FIELDS, "counterparty.")
    return Party(*(_text(value, name, MAX_PARTY, "counterparty.") for name in PARTY_FIELDS))
