"""The words for families: closed sets, filters and orders, refusals. Those of the history are in telling.py."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_babel.speaklater import LazyString

from portal.caseload.lists.filters import UNASSESSED, UNKNOWN, Filters
from portal.caseload.records.transfers import Result
from portal.kernel.terms import Band
from portal.web import texts

texts.LABELS[Result] = {
    Result.ASSIGNED: _l("Dibagikan"),
    Result.ALREADY: _l("Sudah dampingannya"),
    Result.NOT_YOURS: _l("Bukan wilayah Anda, atau tidak ada"),
}
texts.REFUSALS.update({"facilitator_unknown": _l("Pilih pendamping yang aktif di wilayah Anda.")})

ORDERS: dict[str, LazyString] = {
    "nama": _l("Nama A–Z"),
    "-nama": _l("Nama Z–A"),
    "desil": _l("Desil terendah dulu"),
    "-desil": _l("Desil tertinggi dulu"),
    "kunjungan": _l("Paling lama tidak dikunjungi"),
    "-kunjungan": _l("Baru dikunjungi"),
    "jatuh_tempo": _l("Jatuh tempo terdekat"),
    "-jatuh_tempo": _l("Jatuh tempo terjauh"),
    "kesiapan": _l("Paling siap dulu"),
    "-kesiapan": _l("Paling belum siap dulu"),
}

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


def offered(kind: type[StrEnum]) -> list[tuple[str, Any]]:
    """(value, words) of a closed set, for a field."""
    return [(str(one), said) for one, said in texts.LABELS[kind].items()]


def optional(kind: type[StrEnum]) -> list[tuple[str, Any]]:
    """As `offered`, with "unknown" before."""
    return [("", texts.UNKNOWN), *offered(kind)]


# --- what narrows a list -------------------------------------------------------------------------------------------


def narrowed(filters: Filters, names: Mapping[str, str]) -> list[tuple[str, str]]:
    """(field, words) for each filter that narrows; `names` are the words for the area and the facilitator."""
    words = [(name, _narrowed_by(name, value, names)) for name, value in filters.active().items()]
    return [(name, said) for name, said in words if said]


def _narrowed_by(name: str, value: Any, names: Mapping[str, str]) -> str:
    if name in ("area", "facilitator"):
        return names.get(name, "") or _("pendamping kosong")
    if name in _SENTENCES:
        return _SENTENCES[name](value)
    return ", ".join(str(_word(name, one)) for one in value)


def _word(name: str, value: Any) -> Any:
    if name == "decile":
        return _("desil belum ada") if value == UNKNOWN else _("desil %(value)s", value=value)
    return _("belum dinilai") if value == UNASSESSED else texts.label(Band(value) if name == "band" else value)


def _due(days: int) -> str:
    return (
        _("lewat jatuh tempo")
        if days < 0
        else _("jatuh tempo sampai %(days)s hari lagi", days=days)
        if days
        else _("jatuh tempo")
    )


_SENTENCES: Mapping[str, Callable[[Any], str]] = {
    "name": lambda typed: _("nama “%(typed)s”", typed=typed),
    "rt": lambda number: f"RT {number}",
    "rw": lambda number: f"RW {number}",
    "group": lambda group: _("kelompok %(group)s", group=group),
    "left_behind": lambda one: _("pendamping nonaktif"),
    "unvisited": lambda months: ngettext(
        "lebih dari %(num)s bulan tidak dikunjungi", "lebih dari %(num)s bulan tidak dikunjungi", months
    ),
    "unassessed": lambda months: ngettext(
        "lebih dari %(num)s bulan tidak dinilai", "lebih dari %(num)s bulan tidak dinilai", months
    ),
    "years": lambda years: ngettext("ikut %(num)s tahun atau lebih", "ikut %(num)s tahun atau lebih", years),
    "due": _due,
    "due_from": lambda days: _("jatuh tempo mulai %(days)s hari lagi", days=days),
    "exit_year": lambda year: _("keluar tahun %(year)s", year=year),
    "batch": lambda batch: _("dari impor no. %(batch)s", batch=batch),
    "outcome": lambda outcome: _("hasil impor tertentu"),
}
