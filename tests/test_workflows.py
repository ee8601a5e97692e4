"""Random steps by random people over all workflows: the invariants hold after every step, a refusal leaves nothing."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select

from portal import checks
from portal.family.records.models import Household
from portal.graduation.records.dossiers import Graduation
from portal.kernel import gate, policy
from portal.kernel.base import session
from portal.kernel.clock import today
from portal.kernel.history import Event, Receipt
from portal.kernel.terms import EvidenceKind, Refused, VisitOutcome
from portal.kernel.workflow import Reason
from portal.membership.records import proposals
from portal.membership.records.proposals import MembershipProposal
from portal.membership.rules import MEMBERSHIP
from portal.monitoring import records as visits
from portal.monitoring.records import Monitoring, MonitoringVisit
from portal.nomination.records import nominations
from portal.nomination.records.nominations import Nomination
from portal.web import db
from tests import cast
from tests import graduating as go
from tests.stating import BORROWED, PEOPLE, POOR, WHOLE, fresh_key, new_family, new_member, person, scan, stated
from tests.workflow_starts import WAYS

LIKELY = {"nomination": ("wati", "budi", "sari"), "graduation": ("sari", "budi"), "monitoring": ("sari", "budi")}
FAMILIES = ("Misnati", "Suliyah", "Ponijan")
MANNERS = (WHOLE, WHOLE, WHOLE, POOR, BORROWED)
CASES = (Nomination, Graduation, Monitoring)
ENDINGS = ("withdraw", "reject", "revoke", "mark_duplicate", "decline", "close_lost", "return")
ODDS = {True: 0.05, False: 0.3}
"""How often somebody tries a step out of the blue: such as end a case, or not."""
DICE = st.randoms(use_true_random=True)
NO = (Refused, gate.Forbidden, gate.Stale, gate.KeyReused, gate.NotFound)


@dataclass(frozen=True)
class Deed:
    """Something that went through and can be sent again."""

    again: Callable[[], Any]
    key: str


def needs_files(kind: type) -> bool:
    return any(entry.metadata.get("widget") == "evidence" and entry.metadata["required"] for entry in fields(kind))


class Office(RuleBasedStateMachine):
    """What all machines share. `put_back` restores a database that was kept under a name; `deeds` (name -> weight) is what
    people do. Dice, not strategies, choose within a deed: walks are long, and nobody shrinks them."""

    put_back: ClassVar[Callable[[str], None]]
    watched: ClassVar[tuple[type, ...]]
    starts: ClassVar[tuple[str, ...]]
    deeds: ClassVar[dict[str, int]]

    @initialize(dice=DICE)
    def begin(self, dice):
        session.remove()
        self.done: list[Deed] = []
        self.checked = 0
        type(self).put_back(dice.choice(self.starts))

    @rule(dice=DICE)
    def somebody_does_something(self, dice):
        common = {"forward": 6, "anything": 3, "sent_again": 1, "key_used_again": 1}
        weights = {**common, **self.deeds}
        getattr(self, dice.choices([*weights], [*weights.values()])[0])(dice)

    @invariant()
    def what_stands_can_be_answered_for(self):
        told = session.scalar(select(func.max(Event.seq)))
        if told != self.checked:  # without an event nothing new stands: `attempt` sees to that
            assert checks.check() == []
            self.checked = told

    def teardown(self):
        session.rollback()

    # --- trying

    def attempt(self, act: Callable[[str], Any]) -> Any:
        """Let somebody try; a refusal leaves no event, no receipt and no state behind it. None when refused."""
        key, before = fresh_key(), self.traces()
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
        model, case_id, seen, said = type(case), case.id, case.version - behind, stated(chosen.facts, who, how)

        def act(key: str) -> Any:
            return gate.perform(who, session.get(model, case_id), step, seen=seen, facts=said, key=key)

        may = gate.can(who, chosen.action, case) and not behind and (how == WHOLE or not needs_files(chosen.facts))
        made = self.attempt(act)
        assert made is None or may
        return made

    def cases(self) -> list[Any]:
        return [case for model in self.watched for case in session.scalars(select(model).order_by(model.id))]

    # --- what anybody may try

    def forward(self, dice):
        """Those who should act take what the portal offers them, and are tempted first."""
        for case in self.cases():
            name = dice.choice(LIKELY[case.flow_name])
            ready = [offer.step.name for offer in gate.steps_for(person(name), case) if offer.is_ready]
            likely = [step for step in ready if step not in ENDINGS]
            if likely:
                step = dice.choice(likely)
                self.tempt(name, case, step)
                self.step(name, session.get(type(case), case.id), step)

    def tempt(self, name: str, case: Any, step: str) -> None:
        """What nearly goes: an old version, files that are missing or another's, and a supervisor who made the case."""
        files = needs_files(case.flow.step(step).facts)
        flaws = [(name, WHOLE, 1), ("sari as supervisor", WHOLE, 0), *((name, how, 0) for how in (POOR, BORROWED) if files)]
        for who, how, behind in flaws:
            if self.step(who, session.get(type(case), case.id), step, how, behind):
                return

    def anything(self, dice):
        cases = self.cases()
        if cases:
            case = dice.choice(cases)
            steps = [step.name for step in case.flow.steps if not step.by_effect and dice.random() < ODDS[step.name in ENDINGS]]
            for step in dice.sample(steps, min(3, len(steps))):
                who, how, behind = dice.choice(PEOPLE), dice.choice(MANNERS), dice.choice((0, 0, 1))
                self.step(who, session.get(type(case), case.id), step, how, behind)

    def sent_again(self, dice):
        """What went through changes nothing the second time."""
        if self.done:
            before = self.traces()
            dice.choice(self.done).again()
            assert self.traces() == before

    def key_used_again(self, dice):
        """A key that is used up takes nothing else through."""
        cases = self.cases()
        if not (self.done and cases):
            return
        case, deed, who = cases[-1], dice.choice(self.done), person(dice.choice(PEOPLE))
        step = next(step for step in case.flow.steps if step.facts is Reason)
        if session.get(Receipt, (who.id, deed.key)) is None:
            return
        before = self.traces()
        with pytest.raises((gate.KeyReused, gate.Forbidden)):
            gate.perform(who, case, step.name, seen=case.version, facts=Reason("Kunci lama"), key=deed.key)
        assert self.traces() == before


