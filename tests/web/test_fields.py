"""What people type, and what it becomes; forms that make themselves from facts; WTForms' messages in our words."""

import ast
import io
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path

import flask_wtf
import pytest
import time_machine
import wtforms
from werkzeug.datastructures import FileStorage

from portal.evidence.records import Rejected
from portal.graduation.rules import Counselling, Effective, Plan
from portal.kernel.terms import Presence
from portal.kernel.workflow import Decision
from portal.membership.rules import IneligibleExit
from portal.nomination.rules import Assignee, Deliberation, FieldCheck
from portal.web import labels, texts
from portal.web.fields import (
    AreaField,
    ChoiceField,
    Chosen,
    DateField,
    EvidenceField,
    KkField,
    LinesField,
    NikField,
    PhoneField,
    RadioField,
    RupiahField,
    TicksField,
    TrimmedString,
    TrimmedText,
)
from portal.web.forms import MESSAGES, Form, Translations
from portal.web.steps import facts_form
from tests import cast
from tests.flows import FLOWS

KEY = "a" * 32


class EveryForm(Form):
    class Meta(Form.Meta):
        csrf = False

    name = TrimmedString("Nama", [Chosen()])
    note = TrimmedText("Catatan")
    lines = LinesField("Baris")
    income = RupiahField("Penghasilan")
    phone = PhoneField("HP")
    nik = NikField("NIK")
    kk = KkField("KK")
    day = DateField("Tanggal")
    area = AreaField("Kelurahan")
    presence = ChoiceField("Keberadaan", choices=[("", "–"), *((str(one), one) for one in Presence)], to=Presence)
    photos = EvidenceField("Foto", kind="visit_photo", most=2)


def typed(app, form=EveryForm, **values):
    """The form as sent by a person who typed `values`."""
    data = {"key": KEY, "name": "Misnati", **values}
    with app.test_request_context("/", method="POST", data=data):
        filled = form()
        if "area" in filled:
            filled.area.offer({"Blimbing": [("35.73.01.1001", "Balearjosari")]})
        filled.validate()
        return filled


@pytest.mark.parametrize("text", ["24/11/2026", "2026-11-24", "24 Nov 2026", "24-11-2026", "24 november 2026", "24.11.2026"])
def test_a_date_is_understood_in_every_usual_way(app, text):
    assert typed(app, day=text).day.data == date(2026, 11, 24)


@pytest.mark.parametrize(("text", "month"), [("1 Agustus 2026", 8), ("1 Okt 2026", 10), ("1 May 2026", 5), ("1 Des 2026", 12)])
def test_months_have_their_names(app, text, month):
    assert typed(app, day=text).day.data.month == month


@pytest.mark.parametrize("text", ["31/02/2026", "besok", "24/11/26", "11/24/2026", "24 Foo 2026", "01/01/0001", "9999-12-31"])
def test_what_is_no_date_comes_back_as_typed(app, text):
    form = typed(app, day=text)
    assert form.day.errors == ["Tanggal belum benar, contoh 24/11/2026."]
    assert text in form.day()


@pytest.mark.parametrize(("text", "amount"), [("1.500.000", 1_500_000), ("1500000", 1_500_000), ("1,5jt", 1_500_000), ("0", 0)])
def test_money_is_understood_in_every_usual_way(app, text, amount):
    assert typed(app, income=text).income.data == amount


def test_what_is_no_money_comes_back_as_typed(app):
    form = typed(app, income="sejuta")
    assert form.income.errors == ["Tulis jumlahnya, misalnya 1.500.000 atau 1,5jt."]
    assert 'value="sejuta"' in form.income()


def test_nothing_typed_is_nothing_never_zero(app):
    form = typed(app, income="", phone=" ", day="", note=" ", presence="", area="")
    assert {form[name].data for name in ("income", "phone", "day", "note", "presence", "area")} == {None}
    assert not form.errors


def test_text_loses_the_space_around(app):
    form = typed(app, name="  Siti   Aminah ", note="satu\r\ndua ")
    assert (form.name.data, form.note.data) == ("Siti Aminah", "satu\ndua")


def test_lines_become_a_list_without_blanks(app):
    assert typed(app, lines=" PKH \n\n BPNT").lines.data == ("PKH", "BPNT")


def test_a_phone_number_is_kept_in_one_shape(app):
    assert typed(app, phone="0812 3456 7890").phone.data == "+6281234567890"
    assert typed(app, phone="12").phone.errors == ["Nomor HP belum benar, contoh 0812 3456 7890."]


def test_a_nik_is_judged_while_it_is_typed(app):
    assert typed(app, nik="3573 9952 0384 0001").nik.data == "3573995203840001"
    assert typed(app, nik="357399520384").nik.errors == ["NIK terdiri dari 16 angka."]
    assert typed(app, nik="5171015203840001").nik.warnings == ("nik_other_city",)


def test_a_kk_number_is_judged_too(app):
    assert typed(app, kk="3573991706150001").kk.data == "3573991706150001"
    assert typed(app, kk="357399170615").kk.errors == ["Nomor KK terdiri dari 16 angka."]


