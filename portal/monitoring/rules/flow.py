"""The monitoring workflow as a table (domain.md section 6)."""

from portal.kernel.facts import Note, Reason
from portal.kernel.workflow import Flow, Step
from portal.monitoring.rules.facts import Intervention

_FOLLOWED = ("open", "stable", "watch", "at_risk")


MONITORING = Flow(
    "monitoring",
    first="open",
    ends=frozenset({"closed_stable", "closed_relapsed", "closed_lost"}),
    steps=(
        Step("find_stable", (*_FOLLOWED, "intervention"), "stable", "monitoring.visit", Note, ("visited",)),
        Step("find_watch", (*_FOLLOWED, "intervention"), "watch", "monitoring.visit", Note, ("visited",), sets_off=True),
        Step("find_at_risk", _FOLLOWED, "at_risk", "monitoring.visit", Note, ("visited",), sets_off=True),
        Step("intervene", ("at_risk",), "intervention", "monitoring.visit", Intervention, sets_off=True),
        Step("confirm_relapse", ("intervention",), "relapsed", "monitoring.decide", Reason, ("not_maker",), sets_off=True),
        Step("close_relapsed", ("relapsed",), "closed_relapsed", "monitoring.decide", Note, ("renomination_open",),
             sets_off=True),
        Step("close_stable", ("stable",), "closed_stable", "monitoring.decide", Note, ("not_maker", "last_visit_done"),
             sets_off=True),
        Step("close_lost", (*_FOLLOWED, "intervention"), "closed_lost", "monitoring.decide", Reason,
             ("not_maker", "three_times_not_met"), sets_off=True),
    ),
)  # fmt: skip
