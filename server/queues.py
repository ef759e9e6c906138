"""How much waits at the hub and how far its workers are behind, as numbers for a monitor."""

from domain.ids import Instant
from server.metrics import Gauge
from storage.hub_hooks import outbox_depth
from storage.hub_queues import inbox_depths, queues
from storage.hub_units import HubUnits


def gauges(units: HubUnits, at: Instant) -> list[Gauge]:
    """Return the numbers of what waits now, over all merchants; raises StorageUnavailable."""
    depths, due, outbox = units.read(
        lambda session: (inbox_depths(session), queues(session, at), outbox_depth(session))
    )
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
        Gauge(
            "bana_hook_outbox_depth",
            "What other systems are to be told: what waits, and what was given up in the last 30 days.",
            [({"state": "given_up"}, outbox.given_up), ({"state": "waiting"}, outbox.waiting)],
        ),
        Gauge(
            "bana_hook_outbox_oldest_seconds",
            "How long the oldest of what other systems are to be told has waited.",
            [({}, 0 if outbox.oldest_at is None else max(at - outbox.oldest_at, 0) / 1000)],
        ),
    ]
