"""People at the hub: who they are, how often a wrong PIN was tried, and their sign-ins, by the hub's own clock."""

from dataclasses import dataclass
from typing import Final

from domain.ids import AccountId, DeviceId, Instant, MerchantId, UserId
from domain.people import User
from domain.policy import Role
from storage.scope import Scope
from storage.session import Row, Session, Sql, insert_into

_ADD: Final = insert_into("people")
_COLUMNS: Final = "p.id, p.name, p.role, p.pin_hash, p.disabled_at"
_GET: Final = Sql(f"SELECT {_COLUMNS} FROM people p WHERE p.merchant_id = :merchant_id AND p.id = :id")
_EVERYBODY: Final = Sql(f"SELECT {_COLUMNS} FROM people p WHERE p.merchant_id = :merchant_id ORDER BY p.id")
_SAVE: Final = Sql(
    "UPDATE people SET name = :name, role = :role, pin_hash = :pin_hash, disabled_at = :disabled_at "
    "WHERE merchant_id = :merchant_id AND id = :id"
)
_SAVE_TRIES: Final = insert_into(
    "person_tries",
    on_conflict="ON CONFLICT (merchant_id, person_id, device_id) DO UPDATE "
    "SET failures = excluded.failures, locked_until = excluded.locked_until",
)
_TRIES: Final = Sql(
    "SELECT failures, locked_until FROM person_tries "
    "WHERE merchant_id = :merchant_id AND person_id = :person_id AND device_id = :device_id"
)
_END_OF_TRIES: Final = Sql("DELETE FROM person_tries WHERE merchant_id = :merchant_id AND person_id = :person_id")
_OWNERS: Final = Sql(
    "SELECT count(*) FROM people WHERE merchant_id = :merchant_id AND role = 'owner' AND disabled_at IS NULL"
)
_GRANT: Final = insert_into("person_grants", on_conflict="ON CONFLICT DO NOTHING")
_REVOKE: Final = Sql(
    "DELETE FROM person_grants WHERE merchant_id = :merchant_id AND person_id = :person_id AND account_id = :account_id"
)
_GRANTED: Final = Sql(
    "SELECT account_id FROM person_grants WHERE merchant_id = :merchant_id AND person_id = :person_id"
)
_SIGN_IN: Final = insert_into("person_sessions")
_SIGNED_IN: Final = Sql(
    f"SELECT {_COLUMNS} FROM person_sessions s JOIN people p ON p.merchant_id = s.merchant_id AND p.id = s.person_id "
    "WHERE s.merchant_id = :merchant_id AND s.token_hash = :token_hash AND s.device_id = :device_id "
    "AND s.begun_at <= :at AND s.until > :at AND p.disabled_at IS NULL"
)
_SIGN_OUT: Final = Sql("DELETE FROM person_sessions WHERE merchant_id = :merchant_id AND token_hash = :token_hash")
_END_OF_PERSON: Final = Sql("DELETE FROM person_sessions WHERE merchant_id = :merchant_id AND person_id = :person_id")
_END_OF_TILL: Final = Sql("DELETE FROM person_sessions WHERE merchant_id = :merchant_id AND device_id = :device_id")
_END_OF_OLD: Final = Sql("DELETE FROM person_sessions WHERE merchant_id = :merchant_id AND until <= :at")


@dataclass(frozen=True, slots=True)
class Tries:
    """A person at the hub, how many wrong PINs in a row were typed for them at one till, and until when those keep
    them from signing in at the hub from there: who stole another till's token shuts nobody out."""

    user: User
    failures: int
    locked_until: Instant | None


@dataclass(frozen=True, slots=True)
class HubPeople:
    """The people of a merchant as the hub keeps them; their tries at the hub are not those at any till."""

    scope: Scope

    def add(self, user: User) -> None:
        """Keep a new person."""
        self.scope.session.run(_ADD, self._values(user))

    def get(self, user_id: UserId) -> User | None:
        """Return a person."""
        return _person(self.scope.session, self.scope.merchant_id, user_id)

    def save(self, user: User) -> None:
        """Keep a person's name, role, PIN and whether they are disabled.

        Another role or PIN, or being disabled, ends their sign-ins here; another PIN opens what wrong ones have locked.
        """
        session, merchant_id, standing = self.scope.session, self.scope.merchant_id, self.get(user.id)
        session.run(_SAVE, self._values(user))
        if standing is None:
            return
        if (standing.role, standing.pin_hash, standing.disabled_at) != (user.role, user.pin_hash, user.disabled_at):
            end_sessions_of(session, merchant_id, user.id)
        if standing.pin_hash != user.pin_hash:
            session.run(_END_OF_TRIES, {"merchant_id": merchant_id, "person_id": user.id})

    def save_tries(self, user_id: UserId, failures: int, locked_ms: int) -> None:
        """Tries are counted where a PIN is typed; the hub counts its own by `save_hub_tries`."""
        raise AssertionError((user_id, failures, locked_ms))

    def everybody(self) -> list[User]:
        """Return all people the shop ever had."""
        merchant_id = self.scope.merchant_id
        return [_user(merchant_id, row) for row in self.scope.session.all(_EVERYBODY, {"merchant_id": merchant_id})]

    def untold(self) -> list[User]:
        """The hub has nobody to tell of whom it has not heard."""
        return []

    def note_told(self, user_id: UserId) -> None:
        """What the hub keeps, it knows."""

    def owners(self) -> int:
        """Return how many owners may sign in."""
        row = self.scope.session.one(_OWNERS, {"merchant_id": self.scope.merchant_id})
        assert row is not None, "a count has a row"
        return int(row[0])

    def _values(self, user: User) -> dict[str, str | int | None]:
        return {
            "merchant_id": self.scope.merchant_id,
            "id": user.id,
            "name": user.name,
            "role": user.role.value,
            "pin_hash": user.pin_hash,
            "disabled_at": user.disabled_at,
        }


