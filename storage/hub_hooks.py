"""Where other systems want to hear what became of payments, and the outbox of what they are told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from domain.ids import Instant, MerchantId, PaymentId
from domain.other_systems import HOOK_TEST
from storage.hub_checks import NEVER
from storage.session import Row, Session, Sql, insert_into

KEPT_MS: Final = 30 * 24 * 3_600_000
"""How long what was delivered or given up is kept, for a person to look at."""

_REAL: Final = f"type <> '{HOOK_TEST}'"
"""An owner's try of an address is nothing that a system was to be told."""

_HOOK: Final = (
    "SELECT key_id, url, events, all_payments, key_version, sealed, created_at, off_at, old_key_version, old_sealed, "
    "old_until, tried_at, answer FROM hooks"
)
_PUT: Final = insert_into(
    "hooks",
    on_conflict="ON CONFLICT (merchant_id, key_id) DO UPDATE SET url = excluded.url, events = excluded.events, "
    "all_payments = excluded.all_payments, key_version = excluded.key_version, sealed = excluded.sealed, "
    "changed_at = excluded.changed_at, off_at = NULL, old_key_version = excluded.old_key_version, "
    "old_sealed = excluded.old_sealed, old_until = excluded.old_until, tried_at = excluded.tried_at, "
    "answer = excluded.answer",
)
_GET: Final = Sql(f"{_HOOK} WHERE merchant_id = :merchant_id AND key_id = :key_id")
_ALL: Final = Sql(f"{_HOOK} WHERE merchant_id = :merchant_id ORDER BY key_id")
_RESEAL: Final = Sql(
    "UPDATE hooks SET key_version = :key_version, sealed = :sealed, old_key_version = :old_key_version, "
    "old_sealed = :old_sealed WHERE merchant_id = :merchant_id AND key_id = :key_id"
)
_TRIED: Final = Sql(
    "UPDATE hooks SET tried_at = :at, answer = :answer WHERE merchant_id = :merchant_id AND key_id = :key_id "
    "AND url = :url"
)
_REMOVE: Final = Sql("DELETE FROM hooks WHERE merchant_id = :merchant_id AND key_id = :key_id")
_OFF: Final = Sql(
    "UPDATE hooks SET off_at = :at WHERE merchant_id = :merchant_id AND key_id = :key_id AND url = :url "
    "AND off_at IS NULL"
)

