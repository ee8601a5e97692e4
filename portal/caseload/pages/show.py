"""The page of a family and its tabs: overview, benefits, cases, files, history; each has its own address."""

from types import SimpleNamespace
from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.assessment.lists import latest_readiness
from portal.caseload import words
from portal.caseload.lists import profile, timeline
from portal.caseload.pages.listing import bp
from portal.evidence.records.files import of_household
from portal.family.records.models import Household
from portal.kernel import gate, policy, sent
from portal.kernel.terms import IN_PROGRAMME, OUT_OF_PROGRAMME
from portal.membership.rules import MEMBERSHIP
from portal.web import access, responses, texts

RIGHTS = (
    "household.update", "household.correct_address", "household.reveal", "household.confirm_members", "visit.view",
    "visit.record", "graduation.prepare", "membership.propose", "nomination.prepare",
)  # fmt: skip
PAGE = "caseload/show.html"
TABS = {
    "show": ("caseload/_overview.html", _l("Ringkasan")),
    "benefits": ("caseload/_benefits.html", _l("Bantuan")),
    "cases": ("caseload/_cases.html", _l("Kasus")),
    "files": ("caseload/_files.html", _l("Berkas")),
    "history": ("caseload/_history.html", _l("Riwayat")),
}
"""By view: its part of the page, and what its tab is called."""
CASE_LINKS = {
    "graduation": "graduations.show", "nomination": "nominations.show", "monitoring": "monitoring.show",
    "proposal": "membership.show",
}  # fmt: skip


@bp.get("/<int:id>")
@access.opens(Household, "household.view")
def show(household: Household) -> Response:
    who = access.actor()
    where, family = profile.whereabouts(household), profile.people(who, household, texts.today())
    open_cases = [case for case in profile.cases(who, household.id) if case.is_open]
    return _tab(
        household, "show", place=where, family=family, open_cases=open_cases, offers=_offers(household, open_cases),
        gaps=[words.GAPS[gap] for gap in profile.gaps(household, where, family)], deciles=profile.deciles(household.id),
        readiness=latest_readiness(household.id) if policy.may(who, "visit.view") else None, why_due=words.WHY_DUE,
    )  # fmt: skip


@bp.get("/<int:id>/bantuan")
@access.opens(Household, "household.view")
def benefits(household: Household) -> Response:
    return _tab(household, "benefits", **benefit_context(household))


@bp.get("/<int:id>/kasus")
@access.opens(Household, "household.view")
def cases(household: Household) -> Response:
    return _tab(household, "cases", found=profile.cases(access.actor(), household.id))


@bp.get("/<int:id>/berkas")
@access.opens(Household, "household.view")
def files(household: Household) -> Response:
    return _tab(household, "files", items=of_household(access.actor(), household.id))


@bp.get("/<int:id>/riwayat")
@access.opens(Household, "household.view")
def history(household: Household) -> Response:
    found = timeline.page(access.actor(), household.id, request.args.get("sebelum", type=sent.number))
    older = url_for("households.history", id=household.id, sebelum=found.following) if found.following else None
    return _tab(household, "history", entries=[words.told(entry) for entry in found.rows], older=older)


def _tab(household: Household, name: str, /, **context: object) -> Response:
    part, _said = TABS[name]
    around = {"household": household, "may": rights(household), "tabs": _tabs(household, name), "case_links": CASE_LINKS}
    return responses.page(PAGE, part, part=part, **{**around, **context})


def _tabs(household: Household, current: str) -> list[tuple[LazyString | str, str, bool]]:
    """(words, address, whether it is this one)."""
    tabs = [(said, url_for(f"households.{name}", id=household.id), name == current) for name, (_part, said) in TABS.items()]
    if gate.can(access.actor(), "visit.view", household):
        tabs.insert(2, (_("Kunjungan"), url_for("visits.index", id=household.id), False))
    return tabs


def data(household: Household) -> dict[str, Any]:
    """For the card of the family's data, by itself."""
    return {"household": household, "may": rights(household), "place": profile.whereabouts(household), "why_due": words.WHY_DUE}


def benefit_context(household: Household) -> dict[str, Any]:
    """For the benefits, by themselves."""
    return {
        "household": household, "may": rights(household), "benefits": profile.benefits(household.id),
        "deciles": profile.deciles(household.id),
    }  # fmt: skip


def rights(household: Household) -> SimpleNamespace:
    """What this person may do here, by the words that templates use: `may.update`."""
    who = access.actor()
    named = {action.replace("household.", "").replace(".", "_"): gate.can(who, action, household) for action in RIGHTS}
    return SimpleNamespace(**named)  # not a dict: `may.update` would be its method, and true for everybody


def _offers(household: Household, open_cases: list[profile.CaseLine]) -> dict[str, object]:
    """Which beginnings the page offers: a graduation, a nomination anew, changes of membership."""
    kinds = {case.kind for case in open_cases}
    may = rights(household)
    proposable = [step.name for step in MEMBERSHIP.steps_from(household.membership) if step.facts is not None]
    return {
        "graduation": may.graduation_prepare and household.membership in IN_PROGRAMME and "graduation" not in kinds,
        "nomination": may.nomination_prepare and household.membership in OUT_OF_PROGRAMME and "nomination" not in kinds,
        "membership": proposable if may.membership_propose and "proposal" not in kinds else [],
    }
