"""Telling other systems what became of payments: claim a message, send it outside of any transaction, record."""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

import httpx
import structlog

from domain.errors import FailureCode
from domain.ids import Instant, MerchantId
from domain.other_systems import HOOK_TEST
from server.hook_secrets import signing_secrets
from server.hook_signature import signed_headers
from server.metrics import Metrics
from server.rails.calls import MAYBE_DONE, NOTHING_SENT
from server.vault import Vault, VaultRefused
from storage.hub import HubUnitOfWork
from storage.hub_credentials import data_keys
from storage.hub_hooks import (
    Hook,
    News,
    claim_news,
    claim_this_news,
    due_hooks,
    end_news,
    hook_of,
    note_attempt,
    put_off_news,
    switch_off_hook,
)
from storage.hub_units import HubUnits
from storage.session import Session

_log = structlog.get_logger("hub.hooks")

DELIVERIES: Final = "bana_hook_deliveries_total"
TIMEOUT: Final = httpx.Timeout(10.0, connect=5.0)
LEASE_MS: Final = 120_000
"""A claim is free again after this; a receiver that drips its answer for longer hears the same message twice."""

GIVE_UP_MS: Final = 3 * 24 * 3_600_000
"""For so long a message is tried, from the change that it tells of."""

_SECOND: Final = 1_000
_HOUR: Final = 3_600 * _SECOND
RETRY_MS: Final = (
    *(5 * _SECOND, 60 * _SECOND, 300 * _SECOND, 1_800 * _SECOND),
    *(2 * _HOUR, 5 * _HOUR, 10 * _HOUR, 14 * _HOUR, 20 * _HOUR),
)
"""How long after each failed attempt the next one comes (after the schedule of Standard Webhooks)."""

_SPREAD: Final = 0.2
"""By how much of a step an attempt may come sooner or later, so that what failed together does not return together."""

_AGENT: Final = "BANA-Till-Hub/1"


@dataclass(frozen=True, slots=True)
class HookTask:
    """A claimed message, whom it is for, and the merchant's data keys that open the signing secret."""

    merchant_id: MerchantId
    hook: Hook
    news: News
    keys: Mapping[int, str] = field(repr=False)


