"""Making codes and asking after payments: claim the question, call the provider, record the answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from domain.ids import Instant, MerchantId, PaymentId
from domain.payments import PaymentIntent, PaymentStatus, PaymentTransaction, TransactionStatus
from domain.rails import PaymentContext, Provider, RailResult, RailStatus, confirmers, route_of
from domain.services.orders import CAPTURE, end_order, note_ref, open_order, record_hold, record_order
from domain.services.payment_changes import sale_id
from domain.services.receipts import record_presented
from domain.services.stored_value import decide_stored
from server.inbox import InboxWork
from server.rails.base import Charges, RailAdapter
from server.workers.rail_calls import NO_ADAPTER, RailCalls
from server.workers.schedule import ACT_LEASE_MS, DOUBT_MS, LEASE_MS, ask_again_at, code_again_at, order_again_at
from server.workers.statements import StatementReader
from storage.hub import HubUnitOfWork
from storage.hub_checks import (
    ASKING,
    CHARGING,
    NEVER,
    DueCheck,
    ask_now,
    claim_check,
    due_checks,
    finish_check,
    first_heard,
    put_off_check,
)
from storage.hub_inbox import EventKey
from storage.hub_units import HubUnits

BATCH: Final = 500
_CODELESS: Final = frozenset({PaymentStatus.CREATED, PaymentStatus.UNRESOLVED})


@dataclass(frozen=True, slots=True)
class Question:
    """A claimed question about a payment; `heard_at` is when the hub first heard of it, by its own clock.

    `provider_ref` is the provider's id of the payment as far as it is known, `order` what is to be done about it first.
    """

    intent: PaymentIntent
    heard_at: Instant
    provider_ref: str = ""
    order: PaymentTransaction | None = None

    @property
    def wants_code(self) -> bool:
        """Whether the provider is still to make the payment's code."""
        route = route_of(self.intent.method, self.intent.provider)
        makes = route is not None and route.capabilities.needs_network
        return makes and self.intent.status in _CODELESS and not self.intent.qr_text


