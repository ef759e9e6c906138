"""What owners see and do at the hub: providers, the shop's tills and the keys of other systems; no network here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from domain.errors import ErrorCode, FailureCode
from domain.ids import DeviceId, Instant, UserId
from domain.money import Language
from domain.other_systems import Scope


@dataclass(frozen=True, slots=True)
class Proof:
    """The hub's word that a person has just typed their PIN at this till; the hub alone says when it ends."""

    user_id: UserId
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ProviderField:
    """One line of a provider's form; of a secret `shown` is a mask and `fingerprint` tells one from another.

    `choices` is empty where any text fits; `changed_at` is None for what was never filled in.
    """

    name: str
    label_vi: str
    label_en: str
    secret: bool = False
    required: bool = True
    choices: tuple[str, ...] = ()
    shown: str = ""
    fingerprint: str = ""
    changed_at: Instant | None = None

    def label(self, language: Language) -> str:
        """Return what the field is called."""
        return self.label_vi if language is Language.VI else self.label_en


@dataclass(frozen=True, slots=True)
class ProviderTest:
    """What came of asking a provider something harmless; `failure` is None if it believed the shop."""

    at: Instant
    failure: FailureCode | None = None


@dataclass(frozen=True, slots=True)
class ProviderInfo:
    """A provider and its form; one that is not `usable` cannot take the shop's currency.

    `problem` says why the hub cannot open what is kept: it is disconnected then, and filled in anew. Until
    `overlap_until` notifications that were signed with a replaced secret are still believed. `troubled_since` is since
    when it has been slow or silent.
    """

    provider: str
    connected: bool
    fields: tuple[ProviderField, ...]
    usable: bool = True
    last_test: ProviderTest | None = None
    overlap_until: Instant | None = None
    problem: ErrorCode | None = None
    troubled_since: Instant | None = None


@dataclass(frozen=True, slots=True)
class ShopTill:
    """A till of the shop; `revoked_at` is None while it is in, `last_heard_at` where the hub does not know."""

    device_id: DeviceId
    code: str
    name: str
    since: Instant
    last_heard_at: Instant | None = None
    revoked_at: Instant | None = None
    this_till: bool = False


@dataclass(frozen=True, slots=True)
class Invitation:
    """A one-time code that lets one till in until `until`; `made_at` is this till's time when it was told."""

    code: str = field(repr=False)
    made_at: Instant
    until: Instant


@dataclass(frozen=True, slots=True)
class ApiHook:
    """Where the system of a key hears what became of payments; the `url` may hold a secret, the `host` does not.

    `waiting` and `given_up` count messages; from `off_at` on it is told nothing, for its address said that it is gone.
    `answer` is what came of the last attempt, at `tried_at`; until `old_until` the replaced secret signs as well.
    """

    host: str
    waiting: int = 0
    given_up: int = 0
    off_at: Instant | None = None
    url: str = field(default="", repr=False)
    events: tuple[str, ...] = ()
    all_payments: bool = False
    tried_at: Instant | None = None
    answer: str = ""
    old_until: Instant | None = None

    @property
    def failing(self) -> bool:
        """Whether the last attempt failed."""
        return bool(self.answer) and not self.answer.startswith("http_2")


@dataclass(frozen=True, slots=True)
class HookWish:
    """Where a system is to hear, of which kinds of news, and whether of the tills' own payments, too."""

    url: str = field(default="", repr=False)
    events: tuple[str, ...] = ()
    all_payments: bool = False


NO_WISH: Final = HookWish()


