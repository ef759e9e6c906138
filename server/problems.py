"""Refusals as the wire knows them: one error code, the HTTP status that goes with it, and nothing of the inside."""

from collections.abc import Mapping
from typing import Final

from fastapi.responses import Response

from domain.errors import Conflict, DomainError, ErrorCode, NotFound, NotPermitted, StorageUnavailable, SyncProblem
from sync.wire import Problem

STATUSES: Final[Mapping[ErrorCode, int]] = {
    ErrorCode.TILL_UNKNOWN: 401,
    ErrorCode.API_KEY_UNKNOWN: 401,
    ErrorCode.API_KEY_SCOPE: 403,
    ErrorCode.CHECKOUTS_OPEN: 429,
    ErrorCode.ORDER_TRIED: 429,
    ErrorCode.PERSON_SESSION_ENDED: 401,
    ErrorCode.HUB_BEHIND: 409,
    ErrorCode.TILL_FORKED: 409,
    ErrorCode.RESTORED_TOO_OFTEN: 409,
    ErrorCode.LETTERS_SPENT: 409,
    ErrorCode.HUB_VERSION: 426,
    ErrorCode.NET_TIMEOUT: 408,
    ErrorCode.UNEXPECTED: 500,
}
"""Codes whose status does not follow from the kind of refusal."""

_KINDS: Final[tuple[tuple[type[DomainError], int], ...]] = (
    (NotFound, 404),
    (NotPermitted, 403),
    (Conflict, 409),
    (StorageUnavailable, 503),
    (SyncProblem, 503),
)

_HEADERS: Final[Mapping[int, Mapping[str, str]]] = {
    401: {"www-authenticate": "Bearer"},
    426: {"upgrade": "bana-till", "connection": "upgrade"},
    503: {"retry-after": "2"},
}


class Refusal(Exception):
    """A request is answered with a problem; `status` where the code alone does not give it."""

    def __init__(self, code: ErrorCode, status: int | None = None, retry_after_s: int | None = None) -> None:
        super().__init__(code.value)
        self.code = code
        self.status = STATUSES.get(code, 422) if status is None else status
        self.retry_after_s = retry_after_s


def status_of(error: DomainError) -> int:
    """Return the HTTP status of a refusal of the domain; 422 for a broken rule."""
    if error.code in STATUSES:
        return STATUSES[error.code]
    return next((status for kind, status in _KINDS if isinstance(error, kind)), 422)


def problem(code: ErrorCode, status: int, *, retry_after_s: int | None = None) -> Response:
    """Return the answer that says `code`."""
    headers = dict(_HEADERS.get(status, {}))
    if retry_after_s is not None:
        headers["retry-after"] = str(retry_after_s)
    return Response(
        Problem(code=code).model_dump_json(), status, headers=headers, media_type="application/problem+json"
    )


def refused(error: Exception) -> Response:
    """Return the answer to what a route raised: a refusal's own code, UNEXPECTED for anything that is our bug."""
    if isinstance(error, Refusal):
        return problem(error.code, error.status, retry_after_s=error.retry_after_s)
    if isinstance(error, DomainError):
        return problem(error.code, status_of(error))
    return problem(ErrorCode.UNEXPECTED, 500)
