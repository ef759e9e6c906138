"""People at two tills and a hub: an owner at each till, and what each of the three knows of everybody."""

from typing import Any, Final

from domain.ids import UserId
from domain.people import NewPin
from domain.policy import Actor, Role
from domain.services.people import add_user
from domain.services.people_facts import introduce_people
from tests.builders import an_id
from tests.property.shop_stage import Shop, Till

HOA: Final = UserId(an_id("Hoa"))
BA: Final = UserId(an_id("Ba"))
LAN: Final = UserId(an_id("Lan"))
PIN: Final = NewPin("hash of 471193", 6)

_PEOPLE: Final = "SELECT id, name, role, pin_hash, disabled_at FROM {table} ORDER BY id"


class PeopleShop(Shop):
    """A shop whose first till has told of two owners and a cashier."""

    def __init__(self) -> None:
        super().__init__()
        self.tills[0].units.run(self._found)
        self.settle_down()

    def _found(self, uow: Any) -> None:
        for user_id, name, role in ((HOA, "Hoa", Role.OWNER), (BA, "Ba", Role.OWNER), (LAN, "Lan", Role.CASHIER)):
            add_user(uow, user_id, name, role, f"hash of {name}", self.at)
        introduce_people(uow, self.at)

    def owner(self, till: Till, user_id: UserId = HOA) -> Actor:
        """Return an owner at a till."""
        return Actor(user_id, "Hoa", Role.OWNER, till.setup.device_id)

    def known(self) -> list[dict[str, Any]]:
        """Return what the hub and each till know: people by id, and who may see which account."""
        hub = {
            "people": self.hub_books.ask(_PEOPLE.format(table="people")),
            "grants": self.hub_books.ask("SELECT person_id, account_id FROM person_grants ORDER BY 1, 2"),
        }
        tills = [
            {
                "people": till.books.ask(_PEOPLE.format(table="users")),
                "grants": till.books.ask("SELECT user_id, account_id FROM account_grants ORDER BY 1, 2"),
            }
            for till in self.tills
        ]
        return [hub, *tills]
