"""The history of a family in words: what happened, which field, from which value to which."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.pages import texts
from portal.records.reports.timeline import Entry
from portal.records.reveals import Purpose
from portal.rules.terms import LeavingReason, Presence, RegistryMatch, Relation, SchoolLevel, Sex

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
    "assessments.save_section": _l("Penilaian diisi"),
    "assessments.finish": _l("Penilaian selesai"),
    "household.open": _l("Keluarga terdaftar"),
    "membership.open": _l("Keluarga terdaftar"),
    "intake.change": _l("Diperbarui dari impor"),
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


_BROUGHT: dict[str, LazyString] = {
    "payment": _l("pembayaran"),
    "decile": _l("desil"),
    "kk": _l("nomor KK"),
    "address": _l("alamat"),
    "added": _l("anggota baru"),
    "filled": _l("data anggota dilengkapi"),
}


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
    parts += _from_file(entry.detail)
    return [*parts, entry.reason] if entry.reason else parts


def _from_file(detail: Mapping[str, Any]) -> list[str]:
    """What an import brought, with its period."""
    brought = [str(_BROUGHT[code]) for code, _value in detail.get("told") or () if code in _BROUGHT]
    return [texts.period(detail["period"]), ", ".join(brought)] if brought and "period" in detail else []


def _what(kind: str, flow: str, step: str) -> str:
    if kind in _HAPPENED:
        return str(_HAPPENED[kind])
    beginning = str(_BEGINNINGS.get(flow, flow))
    known = _("diperbaiki") if step.startswith("edit_") else texts.STEPS.get(flow, {}).get(step)
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
