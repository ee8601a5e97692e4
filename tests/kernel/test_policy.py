import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel import policy
from portal.kernel.policy import Place
from portal.kernel.terms import Actor, Reach, Role
from tests.flows import FLOWS

_TYPED = """
action,facilitator,kelurahan_officer,supervisor,administrator,viewer
household.view,caseload,area,area,,area
household.update,caseload,,area,,
household.correct_address,caseload,area,area,,
household.reveal,caseload,area,area,,
household.find_by_number,caseload,area,area,,
household.confirm_members,caseload,,,,
household.assign,,,area,,
membership.propose,caseload,,area,,
membership.decide,,,area,,
visit.view,caseload,,area,,area
visit.record,caseload,,,,
evidence.stage,everywhere,everywhere,everywhere,,
evidence.view,everywhere,everywhere,everywhere,,everywhere
graduation.view,caseload,area,area,,area
graduation.prepare,caseload,,,,
graduation.withdraw,caseload,area,area,,
graduation.decide,,,area,,
nomination.view,assigned,area,area,,area
nomination.prepare,,area,,,
nomination.check,assigned,,,,
nomination.decide,,,area,,
monitoring.view,caseload,,area,,area
monitoring.visit,caseload,,,,
monitoring.decide,,,area,,
intake.use,,,area,,
board.view,caseload,area,area,,area
quality.view,,,area,,area
target.set,,,area,,
year.close,,,area,,
people.manage,,,,everywhere,
area.manage,,,,everywhere,
setting.manage,,,,everywhere,
setting.view,,,everywhere,everywhere,everywhere
audit.view,,,,everywhere,everywhere
policy.view,everywhere,everywhere,everywhere,everywhere,everywhere
home.view,everywhere,everywhere,everywhere,everywhere,everywhere
account.own,everywhere,everywhere,everywhere,everywhere,everywhere
"""
"""What each role may do, typed from the domain and from no code; an empty cell is refused. A right is changed here and in
portal/kernel/policy.py: in two places, on purpose."""


def _read(typed: str) -> dict[str, dict[Role, Reach]]:
    (_action, *roles), *rows = csv.reader(typed.split())
    return {
        action: {Role(role): Reach(cell) for role, cell in zip(roles, cells, strict=True) if cell} for action, *cells in rows
    }


RIGHTS = _read(_TYPED)

SARI = Actor(1, Role.FACILITATOR, ("35.73.05.1007",))
WATI = Actor(2, Role.KELURAHAN_OFFICER, ("35.73.05.1007",))
RATNA = Actor(3, Role.SUPERVISOR, ("35.73.05",))
ADMIN = Actor(4, Role.ADMINISTRATOR)
KEPALA = Actor(5, Role.VIEWER, ("35.73",))

actors = st.builds(Actor, st.integers(1, 5), st.sampled_from(Role), st.lists(st.sampled_from(["35.73", "35.73.05"])).map(tuple))


@pytest.mark.parametrize("action", sorted({*RIGHTS, *policy.GRANTS}))
def test_everybody_may_do_what_the_table_says_and_nothing_else(action):
    assert policy.GRANTS.get(action, {}) == RIGHTS.get(action, {})
    assert (action in policy.GRANTS, action in RIGHTS) == (True, True)


@given(actors, st.text())
def test_an_unknown_action_is_refused_to_everybody(actor, action):
    if action not in policy.GRANTS:
        assert policy.reach(actor, action) is Reach.NONE
        assert not policy.covers(actor, action, Place("35.73.05.1007", actor.id, actor.id))


def test_a_facilitator_reaches_only_her_own_families():
    assert policy.covers(SARI, "household.view", Place("35.73.01.1001", facilitator=1))
    assert not policy.covers(SARI, "household.view", Place("35.73.05.1007", facilitator=9))
    assert not policy.covers(SARI, "household.view", Place("35.73.05.1007"))


def test_an_officer_reaches_only_the_own_kelurahan():
    assert policy.covers(WATI, "nomination.prepare", Place("35.73.05.1007"))
    assert not policy.covers(WATI, "nomination.prepare", Place("35.73.05.1008"))


def test_a_kecamatan_ends_at_its_border():
    assert policy.covers(RATNA, "graduation.decide", Place("35.73.05.1012"))
    assert not policy.covers(RATNA, "graduation.decide", Place("35.73.01.1001"))
    assert not policy.within("35.73.050.1001", ("35.73.05",))


def test_an_area_role_without_an_area_reaches_nothing():
    homeless = Actor(9, Role.SUPERVISOR)
    assert not policy.may(homeless, "household.view")


def test_an_administrator_sees_no_family_and_decides_no_case():
    family_work = [action for action in policy.GRANTS if action.split(".")[0] in ("household", "visit", "membership", *FLOWS)]
    assert family_work
    assert not [action for action in family_work if policy.may(ADMIN, action)]


def test_a_viewer_changes_nothing():
    reading = {action for action in policy.GRANTS if action.endswith(".view")} | {"account.own"}
    assert {action for action in policy.GRANTS if policy.may(KEPALA, action)} <= reading


def test_every_step_has_somebody_who_may_take_it():
    actions = {step.action for flow in FLOWS.values() for step in flow.steps}
    assert actions <= set(policy.GRANTS)


def test_deciding_and_preparing_never_meet_in_one_role():
    for flow in ("graduation", "nomination"):
        deciders = set(policy.GRANTS[f"{flow}.decide"])
        assert not deciders & set(policy.GRANTS[f"{flow}.prepare"])
