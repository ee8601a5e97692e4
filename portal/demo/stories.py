"""What may become of a family, as rows of a table: a way is a line of legs, a leg is a step of a workflow or something else
that people do, and each comes some days after the one before.
"""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from portal.assessment.records import visits
from portal.assessment.rules.instrument import Section
from portal.caseload import records
from portal.demo import office
from portal.demo.family import Fortune, ToldFamily
from portal.demo.town import DATA, WORDS, Resident, Story, Town, workday
from portal.family.records import register, reveals
from portal.family.records.register import ToldMember
from portal.family.records.reveals import Number, NumberKind, Purpose
from portal.graduation.records import graduations
from portal.graduation.rules import WayOut
from portal.kernel import clock, gate
from portal.kernel.terms import EvidenceKind, LeavingReason, Presence, RegistryMatch, Relation, Sex, VisitOutcome
from portal.membership.records import proposals, suggestions
from portal.monitoring import records as monitoring
from portal.monitoring.records import Monitoring, MonitoringVisit, Report
from portal.monitoring.rules import Outlook, Shock
from portal.nomination.records import nominations
from portal.nomination.records.nominations import NewFamily, NewMember, Nomination

TABLE: Sequence[Mapping[str, str]] = list(csv.DictReader((DATA / "demo_stories.csv").read_text(encoding="utf-8").splitlines()))
"""Whose story, of how many families of 5,000 (or of all the rest), and how it goes; documented there. A way that begins where
another ends names it: `@graduation.ready counsel`."""
_WAYS = {row["name"]: row["way"] for row in TABLE}
_DAYS = WORDS["days"]
"""How long after the leg before, where the way does not say it."""


@dataclass(frozen=True)
class Leg:
    flow: str
    name: str
    days: int


def legs_of(way: str) -> list[Leg]:
    """`graduation: open meet/10`: from here on steps are those of graduation; the visit comes ten days after the opening."""
    while "@" in way:
        way = " ".join(_WAYS[word[1:]] if word[0] == "@" else word for word in way.split())
    flow, legs = "", []
    for word in way.split():
        name, _, days = word.partition("/")
        if word.endswith(":"):
            flow = word[:-1]
        else:
            legs.append(Leg(flow, name, int(days) if days else _DAYS.get(name, 0)))
    return legs


def days_of(legs: list[Leg], end: date, ending: int) -> list[date]:
    """The day of each leg, when that at `ending` is on `end`."""
    days = [end]
    for leg in legs[ending:0:-1]:
        days.insert(0, workday(days[0] - timedelta(days=leg.days)))
    for leg in legs[ending + 1 :]:
        days.append(workday(days[-1] + timedelta(days=leg.days)))
    return days


def told(family: ToldFamily, way: str, end: date, *, ends_with: str = "") -> Story:
    """`end` is the day of the last leg, or of the one that is named."""
    legs = legs_of(way)
    ending = [leg.name for leg in legs].index(ends_with) if ends_with else len(legs) - 1
    for leg, day in zip(legs, days_of(legs, end, ending), strict=True):
        yield day
        done = _DONE.get(leg.name) or _DONE.get(f"{leg.flow} {leg.name}")
        if done:
            done(family)
        else:
            family.step(leg.flow, leg.name)


def settled(family: ToldFamily, story: Story) -> Story:
    """A family that came with the first roster: its facilitator has written down what is to be known before anything else
    happens."""
    first, came = next(story), family.town.days.first_roster
    usual = came + timedelta(days=340 + family.turn % 20)
    yield max(came + timedelta(days=12), min(usual, first - timedelta(days=3)))
    family.settle_in()
    yield first
    yield from story


def looked_for(town: Town) -> Story:
    """Budi has the portal look for families that rosters leave out or that have no component left."""
    yield town.days.ago(2)
    suggestions.propose_where_unpaid(town.people["budi"], key=town.key())
    suggestions.propose_where_nothing_is_left(town.people["budi"], key=town.key())


# --- what people do besides steps ------------------------------------------------------------------------------------


def _nominate(family: ToldFamily) -> None:
    """The draft, with the people of the card."""
    town, officer = family.town, family.town.people["wati"]
    nominations.check_number(officer, family.caretaker.nik, kelurahan=family.kelurahan, key=town.key())
    mother, *others = [_member(one) for one in sorted(family.people, key=lambda one: one is not family.caretaker)]
    told = NewFamily(
        family.kelurahan, family.street, family.rt, family.rw, family.kk, None, None, mother, **family.said("nomination.open")
    )
    case = nominations.draft(officer, told, key=town.key())
    family.id = case.household_id
    for one in others:
        nominations.add_member(officer, case, one, key=town.key())


def _member(one: Resident) -> NewMember:
    return NewMember(one.name, one.nik, one.sex, one.birth_date, one.relation)


def _attach(family: ToldFamily) -> None:
    officer = family.town.people["wati"]
    for kind in nominations.PHOTOS:
        staged = family.town.staged(officer, kind)
        nominations.attach(officer, family.newest(Nomination), kind, staged, key=family.key())


def _mend(family: ToldFamily) -> None:
    changes: dict[str, object] = {"rw": family.rw % 12 + 1}
    nominations.change_domicile(family.town.people["wati"], family.newest(Nomination), changes, key=family.key())


def _take_on(family: ToldFamily) -> None:
    records.assign(family.town.people["budi"], [family.row.id], family.by.id, key=family.key())


def _ahead(family: ToldFamily) -> MonitoringVisit:
    visits_ahead = [visit for visit in family.newest(Monitoring).visits if visit.outcome is None]
    return min(visits_ahead, key=lambda visit: visit.planned_on)


