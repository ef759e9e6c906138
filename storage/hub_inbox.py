"""The durable inbox: what providers told is kept raw before it is answered, and applied afterwards, once."""

import json
from dataclasses import asdict, dataclass, replace
from typing import Final

from domain.cards import without_cards
from domain.errors import FailureCode
from domain.ids import Instant, MerchantId
from domain.matching import find_reference
from domain.notices import Authorization, ChargeBack, DisputeStage, RefundNotice
from domain.rails import Provider, RailStatus, Receipt
from storage.scope import Scope
from storage.session import Session, Sql, insert_into

_ADD_EVENT: Final = insert_into(
    "provider_events", on_conflict="ON CONFLICT (merchant_id, provider, dedupe_key) DO NOTHING"
)
_ADD_WORK: Final = insert_into("inbox")
_KEY: Final = "merchant_id = :merchant_id AND provider = :provider AND dedupe_key = :dedupe_key"
_DUPLICATE: Final = Sql(f"UPDATE inbox SET duplicates = duplicates + 1 WHERE {_KEY}")
_WAITING: Final = Sql(
    "SELECT e.receipt, e.received_at, e.channel, i.attempts FROM inbox i JOIN provider_events e "
    "ON e.merchant_id = i.merchant_id AND e.provider = i.provider AND e.dedupe_key = i.dedupe_key "
    "WHERE i.merchant_id = :merchant_id AND i.provider = :provider AND i.dedupe_key = :dedupe_key "
    "AND i.state IN ('received', 'parked')"
)
_HOLDS: Final = Sql(f"SELECT 1 FROM inbox WHERE {_KEY}")
_SETTLE: Final = Sql(
    f"UPDATE inbox SET state = :state, outcome = :outcome, settled_at = :at, attempts = attempts + 1 WHERE {_KEY}"
)
_POSTPONE: Final = Sql(
    "UPDATE inbox SET state = :state, outcome = :outcome, next_attempt_at = :until, attempts = attempts + 1 "
    f"WHERE {_KEY}"
)
_WAKE: Final = Sql(
    "UPDATE inbox SET next_attempt_at = :at WHERE merchant_id = :merchant_id AND (provider, dedupe_key) IN ("
    "SELECT e.provider, e.dedupe_key FROM provider_events e WHERE e.merchant_id = :merchant_id "
    "AND e.reference = :reference AND e.reference <> '') AND state = 'parked'"
)
_PARKED: Final = Sql(
    "SELECT i.dedupe_key, e.receipt FROM inbox i CROSS JOIN provider_events e WHERE i.state IN ('received', 'parked') "
    "AND i.next_attempt_at > :at AND i.state = 'parked' AND i.merchant_id || '' = :merchant_id "
    "AND i.provider || '' = :provider AND e.merchant_id = i.merchant_id AND e.provider = i.provider "
    "AND e.dedupe_key = i.dedupe_key"
)
"""What waits, by the index of what is to be tried: few events do, and SQLite would look at all that came."""

_WAKE_ONE: Final = Sql(f"UPDATE inbox SET next_attempt_at = :at WHERE {_KEY}")
_DUE: Final = Sql(
    "SELECT merchant_id, provider, dedupe_key FROM inbox WHERE state IN ('received', 'parked') "
    "AND next_attempt_at <= :at ORDER BY next_attempt_at LIMIT :limit"
)


@dataclass(frozen=True, slots=True)
class EventKey:
    """A provider's event: whose, from whom, and the provider's own id of it."""

    merchant_id: MerchantId
    provider: Provider
    dedupe_key: str


Told = Receipt | Authorization | RefundNotice | ChargeBack
"""What a provider tells that is applied: money that came, is held, was given back, or was taken back by a bank."""

