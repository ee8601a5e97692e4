"""Words of the graduation slice."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as pgettext
from flask_babel.speaklater import LazyString

from portal.graduation.rules import WayOut
from portal.web import labels
from portal.web.slices import Words

WORDS = Words(
    labels={
        WayOut: {
            WayOut.INDEPENDENT: _("Graduasi mandiri"),
            WayOut.PROGRAMME: _("Graduasi program (PPSE/PENA)"),
        },
    },
    flows={"graduation": _("Graduasi")},
    cases={"graduation": pgettext("satu", "Graduasi")},
    states={
        "graduation": {
            "identified": _("Teridentifikasi"),
            "assessment": _("Penilaian"),
            "ready": _("Siap"),
            "not_yet": _("Belum siap"),
            "counselling": _("Konseling"),
            "statement_signed": _("Pernyataan ditandatangani"),
            "submitted": _("Diajukan"),
            "approved": _("Disetujui"),
            "returned": _("Dikembalikan"),
            "rejected": _("Ditolak"),
            "recorded": _("Tercatat di SIKS-NG"),
            "effective": _("Berlaku"),
            "withdrawn": _("Ditarik keluarga"),
            "revoked": _("Dibatalkan"),
        }
    },
    steps={
        "graduation": {
            "start_assessment": _("Mulai penilaian"),
            "find_ready": _("Nyatakan siap"),
            "find_not_yet": _("Nyatakan belum siap"),
            "counsel": _("Catat konseling"),
            "counsel_on_own_wish": _("Lanjut atas keinginan keluarga"),
            "sign": _("Unggah surat pernyataan"),
            "add_income_basis": _("Lengkapi dasar penghasilan"),
            "correct_counselling": _("Perbaiki konseling"),
            "correct_statement": _("Perbaiki surat pernyataan"),
            "correct_way_out": _("Ubah jenis graduasi"),
            "submit": _("Ajukan"),
            "resubmit": _("Ajukan kembali"),
            "approve": _("Setujui"),
            "return": _("Kembalikan"),
            "reject": _("Tolak"),
            "record": _("Catat di SIKS-NG"),
            "take_effect": _("Nyatakan berlaku"),
            "withdraw": _("Tarik atas permintaan keluarga"),
            "revoke": _("Batalkan persetujuan"),
        }
    },
    taken={"counsel_on_own_wish": _("Konseling atas keinginan keluarga")},
    grave=("revoke",),
    tones=dict.fromkeys(("assessment", "counselling", "statement_signed"), "info")
    | {"ready": "good", "not_yet": "warn", "recorded": "good", "effective": "good", "revoked": "bad"},
    facts={
        "plan": _("Rencana penguatan"),
        "review_on": _("Ditinjau lagi tanggal"),
        "present": _("Yang hadir"),
        "conversation": _("Isi percakapan"),
        "aid_stops": _("Bantuan yang berhenti"),
        "aid_continues": _("Bantuan yang tetap berjalan"),
        "own_wish_reason": _("Alasan keluarga ingin lanjut"),
        "statement": _("Surat pernyataan"),
        "income_note": _("Catatan wawancara penghasilan"),
        "income_proof": _("Bukti penghasilan"),
        "exit_type": _("Jenis graduasi"),
        "recorded_on": _("Tanggal dicatat di SIKS-NG"),
        "reference": _("Nomor rujukan"),
        "effective_on": _("Berlaku mulai"),
    },
    helps={
        "present": _("Satu orang per baris."),
        "aid_stops": _("Satu bantuan per baris."),
        "aid_continues": _("Satu bantuan per baris."),
    },
    needs={
        "assessed_recently": _("Penilaian yang masih berlaku"),
        "band_ready": _("Hasil penilaian: siap diusulkan"),
        "required_indicators_answered": _("Semua indikator wajib terjawab dan masih berlaku"),
        "visit_met_with_photo": _("Kunjungan bertemu keluarga, dengan foto"),
        "conversation_note": _("Catatan percakapan dan siapa yang hadir"),
        "signed_statement": _("Pindaian surat pernyataan"),
        "income_basis": _("Bukti penghasilan atau catatan wawancara"),
        "aid_list": _("Daftar bantuan yang berhenti dan yang berlanjut"),
        "membership_open": _("Kepesertaan masih aktif atau ditangguhkan"),
    },
    refusals={
        "conversation_first": _("Catat konseling dulu, supaya daftar bantuan ikut tercetak."),
        "graduation_already_open": _("Keluarga ini sudah punya graduasi yang berjalan."),
        "household_not_in_programme": _("Graduasi hanya untuk keluarga yang aktif atau ditangguhkan."),
        "income_basis_empty": _("Isi catatan wawancara atau lampirkan bukti penghasilan."),
        "nothing_submitted": _("Belum ada yang diajukan."),
        "override_needed": _("Data berubah sejak diajukan. Tulis alasan bila tetap disetujui."),
        "statement_before_conversation": _(
            "Surat ini ditandatangani sebelum percakapan yang dicatat. Minta tanda tangan baru."
        ),
        "before_approval": _("Tanggal ini sebelum graduasi disetujui."),
        "year_closed": _("Tahun itu sudah ditutup. Pilih tanggal di tahun berikutnya."),
    },
    actions={
        "graduation.view": _("Melihat graduasi"),
        "graduation.prepare": _("Menyiapkan graduasi"),
        "graduation.withdraw": _("Mencatat penarikan oleh keluarga"),
        "graduation.decide": _("Memutuskan graduasi"),
    },
    events={"graduation.open": _("Graduasi dimulai")},
    subjects={"graduations": _("graduasi")},
)

_GROUPS: Mapping[str, LazyString] = {
    "open": _("Berjalan"),
    "preparing": _("Disiapkan"),
    "decided": _("Disetujui, belum berlaku"),
    "passed": _("Disetujui sampai berlaku"),
    "ended": _("Berakhir"),
}


def group(name: str) -> LazyString:
    """The words of a tab, or of another group of states (lists.GROUPS)."""
    return _GROUPS.get(name) or labels.STATES["graduation"][name]


CHANGED: Mapping[str, LazyString] = {
    "members": _("Anggota keluarga"),
    "address": _("Alamat"),
    "kelurahan": _("Kelurahan"),
    "membership": _("Kepesertaan"),
    "presence": _("Keberadaan"),
    "registry_match": _("Padan data kependudukan"),
    "decile": _("Desil"),
    "aids": _("Bantuan lain"),
    "assessment": _("Penilaian"),
    "photographed_on": _("Kunjungan berfoto"),
}
"""The inputs of a decision (grounds.Inputs), as the stale list and the overrides call them."""

OVERRIDES: Mapping[str, LazyString] = {
    "graduation.approve": _("Disetujui meski data berubah"),
    "graduation.counsel_on_own_wish": _("Lanjut atas keinginan keluarga"),
    "nomination.approve_against_advice": _("Disetujui meski tidak direkomendasikan"),
}
"""What went past the portal's advice (lists.OVERRIDES)."""