def _found(family: ToldFamily, result: Outlook, share: float) -> None:
    """A planned visit after the exit; `share`: income per person, of the poverty line."""
    hit, people = result is Outlook.AT_RISK, len(family.people)
    report = Report(
        visited_on=clock.today(), outcome=VisitOutcome.MET, people=people, works=not hit, in_school=True, supported=True,
        household_income=int(office.limits(clock.today())[0] * share) * people // 10_000 * 10_000,
        shocks=(Shock.JOB_LOST,) if hit else (), photos=family.staged(EvidenceKind.VISIT_PHOTO),
        **({} if hit else family.said("monitoring.livelihood")),
    )  # fmt: skip
    monitoring.record_visit(family.by, _ahead(family), report, key=family.key())
    family.step("monitoring", f"find_{result}")


def _absent(family: ToldFamily) -> None:
    today = clock.today()
    report = Report(visited_on=today, outcome=VisitOutcome.NOT_MET, retry_on=today + timedelta(days=14))
    monitoring.record_visit(family.by, _ahead(family), report, key=family.key())


def _draft(family: ToldFamily) -> None:
    family.begin_assessment(family.meet(), Fortune.ON_THE_WAY, tuple(Section)[:4])


def _checked(family: ToldFamily, match: RegistryMatch) -> None:
    family.amend(registry_match=match, registry_checked_on=clock.today())


# --- what happens now and then: told once, never copied --------------------------------------------------------------


def _grown(family: ToldFamily) -> None:
    """A child is born, on a new card, and other aid comes and goes."""
    by, today, key = family.by, clock.today(), family.key
    baby = ToldMember(name="Ananda Putra", sex=Sex.MALE, birth_date=today - timedelta(days=40), relation=Relation.CHILD)
    register.add_member(by, family.row, baby, key=key())
    register.change_kk(by, family.row, family.town.numbers.kk(today - timedelta(days=20)), today, key=key())
    aid = register.add_aid(by, family.row, "KUR", today.replace(year=today.year - 1, day=1), key=key())
    register.end_aid(by, family.row, aid.id, today - timedelta(days=3), key=key())


def _corrected(family: ToldFamily) -> None:
    """Somebody moved out, a number was wrong, a visit belonged to another family, and numbers were looked at."""
    by, budi, key = family.by, family.town.people["budi"], family.key
    eldest, *_others, child = (one for one in family.people if one.relation is Relation.CHILD)
    register.record_leaving(by, family.member(eldest), clock.today(), LeavingReason.MOVED_OUT, key=key())
    nik = family.town.numbers.nik(child.birth_date, child.sex)
    register.correct_nik(by, family.member(child), nik, "Salah ketik pada berkas, sesuai KK baru.", key=key())
    visits.add_photos(by, family.meet(), family.staged(EvidenceKind.VISIT_PHOTO, 2), key=key())
    visits.mark_mistaken(by, family.meet(photos=0), "Tercatat pada keluarga yang salah.", key=key())
    reveals.reveal(by, family.row, Number(NumberKind.KK), Purpose.SIKS_ENTRY, key=key())
    reveals.look_up(budi, family.kk, key=key())


def _handed_over(family: ToldFamily) -> None:
    """To Sari; the head became the recipient then."""
    people, key = family.town.people, family.key
    family.by = people["sari"]
    _take_on(family)
    register.choose_caretaker(family.by, family.member(family.people[0]), key=key())
    gate.amend(
        people["wati"], family.row, seen=family.row.version, changes={"rw": family.rw % 12 + 1}, key=key(),
        action="household.correct_address",
    )  # fmt: skip


_DONE: Mapping[str, Callable[[ToldFamily], object]] = {
    "meet": lambda family: family.meet(photos=family.turn % 2), "miss": ToldFamily.miss, "draft": _draft,
    "confirm": ToldFamily.confirm, "dismiss": ToldFamily.dismiss,
    "assess_well": partial(ToldFamily.assess, standing=Fortune.WELL),
    "assess_partly": partial(ToldFamily.assess, standing=Fortune.ON_THE_WAY),
    "assess_poor": partial(ToldFamily.assess, standing=Fortune.IN_NEED),
    "assess_with_a_gap": partial(ToldFamily.assess, standing=Fortune.IN_NEED, leaves_out="savings"),
    **{f"presence_{one}": partial(ToldFamily.amend, presence=one, note="Tetangga menyebut keluarga lama tidak terlihat.")
       for one in Presence},
    **{f"registry_{one}": partial(_checked, match=one) for one in RegistryMatch},
    **{f"propose_{step}": partial(ToldFamily.propose, step=step)
       for step in ("suspend", "resume", "exit_natural", "exit_ineligible", "exit_non_compliance")},
    "confirm_members": lambda family: proposals.confirm_members(family.by, family.row, key=family.key()),
    "correct_rt": lambda family: family.amend(rt=family.rt % 9 + 1),
    "stable": partial(_found, result=Outlook.STABLE, share=1.7), "watch": partial(_found, result=Outlook.WATCH, share=1.4),
    "at_risk": partial(_found, result=Outlook.AT_RISK, share=0.8), "absent": _absent,
    "graduation open": lambda family: graduations.open_case(family.by, family.row, WayOut.INDEPENDENT, key=family.key()),
    "nomination open": _nominate, "attach": _attach, "mend": _mend, "take_on": _take_on,
    "grown": _grown, "corrected": _corrected, "handed_over": _handed_over,
}  # fmt: skip
"""What people do that is no step of a workflow; under the workflow's name where it is a step elsewhere."""
