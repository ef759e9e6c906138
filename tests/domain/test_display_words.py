"""The words for a payment and for a voucher's source, and never "paid" for less than was owed."""

from itertools import product

import pytest

from domain.display import (
    CounterStatus,
    TrackingGroup,
    counter_status,
    entity_word,
    rail_word,
    source_key,
    tracking_group,
    voucher_text,
)
from domain.money import Language
from domain.payments import OPEN, PaymentException, PaymentStatus
from domain.posting_rules import RULES
from domain.vouchers import RECLASS, REVERSAL
from ui.texts import catalogue

PAIRS = sorted(product(PaymentStatus, PaymentException))
PLAIN = {
    PaymentStatus.CREATED: CounterStatus.PREPARING,
    PaymentStatus.PENDING: CounterStatus.PENDING,
    PaymentStatus.AUTHORIZED: CounterStatus.HELD,
    PaymentStatus.UNRESOLVED: CounterStatus.UNKNOWN,
    PaymentStatus.PAID: CounterStatus.PAID,
    PaymentStatus.FAILED: CounterStatus.FAILED,
    PaymentStatus.EXPIRED: CounterStatus.EXPIRED,
    PaymentStatus.CANCELLED: CounterStatus.CANCELLED,
}


@pytest.mark.parametrize(("status", "exception"), PAIRS)
def test_every_state_with_every_exception_has_a_word_for_the_counter(
    status: PaymentStatus, exception: PaymentException
) -> None:
    assert isinstance(counter_status(status, exception), CounterStatus)


@pytest.mark.parametrize("status", PaymentStatus)
def test_less_than_what_was_owed_is_always_called_short(status: PaymentStatus) -> None:
    assert counter_status(status, PaymentException.PAID_SHORT) is CounterStatus.SHORT


@pytest.mark.parametrize("status", PaymentStatus)
def test_without_an_exception_the_word_is_that_of_the_state(status: PaymentStatus) -> None:
    assert counter_status(status, PaymentException.NONE) is PLAIN[status]


@pytest.mark.parametrize(
    ("exception", "word"),
    [
        (PaymentException.PAID_LATE, CounterStatus.LATE),
        (PaymentException.PAID_OVER, CounterStatus.OVER),
        (PaymentException.PAID_TWICE, CounterStatus.OVER),
    ],
)
def test_paid_with_something_to_look_at_is_not_called_paid(exception: PaymentException, word: CounterStatus) -> None:
    assert counter_status(PaymentStatus.PAID, exception) is word


@pytest.mark.parametrize(("status", "exception"), PAIRS)
def test_only_what_is_paid_is_called_paid_late_or_over(status: PaymentStatus, exception: PaymentException) -> None:
    word = counter_status(status, exception)
    if word in {CounterStatus.PAID, CounterStatus.LATE, CounterStatus.OVER}:
        assert status is PaymentStatus.PAID


@pytest.mark.parametrize("status", PaymentStatus)
def test_only_paid_money_has_moved_and_the_vocabularies_agree(status: PaymentStatus) -> None:
    paid, is_open = status is PaymentStatus.PAID, status in OPEN
    expected = (
        (TrackingGroup.MOVED, "success", "completed")
        if paid
        else (TrackingGroup.IN_PROGRESS, "pending", "pending")
        if is_open
        else (TrackingGroup.NOT_PASSED, "failed", "failed")
    )
    assert (tracking_group(status), rail_word(status), entity_word(status, 0, 0, False)) == expected


def test_the_words_of_the_transaction_entity() -> None:
    assert entity_word(PaymentStatus.PAID, 0, 100, False) == "completed"
    assert entity_word(PaymentStatus.PAID, 99, 100, False) == "completed"
    assert entity_word(PaymentStatus.PAID, 100, 100, False) == "refunded"
    assert entity_word(PaymentStatus.PAID, 100, 100, True) == "charged_back"


@pytest.mark.parametrize(
    ("kind", "memo", "said"),
    [
        ("cash", "BANA01A0014866", "source.cash · BANA 01A 001486 6"),
        ("prov:sepay", "", "source.provider"),
        ("event:sale.paid", "Order 7", "event.sale.paid · Order 7"),
        ("event:stock.loss@depot", "Broken", "event.stock.loss · Broken"),
        ("event:moon.landing", "", "source.other"),
        ("manual", "Rent of May", "Rent of May"),
        ("manual", "", "source.manual"),
        (REVERSAL, "Typed twice", "source.reversal · Typed twice"),
        ("something-new", "Its memo", "Its memo"),
    ],
)
def test_a_voucher_says_where_it_came_from(kind: str, memo: str, said: str) -> None:
    assert voucher_text(kind, memo, lambda key: key) == said


def test_every_source_has_a_word_in_the_catalogue() -> None:
    kinds = (
        "cash",
        "opening",
        "applied",
        "manual",
        "top_up",
        "prov:stored_value",
        "refund",
        "refund_done",
        "refund_returned",
        REVERSAL,
        RECLASS,
        "prov:x",
        "?",
        *(f"event:{key}" for key in RULES),
    )
    assert [kind for kind in kinds if source_key(kind) not in catalogue(Language.VI)] == []
