"""What happens on bad networks and with ended sessions: nothing that was typed is lost, nothing strange is shown."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests import cast

LOGIN = "**/masuk"


def type_name(page: Page, password: str = cast.PASSWORD) -> None:
    page.goto("/masuk")
    page.fill("#username", "sari")
    page.fill("#password", password)


def lose(route: Route) -> None:
    route.abort() if route.request.method == "POST" else route.continue_()


def answer(status: int, body: str):
    def fulfill(route: Route) -> None:
        if route.request.method == "POST":
            route.fulfill(status=status, body=body, content_type="text/html")
        else:
            route.continue_()

    return fulfill


def expect_unsent(page: Page) -> None:
    expect(page.locator(".unsent")).to_contain_text("Belum terkirim")
    assert page.input_value("#username") == "sari"


def test_a_lost_answer_keeps_what_was_typed_and_can_be_sent_again(phone):
    type_name(phone)
    key = phone.input_value("input[name=key]")
    phone.route(LOGIN, lose)
    phone.click("button.main")
    expect_unsent(phone)
    phone.unroute(LOGIN)
    with phone.expect_request(lambda sent: sent.method == "POST") as again:
        phone.click(".unsent button")
    assert f"key={key}" in again.value.post_data
    phone.wait_for_url("**/")


@pytest.mark.parametrize(
    ("status", "body"),
    [(502, "<h1>Bad Gateway</h1>"), (413, "<h1>Too Large</h1>"), (200, "<h1>Masuk WiFi Kafe</h1>"), (404, "<h1>nginx</h1>")],
)
def test_what_a_proxy_says_is_never_shown_in_the_page(phone, status, body):
    type_name(phone)
    phone.route(LOGIN, answer(status, body))
    phone.click("button.main")
    expect_unsent(phone)
    expect(phone.locator("h1")).to_have_text("Masuk")


def test_focus_goes_to_what_is_wrong(phone):
    type_name(phone, "salah")
    phone.click("button.main")
    expect(phone.locator(".errors")).to_be_focused()
    assert phone.input_value("#username") == "sari"
    assert phone.title().startswith("Masuk")


def test_leaving_with_something_typed_is_asked_about(phone):
    type_name(phone)
    asked: list[str] = []
    phone.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    phone.goto("/tidak-ada")
    assert asked == ["beforeunload"]


def test_without_scripts_the_same_form_does_the_same(plain):
    type_name(plain, "salah")
    plain.click("button.main")
    expect(plain.locator(".errors")).to_contain_text("Belum bisa masuk")
    plain.fill("#password", cast.PASSWORD)
    plain.click("button.main")
    plain.wait_for_url("**/")


def test_what_is_pressed_is_large_enough_and_nothing_is_cut_off(phone):
    phone.goto("/masuk")
    boxes = [element.bounding_box() for element in phone.locator("main button, main input:visible").all()]
    assert all(box["height"] >= 44 for box in boxes)
    assert phone.evaluate("document.documentElement.scrollWidth") == 360
