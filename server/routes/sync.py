"""Push and changes: what tills tell the hub, and what the hub tells tills."""

from dataclasses import dataclass
from typing import Annotated, Final

import structlog
from fastapi import APIRouter, Query

from domain.errors import ErrorCode, RuleBroken
from domain.fact_proofs import PROVEN_KINDS
from domain.ids import DeviceId, Instant, PaymentId
from domain.messages import Message, MessageKind, Outcome, OutcomeKind, rejected
from domain.people import UNREADABLE, PersonProof
from domain.services.people_heard import tell_truth
from domain.services.replication import receive_at_hub
from server.auth import admit, still_admitted
from server.hub import Hub
from server.people_keys import proof_of
from server.problems import Refusal
from server.routes.asking import SPOKEN, JsonBody, Known, described, problems, read_body, routes_on
from server.vault import Vault, VaultRefused
from storage.hub import HubUnitOfWork
from storage.hub_feed import FeedRow, changes_after, freshness, head_seq, hub_epoch
from storage.hub_successions import is_earlier_life
from storage.hub_tills import KnownTill
from storage.session import Session
from sync.wire import PAGE_LIMIT, Change, ChangesPage, PushAnswer, PushRequest, PushResult, Watched, WireMessage

_log = structlog.get_logger("hub.sync")

WATCH_LIMIT: Final = 20
_PROVEN: Final = frozenset({MessageKind.PERSON.value, *(kind.value for kind in PROVEN_KINDS)})
_WATCH_CHARS: Final = WATCH_LIMIT * 65
_NO_LETTER: Final = "\x00"  # the one letter that PostgreSQL does not keep


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a till wants of the feed."""

    after: int
    limit: int
    protocol: int
    watched: list[PaymentId]


class _Undo(Exception):
    """What a message did is undone, because it was rejected."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome)
        self.outcome = outcome


def sync_routes(hub: Hub) -> APIRouter:
    """Return the routes of the sync."""
    router = routes_on("sync")

    @router.post(
        "/api/v1/push",
        response_model=PushAnswer,
        openapi_extra=described(PushRequest),
        responses=problems(401, 409, 415, 426, 429),
    )
    def push(calling: Known, body: JsonBody) -> PushAnswer:
        """Take up to 100 messages of a till, in their order; each is created, exists already, or is rejected.

        The same messages may be sent again at any time. What is rejected leaves nothing behind and holds up nothing.
        """
        at = hub.now()
        till = admit(hub.units, hub.rates, calling, at)
        request = read_body(body, PushRequest)
        if request.protocol not in SPOKEN:
            raise Refusal(ErrorCode.HUB_VERSION)

        def op(uow: HubUnitOfWork) -> tuple[PushAnswer, bool]:
            return _take(uow, hub.settings.vault, still_admitted(uow.session, calling), request, at)

        answer, forked = hub.units.run(till.merchant_id, op)
        if any(message.kind == "payment" for message in request.messages):
            hub.something_started()
        if forked:
            _log.error("till_forked", merchant_id=till.merchant_id, device_id=till.device_id)
            raise Refusal(ErrorCode.TILL_FORKED)
        return answer

    @router.get("/api/v1/changes", response_model=ChangesPage, responses=problems(401, 409, 429))
    def changes(
        calling: Known,
        after: Annotated[int, Query(ge=0, lt=2**62, description="The number of the last fact the till has.")],
        limit: Annotated[int, Query(ge=1, le=PAGE_LIMIT)] = PAGE_LIMIT,
        protocol: Annotated[int, Query(ge=1, description="What the till speaks.")] = 1,
        watch: Annotated[
            str, Query(max_length=_WATCH_CHARS, description=f"Up to {WATCH_LIMIT} payments, separated by commas.")
        ] = "",
    ) -> ChangesPage:
        """Return the facts of the merchant's feed after a till's cursor, and how fresh the hub's word on payments is.

        Fewer facts than the limit mean that the till is up to date. What a till's
        protocol does not know is left out: people, refunds, stored value, newer methods and settings of 1.
        """
        till = admit(hub.units, hub.rates, calling, hub.now())
        watched = [PaymentId(text) for text in watch.split(",") if text][:WATCH_LIMIT]
        asked = _Asked(after, limit, protocol=protocol, watched=watched)
        return hub.units.read_of(till.merchant_id, lambda session: _page(session, till, asked))

    return router


