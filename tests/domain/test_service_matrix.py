"""Every service that a person may call, by every role: allowed as the matrix says, else refused before anything moved.

The services are found by looking, so that a new one without a row here fails (SEC-A-01).
"""

import importlib
import inspect
import pkgutil
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest

import domain.services
from domain.accounts import AccountType
from domain.approvals import APPROVERS, RULES, Asked, Guarded
from domain.categories import CategoryKind
from domain.errors import ErrorCode, FailureCode, NotPermitted
from domain.events import read_event
from domain.holders import holder_id
from domain.ids import (
    AccountId,
    ApprovalId,
    CategoryId,
    DraftId,
    MessageId,
    PaymentId,
    RefundId,
    ResolutionId,
    UserId,
)
from domain.payments import Cause, PaymentException, PaymentStatus, advance
from domain.people import NewPin
from domain.policy import MATRIX, Action, Actor, Role
from domain.posting_rules import STOCK_LOSS, Places
from domain.rails import Method
from domain.refunds import RefundOf, RefundWay
from domain.services.accounts import archive_wallet, change_wallet, grant_account, open_wallet
from domain.services.approvals import grant_approval
from domain.services.backups import confirm_restore
from domain.services.by_hand import bounce_cheque, settle_by_hand
from domain.services.categories import archive_category, save_category
from domain.services.drafts import discard_draft, issue_draft, save_draft
from domain.services.events import book_event
from domain.services.exports import note_audit_export, note_export
from domain.services.hand_confirm import confirm_by_hand
from domain.services.holders import save_holder, top_up
from domain.services.keys import KeyAct, confirm_keys, confirm_leaving, note_keys
from domain.services.orders import capture_payment
from domain.services.payment_changes import keep_change
from domain.services.payments import cancel_payment, start_payment, void_sale
from domain.services.people import add_person, change_own_pin, change_person, disable_person, reset_pin
from domain.services.refunds import ask_refund, cancel_refund
from domain.services.resolutions import (
    give_money_back,
    keep_money_as_credit,
    mark_notice_seen,
    mark_seen,
    match_money,
    write_money_off,
)
from domain.services.settings import change_setting, close_books
from domain.services.vouchers import post_event, void_voucher
from domain.settlement import ReceiptKind
from domain.shop_settings import PROFILE
from domain.vouchers import SourceEvent
from storage.session import Sql
from storage.sqlite import open_encrypted
from storage.till import TillUnitOfWork, TillUnits
from storage.witness import Witness
from tests.builders import BANK, CASH, CASHIER, KEY, MANAGER, MERCHANT, NOON, OWNER, QR, TILL, WITNESS_KEY, an_id, sell
from tests.domain.approval_samples import ACCOUNTANT, AUDITOR, OTHER_MANAGER, TODAY, a_draft, add_people, pay
from tests.domain.by_hand_samples import take_cheque
from tests.domain.event_samples import an_event
from tests.domain.resolution_samples import a_notice

Call = Callable[[TillUnitOfWork, Actor], object]

PEOPLE: Final[Mapping[Role, Actor]] = {each.role: each for each in (OWNER, MANAGER, CASHIER, ACCOUNTANT, AUDITOR)}
MESSAGE: Final = MessageId(an_id("message"))
SEEDED: Final = MessageId(an_id("seeded"))
WAITING: Final = PaymentId(an_id("waiting"))
SOLD: Final = PaymentId(an_id("sold"))
HELD: Final = PaymentId(an_id("held"))
CHEQUE: Final = PaymentId(an_id("cheque"))
ASKED: Final = RefundId(an_id("asked"))
LATE: Final = PaymentId(an_id("late"))
DECISION: Final = ResolutionId(an_id("decision"))
TOLD: Final = ResolutionId(an_id("told"))
MONEY: Final = SourceEvent("prov:sepay", "money").voucher_id(MERCHANT, TILL)
PHONE: Final = "0903111218"
HOLDER: Final = holder_id(MERCHANT, PHONE)
WRITTEN: Final = DraftId(an_id("written"))
OWN: Final = CategoryId(an_id("own"))
PIN: Final = NewPin("hash of another", 6)
LOSS: Final = read_event(an_event(STOCK_LOSS))
VOID: Final = Asked(Guarded.VOID, "a voucher", 1)


