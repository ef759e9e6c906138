"""What plain-text accounting keeps of an entry beside its day, its words and its lines."""

from collections.abc import Mapping
from typing import Final

from domain.books import Entry
from domain.calendar import iso_utc
from domain.ids import CategoryId

FACT_KEYS: Final = (
    "id",
    "number",
    "voucher",
    "book_no",
    "source",
    "hash",
    "created_at",
    "business_date",
    "occurred_on",
    "category",
    "payment",
    "reverses",
    "reversed_by",
    "address",
    "attachments",
)
"""The keys of `entry_facts`, in its order."""


def entry_facts(entry: Entry, paths: Mapping[CategoryId, str]) -> list[tuple[str, str | int]]:
    """Return the facts of an entry that say something, with their keys; `paths` names the categories."""
    values: tuple[str | int | None, ...] = (
        entry.id,
        entry.number,
        entry.type.value,
        entry.book_no,
        f"{entry.source_kind}:{entry.source_id}",
        entry.hash,
        iso_utc(entry.created_at),
        entry.business_date if entry.business_date != entry.booked_on else None,
        entry.occurred_on,
        paths.get(entry.category_id, entry.category_id) if entry.category_id else None,
        entry.payment_id,
        entry.reverses,
        entry.reversed_by,
        entry.counterparty_address,
        entry.attachments,
    )
    return [(key, value) for key, value in zip(FACT_KEYS, values, strict=True) if value]
