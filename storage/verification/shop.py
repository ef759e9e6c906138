"""The shop's fixtures: the fourteen categories, the control accounts, and one default account."""

from typing import Final

from domain.accounts import CONTROL_ACCOUNTS, control_id
from domain.categories import system_categories
from storage.session import Sql
from storage.verification.books import Books

_CATEGORIES: Final = Sql(
    "SELECT id, kind, system_key FROM categories WHERE merchant_id = :merchant_id AND system_key <> ''"
)
_CONTROLS: Final = Sql(
    "SELECT id, control FROM accounts WHERE merchant_id = :merchant_id AND type = 'CONTROL' AND archived_at IS NULL"
)
_DEFAULTS: Final = Sql(
    "SELECT COUNT(*), SUM(is_default) FROM accounts WHERE merchant_id = :merchant_id AND type <> 'CONTROL'"
)


def check_shop(books: Books) -> None:
    """Check what every shop has from its first day; a shop without any wallet yet has no default account."""
    held = {row[0]: (row[1], row[2]) for row in books.reader.session.all(_CATEGORIES, books.key)}
    for category in system_categories(books.merchant_id):
        if held.get(category.id) != (category.kind.value, category.system_key):
            books.found.add("I22", "CATEGORY_OTHER", category.system_key)
    controls = {row[0]: row[1] for row in books.reader.session.all(_CONTROLS, books.key)}
    for control in CONTROL_ACCOUNTS:
        if controls.get(control_id(books.merchant_id, control.key)) != control.key.value:
            books.found.add("I22", "CONTROL_MISSING", books.merchant_id, control=control.key.value)
    row = books.reader.session.one(_DEFAULTS, books.key)
    assert row is not None, "an aggregate always answers"
    if int(row[1] or 0) != min(int(row[0]), 1):
        books.found.add("I22", "DEFAULT_ACCOUNT", books.merchant_id, count=int(row[1] or 0))
