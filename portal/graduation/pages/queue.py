"""What the list of graduations shows: tabs with counts, filters as an address, and what became of rows moved together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.graduation.lists import GraduationFilter, Override
from portal.graduation.records.models import Graduation
from portal.graduation.rules.flow import GRADUATION, LOOKS, QUEUES
from portal.kernel import gate
from portal.kernel.many import Outcome
from portal.kernel.workflow import Step
from portal.web import texts

TABS = {audience: [name for tab in tabs for name in (tab, *LOOKS.get(tab, ()))] for audience, tabs in QUEUES.items()}
GROUPS: Mapping[str, LazyString] = {
    "open": _l("Berjalan"),
    "preparing": _l("Disiapkan"),
    "decided": _l("Disetujui, belum berlaku"),
    "passed": _l("Disetujui sampai berlaku"),
    "ended": _l("Berakhir"),
}


def group_words(group: str) -> LazyString:
    return GROUPS.get(group) or texts.STATES["graduation"][group]


def tabs(is_decider: bool, wanted: GraduationFilter, counts: Mapping[str, int]) -> list[tuple[Any, ...]]:
    """For `ui.tabs`: words, address, whether it is the open one, and a count while cases are open."""
    return [_tab(name, wanted, counts) for name in TABS["decider" if is_decider else "preparer"]]


def _tab(name: str, wanted: GraduationFilter, counts: Mapping[str, int]) -> tuple[Any, ...]:
    tab = (group_words(name), url_for("graduations.index", state=name, wilayah=wanted.area), wanted.state == name)
    return (*tab, counts[name]) if name in counts else tab


def query(wanted: GraduationFilter) -> dict[str, Any]:
    """The filters as words of the address."""
    said = {
        "state": wanted.state, "wilayah": wanted.area, "disetujui": wanted.approved, "berlaku": wanted.effective,
        "sampai": wanted.until, "jenis": wanted.way_out, "tahap": wanted.stage,
    }  # fmt: skip
    return {name: str(value) for name, value in said.items() if value}


def chips(wanted: GraduationFilter, kelurahan: str | None) -> list[tuple[str, str]]:
    """What narrows the list beside its tab and kecamatan: words, and the address without it. `kelurahan` by its name."""
    words = {
        "wilayah": kelurahan,
        "disetujui": wanted.approved and _("Disetujui %(when)s", when=_when(wanted.approved)),
        "berlaku": wanted.effective and _("Berlaku %(when)s", when=_when(wanted.effective)),
        "sampai": wanted.until and _("Berlaku sampai %(day)s", day=texts.day(wanted.until)),
        "jenis": wanted.way_out and texts.label(wanted.way_out),
        "tahap": wanted.stage and _("Dibayar sampai %(stage)s", stage=texts.period(wanted.stage)),
    }
    kept = query(wanted)
    return [(said, url_for("graduations.index", **{**kept, name: None})) for name, said in words.items() if said]


def _when(period: str) -> str:
    """A year, or a month in words."""
    year, _dash, month = period.partition("-")
    return texts.month(date(int(year), int(month), 1)) if month else year


def bulk_step(state: str) -> Step | None:
    """The step that many cases in this state can take together."""
    return next((step for step in GRADUATION.steps if step.bulk and step.sources == (state,)), None)


def today_for(step: Step) -> dict[str, Any]:
    names = {"record": "recorded_on", "take_effect": "effective_on"}
    return {names[step.name]: texts.today()}


@dataclass(frozen=True)
class OutcomeLine:
    """`family` and `kelurahan` are empty when the case has gone out of sight."""

    id: int
    family: str
    kelurahan: str
    text: str
    is_done: bool


def outcomes(found: Sequence[Outcome]) -> list[OutcomeLine]:
    return [OutcomeLine(one.id, *_family_of(one.row), _outcome_words(one), one.error is None) for one in found]


def _family_of(case: Graduation | None) -> tuple[str, str]:
    return (case.household.caretaker_name, case.household.area.name) if case else ("", "")


def _outcome_words(outcome: Outcome) -> str:
    if outcome.error is None and outcome.row:
        return str(texts.STATES["graduation"][outcome.row.state])
    return texts.left_alone(outcome.error or gate.NotFound())


# --- overrides -----------------------------------------------------------------------------------------------------

CHANGED: Mapping[str, LazyString] = {
    "members": _l("Anggota keluarga"),
    "address": _l("Alamat"),
    "kelurahan": _l("Kelurahan"),
    "membership": _l("Kepesertaan"),
    "presence": _l("Keberadaan"),
    "registry_match": _l("Padan data kependudukan"),
    "decile": _l("Desil"),
    "aids": _l("Bantuan lain"),
    "assessment": _l("Penilaian"),
    "photographed_on": _l("Kunjungan berfoto"),
}
"""The inputs of a decision, in words; without values where a value would say nothing."""

_OVERRIDES: Mapping[str, LazyString] = {
    "graduation.approve": _l("Disetujui meski data berubah"),
    "graduation.counsel_on_own_wish": _l("Lanjut atas keinginan keluarga"),
    "nomination.approve_against_advice": _l("Disetujui meski tidak direkomendasikan"),
}


@dataclass(frozen=True)
class OverrideLine:
    """`address` leads to the case."""

    family: str
    kelurahan: str
    what: LazyString
    changed: str
    reason: str
    who: str
    at: datetime
    address: str


def override(one: Override) -> OverrideLine:
    pages = {"graduation": "graduations.show", "nomination": "nominations.show"}
    address = url_for(pages[one.kind.partition(".")[0]], id=one.subject_id)
    changed = ", ".join(str(CHANGED[name]) for name in one.stale)
    return OverrideLine(one.family, one.kelurahan, _OVERRIDES[one.kind], changed, one.reason, one.who, one.at, address)