def claim_by_hand(session: Session, merchant_id: MerchantId, key_id: str, news_id: str, at: Instant) -> HookTask | None:
    """Claim one message, whatever became of it before; None if there is none, or others send it just now."""
    hook = hook_of(session, merchant_id, key_id)
    if hook is None or hook.off_at is not None:
        return None
    news = claim_this_news(session, merchant_id, key_id, news_id, at, Instant(at + LEASE_MS))
    return None if news is None else HookTask(merchant_id, hook, news, data_keys(session, merchant_id))


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of an attempt: the HTTP status, None without an answer, and a word or code for it."""

    status: int | None
    note: str

    @property
    def taken(self) -> bool:
        """Whether the receiver has the message."""
        return self.status is not None and HTTPStatus(200) <= self.status < HTTPStatus(300)


@dataclass(frozen=True, slots=True)
class HookSender:
    """Tells receivers at least once: one that a crash kept from being recorded is told again under the same id.

    Every attempt has a client of its own, so that no receiver waits for another's connections or hears its cookies.
    """

    units: HubUnits
    vault: Vault
    metrics: Metrics
    new_http: Callable[[], httpx.Client]
    now: Callable[[], Instant]
    dice: Callable[[], float] = random.random

    def due(self, at: Instant) -> list[tuple[MerchantId, str]]:
        """Return the keys whose systems are to be told something now; raises StorageUnavailable."""
        return self.units.read(lambda session: due_hooks(session, at))

    def take(self, merchant_id: MerchantId, key_id: str) -> HookTask | None:
        """Claim what is to be told first; None if nothing is due any more or others have it."""
        at = self.now()

        def op(session: Session) -> HookTask | None:
            hook = hook_of(session, merchant_id, key_id)
            if hook is None or hook.off_at is not None:
                return None
            news = claim_news(session, merchant_id, key_id, at, Instant(at + LEASE_MS))
            return None if news is None else HookTask(merchant_id, hook, news, data_keys(session, merchant_id))

        return self.units.read_of(merchant_id, op)

    def tell(self, task: HookTask) -> Reply:
        """Send a claimed message, record what came of it and return that. Raises StorageUnavailable."""
        began = time.monotonic()
        reply = self.send(task)
        self._record(task, reply, round((time.monotonic() - began) * 1000, 1))
        return reply

    def send(self, task: HookTask) -> Reply:
        """Send a claimed message, signed; no redirect is followed, and of the answer nothing but its status is read."""
        body = task.news.body.encode()
        try:
            secrets = signing_secrets(self.vault, task.merchant_id, task.hook, task.keys, self.now())
        except VaultRefused as error:
            return Reply(None, error.code.value.lower())
        headers = {
            "content-type": "application/json",
            "user-agent": _AGENT,
            **signed_headers(secrets, task.news.id, self.now() // 1000, body),
        }
        try:
            with (
                self.new_http() as http,
                http.stream(
                    "POST", task.hook.url, headers=headers, content=body, timeout=TIMEOUT, follow_redirects=False
                ) as answer,
            ):
                return Reply(answer.status_code, f"http_{answer.status_code}")
        except UnicodeError:  # a name that nobody can look up
            return Reply(None, FailureCode.ROUTE_NOT_FOUND.value)
        except (httpx.RequestError, httpx.InvalidURL) as problem:
            kinds = (*NOTHING_SENT, *MAYBE_DONE)
            return Reply(None, next(failure.value for kind, failure in kinds if isinstance(problem, kind)))

    def _record(self, task: HookTask, reply: Reply, duration_ms: float) -> None:
        at, news = self.now(), task.news
        if reply.taken:
            outcome = "delivered"
            self._end(task, reply, at, delivered=True)
        elif reply.status == HTTPStatus.GONE:
            outcome = "gone"
            self._switch_off(task, reply, at)
        elif at - news.created_at >= GIVE_UP_MS or news.type == HOOK_TEST:  # who tries an address sees the answer
            outcome = "given_up"
            self._end(task, reply, at, delivered=False)
        else:
            outcome = "failed"
            again = self.again_at(news, at)

            def put_off(session: Session) -> None:
                put_off_news(session, task.merchant_id, news, again, reply.note)
                note_attempt(session, task.merchant_id, task.hook, reply.note, at)

            self.units.read_of(task.merchant_id, put_off)
        self.metrics.count(DELIVERIES, "Attempts to tell other systems what became of payments.", {"outcome": outcome})
        _log.info(
            "hook.delivery",
            merchant_id=task.merchant_id,
            key_id=task.hook.key_id,
            news_id=news.id,
            event_type=news.type,
            attempt=news.attempts,
            outcome=outcome,
            note=reply.note,
            duration_ms=duration_ms,
        )

    def again_at(self, news: News, at: Instant) -> Instant:
        """Return when to try a message again: ever later, at about the times of the schedule, until it is given up."""
        step = RETRY_MS[min(news.attempts, len(RETRY_MS)) - 1]
        spread = 1 + _SPREAD * (2 * self.dice() - 1)
        return Instant(min(at + round(step * spread), max(news.created_at + GIVE_UP_MS, at + RETRY_MS[0])))

    def _end(self, task: HookTask, reply: Reply, at: Instant, *, delivered: bool) -> None:
        merchant_id, news = task.merchant_id, task.news

        def op(session: Session) -> None:
            end_news(session, merchant_id, news, reply.note, at, delivered=delivered)
            note_attempt(session, merchant_id, task.hook, reply.note, at)

        self.units.read_of(merchant_id, op)

    def _switch_off(self, task: HookTask, reply: Reply, at: Instant) -> None:
        merchant_id, hook = task.merchant_id, task.hook

        def op(uow: HubUnitOfWork) -> None:
            if switch_off_hook(uow.session, merchant_id, hook.key_id, hook.url, reply.note, at):
                note_attempt(uow.session, merchant_id, hook, reply.note, at)
                uow.audit.add("hook.gone", hook.key_id, None, at, {})
            else:  # it has another address by now, which may take the message
                put_off_news(uow.session, merchant_id, task.news, at, reply.note)

        self.units.run(merchant_id, op)
