"""Words of the monitoring slice."""

from flask_babel import lazy_gettext as _

from portal.monitoring.rules import Outlook, Shock, Sign
from portal.web.slices import Words

GROUPS = {
    "due": _("Jatuh tempo"),
    "planned": _("Terjadwal"),
    "attention": _("Perlu perhatian"),
    "relapsed": _("Kembali miskin"),
    "followed": _("Semua yang dipantau"),
    "ended": _("Selesai"),
    "all": _("Semua"),
}
"""The tabs of the list, in their order."""

WORDS = Words(
    labels={
        Shock: {
            Shock.JOB_LOST: _("Kehilangan pekerjaan"),
            Shock.BUSINESS_FAILED: _("Usaha tutup"),
            Shock.ILLNESS: _("Sakit berat"),
            Shock.DEATH: _("Kematian"),
            Shock.DIVORCE: _("Perceraian"),
            Shock.DISASTER: _("Bencana"),
            Shock.OTHER: _("Lainnya"),
        },
        Outlook: {Outlook.STABLE: _("Stabil"), Outlook.WATCH: _("Waspada"), Outlook.AT_RISK: _("Berisiko")},
        Sign: {
            Sign.INCOME_BELOW_LINE: _("Penghasilan per orang di bawah garis kemiskinan"),
            Sign.WORK_LOST_UNSUPPORTED: _("Tidak lagi bekerja, belum ada dukungan"),
            Sign.INCOME_NEAR_LINE: _("Penghasilan per orang dekat garis kemiskinan"),
            Sign.INCOME_DROPPED: _("Penghasilan turun sejak kunjungan sebelumnya"),
            Sign.WORK_LOST: _("Tidak lagi bekerja"),
            Sign.SCHOOL_DROPOUT: _("Ada anak putus sekolah"),
            Sign.SHOCK: _("Ada guncangan"),
            Sign.INCOME_UNKNOWN: _("Penghasilan tidak diketahui"),
            Sign.WORK_UNKNOWN: _("Pekerjaan tidak diketahui"),
            Sign.SCHOOL_UNKNOWN: _("Sekolah anak tidak diketahui"),
        },
    },
    flows={"monitoring": _("Pemantauan")},
    cases={"monitoring": _("Pemantauan")},
    states={
        "monitoring": {
            "open": _("Dipantau"),
            "stable": _("Stabil"),
            "watch": _("Perlu diperhatikan"),
            "at_risk": _("Berisiko"),
            "intervention": _("Pendampingan"),
            "relapsed": _("Kembali miskin"),
            "closed_stable": _("Selesai, stabil"),
            "closed_relapsed": _("Selesai, kembali miskin"),
            "closed_lost": _("Selesai, tidak terlacak"),
        }
    },
    steps={
        "monitoring": {
            "find_stable": _("Nyatakan stabil"),
            "find_watch": _("Nyatakan perlu diperhatikan"),
            "find_at_risk": _("Nyatakan berisiko"),
            "intervene": _("Catat pendampingan"),
            "confirm_relapse": _("Pastikan kembali miskin"),
            "close_relapsed": _("Tutup: kembali miskin"),
            "close_stable": _("Tutup: stabil"),
            "close_lost": _("Tutup: tidak terlacak"),
        }
    },
    grave=("confirm_relapse", "close_lost"),
    tones=dict.fromkeys(("at_risk", "relapsed", "closed_relapsed"), "bad")
    | {"open": "info", "watch": "warn", "intervention": "warn", "stable": "good", "closed_stable": "good"},
    facts={"what": _("Apa yang dilakukan"), "office": _("Instansi"), "due_on": _("Paling lambat")},
    needs={
        "visited": _("Kunjungan pemantauan tercatat"),
        "renomination_open": _("Usulan ulang sudah dibuka"),
        "last_visit_done": _("Kunjungan terakhir selesai"),
        "three_times_not_met": _("Tiga kali tidak bertemu"),
    },
    refusals={
        "visit_recorded": _("Kunjungan ini sudah dicatat."),
        "monitoring_closed": _("Pemantauan ini sudah ditutup."),
        "people_missing": _("Tulis jumlah anggota serumah."),
        "monitoring_already_open": _("Pemantauan keluarga ini yang lama belum ditutup. Tutup dulu di halaman pemantauannya."),
    },
    actions={
        "monitoring.view": _("Melihat pemantauan"),
        "monitoring.visit": _("Mencatat kunjungan pemantauan"),
        "monitoring.decide": _("Memutuskan pemantauan"),
    },
    events={"monitoring.open": _("Pemantauan dimulai"), "monitoring.visit": _("Kunjungan pemantauan dicatat")},
    subjects={"monitorings": _("pemantauan")},
)
