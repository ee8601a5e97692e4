"""`/pengaturan`: values that change over time, each from a day on and with its source."""

from typing import Any

from flask import Blueprint, Response, abort, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import Length

from portal.assessment.words import results
from portal.kernel import gate, policy, settings
from portal.kernel.terms import Refused
from portal.office.records import office
from portal.web import access, responses, texts
from portal.web.fields import Chosen, DateField, Form, RadioField, TrimmedString

bp = Blueprint("settings", __name__, url_prefix="/pengaturan")

NAMES = {
    "agency_name": _l("Nama dinas"),
    "poverty_line": _l("Garis kemiskinan, per orang per bulan"),
    "minimum_wage": _l("UMK, per bulan"),
    "suspend_from_decile": _l("Ditangguhkan mulai desil"),
    "elderly_age": _l("Usia lansia"),
    "evidence_days": _l("Masa berlaku bukti, hari"),
    "monitoring_months": _l("Kunjungan pemantauan, bulan sesudah graduasi"),
    "facilitator_yearly_target": _l("Graduasi per pendamping per tahun"),
    "programme_exit_counts": _l("Graduasi program dihitung ke target"),
    "visit_every_months": _l("Kunjungan rutin, tiap berapa bulan"),
    "benefit_pregnant": _l("Indeks ibu hamil, per tahun"),
    "benefit_early_childhood": _l("Indeks anak usia dini, per tahun"),
    "benefit_primary": _l("Indeks SD, per tahun"),
    "benefit_junior_secondary": _l("Indeks SMP, per tahun"),
    "benefit_senior_secondary": _l("Indeks SMA, per tahun"),
    "benefit_elderly": _l("Indeks lansia, per tahun"),
    "benefit_severe_disability": _l("Indeks disabilitas berat, per tahun"),
    "benefit_rights_victim": _l("Indeks korban pelanggaran HAM berat, per tahun"),
    "income_met_percent": _l("Kesiapan: penghasilan per orang terpenuhi mulai, persen garis kemiskinan"),
    "income_near_percent": _l("Kesiapan: penghasilan per orang hampir terpenuhi mulai, persen garis kemiskinan"),
    "stable_months": _l("Kesiapan: penghasilan tetap mulai, bulan dari 12 bulan"),
    "umk_met_percent": _l("Kesiapan: penghasilan keluarga terpenuhi mulai, persen UMK"),
    "umk_near_percent": _l("Kesiapan: penghasilan keluarga hampir terpenuhi mulai, persen UMK"),
    "food_share_met": _l("Kesiapan: belanja makan terpenuhi sampai, persen pengeluaran"),
    "food_share_near": _l("Kesiapan: belanja makan hampir terpenuhi sampai, persen pengeluaran"),
    "savings_met": _l("Kesiapan: simpanan paling sedikit"),
    "debt_share_met": _l("Kesiapan: cicilan paling banyak, persen penghasilan"),
    "decile_met": _l("Kesiapan: desil terpenuhi mulai"),
    "decile_quarters": _l("Kesiapan: desil dilihat selama, triwulan"),
    "decile_caution": _l("Kesiapan: perlu kehati-hatian sampai desil"),
    "sessions_met": _l("Kesiapan: kehadiran P2K2 terpenuhi mulai, kali setahun"),
    "sessions_near": _l("Kesiapan: kehadiran P2K2 hampir terpenuhi mulai, kali setahun"),
    "earners_met_percent": _l("Kesiapan: pencari nafkah terpenuhi mulai, persen tanggungan"),
    "earners_near_percent": _l("Kesiapan: pencari nafkah hampir terpenuhi mulai, persen tanggungan"),
}
HELP = {
    "money": _l("Rupiah, misalnya 737.954"),
    "number": _l("Bilangan bulat"),
    "months": _l("Bulan dipisah koma, misalnya 3,6,9,12"),
    "choice": _l("Pilih salah satu."),
    "text": _l("Teks"),
}

texts.REFUSALS.update(
    {"setting_unknown": _l("Pengaturan ini tidak dikenal."), "value_impossible": _l("Nilai ini tidak bisa dipakai di sini.")}
)


class ValueForm(Form):
    value = TrimmedString(_l("Nilai"), [Chosen(), Length(max=200)])
    valid_from = DateField(_l("Berlaku mulai"), [Chosen()])
    source = TrimmedString(_l("Sumber, misalnya nomor keputusan"), [Chosen(), Length(max=300)])


class ChoiceForm(ValueForm):
    value = RadioField(_l("Nilai"), [Chosen()])


@bp.get("")
@access.signed_in("setting.view")
def index() -> Response:
    now = settings.in_force(texts.today())
    rows = [(key, NAMES[key], shown(key, now.values[key].value), now.values[key]) for key in settings.DEFINITIONS]
    return responses.page("office/settings/index.html", rows=rows, said=results.source)


@bp.get("/<key>")
@access.signed_in("setting.view")
def show(key: str) -> Response:
    return responses.page("office/settings/show.html", "office/settings/_value.html", **_value(key))


@bp.post("/<key>")
@access.signed_in("setting.manage")
def save(key: str) -> Response:
    context = _value(key)
    form = context["form"]
    if not form.validate():
        return responses.invalid("office/settings/show.html", "office/settings/_value.html", **context)
    told = {"value": form.value.data, "valid_from": form.valid_from.data, "source": form.source.data}
    try:
        office.set_value(access.actor(), key, **told, key=form.key.data)
    except (Refused, gate.KeyReused) as error:
        return responses.problem(error, "office/settings/show.html", "office/settings/_value.html", **context)
    return responses.done(url_for(".show", key=key), _("Pengaturan tersimpan"))


def shown(key: str, value: str) -> str:
    """A stored value for people."""
    kind = settings.DEFINITIONS[key].kind
    if kind == "money":
        return texts.rupiah(int(value))
    if kind == "choice":
        return texts.yes_or_no(value == "yes")
    return value


def _form(key: str, definition: settings.Definition) -> ValueForm:
    data = {"valid_from": texts.today()}
    if not definition.choices:
        return ValueForm(data=data)
    form = ChoiceForm(data=data)
    form.value.choices = [(choice, shown(key, choice)) for choice in definition.choices]
    return form


def _value(key: str) -> dict[str, Any]:
    definition = settings.DEFINITIONS.get(key) or abort(404)
    known = {definition.valid_from: (shown(key, definition.default), results.source(definition.source))}
    known.update({row.valid_from: (shown(key, row.value), results.source(row.source)) for row in settings.history(key)})
    return {
        "key": key, "name": NAMES[key], "help": HELP[definition.kind], "known": sorted(known.items(), reverse=True),
        "form": _form(key, definition),
        "may_manage": policy.may(access.actor(), "setting.manage"),
    }  # fmt: skip
