"""The page of a family and its tabs: overview, benefits, cases, files, history; each has its own address."""

from types import SimpleNamespace
from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext as _

from portal.assessment.lists import latest_readiness
from portal.caseload.lists import household as reports
from portal.caseload.lists import timeline
from portal.caseload.pages.blueprint import bp
from portal.caseload.words import history as telling
from portal.caseload.words import households
from portal.evidence.records import files as evidence
from portal.family.records.models import Household
from portal.kernel import gate, policy, sent
from portal.kernel.terms import IN_PROGRAMME, OUT_OF_PROGRAMME
from portal.membership.rules.flow import MEMBERSHIP
from portal.web import access, responses, texts

RIGHTS = (
    "household.update", "household.correct_address", "household.reveal", "household.confirm_members", "visit.view",
    "visit.record", "graduation.prepare", "membership.propose", "nomination.prepare",
)  # fmt: skip
PAGE = "caseload/show.html"


@bp.get("/<int:id>")
@access.opens(Household, "household.view")
def show(household: Household) -> Response:
    who = access.actor()
    where, family = reports.place(household), reports.people(who, household, texts.today())
    open_cases = [case for case in reports.cases(who, household.id) if case.is_open]
    sees = policy.may(who, "visit.view")
    return responses.page(
        PAGE, "caseload/_overview.html", part="caseload/_overview.html", place=where, family=family, open_cases=open_cases,
        gaps=[households.GAPS[gap] for gap in reports.gaps(household, where, family)], deciles=reports.deciles(household.id),
        readiness=latest_readiness(household.id) if sees else None, offers=_offers(household, open_cases),
        why_due=households.WHY_DUE,
        **head(household, "show"),
    )  # fmt: skip


@bp.get("/<int:id>/bantuan")
@access.opens(Household, "household.view")
def benefits(household: Household) -> Response:
    return responses.page(PAGE, "caseload/_benefits.html", **benefit_context(household))


@bp.get("/<int:id>/kasus")
@access.opens(Household, "household.view")
def cases(household: Household) -> Response:
    found = reports.cases(access.actor(), household.id)
    context = {"part": "caseload/_cases.html", "found": found, **head(household, "cases")}
    return responses.page(PAGE, "caseload/_cases.html", **context)


@bp.get("/<int:id>/berkas")
@access.opens(Household, "household.view")
def files(household: Household) -> Response:
    items = evidence.of_household(access.actor(), household.id)
    context = {"part": "caseload/_files.html", "items": items, **head(household, "files")}
    return responses.page(PAGE, "caseload/_files.html", **context)


@bp.get("/<int:id>/riwayat")
@access.opens(Household, "household.view")
def history(household: Household) -> Response:
    found = timeline.page(access.actor(), household.id, request.args.get("sebelum", type=sent.number))
    older = url_for("households.history", id=household.id, sebelum=found.before) if found.before else None
    context = {"part": "caseload/_history.html", "entries": [telling.told(entry) for entry in found.entries], "older": older}
    return responses.page(PAGE, "caseload/_history.html", **context, **head(household, "history"))


def head(household: Household, tab: str) -> dict[str, Any]:
    """What every tab shows around its part; no statement."""
    return {"household": household, "may": rights(household), "tabs": _tabs(household, tab), "case_links": CASE_LINKS}


def data(household: Household) -> dict[str, Any]:
    """For the card of the family's data, by itself."""
    return {"household": household, "may": rights(household), "place": reports.place(household), "why_due": households.WHY_DUE}


def benefit_context(household: Household) -> dict[str, Any]:
    context = {"part": "caseload/_benefits.html", "benefits": reports.benefits(household.id)}
    return {**context, "deciles": reports.deciles(household.id), **head(household, "benefits")}


def rights(household: Household) -> SimpleNamespace:
    """What this person may do here, by the words that templates use: `may.update`."""
    who = access.actor()
    named = {action.replace("household.", "").replace(".", "_"): gate.can(who, action, household) for action in RIGHTS}
    return SimpleNamespace(**named)  # not a dict: `may.update` would be its method, and true for everybody


CASE_LINKS = {
    "graduation": "graduations.show",
    "nomination": "nominations.show",
    "monitoring": "monitoring.show",
    "proposal": "membership.show",
}


def _tabs(household: Household, current: str) -> list[tuple[Any, str, bool]]:
    pages = {
        "show": _("Ringkasan"), "benefits": _("Bantuan"), "cases": _("Kasus"), "files": _("Berkas"), "history": _("Riwayat"),
    }  # fmt: skip
    tabs = [(said, url_for(f"households.{name}", id=household.id), name == current) for name, said in pages.items()]
    if gate.can(access.actor(), "visit.view", household):
        tabs.insert(2, (_("Kunjungan"), url_for("visits.index", id=household.id), False))
    return tabs


def _offers(household: Household, open_cases: list[reports.CaseLine]) -> dict[str, Any]:
    """Which beginnings the page offers: a graduation, a nomination anew, changes of membership."""
    kinds = {case.kind for case in open_cases}
    may = rights(household)
    proposable = [step.name for step in MEMBERSHIP.steps_from(household.membership) if step.facts is not None]
    return {
        "graduation": may.graduation_prepare and household.membership in IN_PROGRAMME and "graduation" not in kinds,
        "nomination": may.nomination_prepare and household.membership in OUT_OF_PROGRAMME and "nomination" not in kinds,
        "membership": proposable if may.membership_propose and "proposal" not in kinds else [],
    }
