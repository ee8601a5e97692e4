"""Many rows, one by one: each has its own outcome, and one that is refused keeps nobody else from moving."""

import pytest

from portal.graduation.records.dossiers import Graduation
from portal.graduation.rules import Recorded
from portal.kernel import gate
from portal.kernel.base import session
from portal.kernel.clock import today
from portal.kernel.gate import Outcome, one_by_one, perform_many
from portal.kernel.terms import Refused
from portal.kernel.workflow import Decision
from tests import graduating as go

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("app")]

STATED = Recorded(today(), "Tahap 4")


def record(people, seen, *, key="b", who="budi"):
    return perform_many(getattr(people, who), Graduation, "record", seen, facts=STATED, key=key)


def states(outcomes):
    return [outcome.row.state if outcome.row else None for outcome in outcomes]


def test_each_row_has_its_own_outcome(people):
    late, good = go.brought_to("approved", "Suliyah"), go.brought_to("approved")
    outcomes = record(people, {late.id: late.version - 1, 999: 1, good.id: good.version})
    assert [outcome.id for outcome in outcomes] == [late.id, 999, good.id]
    assert [type(outcome.error) for outcome in outcomes] == [gate.Stale, gate.NotFound, type(None)]
    assert states(outcomes) == ["approved", None, "recorded"]


def test_the_same_key_answers_the_same_and_moves_nothing_twice(people):
    case = go.brought_to("approved")
    before = case.version
    first, again = (record(people, {case.id: before}) for _ in range(2))
    assert states(first) == states(again) == ["recorded"]
    assert [outcome.error for outcome in (*first, *again)] == [None, None]
    assert session.get(Graduation, case.id).version == before + 1


def test_each_row_has_a_key_of_its_own(people):
    one, two = go.brought_to("approved"), go.brought_to("approved", "Suliyah")
    seen = {one.id: one.version, two.id: two.version}
    record(people, {one.id: seen[one.id]})
    outcomes = record(people, seen)
    assert states(outcomes) == ["recorded", "recorded"]
    assert [outcome.error for outcome in outcomes] == [None, None]


def test_who_may_not_take_the_step_moves_nothing(people):
    case = go.brought_to("approved")
    (outcome,) = record(people, {case.id: case.version}, who="sari")
    assert (type(outcome.error), states([outcome])) == (gate.Forbidden, ["approved"])


@pytest.mark.parametrize("step", ["approve", "take_flight"])
def test_a_step_that_is_not_for_many_is_unknown(people, step):
    case = go.brought_to("approved")
    with pytest.raises(Refused, match="step_unknown"):
        perform_many(people.budi, Graduation, step, {case.id: case.version}, facts=Decision(), key="b")


def refusing(*numbers, error):
    def act(number):
        if number in numbers:
            raise error
        return f"row {number}"

    return act


def test_of_one_that_is_refused_it_is_told_how_it_stands():
    refused = Refused("throttled")
    found = one_by_one([1, 2, 3], refusing(2, error=refused), lambda number: f"as it is {number}")
    assert found == (Outcome(1, "row 1"), Outcome(2, "as it is 2", refused), Outcome(3, "row 3"))


def test_of_one_out_of_sight_nothing_is_told():
    hidden = gate.NotFound()
    found = one_by_one([1, 2], refusing(1, error=hidden), refusing(1, error=hidden))
    assert found == (Outcome(1, None, hidden), Outcome(2, "row 2"))


def test_of_many_there_is_at_least_one():
    with pytest.raises(Refused, match="nothing_chosen"):
        one_by_one([], str, str)


def test_a_row_that_is_named_twice_is_one_row():
    assert one_by_one([2, 1, 2], str, str) == (Outcome(2, "2"), Outcome(1, "1"))


def test_a_fault_of_ours_is_no_outcome():
    with pytest.raises(ZeroDivisionError):
        one_by_one([1], refusing(1, error=ZeroDivisionError()), str)