def _void(uow: TillUnitOfWork, actor: Actor) -> object:
    row = uow.session.one(Sql("SELECT id FROM vouchers WHERE memo = 'Tiền nhà'"), {})
    assert row is not None
    return void_voucher(uow, actor, row[0], NOON, reason="Nhầm")


def _category(uow: TillUnitOfWork, actor: Actor) -> object:
    return save_category(
        uow, actor, CategoryId(an_id("new")), MESSAGE, NOON, kind=CategoryKind.INCOME, name_vi="Khác nữa"
    )


def _refund(uow: TillUnitOfWork, actor: Actor) -> object:
    refund_id = RefundId(an_id("new refund"))
    return ask_refund(
        uow, actor, refund_id, SOLD, RefundOf.SALE, RefundWay.WALLET, 1_000, NOON, reason="Khách trả hàng"
    )


def _begin_refund(uow: TillUnitOfWork) -> None:
    """Ask the provider for a part of a code that was paid, as the hub told."""
    coded = sell(uow, "coded", method=Method.VNPAY_QR)
    paid = replace(advance(coded, PaymentStatus.PAID, Cause.HUB, NOON), received_minor=coded.amount_minor)
    keep_change(uow, coded, paid, Cause.HUB, NOON)
    ask_refund(uow, OWNER, ASKED, coded.id, RefundOf.SALE, RefundWay.ORIGINAL, 1_000, NOON, reason="Khách trả hàng")


def _hold(uow: TillUnitOfWork) -> None:
    """Let a provider hold a payment's money, as the hub told."""
    asked = sell(uow, "held", method=Method.VNPAY_QR)
    held = replace(advance(asked, PaymentStatus.AUTHORIZED, Cause.HUB, NOON), held_minor=asked.amount_minor)
    keep_change(uow, asked, held, Cause.HUB, NOON)


def _bring_money(uow: TillUnitOfWork) -> None:
    """Let money come that names no payment, and some for a payment too late, as the hub told."""
    source, measures = SourceEvent("prov:sepay", "money"), {"amount": 1_000}
    post_event(uow, source, ReceiptKind.UNMATCHED, Places(BANK), NOON, measures, memo="chuyen tien")
    uow.resolutions.add(a_notice(TOLD))
    late = sell(uow, "late", method=Method.VIETQR)
    paid = advance(late, PaymentStatus.PAID, Cause.HUB, NOON, PaymentException.PAID_LATE)
    keep_change(uow, late, replace(paid, received_minor=late.amount_minor), Cause.HUB, NOON)


def _approve(uow: TillUnitOfWork, actor: Actor) -> object:
    approval_id = ApprovalId(an_id("approval"))
    return grant_approval(uow, actor, OTHER_MANAGER.user_id, True, VOID, approval_id, NOON, reason="Nhầm")


