"""The audit trail of one merchant as it leaves the database: each device's chain, whole or of some days."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from domain.ids import DeviceId, Instant, MerchantId
from domain.vouchers import genesis_hash
from storage.session import Row, Sql
from storage.verification.reader import Reader

_DEVICES: Final = Sql(
    "SELECT id, code, incarnation, audit_seq, audit_hash FROM devices WHERE merchant_id = :merchant_id "
    "ORDER BY code, incarnation, id"
)
_SPANS: Final = Sql(
    "SELECT device_id, MIN(CASE WHEN at >= :since THEN seq END), MAX(CASE WHEN at < :until THEN seq END), MAX(seq) "
    "FROM audit WHERE merchant_id = :merchant_id GROUP BY device_id ORDER BY device_id"
)
_LINK: Final = Sql("SELECT hash FROM audit WHERE merchant_id = :merchant_id AND device_id = :device_id AND seq = :seq")
_ENTRIES: Final = Sql(
    "SELECT device_id, seq, action, subject_id, actor_id, at, facts, prev_hash, hash FROM audit "
    "WHERE merchant_id = :merchant_id AND device_id = :device_id AND seq BETWEEN :first AND :last ORDER BY seq"
)

BEGINNING: Final = Instant(-(2**62))
END: Final = Instant(2**62)
"""Bounds that let everything through."""


@dataclass(frozen=True, slots=True)
class Head:
    """How far a device's chain goes by the word of the devices themselves; `name` is its till code and letter."""

    device_id: DeviceId
    name: str
    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Span:
    """Entries `first` to `last` of a device's chain, none if `last` is lower; `before` is the hash in front."""

    device_id: DeviceId
    first: int
    last: int
    before: str


def heads(reader: Reader, merchant_id: MerchantId) -> list[Head]:
    """Return every device of the merchant with the head of its chain, those with an empty one as well."""
    return [
        Head(DeviceId(device), f"{code}{letter}", seq, told or genesis_hash(merchant_id, DeviceId(device)))
        for device, code, letter, seq, told in reader.session.all(_DEVICES, {"merchant_id": merchant_id})
    ]


def spans(reader: Reader, merchant_id: MerchantId, since: Instant = BEGINNING, until: Instant = END) -> list[Span]:
    """Return what each chain holds from `since` to before `until`, without a gap even where a clock was set back.

    Each device is there, without entries too: first those that the shop knows, then any that only entries tell of.
    """
    values: dict[str, Any] = {"merchant_id": merchant_id}
    held = {row[0]: row[1:] for row in reader.session.all(_SPANS, {**values, "since": since, "until": until})}
    found = []
    for device_id in dict.fromkeys((*(head.device_id for head in heads(reader, merchant_id)), *map(DeviceId, held))):
        first, last, end = held.get(device_id, (None, None, 0))
        first = end + 1 if first is None else first
        link = reader.session.one(_LINK, {**values, "device_id": device_id, "seq": first - 1})
        before = link[0] if link else genesis_hash(merchant_id, device_id)
        found.append(Span(device_id, first, last or 0, before))
    return found


def entries(reader: Reader, merchant_id: MerchantId, parts: Sequence[Span]) -> Iterator[Row]:
    """Yield the entries of the spans, one chain after the other: every column but the merchant's id."""
    for part in parts:
        values = {"device_id": part.device_id, "first": part.first, "last": part.last}
        yield from reader.stream(_ENTRIES, {"merchant_id": merchant_id, **values})
