"""What routes of other systems take from a request: its key, its idempotency key, and the answer it had before."""

import hashlib
from typing import Annotated, Final

from fastapi import Depends, Header, Request, Response, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from domain.errors import DomainError, ErrorCode
from domain.events import read_json
from domain.ids import Instant
from domain.other_systems import Scope
from server.api_keys import admit_key
from server.auth import Caller
from server.hub import Hub
from server.problems import Refusal
from server.routes.asking import address_of
from storage.hub import HubUnitOfWork
from storage.hub_api_keys import KeptAnswer, KnownKey, keep_answer, kept_answer, use_key
from sync.wire import Wire

_BEARER: Final = HTTPBearer(auto_error=False, scheme_name="ApiKey", description="A key of `main.py hub-key create`.")


async def api_caller(
    request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)] = None
) -> Caller:
    """Return who calls, as the request shows it."""
    return Caller(request.headers.get("authorization", ""), address_of(request))


Calling = Annotated[Caller, Depends(api_caller)]
IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="The same key with the same body is given the same answer for seven days, with another body 409.",
    ),
]


def admitted(hub: Hub, calling: Caller, at: Instant, scope: Scope) -> KnownKey:
    """Return the key of who calls, which opens `scope`; raises Refusal for a caller without one, or too often."""
    return admit_key(hub.units, hub.settings.vault, hub.rates, calling, at, scope)


def read_told(body: bytes) -> object:
    """Return what a body of JSON says, with amounts that are exact; raises Refusal for what cannot be read."""
    try:
        return read_json(body)
    except DomainError as error:
        raise Refusal(ErrorCode.MESSAGE_MALFORMED) from error


class Asked:
    """A request as it is known again: whose key, its idempotency key if it bears one, and what it asks."""

    def __init__(self, key: KnownKey, idempotency_key: str | None, path: str, body: bytes) -> None:
        self.key = key
        self._idempotency_key = idempotency_key
        self._hash = hashlib.sha256(path.encode() + b"\n" + body).hexdigest()

    def admit(self, uow: HubUnitOfWork, at: Instant) -> None:
        """Note the use of the key, under the merchant's lock; raises Refusal if it was revoked meanwhile."""
        if not use_key(uow.session, self.key, at):
            raise Refusal(ErrorCode.API_KEY_UNKNOWN)

    def answered(self, uow: HubUnitOfWork, at: Instant) -> KeptAnswer | None:
        """Return the answer that was given before; raises Refusal for a revoked key and for another body."""
        self.admit(uow, at)
        if self._idempotency_key is None:
            return None
        kept = kept_answer(uow.session, self.key, self._idempotency_key, at)
        if kept is not None and kept.request_hash != self._hash:
            raise Refusal(ErrorCode.ID_REUSED, 409)
        return kept

    def answer(self, uow: HubUnitOfWork, status: int, told: Wire, at: Instant) -> KeptAnswer:
        """Return an answer; one that booked something is kept, what was refused may be asked again."""
        answer = KeptAnswer(self._hash, status, told.model_dump_json(exclude_none=True))
        if self._idempotency_key is not None and status < 300:
            keep_answer(uow.session, self.key, self._idempotency_key, answer, at)
        return answer


def said(answer: KeptAnswer) -> Response:
    """Return an answer as it travels: what was refused is a problem (RFC 9457)."""
    kind = "application/json" if answer.status < 300 else "application/problem+json"
    return Response(answer.answer, answer.status, media_type=kind)
