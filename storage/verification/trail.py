"""The audit trail's chains, and the witness outside the database that saw how far both chains went."""

from typing import Any, Final

from domain.ids import DeviceId
from domain.vouchers import genesis_hash
from storage.audit import audit_hash
from storage.session import Sql
from storage.verification.books import Books
from storage.verification.vouchers import TAIL
from storage.witness import Heads, of_device

_ENTRIES: Final = Sql(
    "SELECT seq, action, subject_id, actor_id, at, facts, prev_hash, hash FROM audit WHERE merchant_id = :merchant_id "
    "AND device_id = :device_id AND seq > :after ORDER BY seq"
)
_ENTRY: Final = Sql("SELECT hash FROM audit WHERE merchant_id = :merchant_id AND device_id = :device_id AND seq = :seq")
_VOUCHER: Final = Sql(
    "SELECT hash FROM vouchers WHERE merchant_id = :merchant_id AND device_id = :device_id AND chain_seq = :seq"
)
_DEVICES: Final = Sql("SELECT DISTINCT device_id FROM audit WHERE merchant_id = :merchant_id")


def check_trail(books: Books) -> None:
    """Recompute every entry's hash over all its columns, per device (fast: the tail of the own ones)."""
    known = {DeviceId(row[0]) for row in books.reader.session.all(_DEVICES, books.key)}
    for device_id in sorted(books.own if books.fast else {*known, *books.devices}):
        _check_device(books, device_id)


def check_witness(books: Books, slots: tuple[Heads, ...]) -> None:
    """Compare the own device's chains with what its witness saw before this reading began."""
    for device_id in books.own:
        heads, seen = books.devices.get(device_id), of_device(slots, device_id)
        if heads is None:
            continue
        if seen is None:
            if heads.voucher_seq or heads.audit_seq:
                books.found.add("I14", "WITNESS_MISSING", device_id, held=max(heads.voucher_seq, heads.audit_seq))
            continue
        _compare(books, device_id, "voucher", heads.voucher_seq, seen.voucher_seq, seen.voucher_hash)
        _compare(books, device_id, "audit", heads.audit_seq, seen.audit_seq, seen.audit_hash)


def _check_device(books: Books, device_id: DeviceId) -> None:
    genesis = genesis_hash(books.merchant_id, device_id)
    heads = books.devices.get(device_id)
    last = max(heads.audit_seq - TAIL, 0) if books.fast and heads else 0
    values: dict[str, Any] = {**books.key, "device_id": device_id}
    link = books.reader.session.one(_ENTRY, {**values, "seq": last})
    last_hash = link[0] if link else genesis
    for seq, action, subject_id, actor_id, at, facts, prev_hash, own_hash in books.reader.stream(
        _ENTRIES, {**values, "after": last}
    ):
        subject = f"audit {books.devices[device_id].code if heads else device_id}/{seq}"
        if seq != last + 1:
            books.found.add("I14", "CHAIN_GAP", subject, seq=seq, wanted=last + 1)
        elif prev_hash != last_hash:
            books.found.add("I14", "CHAIN_BROKEN", subject)
        told = audit_hash(prev_hash, books.merchant_id, device_id, seq, action, subject_id, actor_id, at, facts)
        if told != own_hash:
            books.found.add("I14", "CHAIN_CHANGED", subject)
        last, last_hash = seq, own_hash
    if heads is not None and (heads.audit_seq, heads.audit_hash or genesis) != (last, last_hash):
        books.found.add("I14", "HEAD_OTHER", device_id, chain="audit", held=heads.audit_seq, wanted=last)


def _compare(books: Books, device_id: DeviceId, chain: str, held: int, seen: int, seen_hash: str) -> None:
    if seen == 0:
        return
    sql = _VOUCHER if chain == "voucher" else _ENTRY
    link = books.reader.session.one(sql, {**books.key, "device_id": device_id, "seq": seen})
    if link is None or held < seen:
        books.found.add("I14", "TAIL_LOST", chain, held=held, wanted=seen)
    elif link[0] != seen_hash:
        books.found.add("I14", "WITNESS_OTHER", chain, seq=seen)
