"""What may become of a family: each story is told for one slot, from the roster to yesterday."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from portal.demo import follow_up, graduations, membership, nominations
from portal.demo.answers import Standing
from portal.demo.city import City
from portal.demo.days import known_from, office_hour, workday
from portal.demo.families import Family, write
from portal.demo.follow_up import Fortune
from portal.demo.ledger import Deed
from portal.demo.people import Makeup
from portal.demo.places import Slot
from portal.family.records.models import Member
from portal.kernel.terms import ExitType, LeavingReason, Membership, Period, Presence, VisitOutcome

ANYWHERE, SARI, JOKO, OFFICER, PAIR = "", "sari", "joko", "officer", "pair"
"""Where a story must be told: with Sari, with Joko, in an officer's kelurahan, in one that has two facilitators too."""


@dataclass(frozen=True)
class Story:
    tell: Callable[[City, Slot], Family]
    where: str = ANYWHERE


def ordinary(city: City, slot: Slot, *, decile: int | None = None, busy: bool = False) -> Family:
    """In the programme, visited now and then. `busy`: a visit is due."""
    family = _enrolled(city, slot, city.makeup())
    city.rank(family, decile or city.rng.choices((1, 2, 3, 4), (30, 34, 24, 12))[0])
    city.pay(family)
    visits(city, family, city.days.last)
    if city.rng.random() < 0.04:
        _somebody_leaves(city, family)
    if busy:
        family.next_visit_on = city.days.today - timedelta(days=city.rng.randrange(0, 18))
    elif city.rng.random() < 0.03:
        family.presence = city.rng.choice((Presence.MOVED, Presence.NOT_FOUND))
    return family


def _somebody_leaves(city: City, family: Family) -> None:
    """Lately, so that what was found at the visits still holds."""
    others = [person for person in family.people if not person.is_caretaker and person.age(city.days.today) >= 15]
    day = workday(city.days.last - timedelta(days=city.rng.randrange(1, 25)))
    seen = max((visit.on for visit in family.visits), default=family.created_at.date())
    if not others or day <= seen or family.facilitator is None:
        return
    person = others[-1]
    because = LeavingReason.MARRIED if person.age(day) >= 19 else LeavingReason.MOVED_OUT
    person.left_on, person.left_because, person.version = day, because, 2
    detail = {"changes": {"left_on": [None, day.isoformat()], "left_because": [None, str(because)]}}
    deed = Deed(office_hour(city.rng, day), family.facilitator)
    city.ledger.log("members.leave", (Member.__tablename__, person.id), family.id, deed, detail=detail)
    family.touched(deed.at)


def _enrolled(city: City, slot: Slot, makeup: Makeup, *, later: float = 0.06) -> Family:
    family = city.settle(slot, makeup, facilitator=city.facilitator(slot))
    city.enrol(family, later=later)
    return family


def risen(city: City, slot: Slot, *, decided: bool, resumed: str = "") -> Family:
    """The decile of a late quarter is above the limit; `resumed` is "", open or confirmed."""
    family = _enrolled(city, slot, city.makeup(), later=0)
    newest = city.days.quarters(1)[-1]
    since = newest if not decided or city.rng.random() < 0.5 else newest.previous()
    city.rank(family, city.rng.choice((5, 5, 6, 7)), steady_since=known_from(since.previous()))
    for period in list(family.deciles):
        if Period.parse(period) < since:
            family.deciles[period] = min(family.deciles[period], 4)
    day = membership.suspend(city, family, since, decided=decided)
    city.pay(family, day if decided else None)
    visits(city, family, day - timedelta(days=12))
    if resumed and family.membership is Membership.SUSPENDED:
        membership.resume(city, family, day, decided=resumed == "confirmed")
    return family


