"""The owner's contract terms: added, ended, and never rewritten once they have begun."""

from dataclasses import replace
from typing import Any

import pytest

from domain.contract_terms import CONTRACTS, read_contracts
from domain.errors import ErrorCode, RuleBroken
from domain.ids import MessageId
from domain.policy import Role
from domain.rails import Provider
from domain.services.settings import change_setting
from tests.builders import an_id
from tests.fakes.kept_books import BooksCounter
from tests.fakes.small_shop import OWNER
from ui.presenters.contract_terms import TermsMark, TermsPresenter, points

PAST = {"provider": "stripe", "since": "2020-01-01", "fee_bps": 290}


@pytest.fixture
def counter() -> BooksCounter:
    made = BooksCounter(actor=OWNER)
    made.books.values[CONTRACTS] = [PAST]
    return made


@pytest.fixture
def terms(counter: BooksCounter) -> TermsPresenter:
    made = TermsPresenter(counter.desk)
    made.opened()
    return made


def changes(counter: BooksCounter, rows: list[dict[str, Any]]) -> ErrorCode | None:
    """Change the setting behind the screen's back, by the same service."""
    at = counter.desk.now()
    refused: list[ErrorCode] = []
    counter.work.command(
        lambda uow: change_setting(uow, OWNER, CONTRACTS, rows, MessageId(an_id("change")), at),
        lambda _nothing: None,
        lambda error: refused.append(error.code),
    )
    return refused[0] if refused else None


def test_new_terms_are_kept_as_they_were_typed(counter: BooksCounter, terms: TermsPresenter) -> None:
    form = terms.add_form(lambda: None)
    form.choose_provider(Provider.SQUARE)
    assert {"card", "card/visa", "card_terminal"} <= set(form.state.offered)
    form.allow("card/visa", allowed=True)
    form.allow("card", allowed=True)
    form.allow("card", allowed=False)
    form.type("fee_bps", "2,9")
    form.type("fee_minor", "3k")
    form.type("limit_payment_minor", "50000000")
    form.set_until("2099-12-31")
    form.save()
    made = read_contracts(counter.books.values[CONTRACTS])[-1]
    assert (made.provider, made.until, made.options) == (Provider.SQUARE, "2099-12-31", {"card/visa"})
    assert (made.fee_bps, made.fee_minor, made.limit_payment_minor, made.limit_day_minor) == (290, 3_000, 50_000_000, 0)
    assert [each.provider for each in terms.state.terms] == [Provider.SQUARE, Provider.STRIPE]


@pytest.mark.parametrize(
    ("name", "text"), [("fee_bps", "x"), ("fee_bps", "101"), ("fee_bps", "0,001"), ("fee_minor", "x")]
)
def test_what_cannot_be_read_keeps_the_form_open(
    counter: BooksCounter, terms: TermsPresenter, name: str, text: str
) -> None:
    form = terms.add_form(lambda: pytest.fail("it must stay open"))
    form.type(name, text)
    form.save()
    assert form.state.wrong == {name}
    assert counter.books.values[CONTRACTS] == [PAST]


@pytest.mark.parametrize(
    ("text", "expected"), [("", 0), ("2.9", 290), ("2,95 %", 295), ("100", 10_000), ("-1", None), ("NaN", None)]
)
def test_percentages_are_read_as_basis_points(text: str, expected: int | None) -> None:
    assert points(text) == expected


def test_terms_end_today_at_the_earliest(counter: BooksCounter, terms: TermsPresenter) -> None:
    standing, today = terms.state.terms[0], terms.state.today
    form = terms.end_form(standing, lambda: None)
    assert form.state.until == today
    form.set_until("2020-06-30")
    assert form.state.wrong == {"until"}
    form.set_until(today)
    form.save()
    assert read_contracts(counter.books.values[CONTRACTS]) == (replace(standing, until=today),)


def test_marks_say_what_holds_today(counter: BooksCounter, terms: TermsPresenter) -> None:
    rows = [
        PAST,
        {**PAST, "since": "2021-01-01", "fee_bps": 250},
        {**PAST, "since": "2019-01-01", "until": "2019-12-31"},
        {**PAST, "since": "2099-01-01"},
    ]
    counter.books.values[CONTRACTS] = rows
    terms.refresh()
    assert [terms.state.mark(each) for each in terms.state.terms] == [
        TermsMark.LATER,
        TermsMark.NOW,
        TermsMark.ASIDE,
        TermsMark.OVER,
    ]
    later, now, _, over = terms.state.terms
    assert (terms.state.can_remove(later), terms.state.can_remove(now)) == (True, False)
    assert (terms.state.can_end(now), terms.state.can_end(over)) == (True, False)
    terms.remove(later)
    terms.remove(now)
    assert len(counter.books.values[CONTRACTS]) == 3


def test_what_was_agreed_is_not_rewritten_by_anybody(counter: BooksCounter) -> None:
    over = {**PAST, "since": "2019-01-01", "until": "2019-12-31"}
    counter.books.values[CONTRACTS] = [PAST, over]
    for rows in (
        [over],
        [PAST],
        [{**PAST, "fee_bps": 100}, over],
        [{**PAST, "until": "2020-12-31"}, over],
        [{**PAST, "since": "2020-02-01"}, over],
        [PAST, {**over, "until": "2020-12-31"}],
        [PAST, {**over, "until": ""}],
    ):
        assert changes(counter, rows) is ErrorCode.CONTRACT_PAST, rows
    assert changes(counter, [over, {**PAST, "until": "2099-01-01"}, {**PAST, "since": "2098-01-01"}]) is None
    assert changes(counter, [{**PAST, "until": ""}, over]) is None, "what was only planned can change"


def test_a_refusal_leaves_the_form_as_it_was_typed(counter: BooksCounter, terms: TermsPresenter) -> None:
    closed: list[bool] = []
    form = terms.add_form(lambda: closed.append(True))
    form.type("fee_bps", "2,9")
    counter.work.broken = RuleBroken(ErrorCode.CONTRACT_PAST)
    form.save()
    assert (closed, form.state.problem, form.state.typed) == ([], counter.work.broken, {"fee_bps": "2,9"})
    counter.work.broken = None
    form.save()
    assert (closed, form.state.problem, len(terms.state.terms)) == ([True], None, 2)


def test_what_is_refused_after_the_form_was_left_is_told(counter: BooksCounter, terms: TermsPresenter) -> None:
    form = terms.add_form(lambda: None)
    form.cancel()
    form.refused(RuleBroken(ErrorCode.CONTRACT_PAST))
    assert form.state.problem is None
    assert counter.notices.problems == [ErrorCode.CONTRACT_PAST]


@pytest.mark.parametrize("role", [Role.MANAGER, Role.CASHIER])
def test_nobody_but_an_owner_gets_to_the_terms(role: Role) -> None:
    made = TermsPresenter(BooksCounter(actor=replace(OWNER, role=role)).desk)
    made.opened()
    assert not made.allowed
    assert not made.state.loaded
