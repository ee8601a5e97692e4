"""The result of an assessment in words: verdicts with their reasons, caution flags, what is still to be done, and the whole
of it in one sentence. Templates know this room as `readiness_words`.

Keys are the codes of assessment/rules; a test finds every code that has no words. Sentences take %(value)s and
%(threshold)s as `explain` and `to_do` fill them in.
"""

from collections.abc import Iterable

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.assessment.rules.answers import Compare, Finding, Need, NeededChange, Result, Verdict
from portal.assessment.rules.instrument import OWN_PROPOSAL, POOR_CRITERIA, IndicatorKind
from portal.kernel.terms import Band
from portal.web import texts

INDICATORS: dict[str, LazyString] = {
    "income_per_person": _l("Penghasilan per orang dibanding garis kemiskinan"),
    "stable_income": _l("Kestabilan penghasilan utama"),
    "own_wish": _l("Percakapan dan keinginan sendiri"),
    "household_income": _l("Penghasilan keluarga dibanding UMK"),
    "food_share": _l("Bagian pengeluaran untuk makan"),
    "housing": _l("Keadaan rumah"),
    "debt_savings": _l("Utang dan simpanan"),
    "children_in_school": _l("Anak bersekolah"),
    "business": _l("Usaha dan aset produktif"),
    "decile": _l("Desil dan arahnya"),
    "conditions": _l("Kewajiban dan kehadiran P2K2"),
    "earners": _l("Pencari nafkah dibanding tanggungan"),
    "continuing_aid": _l("Bantuan yang tetap berjalan"),
}

CAUTIONS: dict[str, LazyString] = {
    "severe_disability": _l("Disabilitas berat"),
    "lone_elderly": _l("Lansia tanpa pendamping di rumah"),
    "chronic_illness": _l("Sakit menahun"),
    "nutrition_problem": _l("Ibu hamil atau anak kecil dengan masalah gizi"),
    "recent_shock": _l("Kejadian berat dalam 6 bulan terakhir"),
    "decile_lowest": _l("Desil 1"),
}

CAUTION_REASONS: dict[str, LazyString] = {
    "answered": _l("menurut jawaban keluarga"),
    "register": _l("menurut data terdaftar"),
    "unanswered": _l("belum ditanyakan"),
    "not_in_register": _l("data belum lengkap"),
}

CONTRADICTIONS: dict[str, LazyString] = {
    "food_over_total": _l("Pengeluaran makan lebih besar dari seluruh pengeluaran."),
    "school_over_children": _l("Anak yang bersekolah lebih banyak dari anak usia sekolah."),
    "children_over_people": _l("Anak usia sekolah lebih banyak dari anggota keluarga."),
    "earners_over_people": _l("Yang berpenghasilan lebih banyak dari anggota keluarga."),
    "income_without_months": _l("Ada penghasilan utama, tetapi tidak satu bulan pun masuk."),
    "wish_without_conversation": _l("Keinginan sudah diisi, padahal percakapan belum ada."),
}

