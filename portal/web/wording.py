"""The words for facts, needs and refusals: what a form asks, what a step still lacks, why the portal says no."""

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

FACTS: dict[str, LazyString] = {
    "reason": _("Alasan"),
    "note": _("Catatan"),
    "defects": _("Yang harus diperbaiki"),
    "override_reason": _("Alasan menyimpang"),
    "plan": _("Rencana penguatan"),
    "review_on": _("Ditinjau lagi tanggal"),
    "held_on": _("Tanggal"),
    "present": _("Yang hadir"),
    "conversation": _("Isi percakapan"),
    "aid_stops": _("Bantuan yang berhenti"),
    "aid_continues": _("Bantuan yang tetap berjalan"),
    "own_wish_reason": _("Alasan keluarga ingin lanjut"),
    "signed_on": _("Tanggal ditandatangani"),
    "statement": _("Surat pernyataan"),
    "income_note": _("Catatan wawancara penghasilan"),
    "income_proof": _("Bukti penghasilan"),
    "exit_type": _("Jenis graduasi"),
    "recorded_on": _("Tanggal dicatat di SIKS-NG"),
    "reference": _("Nomor rujukan"),
    "effective_on": _("Berlaku mulai"),
    "what": _("Apa yang dilakukan"),
    "office": _("Instansi"),
    "due_on": _("Paling lambat"),
}
"""Labels of the fields of rules/facts.py, by field name (or the `label` code in a field's metadata)."""

HELPS: dict[str, LazyString] = {
    "defects": _("Satu hal per baris."),
    "override_reason": _("Wajib bila data sudah berubah atau putusan berbeda dari rekomendasi."),
    "present": _("Satu orang per baris."),
    "aid_stops": _("Satu bantuan per baris."),
    "aid_continues": _("Satu bantuan per baris."),
}
"""What stands below a label, where a label alone leaves a question."""

FIELDS: dict[str, LazyString] = {}
"""What is kept of families and people, by name: the history, and forms that wait for a login, tell it."""

NEEDS: dict[str, LazyString] = {
    "not_maker": _("Diputuskan oleh orang yang tidak ikut menyiapkan"),
    "changed_no_facts": _("Diputuskan oleh orang yang tidak mengubah data keluarga sesudah penilaian terakhir"),
    "assessed_recently": _("Penilaian yang masih berlaku"),
    "band_ready": _("Hasil penilaian: siap diusulkan"),
    "required_indicators_answered": _("Semua indikator wajib terjawab dan masih berlaku"),
    "visit_met_with_photo": _("Kunjungan bertemu keluarga, dengan foto"),
    "conversation_note": _("Catatan percakapan dan siapa yang hadir"),
    "signed_statement": _("Pindaian surat pernyataan"),
    "income_basis": _("Bukti penghasilan atau catatan wawancara"),
    "aid_list": _("Daftar bantuan yang berhenti dan yang berlanjut"),
    "membership_open": _("Kepesertaan masih aktif atau ditangguhkan"),
    "visited": _("Kunjungan pemantauan tercatat"),
    "renomination_open": _("Usulan ulang sudah dibuka"),
    "last_visit_done": _("Kunjungan terakhir selesai"),
    "three_times_not_met": _("Tiga kali tidak bertemu"),
}

REFUSALS: dict[str, LazyString] = {
    "visit_recorded": _("Kunjungan ini sudah dicatat."),
    "monitoring_closed": _("Pemantauan ini sudah ditutup."),
    "people_missing": _("Tulis jumlah anggota serumah."),
    "nothing_chosen": _("Pilih paling sedikit satu baris."),
    "form_incomplete": _("Formulir tidak lengkap. Muat ulang halaman lalu isi lagi."),
    "date_in_future": _("Tanggalnya belum tiba."),
    "date_not_ahead": _("Tanggalnya harus di depan."),
    "monitoring_already_open": _("Pemantauan keluarga ini yang lama belum ditutup. Tutup dulu di halaman pemantauannya."),
    "conflict": _("Orang lain menyimpan pada saat yang sama. Coba lagi."),
    "step_unknown": _("Langkah ini tidak dikenal."),
    "step_not_from_here": _("Langkah ini tidak bisa dari keadaan sekarang. Mungkin orang lain sudah lebih dulu."),
    "needs_missing": _("Masih ada yang kurang."),
    "return_point_unknown": _("Tidak diketahui ke mana kasus ini kembali."),
    "graduation_already_open": _("Keluarga ini sudah punya graduasi yang berjalan."),
    "household_not_in_programme": _("Graduasi hanya untuk keluarga yang aktif atau ditangguhkan."),
    "income_basis_empty": _("Isi catatan wawancara atau lampirkan bukti penghasilan."),
    "nothing_submitted": _("Belum ada yang diajukan."),
    "override_needed": _("Data berubah sejak diajukan. Tulis alasan bila tetap disetujui."),
    "out_of_order": _("Tanggal ini mendahului langkah sebelumnya."),
    "statement_before_conversation": _("Surat ini ditandatangani sebelum percakapan yang dicatat. Minta tanda tangan baru."),
    "too_long_ago": _("Tanggal ini sudah terlalu lama. Periksa tahunnya."),
    "before_approval": _("Tanggal ini sebelum graduasi disetujui."),
    "year_closed": _("Tahun itu sudah ditutup. Pilih tanggal di tahun berikutnya."),
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
