"""The main job from end to end at phone size, with scripts and without: what the portal is for."""

import pytest

from portal.kernel import clock
from tests import rosters
from tests.journeys import steps, wire
from tests.journeys.person import a_photo, a_scan

LOWOKWARU = "35.73.05"
FAMILY, MISSPELT = "SITI AMINAH", "sitti amin"


@pytest.mark.parametrize(
    "has_scripts", [pytest.param(True, marks=pytest.mark.postgres), False], ids=["scripts", "plain"], indirect=True
)
def test_a_roster_comes_in_and_a_family_graduates(person):
    budi, sari = person("budi"), person("sari")
    steps.bring_in(budi, rosters.CLEAN_A)
    steps.bring_in(budi, rosters.CLEAN_F, period="2026-Q4")
    assert steps.confirm_proposals(budi, person("dewi"))
    steps.assign_all(budi, LOWOKWARU, "Sari Wulandari")
    steps.find(sari, MISSPELT, FAMILY)
    steps.update_in_list(sari, FAMILY, phone="0812 3456 7890", note="Warung buka jam enam.")
    family = steps.visit(sari, FAMILY)
    case = steps.prepare_graduation(sari, FAMILY, family)
    before = steps.counted(budi)
    steps.decide(budi, FAMILY)
    steps.move_in_bulk(budi, "approved", "Catat di SIKS-NG", reference="SIKS-2026-4")
    steps.move_in_bulk(budi, "recorded", "Nyatakan berlaku")
    assert steps.counted(budi) == before + 1
    steps.monitoring_is_open(sari, FAMILY, case)
    for somebody in (budi, sari):
        assert wire.usual(somebody.wire.since(0)) <= wire.STEP


def test_a_family_is_proposed_returned_fixed_and_accepted(person):
    wati, budi, today = person("wati"), person("budi"), str(clock.today())
    case = steps.draft_nomination(wati, "Ngatini")
    steps.add_photos(wati, case, identity_card=a_photo(), family_card=a_photo(), house_front=a_photo())
    steps.take(wati, case, "Ajukan")
    steps.take(budi, case, "Kembalikan", defects="Foto KK buram")
    wati.go("/")
    wati.sees("Ngatini", "Dikembalikan", "Foto KK buram")
    steps.add_photos(wati, case, family_card=a_photo())
    steps.take(wati, case, "Ajukan kembali")
    steps.take(wati, case, "Catat muskel", held_on=today, attendees="14", decision="Disepakati.",
               files={"minutes": a_photo(), "attendance_list": a_photo()})  # fmt: skip
    steps.take(wati, case, "Unggah berita acara lurah", signed_on=today, files={"signed_minutes": a_scan()})
    steps.check_in_the_field(person("sari"), case)
    steps.take(budi, case, "Setujui")
    steps.follow_to_the_result(wati, budi, "Ngatini", case)
