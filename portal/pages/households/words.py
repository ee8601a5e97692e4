"""The words for families: filters and orders, fields in the history, what happened in a sentence."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.pages import texts
from portal.records.caseload import Result
from portal.records.reports.filters import NOBODY, UNASSESSED, UNKNOWN, Filters
from portal.records.reports.timeline import Entry
from portal.records.reveals import Purpose
from portal.rules.terms import Band, LeavingReason, Presence, RegistryMatch, Relation, SchoolLevel, Sex

texts.LABELS[Purpose] = {
    Purpose.VERIFICATION: _l("Memeriksa di rumah keluarga"),
    Purpose.SIKS_ENTRY: _l("Mengisi SIKS-NG atau e-PKH"),
    Purpose.CONTACT: _l("Menghubungi keluarga"),
    Purpose.LETTER: _l("Membuat surat"),
    Purpose.REQUEST: _l("Permintaan keluarga sendiri"),
}
texts.LABELS[Result] = {
    Result.ASSIGNED: _l("Dibagikan"),
    Result.ALREADY: _l("Sudah dampingannya"),
    Result.ELSEWHERE: _l("Pendamping tidak bertugas di kelurahan ini"),
    Result.NOT_YOURS: _l("Bukan wilayah Anda, atau tidak ada"),
}
texts.REFUSALS.update(
    {
        "already_left": _l("Anggota ini sudah keluar."),
        "last_member": _l("Ini anggota terakhir. Catat keberadaan keluarga, atau usulkan perubahan kepesertaan."),
        "left_before_birth": _l("Tanggal keluar mendahului tanggal lahir."),
        "number_unchanged": _l("Nomor ini sudah tercatat."),
        "before_former": _l("Tanggal ini mendahului berlakunya nomor yang lama."),
        "aid_already_known": _l("Bantuan ini sudah tercatat dan masih berjalan."),
        "aid_already_ended": _l("Bantuan ini sudah berakhir."),
        "ends_before_start": _l("Tanggal berakhir mendahului tanggal mulai."),
        "already_revealed": _l("Nomor ini sudah ditampilkan sekali. Minta lagi bila masih perlu."),
        "too_many_lookups": _l("Terlalu banyak nomor yang tidak ditemukan. Tunggu beberapa menit lalu coba lagi."),
        "facilitator_unknown": _l("Pilih pendamping yang aktif di wilayah Anda."),
    }
)

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

FIELDS: dict[str, LazyString] = {
    "presence": _l("Keberadaan"),
    "phone": _l("Nomor HP"),
    "address": _l("Alamat"),
    "rt": _l("RT"),
    "rw": _l("RW"),
    "kk_address": _l("Alamat KK"),
    "kelurahan": _l("Kelurahan"),
    "group": _l("Kelompok"),
    "note": _l("Catatan"),
    "next_visit_on": _l("Kunjungan berikutnya"),
    "joined_year": _l("Ikut program sejak"),
    "registry_match": _l("Padan kependudukan"),
    "registry_checked_on": _l("Dipadankan tanggal"),
    "members_confirmed_on": _l("Anggota dipastikan"),
    "facilitator": _l("Pendamping"),
    "name": _l("Nama"),
    "nik": _l("NIK"),
    "kk": _l("Nomor KK"),
    "since": _l("Sejak"),
    "sex": _l("Jenis kelamin"),
    "birth_date": _l("Tanggal lahir"),
    "relation": _l("Hubungan keluarga"),
    "occupation": _l("Pekerjaan"),
    "school_level": _l("Pendidikan"),
    "pregnant_until": _l("Hamil sampai"),
    "severe_disability": _l("Disabilitas berat"),
    "rights_victim": _l("Korban pelanggaran HAM berat"),
    "left_on": _l("Keluar tanggal"),
    "left_because": _l("Sebab keluar"),
    "caretaker": _l("Pengurus"),
    "programme": _l("Bantuan"),
}
_ENUMS: Mapping[str, type[StrEnum]] = {
    "presence": Presence,
    "registry_match": RegistryMatch,
    "sex": Sex,
    "relation": Relation,
    "school_level": SchoolLevel,
    "left_because": LeavingReason,
}

_HAPPENED: dict[str, LazyString] = {
    "households.amend": _l("Data keluarga diubah"),
    "households.assign": _l("Pendamping diganti"),
    "households.members_confirmed": _l("Anggota keluarga dipastikan"),
    "members.amend": _l("Data anggota diubah"),
    "members.add": _l("Anggota ditambahkan"),
    "members.leave": _l("Anggota keluar"),
    "members.choose_caretaker": _l("Pengurus diganti"),
    "members.correct_nik": _l("NIK diperbaiki"),
    "kk_numbers.change": _l("Nomor KK diganti"),
    "aids.add": _l("Bantuan lain dicatat"),
    "aids.end": _l("Bantuan lain berakhir"),
    "numbers.reveal": _l("Nomor dilihat"),
    "numbers.look_up": _l("Dicari dengan nomor"),
    "household.reveal": _l("Surat dengan nomor dicetak"),
    "membership.proposed": _l("Perubahan kepesertaan diusulkan"),
    "membership.confirmed": _l("Usulan perubahan disetujui"),
    "membership.dismissed": _l("Usulan perubahan tidak disetujui"),
    "graduation.open": _l("Graduasi dimulai"),
    "nomination.open": _l("Usulan dibuat"),
    "monitoring.open": _l("Pemantauan dimulai"),
    "monitoring.visit": _l("Kunjungan pemantauan dicatat"),
    "visits.record": _l("Kunjungan dicatat"),
    "visits.add_photos": _l("Foto kunjungan ditambahkan"),
    "visits.mark_mistaken": _l("Kunjungan ditandai salah catat"),
}
_BEGINNINGS: dict[str, LazyString] = {
    "graduation": _l("Graduasi"),
    "nomination": _l("Usulan"),
    "monitoring": _l("Pemantauan"),
    "membership": _l("Kepesertaan"),
    "assessments": _l("Penilaian"),
    "intake": _l("Impor"),
}


def offered(kind: type[StrEnum]) -> list[tuple[str, Any]]:
    """(value, words) of a closed set, for a field."""
    return [(str(one), said) for one, said in texts.LABELS[kind].items()]


def optional(kind: type[StrEnum]) -> list[tuple[str, Any]]:
    """As `offered`, with "unknown" before."""
    return [("", texts.UNKNOWN), *offered(kind)]


@dataclass(frozen=True)
class Told:
    """An entry of the history in words, as `ui.timeline` shows it."""

    at: datetime
    who: str
    text: str
    changes: tuple[tuple[str, Any, Any], ...]


def told(entry: Entry) -> Told:
    changes = tuple(
        (field_name(change.field), plain(change.field, change.old), plain(change.field, change.new)) for change in entry.changes
    )
    return Told(entry.at, entry.who or _("Portal"), " · ".join(_sentence(entry)), changes)


def _sentence(entry: Entry) -> list[str]:
    flow, _dot, step = entry.kind.partition(".")
    parts = [_what(entry.kind, flow, step)]
    states = texts.STATES.get(flow, {})
    if entry.from_state in states and entry.to_state in states and entry.from_state != entry.to_state:
        parts.append(f"{states[entry.from_state]} → {states[entry.to_state]}")
    if entry.kind == "numbers.reveal":
        parts += [str(field_name(entry.detail["number"])), str(texts.label(Purpose(entry.detail["purpose"])))]
    return [*parts, entry.reason] if entry.reason else parts


def _what(kind: str, flow: str, step: str) -> str:
    if kind in _HAPPENED:
        return str(_HAPPENED[kind])
    beginning = str(_BEGINNINGS.get(flow, flow))
    known = texts.STEPS.get(flow, {}).get(step)
    return f"{beginning}: {known}" if known else beginning


def field_name(name: str) -> str:
    return str(FIELDS.get(name, name))


def plain(name: str, value: Any) -> Any:
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
    "unvisited": lambda months: _("lebih dari %(months)s bulan tidak dikunjungi", months=months),
    "unassessed": lambda months: _("lebih dari %(months)s bulan tidak dinilai", months=months),
    "years": lambda years: _("ikut %(years)s tahun atau lebih", years=years),
    "due": _due,
    "due_from": lambda days: _("jatuh tempo mulai %(days)s hari lagi", days=days),
    "exit_year": lambda year: _("keluar tahun %(year)s", year=year),
    "batch": lambda batch: _("dari impor no. %(batch)s", batch=batch),
    "outcome": lambda outcome: _("hasil impor tertentu"),
}
__all__ = ["GAPS", "NOBODY", "ORDERS", "narrowed", "told"]
