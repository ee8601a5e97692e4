"""The words of the intake: states of a batch, groups of rows, and what a row changes."""

from dataclasses import replace
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_babel.speaklater import LazyString

from portal.family.records.batches import BatchRow
from portal.intake.lists import Explained
from portal.intake.reading.layouts import PaymentRow
from portal.intake.records import intake
from portal.intake.records.batches import PENDING
from portal.intake.records.examining import changes
from portal.intake.rules.known import Dwelling, KnownFamily
from portal.intake.words import faults
from portal.kernel.identity import mask
from portal.web import texts
from portal.web.slices import Words

WORDS = Words(
    refusals={
        "batch_moved_on": _l("Impor ini sudah berjalan lebih jauh. Muat ulang halamannya."),
        "file_gone": _l("Berkasnya sudah tidak ada. Unggah sekali lagi."),
        "other_period": _l("Berkas ini sudah diunggah untuk triwulan lain. Batalkan dulu impor itu."),
        "period_needed": _l("Pilih triwulan datanya dulu."),
        "row_needs_choice": _l("Baris ini tidak bisa dipakai begitu saja; buka barisnya lalu pilih."),
    },
    flows={"intake": _l("Impor")},
    events={
        "intake.change": _l("Diperbarui dari impor"),
        "intake.receive": _l("Berkas impor diunggah"),
        "intake.read": _l("Berkas impor dibaca"),
        "intake.decide": _l("Baris impor diputuskan"),
        "intake.begin": _l("Impor mulai diterapkan"),
        "intake.apply": _l("Impor selesai diterapkan"),
        "intake.abandon": _l("Impor dibatalkan"),
    },
    subjects={"batches": _l("impor")},
)

STATES: dict[str, LazyString] = {
    "reading": _l("Belum dibaca"),
    "read": _l("Menunggu diterapkan"),
    "applying": _l("Sedang diterapkan"),
    "applied": _l("Selesai"),
    "abandoned": _l("Dibatalkan"),
}
TONES = {"reading": "warn", "read": "info", "applying": "warn", "applied": "good", "abandoned": "quiet"}

GROUPS: dict[str, LazyString] = {
    "ready": _l("Siap"),
    "look": _l("Perlu dilihat"),
    "skipped": _l("Dilewati"),
    "opened": _l("Keluarga baru"),
    "changed": _l("Diperbarui"),
    "unchanged": _l("Tidak berubah"),
    "left": _l("Belum dipakai"),
}
NOTHING: dict[str, LazyString] = {
    "ready": _l("Tidak ada baris yang siap diterapkan."),
    "look": _l("Tidak ada yang perlu dilihat."),
    "skipped": _l("Tidak ada baris yang dilewati."),
    "opened": _l("Tidak ada keluarga baru."),
    "changed": _l("Tidak ada keluarga yang diperbarui."),
    "unchanged": _l("Semua baris membawa hal baru."),
    "left": _l("Semua baris sudah dipakai atau dilewati."),
}

_COLUMNS: dict[str, LazyString] = {
    "address": _l("alamat"),
    "kelurahan": _l("kelurahan"),
    "name": _l("nama"),
    "birth_date": _l("tanggal lahir"),
    "sex": _l("jenis kelamin"),
    "relation": _l("hubungan keluarga"),
    "member_elsewhere": _l("anggota yang tercatat di keluarga lain"),
}


def layout(layout_id: str) -> str:
    """What the file is, to begin a sentence with."""
    label = str(faults.LAYOUTS[layout_id])
    return label[:1].upper() + label[1:]


def said(row: BatchRow) -> list[tuple[str, str]]:
    """Why the row is not simply ready: (where in the file, what)."""
    return [(_where(told), faults.reason(told)) for told in row.problems]


def _where(told: dict[str, object]) -> str:
    if "row" not in told:
        return ""
    if told["sheet"] is None:
        return _("Baris %(row)s, kolom %(column)s", row=told["row"], column=told["column"])
    return _("Lembar %(sheet)s baris %(row)s, kolom %(column)s", sheet=told["sheet"], row=told["row"], column=told["column"])


