"""The words of the intake: states of a batch, groups of rows, what a row changes; and what is wrong with a file or with a
row of it, in one plain sentence each. Facts carry at most a masked number."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from babel.lists import format_list
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.family.records.models import BatchRow
from portal.intake.lists import Explained
from portal.intake.reading import layouts
from portal.intake.reading.files import UnreadableFile
from portal.intake.reading.layouts import Layout, PaymentRow
from portal.intake.reading.rows import Problem
from portal.intake.records import intake
from portal.intake.records.batches import PENDING
from portal.intake.records.examining import changes
from portal.intake.rules.matching import Dwelling, KnownFamily
from portal.kernel.identity import mask
from portal.kernel.kinds import Undeclared
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
    actions={
        "intake.use": _l("Mengimpor berkas"),
    },
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
    "abandoned": _l("Impor dibatalkan"),
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
    label = str(LAYOUTS[layout_id])
    return label[:1].upper() + label[1:]


def said(row: BatchRow) -> list[tuple[str, str]]:
    """Why the row is not simply ready: (where in the file, what)."""
    return [(_where(told), reason(told)) for told in row.problems]


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


# --- faults of files and rows ----------------------------------------------------------------------------------------

PROBLEMS: dict[str, LazyString] = {
    "amount_unreadable": _l("Jumlah uang “%(value)s” di kolom %(column)s tidak terbaca, jadi dikosongkan."),
    "area_differs": _l("Kode wilayah dan nama kelurahan “%(value)s” tidak menunjuk tempat yang sama; yang dipakai kodenya."),
    "area_unknown": _l("Kelurahan “%(value)s” di kolom %(column)s tidak ada di daftar wilayah kota ini."),
    "columns_shifted": _l(
        "Isi baris ini lebih banyak dari judul kolomnya, mungkin ada pemisah di dalam alamat; baris tidak dipakai."
    ),
    "date_impossible": _l("Tanggal “%(value)s” di kolom %(column)s tidak mungkin, jadi dikosongkan."),
    "decile_out_of_range": _l("Desil “%(value)s” di kolom %(column)s bukan angka 1 sampai 10, jadi dikosongkan."),
    "duplicate_in_file": _l("Baris ini mengulang %(other)s, jadi dilewati."),
    "family_missing": _l("Keluarga untuk anggota ini tidak ada di daftar keluarga; periksa kolom %(column)s."),
    "formula_as_text": _l("Kolom %(column)s berisi rumus, bukan isi biasa; simpan dahulu sebagai nilai."),
    "kk_area": _l("Kode wilayah di nomor KK (kolom %(column)s) tidak ada."),
    "kk_date": _l("Tanggal di dalam nomor KK (kolom %(column)s) tidak mungkin."),
    "kk_length": _l("Nomor KK di kolom %(column)s berisi %(digits)s angka; seharusnya 16."),
    "kk_missing": _l("Nomor KK di kolom %(column)s kosong."),
    "kk_repeated": _l("Nomor KK ini juga dipakai di %(other)s untuk orang atau keluarga lain; perlu dilihat."),
    "kk_scientific": _l(
        "Nomor KK di kolom %(column)s tertulis seperti 3,5E+15 sehingga angkanya hilang; mintalah berkas bertipe teks."
    ),
    "kk_serial": _l("Nomor urut di akhir nomor KK (kolom %(column)s) tidak boleh 0000."),
    "name_missing": _l("Nama di kolom %(column)s kosong."),
    "nik_area": _l("Kode wilayah di NIK (kolom %(column)s) tidak ada."),
    "nik_date": _l("Tanggal lahir di dalam NIK (kolom %(column)s) tidak mungkin."),
    "nik_in_two_families": _l("NIK yang sama ada di keluarga lain, %(other)s; pastikan orang ini ikut keluarga mana."),
    "nik_length": _l("NIK di kolom %(column)s berisi %(digits)s angka; seharusnya 16."),
    "nik_missing": _l("NIK di kolom %(column)s kosong."),
    "nik_scientific": _l(
        "NIK di kolom %(column)s tertulis seperti 3,5E+15 sehingga angkanya hilang; mintalah berkas bertipe teks."
    ),
    "nik_serial": _l("Nomor urut di akhir NIK (kolom %(column)s) tidak boleh 0000."),
    "number_unreadable": _l("Angka “%(value)s” di kolom %(column)s tidak terbaca, jadi dikosongkan."),
    "precision_lost": _l("Angka terakhir di kolom %(column)s hilang karena sel bertipe angka; mintalah berkas bertipe teks."),
    "relation_unknown": _l("Hubungan keluarga “%(value)s” di kolom %(column)s tidak dikenal, jadi dikosongkan."),
    "sex_unknown": _l("Jenis kelamin “%(value)s” di kolom %(column)s bukan L atau P, jadi dikosongkan."),
    "stage_unknown": _l("Tahap “%(value)s” di kolom %(column)s tidak terbaca; tulis seperti 4/2026."),
    "text_too_long": _l("Isi kolom %(column)s lebih dari %(limit)s huruf, jadi dikosongkan."),
}
"""By problem code."""

UNREADABLE: dict[str, LazyString] = {
    "empty": _l("Berkas ini kosong."),
    "has_macros": _l("Berkas ini berisi makro; simpan dahulu sebagai .xlsx tanpa makro."),
    "layout_unknown": _l("Judul kolom berkas ini tidak dikenal; yang dapat diimpor: %(importable)s."),
    "layout_near": _l("Berkas ini mirip %(nearest)s, tetapi kolom ini tidak ada: %(missing)s."),
    "no_rows": _l("Berkas ini berisi judul kolom saja, tanpa satu baris pun."),
    "not_a_spreadsheet": _l("Berkas ini bukan tabel; unggah berkas .xlsx atau .csv."),
    "not_a_workbook": _l("Berkas ini bukan buku kerja Excel .xlsx; simpan ulang sebagai .xlsx atau .csv."),
    "old_excel": _l("Format .xls lama tidak dapat dibaca; simpan ulang sebagai .xlsx."),
    "password_protected": _l("Berkas ini dikunci kata sandi; simpan ulang tanpa kata sandi."),
    "quote_unclosed": _l("Tanda kutip di sekitar baris %(row)s tidak ditutup, sehingga baris sesudahnya tidak terbaca."),
    "sheet_too_large": _l("Ada isi di baris %(row)s, jauh di luar batas %(limit)s baris; hapus isi itu atau bagi berkasnya."),
    "sheet_too_wide": _l("Ada isi di kanan kolom ke-%(limit)s; hapus isi itu, lalu simpan ulang."),
    "too_large": _l("Berkas ini %(size)s MB; paling besar %(limit)s MB. Bagi menjadi beberapa berkas."),
    "too_slow": _l("Berkas ini belum selesai dibaca setelah %(seconds)s detik; bagi menjadi beberapa berkas."),
    "workbook_broken": _l("Berkas ini rusak atau terpotong; unduh atau simpan ulang, lalu coba lagi."),
    "zip_bomb": _l("Isi berkas ini membengkak tidak wajar saat dibuka (%(size)s MB), jadi tidak dibaca."),
}
"""By the code of UnreadableFile; `layout_near` is `layout_unknown` where a layout comes near."""

REASONS: dict[str, LazyString] = {
    "amount_zero": _l("Keluarga ini belum dikenal dan jumlahnya 0 atau kosong: belum tentu peserta."),
    "area_not_yours": _l("Di luar wilayah Anda."),
    "decile_differs": _l("Desil triwulan ini sudah tercatat dengan angka lain; yang tercatat tidak diganti."),
    "family_twice": _l("Baris lain di berkas ini sudah menyebut keluarga yang sama."),
    "family_unknown": _l("Keluarga ini belum ada di portal. Data DTSEN hanya melengkapi keluarga yang dikenal."),
    "kk_only": _l("Nomor KK-nya dikenal, tetapi tidak satu pun NIK-nya: pilih keluarganya."),
    "left_family": _l("Keluarga ini sudah keluar dari program, tetapi masih ada di daftar pembayaran."),
    "member_nik_differs": _l("Ada anggota bernama dan bertanggal lahir sama dengan NIK lain: mungkin salah satu NIK keliru."),
    "name_differs": _l("NIK-nya dikenal dengan nama yang sangat lain."),
    "other_programme": _l("Bukan baris PKH."),
    "payment_differs": _l("Pembayaran tahap ini sudah tercatat dengan jumlah lain; yang tercatat tidak diganti."),
    "skipped_by_hand": _l("Anda memilih melewati baris ini."),
    "stage_ahead": _l("Tahapnya belum tiba."),
    "stage_missing": _l("Tahapnya tidak terbaca, jadi tidak jelas untuk triwulan mana."),
    "two_families": _l("Nomor-nomornya menunjuk lebih dari satu keluarga: pilih keluarganya."),
    "unchanged": _l("Sudah tercatat; tidak ada yang berubah."),
}
"""By the reason's code (intake/rules/diff.py)."""

