"""The workflows as tables (domain.md section 6). A new step is a line here, its label in pages/texts.py, a test."""

from portal.rules import facts
from portal.rules.workflow import RETURN_POINT, STAY, Flow, Step

# Every change of membership is set off by something else: a confirmed proposal (records/membership.py), a nomination's
# result, a graduation that takes effect. Nobody takes these steps directly, so four eyes hold at the proposal.
MEMBERSHIP = Flow(
    "membership",
    first="candidate",
    ends=frozenset(),
    steps=(
        Step("activate", ("candidate",), "active", "membership.decide", by_effect=True),
        Step("drop", ("candidate",), "dropped", "nomination.decide", by_effect=True),
        Step("suspend", ("active",), "suspended", "membership.decide", facts.MembershipChange, by_effect=True),
        Step("resume", ("suspended",), "active", "membership.decide", facts.Resumption, by_effect=True),
        Step("exit_graduated", ("active", "suspended"), "exited", "graduation.decide", by_effect=True),
        Step("exit_natural", ("active", "suspended"), "exited", "membership.decide", facts.MembershipChange,
             ("no_component_left", "members_confirmed"), by_effect=True),
        Step("exit_ineligible", ("active", "suspended"), "exited", "membership.decide", facts.IneligibleExit, by_effect=True),
        Step("exit_non_compliance", ("active", "suspended"), "exited", "membership.decide", facts.NonComplianceExit,
             by_effect=True),
        Step("renominate", ("exited", "dropped"), "candidate", "nomination.prepare", by_effect=True),
    ),
)  # fmt: skip

_GRADUATION_OPEN = (
    "identified", "assessment", "ready", "not_yet", "counselling", "statement_signed", "submitted", "returned",
    "approved", "recorded",
)  # fmt: skip
_GRADUATION_AFTER_COUNSELLING = ("counselling", "statement_signed", "returned")
_GRADUATION_EVIDENCE = (
    "required_indicators_answered", "visit_met_with_photo", "conversation_note", "signed_statement", "income_basis",
    "aid_list",
)  # fmt: skip

_FOUR_EYES = ("not_maker", "changed_no_facts")

GRADUATION = Flow(
    "graduation",
    first="identified",
    ends=frozenset({"effective", "rejected", "withdrawn", "revoked"}),
    steps=(
        Step("start_assessment", ("identified", "not_yet"), "assessment", "graduation.prepare", facts.Note),
        Step("find_ready", ("assessment",), "ready", "graduation.prepare", facts.Note, ("assessed_recently", "band_ready")),
        Step("find_not_yet", ("assessment",), "not_yet", "graduation.prepare", facts.Plan, ("assessed_recently",)),
        Step("counsel", ("ready",), "counselling", "graduation.prepare", facts.Counselling),
        Step("counsel_on_own_wish", ("not_yet",), "counselling", "graduation.prepare", facts.OwnWishCounselling),
        Step("sign", ("counselling",), "statement_signed", "graduation.prepare", facts.SignedStatement),
        Step("add_income_basis", _GRADUATION_AFTER_COUNSELLING, STAY, "graduation.prepare", facts.IncomeBasis),
        Step("correct_counselling", _GRADUATION_AFTER_COUNSELLING, STAY, "graduation.prepare", facts.Counselling),
        Step("correct_statement", ("statement_signed", "returned"), STAY, "graduation.prepare", facts.SignedStatement),
        Step("correct_way_out", _GRADUATION_AFTER_COUNSELLING, STAY, "graduation.prepare", facts.ExitChoice),
        Step("submit", ("statement_signed",), "submitted", "graduation.prepare", facts.Note, _GRADUATION_EVIDENCE),
        Step("resubmit", ("returned",), "submitted", "graduation.prepare", facts.Note, _GRADUATION_EVIDENCE),
        Step("approve", ("submitted",), "approved", "graduation.decide", facts.Decision, (*_FOUR_EYES, "membership_open")),
        Step("return", ("submitted",), "returned", "graduation.decide", facts.Defects, _FOUR_EYES),
        Step("reject", ("submitted",), "rejected", "graduation.decide", facts.Reason, _FOUR_EYES),
        Step("record", ("approved",), "recorded", "graduation.decide", facts.Recorded,
             (*_FOUR_EYES, "membership_open"), bulk=True),
        Step("take_effect", ("recorded",), "effective", "graduation.decide", facts.Effective,
             (*_FOUR_EYES, "membership_open"), bulk=True),
        Step("withdraw", _GRADUATION_OPEN, "withdrawn", "graduation.withdraw", facts.Reason),
        Step("revoke", ("approved", "recorded"), "revoked", "graduation.decide", facts.Reason, _FOUR_EYES),
    ),
)  # fmt: skip

