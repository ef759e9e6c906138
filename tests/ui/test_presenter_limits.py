"""The limits as their owner changes them: all at once, nothing that cannot be, and only those of what the till does."""

import ast
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import domain.services
from domain.approvals import ApprovalLimits, Guarded
from domain.changes import Changes, Topic
from domain.errors import ErrorCode, StorageUnavailable
from domain.policy import Role
from domain.shop_settings import FIRST_RULES, LIMIT_BOUNDS, LIMITS, limits_value
from tests.fakes.kept_books import BooksCounter
from tests.fakes.small_shop import OWNER
from ui.presenters.limits import SHOWN, LimitsPresenter

NEWS = Changes({Topic.SETTINGS: frozenset({LIMITS})})


@pytest.fixture
def counter() -> BooksCounter:
    return BooksCounter(actor=OWNER)


@pytest.fixture
def limits(counter: BooksCounter) -> LimitsPresenter:
    made = LimitsPresenter(counter.desk)
    made.opened()
    return made


def guarded_by_services() -> set[Guarded]:
    """Return the acts that some service of today asks an approval for."""
    named = set()
    for path in Path(domain.services.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Guarded":
                named.add(Guarded[node.attr])
    return named


def test_the_limits_on_acts_that_are_shown_are_those_of_acts_that_there_are() -> None:
    assert {shown.act for shown in SHOWN if shown.act} == guarded_by_services()
    assert all(shown.act is None or shown.name == shown.act.value for shown in SHOWN)


def test_every_limit_that_bounds_no_act_is_shown() -> None:
    others = LIMIT_BOUNDS.keys() - {act.value for act in Guarded} - {"discount_percent"}
    assert {shown.name for shown in SHOWN if shown.act is None} == others


def test_nothing_is_in_force_before_it_is_saved_and_all_of_it_after(
    counter: BooksCounter, limits: LimitsPresenter
) -> None:
    assert limits.state.typed["void"] == "5000000"
    limits.type("void", "300k")
    limits.type("qr_lifetime_ms", "10")
    assert limits.state.differs
    assert counter.books.values == {}
    limits.save()
    wanted = {**limits_value(FIRST_RULES), "void": 300_000, "qr_lifetime_ms": 600_000}
    assert counter.books.values == {LIMITS: wanted}
    assert (limits.state.differs, limits.state.typed["void"]) == (False, "300000")
    assert counter.notices.toast_keys == ["limits.saved"]


def test_nothing_typed_is_a_limit_of_zero(counter: BooksCounter, limits: LimitsPresenter) -> None:
    limits.type("void", "")
    limits.save()
    assert counter.books.values[LIMITS]["void"] == 0
    assert limits.state.typed["void"] == ""


def test_the_limits_of_acts_that_are_not_shown_stay_as_they_are(counter: BooksCounter, limits: LimitsPresenter) -> None:
    counter.books.values[LIMITS] = {"refund": 7, "discount_percent": 3}
    limits.on_changes(NEWS)
    limits.type("back_date", "0")
    limits.save()
    kept = counter.books.values[LIMITS]
    assert (kept["refund"], kept["discount_percent"], kept["back_date"]) == (7, 3, 0)
    assert kept["hand_confirm"] == ApprovalLimits().hand_confirm


@pytest.mark.parametrize(
    ("name", "text", "mark"),
    [
        ("void", "a lot", "limits.unreadable"),
        ("void", "-5", "limits.unreadable"),
        ("void", "9" * 17, "limits.unreadable"),
        ("back_date", "3651", "limits.unreadable"),
        ("exposure_till_minor", "1", "limits.too_low"),
        ("exposure_day_minor", "1", "limits.too_low"),
    ],
)
def test_what_cannot_be_a_limit_is_marked_and_not_saved(
    name: str, text: str, mark: str, counter: BooksCounter, limits: LimitsPresenter
) -> None:
    limits.type(name, text)
    assert limits.state.marks == {name: mark}
    limits.save()
    assert (limits.state.pressed, counter.work.commands) == (1, 0)
    assert limits.state.typed[name] == text
    limits.undo()
    assert (limits.state.marks, limits.state.differs) == ({}, False)


def test_news_of_another_till_reaches_what_was_not_typed_in(counter: BooksCounter, limits: LimitsPresenter) -> None:
    limits.type("void", "1")
    counter.books.values[LIMITS] = {"void": 2, "back_date": 3}
    limits.on_changes(NEWS)
    assert (limits.state.typed["void"], limits.state.typed["back_date"]) == ("1", "3")
    limits.undo()
    assert limits.state.typed["void"] == "2"


def test_a_refusal_keeps_what_was_typed(counter: BooksCounter, limits: LimitsPresenter) -> None:
    limits.type("void", "1")
    counter.work.broken = StorageUnavailable(ErrorCode.DISK_FULL)
    limits.save()
    assert limits.state.problem is not None
    assert (limits.state.saving, limits.state.typed["void"]) == (False, "1")
    limits.dismiss()
    counter.work.broken = None
    limits.save()
    assert counter.books.values[LIMITS]["void"] == 1


@pytest.mark.parametrize(("role", "visible"), [(role, role is not Role.CASHIER) for role in Role])
def test_who_may_not_change_the_limits_reads_them_and_a_cashier_finds_none(
    role: Role, visible: bool, counter: BooksCounter
) -> None:
    counter.desk.actor = replace(OWNER, role=role)
    limits = LimitsPresenter(counter.desk)
    limits.opened()
    assert limits.visible is visible
    assert bool(limits.state.typed) is visible
    if role is not Role.OWNER:
        acts: list[Callable[[], None]] = [lambda: limits.type("void", "1"), limits.save]
        for act in acts:
            act()
        assert counter.books.values == {}
        assert not limits.state.can_change
