"""The result of an assessment in words: verdicts with their reasons, caution flags, and what is still to be done.

Keys are the codes of assessment/rules/readiness.py; a test finds every code that has no words. Sentences take %(value)s and
%(threshold)s as `explain` and `to_do` fill them in.
"""

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from portal.assessment.rules.instrument import Kind, Unit
from portal.assessment.rules.results import CautionState, Change, Compare, Finding, Need, Result, Trend, Verdict
from portal.assessment.words import sources
from portal.web import texts
from portal.web.labels import LABELS, TONES

LABELS[Kind] = {
    Kind.GATE: _("Syarat utama"),
    Kind.REQUIRED: _("Wajib"),
    Kind.SUPPORTING: _("Pendukung"),
}
LABELS[Verdict] = {
    Verdict.MET: _("Terpenuhi"),
    Verdict.NEAR: _("Hampir"),
    Verdict.NOT_MET: _("Belum terpenuhi"),
    Verdict.UNKNOWN: _("Belum diketahui"),
}
LABELS[CautionState] = {
    CautionState.PRESENT: _("Ada"),
    CautionState.ABSENT: _("Tidak ada"),
    CautionState.UNKNOWN: _("Belum diketahui"),
}
LABELS[Trend] = {
    Trend.BETTER: _("Membaik"),
    Trend.SAME: _("Tetap"),
    Trend.WORSE: _("Menurun"),
    Trend.NEW: _("Belum ada pembanding"),
}

INDICATORS: dict[str, LazyString] = {
    "income_per_person": _("Penghasilan per orang dibanding garis kemiskinan"),
    "stable_income": _("Kestabilan penghasilan utama"),
    "own_wish": _("Percakapan dan keinginan sendiri"),
    "household_income": _("Penghasilan keluarga dibanding UMK"),
    "food_share": _("Bagian pengeluaran untuk makan"),
    "housing": _("Keadaan rumah"),
    "debt_savings": _("Utang dan simpanan"),
    "children_in_school": _("Anak bersekolah"),
    "business": _("Usaha dan aset produktif"),
    "decile": _("Desil dan arahnya"),
    "conditions": _("Kewajiban dan kehadiran P2K2"),
    "earners": _("Pencari nafkah dibanding tanggungan"),
    "continuing_aid": _("Bantuan yang tetap berjalan"),
}

CAUTIONS: dict[str, LazyString] = {
    "severe_disability": _("Disabilitas berat"),
    "lone_elderly": _("Lansia tanpa pendamping di rumah"),
    "chronic_illness": _("Sakit menahun"),
    "nutrition_problem": _("Ibu hamil atau anak kecil dengan masalah gizi"),
    "recent_shock": _("Kejadian berat dalam 6 bulan terakhir"),
    "decile_lowest": _("Desil 1"),
}

CAUTION_REASONS: dict[str, LazyString] = {
    "answered": _("menurut jawaban keluarga"),
    "register": _("menurut data terdaftar"),
    "unanswered": _("belum ditanyakan"),
    "not_in_register": _("data belum lengkap"),
}

