"""The words for a year and its targets."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.board.lists.yearly import Standing
from portal.web import texts
from portal.web.slices import Words

WORDS = Words(
    refusals={
        "closed_already": _l("Tahun ini sudah ditutup."),
        "year_not_over": _l("Tahun ini belum selesai, jadi belum bisa ditutup."),
        "target_impossible": _l("Tulis target antara 0 dan 100.000."),
    },
    actions={
        "board.view": _l("Melihat capaian"),
        "quality.view": _l("Melihat mutu data"),
        "target.set": _l("Menetapkan target"),
        "year.close": _l("Menutup tahun"),
        "home.view": _l("Membuka beranda"),
    },
    events={"target.set": _l("Target ditetapkan"), "year.close": _l("Tahun ditutup")},
    subjects={"targets": _l("target")},
)


def pace(board: Standing) -> str:
    """How the year stands, in one sentence."""
    pace = board.pace
    if not pace.target:
        return _("Belum ada target untuk %(year)s.", year=board.year)
    if not pace.missing:
        return _("Target tercapai.")
    if pace.needed_per_month is None:
        return _("Kurang %(missing)s dari target.", missing=texts.number(pace.missing))
    return ngettext(
        "Perlu %(count)s keluarga per bulan sampai akhir tahun.",
        "Perlu %(count)s keluarga per bulan sampai akhir tahun.",
        pace.needed_per_month,
        count=texts.number(pace.needed_per_month),
    )
