"""What a decision stands on: a version that was handed in, a day of approval, a conversation before it was signed."""

from datetime import timedelta

import pytest

from portal.graduation.records import graduations
from portal.graduation.records.graduations import Graduation
from portal.graduation.rules import Effective, Recorded, SignedStatement
from portal.kernel.base import session
from portal.kernel.clock import today
from portal.kernel.terms import EvidenceKind, Refused
from portal.kernel.workflow import Decision, Defects, Reason
from tests import cast
from tests import graduating as go

pytestmark = pytest.mark.usefixtures("app")


def put_to(case, **changes):
    row = session.get(Graduation, case.id)
    for name, value in changes.items():
        setattr(row, name, value)
    session.commit()
    return row


@pytest.mark.parametrize(("step", "stated"), [("approve", Decision()), ("return", Defects(("x",))), ("reject", Reason("x"))])
def test_nobody_decides_on_what_was_never_handed_in(people, step, stated):
    """The flow brings no case there; a database could."""
    case = put_to(go.brought_to("statement_signed"), state="submitted")
    with pytest.raises(Refused, match="nothing_submitted"):
        go.take(people.budi, case, step, stated)
    assert go.state_of(case) == "submitted"


@pytest.mark.parametrize(
    ("state", "step", "stated"),
    [("approved", "record", Recorded(today(), "SIKS-1")), ("recorded", "take_effect", Effective(today()))],
)
def test_what_nobody_approved_is_neither_recorded_nor_effective(people, state, step, stated):
    case = put_to(go.brought_to(state), approved_on=None)
    with pytest.raises(Refused, match="step_not_from_here"):
        go.take(people.budi, case, step, stated)
    assert go.state_of(case) == state


def test_nobody_signs_before_the_conversation(people):
    case = go.brought_to("counselling")
    scan = (go.staged(people.sari, EvidenceKind.SIGNED_STATEMENT),)
    with pytest.raises(Refused):
        go.take(people.sari, case, "sign", SignedStatement(today() - timedelta(days=1), scan))
    assert go.state_of(case) == "counselling"
    assert go.take(people.sari, session.get(Graduation, case.id), "sign", go.statement(people.sari)).state == "statement_signed"


def test_the_statement_of_a_family_without_anybody_shows_no_nik(people):
    case = go.brought_to("counselling")
    for member in cast.household("Misnati").members:
        member.left_on = today()
    session.commit()
    signatory = graduations.reveal_for_statement(people.sari, session.get(Graduation, case.id), key=go.key())
    assert (signatory.nik, signatory.kk) == (None, cast.household("Misnati").kk)
