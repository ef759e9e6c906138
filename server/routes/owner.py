"""What the routes of the owner's acts share: who acts, how often, and how a route is described."""

from typing import Annotated, Any

from fastapi import Depends

from domain.errors import ErrorCode
from domain.ids import Instant
from domain.policy import Action, Actor
from server.auth import Caller
from server.hub import Hub
from server.limits import OWNER
from server.person_sessions import PersonToken, admit_person, require_still_acting
from server.problems import Refusal
from server.routes.asking import Known, problems
from storage.hub_tills import KnownTill
from storage.hub_units import HubUnits


class Acting:
    """Who calls: the till, and the token of the person who acts there."""

    def __init__(self, calling: Known, person: PersonToken) -> None:
        self.calling: Caller = calling
        self.person = person

    def admitted(self, hub: Hub, action: Action, at: Instant) -> tuple[KnownTill, Actor]:
        """Return the till and the person who may do this; raises Refusal, 429 for a shop that does too much."""
        till, actor = admit_person(hub, self.calling, self.person, action, at)
        if not hub.rates.allow(OWNER, till.merchant_id, at):
            raise Refusal(ErrorCode.HUB_REFUSED, 429, retry_after_s=1)
        return till, actor

    def units(self, hub: Hub, action: Action, at: Instant) -> HubUnits:
        """Return where an admitted person acts: each commit looks again whether they still may, and raises Refusal."""
        calling, person = self.calling, self.person
        return hub.units.guarded(lambda session: require_still_acting(session, calling, person, action, at))


ActingPerson = Annotated[Acting, Depends(Acting)]


def owner_problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what OpenAPI says of the refusals of an owner's route."""
    return problems(401, 403, 429, *statuses)
