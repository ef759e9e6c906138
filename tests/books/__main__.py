"""`make acceptance`: a big shop's books before `verify`, bean-check, Ledger and hledger; exits 1 on any difference."""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from domain.money import Language
from tests.books.judges import JUDGES, Judge, Refused, balances_of_app, differences
from wiring.demo import run_demo
from wiring.export import run_export
from wiring.folders import Folder
from wiring.verify import check_folder


def main() -> int:
    """Make a shop, export its books, and have each program that is installed judge them; all three must be."""
    parser = argparse.ArgumentParser(prog="python -m tests.books")
    parser.add_argument("--vouchers", type=int, default=100_000)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Folder(Path(name) / "shop").make()
        with _timed("demo"):
            made = run_demo(folder, wipe=False, vouchers=wanted.vouchers)
        assert made == 0, "the folder was empty"
        with _timed("verify"):
            reports, problems = check_folder(folder)
        sound = not problems and all(report.ok for report in reports)
        _say(f"verify: {'every invariant holds' if sound else 'BROKEN'}")
        judged = [_judge(folder, Path(name), judge) for judge in JUDGES]
    return 0 if sound and all(judged) else 1


def _judge(folder: Folder, place: Path, judge: Judge) -> bool:
    if not judge.installed:
        _say(f"{judge.name}: not installed")
        return False
    path = place / f"books.{judge.form}"
    if not path.exists():
        with _timed(f"export {judge.form}"):
            assert run_export(folder, judge.form, path, Language.VI) == 0, judge.form
    app = balances_of_app(folder)
    try:
        with _timed(judge.name):
            wrong = differences(app, judge.balances(path))
    except Refused as refused:
        _say(f"{judge.name}: REFUSED {refused}")
        return False
    for account, (ours, theirs) in wrong.items():
        _say(f"{judge.name}: {account}: the shop says {ours}, {judge.name} {theirs}")
    _say(f"{judge.name}: {'accepted' if not wrong else 'DIFFERS'}, {len(app)} accounts, {len(wrong)} differences")
    return not wrong


@contextmanager
def _timed(what: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    _say(f"{what}: {time.monotonic() - started:.1f} s")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
