"""The words for facts, needs and refusals: what a form asks, what a step still lacks, why the portal says no."""

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

FACTS: dict[str, LazyString] = {
    "reason": _("Alasan"),
    "note": _("Catatan"),
    "defects": _("Yang harus diperbaiki"),
    "override_reason": _("Alasan menyimpang"),
    "held_on": _("Tanggal"),
    "signed_on": _("Tanggal ditandatangani"),
}
"""Labels of the fields of rules/facts.py, by field name (or the `label` code in a field's metadata)."""

HELPS: dict[str, LazyString] = {
    "defects": _("Satu hal per baris."),
    "override_reason": _("Wajib bila data sudah berubah atau putusan berbeda dari rekomendasi."),
}
"""What stands below a label, where a label alone leaves a question."""

FIELDS: dict[str, LazyString] = {}
"""What is kept of families and people, by name: the history, and forms that wait for a login, tell it."""

NEEDS: dict[str, LazyString] = {
    "not_maker": _("Diputuskan oleh orang yang tidak ikut menyiapkan"),
    "changed_no_facts": _("Diputuskan oleh orang yang tidak mengubah data keluarga sesudah penilaian terakhir"),
}

REFUSALS: dict[str, LazyString] = {
    "nothing_chosen": _("Pilih paling sedikit satu baris."),
    "form_incomplete": _("Formulir tidak lengkap. Muat ulang halaman lalu isi lagi."),
    "date_in_future": _("Tanggalnya belum tiba."),
    "date_not_ahead": _("Tanggalnya harus di depan."),
    "conflict": _("Orang lain menyimpan pada saat yang sama. Coba lagi."),
    "step_unknown": _("Langkah ini tidak dikenal."),
    "step_not_from_here": _("Langkah ini tidak bisa dari keadaan sekarang. Mungkin orang lain sudah lebih dulu."),
    "needs_missing": _("Masih ada yang kurang."),
    "return_point_unknown": _("Tidak diketahui ke mana kasus ini kembali."),
    "out_of_order": _("Tanggal ini mendahului langkah sebelumnya."),
    "too_long_ago": _("Tanggal ini sudah terlalu lama. Periksa tahunnya."),
}

NUMBER_ERRORS: dict[str, LazyString] = {
    "nik_missing": _("Tulis NIK-nya."),
    "nik_length": _("NIK terdiri dari 16 angka."),
    "nik_scientific": _("Angka ini berubah oleh Excel; salin dari KTP."),
    "nik_date": _("Tanggal lahir di dalam NIK tidak mungkin."),
    "nik_serial": _("Nomor urut NIK tidak mungkin."),
    "nik_area": _("Kode wilayah NIK tidak dikenal."),
    "kk_missing": _("Tulis nomor KK-nya."),
    "kk_length": _("Nomor KK terdiri dari 16 angka."),
    "kk_scientific": _("Angka ini berubah oleh Excel; salin dari kartu keluarga."),
    "kk_date": _("Tanggal terbit di dalam nomor KK tidak mungkin."),
    "kk_serial": _("Nomor urut KK tidak mungkin."),
    "kk_area": _("Kode wilayah KK tidak dikenal."),
}

UPLOAD_ERRORS: dict[str, LazyString] = {
    "empty": _("berkas ini kosong."),
    "not_supported": _("pakai foto JPEG, PNG, atau WebP; berita acara boleh PDF."),
    "too_large": _("berkas terlalu besar."),
    "too_many_pixels": _("gambar terlalu besar."),
    "damaged": _("berkas rusak, tidak bisa dibuka."),
}
