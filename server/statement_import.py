"""Reading a bank's statement in: each line is kept raw in the inbox, and what names a payment is applied like a notice.

Which telling of the same money counts is decided where every receipt is booked (`domain.same_money`); what is told
here beforehand is found by the same rules. The reasons stand in docs/adr/0018.
"""

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
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
    """A line as the inbox keeps it; `receipt` is None for what is only kept."""

    line: StatementLine
    reference: str
    key: str
    receipt: Receipt | None


def look_at(units: HubUnits, merchant_id: MerchantId, asked: Asked, at: Instant) -> Seen:
    """Return what a statement says and what would become of its lines; nothing is kept.

    Raises RuleBroken: what `read_statement` raises, AccountNeeded, STATEMENT_CURRENCY.
    """
    read = _read(units, merchant_id, asked)
    return units.run(merchant_id, lambda uow: _seen(uow, read, asked, at)[0])


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

    The trail tells who brought which file: the person `by`, else whoever has the keys. Raises what `look_at` raises.
    """
    at = now()
    read = _read(units, merchant_id, asked)

    def op(uow: HubUnitOfWork) -> tuple[Seen, list[EventKey]]:
        seen, entries = _seen(uow, read, asked, at)
        fresh = [entry for entry in entries if _keep(uow, entry, asked, at)]
        statement = seen.statement
        uow.audit.add(
            "statement.read_in",
            asked.sha256[:32],
            by,
            at,
            {
                "file": asked.name,
                "sha256": asked.sha256,
                "format": seen.format,
                "account": seen.account,
                "lines": len(statement.lines),
                "new": len(fresh),
                "confirms": sum(entry.receipt is not None for entry in fresh),
                **({"via": COMMAND_LINE} if by is None else {}),
            },
        )
        keys = [EventKey(merchant_id, Provider.STATEMENT, entry.key) for entry in fresh if entry.receipt is not None]
        return seen, keys

    seen, keys = units.run(merchant_id, op)
    until = time.monotonic() + APPLY_S
    for key in keys:
        if time.monotonic() > until:
            break
        inbox.apply(key, now())
    return seen


def _read(units: HubUnits, merchant_id: MerchantId, asked: Asked) -> tuple[str, BankStatement]:
    """Read the file outside of every transaction: it may be long."""
    currency = units.run(merchant_id, lambda uow: uow.shop.currency)
    kind, statement = read_statement(asked.data, currency, asked.columns)
    if statement.currency not in ("", currency):
        raise RuleBroken(ErrorCode.STATEMENT_CURRENCY, currency=statement.currency)
    return kind, statement


def _seen(
    uow: HubUnitOfWork, read: tuple[str, BankStatement], asked: Asked, at: Instant
) -> tuple[Seen, tuple[_Entry, ...]]:
    kind, statement = read
    account = _account(uow, statement.account or asked.account, asked.account)
    entries = _entries(uow, statement, account)
    lines = tuple(Fated(entry.line, entry.reference, _fate(uow, entry, at)) for entry in entries)
    return Seen(kind, account, statement, lines), entries


def _account(uow: HubUnitOfWork, named: str, chosen: str) -> str:
    """Return the shop's account of a statement; a file that names another than the chosen one is refused."""
    accounts = uow.accounts.bank_accounts()
    if not named and len(accounts) == 1:
        return accounts[0]
    found = next((each for each in accounts if _bare(each) == _bare(named) != ""), None)
    if found is None or (chosen and _bare(chosen) != _bare(found)):
        raise AccountNeeded(accounts)
    return found


def _bare(account: str) -> str:
    return "".join(each for each in account.upper() if each.isalnum())[:_LONGEST_ACCOUNT]


