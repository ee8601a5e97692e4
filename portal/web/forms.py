"""The form behind every form: it tells what the gate refused. It carries `csrf_token`, `key` (fresh per form, kept when it
comes back) and `seen` (the version it shows). WTForms' own messages go through our catalogs: its English text leads to our
Indonesian one, and Babel from there."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

from flask_babel import gettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, IntegerField
from wtforms.validators import StopValidation
from wtforms.widgets import HiddenInput

from portal.kernel import gate, typed
from portal.kernel.terms import Refused
from portal.web import texts

MESSAGES: dict[str, LazyString] = {
    "Invalid field name '%s'.": _l("Nama isian '%s' tidak dikenal."),
    "Field must be equal to %(other_name)s.": _l("Harus sama dengan %(other_name)s."),
    "Field must be at least %(min)d character long.": _l("Paling sedikit %(min)d karakter."),
    "Field must be at least %(min)d characters long.": _l("Paling sedikit %(min)d karakter."),
    "Field cannot be longer than %(max)d character.": _l("Paling banyak %(max)d karakter."),
    "Field cannot be longer than %(max)d characters.": _l("Paling banyak %(max)d karakter."),
    "Field must be exactly %(max)d character long.": _l("Harus tepat %(max)d karakter."),
    "Field must be exactly %(max)d characters long.": _l("Harus tepat %(max)d karakter."),
    "Field must be between %(min)d and %(max)d characters long.": _l("Harus %(min)d sampai %(max)d karakter."),
    "Number must be at least %(min)s.": _l("Paling kecil %(min)s."),
    "Number must be at most %(max)s.": _l("Paling besar %(max)s."),
    "Number must be between %(min)s and %(max)s.": _l("Harus antara %(min)s dan %(max)s."),
    "Date must be at least %(min)s.": _l("Tanggal paling awal %(min)s."),
    "Date must be at most %(max)s.": _l("Tanggal paling akhir %(max)s."),
    "Date must be between %(min)s and %(max)s.": _l("Tanggal harus antara %(min)s dan %(max)s."),
    "This field is required.": _l("Wajib diisi."),
    "Invalid input.": _l("Isian ini belum benar."),
    "Invalid email address.": _l("Alamat email belum benar."),
    "Invalid IP address.": _l("Alamat IP belum benar."),
    "Invalid Mac address.": _l("Alamat MAC belum benar."),
    "Invalid URL.": _l("Alamat web belum benar."),
    "Invalid UUID.": _l("Kode UUID belum benar."),
    "Invalid value, must be one of: %(values)s.": _l("Pilih salah satu dari: %(values)s."),
    "Invalid value, can't be any of: %(values)s.": _l("Tidak boleh salah satu dari: %(values)s."),
    "This field cannot be edited.": _l("Isian ini tidak bisa diubah."),
    "This field is disabled and cannot have a value.": _l("Isian ini tidak dipakai dan harus kosong."),
    "Invalid CSRF Token.": _l("Halaman ini sudah lama. Kirim sekali lagi."),
    "CSRF token missing.": _l("Halaman ini sudah lama. Kirim sekali lagi."),
    "CSRF failed.": _l("Halaman ini sudah lama. Kirim sekali lagi."),
    "CSRF token expired.": _l("Halaman ini sudah lama. Kirim sekali lagi."),
    "Invalid Choice: could not coerce.": _l("Pilihan ini tidak dikenal."),
    "Choices cannot be None.": _l("Pilihan ini tidak dikenal."),
    "Not a valid choice.": _l("Pilih salah satu."),
    "Not a valid choice": _l("Pilih salah satu."),
    "Invalid choice(s): one or more data inputs could not be coerced.": _l("Ada pilihan yang tidak dikenal."),
    "'%(value)s' is not a valid choice for this field.": _l("'%(value)s' bukan pilihan di sini."),
    "'%(value)s' are not valid choices for this field.": _l("'%(value)s' bukan pilihan di sini."),
    "File does not have an approved extension: {extensions}": _l("Jenis berkas ini tidak diterima; pakai {extensions}."),
    "File does not have an approved extension.": _l("Jenis berkas ini tidak diterima."),
    "Not a valid datetime value.": _l("Tanggal dan jam belum benar."),
    "Not a valid date value.": _l("Tanggal belum benar, contoh 24/11/2026."),
    "Not a valid time value.": _l("Jam belum benar, contoh 21.40."),
    "Not a valid week value.": _l("Minggu belum benar."),
    "Not a valid integer value.": _l("Isi dengan bilangan bulat."),
    "Not a valid decimal value.": _l("Isi dengan angka."),
    "Not a valid float value.": _l("Isi dengan angka."),
}


class Translations:
    """What WTForms asks of `Meta.get_translations`; texts that are not its own are already ours."""

    def gettext(self, string: str) -> str:
        return str(MESSAGES[string]) if string in MESSAGES else gettext(string)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        return self.gettext(singular if n == 1 else plural)


_KEY = re.compile(r"[0-9a-f]{32}")


def new_key() -> str:
    """A fresh idempotency key."""
    return uuid4().hex


def is_key(text: str | None) -> bool:
    return _KEY.fullmatch(text or "") is not None


class KeyField(HiddenField):
    """The idempotency key. A POST without a well-formed one is refused, never given a fresh one."""

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = valuelist[0] if valuelist else None

    def pre_validate(self, form: object) -> None:
        if not is_key(self.data):
            raise StopValidation(_("Formulir tidak lengkap. Muat ulang halaman lalu isi lagi."))


class SeenField(IntegerField):
    """The version that was shown. A POST that leaves it out has seen nothing: None, never today's version."""

    data: Any
    widget = HiddenInput()

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = int(valuelist[0]) if valuelist and typed.is_number(valuelist[0]) else None


class Form(FlaskForm):
    """Parent of every form. `ids` sets element ids apart where several forms share a page: `Form(ids="h12")`."""

    key = KeyField(default=new_key)
    seen = SeenField()
    fault = _l("Belum tersimpan. Periksa ini dulu:")
    """What the summary of errors says first."""

    class Meta(FlaskForm.Meta):
        def get_translations(self, form: object) -> Translations:
            return Translations()

    def __init__(
        self, *args: object, ids: str = "", row: object = None, first: Mapping[str, object] | None = None, **values: object
    ) -> None:
        """`obj` fills the fields and says which version is seen; `row` only says the version. `first` fills them until
        something is sent: a field that was sent along empty, or not at all, stays so."""
        if first and not self.is_submitted():
            values["data"] = first
        self.row = row if row is not None else values.get("obj")
        self.stale: dict[str, tuple[object, object]] = {}
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