@dataclass(frozen=True, slots=True)
class HookNews:
    """A message to a system: `about` names the order or payment, `note` what came of the last of its `attempts`.

    `state` is waiting, delivered or given_up; one that waits is sent again at `next_at`.
    """

    id: str
    type: str
    about: str
    state: str
    attempts: int
    created_at: Instant
    ended_at: Instant | None = None
    next_at: Instant | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class HookTried:
    """What came of a message that was sent by hand."""

    delivered: bool
    note: str


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key of another system as its owner sees it; the key itself is nowhere."""

    id: str
    name: str
    created_at: Instant
    last_used_at: Instant | None = None
    revoked_at: Instant | None = None
    hook: ApiHook | None = None
    scopes: tuple[Scope, ...] = ()


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """A key that was just made: `key` is told this once."""

    name: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Disconnection:
    """Whether a provider was disconnected, and how many of its payments are still open."""

    disconnected: bool
    open_payments: int = 0


@dataclass(frozen=True, slots=True)
class StatementFile:
    """A bank's statement that a person chose; `account` and `columns` are what they said where the file does not."""

    name: str
    data: bytes = field(repr=False)
    account: str = ""
    columns: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class StatementRow:
    """Money that came, minor units; `payment` is the reference that its text names, `fate` what becomes of it."""

    position: int
    day: str
    amount_minor: int
    text: str
    payment: str
    fate: str


@dataclass(frozen=True, slots=True)
class StatementView:
    """What the hub sees in a statement; of one with a `problem`, `rows` and `accounts` are what a person is asked.

    `counts` is how many lines there are of each fate; `booked` once it was read in.
    """

    problem: ErrorCode | None = None
    line: int = 0
    rows: tuple[tuple[str, ...], ...] = ()
    accounts: tuple[str, ...] = ()
    account: str = ""
    first_day: str = ""
    last_day: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    movements: tuple[StatementRow, ...] = ()
    booked: bool = False


class HubDesk(Protocol):
    """The owner's acts at the hub; every call may take seconds, so it is made off the GUI thread.

    Each raises SyncProblem: NET_UNREACHABLE and NET_TIMEOUT for a hub out of reach, else the hub's own word, such as
    PERSON_SESSION_ENDED for a proof that no longer holds and NOT_PERMITTED.
    """

    def prove(self, user_id: UserId, pin: str) -> Proof:
        """Sign a person in at the hub; raises SyncProblem(PIN_WRONG) and SyncProblem(PIN_LOCKED)."""

    def withdraw(self, proof: Proof) -> None:
        """End the person's sign-in at the hub before its time."""

    def providers(self, proof: Proof) -> Sequence[ProviderInfo]:
        """Return every provider that the hub can talk to."""

    def connect_provider(self, proof: Proof, provider: str, values: Mapping[str, str]) -> ProviderInfo:
        """Keep what was filled in; a field that is left out keeps its value. Raises SyncProblem of an unfit one."""

    def test_provider(self, proof: Proof, provider: str) -> ProviderTest:
        """Have the provider asked something harmless."""

    def disconnect_provider(self, proof: Proof, provider: str, *, even_if_open: bool) -> Disconnection:
        """Forget a provider's credentials; while payments are open, only if that was said."""

    def tills(self, proof: Proof) -> Sequence[ShopTill]:
        """Return the shop's tills, those that were shut out too."""

    def invite_till(self, proof: Proof) -> Invitation:
        """Return a code that lets one more till in."""

    def shut_out_till(self, proof: Proof, device_id: DeviceId) -> None:
        """Take a till's token out of use at once."""

    def api_keys(self, proof: Proof) -> Sequence[ApiKey]:
        """Return the keys of other systems, revoked ones too."""

    def make_api_key(self, proof: Proof, name: str, scopes: Sequence[Scope]) -> NewApiKey:
        """Make a key that opens some scopes, under a name that says whose it is."""

    def revoke_api_key(self, proof: Proof, key_id: str) -> None:
        """Take a key out of use at once."""

    def set_hook(self, proof: Proof, key_id: str, wish: HookWish, *, renew_secret: bool) -> str | None:
        """Tell a key's system at an address; return a new signing secret, None where the one that stands is kept."""

    def drop_hook(self, proof: Proof, key_id: str) -> None:
        """Tell a key's system nothing any more."""

    def try_hook(self, proof: Proof, key_id: str) -> HookTried:
        """Tell a key's system a message that says nothing."""

    def hook_news(self, proof: Proof, key_id: str) -> Sequence[HookNews]:
        """Return the latest messages to a key's system."""

    def resend_news(self, proof: Proof, key_id: str, news_id: str) -> HookTried:
        """Tell a key's system one message once more."""

    def read_statement(self, proof: Proof, file: StatementFile, *, book: bool) -> StatementView:
        """Have a bank's statement looked at, or read in where `book` says so."""
