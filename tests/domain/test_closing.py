"""Closing the books: what it refuses, and what happens to a voucher dated in a period that was closed meanwhile."""

from collections.abc import Iterator

import pytest

from domain.errors import DomainError, ErrorCode
from domain.ids import Instant, MessageId
from domain.policy import Role
from domain.posting_rules import SALE, Places
from domain.services.settings import change_setting, close_books
from domain.services.vouchers import post_event, void_voucher
from domain.shop_settings import CLOSED_THROUGH
from domain.vouchers import SourceEvent, Voucher
from storage.till import TillUnits
from tests.builders import CASH, MANAGER, MINUTE, NOON, OWNER, SALES, an_id
from tests.domain.till_facts import ask, code_of, dump
from tests.property.shop_stage import Till
from tests.storage.two_tills import TwoTills

DAY = 24 * 60 * MINUTE
TODAY, YESTERDAY, BEFORE = "2026-11-21", "2026-11-20", "2026-11-19"


@pytest.fixture
def shop() -> Iterator[TwoTills]:
    stage = TwoTills()
    yield stage
    stage.close()


def close(units: TillUnits, through: str, name: str = "closing", *, reason: str = "", at: Instant = NOON) -> None:
    units.run(lambda uow: close_books(uow, OWNER, through, MessageId(an_id(name)), at, reason=reason))


def refused(units: TillUnits, through: str, *, reason: str = "") -> ErrorCode:
    message_id = MessageId(an_id("refused closing"))
    return code_of(units, lambda uow: close_books(uow, OWNER, through, message_id, NOON, reason=reason))


def closed_through(units: TillUnits) -> str:
    return units.run(lambda uow: uow.shop.rules.closed_through)


def sale_of(till: Till, name: str, at: Instant) -> Voucher:
    source = SourceEvent("sale", name)
    return till.units.run(lambda uow: post_event(uow, source, SALE, Places(CASH), at, {"due": 45_000}, memo=name))


def closed_at_the_hub(shop: TwoTills, through: str = YESTERDAY) -> None:
    """Close the books at the first till and let the hub hear of it, not yet the second till."""
    close(shop.tills[0].units, through)
    shop.sync(shop.tills[0])


def days_of_cash(till: Till) -> dict[str, int]:
    rows = till.books.ask(f"SELECT day, debit_minor FROM day_totals WHERE account_id = '{CASH}' AND debit_minor <> 0")
    return dict(rows)


def test_a_day_that_is_over_can_be_closed(till_units: TillUnits) -> None:
    close(till_units, YESTERDAY)
    assert closed_through(till_units) == YESTERDAY
    assert till_units.shop.rules.is_closed(YESTERDAY)
    assert not till_units.shop.rules.is_closed(TODAY)


@pytest.mark.parametrize("through", [TODAY, "2026-11-22", "2027-01-01"])
def test_today_and_later_days_cannot_be_closed(through: str, till_units: TillUnits) -> None:
    assert refused(till_units, through) is ErrorCode.PERIOD_NOT_OVER


def test_today_is_the_day_of_the_shop_not_of_utc(till_units: TillUnits) -> None:
    after_midnight = Instant(NOON + 13 * 60 * MINUTE)  # 01:00 on the 22nd in the shop, the 21st in UTC
    close(till_units, TODAY, at=after_midnight)
    assert closed_through(till_units) == TODAY


@pytest.mark.parametrize("through", ["yesterday", "2026-02-30", "2026-1-1"])
def test_a_day_that_is_none_is_refused(through: str, till_units: TillUnits) -> None:
    assert refused(till_units, through) is ErrorCode.DATE_INVALID


@pytest.mark.parametrize("through", [BEFORE, ""])
@pytest.mark.parametrize("reason", ["", "  "])
def test_the_books_are_not_opened_again_without_a_reason(through: str, reason: str, till_units: TillUnits) -> None:
    close(till_units, YESTERDAY)
    assert refused(till_units, through, reason=reason) is ErrorCode.DRAFT_INCOMPLETE


@pytest.mark.parametrize("through", [BEFORE, ""])
def test_the_books_are_opened_again_with_a_reason_that_is_kept(through: str, till_units: TillUnits) -> None:
    close(till_units, YESTERDAY)
    close(till_units, through, "opening", reason="an invoice came late")
    assert closed_through(till_units) == through
    facts = [row[0] for row in ask(till_units, "SELECT facts FROM audit WHERE action = 'books.reopened'")]
    assert "an invoice came late" in facts[-1]


def test_closing_what_is_closed_changes_nothing(till_units: TillUnits) -> None:
    close(till_units, YESTERDAY)
    before = dump(till_units)
    close(till_units, YESTERDAY, "again")
    assert dump(till_units) == before


def test_only_an_owner_closes_the_books(till_units: TillUnits) -> None:
    message_id = MessageId(an_id("closing"))
    code = code_of(till_units, lambda uow: close_books(uow, MANAGER, YESTERDAY, message_id, NOON))
    assert code is ErrorCode.NOT_PERMITTED


def test_the_books_are_not_closed_as_a_mere_setting(till_units: TillUnits) -> None:
    message_id = MessageId(an_id("setting"))
    code = code_of(till_units, lambda uow: change_setting(uow, OWNER, CLOSED_THROUGH, YESTERDAY, message_id, NOON))
    assert code is ErrorCode.SETTING_INVALID


