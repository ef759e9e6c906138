"""`make crash` and `make crash-calls`: long campaigns; print what was killed and found, exit 1 if that was wrong."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.crash import calls
from tests.crash.campaign import run_campaign
from tests.crash.desks import KINDS
from tests.crash.fuse import STEPS


def main() -> int:
    """Run one campaign."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--moments", type=int, default=200, help="kill any program at so many random moments")
    what.add_argument("--calls", type=int, default=0, help="kill the hub at so many steps of its calls to providers")
    names = [kind.name for kind in KINDS]
    parser.add_argument("--desk", action="append", default=[], choices=names, help="of --calls: at these desks alone")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if wanted.calls:
            return _kill_around_calls(Path(folder), wanted.calls, wanted.seed, tuple(wanted.desk))
        return _kill_at_moments(Path(folder), wanted.moments, wanted.seed)


def _kill_at_moments(folder: Path, moments: int, seed: int) -> int:
    print(f"{moments} random moments, seed {seed}", flush=True)
    started = time.monotonic()
    found = run_campaign(folder, moments, seed)
    print(f"killed: {dict(found.kills)}; acknowledged payments: {found.acknowledged}; ", end="")
    print(f"orders of customers: {found.paid_by_customers}; {time.monotonic() - started:.0f} s")
    return _end(found.wrong, "nothing lost, nothing twice")


def _kill_around_calls(folder: Path, points: int, seed: int, desks: tuple[str, ...]) -> int:
    print(f"{points} crash points, seed {seed}", flush=True)
    started = time.monotonic()
    found = calls.run_campaign(folder, points, seed, desks)
    print(f"{found.kills} kills in {found.sales} sales, {found.lives} lives, {time.monotonic() - started:.0f} s")
    for act in dict.fromkeys(act for act, _ in found.killed):
        print(f"  {act}: " + ", ".join(f"{step} {found.killed[act, step]}" for step in STEPS))
    return _end(found.wrong, "nothing charged and nothing given back twice")


def _end(wrong: list[str], good: str) -> int:
    for line in wrong:
        print(f"WRONG {line}")
    print(good if not wrong else f"{len(wrong)} findings")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
