"""The shop's limits: one record of settings, bounded, told with before and after, in force at once."""

from dataclasses import fields, replace
from typing import Any

import pytest

from domain.approvals import ApprovalLimits, Guarded
from domain.errors import ErrorCode, NotPermitted, RuleBroken
from domain.ids import Instant, MessageId, PaymentId
from domain.policy import Actor, Limits, Role
from domain.rails import Method
from domain.services.payments import start_payment
from domain.services.settings import change_setting
from domain.shop_settings import LIMIT_BOUNDS, LIMITS, book_rules, check_setting, limits_value
from storage.till import TillUnits
from tests.builders import CASHIER, MINUTE, NOON, OWNER, an_id
from tests.domain.till_facts import ask, code_of
from tests.property.shop_stage import Shop, Till


def set_limits(units: TillUnits, name: str = "limits", actor: Actor = OWNER, **limits: Any) -> None:
    value = {**limits_value(units.shop.rules), **limits}
    units.run(lambda uow: change_setting(uow, actor, LIMITS, value, MessageId(an_id(name)), NOON))


def show_code(units: TillUnits, amount: int, name: str = "code") -> Any:
    return units.run(
        lambda uow: start_payment(uow, CASHIER, PaymentId(an_id(name)), Method.VIETQR, amount, NOON, online=False)
    )


def test_every_guarded_act_has_its_limit_and_every_limit_its_bounds() -> None:
    names = {field.name for field in fields(ApprovalLimits)}
    assert {act.value for act in Guarded} <= names
    assert LIMIT_BOUNDS.keys() == names | {field.name for field in fields(Limits)}


def test_the_limits_a_shop_begins_with_stand_until_others_are_set(till_units: TillUnits) -> None:
    rules = till_units.shop.rules
    assert limits_value(book_rules({})) == limits_value(book_rules({LIMITS: limits_value(book_rules({}))}))
    own = replace(rules.codes, exposure_bill_minor=7)
    assert book_rules({LIMITS: {"void": 5}}, own).codes == own
    assert book_rules({LIMITS: {"exposure_bill_minor": 8}}, own).codes.exposure_bill_minor == 8


def test_the_limits_on_codes_are_in_force_with_the_same_commit(till_units: TillUnits) -> None:
    assert show_code(till_units, 1_001).expires_at == NOON + 5 * MINUTE
    set_limits(till_units, exposure_bill_minor=1_000, qr_lifetime_ms=15 * MINUTE)
    with pytest.raises(RuleBroken) as refused:
        show_code(till_units, 1_001, "more")
    assert (refused.value.code, refused.value.facts) == (ErrorCode.EXPOSURE_BILL, {"limit": 1_000})
    assert show_code(till_units, 1_000, "just").expires_at == NOON + 15 * MINUTE


def test_a_change_is_told_with_each_limit_before_and_after_and_nothing_else(till_units: TillUnits) -> None:
    set_limits(till_units, void=300_000, back_date=0)
    ((facts,),) = ask(
        till_units, "SELECT facts FROM audit WHERE action = 'setting.changed' AND subject_id = :k", k=LIMITS
    )
    assert facts == (
        '{"cause":"person","limit.back_date":0,"limit.back_date.before":7,"limit.void":300000,'
        '"limit.void.before":5000000}'
    )
    ((kind, body),) = ask(till_units, "SELECT kind, body FROM outbox WHERE subject_id = :id", id=f"setting:{LIMITS}")
    assert kind == "setting"
    assert '"void":300000' in body


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.OWNER}))
def test_only_the_owner_sets_limits(role: Role, till_units: TillUnits) -> None:
    with pytest.raises(NotPermitted):
        set_limits(till_units, actor=replace(OWNER, role=role), void=1)
    assert till_units.shop.rules.limits == ApprovalLimits()


@pytest.mark.parametrize(
    "wrong",
    [
        {"back_date": 3_651},
        {"discount_percent": 101},
        {"qr_lifetime_ms": 59_999},
        {"qr_lifetime_ms": 3_600_001},
        {"exposure_bill_minor": -1},
        {"exposure_bill_minor": "5"},
        {"exposure_bill_minor": 2, "exposure_till_minor": 1},
        {"exposure_till_minor": 2, "exposure_day_minor": 1},
        {"exposure_bill_minor": 2, "exposure_day_minor": 1},
    ],
)
def test_a_limit_beyond_its_bounds_is_refused(wrong: dict[str, Any], till_units: TillUnits) -> None:
    code = code_of(till_units, lambda uow: change_setting(uow, OWNER, LIMITS, wrong, MessageId(an_id("m")), NOON))
    assert code is ErrorCode.SETTING_INVALID


@pytest.mark.parametrize("name", LIMIT_BOUNDS)
def test_both_ends_of_every_limit_are_taken(name: str) -> None:
    for end in LIMIT_BOUNDS[name]:
        check_setting(LIMITS, {name: end})


def test_the_other_tills_hear_of_the_limits_and_keep_to_them(shop: Shop, till: Till, other: Till) -> None:
    set_limits(till.units, void=300_000, exposure_bill_minor=1_000)
    shop.settle_down()
    assert other.units.shop.rules.limits.void == 300_000
    with pytest.raises(RuleBroken) as refused:
        other.start("code", Method.VIETQR, 1_001, NOON, online=False)
    assert refused.value.code is ErrorCode.EXPOSURE_BILL
    ((facts,),) = ask(
        other.units, "SELECT facts FROM audit WHERE action = 'setting.heard' AND subject_id = :k", k=LIMITS
    )
    assert '"limit.void":300000,"limit.void.before":5000000' in facts
    assert "refund" not in facts, "only what changed is told"


def test_a_payment_keeps_the_lifetime_it_was_started_with(till_units: TillUnits) -> None:
    code = show_code(till_units, 1_000)
    set_limits(till_units, qr_lifetime_ms=MINUTE)
    kept = till_units.run(lambda uow: uow.payments.get(code.id))
    assert kept is not None
    assert kept.expires_at == Instant(NOON + 5 * MINUTE)
