"""Reading events of other systems: every kind in its own form, and a refusal that names the field that is wrong."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from domain.errors import ErrorCode, RuleBroken
from domain.events import EVENT_KINDS, UNREADABLE, BookEvent, form_of, read_event, read_json
from domain.money import MAX_MINOR
from domain.posting_rules import DEPOSIT, PURCHASE, RULES, SALE, STOCK_LOSS, TRANSFER
from domain.vouchers import Party, SourceEvent
from tests.domain.event_samples import EVERY_EVENT, an_event


def refusal(told: object) -> tuple[object, object]:
    """Return which field is refused, and why."""
    with pytest.raises(RuleBroken) as refused:
        read_event(told)
    assert refused.value.code is ErrorCode.EVENT_INVALID
    return refused.value.facts.get("field"), refused.value.facts["problem"]


def test_every_kind_of_event_has_a_rule_of_its_name() -> None:
    assert set(EVENT_KINDS) <= set(RULES)
    assert len(EVENT_KINDS) == 9


@pytest.mark.parametrize("kind", EVENT_KINDS)
def test_an_event_is_read_with_the_least_that_it_must_tell(kind: str) -> None:
    event = read_event(EVERY_EVENT[kind])
    assert (event.kind, event.id, event.amount_minor) == (kind, f"{kind} 1", 100_000)
    assert set(EVERY_EVENT[kind]) == set(form_of(kind).must)


@pytest.mark.parametrize("kind", EVENT_KINDS)
def test_a_field_that_must_be_told_is_missed_by_its_name(kind: str) -> None:
    for name in form_of(kind).must:
        assert refusal(an_event(kind, **{name: None})) == (name, "missing")


@pytest.mark.parametrize("kind", EVENT_KINDS)
def test_a_field_of_another_kind_or_of_none_is_unknown(kind: str) -> None:
    form = form_of(kind)
    others = {name for other in EVENT_KINDS for name in (*form_of(other).must, *form_of(other).may)}
    for name in (others - set(form.must) - set(form.may)) | {"amount", "Kind", "currency", "merchant_id"}:
        assert refusal(an_event(kind, **{name: "x"})) == (name, "unknown")


def test_everything_an_event_may_tell_is_read() -> None:
    told = an_event(
        PURCHASE,
        system="kiot-2",
        tax_minor=8_000,
        wallet="Vietcombank",
        category="stock_purchase",
        memo="  nhập hàng  ",
        counterparty={"name": "NCC Minh Long", "address": "Đà Nẵng"},
    )
    assert read_event(told) == BookEvent(
        kind=PURCHASE,
        id=f"{PURCHASE} 1",
        occurred_on="2026-11-21",
        amount_minor=100_000,
        tax_minor=8_000,
        system="kiot-2",
        wallet="Vietcombank",
        category="stock_purchase",
        memo="nhập hàng",
        party=Party("NCC Minh Long", "Đà Nẵng"),
    )


@pytest.mark.parametrize("value", [0, -1, MAX_MINOR + 1, True, "5", 5.0, None, [5], UNREADABLE])
def test_an_amount_is_a_whole_number_above_zero_and_nothing_else(value: Any) -> None:
    assert refusal(EVERY_EVENT[SALE] | {"due_minor": value}) == ("due_minor", "invalid")
    assert refusal(EVERY_EVENT[STOCK_LOSS] | {"cost_minor": value}) == ("cost_minor", "invalid")
    assert refusal(EVERY_EVENT[TRANSFER] | {"amount_minor": value}) == ("amount_minor", "invalid")


@pytest.mark.parametrize(
    ("kind", "field", "values"),
    [
        (SALE, "tax_minor", [-1, 100_001, True, None]),
        (DEPOSIT, "fee_minor", [-1, 100_000, False]),
        (SALE, "id", ["", " 1", "1 ", "a\nb", "a\x00", "\ud800", "x" * 101, 7]),
        (SALE, "occurred_on", ["21/11/2026", "2026-2-3", "2026-02-30", "1999-12-31", 20261121]),
        (SALE, "kind", ["sale", "cash.sale", "manual.receipt", 1, ["sale.paid"]]),
        (SALE, "system", ["", "a b", "a@b", "đ", "x" * 41, 1]),
        (SALE, "wallet", ["", "x" * 101, 5]),
        (SALE, "category", ["", {}]),
        (SALE, "memo", ["x" * 501, "a\x00b", "\udc00", 5, UNREADABLE]),
        (SALE, "counterparty", ["Lan", [], UNREADABLE]),
    ],
)
def test_a_field_that_is_not_as_it_should_be_is_named(kind: str, field: str, values: list[Any]) -> None:
    for value in values:
        assert refusal(EVERY_EVENT[kind] | {field: value}) == (field, "invalid")


def test_a_counterparty_has_a_name_and_perhaps_an_address() -> None:
    assert refusal(an_event(SALE, counterparty={})) == ("counterparty.name", "missing")
    assert refusal(an_event(SALE, counterparty={"name": "Lan", "phone": "1"})) == ("counterparty.phone", "unknown")
    assert refusal(an_event(SALE, counterparty={"name": "x" * 201})) == ("counterparty.name", "invalid")
    assert read_event(an_event(SALE, counterparty={"name": "Lan"})).party == Party("Lan", "")


def test_money_is_not_moved_to_where_it_is() -> None:
    assert refusal(an_event(TRANSFER, wallet="cash", target="cash")) == ("target", "invalid")


@pytest.mark.parametrize("told", [None, 5, "sale.paid", [], UNREADABLE])
def test_what_is_no_object_is_no_event(told: object) -> None:
    assert refusal(told) == (None, "invalid")


def test_an_unknown_field_is_named_in_letters_that_can_be_shown() -> None:
    assert refusal(an_event(SALE, **{"\x1b[2J" + "x" * 100: 1})) == ("[2J" + "x" * 37, "unknown")


def test_the_source_of_an_event_is_its_id_its_kind_and_its_system() -> None:
    assert read_event(an_event(SALE, id="7")).source == SourceEvent("event:sale.paid", "7")
    assert read_event(an_event(SALE, id="7", system="kiot")).source == SourceEvent("event:sale.paid@kiot", "7")


def test_one_name_is_one_id_however_its_letters_are_put_together() -> None:
    composed, apart = "Đơn \u1ea5y", "Đơn \u0061\u0302\u0301y"
    assert read_event(an_event(SALE, id=composed)).source == read_event(an_event(SALE, id=apart)).source


@pytest.mark.parametrize("text", ["", "{", "nothing", b"\xff\xfe{}", "[" * 100_000])
def test_what_is_no_json_is_refused(text: str | bytes) -> None:
    with pytest.raises(RuleBroken) as refused:
        read_json(text)
    assert refused.value.code is ErrorCode.EVENT_INVALID


@pytest.mark.parametrize("text", ["1.0", "1e3", "NaN", "Infinity", "9" * 19, '{"a": 1, "a": 2}'])
def test_what_could_be_read_in_two_ways_is_unreadable_where_it_stands(text: str) -> None:
    assert read_json(text) is UNREADABLE
    assert read_json(f'{{"x": {text}, "y": 1}}') == {"x": UNREADABLE, "y": 1}


@pytest.mark.parametrize("kind", EVENT_KINDS)
def test_an_event_is_the_same_after_its_way_through_json(kind: str) -> None:
    assert read_event(read_json(json.dumps(EVERY_EVENT[kind]))) == read_event(EVERY_EVENT[kind])


def test_the_written_examples_are_one_of_every_kind_and_are_read() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "events.md").read_text("utf-8")
    examples = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    events = [read_event(read_json(line)) for example in examples for line in example.splitlines()]
    assert [event.kind for event in events] == list(EVENT_KINDS)


def test_the_written_fields_are_those_that_are_read() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "events.md").read_text("utf-8")
    fields = text.partition("## Fields")[2].partition("## Kinds")[0]
    read = {name for kind in EVENT_KINDS for name in (*form_of(kind).must, *form_of(kind).may)}
    assert set(re.findall(r"^\| `(\w+)`", fields, re.MULTILINE)) == read
