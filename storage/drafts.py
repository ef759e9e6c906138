"""Drafts of vouchers and the grants of accounts: what only this till keeps."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from domain.drafts import Draft, DraftLine
from domain.ids import AccountId, CategoryId, DraftId, Instant, UserId
from domain.messages import canonical_json
from domain.vouchers import Party, Side, VoucherType
from storage.scope import Scope
from storage.session import Row, Sql, insert_into

_SAVE: Final = insert_into(
    "drafts",
    on_conflict="ON CONFLICT (merchant_id, id) DO UPDATE SET type = :type, body = :body, updated_at = :updated_at",
)
DRAFT_COLUMNS: Final = "id, type, body, created_at, updated_at"
_GET: Final = Sql(f"SELECT {DRAFT_COLUMNS} FROM drafts WHERE merchant_id = :merchant_id AND id = :id")
_DROP: Final = Sql("DELETE FROM drafts WHERE merchant_id = :merchant_id AND id = :id")
_GRANT: Final = insert_into("account_grants", on_conflict="ON CONFLICT DO NOTHING")
_SEES: Final = Sql(
    "SELECT 1 FROM account_grants WHERE merchant_id = :merchant_id AND user_id = :user_id AND account_id = :account_id"
)
_HIDDEN: Final = Sql(
    "SELECT 1 FROM accounts a WHERE a.merchant_id = :merchant_id AND a.type <> 'CONTROL' AND NOT EXISTS "
    "(SELECT 1 FROM account_grants g WHERE g.merchant_id = a.merchant_id AND g.user_id = :user_id "
    "AND g.account_id = a.id) LIMIT 1"
)
_GRANTED: Final = Sql("SELECT account_id FROM account_grants WHERE merchant_id = :merchant_id AND user_id = :user_id")
_REVOKE: Final = Sql(
    "DELETE FROM account_grants WHERE merchant_id = :merchant_id AND user_id = :user_id AND account_id = :account_id"
)


@dataclass(frozen=True, slots=True)
class SqlDrafts:
    """The vouchers that are being written on this till."""

    scope: Scope

    def save(self, draft: Draft) -> None:
        self.scope.session.run(
            _SAVE,
            {
                "merchant_id": self.scope.merchant_id,
                "id": draft.id,
                "type": draft.type.value,
                "body": _body(draft),
                "created_at": draft.created_at,
                "updated_at": draft.updated_at,
            },
        )

    def get(self, draft_id: DraftId) -> Draft | None:
        row = self.scope.session.one(_GET, {"merchant_id": self.scope.merchant_id, "id": draft_id})
        return read_draft(row) if row else None

    def drop(self, draft_id: DraftId) -> None:
        self.scope.session.run(_DROP, {"merchant_id": self.scope.merchant_id, "id": draft_id})


@dataclass(frozen=True, slots=True)
class SqlGrants:
    """Which people may see which accounts on this till."""

    scope: Scope

    def grant(self, user_id: UserId, account_id: AccountId) -> None:
        self.scope.session.run(_GRANT, self._key(user_id, account_id))

    def revoke(self, user_id: UserId, account_id: AccountId) -> None:
        self.scope.session.run(_REVOKE, self._key(user_id, account_id))

    def sees(self, user_id: UserId, account_id: AccountId) -> bool:
        return self.scope.session.one(_SEES, self._key(user_id, account_id)) is not None

    def sees_all(self, user_id: UserId) -> bool:
        values = {"merchant_id": self.scope.merchant_id, "user_id": user_id}
        return self.scope.session.one(_HIDDEN, values) is None

    def of(self, user_id: UserId) -> frozenset[AccountId]:
        rows = self.scope.session.all(_GRANTED, {"merchant_id": self.scope.merchant_id, "user_id": user_id})
        return frozenset(AccountId(row[0]) for row in rows)

    def _key(self, user_id: UserId, account_id: AccountId) -> Mapping[str, str]:
        return {"merchant_id": self.scope.merchant_id, "user_id": user_id, "account_id": account_id}


def read_draft(row: Row) -> Draft:
    """Return the draft of a row of `DRAFT_COLUMNS`."""
    told: dict[str, Any] = json.loads(row[2])
    return Draft(
        id=DraftId(row[0]),
        type=VoucherType(row[1]),
        business_date=told["business_date"],
        created_at=Instant(row[3]),
        updated_at=Instant(row[4]),
        actor_id=UserId(told["actor"]),
        wallet_id=AccountId(told["wallet"]) if told["wallet"] else None,
        target_id=AccountId(told["target"]) if told["target"] else None,
        category_id=CategoryId(told["category"]) if told["category"] else None,
        amount_minor=told["amount"],
        fee_minor=told["fee"],
        memo=told["memo"],
        party=Party(*told["party"]),
        attachments=told["attachments"],
        lines=tuple(DraftLine(AccountId(a) if a else None, Side(s), m) for a, s, m in told["lines"]),
    )


def _body(draft: Draft) -> str:
    return canonical_json(
        {
            "business_date": draft.business_date,
            "actor": draft.actor_id,
            "wallet": draft.wallet_id,
            "target": draft.target_id,
            "category": draft.category_id,
            "amount": draft.amount_minor,
            "fee": draft.fee_minor,
            "memo": draft.memo,
            "party": [draft.party.name, draft.party.address],
            "attachments": draft.attachments,
            "lines": [[line.account_id, line.side, line.amount_minor] for line in draft.lines],
        }
    )