_ADD_NEWS: Final = insert_into("hook_news", on_conflict="ON CONFLICT (merchant_id, id) DO NOTHING")
_FORGET: Final = Sql("DELETE FROM hook_news WHERE merchant_id = :merchant_id AND ended_at < :since")
_DUE: Final = Sql(
    # The limit holds SQLite to the index of what is due: for DISTINCT it would walk through all that was delivered.
    "SELECT DISTINCT d.merchant_id, d.key_id FROM "
    "(SELECT merchant_id, key_id FROM hook_news WHERE next_at <= :at LIMIT 1000000) d"
)
_NEXT: Final = (
    "UPDATE hook_news SET next_at = :until, attempts = attempts + 1, note = 'sending' WHERE merchant_id = :merchant_id "
    "AND id = (SELECT n.id FROM hook_news n WHERE n.merchant_id = :merchant_id AND n.key_id = :key_id "
    "AND n.next_at <= :at ORDER BY n.next_at, n.created_at, n.id LIMIT 1{lock}) "
    "RETURNING id, type, body, attempts, created_at"
)
_NEXT_SQLITE: Final = Sql(_NEXT.format(lock=""))
_NEXT_POSTGRES: Final = Sql(_NEXT.format(lock=" FOR UPDATE SKIP LOCKED"))
_THIS_ONE: Final = Sql(
    "UPDATE hook_news SET next_at = :until, attempts = attempts + 1, note = 'sending', state = 'waiting', "
    "ended_at = NULL WHERE merchant_id = :merchant_id AND key_id = :key_id AND id = :id "
    "AND NOT (state = 'waiting' AND note = 'sending' AND next_at > :at) "
    "RETURNING id, type, body, attempts, created_at"
)
_LATEST: Final = Sql(
    "SELECT id, type, body, state, attempts, next_at, note, created_at, ended_at FROM hook_news "
    "WHERE merchant_id = :merchant_id AND key_id = :key_id ORDER BY created_at DESC, id DESC LIMIT :limit"
)
_PUT_OFF: Final = Sql(
    "UPDATE hook_news SET next_at = :next_at, note = :note "
    "WHERE merchant_id = :merchant_id AND id = :id AND state = 'waiting' AND attempts = :attempts"
)
_END: Final = Sql(
    "UPDATE hook_news SET state = :state, next_at = :never, note = :note, ended_at = :at "
    "WHERE merchant_id = :merchant_id AND id = :id AND state = 'waiting'"
)
_END_ALL: Final = Sql(
    "UPDATE hook_news SET state = 'given_up', next_at = :never, note = :note, ended_at = :at "
    "WHERE merchant_id = :merchant_id AND key_id = :key_id AND state = 'waiting'"
)
_COUNTS: Final = Sql(
    "SELECT key_id, COUNT(CASE WHEN state = 'waiting' THEN 1 END), COUNT(CASE WHEN state = 'given_up' THEN 1 END), "
    "MAX(CASE WHEN state = 'delivered' THEN ended_at END) FROM hook_news WHERE merchant_id = :merchant_id "
    f"AND {_REAL} GROUP BY key_id"
)
_TROUBLE: Final = Sql(
    "SELECT note FROM hook_news WHERE merchant_id = :merchant_id AND key_id = :key_id AND state <> 'delivered' "
    f"AND {_REAL} AND note NOT IN ('', 'sending') ORDER BY created_at DESC, id LIMIT 1"
)
_DEPTH: Final = Sql(
    "SELECT COUNT(CASE WHEN state = 'waiting' THEN 1 END), COUNT(CASE WHEN state = 'given_up' THEN 1 END), "
    "MIN(CASE WHEN state = 'waiting' THEN created_at END) FROM hook_news WHERE state <> 'delivered' "
    f"AND {_REAL}"
)


NewsState = Literal["waiting", "delivered", "given_up"]


@dataclass(frozen=True, slots=True)
class Hook:
    """Where the system of a key hears, and of what; `sealed` is its signing secret under the data key `key_version`.

    `all_payments` tells it of the shop's every payment, and not of those of checkout requests alone. It is told nothing
    from `off_at` on, when its address said that it is gone. Until `old` ends, what it is told is signed with the secret
    that was replaced as well. At `tried_at` it was told last, or was to be; `answer` is a word for what came of it.
    """

    key_id: str
    url: str = field(repr=False)
    events: tuple[str, ...]
    all_payments: bool
    key_version: int
    sealed: str = field(repr=False)
    created_at: Instant
    off_at: Instant | None = None
    old: "OldSecret | None" = None
    tried_at: Instant | None = None
    answer: str = ""


@dataclass(frozen=True, slots=True)
class OldSecret:
    """A signing secret that was replaced, under the data key `key_version`, and until when it signs beside the new."""

    key_version: int
    sealed: str = field(repr=False)
    until: Instant


@dataclass(frozen=True, slots=True)
class NewsRow:
    """What a system was told or is to be, as its owner sees it; `next_at` counts while it waits."""

    id: str
    type: str
    body: str = field(repr=False)
    state: NewsState
    attempts: int
    next_at: Instant
    note: str
    created_at: Instant
    ended_at: Instant | None


@dataclass(frozen=True, slots=True)
class News:
    """What a system is to be told, word for word the same at every attempt; `attempts` counts this one, too."""

    id: str
    type: str
    body: str
    attempts: int
    created_at: Instant


@dataclass(frozen=True, slots=True)
class Delivery:
    """How telling a system goes: what waits, what was given up, the last success, and why it fails."""

    waiting: int = 0
    given_up: int = 0
    delivered_at: Instant | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class OutboxDepth:
    """What waits over all merchants, since when the oldest of it does, and what was given up and is still kept."""

    waiting: int
    given_up: int
    oldest_at: Instant | None


