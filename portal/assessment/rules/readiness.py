"""Is a family ready to be proposed? The instrument applied to one family: band, reasons, what is still to do.

How the words of domain.md sections 6 and 7 are read here, once:

- A gate is *failed* when it is not met or unanswered ("unanswered is not met"): NOT_YET. If an unanswered gate were
  milder than a failed one, leaving a question out would improve the answer.
- A gate that is *near* (income between 1.0 and 1.5 times the poverty line) is not failed, nor is it met: STRENGTHEN.
- A caution flag nobody looked at is not cleared: unknown is never none, so it keeps a family from READY as a present
  one does.

An internal instrument, not a rule of the ministry. The band advises, a person decides, the family's own wish stands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from portal.assessment.rules.answers import (
    Answers,
    Caution,
    CautionState,
    Compare,
    Contradiction,
    Finding,
    Need,
    NeededChange,
    Result,
    Trend,
    Value,
    Verdict,
    contradictions,
    is_asked,
)
from portal.assessment.rules.instrument import NONE, CautionFlag, Indicator, IndicatorKind, Instrument, Threshold
from portal.assessment.rules.judging import RULES, FamilyReading, Judgement
from portal.kernel.terms import Band, Period

Judged = tuple[Indicator, Judgement]


@dataclass(frozen=True)
class MemberFacts:
    """A present member as the register knows them; None is unknown. `age` in whole years on the day of the visit."""

    age: int | None = None
    severe_disability: bool | None = None


@dataclass(frozen=True)
class Facts:
    """What is known without asking. `people`: present members of the household, None or 0 when unknown.

    `thresholds` come from the dated settings as they stood on the day of the visit, by key; they override the
    instrument's own. `poverty_line` (per person a month) and `umk` have to be among them.
    """

    people: int | None
    members: tuple[MemberFacts, ...] = ()
    deciles: Mapping[Period, int] = field(default_factory=dict)
    thresholds: Mapping[str, Threshold] = field(default_factory=dict)


def assess(instrument: Instrument, answers: Answers, facts: Facts, previous: Sequence[Result] = ()) -> Result:
    """`previous`: earlier results of the same family, oldest first, for the trend."""
    fitting = _fitting(instrument, answers)
    clashes = contradictions(fitting, facts.people)
    reading = _read(instrument, _unclouded(fitting, clashes), facts)
    judged = [(indicator, RULES[indicator.key](reading)) for indicator in instrument.indicators]
    findings = tuple(_finding(pair, reading, answers, previous) for pair in judged)
    cautions = tuple(_caution(flag, reading, facts) for flag in instrument.cautions)
    return Result(
        instrument.version,
        band_of(findings, cautions),
        findings,
        cautions,
        tuple(clash.code for clash in clashes),
        to_next(judged, cautions),
        to_ready(judged, cautions),
    )


def band_of(findings: Sequence[Finding], cautions: Sequence[Caution]) -> Band:
    """Supporting indicators inform; they never move the band."""
    if any(finding.kind is IndicatorKind.GATE and is_failed(finding.verdict) for finding in findings):
        return Band.NOT_YET
    met = all(finding.verdict is Verdict.MET for finding in findings if finding.kind is not IndicatorKind.SUPPORTING)
    clear = all(caution.state is CautionState.ABSENT for caution in cautions)
    return Band.READY if met and clear else Band.STRENGTHEN


def unanswered_required(result: Result) -> tuple[str, ...]:
    """Keys of gates and required indicators that lack an answer or cannot be judged; none may, to submit a case."""
    return tuple(finding.key for finding in _binding(result) if finding.missing or finding.verdict is Verdict.UNKNOWN)


def outdated_required(result: Result, since: date) -> tuple[str, ...]:
    """Keys of gates and required indicators that rest on an answer older than `since`."""
    return tuple(finding.key for finding in _binding(result) if finding.answered_on and finding.answered_on < since)


def _binding(result: Result) -> list[Finding]:
    return [finding for finding in result.findings if finding.kind is not IndicatorKind.SUPPORTING]


def _fitting(instrument: Instrument, answers: Answers) -> dict[str, Value]:
    questions = instrument.questions
    known = {key: answer.value for key, answer in answers.items() if key in questions}
    return {key: value for key, value in known.items() if questions[key].accepts(value)}


def _unclouded(values: Mapping[str, Value], clashes: Sequence[Contradiction]) -> dict[str, Value]:
    void = {key for clash in clashes if clash.voids for key in clash.keys}
    return {key: value for key, value in values.items() if key not in void}


def _read(instrument: Instrument, values: Mapping[str, Value], facts: Facts) -> FamilyReading:
    return FamilyReading(instrument, values, facts.people, facts.deciles, {**instrument.thresholds, **facts.thresholds})


def _missing(indicator: Indicator, reading: FamilyReading) -> tuple[str, ...]:
    questions = (reading.instrument.questions[key] for key in indicator.questions if key not in reading.values)
    return tuple(question.key for question in questions if is_asked(question, reading.values))


def _finding(judged: Judged, reading: FamilyReading, answers: Answers, previous: Sequence[Result]) -> Finding:
    indicator, judgement = judged
    limit = reading.limits.get(judgement.limit) if judgement.limit else None
    missing = _missing(indicator, reading)
    reason = _reason(judgement, missing, answers)
    return Finding(
        indicator.key,
        indicator.kind,
        judgement.verdict,
        reason,
        judgement.value,
        judgement.threshold,
        limit.source if limit else None,
        limit.valid_from if limit else None,
        missing,
        judgement.failing,
        judgement.needs,
        min((answers[key].on for key in indicator.questions if key in answers), default=None),
        _trend(indicator, judgement, reason, previous),
    )


def _reason(judgement: Judgement, missing: Sequence[str], answers: Answers) -> str:
    given_but_void = judgement.reason == "unanswered" and missing and all(key in answers for key in missing)
    return "contradiction" if given_but_void else judgement.reason


_RANK = {Verdict.NOT_MET: 0, Verdict.NEAR: 1, Verdict.MET: 2}


def _trend(indicator: Indicator, now: Judgement, reason: str, previous: Sequence[Result]) -> Trend:
    """By verdict first, then by value; amounts under another reason measure something else and are not compared."""
    known = [before.finding(indicator.key) for before in reversed(previous)]
    before = next((finding for finding in known if finding and finding.verdict is not Verdict.UNKNOWN), None)
    if before is None or now.verdict is Verdict.UNKNOWN:
        return Trend.NEW
    step = _RANK[now.verdict] - _RANK[before.verdict]
    if not step and reason == before.reason and now.value is not None and before.value is not None:
        step = (now.value - before.value) * (1 if indicator.higher_is_better else -1)
    return Trend.BETTER if step > 0 else Trend.WORSE if step < 0 else Trend.SAME


def _caution(flag: CautionFlag, reading: FamilyReading, facts: Facts) -> Caution:
    present = _from_register(flag.key, reading, facts)
    if flag.question is None:
        return Caution(flag.key, _state(present), "not_in_register" if present is None else "register")
    if present:
        return Caution(flag.key, CautionState.PRESENT, "register")
    answer = reading.values.get(flag.question)
    if answer is None:
        return Caution(flag.key, CautionState.UNKNOWN, "unanswered")
    return Caution(flag.key, CautionState.ABSENT if answer in ("no", (NONE,)) else CautionState.PRESENT, "answered")


def _state(present: bool | None) -> CautionState:
    return CautionState.UNKNOWN if present is None else CautionState.PRESENT if present else CautionState.ABSENT


def _from_register(key: str, reading: FamilyReading, facts: Facts) -> bool | None:
    if key == "severe_disability":
        return any(member.severe_disability for member in facts.members)
    if key == "lone_elderly":
        return _lone_elderly(facts, reading.own_limit("elderly_age"))
    if key == "decile_lowest":
        latest = max(facts.deciles, default=None)
        return None if latest is None else facts.deciles[latest] <= reading.own_limit("decile_caution")
    return None


def _lone_elderly(facts: Facts, elderly_age: int) -> bool | None:
    """Nobody younger in the house: one elderly person or an elderly couple without anyone to lean on."""
    if any(member.age is not None and member.age < elderly_age for member in facts.members):
        return False
    complete = facts.members and len(facts.members) >= (facts.people or 0)
    return True if complete and all(member.age is not None for member in facts.members) else None


# --- the fewest changes that would change the answer -----------------------------------------------------------------


def is_failed(verdict: Verdict) -> bool:
    """For a gate: unanswered is not met."""
    return verdict in (Verdict.NOT_MET, Verdict.UNKNOWN)


def to_next(judged: Sequence[Judged], cautions: Sequence[Caution]) -> tuple[NeededChange, ...]:
    gates = [pair for pair in judged if pair[0].kind is IndicatorKind.GATE]
    failed = [(indicator, judgement) for indicator, judgement in gates if is_failed(judgement.verdict)]
    if not failed:
        return to_ready(judged, cautions)
    return tuple(NeededChange(indicator.key, judgement.near_needs or judgement.needs) for indicator, judgement in failed)


def to_ready(judged: Sequence[Judged], cautions: Sequence[Caution]) -> tuple[NeededChange, ...]:
    """Each unmet indicator stands alone, but one rise of the income may cure several: the largest need stays."""
    unmet = [pair for pair in judged if pair[0].kind is not IndicatorKind.SUPPORTING and pair[1].verdict is not Verdict.MET]
    anchor = _largest_income_need(unmet)
    cured = tuple(indicator.key for indicator, judgement in unmet if anchor and _is_cured(indicator, judgement, anchor))
    changes = [
        NeededChange(one.key, its.needs, cured if anchor and one is anchor[0] else ())
        for one, its in unmet
        if one.key not in cured
    ]
    raised = [caution.key for caution in cautions if caution.state is not CautionState.ABSENT]
    return (*changes, *(NeededChange(key, (Need(key, Compare.CLEARED),)) for key in raised))


_INCOME_ALONE = ("income_per_person", "household_income")


def _largest_income_need(unmet: Sequence[Judged]) -> Judged | None:
    rising = [pair for pair in unmet if pair[0].key in _INCOME_ALONE and pair[1].income_needed is not None]
    return max(rising, key=lambda pair: pair[1].income_needed or 0, default=None)


def _is_cured(indicator: Indicator, judgement: Judgement, anchor: Judged) -> bool:
    if indicator is anchor[0] or judgement.income_needed is None:
        return False
    return judgement.income_needed <= (anchor[1].income_needed or 0)
