"""The wire of the owner's acts at the hub: providers, tills and the keys of other systems, shared by both ends."""

from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field

from domain.errors import ErrorCode
from sync.wire import Id, Wire

PERSON_HEADER: Final = "Bana-Person"
"""The header that carries the token of the person who acts, as signing in at the hub told it."""

MAX_FIELDS: Final = 20
MAX_FIELD_NAME: Final = 64
MAX_FIELD_TEXT: Final = 2_000
MAX_KEY_NAME: Final = 60
MAX_HOOK_URL: Final = 500

MAX_FILE_NAME: Final = 255
MAX_FILE_TEXT: Final = 3 * 1024 * 1024
"""A statement of two MiB in base64, with room to spare."""

FieldName = Annotated[str, Field(min_length=1, max_length=MAX_FIELD_NAME)]
FieldText = Annotated[str, Field(max_length=MAX_FIELD_TEXT, pattern=r"^[^\x00]*$")]


class ProviderField(Wire):
    """One line of a provider's form; of a secret there is a mask (`shown`) and a fingerprint, never the secret.

    `choices` is empty where any text fits; `changed_at` is None for a field that was never filled in.
    """

    name: str
    label_vi: str
    label_en: str
    secret: bool
    required: bool
    default: str
    choices: list[str]
    shown: str
    fingerprint: str
    changed_at: int | None


class ProviderTest(Wire):
    """What came of asking a provider something harmless; `code` is a FailureCode, None if it believed us."""

    at: int
    ok: bool
    code: str | None


class ProviderView(Wire):
    """A provider as its owner sees it.

    `usable` is False where the provider cannot take the shop's currency: it cannot be connected. `problem` is the
    ErrorCode of credentials that the hub cannot open: they are disconnected and filled in anew. Until `overlap_until`
    notifications signed with a replaced secret are still believed. `troubled_since` tells since when it has been slow
    or silent, None while it answers.
    """

    provider: str
    connected: bool
    usable: bool
    problem: str | None = None
    fields: list[ProviderField]
    last_test: ProviderTest | None
    overlap_until: int | None
    troubled_since: int | None = None


class ProvidersAnswer(Wire):
    """Every provider that the hub can talk to, in the order of its list."""

    providers: list[ProviderView]


class ProviderValues(Wire):
    """What the owner filled in; a field that is left out keeps its value, an empty one that need not be is emptied."""

    model_config = ConfigDict(hide_input_in_errors=True)

    values: Annotated[dict[FieldName, FieldText], Field(min_length=1, max_length=MAX_FIELDS, repr=False)]


class ProviderProblem(Wire):
    """A refusal, and the field of the form that it is about."""

    code: ErrorCode
    field: str | None = None


class Disconnection(Wire):
    """Whether a provider's credentials were forgotten, and how many of its payments are still open.

    While some are and the caller did not say `even_if_open`, nothing is done and `disconnected` is False.
    """

    disconnected: bool
    open_payments: int


class TillView(Wire):
    """A till of the shop; `this_till` is the one that asks, `last_heard_at` when it last spoke to the hub, if known."""

    device_id: Id
    code: str
    incarnation: str
    name: str
    since: int
    last_heard_at: int | None
    revoked_at: int | None
    this_till: bool


class TillsAnswer(Wire):
    """The shop's tills by code and letter, those that were shut out too."""

    tills: list[TillView]


class Invitation(Wire):
    """A one-time code that lets one till in until `until`; it is told this once."""

    model_config = ConfigDict(hide_input_in_errors=True)

    code: Annotated[str, Field(repr=False)]
    until: int


class TillRevoked(Wire):
    """A till that is shut out from now on; `this_till` if it is the one that asked, whose next call is refused."""

    device_id: Id
    revoked_at: int
    this_till: bool


