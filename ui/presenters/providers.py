"""The shop's payment providers as its owner sees them: connected, tested, given new secrets, disconnected."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from domain.errors import DomainError
from domain.policy import Action
from ui.presenters.desk import Desk
from ui.presenters.hub_desk import Disconnection, HubDesk, Proof, ProviderField, ProviderInfo, ProviderTest
from ui.presenters.hub_list import HubListPresenter, HubListState
from ui.presenters.hub_proof import ProofPresenter
from ui.presenters.presenter import Mood, Words


class Asking(StrEnum):
    """What is asked before a provider is disconnected; the second question tells of payments that are open."""

    SURE = "sure"
    OPEN_PAYMENTS = "open_payments"


class Said(StrEnum):
    """What became of the last act on the form."""

    SAVED = "saved"
    ROTATED = "rotated"
    TESTED = "tested"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class ProvidersState(HubListState):
    """The list, and the form that is open; what is typed into the form is in its fields alone.

    `missing` names the fields that must be filled in, `unfit` the one that the hub will not take as it is. `kept` rises
    with every save, so that the form forgets secrets.
    """

    rows: tuple[ProviderInfo, ...] = ()
    chosen: str | None = None
    missing: frozenset[str] = frozenset()
    unfit: str = ""
    kept: int = 0
    said: Said | None = None
    asking: Asking | None = None
    open_payments: int = 0

    @property
    def info(self) -> ProviderInfo | None:
        """The provider whose form is open."""
        return next((row for row in self.rows if row.provider == self.chosen), None)


class ProvidersPresenter(HubListPresenter[ProvidersState]):
    """Hands what was filled in to the hub; no secret is ever in the state."""

    def __init__(self, desk: Desk, proofs: ProofPresenter) -> None:
        super().__init__(ProvidersState(), desk, proofs, Action.MANAGE_PROVIDERS)

    def read(self, hub: HubDesk, proof: Proof) -> Sequence[ProviderInfo]:
        """Ask for all providers."""
        return hub.providers(proof)

    def show(self, answer: Sequence[ProviderInfo]) -> None:
        """Take the providers over, those first that are connected or can be; the form that is open stays."""
        self._change(rows=tuple(sorted(answer, key=lambda row: (not row.connected, not row.usable))))

    def open_form(self, provider: str) -> None:
        """Open the form of a provider."""
        self._change(chosen=provider, missing=frozenset(), unfit="", said=None, problem=None)

    def back(self) -> None:
        """Leave the form for the list; what was typed is forgotten."""
        if not self.state.busy:
            self._change(chosen=None, missing=frozenset(), unfit="", said=None, asking=None, problem=None)

    def save(self, values: Mapping[str, str]) -> None:
        """Connect the provider, or change what differs; an empty secret keeps the one that is there."""
        info = self.state.info
        if info is None or self.state.busy:
            return
        missing = frozenset(each.name for each in info.fields if _is_missing(each, values))
        self._change(missing=missing, unfit="", said=None, problem=None)
        if missing:
            return
        changed = {each.name: values[each.name] for each in info.fields if _differs(each, values, info.connected)}
        if not changed:
            self._change(said=Said.UNCHANGED)
            return
        rotated = any(each.secret and each.shown and each.name in changed for each in info.fields)
        self._act(
            lambda hub, proof: hub.connect_provider(proof, info.provider, changed),
            lambda answer: self._saved(answer, Said.ROTATED if rotated else Said.SAVED),
        )

    def test(self) -> None:
        """Have the provider asked something harmless."""
        info = self.state.info
        if info is None or not info.connected:
            return
        self._change(said=None)
        self._act(lambda hub, proof: hub.test_provider(proof, info.provider), self._tested)

    def ask_disconnect(self) -> None:
        """Ask whether the provider is to be disconnected."""
        info = self.state.info
        if info is not None and info.connected and not self.state.busy:
            self._change(asking=Asking.SURE, said=None, problem=None)

    def confirm(self) -> None:
        """Say yes; while payments are open that is asked once more."""
        info, asking = self.state.info, self.state.asking
        if info is None or asking is None:
            return
        even_if_open = asking is Asking.OPEN_PAYMENTS
        self._change(asking=None)
        self._act(
            lambda hub, proof: hub.disconnect_provider(proof, info.provider, even_if_open=even_if_open),
            lambda answer: self._disconnected(info.provider, answer),
        )

    def keep(self) -> None:
        """Say no."""
        self._change(asking=None)

    def _saved(self, info: ProviderInfo, said: Said) -> None:
        self._put(info)
        self._change(said=said, kept=self.state.kept + 1)
        self._tell(Mood.OK, f"connections.provider.{said.value}", info.provider)

    def _tested(self, test: ProviderTest) -> None:
        info = self.state.info
        if info is not None:
            self._put(replace(info, last_test=test))
            self._change(said=Said.TESTED)

    def _disconnected(self, provider: str, answer: Disconnection) -> None:
        if not answer.disconnected and answer.open_payments:
            self._change(asking=Asking.OPEN_PAYMENTS, open_payments=answer.open_payments)
            return
        self._change(chosen=None, kept=self.state.kept + 1)
        self._tell(Mood.INFO, "connections.provider.disconnected", provider)
        self.refresh()

    def _refused(self, error: DomainError) -> None:
        super()._refused(error)
        self._change(unfit=str(error.facts.get("field", "")))

    def _put(self, info: ProviderInfo) -> None:
        self._change(rows=tuple(info if row.provider == info.provider else row for row in self.state.rows))

    def _tell(self, mood: Mood, key: str, provider: str) -> None:
        self._desk.notices.toast(mood, Words.of(key, provider=provider))


def _is_missing(field: ProviderField, values: Mapping[str, str]) -> bool:
    kept = field.shown if field.secret or field.name not in values else ""
    return field.required and not (kept or values.get(field.name, "").strip())


def _differs(field: ProviderField, values: Mapping[str, str], connected: bool) -> bool:
    if field.name not in values:
        return False
    value = values[field.name]
    if field.secret or not connected:
        return bool(value)
    return value != field.shown