def test_an_event_of_a_closed_day_is_dated_on_the_first_open_one_and_keeps_its_day(till_units: TillUnits) -> None:
    close(till_units, YESTERDAY)
    source = SourceEvent("sale", "late")
    voucher = till_units.run(
        lambda uow: post_event(uow, source, SALE, Places(CASH), NOON, {"due": 45_000}, memo="late", occurred_on=BEFORE)
    )
    assert (voucher.business_date, voucher.occurred_on) == (TODAY, BEFORE)


def test_every_till_hears_of_the_closing(shop: TwoTills) -> None:
    closed_at_the_hub(shop)
    shop.sync(shop.tills[1])
    assert closed_through(shop.tills[1].units) == YESTERDAY
    assert shop.run(lambda uow: uow.shop.rules.closed_through) == YESTERDAY
    with pytest.raises(DomainError) as told:
        close(shop.tills[1].units, BEFORE, "other till")
    assert told.value.code is ErrorCode.DRAFT_INCOMPLETE


def test_a_voucher_of_a_period_closed_meanwhile_is_taken_with_its_number(shop: TwoTills) -> None:
    offline = sale_of(shop.tills[1], "offline", Instant(NOON - DAY))
    closed_at_the_hub(shop)
    shop.settle_down()
    kept = shop.run(lambda uow: uow.vouchers.get(offline.id))
    assert kept == offline
    assert (offline.business_date, offline.number) == (YESTERDAY, "PT02A-26-000001")
    shop.check()


def test_it_counts_on_the_first_open_day_at_the_hub_and_after_the_pull_at_the_tills(shop: TwoTills) -> None:
    offline = sale_of(shop.tills[1], "offline", Instant(NOON - DAY))
    assert days_of_cash(shop.tills[1]) == {YESTERDAY: 45_000}
    closed_at_the_hub(shop)
    shop.push(shop.tills[1])
    assert days_of_cash(shop.tills[1]) == {YESTERDAY: 45_000}
    shop.pull(shop.tills[1])
    assert days_of_cash(shop.tills[1]) == {TODAY: 45_000}
    shop.settle_down()
    for books in shop.every_book():
        booked = books.ask("SELECT voucher_id, book_no, booked_on FROM book_numbers")
        assert booked == [(offline.id, 1, TODAY)]
        assert {row[0] for row in books.ask("SELECT day FROM day_totals WHERE debit_minor + credit_minor > 0")} == {
            TODAY
        }
        assert books.balances() == {CASH: 45_000, SALES: -45_000}
    shop.check()


def test_a_page_that_arrives_twice_moves_the_day_once(shop: TwoTills) -> None:
    sale_of(shop.tills[1], "offline", Instant(NOON - DAY))
    closed_at_the_hub(shop)
    shop.push(shop.tills[1])
    shop.fetch(shop.tills[1])
    shop.apply(shop.tills[1], times=2)
    assert days_of_cash(shop.tills[1]) == {TODAY: 45_000}
    shop.settle_down()
    shop.check()


def test_a_voucher_that_came_before_the_closing_stays_on_its_day(shop: TwoTills) -> None:
    sale_of(shop.tills[1], "in time", Instant(NOON - DAY))
    shop.sync(shop.tills[1])
    closed_at_the_hub(shop)
    shop.settle_down()
    assert days_of_cash(shop.tills[1]) == {YESTERDAY: 45_000}
    for books in shop.every_book():
        assert books.ask("SELECT booked_on FROM book_numbers") == [(None,)]
    shop.check()


def test_the_days_that_were_moved_stay_after_the_books_are_opened_again(shop: TwoTills) -> None:
    sale_of(shop.tills[1], "offline", Instant(NOON - DAY))
    closed_at_the_hub(shop)
    shop.settle_down()
    close(shop.tills[0].units, "", "opening", reason="too early")
    shop.settle_down()
    assert days_of_cash(shop.tills[1]) == {TODAY: 45_000}
    shop.check()


def test_a_voucher_moved_across_the_year_takes_its_number_of_the_register_from_the_new_year(shop: TwoTills) -> None:
    new_year, last_year = Instant(NOON + 42 * DAY), Instant(NOON + 40 * DAY)  # 2 January, 31 December
    offline = sale_of(shop.tills[1], "offline", last_year)
    close(shop.tills[0].units, "2026-12-31", at=new_year)
    shop.at = new_year
    shop.sync(shop.tills[0])
    shop.settle_down()
    assert offline.number == "PT02A-26-000001"
    for books in shop.every_book():
        assert books.ask("SELECT year, book_no, booked_on FROM book_numbers") == [("2027", 1, "2027-01-01")]
    shop.check()


def test_the_reversal_of_what_was_moved_counts_on_an_open_day_too(shop: TwoTills) -> None:
    offline = sale_of(shop.tills[1], "offline", Instant(NOON - DAY))
    closed_at_the_hub(shop)
    shop.settle_down()
    owner = shop.tills[0].actor(Role.OWNER)
    void = shop.tills[0].units.run(lambda uow: void_voucher(uow, owner, offline.id, NOON, reason="wrong"))
    shop.settle_down()
    assert void.business_date == TODAY
    assert shop.hub_books.balances() == {}
    shop.check()
