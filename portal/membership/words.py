"""Words of the membership slice."""

from flask_babel import lazy_gettext as _

from portal.membership.rules import IneligibleBecause
from portal.web.texts import Words

WORDS = Words(
    labels={
        IneligibleBecause: {
            IneligibleBecause.DECEASED: _("Meninggal"),
            IneligibleBecause.MOVED: _("Pindah"),
            IneligibleBecause.DUPLICATE: _("Ganda"),
            IneligibleBecause.NOT_FOUND: _("Tidak ditemukan"),
            IneligibleBecause.REFUSED: _("Menolak bantuan"),
            IneligibleBecause.CIVIL_SERVANT: _("ASN/TNI/Polri"),
            IneligibleBecause.DECILE: _("Desil di atas batas"),
        },
    }
)
