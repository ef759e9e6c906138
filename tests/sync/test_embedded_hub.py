"""A supervised program: its start, its secrets, its deaths, and that it never outlives the till."""

import json
import os
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sync.backoff import Backoff
from sync.embedded_hub import EmbeddedHub

_ROOT = Path(__file__).parents[2]
_WAIT_S = 20.0

_CHILD = """
    import json, os, pathlib, sys
    sys.path.insert(0, sys.argv[1])
    from sync.lifeline import exit_when_parent_gone, read_secrets, say_ready
    folder = pathlib.Path(sys.argv[2])
    secrets = read_secrets(sys.stdin.buffer)
    (folder / "told").write_text(json.dumps([secrets, sys.argv, sorted(os.environ.values())]))
    ended = folder / "ended"
    if sys.argv[3] == "listens":
        exit_when_parent_gone(sys.stdin, lambda: ended.write_text("asked"), grace_s=0)
    starts = len(list(folder.glob("start-*"))) + 1
    (folder / f"start-{starts}").write_text(str(os.getpid()))
"""
_WELL = "say_ready(sys.stdout.buffer, 4000 + starts)\nimport threading; threading.Event().wait()"


class Changes:
    """Waits for what the supervisor and the child do, looking again at each port that is told."""

    def __init__(self) -> None:
        self.ports: list[int] = []
        self._told = threading.Condition()

    def __call__(self, port: int) -> None:
        with self._told:
            self.ports.append(port)
            self._told.notify_all()

    def ready_times(self, times: int) -> bool:
        """Wait until the child was ready that often."""
        with self._told:
            return self._told.wait_for(lambda: len(self.ports) >= times, _WAIT_S)


def _command(folder: Path, rest: str = _WELL, listens: bool = True) -> list[str]:
    script = folder / "child.py"
    script.write_text(textwrap.dedent(_CHILD) + rest, encoding="utf-8")
    return [sys.executable, str(script), str(_ROOT), str(folder), "listens" if listens else "deaf"]


@contextmanager
def _supervised(
    folder: Path, rest: str = _WELL, *, listens: bool = True, ready_s: float = _WAIT_S
) -> Iterator[tuple[EmbeddedHub, Changes]]:
    changes = Changes()
    hub = EmbeddedHub(
        _command(folder, rest, listens),
        lambda: {"token": "n33dle"},
        Backoff(lambda: 0.0),
        on_ready=changes,
        errors=folder / "errors.log",
        ready_s=ready_s,
    )
    hub.start()
    try:
        yield hub, changes
    finally:
        hub.stop()


def _appears(file: Path) -> bool:
    """Whether a file of a process that tells nobody else appears in time."""
    until = time.monotonic() + _WAIT_S
    while not file.exists() and time.monotonic() < until:
        threading.Event().wait(0.02)
    return file.exists()


def test_the_child_tells_its_port_and_gets_its_secrets_by_standard_input_alone(tmp_path: Path) -> None:
    with _supervised(tmp_path) as (hub, changes):
        assert hub.wait_ready(_WAIT_S) == 4001
        assert hub.address() == "http://127.0.0.1:4001"
        assert changes.ready_times(1)

    secrets, arguments, environment = json.loads((tmp_path / "told").read_text())
    assert secrets == {"token": "n33dle"}
    assert not any("n33dle" in text for text in arguments + environment)


def test_starting_does_not_wait_for_the_child(tmp_path: Path) -> None:
    with _supervised(tmp_path, "import threading; threading.Event().wait()") as (hub, _):
        assert (hub.port, hub.address()) == (None, None)


def test_a_child_that_dies_is_started_again_and_its_new_port_is_told(tmp_path: Path) -> None:
    dies = "if starts == 1:\n    say_ready(sys.stdout.buffer, 4001); os._exit(3)\n" + _WELL
    with _supervised(tmp_path, dies) as (hub, changes):
        assert changes.ready_times(2)
        assert hub.port == 4002

    assert changes.ports == [4001, 4002]


def test_a_child_that_is_killed_is_started_again(tmp_path: Path) -> None:
    with _supervised(tmp_path) as (hub, changes):
        assert changes.ready_times(1)
        assert hub.pid is not None
        os.kill(hub.pid, 9)
        assert changes.ready_times(2)


