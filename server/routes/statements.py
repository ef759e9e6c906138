"""A bank's statement read in by a person: looked at first, then kept and applied."""

import base64
import binascii

from fastapi import APIRouter

from domain.errors import ErrorCode, RuleBroken
from domain.policy import Action
from server.bank_statements.statement import ColumnsUnknown
from server.hub import Hub
from server.intake import STATEMENTS_PATH
from server.problems import Refusal
from server.routes.asking import JsonBody, described, read_body, routes_on
from server.routes.owner import ActingPerson, owner_problems
from server.statement_import import AccountNeeded, Asked, Fate, Fated, Seen, look_at, read_in
from sync.owner_wire import StatementFile, StatementMovement, StatementSeen

_SHOWN_TEXT = 140


def statement_routes(hub: Hub) -> APIRouter:
    """Return the route on which a person reads in a bank's statement."""
    router = routes_on("statements")

    @router.post(
        STATEMENTS_PATH,
        response_model=StatementSeen,
        openapi_extra=described(StatementFile),
        responses=owner_problems(415),
    )
    def statement(acting: ActingPerson, body: JsonBody) -> StatementSeen:
        """Look at a statement, or read it in; a file that cannot be read is answered with its problem."""
        at = hub.now()
        till, actor = acting.admitted(hub, Action.IMPORT_STATEMENT, at)
        asked, book = _asked(read_body(body, StatementFile))
        try:
            if not book:
                return told_statement(look_at(hub.units, till.merchant_id, asked, at), asked)
            units = acting.units(hub, Action.IMPORT_STATEMENT, at)
            seen = read_in(units, hub.inbox, till.merchant_id, asked, hub.now, by=actor.user_id)
        except RuleBroken as problem:
            return told_problem(problem)
        hub.something_arrived()
        return told_statement(seen, asked, booked=True)

    return router


def told_problem(problem: RuleBroken) -> StatementSeen:
    """Return why a file cannot be read, as it travels."""
    line = problem.facts.get("line", 0)
    return StatementSeen(
        problem=problem.code.value,
        line=line if isinstance(line, int) else 0,
        rows=[list(row) for row in problem.rows] if isinstance(problem, ColumnsUnknown) else [],
        accounts=list(problem.accounts) if isinstance(problem, AccountNeeded) else [],
        counts={},
        movements=[],
    )


def told_statement(seen: Seen, asked: Asked, *, booked: bool = False) -> StatementSeen:
    """Return what a statement says, as it travels; money that went out is only counted."""
    statement = seen.statement
    days = [line.day for line in statement.lines]
    return StatementSeen(
        rows=[],
        accounts=[],
        format=seen.format,
        account=seen.account,
        opening_minor=statement.opening_minor,
        closing_minor=statement.closing_minor,
        first_day=min(days, default=""),
        last_day=max(days, default=""),
        sha256=asked.sha256,
        counts={fate.value: count for fate, count in seen.counts.items()},
        movements=[_movement(each) for each in seen.lines if each.fate is not Fate.OUT],
        booked=booked,
    )


def _movement(told: Fated) -> StatementMovement:
    line = told.line
    return StatementMovement(
        position=line.position,
        day=line.day,
        amount_minor=line.amount_minor,
        bank_ref=line.bank_ref,
        text=line.text[:_SHOWN_TEXT],
        payment=told.reference,
        fate=told.fate.value,
    )


def _asked(told: StatementFile) -> tuple[Asked, bool]:
    try:
        data = base64.b64decode(told.content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refusal(ErrorCode.MESSAGE_MALFORMED) from error
    return Asked(told.name, data, told.account, told.columns), told.book
