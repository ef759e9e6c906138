"""Reading a bank's statement in: each line is kept raw in the inbox, and what names a payment is applied like a notice.

Which telling of the same money counts is decided where every receipt is booked (`domain.same_money`); what is told
here beforehand is found by the same rules. The reasons stand in docs/adr/0018.
"""

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Final

from domain.errors import ErrorCode, RuleBroken
from domain.ids import Instant, MerchantId, UserId
from domain.matching import find_reference
from domain.payments import PaymentIntent, PaymentStatus
from domain.rails import Provider, Receipt, confirmers
from domain.same_money import bank_number
from domain.services.receipts import told_as_of, told_otherwise
from domain.trail import COMMAND_LINE
from server.bank_statements.reading import read_statement
from server.bank_statements.statement import BankStatement, Columns, StatementLine, instant_of
from server.inbox import InboxWork
from server.rails.vietnam_time import VIETNAM
from storage.hub import HubUnitOfWork
from storage.hub_inbox import EventKey
from storage.hub_units import HubUnits

CHANNEL: Final = "file"
APPLY_S: Final = 5.0
"""How long the caller waits while lines are applied; what is left, the inbox's worker does."""

PORTION: Final = 200
"""So many lines are kept in one transaction, under the merchant's lock."""

_DAY_MS: Final = 24 * 3_600_000
_LONGEST_ACCOUNT: Final = 64


class Fate(StrEnum):
    """What becomes of a line of a statement."""

    CONFIRMS = "confirms"
    PROVES = "proves"
    SHORT = "short"
    OVER = "over"
    TWICE = "twice"
    WAITS = "waits"
    KNOWN = "known"
    NOT_OURS = "not_ours"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class Asked:
    """A file as a person brings it: its name and bytes, whose account it is and what its columns mean, where told."""

    name: str
    data: bytes
    account: str = ""
    columns: Columns | None = None

    @property
    def sha256(self) -> str:
        """The file's fingerprint in hex."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class Fated:
    """A line, the payment reference that it names (empty for none), and what becomes of it."""

    line: StatementLine
    reference: str
    fate: Fate


@dataclass(frozen=True, slots=True)
class Seen:
    """A statement as the hub understands it; `account` is the shop's own way of writing its number."""

    format: str
    account: str
    statement: BankStatement
    lines: tuple[Fated, ...]

    @property
    def counts(self) -> Mapping[Fate, int]:
        """How many lines there are of each fate."""
        return Counter(each.fate for each in self.lines)


