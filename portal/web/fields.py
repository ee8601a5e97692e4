"""Forms and form fields: what people type becomes values of the rules, or a sentence that says what is wrong.

Every form carries `csrf_token`, `key` (fresh per form, kept when it comes back) and `seen` (the version it shows).
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any
from uuid import uuid4

import lokal
from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.datastructures import FileStorage
from wtforms import DateField as WtDateField
from wtforms import Field, HiddenField, IntegerField, StringField, TextAreaField, ValidationError
from wtforms.validators import StopValidation
from wtforms.widgets import HiddenInput

from portal.kernel import gate, identity, money, sent
from portal.kernel.terms import Refused, Rejected
from portal.web import texts
from portal.web.choices import AreaField, ChoiceField, RadioField, TicksField
from portal.web.messages import Translations

__all__ = ["AreaField", "ChoiceField", "RadioField", "TicksField"]

_KEY = re.compile(r"[0-9a-f]{32}")


def new_key() -> str:
    """A fresh idempotency key."""
    return uuid4().hex


class KeyField(HiddenField):
    """The idempotency key. A POST without a well-formed one is refused, never given a fresh one."""

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = valuelist[0] if valuelist else None

    def pre_validate(self, form: Any) -> None:
        if not _KEY.fullmatch(self.data or ""):
            raise StopValidation(_("Formulir tidak lengkap. Muat ulang halaman lalu isi lagi."))


_GROUPED = re.compile(r"\d{1,3}(\.\d{3})+")


class WholeField(IntegerField):
    """A whole number, also as the portal writes it, `1.000`; one that no column holds is none. (Beyond 308 digits the bounds
    of WTForms would break on it.)"""

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = valuelist[0].strip() if valuelist else ""
        if _GROUPED.fullmatch(typed):
            typed = typed.replace(".", "")
        fits = len(typed) <= len(str(sent.MOST))
        super().process_formdata([typed if fits else "–"] if valuelist else [])


class SeenField(IntegerField):
    """The version that was shown. A POST that leaves it out has seen nothing: None, never today's version."""

    data: Any
    widget = HiddenInput()

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = int(valuelist[0]) if valuelist and sent.is_number(valuelist[0]) else None


class Form(FlaskForm):
    """Parent of every form. `ids` sets element ids apart where several forms share a page: `Form(ids="h12")`."""

    key = KeyField(default=new_key)
    seen = SeenField()
    fault = _l("Belum tersimpan. Periksa ini dulu:")
    """What the summary of errors says first."""

    class Meta(FlaskForm.Meta):
        def get_translations(self, form: Any) -> Translations:
            return Translations()

    def __init__(self, *args: Any, ids: str = "", row: Any = None, **values: Any) -> None:
        """`obj` fills the fields and says which version is seen; `row` only says the version."""
        self.row = row if row is not None else values.get("obj")
        self.stale: dict[str, tuple[Any, Any]] = {}
        super().__init__(*args, **{"seen": getattr(self.row, "version", None), **values})
        self._set_ids(ids)

    def shown(self) -> Iterator[Field]:
        """The fields people fill in, in order."""
        return (field for field in self if not isinstance(field.widget, HiddenInput))

    @property
    def problems(self) -> list[str]:
        """What is wrong with the form as a whole."""
        return [*self.form_errors, *self.key.errors]

    def renew(self) -> None:
        """A fresh key, for a form that was answered and stays on screen: what it sends next is something new."""
        self.key.data = new_key()

    def changes(self) -> dict[str, Any]:
        """What was filled in, by field name; without key, seen and token."""
        return {field.short_name: field.data for field in self.shown()}

    def take(self, error: Exception) -> None:
        """Show what the gate refused: a rule's sentence, at its field if it is about one of these, or what somebody else
        saved meanwhile (`stale`)."""
        if isinstance(error, Refused):
            field = self._fields.get(error.facts.get("field", ""))
            faults = self.form_errors if field is None else field.errors
            faults[:] = [*faults, texts.refusal(error)]
            return
        self.stale = error.fields if isinstance(error, gate.Stale) else {}
        self.seen.data = getattr(self.row, "version", self.seen.data)  # having seen both values, the next try may pass
        self.form_errors.append(_stale_sentence(error))

    def _set_ids(self, ids: str) -> None:
        for field in self:
            field.id = f"{ids}-{field.short_name}" if ids else field.short_name
            field.label.field_id = field.id