def _entries(uow: HubUnitOfWork, statement: BankStatement, account: str) -> tuple[_Entry, ...]:
    equals: Counter[str] = Counter()
    named = {line.position: find_reference(line.text) or find_reference(line.also) or "" for line in statement.lines}
    nths = _nths(statement.lines, named)
    entries = []
    for line in statement.lines:
        reference = named[line.position]
        bare = _key(line, reference, account)
        equals[bare] += 1
        # Equal lines with the bank's own number are one movement told twice; without, they are several.
        key = bare if bank_number(line.bank_ref) else f"{bare}:{equals[bare]}"
        is_money = line.is_credit and not line.reversal and reference
        receipt = _receipt(uow, line, reference, account, key, nths[line.position]) if is_money else None
        entries.append(_Entry(line, reference, key, receipt))
    return tuple(entries)


def _nths(lines: Sequence[StatementLine], named: Mapping[int, str]) -> Mapping[int, int]:
    """Return of each line which one it is of those that name the same payment with the same amount."""
    counted: Counter[tuple[str, int]] = Counter()
    nths = {}
    for line in sorted(lines, key=lambda each: (not bank_number(each.bank_ref), each.position)):
        counted[named[line.position], line.signed_minor] += 1
        nths[line.position] = counted[named[line.position], line.signed_minor]
    return nths


def _key(line: StatementLine, reference: str, account: str) -> str:
    side = "C" if line.is_credit else "D"
    number = bank_number(line.bank_ref)
    told = f"{number}:{reference}" if number else hashlib.sha256(f"{line.day}|{line.text}".encode()).hexdigest()[:32]
    return f"{_bare(account)}:{side}:{line.amount_minor}:{told}"


def _receipt(uow: HubUnitOfWork, line: StatementLine, reference: str, account: str, key: str, nth: int) -> Receipt:
    return Receipt(
        provider=Provider.STATEMENT,
        dedupe_key=key,
        text=line.text if find_reference(line.text) else f"{line.text} {reference}".strip(),
        amount_minor=line.amount_minor,
        currency=uow.shop.currency,
        paid_at=_paid_at(uow, line, reference),
        provider_ref=line.bank_ref,
        account_number=account,
        nth=nth,
    )


def _paid_at(uow: HubUnitOfWork, line: StatementLine, reference: str) -> Instant:
    """Return when money came; where the bank tells the day alone, as early on it as the payment allows."""
    if line.at is not None:
        return line.at
    begins = instant_of(datetime.fromisoformat(line.day).replace(tzinfo=VIETNAM))
    intent = uow.payments.by_reference(reference)
    return begins if intent is None else Instant(min(max(begins, intent.created_at), begins + _DAY_MS - 1))


def _fate(uow: HubUnitOfWork, entry: _Entry, at: Instant) -> Fate:
    receipt = entry.receipt
    if receipt is None:
        return Fate.NOT_OURS if entry.line.is_credit and not entry.line.reversal else Fate.OUT
    if uow.inbox.holds(Provider.STATEMENT, entry.key) or told_otherwise(uow, receipt):
        return Fate.KNOWN
    intent = uow.payments.by_reference(entry.reference)
    if intent is None or Provider.STATEMENT not in confirmers(intent.method, intent.provider):
        return Fate.WAITS
    return Fate.WAITS if intent.closed(told_as_of(receipt, at)) else _fate_of(intent, receipt.amount_minor)


def _fate_of(intent: PaymentIntent, amount_minor: int) -> Fate:
    if intent.confirmed_minor:
        return Fate.PROVES if amount_minor == intent.confirmed_minor else Fate.OVER
    if intent.status is PaymentStatus.PAID:
        return Fate.TWICE
    if amount_minor == intent.missing_minor:
        return Fate.CONFIRMS
    return Fate.SHORT if amount_minor < intent.missing_minor else Fate.OVER


def _keep(uow: HubUnitOfWork, entry: _Entry, asked: Asked, at: Instant) -> bool:
    line = entry.line
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
    if entry.receipt is None:
        return uow.inbox.note(Provider.STATEMENT, entry.key, raw, CHANNEL, at)
    return uow.inbox.store(entry.receipt, raw, CHANNEL, at)
