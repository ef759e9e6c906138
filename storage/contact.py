"""How long a till has not heard its hub, counted so that nobody shortens it by setting the clock back."""

import json
from dataclasses import dataclass
from typing import Final

from domain.ids import Instant
from storage import running
from storage.session import Session, Sql, insert_into

_KEY: Final = "hub.away"
_DAY_MS: Final = 24 * 3_600_000
_KEEP: Final = insert_into("preferences", on_conflict="ON CONFLICT (key) DO UPDATE SET value = excluded.value")
_KEPT: Final = Sql("SELECT value FROM preferences WHERE key = :key")


@dataclass(frozen=True, slots=True)
class SqlContact:
    """The time since the hub was last heard, or since this was first asked.

    While the program runs its own time counts, whatever the clock says. Between two runs the clock counts; one that
    went back meanwhile counts as a day, for nobody knows better.
    """

    session: Session

    def away_ms(self, at: Instant) -> int:
        """Return for how long, in milliseconds, and keep how far it was counted."""
        row = self.session.one(_KEPT, {"key": _KEY})
        away = 0 if row is None else self._counted(json.loads(row[0]), at)
        self._keep(away, at)
        return away

    def heard(self, at: Instant) -> None:
        """Note that the hub has just been heard."""
        self._keep(0, at)

    def _counted(self, kept: dict[str, int | str], at: Instant) -> int:
        away, run_ms = int(kept["away"]), running.elapsed_ms()
        if kept["run"] == running.RUN:
            return away + run_ms - int(kept["run_ms"])
        between = at - run_ms - int(kept["clock"])
        return away + run_ms + (between if between >= 0 else _DAY_MS)

    def _keep(self, away: int, at: Instant) -> None:
        kept = {"away": away, "clock": at, "run": running.RUN, "run_ms": running.elapsed_ms()}
        self.session.run(_KEEP, {"key": _KEY, "value": json.dumps(kept, sort_keys=True)})
