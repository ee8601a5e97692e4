"""Why a row is not simply ready, and what it changes, in the reader's language: what the register says about a file."""

from types import MappingProxyType
from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from portal.intake.reading.problems import Problem, Severity
from portal.intake.words import messages

REASONS: dict[str, LazyString] = {
    "amount_zero": _("Keluarga ini belum dikenal dan jumlahnya 0 atau kosong: belum tentu peserta."),
    "area_not_yours": _("Di luar wilayah Anda."),
    "decile_differs": _("Desil triwulan ini sudah tercatat dengan angka lain; yang tercatat tidak diganti."),
    "family_twice": _("Baris lain di berkas ini sudah menyebut keluarga yang sama."),
    "family_unknown": _("Keluarga ini belum ada di portal. Data DTSEN hanya melengkapi keluarga yang dikenal."),
    "kk_only": _("Nomor KK-nya dikenal, tetapi tidak satu pun NIK-nya: pilih keluarganya."),
    "left_family": _("Keluarga ini sudah keluar dari program, tetapi masih ada di daftar pembayaran."),
    "member_nik_differs": _("Ada anggota bernama dan bertanggal lahir sama dengan NIK lain: mungkin salah satu NIK keliru."),
    "name_differs": _("NIK-nya dikenal dengan nama yang sangat lain."),
    "other_programme": _("Bukan baris PKH."),
    "payment_differs": _("Pembayaran tahap ini sudah tercatat dengan jumlah lain; yang tercatat tidak diganti."),
    "skipped_by_hand": _("Anda memilih melewati baris ini."),
    "stage_ahead": _("Tahapnya belum tiba."),
    "stage_missing": _("Tahapnya tidak terbaca, jadi tidak jelas untuk triwulan mana."),
    "two_families": _("Nomor-nomornya menunjuk lebih dari satu keluarga: pilih keluarganya."),
    "unchanged": _("Sudah tercatat; tidak ada yang berubah."),
}
"""By the reason's code (intake/rules/diff.py)."""


def sentence(told: dict[str, Any]) -> str:
    """One kept problem of a row, of the file or of the register."""
    if told["code"] in REASONS:
        return str(REASONS[told["code"]])
    facts, severity = MappingProxyType(told["facts"]), Severity(told["severity"])
    return messages.sentence(Problem(told["sheet"], told["row"], told["column"], told["code"], severity, facts))