BY_ACTION: Final[Mapping[Callable[..., object], tuple[Action, Call]]] = {
    start_payment: (
        Action.TAKE_PAYMENT,
        lambda uow, actor: start_payment(uow, actor, PaymentId(an_id("new")), Method.CASH, 1_000, NOON, online=True),
    ),
    cancel_payment: (Action.CANCEL_PAYMENT, lambda uow, actor: cancel_payment(uow, actor, WAITING, NOON)),
    mark_seen: (Action.CANCEL_PAYMENT, lambda uow, actor: mark_seen(uow, actor, DECISION, LATE, NOON)),
    bounce_cheque: (
        Action.CANCEL_PAYMENT,
        lambda uow, actor: bounce_cheque(uow, actor, CHEQUE, NOON, why=FailureCode.DECLINED),
    ),
    capture_payment: (Action.TAKE_PAYMENT, lambda uow, actor: capture_payment(uow, actor, HELD, 1_000, NOON)),
    save_holder: (
        Action.TAKE_PAYMENT,
        lambda uow, actor: save_holder(uow, actor, "0903111219", "Anh Bình", MESSAGE, NOON),
    ),
    top_up: (Action.TAKE_PAYMENT, lambda uow, actor: top_up(uow, actor, an_id("new"), HOLDER, 1_000, NOON)),
    open_wallet: (
        Action.OPEN_WALLET,
        lambda uow, actor: open_wallet(uow, actor, AccountId(an_id("new")), AccountType.CASH, "Két mới", NOON),
    ),
    change_wallet: (
        Action.CHANGE_WALLET,
        lambda uow, actor: change_wallet(uow, actor, QR, MESSAGE, NOON, name="Ví khác"),
    ),
    archive_wallet: (
        Action.CHANGE_WALLET,
        lambda uow, actor: archive_wallet(uow, actor, QR, MESSAGE, NOON, archived=True),
    ),
    grant_account: (
        Action.GRANT_ACCOUNT,
        lambda uow, actor: grant_account(uow, actor, CASHIER.user_id, QR, NOON, granted=True),
    ),
    save_category: (Action.CHANGE_CATEGORY, _category),
    archive_category: (
        Action.CHANGE_CATEGORY,
        lambda uow, actor: archive_category(uow, actor, OWN, MESSAGE, NOON, archived=True),
    ),
    save_draft: (Action.DRAFT_VOUCHER, lambda uow, actor: save_draft(uow, actor, a_draft("new"))),
    discard_draft: (Action.DRAFT_VOUCHER, lambda uow, actor: discard_draft(uow, actor, WRITTEN, NOON)),
    issue_draft: (Action.ISSUE_VOUCHER, lambda uow, actor: issue_draft(uow, actor, WRITTEN, NOON)),
    book_event: (Action.BOOK_EVENT, lambda uow, actor: book_event(uow, actor, LOSS, NOON)),
    note_export: (
        Action.EXPORT_BOOKS,
        lambda uow, actor: note_export(uow, actor, "cash_book", TODAY, TODAY, "pdf", NOON),
    ),
    note_audit_export: (Action.SEE_AUDIT, lambda uow, actor: note_audit_export(uow, actor, TODAY, TODAY, NOON)),
    confirm_restore: (Action.RESTORE, lambda uow, actor: confirm_restore(uow, actor, True, NOON, NOON)),
    confirm_keys: (Action.KEEP_KEYS, lambda uow, actor: confirm_keys(uow, actor, True, NOON)),
    note_keys: (Action.KEEP_KEYS, lambda uow, actor: note_keys(uow, actor, KeyAct.CODE_MADE, NOON)),
    confirm_leaving: (Action.LEAVE_TILL, lambda uow, actor: confirm_leaving(uow, actor, True, 0, "", NOON)),
    change_setting: (
        Action.CHANGE_SETTINGS,
        lambda uow, actor: change_setting(uow, actor, PROFILE, {"phone": "0901234567"}, MESSAGE, NOON),
    ),
    add_person: (
        Action.MANAGE_PEOPLE,
        lambda uow, actor: add_person(uow, actor, UserId(an_id("new")), "Bình", Role.CASHIER, PIN, NOON),
    ),
    change_person: (
        Action.MANAGE_PEOPLE,
        lambda uow, actor: change_person(uow, actor, OTHER_MANAGER.user_id, NOON, name="Thu", role=Role.CASHIER),
    ),
    disable_person: (
        Action.MANAGE_PEOPLE,
        lambda uow, actor: disable_person(uow, actor, OTHER_MANAGER.user_id, NOON, disabled=True),
    ),
    reset_pin: (Action.MANAGE_PEOPLE, lambda uow, actor: reset_pin(uow, actor, OTHER_MANAGER.user_id, PIN, NOON)),
    change_own_pin: (Action.CHANGE_OWN_PIN, lambda uow, actor: change_own_pin(uow, actor, True, PIN, NOON)),
    close_books: (Action.CLOSE_PERIOD, lambda uow, actor: close_books(uow, actor, "2026-10-31", MESSAGE, NOON)),
}
"""One call of each service that an owner gets through, and the action that it stands for."""

