"""The shop's tills as its owner sees them: who is in, a code that lets one more in, and shutting one out."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.ids import DeviceId
from domain.policy import Action
from ui.presenters.desk import Desk
from ui.presenters.hub_desk import HubDesk, Invitation, Proof, ShopTill
from ui.presenters.hub_list import HubListPresenter, HubListState
from ui.presenters.hub_proof import ProofPresenter
from ui.presenters.presenter import Mood, Words


@dataclass(frozen=True, slots=True)
class ShopTillsState(HubListState):
    """The tills and which of them is chosen; `invitation` is the code that is on screen, `asking` whether to shut."""

    rows: tuple[ShopTill, ...] = ()
    chosen: DeviceId | None = None
    invitation: Invitation | None = None
    asking: bool = False

    @property
    def till(self) -> ShopTill | None:
        """The till that is chosen."""
        return next((row for row in self.rows if row.device_id == self.chosen), None)

    @property
    def can_shut_out(self) -> bool:
        """Whether the chosen till can be shut out: it is in, and not the one that asks, which would shut itself."""
        till = self.till
        return self.can_act and till is not None and till.revoked_at is None and not till.this_till


class ShopTillsPresenter(HubListPresenter[ShopTillsState]):
    """Asks the hub for codes, and to shut tills out."""

    def __init__(self, desk: Desk, proofs: ProofPresenter) -> None:
        super().__init__(ShopTillsState(), desk, proofs, Action.MANAGE_TILLS)

    def read(self, hub: HubDesk, proof: Proof) -> Sequence[ShopTill]:
        """Ask for all tills."""
        return hub.tills(proof)

    def show(self, answer: Sequence[ShopTill]) -> None:
        """Take the tills over."""
        self._change(rows=tuple(answer))

    def choose(self, device_id: DeviceId | None) -> None:
        """Choose a till of the list."""
        self._change(chosen=device_id)

    def invite(self) -> None:
        """Ask for a code that lets one more till in; an earlier one on screen gives way."""
        self._act(lambda hub, proof: hub.invite_till(proof), lambda made: self._change(invitation=made))

    def end_invitation(self) -> None:
        """Take the code from the screen, and look whether a till came in with it."""
        if self.state.invitation is not None:
            self._change(invitation=None)
            self.refresh()

    def ask_shut_out(self) -> None:
        """Ask whether the chosen till is to be shut out."""
        if self.state.can_shut_out:
            self._change(asking=True)

    def confirm(self) -> None:
        """Say yes."""
        till = self.state.till
        if till is None or not self.state.asking:
            return
        self._change(asking=False)
        self._act(
            lambda hub, proof: hub.shut_out_till(proof, till.device_id),
            lambda _done: self._shut_out(till),
        )

    def keep(self) -> None:
        """Say no."""
        self._change(asking=False)

    def _shut_out(self, till: ShopTill) -> None:
        self._desk.notices.toast(Mood.INFO, Words.of("connections.till.shut_out_done", code=till.code))
        self.refresh()