def left(city: City, slot: Slot, *, way: ExitType, outcome: str) -> Family:
    """Left, or is about to, without a graduation."""
    family = _enrolled(city, slot, Makeup.GROWN_UP if way is ExitType.NATURAL else city.makeup())
    if way is ExitType.NATURAL:
        city.make_able(family)
    city.rank(family, city.rng.choice((1, 2, 3, 4)))
    back = (12, 40) if outcome == "open" else (20, 320)
    day = city.days.last - timedelta(days=city.rng.randrange(*back))
    city.pay(family, day)
    visits(city, family, day - timedelta(days=3))
    first = family.created_at.date() + timedelta(days=30)
    membership.exit_(city, family, way, max(day, first), outcome=outcome)
    return family


def graduating(city: City, slot: Slot, *, way: graduations.Way, fortune: Fortune | None = None, again: str = "draft") -> Family:
    """On the way out, or out and followed."""
    makeup = city.rng.choice((Makeup.COUPLE, Makeup.COUPLE, Makeup.MOTHER, Makeup.THREE_GENERATIONS))
    family = _enrolled(city, slot, makeup, later=0)
    city.make_able(family)
    case = graduations.tell(city, family, way)
    city.pay(family, way.on if way.end == "effective" else None)
    if fortune is not None:
        follow_up.follow(city, case, way.on, fortune, again=again)
    return family


def proposed(city: City, slot: Slot, *, way: nominations.Way) -> Family:
    """Not in the programme: an officer proposed it."""
    family = city.settle(slot, city.makeup(), facilitator=None)
    nominations.propose(city, family, way)
    return family


def visits(city: City, family: Family, until: date) -> None:
    """The past year's visits of an ordinary family, some with photos, a promise or an assessment."""
    rng, by = city.rng, family.facilitator
    assert by
    many = rng.choices((0, 1, 2, 3, 4), (8, 22, 34, 24, 12))[0]
    days = sorted({workday(city.days.last - timedelta(days=rng.randrange(1, 360))) for _ in range(many)})
    days = [day for day in days if family.created_at.date() < day <= until]
    for day in days:
        deed, is_last = Deed(office_hour(rng, day), by), day == days[-1]
        if rng.random() < 0.13 and not (is_last and day < city.days.last - timedelta(days=30)):
            city.doorstep.miss(family, day, deed, retry_on=day + timedelta(days=rng.randrange(5, 15)))
            continue
        promised = _promise(city, day) if is_last else None
        seen = city.doorstep.meet(family, day, deed, photos=int(rng.random() < 0.4), next_on=promised)
        if rng.random() < 0.15:
            city.doorstep.assess(family, seen, _standing(city, family), deed, forgetful=0.3)


def _promise(city: City, day: date) -> date | None:
    """When to come again, sometimes; few of those that have passed were forgotten."""
    promised = day + timedelta(days=city.rng.randrange(75, 120))
    is_kept = promised >= city.days.last or city.rng.random() < 0.1
    return promised if is_kept and city.rng.random() < 0.6 else None


def _standing(city: City, family: Family) -> Standing:
    newest = max(family.deciles.items(), default=("", 2))[1]
    chances = {1: (1, 3, 16), 2: (2, 7, 11), 3: (4, 10, 6)}.get(newest, (6, 10, 4))
    return city.rng.choices(tuple(Standing), chances)[0]


def drafted(city: City, slot: Slot) -> Family:
    """Visited last week; the assessment waits to be finished."""
    family = ordinary(city, slot)
    assert family.facilitator
    day = workday(city.days.last - timedelta(days=city.rng.randrange(1, 6)))
    family.visits = [visit for visit in family.visits if visit.on < day or visit.outcome is VisitOutcome.MET]
    deed = Deed(office_hour(city.rng, day), family.facilitator)
    seen = city.doorstep.meet(family, day, deed)
    city.doorstep.begin_assessment(family, seen, deed)
    return family


def told(city: City, story: Story, slot: Slot) -> None:
    write(city.ledger, story.tell(city, slot))


def story(tell: Callable[..., Family], where: str = ANYWHERE, **said: object) -> Story:
    return Story(partial(tell, **said), where)