# --- nominations ---------------------------------------------------------------------------------------------------


class Nominating(Office):
    watched = (Nomination,)
    starts = ("told", "handed in", "recommended", "forwarded")
    deeds: ClassVar[dict[str, int]] = {"draft": 1, "write": 3, "propose_again": 1}

    def draft(self, dice):
        name, kelurahan = dice.choice(PEOPLE), dice.choice((cast.JATIMULYO, cast.POLEHAN))
        family = new_family(kelurahan)
        allowed = policy.covers(person(name), "nomination.prepare", policy.Place(kelurahan))
        made = self.attempt(lambda key: nominations.draft(person(name), family, key=key))
        assert (made is not None) == allowed

    def write(self, dice):
        """Somebody writes in the file: photos, people, domicile, reason."""
        if not self.cases():
            return
        who, how, case = person(dice.choice(("wati", "wati", "rini", "budi"))), dice.choice(MANNERS), dice.choice(self.cases())
        may_write = gate.can(who, "nomination.prepare", case) and case.state in nominations.EDITABLE
        writes = self.writes(who, how, case, dice)
        chosen = dice.choice(writes)
        assert self.attempt(chosen) is None or (may_write and not (chosen is writes[0] and how == BORROWED))

    def writes(self, who, how, case, dice) -> list[Callable[[str], Any]]:
        case_id, one, kind = case.id, dice.choice(case.household.present_members), dice.choice(nominations.PHOTOS)
        shots, added, member_id = scan(who, kind, how), new_member("Bayu"), one.id
        changed = new_member(one.name) if how == POOR else replace(new_member(one.name), nik=one.nik)
        return [
            lambda key: nominations.attach(who, the(case_id), kind, shots, key=key),
            lambda key: nominations.add_member(who, the(case_id), added, key=key),
            lambda key: nominations.change_member(who, the(case_id), member_id, changed, key=key),
            lambda key: nominations.remove_member(who, the(case_id), member_id, key=key),
            lambda key: nominations.state_reason(who, the(case_id), "" if how == POOR else "Serabutan", key=key),
            lambda key: nominations.change_domicile(who, the(case_id), {"rt": None if how == POOR else 4}, key=key),
        ]

    def propose_again(self, dice):
        name, caretaker = dice.choice(PEOPLE), dice.choice(("Misnati", "Suliyah", "Lilik"))
        family = session.scalars(select(Household.id).where(Household.caretaker_name == caretaker)).first()
        if family is not None:
            self.attempt(lambda key: nominations.renominate(
                person(name), session.get(Household, family), stated_reason="Lagi", key=key))  # fmt: skip


def the(nomination_id: int) -> Nomination:
    return session.get(Nomination, nomination_id)


# --- graduations ---------------------------------------------------------------------------------------------------


