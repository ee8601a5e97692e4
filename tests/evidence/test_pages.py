"""`/berkas`: one small request per file, and nobody opens what is not theirs to see."""

import io

import pytest
from sqlalchemy import select

from portal.evidence.records import Evidence
from portal.kernel import vault
from portal.kernel.base import session
from portal.kernel.terms import EvidenceKind
from portal.nomination.records import nominations
from tests import cast
from tests.graduating import staged, visited
from tests.nomination.test_records import new_family
from tests.photos import photo, scan
from tests.visitor import Visitor


def send(person, content, *, kind="visit_photo", partial=True, **values):
    return person.post("/berkas", partial=partial, kind=kind, field="photos", file=[(io.BytesIO(content), "IMG.jpg")], **values)


def test_a_file_comes_back_as_a_ticked_thumbnail(sari):
    answer = send(sari, photo())
    row = session.scalars(select(Evidence)).one()
    box = answer.one("input[type=checkbox][name=photos]")
    assert (box["value"], "checked" in box) == (str(row.id), True)
    assert answer.one("img")["src"] == f"/berkas/{row.id}/kecil"
    small = sari.get(f"/berkas/{row.id}/kecil")
    assert small.response.mimetype == "image/jpeg"
    assert 0 < len(small.response.data) <= 4096


def test_the_same_sending_twice_is_one_file(sari):
    content, key = photo(), "a" * 32
    assert send(sari, content, key=key).html.strip() == send(sari, content, key=key).html.strip()
    assert len(session.scalars(select(Evidence)).all()) == 1


def test_the_same_key_with_another_file_is_refused(sari):
    send(sari, photo(), key="a" * 32)
    assert send(sari, photo(), key="a" * 32).status == 409


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"", "kosong"), (b"<script>alert(1)</script>", "JPEG"), (photo(size=(1600, 1200))[:-2000], "rusak"), (scan(), "JPEG")],
    ids=["empty", "not a picture", "damaged", "a scan as a visit photo"],
)
def test_what_cannot_be_kept_says_why(sari, content, told):
    answer = send(sari, content)
    assert answer.status == 422
    assert told in answer.one("li").text
    assert session.scalars(select(Evidence)).all() == []


@pytest.mark.parametrize("changed", [{"kind": "secret"}, {"field": "x onload="}, {"key": "short"}])
def test_a_malformed_sending_is_refused(sari, changed):
    values = {"kind": "visit_photo", "field": "photos", "file": [(io.BytesIO(photo()), "a.jpg")], **changed}
    assert sari.post("/berkas", partial=True, **values).status == 422
    assert session.scalars(select(Evidence)).all() == []


def test_without_scripts_the_answer_is_a_page(sari):
    assert send(sari, photo(), partial=False).heading == "Berkas"


@pytest.mark.parametrize("name", ["admin", "kepala"])
def test_who_writes_nothing_sends_nothing(app, name):
    assert send(Visitor(app, name), photo()).status == 403


def test_nobody_sends_or_opens_without_logging_in(app):
    row = staged(cast.actor("sari"), EvidenceKind.VISIT_PHOTO)
    stranger = Visitor(app)
    assert send(stranger, photo(), partial=False).status == 401
    for url in (f"/berkas/{row}", f"/berkas/{row}/kecil"):
        assert stranger.get(url, follow=False).status == 303


def test_a_staged_file_opens_for_its_sender_alone(app):
    row = staged(cast.actor("sari"), EvidenceKind.VISIT_PHOTO)
    seen = {name: Visitor(app, name).get(f"/berkas/{row}").status for name in ("sari", "joko", "wati", "budi", "kepala")}
    assert seen == {"sari": 200, "joko": 404, "wati": 404, "budi": 404, "kepala": 404}


def test_a_claimed_photo_opens_for_those_who_see_the_visit(app):
    visit = visited(cast.actor("sari"), cast.household("Misnati"))
    row = session.scalars(select(Evidence.id).where(Evidence.subject_id == visit.id)).one()
    for url in (f"/berkas/{row}", f"/berkas/{row}/kecil"):
        seen = {
            name: Visitor(app, name).get(url).status for name in ("sari", "budi", "ratna", "kepala", "joko", "wati", "admin")
        }
        assert seen == {"sari": 200, "budi": 200, "ratna": 200, "kepala": 200, "joko": 404, "wati": 404, "admin": 403}


def test_a_picture_opens_in_place_is_never_sniffed_and_kept_for_one_person_only(sari):
    row = staged(cast.actor("sari"), EvidenceKind.VISIT_PHOTO)
    answer = sari.get(f"/berkas/{row}")
    assert answer.response.data.startswith(b"\xff\xd8")
    assert answer.headers["Content-Disposition"] == f'inline; filename="visit_photo-{row}.jpeg"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert {"private", "max-age=3600"} == set(answer.headers["Cache-Control"].split(", "))
    assert "Cookie" in answer.headers["Vary"]


def test_a_picture_that_has_not_changed_is_not_sent_again(sari):
    row = staged(cast.actor("sari"), EvidenceKind.VISIT_PHOTO)
    tag = sari.get(f"/berkas/{row}").headers["ETag"]
    again = sari.client.get(f"/berkas/{row}", headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")


def test_a_scan_is_only_ever_a_download(app):
    wati = Visitor(app, "wati")
    send(wati, scan(), kind="signed_minutes")
    row = session.scalars(select(Evidence)).one()
    answer = wati.get(f"/berkas/{row.id}")
    assert answer.response.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert wati.get(f"/berkas/{row.id}/kecil").response.mimetype == "image/svg+xml"


def test_a_file_that_the_store_has_lost_is_not_found(sari):
    row = session.get(Evidence, staged(cast.actor("sari"), EvidenceKind.VISIT_PHOTO))
    number, sha256 = row.id, row.sha256
    session.rollback()
    vault.delete(sha256)
    assert sari.get(f"/berkas/{number}").status == 404


def test_one_picture_may_prove_two_things_in_one_form(app):
    """KTP and KK on one photo; without scripts both come with the form."""
    wati = Visitor(app, "wati")
    address = f"/usulan/{nominations.draft(cast.actor('wati'), new_family(), key='draft').id}/foto"
    answer = wati.submit(
        address, address, **{name: (io.BytesIO(photo()), "a.jpg") for name in ("identity_card", "family_card")}
    )
    assert answer.status == 200
    assert set(session.scalars(select(Evidence.kind))) == {"identity_card", "family_card"}


def test_the_sweep_says_how_much_went(app):
    staged(cast.actor("sari"), EvidenceKind.VISIT_PHOTO)
    session.rollback()
    assert "0 berkas" in app.test_cli_runner().invoke(args=["evidence", "sweep"]).output