@pytest.mark.parametrize(
    "said",
    [
        "sys.stdout.write('Traceback...\\n')",
        "sys.stdout.write('{}\\n')",
        "sys.stdout.write('{\"ready\": true}\\n')",
        'sys.stdout.write(\'{"ready": true, "port": 0}\\n\')',
        'sys.stdout.write(\'{"ready": true, "port": "80"}\\n\')',
        'sys.stdout.write(\'{"ready": false, "port": 80}\\n\')',
    ],
)
def test_a_child_that_says_something_else_is_ended_and_started_again(tmp_path: Path, said: str) -> None:
    rest = f"if starts == 1:\n    {said}; sys.stdout.flush()\n    import threading; threading.Event().wait()\n{_WELL}"
    with _supervised(tmp_path, rest) as (_, changes):
        assert changes.ready_times(1)

    assert changes.ports == [4002]


def test_a_child_that_is_never_ready_is_ended_and_started_again(tmp_path: Path) -> None:
    rest = f"if starts == 1:\n    import threading; threading.Event().wait()\n{_WELL}"
    with _supervised(tmp_path, rest, ready_s=1.5) as (_, changes):
        assert changes.ready_times(1)

    assert changes.ports == [4002]


def test_a_child_that_talks_without_end_is_not_held_up(tmp_path: Path) -> None:
    rest = "say_ready(sys.stdout.buffer, 4000)\nfor _ in range(64): sys.stdout.write('x' * 65536)\nsys.stdout.flush()\n"
    rest += "(folder / 'said-all').write_text('')\nimport threading; threading.Event().wait()"
    with _supervised(tmp_path, rest) as (hub, _):
        assert hub.wait_ready(_WAIT_S) == 4000
        assert _appears(tmp_path / "said-all")


def test_a_stop_closes_the_lifeline_and_the_child_ends_in_peace(tmp_path: Path) -> None:
    with _supervised(tmp_path) as (hub, _):
        assert hub.wait_ready(_WAIT_S)
        hub.stop()

        assert (tmp_path / "ended").read_text() == "asked"
        assert (hub.port, hub.pid) == (None, None)


def test_a_child_that_does_not_listen_is_ended_all_the_same(tmp_path: Path) -> None:
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    with _supervised(tmp_path, deaf + _WELL, listens=False) as (hub, _):
        assert hub.wait_ready(_WAIT_S)
        hub.stop(timeout_s=0.2)

        assert (hub.port, hub.pid) == (None, None)
    assert not (tmp_path / "ended").exists()


def test_a_till_that_is_killed_leaves_no_orphan(tmp_path: Path) -> None:
    till = tmp_path / "till.py"
    till.write_text(
        textwrap.dedent(
            f"""
            import sys, threading
            sys.path.insert(0, {str(_ROOT)!r})
            from sync.backoff import Backoff
            from sync.embedded_hub import EmbeddedHub
            hub = EmbeddedHub({_command(tmp_path)!r}, lambda: {{}}, Backoff(lambda: 0.0))
            hub.start()
            hub.wait_ready({_WAIT_S})
            sys.stdout.write(f"{{hub.pid}}\\n"); sys.stdout.flush()
            threading.Event().wait()
            """
        ),
        encoding="utf-8",
    )
    with subprocess.Popen([sys.executable, str(till)], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert child != parent.pid
        assert not (tmp_path / "ended").exists()
        parent.kill()

    assert _appears(tmp_path / "ended")


def test_a_program_that_does_not_exist_is_tried_again_and_stopped_at_once() -> None:
    hub = EmbeddedHub(["/nowhere/at/all"], dict, Backoff(lambda: 0.0))
    hub.start()

    assert hub.wait_ready(0.05) is None
    hub.stop()
    assert hub.pid is None


def test_secrets_that_cannot_be_read_do_not_end_the_supervision(tmp_path: Path) -> None:
    tries = 0

    def secrets() -> dict[str, str]:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise KeyError("the key store is locked")
        return {}

    changes = Changes()
    hub = EmbeddedHub(_command(tmp_path), secrets, Backoff(lambda: 0.0), on_ready=changes)
    hub.start()
    try:
        assert changes.ready_times(1)
    finally:
        hub.stop()


def test_a_hub_that_was_never_started_stops_at_once() -> None:
    EmbeddedHub(["/nowhere/at/all"], dict, Backoff(lambda: 0.0)).stop()
