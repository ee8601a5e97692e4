"""The nomination workflow as a table (domain.md section 6)."""

from portal.kernel.facts import Decision, Defects, Note, Reason
from portal.kernel.workflow import RETURN_POINT, Flow, Step
from portal.nomination.rules.facts import (
    Assignee,
    Deliberation,
    DuplicateOf,
    Endorsement,
    FieldCheck,
    Forwarding,
    NationalResult,
)

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
        Step("submit", ("draft",), "submitted", "nomination.prepare", Note, _NOMINATION_FILE),
        Step("resubmit", ("returned",), RETURN_POINT, "nomination.prepare", Note, _NOMINATION_FILE),
        Step("deliberate", ("submitted",), "deliberated", "nomination.prepare", Deliberation),
        Step("endorse", ("deliberated",), "endorsed", "nomination.prepare", Endorsement, sets_off=True),
        Step("assign_check", ("endorsed", "field_check"), "field_check", "nomination.decide", Assignee, sets_off=True),
        Step("recommend", ("field_check",), "recommended", "nomination.check", FieldCheck, ("not_maker",), sets_off=True),
        Step("recommend_against", ("field_check",), "not_recommended", "nomination.check", FieldCheck, ("not_maker",),
             sets_off=True),
        Step("return", ("submitted", "deliberated", "endorsed", "field_check", "recommended", "not_recommended"), "returned",
             "nomination.decide", Defects, ("not_maker",)),
        Step("approve", ("recommended",), "approved", "nomination.decide", Decision,
             ("not_maker", "valid_numbers", "nobody_taken", "nobody_barred")),
        Step("approve_against_advice", ("not_recommended",), "approved", "nomination.decide", Reason,
             ("not_maker", "valid_numbers", "nobody_taken", "nobody_barred")),
        Step("reject", ("recommended", "not_recommended"), "rejected", "nomination.decide", Reason, ("not_maker",),
             sets_off=True),
        Step("mark_duplicate", (*_NOMINATION_BEFORE_DECISION, "approved"), "duplicate", "nomination.decide",
             DuplicateOf, ("not_maker",), sets_off=True),
        Step("forward", ("approved",), "forwarded", "nomination.decide", Forwarding, bulk=True, sets_off=True),
        Step("await_result", ("forwarded",), "waiting", "nomination.decide", Note, bulk=True),
        Step("accept", ("forwarded", "waiting"), "accepted", "nomination.decide", NationalResult, bulk=True, sets_off=True),
        Step("decline", ("forwarded", "waiting"), "declined", "nomination.decide", NationalResult, bulk=True, sets_off=True),
        Step("withdraw", (*_NOMINATION_BEFORE_DECISION, "approved"), "withdrawn", "nomination.prepare", Reason, sets_off=True),
    ),
)  # fmt: skip
