"""Words and formats for people: labels of every closed set, dates, money, numbers.

A missing label (the tables stand in labels.py) is a KeyError, so whatever shows every value finds it. Numbers are
Indonesian in every language.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache, lru_cache

from flask import Flask, g
from flask_babel import format_date, get_locale, ngettext
from flask_babel import gettext as _
from flask_babel.speaklater import LazyString
from markupsafe import Markup

from portal.kernel import gate, identity, kinds
from portal.kernel.clock import OFFICE_ZONE, local
from portal.kernel.terms import Period, Refused
from portal.web import labels

UNKNOWN = "–"


def now() -> datetime:
    """The time of this request in Malang; one request sees one time."""
    if "now" not in g:
        g.now = datetime.now(OFFICE_ZONE)
    return g.now


def today() -> date:
    return now().date()


def day(value: date | None) -> str:
    """`24 Nov 2026`; moments are shown as Malang's date, unknown as a dash."""
    return UNKNOWN if value is None else _day(_local(value), _language())


@lru_cache(maxsize=4096)
def _day(value: date, _language: str) -> str:
    """A page of a list has fifty days, and the pages of a year the same ones again."""
    return format_date(value, "d MMM y", rebase=False)


def clock(value: datetime) -> str:
    """`21.40`, as Indonesian writes time."""
    return local(value).strftime("%H.%M")


def moment(value: datetime | None) -> str:
    """`24 Nov 2026 21.40`."""
    return UNKNOWN if value is None else f"{day(value)} {clock(value)}"


def number(value: float | None, digits: int = 0) -> str:
    """`1.234` or `1.234,5`."""
    if value is None:
        return UNKNOWN
    return f"{value:,.{digits}f}".translate({ord(","): ".", ord("."): ","})


def rupiah(amount: int | None) -> str:
    """`Rp737.954`; unknown is a dash, never zero."""
    if amount is None:
        return UNKNOWN
    return f"{'-' if amount < 0 else ''}Rp{number(abs(amount))}"


def percent(part: float, whole: float, digits: int = 0) -> str:
    """`76%`; of nothing, a dash."""
    return f"{number(100 * part / whole, digits)}%" if whole else UNKNOWN


def ago(value: date | None) -> str:
    """`3 hari lalu`, `besok`: how far a day is from today, in the largest fitting unit."""
    if value is None:
        return UNKNOWN
    days = (_local(value) - today()).days
    near = {0: _("hari ini"), 1: _("besok"), -1: _("kemarin")}
    if days in near:
        return near[days]
    span = _span(abs(days))
    return _("%(span)s lagi", span=span) if days > 0 else _("%(span)s lalu", span=span)


def month_names() -> list[str]:
    """`Jan` to `Des`, in the reader's language."""
    return [format_date(date(2026, month, 1), "MMM") for month in range(1, 13)]


def month(value: date) -> str:
    """`Desember 2026`."""
    return format_date(value, "MMMM y")


def yes_or_no(value: bool | None) -> str:
    """`ya`, `tidak`, or a dash for unknown."""
    return UNKNOWN if value is None else _("ya") if value else _("tidak")


def label(value: StrEnum | str | None, flow: str | None = None) -> str:
    """The word for an enum member, or for a state of `flow`, in the reader's language."""
    return UNKNOWN if value is None else _label(value, type(value), flow, _language())


@cache
def _label(value: StrEnum | str, kind: type, flow: str | None, _language: str) -> str:
    words: Mapping[str, LazyString] = labels.STATES[flow] if flow else labels.LABELS[kind]  # type: ignore[assignment]  # an enum's
    return str(words[value])


def step(flow: str, name: str) -> LazyString:
    """The words on the button of a workflow step."""
    return labels.STEPS[flow][name]


def taken(flow: str, name: str) -> LazyString:
    """The words for a step that was taken: where it led; a correction is called by its button."""
    target = kinds.flow(flow).step(name).target
    return labels.TAKEN.get(name) or labels.STATES[flow].get(target) or labels.STEPS[flow][name]


def kind_words(kind: str) -> str:
    """An unknown kind is shown as it is: history hides nothing."""
    if kind in labels.EVENTS:
        return str(labels.EVENTS[kind])
    flow, _dot, step = kind.partition(".")
    if step in labels.STEPS.get(flow, ()):
        return f"{labels.FLOWS[flow]}: {taken(flow, step)}"
    corrected = _("diperbaiki")
    return f"{labels.FLOWS.get(flow, flow)}: {corrected}" if step.startswith("edit_") else kind