def _take(
    uow: HubUnitOfWork, vault: Vault, till: KnownTill, request: PushRequest, at: Instant
) -> tuple[PushAnswer, bool]:
    """Take the messages up to one that shows a fork: what comes behind it is another till's history."""
    epoch = hub_epoch(uow.session)
    if request.hub_epoch not in {"", epoch}:
        raise Refusal(ErrorCode.HUB_BEHIND)
    if not _is_now(uow, till, request):
        return PushAnswer(hub_epoch=epoch, results=[]), True
    if any(message.kind in _PROVEN for message in request.messages):
        uow.proofs = _proof(uow, vault)
    results: list[PushResult] = []
    for message in request.messages:
        outcome = take_message(uow, till, message, at)
        if outcome.code is ErrorCode.TILL_FORKED:
            return PushAnswer(hub_epoch=epoch, results=results), True
        if outcome.kind is OutcomeKind.REJECTED:
            _log.warning(
                "message_rejected",
                merchant_id=till.merchant_id,
                device_id=till.device_id,
                message_id=message.id,
                kind=message.kind,
                code=outcome.code,
            )
        results.append(PushResult(id=message.id, outcome=outcome.kind.value, code=outcome.code))
    return PushAnswer(hub_epoch=epoch, results=results), False


def _proof(uow: HubUnitOfWork, vault: Vault) -> PersonProof | None:
    """Return what proves a shop's facts, None before it has a key.

    Where the key does not open nothing is proven: money comes in the same push, and is not held up.
    """
    try:
        return proof_of(uow.session, vault, uow.shop.merchant_id)
    except VaultRefused as error:
        _log.error("people_key_unreadable", merchant_id=uow.shop.merchant_id, code=error.code)
        return UNREADABLE


def _is_now(uow: HubUnitOfWork, till: KnownTill, request: PushRequest) -> bool:
    """Whether the till speaks as what it is now, not as what it was before it was restored elsewhere."""
    if request.device_id:
        return request.device_id == till.device_id
    tellers = {DeviceId(message.device_id) for message in request.messages} - {till.device_id}
    return not any(is_earlier_life(uow.session, till.merchant_id, teller, till.device_id) for teller in tellers)


def take_message(uow: HubUnitOfWork, till: KnownTill, told: WireMessage, at: Instant) -> Outcome:
    """Take one message of a till; what a rejected one did is undone."""
    message = told.message(till.merchant_id)
    if message.device_id != till.device_id and not is_earlier_life(
        uow.session, till.merchant_id, message.device_id, of=till.device_id
    ):
        return rejected(ErrorCode.MESSAGE_FOREIGN)
    try:
        if message.body_hash != told.body_hash or _NO_LETTER in message.id + message.subject_id + message.body:
            return rejected(ErrorCode.MESSAGE_MALFORMED)
        with uow.savepoint():
            return _receive(uow, message, at)
    except _Undo as undone:
        if message.kind is MessageKind.PERSON:
            tell_truth(uow, message, at)
        return undone.outcome
    except (RuleBroken, RecursionError, UnicodeError):  # the database's guards; depth; letters that are half a pair
        return rejected(ErrorCode.MESSAGE_MALFORMED)


def _receive(uow: HubUnitOfWork, message: Message, at: Instant) -> Outcome:
    outcome = receive_at_hub(uow, message, at)
    if outcome.kind is OutcomeKind.REJECTED:
        raise _Undo(outcome)
    return outcome


def _page(session: Session, till: KnownTill, asked: _Asked) -> ChangesPage:
    head = head_seq(session, till.merchant_id)
    if asked.after > head:
        raise Refusal(ErrorCode.HUB_BEHIND)
    rows = changes_after(session, till.merchant_id, asked.after, asked.limit, protocol=asked.protocol)
    return ChangesPage(
        hub_epoch=hub_epoch(session),
        changes=[_change(row) for row in rows],
        head_seq=head,
        watched=[
            Watched(payment_id=fresh.payment_id, status=fresh.status, checked_at=fresh.checked_at)
            for fresh in freshness(session, till.merchant_id, asked.watched)
        ],
    )


def _change(row: FeedRow) -> Change:
    return Change(seq=row.seq, message=WireMessage.of(row.message), book_no=row.book_no, booked_on=row.booked_on)
