"""Categories of income and expense: fourteen of the system, which cannot be removed or retyped, and the shop's own."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.accounts import Control
from domain.errors import ErrorCode, RuleBroken
from domain.ids import CategoryId, Instant, MerchantId, id_for


class CategoryKind(StrEnum):
    """Whether a category says where money came from or where it went."""

    INCOME = "INCOME"
    EXPENSE = "EXPENSE"


@dataclass(frozen=True, slots=True)
class Category:
    """A label of vouchers in both languages; `system_key` marks one of the fourteen, `parent_id` hangs it in the tree.

    Parent and child are of one kind. An archived category keeps its vouchers and takes no new ones.
    """

    id: CategoryId
    merchant_id: MerchantId
    kind: CategoryKind
    name_vi: str
    name_en: str
    system_key: str = ""
    parent_id: CategoryId | None = None
    archived_at: Instant | None = None


MAX_DEPTH: Final = 6
"""Levels of the category tree, the root's included."""

_INCOME, _EXPENSE = CategoryKind.INCOME, CategoryKind.EXPENSE

SYSTEM_CATEGORIES: Final = (
    ("sales", _INCOME, "Bán hàng", "Sales"),
    ("services", _INCOME, "Dịch vụ", "Services"),
    ("stock_surplus", _INCOME, "Thừa kho", "Stock surplus"),
    ("other_income", _INCOME, "Thu nhập khác", "Other income"),
    ("stock_purchase", _EXPENSE, "Nhập hàng", "Stock purchase"),
    ("cogs", _EXPENSE, "Giá vốn hàng bán", "Cost of goods sold"),
    ("stock_loss", _EXPENSE, "Hao hụt kho", "Stock loss"),
    ("refunds", _EXPENSE, "Hoàn tiền bán hàng", "Sales refunds"),
    ("payroll", _EXPENSE, "Lương nhân viên", "Payroll"),
    ("rent_utilities", _EXPENSE, "Mặt bằng, điện nước", "Rent and utilities"),
    ("marketing_delivery", _EXPENSE, "Tiếp thị, giao hàng", "Marketing and delivery"),
    ("fees", _EXPENSE, "Phí thanh toán, ngân hàng", "Payment fees and bank charges"),
    ("taxes", _EXPENSE, "Thuế, lệ phí", "Taxes and duties"),
    ("other_expense", _EXPENSE, "Chi phí khác", "Other expenses"),
)


def category_id(merchant_id: MerchantId, key: str) -> CategoryId:
    """Return the id of a merchant's system category `key`: the same on every till and on the hub."""
    return CategoryId(id_for("category", merchant_id, key))


def system_categories(merchant_id: MerchantId) -> tuple[Category, ...]:
    """Return the fourteen categories that every merchant has."""
    return tuple(
        Category(category_id(merchant_id, key), merchant_id, kind, name_vi, name_en, key)
        for key, kind, name_vi, name_en in SYSTEM_CATEGORIES
    )


_CONTRA: Final = {
    "sales": Control.SALES,
    "services": Control.SALES,
    "stock_surplus": Control.OTHER_INCOME,
    "other_income": Control.OTHER_INCOME,
    "stock_purchase": Control.INVENTORY,
    "cogs": Control.COGS,
    "stock_loss": Control.COGS,
    "refunds": Control.SALES_RETURNS,
    "payroll": Control.EXPENSES,
    "rent_utilities": Control.EXPENSES,
    "marketing_delivery": Control.EXPENSES,
    "fees": Control.FEES,
    "taxes": Control.EXPENSES,
    "other_expense": Control.OTHER_EXPENSE,
}


def lineage(category: Category, get: Callable[[CategoryId], Category | None]) -> tuple[Category, ...]:
    """Return a category and its parents up to the root.

    Raises RuleBroken: CATEGORY_UNKNOWN for a parent that is missing, CATEGORY_CYCLE for a tree that bites its tail or
    is deeper than MAX_DEPTH.
    """
    line = [category]
    while (parent_id := line[-1].parent_id) is not None:
        parent = get(parent_id)
        if parent is None:
            raise RuleBroken(ErrorCode.CATEGORY_UNKNOWN)
        if len(line) == MAX_DEPTH or any(parent.id == met.id for met in line):
            raise RuleBroken(ErrorCode.CATEGORY_CYCLE)
        line.append(parent)
    return tuple(line)


def contra_account(line: tuple[Category, ...]) -> Control:
    """Return the account that money of a category is booked against: that of the nearest system category above it."""
    for category in line:
        if category.system_key:
            return _CONTRA[category.system_key]
    return Control.OTHER_INCOME if line[0].kind is CategoryKind.INCOME else Control.EXPENSES
