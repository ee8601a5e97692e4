"""The words that slices share, for the terms of the kernel: closed sets, facts, needs, refusals. Each slice has its own in
its `words`, and adopt() brings them all together here; texts.py looks them up. Keys are what is stored.

LABELS is keyed by enum class first: `deceased` means one thing for Presence and another for LeavingReason.
"""

from enum import StrEnum

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from portal.kernel.terms import (
    Band,
    Component,
    EvidenceKind,
    ExitType,
    LeavingReason,
    Membership,
    Presence,
    RegistryMatch,
    Relation,
    Role,
    SchoolLevel,
    Sex,
    VisitOutcome,
)

LABELS: dict[type[StrEnum], dict[StrEnum, LazyString]] = {
    Role: {
        Role.FACILITATOR: _("Pendamping"),
        Role.KELURAHAN_OFFICER: _("Operator kelurahan"),
        Role.SUPERVISOR: _("Supervisor Dinsos"),
        Role.ADMINISTRATOR: _("Administrator"),
        Role.VIEWER: _("Pemantau"),
    },
    Membership: {
        Membership.CANDIDATE: _("Calon"),
        Membership.ACTIVE: _("Aktif"),
        Membership.SUSPENDED: _("Ditangguhkan"),
        Membership.EXITED: _("Keluar"),
        Membership.DROPPED: _("Batal dicalonkan"),
    },
    ExitType: {
        ExitType.INDEPENDENT: _("Graduasi mandiri"),
        ExitType.PROGRAMME: _("Graduasi program (PPSE/PENA)"),
        ExitType.NATURAL: _("Graduasi alamiah"),
        ExitType.NON_COMPLIANCE: _("Tidak memenuhi kewajiban"),
        ExitType.INELIGIBLE: _("Tidak layak"),
    },
    Presence: {
        Presence.FOUND: _("Ditemukan"),
        Presence.MOVED: _("Pindah"),
        Presence.DECEASED: _("Meninggal"),
        Presence.NOT_FOUND: _("Tidak ditemukan"),
    },
    RegistryMatch: {
        RegistryMatch.UNCHECKED: _("Belum dipadankan"),
        RegistryMatch.MATCHED: _("Padan"),
        RegistryMatch.MISMATCHED: _("Tidak padan"),
        RegistryMatch.DUPLICATE: _("Ganda"),
        RegistryMatch.DECEASED: _("Tercatat meninggal"),
    },
    Sex: {Sex.MALE: _("Laki-laki"), Sex.FEMALE: _("Perempuan")},
    Relation: {
        Relation.HEAD: _("Kepala keluarga"),
        Relation.SPOUSE: _("Suami/istri"),
        Relation.CHILD: _("Anak"),
        Relation.CHILD_IN_LAW: _("Menantu"),
        Relation.GRANDCHILD: _("Cucu"),
        Relation.PARENT: _("Orang tua/mertua"),
        Relation.SERVANT: _("Pembantu"),
        Relation.OTHER: _("Lainnya"),
    },
    SchoolLevel: {
        SchoolLevel.PRIMARY: _("SD sederajat"),
        SchoolLevel.JUNIOR_SECONDARY: _("SMP sederajat"),
        SchoolLevel.SENIOR_SECONDARY: _("SMA sederajat"),
        SchoolLevel.FINISHED: _("Tamat"),
        SchoolLevel.NOT_IN_SCHOOL: _("Tidak bersekolah"),
    },
    Component: {
        Component.PREGNANT: _("Ibu hamil"),
        Component.EARLY_CHILDHOOD: _("Anak usia dini (0–6 tahun)"),
        Component.PRIMARY: _("Anak SD"),
        Component.JUNIOR_SECONDARY: _("Anak SMP"),
        Component.SENIOR_SECONDARY: _("Anak SMA"),
        Component.ELDERLY: _("Lansia"),
        Component.SEVERE_DISABILITY: _("Disabilitas berat"),
        Component.RIGHTS_VICTIM: _("Korban pelanggaran HAM berat"),
    },
    LeavingReason: {
        LeavingReason.MOVED_OUT: _("Pindah"),
        LeavingReason.MARRIED: _("Menikah"),
        LeavingReason.DECEASED: _("Meninggal"),
        LeavingReason.RECORDED_WRONGLY: _("Salah catat"),
    },
    Band: {
        Band.READY: _("Siap diusulkan"),
        Band.STRENGTHEN: _("Perlu penguatan"),
        Band.NOT_YET: _("Belum siap"),
    },
    VisitOutcome: {VisitOutcome.MET: _("Bertemu"), VisitOutcome.NOT_MET: _("Tidak bertemu")},
    EvidenceKind: {
        EvidenceKind.IDENTITY_CARD: _("Foto KTP"),
        EvidenceKind.FAMILY_CARD: _("Foto KK"),
        EvidenceKind.HOUSE_FRONT: _("Foto depan rumah"),
        EvidenceKind.VISIT_PHOTO: _("Foto kunjungan"),
        EvidenceKind.FIELD_CHECK_PHOTO: _("Foto cek lapangan"),
        EvidenceKind.SIGNED_STATEMENT: _("Surat pernyataan bertanda tangan"),
        EvidenceKind.INCOME_PROOF: _("Bukti penghasilan"),
        EvidenceKind.MINUTES: _("Berita acara muskel"),
        EvidenceKind.ATTENDANCE_LIST: _("Daftar hadir muskel"),
        EvidenceKind.SIGNED_MINUTES: _("Berita acara ditandatangani lurah"),
        EvidenceKind.FIELD_REPORT: _("Laporan cek lapangan"),
        EvidenceKind.EXIT_PROOF: _("Bukti alasan keluar"),
    },
}