BY_RULE: Final[Mapping[Callable[..., object], tuple[frozenset[Role], Call]]] = {
    void_voucher: (RULES[Guarded.VOID].alone, _void),
    void_sale: (
        RULES[Guarded.VOID].alone,
        lambda uow, actor: void_sale(uow, actor, SOLD, NOON, reason="Nhầm"),
    ),
    confirm_by_hand: (
        RULES[Guarded.HAND_CONFIRM].alone,
        lambda uow, actor: confirm_by_hand(uow, actor, WAITING, NOON, evidence="FT1"),
    ),
    settle_by_hand: (
        RULES[Guarded.HAND_CONFIRM].alone,
        lambda uow, actor: settle_by_hand(uow, actor, CHEQUE, NOON, evidence="Giấy báo Có 12"),
    ),
    ask_refund: (RULES[Guarded.REFUND].alone, _refund),
    cancel_refund: (
        RULES[Guarded.REFUND].alone | RULES[Guarded.REFUND].asking,
        lambda uow, actor: cancel_refund(uow, actor, ASKED, NOON),
    ),
    match_money: (
        APPROVERS,
        lambda uow, actor: match_money(uow, actor, DECISION, MONEY, WAITING, NOON, reason="Khách gọi"),
    ),
    give_money_back: (
        APPROVERS,
        lambda uow, actor: give_money_back(uow, actor, DECISION, MONEY, NOON, reason="Chuyển nhầm"),
    ),
    keep_money_as_credit: (
        APPROVERS,
        lambda uow, actor: keep_money_as_credit(uow, actor, DECISION, MONEY, HOLDER, NOON, reason="Khách để lại"),
    ),
    mark_notice_seen: (
        frozenset(role for role in Role if {Action.SEE_BALANCES, Action.CANCEL_PAYMENT} <= MATRIX[role]),
        lambda uow, actor: mark_notice_seen(uow, actor, DECISION, TOLD, NOON, reason="Đã gọi khách"),
    ),
    write_money_off: (
        APPROVERS,
        lambda uow, actor: write_money_off(uow, actor, DECISION, MONEY, NOON, reason="Không ai nhận"),
    ),
    grant_approval: (RULES[Guarded.VOID].alone | RULES[Guarded.VOID].asking, _approve),
}
"""The services where an approval counts: who does them alone, who may ask."""

WITHIN: Final = frozenset(
    {
        *("check_approver", "may_begin", "require_approved", "spend_approval", "require_sight", "take_back"),
        *("payment_to_vouch_for", "vouch_for", "wallet_to_pay_from"),
    }
)
"""Checks that are parts of the services above; they change nothing of their own accord."""

OF_SYSTEMS: Final = frozenset({"open_checkout", "cancel_checkout", "capture_checkout", "order_capture"})
"""What other systems ask of the hub with a key of the shop; no person does it, and the key is what lets them."""

ROWS: Final[Mapping[Callable[..., object], tuple[frozenset[Role], Call]]] = {
    **{
        service: (frozenset(role for role in Role if action in MATRIX[role]), call)
        for service, (action, call) in BY_ACTION.items()
    },
    **BY_RULE,
}
CHECKED_ELSEWHERE: Final[Mapping[Action, str]] = {
    Action.SEE_BOOKS: "storage/book_reads.py",
    Action.PRINT_OWN: "storage/book_reads.py",
    Action.SEE_BALANCES: "storage/queries.py",
    Action.SEE_PAYMENTS: "storage/queries.py",
    Action.BACK_UP: "wiring/asked_backups.py",
    Action.SYNC_NOW: "ui/presenters/sync.py",
    Action.RETRY_REFUSED: "wiring/shop.py",
    Action.WIPE_DEMO: "wiring/window.py",
    Action.MANAGE_PROVIDERS: "server/routes/providers.py",
    Action.MANAGE_TILLS: "server/routes/tills.py",
    Action.MANAGE_API_KEYS: "server/routes/api_keys.py",
    Action.IMPORT_STATEMENT: "server/routes/statements.py",
}
"""The actions that no service of a till asks for: reads, what the machine does to itself, and what lives at the hub."""

CELLS: Final = [(service, role) for service in ROWS for role in Role]


class _Undo(Exception):
    """Ends a transaction whose outcome has been looked at."""


def _services() -> Iterator[Callable[..., object]]:
    """Return every public use case that somebody calls in person."""
    for found in pkgutil.iter_modules(domain.services.__path__):
        module = importlib.import_module(f"domain.services.{found.name}")
        for name, service in inspect.getmembers(module, inspect.isfunction):
            if service.__module__ == module.__name__ and not name.startswith("_") and _is_personal(service):
                yield service