class AccountNeeded(RuleBroken):
    """A statement of no account of the shop, or one that does not say whose it is; `accounts` are the shop's."""

    def __init__(self, accounts: Sequence[str]) -> None:
        super().__init__(ErrorCode.STATEMENT_ACCOUNT)
        self.accounts = tuple(accounts)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line as the inbox keeps it; `nth` counts the lines that name its payment with its amount."""

    line: StatementLine
    reference: str
    key: str
    nth: int = 1

    @property
    def pays(self) -> bool:
        """Whether it is money for a payment; anything else is only kept."""
        return self.line.is_credit and not self.line.reversal and self.reference != ""


@dataclass(frozen=True, slots=True)
class _Read:
    """A file as it was read: its format, whose account it is, and its lines."""

    format: str
    account: str
    statement: BankStatement
    entries: tuple[_Entry, ...]

    def portions(self) -> Iterator[tuple[_Entry, ...]]:
        """The lines in portions of one transaction each; a statement without lines is one."""
        for begin in range(0, max(len(self.entries), 1), PORTION):
            yield self.entries[begin : begin + PORTION]

    def seen(self, lines: Sequence[Fated]) -> Seen:
        """Return the statement with what becomes of its lines."""
        return Seen(self.format, self.account, self.statement, tuple(lines))


@dataclass(slots=True)
class _Foreseen:
    """What the lines of the file so far will have done: which they are, and what they bring to each payment."""

    keys: set[str] = field(default_factory=set)
    brought: Counter[str] = field(default_factory=Counter)

    def copy(self) -> "_Foreseen":
        """Return the same, to go on from without touching this: a transaction may be run again."""
        return _Foreseen(set(self.keys), Counter(self.brought))

    def take(self, *told: "_Told") -> None:
        """Take in what further lines will have done."""
        for each in told:
            if each.receipt is not None:
                self.keys.add(each.entry.key)
                known = each.fated.fate is Fate.KNOWN
                self.brought[each.fated.reference] += 0 if known else each.receipt.amount_minor


@dataclass(frozen=True, slots=True)
class _Told:
    """A line with what becomes of it, and the money in it: None for what is only kept."""

    entry: _Entry
    fated: Fated
    receipt: Receipt | None


def look_at(units: HubUnits, merchant_id: MerchantId, asked: Asked, at: Instant) -> Seen:
    """Return what a statement says and what would become of its lines; nothing is kept, no lock is held.

    Raises RuleBroken: what `read_statement` raises, AccountNeeded, STATEMENT_CURRENCY.
    """
    read = _read(units, merchant_id, asked)
    lines, foreseen = list[Fated](), _Foreseen()
    for portion in read.portions():
        told = units.look(merchant_id, partial(_told, read=read, portion=portion, foreseen=foreseen, at=at))
        lines += [each.fated for each in told]
        foreseen.take(*told)
    return read.seen(lines)


def read_in(
    units: HubUnits,
    inbox: InboxWork,
    merchant_id: MerchantId,
    asked: Asked,
    now: Callable[[], Instant],
    *,
    by: UserId | None,
) -> Seen:
    """Keep a statement's lines and apply those that name payments; what was read before has no second effect.

    A long file is kept in portions, so that nobody's payment waits for the whole of it. The trail tells of each who
    brought which file: the person `by`, else whoever has the keys. Raises what `look_at` raises.
    """
    at = now()
    read = _read(units, merchant_id, asked)
    lines, foreseen, keys = list[Fated](), _Foreseen(), list[EventKey]()

    def keep(uow: HubUnitOfWork, portion: Sequence[_Entry], foreseen: _Foreseen) -> tuple[list[_Told], list[_Told]]:
        told = _told(uow, read, portion, foreseen, at)
        fresh = [each for each in told if _keep(uow, each, asked, at)]
        _tell_trail(uow, read, asked, told, fresh, by, at)
        return told, [each for each in fresh if each.receipt is not None]

    for portion in read.portions():
        told, to_apply = units.run(merchant_id, partial(keep, portion=portion, foreseen=foreseen))
        lines += [each.fated for each in told]
        keys += [EventKey(merchant_id, Provider.STATEMENT, each.entry.key) for each in to_apply]
        foreseen.take(*told)
    until = time.monotonic() + APPLY_S
    for key in keys:
        if time.monotonic() > until:
            break
        inbox.apply(key, now())
    return read.seen(lines)


def _tell_trail(
    uow: HubUnitOfWork,
    read: _Read,
    asked: Asked,
    told: Sequence[_Told],
    fresh: Sequence[_Told],
    by: UserId | None,
    at: Instant,
) -> None:
    uow.audit.add(
        "statement.read_in",
        asked.sha256[:32],
        by,
        at,
        {
            "file": asked.name,
            "sha256": asked.sha256,
            "format": read.format,
            "account": read.account,
            "lines": len(told),
            "new": len(fresh),
            "confirms": sum(each.receipt is not None for each in fresh),
            **({"via": COMMAND_LINE} if by is None else {}),
        },
    )


def _read(units: HubUnits, merchant_id: MerchantId, asked: Asked) -> _Read:
    """Read the file outside of every transaction: it may be long."""
    currency = units.look(merchant_id, lambda uow: uow.shop.currency)
    kind, statement = read_statement(asked.data, currency, asked.columns)
    if statement.currency not in ("", currency):
        raise RuleBroken(ErrorCode.STATEMENT_CURRENCY, currency=statement.currency)
    named = statement.account or asked.account
    account = units.look(merchant_id, lambda uow: _account(uow, named, asked.account))
    entries = _entries(statement, account)
    return _Read(kind, account, statement, units.look(merchant_id, lambda uow: _counted(uow, entries)))


def _account(uow: HubUnitOfWork, named: str, chosen: str) -> str:
    """Return the shop's account of a statement; a file that names another than the chosen one is refused."""
    accounts = uow.accounts.bank_accounts()
    if not named and len(accounts) == 1:
        return accounts[0]
    names = {_bare(named), _bare(named.rpartition("/")[2])} - {""}  # MT940 may put the bank before it
    found = next((each for each in accounts if _bare(each) in names), None)
    if found is None or (chosen and _bare(chosen) != _bare(found)):
        raise AccountNeeded(accounts)
    return found


def _bare(account: str) -> str:
    return "".join(each for each in account.upper() if each.isalnum())[:_LONGEST_ACCOUNT]


def _entries(statement: BankStatement, account: str) -> list[_Entry]:
    equals: Counter[str] = Counter()
    entries = []
    for line in statement.lines:
        reference = find_reference(line.text) or find_reference(line.also) or ""
        bare = _key(line, reference, account)
        equals[bare] += 1
        # Equal lines with the bank's own number are one movement told twice; without, they are several.
        key = bare if bank_number(line.bank_ref) else f"{bare}:{equals[bare]}"
        entries.append(_Entry(line, reference, key))
    return entries