@dataclass(frozen=True)
class ToldEntry:
    """One entry of a history in words, as `ui.timeline` shows it; `changes` are fields with their old and new value."""

    at: datetime
    who: str
    text: str
    changes: tuple[tuple[str, object, object], ...] = ()


def subject_words(subject_type: str, subject_id: int) -> str:
    """`keluarga no. 12`."""
    return _("%(what)s no. %(number)s", what=labels.SUBJECTS.get(subject_type, subject_type), number=subject_id)


def tone(value: str | None) -> str:
    """The tone of a badge: good, warn, bad, info or quiet."""
    return labels.TONES.get(value or "", "quiet")


def period(value: Period | str) -> str:
    """`Triwulan 4 2026`."""
    parsed = value if isinstance(value, Period) else Period.parse(value)
    return _("Triwulan %(quarter)s %(year)s", quarter=parsed.quarter, year=parsed.year)


def refusal(error: Refused) -> str:
    """Why a rule said no, in a sentence; what is missing is listed."""
    sentence = str(labels.REFUSALS.get(error.code) or _("Belum bisa dilakukan (%(code)s).", code=error.code))
    lacking = [str(labels.NEEDS[need]) for need in error.facts.get("missing", ())]  # type: ignore[attr-defined]  # names
    return " ".join([sentence, "; ".join(lacking)]).strip()


def left_alone(error: Exception) -> str:
    """Why something was not done, for one row of many: what a rule says, or what the gate does."""
    if isinstance(error, Refused):
        return refusal(error)
    if isinstance(error, gate.Stale):
        return _("Sudah berubah oleh orang lain, periksa lagi.")
    if isinstance(error, gate.KeyReused):
        return _("Formulir ini sudah dipakai untuk isian lain. Muat ulang halaman sebelum mengirim lagi.")
    return _("Tidak ditemukan") if isinstance(error, gate.NotFound) else _("Bukan wewenang Anda")


def plain(value: object) -> object:
    """Any value as people read it: dates, labels, yes and no, lists; nothing is a dash."""
    if value is None or value == "" or value == ():
        return UNKNOWN
    if isinstance(value, bool):
        return yes_or_no(value)
    if isinstance(value, StrEnum):
        return label(value)
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value


_CONSONANT = "(?:ng|ny|[b-df-hj-np-tv-z])"
_SYLLABLE = re.compile(rf"([aiueo](?:ng|n(?![gy])|(?!n){_CONSONANT})?)(?={_CONSONANT}[aiueo])", re.IGNORECASE)


def hyphenated(name: str) -> str:
    """A name with soft hyphens where Indonesian divides a word: `Ban|dung|re|jo|sa|ri`; short ones stay whole."""
    return _SYLLABLE.sub("\\1\u00ad", name) if len(name) > 5 else name


_SAID: dict[tuple[str, str, bool], Markup] = {}


def say(message: str, **values: object) -> Markup:
    """A text of a template in the reader's language. A page has hundreds, so each is looked up once per language."""
    place = (_language(), message, bool(values))
    if place not in _SAID:
        form = Markup(_(message))  # noqa: S704  our own texts and their translations
        _SAID[place] = form if values else form % {}
    return _SAID[place] % values if values else _SAID[place]


def register(app: Flask) -> None:
    """Formats become filters, and labels globals, of every template."""
    formats = (month, day, clock, moment, number, rupiah, ago, period, plain, hyphenated)
    app.jinja_env.filters.update(masked=identity.mask, **{one.__name__: one for one in formats})
    app.jinja_env.globals.update(_=say, label=label, step_label=step, step_taken=taken, tone=tone, percent=percent)
    app.jinja_env.globals.update(
        today=today, now=now, needs=labels.NEEDS, grave_steps=labels.GRAVE, number_errors=labels.NUMBER_ERRORS
    )


def _language() -> str:
    """What is kept per language is kept under this: "id" or "en"; empty outside of a request."""
    spoken = get_locale()
    return spoken.language if spoken else ""


def _local(value: date) -> date:
    return local(value).date() if isinstance(value, datetime) else value


def _span(days: int) -> str:
    if days < 14:
        return ngettext("%(num)d hari", "%(num)d hari", days)
    if days < 60:
        return ngettext("%(num)d minggu", "%(num)d minggu", days // 7)
    if days < 730:
        return ngettext("%(num)d bulan", "%(num)d bulan", days // 30)
    return ngettext("%(num)d tahun", "%(num)d tahun", days // 365)
