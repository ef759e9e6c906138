"""The hub's log: one JSON object a line on standard error, never a query, a header, a body or a secret."""

import logging
import re
import sys
import time
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, TextIO

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from server.problems import refused

_log = structlog.get_logger("hub.access")

REQUEST_ID: Final = "x-request-id"

_SAYABLE: Final = re.compile(
    r"|v1|openapi\.json|[a-z_]{1,20}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
)
_FRAMES: Final = 12
_QUIET: Final = ("httpx", "httpcore", "uvicorn.error", "uvicorn.access", "uvicorn.asgi", "websockets", "alembic")
_SHARED: Final[list[Any]] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure_logging(stream: TextIO = sys.stderr) -> None:
    """Write everything this process logs, libraries included, as JSON lines to `stream`; call it once, at the start."""
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _without_traceback,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for name in _QUIET:  # their lines show addresses with queries, or headers with tokens
        logging.getLogger(name).setLevel(logging.WARNING)


def told(error: BaseException) -> dict[str, Any]:
    """Return what a log may say of an unforeseen error: its kind and where it was raised.

    Its text is left out, because drivers and parsers quote the values they choke on.
    """
    return {"error": type(error).__name__, "at": _places(error.__traceback__)}


def told_path(path: str) -> str:
    """Return what a log may say of a path: words and ids; what else stands in it may be a secret in the wrong place."""
    return "/".join(part if _SAYABLE.fullmatch(part) else "…" for part in path.split("/"))


def _places(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-_FRAMES:]
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]


def _without_traceback(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Replace a library's traceback, whose last line quotes values, by the error's kind and place."""
    raised = event.pop("exc_info", None)
    error = raised[1] if isinstance(raised, tuple) else sys.exc_info()[1] if raised is True else raised
    if isinstance(error, BaseException):
        event.update(told(error))
    return event


class AccessLog:
    """Logs each request by its path alone, gives it an id, and turns what nobody foresaw into UNEXPECTED."""

    def __init__(self, app: ASGIApp, new_id: Callable[[], str]) -> None:
        self._app = app
        self._new_id = new_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or WebSocket."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        request_id = self._new_id()
        started = time.monotonic()
        status = 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message.setdefault("headers", []).append((REQUEST_ID.encode(), request_id.encode()))
            elif message["type"] == "websocket.accept":
                status = 101
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, noting)
            except (ClientDisconnect, WebSocketDisconnect, TimeoutError):
                _log.info("sender_gone", path=told_path(scope["path"]))
            except Exception as error:  # noqa: BLE001 - the last place before the server, which would show a traceback
                _log.error("request_failed", path=told_path(scope["path"]), **told(error))
                if scope["type"] == "http" and status == 0:
                    await refused(error)(scope, receive, noting)
            _log.info(
                "request",
                method=scope.get("method", "LIVE"),
                path=told_path(scope["path"]),
                status=status,
                duration_ms=round((time.monotonic() - started) * 1000, 1),
                peer=(scope.get("client") or ("",))[0],
            )
