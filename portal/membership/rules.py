"""Membership of a family as a workflow, and what its changes state (domain.md section 6)."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from portal.kernel.terms import EvidenceKind
from portal.kernel.workflow import LONG, Flow, Step, evidence


@dataclass(frozen=True)
class MembershipChange:
    """Suspension; `reason` is shown to the facilitator."""

    effective_on: date
    reason: str = field(metadata=LONG)


@dataclass(frozen=True)
class Resumption:
    effective_on: date
    reason: str = field(metadata=LONG)
    field_report: tuple[int, ...] = evidence(EvidenceKind.FIELD_REPORT, most=3)


class IneligibleBecause(StrEnum):
    DECEASED = "deceased"
    MOVED = "moved"
    DUPLICATE = "duplicate"
    NOT_FOUND = "not_found"
    REFUSED = "refused"
    CIVIL_SERVANT = "civil_servant"
    DECILE = "decile"


@dataclass(frozen=True)
class IneligibleExit:
    effective_on: date
    because: IneligibleBecause
    reason: str = field(metadata=LONG)
    proof: tuple[int, ...] = evidence(EvidenceKind.EXIT_PROOF, most=3)


@dataclass(frozen=True)
class NonComplianceExit:
    effective_on: date
    reason: str = field(metadata=LONG)
    proof: tuple[int, ...] = evidence(EvidenceKind.EXIT_PROOF, most=3)


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