REASONS: dict[str, LazyString] = {
    "unanswered": _("Belum terjawab, jadi belum terpenuhi."),
    "contradiction": _("Jawabannya saling bertentangan, periksa lagi."),
    "no_threshold": _("Batasnya belum diatur. Hubungi administrator."),
    "no_people": _("Jumlah anggota keluarga belum diketahui."),
    "income_per_person_met": _("%(value)s per orang, sudah mencapai %(threshold)s."),
    "income_per_person_near": _("%(value)s per orang: di atas garis kemiskinan, belum mencapai %(threshold)s."),
    "income_per_person_not_met": _("%(value)s per orang, masih di bawah garis kemiskinan."),
    "stable_income_met": _("Penghasilan masuk %(value)s dari 12 bulan terakhir."),
    "stable_income_not_met": _("Penghasilan masuk %(value)s dari 12 bulan terakhir, paling sedikit %(threshold)s."),
    "own_wish_met": _("Keluarga sendiri ingin graduasi."),
    "no_conversation": _("Belum ada percakapan dengan keluarga."),
    "wish_undecided": _("Keluarga masih ragu."),
    "wish_to_stay": _("Keluarga ingin tetap menerima bantuan."),
    "household_income_met": _("%(value)s sebulan, sudah mencapai UMK."),
    "household_income_near": _("%(value)s sebulan, mendekati UMK %(threshold)s."),
    "household_income_not_met": _("%(value)s sebulan, masih jauh dari UMK %(threshold)s."),
    "food_share_met": _("%(value)s pengeluaran untuk makan."),
    "food_share_near": _("%(value)s pengeluaran untuk makan, paling banyak %(threshold)s."),
    "food_share_not_met": _("%(value)s pengeluaran habis untuk makan, paling banyak %(threshold)s."),
    "housing_met": _("Lantai, dinding, jamban, dan listrik sudah layak."),
    "housing_poor": _("Belum layak: %(parts)s."),
    "debt_savings_met": _("Cicilan ringan dan ada simpanan %(value)s."),
    "debt_overdue": _("Ada cicilan yang menunggak."),
    "debt_heavy": _("Cicilan %(value)s sebulan terlalu berat, paling banyak %(threshold)s."),
    "savings_low": _("Simpanan %(value)s, paling sedikit %(threshold)s."),
    "no_school_age": _("Tidak ada anak usia sekolah."),
    "children_in_school_met": _("Semua anak usia sekolah bersekolah."),
    "children_out_of_school": _("%(value)s dari %(threshold)s anak usia sekolah bersekolah."),
    "business_met": _("Ada usaha dan aset yang menunjang."),
    "business_near": _("Baru ada salah satu: usaha atau aset."),
    "business_not_met": _("Belum ada usaha atau aset."),
    "no_decile": _("Desil belum diketahui."),
    "too_few_quarters": _("Desil %(value)s, baru satu triwulan: arahnya belum terbaca."),
    "decile_met": _("Desil %(value)s dan tidak turun."),
    "decile_near": _("Desil %(value)s, sedang naik."),
    "decile_falling": _("Desil %(value)s, tetapi sedang turun."),
    "decile_not_met": _("Desil %(value)s dan tidak naik."),
    "conditions_met": _("Kewajiban dijalankan, hadir P2K2 %(value)s kali setahun."),
    "conditions_near": _("Kewajiban atau kehadiran P2K2 (%(value)s kali setahun) belum penuh."),
    "conditions_not_met": _("Hadir P2K2 %(value)s kali setahun, jauh dari %(threshold)s."),
    "conditions_never": _("Kewajiban tidak dijalankan."),
    "earners_met": _("Pencari nafkah cukup untuk tanggungannya."),
    "earners_near": _("Tanggungan agak banyak untuk pencari nafkahnya."),
    "earners_not_met": _("Tanggungan terlalu banyak untuk pencari nafkahnya."),
    "continuing_aid_met": _("Ada bantuan lain yang tetap berjalan."),
    "continuing_aid_not_met": _("Tidak ada bantuan lain yang tetap berjalan."),
}

