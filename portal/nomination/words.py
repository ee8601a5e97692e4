"""Words of the nomination slice."""

from flask_babel import lazy_gettext as _

from portal.web.texts import Words

GROUPS = {
    "preparing": _("Disiapkan"),
    "deliberating": _("Muskel"),
    "assigning": _("Menunggu pemeriksa"),
    "checking": _("Cek lapangan"),
    "deciding": _("Menunggu keputusan"),
    "approved": _("Disetujui"),
    "waiting": _("Di pusat"),
    "ended": _("Selesai"),
}
"""The tabs of the list."""

WORDS = Words()
