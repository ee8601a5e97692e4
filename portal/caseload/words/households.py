"""The words for families: closed sets, filters and orders, refusals. Those of the history are in telling.py."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_babel.speaklater import LazyString

from portal.caseload.lists.filters import ROWS, Filter, Filters
from portal.caseload.records.transfers import Result
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
