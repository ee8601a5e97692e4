"""The cast's families with a beginning: when an event tells how they came in, the invariants hold for them."""

from sqlalchemy import select

from portal.family.records.models import Household
from portal.kernel import gate
from portal.kernel.base import session
from portal.kernel.work import Work
from tests import cast


def tell() -> None:
    """One import's chunk that says of every family how it stands; commits."""

    def act(work: Work) -> Household:
        families = list(session.scalars(select(Household).order_by(Household.id)))
        for family in families:
            work.log("membership.open", family, household=family, to_state=str(family.membership))
        return families[0]

    gate.write_chunk(cast.actor("budi"), "intake.use", key="beginnings", payload=[], act=act)