_KIND: Final = "told"
_REFUND: Final = "refund"
_CHARGE_BACK: Final = "charge_back"
_HELD: Final = "authorization"


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event to apply: what it told, when and how it came, and how often applying it was tried."""

    told: Told
    received_at: Instant
    channel: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Inbox:
    """One merchant's inbox."""

    scope: Scope

    def store(self, told: Told, raw: str, channel: str, at: Instant) -> bool:
        """Keep an event and queue it; False if it was kept before (the repetition is counted).

        `raw` is what the provider sent, redacted of secrets; numbers of cards are cut from both. `channel` is webhook,
        query, statement (a list that was pulled) or file.
        """
        key = self._key(told.provider, told.dedupe_key)
        return self._keep(key, written(told), find_reference(text_of(told)) or "", raw, channel, at, None)

    def note(self, provider: Provider, dedupe_key: str, raw: str, channel: str, at: Instant) -> bool:
        """Keep an event that tells of no money, with nothing to apply; False if it was kept before."""
        return self._keep(self._key(provider, dedupe_key), "", "", raw, channel, at, "ignored")

    def holds(self, provider: Provider, dedupe_key: str) -> bool:
        """Whether an event has been kept before."""
        return self.scope.session.one(_HOLDS, self._key(provider, dedupe_key)) is not None

    def waiting(self, provider: Provider, dedupe_key: str) -> Waiting | None:
        """Return an event that is still to be applied."""
        row = self.scope.session.one(_WAITING, self._key(provider, dedupe_key))
        return Waiting(read_told(row[0]), Instant(row[1]), row[2], row[3]) if row else None

    def settle(self, provider: Provider, dedupe_key: str, outcome: str, at: Instant) -> None:
        """Record that an event has been applied."""
        self._end(provider, dedupe_key, "applied", outcome, at)

    def give_up(self, provider: Provider, dedupe_key: str, outcome: str, at: Instant) -> None:
        """Record that an event can never be applied: it is kept, and not tried any more."""
        self._end(provider, dedupe_key, "failed", outcome, at)

    def _end(self, provider: Provider, dedupe_key: str, state: str, outcome: str, at: Instant) -> None:
        values = {"state": state, "outcome": outcome, "at": at}
        self.scope.session.run(_SETTLE, {**self._key(provider, dedupe_key), **values})

    def postpone(self, provider: Provider, dedupe_key: str, state: str, outcome: str, until: Instant) -> None:
        """Try an event again later: `parked` waits for its payment, `received` for what made it fail."""
        values = {"state": state, "outcome": outcome, "until": until}
        self.scope.session.run(_POSTPONE, {**self._key(provider, dedupe_key), **values})

    def wake(self, reference: str, at: Instant) -> None:
        """Let parked events that name a payment be tried now."""
        self.scope.session.run(_WAKE, {"merchant_id": self.scope.merchant_id, "reference": reference, "at": at})

    def wake_gone(self, provider: Provider, payment_ref: str, at: Instant) -> None:
        """Let what waits for a provider's money be tried now: that it was given back, or taken by a bank."""
        for dedupe_key, told in self.scope.session.all(_PARKED, {**self._key(provider, ""), "at": at}):
            if json.loads(told).get("payment_provider_ref") == payment_ref:
                self.scope.session.run(_WAKE_ONE, {**self._key(provider, dedupe_key), "at": at})

    def _keep(
        self, key: dict[str, str], told: str, reference: str, raw: str, channel: str, at: Instant, outcome: str | None
    ) -> bool:
        event = {"channel": channel, "reference": reference, "receipt": told, "received_at": at}
        if self.scope.session.run(_ADD_EVENT, {**key, **event, "raw": without_cards(raw)}) == 0:
            self.scope.session.run(_DUPLICATE, key)
            return False
        work = {"state": "received", "settled_at": None} if outcome is None else {"state": "applied", "settled_at": at}
        counts = {"duplicates": 0, "attempts": 0, "next_attempt_at": at, "outcome": outcome}
        self.scope.session.run(_ADD_WORK, {**key, **work, **counts})
        return True

    def _key(self, provider: Provider, dedupe_key: str) -> dict[str, str]:
        return {"merchant_id": self.scope.merchant_id, "provider": provider.value, "dedupe_key": dedupe_key}


def due_events(session: Session, at: Instant, limit: int) -> list[EventKey]:
    """Return events of any merchant that are to be tried now, the longest waiting first."""
    return [
        EventKey(MerchantId(row[0]), Provider(row[1]), row[2]) for row in session.all(_DUE, {"at": at, "limit": limit})
    ]


def text_of(told: Told) -> str:
    """Return the text in which our payment reference is looked for; what tells of a refund has none."""
    return "" if isinstance(told, RefundNotice) else told.text


def written(told: Told) -> str:
    """Write what a provider told as the inbox keeps it, without numbers of cards."""
    if isinstance(told, RefundNotice):
        return json.dumps({**asdict(told), _KIND: _REFUND}, ensure_ascii=False)
    fields = asdict(replace(told, text=without_cards(told.text)))
    kind = _CHARGE_BACK if isinstance(told, ChargeBack) else _HELD if isinstance(told, Authorization) else ""
    return json.dumps({**fields, **({_KIND: kind} if kind else {})}, ensure_ascii=False)


def read_told(text: str) -> Told:
    """Read what the inbox keeps; what names no kind is money that came."""
    fields = json.loads(text)
    kind = fields.pop(_KIND, None)
    fields["provider"] = Provider(fields["provider"])
    if kind == _REFUND:
        failure = None if fields["failure"] is None else FailureCode(fields["failure"])
        return RefundNotice(**{**fields, "status": RailStatus(fields["status"]), "failure": failure})
    if kind == _CHARGE_BACK:
        return ChargeBack(**{**fields, "stage": DisputeStage(fields["stage"])})
    return Authorization(**fields) if kind == _HELD else Receipt(**fields)
