"""Numbers about what the hub does, in the text format that Prometheus reads (exposition format 0.0.4)."""

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

BUCKETS_S: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0)
"""Upper bounds of the histograms, in seconds: from a quick answer to a payment that its customer took long over."""

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Gauge:
    """A number that is looked up when it is asked for, for each set of labels."""

    name: str
    text: str
    values: Sequence[tuple[Mapping[str, str], float]]


@dataclass(slots=True)
class _Timed:
    """A histogram of one set of labels: how many fell below each bound, and their sum in seconds."""

    below: list[int] = field(default_factory=lambda: [0] * len(BUCKETS_S))
    count: int = 0
    sum_s: float = 0.0


class Metrics:
    """Counts and durations of one process since its start; safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._texts: dict[str, str] = {}
        self._counts: defaultdict[str, defaultdict[Labels, int]] = defaultdict(lambda: defaultdict(int))
        self._timed: defaultdict[str, defaultdict[Labels, _Timed]] = defaultdict(lambda: defaultdict(_Timed))

    def count(self, name: str, text: str, labels: Mapping[str, str]) -> None:
        """Count one of what `text` says."""
        with self._lock:
            self._texts[name] = text
            self._counts[name][tuple(labels.items())] += 1

    def time(self, name: str, text: str, labels: Mapping[str, str], seconds: float) -> None:
        """Note that one of what `text` says took so long."""
        with self._lock:
            self._texts[name] = text
            timed = self._timed[name][tuple(labels.items())]
            timed.count += 1
            timed.sum_s += seconds
            for place, bound in enumerate(BUCKETS_S):
                timed.below[place] += seconds <= bound

    def text(self, gauges: Iterable[Gauge] = ()) -> str:
        """Return everything, as Prometheus reads it."""
        with self._lock:
            lines = [line for name in sorted(self._counts) for line in self._counted(name)]
            lines += [line for name in sorted(self._timed) for line in self._histogram(name)]
        for gauge in gauges:
            lines += _head(gauge.name, gauge.text, "gauge")
            lines += [f"{gauge.name}{_written(tuple(each.items()))} {_number(value)}" for each, value in gauge.values]
        return "\n".join(lines) + "\n"

    def _counted(self, name: str) -> list[str]:
        rows = [f"{name}{_written(labels)} {count}" for labels, count in sorted(self._counts[name].items())]
        return [*_head(name, self._texts[name], "counter"), *rows]

    def _histogram(self, name: str) -> list[str]:
        lines = _head(name, self._texts[name], "histogram")
        for labels, timed in sorted(self._timed[name].items(), key=lambda each: each[0]):
            for bound, below in zip(BUCKETS_S, timed.below, strict=True):
                lines.append(f"{name}_bucket{_written((*labels, ('le', _number(bound))))} {below}")
            lines.append(f"{name}_bucket{_written((*labels, ('le', '+Inf')))} {timed.count}")
            lines.append(f"{name}_sum{_written(labels)} {_number(timed.sum_s)}")
            lines.append(f"{name}_count{_written(labels)} {timed.count}")
        return lines


def _head(name: str, text: str, kind: str) -> list[str]:
    return [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]


def _written(labels: Labels) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(round(value, 6))