class HookView(Wire):
    """Where the system of a key hears what became of payments, of what, and how telling it goes.

    `off_at` is when its address said that it is gone; `note` says why the latest of what waits or was given up failed.
    `answer` is what came of the last attempt, at `tried_at`; until `old_until` messages bear the replaced secret's
    signature as well.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    url: Annotated[str, Field(repr=False)]
    events: list[str]
    all_payments: bool
    off_at: int | None
    waiting: int
    given_up: int
    delivered_at: int | None
    note: str
    tried_at: int | None = None
    answer: str = ""
    old_until: int | None = None


class HookNews(Wire):
    """What a system was told or is to be: `about` names the order or the payment, `note` tells the last attempt."""

    id: Id
    type: str
    about: str
    state: Literal["waiting", "delivered", "given_up"]
    attempts: int
    created_at: int
    ended_at: int | None
    next_at: int | None
    note: str


class HookNewsAnswer(Wire):
    """What a system was told lately or is to be, the youngest first."""

    news: list[HookNews]


class HookTried(Wire):
    """What came of telling a system one message at once: `note` is a word for its answer, or for why there was none."""

    id: Id
    delivered: bool
    note: str


class HookRequest(Wire):
    """Where the system of a key wants to hear: `events` empty for all of them, `all_payments` for tills' own, too.

    `renew_secret` makes a new signing secret in place of the one that stands.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    url: Annotated[str, Field(min_length=1, max_length=MAX_HOOK_URL, repr=False)]
    events: Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=32, default_factory=list)]
    all_payments: bool = False
    renew_secret: bool = False


class HookMade(Wire):
    """Where a system hears from now on; `secret` is told this once, and not at all where it stands as it was."""

    model_config = ConfigDict(hide_input_in_errors=True)

    key_id: Id
    events: list[str]
    all_payments: bool
    secret: Annotated[str | None, Field(repr=False)]


class HookRemoved(Wire):
    """A key whose system is told nothing from now on."""

    key_id: Id
    removed_at: int


class ApiKeyView(Wire):
    """A key of another system as its owner sees it; the key itself is nowhere."""

    id: Id
    name: str
    created_at: int
    last_used_at: int | None
    revoked_at: int | None
    hook: HookView | None = None
    scopes: list[str] | None = None


class ApiKeysAnswer(Wire):
    """The shop's keys, the oldest first, revoked ones too."""

    keys: list[ApiKeyView]


class ApiKeyRequest(Wire):
    """A key is asked for, under a name that says whose it is; without `scopes`, one that opens all there is."""

    name: Annotated[str, Field(min_length=1, max_length=MAX_KEY_NAME)]
    scopes: Annotated[list[Annotated[str, Field(max_length=40)]] | None, Field(max_length=20)] = None


class ApiKeyMade(Wire):
    """A new key: `key` is told this once, the hub keeps its hash alone."""

    model_config = ConfigDict(hide_input_in_errors=True)

    id: Id
    name: str
    created_at: int
    scopes: list[str] | None = None
    key: Annotated[str, Field(repr=False)]


class ApiKeyRevoked(Wire):
    """A key that books nothing from now on."""

    id: Id
    revoked_at: int


class StatementFile(Wire):
    """A bank's statement as a file: `content` is base64. Without `book` it is only looked at.

    `account` is whose it is where the file does not say; `columns` are the places of a table's columns from zero
    (date, text, reference, credit, debit, amount, balance) as a person told them, None to go by their heads.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    name: Annotated[str, Field(min_length=1, max_length=MAX_FILE_NAME, pattern=r"^[^\x00]*$")]
    content: Annotated[str, Field(max_length=MAX_FILE_TEXT, repr=False)]
    account: Annotated[str, Field(max_length=64, pattern=r"^[^\x00]*$")] = ""
    columns: Annotated[dict[FieldName, Annotated[int, Field(ge=0, le=100)]], Field(max_length=10)] | None = None
    book: bool = False


class StatementMovement(Wire):
    """A line that names a payment, or money that came without naming one; `fate` says what becomes of it.

    `payment` is the reference that it names. Amounts are minor units.
    """

    position: int
    day: str
    amount_minor: int
    bank_ref: str
    text: str
    payment: str
    fate: str


class StatementSeen(Wire):
    """What a statement says and what becomes of its lines; `booked` once it was read in.

    `problem` is an ErrorCode, with the `line` it is about, for a file that cannot be read so: nothing else is told
    then, but the first `rows` of a table whose columns nobody named, and the `accounts` it may belong to.
    """

    problem: str | None = None
    line: int = 0
    rows: Annotated[list[list[str]], Field(default_factory=list)]
    accounts: Annotated[list[str], Field(default_factory=list)]
    format: str = ""
    account: str = ""
    opening_minor: int | None = None
    closing_minor: int | None = None
    first_day: str = ""
    last_day: str = ""
    sha256: str = ""
    counts: Annotated[dict[str, int], Field(default_factory=dict)]
    movements: Annotated[list[StatementMovement], Field(default_factory=list)]
    booked: bool = False