REASONS: dict[str, LazyString] = {
    "unanswered": _l("Belum terjawab, jadi belum terpenuhi."),
    "contradiction": _l("Jawabannya saling bertentangan, periksa lagi."),
    "no_threshold": _l("Batasnya belum diatur. Hubungi administrator."),
    "no_people": _l("Jumlah anggota keluarga belum diketahui."),
    "income_per_person_met": _l("%(value)s per orang, sudah mencapai %(threshold)s."),
    "income_per_person_near": _l("%(value)s per orang: di atas garis kemiskinan, belum mencapai %(threshold)s."),
    "income_per_person_not_met": _l("%(value)s per orang, masih di bawah garis kemiskinan."),
    "stable_income_met": _l("Penghasilan masuk %(value)s dari 12 bulan terakhir."),
    "stable_income_not_met": _l("Penghasilan masuk %(value)s dari 12 bulan terakhir, paling sedikit %(threshold)s."),
    "own_wish_met": _l("Keluarga sendiri ingin graduasi."),
    "no_conversation": _l("Belum ada percakapan dengan keluarga."),
    "wish_undecided": _l("Keluarga masih ragu."),
    "wish_to_stay": _l("Keluarga ingin tetap menerima bantuan."),
    "household_income_met": _l("%(value)s sebulan, sudah mencapai UMK."),
    "household_income_near": _l("%(value)s sebulan, mendekati UMK %(threshold)s."),
    "household_income_not_met": _l("%(value)s sebulan, masih jauh dari UMK %(threshold)s."),
    "food_share_met": _l("%(value)s pengeluaran untuk makan."),
    "food_share_near": _l("%(value)s pengeluaran untuk makan, paling banyak %(threshold)s."),
    "food_share_not_met": _l("%(value)s pengeluaran habis untuk makan, paling banyak %(threshold)s."),
    "housing_met": _l("Lantai, dinding, jamban, dan listrik sudah layak."),
    "housing_poor": _l("Belum layak: %(parts)s."),
    "debt_savings_met": _l("Cicilan ringan dan ada simpanan %(value)s."),
    "debt_overdue": _l("Ada cicilan yang menunggak."),
    "debt_heavy": _l("Cicilan %(value)s sebulan terlalu berat, paling banyak %(threshold)s."),
    "savings_low": _l("Simpanan %(value)s, paling sedikit %(threshold)s."),
    "no_school_age": _l("Tidak ada anak usia sekolah."),
    "children_in_school_met": _l("Semua anak usia sekolah bersekolah."),
    "children_out_of_school": _l("%(value)s dari %(threshold)s anak usia sekolah bersekolah."),
    "business_met": _l("Ada usaha dan aset yang menunjang."),
    "business_near": _l("Baru ada salah satu: usaha atau aset."),
    "business_not_met": _l("Belum ada usaha atau aset."),
    "no_decile": _l("Desil belum diketahui."),
    "too_few_quarters": _l("Desil %(value)s, baru satu triwulan: arahnya belum terbaca."),
    "decile_met": _l("Desil %(value)s dan tidak turun."),
    "decile_near": _l("Desil %(value)s, sedang naik."),
    "decile_falling": _l("Desil %(value)s, tetapi sedang turun."),
    "decile_not_met": _l("Desil %(value)s dan tidak naik."),
    "conditions_met": _l("Kewajiban dijalankan, hadir P2K2 %(value)s kali setahun."),
    "conditions_near": _l("Kewajiban atau kehadiran P2K2 (%(value)s kali setahun) belum penuh."),
    "conditions_not_met": _l("Hadir P2K2 %(value)s kali setahun, jauh dari %(threshold)s."),
    "conditions_never": _l("Kewajiban tidak dijalankan."),
    "earners_met": _l("Pencari nafkah cukup untuk tanggungannya."),
    "earners_near": _l("Tanggungan agak banyak untuk pencari nafkahnya."),
    "earners_not_met": _l("Tanggungan terlalu banyak untuk pencari nafkahnya."),
    "continuing_aid_met": _l("Ada bantuan lain yang tetap berjalan."),
    "continuing_aid_not_met": _l("Tidak ada bantuan lain yang tetap berjalan."),
}

