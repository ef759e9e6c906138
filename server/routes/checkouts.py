"""Checkout requests of ordering systems: have an order paid, see how it stands, give it up, take what is held."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Response

from domain.checkouts import Checkout, read_checkout
from domain.errors import Conflict, DomainError, ErrorCode, NotFound, StorageUnavailable
from domain.ids import CheckoutId, DeviceId, Instant, UserId
from domain.money import MAX_MINOR
from domain.other_systems import Scope
from domain.policy import Actor, Role
from domain.services.checkouts import cancel_checkout, capture_checkout, known_checkout, open_checkout
from server.auth import Caller
from server.checkout_form import CHECKOUT_SCHEMA, CheckoutAnswer, CheckoutProblem, told_checkout
from server.event_form import told_as
from server.hub import Hub
from server.intake import CHECKOUTS_PATH
from server.limits import CHECKOUT, HEARD
from server.problems import Refusal
from server.routes.asking import JsonBody, problems, routes_on, schema_of
from server.routes.asking_with_key import Asked, Calling, IdempotencyKey, admitted, read_told, said
from storage.hub import HubUnitOfWork
from storage.hub_api_keys import KeptAnswer, KnownKey, use_key

_ONE: Final = f"{CHECKOUTS_PATH}/{{checkout_id}}"
_CAPTURE: Final[dict[str, Any]] = {
    "type": "object",
    "title": "CaptureRequest",
    "properties": {
        "amount_minor": {
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_MINOR,
            "description": "What of the held money is taken, in minor units; all of it without this.",
        }
    },
    "additionalProperties": False,
}
_CONFLICTS: Final = frozenset({ErrorCode.INVALID_TRANSITION})
"""Refusals that stand against how an order is, rather than against what was sent."""
FLOODS: Final = frozenset({ErrorCode.CHECKOUTS_OPEN, ErrorCode.ORDER_TRIED})
"""Refusals of one payment too many, which say when to ask again."""

CheckoutPath = Annotated[str, Path(min_length=1, max_length=64)]
Act = Callable[[HubUnitOfWork, Actor], Checkout]


def checkout_routes(hub: Hub) -> APIRouter:
    """Return the routes on which ordering systems have their orders paid."""
    router = routes_on("checkout requests")

    @router.post(
        CHECKOUTS_PATH,
        status_code=201,
        response_model=CheckoutAnswer,
        openapi_extra=told_as(CHECKOUT_SCHEMA),
        responses={200: {"description": "The order stands already.", "model": CheckoutAnswer}, **_problems(400)},
    )
    def begin(calling: Calling, body: JsonBody, idempotency_key: IdempotencyKey = None) -> Response:
        """Have an order paid; its link or code follows, ask for it. An order is charged once, whatever is repeated."""
        at = hub.now()
        key = _paced(hub, calling, at)
        if idempotency_key is None:
            raise Refusal(ErrorCode.MESSAGE_MALFORMED, 400)
        told, asked = read_told(body), Asked(key, idempotency_key, CHECKOUTS_PATH, body)
        answer = hub.units.run(key.merchant_id, lambda uow: _begin(uow, asked, told, at))
        hub.something_started()
        return said(answer)

    @router.get(_ONE, response_model=CheckoutAnswer, responses=_problems())
    def see(calling: Calling, checkout_id: CheckoutPath) -> Response:
        """Say how an order stands, with its link or code while it can be paid, and what was given back."""
        return _see(hub, calling, CheckoutId(checkout_id))

    @router.post(f"{_ONE}/cancel", response_model=CheckoutAnswer, responses=_problems())
    def cancel(calling: Calling, checkout_id: CheckoutPath) -> Response:
        """Give up an order's open payment, and let held money go; again, it stays given up."""
        at, wanted = hub.now(), CheckoutId(checkout_id)
        return _act(hub, calling, lambda uow, actor: cancel_checkout(uow, uow.checkouts, actor, wanted, at))

    @router.post(
        f"{_ONE}/capture",
        response_model=CheckoutAnswer,
        openapi_extra=told_as(_CAPTURE),
        responses=_problems(),
    )
    def capture(calling: Calling, checkout_id: CheckoutPath, body: JsonBody) -> Response:
        """Take the money that is held for an order, or a part of it; it is paid once the provider says so."""
        at, wanted, amount = hub.now(), CheckoutId(checkout_id), _amount_of(read_told(body))
        return _act(
            hub,
            calling,
            lambda uow, actor: capture_checkout(uow, uow.checkouts, actor, wanted, at, amount_minor=amount),
        )

    return router


