"""What people do, a function each, the same with scripts and without: files in, the doorstep, graduation, nomination."""

import re
from datetime import date
from typing import Any

from playwright.sync_api import expect

from portal.assessment.rules.instrument import Section
from portal.kernel import clock
from portal.kernel.terms import Relation, Sex
from tests import cast
from tests.graduating import READY
from tests.intake import files as rosters
from tests.journeys.person import Person, a_photo

APPLIED_WITHIN = 60_000
"""Milliseconds that writing a file may take."""
BORN = date(1988, 7, 3)


# --- files in ------------------------------------------------------------------------------------------------------


def bring_in(budi: Person, name: str, *, period: str | None = None) -> None:
    """Upload, look at what would change, apply."""
    budi.go("/impor")
    budi.page.set_input_files("input[name=file]", rosters.ROSTERS / name)
    budi.press("Unggah dan periksa")
    if period:
        budi.fill(period=period)
        budi.press("Periksa barisnya")
    budi.sees("Belum ada yang ditulis")
    budi.page.wait_for_load_state()
    everything = budi.page.locator("button[name=verb][value=all]")
    if everything.count():
        everything.click()
    budi.press_like("Terapkan 120 baris")
    expect(budi.page.locator("#summary")).to_be_visible(timeout=APPLIED_WITHIN)


def confirm_proposals(budi: Person, dewi: Person) -> int:
    """Every change of membership that the files propose, in bulk; returns how many. Whoever brought the files in is told
    that another decides."""
    budi.follow("Usulan kepesertaan")
    budi.heads("Perubahan kepesertaan")
    budi.sees("Berasal dari berkas yang Anda unggah atau terapkan")
    dewi.go(budi.page.url)
    proposed = dewi.page.locator("#list tbody tr").count()
    dewi.press("Setujui yang dipilih")
    dewi.sees(f"{proposed} perubahan diputuskan")
    return proposed


def assign_all(budi: Person, area: str, facilitator: str) -> None:
    budi.go(f"/keluarga?pilih=1&wilayah={area}")
    budi.page.get_by_label("Semua yang cocok").check()
    budi.page.select_option("[name=pendamping_baru]", label=facilitator)
    budi.press("Bagikan yang dipilih")
    budi.sees(f"keluarga menjadi dampingan {facilitator}")


# --- the caseload and the doorstep ---------------------------------------------------------------------------------


def find(sari: Person, typed: str, name: str) -> None:
    """By part of a misspelt name: while typing with scripts, by the button without."""
    sari.go("/keluarga")
    sari.page.locator("#q").press_sequentially(typed)
    if not sari.has_scripts:
        sari.press("Cari")
    expect(sari.page.locator("#list tbody th a").first).to_have_text(name)
    expect(sari.page.locator("#list tbody tr")).to_have_count(1)


def update_in_list(sari: Person, name: str, **said: str) -> None:
    sari.press_link("Perbarui", within="#list")
    sari.fill(**said)
    sari.press("Simpan")
    expect(sari.page.locator("#list tbody th a").first).to_have_text(name)
    sari.says("tersimpan")


def visit(sari: Person, name: str) -> str:
    """A visit with a photo, the assessment section by section, the band and why; returns the family's address."""
    sari.follow(name, within="#list")
    sari.heads(name)
    family = sari.arrives(r"/keluarga/\d+$")
    sari.follow("Catat kunjungan")
    sari.fill(outcome="met", present="Ibu Siti dan suami", notes="Warung ramai sejak pagi.")
    sari.attach("photos", a_photo((2400, 1800)))
    sari.press("Simpan kunjungan")
    for _section in Section:
        _answer(sari)
    sari.sees("Periksa sebelum selesai")
    sari.press("Selesai, lihat hasil")
    sari.sees("Siap diusulkan", "Sudah terpenuhi", "bukan ketentuan Kemensos")
    return family


def _answer(sari: Person) -> None:
    """The section that is on the screen, as a family that stands on its own would."""
    expect(sari.page.get_by_role("button", name="Simpan dan lanjut", exact=True)).to_be_visible()
    here = sari.page.locator("#assessment h2").inner_text()
    asked = {name: said for name, said in ANSWERS.items() if sari.page.locator(f"#assessment [name={name}]").count()}
    sari.fill(within="#assessment", **asked)
    sari.press("Simpan dan lanjut")
    expect(sari.page.locator("#assessment h2")).not_to_have_text(here)


ANSWERS = {**READY, "income_main": "5jt", "earners": "2"}


# --- graduation ----------------------------------------------------------------------------------------------------


def prepare_graduation(sari: Person, name: str, family: str) -> str:
    """From the family's page to a submitted case; returns its address."""
    sari.go(family)
    sari.follow("Mulai graduasi")
    sari.fill(exit_type="independent")
    sari.press("Mulai graduasi")
    sari.sees("Sebelum diajukan")
    case = sari.arrives(r"/graduasi/\d+$")
    _step(sari, case, "Mulai penilaian")
    _step(sari, case, "Nyatakan siap")
    _step(sari, case, "Catat konseling", present="Ibu Siti Aminah\nSuami", conversation="Warung jalan, ingin mandiri.",
          aid_stops="PKH", aid_continues="PBI-JKN\nPIP")  # fmt: skip
    print_statement(sari, name, case)
    _step(sari, case, "Unggah surat pernyataan", files={"statement": a_photo((1600, 2200))})
    _step(sari, case, "Lengkapi dasar penghasilan", income_note="Omzet warung 200 ribu sehari, dicatat di buku.")
    _step(sari, case, "Ajukan")
    sari.sees("Diajukan")
    return case


