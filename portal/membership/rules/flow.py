"""Membership of a family as a workflow (domain.md section 6)."""

from portal.kernel.workflow import Flow, Step
from portal.membership.rules.facts import IneligibleExit, MembershipChange, NonComplianceExit, Resumption

# Every change of membership is set off by something else: a confirmed proposal (records/proposals.py), a nomination's
# result, a graduation that takes effect. Nobody takes these steps directly, so four eyes hold at the proposal.
MEMBERSHIP = Flow(
    "membership",
    first="candidate",
    ends=frozenset(),
    steps=(
        Step("activate", ("candidate",), "active", "membership.decide", by_effect=True, sets_off=True),
        Step("drop", ("candidate",), "dropped", "nomination.decide", by_effect=True),
        Step("suspend", ("active",), "suspended", "membership.decide", MembershipChange, by_effect=True),
        Step("resume", ("suspended",), "active", "membership.decide", Resumption, by_effect=True),
        Step("exit_graduated", ("active", "suspended"), "exited", "graduation.decide", by_effect=True),
        Step("exit_natural", ("active", "suspended"), "exited", "membership.decide", MembershipChange,
             ("no_component_left", "members_confirmed"), by_effect=True, sets_off=True),
        Step("exit_ineligible", ("active", "suspended"), "exited", "membership.decide", IneligibleExit, by_effect=True,
             sets_off=True),
        Step("exit_non_compliance", ("active", "suspended"), "exited", "membership.decide", NonComplianceExit,
             by_effect=True, sets_off=True),
        Step("renominate", ("exited", "dropped"), "candidate", "nomination.prepare", by_effect=True),
    ),
)  # fmt: skip
