"""What people read of visits and assessments; the form at the door is in questions.py, the result in results.py."""

from flask_babel import lazy_gettext as _

from portal.assessment.rules.instrument import IndicatorKind, Section
from portal.assessment.rules.results import CautionState, Trend, Verdict
from portal.web.slices import Words

WORDS = Words(
    labels={
        Section: {
            Section.WORK: _("Pekerjaan"),
            Section.INCOME: _("Penghasilan"),
            Section.SPENDING: _("Pengeluaran"),
            Section.SAVINGS: _("Simpanan dan utang"),
            Section.HOUSING: _("Rumah"),
            Section.CHILDREN: _("Sekolah anak"),
            Section.SUPPORT: _("Kewajiban dan bantuan lain"),
            Section.CAUTIONS: _("Yang perlu diperhatikan"),
            Section.CONVERSATION: _("Percakapan dan keinginan"),
        },
        IndicatorKind: {
            IndicatorKind.GATE: _("Syarat utama"),
            IndicatorKind.REQUIRED: _("Wajib"),
            IndicatorKind.SUPPORTING: _("Pendukung"),
        },
        Verdict: {
            Verdict.MET: _("Terpenuhi"),
            Verdict.NEAR: _("Hampir"),
            Verdict.NOT_MET: _("Belum terpenuhi"),
            Verdict.UNKNOWN: _("Belum diketahui"),
        },
        CautionState: {
            CautionState.PRESENT: _("Ada"),
            CautionState.ABSENT: _("Tidak ada"),
            CautionState.UNKNOWN: _("Belum diketahui"),
        },
        Trend: {
            Trend.BETTER: _("Membaik"),
            Trend.SAME: _("Tetap"),
            Trend.WORSE: _("Menurun"),
            Trend.NEW: _("Belum ada pembanding"),
        },
    },
    tones={"near": "warn", "present": "warn", "better": "good", "worse": "warn"},
    flows={"assessments": _("Penilaian")},
    refusals={
        "present_missing": _("Tulis siapa yang ditemui."),
        "retry_missing": _("Tulis kapan dicoba lagi."),
        "next_not_after": _("Pilih tanggal setelah kunjungan ini."),
        "already_marked": _("Kunjungan ini sudah ditandai."),
        "not_met": _("Keluarga tidak bertemu, jadi tidak dinilai."),
        "assessment_finished": _("Penilaian ini sudah selesai dan tidak bisa diubah. Catat kunjungan baru."),
        "assessment_empty": _("Belum ada satu jawaban pun."),
    },
    events={
        "visits.record": _("Kunjungan dicatat"),
        "visits.add_photos": _("Foto kunjungan ditambahkan"),
        "visits.mark_mistaken": _("Kunjungan ditandai salah catat"),
        "assessments.save_section": _("Penilaian diisi"),
        "assessments.finish": _("Penilaian selesai"),
    },
    subjects={"visits": _("kunjungan"), "assessments": _("penilaian")},
)
