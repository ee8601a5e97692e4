"""The frame: headers, navigation, error pages, sessions that end, and what every page is made of."""

import hashlib
import json
from pathlib import Path

import brotli
import pytest

from portal.kernel.terms import Actor, Refused, Role
from portal.web import access, responses, shell
from portal.web.shell import carried
from tests import cast, page_checks
from tests.visitor import BOOSTED, HTMX, Visitor

STATIC = Path(__file__).resolve().parents[2] / "static"
HTMX_SHA256 = "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"


# --- headers -------------------------------------------------------------------------------------------------------


def test_nothing_from_elsewhere_and_nothing_inline_may_run(app):
    policy = Visitor(app).get("/masuk").headers["Content-Security-Policy"]
    assert policy == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'; worker-src 'self'"
    )


@pytest.mark.parametrize("url", ["/masuk", "/tidak-ada", "/"])
def test_every_answer_carries_the_safety_headers(app, url):
    headers = Visitor(app).get(url, follow=False).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


# --- who may open what ---------------------------------------------------------------------------------------------


def test_every_view_says_who_may_open_it(application):
    assert access.unmarked(application) == []


def test_a_view_that_says_nothing_opens_for_nobody(application, monkeypatch):
    monkeypatch.delattr(application.view_functions["account.login"], "mark")
    assert access.unmarked(application) == ["account.login"]
    assert application.test_client().get("/masuk").status_code == 403


def test_the_menu_holds_what_the_role_may_open(app, monkeypatch):
    endpoints = {item.endpoint: access.public(lambda: "") for item in shell.NAVIGATION}
    monkeypatch.setattr(app, "view_functions", {**app.view_functions, **endpoints})
    shown = {role: [item.endpoint for item in shell.nav_items(Actor(1, role, ("35.73",)))] for role in Role}
    assert "intake.index" in shown[Role.SUPERVISOR]
    assert "intake.index" not in shown[Role.FACILITATOR]
    assert "households.index" not in shown[Role.ADMINISTRATOR]
    assert "people.index" in shown[Role.ADMINISTRATOR]
    assert "nominations.index" in shown[Role.KELURAHAN_OFFICER]


def test_the_menu_leaves_out_pages_that_do_not_exist(app, monkeypatch):
    monkeypatch.setattr(app, "view_functions", {})
    assert shell.nav_items(Actor(1, Role.SUPERVISOR, ("35.73",))) == []


def test_every_page_belongs_to_one_place_of_the_menu(app):
    held = [name for item in shell.NAVIGATION for name in item.blueprints]
    assert sorted(held) == sorted(set(app.blueprints) - {"account", "evidence", "rights"})


@pytest.mark.parametrize(
    ("who", "url", "place"),
    [("budi", "/kepesertaan", "Keluarga"), ("budi", "/target", "Capaian"), ("wati", "/usulan/baru", "Usulan")],
)
def test_the_menu_says_where_one_is(app, who, url, place):
    assert [item.text for item in Visitor(app, who).get(url).all(".top [aria-current]")] == [place]


# --- errors --------------------------------------------------------------------------------------------------------


def test_a_page_that_is_not_there_says_so_and_leads_home(app):
    page = Visitor(app).get("/tidak-ada")
    assert page.status == 404
    assert page.heading == "Tidak ditemukan"
    assert page.link("Ke beranda") == "/"


def test_to_htmx_a_missing_page_replaces_the_body(app):
    answer = Visitor(app).partial("/tidak-ada")
    assert (answer.status, answer.headers["HX-Retarget"]) == (404, "body")
    assert answer.heading == "Tidak ditemukan"


def test_a_wrong_method_names_the_right_ones(app):
    page = Visitor(app).get("/keluar")
    assert page.status == 405
    assert "POST" in page.headers["Allow"]


@pytest.mark.parametrize("status", [400, 405, 409, 413, 422, 429, 500])
def test_other_trouble_leaves_the_form_of_an_htmx_user_alone(app, status):
    with app.test_request_context("/", headers=HTMX):
        answer = responses.trouble(status)
    assert answer.status_code == status
    assert answer.headers["HX-Retarget"] == "#notice"
    assert page_checks.fragment_problems(answer.get_data(as_text=True)) == []


@pytest.mark.parametrize("status", sorted(responses.TROUBLES))
def test_every_trouble_is_a_whole_page_to_a_browser(app, status):
    with app.test_request_context("/"):
        answer = responses.trouble(status)
    assert answer.status_code == status
    assert page_checks.page_problems(answer.get_data(as_text=True)) == []


def test_a_rule_that_says_no_outside_a_form_is_told_in_its_words(app):
    with app.test_request_context("/"):
        answer = app.handle_user_exception(Refused("step_not_from_here"))
    assert answer.status_code == 422
    assert "Langkah ini tidak bisa dari keadaan sekarang" in answer.get_data(as_text=True)


# --- sessions that end ---------------------------------------------------------------------------------------------


