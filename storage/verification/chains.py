"""The chains alone, each on its own: how far it goes, and where it is broken first and in what way."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from domain.errors import DomainError, ErrorCode, StorageUnavailable
from domain.ids import DeviceId, Instant
from domain.vouchers import Side, VoucherStatus, chain_hash, genesis_hash
from storage.audit import audit_hash
from storage.session import Row, Sql
from storage.verification.books import Books, each_merchant
from storage.verification.database import require_current
from storage.verification.reader import Reader, reading_file
from storage.verification.report import Findings
from storage.verification.report import Side as BooksSide
from storage.verification.trail import check_witness
from storage.verification.vouchers import VOUCHER_WIDTH, with_lines
from storage.vouchers import read_voucher
from storage.witness import Heads, all_witnessed

_DEVICES: Final = Sql(
    "SELECT d.id, d.code, d.incarnation FROM devices d WHERE d.merchant_id = :merchant_id "
    "UNION SELECT a.device_id, '?', '' FROM audit a WHERE a.merchant_id = :merchant_id AND NOT EXISTS "
    "(SELECT 1 FROM devices d WHERE d.merchant_id = a.merchant_id AND d.id = a.device_id) "
    "UNION SELECT v.device_id, '?', '' FROM vouchers v WHERE v.merchant_id = :merchant_id AND NOT EXISTS "
    "(SELECT 1 FROM devices d WHERE d.merchant_id = v.merchant_id AND d.id = v.device_id) ORDER BY 2, 3, 1"
)
_ENTRIES: Final = Sql(
    "SELECT seq, action, subject_id, actor_id, at, facts, prev_hash, hash FROM audit WHERE merchant_id = :merchant_id "
    "AND device_id = :device_id ORDER BY seq"
)
_ZONE: Final = Sql("SELECT zone FROM merchants WHERE id = :merchant_id")
_WITNESSED: Final = {"TAIL_LOST": "lost", "WITNESS_OTHER": "other", "WITNESS_MISSING": "alone"}


class ChainKind(StrEnum):
    """The two chains of every device."""

    VOUCHERS = "vouchers"
    AUDIT = "audit"


class BreakKind(StrEnum):
    """How a chain is broken: a link is missing, does not join, was changed, or the end is not where it was seen."""

    GAP = "gap"
    UNJOINED = "unjoined"
    CHANGED = "changed"
    HEAD = "head"
    LOST = "lost"
    OTHER = "other"
    ALONE = "alone"


@dataclass(frozen=True, slots=True)
class Break:
    """A place where a chain is broken: at link `seq`, made at `at`, where a person knows it as `name`.

    Of HEAD, LOST and OTHER, `seq` is how far the chain was seen to go; `at` is then that of the last link that stands.
    """

    kind: BreakKind
    seq: int
    name: str
    at: Instant | None


@dataclass(frozen=True, slots=True)
class ChainReport:
    """One device's chain of one kind: `till` is its code and letter, `first` its first break, `more` the others.

    `zone` is the shop's, in which its moments are told.
    """

    merchant_id: str
    zone: str
    device_id: str
    till: str
    kind: ChainKind
    links: int
    head: str
    first: Break | None
    more: int

    @property
    def ok(self) -> bool:
        """Whether the chain is whole."""
        return self.first is None


@dataclass(frozen=True, slots=True)
class _Link:
    seq: int | None
    prev_hash: str
    hash: str
    whole: bool
    name: str
    at: Instant


def till_chains(database: Path, key: bytes, witness: Path, witness_key: bytes) -> list[ChainReport]:
    """Check the chains of a till's file against its witness; raises what opening raises."""
    seen = all_witnessed(witness, witness_key)  # before the reading begins: a sale made meanwhile is no lost tail
    with reading_file(database, key) as reader:
        return _all(reader, "till", seen)


def hub_chains(reader: Reader) -> list[ChainReport]:
    """Check the chains of a hub's database through an open reader."""
    return _all(reader, "hub", None)


def _all(reader: Reader, side: BooksSide, seen: tuple[Heads, ...] | None) -> list[ChainReport]:
    require_current(reader, side)
    try:
        return [chain for books in each_merchant(reader, Findings(), side, fast=False) for chain in _of(books, seen)]
    except reader.fault as error:
        raise StorageUnavailable(ErrorCode.STORAGE_TAMPERED, part="pages") from error