def changed(told: list[Any]) -> str:
    """All that a row changes, in one line."""
    return " · ".join(_CHANGES[code](value) for code, value in told)


def columns(names: list[str]) -> str:
    return ", ".join(str(_COLUMNS[name]) for name in names)


_CHANGES = {
    "opens": lambda _value: _("keluarga baru"),
    "payment": lambda amount: _("pembayaran %(amount)s", amount=texts.rupiah(amount)),
    "decile": lambda decile: _("desil %(decile)s", decile=decile),
    "kk": lambda _value: _("nomor KK"),
    "address": lambda _value: _("alamat menurut berkas"),
    "added": lambda count: ngettext("%(num)d anggota baru", "%(num)d anggota baru", count),
    "filled": lambda count: ngettext("%(num)d anggota dilengkapi", "%(num)d anggota dilengkapi", count),
    "proposes": lambda step: _("diusulkan: %(step)s", step=texts.step("membership", step)),
    "differs": lambda names: _("berbeda, tetap menurut portal: %(columns)s", columns=columns(names)),
    "absent": lambda count: ngettext("%(num)d anggota tidak ada di berkas", "%(num)d anggota tidak ada di berkas", count),
}


def is_settled(row: BatchRow) -> bool:
    """Whether a person decided about it, and it is not applied yet."""
    return row.outcome in (PENDING, "skipped") and intake.is_settled(row)


def settled(row: BatchRow) -> str:
    """What was decided about a row that needed a look."""
    if row.verdict == "look":
        return _("Perlu dilihat lagi")
    return _("Dilewati") if row.verdict == "skipped" else _("Siap diterapkan")


def of_file(explained: Explained) -> list[tuple[str, object]]:
    """What the row says, numbers masked."""
    record = explained.record
    place = ", ".join(filter(None, [record.address, _rt_rw(record.rt, record.rw), explained.places.get(record.area or "")]))
    told = [(_("Nama"), record.name), (_("NIK"), mask(record.nik)), (_("Nomor KK"), mask(record.kk)), (_("Alamat"), place)]
    if explained.period:
        told.append((_("Triwulan"), texts.period(explained.period)))
    if isinstance(record, PaymentRow):
        return [*told, (_("Jumlah"), texts.rupiah(record.amount))]
    return [*told, (_("Desil"), record.decile), (_("Anggota"), ", ".join(member.name for member in record.members))]


def in_full(explained: Explained) -> list[tuple[str, object]]:
    """What would be written and what stays, with both values where they differ."""
    update, family = explained.plan.update, explained.plan.family
    told = [(_("Yang berubah"), changed(changes(replace(update, differs=(), absent=()))))]
    added = [member.name for member in update.members.added]
    told += [(_("Anggota baru"), ", ".join(added))] if added else []
    if family and {"address", "kelurahan"} & set(update.differs):
        told.append((_("Alamat di portal, tetap"), _place(family.domicile, explained.places)))
    others = [name for name in update.differs if name not in ("address", "kelurahan")]
    told += [(_("Berbeda, tetap menurut portal"), columns(others))] if others else []
    return told + ([(_("Tidak ada di berkas, tetap tercatat"), ", ".join(update.absent))] if update.absent else [])


def family(known: KnownFamily, places: dict[str, str]) -> str:
    """A family to choose: who is in it, where, and in what membership."""
    names = ", ".join(person.name for person in known.people[:3])
    return f"{names} · {_place(known.domicile, places)} · {texts.label(known.membership)}"


def _place(place: Dwelling, places: dict[str, str]) -> str:
    return ", ".join(filter(None, [place.line, _rt_rw(place.rt, place.rw), places.get(place.kelurahan)]))


def _rt_rw(rt: int | None, rw: int | None) -> str:
    return " ".join([*([f"RT {rt}"] if rt else []), *([f"RW {rw}"] if rw else [])])
