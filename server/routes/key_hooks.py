"""Where the system of a key hears what becomes of payments: set, tried, looked at, told again and ended."""

import json
from typing import Annotated, Final

from fastapi import APIRouter, Path

from domain.errors import ErrorCode, NotFound
from domain.ids import MerchantId
from domain.policy import Action
from server.hooks import HookWish, drop_hook, send_again, set_hook, try_hook
from server.hub import Hub
from server.intake import API_KEYS_PATH
from server.limits import CHECK
from server.problems import Refusal
from server.routes.asking import JsonBody, described, read_body, routes_on
from server.routes.owner import ActingPerson, owner_problems
from storage.hub_hooks import Delivery, Hook, NewsRow, latest_news
from sync.owner_wire import (
    HookMade,
    HookNews,
    HookNewsAnswer,
    HookRemoved,
    HookRequest,
    HookTried,
    HookView,
)

_HOOK: Final = f"{API_KEYS_PATH}/{{key_id}}/webhook"
KeyPath = Annotated[str, Path(max_length=64)]

_NEWS: Final = f"{_HOOK}/deliveries"
NEWS_SHOWN: Final = 50
"""So many of the latest messages of a system are listed."""


def key_hook_routes(hub: Hub) -> APIRouter:
    """Return the routes on which an owner looks after what other systems are told."""
    router = routes_on("api keys")

    @router.put(
        _HOOK,
        response_model=HookMade,
        openapi_extra=described(HookRequest),
        responses=owner_problems(404, 415),
    )
    def set_address(acting: ActingPerson, key_id: KeyPath, body: JsonBody) -> HookMade:
        """Tell the key's system what becomes of payments; a new signing secret is shown this once."""
        at = hub.now()
        till, actor = acting.admitted(hub, Action.MANAGE_API_KEYS, at)
        wish = read_body(body, HookRequest)
        units, vault, near = acting.units(hub, Action.MANAGE_API_KEYS, at), hub.settings.vault, hub.settings.near_hooks
        wanted = HookWish(wish.url, wish.events, wish.all_payments, wish.renew_secret)
        try:
            hook, secret = set_hook(units, vault, till.merchant_id, key_id, wanted, at, near=near, by=actor.user_id)
        except NotFound as error:
            raise Refusal(error.code, 404) from error
        return HookMade(
            key_id=key_id,
            events=list(hook.events),
            all_payments=hook.all_payments,
            secret=secret.reveal() if secret else None,
        )

    @router.delete(_HOOK, response_model=HookRemoved, responses=owner_problems(404))
    def remove_address(acting: ActingPerson, key_id: KeyPath) -> HookRemoved:
        """Tell the key's system nothing any more; what waits is given up."""
        at = hub.now()
        till, actor = acting.admitted(hub, Action.MANAGE_API_KEYS, at)
        units = acting.units(hub, Action.MANAGE_API_KEYS, at)
        if not drop_hook(units, till.merchant_id, key_id, at, by=actor.user_id):
            raise Refusal(ErrorCode.API_KEY_UNKNOWN, 404)
        return HookRemoved(key_id=key_id, removed_at=at)

    @router.get(_NEWS, response_model=HookNewsAnswer, responses=owner_problems(404))
    def told(acting: ActingPerson, key_id: KeyPath) -> HookNewsAnswer:
        """List what the key's system was told lately or is to be, with what came of it."""
        till, _ = acting.admitted(hub, Action.MANAGE_API_KEYS, hub.now())
        rows = hub.units.read_of(
            till.merchant_id, lambda session: latest_news(session, till.merchant_id, key_id, NEWS_SHOWN)
        )
        return HookNewsAnswer(news=[_news_view(row) for row in rows])

    @router.post(f"{_HOOK}/test", response_model=HookTried, responses=owner_problems(404, 409))
    def try_address(acting: ActingPerson, key_id: KeyPath) -> HookTried:
        """Tell the key's system a message that says nothing, now, and answer with what came of it."""
        at = hub.now()
        till, actor = acting.admitted(hub, Action.MANAGE_API_KEYS, at)
        _allow_try(hub, till.merchant_id)
        units = acting.units(hub, Action.MANAGE_API_KEYS, at)
        try:
            tried = try_hook(units, hub.hooks, till.merchant_id, key_id, at, by=actor.user_id)
        except NotFound as error:
            raise Refusal(error.code, 404) from error
        return HookTried(id=tried.news_id, delivered=tried.taken, note=tried.note)

    @router.post(f"{_NEWS}/{{news_id}}/resend", response_model=HookTried, responses=owner_problems(404, 409))
    def tell_again(acting: ActingPerson, key_id: KeyPath, news_id: KeyPath) -> HookTried:
        """Tell the key's system one message once more, now, and answer with what came of it."""
        at = hub.now()
        till, actor = acting.admitted(hub, Action.MANAGE_API_KEYS, at)
        _allow_try(hub, till.merchant_id)
        units = acting.units(hub, Action.MANAGE_API_KEYS, at)
        tried = send_again(units, hub.hooks, till.merchant_id, key_id, news_id, at, by=actor.user_id)
        return HookTried(id=tried.news_id, delivered=tried.taken, note=tried.note)

    return router


def hook_view(hook: Hook, delivery: Delivery) -> HookView:
    """Return where a system hears, as its owner sees it."""
    return HookView(
        url=hook.url,
        events=list(hook.events),
        all_payments=hook.all_payments,
        off_at=hook.off_at,
        waiting=delivery.waiting,
        given_up=delivery.given_up,
        delivered_at=delivery.delivered_at,
        note=delivery.note,
        tried_at=hook.tried_at,
        answer=hook.answer,
        old_until=hook.old.until if hook.old is not None else None,
    )


def _news_view(row: NewsRow) -> HookNews:
    data = json.loads(row.body)["data"]
    return HookNews(
        id=row.id,
        type=row.type,
        about=data.get("order_ref") or data.get("reference") or "",
        state=row.state,
        attempts=row.attempts,
        created_at=row.created_at,
        ended_at=row.ended_at,
        next_at=row.next_at if row.ended_at is None else None,
        note=row.note,
    )


def _allow_try(hub: Hub, merchant_id: MerchantId) -> None:
    if not hub.rates.allow(CHECK, f"{merchant_id}/hook", hub.now()):
        raise Refusal(ErrorCode.HUB_REFUSED, 429, retry_after_s=2)