def test_a_choice_becomes_its_value(app):
    assert typed(app, presence="moved").presence.data is Presence.MOVED
    assert typed(app, area="35.73.01.1001").area.data == "35.73.01.1001"


def test_a_choice_that_is_not_offered_is_refused(app):
    assert typed(app, presence="vanished").presence.errors
    assert typed(app, area="35.73.99.9999").area.errors


def test_a_closed_set_offers_all_of_itself_in_words(app):
    class PlacesForm(EveryForm):
        found = RadioField("Keberadaan", to=Presence)
        known = ChoiceField("Keberadaan", to=Presence, unknown=True)
        all_seen = TicksField("Keberadaan", to=Presence)

    words = {str(one): str(labels.LABELS[Presence][one]) for one in Presence}
    form = typed(app, PlacesForm, found="moved", known="", all_seen=["moved", "found"])
    offered = [{str(one.value): str(one.label) for one in field.iter_choices()} for field in (form.found, form.all_seen)]
    assert offered == [words, words]
    assert {str(one.value): str(one.label) for one in form.known.iter_choices()} == {"": "–", **words}
    assert (form.found.data, form.known.data) == (Presence.MOVED, None)
    assert form.all_seen.data == (Presence.MOVED, Presence.FOUND)


def test_what_is_needed_says_so(app):
    form = typed(app, name=" ")
    assert form.name.errors == ["Wajib diisi."]
    assert "required" in form.name()


# --- key and version -----------------------------------------------------------------------------------------------


def test_every_form_has_a_key_of_its_own(app):
    with app.test_request_context("/"):
        assert EveryForm().key.data != EveryForm().key.data


def test_the_key_stays_when_the_form_comes_back(app):
    assert typed(app).key.data == KEY


@pytest.mark.parametrize("key", ["", "short", "G" * 32])
def test_a_form_without_a_good_key_is_refused(app, key):
    form = typed(app, key=key)
    assert form.problems == ["Formulir tidak lengkap. Muat ulang halaman lalu isi lagi."]


def test_who_sends_no_version_has_seen_nothing(app):
    with app.test_request_context("/", method="POST", data={"key": KEY, "name": "x"}):
        assert EveryForm(obj=cast.household("Misnati")).seen.data is None


def test_a_fresh_form_shows_the_version_of_its_row(app):
    row = cast.household("Misnati")
    with app.test_request_context("/"):
        assert EveryForm(obj=row).seen.data == row.version
        assert EveryForm(row=row).seen.data == row.version


def test_what_a_form_begins_with_is_not_what_was_sent(app):
    """A field that was left out, or emptied, is not filled again."""
    begun = {"note": "Seperti biasa", "day": date(2026, 11, 24)}
    with app.test_request_context("/"):
        assert EveryForm(first=begun).changes() | begun == EveryForm(first=begun).changes()
    for day in ({}, {"day": ""}):
        form = typed(app, lambda: EveryForm(first=begun), **day)
        assert (form.day.data, form.note.data) == (None, None)


def test_ids_differ_where_forms_share_a_page(app):
    with app.test_request_context("/"):
        form = EveryForm(ids="h12")
    assert form.name.id == "h12-name"
    assert 'for="h12-name"' in form.name.label()
    assert 'name="name"' in form.name()


def test_changes_are_what_people_filled_in(app):
    assert set(typed(app).changes()) == {one for one in EveryForm.__dict__ if hasattr(EveryForm.__dict__[one], "field_class")}


# --- files ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def shelf(app, monkeypatch):
    """Where staged files go: the number they get is how many there are."""
    kept: list[tuple[str, str]] = []

    def stage(kind: str, file: FileStorage, key: str) -> int:
        if not file.read():
            raise Rejected("empty")
        kept.append((kind, file.filename))
        return len(kept)

    monkeypatch.setitem(app.extensions, "staging", stage)
    return kept


def test_files_that_come_with_the_form_are_staged_and_stay(app, shelf):
    form = typed(app, name="", photos=["41", (io.BytesIO(b"jpeg"), "rumah.jpg")])
    assert form.photos.data == (41, 1)
    assert shelf == [("visit_photo", "rumah.jpg")]


def test_a_file_that_is_not_kept_says_why(app, shelf):
    form = typed(app, photos=[(io.BytesIO(b""), "kosong.jpg"), (io.BytesIO(b"jpeg"), "rumah.jpg")])
    assert form.photos.errors == ["kosong.jpg: berkas ini kosong."]
    assert form.photos.data == (1,)


def test_more_files_than_asked_for_are_refused(app, shelf):
    assert typed(app, photos=["1", "2", "3"]).photos.errors == ["Paling banyak 2 berkas."]


def test_an_empty_file_box_is_no_file(app, shelf):
    assert typed(app, photos=[(io.BytesIO(b""), "")]).photos.data == ()


# --- forms from facts ----------------------------------------------------------------------------------------------

KINDS = dict.fromkeys(step.facts for flow in FLOWS.values() for step in flow.steps if step.facts)


