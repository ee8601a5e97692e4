"""Every screen of the portal with something true on it: who looks, and where. A new GET route belongs in here."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from flask import Flask, url_for
from sqlalchemy import select

from portal.assessment.pages.assessments import SLUGS
from portal.assessment.records.visits import Assessment, Visit
from portal.assessment.rules.instrument import Section
from portal.family.records.models import Aid, BatchRow, Household
from portal.graduation.records.dossiers import Graduation
from portal.kernel import gate
from portal.kernel.base import session
from portal.kernel.people import Account, User
from portal.kernel.terms import Relation, Sex
from portal.membership.records.proposals import MembershipProposal
from portal.monitoring.records import Monitoring
from portal.nomination.records import nominations
from portal.nomination.records.nominations import NewFamily, NewMember, Nomination
from tests import cast, rosters

NO_SCREENS = {"static", "evidence.show", "evidence.thumbnail"}
"""Files."""
PLAIN = {
    "sari": ("/", "/keluarga", "/keluarga?q=siti", "/keluarga?q=tidakada", "/keluarga/saring", "/keluarga/nomor", "/graduasi",
             "/usulan", "/pemantauan", "/pemantauan/kohort", "/capaian", "/profil", "/profil/kata-sandi", "/hak-akses"),
    "wati": ("/", "/usulan", "/usulan/baru", "/graduasi"),
    "budi": ("/", "/keluarga?pilih=1", "/mutu", "/target", "/kepesertaan", "/kepesertaan?state=decided", "/impor", "/graduasi",
             "/graduasi?state=approved", "/graduasi/pengecualian", "/usulan?kelompok=approved", "/pemantauan?kelompok=all",
             "/usulan/massal/forward"),
    "admin": ("/", "/pengguna", "/pengguna/baru", "/pengaturan", "/pengaturan/poverty_line", "/wilayah", "/wilayah/35.73.05"),
    "kepala": ("/", "/audit", "/pengaturan"),
}  # fmt: skip
ROLES = tuple(PLAIN)
BORN = date(1988, 7, 3)
PREPARED = {"identified", "assessment", "not_yet", "ready", "counselling", "statement_signed", "returned", "effective"}


def of(app: Flask, username: str) -> list[str]:
    """The addresses that this person is shown, in the demo's database; writes what the demo has none of."""
    who = cast.actor(username)
    with app.test_request_context():
        found: dict[str, str] = {}
        for address in (*PLAIN[username], *_MORE.get(username, lambda _who: ())(who)):
            found.setdefault(_kind(address), address)
    return list(found.values())


def _kind(address: str) -> str:
    """The form of a step looks the same on every case."""
    return re.sub(r"\d+(?=/langkah/)", "…", address)


def endpoints(app: Flask) -> set[str]:
    """Everything that is a screen."""
    return {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())} - NO_SCREENS


def endpoint_of(app: Flask, address: str) -> str:
    return app.url_map.bind("localhost").match(address.partition("?")[0], method="GET")[0]


def _sari(who: Account) -> Iterator[str]:
    household = session.scalars(select(Household).join(Aid).where(Household.facilitator_id == who.id, Aid.until.is_(None)))
    family = household.first()
    for name in ("show", "show_row", "quick", "edit", "members", "new_member", "benefits", "new_aid", "kk", "cases", "files",
                 "history", "reveal"):  # fmt: skip
        yield url_for(f"households.{name}", id=family.id)
    for name in ("edit_member", "nik", "leave"):
        yield url_for(f"households.{name}", id=family.members[-1].id)
    aid = session.scalars(select(Aid).where(Aid.household_id == family.id, Aid.until.is_(None))).first()
    yield url_for("households.aid_end", id=family.id, aid=aid.id)
    yield url_for("visits.index", id=family.id)
    yield url_for("visits.new", id=family.id)
    yield url_for("graduations.start", id=family.id)
    yield from _assessment(who)
    yield from _cases(who, Graduation, "graduations", PREPARED)
    yield from _cases(who, Nomination, "nominations", {"field_check"})
    yield from _cases(who, Monitoring, "monitoring", {"open", "at_risk", "watch"})
    for step in ("suspend", "exit_natural"):
        yield url_for("membership.propose", id=family.id, step=step)