def _stale_sentence(error: Exception) -> str:
    if isinstance(error, gate.Stale):
        return _("Orang lain sudah menyimpan lebih dulu. Yang Anda ketik belum hilang: periksa lalu simpan lagi.")
    return texts.left_alone(error)


def visible(text: str) -> str:
    """Without what nobody sees, as phones and spreadsheets paste it along: control characters, joiners, direction marks.
    They make a name that is empty, or that turns around what stands beside it."""
    return "".join(one for one in text if one in "\n\r\t" or unicodedata.category(one) not in _UNSEEN)


_UNSEEN = frozenset({"Cc", "Cf", "Cs"})


class TrimmedString(StringField):
    """One line without space around; nothing typed is None."""

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            self.data = " ".join(visible(valuelist[0]).split()) or None


class TrimmedText(TextAreaField):
    """Several lines; nothing typed is None."""

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            self.data = visible(valuelist[0]).replace("\r\n", "\n").strip() or None


class LinesField(TextAreaField):
    """A list, one item a line: a tuple of texts without blanks."""

    LINES, LETTERS = 30, 300

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            lines = (" ".join(line.split()) for line in visible(valuelist[0]).splitlines())
            self.data = tuple(line for line in lines if line)

    def pre_validate(self, form: Any) -> None:
        lines = self.data or ()
        if len(lines) > self.LINES or any(len(line) > self.LETTERS for line in lines):
            most = {"lines": self.LINES, "letters": self.LETTERS}
            raise StopValidation(_("Paling banyak %(lines)d baris, masing-masing sampai %(letters)d huruf.", **most))

    def _value(self) -> str:
        return "\n".join(self.data or ())


class TypedField(StringField):
    """A value written as text: shows again what was typed, while `data` is what it means."""

    input_mode: str | None = None

    def read(self, text: str) -> Any:
        """The value of what was typed. Raises ValueError with a sentence for people."""
        raise NotImplementedError

    def write(self, value: Any) -> str:
        return str(value)

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist:
            return
        text = visible(valuelist[0]).strip()
        self.data = None
        if text:
            self.data = self.read(text)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.write(self.data)


class RupiahField(TypedField):
    """Whole rupiah; takes `1.500.000`, `1500000` and `1,5jt`."""

    input_mode = "decimal"

    def read(self, text: str) -> int:
        try:
            return money.parse_rupiah(text)
        except ValueError as error:
            raise ValueError(_("Tulis jumlahnya, misalnya 1.500.000 atau 1,5jt.")) from error

    def write(self, value: int) -> str:
        return texts.number(value)


class PhoneField(TypedField):
    """An Indonesian mobile number, kept as +62…"""

    input_mode = "tel"

    def read(self, text: str) -> str:
        phone = lokal.normalize_phone(text)
        if phone is None:
            raise ValueError(_("Nomor HP belum benar, contoh 0812 3456 7890."))
        return phone


class NikField(TypedField):
    """16 digits that can be a NIK; `warnings` are codes for a person to look at."""

    input_mode = "numeric"
    warnings: tuple[str, ...] = ()

    def read(self, text: str) -> str:
        found = identity.check_nik(text, today=texts.today())
        self.warnings = found.warnings
        return _digits(found)


class KkField(TypedField):
    """16 digits that can be a KK number."""

    input_mode = "numeric"

    def read(self, text: str) -> str:
        return _digits(identity.check_kk(text, today=texts.today()))


