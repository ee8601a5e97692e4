"""WTForms' own messages through our catalogs: its English text leads to our Indonesian one, and Babel from there."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

MESSAGES: dict[str, LazyString] = {
    "Invalid field name '%s'.": _("Nama isian '%s' tidak dikenal."),
    "Field must be equal to %(other_name)s.": _("Harus sama dengan %(other_name)s."),
    "Field must be at least %(min)d character long.": _("Paling sedikit %(min)d karakter."),
    "Field must be at least %(min)d characters long.": _("Paling sedikit %(min)d karakter."),
    "Field cannot be longer than %(max)d character.": _("Paling banyak %(max)d karakter."),
    "Field cannot be longer than %(max)d characters.": _("Paling banyak %(max)d karakter."),
    "Field must be exactly %(max)d character long.": _("Harus tepat %(max)d karakter."),
    "Field must be exactly %(max)d characters long.": _("Harus tepat %(max)d karakter."),
    "Field must be between %(min)d and %(max)d characters long.": _("Harus %(min)d sampai %(max)d karakter."),
    "Number must be at least %(min)s.": _("Paling kecil %(min)s."),
    "Number must be at most %(max)s.": _("Paling besar %(max)s."),
    "Number must be between %(min)s and %(max)s.": _("Harus antara %(min)s dan %(max)s."),
    "Date must be at least %(min)s.": _("Tanggal paling awal %(min)s."),
    "Date must be at most %(max)s.": _("Tanggal paling akhir %(max)s."),
    "Date must be between %(min)s and %(max)s.": _("Tanggal harus antara %(min)s dan %(max)s."),
    "This field is required.": _("Wajib diisi."),
    "Invalid input.": _("Isian ini belum benar."),
    "Invalid email address.": _("Alamat email belum benar."),
    "Invalid IP address.": _("Alamat IP belum benar."),
    "Invalid Mac address.": _("Alamat MAC belum benar."),
    "Invalid URL.": _("Alamat web belum benar."),
    "Invalid UUID.": _("Kode UUID belum benar."),
    "Invalid value, must be one of: %(values)s.": _("Pilih salah satu dari: %(values)s."),
    "Invalid value, can't be any of: %(values)s.": _("Tidak boleh salah satu dari: %(values)s."),
    "This field cannot be edited.": _("Isian ini tidak bisa diubah."),
    "This field is disabled and cannot have a value.": _("Isian ini tidak dipakai dan harus kosong."),
    "Invalid CSRF Token.": _("Halaman ini sudah lama. Kirim sekali lagi."),
    "CSRF token missing.": _("Halaman ini sudah lama. Kirim sekali lagi."),
    "CSRF failed.": _("Halaman ini sudah lama. Kirim sekali lagi."),
    "CSRF token expired.": _("Halaman ini sudah lama. Kirim sekali lagi."),
    "Invalid Choice: could not coerce.": _("Pilihan ini tidak dikenal."),
    "Choices cannot be None.": _("Pilihan ini tidak dikenal."),
    "Not a valid choice.": _("Pilih salah satu."),
    "Not a valid choice": _("Pilih salah satu."),
    "Invalid choice(s): one or more data inputs could not be coerced.": _("Ada pilihan yang tidak dikenal."),
    "'%(value)s' is not a valid choice for this field.": _("'%(value)s' bukan pilihan di sini."),
    "'%(value)s' are not valid choices for this field.": _("'%(value)s' bukan pilihan di sini."),
    "File does not have an approved extension: {extensions}": _("Jenis berkas ini tidak diterima; pakai {extensions}."),
    "File does not have an approved extension.": _("Jenis berkas ini tidak diterima."),
    "Not a valid datetime value.": _("Tanggal dan jam belum benar."),
    "Not a valid date value.": _("Tanggal belum benar, contoh 24/11/2026."),
    "Not a valid time value.": _("Jam belum benar, contoh 21.40."),
    "Not a valid week value.": _("Minggu belum benar."),
    "Not a valid integer value.": _("Isi dengan bilangan bulat."),
    "Not a valid decimal value.": _("Isi dengan angka."),
    "Not a valid float value.": _("Isi dengan angka."),
}


class Translations:
    """What WTForms asks of `Meta.get_translations`; texts that are not its own are already ours."""

    def gettext(self, string: str) -> str:
        return str(MESSAGES[string]) if string in MESSAGES else gettext(string)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        return self.gettext(singular if n == 1 else plural)