def _amount_of(told: object) -> int | None:
    if not isinstance(told, Mapping) or not set(told) <= {"amount_minor"}:
        raise Refusal(ErrorCode.MESSAGE_MALFORMED)
    amount = told.get("amount_minor")
    if "amount_minor" not in told:
        return None
    if type(amount) is not int or not 1 <= amount <= MAX_MINOR:
        raise Refusal(ErrorCode.MESSAGE_MALFORMED)
    return amount


def _begin(uow: HubUnitOfWork, asked: Asked, told: object, at: Instant) -> KeptAnswer:
    known = asked.answered(uow, at)
    if known is not None:
        return known
    try:
        with uow.savepoint():
            request = read_checkout(told)
            actor = _actor(uow, asked.key)
            checkout, is_new = open_checkout(uow, uow.checkouts, actor, request, at, key_id=asked.key.id)
    except StorageUnavailable:
        raise
    except DomainError as error:
        if error.code in FLOODS:
            raise Refusal(error.code, retry_after_s=int(error.facts["seconds"])) from error
        return asked.answer(uow, _status_of(error), _problem_of(error), at)
    return asked.answer(uow, 201 if is_new else 200, told_checkout(uow, checkout), at)


def _paced(hub: Hub, calling: Caller, at: Instant) -> KnownKey:
    """Return the key of who may have orders paid and does not so too often: each request may call a provider."""
    key = admitted(hub, calling, at, Scope.CHECKOUTS_WRITE)
    if not hub.rates.allow(CHECKOUT, f"{key.merchant_id}/{key.id}", at):
        raise Refusal(ErrorCode.HUB_REFUSED, 429, retry_after_s=1)
    return key


def _see(hub: Hub, calling: Caller, wanted: CheckoutId) -> Response:
    """Say how an order of the key's merchant stands, without the lock that whoever takes money waits for."""
    at = hub.now()
    key = admitted(hub, calling, at, Scope.CHECKOUTS_READ)
    if hub.rates.allow(HEARD, f"{key.merchant_id}/key {key.id}", at):
        hub.units.read_of(key.merchant_id, lambda session: use_key(session, key, at))
    asked = Asked(key, None, CHECKOUTS_PATH, b"")

    def op(uow: HubUnitOfWork) -> KeptAnswer:
        try:
            return asked.answer(uow, 200, told_checkout(uow, known_checkout(uow.checkouts, wanted)), at)
        except NotFound as error:
            return asked.answer(uow, 404, _problem_of(error), at)

    return said(hub.units.look(key.merchant_id, op))


def _act(hub: Hub, calling: Caller, act: Act) -> Response:
    """Do something about an order of the key's merchant and say how it stands then; another's is as unknown as none."""
    at = hub.now()
    key = _paced(hub, calling, at)
    asked = Asked(key, None, CHECKOUTS_PATH, b"")

    def op(uow: HubUnitOfWork) -> KeptAnswer:
        asked.admit(uow, at)
        try:
            with uow.savepoint():
                checkout = act(uow, _actor(uow, key))
        except StorageUnavailable:
            raise
        except DomainError as error:
            return asked.answer(uow, _status_of(error), _problem_of(error), at)
        return asked.answer(uow, 200, told_checkout(uow, checkout), at)

    answer = hub.units.run(key.merchant_id, op)
    hub.something_started()
    return said(answer)


def _actor(uow: HubUnitOfWork, key: KnownKey) -> Actor:
    """Return the other system as one who may take and give up payments, as a cashier may."""
    return Actor(UserId(f"api-key:{key.id}"), key.name, Role.CASHIER, DeviceId(uow.device.id))


def _status_of(error: DomainError) -> int:
    if isinstance(error, NotFound):
        return 404
    return 409 if isinstance(error, Conflict) or error.code in _CONFLICTS else 422


def _problem_of(error: DomainError) -> CheckoutProblem:
    facts: Mapping[str, Any] = error.facts
    return CheckoutProblem(
        code=error.code.value,
        field=facts.get("field") or None,
        problem=facts.get("problem"),
        tax_minor=facts.get("tax") if error.code is ErrorCode.ORDER_TAX else None,
        order_ref=facts.get("order") if error.code is ErrorCode.PERIOD_CHARGED else None,
    )


def _problems(*more: int) -> dict[int | str, dict[str, Any]]:
    body = {"application/problem+json": {"schema": schema_of(CheckoutProblem)}}
    described = problems(401, 403, 404, 408, 409, 413, 415, 422, 429, 503, *more)
    return {status: {**answer, "content": body} for status, answer in described.items()}
