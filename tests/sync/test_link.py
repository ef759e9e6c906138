"""The connection's states: every pair of the table, and what is shown of them."""

import pytest

from domain.errors import ErrorCode
from domain.ids import Instant, PaymentId
from domain.rows import QueueState
from sync.link import LINK, Freshness, Link, LinkEvent, LinkState, SyncStatus
from sync.wire import Watched

_S, _E = LinkState, LinkEvent


class _Clock:
    def __init__(self) -> None:
        self.at = 1_000

    def __call__(self) -> Instant:
        return Instant(self.at)


def _link_in(state: LinkState, clock: _Clock | None = None) -> Link:
    link = Link(clock or _Clock())
    match state:
        case LinkState.OFFLINE:
            link.happened(_E.SILENT, ErrorCode.NET_TIMEOUT, "timeout")
        case LinkState.ONLINE:
            link.happened(_E.HEARD)
        case LinkState.BLOCKED:
            link.happened(_E.BARRED, ErrorCode.TILL_UNKNOWN, "http_401")
        case LinkState.CONNECTING:
            pass
    assert link.status.state is state
    return link


@pytest.mark.parametrize(
    ("before", "event", "after"),
    [
        (_S.CONNECTING, _E.HEARD, _S.ONLINE),
        (_S.CONNECTING, _E.SILENT, _S.OFFLINE),
        (_S.CONNECTING, _E.BARRED, _S.BLOCKED),
        (_S.CONNECTING, _E.ASKED, _S.CONNECTING),
        (_S.OFFLINE, _E.HEARD, _S.ONLINE),
        (_S.OFFLINE, _E.SILENT, _S.OFFLINE),
        (_S.OFFLINE, _E.BARRED, _S.BLOCKED),
        (_S.OFFLINE, _E.ASKED, _S.CONNECTING),
        (_S.ONLINE, _E.HEARD, _S.ONLINE),
        (_S.ONLINE, _E.SILENT, _S.OFFLINE),
        (_S.ONLINE, _E.BARRED, _S.BLOCKED),
        (_S.ONLINE, _E.ASKED, _S.ONLINE),
        (_S.BLOCKED, _E.HEARD, _S.ONLINE),
        (_S.BLOCKED, _E.SILENT, _S.BLOCKED),
        (_S.BLOCKED, _E.BARRED, _S.BLOCKED),
        (_S.BLOCKED, _E.ASKED, _S.CONNECTING),
    ],
)
def test_each_event_leads_where_the_table_says(before: LinkState, event: LinkEvent, after: LinkState) -> None:
    link = _link_in(before)

    link.happened(event, ErrorCode.NET_UNREACHABLE, "connection")

    assert link.status.state is after


def test_the_table_has_every_state_and_every_event() -> None:
    assert set(LINK) == set(LinkState)
    assert all(set(row) == set(LinkEvent) for row in LINK.values())


def test_since_is_when_the_state_began_and_not_the_last_try() -> None:
    clock = _Clock()
    link = _link_in(_S.OFFLINE, clock)
    clock.at = 9_000
    link.happened(_E.SILENT, ErrorCode.NET_UNREACHABLE, "connection")
    assert (link.status.since, link.status.problem) == (1_000, ErrorCode.NET_UNREACHABLE)

    link.happened(_E.HEARD)
    assert (link.status.since, link.status.problem, link.status.reason) == (9_000, None, "")


def test_a_closed_door_keeps_its_reason_while_the_network_is_gone_as_well() -> None:
    link = _link_in(_S.BLOCKED)

    link.happened(_E.SILENT, ErrorCode.NET_UNREACHABLE, "connection")

    assert (link.status.problem, link.status.reason) == (ErrorCode.TILL_UNKNOWN, "http_401")


def test_trouble_of_the_till_itself_shows_while_the_connection_is_up_and_survives_a_gap() -> None:
    link = _link_in(_S.ONLINE)

    shown: list[ErrorCode | None] = []
    link.listen(lambda status: shown.append(status.problem))
    link.trouble(ErrorCode.SERIES_BROKEN)
    link.happened(_E.HEARD)
    link.happened(_E.SILENT, ErrorCode.NET_TIMEOUT, "timeout")
    link.happened(_E.HEARD)
    link.trouble(None)

    assert shown == [ErrorCode.SERIES_BROKEN, ErrorCode.NET_TIMEOUT, ErrorCode.SERIES_BROKEN, None]


def test_listeners_hear_of_changes_and_of_nothing_else() -> None:
    heard: list[SyncStatus] = []
    link = Link(_Clock())
    link.listen(heard.append)

    for _ in range(3):
        link.happened(_E.HEARD)
    for _ in range(3):
        link.counted(QueueState(2, 1, None, Instant(5), None))

    assert [(status.state, status.waiting, status.refused) for status in heard] == [
        (_S.ONLINE, 0, 0),
        (_S.ONLINE, 2, 1),
    ]


def test_a_listener_that_fails_silences_nobody() -> None:
    heard: list[SyncStatus] = []

    def broken(status: SyncStatus) -> None:
        raise ZeroDivisionError

    link = Link(_Clock())
    link.listen(broken)
    link.listen(heard.append)

    link.happened(_E.HEARD)

    assert [status.state for status in heard] == [_S.ONLINE]


def test_freshness_is_the_hubs_word_and_the_tills_moment() -> None:
    clock = _Clock()
    link = _link_in(_S.ONLINE, clock)
    clock.at = 4_000

    link.pulled([Watched(payment_id="p1", status="pending", checked_at=3_500)])

    assert link.status.freshness(PaymentId("p1")) == Freshness(
        PaymentId("p1"), "pending", Instant(3_500), Instant(4_000)
    )
    assert link.status.freshness(PaymentId("p2")) is None
    assert link.status.last_pulled_at == 4_000


def test_the_last_pull_is_the_noted_one_until_there_is_a_newer() -> None:
    link = _link_in(_S.ONLINE)
    link.counted(QueueState(0, 0, None, None, Instant(500)))
    assert link.status.last_pulled_at == 500

    link.pulled([])
    link.counted(QueueState(0, 0, None, None, Instant(500)))
    assert link.status.last_pulled_at == 1_000
