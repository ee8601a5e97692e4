"""How a graduation gets somewhere in tests: the real steps, one after the other, by the people who take them."""

import itertools
from datetime import timedelta

from portal.assessment.records import assessments, visits
from portal.assessment.records.visits import Assessment
from portal.assessment.rules.answers import Answer, Typed, parse_answer
from portal.assessment.rules.instrument import CURRENT, Section
from portal.caseload.records import summarise
from portal.evidence import records
from portal.family.records.models import Decile, Household
from portal.graduation.records import graduations
from portal.graduation.records.dossiers import Graduation
from portal.graduation.rules import (
    GRADUATION,
    Counselling,
    Effective,
    IncomeBasis,
    OwnWishCounselling,
    Recorded,
    SignedStatement,
    WayOut,
)
from portal.kernel import gate
from portal.kernel.base import session
from portal.kernel.clock import now, today
from portal.kernel.terms import EvidenceKind, VisitOutcome
from portal.kernel.workflow import Decision, Defects, Note, Reason, plain
from tests import cast, shortcuts
from tests.photos import photo

_keys = itertools.count(1)

READY = {
    "earners": "1", "stable_months": "10", "business": "alone", "assets": ["stall"],
    "income_main": "4jt", "income_other": "0", "spending_total": "2,5jt", "spending_food": "1jt",
    "savings": "1jt", "debt_payment": "0", "debt_overdue": "no",
    "floor": "ceramic", "wall": "plastered_wall", "toilet": "own", "power": "900",
    "school_age_children": "1", "children_in_school": "1", "conditions_kept": "always", "sessions_attended": "10",
    "continuing_aid": ["jkn"], "severe_disability": "no", "chronic_illness": "no", "nutrition_problem": "no",
    "recent_shock": ["none"], "conversation_held": "yes", "own_wish": "wants_to_leave",
}  # fmt: skip


def key():
    return f"{next(_keys):032x}"


def staged(actor, kind):
    return records.stage(actor, kind, photo(), key=key()).id


def visited(actor, household, days_ago=0, *, with_photo=True):
    photos = (staged(actor, EvidenceKind.VISIT_PHOTO),) if with_photo else ()
    said = visits.ToldVisit(today() - timedelta(days=days_ago), VisitOutcome.MET, present="Ibu", photos=photos)
    return visits.record(actor, household, said, key=key())


def typed_section(section, typed):
    """A section as its form reads it; what `typed` does not say is blank."""
    questions = CURRENT.section(section)
    return Typed.of({one.key: parse_answer(one, typed.get(one.key, "")) for one in questions})


def assessed(actor, visit, **changes):
    """Answered as a ready family would, with `changes` (empty: no answer), in one go; finished as always."""
    typed = [typed_section(section, {**READY, **changes}) for section in Section]
    given = {name: Answer(value, visit.visited_on, by=actor.id) for part in typed for name, value in part.values.items()}
    session.add(
        Assessment(
            household_id=visit.household_id, visit_id=visit.id, instrument_version=CURRENT.version, version=1,
            answers=plain(given), assessed_on=visit.visited_on, assessed_by=actor.id,
        )
    )  # fmt: skip
    session.commit()
    return assessments.finish(actor, visit, seen=1, key=key())


def take(actor, case, step, stated=None):
    chosen = GRADUATION.step(step)
    if stated is None and chosen.facts is Note:
        stated = Note()
    return gate.perform(actor, case, step, seen=case.version, facts=stated, key=key())


def counselling(**changes):
    said = {"held_on": today(), "present": ("Ibu Misnati", "Suami"), "conversation": "Warung sudah jalan, ingin mandiri.",
            "aid_stops": ("PKH",), "aid_continues": ("PBI-JKN", "PIP")}  # fmt: skip
    return Counselling(**{**said, **changes})


def own_wish(reason="Ingin memberi tempat bagi yang lebih perlu."):
    return OwnWishCounselling(**vars(counselling()), own_wish_reason=reason)


def statement(actor):
    return SignedStatement(today(), (staged(actor, EvidenceKind.SIGNED_STATEMENT),))


def opened(actor, household, way_out=WayOut.INDEPENDENT):
    return graduations.open_case(actor, household, way_out, key=key())


def way_to(state, sari=None):
    """The steps from opening to `state`, each with who takes it and what it states; `sari` or another facilitator."""
    sari, budi = sari or cast.actor("sari"), cast.actor("budi")
    path = [
        ("assessment", sari, "start_assessment", None),
        ("ready", sari, "find_ready", None),
        ("counselling", sari, "counsel", counselling),
        ("statement_signed", sari, "sign", lambda: statement(sari)),
        ("statement_signed", sari, "add_income_basis", lambda: IncomeBasis("Omzet warung 200 ribu sehari.")),
        ("submitted", sari, "submit", None),
        ("approved", budi, "approve", Decision),
        ("recorded", budi, "record", lambda: Recorded(today(), "SIKS-77")),
        ("effective", budi, "take_effect", lambda: Effective(today())),
    ]
    last = max((at for at, step in enumerate(path) if step[0] == state), default=-1)
    return path[: last + 1]


def brought_to(state, caretaker="Misnati"):
    """A case walked to `state` by the family's facilitator and Budi; `returned` and `rejected` by way of submitted."""
    return session.get(Graduation, shortcuts.reach(f"{caretaker} {state}", lambda: _walked_to(state, caretaker)))


def _walked_to(state, caretaker):
    household = cast.household(caretaker)
    sari = cast.actor(household.facilitator.username)
    assessed(sari, visited(sari, household))
    case = opened(sari, cast.household(caretaker))
    for _state, who, step, stated in way_to("submitted" if state in ("returned", "rejected") else state, sari):
        case = take(who, case, step, stated() if stated else None)
    if state == "returned":
        case = take(cast.actor("budi"), case, "return", Defects(("Scan buram", "Foto rumah belum ada")))
    if state == "rejected":
        case = take(cast.actor("budi"), case, "reject", Reason("Belum stabil"))
    assert case.state == state
    return case.id


def state_of(case):
    """As it is in the database now."""
    session.expire_all()
    return session.get(Graduation, case.id).state


def a_decile(household_id, value, period="2027-Q1"):
    """A new quarter's rank, as an import would bring it."""
    session.add(Decile(household_id=household_id, period=period, value=value))
    summarise(session.get(Household, household_id), now())
    session.commit()


def waiting_for(case, days):
    """The case as if it had stood there for so many days."""
    row = session.get(Graduation, case.id)
    row.state_since = now() - timedelta(days=days)
    session.commit()
    return row
