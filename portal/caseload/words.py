"""The words of the caseload: what narrows a list, what a family lacks, and its history, from which value to which."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_babel.speaklater import LazyString

from portal.assessment.rules.instrument import Section
from portal.caseload.lists.filters import ROWS, Filter, Filters
from portal.caseload.lists.profile import HistoryEntry
from portal.family.records.reveals import Purpose
from portal.kernel.terms import LeavingReason, Presence, Refused, RegistryMatch, Relation, SchoolLevel, Sex
from portal.web import labels, texts
from portal.web.slices import Words

WORDS = Words(
    refusals={
        "facilitator_unknown": _l("Pilih pendamping yang aktif di wilayah Anda."),
        "already_assigned": _l("Sudah dampingannya"),
    },
    actions={
        "household.assign": _l("Menugaskan pendamping"),
    },
    events={"households.assign": _l("Pendamping diganti")},
)

WHY_DUE: dict[str, LazyString | str] = {
    "agreed": "",
    "retry": _l(", karena belum bertemu"),
    "routine": _l(", kunjungan rutin"),
    "monitoring": _l(", pemantauan"),
}

GAPS: dict[str, LazyString] = {
    "kk": _l("Nomor KK"),
    "nik": _l("NIK semua anggota"),
    "birth_date": _l("Tanggal lahir semua anggota"),
    "relation": _l("Hubungan keluarga semua anggota"),
    "caretaker": _l("Siapa pengurusnya"),
    "address": _l("Alamat dengan RT dan RW"),
    "facilitator": _l("Pendamping"),
    "joined_year": _l("Tahun mulai ikut program"),
    "decile": _l("Desil"),
    "registry": _l("Padan dengan data kependudukan"),
    "presence": _l("Keluarga ditemukan di alamatnya"),
}


def not_given(error: Exception) -> str:
    """Why a family of many stayed with whom it was."""
    return texts.refusal(error) if isinstance(error, Refused) else _("Bukan wilayah Anda, atau tidak ada")


# --- what narrows a list -------------------------------------------------------------------------------------------


def chips(filters: Filters, names: Mapping[str, str]) -> list[tuple[str, str]]:
    """(field, words) for each filter that narrows; `names` are the words for those that mean an area or a person."""
    return [(name, names.get(name) or _chip(ROWS[name], value)) for name, value in filters.active().items()]


def _chip(row: Filter, value: Any) -> str:
    return ", ".join(_said(row, one) for one in (value if row.takes_several else (value,)))


def _said(row: Filter, value: Any) -> str:
    said = row.said(value) if callable(row.said) else row.said
    if isinstance(said, tuple):
        return ngettext(*said, value)
    return _(said, value=value) if said else texts.label(value)


def options(row: Filter) -> list[tuple[str, str]]:
    """(value, words) of what the panel offers for a filter."""
    return [(str(value), _(said) if said else texts.label(value)) for value, said in row.options.items()]


# --- the history ------------------------------------------------------------------------------------------------------

_ENUMS: Mapping[str, type[StrEnum]] = {
    "presence": Presence,
    "registry_match": RegistryMatch,
    "sex": Sex,
    "relation": Relation,
    "school_level": SchoolLevel,
    "left_because": LeavingReason,
}


_BROUGHT: dict[str, LazyString] = {
    "payment": _l("pembayaran"),
    "decile": _l("desil"),
    "kk": _l("nomor KK"),
    "address": _l("alamat"),
    "added": _l("anggota baru"),
    "filled": _l("data anggota dilengkapi"),
}


def told(entry: HistoryEntry) -> texts.ToldEntry:
    named = [(field, plain(field, old), plain(field, new)) for field, old, new in entry.changes]
    changes = tuple((field_name(field), old, new) for field, old, new in named if old != new)
    return texts.ToldEntry(entry.event.at, entry.who or _("Portal"), " · ".join(_sentence(entry)), changes)


def _sentence(entry: HistoryEntry) -> list[str]:
    event, detail = entry.event, entry.event.detail or {}
    parts, states = [texts.kind_words(event.kind)], labels.STATES.get(event.kind.partition(".")[0], {})
    before, after = states.get(event.from_state or ""), states.get(event.to_state or "")
    if before and after and before != after:
        moved = f"{before} → {after}"
        parts = [parts[0].removesuffix(str(after)) + moved] if parts[0].endswith(str(after)) else [*parts, moved]
    if event.kind == "numbers.reveal":
        parts += [str(field_name(detail["number"])), texts.label(Purpose(detail["purpose"]))]
    if detail.get("section"):
        parts.append(texts.label(Section(detail["section"])))
    parts += [*_from_file(detail), *_grounds(detail)]
    return [*parts, entry.reason] if entry.reason else parts


def _from_file(detail: Mapping[str, Any]) -> list[str]:
    """What an import brought, with its period."""
    brought = [str(_BROUGHT[code]) for code, _value in detail.get("told") or () if code in _BROUGHT]
    return [texts.period(detail["period"]), ", ".join(brought)] if brought and "period" in detail else []


def _grounds(detail: Mapping[str, Any]) -> list[str]:
    """What a file, or the lack of one, had to say for a change of membership."""
    if "decile" in detail:
        return [_("desil %(value)s pada %(period)s", value=detail["decile"], period=texts.period(detail["period"]))]
    if "stages" in detail:
        return [_("tidak ada dalam daftar bayar %(stages)s", stages=", ".join(map(texts.period, detail["stages"])))]
    return []


def field_name(name: str) -> str:
    return str(labels.FIELDS.get(name, name))


def plain(name: str, value: Any) -> object:
    """A value of the history as people read it."""
    if value in (None, ""):
        return None
    if name in _ENUMS:
        return texts.label(_ENUMS[name](value))
    if name.endswith("_on") or name in ("since", "birth_date", "pregnant_until"):
        return texts.day(date.fromisoformat(value))
    if isinstance(value, bool):
        return _("ya") if value else _("tidak")
    return value
