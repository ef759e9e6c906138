"""The form of events as JSON Schema, made from the fields that the reader of events itself goes by."""

from typing import Any, Final

from domain.events import (
    EVENT_KINDS,
    MAX_EVENT_MEMO,
    MAX_ID,
    MAX_PARTY,
    MAX_REFERENCE,
    MAX_SYSTEM,
    PARTY_FIELDS,
    form_of,
)
from domain.money import MAX_MINOR


def _amount(least: int, text: str) -> dict[str, Any]:
    return {"type": "integer", "minimum": least, "maximum": MAX_MINOR, "description": f"{text}, in minor units."}


def _words(longest: int, text: str, *, least: int = 1) -> dict[str, Any]:
    return {"type": "string", "minLength": least, "maxLength": longest, "description": text}


_FIELDS: Final[dict[str, dict[str, Any]]] = {
    "id": _words(MAX_ID, "The event's own id in the system that tells it; the same id never books twice."),
    "occurred_on": {"type": "string", "format": "date", "description": "The day of the event, not in the future."},
    "due_minor": _amount(1, "What was due, its tax included"),
    "tax_minor": _amount(0, "The tax inside what was due; without it the shop's rate of that day says it"),
    "cost_minor": _amount(1, "What the stock cost"),
    "amount_minor": _amount(1, "What left the wallet"),
    "fee_minor": _amount(0, "What was kept of it on the way, less than the amount"),
    "wallet": _words(MAX_REFERENCE, "A wallet by its id, its name or a method; the default wallet without it."),
    "target": _words(MAX_REFERENCE, "The wallet that the money arrives at, by its id, its name or a method."),
    "category": _words(MAX_REFERENCE, "A category by its id or system key, of the kind that the event usually has."),
    "system": {
        **_words(MAX_SYSTEM, "Which system tells the event, where several number theirs alike."),
        "pattern": "^[A-Za-z0-9._-]+$",
    },
    "memo": _words(MAX_EVENT_MEMO, "What the voucher is for; the event's id without it.", least=0),
    "counterparty": {
        "type": "object",
        "properties": {
            name: _words(MAX_PARTY, f"The {name} of who paid or was paid.", least=0) for name in PARTY_FIELDS
        },
        "required": ["name"],
        "additionalProperties": False,
    },
}


def event_schema(kind: str) -> dict[str, Any]:
    """Return the schema of one kind of event."""
    form = form_of(kind)
    fields = {name: _FIELDS[name] for name in (*form.must, *form.may) if name != "kind"}
    return {
        "type": "object",
        "title": kind,
        "properties": {"kind": {"const": kind}, **fields},
        "required": list(form.must),
        "additionalProperties": False,
    }


ANY_EVENT: Final[dict[str, Any]] = {"oneOf": [event_schema(kind) for kind in EVENT_KINDS]}
"""The schema of an event of any kind."""


def batch_schema(most: int) -> dict[str, Any]:
    """Return the schema of up to `most` events in one request."""
    return {
        "type": "object",
        "properties": {"events": {"type": "array", "minItems": 1, "maxItems": most, "items": ANY_EVENT}},
        "required": ["events"],
        "additionalProperties": False,
    }


def told_as(schema: dict[str, Any]) -> dict[str, Any]:
    """Return what OpenAPI says of a route that takes a body of a schema."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