_NOMINATION_BEFORE_DECISION = (
    "draft", "submitted", "deliberated", "endorsed", "field_check", "recommended", "not_recommended", "returned",
)  # fmt: skip
_NOMINATION_FILE = (
    "valid_numbers", "identity_card_photo", "family_card_photo", "house_front_photo", "domicile", "stated_reason",
    "nobody_taken", "nobody_barred",
)  # fmt: skip

NOMINATION = Flow(
    "nomination",
    first="draft",
    ends=frozenset({"rejected", "accepted", "declined", "withdrawn", "duplicate"}),
    steps=(
        Step("submit", ("draft",), "submitted", "nomination.prepare", facts.Note, _NOMINATION_FILE),
        Step("resubmit", ("returned",), RETURN_POINT, "nomination.prepare", facts.Note, _NOMINATION_FILE),
        Step("deliberate", ("submitted",), "deliberated", "nomination.prepare", facts.Deliberation),
        Step("endorse", ("deliberated",), "endorsed", "nomination.prepare", facts.Endorsement),
        Step("assign_check", ("endorsed", "field_check"), "field_check", "nomination.decide", facts.Assignee),
        Step("recommend", ("field_check",), "recommended", "nomination.check", facts.FieldCheck, ("not_maker",)),
        Step("recommend_against", ("field_check",), "not_recommended", "nomination.check", facts.FieldCheck, ("not_maker",)),
        Step("return", ("submitted", "deliberated", "endorsed", "field_check", "recommended", "not_recommended"), "returned",
             "nomination.decide", facts.Defects, ("not_maker",)),
        Step("approve", ("recommended",), "approved", "nomination.decide", facts.Decision,
             ("not_maker", "valid_numbers", "nobody_taken", "nobody_barred")),
        Step("approve_against_advice", ("not_recommended",), "approved", "nomination.decide", facts.Reason,
             ("not_maker", "valid_numbers", "nobody_taken", "nobody_barred")),
        Step("reject", ("recommended", "not_recommended"), "rejected", "nomination.decide", facts.Reason, ("not_maker",)),
        Step("mark_duplicate", (*_NOMINATION_BEFORE_DECISION, "approved"), "duplicate", "nomination.decide",
             facts.DuplicateOf, ("not_maker",)),
        Step("forward", ("approved",), "forwarded", "nomination.decide", facts.Forwarding, bulk=True),
        Step("await_result", ("forwarded",), "waiting", "nomination.decide", facts.Note, bulk=True),
        Step("accept", ("forwarded", "waiting"), "accepted", "nomination.decide", facts.NationalResult, bulk=True),
        Step("decline", ("forwarded", "waiting"), "declined", "nomination.decide", facts.NationalResult, bulk=True),
        Step("withdraw", (*_NOMINATION_BEFORE_DECISION, "approved"), "withdrawn", "nomination.prepare", facts.Reason),
    ),
)  # fmt: skip

_FOLLOWED = ("open", "stable", "watch", "at_risk")

MONITORING = Flow(
    "monitoring",
    first="open",
    ends=frozenset({"closed_stable", "closed_relapsed", "closed_lost"}),
    steps=(
        Step("find_stable", (*_FOLLOWED, "intervention"), "stable", "monitoring.visit", facts.Note, ("visited",)),
        Step("find_watch", (*_FOLLOWED, "intervention"), "watch", "monitoring.visit", facts.Note, ("visited",)),
        Step("find_at_risk", _FOLLOWED, "at_risk", "monitoring.visit", facts.Note, ("visited",)),
        Step("intervene", ("at_risk",), "intervention", "monitoring.visit", facts.Intervention),
        Step("confirm_relapse", ("intervention",), "relapsed", "monitoring.decide", facts.Reason, ("not_maker",)),
        Step("close_relapsed", ("relapsed",), "closed_relapsed", "monitoring.decide", facts.Note, ("renomination_open",)),
        Step("close_stable", ("stable",), "closed_stable", "monitoring.decide", facts.Note, ("not_maker", "last_visit_done")),
        Step("close_lost", (*_FOLLOWED, "intervention"), "closed_lost", "monitoring.decide", facts.Reason,
             ("not_maker", "three_times_not_met")),
    ),
)  # fmt: skip

FLOWS = {flow.name: flow for flow in (MEMBERSHIP, GRADUATION, NOMINATION, MONITORING)}
