"""What the use cases of categories, settings, drafts and approvals need from a database."""

from typing import Any, Protocol

from domain.approvals import Approval
from domain.categories import Category
from domain.drafts import Draft
from domain.ids import ApprovalId, CategoryId, DeviceId, DraftId, Instant


class Categories(Protocol):
    """Income and expense categories."""

    def add(self, category: Category) -> None:
        """Keep a new category."""

    def get(self, category_id: CategoryId) -> Category | None:
        """Return a category."""

    def save(self, category: Category) -> None:
        """Keep a category's new names, parent and archiving."""

    def has_children(self, category_id: CategoryId) -> bool:
        """Whether a category that is not archived hangs below this one."""

    def levels_below(self, category_id: CategoryId) -> int:
        """Return how many levels of the tree hang below a category, archived ones included."""


class Settings(Protocol):
    """The settings that the shop's tills share."""

    def get(self, key: str) -> Any:
        """Return a setting's value, or None if it was never set."""

    def put(self, key: str, value: Any) -> None:
        """Keep a setting's new value; the unit's shop follows it at once."""


class Drafts(Protocol):
    """Vouchers that are being written on this till."""

    def save(self, draft: Draft) -> None:
        """Keep a draft as it stands now."""

    def get(self, draft_id: DraftId) -> Draft | None:
        """Return a draft."""

    def drop(self, draft_id: DraftId) -> None:
        """Forget a draft."""


class Approvals(Protocol):
    """The approvals that were used, each kept in the commit of the act it allowed."""

    def used(self, approval_id: ApprovalId) -> bool:
        """Whether an approval has allowed an act already."""

    def add(self, approval: Approval, device_id: DeviceId, used_by: str, used_at: Instant) -> None:
        """Keep an approval with the record (a voucher's id) that it allowed on a device; it never allows another."""