TO_DO: dict[tuple[str, Compare], LazyString] = {
    ("income_per_person", Compare.AT_LEAST): _("Penghasilan per orang mencapai %(value)s sebulan"),
    ("household_income", Compare.AT_LEAST): _("Penghasilan keluarga mencapai %(value)s sebulan"),
    ("stable_months", Compare.AT_LEAST): _("Penghasilan utama masuk paling sedikit %(value)s dari 12 bulan"),
    ("conversation_held", Compare.IS): _("Ada percakapan dengan keluarga"),
    ("own_wish", Compare.IS): _("Keluarga sendiri menyatakan ingin graduasi"),
    ("food_share", Compare.AT_MOST): _("Pengeluaran makan paling banyak %(value)s dari seluruhnya"),
    ("spending_food", Compare.AT_MOST): _("Dengan pengeluaran sekarang: makan paling banyak %(value)s sebulan"),
    ("floor", Compare.NOT_POOR): _("Lantai bukan plesteran, bambu, atau tanah"),
    ("wall", Compare.NOT_POOR): _("Dinding tembok diplester atau panel"),
    ("toilet", Compare.NOT_POOR): _("Jamban milik sendiri"),
    ("power", Compare.NOT_POOR): _("Listrik bermeteran sendiri di atas 450 watt"),
    ("debt_overdue", Compare.IS): _("Tidak ada cicilan yang menunggak"),
    ("debt_payment", Compare.AT_MOST): _("Cicilan paling banyak %(value)s sebulan"),
    ("debt_share", Compare.AT_MOST): _("Cicilan paling banyak %(value)s dari penghasilan"),
    ("savings", Compare.AT_LEAST): _("Simpanan paling sedikit %(value)s"),
    ("children_in_school", Compare.AT_LEAST): _("Semua anak usia sekolah bersekolah"),
    ("severe_disability", Compare.CLEARED): _("Disabilitas berat: bahas pendampingan dan bantuan yang tepat"),
    ("lone_elderly", Compare.CLEARED): _("Lansia tanpa pendamping: lengkapi data, cari keluarga yang menyokong"),
    ("chronic_illness", Compare.CLEARED): _("Sakit menahun: pastikan pengobatan dan JKN berjalan"),
    ("nutrition_problem", Compare.CLEARED): _("Masalah gizi: rujuk ke posyandu atau puskesmas sampai pulih"),
    ("recent_shock", Compare.CLEARED): _("Kejadian berat: tunggu 6 bulan dan lihat apakah keluarga pulih"),
    ("decile_lowest", Compare.CLEARED): _("Desil 1: periksa data, ajukan pemutakhiran bila keliru"),
}

_FINDING_UNITS = {
    **dict.fromkeys(("income_per_person", "household_income", "debt_savings"), Unit.RUPIAH),
    "food_share": Unit.PERCENT,
}
_NEED_UNITS = {
    **dict.fromkeys(("income_per_person", "household_income", "spending_food", "debt_payment", "savings"), Unit.RUPIAH),
    **dict.fromkeys(("food_share", "debt_share"), Unit.PERCENT),
}
_PARTS = {"floor": _("lantai"), "wall": _("dinding"), "toilet": _("jamban"), "power": _("listrik")}

_DISCLAIMER = _("Instrumen internal versi %(version)s, bukan ketentuan Kemensos. Keputusan tetap pada manusia.")

TONES.update({"near": "warn", "present": "warn", "better": "good", "worse": "warn"})


def disclaimer(result: Result) -> str:
    """Stands beside every result that is shown, printed or exported."""
    return str(_DISCLAIMER) % {"version": result.version}


def explain(finding: Finding) -> str:
    """Why an indicator is met or not, in a sentence with its amounts."""
    unit = _FINDING_UNITS.get(finding.key)
    parts = ", ".join(str(_PARTS[part]) for part in finding.failing if part in _PARTS)
    amounts = {"value": _amount(finding.value, unit), "threshold": _amount(finding.threshold, unit), "parts": parts}
    return str(REASONS[finding.reason]) % amounts


def limit_source(finding: Finding) -> str:
    """Where the threshold comes from and since when it holds; empty when the indicator has none."""
    if finding.source is None:
        return ""
    return f"{sources.said(finding.source)}, {texts.day(finding.valid_from)}"


def to_do(change: Change) -> list[str]:
    """What the change asks for, one line each; the name of the indicator when nothing can be said yet."""
    return [_need(need) for need in change.needs] or [name_of(change.key)]


def name_of(key: str) -> str:
    """The name of an indicator or of a caution flag."""
    return str(INDICATORS[key] if key in INDICATORS else CAUTIONS[key])


def _need(need: Need) -> str:
    return str(TO_DO[need.what, need.compare]) % {"value": _amount(need.value, _NEED_UNITS.get(need.what))}


def _amount(value: int | str | None, unit: Unit | None) -> str:
    if not isinstance(value, int):
        return texts.UNKNOWN
    if unit is Unit.RUPIAH:
        return texts.rupiah(value)
    return f"{value}%" if unit is Unit.PERCENT else texts.number(value)
