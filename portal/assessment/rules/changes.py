"""The fewest changes that would change the answer: one band up, and all the way to READY."""

from collections.abc import Sequence

from portal.assessment.rules.indicators import Compare, Need, Outcome, Verdict
from portal.assessment.rules.instrument import Indicator, Kind
from portal.assessment.rules.results import Caution, CautionState, Change

Judged = tuple[Indicator, Outcome]


def is_failed(verdict: Verdict) -> bool:
    """For a gate: unanswered is not met."""
    return verdict in (Verdict.NOT_MET, Verdict.UNKNOWN)


def to_next(judged: Sequence[Judged], cautions: Sequence[Caution]) -> tuple[Change, ...]:
    gates = [pair for pair in judged if pair[0].kind is Kind.GATE]
    failed = [(indicator, outcome) for indicator, outcome in gates if is_failed(outcome.verdict)]
    if not failed:
        return to_ready(judged, cautions)
    return tuple(Change(indicator.key, outcome.near_needs or outcome.needs) for indicator, outcome in failed)


def to_ready(judged: Sequence[Judged], cautions: Sequence[Caution]) -> tuple[Change, ...]:
    """Each unmet indicator stands alone, but one rise of the income may cure several: the largest need stays."""
    unmet = [pair for pair in judged if pair[0].kind is not Kind.SUPPORTING and pair[1].verdict is not Verdict.MET]
    anchor = _largest_income_need(unmet)
    cured = tuple(indicator.key for indicator, outcome in unmet if anchor and _is_cured(indicator, outcome, anchor))
    changes = [_change(pair, anchor, cured) for pair in unmet if pair[0].key not in cured]
    return (*changes, *(_clear(caution) for caution in cautions if caution.state is not CautionState.ABSENT))


_INCOME_ALONE = ("income_per_person", "household_income")


def _largest_income_need(unmet: Sequence[Judged]) -> Judged | None:
    rising = [pair for pair in unmet if pair[0].key in _INCOME_ALONE and pair[1].income_needed is not None]
    return max(rising, key=lambda pair: pair[1].income_needed or 0, default=None)


def _is_cured(indicator: Indicator, outcome: Outcome, anchor: Judged) -> bool:
    if indicator is anchor[0] or outcome.income_needed is None:
        return False
    return outcome.income_needed <= (anchor[1].income_needed or 0)


def _change(judged: Judged, anchor: Judged | None, cured: tuple[str, ...]) -> Change:
    indicator, outcome = judged
    return Change(indicator.key, outcome.needs, cured if judged is anchor else ())


def _clear(caution: Caution) -> Change:
    return Change(caution.key, (Need(caution.key, Compare.CLEARED),))