def _counted(uow: HubUnitOfWork, entries: Sequence[_Entry]) -> tuple[_Entry, ...]:
    """Return lines with which one each is of those that name its payment with its amount.

    What was read in before comes first, whatever the file's order: a line that is new must not count as a known one.
    """
    alike: dict[tuple[str, int], list[_Entry]] = {}
    for entry in {each.key: each for each in entries if each.pays}.values():
        alike.setdefault((entry.reference, entry.line.amount_minor), []).append(entry)
    nths: dict[str, int] = {}
    for group in alike.values():
        if len(group) > 1:
            group.sort(key=lambda each: (not _holds(uow, each), not bank_number(each.line.bank_ref)))
        nths |= {entry.key: nth for nth, entry in enumerate(group, start=1)}
    return tuple(replace(entry, nth=nths.get(entry.key, 1)) for entry in entries)


def _holds(uow: HubUnitOfWork, entry: _Entry) -> bool:
    return uow.inbox.holds(Provider.STATEMENT, entry.key)


def _key(line: StatementLine, reference: str, account: str) -> str:
    side = "C" if line.is_credit else "D"
    number = bank_number(line.bank_ref)
    told = f"{number}:{reference}" if number else hashlib.sha256(f"{line.day}|{line.text}".encode()).hexdigest()[:32]
    return f"{_bare(account)}:{side}:{line.amount_minor}:{told}"


def _receipt(uow: HubUnitOfWork, read: _Read, entry: _Entry) -> Receipt:
    line = entry.line
    return Receipt(
        provider=Provider.STATEMENT,
        dedupe_key=entry.key,
        text=line.text if find_reference(line.text) else line.also,
        amount_minor=line.amount_minor,
        currency=uow.shop.currency,
        paid_at=_paid_at(uow, line, entry.reference),
        provider_ref=line.bank_ref,
        account_number=read.account,
        nth=entry.nth,
    )


def _paid_at(uow: HubUnitOfWork, line: StatementLine, reference: str) -> Instant:
    """Return when money came; where the bank tells the day alone, as early on it as the payment allows."""
    if line.at is not None:
        return line.at
    begins = instant_of(datetime.fromisoformat(line.day).replace(tzinfo=VIETNAM))
    intent = uow.payments.by_reference(reference)
    return begins if intent is None else Instant(min(max(begins, intent.created_at), begins + _DAY_MS - 1))


def _told(uow: HubUnitOfWork, read: _Read, portion: Sequence[_Entry], foreseen: _Foreseen, at: Instant) -> list[_Told]:
    """Return lines with what becomes of each after those before it."""
    told, foreseen = list[_Told](), foreseen.copy()
    for entry in portion:
        receipt = _receipt(uow, read, entry) if entry.pays else None
        if receipt is None:
            fate = Fate.NOT_OURS if entry.line.is_credit and not entry.line.reversal else Fate.OUT
        else:
            fate = _fate(uow, foreseen, entry, receipt, at)
        told.append(_Told(entry, Fated(entry.line, entry.reference, fate), receipt))
        foreseen.take(told[-1])
    return told


def _fate(uow: HubUnitOfWork, foreseen: _Foreseen, entry: _Entry, receipt: Receipt, at: Instant) -> Fate:
    if entry.key in foreseen.keys or _holds(uow, entry) or told_otherwise(uow, receipt):
        return Fate.KNOWN
    intent = uow.payments.by_reference(entry.reference)
    if intent is None or Provider.STATEMENT not in confirmers(intent.method, intent.provider):
        return Fate.WAITS
    if intent.closed(told_as_of(receipt, at)):
        return Fate.WAITS
    return _fate_of(intent, foreseen.brought[entry.reference], receipt.amount_minor)


def _fate_of(intent: PaymentIntent, brought_minor: int, amount_minor: int) -> Fate:
    """Return what money does to a payment to which lines before it bring `brought_minor`."""
    unproven = max(intent.confirmed_minor - brought_minor, 0)
    if unproven:
        return _compared(amount_minor, unproven, Fate.PROVES)
    missing = intent.missing_minor - (brought_minor - intent.confirmed_minor)
    if intent.status is PaymentStatus.PAID or missing <= 0:
        return Fate.TWICE
    return _compared(amount_minor, missing, Fate.CONFIRMS)


def _compared(amount_minor: int, asked_minor: int, equal: Fate) -> Fate:
    if amount_minor == asked_minor:
        return equal
    return Fate.SHORT if amount_minor < asked_minor else Fate.OVER


def _keep(uow: HubUnitOfWork, told: _Told, asked: Asked, at: Instant) -> bool:
    line, key = told.entry.line, told.entry.key
    raw = json.dumps(
        {
            "file": asked.sha256,
            "line": line.position,
            "day": line.day,
            "amount": line.signed_minor,
            "bank_ref": line.bank_ref,
            "text": line.text,
            "also": line.also,
        },
        ensure_ascii=False,
    )
    if told.receipt is None:
        return uow.inbox.note(Provider.STATEMENT, key, raw, CHANNEL, at)
    return uow.inbox.store(told.receipt, raw, CHANNEL, at)
