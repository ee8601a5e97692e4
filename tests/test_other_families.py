"""Under a good address, with ids of somebody else: parts of another family, and rows of another area sent in bulk."""

import logging
import re

import pytest
from sqlalchemy import text

from portal.family.records.models import Household, Member
from portal.graduation.records.dossiers import Graduation
from portal.kernel.base import Base, session
from portal.kernel.clock import today
from portal.membership.records.proposals import MembershipProposal
from portal.nomination.records.nominations import Nomination
from tests import cast
from tests.matrix_world import PARTS, World, build
from tests.test_access_matrix import PEOPLE, Door, Knocker, commits, doors, expected
from tests.visitor import Visitor

NIKS = [f"35739943029000{number:02d}" for number in range(7, 11)]
KKS = [f"35739917061500{number:02d}" for number in range(19, 22)]
NEW_PHONE = "81298765432"


@pytest.fixture
def world(app) -> World:
    return build()


def test_parts_of_another_family_are_not_found_under_ones_own(app, world):
    actors, met = {username: cast.actor(username) for username in PEOPLE}, set()
    for rule in app.url_map.iter_rules():
        for name in rule.arguments & PARTS.keys():
            door = _open_door(app, world, actors, rule.endpoint)
            mine, theirs = world.part(name, door[0].row), world.part_of_another(name, door[0].row)
            url = re.sub(rf"/{mine}(?=/|$)(?!.*/{mine}(?=/|$))", f"/{theirs}", door[0].url)
            answer = Knocker(app, door[1]).knock(Door(door[0].endpoint, door[0].method, url))
            assert (answer.status_code, url != door[0].url) == (404, True), (door[0], url)
            met.add(name)
    assert met == set(PARTS)


def _open_door(app, world, actors, endpoint):
    ways = [(door, name) for door in doors(app, world) if door.endpoint == endpoint for name in actors]
    return next((door, name) for door, name in ways if expected(app, actors[name], door) == 200 and door.row is not None)


@pytest.fixture
def ratna(app):
    """Supervises Lowokwaru; Ponijan and Noise live elsewhere."""
    return Visitor(app, "ratna")


def send_in_bulk(visitor, world, caretaker):
    """Every bulk step for that family's rows, which stand where the steps begin; what was written and kept."""
    graduation, proposal = world.of(Graduation, caretaker), world.of(MembershipProposal, caretaker)
    nomination, household = world.of(Nomination, caretaker), world.of(Household, caretaker)
    graduation.state, graduation.approved_on, nomination.state = "approved", today(), "approved"
    household.facilitator_id = None
    session.commit()
    sari, day = str(cast.actor("sari").id), str(today())
    sent = {
        "/graduasi/massal/record": {"chosen": f"{graduation.id}:{graduation.version}", "recorded_on": day, "reference": "SIKS"},
        "/kepesertaan/putuskan": {"chosen": str(proposal.id), "verb": "confirm"},
        "/usulan/massal/forward": {"chosen": str(nomination.id), "forwarded_on": day, "batch": "1"},
        "/keluarga/bagi": {"chosen": str(household.id), "pendamping_baru": sari},
    }
    written = {}
    for url, fields in sent.items():
        with commits() as kept:
            visitor.post(url, **fields)
        written[url] = bool(kept)
    return written


def test_bulk_steps_leave_other_areas_alone(world, ratna):
    assert set(send_in_bulk(ratna, world, "Misnati").values()) == {True}
    assert set(send_in_bulk(ratna, world, "Ponijan").values()) == {False}


def test_targets_of_other_areas_are_not_set(ratna, world):
    for code in ("35.73", "35.73.01", "35.73.01.1010", "00"):
        with commits() as kept:
            answer = ratna.post(f"/target/2026/{code}", count="5")
        assert (answer.status in (403, 404), kept) == (True, [])


# --- numbers that people type --------------------------------------------------------------------------------------


def typed(world):
    """(who, address, fields): every kind of form that takes a number, by somebody who may."""
    misnati, kasiyem = world.of(Household, "Misnati"), world.of(Household, "Kasiyem")
    member, nomination = world.of(Member, "Misnati"), world.of(Nomination, "Misnati")
    person = {"name": "Lilik", "sex": "P", "birth_date": "1990-02-03", "relation": "child"}
    place = {"address": "Jl. Kalpataru 5", "rt": "2", "rw": "5", "phone": f"0{NEW_PHONE}"}
    yield "budi", "/keluarga/nomor", {"number": misnati.members[0].nik}
    yield "ratna", "/keluarga/nomor", {"number": NIKS[0]}
    yield "sari", f"/keluarga/{misnati.id}/kk", {"kk": KKS[0], "since": "2026-01-01"}
    yield "sari", f"/keluarga/anggota/{member.id}/nik", {"nik": NIKS[1], "reason": "Salah ketik"}
    yield "sari", f"/keluarga/{misnati.id}/ringkas", {**place, "presence": "1", "seen": "1"}
    yield "sari", f"/keluarga/{misnati.id}/anggota/baru", {**person, "nik": NIKS[2]}
    yield "wati", "/usulan/periksa-nik", {"nik": NIKS[3], "kelurahan": cast.JATIMULYO}
    draft = {"nik": NIKS[3], "kk": KKS[1], "kelurahan": cast.JATIMULYO, "stated_reason": "Serabutan"}
    yield "wati", "/usulan/baru", {**person, **place, **draft}
    yield "wati", f"/usulan/{nomination.id}/alamat", {**place, "kk": KKS[2], "seen": "9"}  # after all of the above
    yield "budi", f"/keluarga/{kasiyem.id}/nomor", {"number": "kk", "purpose": "verification"}


def test_what_is_typed_is_kept_sealed_and_told_to_nobody(app, world, caplog):
    caplog.set_level(logging.DEBUG)
    numbers = {*world.numbers, *NIKS, *KKS, NEW_PHONE}
    for who, url, fields in typed(world):
        answer = Visitor(app, who).post(url, **fields)
        assert answer.status in (200, 303, 422), (url, answer.text)
        assert not [number for number in numbers if number in answer.headers.get("Location", "")]
    saved = world.numbers
    assert {*NIKS[1:], *KKS} <= saved
    assert not [number for number in numbers if number in caplog.text]
    assert not [number for number in numbers if number in everything_at_rest()]


def everything_at_rest() -> str:
    """All rows of all tables as they lie there, past the columns that open what is sealed."""
    tables = (text(f"SELECT * FROM {table.name}") for table in Base.metadata.sorted_tables)
    return repr([[tuple(row) for row in session.execute(select_all)] for select_all in tables])
