"""The frame: static names, languages, catalogs, and what a request may not leave behind."""

import os
import re

import pytest
from flask import url_for

from portal import LANGUAGE_COOKIE, build
from portal.kernel.base import session
from portal.kernel.people import Area
from portal.web.access import public
from tests.conftest import Unsaved

PO = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Keluarga"\nmsgstr "{}"\n'


@pytest.fixture
def address(app) -> str:
    with app.test_request_context():
        return url_for("static", filename="vendor/htmx-4.0.1.min.js")


def test_static_names_carry_their_hash(address):
    assert re.fullmatch(r"/static/vendor/htmx-4\.0\.1\.min\.[0-9a-f]{12}\.js", address)


def test_static_files_are_kept_for_ever_and_set_no_cookie(client, address):
    with client.get(address) as answer:
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_static_files_come_packed(client, address, encoding):
    with client.get(address, headers={"Accept-Encoding": encoding}) as answer:
        assert answer.headers["Content-Encoding"] == encoding
        assert len(answer.data) < 14_000


def test_changed_file_gets_another_name_and_the_old_one_stays(tmp_path):
    source, target = tmp_path / "static", tmp_path / "assets"
    source.mkdir()
    (source / "app.css").write_text("a{}")
    old = build.hashed_files(source, target)["app.css"]
    (source / "app.css").write_text("b{}")
    new = build.hashed_files(source, target)["app.css"]
    assert (target / old).read_text() == "a{}"
    assert (target / new).read_text() == "b{}"


def test_starting_again_packs_nothing_twice(tmp_path):
    source, target = tmp_path / "static", tmp_path / "assets"
    source.mkdir()
    (source / "app.css").write_text("a{}")
    name = build.hashed_files(source, target)["app.css"]
    before = (target / f"{name}.br").stat().st_mtime_ns
    build.hashed_files(source, target)
    assert (target / f"{name}.br").stat().st_mtime_ns == before


def test_catalogs_follow_their_text(tmp_path):
    catalog = tmp_path / "en" / "LC_MESSAGES" / "messages.po"
    catalog.parent.mkdir(parents=True)
    catalog.write_text(PO.format("Families"))
    build.compile_catalogs(tmp_path)
    catalog.write_text(PO.format("Households"))
    os.utime(catalog, (2**31, 2**31))
    build.compile_catalogs(tmp_path)
    assert b"Households" in catalog.with_suffix(".mo").read_bytes()


@pytest.mark.parametrize(
    ("cookie", "browser", "language"),
    [
        ("", "", "id"),
        ("", "en-GB,en;q=0.9", "en"),
        ("", "fr", "id"),
        ("id", "en", "id"),
        ("en", "id", "en"),
        ("xx", "en", "en"),
    ],
)
def test_strangers_choose_their_language(client, cookie, browser, language):
    if cookie:
        client.set_cookie(LANGUAGE_COOKIE, cookie)
    page = client.get("/masuk", headers={"Accept-Language": browser}).text
    assert f'<html lang="{language}"' in page


def test_a_test_that_arranges_without_commit_is_told(client):
    session.get(Area, "35.73").name = "changed"
    with pytest.raises(Unsaved, match="arranged"):
        client.get("/masuk")


def test_a_request_that_leaves_changes_is_told(app, monkeypatch):
    def forgetful() -> str:
        session.get(Area, "35.73").name = "changed"
        return "<h1>ok</h1>"

    monkeypatch.setitem(app.view_functions, "account.login", public(forgetful))
    with pytest.raises(Unsaved, match="request left"):
        app.test_client().get("/masuk")


def test_requests_see_what_the_test_committed_and_the_test_sees_theirs(app, monkeypatch):
    def rename() -> str:
        area = session.get(Area, "35.73")
        area.name += " baru"
        session.commit()
        return area.name

    area = session.get(Area, "35.73")
    area.name = "Malang"
    session.commit()
    monkeypatch.setitem(app.view_functions, "account.login", public(rename))
    assert app.test_client().get("/masuk").text == "Malang baru"
    assert area.name == "Malang baru"
