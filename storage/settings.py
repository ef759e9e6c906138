"""The shop's shared settings in the database."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

from domain.ids import MerchantId
from domain.messages import canonical_json
from domain.policy import FIRST_LIMITS, Limits
from domain.shop_settings import BookRules, book_rules
from storage.scope import Scope
from storage.session import Session, Sql, insert_into

_GET: Final = Sql("SELECT value FROM shop_settings WHERE merchant_id = :merchant_id AND key = :key")
_ALL: Final = Sql("SELECT key, value FROM shop_settings WHERE merchant_id = :merchant_id")
_LIMITS: Final = Sql("SELECT limits FROM merchants WHERE id = :merchant_id")
_PUT: Final = insert_into("shop_settings", on_conflict="ON CONFLICT (merchant_id, key) DO UPDATE SET value = :value")


@dataclass(frozen=True, slots=True)
class SqlSettings:
    """The settings of one merchant; `changed` is told the books' new rules."""

    scope: Scope
    changed: Callable[[BookRules], None]

    def get(self, key: str) -> Any:
        row = self.scope.session.one(_GET, {"merchant_id": self.scope.merchant_id, "key": key})
        return json.loads(row[0])["value"] if row else None

    def put(self, key: str, value: Any) -> None:
        kept = {"merchant_id": self.scope.merchant_id, "key": key, "value": canonical_json({"value": value})}
        self.scope.session.run(_PUT, kept)
        self.changed(read_rules(self.scope.session, self.scope.merchant_id))


def read_rules(session: Session, merchant_id: MerchantId) -> BookRules:
    """Return what a merchant's settings say of its books and limits, above those it began with."""
    row = session.one(_LIMITS, {"merchant_id": merchant_id})
    return book_rules(read_settings(session, merchant_id), read_limits(row[0]) if row else FIRST_LIMITS)


def read_settings(session: Session, merchant_id: MerchantId) -> dict[str, Any]:
    """Return every setting of a merchant that was ever set."""
    return {key: json.loads(text)["value"] for key, text in session.all(_ALL, {"merchant_id": merchant_id})}


def read_limits(text: str) -> Limits:
    """Read the limits that a shop began with as `write_limits` wrote them."""
    fields: dict[str, Any] = json.loads(text)
    return Limits(**fields)


def write_limits(limits: Limits) -> str:
    """Write the limits that a shop begins with as the database keeps them."""
    return json.dumps(asdict(limits), sort_keys=True)
