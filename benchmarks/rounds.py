"""Contestants take turns, round by round; a ratio is taken in each round, then its median is given with its spread."""

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Measure = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Figure:
    """A contestant's result over all rounds, in the unit it was measured in."""

    name: str
    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle value."""
        return statistics.median(self.values)

    def text(self, digits: int = 0) -> str:
        """Write the median with the least and the greatest value."""
        return f"{self.median:,.{digits}f} ({min(self.values):,.{digits}f}–{max(self.values):,.{digits}f})"


def take_turns(contestants: Mapping[str, Measure], rounds: int) -> dict[str, Figure]:
    """Run every contestant once in each round, so that noise of the machine falls on all of them."""
    values: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, measure in contestants.items():
            values[name].append(measure())
    return {name: Figure(name, tuple(found)) for name, found in values.items()}


def ratio(over: Figure, under: Figure) -> Figure:
    """Return `over` / `under`, round by round."""
    pairs = zip(over.values, under.values, strict=True)
    return Figure(f"{over.name} / {under.name}", tuple(a / b for a, b in pairs))