def test_who_is_not_signed_in_is_asked_to_and_comes_back(app):
    answer = Visitor(app).get("/berkas/1?a=b", follow=False)
    assert answer.status == 303
    assert answer.headers["Location"] == "/masuk?lanjut=/berkas/1?a%3Db"


def test_a_form_whose_session_ended_travels_with_the_login_page(app):
    page = Visitor(app).post("/keluar", csrf_token="lama", note="Rumah sudah dicat", key="b" * 32, new_password="rahasia")
    assert page.status == 401
    assert "Rumah sudah dicat" in page.one("input[name=carried]")["value"]
    assert "rahasia" not in page.html


def test_after_logging_in_the_carried_form_waits_to_be_sent_again(app):
    visitor = Visitor(app)
    page = visitor.post("/keluar?x=1", csrf_token="lama", note="Rumah sudah dicat", key="b" * 32)
    again = visitor.submit(page, username="sari", password=cast.PASSWORD)
    form = again.form("/keluar")
    assert again.heading == "Kirim sekali lagi"
    assert "Rumah sudah dicat" in again.text
    assert form.one("input[name=key]")["value"] == "b" * 32
    assert visitor.submit(again, "/keluar").heading == "Masuk"


def test_a_wrong_password_does_not_lose_the_carried_form(app):
    visitor = Visitor(app)
    page = visitor.post("/keluar", csrf_token="lama", note="Rumah sudah dicat", key="b" * 32)
    wrong = visitor.submit(page, username="sari", password="salah")
    again = visitor.submit(wrong, username="sari", password=cast.PASSWORD)
    assert again.form("/keluar").one("input[name=note]")["value"] == "Rumah sudah dicat"


def test_a_stale_token_of_somebody_signed_in_needs_no_password(app):
    page = Visitor(app, "sari").post("/keluar", csrf_token="lama", note="Rumah sudah dicat", key="b" * 32)
    assert (page.status, page.heading) == (401, "Kirim sekali lagi")


ELSEWHERE = [
    "https://jahat.example/",
    "//jahat.example",
    "/\\jahat.example",
    "/\t/jahat.example",
    "/\r/jahat.example",
    "/a\n/b",
]


@pytest.mark.parametrize("url", [*ELSEWHERE, "masuk", 7, None])
def test_a_carried_form_goes_nowhere_else(app, url):
    with app.test_request_context("/masuk", method="POST", data={"carried": json.dumps([url, []])}):
        assert carried() is None


@pytest.mark.parametrize(
    "junk", ["", "[]", "{", "7", '["/x", [["a"]]]', "[" * 100_000, '["/x", [["a", "\\ud800"]]]', '["/\\udfff", []]']
)
def test_a_broken_carried_form_is_no_form(app, junk):
    with app.test_request_context("/masuk", method="POST", data={"carried": junk}):
        assert carried() is None


@pytest.mark.parametrize("headers", [HTMX, BOOSTED])
def test_htmx_gets_a_login_panel_and_the_form_stays(app, headers):
    response = app.test_client().post("/keluar", headers=headers, data={"csrf_token": "lama"})
    assert response.status_code == 401
    assert response.headers["HX-Retarget"] == "#session"
    assert 'id="session-panel"' in response.text


def test_logging_in_at_the_panel_renews_every_token_on_the_page(app):
    visitor = Visitor(app)
    panel = visitor.post("/keluar", partial=True, csrf_token="lama")
    back = visitor.submit(panel, "/masuk", partial=True, username="sari", password=cast.PASSWORD)
    fresh = back.one('hx-partial[hx-target="[name=csrf_token]"] input')["value"]
    assert back.headers["HX-Retarget"] == "#status"
    assert visitor.post("/keluar", csrf_token=fresh).location == "/masuk"


# --- static files --------------------------------------------------------------------------------------------------


def test_htmx_is_the_very_file_that_was_published():
    assert hashlib.sha256((STATIC / "vendor/htmx-4.0.1.min.js").read_bytes()).hexdigest() == HTMX_SHA256


@pytest.mark.parametrize(("name", "kilobytes"), [("app.css", 7), ("app.js", 3), ("vendor/htmx-4.0.1.min.js", 12.1)])
def test_static_files_keep_their_budgets(name, kilobytes):
    assert len(brotli.compress((STATIC / name).read_bytes(), quality=11)) <= kilobytes * 1024


def test_a_cold_page_asks_for_five_files_at_most(app):
    page = Visitor(app).get("/masuk")
    files = {node.get("href") or node.get("src") for node in page.all("link") + page.all("script")}
    icons = {node["href"].partition("#")[0] for node in page.all("use")}
    assert len({"/masuk"} | files | icons) <= 5


def test_static_files_are_named_by_their_content(app):
    address = Visitor(app).get("/masuk").one("link[rel=stylesheet]")["href"]
    with app.test_client().get(address) as answer:
        assert "immutable" in answer.headers["Cache-Control"]
    assert address != "/static/app.css"


def test_every_icon_that_templates_name_exists():
    known = (STATIC / "icons.svg").read_text()
    assert all(f'id="{item.icon}"' in known for item in shell.NAVIGATION)