TO_DO: dict[tuple[str, Compare], LazyString] = {
    ("income_per_person", Compare.AT_LEAST): _l("Penghasilan per orang mencapai %(value)s sebulan"),
    ("household_income", Compare.AT_LEAST): _l("Penghasilan keluarga mencapai %(value)s sebulan"),
    ("stable_months", Compare.AT_LEAST): _l("Penghasilan utama masuk paling sedikit %(value)s dari 12 bulan"),
    ("conversation_held", Compare.IS): _l("Ada percakapan dengan keluarga"),
    ("own_wish", Compare.IS): _l("Keluarga sendiri menyatakan ingin graduasi"),
    ("food_share", Compare.AT_MOST): _l("Pengeluaran makan paling banyak %(value)s dari seluruhnya"),
    ("spending_food", Compare.AT_MOST): _l("Dengan pengeluaran sekarang: makan paling banyak %(value)s sebulan"),
    ("floor", Compare.NOT_POOR): _l("Lantai bukan plesteran, bambu, atau tanah"),
    ("wall", Compare.NOT_POOR): _l("Dinding tembok diplester atau panel"),
    ("toilet", Compare.NOT_POOR): _l("Jamban milik sendiri"),
    ("power", Compare.NOT_POOR): _l("Listrik bermeteran sendiri di atas 450 watt"),
    ("debt_overdue", Compare.IS): _l("Tidak ada cicilan yang menunggak"),
    ("debt_payment", Compare.AT_MOST): _l("Cicilan paling banyak %(value)s sebulan"),
    ("debt_share", Compare.AT_MOST): _l("Cicilan paling banyak %(value)s dari penghasilan"),
    ("savings", Compare.AT_LEAST): _l("Simpanan paling sedikit %(value)s"),
    ("children_in_school", Compare.AT_LEAST): _l("Semua anak usia sekolah bersekolah"),
    ("severe_disability", Compare.CLEARED): _l("Disabilitas berat: bahas pendampingan dan bantuan yang tepat"),
    ("lone_elderly", Compare.CLEARED): _l("Lansia tanpa pendamping: lengkapi data, cari keluarga yang menyokong"),
    ("chronic_illness", Compare.CLEARED): _l("Sakit menahun: pastikan pengobatan dan JKN berjalan"),
    ("nutrition_problem", Compare.CLEARED): _l("Masalah gizi: rujuk ke posyandu atau puskesmas sampai pulih"),
    ("recent_shock", Compare.CLEARED): _l("Kejadian berat: tunggu 6 bulan dan lihat apakah keluarga pulih"),
    ("decile_lowest", Compare.CLEARED): _l("Desil 1: periksa data, ajukan pemutakhiran bila keliru"),
}

SOURCES: dict[str, LazyString] = {
    OWN_PROPOSAL: _l("usulan instrumen internal"),
    POOR_CRITERIA: _l("mengacu kriteria Kepmensos 262/HUK/2022"),
    "ketetapan internal, dapat diubah": _l("ketetapan internal, dapat diubah"),
    "usulan instrumen internal; ketetapan internal, dapat diubah": _l(
        "usulan instrumen internal; ketetapan internal, dapat diubah"
    ),
    "mengacu kriteria Kepmensos 262/HUK/2022; ketetapan internal, dapat diubah": _l(
        "mengacu kriteria Kepmensos 262/HUK/2022; ketetapan internal, dapat diubah"
    ),
    "praktik Kota Malang; ketetapan internal, dapat diubah": _l("praktik Kota Malang; ketetapan internal, dapat diubah"),
    "peraturan 60, praktik 70; ketetapan internal, dapat diubah": _l(
        "peraturan 60, praktik 70; ketetapan internal, dapat diubah"
    ),
    "belum ada sumber publik; ketetapan internal, dapat diubah": _l(
        "belum ada sumber publik; ketetapan internal, dapat diubah"
    ),
    "BPS Kota Malang, Maret 2025, per orang per bulan": _l("BPS Kota Malang, Maret 2025, per orang per bulan"),
    "UMK Kota Malang 2026, per bulan": _l("UMK Kota Malang 2026, per bulan"),
    "Indeks bantuan PKH 2025 dan 2026, per tahun": _l("Indeks bantuan PKH 2025 dan 2026, per tahun"),
    "ukuran nasional: 10 keluarga per pendamping per tahun": _l("ukuran nasional: 10 keluarga per pendamping per tahun"),
}
"""Where a value comes from: the sources that the portal ships with; others stay as typed."""

