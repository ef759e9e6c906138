"""The child's end of the lifeline: the line of secrets, the ready line, and the end with the parent."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from sync.lifeline import SECRETS_BYTES, LineUnreadable, read_secrets, say_ready

_ROOT = Path(__file__).parents[2]


def test_the_first_line_is_the_secrets_and_nothing_behind_it_is_read() -> None:
    stream = io.BytesIO(b'{"token":"a","key":"b"}\nmore')

    assert read_secrets(stream) == {"token": "a", "key": "b"}
    assert stream.read() == b"more"


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"n33dle",
        b'["n33dle"]',
        b'{"n33dle": 1}',
        b'{"a": null}',
        b"\xff",
        b'{"a": "n33dle' + b"x" * SECRETS_BYTES,
    ],
    ids=range(8),
)
def test_another_first_line_is_refused_and_not_repeated(line: bytes) -> None:
    with pytest.raises(LineUnreadable) as refused:
        read_secrets(io.BytesIO(line))

    assert "n33dle" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


def test_the_ready_line_is_one_line_of_json() -> None:
    stream = io.BytesIO()

    say_ready(stream, 8123, {"pid": 7})

    assert stream.getvalue().count(b"\n") == 1
    assert json.loads(stream.getvalue()) == {"ready": True, "port": 8123, "pid": 7}


@pytest.mark.parametrize("ask", ["None", "lambda: print('asked', flush=True)"])
def test_the_process_ends_with_its_parents_end_of_the_line(ask: str) -> None:
    script = f"""
import sys, threading
sys.path.insert(0, {str(_ROOT)!r})
from sync.lifeline import exit_when_parent_gone, read_secrets
read_secrets(sys.stdin.buffer)
exit_when_parent_gone(sys.stdin, {ask}, grace_s=0.05)
print("ready", flush=True)
threading.Event().wait()
"""
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(b"{}\nnoise")
        child.stdin.flush()
        assert child.stdout.readline().strip() == b"ready"
        assert child.poll() is None

        child.stdin.close()

        assert child.wait(10) == 0
        assert child.stdout.read().strip() == (b"asked" if ask != "None" else b"")


def test_a_process_that_ends_by_itself_is_not_held_up_by_its_lifeline() -> None:
    script = f"""
import sys
sys.path.insert(0, {str(_ROOT)!r})
from sync.lifeline import exit_when_parent_gone, read_secrets
read_secrets(sys.stdin.buffer)
exit_when_parent_gone(sys.stdin)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stderr is not None
        child.stdin.write(b"{}\n")
        child.stdin.flush()

        assert child.wait(10) == 0
        assert child.stderr.read() == b""
