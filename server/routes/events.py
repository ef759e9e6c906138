"""Events of other systems: booked once each, under the key that the shop's operator gave out."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Response
from pydantic import Field

from domain.errors import Conflict, DomainError, ErrorCode, StorageUnavailable
from domain.events import MAX_ID, read_event
from domain.ids import Instant
from domain.other_systems import Scope
from domain.services.events import book_event
from server.event_form import ANY_EVENT, batch_schema, told_as
from server.hub import Hub
from server.intake import BATCH_PATH, EVENTS_PATH
from server.problems import Refusal
from server.routes.asking import JsonBody, routes_on, schema_of
from server.routes.asking_with_key import Asked, Calling, IdempotencyKey, admitted, read_told, said
from storage.hub import HubUnitOfWork
from storage.hub_api_keys import KeptAnswer, KnownKey
from sync.wire import Wire

BATCH_LIMIT: Final = 500
_AT_ONCE: Final = 50
"""So many events of a batch are booked in one commit: tills that wait for the merchant's lock do not wait for all."""


class BookedEvent(Wire):
    """What became of an event: its voucher, or of one in a batch the reason why there is none.

    `occurred_on` is the event's own day where its period was closed and the voucher counts on the first open one.
    """

    id: Annotated[str | None, Field(description="The event's id, if it could be read.")] = None
    outcome: Literal["created", "exists", "rejected"]
    voucher_id: str | None = None
    number: str | None = None
    business_date: str | None = None
    occurred_on: str | None = None
    total_minor: int | None = None
    currency: str | None = None
    code: str | None = None
    field: Annotated[str | None, Field(description="The field of the event that the refusal is about.")] = None
    problem: Literal["missing", "unknown", "invalid"] | None = None


class BookedBatch(Wire):
    """One result for each event of a batch, in the same order."""

    results: list[BookedEvent]


class EventProblem(Wire):
    """A refused event: one of the product's error codes, and the field or the voucher that it is about."""

    code: str
    field: str | None = None
    problem: Literal["missing", "unknown", "invalid"] | None = None
    number: Annotated[str | None, Field(description="The voucher that stands for the event.")] = None


def event_routes(hub: Hub) -> APIRouter:
    """Return the routes on which other systems tell what happened there."""
    router = routes_on("events")

    @router.post(
        EVENTS_PATH,
        status_code=201,
        response_model=BookedEvent,
        openapi_extra=told_as(ANY_EVENT),
        responses={200: {"description": "The event was booked before.", "model": BookedEvent}, **_problems()},
    )
    def book(calling: Calling, body: JsonBody, idempotency_key: IdempotencyKey = None) -> Response:
        """Book an event and answer with its voucher; told again, it is answered with the voucher that stands."""
        at = hub.now()
        key = admitted(hub, calling, at, Scope.EVENTS_WRITE)
        told = read_told(body)
        asked = Asked(key, idempotency_key, EVENTS_PATH, body)
        return said(hub.units.run(key.merchant_id, lambda uow: _answer_one(uow, asked, told, at)))

    @router.post(
        BATCH_PATH,
        response_model=BookedBatch,
        openapi_extra=told_as(batch_schema(BATCH_LIMIT)),
        responses=_problems(),
    )
    def book_batch(calling: Calling, body: JsonBody, idempotency_key: IdempotencyKey = None) -> Response:
        """Book up to 500 events in their order, each answered on its own: what is rejected holds up nothing."""
        at = hub.now()
        key = admitted(hub, calling, at, Scope.EVENTS_WRITE)
        events = _events_of(read_told(body))
        asked = Asked(key, idempotency_key, BATCH_PATH, body)
        known = hub.units.run(key.merchant_id, lambda uow: asked.answered(uow, at))
        return said(known or _answer_batch(hub, asked, events, at))

    return router


def _events_of(told: object) -> Sequence[object]:
    events = told.get("events") if isinstance(told, Mapping) and set(told) == {"events"} else None
    if not isinstance(events, list) or not 1 <= len(events) <= BATCH_LIMIT:
        raise Refusal(ErrorCode.MESSAGE_MALFORMED)
    return events


def _answer_one(uow: HubUnitOfWork, asked: Asked, told: object, at: Instant) -> KeptAnswer:
    known = asked.answered(uow, at)
    if known is not None:
        return known
    try:
        booked = _book(uow, asked.key, told, at)
    except StorageUnavailable:
        raise
    except DomainError as error:
        return asked.answer(uow, 409 if isinstance(error, Conflict) else 422, _problem_of(error), at)
    return asked.answer(uow, 201 if booked.outcome == "created" else 200, booked, at)


def _answer_batch(hub: Hub, asked: Asked, events: Sequence[object], at: Instant) -> KeptAnswer:
    merchant_id = asked.key.merchant_id
    results: list[BookedEvent] = []
    for first in range(0, len(events), _AT_ONCE):
        part = events[first : first + _AT_ONCE]
        results += hub.units.run(merchant_id, partial(_book_part, asked=asked, events=part, at=at))
    batch = BookedBatch(results=results)

    def keep(uow: HubUnitOfWork) -> KeptAnswer:
        # The same request may have been told twice at once; both are given the answer that was kept first.
        return asked.answered(uow, at) or asked.answer(uow, 200, batch, at)

    return hub.units.run(merchant_id, keep)


def _book_part(uow: HubUnitOfWork, asked: Asked, events: Sequence[object], at: Instant) -> list[BookedEvent]:
    asked.admit(uow, at)
    return [_book_or_reject(uow, asked.key, told, at) for told in events]


def _book_or_reject(uow: HubUnitOfWork, key: KnownKey, told: object, at: Instant) -> BookedEvent:
    try:
        return _book(uow, key, told, at)
    except StorageUnavailable:
        raise
    except DomainError as error:
        name = told.get("id") if isinstance(told, Mapping) else None
        problem = _problem_of(error)
        return BookedEvent(
            id=name if isinstance(name, str) and name.isprintable() and len(name) <= MAX_ID else None,
            outcome="rejected",
            code=problem.code,
            field=problem.field,
            problem=problem.problem,
            number=problem.number,
        )


def _book(uow: HubUnitOfWork, key: KnownKey, told: object, at: Instant) -> BookedEvent:
    """Book one event; what a refused one did is undone."""
    event = read_event(told)
    with uow.savepoint():
        before = uow.vouchers.of_source(event.source)
        voucher = book_event(uow, None, event, at, via=f"api key {key.id}")
    return BookedEvent(
        id=event.id,
        outcome="created" if before is None else "exists",
        voucher_id=voucher.id,
        number=voucher.number,
        business_date=voucher.business_date,
        occurred_on=voucher.occurred_on or None,
        total_minor=voucher.total_minor,
        currency=voucher.currency,
    )


def _problem_of(error: DomainError) -> EventProblem:
    facts: Mapping[str, Any] = error.facts
    return EventProblem(
        code=error.code.value,
        field=facts.get("field") or None,
        problem=facts.get("problem"),
        number=facts.get("number") if error.code is ErrorCode.EVENT_CHANGED else None,
    )


def _problems() -> dict[int | str, dict[str, Any]]:
    body = {"application/problem+json": {"schema": schema_of(EventProblem)}}
    statuses = (401, 403, 408, 409, 413, 415, 422, 429, 503)
    return {status: {"description": "Refused; the code says why.", "content": body} for status in statuses}
