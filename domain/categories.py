"""The fourteen system categories of income and expense; they cannot be removed or retyped."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.ids import CategoryId, MerchantId, id_for


class CategoryKind(StrEnum):
    """Whether a category says where money came from or where it went."""

    INCOME = "INCOME"
    EXPENSE = "EXPENSE"


@dataclass(frozen=True, slots=True)
class Category:
    """A label of vouchers in both languages; `system_key` marks one of the fourteen."""

    id: CategoryId
    merchant_id: MerchantId
    kind: CategoryKind
    name_vi: str
    name_en: str
    system_key: str


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