def _of(books: Books, seen: tuple[Heads, ...] | None) -> Iterator[ChainReport]:
    for device_id, code, letter in books.reader.session.all(_DEVICES, books.key):
        for kind, links in ((ChainKind.VOUCHERS, _vouchers), (ChainKind.AUDIT, _entries)):
            chain = _walk(books, DeviceId(device_id), f"{code}{letter}", kind, links(books, DeviceId(device_id)))
            if chain.links or not chain.ok or device_id in books.own:
                yield chain if seen is None else _against_witness(books, chain, seen)


def _walk(books: Books, device_id: DeviceId, till: str, kind: ChainKind, links: Iterator[_Link]) -> ChainReport:
    last, head, at, count = 0, genesis_hash(books.merchant_id, device_id), None, 0
    breaks: list[Break] = []
    for link in links:
        count += 1
        if link.seq != last + 1:
            breaks.append(Break(BreakKind.GAP, last + 1, link.name, link.at))
        elif link.prev_hash != head:
            breaks.append(Break(BreakKind.UNJOINED, link.seq, link.name, link.at))
        elif not link.whole:
            breaks.append(Break(BreakKind.CHANGED, link.seq, link.name, link.at))
        last, head, at = link.seq or last, link.hash, link.at
    if (told := _told_head(books, device_id, kind)) != (last, head):
        breaks.append(Break(BreakKind.HEAD, told[0], "", at))
    zone = books.reader.session.one(_ZONE, books.key)
    return ChainReport(
        merchant_id=books.merchant_id,
        zone=zone[0] if zone else "UTC",
        device_id=device_id,
        till=till,
        kind=kind,
        links=count,
        head=head,
        first=breaks[0] if breaks else None,
        more=max(len(breaks) - 1, 0),
    )


def _told_head(books: Books, device_id: DeviceId, kind: ChainKind) -> tuple[int, str]:
    """Return where a device's own row says that its chain ends."""
    heads = books.devices.get(device_id)
    if heads is None:
        return (0, "")
    genesis = genesis_hash(books.merchant_id, device_id)
    if kind is ChainKind.AUDIT:
        return heads.audit_seq, heads.audit_hash or genesis
    return heads.voucher_seq, heads.voucher_hash or genesis


def _against_witness(books: Books, chain: ChainReport, seen: tuple[Heads, ...]) -> ChainReport:
    """Add what the witness outside of the database says of an own chain."""
    found = Findings()
    check_witness(replace(books, found=found, own=books.own & {DeviceId(chain.device_id)}), seen)
    wanted = "voucher" if chain.kind is ChainKind.VOUCHERS else "audit"
    (line,) = found.lines(("I14",))
    told = [finding for finding in line.findings if finding.subject in (wanted, chain.device_id)]
    if not told:
        return chain
    facts: dict[str, Any] = dict(told[0].facts)
    broken = Break(BreakKind(_WITNESSED[told[0].code]), facts.get("wanted") or facts.get("seq") or 0, "", None)
    if chain.first is None:
        return replace(chain, first=broken)
    return replace(chain, more=chain.more + 1)


def _vouchers(books: Books, device_id: DeviceId) -> Iterator[_Link]:
    for row, lines in with_lines(books, device_id, 0):
        header, (status, total, _) = row[:VOUCHER_WIDTH], row[VOUCHER_WIDTH:-4]
        whole = status == VoucherStatus.ISSUED.value and total == _debit(lines)
        try:
            voucher = read_voucher(header, [line[1:] for line in lines], books.merchant_id)
            whole = whole and chain_hash(voucher) == voucher.hash
        except (DomainError, ValueError, TypeError):
            whole = False  # a value that no voucher can hold
        yield _Link(header[14], header[15], header[16], whole, str(header[13] or header[0]), Instant(header[5]))


def _debit(lines: list[Row]) -> int:
    return sum(amount for _, _, side, amount in lines if side == Side.DEBIT.value)


def _entries(books: Books, device_id: DeviceId) -> Iterator[_Link]:
    values = {**books.key, "device_id": device_id}
    for seq, action, subject_id, actor_id, at, facts, prev_hash, own in books.reader.stream(_ENTRIES, values):
        told = audit_hash(prev_hash, books.merchant_id, device_id, seq, action, subject_id, actor_id, at, facts)
        yield _Link(seq, prev_hash, own, told == own, "", Instant(at))
