"""What the till's programs leave in writing: JSON lines that name kinds and places, never the values of a crash."""

import json
import logging
import sys
import threading
import time
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from domain.errors import DomainError

OWN: Final = ("domain", "exports", "storage", "sync", "ui", "wiring")
"""Whose messages are told; other libraries quote what they choke on, so of theirs only the place is told."""
MOST_BYTES: Final = 1024 * 1024
_FRAMES: Final = 12


def told(error: BaseException | None) -> dict[str, Any]:
    """Return what a log may say of an unforeseen error: its kind and where it was raised.

    Its text is left out, because drivers and parsers quote the values they choke on; so are the values of locals.
    """
    if error is None:
        return {}
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    places = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    code = {"code": error.code.value} if isinstance(error, DomainError) else {}
    return {"error": type(error).__name__, **code, "at": places}


class Lines(logging.Formatter):
    """Writes a record as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's line: time, level, who, and what may be told."""
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line: dict[str, Any] = {
            "timestamp": f"{at}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        raised: Any = record.exc_info
        if isinstance(record.msg, dict):  # structlog's: names and facts that this program chose
            facts = dict(record.msg)
            raised = facts.pop("exc_info", None) or raised
            line |= facts
        elif record.name.split(".")[0] in OWN:
            line["event"] = str(record.msg)
        else:
            line["at"] = f"{Path(record.pathname).name}:{record.lineno}"
        return json.dumps(line | told(_error_of(raised)), ensure_ascii=False, default=lambda fact: type(fact).__name__)


def keep_log(path: Path) -> None:
    """Write everything this process logs to a file of its own, libraries included; call it once, at the start.

    A file that has grown big is set aside, in the place of the one set aside before. Raises OSError.
    """
    if path.exists() and path.stat().st_size > MOST_BYTES:
        path.replace(path.with_suffix(".log.1"))
    handler = logging.FileHandler(path, encoding="utf-8", delay=True)
    handler.setFormatter(Lines())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    for name in OWN:
        logging.getLogger(name).setLevel(logging.INFO)


def join_structlog() -> None:
    """Let structlog's loggers write where `keep_log` writes; loading it takes a moment, so not before the first paint.

    Without this it prints tracebacks with their texts.
    """
    import structlog

    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def tell_crashes() -> None:
    """From now on a crash of this process, on whatever thread, is told by kind and place alone.

    It goes to the log that `keep_log` opened, else to standard error. A refusal is told in words.
    """
    sys.excepthook = _crashed
    threading.excepthook = lambda crash: _crashed(crash.exc_type, crash.exc_value, crash.exc_traceback)
    sys.unraisablehook = lambda crash: _crashed(crash.exc_type, crash.exc_value, crash.exc_traceback)


def _crashed(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt | SystemExit):
        return
    if isinstance(error, DomainError) and threading.current_thread() is threading.main_thread():
        from domain.money import Language
        from ui.texts import Texts, problem_text

        if sys.stderr is not None:
            sys.stderr.write(f"{problem_text(error, Texts(Language.VI)).sentence}\n")
            sys.stderr.write(f"{problem_text(error, Texts(Language.EN)).sentence}\n")
    root = logging.getLogger()
    record = root.makeRecord("wiring.crash", logging.CRITICAL, "", 0, "crashed", (), None)
    record.exc_info = (kind, error if error is not None else kind(), trace)
    if root.handlers:
        root.handle(record)
    elif sys.stderr is not None and not isinstance(error, DomainError):
        sys.stderr.write(Lines().format(record) + "\n")


def _error_of(raised: Any) -> BaseException | None:
    """Return the error of what a logger was given as `exc_info`."""
    if raised is True:
        return sys.exc_info()[1]
    error = raised[1] if isinstance(raised, tuple) else raised
    return error if isinstance(error, BaseException) else None
