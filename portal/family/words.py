"""The words for families: their fields, what happened to them, why the portal says no; and how long a component is held."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.family.records.reveals import Purpose
from portal.family.rules.components import SCHOOL_UNTIL, SCHOOLS, Entitlement, Holding, Uncounted, age_on
from portal.kernel.terms import Component
from portal.web import texts
from portal.web.slices import Words

PURPOSES: dict[Purpose, LazyString] = {
    Purpose.VERIFICATION: _l("Memeriksa di rumah keluarga"),
    Purpose.SIKS_ENTRY: _l("Mengisi SIKS-NG atau e-PKH"),
    Purpose.CONTACT: _l("Menghubungi keluarga"),
    Purpose.LETTER: _l("Membuat surat"),
    Purpose.REQUEST: _l("Permintaan keluarga sendiri"),
}
WORDS = Words(
    labels={
        Purpose: PURPOSES,
        Uncounted: {
            Uncounted.SAME_PERSON: _l("tidak dihitung: satu komponen per orang"),
            Uncounted.KIND_FULL: _l("tidak dihitung: sudah dua dalam keluarga"),
            Uncounted.FAMILY_FULL: _l("tidak dihitung: sudah empat orang"),
        },
    },
    fields={
        "presence": _l("Keberadaan"),
        "phone": _l("Nomor HP"),
        "address": _l("Alamat"),
        "rt": _l("RT"),
        "rw": _l("RW"),
        "kk_address": _l("Alamat KK"),
        "kelurahan": _l("Kelurahan"),
        "group": _l("Kelompok"),
        "note": _l("Catatan"),
        "next_visit_on": _l("Kunjungan berikutnya"),
        "joined_year": _l("Ikut program sejak"),
        "registry_match": _l("Padan kependudukan"),
        "registry_checked_on": _l("Dipadankan tanggal"),
        "members_confirmed_on": _l("Anggota dipastikan"),
        "facilitator": _l("Pendamping"),
        "name": _l("Nama"),
        "nik": _l("NIK"),
        "kk": _l("Nomor KK"),
        "since": _l("Sejak"),
        "sex": _l("Jenis kelamin"),
        "birth_date": _l("Tanggal lahir"),
        "relation": _l("Hubungan keluarga"),
        "occupation": _l("Pekerjaan"),
        "school_level": _l("Pendidikan"),
        "pregnant_until": _l("Hamil sampai"),
        "severe_disability": _l("Disabilitas berat"),
        "rights_victim": _l("Korban pelanggaran HAM berat"),
        "left_on": _l("Keluar tanggal"),
        "left_because": _l("Sebab keluar"),
        "caretaker": _l("Pengurus"),
        "programme": _l("Bantuan"),
    },
    refusals={
        "already_left": _l("Anggota ini sudah keluar."),
        "last_member": _l("Ini anggota terakhir. Catat keberadaan keluarga, atau usulkan perubahan kepesertaan."),
        "left_before_birth": _l("Tanggal keluar mendahului tanggal lahir."),
        "number_unchanged": _l("Nomor ini sudah tercatat."),
        "before_former": _l("Tanggal ini mendahului berlakunya nomor yang lama."),
        "aid_already_known": _l("Bantuan ini sudah tercatat dan masih berjalan."),
        "aid_already_ended": _l("Bantuan ini sudah berakhir."),
        "ends_before_start": _l("Tanggal berakhir mendahului tanggal mulai."),
        "already_revealed": _l("Nomor ini sudah ditampilkan sekali. Minta lagi bila masih perlu."),
        "too_many_lookups": _l("Terlalu banyak nomor yang tidak ditemukan. Tunggu beberapa menit lalu coba lagi."),
        "too_many_checks": _l("Terlalu banyak NIK diperiksa dalam satu jam. Lanjutkan nanti."),
        "nik_taken": _l("NIK ini sudah dipakai anggota keluarga lain."),
    },
    actions={
        "household.view": _l("Melihat keluarga"),
        "household.update": _l("Mengubah data keluarga"),
        "household.correct_address": _l("Membetulkan alamat"),
        "household.reveal": _l("Membuka NIK, KK, dan nomor HP"),
        "household.find_by_number": _l("Mencari dengan NIK atau KK"),
    },
    events={
        "households.amend": _l("Data keluarga diubah"),
        "household.open": _l("Keluarga terdaftar"),
        "members.add": _l("Anggota ditambahkan"),
        "members.amend": _l("Data anggota diubah"),
        "members.leave": _l("Anggota keluar"),
        "members.choose_caretaker": _l("Pengurus diganti"),
        "members.correct_nik": _l("NIK diperbaiki"),
        "kk_numbers.change": _l("Nomor KK diganti"),
        "aids.add": _l("Bantuan lain dicatat"),
        "aids.end": _l("Bantuan lain berakhir"),
        "numbers.reveal": _l("Nomor dilihat"),
        "household.reveal": _l("Surat dengan nomor dicetak"),
        "numbers.look_up": _l("Dicari dengan nomor"),
        "numbers.taken": _l("NIK yang diisi ternyata sudah dipakai"),
    },
    subjects={
        "households": _l("keluarga"),
        "members": _l("anggota"),
        "kk_numbers": _l("nomor KK"),
        "aids": _l("bantuan"),
    },
)
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