def put_hook(session: Session, merchant_id: MerchantId, hook: Hook, at: Instant) -> None:
    """Keep where a key's system hears, in place of what stood before; it is switched on."""
    session.run(
        _PUT,
        {
            "merchant_id": merchant_id,
            "key_id": hook.key_id,
            "url": hook.url,
            "events": ",".join(hook.events),
            "all_payments": int(hook.all_payments),
            "key_version": hook.key_version,
            "sealed": hook.sealed,
            "created_at": hook.created_at,
            "changed_at": at,
            "off_at": None,
            **_old(hook),
            "old_until": None if hook.old is None else hook.old.until,
            "tried_at": hook.tried_at,
            "answer": hook.answer,
        },
    )


def hook_of(session: Session, merchant_id: MerchantId, key_id: str) -> Hook | None:
    """Return where a key's system hears, if it does."""
    row = session.one(_GET, {"merchant_id": merchant_id, "key_id": key_id})
    return None if row is None else _hook(row)


def hooks_of(session: Session, merchant_id: MerchantId) -> list[Hook]:
    """Return where a merchant's systems hear, those switched off too."""
    return [_hook(row) for row in session.all(_ALL, {"merchant_id": merchant_id})]


def reseal_hook(session: Session, merchant_id: MerchantId, hook: Hook) -> None:
    """Keep the signing secrets of a hook as they were sealed anew."""
    values = {"merchant_id": merchant_id, "key_id": hook.key_id}
    session.run(_RESEAL, {**values, "key_version": hook.key_version, "sealed": hook.sealed, **_old(hook)})


def note_attempt(session: Session, merchant_id: MerchantId, hook: Hook, answer: str, at: Instant) -> None:
    """Note what came of telling a system, unless it has another address by now."""
    place = {"merchant_id": merchant_id, "key_id": hook.key_id, "url": hook.url}
    session.run(_TRIED, {**place, "answer": answer, "at": at})


def remove_hook(session: Session, merchant_id: MerchantId, key_id: str, at: Instant) -> bool:
    """Tell a key's system nothing any more and give up what waits; False if it was told nothing."""
    place = {"merchant_id": merchant_id, "key_id": key_id}
    session.run(_END_ALL, {**place, "never": NEVER, "note": "removed", "at": at})
    return session.run(_REMOVE, place) == 1


def switch_off_hook(session: Session, merchant_id: MerchantId, key_id: str, url: str, note: str, at: Instant) -> bool:
    """Switch off a hook whose address is gone and give up what waits; False if it has another address by now."""
    place = {"merchant_id": merchant_id, "key_id": key_id}
    if session.run(_OFF, {**place, "url": url, "at": at}) != 1:
        return False
    session.run(_END_ALL, {**place, "never": NEVER, "note": note, "at": at})
    return True


def forget_news(session: Session, merchant_id: MerchantId, at: Instant) -> None:
    """Forget what of a merchant's was delivered or given up long ago."""
    session.run(_FORGET, {"merchant_id": merchant_id, "since": at - KEPT_MS})


def add_news(session: Session, merchant_id: MerchantId, key_id: str, payment_id: PaymentId, news: News) -> None:
    """Put what a system is to be told into the outbox; what is there already stays."""
    session.run(
        _ADD_NEWS,
        {
            "merchant_id": merchant_id,
            "id": news.id,
            "key_id": key_id,
            "payment_id": payment_id,
            "type": news.type,
            "body": news.body,
            "state": "waiting",
            "attempts": 0,
            "next_at": news.created_at,
            "note": "",
            "created_at": news.created_at,
            "ended_at": None,
        },
    )


def due_hooks(session: Session, at: Instant) -> list[tuple[MerchantId, str]]:
    """Return the keys, of any merchant, whose systems are to be told something now."""
    return [(MerchantId(row[0]), row[1]) for row in session.all(_DUE, {"at": at})]


