"""The words people read for every closed set; texts.py looks them up. Keys are what is stored, values are translated.

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
    **dict.fromkeys(("active", "matched", "found", "met", "ready", "approved", "recommended", "recorded", "effective"), "good"),
    **dict.fromkeys(("accepted", "stable", "closed_stable", "siap_diusulkan", "independent"), "good"),
    **dict.fromkeys(("suspended", "returned", "not_yet", "watch", "intervention", "perlu_penguatan", "unchecked"), "warn"),
    **dict.fromkeys(("not_met", "not_recommended", "moved", "duplicate", "not_found"), "warn"),
    **dict.fromkeys(("rejected", "revoked", "declined", "at_risk", "relapsed", "closed_relapsed", "mismatched"), "bad"),
    **dict.fromkeys(("deceased", "belum_siap"), "bad"),
    **dict.fromkeys(("submitted", "deliberated", "endorsed", "field_check", "forwarded", "waiting", "candidate"), "info"),
    **dict.fromkeys(("assessment", "counselling", "statement_signed", "open"), "info"),
}
"""Tone of a badge: good, warn, bad or info; what is not listed is quiet. The glyph differs with the tone."""
