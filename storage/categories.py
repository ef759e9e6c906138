"""Categories in the database."""

from dataclasses import dataclass
from typing import Final

from domain.categories import MAX_DEPTH, Category, CategoryKind
from domain.ids import CategoryId, Instant
from storage.scope import Scope
from storage.session import Sql, insert_into

_ADD: Final = insert_into("categories")
_GET: Final = Sql(
    "SELECT id, kind, name_vi, name_en, system_key, parent_id, archived_at FROM categories "
    "WHERE merchant_id = :merchant_id AND id = :id"
)
_SAVE: Final = Sql(
    "UPDATE categories SET name_vi = :name_vi, name_en = :name_en, parent_id = :parent_id, archived_at = :archived_at "
    "WHERE merchant_id = :merchant_id AND id = :id"
)
_CHILDREN: Final = Sql(
    "SELECT 1 FROM categories WHERE merchant_id = :merchant_id AND parent_id = :id AND archived_at IS NULL LIMIT 1"
)
_LEVELS: Final = Sql(
    "WITH RECURSIVE below(id, level) AS (SELECT c.id, 1 FROM categories c WHERE c.merchant_id = :merchant_id "
    "AND c.parent_id = :id UNION ALL SELECT c.id, b.level + 1 FROM categories c JOIN below b ON c.parent_id = b.id "
    f"WHERE c.merchant_id = :merchant_id AND b.level < {MAX_DEPTH}) SELECT COALESCE(MAX(level), 0) FROM below"
)


@dataclass(frozen=True, slots=True)
class SqlCategories:
    """The categories of one merchant."""

    scope: Scope

    def add(self, category: Category) -> None:
        self.scope.session.run(
            _ADD, {**self._changing(category), "kind": category.kind.value, "system_key": category.system_key}
        )

    def get(self, category_id: CategoryId) -> Category | None:
        row = self.scope.session.one(_GET, {"merchant_id": self.scope.merchant_id, "id": category_id})
        if row is None:
            return None
        return Category(
            id=CategoryId(row[0]),
            merchant_id=self.scope.merchant_id,
            kind=CategoryKind(row[1]),
            name_vi=row[2],
            name_en=row[3],
            system_key=row[4],
            parent_id=CategoryId(row[5]) if row[5] else None,
            archived_at=None if row[6] is None else Instant(row[6]),
        )

    def save(self, category: Category) -> None:
        self.scope.session.run(_SAVE, self._changing(category))

    def has_children(self, category_id: CategoryId) -> bool:
        found = self.scope.session.one(_CHILDREN, {"merchant_id": self.scope.merchant_id, "id": category_id})
        return found is not None

    def levels_below(self, category_id: CategoryId) -> int:
        row = self.scope.session.one(_LEVELS, {"merchant_id": self.scope.merchant_id, "id": category_id})
        return int(row[0]) if row else 0

    def _changing(self, category: Category) -> dict[str, str | int | None]:
        return {
            "merchant_id": self.scope.merchant_id,
            "id": category.id,
            "name_vi": category.name_vi,
            "name_en": category.name_en,
            "parent_id": category.parent_id,
            "archived_at": category.archived_at,
        }