LAYOUTS: dict[str, LazyString] = {
    "A": _l("daftar pembayaran PKH"),
    "F": _l("data keluarga DTSEN"),
}
"""What each file that can be imported is called, by the id of its layout (reading/layouts.py)."""


def demand_labels(known: Sequence[Layout]) -> None:
    """Raises Undeclared, naming every layout that is called nothing."""
    nameless = sorted({layout.id for layout in known} - LAYOUTS.keys())
    if nameless:
        raise Undeclared(f"intake: layouts without a label: {', '.join(nameless)}")


def importable() -> str:
    """`daftar pembayaran PKH dan data keluarga DTSEN`: every file that can be imported."""
    return format_list([str(LAYOUTS[layout.id]) for layout in layouts.LAYOUTS], locale=get_locale() or "id")


def sentence(problem: Problem) -> str:
    """The problem in the reader's language; sheet, row and column stand beside it, the sentence names what is needed."""
    facts = {**problem.facts, "column": problem.column, "other": _other(problem)}
    return str(PROBLEMS[problem.code]) % facts


def reason(told: dict[str, Any]) -> str:
    """The same for what is kept with a row (records/examining.py): a problem of the file, or what the register says."""
    return str(REASONS[told["code"]]) if told["code"] in REASONS else sentence(Problem(**told))


def refusal(unreadable: UnreadableFile) -> str:
    """Why the whole file cannot be read."""
    nearest = unreadable.facts.get("nearest")
    text = UNREADABLE["layout_near" if nearest else unreadable.code]
    return str(text) % {**unreadable.facts, "nearest": LAYOUTS.get(str(nearest)), "importable": importable()}


def _other(problem: Problem) -> str:
    row = problem.facts.get("other_row")
    sheet = problem.facts.get("other_sheet")
    if sheet is None or sheet == problem.sheet:
        return _("baris %(row)s", row=row)
    return _("lembar %(sheet)s baris %(row)s", sheet=sheet, row=row)