@pytest.mark.parametrize("kind", KINDS)
def test_every_step_has_a_form_that_asks_all_its_facts(app, kind):
    with app.test_request_context("/"):
        form = facts_form(kind)()
        assert [one.short_name for one in form.shown()] == [one.name for one in fields(kind)]
        assert all(str(one.label.text) for one in form.shown())


def test_a_filled_in_form_gives_the_facts(app):
    sent = {"held_on": "24/11/2025", "present": "Misnati\nSari", "conversation": "Ingin mandiri", "aid_stops": "PKH"}
    form = typed(app, facts_form(Counselling), **sent)
    assert not {name: errors for name, errors in form.errors.items() if name != "csrf_token"}
    assert form.facts() == Counselling(date(2025, 11, 24), ("Misnati", "Sari"), "Ingin mandiri", ("PKH",), ())


def test_what_a_fact_needs_the_form_needs(app):
    form = typed(app, facts_form(Counselling))
    assert {"held_on", "present", "conversation", "aid_stops"} <= set(form.errors)
    assert "aid_continues" not in form.errors


def test_what_may_be_left_out_takes_its_default(app):
    assert typed(app, facts_form(Decision)).facts() == Decision("", "")


@time_machine.travel("2026-11-24 10:00+07:00", tick=False)
def test_what_was_recorded_cannot_lie_ahead_and_a_plan_cannot_lie_behind(app):
    assert typed(app, facts_form(Effective), effective_on="25/11/2026").errors["effective_on"]
    assert "effective_on" not in typed(app, facts_form(Effective), effective_on="24/11/2026").errors
    assert typed(app, facts_form(Plan), plan="x", review_on="24/11/2026").errors["review_on"]
    assert "review_on" not in typed(app, facts_form(Plan), plan="x", review_on="25/11/2026").errors


@pytest.mark.parametrize("present", ["Misnati\n" * 31, "x" * 301])
def test_a_list_is_no_place_for_a_book(app, present):
    assert "30 baris" in typed(app, facts_form(Counselling), present=present).errors["present"][0]


@pytest.mark.parametrize("attendees", ["10000", "9" * 4000, "-1"])
def test_nobody_counts_that_many_at_a_meeting(app, attendees):
    assert typed(app, facts_form(Deliberation), attendees=attendees).errors["attendees"]


def test_limits_of_facts_are_limits_of_the_form(app):
    form = typed(app, facts_form(FieldCheck), household_size="0", housing="x" * 2001)
    assert form.errors["household_size"] == ["Paling kecil 1."]
    assert form.errors["housing"] == ["Paling banyak 2000 karakter."]


def test_a_picker_takes_the_choices_it_is_given(app):
    with app.test_request_context("/", method="POST", data={"key": KEY, "facilitator": "7"}):
        form = facts_form(Assignee)(choices={"facilitator": [(7, "Sari"), (8, "Joko")]})
        form.validate()
    assert form.facts() == Assignee(7)


def test_few_choices_are_radios_and_many_a_list(app):
    @dataclass(frozen=True)
    class Found:
        note: Presence
        reason: str | None = None
        batch: int | None = field(default=None, metadata={"unit": "rupiah"})

    with app.test_request_context("/"):
        form = facts_form(Found)()
        assert facts_form(IneligibleExit)().because.type == "ChoiceField"
    assert form.note.type == "RadioField"
    assert form.batch.type == "RupiahField"
    assert not form.reason.flags.required


def test_a_fact_without_words_is_found_at_once(app):
    @dataclass(frozen=True)
    class Wordless:
        nameless: str

    with pytest.raises(KeyError):
        facts_form(Wordless)


def test_every_step_of_every_flow_has_words(app):
    with app.test_request_context("/"):
        for flow in FLOWS.values():
            assert all(str(texts.step(flow.name, step.name)) for step in flow.steps)
            assert all(str(texts.label(state, flow.name)) for state in flow.states)
            assert all(str(labels.NEEDS[need]) for step in flow.steps for need in step.needs)


# --- messages ------------------------------------------------------------------------------------------------------


def _own_messages() -> set[str]:
    """Every text that WTForms and Flask-WTF pass to gettext."""
    found = set()
    for package in (wtforms, flask_wtf):
        for path in Path(package.__file__).parent.rglob("*.py"):
            calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
            for call in calls:
                name = getattr(call.func, "attr", getattr(call.func, "id", ""))
                count = {"gettext": 1, "ngettext": 2}.get(name, 0)
                found |= {argument.value for argument in call.args[:count] if isinstance(argument, ast.Constant)}
    return found


def test_wtforms_says_nothing_that_is_not_ours(app):
    own = _own_messages()
    assert len(own) > 30
    assert own - set(MESSAGES) == set()


def test_its_messages_are_indonesian_with_their_numbers_in_place(app):
    with app.test_request_context("/"):
        said = Translations()
        assert said.gettext("This field is required.") == "Wajib diisi."
        assert said.ngettext("Field cannot be longer than %(max)d character.", "…", 1) == "Paling banyak %(max)d karakter."
        assert all(str(text) != english for english, text in MESSAGES.items())
