"""Value added tax: the rate of the day, the tax inside a price, and the line it gets in a VAT shop's sale."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts import Control, control_id
from domain.calendar import day_start
from domain.errors import DomainError, ErrorCode
from domain.ids import Instant, MessageId
from domain.money import MAX_MINOR
from domain.ports import UnitOfWork
from domain.posting_rules import PURCHASE, Places
from domain.services.settings import change_setting
from domain.services.vouchers import post_event
from domain.shop_settings import VAT_CLASS, VAT_RATES, BookRules
from domain.vat import DEFAULT_RATES, VatClass, VatRate, rate_on, read_rates, tax_included, write_rates
from domain.vouchers import SourceEvent
from storage.till import TillUnits
from tests.builders import CASH, MERCHANT, NOON, OWNER, SALES, an_id, sell
from tests.domain.till_facts import ask, code_of

VAT = control_id(MERCHANT, Control.VAT_PAYABLE)
INPUT_VAT = control_id(MERCHANT, Control.VAT_DEDUCTIBLE)
INVENTORY = control_id(MERCHANT, Control.INVENTORY)
NEXT_YEAR = Instant(day_start("2027-01-01", "Asia/Ho_Chi_Minh"))


def books_vat(uow: UnitOfWork) -> None:
    change_setting(uow, OWNER, VAT_CLASS, VatClass.REDUCED.value, MessageId(an_id("vat")), NOON)


def balances(units: TillUnits) -> dict[str, int]:
    return dict(ask(units, "SELECT id, balance_minor FROM accounts WHERE balance_minor <> 0"))


@pytest.mark.parametrize(
    ("date", "percent"),
    [("2025-06-30", 10), ("2025-07-01", 8), ("2026-11-21", 8), ("2026-12-31", 8), ("2027-01-01", 10)],
)
def test_reduced_goods_bear_eight_percent_until_the_end_of_2026(date: str, percent: int) -> None:
    assert rate_on(DEFAULT_RATES, VatClass.REDUCED, date) == percent


@pytest.mark.parametrize(
    ("vat_class", "percent"), [(VatClass.STANDARD, 10), (VatClass.ESSENTIAL, 5), (VatClass.ZERO, 0)]
)
@pytest.mark.parametrize("date", ["2026-12-31", "2027-01-01"])
def test_the_other_classes_keep_their_rate(vat_class: VatClass, percent: int, date: str) -> None:
    assert rate_on(DEFAULT_RATES, vat_class, date) == percent


def test_a_day_without_a_rate_is_refused() -> None:
    with pytest.raises(DomainError) as refused:
        rate_on(DEFAULT_RATES, VatClass.STANDARD, "2008-12-31")
    assert refused.value.code is ErrorCode.SETTING_INVALID


@pytest.mark.parametrize(
    ("gross", "percent", "tax"),
    [
        (108_000, 8, 8_000),
        (110_000, 10, 10_000),
        (45_000, 8, 3_333),
        (45_000, 10, 4_091),
        (1, 10, 0),
        (6, 10, 1),  # 0.545… is nearer to one
        (27, 8, 2),  # exactly two
        (11, 100, 6),  # exactly five and a half goes up
        (1_000, 0, 0),
    ],
)
def test_the_tax_inside_a_price_is_rounded_with_halves_up(gross: int, percent: int, tax: int) -> None:
    assert tax_included(gross, percent) == tax


@given(gross=st.integers(0, MAX_MINOR), percent=st.integers(0, 100))
def test_the_tax_is_at_most_half_a_unit_from_the_exact_one(gross: int, percent: int) -> None:
    exact = Fraction(gross * percent, 100 + percent)
    assert -Fraction(1, 2) < tax_included(gross, percent) - exact <= Fraction(1, 2)


@given(due=st.integers(1, MAX_MINOR), date=st.dates().map(lambda day: day.isoformat()).filter(lambda d: d > "2009"))
def test_net_and_tax_together_are_what_is_due(due: int, date: str) -> None:
    tax = BookRules(vat_class=VatClass.REDUCED).tax_on(due, date)
    net = due - tax
    assert net + tax == due
    assert 0 <= tax < net


def test_a_shop_that_books_no_vat_has_no_tax_in_its_prices() -> None:
    assert BookRules().tax_on(108_000, "2026-11-21") == 0


def test_rates_are_read_as_they_were_written() -> None:
    assert read_rates(write_rates(DEFAULT_RATES)) == DEFAULT_RATES


@pytest.mark.parametrize(
    "rows", [[], None, [{}], [{"class": "luxury", "percent": 8, "since": "2026-01-01", "until": ""}]]
)
def test_rates_that_cannot_be_read_are_refused(rows: object) -> None:
    with pytest.raises(DomainError) as refused:
        read_rates(rows)
    assert refused.value.code is ErrorCode.SETTING_INVALID


def test_a_cash_sale_of_a_vat_shop_books_the_tax_line(till_units: TillUnits) -> None:
    till_units.run(books_vat)
    till_units.run(lambda uow: sell(uow, amount_minor=108_000))
    assert balances(till_units) == {CASH: 108_000, SALES: -100_000, VAT: -8_000}


def test_a_cash_sale_of_next_year_books_ten_percent(till_units: TillUnits) -> None:
    till_units.run(books_vat)
    till_units.run(lambda uow: sell(uow, amount_minor=110_000, at=NEXT_YEAR))
    assert balances(till_units) == {CASH: 110_000, SALES: -100_000, VAT: -10_000}


def test_a_cash_sale_of_another_shop_books_no_tax(till_units: TillUnits) -> None:
    till_units.run(lambda uow: sell(uow, amount_minor=108_000))
    assert balances(till_units) == {CASH: 108_000, SALES: -108_000}


def test_a_shop_that_stops_booking_vat_books_no_tax_from_then_on(till_units: TillUnits) -> None:
    till_units.run(books_vat)
    till_units.run(lambda uow: change_setting(uow, OWNER, VAT_CLASS, "", MessageId(an_id("no vat")), NOON))
    till_units.run(lambda uow: sell(uow, amount_minor=108_000))
    assert balances(till_units) == {CASH: 108_000, SALES: -108_000}


def test_the_rate_of_an_event_is_that_of_its_own_day(till_units: TillUnits) -> None:
    till_units.run(books_vat)
    purchase = SourceEvent("purchase", "late invoice")
    till_units.run(
        lambda uow: post_event(
            uow, purchase, PURCHASE, Places(CASH), NEXT_YEAR, {"due": 108_000}, memo="", occurred_on="2026-12-31"
        )
    )
    assert balances(till_units) == {INVENTORY: 100_000, INPUT_VAT: 8_000, CASH: -108_000}


def test_the_tax_that_an_event_tells_is_booked_as_it_is(till_units: TillUnits) -> None:
    purchase = SourceEvent("purchase", "foreign invoice")
    till_units.run(
        lambda uow: post_event(uow, purchase, PURCHASE, Places(CASH), NOON, {"due": 100_000, "tax": 9_001}, memo="")
    )
    assert balances(till_units) == {INVENTORY: 90_999, INPUT_VAT: 9_001, CASH: -100_000}


def test_a_shops_own_rates_stand_above_the_first_ones(till_units: TillUnits) -> None:
    rates = write_rates([VatRate(VatClass.REDUCED, 5, "2026-01-01")])
    till_units.run(books_vat)
    till_units.run(lambda uow: change_setting(uow, OWNER, VAT_RATES, rates, MessageId(an_id("rates")), NOON))
    till_units.run(lambda uow: sell(uow, amount_minor=105_000))
    assert balances(till_units) == {CASH: 105_000, SALES: -100_000, VAT: -5_000}


@pytest.mark.parametrize("value", ["luxury", 8, None, []])
def test_a_class_that_there_is_not_is_refused(value: object, till_units: TillUnits) -> None:
    code = code_of(till_units, lambda uow: change_setting(uow, OWNER, VAT_CLASS, value, MessageId(an_id("vat")), NOON))
    assert code is ErrorCode.SETTING_INVALID
