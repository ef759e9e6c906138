"""`make crash`: a long campaign; prints what was killed and what was found, and exits 1 if anything was wrong."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.crash.campaign import run_campaign


def main() -> int:
    """Run one campaign."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash")
    parser.add_argument("--moments", type=int, default=200)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    wanted = parser.parse_args()
    print(f"{wanted.moments} random moments, seed {wanted.seed}", flush=True)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        found = run_campaign(Path(folder), wanted.moments, wanted.seed)
    print(f"killed: {dict(found.kills)}; acknowledged payments: {found.acknowledged}; ", end="")
    print(f"orders of customers: {found.paid_by_customers}; {time.monotonic() - started:.0f} s")
    for line in found.wrong:
        print(f"WRONG {line}")
    print("nothing lost, nothing twice" if not found.wrong else f"{len(found.wrong)} findings")
    return 1 if found.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
