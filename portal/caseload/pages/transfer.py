"""Giving families to a facilitator in bulk: those that were ticked, or all that the filters leave; an outcome for each."""

from collections.abc import Sequence
from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext as _

from portal.caseload.lists import caseload
from portal.caseload.pages import listing
from portal.caseload.pages.blueprint import bp
from portal.caseload.records import transfers
from portal.caseload.records.transfers import Outcome
from portal.kernel import gate, sent
from portal.kernel.terms import Refused
from portal.web import access, responses, texts
from portal.web.fields import Form

OUTCOMES, OUTCOMES_PART = "caseload/assigned.html", "caseload/_assigned.html"
NAMED = 40
"""So many of those that went well are named one by one."""


@bp.post("/bagi")
@access.lists("household.assign")
def assign() -> Response:
    form, to = Form(), request.form.get("pendamping_baru", type=sent.number)
    chosen = _chosen() if form.validate() else []
    if not chosen or not to:
        form.form_errors.append(_nothing(chosen))
        return responses.invalid(listing.LIST, listing.LIST_PART, **listing.listed(listing.asked()), form=form)
    try:
        outcomes = transfers.assign(access.actor(), chosen, to, key=form.key.data)
    except (Refused, gate.KeyReused) as error:
        return responses.problem(error, listing.LIST, listing.LIST_PART, **listing.listed(listing.asked()), form=form)
    return responses.page(OUTCOMES, OUTCOMES_PART, **_told(outcomes, to))


def _chosen() -> list[int]:
    if request.form.get("semua"):
        filters = listing.asked().filters
        return caseload.ids(access.actor(), "household.assign", filters, today=texts.today(), most=transfers.MOST)
    return sent.numbers(request.form.getlist("chosen"))


def _nothing(chosen: Sequence[int]) -> str:
    return _("Pilih pendampingnya.") if chosen else _("Centang dulu keluarganya.")


def _told(outcomes: Sequence[Outcome], to: int) -> dict[str, Any]:
    done = [outcome for outcome in outcomes if outcome.is_done]
    names = {user.id: user.name for user in transfers.facilitators(access.actor())}
    return {
        "done": done[:NAMED], "done_count": len(done), "others": [one for one in outcomes if not one.is_done],
        "facilitator": names.get(to, ""), "back": url_for("households.index", **listing.args_of(listing.asked())), "to": to,
    }  # fmt: skip
