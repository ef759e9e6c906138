"""`make bench`: every measurement one after the other, or those that are named."""

import argparse
from pathlib import Path

from benchmarks import posting, reading, start


def main() -> None:
    """Run the measurements that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("names", nargs="*", metavar="NAME", help="posting, reading, start; all of them without a name")
    parser.add_argument("--vouchers", type=int, default=200_000, help="how many vouchers the till has that is read")
    parser.add_argument("--data", type=Path, metavar="DIR", help="keep that till here, and take it from here again")
    wanted = parser.parse_args()
    measurements = {
        "posting": posting.main,
        "reading": lambda: reading.main(wanted.vouchers, wanted.data),
        "start": start.main,
    }
    if unknown := set(wanted.names) - set(measurements):
        parser.error(f"no such measurement: {', '.join(sorted(unknown))}")
    for name in wanted.names or measurements:
        measurements[name]()


if __name__ == "__main__":
    main()
