"""What is wrong with a file or with a row of it, in one plain sentence each. Facts carry at most a masked number."""

from collections.abc import Sequence
from typing import Any

from babel.lists import format_list
from flask_babel import get_locale, gettext
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from portal.intake.reading import layouts
from portal.intake.reading.layouts import Layout
from portal.intake.reading.rows import Problem
from portal.intake.reading.sheets import UnreadableFile
from portal.kernel.kinds import Undeclared

PROBLEMS: dict[str, LazyString] = {
    "amount_unreadable": _("Jumlah uang “%(value)s” di kolom %(column)s tidak terbaca, jadi dikosongkan."),
    "area_differs": _("Kode wilayah dan nama kelurahan “%(value)s” tidak menunjuk tempat yang sama; yang dipakai kodenya."),
    "area_unknown": _("Kelurahan “%(value)s” di kolom %(column)s tidak ada di daftar wilayah kota ini."),
    "columns_shifted": _(
        "Isi baris ini lebih banyak dari judul kolomnya, mungkin ada pemisah di dalam alamat; baris tidak dipakai."
    ),
    "date_impossible": _("Tanggal “%(value)s” di kolom %(column)s tidak mungkin, jadi dikosongkan."),
    "decile_out_of_range": _("Desil “%(value)s” di kolom %(column)s bukan angka 1 sampai 10, jadi dikosongkan."),
    "duplicate_in_file": _("Baris ini mengulang %(other)s, jadi dilewati."),
    "family_missing": _("Keluarga untuk anggota ini tidak ada di daftar keluarga; periksa kolom %(column)s."),
    "formula_as_text": _("Kolom %(column)s berisi rumus, bukan isi biasa; simpan dahulu sebagai nilai."),
    "kk_area": _("Kode wilayah di nomor KK (kolom %(column)s) tidak ada."),
    "kk_date": _("Tanggal di dalam nomor KK (kolom %(column)s) tidak mungkin."),
    "kk_length": _("Nomor KK di kolom %(column)s berisi %(digits)s angka; seharusnya 16."),
    "kk_missing": _("Nomor KK di kolom %(column)s kosong."),
    "kk_repeated": _("Nomor KK ini juga dipakai di %(other)s untuk orang atau keluarga lain; perlu dilihat."),
    "kk_scientific": _(
        "Nomor KK di kolom %(column)s tertulis seperti 3,5E+15 sehingga angkanya hilang; mintalah berkas bertipe teks."
    ),
    "kk_serial": _("Nomor urut di akhir nomor KK (kolom %(column)s) tidak boleh 0000."),
    "name_missing": _("Nama di kolom %(column)s kosong."),
    "nik_area": _("Kode wilayah di NIK (kolom %(column)s) tidak ada."),
    "nik_date": _("Tanggal lahir di dalam NIK (kolom %(column)s) tidak mungkin."),
    "nik_in_two_families": _("NIK yang sama ada di keluarga lain, %(other)s; pastikan orang ini ikut keluarga mana."),
    "nik_length": _("NIK di kolom %(column)s berisi %(digits)s angka; seharusnya 16."),
    "nik_missing": _("NIK di kolom %(column)s kosong."),
    "nik_scientific": _(
        "NIK di kolom %(column)s tertulis seperti 3,5E+15 sehingga angkanya hilang; mintalah berkas bertipe teks."
    ),
    "nik_serial": _("Nomor urut di akhir NIK (kolom %(column)s) tidak boleh 0000."),
    "number_unreadable": _("Angka “%(value)s” di kolom %(column)s tidak terbaca, jadi dikosongkan."),
    "precision_lost": _("Angka terakhir di kolom %(column)s hilang karena sel bertipe angka; mintalah berkas bertipe teks."),
    "relation_unknown": _("Hubungan keluarga “%(value)s” di kolom %(column)s tidak dikenal, jadi dikosongkan."),
    "sex_unknown": _("Jenis kelamin “%(value)s” di kolom %(column)s bukan L atau P, jadi dikosongkan."),
    "stage_unknown": _("Tahap “%(value)s” di kolom %(column)s tidak terbaca; tulis seperti 4/2026."),
    "text_too_long": _("Isi kolom %(column)s lebih dari %(limit)s huruf, jadi dikosongkan."),
}
"""By problem code."""