STATES: dict[str, dict[str, LazyString]] = {}
STEPS: dict[str, dict[str, LazyString]] = {}

TAKEN: dict[str, LazyString] = {
    "resubmit": _("Diajukan kembali"),
}
"""Steps that were taken, where the state they led to says too little."""

GRAVE = {"withdraw", "reject"}
"""Steps that end a case against what it was opened for: their buttons are red, and never the first."""

TONES: dict[str, str] = {
    **dict.fromkeys(("active", "matched", "found", "met", "approved", "siap_diusulkan", "independent"), "good"),
    **dict.fromkeys(("suspended", "returned", "perlu_penguatan", "unchecked"), "warn"),
    **dict.fromkeys(("not_met", "moved", "duplicate", "not_found"), "warn"),
    **dict.fromkeys(("rejected", "mismatched", "deceased", "belum_siap"), "bad"),
    **dict.fromkeys(("submitted", "candidate"), "info"),
}
"""Tone of a badge: good, warn, bad or info; what is not listed is quiet. The glyph differs with the tone."""

FACTS: dict[str, LazyString] = {
    "reason": _("Alasan"),
    "note": _("Catatan"),
    "defects": _("Yang harus diperbaiki"),
    "override_reason": _("Alasan menyimpang"),
    "held_on": _("Tanggal"),
    "signed_on": _("Tanggal ditandatangani"),
}
"""Labels of the fields of facts (kernel/workflow.py), by field name (or the `label` code in a field's metadata)."""

HELPS: dict[str, LazyString] = {
    "defects": _("Satu hal per baris."),
    "override_reason": _("Wajib bila data sudah berubah atau putusan berbeda dari rekomendasi."),
}
"""What stands below a label, where a label alone leaves a question."""

FIELDS: dict[str, LazyString] = {}
"""What is kept of families and people, by name: the history, and forms that wait for a login, tell it."""
ACTIONS: dict[str, LazyString] = {}
EVENTS: dict[str, LazyString] = {}
FLOWS: dict[str, LazyString] = {}
CASES: dict[str, LazyString] = {}
SUBJECTS: dict[str, LazyString] = {}

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
