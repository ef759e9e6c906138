"""The one table of payment states: every move and every cause, legal or illegal exactly as written here."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from domain.errors import ErrorCode, RuleBroken
from domain.ids import Instant
from domain.payments import (
    OPEN,
    RECONCILE_WINDOW_MS,
    SOFT_ENDS,
    TRANSACTION_TRANSITIONS,
    TRANSITIONS,
    Cause,
    PaymentException,
    PaymentIntent,
    PaymentStatus,
    TransactionStatus,
    advance,
)
from tests.builders import NOON, a_payment

LATER = Instant(NOON + 60_000)

# p a person, r the provider, c the clock, m the machine, h the hub's order; - nobody.
TABLE = """
from \\ to    created pending authorized unresolved paid failed expired cancelled
created      -       prcmh   prcmh      prcmh      prh  prcmh  prcmh   prcmh
pending      -       -       prcmh      prcmh      prh  prcmh  prcmh   prcmh
authorized   -       -       -          prcmh      prh  prcmh  prcmh   prcmh
unresolved   -       prcmh   prcmh      -          prh  prcmh  prcmh   prcmh
paid         -       -       -          -          -    -      -       -
failed       -       -       -          -          rh   -      h       h
expired      -       -       -          -          prh  h      -       h
cancelled    -       -       -          -          rh   h      h       -
"""
CAUSES = {"p": Cause.PERSON, "r": Cause.PROVIDER, "c": Cause.CLOCK, "m": Cause.MACHINE, "h": Cause.HUB}
HEAD, *ROWS = [line.split() for line in TABLE.strip().splitlines()]
LEGAL = {
    (PaymentStatus(row[0]), PaymentStatus(to), CAUSES[letter])
    for row in ROWS
    for to, letters in zip(HEAD[3:], row[1:], strict=True)
    for letter in letters.strip("-")
}
ALL = sorted(product(PaymentStatus, PaymentStatus, Cause))


def a_payment_in(status: PaymentStatus) -> PaymentIntent:
    received = 45_000 if status is PaymentStatus.PAID else 0
    ended = NOON if status in SOFT_ENDS else None
    return a_payment(status=status, received_minor=received, ended_at=ended)


def test_the_table_names_every_state_and_every_cause() -> None:
    assert {row[0] for row in ROWS} == set(HEAD[3:]) == {status.value for status in PaymentStatus}
    assert set(CAUSES.values()) == set(Cause)
    assert TRANSITIONS.keys() == set(PaymentStatus)


@pytest.mark.parametrize(("old", "new", "cause"), ALL)
def test_a_move_is_made_or_refused_as_the_table_says(old: PaymentStatus, new: PaymentStatus, cause: Cause) -> None:
    before = a_payment_in(old)
    if (old, new, cause) in LEGAL:
        after = advance(before, new, cause, LATER)
        assert (after.status, after.revision, after.updated_at) == (new, before.revision + 1, LATER)
        assert after.paid_at == (LATER if new is PaymentStatus.PAID else before.paid_at)
        assert after.ended_at == (LATER if new in SOFT_ENDS else before.ended_at)
        untouched: dict[str, Any] = {
            "status": old,
            "revision": 1,
            "updated_at": NOON,
            "paid_at": None,
            "ended_at": before.ended_at,
        }
        assert replace(after, **untouched) == before
    else:
        with pytest.raises(RuleBroken) as refused:
            advance(before, new, cause, LATER)
        assert refused.value.code is ErrorCode.INVALID_TRANSITION
        assert refused.value.facts == {"reference": before.reference, "old": old, "new": new}


def test_open_soft_and_paid_are_all_the_states_there_are() -> None:
    assert OPEN | SOFT_ENDS | {PaymentStatus.PAID} == set(PaymentStatus)
    assert OPEN.isdisjoint(SOFT_ENDS)


def test_a_move_keeps_the_exception_unless_it_brings_another() -> None:
    short = a_payment(exception=PaymentException.PAID_SHORT, received_minor=5)
    assert advance(short, PaymentStatus.EXPIRED, Cause.CLOCK, LATER).exception is PaymentException.PAID_SHORT
    paid = advance(short, PaymentStatus.PAID, Cause.PROVIDER, LATER, PaymentException.NONE)
    assert paid.exception is PaymentException.NONE


@pytest.mark.parametrize("status", PaymentStatus)
def test_a_payment_closes_when_its_window_after_a_soft_end_is_over(status: PaymentStatus) -> None:
    ended = replace(a_payment_in(status), ended_at=LATER)
    last = Instant(LATER + RECONCILE_WINDOW_MS)
    assert not ended.closed(last)
    assert ended.closed(Instant(last + 1)) is (status in SOFT_ENDS)


def test_without_the_moment_of_its_end_a_payment_closes_after_its_code_ran_out() -> None:
    ended = replace(a_payment_in(PaymentStatus.EXPIRED), ended_at=None)
    assert not ended.closed(Instant(ended.expires_at + RECONCILE_WINDOW_MS))
    assert ended.closed(Instant(ended.expires_at + RECONCILE_WINDOW_MS + 1))


def test_the_window_is_three_days() -> None:
    assert RECONCILE_WINDOW_MS == 3 * 24 * 60 * 60 * 1000


@pytest.mark.parametrize(
    "facts",
    [
        {"amount_minor": 0},
        {"amount_minor": -1},
        {"amount_minor": 1.0},
        {"received_minor": -1},
        {"received_minor": 0.5},
        {"tendered_minor": -1},
        {"tendered_minor": True},
    ],
)
def test_a_payment_holds_whole_amounts_and_none_below_zero(facts: dict[str, int]) -> None:
    with pytest.raises(RuleBroken) as refused:
        a_payment(**facts)
    assert refused.value.code is ErrorCode.AMOUNT_INVALID


@pytest.mark.parametrize(("tendered", "change"), [(0, 0), (44_999, 0), (45_000, 0), (50_000, 5_000)])
def test_change_is_what_was_handed_over_beyond_the_amount(tendered: int, change: int) -> None:
    assert a_payment(tendered_minor=tendered).change_minor == change


@pytest.mark.parametrize(("received", "missing"), [(0, 45_000), (44_999, 1), (45_000, 0), (50_000, 0)])
def test_missing_is_what_is_still_to_come_and_never_below_zero(received: int, missing: int) -> None:
    assert a_payment(received_minor=received).missing_minor == missing


ATTEMPTS = {
    TransactionStatus.PROCESSING: {TransactionStatus.PENDING, TransactionStatus.SUCCEEDED, TransactionStatus.FAILED},
    TransactionStatus.PENDING: {TransactionStatus.SUCCEEDED, TransactionStatus.FAILED},
    TransactionStatus.SUCCEEDED: set(),
    TransactionStatus.FAILED: set(),
}


@pytest.mark.parametrize("status", TransactionStatus)
def test_an_attempt_moves_forward_and_ends_once(status: TransactionStatus) -> None:
    assert TRANSACTION_TRANSITIONS[status] == ATTEMPTS[status]
