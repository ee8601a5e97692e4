"""Rosters of any length: made-up recipients, all different."""

from datetime import date, timedelta

from tests.intake.files import PAYMENT_HEADER, payment, text_table
from tests.rosters import JATIMULYO

_EPOCH = date(1950, 1, 1)


def payments(count: int) -> bytes:
    """A payment roster of so many families in Jatimulyo."""
    return text_table([PAYMENT_HEADER, *(payment(**_recipient(number)) for number in range(count))])


def _recipient(number: int) -> dict[str, str]:
    born, issued = _EPOCH + timedelta(days=number % 9000), date(2005, 1, 1) + timedelta(days=number % 7000)
    serial = f"{number // 7000 + 1:04d}"
    return {
        "NIK_KTP": f"357399{born.day + 40:02d}{born:%m%y}{serial}", "NOKK": f"357399{issued:%d%m%y}{serial}",
        "NAMA_PENERIMA": f"SITI {'ABCDEFGHIJ'[number % 10]}{number % 97}NAH", "NAMA_KEC": "LOWOKWARU", "NAMA_KEL": "JATIMULYO",
        "KODE_WILAYAH": JATIMULYO,
    }  # fmt: skip
