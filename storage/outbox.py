"""The till's queue to the hub, filled in the unit of work that makes what it tells."""

from dataclasses import dataclass
from typing import Final

from domain.changes import Topic
from domain.ids import Instant, MessageId
from domain.messages import Message
from storage.scope import Scope
from storage.session import Session, Sql, insert_into

_QUEUE: Final = insert_into(
    "outbox", only=["id", "subject_id", "kind", "body", "body_hash", "state", "queued_at", "next_attempt_at"]
)
_UNSENT: Final = Sql("SELECT 1 FROM outbox WHERE subject_id = :subject_id AND state <> 'acked' LIMIT 1")
_KNOWN: Final = Sql("SELECT body_hash FROM outbox WHERE id = :id")
_WAITING: Final = Sql(
    "SELECT id, body FROM outbox WHERE subject_id = :subject_id AND state <> 'acked' AND state = 'queued' ORDER BY seq"
)


@dataclass(frozen=True, slots=True)
class SqlOutbox:
    """The till's queue to the hub; what it queues is remembered, so that a failed commit can be looked up."""

    scope: Scope
    queued: list[MessageId]

    def add(self, message: Message, at: Instant) -> None:
        self.scope.session.run(
            _QUEUE,
            {
                "id": message.id,
                "subject_id": message.subject_id,
                "kind": message.kind.value,
                "body": message.body,
                "body_hash": message.body_hash,
                "state": "queued",
                "queued_at": at,
                "next_attempt_at": at,
            },
        )
        self.queued.append(message.id)
        self.scope.touch(Topic.OUTBOX, message.subject_id)

    def unsent(self, subject_id: str) -> bool:
        return self.scope.session.one(_UNSENT, {"subject_id": subject_id}) is not None

    def known_hash(self, message_id: MessageId) -> str | None:
        return known_hash(self.scope.session, message_id)

    def waiting(self, subject_id: str) -> list[tuple[MessageId, str]]:
        rows = self.scope.session.all(_WAITING, {"subject_id": subject_id})
        return [(MessageId(row[0]), row[1]) for row in rows]


def known_hash(session: Session, message_id: MessageId) -> str | None:
    """Return the hash of a message that the till ever queued; None for one it does not know."""
    row = session.one(_KNOWN, {"id": message_id})
    return row[0] if row else None
