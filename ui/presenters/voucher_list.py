"""What the list of vouchers shows and how it is read: its wishes, its rows, one page after the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.book_rows import VoucherFilter, VoucherItem
from domain.calendar import business_date, day_start
from domain.drafts import Draft
from domain.ids import AccountId, CategoryId, Instant, VoucherId
from domain.policy import Actor
from domain.ports import Queries
from domain.vouchers import Side, VoucherType
from ui.formatting import plain_letters

PAGE: Final = 60
_DAY_MS: Final = 24 * 3600 * 1000

Place = tuple[str, Instant, VoucherId]
"""Behind which voucher a page begins."""


class Shown(StrEnum):
    """The chips of the first row: everything, one type, or what is still being written."""

    ALL = "all"
    RECEIPT = "PT"
    PAYMENT = "PC"
    TRANSFER = "PCK"
    ADJUSTMENT = "PKT"
    DRAFTS = "drafts"


class Period(StrEnum):
    """The days that the list shows; DAYS are those that a person chose."""

    TODAY = "today"
    WEEK = "week"
    MONTH = "month"
    ALL = "all"
    DAYS = "days"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for; `since` and `until` (`YYYY-MM-DD`) count for the period DAYS alone."""

    text: str = ""
    shown: Shown = Shown.ALL
    period: Period = Period.MONTH
    since: str = ""
    until: str = ""
    account_id: AccountId | None = None
    category_id: CategoryId | None = None

    @property
    def narrowed(self) -> bool:
        """Whether anything but the plain list of this month is asked for."""
        return self != PLAIN


PLAIN: Final = Wanted()
"""The list as it stands before anything was asked for: this month."""


@dataclass(frozen=True, slots=True)
class VoucherRow:
    """A row of the list: an issued voucher, or a draft."""

    item: VoucherItem | None = None
    draft: Draft | None = None

    @property
    def key(self) -> str:
        """The id of what stands in the row."""
        return self.item.id if self.item is not None else self._draft.id

    @property
    def type(self) -> VoucherType:
        """Which of the four documents it is."""
        return self.item.type if self.item is not None else self._draft.type

    @property
    def day(self) -> str:
        """Its own day, `YYYY-MM-DD`."""
        return self.item.business_date if self.item is not None else self._draft.business_date

    @property
    def memo(self) -> str:
        """What it is for."""
        return self.item.memo if self.item is not None else self._draft.memo

    @property
    def party(self) -> str:
        """Who paid or was paid."""
        return self.item.counterparty if self.item is not None else self._draft.party.name

    @property
    def amount_minor(self) -> int:
        """What it amounts to, in minor units; of a draft what has been typed so far."""
        return self.item.total_minor if self.item is not None else draft_total(self._draft)

    @property
    def _draft(self) -> Draft:
        assert self.draft is not None, "a row holds one of the two"
        return self.draft


@dataclass(frozen=True, slots=True)
class ListPage:
    """Rows behind `after`, in answer to `wanted`."""

    wanted: Wanted
    rows: tuple[VoucherRow, ...]
    complete: bool
    after: Place | None


def draft_total(draft: Draft) -> int:
    """Return what a draft amounts to so far, in minor units: the larger side of an adjustment that is not even yet."""
    if draft.type is not VoucherType.ADJUSTMENT:
        return draft.amount_minor
    return max(sum(line.amount_minor for line in draft.lines if line.side is side) for side in Side)


def days_of(wanted: Wanted, now: Instant, zone: str) -> tuple[str, str]:
    """Return the first and the last day that are asked for; empty where there is no bound."""
    today = business_date(now, zone)
    if wanted.period is Period.DAYS:
        return wanted.since, wanted.until
    first = {
        Period.TODAY: today,
        Period.WEEK: business_date(Instant(day_start(today, zone) - 6 * _DAY_MS), zone),
        Period.MONTH: f"{today[:8]}01",
    }.get(wanted.period, "")
    return first, ""


def read_page(
    queries: Queries, actor: Actor, wanted: Wanted, days: tuple[str, str], count: int, after: Place | None
) -> ListPage:
    """Read at least `count` rows behind `after`; drafts are few and come all at once. Raises NotPermitted."""
    if wanted.shown is Shown.DRAFTS:
        found = (draft for draft in queries.books.drafts(actor) if _fits(draft, wanted.text))
        return ListPage(wanted, tuple(VoucherRow(draft=draft) for draft in found), True, None)
    asked = VoucherFilter(
        text=wanted.text,
        type=None if wanted.shown is Shown.ALL else VoucherType(wanted.shown.value),
        since=days[0],
        until=days[1],
        account_id=wanted.account_id,
        category_id=wanted.category_id,
    )
    items: list[VoucherItem] = []
    place, complete = after, False
    while len(items) < count and not complete:
        page: Sequence[VoucherItem] = queries.books.vouchers(actor, asked, PAGE, place)
        complete = len(page) < PAGE
        items.extend(page)
        place = place_of(page[-1]) if page else place
    return ListPage(wanted, tuple(VoucherRow(item=item) for item in items), complete, after)


def place_of(item: VoucherItem) -> Place:
    """Return the place of a voucher in the list."""
    return (item.business_date, item.created_at, item.id)


def _fits(draft: Draft, text: str) -> bool:
    """Whether a draft is what a person looks for, by its words without their marks or by its amount."""
    wished = plain_letters(text)
    said = plain_letters(f"{draft.memo} {draft.party.name} {draft.party.address}")
    digits = "".join(letter for letter in text if letter.isdigit())
    return wished in said or (bool(digits) and digits in str(draft_total(draft)))