UNREADABLE: dict[str, LazyString] = {
    "empty": _("Berkas ini kosong."),
    "has_macros": _("Berkas ini berisi makro; simpan dahulu sebagai .xlsx tanpa makro."),
    "layout_unknown": _("Judul kolom berkas ini tidak dikenal; yang dapat diimpor: %(importable)s."),
    "layout_near": _("Berkas ini mirip %(nearest)s, tetapi kolom ini tidak ada: %(missing)s."),
    "no_rows": _("Berkas ini berisi judul kolom saja, tanpa satu baris pun."),
    "not_a_spreadsheet": _("Berkas ini bukan tabel; unggah berkas .xlsx atau .csv."),
    "not_a_workbook": _("Berkas ini bukan buku kerja Excel .xlsx; simpan ulang sebagai .xlsx atau .csv."),
    "old_excel": _("Format .xls lama tidak dapat dibaca; simpan ulang sebagai .xlsx."),
    "password_protected": _("Berkas ini dikunci kata sandi; simpan ulang tanpa kata sandi."),
    "quote_unclosed": _("Tanda kutip di sekitar baris %(row)s tidak ditutup, sehingga baris sesudahnya tidak terbaca."),
    "sheet_too_large": _("Ada isi di baris %(row)s, jauh di luar batas %(limit)s baris; hapus isi itu atau bagi berkasnya."),
    "sheet_too_wide": _("Ada isi di kanan kolom ke-%(limit)s; hapus isi itu, lalu simpan ulang."),
    "too_large": _("Berkas ini %(size)s MB; paling besar %(limit)s MB. Bagi menjadi beberapa berkas."),
    "too_slow": _("Berkas ini belum selesai dibaca setelah %(seconds)s detik; bagi menjadi beberapa berkas."),
    "workbook_broken": _("Berkas ini rusak atau terpotong; unduh atau simpan ulang, lalu coba lagi."),
    "zip_bomb": _("Isi berkas ini membengkak tidak wajar saat dibuka (%(size)s MB), jadi tidak dibaca."),
}
"""By the code of UnreadableFile; `layout_near` is `layout_unknown` where a layout comes near."""

REASONS: dict[str, LazyString] = {
    "amount_zero": _("Keluarga ini belum dikenal dan jumlahnya 0 atau kosong: belum tentu peserta."),
    "area_not_yours": _("Di luar wilayah Anda."),
    "decile_differs": _("Desil triwulan ini sudah tercatat dengan angka lain; yang tercatat tidak diganti."),
    "family_twice": _("Baris lain di berkas ini sudah menyebut keluarga yang sama."),
    "family_unknown": _("Keluarga ini belum ada di portal. Data DTSEN hanya melengkapi keluarga yang dikenal."),
    "kk_only": _("Nomor KK-nya dikenal, tetapi tidak satu pun NIK-nya: pilih keluarganya."),
    "left_family": _("Keluarga ini sudah keluar dari program, tetapi masih ada di daftar pembayaran."),
    "member_nik_differs": _("Ada anggota bernama dan bertanggal lahir sama dengan NIK lain: mungkin salah satu NIK keliru."),
    "name_differs": _("NIK-nya dikenal dengan nama yang sangat lain."),
    "other_programme": _("Bukan baris PKH."),
    "payment_differs": _("Pembayaran tahap ini sudah tercatat dengan jumlah lain; yang tercatat tidak diganti."),
    "skipped_by_hand": _("Anda memilih melewati baris ini."),
    "stage_ahead": _("Tahapnya belum tiba."),
    "stage_missing": _("Tahapnya tidak terbaca, jadi tidak jelas untuk triwulan mana."),
    "two_families": _("Nomor-nomornya menunjuk lebih dari satu keluarga: pilih keluarganya."),
    "unchanged": _("Sudah tercatat; tidak ada yang berubah."),
}
"""By the reason's code (intake/rules/diff.py)."""

LAYOUTS: dict[str, LazyString] = {
    "A": _("daftar pembayaran PKH"),
    "F": _("data keluarga DTSEN"),
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
        return str(gettext("baris %(row)s", row=row))
    return str(gettext("lembar %(sheet)s baris %(row)s", sheet=sheet, row=row))
