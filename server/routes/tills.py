"""The shop's tills: which there are, an invitation for another one, and shutting one out."""

from typing import Annotated

from fastapi import APIRouter, Path

from domain.errors import ErrorCode
from domain.ids import DeviceId
from domain.policy import Action
from server.enrolment import INVITATION_MS, create_invitation, shut_out
from server.hub import Hub
from server.intake import TILLS_PATH
from server.problems import Refusal
from server.routes.asking import routes_on
from server.routes.owner import ActingPerson, owner_problems
from storage.hub_tills import TillRow, tills_of
from sync.owner_wire import Invitation, TillRevoked, TillsAnswer, TillView


def till_routes(hub: Hub) -> APIRouter:
    """Return the routes on which an owner looks after the tills."""
    router = routes_on("tills")

    @router.get(TILLS_PATH, response_model=TillsAnswer, responses=owner_problems())
    def listed(acting: ActingPerson) -> TillsAnswer:
        """List the shop's tills, those that were shut out too."""
        till, _ = acting.admitted(hub, Action.MANAGE_TILLS, hub.now())
        rows = hub.units.read_of(till.merchant_id, lambda session: tills_of(session, till.merchant_id))
        return TillsAnswer(tills=[_view(row, till.device_id) for row in rows])

    @router.post(f"{TILLS_PATH}/invitations", response_model=Invitation, responses=owner_problems())
    def invite(acting: ActingPerson) -> Invitation:
        """Make a one-time code that lets one till in; it is shown this once."""
        at = hub.now()
        till, actor = acting.admitted(hub, Action.MANAGE_TILLS, at)
        units = acting.units(hub, Action.MANAGE_TILLS, at)
        code = create_invitation(units, till.merchant_id, at, by=actor.user_id)
        return Invitation(code=code, until=at + INVITATION_MS)

    @router.delete(f"{TILLS_PATH}/{{device_id}}", response_model=TillRevoked, responses=owner_problems(404))
    def revoke(acting: ActingPerson, device_id: Annotated[str, Path(max_length=64)]) -> TillRevoked:
        """Shut a till out at once; the calling one too, whose next call is refused then."""
        at = hub.now()
        till, actor = acting.admitted(hub, Action.MANAGE_TILLS, at)
        units = acting.units(hub, Action.MANAGE_TILLS, at)
        if not shut_out(units, till.merchant_id, DeviceId(device_id), at, by=actor.user_id):
            raise Refusal(ErrorCode.DEVICE_UNKNOWN, 404)
        return TillRevoked(device_id=device_id, revoked_at=at, this_till=device_id == till.device_id)

    return router


def _view(row: TillRow, asking: DeviceId) -> TillView:
    return TillView(
        device_id=row.device_id,
        code=row.code,
        incarnation=row.incarnation,
        name=row.name,
        since=row.enrolled_at,
        last_heard_at=row.heard_at,
        revoked_at=row.revoked_at,
        this_till=row.device_id == asking,
    )
