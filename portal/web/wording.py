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
    "attendees": _("Jumlah peserta"),
    "decision": _("Keputusan musyawarah"),
    "minutes": _("Berita acara"),
    "attendance_list": _("Daftar hadir"),
    "signed_minutes": _("Berita acara yang ditandatangani lurah"),
    "checked_on": _("Tanggal cek lapangan"),
    "lives_at_address": _("Keluarga tinggal di alamat ini"),
    "household_size": _("Jumlah anggota yang tinggal serumah"),
    "monthly_income": _("Penghasilan keluarga per bulan"),
    "housing": _("Keadaan rumah"),
    "livelihood": _("Mata pencaharian"),
    "opinion": _("Pendapat pendamping"),
    "photos": _("Foto"),
    "facilitator": _("Pendamping"),
    "forwarded_on": _("Tanggal diusulkan di SIKS-NG"),
    "batch": _("Nomor gelombang"),
    "decided_on": _("Tanggal hasil"),
    "household": _("Keluarga yang sama"),
    "field_report": _("Laporan cek lapangan"),
    "because": _("Sebab"),
    "proof": _("Bukti"),
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
    "no_component_left": _("Tidak ada komponen yang tersisa"),
    "members_confirmed": _("Anggota keluarga dipastikan pendamping"),
    "valid_numbers": _("NIK dan KK sah"),
    "identity_card_photo": _("Foto KTP"),
    "family_card_photo": _("Foto KK"),
    "house_front_photo": _("Foto depan rumah"),
    "domicile": _("Alamat domisili"),
    "stated_reason": _("Alasan pengusulan"),
    "nobody_taken": _("Tidak ada anggota yang sudah terdaftar atau diusulkan"),
    "nobody_barred": _("Tidak meninggal dan tidak berbeda dengan data kependudukan"),
}

REFUSALS: dict[str, LazyString] = {
    "member_stays": _("Anggota ini tidak bisa dihapus."),
    "file_is_closed": _("Berkas usulan sedang diproses, jadi tidak bisa diubah. Mintalah dikembalikan dulu."),
    "facilitator_not_here": _("Pendamping ini tidak bertugas di kelurahan itu."),
    "household_unknown": _("Keluarga itu tidak ditemukan."),
    "proposal_decided": _("Usulan ini sudah diputuskan."),
    "proposal_already_open": _("Usulan yang sama masih menunggu keputusan."),
    "nothing_chosen": _("Pilih paling sedikit satu baris."),
    "reason_needed": _("Tulis alasannya."),
    "form_incomplete": _("Formulir tidak lengkap. Muat ulang halaman lalu isi lagi."),
    "date_in_future": _("Tanggalnya belum tiba."),
    "outside_membership": _("Tanggal ini tidak cocok dengan masa kepesertaannya."),
    "date_not_ahead": _("Tanggalnya harus di depan."),
    "not_to_be_nominated": _("Tidak dapat diusulkan, hubungi Dinsos"),
    "nomination_already_open": _("Keluarga ini sudah punya usulan yang berjalan."),
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
