"""A shop's categories, settings and drafts in memory, for screens that change them by the real services."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from domain.books import ChartCategory
from domain.categories import Category, CategoryKind, lineage, system_categories
from domain.drafts import Draft
from domain.ids import CategoryId
from domain.policy import Action, Actor, require
from domain.shop_settings import BookRules, book_rules
from tests.fakes.counter import Counter
from tests.fakes.fixed_queries import FixedQueries
from tests.fakes.immediate_work import ImmediateWork
from tests.fakes.small_shop import MERCHANT, SmallShop, SmallUnitOfWork


@dataclass
class KeptBooks:
    """What is kept; a new shop has the fourteen categories, no settings and no drafts."""

    kept: dict[CategoryId, Category] = field(
        default_factory=lambda: {each.id: each for each in system_categories(MERCHANT)}
    )
    values: dict[str, Any] = field(default_factory=dict)
    written: list[Draft] = field(default_factory=list)

    def named(self, name: str) -> Category:
        """The category of an English name."""
        return next(each for each in self.kept.values() if each.name_en == name)

    def hang(self, name: str, above: str | None = None, kind: CategoryKind = CategoryKind.EXPENSE) -> Category:
        """Put a category of the shop's own into the tree, at the top or below another."""
        parent = self.named(above) if above else None
        made = Category(
            CategoryId(f"own-{name}"), MERCHANT, kind, f"{name} (vi)", name, "", parent.id if parent else None
        )
        self.kept[made.id] = made
        return made

    # The reads of screens

    def categories(self, actor: Actor) -> Sequence[ChartCategory]:
        require(actor, Action.SEE_BOOKS)
        rows = []
        for each in self.kept.values():
            line = lineage(each, self.kept.get)[::-1]
            row = ChartCategory(
                id=each.id,
                kind=each.kind,
                name_vi=each.name_vi,
                name_en=each.name_en,
                path_vi=" › ".join(part.name_vi for part in line),
                path_en=" › ".join(part.name_en for part in line),
                parent_id=each.parent_id,
                system_key=each.system_key,
                archived=each.archived_at is not None,
            )
            rows.append(((each.kind is CategoryKind.EXPENSE, row.path_vi), row))
        return [row for _, row in sorted(rows, key=lambda pair: pair[0])]

    def drafts(self, actor: Actor) -> Sequence[Draft]:
        require(actor, Action.SEE_BOOKS)
        return self.written

    def rules(self) -> BookRules:
        return book_rules(self.values)


class _Categories:
    def __init__(self, books: KeptBooks) -> None:
        self._kept = books.kept

    def get(self, category_id: CategoryId) -> Category | None:
        return self._kept.get(category_id)

    def save(self, category: Category) -> None:
        self._kept[category.id] = category

    add = save

    def has_children(self, category_id: CategoryId) -> bool:
        return any(each.parent_id == category_id and each.archived_at is None for each in self._kept.values())

    def levels_below(self, category_id: CategoryId) -> int:
        below = [each.id for each in self._kept.values() if each.parent_id == category_id]
        return max((1 + self.levels_below(each) for each in below), default=0)


class _Settings:
    def __init__(self, books: KeptBooks) -> None:
        self._values = books.values

    def get(self, key: str) -> Any:
        return self._values.get(key)

    def put(self, key: str, value: Any) -> None:
        self._values[key] = value


class BooksWork(ImmediateWork):
    """Runs every wish on the spot, over the small shop with its categories and settings."""

    def __init__(self, shop: SmallShop, books: KeptBooks) -> None:
        queries = FixedQueries(shop)
        queries.books = books
        super().__init__(shop, queries)
        self._books = books

    def command(self, op: Callable[[Any], Any], done: Callable[[Any], None], failed: Any) -> None:
        self.commands += 1
        self._run(lambda: op(self._unit()), done, failed)

    def _unit(self) -> SmallUnitOfWork:
        unit: Any = SmallUnitOfWork(self.shop)
        unit.categories, unit.settings = _Categories(self._books), _Settings(self._books)
        unit.shop = replace(unit.shop, rules=self._books.rules())
        made: SmallUnitOfWork = unit
        return made


@dataclass
class BooksCounter(Counter):
    """A desk over a shop with categories and settings."""

    books: KeptBooks = field(default_factory=KeptBooks)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.work = BooksWork(self.shop, self.books)
        self.desk.work = self.work