@dataclass(frozen=True, slots=True)
class Reconciler:
    """Asks providers about payments; a claim is committed before the call, so no question is asked twice at once."""

    units: HubUnits
    calls: RailCalls
    statements: StatementReader
    inbox: InboxWork
    now: Callable[[], Instant]

    def due(self, at: Instant) -> list[DueCheck]:
        """Return the payments to ask about; raises StorageUnavailable."""
        return self.units.read(lambda session: due_checks(session, at, BATCH))

    def take(self, merchant_id: MerchantId, payment_id: PaymentId, *, to_charge: bool = False) -> Question | None:
        """Claim a due question, or to charge a card; None if another worker has it or there is nothing to ask."""
        at, note = self.now(), CHARGING if to_charge else ASKING

        def op(uow: HubUnitOfWork) -> Question | None:
            order = open_order(uow, payment_id)
            lease = ACT_LEASE_MS if to_charge or order is not None else LEASE_MS
            if not claim_check(uow.session, merchant_id, payment_id, at, Instant(at + lease), note):
                return None
            intent = uow.payments.get(payment_id)
            heard_at = first_heard(uow.session, merchant_id, payment_id)
            over = intent is None or heard_at is None or ask_again_at(intent, heard_at, at) == NEVER
            if intent is None or heard_at is None or (over and order is None):
                put_off_check(uow.session, merchant_id, payment_id, NEVER, "over")
                return None
            sale = uow.payments.transaction(sale_id(payment_id))
            return Question(intent, heard_at, "" if sale is None else sale.provider_ref, order)

        return self.units.run(merchant_id, op)

    def ask(self, question: Question) -> None:
        """Put a claimed question to the provider and record the answer; raises StorageUnavailable."""
        adapter = self.calls.adapters.get(question.intent.provider)
        if question.intent.provider is Provider.STORED_VALUE:
            self._decide(question.intent)
        elif adapter is None:
            self._put_off(question.intent, NEVER, NO_ADAPTER)
        elif question.order is not None and question.order.status is TransactionStatus.PROCESSING:
            self._carry_out(adapter, question, question.order)
        elif question.wants_code:
            self._ask_for_code(adapter, question)
        elif adapter.lists_movements:
            self._look_in_statement(question)
        else:
            self._ask_what_became(adapter, question)

    def ask_about(self, merchant_id: MerchantId, payment_id: PaymentId) -> None:
        """Ask about a payment at once, whatever the schedule says; nothing happens if it is being asked already."""
        at = self.now()
        if self.units.read_of(merchant_id, lambda session: ask_now(session, merchant_id, payment_id, at)):
            question = self.take(merchant_id, payment_id)
            if question is not None:
                self.ask(question)

    def charge(self, merchant_id: MerchantId, payment_id: PaymentId, nonce: str) -> bool:
        """Charge what a customer's card form handed over, and record what came of it; raises StorageUnavailable.

        False, and nothing is charged, for a payment that is not waiting for the customer or is asked about just now.
        While it is in doubt whether a card was charged no other one is: what is being carried out may not be listed.
        """
        at = self.now()
        if not self.units.read_of(merchant_id, lambda session: ask_now(session, merchant_id, payment_id, at)):
            return False
        question = self.take(merchant_id, payment_id, to_charge=True)
        if question is None:
            return False
        adapter = self.calls.adapters.get(question.intent.provider)
        context = self._context(question)
        waiting = question.intent.status is PaymentStatus.PENDING and question.order is None
        if not (waiting and isinstance(adapter, Charges) and at < context.expires_at):
            self.ask(question)
            return False
        result = self.calls.charge(adapter, question.intent.provider, context, nonce, at)
        if result.receipts:
            self._keep_money(question, result)
        elif result.status is RailStatus.FAILED and _may_pass(result):
            self._put_off(question.intent, self._again(question), _note(result))  # the customer may try again
        elif _is_in_doubt(result):
            self._put_off(question.intent, Instant(self.now() + DOUBT_MS), CHARGING)
        else:
            self._record(question, result)
        return True

    def _decide(self, intent: PaymentIntent) -> None:
        """Do what is to be done about stored value, which asks nobody outside: all of it in one transaction."""
        at = self.now()

        def op(uow: HubUnitOfWork) -> None:
            decide_stored(uow, intent.id, at)
            finish_check(uow.session, intent.merchant_id, intent.id, at, NEVER, "")

        self.units.run(intent.merchant_id, op)

    def _ask_for_code(self, adapter: RailAdapter, question: Question) -> None:
        intent, context = question.intent, self._context(question)
        if self.now() >= context.expires_at:
            self._put_off(intent, self._again(question), "too_late")
            return
        result = self.calls.present(adapter, context, self.now())
        if result.status is RailStatus.FAILED and _may_pass(result):
            again = code_again_at(question.heard_at, self.now())
            if again is not None and again < context.expires_at:
                self._put_off(intent, again, _note(result))
                return
        if result.status is RailStatus.UNKNOWN and not _may_pass(result):
            # An order that is over cannot be made again: whether it was paid only its provider can say.
            found = self.calls.check(adapter, context, self.now())
            if found.receipts:
                self._keep_money(question, found)
                return
            result = found if found.status is RailStatus.FAILED else result
        self._record(question, result)

    def _ask_what_became(self, adapter: RailAdapter, question: Question) -> None:
        result = self.calls.check(adapter, self._context(question), self.now())
        if result.receipts:
            self._keep_money(question, result)
        else:
            self._record(question, result)

    def _carry_out(self, adapter: RailAdapter, question: Question, order: PaymentTransaction) -> None:
        """Have the provider do what was ordered; a payment that has ended is asked about no sooner than that.

        Money that was taken perhaps is left alone for a while: a part of a hold could be taken twice.
        """
        result = self.calls.carry_out(adapter, self._context(question), order.kind, order.amount_minor, self.now())
        if result.receipts:
            self._keep_money(question, result)
            return
        at = self.now()

        def op(uow: HubUnitOfWork) -> None:
            over = record_order(uow, order, result, at)
            again = at if over else order_again_at(order.created_at, at)
            note = _note(result)
            if order.kind == CAPTURE and result.status is RailStatus.UNKNOWN and not over:
                again, note = max(again, Instant(at + DOUBT_MS)), CHARGING
            put_off_check(uow.session, question.intent.merchant_id, question.intent.id, again, note)

        self.units.run(question.intent.merchant_id, op)

    def _keep_money(self, question: Question, result: RailResult) -> None:
        """Store all money that an answer tells of before any of it is booked; what is known already changes nothing."""
        merchant_id, at = question.intent.merchant_id, self.now()

        def op(uow: HubUnitOfWork) -> None:
            for receipt in result.receipts:
                uow.inbox.store(receipt, result.response, "query", at)
            if question.order is not None:
                end_order(uow, question.order, result, at)
            again = ask_again_at(question.intent, question.heard_at, at)
            finish_check(uow.session, merchant_id, question.intent.id, at, again, "")

        self.units.run(merchant_id, op)
        for receipt in result.receipts:
            self.inbox.apply(EventKey(merchant_id, receipt.provider, receipt.dedupe_key), self.now())

    def _look_in_statement(self, question: Question) -> None:
        intent = question.intent
        readers = [each for each in confirmers(intent.method, intent.provider) if each in self.calls.adapters]
        read = (self.statements.read(intent.merchant_id, each) for each in readers)
        known_at = next((at for at in read if at is not None), None)
        if known_at is None:
            self._put_off(intent, self._again(question), "statement")
            return

        def op(uow: HubUnitOfWork) -> None:
            standing = uow.payments.get(intent.id) or intent
            again = ask_again_at(standing, question.heard_at, self.now())
            finish_check(uow.session, intent.merchant_id, intent.id, known_at, again, "")

        self.units.run(intent.merchant_id, op)

    def _record(self, question: Question, result: RailResult) -> None:
        """Record an answer that proves no money: a code, a refusal, patience, or silence."""
        intent, at = question.intent, self.now()
        silent = result.status is RailStatus.UNKNOWN

        def op(uow: HubUnitOfWork) -> None:
            if question.wants_code or result.status is RailStatus.FAILED:
                record_presented(uow, intent.id, result, at)
            elif not silent:
                _learn(uow, intent.id, result, at)
            if question.order is not None:
                end_order(uow, question.order, result, at)
            standing = uow.payments.get(intent.id) or intent
            again = ask_again_at(standing, question.heard_at, at)
            never_made = intent.status is PaymentStatus.CREATED  # else an earlier request may have made its code
            if question.wants_code and never_made and result.status is RailStatus.FAILED:
                again = NEVER  # no code was ever shown, so nobody can pay it
            if again == NEVER and (order := open_order(uow, intent.id)) is not None:
                again = order_again_at(order.created_at, at)
            if silent:
                put_off_check(uow.session, intent.merchant_id, intent.id, again, _note(result))
            else:
                finish_check(uow.session, intent.merchant_id, intent.id, at, again, _note(result))

        self.units.run(intent.merchant_id, op)

    def _context(self, question: Question) -> PaymentContext:
        return self.calls.context(question.intent, question.heard_at, question.provider_ref)

    def _again(self, question: Question) -> Instant:
        return ask_again_at(question.intent, question.heard_at, self.now())

    def _put_off(self, intent: PaymentIntent, again: Instant, note: str) -> None:
        self.units.read_of(
            intent.merchant_id, lambda session: put_off_check(session, intent.merchant_id, intent.id, again, note)
        )


def _learn(uow: HubUnitOfWork, payment_id: PaymentId, result: RailResult, at: Instant) -> None:
    """Keep what an answer tells besides money: the provider's id of the payment, and money that is held."""
    intent = uow.payments.get(payment_id)
    if intent is None:
        return
    if result.authorized_minor:
        record_hold(uow, intent, result.authorized_minor, result.held_until, result.provider_ref, at)
    else:
        note_ref(uow, intent, result.provider_ref, at)


def _is_in_doubt(charged: RailResult) -> bool:
    """Whether a card may have been charged: neither is its money held, nor was it refused before it was charged."""
    under_way = charged.status is RailStatus.PENDING and not charged.authorized_minor and charged.failure is None
    return charged.status is RailStatus.UNKNOWN or under_way


def _may_pass(result: RailResult) -> bool:
    return result.failure is not None and result.failure.retried


def _note(result: RailResult) -> str:
    return "" if result.failure is None else result.failure.value