def _assessment(who: Account) -> Iterator[str]:
    """A finished one, and one that is being filled in."""
    mine = select(Visit).join(Household).where(Household.facilitator_id == who.id, Visit.outcome == "met")
    done = session.scalars(mine.join(Assessment, Assessment.visit_id == Visit.id).where(Assessment.finished_at.is_not(None)))
    yield url_for("visits.show", id=done.first().id)
    blank = session.scalars(mine.where(Visit.id.not_in(select(Assessment.visit_id))).order_by(Visit.id.desc())).first()
    for section in (Section.WORK, Section.HOUSING, Section.CONVERSATION):
        yield url_for("assessments.section", id=blank.id, slug=SLUGS[section])
    yield url_for("assessments.review", id=blank.id)


def _wati(who: Account) -> Iterator[str]:
    mother = NewMember("Ngatini", cast.nik(BORN, Sex.FEMALE), Sex.FEMALE, BORN, Relation.HEAD)
    family = NewFamily(cast.JATIMULYO, "Jl. Candi Panggung 4", 2, 5, cast.kk(), None, None, mother, "Buruh cuci")
    draft = nominations.draft(who, family, key="draft")
    yield from _cases(who, Nomination, "nominations", {"draft", "submitted", "deliberated", "returned", "accepted"})
    for name in ("domicile", "reason", "photos", "add_member"):
        yield url_for(f"nomination_files.{name}", id=draft.id)
    yield url_for("nomination_files.member", id=draft.id, member_id=draft.household.members[-1].id)


def _budi(who: Account) -> Iterator[str]:
    yield from _cases(who, Graduation, "graduations", {"submitted", "approved", "effective"})
    yield from _cases(who, Nomination, "nominations", {"endorsed", "recommended", "not_recommended", "approved"})
    yield from _cases(who, Monitoring, "monitoring", {"intervention", "stable", "relapsed"})
    yield url_for("membership.show", id=session.scalars(select(MembershipProposal.id)).first())
    for name in (rosters.CLEAN_A, rosters.FAULTY_A):
        batch = rosters.read(who, rosters.sample(name), name)
        yield from (url_for("intake.show", id=batch.id, kelompok=group) for group in ("ready", "look", "skipped"))
        for row in session.scalars(select(BatchRow.id).where(BatchRow.batch_id == batch.id).limit(2)):
            yield url_for("intake.row", id=batch.id, row_id=row)
    yield url_for("intake.show", id=rosters.read(who, rosters.sample(rosters.CLEAN_F), rosters.CLEAN_F, None).id)


def _admin(who: Account) -> Iterator[str]:
    yield url_for("people.show", id=session.scalars(select(User.id).where(User.username == "wati")).one())


def _cases(who: Account, model: Any, blueprint: str, states: set[str]) -> Iterator[str]:
    """One case of each state in sight, and the form of each step that is offered there."""
    for state in sorted(states):
        case = session.scalars(select(model).where(model.state == state, _seen(who, model)).order_by(model.id.desc())).first()
        if case is None:
            continue
        yield url_for(f"{blueprint}.show", id=case.id)
        for offer in gate.steps_for(who, case):
            yield url_for(f"{blueprint}.step", id=case.id, step=offer.step.name)
        if model is Monitoring:
            yield from _planned(who, case)


def _planned(who: Account, case: Monitoring) -> Iterator[str]:
    visit = next((visit for visit in case.visits if visit.outcome is None), None)
    if visit and gate.can(who, "monitoring.visit", case):
        yield url_for("monitoring.visit", id=case.id, visit_id=visit.id)


def _seen(who: Account, model: Any) -> Any:
    return gate.visible(who, model.view_action, model)


_MORE = {"sari": _sari, "wati": _wati, "budi": _budi, "admin": _admin}
