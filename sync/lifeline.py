"""The child's end of a supervised program: its secrets, the line that says it is ready, and its end with its parent.

Standard input is the lifeline: the parent writes one line and keeps it open, so its end of file means that the parent
is gone, however it went. This needs neither signals nor process groups and is the same on every system.
"""

import json
import os
import threading
from collections.abc import Callable, Mapping
from typing import BinaryIO, Final, Protocol

SECRETS_BYTES: Final = 64 * 1024
GRACE_S: Final = 2.0


class LineUnreadable(ValueError):
    """The first line is not one JSON object of texts."""


class HasDescriptor(Protocol):
    """An open stream of the operating system, such as `sys.stdin`."""

    def fileno(self) -> int:
        """Return the descriptor."""
        ...


def read_secrets(stream: BinaryIO) -> dict[str, str]:
    """Read the line of secrets from standard input (`sys.stdin.buffer`).

    Raises LineUnreadable, which tells nothing of what the line held.
    """
    line = stream.readline(SECRETS_BYTES + 1)
    try:
        secrets = json.loads(line)
    except ValueError:
        raise LineUnreadable("not JSON") from None  # the cause would quote the line
    if not isinstance(secrets, dict) or not all(isinstance(value, str) for value in secrets.values()):
        raise LineUnreadable("not an object of texts")
    return secrets


def say_ready(stream: BinaryIO, port: int, facts: Mapping[str, str | int] | None = None) -> None:
    """Tell the parent on standard output (`sys.stdout.buffer`) that `port` answers."""
    stream.write(json.dumps({"ready": True, "port": port, **(facts or {})}).encode() + b"\n")
    stream.flush()


def exit_when_parent_gone(
    stream: HasDescriptor, ask_to_end: Callable[[], None] | None = None, grace_s: float = GRACE_S
) -> None:
    """Watch standard input on a thread: at its end call `ask_to_end`, and end the process `grace_s` later at most.

    Without `ask_to_end` the process ends at once. To be called after `read_secrets`.
    """
    descriptor = stream.fileno()

    def watch() -> None:
        # Not through the buffered stream: its lock, held by a thread, would break the interpreter's own end.
        while _more(descriptor):
            pass
        if ask_to_end is not None:
            ask_to_end()
            threading.Event().wait(grace_s)
        os._exit(0)

    threading.Thread(target=watch, name="lifeline", daemon=True).start()


def _more(descriptor: int) -> bool:
    try:
        return bool(os.read(descriptor, 4096))
    except OSError:
        return False
