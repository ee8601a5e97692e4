"""What this capability is made of."""

from flask_babel import lazy_gettext as _

from portal.evidence import records
from portal.evidence.pages import bp
from portal.web.slices import Slice, Words

WORDS = Words(
    refusals={"evidence_unknown": _("Berkas yang dilampirkan tidak ditemukan. Unggah lagi.")},
    actions={
        "evidence.stage": _("Mengunggah berkas"),
        "evidence.view": _("Membuka berkas yang terlihat baginya"),
    },
    subjects={"evidence": _("berkas")},
)
SLICE = Slice(name="evidence", pages=(bp,), words=WORDS, claim=records.claim)
