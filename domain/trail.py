"""The audit trail's entries: how the facts of a change are told, and what a reader of the trail sees of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from domain.ids import DeviceId, Instant, PaymentId, UserId, VoucherId
from domain.payments import Cause
from domain.policy import Actor

Value = str | int | None
Facts = Mapping[str, Value]
"""What an entry tells beside who, when and of what; never a PIN, a secret or a token."""

CAUSE: Final = "cause"
"""The fact that says what an act answers: a press, a provider, the clock, the program's own rule, or the hub's news."""

COMMAND_LINE: Final = "command_line"
"""What an entry's `via` says where nobody is signed in: whoever holds the keys may do everything."""

BEFORE: Final = ".before"
"""What a fact's name ends with where it tells how things stood before; without it the same name tells the new value."""


def changed(before: Facts, after: Facts) -> dict[str, Value]:
    """Return what differs, each with its value before and after; a fact that one side lacks is None there."""
    told: dict[str, Value] = {}
    for name in {**before, **after}:
        was, now = before.get(name), after.get(name)
        if was != now:
            told[name + BEFORE], told[name] = was, now
    return told


def cause_of(actor_id: UserId | None) -> Cause:
    """Return what an act answers where nothing else is said: the press of the person who is named, else a rule."""
    return Cause.MACHINE if actor_id is None else Cause.PERSON


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of an entry; `before` counts only where `is_change`."""

    name: str
    value: Value
    before: Value = None
    is_change: bool = False


def paired(facts: Facts) -> tuple[Fact, ...]:
    """Return an entry's facts, each change as one; what the act answers is left out."""
    names = dict.fromkeys(name.removesuffix(BEFORE) for name in facts if name != CAUSE)
    return tuple(Fact(name, facts.get(name), facts.get(name + BEFORE), name + BEFORE in facts) for name in names)


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What is looked for in the trail: words or amounts in what was told, one person, and times from `since` on."""

    text: str = ""
    actor_id: UserId | None = None
    since: Instant | None = None
    until: Instant | None = None


@dataclass(frozen=True, slots=True)
class AuditRow:
    """An entry of this till's trail.

    `actor` is the person's name, empty where a program acted; `record` is what people call the thing it is about (a
    voucher's number, a payment's reference, a name), empty where it has none. `voucher_id` or `payment_id` name what
    can be opened. `hidden` says that the reader may not see the wallet it is about, so nothing more is told.
    """

    seq: int
    device_id: DeviceId
    at: Instant
    action: str
    actor_id: UserId | None
    actor: str
    cause: Cause
    subject_id: str
    record: str
    facts: tuple[Fact, ...]
    voucher_id: VoucherId | None = None
    payment_id: PaymentId | None = None
    hidden: bool = False


Place = tuple[DeviceId, int]
"""A place in a till's trail: one of its lives (a restored till goes on as another device), and a number in it."""


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Entries newest first; `older` is where the next page begins, None at the beginning of the trail.

    A search looks at a limited number of entries at a time, so a page may hold fewer than were asked for.
    """

    rows: tuple[AuditRow, ...]
    older: Place | None


class Audit(Protocol):
    """The chained trail of what people and programs did."""

    def add(
        self,
        action: str,
        subject_id: str,
        actor_id: UserId | None,
        at: Instant,
        facts: Facts,
        *,
        cause: Cause | None = None,
    ) -> None:
        """Append an entry to this device's chain.

        `cause` is what the act answers; without one, the press of the person who is named, else a rule. Facts never
        hold a PIN, a secret or a token; those of a change are told as `changed` tells them.
        """


class AuditReads(Protocol):
    """What screens read of the trail."""

    def audit(self, actor: Actor, wanted: AuditFilter, limit: int, before: Place | None) -> AuditPage:
        """Return at most `limit` entries of this till's trail, newest first, older than `before`.

        Of what is about a wallet that is hidden from the person, only who and when is told. Raises NotPermitted unless
        they may SEE_AUDIT.
        """
