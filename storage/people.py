"""The people of a till's shop: who they are, their wrong tries and what the hub was told of them."""

from dataclasses import dataclass, replace
from typing import Final

from domain.ids import Instant, MerchantId, UserId
from domain.people import User, lock_ms
from domain.policy import Role
from storage import running
from storage.scope import Scope
from storage.session import Row, Session, Sql, insert_into

_ADD_USER: Final = insert_into("users")
_USER: Final = Sql(
    "SELECT id, name, role, pin_hash, failures, locked_until, locked_in, disabled_at FROM users WHERE id = :id"
)
_SAVE_USER: Final = Sql(
    "UPDATE users SET name = :name, role = :role, pin_hash = :pin_hash, disabled_at = :disabled_at WHERE id = :id"
)
_EVERYBODY: Final = Sql(
    "SELECT id, name, role, pin_hash, failures, locked_until, locked_in, disabled_at FROM users "
    "WHERE merchant_id = :merchant_id ORDER BY id"
)
_UNTOLD: Final = Sql(
    "SELECT id, name, role, pin_hash, failures, locked_until, locked_in, disabled_at FROM users "
    "WHERE merchant_id = :merchant_id AND told = 0 ORDER BY id"
)
_NOTE_TOLD: Final = Sql("UPDATE users SET told = 1 WHERE id = :id AND told = 0")
_SAVE_TRIES: Final = Sql(
    "UPDATE users SET failures = :failures, locked_until = :locked_until, locked_in = :locked_in WHERE id = :id"
)
_OWNERS: Final = Sql(
    "SELECT count(*) FROM users WHERE merchant_id = :merchant_id AND role = 'owner' AND disabled_at IS NULL"
)


@dataclass(frozen=True, slots=True)
class SqlPeople:
    """The people of this till's shop."""

    scope: Scope

    def add(self, user: User) -> None:
        self.scope.session.run(
            _ADD_USER,
            {
                "merchant_id": user.merchant_id,
                "id": user.id,
                "name": user.name,
                "role": user.role.value,
                "pin_hash": user.pin_hash,
                "failures": user.failures,
                "locked_until": None,
                "locked_in": None,
                "disabled_at": user.disabled_at,
                "told": 0,
            },
        )

    def get(self, user_id: UserId) -> User | None:
        return read_user(self.scope.session, self.scope.merchant_id, user_id)

    def save(self, user: User) -> None:
        self.scope.session.run(
            _SAVE_USER,
            {
                "id": user.id,
                "name": user.name,
                "role": user.role.value,
                "pin_hash": user.pin_hash,
                "disabled_at": user.disabled_at,
            },
        )

    def save_tries(self, user_id: UserId, failures: int, locked_ms: int) -> None:
        """Keep the end of the lock in this run's own time."""
        ends = running.elapsed_ms() + locked_ms if locked_ms else None
        values = {"id": user_id, "failures": failures, "locked_until": ends, "locked_in": running.RUN if ends else None}
        self.scope.session.run(_SAVE_TRIES, values)

    def owners(self) -> int:
        row = self.scope.session.one(_OWNERS, {"merchant_id": self.scope.merchant_id})
        assert row is not None, "a count has a row"
        return int(row[0])

    def everybody(self) -> list[User]:
        return self._all(_EVERYBODY)

    def untold(self) -> list[User]:
        return self._all(_UNTOLD)

    def note_told(self, user_id: UserId) -> None:
        self.scope.session.run(_NOTE_TOLD, {"id": user_id})

    def _all(self, sql: Sql) -> list[User]:
        merchant_id = self.scope.merchant_id
        return [_user(merchant_id, row) for row in self.scope.session.all(sql, {"merchant_id": merchant_id})]


def read_user(session: Session, merchant_id: MerchantId, user_id: UserId) -> User | None:
    """Return a user of the shop."""
    row = session.one(_USER, {"id": user_id})
    return None if row is None else _user(merchant_id, row)


def _user(merchant_id: MerchantId, row: Row) -> User:
    user = User(UserId(row[0]), merchant_id, row[1], Role(row[2]), row[3], row[4])
    disabled_at = None if row[7] is None else Instant(row[7])
    return replace(user, locked_ms=_left_ms(user.failures, row[5], row[6]), disabled_at=disabled_at)


def _left_ms(failures: int, ends: int | None, run: str | None) -> int:
    """Return what is left of a lock: one of an earlier run is waited through from this program's start.

    `ends` is a moment of that run's own time, which says nothing here; nobody knows how long the program was away.
    """
    if ends is None:
        return 0
    return max(0, (ends if run == running.RUN else lock_ms(failures)) - running.elapsed_ms())
