"""The owner's desk at the hub: calls on the sync engine's loop, answers as the screens know them."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import urlsplit

from domain.errors import ErrorCode, FailureCode, SyncProblem
from domain.ids import DeviceId, Instant
from domain.other_systems import EVERY_SCOPE, Scope
from ui.presenters.hub_desk import (
    ApiHook,
    ApiKey,
    Disconnection,
    HookNews,
    HookTried,
    HookWish,
    Invitation,
    NewApiKey,
    Proof,
    ProviderField,
    ProviderInfo,
    ProviderTest,
    ShopTill,
    StatementFile,
    StatementRow,
    StatementView,
)
from wiring.clock import wall_clock

if TYPE_CHECKING:
    # Loaded when the sync is started, after the till can be used.
    from domain.ids import UserId
    from sync import owner_wire
    from sync.client import HubClient
    from sync.owner_client import OwnerClient
    from sync.wire import PersonSignedIn
    from wiring.till import Till

T = TypeVar("T")

_PEOPLE: Final = "/api/v1/people"

ASK_S: Final = 25.0
"""Longer than the hub client's own limit, so that what is told is the client's word."""


class TillHubDesk:
    """The desk of an open till; every call waits for the hub, so none is made on the GUI thread."""

    def __init__(self, till: Till) -> None:
        self._till = till

    def prove(self, user_id: UserId, pin: str) -> Proof:
        """Sign a person in at the hub; raises SyncProblem."""
        from sync.wire import PersonSignedIn, PersonSignIn

        asked = PersonSignIn(person_id=user_id, pin=pin)
        told = self._call(lambda hub: _signed_in(hub.ask("POST", f"{_PEOPLE}/sign-in", PersonSignedIn, body=asked)))
        return Proof(user_id, told.token)

    def withdraw(self, proof: Proof) -> None:
        """End a person's sign-in at the hub; raises SyncProblem."""
        from sync.wire import PersonSignedOut

        self._call(lambda hub: hub.ask("POST", f"{_PEOPLE}/sign-out", PersonSignedOut, person=proof.token))

    def providers(self, proof: Proof) -> Sequence[ProviderInfo]:
        """Return every provider; raises SyncProblem."""
        answer = self._ask(lambda owner: owner.providers(proof.token))
        return [_provider(each) for each in answer.providers]

    def connect_provider(self, proof: Proof, provider: str, values: Mapping[str, str]) -> ProviderInfo:
        """Keep what was filled in; raises SyncProblem."""
        return _provider(self._ask(lambda owner: owner.connect(proof.token, provider, values)))

    def test_provider(self, proof: Proof, provider: str) -> ProviderTest:
        """Have a provider asked something harmless; raises SyncProblem."""
        return _test(self._ask(lambda owner: owner.try_provider(proof.token, provider)))

    def disconnect_provider(self, proof: Proof, provider: str, *, even_if_open: bool) -> Disconnection:
        """Forget a provider's credentials; raises SyncProblem."""
        gone = self._ask(lambda owner: owner.disconnect(proof.token, provider, even_if_open=even_if_open))
        return Disconnection(gone.disconnected, gone.open_payments)

    def tills(self, proof: Proof) -> Sequence[ShopTill]:
        """Return the shop's tills; raises SyncProblem."""
        return [_till(each) for each in self._ask(lambda owner: owner.tills(proof.token)).tills]

    def invite_till(self, proof: Proof) -> Invitation:
        """Return a code for one more till; raises SyncProblem."""
        made = self._ask(lambda owner: owner.invite(proof.token))
        return Invitation(made.code, wall_clock(), Instant(made.until))

    def shut_out_till(self, proof: Proof, device_id: DeviceId) -> None:
        """Shut a till out; raises SyncProblem."""
        self._ask(lambda owner: owner.revoke_till(proof.token, device_id))

    def api_keys(self, proof: Proof) -> Sequence[ApiKey]:
        """Return the keys of other systems; raises SyncProblem."""
        return [_key(each) for each in self._ask(lambda owner: owner.api_keys(proof.token)).keys]

    def make_api_key(self, proof: Proof, name: str, scopes: Sequence[Scope]) -> NewApiKey:
        """Make a key; raises SyncProblem."""
        made = self._ask(lambda owner: owner.make_api_key(proof.token, name, scopes))
        return NewApiKey(made.name, made.key)

    def revoke_api_key(self, proof: Proof, key_id: str) -> None:
        """Take a key out of use; raises SyncProblem."""
        self._ask(lambda owner: owner.revoke_api_key(proof.token, key_id))

    def set_hook(self, proof: Proof, key_id: str, wish: HookWish, *, renew_secret: bool) -> str | None:
        """Tell a key's system at an address; raises SyncProblem."""
        from sync.owner_wire import MAX_HOOK_URL, HookRequest

        url = wish.url.strip()
        if not 0 < len(url) <= MAX_HOOK_URL:
            raise SyncProblem(ErrorCode.HOOK_INVALID, field="url")
        asked = HookRequest(
            url=url, events=list(wish.events), all_payments=wish.all_payments, renew_secret=renew_secret
        )
        return self._ask(lambda owner: owner.set_hook(proof.token, key_id, asked)).secret

    def drop_hook(self, proof: Proof, key_id: str) -> None:
        """Tell a key's system nothing any more; raises SyncProblem."""
        self._ask(lambda owner: owner.drop_hook(proof.token, key_id))

    def try_hook(self, proof: Proof, key_id: str) -> HookTried:
        """Tell a key's system a message that says nothing; raises SyncProblem."""
        tried = self._ask(lambda owner: owner.try_hook(proof.token, key_id))
        return HookTried(tried.delivered, tried.note)

    def hook_news(self, proof: Proof, key_id: str) -> Sequence[HookNews]:
        """Return the latest messages to a key's system; raises SyncProblem."""
        return [_news(each) for each in self._ask(lambda owner: owner.hook_news(proof.token, key_id)).news]

    def resend_news(self, proof: Proof, key_id: str, news_id: str) -> HookTried:
        """Tell a key's system one message once more; raises SyncProblem."""
        tried = self._ask(lambda owner: owner.resend_news(proof.token, key_id, news_id))
        return HookTried(tried.delivered, tried.note)

    def read_statement(self, proof: Proof, file: StatementFile, *, book: bool) -> StatementView:
        """Have a bank's statement looked at or read in; raises SyncProblem."""
        from sync.owner_wire import MAX_FILE_NAME
        from sync.owner_wire import StatementFile as Sent

        sent = Sent(
            name=file.name[-MAX_FILE_NAME:],
            content=base64.b64encode(file.data).decode(),
            account=file.account,
            columns=None if file.columns is None else dict(file.columns),
            book=book,
        )
        return _statement(self._ask(lambda owner: owner.statement(proof.token, sent)))

    def _ask(self, op: Callable[[OwnerClient], Awaitable[T]]) -> T:
        from sync.owner_client import OwnerClient

        return self._call(lambda hub: op(OwnerClient(hub)))

    def _call(self, op: Callable[[HubClient], Awaitable[T]]) -> T:
        engine, hub = self._till.engine, self._till.hub
        if engine is None or hub is None:
            raise SyncProblem(ErrorCode.NET_UNREACHABLE)
        asked = engine.remote(lambda _hub: op(hub))
        try:
            return asked.result(ASK_S)
        except TimeoutError as error:
            asked.cancel()
            raise SyncProblem(ErrorCode.NET_TIMEOUT) from error


