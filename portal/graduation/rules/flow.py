"""The graduation workflow as a table (domain.md section 6)."""

from portal.graduation.rules.facts import (
    Counselling,
    Effective,
    ExitChoice,
    IncomeBasis,
    OwnWishCounselling,
    Plan,
    Recorded,
    SignedStatement,
)
from portal.kernel.facts import Decision, Defects, Note, Reason
from portal.kernel.workflow import STAY, Flow, Step

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
        Step("start_assessment", ("identified", "not_yet"), "assessment", "graduation.prepare", Note),
        Step("find_ready", ("assessment",), "ready", "graduation.prepare", Note, ("assessed_recently", "band_ready")),
        Step("find_not_yet", ("assessment",), "not_yet", "graduation.prepare", Plan, ("assessed_recently",)),
        Step("counsel", ("ready",), "counselling", "graduation.prepare", Counselling, sets_off=True),
        Step("counsel_on_own_wish", ("not_yet",), "counselling", "graduation.prepare", OwnWishCounselling, sets_off=True),
        Step("sign", ("counselling",), "statement_signed", "graduation.prepare", SignedStatement, sets_off=True),
        Step("add_income_basis", _GRADUATION_AFTER_COUNSELLING, STAY, "graduation.prepare", IncomeBasis, sets_off=True),
        Step("correct_counselling", _GRADUATION_AFTER_COUNSELLING, STAY, "graduation.prepare", Counselling, sets_off=True),
        Step("correct_statement", ("statement_signed", "returned"), STAY, "graduation.prepare", SignedStatement, sets_off=True),
        Step("correct_way_out", _GRADUATION_AFTER_COUNSELLING, STAY, "graduation.prepare", ExitChoice, sets_off=True),
        Step("submit", ("statement_signed",), "submitted", "graduation.prepare", Note, _GRADUATION_EVIDENCE, sets_off=True),
        Step("resubmit", ("returned",), "submitted", "graduation.prepare", Note, _GRADUATION_EVIDENCE, sets_off=True),
        Step("approve", ("submitted",), "approved", "graduation.decide", Decision, (*_FOUR_EYES, "membership_open"),
             sets_off=True),
        Step("return", ("submitted",), "returned", "graduation.decide", Defects, _FOUR_EYES, sets_off=True),
        Step("reject", ("submitted",), "rejected", "graduation.decide", Reason, _FOUR_EYES, sets_off=True),
        Step("record", ("approved",), "recorded", "graduation.decide", Recorded,
             (*_FOUR_EYES, "membership_open"), bulk=True, sets_off=True),
        Step("take_effect", ("recorded",), "effective", "graduation.decide", Effective,
             (*_FOUR_EYES, "membership_open"), bulk=True, sets_off=True),
        Step("withdraw", _GRADUATION_OPEN, "withdrawn", "graduation.withdraw", Reason),
        Step("revoke", ("approved", "recorded"), "revoked", "graduation.decide", Reason, _FOUR_EYES),
    ),
)  # fmt: skip