def claim_news(session: Session, merchant_id: MerchantId, key_id: str, at: Instant, until: Instant) -> News | None:
    """Take what has been due longest for oneself until `until`; None if nothing is, or others have it."""
    sql = _NEXT_POSTGRES if session.dialect == "postgresql" else _NEXT_SQLITE
    row = session.one(sql, {"merchant_id": merchant_id, "key_id": key_id, "at": at, "until": until})
    return None if row is None else News(row[0], row[1], row[2], int(row[3]), Instant(row[4]))


def claim_this_news(
    session: Session, merchant_id: MerchantId, key_id: str, news_id: str, at: Instant, until: Instant
) -> News | None:
    """Take one message for oneself until `until`, whatever became of it; None if there is none or others have it."""
    place = {"merchant_id": merchant_id, "key_id": key_id, "id": news_id}
    row = session.one(_THIS_ONE, {**place, "at": at, "until": until})
    return None if row is None else News(row[0], row[1], row[2], int(row[3]), Instant(row[4]))


def latest_news(session: Session, merchant_id: MerchantId, key_id: str, limit: int) -> list[NewsRow]:
    """Return what a key's system was told or is to be, the youngest first."""
    rows = session.all(_LATEST, {"merchant_id": merchant_id, "key_id": key_id, "limit": limit})
    return [
        NewsRow(row[0], row[1], row[2], row[3], int(row[4]), Instant(row[5]), row[6], Instant(row[7]), _when(row[8]))
        for row in rows
    ]


def put_off_news(session: Session, merchant_id: MerchantId, news: News, next_at: Instant, note: str) -> None:
    """Try again at a moment, unless another worker has taken it since."""
    values = {"merchant_id": merchant_id, "id": news.id, "attempts": news.attempts}
    session.run(_PUT_OFF, {**values, "next_at": next_at, "note": note})


def end_news(session: Session, merchant_id: MerchantId, news: News, note: str, at: Instant, *, delivered: bool) -> None:
    """Note that what was to be told was taken, or is given up."""
    state = "delivered" if delivered else "given_up"
    values = {"merchant_id": merchant_id, "id": news.id, "state": state, "never": NEVER, "note": note, "at": at}
    session.run(_END, values)


def deliveries_of(session: Session, merchant_id: MerchantId, key_ids: Sequence[str]) -> Mapping[str, Delivery]:
    """Return how telling the systems of some keys goes."""
    place = {"merchant_id": merchant_id}
    counts = {row[0]: row for row in session.all(_COUNTS, place)}
    found = {}
    for key_id in key_ids:
        row = counts.get(key_id)
        trouble = session.one(_TROUBLE, {**place, "key_id": key_id})
        waiting, given_up, at = (0, 0, None) if row is None else (int(row[1]), int(row[2]), row[3])
        found[key_id] = Delivery(waiting, given_up, None if at is None else Instant(at), trouble[0] if trouble else "")
    return found


def outbox_depth(session: Session) -> OutboxDepth:
    """Return what waits in the outbox, over all merchants."""
    row = session.one(_DEPTH, {})
    assert row is not None, "a count always answers"
    return OutboxDepth(int(row[0]), int(row[1]), None if row[2] is None else Instant(row[2]))


def _hook(row: Row) -> Hook:
    events = tuple(filter(None, row[2].split(",")))
    old = None if row[8] is None else OldSecret(int(row[8]), row[9], Instant(row[10]))
    return Hook(
        *(row[0], row[1], events, bool(row[3]), int(row[4]), row[5], Instant(row[6])),
        off_at=_when(row[7]),
        old=old,
        tried_at=_when(row[11]),
        answer=row[12],
    )


def _old(hook: Hook) -> dict[str, int | str | None]:
    old = hook.old
    return {
        "old_key_version": None if old is None else old.key_version,
        "old_sealed": None if old is None else old.sealed,
    }


def _when(value: int | None) -> Instant | None:
    return None if value is None else Instant(value)
