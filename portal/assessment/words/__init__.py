"""What people read of visits and assessments: the form at the door, what is asked, how it is meant, and the answers to
choose from; the result in words is in results.py.

Worded as one asks at the door. Keys are those of assessment/rules/instrument.py; a test finds every key that has no words.
"""

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from portal.assessment.rules.answers import CautionState, Trend, Verdict
from portal.assessment.rules.instrument import IndicatorKind, Section
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
    actions={
        "visit.view": _("Melihat kunjungan dan penilaian"),
        "visit.record": _("Mencatat kunjungan dan penilaian"),
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


SECTION_INTROS: dict[Section, LazyString] = {
    Section.WORK: _("Mulai dari yang ringan: siapa yang bekerja dan usaha apa yang jalan."),
    Section.INCOME: _("Penghasilan sendiri, di luar bantuan apa pun. Perkiraan yang jujur sudah cukup."),
    Section.SPENDING: _("Hitung bersama keluarga, boleh dari belanja harian."),
    Section.SAVINGS: _("Hal yang peka: tanyakan pelan-pelan, jangan di depan tetangga."),
    Section.HOUSING: _("Amati sendiri, tanyakan hanya yang tidak terlihat."),
    Section.CHILDREN: _("Semua anak 6–21 tahun yang belum tamat SMA sederajat."),
    Section.SUPPORT: _("Menjadi bahan rencana, tidak menentukan hasil."),
    Section.CAUTIONS: _("Tanda ini menahan saran dari portal, bukan keinginan keluarga."),
    Section.CONVERSATION: _("Catat apa adanya. Tidak boleh ada paksaan dari pihak mana pun."),
}

QUESTIONS: dict[str, LazyString] = {
    "earners": _("Di rumah ini, berapa orang yang punya penghasilan?"),
    "stable_months": _("Dari 12 bulan terakhir, berapa bulan penghasilan utama keluarga masuk?"),
    "business": _("Apakah keluarga punya usaha sendiri?"),
    "assets": _("Barang apa saja yang menunjang nafkah atau bisa dijual bila perlu?"),
    "income_main": _("Berapa penghasilan utama keluarga dalam sebulan?"),
    "income_other": _("Selain itu, berapa penghasilan lain dalam sebulan?"),
    "spending_total": _("Kira-kira berapa seluruh pengeluaran rumah tangga dalam sebulan?"),
    "spending_food": _("Dari jumlah itu, berapa untuk makan dan minum?"),
    "savings": _("Berapa simpanan yang bisa dipakai sewaktu-waktu?"),
    "debt_payment": _("Berapa cicilan utang per bulan, semuanya?"),
    "debt_overdue": _("Adakah cicilan yang sedang menunggak?"),
    "floor": _("Sebagian besar lantai rumah dari apa?"),
    "wall": _("Sebagian besar dinding rumah dari apa?"),
    "toilet": _("Bagaimana jamban keluarga ini?"),
    "power": _("Dari mana listrik rumah ini, dan berapa dayanya?"),
    "school_age_children": _("Berapa anak usia sekolah di rumah ini?"),
    "children_in_school": _("Dari mereka, berapa yang sekarang bersekolah?"),
    "conditions_kept": _("Apakah kewajiban kesehatan dan sekolah dijalankan?"),
    "sessions_attended": _("Dalam 12 bulan terakhir, berapa kali hadir di P2K2?"),
    "continuing_aid": _("Bantuan apa yang tetap berjalan sesudah keluar dari PKH?"),
    "severe_disability": _("Adakah anggota keluarga dengan disabilitas berat?"),
    "chronic_illness": _("Adakah yang sakit menahun dan perlu perawatan terus?"),
    "nutrition_problem": _("Adakah ibu hamil atau anak kecil yang gizinya bermasalah?"),
    "recent_shock": _("Dalam 6 bulan terakhir, adakah kejadian berat yang menimpa keluarga?"),
    "conversation_held": _("Sudahkah berbicara dengan keluarga tentang hidup tanpa PKH?"),
    "own_wish": _("Apa keinginan keluarga sendiri?"),
}

HELP: dict[str, LazyString] = {
    "earners": _("Bekerja, berdagang, atau menerima pensiun."),
    "stable_months": _("0 sampai 12. Bulan tanpa pemasukan tidak dihitung."),
    "assets": _("Boleh lebih dari satu."),
    "income_main": _("Bersih, tanpa bantuan. Bila tidak tetap, rata-rata 3 bulan terakhir. Contoh: 1,5jt."),
    "income_other": _("Termasuk kiriman anak atau saudara, tanpa PKH dan sembako. Isi 0 bila tidak ada."),
    "spending_total": _("Makan, kontrakan, listrik, sekolah, cicilan, dan lainnya."),
    "spending_food": _("Termasuk jajan dan rokok. Tidak lebih dari seluruh pengeluaran."),
    "savings": _("Tabungan, arisan yang terkumpul, emas. Isi 0 bila belum ada."),
    "debt_payment": _("Bank, koperasi, bank titil, paylater, saudara. Isi 0 bila tidak ada."),
    "floor": _("Pilih yang paling luas."),
    "wall": _("Pilih yang paling luas."),
    "power": _("Lihat meteran atau struk token."),
    "school_age_children": _("6–21 tahun dan belum tamat SMA sederajat. Isi 0 bila tidak ada."),
    "children_in_school": _("Kejar Paket A, B, dan C juga dihitung."),
    "sessions_attended": _("0 sampai 12, lihat daftar hadir kelompok."),
    "continuing_aid": _("Boleh lebih dari satu. Bahas juga yang akan berhenti."),
    "severe_disability": _("Tidak bisa mengurus diri tanpa bantuan orang lain."),
    "nutrition_problem": _("Ibu hamil kurang energi, anak stunting atau berat badan tidak naik. Lihat buku KIA."),
    "recent_shock": _("Boleh lebih dari satu."),
    "own_wish": _("Ragu atau ingin tetap juga jawaban yang baik."),
}

_YES_NO = {"yes": _("Ya"), "no": _("Tidak")}

OPTIONS: dict[str, dict[str, LazyString]] = {
    "business": {
        "none": _("Belum punya"),
        "alone": _("Ya, dikerjakan sendiri"),
        "family_help": _("Ya, dibantu keluarga atau pekerja tidak tetap"),
        "paid_help": _("Ya, dengan pekerja yang dibayar"),
    },
    "assets": {
        "motorcycle": _("Sepeda motor"),
        "stall": _("Warung, gerobak, atau lapak"),
        "tools": _("Mesin atau alat kerja"),
        "livestock": _("Ternak"),
        "land": _("Lahan lain"),
        "house": _("Rumah lain"),
        "computer": _("Komputer atau laptop"),
        "gold": _("Emas atau perhiasan"),
        "other": _("Lainnya"),
        "none": _("Tidak ada"),
    },
    "debt_overdue": _YES_NO,
    "floor": {
        "marble": _("Marmer atau granit"),
        "ceramic": _("Keramik"),
        "vinyl": _("Parket, vinil, atau karpet"),
        "tile": _("Ubin, tegel, atau teraso"),
        "wood": _("Kayu atau papan"),
        "cement": _("Semen, plesteran, atau bata merah"),
        "bamboo": _("Bambu"),
        "earth": _("Tanah"),
        "other": _("Lainnya"),
    },
    "wall": {
        "plastered_wall": _("Tembok diplester"),
        "bare_wall": _("Tembok tanpa plester"),
        "plastered_bamboo": _("Plesteran anyaman bambu atau kawat"),
        "panel": _("Gipsum, GRC, atau kalsiboard"),
        "board": _("Kayu atau papan"),
        "woven_bamboo": _("Anyaman bambu"),
        "log": _("Batang kayu"),
        "bamboo": _("Bambu"),
        "other": _("Lainnya, seperti seng, terpal, atau kardus"),
    },
    "toilet": {
        "own": _("Ada, milik sendiri"),
        "shared": _("Ada, bersama keluarga tertentu"),
        "communal": _("MCK komunal"),
        "public": _("MCK umum"),
        "unused": _("Ada, tidak digunakan"),
        "none": _("Tidak ada"),
    },
    "power": {
        "over_2200": _("PLN di atas 2.200 watt"),
        "2200": _("PLN 2.200 watt"),
        "1300": _("PLN 1.300 watt"),
        "900": _("PLN 900 watt"),
        "450": _("PLN 450 watt"),
        "without_meter": _("PLN tanpa meteran sendiri"),
        "other_source": _("Listrik bukan PLN"),
        "not_electric": _("Bukan listrik"),
    },
    "conditions_kept": {
        "always": _("Selalu"),
        "sometimes": _("Kadang-kadang"),
        "never": _("Tidak"),
    },
    "continuing_aid": {
        "jkn": _("JKN (iuran dibayar pemerintah)"),
        "pip": _("PIP"),
        "kip_kuliah": _("KIP Kuliah"),
        "sembako": _("Sembako"),
        "kur": _("KUR atau modal usaha"),
        "empowerment": _("Program pemberdayaan (PPSE/PENA)"),
        "local_aid": _("Bantuan daerah"),
        "other": _("Lainnya"),
        "none": _("Tidak ada"),
    },
    "severe_disability": _YES_NO,
    "chronic_illness": _YES_NO,
    "nutrition_problem": _YES_NO,
    "recent_shock": {
        "job_lost": _("Kehilangan pekerjaan"),
        "business_failed": _("Usaha berhenti atau merugi"),
        "illness": _("Sakit berat atau kecelakaan"),
        "death": _("Anggota keluarga meninggal"),
        "divorce": _("Perceraian atau ditinggal pencari nafkah"),
        "disaster": _("Bencana atau kebakaran"),
        "other": _("Lainnya"),
        "none": _("Tidak ada"),
    },
    "conversation_held": {"yes": _("Sudah"), "no": _("Belum")},
    "own_wish": {
        "wants_to_leave": _("Ingin graduasi"),
        "undecided": _("Masih ragu"),
        "wants_to_stay": _("Ingin tetap menerima"),
    },
}

MISTAKES: dict[str, LazyString] = {
    "not_money": _("Tulis jumlah rupiah, misalnya 1.500.000 atau 1,5jt."),
    "not_a_number": _("Tulis angka bulat."),
    "too_small": _("Angka ini terlalu kecil."),
    "too_large": _("Angka ini terlalu besar."),
    "not_an_option": _("Pilih salah satu jawaban yang ada."),
    "none_with_others": _("“Tidak ada” tidak bisa dipilih bersama yang lain."),
}
