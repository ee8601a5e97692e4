"""The head of the chain: what the page prints can be pasted into its field, years later and from paper too."""

import pytest

from tests.visitor import Visitor

CHECK = "/audit/periksa"


@pytest.fixture
def admin(app):
    admin = Visitor(app, "admin")
    admin.submit("/pengaturan/poverty_line", value="750.000", source="BPS")
    return admin


@pytest.fixture
def printed(admin):
    return admin.get("/audit").one("#verdict code").text


def as_typed_from_paper(head):
    seq, digest = head.split(":")
    return f" {seq} : " + " ".join(digest[at : at + 4] for at in range(0, 64, 4)).upper()


def as_printed_formerly(head):
    seq, digest = head.split(":")
    return f"{seq}:{digest[:16]}…"


@pytest.mark.parametrize("partial", [True, False])
@pytest.mark.parametrize("typed", [str, as_typed_from_paper])
def test_a_printed_head_is_whole_when_it_comes_back(admin, printed, typed, partial):
    answer = admin.submit("/audit", CHECK, partial=partial, head=typed(printed))
    assert (answer.status, answer.one("#verdict [role=status]").text.split()[0]) == (200, "Utuh")
    assert "64 dari 64 angka" in answer.one("#verdict").text


def test_a_head_printed_formerly_is_compared_as_far_as_it_goes(admin, printed):
    answer = admin.submit("/audit", CHECK, head=as_printed_formerly(printed))
    assert "Utuh" in answer.text
    assert "16 dari 64 angka" in answer.text


def test_another_short_head_breaks_the_chain(admin, printed):
    seq = printed.split(":")[0]
    assert "Tidak utuh" in admin.submit("/audit", CHECK, head=f"{seq}:{'0' * 16}").text


def test_a_later_head_than_the_chain_has_breaks_it(admin, printed):
    seq, digest = printed.split(":")
    answer = admin.submit("/audit", CHECK, head=f"{int(seq) + 1}:{digest}")
    assert "Tidak utuh" in answer.text
    assert "angka" not in answer.one("#verdict [role=alert]").text


def test_the_head_of_an_empty_chain_stays_right(app):
    kepala = Visitor(app, "kepala")
    assert "Utuh" in kepala.submit("/audit", CHECK, head=f"0:{'0' * 64}").text
    assert "Tidak utuh" in kepala.submit("/audit", CHECK, head=f"0:{'1' * 64}").text


@pytest.mark.parametrize("partial", [True, False])
@pytest.mark.parametrize("typed", ["kemarin", "12", "12:", f"12:{'a' * 15}", f"12:{'a' * 65}", f"12:{'g' * 64}", "a" * 64])
def test_what_is_no_head_is_told_and_stays_typed(admin, typed, partial):
    answer = admin.submit("/audit", CHECK, partial=partial, head=typed)
    assert answer.status == 422
    assert "nomor, titik dua, lalu 16 sampai 64 angka" in answer.errors[0]
    assert answer.one("#head")["value"] == typed
    assert not answer.all("#verdict [role=status]")


def test_a_whole_chain_is_checked_without_a_head(admin):
    answer = admin.submit("/audit", CHECK)
    assert "Utuh" in answer.text and "dari 64" not in answer.text