def _is_personal(service: Callable[..., object]) -> bool:
    return any(each.annotation in (Actor, Actor | None) for each in inspect.signature(service).parameters.values())


@pytest.fixture(scope="module")
def shop(till_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TillUnits]:
    """One till for all cells; whatever a cell does is undone."""
    folder = tmp_path_factory.mktemp("matrix") / "till"
    shutil.copytree(till_template, folder)
    units = _opened(folder)
    add_people(units)
    for reader in (MANAGER, ACCOUNTANT, AUDITOR):
        for wallet in (CASH, BANK, QR):
            units.run(
                partial(grant_account, actor=OWNER, user_id=reader.user_id, account_id=wallet, at=NOON, granted=True)
            )
    pay(units, "voided", 1_000)
    units.run(lambda uow: save_holder(uow, OWNER, PHONE, "Chị Hoà", MessageId(an_id("holder")), NOON))
    units.run(lambda uow: sell(uow, "waiting", method=Method.VIETQR))
    units.run(lambda uow: sell(uow, "sold"))
    units.run(_begin_refund)
    units.run(_hold)
    units.run(_bring_money)
    units.run(lambda uow: take_cheque(uow, "cheque"))
    units.run(lambda uow: save_draft(uow, OWNER, a_draft("written", 1_000)))
    units.run(lambda uow: save_category(uow, OWNER, OWN, SEEDED, NOON, kind=CategoryKind.INCOME, name_vi="Của quán"))
    yield units
    units.close()


def _opened(folder: Path) -> TillUnits:
    return TillUnits(
        lambda: open_encrypted(folder / "till.db", KEY),
        Witness(folder / "till.head", WITNESS_KEY),
        lambda changes: None,
    )


def _all_of(uow: TillUnitOfWork) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of the till as the open transaction sees it."""
    names = uow.session.all(Sql("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"), {})
    return {name: sorted(uow.session.all(Sql(f"SELECT * FROM {name}"), {}), key=repr) for (name,) in names}


def test_every_service_that_a_person_calls_has_a_row() -> None:
    assert {each.__name__ for each in _services()} == {each.__name__ for each in ROWS} | WITHIN | OF_SYSTEMS


def test_every_action_is_asked_for_by_a_service_or_in_its_named_place() -> None:
    by_services = {action for action, _ in BY_ACTION.values()} | {Action.VOID_VOUCHER}
    assert by_services | CHECKED_ELSEWHERE.keys() == set(Action)
    assert by_services.isdisjoint(CHECKED_ELSEWHERE)
    root = Path(domain.services.__path__[0]).parents[1]
    for action, place in CHECKED_ELSEWHERE.items():
        assert f"Action.{action.name}" in (root / place).read_text("utf-8"), action


@pytest.mark.parametrize(("service", "role"), CELLS, ids=lambda each: getattr(each, "__name__", str(each)))
def test_a_role_does_what_it_may_and_is_refused_all_else_before_anything_moved(
    shop: TillUnits, service: Callable[..., object], role: Role
) -> None:
    allowed, call = ROWS[service]

    def cell(uow: TillUnitOfWork) -> None:
        before = _all_of(uow)
        if role in allowed:
            call(uow, PEOPLE[role])
            assert _all_of(uow) != before
        else:
            with pytest.raises(NotPermitted) as refused:
                call(uow, PEOPLE[role])
            guarded = (void_voucher, void_sale, confirm_by_hand, settle_by_hand, ask_refund)
            may_ask = service in guarded and role in RULES[Guarded.VOID].asking
            assert refused.value.code is (ErrorCode.APPROVAL_NEEDED if may_ask else ErrorCode.NOT_PERMITTED)
            own_sale = service in (void_sale, confirm_by_hand, settle_by_hand, ask_refund) and may_ask
            assert own_sale or refused.value.facts.keys() <= {"action", "role"}, "a refusal tells nothing of the record"
            assert _all_of(uow) == before
            assert not uow.scope.touched
        raise _Undo

    with pytest.raises(_Undo):
        shop.run(cell)
