"""Form fields: what people type becomes values of the rules, or a sentence that says what is wrong; closed sets are offered
as pairs of value and words."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any

import lokal
import wtforms
from flask import current_app
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage
from wtforms import Field, IntegerField, SelectField, SelectMultipleField, StringField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.form import BaseForm
from wtforms.validators import StopValidation
from wtforms.widgets import CheckboxInput

from portal.kernel import identity
from portal.kernel.terms import Rejected
from portal.kernel.typed import MOST, YEARS, numbers, parse_rupiah
from portal.web import labels, texts
from portal.web.forms import is_key


class _Offers:
    """Takes plain pairs as choices, where WTForms wants objects of its own. `to` makes the value (`int`, an enum); nothing
    chosen is None. Without choices a closed set offers its members in their words, after a dash if they may be `unknown`."""

    def __init__(
        self, *args: object, to: Callable[[str], object] = str, choices: Sequence[object] | None = None, unknown: bool = False,
        **options: object,
    ) -> None:  # fmt: skip
        if choices is None and isinstance(to, type) and issubclass(to, StrEnum):
            choices = [("", texts.UNKNOWN)] * unknown + [(str(one), labels.LABELS[to][one]) for one in to]
        offered = None if choices is None else [_choice(one) for one in choices]
        made = {"choices": offered, "coerce": _value_or_none(to), **options}
        super().__init__(*args, **made)


def _choice(one: Any) -> SelectChoice:
    return one if isinstance(one, SelectChoice) else SelectChoice(*one)


def _value_or_none(to: Callable[[str], object]) -> Callable[[Any], object]:
    return lambda value: None if value in (None, "") else to(value)


class ChoiceField(_Offers, SelectField):
    """One of many; `choices` may be given when the form is made."""


class RadioField(_Offers, wtforms.RadioField):
    """One of a few, all in sight."""

    is_choice = True


class TicksField(_Offers, SelectMultipleField):
    """Boxes to tick, any number of them: a tuple of values."""

    option_widget = CheckboxInput()
    is_choice = True

    def process_data(self, value: Sequence[Any] | None) -> None:
        self.data = tuple(self.coerce(one) for one in value or ())

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        self.data = tuple(self.data or ())


class AreaField(ChoiceField):
    """A kelurahan by its code; call `offer()` when the form is made."""

    def __init__(self, *args: object, **options: Any) -> None:
        super().__init__(*args, **{"choices": [], **options})

    def offer(self, districts: Mapping[str, Sequence[tuple[str, str]]]) -> None:
        """Kelurahan by kecamatan: `{"Blimbing": [("35.73.01.1001", "Balearjosari"), …]}`."""
        named = [SelectChoice(code, name, optgroup=district) for district, some in districts.items() for code, name in some]
        self.choices = [SelectChoice("", texts.UNKNOWN), *named]


_GROUPED = re.compile(r"\d{1,3}(\.\d{3})+")


class WholeField(IntegerField):
    """A whole number, also as the portal writes it, `1.000`; one that no column holds is none. (Beyond 308 digits the bounds
    of WTForms would break on it.)"""

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = valuelist[0].strip() if valuelist else ""
        if _GROUPED.fullmatch(typed):
            typed = typed.replace(".", "")
        fits = len(typed) <= len(str(MOST))
        super().process_formdata([typed if fits else "–"] if valuelist else [])


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

    def pre_validate(self, form: BaseForm) -> None:
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
            return parse_rupiah(text)
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
        raise ValueError(str(labels.NUMBER_ERRORS[found.errors[0]]))
    return found.digits


class DateField(wtforms.DateField):
    """Renders type=date; without one, people write `24/11/2026` or `24 Nov 2026`. Years of nobody's life are slips."""

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
            if found.year not in YEARS:
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

    def __init__(self, *args: object, kind: str, most: int = 1, **options: object) -> None:
        super().__init__(*args, **options)
        self.kind, self.most = kind, most

    def process_data(self, value: Sequence[int] | None) -> None:
        self.data = tuple(value or ())
        self.files: list[FileStorage] = []

    def process_formdata(self, valuelist: list[object]) -> None:
        self.data = tuple(numbers(value for value in valuelist if isinstance(value, str)))
        self.files = [value for value in valuelist if isinstance(value, FileStorage) and value.filename]

    def pre_validate(self, form: BaseForm) -> None:
        problems = [problem for problem in (self._stage(file, form["key"].data) for file in self.files) if problem]
        self.files = []
        if len(self.data) > self.most:
            problems.append(_("Paling banyak %(most)d berkas.", most=self.most))
        if problems:
            raise StopValidation(" ".join(problems))

    def _stage(self, file: FileStorage, key: str | None) -> str | None:
        if not is_key(key):
            return None  # no form of ours: the key's own error says so
        try:
            staged = current_app.extensions["staging"](self.kind, file, key)
            self.data = tuple(dict.fromkeys((*self.data, staged)))
        except Rejected as error:
            return f"{file.filename}: {labels.UPLOAD_ERRORS[error.code]}"
        return None


class Chosen:
    """Validator: something must be there, also a tuple that is not empty. Says so in the field's `required` flag."""

    field_flags = {"required": True}

    def __call__(self, form: BaseForm, field: Field) -> None:
        if field.data in (None, "", ()):
            raise StopValidation("" if field.errors else _("Wajib diisi."))


class NotAfter:
    """Validator: a date up to today, since what is recorded has happened."""

    def __call__(self, form: BaseForm, field: Field) -> None:
        if field.data and field.data > texts.today():
            raise ValidationError(_("Tanggal ini belum tiba."))


class After:
    """Validator: a date that is still to come."""

    def __call__(self, form: BaseForm, field: Field) -> None:
        if field.data and field.data <= texts.today():
            raise ValidationError(_("Pilih tanggal setelah hari ini."))
