"""Random steps by random people over all workflows: the invariants hold after every step, a refusal leaves nothing."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select

from portal.extensions import db
from portal.records import gate, invariants, membership, monitoring, nominations
from portal.records.base import session
from portal.records.cases import Graduation, MembershipProposal, Monitoring, MonitoringVisit, Nomination
from portal.records.clock import today
from portal.records.history import Event, Receipt
from portal.records.households import Household
from portal.rules import facts, flows, policy
from portal.rules.terms import Actor, EvidenceKind, Refused, Relation, Role, Sex, VisitOutcome
from tests import beginnings, cast
from tests import graduating as go

PEOPLE = ("sari", "joko", "wati", "rini", "budi", "dewi", "ratna", "admin", "kepala", "sari as supervisor")
LIKELY = {"nomination": ("wati", "budi", "sari"), "graduation": ("sari", "budi"), "monitoring": ("sari", "budi")}
WHOLE, POOR, BORROWED = "whole", "poor", "borrowed"
NO = (Refused, gate.Forbidden, gate.Stale, gate.KeyReused, gate.NotFound)
_keys = itertools.count(1)


def person(name: str) -> Actor:
    """By name; "as supervisor" is somebody who was promoted and must not decide on former work."""
    who = cast.actor(name.split()[0])
    return Actor(who.id, Role.SUPERVISOR, ("35.73",)) if " " in name else who


def fresh_key() -> str:
    return f"workflow-{next(_keys)}"


def scan(who: Actor, kind: EvidenceKind, how: str) -> tuple[int, ...]:
    """Ids of files that prove something: the own ones, none, or such as somebody else has staged."""
    uploader = cast.actor("dewi") if how == BORROWED else who
    if how == POOR or not policy.may(uploader, "evidence.stage"):
        return ()
    return (go.staged(uploader, kind),)


def stated(kind: type, who: Actor, how: str) -> Any:
    """Facts of this kind; when poor, as empty as their types allow, and dated as they must not be."""
    if kind is facts.FieldCheck:
        shots = scan(who, EvidenceKind.FIELD_CHECK_PHOTO, how)
        return facts.FieldCheck(today(), True, 3, 900_000, "Sewa", "Buruh cuci", "Layak", photos=shots)
    if kind is facts.Deliberation:
        lists = (scan(who, EvidenceKind.MINUTES, how), scan(who, EvidenceKind.ATTENDANCE_LIST, how))
        return facts.Deliberation(today(), 12, "Layak", *lists)
    day = today() + timedelta(days=1) if how == POOR else today()
    made: dict[type, Callable[[], Any]] = {
        facts.Note: facts.Note,
        facts.Reason: lambda: facts.Reason("Alasan"),
        facts.Defects: lambda: facts.Defects(("Foto kabur",)),
        facts.Decision: lambda: facts.Decision(override_reason="" if how == POOR else "Sudah dicek"),
        facts.Plan: lambda: facts.Plan("Modal", today() + timedelta(days=0 if how == POOR else 30)),
        facts.Counselling: lambda: go.counselling(**({"present": ()} if how == POOR else {})),
        facts.OwnWishCounselling: go.own_wish,
        facts.SignedStatement: lambda: facts.SignedStatement(today(), scan(who, EvidenceKind.SIGNED_STATEMENT, how)),
        facts.IncomeBasis: lambda: facts.IncomeBasis("" if how == POOR else "Warung"),
        facts.ExitChoice: lambda: facts.ExitChoice(facts.WayOut.PROGRAMME),
        facts.Recorded: lambda: facts.Recorded(day, "SIKS-1"),
        facts.Effective: lambda: facts.Effective(day),
        facts.Endorsement: lambda: facts.Endorsement(today(), scan(who, EvidenceKind.SIGNED_MINUTES, how)),
        facts.Assignee: lambda: facts.Assignee(cast.actor("joko" if how == POOR else "sari").id),
        facts.Forwarding: lambda: facts.Forwarding(day, "2026-11"),
        facts.NationalResult: lambda: facts.NationalResult(day),
        facts.DuplicateOf: lambda: facts.DuplicateOf(cast.household("Ponijan").id, "Orang yang sama"),
        facts.Intervention: lambda: facts.Intervention(
            "Modal", "Diskopindag", today() + timedelta(days=0 if how == POOR else 30)
        ),
        facts.MembershipChange: lambda: facts.MembershipChange(day, "Desil 6"),
        facts.Resumption: lambda: facts.Resumption(day, "Layak lagi", scan(who, EvidenceKind.FIELD_REPORT, how)),
        facts.IneligibleExit: lambda: facts.IneligibleExit(
            day, facts.IneligibleBecause.MOVED, "Pindah", scan(who, EvidenceKind.EXIT_PROOF, how)
        ),
        facts.NonComplianceExit: lambda: facts.NonComplianceExit(day, "Tidak hadir", scan(who, EvidenceKind.EXIT_PROOF, how)),
    }
    return made[kind]()


@dataclass(frozen=True)
class Deed:
    """Something that went through and can be sent again."""

    again: Callable[[], Any]
    key: str


class Office(RuleBasedStateMachine):
    """What all machines share. `put_back` restores a database that was kept under a name."""

    put_back: ClassVar[Callable[[str], None]]
    people = st.sampled_from(PEOPLE)
    manners = st.sampled_from([WHOLE, WHOLE, WHOLE, POOR, BORROWED])

    def start_from(self, kept: str) -> None:
        session.remove()
        type(self).put_back(kept)
        self.done: list[Deed] = []

    def attempt(self, act: Callable[[str], Any], key: str | None = None) -> Any:
        """Let somebody try; a refusal leaves no event, no receipt and no state behind it. None when refused."""
        key, before = key or fresh_key(), self.traces()
        try:
            made = act(key)
        except NO:
            session.rollback()
            assert self.traces() == before
            return None
        self.done.append(Deed(lambda: act(key), key))
        return made

    def traces(self) -> list[Any]:
        states = [select(model.id, model.state, model.version).order_by(model.id) for model in (*CASES, MembershipProposal)]
        counts = (select(func.count()).select_from(model) for model in (Event, Receipt))
        return [*(session.execute(one).all() for one in states), *(session.scalar(one) for one in counts)]

    def step(self, name: str, case: Any, step: str, how: str = WHOLE, behind: int = 0) -> Any:
        """`behind`: how many versions ago this person has looked."""
        who, chosen = person(name), case.flow.step(step)
        model, case_id, seen, said = type(case), case.id, case.version - behind, stated(chosen.facts, person(name), how)

        def act(key: str) -> Any:
            return gate.perform(who, session.get(model, case_id), step, seen=seen, facts=said, key=key)

        allowed = gate.can(who, chosen.action, case)
        made = self.attempt(act)
        assert made is None or (allowed and not behind)
        return made

    @rule(data=st.data(), name=people, how=manners, behind=st.sampled_from([0, 0, 1]))
    def anything(self, data, name, how, behind):
        case = data.draw(st.sampled_from(self.cases()))
        step = data.draw(st.sampled_from([step.name for step in case.flow.steps if not step.by_effect]))
        self.step(name, case, step, how, behind)

    @rule(data=st.data(), how=manners)
    def forward(self, data, how):
        """Those who should act take what the portal offers them."""
        for case in self.cases():
            name = data.draw(st.sampled_from(LIKELY[case.flow_name]))
            ready = [offer.step.name for offer in gate.steps_for(person(name), case) if offer.is_ready]
            likely = [step for step in ready if step not in ENDINGS] or ready
            if likely:
                self.step(name, case, data.draw(st.sampled_from(likely)), how)

    @rule(data=st.data())
    def sent_again(self, data):
        """What went through changes nothing the second time."""
        if self.done:
            before = self.traces()
            data.draw(st.sampled_from(self.done)).again()
            assert self.traces() == before

    @rule(data=st.data(), name=people)
    def a_key_used_for_something_else(self, data, name):
        if self.done:
            case, key = self.cases()[-1], data.draw(st.sampled_from(self.done)).key
            step = next(step for step in case.flow.steps if step.facts is facts.Reason)
            said, who = facts.Reason("Kunci lama"), person(name)
            receipts = session.scalar(
                select(func.count()).select_from(Receipt).where(Receipt.key == key, Receipt.user_id == who.id)
            )
            if receipts:
                self.attempt_reuse(who, case, step.name, said, key)

    def attempt_reuse(self, who, case, step, said, key):
        before = self.traces()
        with pytest.raises((gate.KeyReused, gate.Forbidden)):
            gate.perform(who, case, step, seen=case.version, facts=said, key=key)
        assert self.traces() == before

    def cases(self) -> list[Any]:
        return [case for model in self.watched for case in session.scalars(select(model).order_by(model.id))]

    @invariant()
    def what_stands_can_be_answered_for(self):
        assert invariants.check() == []

    def teardown(self):
        session.rollback()


CASES = (Nomination, Graduation, Monitoring)
ENDINGS = ("withdraw", "reject", "revoke", "mark_duplicate", "decline", "close_lost", "return")


# --- nominations ---------------------------------------------------------------------------------------------------


class Nominating(Office):
    watched = (Nomination,)

    @initialize(state=st.sampled_from(["told", "told", "handed in", "recommended"]))
    def begin(self, state):
        self.start_from(state)
        if state == "told":
            self.draft("wati", cast.JATIMULYO)

    @rule(name=Office.people, kelurahan=st.sampled_from([cast.JATIMULYO, cast.POLEHAN]))
    def draft(self, name, kelurahan):
        family = new_family(kelurahan)
        allowed = policy.covers(person(name), "nomination.prepare", policy.Place(kelurahan))
        made = self.attempt(lambda key: nominations.draft(person(name), family, key=key))
        assert (made is not None) == allowed

    @rule(data=st.data(), name=st.sampled_from(["wati", "wati", "rini", "budi", "sari"]), how=Office.manners)
    def write(self, data, name, how):
        """Somebody writes in the file: photos, people, domicile, reason."""
        who, case = person(name), data.draw(st.sampled_from(self.cases()))
        case_id, members = case.id, case.household.present_members
        one = data.draw(st.sampled_from(members))
        kind = data.draw(st.sampled_from(nominations.PHOTOS))
        shots, added = scan(who, kind, how), new_member("Bayu")
        changed = new_member(one.name) if how == POOR else replace(new_member(one.name), nik=one.nik)
        writes = [
            lambda key: nominations.attach(who, self.case(case_id), kind, shots, key=key),
            lambda key: nominations.add_member(who, self.case(case_id), added, key=key),
            lambda key: nominations.change_member(who, self.case(case_id), one.id, changed, key=key),
            lambda key: nominations.remove_member(who, self.case(case_id), one.id, key=key),
            lambda key: nominations.state_reason(who, self.case(case_id), "" if how == POOR else "Serabutan", key=key),
            lambda key: nominations.change_domicile(who, self.case(case_id), {"rt": None if how == POOR else 4}, key=key),
        ]
        may_write = gate.can(who, "nomination.prepare", case) and case.state in nominations.EDITABLE
        assert self.attempt(data.draw(st.sampled_from(writes))) is None or may_write

    @rule(name=Office.people, caretaker=st.sampled_from(["Misnati", "Suliyah", "Lilik"]))
    def propose_again(self, name, caretaker):
        household = session.scalars(select(Household).where(Household.caretaker_name == caretaker)).first()
        if household is not None:
            family = household.id
            self.attempt(lambda key: nominations.renominate(
                person(name), session.get(Household, family), stated_reason="Lagi", key=key))  # fmt: skip

    def case(self, case_id):
        return session.get(Nomination, case_id)


def new_member(name: str) -> nominations.NewMember:
    born = date(1990, 2, 3)
    return nominations.NewMember(name, cast.nik(born, Sex.FEMALE), Sex.FEMALE, born, Relation.HEAD)


def new_family(kelurahan: str) -> nominations.NewFamily:
    return nominations.NewFamily(kelurahan, "Jl. Kalpataru 5", 2, 5, cast.kk(), None, None, new_member("Lilik"), "Serabutan")


# --- graduations ---------------------------------------------------------------------------------------------------


class Graduating(Office):
    watched = (Graduation,)

    @initialize(state=st.sampled_from(["assessed", "submitted", "approved"]))
    def begin(self, state):
        self.start_from(state)
        self.family = cast.household("Misnati").id

    @rule(name=st.sampled_from(["sari", "joko"]), days=st.integers(0, 100), photographed=st.booleans())
    def visit(self, name, days, photographed):
        if person(name).id == session.get(Household, self.family).facilitator_id:
            go.visited(person(name), session.get(Household, self.family), days, with_photo=photographed)

    @rule(answers=st.sampled_from([{}, {"own_wish": "undecided"}, {"earners": ""}]))
    def assess(self, answers):
        sari = person("sari")
        go.assessed(sari, go.visited(sari, session.get(Household, self.family)), **answers)

    @rule(name=Office.people, rt=st.integers(1, 9))
    def move_within(self, name, rt):
        family = session.get(Household, self.family)
        seen = family.version
        self.attempt(lambda key: gate.amend(
            person(name), session.get(Household, self.family), seen=seen, changes={"rt": rt}, key=key))  # fmt: skip


# --- monitoring and membership -------------------------------------------------------------------------------------


class Following(Office):
    """A family that graduated, another that did not: visits, relapse, proposals, and what follows from each."""

    watched = (Monitoring, Nomination, Graduation)

    @initialize(state=st.sampled_from(["effective", "effective", "at risk"]))
    def begin(self, state):
        self.start_from(state)

    @rule(data=st.data(), name=st.sampled_from(["sari", "sari", "joko", "budi", "wati"]), met=st.booleans(), how=Office.manners)
    def visit(self, data, name, met, how):
        who = person(name)
        planned = data.draw(st.sampled_from(session.scalars(select(MonitoringVisit.id).order_by(MonitoringVisit.id)).all()))
        shots = scan(who, EvidenceKind.VISIT_PHOTO, how) if met else ()
        found = {"household_income": 900_000, "people": 3, "works": False} if met else {"retry_on": today() + timedelta(days=7)}
        report = monitoring.Report(
            visited_on=today(), outcome=VisitOutcome.MET if met else VisitOutcome.NOT_MET, photos=shots, **found
        )
        self.attempt(lambda key: monitoring.record_visit(who, session.get(MonitoringVisit, planned), report, key=key))

    @rule(data=st.data(), name=Office.people, caretaker=st.sampled_from(["Misnati", "Suliyah", "Ponijan"]), how=Office.manners)
    def propose(self, data, name, caretaker, how):
        step = data.draw(st.sampled_from(membership.PROPOSABLE))
        household, who = cast.household(caretaker).id, person(name)
        said = stated(flows.MEMBERSHIP.step(step).facts, who, how)
        self.attempt(lambda key: membership.propose(who, session.get(Household, household), step, facts=said, key=key))

    @rule(data=st.data(), name=st.sampled_from(PEOPLE), agrees=st.sampled_from([True, True, False]))
    def decide(self, data, name, agrees):
        ids = session.scalars(select(MembershipProposal.id).order_by(MembershipProposal.id)).all()
        if not ids:
            return
        one, who = data.draw(st.sampled_from(ids)), person(name)
        if agrees:
            self.attempt(lambda key: membership.confirm(who, session.get(MembershipProposal, one), key=key))
        else:
            self.attempt(lambda key: membership.dismiss(who, session.get(MembershipProposal, one), reason="Keliru", key=key))

    @rule(name=st.sampled_from(PEOPLE), caretaker=st.sampled_from(["Misnati", "Suliyah", "Ponijan"]))
    def confirm_members(self, name, caretaker):
        household, who = cast.household(caretaker).id, person(name)
        self.attempt(lambda key: membership.confirm_members(who, session.get(Household, household), key=key))


# --- running them --------------------------------------------------------------------------------------------------


@pytest.fixture
def kept(app, database):
    """Databases to start from: how far somebody has come."""
    ways = {
        "told": beginnings.tell, "handed in": _handed_in, "recommended": _recommended, "assessed": _assessed,
        "submitted": lambda: go.brought_to("submitted"), "approved": lambda: go.brought_to("approved"),
        "effective": lambda: go.brought_to("effective"), "at risk": _at_risk,
    }  # fmt: skip

    def put_back(name: str) -> None:
        database.restore(name if name == "cast" else f"workflow-{name}", db.engine)

    for name, way in ways.items():
        put_back("told" if name != "told" else "cast")
        way()
        session.remove()
        database.keep(f"workflow-{name}", db.engine)
    Office.put_back = staticmethod(put_back)
    yield
    session.remove()
    put_back("cast")


def _take(name: str, case: Any, *steps: str) -> None:
    for step in steps:
        fresh = session.get(type(case), case.id)
        said = stated(fresh.flow.step(step).facts, person(name), WHOLE)
        gate.perform(person(name), fresh, step, seen=fresh.version, facts=said, key=fresh_key())


def _handed_in() -> Nomination:
    wati = person("wati")
    case = nominations.draft(wati, new_family(cast.JATIMULYO), key=fresh_key())
    for kind in nominations.PHOTOS:
        nominations.attach(wati, case, kind, scan(wati, kind, WHOLE), key=fresh_key())
    _take("wati", case, "submit")
    return case


def _recommended() -> None:
    case = _handed_in()
    _take("wati", case, "deliberate", "endorse")
    _take("sari", case, "recommend")


def _assessed() -> None:
    sari, misnati = person("sari"), cast.household("Misnati")
    go.assessed(sari, go.visited(sari, misnati))
    go.opened(sari, cast.household("Misnati"))


def _at_risk() -> None:
    go.brought_to("effective")
    case = session.scalars(select(Monitoring)).one()
    report = monitoring.Report(visited_on=today(), outcome=VisitOutcome.MET, household_income=900_000, people=3, works=False)
    monitoring.record_visit(person("sari"), case.visits[0], report, key=fresh_key())
    _take("sari", case, "find_at_risk", "intervene")


@pytest.mark.parametrize("machine", [Nominating, Graduating, Following])
def test_whatever_people_try_what_stands_can_be_answered_for(kept, machine):
    limits = settings(max_examples=8, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(machine, settings=limits)
