"""The audit trail of one merchant as it leaves the database: each device's chain, whole or of some days."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from domain.ids import DeviceId, Instant, MerchantId
from domain.vouchers import genesis_hash
from storage.session import Row, Sql
from storage.verification.reader import Reader

_SPANS: Final = Sql(
    "SELECT a.device_id, d.code, d.incarnation, MIN(CASE WHEN a.at >= :since THEN a.seq END), "
    "MAX(CASE WHEN a.at < :until THEN a.seq END) FROM audit a LEFT JOIN devices d ON d.merchant_id = a.merchant_id "
    "AND d.id = a.device_id WHERE a.merchant_id = :merchant_id GROUP BY a.device_id, d.code, d.incarnation "
    "ORDER BY d.code, d.incarnation, a.device_id"
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
class Span:
    """Entries `first` to `last` of a device's chain; `name` is its till code and letter, `before` the hash in front."""

    device_id: DeviceId
    name: str
    first: int
    last: int
    before: str


def spans(reader: Reader, merchant_id: MerchantId, since: Instant = BEGINNING, until: Instant = END) -> list[Span]:
    """Return what each chain holds from `since` to before `until`, without a gap even where a clock was set back."""
    values: dict[str, Any] = {"merchant_id": merchant_id}
    found = []
    for device_id, code, letter, first, last in reader.session.all(_SPANS, {**values, "since": since, "until": until}):
        if first is None or last is None or first > last:
            continue
        link = reader.session.one(_LINK, {**values, "device_id": device_id, "seq": first - 1})
        before = link[0] if link else genesis_hash(merchant_id, DeviceId(device_id))
        found.append(Span(DeviceId(device_id), f"{code or '?'}{letter or ''}", first, last, before))
    return found


def entries(reader: Reader, merchant_id: MerchantId, parts: Sequence[Span]) -> Iterator[Row]:
    """Yield the entries of the spans, one chain after the other: every column but the merchant's id."""
    for part in parts:
        values = {"device_id": part.device_id, "first": part.first, "last": part.last}
        yield from reader.stream(_ENTRIES, {"merchant_id": merchant_id, **values})
