"""What people read of accounts, areas, settings and rights."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.kernel.people import Area
from portal.kernel.terms import Reach
from portal.web.slices import Words

WORDS = Words(
    labels={
        Reach: {
            Reach.NONE: _l("tidak"),
            Reach.CASELOAD: _l("dampingan sendiri"),
            Reach.ASSIGNED: _l("yang ditugaskan"),
            Reach.AREA: _l("wilayah tugas"),
            Reach.EVERYWHERE: _l("ya"),
        },
    },
    refusals={
        "throttled": _l("Terlalu sering mencoba. Tunggu 15 menit, lalu coba lagi."),
        "login_failed": _l("Nama pengguna atau kata sandi salah."),
        "password_wrong": _l("Kata sandi yang sekarang salah."),
        "password_short": _l("Kata sandi baru paling sedikit 10 huruf."),
        "password_same": _l("Kata sandi baru harus berbeda dari yang lama."),
        "password_is_name": _l("Kata sandi jangan memuat nama pengguna."),
        "language_unknown": _l("Bahasa ini belum ada."),
        "username_impossible": _l("Nama pengguna: huruf kecil dan angka, mulai dengan huruf, 3 sampai 40."),
        "username_taken": _l("Nama pengguna ini sudah dipakai."),
        "area_unknown": _l("Wilayah ini tidak dikenal."),
        "area_needed": _l("Pilih paling sedikit satu wilayah tugas."),
        "kelurahan_needed": _l("Operator kelurahan bertugas di kelurahan, bukan di kecamatan atau kota."),
        "leaves_caseload": _l("Orang ini masih memegang keluarga atau kasus. Centang bila tetap dilanjutkan."),
        "last_administrator": _l("Ini administrator terakhir; tunjuk yang lain dulu."),
        "spelling_impossible": _l("Tulis nama dengan huruf."),
        "setting_unknown": _l("Pengaturan ini tidak dikenal."),
        "value_impossible": _l("Nilai ini tidak bisa dipakai di sini."),
    },
    actions={
        "people.manage": _l("Mengelola orang"),
        "area.manage": _l("Mengatur ejaan wilayah"),
        "setting.manage": _l("Mengubah pengaturan"),
        "setting.view": _l("Melihat pengaturan"),
        "audit.view": _l("Melihat jejak audit"),
        "policy.view": _l("Melihat hak akses"),
        "account.own": _l("Mengelola akun sendiri"),
    },
    events={
        "people.add": _l("Akun dibuat"),
        "people.change": _l("Akun diubah"),
        "people.one_time_password": _l("Kata sandi sekali pakai diberikan"),
        "account.password": _l("Kata sandi diganti"),
        "account.language": _l("Bahasa diganti"),
        "account.end_sessions": _l("Perangkat lain dikeluarkan"),
        "area.respell": _l("Ejaan wilayah diubah"),
        "setting.set": _l("Pengaturan diubah"),
    },
    subjects={"users": _l("orang")},
)

SETTINGS: dict[str, LazyString] = {
    "agency_name": _l("Nama dinas"),
    "poverty_line": _l("Garis kemiskinan, per orang per bulan"),
    "minimum_wage": _l("UMK, per bulan"),
    "suspend_from_decile": _l("Ditangguhkan mulai desil"),
    "elderly_age": _l("Usia lansia"),
    "evidence_days": _l("Masa berlaku bukti, hari"),
    "monitoring_months": _l("Kunjungan pemantauan, bulan sesudah graduasi"),
    "facilitator_yearly_target": _l("Graduasi per pendamping per tahun"),
    "programme_exit_counts": _l("Graduasi program dihitung ke target"),
    "visit_every_months": _l("Kunjungan rutin, tiap berapa bulan"),
    "benefit_pregnant": _l("Indeks ibu hamil, per tahun"),
    "benefit_early_childhood": _l("Indeks anak usia dini, per tahun"),
    "benefit_primary": _l("Indeks SD, per tahun"),
    "benefit_junior_secondary": _l("Indeks SMP, per tahun"),
    "benefit_senior_secondary": _l("Indeks SMA, per tahun"),
    "benefit_elderly": _l("Indeks lansia, per tahun"),
    "benefit_severe_disability": _l("Indeks disabilitas berat, per tahun"),
    "benefit_rights_victim": _l("Indeks korban pelanggaran HAM berat, per tahun"),
    "income_met_percent": _l("Kesiapan: penghasilan per orang terpenuhi mulai, persen garis kemiskinan"),
    "income_near_percent": _l("Kesiapan: penghasilan per orang hampir terpenuhi mulai, persen garis kemiskinan"),
    "stable_months": _l("Kesiapan: penghasilan tetap mulai, bulan dari 12 bulan"),
    "umk_met_percent": _l("Kesiapan: penghasilan keluarga terpenuhi mulai, persen UMK"),
    "umk_near_percent": _l("Kesiapan: penghasilan keluarga hampir terpenuhi mulai, persen UMK"),
    "food_share_met": _l("Kesiapan: belanja makan terpenuhi sampai, persen pengeluaran"),
    "food_share_near": _l("Kesiapan: belanja makan hampir terpenuhi sampai, persen pengeluaran"),
    "savings_met": _l("Kesiapan: simpanan paling sedikit"),
    "debt_share_met": _l("Kesiapan: cicilan paling banyak, persen penghasilan"),
    "decile_met": _l("Kesiapan: desil terpenuhi mulai"),
    "decile_quarters": _l("Kesiapan: desil dilihat selama, triwulan"),
    "decile_caution": _l("Kesiapan: perlu kehati-hatian sampai desil"),
    "sessions_met": _l("Kesiapan: kehadiran P2K2 terpenuhi mulai, kali setahun"),
    "sessions_near": _l("Kesiapan: kehadiran P2K2 hampir terpenuhi mulai, kali setahun"),
    "earners_met_percent": _l("Kesiapan: pencari nafkah terpenuhi mulai, persen tanggungan"),
    "earners_near_percent": _l("Kesiapan: pencari nafkah hampir terpenuhi mulai, persen tanggungan"),
}
"""By key."""

SETTING_HELPS: dict[str, LazyString] = {
    "money": _l("Rupiah, misalnya 737.954"),
    "number": _l("Bilangan bulat"),
    "months": _l("Bulan dipisah koma, misalnya 3,6,9,12"),
    "choice": _l("Pilih salah satu."),
    "text": _l("Teks"),
}
"""How a value is typed, by the kind of setting."""


def area_name(area: Area) -> str:
    """The name, and that a kecamatan is meant where one is: it often shares its name with a kelurahan."""
    return _("Kec. %(name)s", name=area.name) if area.level == "kecamatan" else str(area.name)