@dataclass(frozen=True, slots=True)
class HubGrants:
    """Which people may see which accounts, as the hub keeps it for the tills; at the hub nobody looks at accounts."""

    scope: Scope

    def grant(self, user_id: UserId, account_id: AccountId) -> None:
        """Keep that a person may see an account."""
        self.scope.session.run(_GRANT, self._key(user_id, account_id))

    def revoke(self, user_id: UserId, account_id: AccountId) -> None:
        """Keep that a person may no longer see an account."""
        self.scope.session.run(_REVOKE, self._key(user_id, account_id))

    def sees(self, user_id: UserId, account_id: AccountId) -> bool:
        """Whether a person was let see an account."""
        return account_id in self.of(user_id)

    def sees_all(self, user_id: UserId) -> bool:
        """Nobody looks at accounts here."""
        raise AssertionError(user_id)

    def of(self, user_id: UserId) -> frozenset[AccountId]:
        """Return the accounts that a person was let see."""
        values = {"merchant_id": self.scope.merchant_id, "person_id": user_id}
        return frozenset(AccountId(row[0]) for row in self.scope.session.all(_GRANTED, values))

    def _key(self, user_id: UserId, account_id: AccountId) -> dict[str, str]:
        return {"merchant_id": self.scope.merchant_id, "person_id": user_id, "account_id": account_id}


def tries_of(session: Session, merchant_id: MerchantId, user_id: UserId, device_id: DeviceId) -> Tries | None:
    """Return a person of the merchant with the wrong PINs that were typed for them at a till, or None."""
    user = _person(session, merchant_id, user_id)
    if user is None:
        return None
    values = {"merchant_id": merchant_id, "person_id": user_id, "device_id": device_id}
    failures, until = session.one(_TRIES, values) or (0, None)
    return Tries(user, failures, None if until is None else Instant(until))


def save_hub_tries(
    session: Session,
    merchant_id: MerchantId,
    user_id: UserId,
    device_id: DeviceId,
    failures: int,
    locked_until: Instant | None,
) -> None:
    """Keep how many wrong PINs in a row a person had at a till, and until when that locks them out there."""
    values = {"merchant_id": merchant_id, "person_id": user_id, "device_id": device_id}
    session.run(_SAVE_TRIES, {**values, "failures": failures, "locked_until": locked_until})


def begin_session(
    session: Session,
    merchant_id: MerchantId,
    user_id: UserId,
    device_id: DeviceId,
    token_hash: str,
    at: Instant,
    until: Instant,
) -> None:
    """Let a person act at the hub from one till until a moment; the token's hash (SHA-256, hex) alone is kept."""
    session.run(_END_OF_OLD, {"merchant_id": merchant_id, "at": at})
    session.run(
        _SIGN_IN,
        {
            "merchant_id": merchant_id,
            "token_hash": token_hash,
            "device_id": device_id,
            "person_id": user_id,
            "begun_at": at,
            "until": until,
        },
    )


def signed_in(
    session: Session, merchant_id: MerchantId, device_id: DeviceId, token_hash: str, at: Instant
) -> User | None:
    """Return who is signed in at the hub by a token from a till, as they are now; None if nobody is any more."""
    values = {"merchant_id": merchant_id, "device_id": device_id, "token_hash": token_hash, "at": at}
    row = session.one(_SIGNED_IN, values)
    return None if row is None else _user(merchant_id, row)


def end_session(session: Session, merchant_id: MerchantId, token_hash: str) -> bool:
    """End one sign-in; False if there is none."""
    return session.run(_SIGN_OUT, {"merchant_id": merchant_id, "token_hash": token_hash}) == 1


def end_sessions_of(session: Session, merchant_id: MerchantId, user_id: UserId) -> int:
    """End every sign-in of a person at the hub; return how many there were."""
    return session.run(_END_OF_PERSON, {"merchant_id": merchant_id, "person_id": user_id})


def end_sessions_at(session: Session, merchant_id: MerchantId, device_id: DeviceId) -> int:
    """End every sign-in from a till; return how many there were."""
    return session.run(_END_OF_TILL, {"merchant_id": merchant_id, "device_id": device_id})


def _person(session: Session, merchant_id: MerchantId, user_id: UserId) -> User | None:
    row = session.one(_GET, {"merchant_id": merchant_id, "id": user_id})
    return None if row is None else _user(merchant_id, row)


def _user(merchant_id: MerchantId, row: Row) -> User:
    disabled = None if row[4] is None else Instant(row[4])
    return User(UserId(row[0]), merchant_id, row[1], Role(row[2]), row[3], disabled_at=disabled)
