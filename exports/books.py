"""The whole books of one shop as the exporters take them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from domain.books import ChartAccount, ChartCategory, Entry
from domain.calendar import business_date
from domain.ids import CategoryId, Instant
from domain.money import Language


class BooksInconsistent(Exception):
    """The books changed while they were read, or an entry is on an account that the chart does not have."""


@dataclass(frozen=True, slots=True)
class Books:
    """Everything in a shop's books, from their first day on, so that the accounts' balances are their entries' sums.

    `entries` begins to read anew at each call, in any order of days; a writer may call it twice and must find the same
    both times, so both calls belong to one read of the database. `language` is the one of categories' names.
    """

    shop: str
    currency: str
    exported_at: Instant
    zone: str
    chart: Sequence[ChartAccount]
    categories: Sequence[ChartCategory]
    entries: Callable[[], Iterator[Entry]]
    language: Language = Language.VI

    def export_day(self) -> str:
        """Return the day of the export (`YYYY-MM-DD`) in the shop's zone."""
        return business_date(self.exported_at, self.zone)

    def closing_day(self, last_day: str) -> str:
        """Return the day on which balances are stated: the one after the last entry's, or after the export's."""
        return (date.fromisoformat(last_day or self.export_day()) + timedelta(days=1)).isoformat()

    def category_paths(self) -> dict[CategoryId, str]:
        """Return the path of each category in the books' language."""
        return {row.id: row.path(self.language) for row in self.categories}