def _digits(found: identity.NikCheck | identity.KkCheck) -> str:
    if not found.valid or found.digits is None:
        raise ValueError(texts.number_error(found.errors[0]))
    return found.digits


class DateField(WtDateField):
    """Renders type=date; without one, people write `24/11/2026` or `24 Nov 2026`. Years of nobody's life are slips."""

    _YEARS = range(1900, 3000)

    _MONTHS = ["jan", "feb", "mar", "apr", "mei", "jun", "jul", "agu", "sep", "okt", "nov", "des"]
    _ENGLISH = {"may": "mei", "aug": "agu", "ags": "agu", "oct": "okt", "dec": "des", "nop": "nov", "peb": "feb"}

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist:
            return
        text = " ".join(valuelist).strip()
        self.data = self._read(text) if text else None

    def _read(self, text: str) -> date:
        parts = re.split(r"[\s/.-]+", text.lower())
        if len(parts[0]) == 4:
            parts.reverse()
        try:
            day, month, year = parts
            if len(year) != 4:
                raise ValueError("a year has four digits")
            found = date(int(year), self._month(month), int(day))
            if found.year not in self._YEARS:
                raise ValueError("a year of ours")
            return found
        except ValueError as error:
            raise ValueError(_("Tanggal belum benar, contoh 24/11/2026.")) from error

    def _month(self, text: str) -> int:
        if text.isdecimal():
            return int(text)
        return self._MONTHS.index(self._ENGLISH.get(text[:3], text[:3])) + 1


class EvidenceField(Field):
    """Ids of staged files. Hidden inputs carry what was staged before; files of the same name are staged now.

    `kind` says what the files prove. Without JavaScript the files come with the form and stay staged when it is sent
    back; with it, app.js has staged them one by one. `app.extensions["staging"](kind, file, key)` keeps a file and returns
    its id, or raises Rejected; the form's key makes the same file of the same form, sent again, the same id.
    """

    def __init__(self, label: Any = None, validators: Any = None, *, kind: str, most: int = 1, **options: Any) -> None:
        super().__init__(label, validators, **options)
        self.kind, self.most = kind, most

    def process_data(self, value: Sequence[int] | None) -> None:
        self.data = tuple(value or ())
        self.files: list[FileStorage] = []

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = tuple(sent.numbers(value for value in valuelist if isinstance(value, str)))
        self.files = [value for value in valuelist if isinstance(value, FileStorage) and value.filename]

    def pre_validate(self, form: Any) -> None:
        problems = [problem for problem in (self._stage(file, form.key.data) for file in self.files) if problem]
        self.files = []
        if len(self.data) > self.most:
            problems.append(_("Paling banyak %(most)d berkas.", most=self.most))
        if problems:
            raise StopValidation(" ".join(problems))

    def _stage(self, file: FileStorage, key: Any) -> str | None:
        if not _KEY.fullmatch(key or ""):
            return None  # no form of ours: the key's own error says so
        try:
            staged = current_app.extensions["staging"](self.kind, file, key)
            self.data = tuple(dict.fromkeys((*self.data, staged)))
        except Rejected as error:
            return f"{file.filename}: {texts.upload_error(error.code)}"
        return None


class Chosen:
    """Validator: something must be there, also a tuple that is not empty. Says so in the field's `required` flag."""

    field_flags = {"required": True}

    def __call__(self, form: Any, field: Field) -> None:
        if field.data in (None, "", ()):
            raise StopValidation("" if field.errors else _("Wajib diisi."))


class NotAfter:
    """Validator: a date up to today, since what is recorded has happened."""

    def __call__(self, form: Any, field: Field) -> None:
        if field.data and field.data > texts.today():
            raise ValidationError(_("Tanggal ini belum tiba."))


class After:
    """Validator: a date that is still to come."""

    def __call__(self, form: Any, field: Field) -> None:
        if field.data and field.data <= texts.today():
            raise ValidationError(_("Pilih tanggal setelah hari ini."))
