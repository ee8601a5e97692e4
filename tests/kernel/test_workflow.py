import dataclasses
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.graduation.rules import GRADUATION
from portal.kernel import workflow
from portal.kernel.terms import Refused
from portal.kernel.workflow import RETURN_POINT, STAY, Flow, Step
from portal.nomination.rules import NOMINATION
from tests.flows import FLOWS

LAMP = Flow("lamp", first="off", ends=frozenset({"broken"}), steps=(
    Step("switch_on", ("off",), "on", "lamp.use", needs=("bulb", "current")),
    Step("send_back", ("on",), "returned", "lamp.use"),
    Step("resume", ("returned",), RETURN_POINT, "lamp.use"),
    Step("dust", ("on", "off"), STAY, "lamp.use"),
    Step("smash", ("on", "off"), "broken", "lamp.use"),
))  # fmt: skip

every_flow = pytest.mark.parametrize("flow", FLOWS.values(), ids=FLOWS)


def test_a_flow_pauses_where_a_step_leads_back():
    assert LAMP.pauses == {"returned"}
    assert replace(LAMP, steps=tuple(step for step in LAMP.steps if step.name != "resume")).pauses == frozenset()


def test_a_step_moves_when_its_needs_are_met():
    assert workflow.move(LAMP.step("switch_on"), "off", {"bulb", "current"}) == "on"


def test_what_is_missing_is_named():
    with pytest.raises(Refused) as refusal:
        workflow.move(LAMP.step("switch_on"), "off", {"bulb"})
    assert refusal.value.facts["missing"] == ("current",)


def test_a_step_from_another_state_is_refused():
    with pytest.raises(Refused, match="step_not_from_here"):
        workflow.move(LAMP.step("switch_on"), "on", {"bulb", "current"})


def test_an_unknown_step_is_refused():
    with pytest.raises(Refused, match="step_unknown"):
        LAMP.step("explode")


def test_resuming_leads_back_to_where_it_was_returned_from():
    assert workflow.move(LAMP.step("resume"), "returned", (), return_point="on") == "on"
    with pytest.raises(Refused, match="return_point_unknown"):
        workflow.move(LAMP.step("resume"), "returned", ())


def test_a_step_may_leave_the_case_where_it_stands():
    assert {workflow.move(LAMP.step("dust"), state, ()) for state in ("on", "off")} == {"on", "off"}


def test_states_come_from_the_table():
    assert LAMP.states == ("off", "on", "returned", "broken")
    assert LAMP.open_states == ("off", "on", "returned")


@every_flow
def test_every_state_can_be_reached(flow):
    reached, before = {flow.first}, None
    while reached != before:
        before = set(reached)
        reached |= {step.target for step in flow.steps if reached & set(step.sources)} - {RETURN_POINT, STAY}
    assert reached == set(flow.states)


@every_flow
def test_nothing_leaves_an_end(flow):
    assert not [step.name for step in flow.steps if flow.ends & set(step.sources)]


@every_flow
def test_every_open_state_leads_on(flow):
    assert not [state for state in flow.open_states if not flow.steps_from(state)]


@every_flow
def test_step_names_are_unique_and_facts_are_frozen(flow):
    names = [step.name for step in flow.steps]
    assert len(set(names)) == len(names)
    for step in flow.steps:
        assert step.facts is None or step.facts.__dataclass_params__.frozen
        assert step.facts is None or dataclasses.fields(step.facts)


@given(st.sampled_from(list(FLOWS.values())), st.data())
def test_no_needed_step_is_ever_taken_without_its_needs(flow, data):
    step = data.draw(st.sampled_from(flow.steps))
    met = data.draw(st.sets(st.sampled_from(step.needs))) if step.needs else set()
    if met != set(step.needs):
        with pytest.raises(Refused, match="needs_missing"):
            workflow.move(step, step.sources[0], met, return_point="submitted")


def test_a_case_is_decided_only_by_those_who_did_not_make_it():
    for flow in (GRADUATION, NOMINATION):
        outcomes = {"approved", "rejected", "returned", "recorded", "effective"}
        deciding = [step for step in flow.steps if step.target in outcomes and step.action.endswith(".decide")]
        assert deciding
        assert all("not_maker" in step.needs for step in deciding)