class Graduating(Office):
    watched = (Graduation,)
    starts = ("assessed", "submitted", "recorded")
    deeds: ClassVar[dict[str, int]] = {"visit": 1, "assess": 1, "move_within": 1}

    def visit(self, dice):
        go.visited(person("sari"), cast.household("Misnati"), dice.randint(0, 100), with_photo=dice.random() < 0.5)

    def assess(self, dice):
        sari = person("sari")
        answers = dice.choice(({}, {"own_wish": "undecided"}, {"earners": ""}))
        go.assessed(sari, go.visited(sari, cast.household("Misnati")), **answers)

    def move_within(self, dice):
        family, who, rt = cast.household("Misnati"), person(dice.choice(PEOPLE)), dice.randint(1, 9)
        family_id, seen = family.id, family.version
        self.attempt(lambda key: gate.amend(
            who, session.get(Household, family_id), seen=seen, changes={"rt": rt}, key=key))  # fmt: skip


# --- monitoring and membership -------------------------------------------------------------------------------------


class Following(Office):
    """A family that graduated, others that did not: visits, relapse, proposals, and what follows from each."""

    watched = (Monitoring, Nomination, Graduation)
    starts = ("effective", "at risk", "last visit left", "proposed")
    deeds: ClassVar[dict[str, int]] = {"visit": 3, "propose": 3, "decide": 4, "confirm_members": 1}

    def visit(self, dice):
        plan = session.scalars(select(MonitoringVisit.id).order_by(MonitoringVisit.outcome.is_(None), MonitoringVisit.id)).all()
        if not plan:
            return
        who, how, met = person(dice.choice(("sari", "sari", "joko", "budi"))), dice.choice(MANNERS), dice.random() < 0.7
        planned, shots = dice.choice([*plan, plan[-1]]), scan(who, EvidenceKind.VISIT_PHOTO, how) if met else ()
        found = {"household_income": 900_000, "people": 3, "works": False} if met else {"retry_on": today() + timedelta(days=7)}
        outcome = VisitOutcome.MET if met else VisitOutcome.NOT_MET
        report = visits.Report(visited_on=today(), outcome=outcome, photos=shots, **found)
        made = self.attempt(lambda key: visits.record_visit(who, session.get(MonitoringVisit, planned), report, key=key))
        assert made is None or not (shots and how == BORROWED)

    def propose(self, dice):
        family, who, how = (
            cast.household(dice.choice(FAMILIES)),
            person(dice.choice(("sari", "budi", *PEOPLE))),
            dice.choice(MANNERS),
        )
        likely = [step for step in proposals.PROPOSABLE if family.membership in MEMBERSHIP.step(step).sources]
        step, household = dice.choice(likely or proposals.PROPOSABLE), family.id
        said = stated(MEMBERSHIP.step(step).facts, who, how)
        made = self.attempt(lambda key: proposals.propose(who, session.get(Household, household), step, facts=said, key=key))
        assert made is None or how == WHOLE or not needs_files(type(said))

    def decide(self, dice):
        """First those who proposed it themselves, then somebody."""
        ids = session.scalars(select(MembershipProposal.id).where(MembershipProposal.state == "open")).all()
        if ids:
            one = dice.choice(ids)
            for name in ("sari as supervisor", dice.choice(("budi", "dewi", *PEOPLE))):
                who, agrees = person(name), dice.random() < 0.7
                self.attempt(lambda key, who=who, agrees=agrees: _decided(who, one, agrees, key))

    def confirm_members(self, dice):
        household, who = cast.household(dice.choice(FAMILIES)).id, person(dice.choice(PEOPLE))
        self.attempt(lambda key: proposals.confirm_members(who, session.get(Household, household), key=key))


def _decided(who, proposal_id, agrees, key):
    proposal = session.get(MembershipProposal, proposal_id)
    if agrees:
        return proposals.confirm(who, proposal, key=key)
    return proposals.dismiss(who, proposal, reason="Keliru", key=key)


# --- running them --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def kept(application, database):
    """Databases to start from, made once: how far somebody has come."""

    def put_back(name: str) -> None:
        database.restore(name if name == "cast" else f"workflow-{name}", db.engine)

    for name, way in WAYS.items():
        put_back("told" if name != "told" else "cast")
        way()
        session.remove()
        database.keep(f"workflow-{name}", db.engine)
    Office.put_back = staticmethod(put_back)


@pytest.mark.parametrize("machine", [Nominating, Graduating, Following])
def test_whatever_people_try_what_stands_can_be_answered_for(kept, app, machine):
    limits = settings(
        max_examples=9, stateful_step_count=16, deadline=None, suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking a walk takes minutes; the blob repeats it as it was
    )  # fmt: skip
    run_state_machine_as_test(machine, settings=limits)
