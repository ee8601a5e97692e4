"""Random steps by random people: a graduation never reaches a state without what that state stands on."""

import hashlib
import itertools
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from portal.assessment.records.makers import makers
from portal.caseload.records import summarise
from portal.family.records.models import Decile, Household
from portal.graduation.records import dossiers
from portal.graduation.records.dossiers import Graduation, Submission
from portal.graduation.rules import (
    GRADUATION,
    Counselling,
    Effective,
    ExitChoice,
    IncomeBasis,
    OwnWishCounselling,
    Plan,
    Recorded,
    SignedStatement,
    WayOut,
)
from portal.kernel import gate, vault
from portal.kernel.base import session
from portal.kernel.clock import now, today
from portal.kernel.history import Event
from portal.kernel.terms import Actor, Band, EvidenceKind, Membership, Refused, Role
from portal.kernel.workflow import STAY, Decision, Defects, Note, Reason
from portal.monitoring.records import Monitoring
from tests import cast
from tests import graduating as go

PEOPLE = ("sari", "joko", "wati", "rini", "budi", "dewi", "ratna", "admin", "kepala", "sari as supervisor")
STEPS = [step.name for step in GRADUATION.steps]
LIKELY = ("sari", "sari", "budi", "sari as supervisor")
BEGINNINGS = ("", "", "counselling", "counselling", "submitted", "returned", "approved", "recorded")
_families = itertools.count(1)


def person(name):
    who = cast.actor(name.split()[0])
    return Actor(who.id, Role.SUPERVISOR, ("35.73",)) if " " in name else who


def stated(kind, who, *, whole):
    """Facts of this kind; when not `whole`, as poor as the form lets them be."""
    made = {
        Note: Note,
        Plan: lambda: Plan("Modal", today() + timedelta(days=30)),
        Counselling: lambda: go.counselling() if whole else go.counselling(present=(), aid_stops=()),
        OwnWishCounselling: go.own_wish,
        SignedStatement: lambda: SignedStatement(today(), _scans(who) if whole else ()),
        IncomeBasis: lambda: IncomeBasis("Warung" if whole else ""),
        ExitChoice: lambda: ExitChoice(WayOut.PROGRAMME),
        Decision: lambda: Decision(override_reason="Sudah dicek ulang" if whole else ""),
        Defects: lambda: Defects(("Scan buram",)),
        Reason: lambda: Reason("Alasan"),
        Recorded: lambda: Recorded(today() - timedelta(days=0 if whole else 1), "1"),
        Effective: lambda: Effective(today() - timedelta(days=0 if whole else 1)),
    }
    return made[kind]()


def _scans(who):
    return (go.staged(who, EvidenceKind.SIGNED_STATEMENT),) if who.role in (Role.FACILITATOR, Role.SUPERVISOR) else ()


