"""Whom the demo shop deals with, and what it receives and pays by hand now and then; all of it made up."""

from dataclasses import dataclass
from typing import Final

from domain.categories import CategoryKind, category_id
from domain.ids import CategoryId, MerchantId, id_for
from domain.vouchers import NOBODY, Party

CUSTOMERS: Final = (
    ("Nguyễn Thị Hồng", "0903123218"),
    ("Trần Văn Đức", "0912450077"),
    ("Lê Minh Châu", "0987002311"),
    ("Phạm Quốc Bảo", "0935668899"),
    ("Võ Thị Kim Ngân", "0978114520"),
    ("Đặng Hữu Phước", "0909335512"),
)
SUPPLIERS: Final = (
    Party("Đại lý Tân Phát", "12 Lê Lợi, Biên Hoà"),
    Party("Nhà phân phối Minh Long", "48 Quốc lộ 1A, Thủ Đức"),
    Party("Cơ sở nước mắm Hưng Thịnh", "Phan Thiết"),
    Party("Nông sản Đà Lạt Xanh", "7 Phan Chu Trinh, Đà Lạt"),
)


@dataclass(frozen=True, slots=True)
class OwnCategory:
    """A category of the shop's own, below one of the system's."""

    key: str
    above: str
    kind: CategoryKind
    name_vi: str
    name_en: str


OWN: Final = (
    OwnCategory("power", "rent_utilities", CategoryKind.EXPENSE, "Tiền điện", "Electricity"),
    OwnCategory("water", "rent_utilities", CategoryKind.EXPENSE, "Tiền nước", "Water"),
    OwnCategory("delivery", "marketing_delivery", CategoryKind.EXPENSE, "Giao hàng", "Delivery"),
    OwnCategory("bags", "other_expense", CategoryKind.EXPENSE, "Bao bì, túi", "Bags and wrapping"),
    OwnCategory("topup", "services", CategoryKind.INCOME, "Hoa hồng nạp thẻ", "Top-up commissions"),
    OwnCategory("shelf", "other_income", CategoryKind.INCOME, "Cho thuê kệ", "Shelf rent"),
)


@dataclass(frozen=True, slots=True)
class Habit:
    """What is received or paid by hand now and then: category, least and greatest amount in thousands of VND."""

    category: str
    least: int
    greatest: int
    memo: str
    party: Party = NOBODY
    by_bank: bool = False


RECEIVED: Final = (
    Habit("services", 20, 150, "Thu dịch vụ photocopy"),
    Habit("topup", 15, 120, "Hoa hồng nạp thẻ điện thoại"),
    Habit("shelf", 200, 600, "Cho thuê kệ trưng bày", Party("Nhà phân phối Minh Long"), by_bank=True),
    Habit("other_income", 10, 90, "Bán thùng giấy, vỏ chai"),
)
PAID: Final = (
    Habit("payroll", 180, 420, "Công bán hàng theo ngày", Party("Lan")),
    Habit("rent_utilities", 250, 900, "Tiền mặt bằng", Party("Bà Sáu"), by_bank=True),
    Habit("power", 120, 700, "Tiền điện", Party("Điện lực"), by_bank=True),
    Habit("water", 40, 160, "Tiền nước", Party("Cấp nước"), by_bank=True),
    Habit("marketing_delivery", 50, 300, "In tờ rơi khuyến mãi"),
    Habit("delivery", 15, 60, "Giao hàng cho khách", Party("Anh Tuấn")),
    Habit("fees", 5, 33, "Phí quản lý tài khoản", by_bank=True),
    Habit("taxes", 50, 400, "Nộp thuế, lệ phí", Party("Chi cục Thuế"), by_bank=True),
    Habit("bags", 20, 120, "Mua túi, dây buộc"),
    Habit("other_expense", 20, 150, "Sửa kệ, bóng đèn"),
)


def own_category(merchant_id: MerchantId, key: str) -> CategoryId:
    """Return the id of one of the shop's own categories, else of the system's."""
    own = any(key == category.key for category in OWN)
    return CategoryId(id_for("demo-category", merchant_id, key)) if own else category_id(merchant_id, key)
