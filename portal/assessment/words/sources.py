"""Where a value comes from, in the reader's language: the sources the portal ships with; others stay as typed."""

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from portal.assessment.rules.instrument import OWN_PROPOSAL, POOR_CRITERIA

SOURCES: dict[str, LazyString] = {
    OWN_PROPOSAL: _("usulan instrumen internal"),
    POOR_CRITERIA: _("mengacu kriteria Kepmensos 262/HUK/2022"),
    "ketetapan internal, dapat diubah": _("ketetapan internal, dapat diubah"),
    "usulan instrumen internal; ketetapan internal, dapat diubah": _(
        "usulan instrumen internal; ketetapan internal, dapat diubah"
    ),
    "mengacu kriteria Kepmensos 262/HUK/2022; ketetapan internal, dapat diubah": _(
        "mengacu kriteria Kepmensos 262/HUK/2022; ketetapan internal, dapat diubah"
    ),
    "praktik Kota Malang; ketetapan internal, dapat diubah": _("praktik Kota Malang; ketetapan internal, dapat diubah"),
    "peraturan 60, praktik 70; ketetapan internal, dapat diubah": _(
        "peraturan 60, praktik 70; ketetapan internal, dapat diubah"
    ),
    "belum ada sumber publik; ketetapan internal, dapat diubah": _("belum ada sumber publik; ketetapan internal, dapat diubah"),
    "BPS Kota Malang, Maret 2025, per orang per bulan": _("BPS Kota Malang, Maret 2025, per orang per bulan"),
    "UMK Kota Malang 2026, per bulan": _("UMK Kota Malang 2026, per bulan"),
    "Indeks bantuan PKH 2025 dan 2026, per tahun": _("Indeks bantuan PKH 2025 dan 2026, per tahun"),
    "ukuran nasional: 10 keluarga per pendamping per tahun": _("ukuran nasional: 10 keluarga per pendamping per tahun"),
}


def said(source: str) -> str:
    return str(SOURCES.get(source, source))