async def _signed_in(asking: Awaitable[PersonSignedIn]) -> PersonSignedIn:
    """Wait for a sign-in; a lock is told with its seconds, as the till's own lock tells it."""
    from sync.ports import HubProblem

    try:
        return await asking
    except HubProblem as problem:
        if problem.refusal is ErrorCode.PIN_LOCKED and problem.retry_after_ms is not None:
            raise SyncProblem(ErrorCode.PIN_LOCKED, seconds=-(-problem.retry_after_ms // 1000)) from problem
        raise


def _provider(told: owner_wire.ProviderView) -> ProviderInfo:
    return ProviderInfo(
        told.provider,
        told.connected,
        tuple(_field(each) for each in told.fields),
        told.usable,
        None if told.last_test is None else _test(told.last_test),
        _instant(told.overlap_until),
        None if told.problem is None else _code(told.problem),
        _instant(told.troubled_since),
    )


def _code(told: str) -> ErrorCode:
    return next((each for each in ErrorCode if each.value == told), ErrorCode.UNEXPECTED)


def _field(told: owner_wire.ProviderField) -> ProviderField:
    return ProviderField(
        told.name,
        told.label_vi,
        told.label_en,
        told.secret,
        told.required,
        tuple(told.choices),
        told.shown,
        told.fingerprint,
        _instant(told.changed_at),
    )


def _test(told: owner_wire.ProviderTest) -> ProviderTest:
    """A failure that this version does not know is one that nobody foresaw."""
    failure = next((each for each in FailureCode if each.value == told.code), FailureCode.UNEXPECTED_ERROR)
    return ProviderTest(Instant(told.at), None if told.ok else failure)


def _till(told: owner_wire.TillView) -> ShopTill:
    return ShopTill(
        DeviceId(told.device_id),
        f"{told.code}{told.incarnation}",
        told.name,
        Instant(told.since),
        _instant(told.last_heard_at),
        _instant(told.revoked_at),
        told.this_till,
    )


def _key(told: owner_wire.ApiKeyView) -> ApiKey:
    return ApiKey(
        told.id,
        told.name,
        Instant(told.created_at),
        _instant(told.last_used_at),
        _instant(told.revoked_at),
        None if told.hook is None else _hook(told.hook),
        EVERY_SCOPE if told.scopes is None else tuple(scope for scope in Scope if scope in told.scopes),
    )


def _hook(told: owner_wire.HookView) -> ApiHook:
    return ApiHook(
        urlsplit(told.url).hostname or "",
        told.waiting,
        told.given_up,
        _instant(told.off_at),
        told.url,
        tuple(told.events),
        told.all_payments,
        _instant(told.tried_at),
        told.answer,
        _instant(told.old_until),
    )


def _news(told: owner_wire.HookNews) -> HookNews:
    return HookNews(
        *(told.id, told.type, told.about, told.state, told.attempts, Instant(told.created_at)),
        _instant(told.ended_at),
        _instant(told.next_at),
        told.note,
    )


def _statement(told: owner_wire.StatementSeen) -> StatementView:
    return StatementView(
        None if told.problem is None else _code(told.problem),
        told.line,
        tuple(tuple(row) for row in told.rows),
        tuple(told.accounts),
        told.account,
        told.first_day,
        told.last_day,
        told.counts,
        tuple(
            StatementRow(each.position, each.day, each.amount_minor, each.text, each.payment, each.fate)
            for each in told.movements
        ),
        told.booked,
    )


def _instant(at: int | None) -> Instant | None:
    return None if at is None else Instant(at)
