"""The audit trail as JSON, an entry a line with everything its hash covers, for readers who need not trust us."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

FORMAT: Final = "bana-till-audit"
VERSION: Final = 2

COLUMNS: Final = ("device_id", "seq", "action", "subject_id", "actor_id", "at", "facts", "prev_hash", "hash")
"""What an entry is written with; its hash covers these and the merchant's id, which the first line tells."""

_encode: Final = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, check_circular=False
).encode


@dataclass(frozen=True, slots=True)
class Chain:
    """The part of one device's chain that is written: behind the entry `after`, whose hash is `after_hash`.

    A chain from its beginning has `after` 0 and the genesis hash.
    """

    device_id: str
    after: int
    after_hash: str


@dataclass(frozen=True, slots=True)
class Known:
    """A device that the shop knows, and how far its chain goes; `name` is its till code with its letter."""

    device_id: str
    name: str
    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Trail:
    """What is written: of which shop, when (UTC milliseconds), of which days (`YYYY-MM-DD`, empty without a bound).

    `devices` are all that the shop knows, `chains` has a part of each, so that one left out whole is missed. `entries`
    yields rows of COLUMNS, device by device and each device's by number.
    """

    merchant_id: str
    shop: str
    zone: str
    made_at: int
    since: str
    until: str
    devices: tuple[Known, ...]
    chains: tuple[Chain, ...]
    entries: Callable[[], Iterator[tuple[Any, ...]]]


def write_audit(trail: Trail, stream: BinaryIO) -> int:
    """Write the trail in UTF-8 and return the number of entries.

    Each line is an object with sorted keys and no spaces whose `record` says what it is: one `header`, the entries,
    and one `footer` with the last number and hash of each chain. docs/audit.md says how it is checked.
    """

    def line(record: str, facts: dict[str, Any]) -> None:
        stream.write(f"{_encode({'record': record, **facts})}\n".encode())

    after = {chain.device_id: {"seq": chain.after, "hash": chain.after_hash} for chain in trail.chains}
    devices = {each.device_id: {"name": each.name, "seq": each.seq, "hash": each.hash} for each in trail.devices}
    line(
        "header",
        {
            "format": FORMAT,
            "version": VERSION,
            "merchant_id": trail.merchant_id,
            "shop": trail.shop,
            "zone": trail.zone,
            "made_at": trail.made_at,
            "since": trail.since,
            "until": trail.until,
            "devices": devices,
            "after": after,
        },
    )
    count, heads = 0, dict(after)
    for row in trail.entries():
        entry = dict(zip(COLUMNS, row, strict=True))
        line("entry", entry)
        heads[entry["device_id"]] = {"seq": entry["seq"], "hash": entry["hash"]}
        count += 1
    line("footer", {"count": count, "heads": heads})
    return count