def print_statement(sari: Person, name: str, case: str) -> None:
    """The portal leaves no blank that it can fill in; only signatures are missing."""
    sari.press("Cetak surat pernyataan")
    sari.heads(re.compile("pernyataan", re.IGNORECASE))
    sari.sees(name, "tanpa paksaan", within="body")
    sari.go(case)


def decide(budi: Person, family: str) -> None:
    """Opened from the queue, approved; the card gives way to its outcome."""
    budi.go("/graduasi")
    budi.follow(family, within="#list")
    budi.sees("Mengapa siap", "Percakapan dan bantuan")
    budi.press("Setujui")
    if budi.has_scripts:
        budi.sees("Disetujui", "Antrean kosong", within="#case")
    else:
        budi.heads("Graduasi")
    budi.says("Disetujui")


def move_in_bulk(budi: Person, state: str, button: str, **said: str) -> None:
    budi.go(f"/graduasi?state={state}")
    budi.page.locator("[name=chosen]").check()
    budi.fill(**said)
    budi.press(f"{button}: yang dipilih")
    budi.sees("1 keluarga dipindahkan")


def counted(budi: Person) -> int:
    """The graduations that took effect this year, as the board says and as the list behind the number shows."""
    budi.go("/capaian")
    number = budi.page.locator(".progress a").first
    said = int(re.sub(r"\D", "", number.locator("b").inner_text()))
    number.click()
    budi.arrives(r"/graduasi\?")
    expect(budi.page.locator("#list tbody tr")).to_have_count(said)
    return said


def monitoring_is_open(sari: Person, name: str, case: str) -> None:
    sari.go("/pemantauan?kelompok=planned")
    sari.follow(name, within="#list")
    sari.sees("Dipantau", "terjadwal")
    sari.follow("Lihat graduasinya")
    sari.arrives(case)


# --- nomination ----------------------------------------------------------------------------------------------------


def draft_nomination(wati: Person, name: str) -> str:
    wati.go("/")
    wati.follow("Usulkan keluarga")
    wati.fill(name=name, nik=cast.nik(BORN, Sex.FEMALE), birth_date=str(BORN), sex=Sex.FEMALE, relation=Relation.HEAD,
              address="Jl. Candi Panggung No. 4", rt="2", rw="5", kk=cast.kk(), stated_reason="Janda, buruh cuci.")  # fmt: skip
    wati.press("Simpan rancangan")
    wati.heads(name)
    return wati.arrives(r"/usulan/\d+$")


def add_photos(wati: Person, case: str, **photos: dict[str, Any]) -> None:
    wati.go(case)
    wati.follow("Tambah foto")
    for field, photo in photos.items():
        wati.attach(field, photo)
    wati.press("Simpan")
    wati.says("tersimpan")


def take(person: Person, case: str, step: str, *, files: dict[str, dict[str, Any]] | None = None, **said: str) -> None:
    _step(person, case, step, files=files, **said)


def check_in_the_field(sari: Person, case: str) -> None:
    found = {"lives_at_address": "y", "household_size": "3", "monthly_income": "900.000", "livelihood": "Buruh cuci."}
    seen = {"housing": "Dinding bambu, lantai tanah.", "opinion": "Layak dibantu."}
    _step(sari, case, "Rekomendasikan", checked_on=str(clock.today()), files={"photos": a_photo()}, **found, **seen)


def follow_to_the_result(wati: Person, budi: Person, name: str, case: str) -> None:
    """The centre decides; the portal says "diusulkan" and never promises. Wati sees each state."""
    today = str(clock.today())
    for group, step, state in (
        ("approved", "Usulkan ke pusat", "Diusulkan ke pusat"),
        ("waiting", "Catat diterima pusat", "Diterima"),
    ):  # fmt: skip
        said = {"forwarded_on": today, "batch": "4"} if group == "approved" else {"decided_on": today}
        _move_one(budi, group, name, step, **said)
        wati.go(case)
        wati.sees(state)


def _move_one(budi: Person, group: str, name: str, step: str, **said: str) -> None:
    budi.go(f"/usulan?kelompok={group}")
    budi.page.locator("#list").get_by_label(name, exact=True).check()
    budi.press(step)
    budi.heads(step)
    budi.fill(**said)
    budi.press(step)
    budi.sees("1 usulan dilanjutkan")


# --- any step of any case ------------------------------------------------------------------------------------------


def _step(person: Person, case: str, step: str, *, files: dict[str, dict[str, Any]] | None = None, **said: str) -> None:
    """Opened from the case's page, filled in, taken; the case's page follows."""
    person.go(case)
    person.follow(step, within="main")
    person.heads(step)
    person.fill(within="#step", **said)
    for field, file in (files or {}).items():
        person.attach(field, file)
    person.press(step)
    expect(person.page).to_have_url(re.compile(f"{case}$"))
    person.says("ersimpan")
