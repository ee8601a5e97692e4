"""Words of the graduation slice."""

from flask_babel import lazy_gettext as _

from portal.graduation.rules.flow import WayOut
from portal.web.texts import Words

WORDS = Words(
    labels={
        WayOut: {
            WayOut.INDEPENDENT: _("Graduasi mandiri"),
            WayOut.PROGRAMME: _("Graduasi program (PPSE/PENA)"),
        },
    }
)
