"""PKH components in words: how long somebody holds one, and why the programme does not pay for it."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.family.rules.components import SCHOOL_UNTIL, SCHOOLS, Entitlement, Holding, Uncounted, age_on
from portal.kernel.terms import Component
from portal.web import texts

texts.LABELS[Uncounted] = {
    Uncounted.SAME_PERSON: _l("tidak dihitung: satu komponen per orang"),
    Uncounted.KIND_FULL: _l("tidak dihitung: sudah dua dalam keluarga"),
    Uncounted.FAMILY_FULL: _l("tidak dihitung: sudah empat orang"),
}
PRESUMED: dict[Component, LazyString] = {
    Component.PREGNANT: _l("perkiraan lahir %(day)s"),
    Component.EARLY_CHILDHOOD: _l("menurut umur sampai %(day)s"),
    **dict.fromkeys(SCHOOLS, _l("sampai tamat, paling lama %(day)s (umur %(age)s)")),
}


def until(held: Entitlement | Holding) -> str:
    """What only an age or an expected birth says is told as such: nobody knows yet when school ends."""
    if held.until is None:
        return _without_end(held)
    said = PRESUMED[held.component] if held.presumed else _l("sampai %(day)s")
    return str(said) % {"day": texts.day(held.until), "age": SCHOOL_UNTIL}


def _without_end(held: Entitlement | Holding) -> str:
    if held.component in SCHOOLS:
        return _("sampai tamat; tanggal lahir belum ada")
    if isinstance(held, Entitlement) and held.since and held.person.birth_date:
        return _("sejak umur %(age)s, %(day)s", age=age_on(held.person.birth_date, held.since), day=texts.day(held.since))
    return _("tanpa batas waktu")
