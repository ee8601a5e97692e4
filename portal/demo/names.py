"""Made-up names as they are met in Malang (domain.md section 4): one word only, Siti and Sri, Moh. and M., titles,
bin and binti, the spelling before 1972, Javanese and Madurese."""

from functools import cache
from random import Random

from portal.family.rules import names
from portal.kernel.terms import Sex


def _listed(words: str) -> tuple[str, ...]:
    return tuple(words.split())


_OLD = {
    Sex.FEMALE: _listed(
        """Suliyah Misnati Ngatemi Tukiyem Kasiani Sumiati Juwariyah Mujiati Painem Wakinah Satumi Rukmini Suparmi Boinem
        Sutini Lasmini Warsini Kartini Munawaroh Rohmah Halimah Maimunah Zaenab Aminah Khotijah Muawanah Sulastri
        Winarsih Karsiyem Legiyem Wagiyem Poniti Samini Ngatinah Saropah Hosniyah Marwiyah Busri Sahriye Djuminten
        Soemarni Soelastri Moedjiati Tjitra Choiriyah Chotijah Roekmini Endang Sri Siti"""
    ),
    Sex.MALE: _listed(
        """Ponijan Slamet Sutrisno Paijo Wagiman Tukiman Suparno Kasiadi Ngatmin Samsuri Sukardi Legimin Misdi Senari Buari
        Jumain Sanusi Mistar Kusnan Wakidi Poniman Sarwono Supriyadi Djoemadi Soekarno Tjipto Soeparman Djoko Misnadi
        Matrawi Buhari Mardiyo Sahrawi Matsari Sumarto Asmuni Kasdi Suwarno"""
    ),
}
_NEW = {
    Sex.FEMALE: _listed(
        """Dewi Rina Eka Dwi Tri Yuni Lilik Anik Ninik Wiwik Endah Indah Ratna Wulan Fitri Nur Aisyah Rahma Novi Puji
        Yuliana Wahyu Ika Retno Diah Kholifah Mufidah Faridah Luluk Umi Istiqomah Mamik Sulis Titik Kiki Vina Nita Ayu
        Putri Nabila Zahra Salsabila Aulia Naila Kayla Alya Amelia Intan Bunga Citra Cindy Devi Elok Hanifah Khoirun"""
    ),
    Sex.MALE: _listed(
        """Agus Budi Eko Hadi Imam Andik Didik Hari Heri Joko Yudi Arif Bayu Dedi Dimas Fajar Galih Hendra Irfan Rizky
        Rizal Wahyu Yoga Zainal Fauzi Ilham Aldi Bagas Raffi Reza Farhan Naufal Akbar Hafiz Abdul Nur Khoirul Saiful
        Syaiful Samsul Anwar Rudi Sugeng Teguh Tono Wawan Andre Kevin Rendi Febri Bima"""
    ),
}
_LAST = {
    Sex.FEMALE: _listed(
        """Wahyuni Lestari Handayani Rahayu Astutik Astuti Ningsih Setyowati Hidayati Hasanah Rohmah Khasanah Fitriani
        Anggraini Puspitasari Kusumawati Wulandari Utami Maharani Ramadhani Azizah Maulidia Kartikasari Purwanti Susanti
        Yulianti Indrawati Mulyani Nuraini Agustin Safitri Oktavia"""
    ),
    Sex.MALE: _listed(
        """Santoso Prasetyo Wijaya Hidayat Setiawan Kurniawan Saputra Susanto Rahman Hakim Karim Huda Anam Arifin
        Firmansyah Ramadhan Maulana Pratama Wibowo Nugroho Purnomo Hariyanto Cahyono Utomo Mustofa Ghofur Rofi'i Wahid
        Fauzan Efendi Subagyo Irawan Budiono Yulianto Sulaiman Yusuf Ibrahim Zakaria"""
    ),
}
_ISLAMIC_FIRST = ("Moh.", "Muhammad", "M.", "Moch.", "Mohammad", "Much.", "Ach.", "Achmad", "Ahmad")
_ROFII = ("Mat Rofi'i", "Mat Soleh", "Mat Halil", "Pak Misto")


def made_up(rng: Random, sex: Sex, age: int) -> str:
    return _elder(rng, sex) if age >= 42 else _younger(rng, sex)


def _elder(rng: Random, sex: Sex) -> str:
    chance, first = rng.random(), rng.choice(_OLD[sex])
    if chance < 0.5 and first not in ("Siti", "Sri", "Endang"):
        return first
    if chance < 0.56:
        return f"{first} {'binti' if sex is Sex.FEMALE else 'bin'} {rng.choice(_OLD[Sex.MALE])}"
    if chance < 0.6:
        return f"{'Hj.' if sex is Sex.FEMALE else 'H.'} {first}"
    if sex is Sex.MALE and chance < 0.64:
        return rng.choice(_ROFII)
    if chance < 0.8:
        return f"{rng.choice(('Siti', 'Sri') if sex is Sex.FEMALE else _ISLAMIC_FIRST)} {_later(rng, sex)}"
    return f"{first} {rng.choice(_LAST[sex])}"


def _later(rng: Random, sex: Sex) -> str:
    return rng.choice(_NEW[sex] if rng.random() < 0.5 else _LAST[sex])


def _younger(rng: Random, sex: Sex) -> str:
    chance, first = rng.random(), rng.choice(_NEW[sex])
    if chance < 0.08:
        return first
    if sex is Sex.MALE and chance < 0.3:
        return f"{rng.choice(_ISLAMIC_FIRST)} {first} {rng.choice(_LAST[sex])}"
    if sex is Sex.FEMALE and chance < 0.22:
        return f"{rng.choice(('Siti', 'Sri', 'Nur'))} {rng.choice(_LAST[sex])}"
    if chance < 0.75:
        return f"{first} {rng.choice(_LAST[sex])}"
    second = rng.choice([name for name in _NEW[sex] if name != first])
    return f"{first} {second} {rng.choice(_LAST[sex])}"


@cache
def words(name: str) -> tuple[str, ...]:
    """The folded words: folding is what takes the time, and names come again."""
    return names.tokens(name)
