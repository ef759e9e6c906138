"""How much waits at the hub and how far its workers are behind, as numbers for a monitor."""

from domain.ids import Instant
from server.metrics import Gauge
from storage.hub_queues import inbox_depths, queues
from storage.hub_units import HubUnits


def gauges(units: HubUnits, at: Instant) -> list[Gauge]:
    """Return the numbers of what waits now, over all merchants; raises StorageUnavailable."""
    depths, due = units.read(lambda session: (inbox_depths(session), queues(session, at)))
    lags = {name: 0 if queue.since is None else max(at - queue.since, 0) / 1000 for name, queue in due.items()}
    return [
        Gauge(
            "bana_inbox_depth",
            "Events of providers that wait, by state.",
            [({"state": state}, count) for state, count in sorted(depths.items())],
        ),
        Gauge(
            "bana_work_due",
            "Pieces of work that are due, by worker.",
            [({"worker": name}, queue.due) for name, queue in sorted(due.items())],
        ),
        Gauge(
            "bana_worker_lag_seconds",
            "How long the oldest due piece of work has waited, by worker.",
            [({"worker": name}, lag) for name, lag in sorted(lags.items())],
        ),
    ]