class Graduating(RuleBasedStateMachine):
    @initialize(state=st.sampled_from(BEGINNINGS), data=st.data())
    def begin(self, state, data):
        """Anew, or further on the way of a case where all is well."""
        household = self._family()
        self.case = go.brought_to(state, household.caretaker_name).id if state else self._anew(data, household)

    def _anew(self, data, household):
        sari, visit = cast.actor("sari"), go.visited(cast.actor("sari"), household, with_photo=data.draw(st.booleans()))
        if data.draw(st.sampled_from([True, True, False])):
            go.assessed(sari, visit, **({} if data.draw(st.booleans()) else {"own_wish": "undecided"}))
        return go.opened(sari, household).id

    def _family(self):
        household = cast.family(f"Keluarga {next(_families)}")
        session.commit()
        self.family = household.id
        return household

    @rule(
        data=st.data(), name=st.sampled_from(["sari", "budi", "sari as supervisor"]), whole=st.sampled_from([True, True, False])
    )
    def forward(self, data, name, whole):
        """Somebody tries to get on, by steps that begin here, whatever they still need."""
        for _ in range(5):
            offers = [offer.step for offer in gate.steps_for(person(name), session.get(Graduation, self.case))]
            onward = [step.name for step in offers if step.target not in (STAY, "withdrawn", "revoked", "rejected", "returned")]
            if onward:
                self.try_step(name, data.draw(st.sampled_from(onward)), whole)

    @rule(name=st.sampled_from(PEOPLE), step=st.sampled_from(STEPS), whole=st.booleans())
    def anything(self, name, step, whole):
        self.try_step(name, step, whole)

    @rule(value=st.integers(1, 6))
    def a_new_quarter(self, value):
        household = session.get(Household, self.family)
        known = len(household.deciles)
        session.add(Decile(household_id=self.family, period=f"20{27 + known}-Q1", value=value))
        summarise(household, now())
        session.commit()

    @rule()
    def a_photo(self):
        household = session.get(Household, self.family)
        go.visited(cast.actor("sari"), household)

    def try_step(self, name, step, whole):
        case, who = session.get(Graduation, self.case), person(name)
        before = case.state
        chosen = GRADUATION.step(step)
        try:
            moved = gate.perform(who, case, step, seen=case.version, facts=stated(chosen.facts, who, whole=whole), key=go.key())
        except (Refused, gate.Forbidden):
            assert session.get(Graduation, self.case).state == before
            return
        if step in ("approve", "return", "reject", "revoke"):
            assert who.id not in makers(moved)
        if step == "approve":
            assert whole or not dossiers.stale_inputs(dossiers.latest(moved), moved.household)

    @invariant()
    def events_are_the_transitions(self):
        mine = (Event.subject_type == "graduations", Event.subject_id == self.case)
        events = session.scalars(select(Event).where(*mine).order_by(Event.seq)).all()
        state = None
        for event in events:
            assert event.from_state == state
            if event.kind != "graduation.open":
                step = GRADUATION.step(event.kind.partition(".")[2])
                assert state in step.sources
                assert event.to_state == (state if step.target == STAY else step.target)
            state = event.to_state
        assert session.get(Graduation, self.case).state == state

    @invariant()
    def every_state_has_its_evidence(self):
        case = session.get(Graduation, self.case)
        handed_in = dossiers.latest(case)
        if case.state in ("submitted", "returned", "approved", "recorded", "effective", "revoked", "rejected"):
            snapshot = handed_in.snapshot
            assert snapshot.statement.scans
            assert snapshot.income.note
            assert snapshot.conversation.present and snapshot.conversation.aid_stops
            assert any(visit.photos for visit in snapshot.visits)
            assert snapshot.readiness.band is Band.READY or snapshot.own_wish_reason
        if case.state in ("approved", "recorded", "effective"):
            assert case.approved_on == today()
        if case.state in ("recorded", "effective"):
            assert case.reference and case.recorded_on >= case.approved_on

    @invariant()
    def what_was_handed_in_stays_as_it_was(self):
        for row in session.scalars(select(Submission).where(Submission.case_id == self.case)):
            payload = vault.unseal(row.payload, f"submissions.payload:graduation:{self.case}:{row.number}")
            assert hashlib.sha256(payload).hexdigest() == row.sha256

    @invariant()
    def only_an_effective_graduation_ends_the_stay(self):
        case, household = session.get(Graduation, self.case), session.get(Household, self.family)
        followed = session.scalars(select(Monitoring).where(Monitoring.graduation_id == self.case)).all()
        is_out = household.membership is Membership.EXITED
        assert (case.state == "effective") == is_out == bool(followed) == bool(case.effective_on)
        if is_out:
            assert household.episodes[0].exit_type == case.exit_type

    def teardown(self):
        session.rollback()


@pytest.mark.usefixtures("app")
def test_no_state_without_its_evidence():
    limits = settings(max_examples=12, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Graduating, settings=limits)