_IN_RUPIAH = ("income_per_person", "household_income", "debt_savings", "spending_food", "debt_payment", "savings")
_IN_PERCENT = ("food_share", "debt_share")
"""Indicators and needs; the others are plain numbers."""
_PARTS = {"floor": _l("lantai"), "wall": _l("dinding"), "toilet": _l("jamban"), "power": _l("listrik")}

_GLYPHS = {Verdict.MET: "●", Verdict.NEAR: "◐", Verdict.NOT_MET: "○", Verdict.UNKNOWN: "·"}


def disclaimer(result: Result) -> str:
    """Stands beside every result that is shown, printed or exported."""
    return _(
        "Instrumen internal versi %(version)s, bukan ketentuan Kemensos. Keputusan tetap pada manusia.", version=result.version
    )


def explain(finding: Finding) -> str:
    """Why an indicator is met or not, in a sentence with its amounts."""
    parts = ", ".join(str(_PARTS[part]) for part in finding.failing if part in _PARTS)
    value, threshold = _amount(finding.key, finding.value), _amount(finding.key, finding.threshold)
    return str(REASONS[finding.reason]) % {"value": value, "threshold": threshold, "parts": parts}


def limit_source(finding: Finding) -> str:
    """Where the threshold comes from and since when it holds; empty when the indicator has none."""
    if finding.source is None:
        return ""
    return f"{source(finding.source)}, {texts.day(finding.valid_from)}"


def source(code: str) -> str:
    """Where a value comes from, in the reader's language."""
    return str(SOURCES.get(code, code))


def to_do(change: NeededChange) -> list[str]:
    """What the change asks for, one line each; the name of the indicator when nothing can be said yet."""
    return [_need(need) for need in change.needs] or [name_of(change.key)]


def name_of(key: str) -> str:
    """The name of an indicator or of a caution flag."""
    return str(INDICATORS[key] if key in INDICATORS else CAUTIONS[key])


def _need(need: Need) -> str:
    return str(TO_DO[need.what, need.compare]) % {"value": _amount(need.what, need.value)}


def _amount(what: str, value: int | str | None) -> str:
    if not isinstance(value, int):
        return texts.UNKNOWN
    if what in _IN_RUPIAH:
        return texts.rupiah(value)
    return f"{value}%" if what in _IN_PERCENT else texts.number(value)


# --- the whole result ---------------------------------------------------------------------------------------------


def summary(result: Result) -> str:
    """Why the band is what it is, in one or two sentences: what holds the family back, by name."""
    if result.band is Band.READY:
        return _("Semua syarat utama dan wajib terpenuhi, tanpa tanda perhatian.")
    unmet = [finding for finding in result.findings if finding.verdict is not Verdict.MET]
    parts = [_held_back(unmet, IndicatorKind.GATE), _held_back(unmet, IndicatorKind.REQUIRED), _raised(result)]
    return " ".join(part for part in parts if part)


def _held_back(unmet: Iterable[Finding], kind: IndicatorKind) -> str:
    names = [name_of(finding.key) for finding in unmet if finding.kind is kind]
    if not names:
        return ""
    if kind is IndicatorKind.GATE:
        return _("Syarat utama yang belum terpenuhi: %(names)s.", names=", ".join(names))
    return _("Indikator wajib yang belum terpenuhi: %(names)s.", names=", ".join(names))


def _raised(result: Result) -> str:
    names = [name_of(caution.key) for caution in result.raised_cautions]
    return _("Perlu diperhatikan: %(names)s.", names=", ".join(names)) if names else ""


def also_met(change: NeededChange) -> str:
    """The indicators that the same change makes met, by name."""
    return ", ".join(name_of(key) for key in change.also)


def marks(verdicts: Iterable[Verdict]) -> str:
    """The way of an indicator over the last visits, a sign each: full, half, empty, a dot for unknown."""
    return "".join(_GLYPHS[verdict] for verdict in verdicts)
