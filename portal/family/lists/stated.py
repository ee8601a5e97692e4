"""What the steps of a case stated, for the pages of every kind."""

from datetime import date
from typing import Any

from sqlalchemy import select

from portal.family.records.cases import Case
from portal.kernel.base import session
from portal.kernel.history import Event
from portal.kernel.kinds import Stated
from portal.kernel.people import User


def stated(case: Case) -> list[Stated]:
    """Every step's facts in the order in which they were last taken; one statement."""
    taken = _last_taken(case)
    order = {step: at for at, step in enumerate(taken)}
    steps = sorted(case.facts.items(), key=lambda one: order.get(one[0], -1))
    return [_stated(step, dict(facts), taken.get(step, "–")) for step, facts in steps]


def _stated(step: str, facts: dict[str, Any], who: str) -> Stated:
    del facts["by"]
    return Stated(step, date.fromisoformat(facts.pop("on")), who, facts)


def _last_taken(case: Case) -> dict[str, str]:
    """Step -> who took it last, the earliest first. Facts keep the day only, and no order on PostgreSQL."""
    about = (Event.subject_type == case.__tablename__, Event.subject_id == case.id)
    rows = session.execute(
        select(Event.kind, User.name).join(User, User.id == Event.actor_id).where(*about).order_by(Event.seq)
    )
    found: dict[str, str] = {}
    for kind, who in rows:
        step = kind.partition(".")[2]
        found.pop(step, None)
        found[step] = who
    return found
