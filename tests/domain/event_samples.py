"""Events as other systems tell them: one of each kind, with the least that it must tell."""

from typing import Any, Final

from domain.events import EVENT_KINDS
from domain.posting_rules import DEPOSIT, STOCK_ISSUED, STOCK_LOSS, STOCK_SURPLUS, TRANSFER

TODAY: Final = "2026-11-21"
_STOCK: Final = (STOCK_ISSUED, STOCK_SURPLUS, STOCK_LOSS)


def an_event(kind: str, /, **fields: Any) -> dict[str, Any]:
    """Return an event of a kind of 100,000 ₫, as JSON tells it; a field that is None is left out."""
    told: dict[str, Any] = {"id": f"{kind} 1", "kind": kind, "occurred_on": TODAY}
    if kind in _STOCK:
        told["cost_minor"] = 100_000
    elif kind in (DEPOSIT, TRANSFER):
        told |= {"amount_minor": 100_000, "target": "Vietcombank"}
    else:
        told["due_minor"] = 100_000
    return {name: value for name, value in (told | fields).items() if value is not None}


EVERY_EVENT: Final = {kind: an_event(kind) for kind in EVENT_KINDS}
