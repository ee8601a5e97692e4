"""Graduation cases: begun on a family, moved in bulk, and the statement that the family signs.

Single steps go through `gate.perform`; what a step needs and sets off is in records/effects.py.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.family.records.models import Household
from portal.family.records.reveals import REVEALED, NumberKind, Purpose
from portal.family.rules.names import caretaker
from portal.graduation.records.models import Graduation
from portal.graduation.rules.facts import WayOut
from portal.graduation.rules.flow import GRADUATION
from portal.kernel import gate
from portal.kernel.terms import IN_PROGRAMME, Actor, ExitType, Refused
from portal.kernel.work import Work


def open_case(actor: Actor, household: Household, way_out: WayOut, *, key: str) -> Graduation:
    """Begin a graduation. Raises Refused("household_not_in_programme" or "graduation_already_open")."""

    def act(work: Work, row: Household) -> Graduation:
        if row.membership not in IN_PROGRAMME:
            raise Refused("household_not_in_programme")
        case = work.add(
            Graduation(
                household_id=row.id, exit_type=ExitType(way_out), state=GRADUATION.first, state_since=work.now,
                opened_at=work.now, opened_by=work.actor.id, facts={},
            )
        )  # fmt: skip
        detail = {"exit_type": case.exit_type}
        work.log("graduation.open", case, household=row, to_state=case.state, detail=detail)
        return case

    opened: Graduation = gate.write(
        actor, "graduation.prepare", household, key=key, payload=str(way_out), act=act, endpoint="graduation.open"
    )
    return opened


@dataclass(frozen=True)
class Outcome:
    """What became of one row of a bulk step: `case` as it is now, `error` when it was left alone."""

    id: int
    case: Graduation | None
    error: Exception | None = None


def take_in_bulk(actor: Actor, step: str, seen: Mapping[int, int], *, facts: Any, key: str) -> tuple[Outcome, ...]:
    """The same step on many cases, each on its own: one that is refused keeps nobody else from moving.

    `seen`: case id -> version that was shown. Sent again with the same key, the same rows answer the same.
    Raises Refused("step_unknown") for a step that is not for many.
    """
    chosen = GRADUATION.step(step)
    if not chosen.bulk:
        raise Refused("step_unknown", step=step)

    def take(case_id: int) -> Graduation:
        case = gate.find(actor, chosen.action, Graduation, case_id)
        moved: Graduation = gate.perform(actor, case, step, seen=seen[case_id], facts=facts, key=f"{key}:{case_id}")
        return moved

    return tuple(_outcome(actor, case_id, take) for case_id in seen)


def _outcome(actor: Actor, case_id: int, take: Callable[[int], Graduation]) -> Outcome:
    try:
        return Outcome(case_id, take(case_id))
    except (Refused, gate.Stale, gate.KeyReused, gate.NotFound, gate.Forbidden) as error:
        return Outcome(case_id, _as_it_is(actor, case_id), error)


def _as_it_is(actor: Actor, case_id: int) -> Graduation | None:
    try:
        return gate.find(actor, "graduation.view", Graduation, case_id)
    except gate.NotFound:
        return None


@dataclass(frozen=True)
class Signatory:
    """Who signs for the family, with the numbers that the printed statement shows in full, and nothing else does."""

    name: str
    nik: str | None
    kk: str | None


def reveal_for_statement(actor: Actor, case: Graduation, *, key: str) -> Signatory:
    """The caretaker's numbers for the printed statement. Each look is logged as one at any other number, with its purpose.

    Raises Refused("already_revealed") for a key that has shown them.
    """
    found: list[Signatory] = []

    def act(work: Work, family: Household) -> Household:
        person = caretaker(family.present_members)
        for number, holder in ((NumberKind.NIK, person), (NumberKind.KK, family)):
            if holder is not None:
                event = work.log(REVEALED, holder, detail={"number": number, "purpose": Purpose.LETTER})
                event.household_id = family.id
        found.append(Signatory(family.caretaker_name, person.nik if person else None, family.kk))
        return family

    gate.write(
        actor,
        "household.reveal",
        case.household,
        key=key,
        payload=["graduation", case.id],
        act=act,
        endpoint="graduation.statement",
    )
    if not found:
        raise Refused("already_revealed")
    return found[0]
