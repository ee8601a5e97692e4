"""The kelurahan a row means."""

import pytest

from portal.intake.reading.rows import AreaIndex, Found, StatedPlace
from portal.kernel.typed import fold_area
from tests.intake.files import AREAS, csv_rows


def code(**stated: str) -> str | None:
    return AREAS.find(StatedPlace(**stated)).code


def test_every_kelurahan_is_found_by_code_by_name_and_by_alias():
    kelurahan = [area for area in csv_rows("malang_areas.csv") if area["level"] == "kelurahan"]
    assert len(kelurahan) == 57
    for area in kelurahan:
        assert code(code=area["code"]) == code(code=area["code"].replace(".", "")) == area["code"]
        assert code(kelurahan=area["name"]) == code(kelurahan=area["name"].upper()) == area["code"]
    for alias in csv_rows("malang_area_aliases.csv"):
        assert code(kelurahan=alias["alias"]) == alias["code"]


@pytest.mark.parametrize("name", ["Tjipto Moeljo", "CIPTOMULYO", "Kel. Cipto Mulyo", "kelurahan ciptomulyo"])
def test_old_spelling_and_spaces_do_not_matter(name):
    assert code(kelurahan=name) == "35.73.04.1001"


def test_kelurahan_named_like_its_kecamatan_is_the_kelurahan():
    assert code(kelurahan="SUKUN", kecamatan="SUKUN") == "35.73.04.1005"


def test_name_in_another_kecamatan_or_city_is_unknown():
    assert code(kelurahan="BANDULAN", kecamatan="SUKUN", city="KOTA MALANG") == "35.73.04.1008"
    assert code(kelurahan="BANDULAN", kecamatan="KLOJEN") is None
    assert code(kelurahan="BANDULAN", kecamatan="SUKUN", city="KAB. MALANG") is None
    assert code(kelurahan="BANDULAN", city="SURABAYA") is None


@pytest.mark.parametrize(
    "stated", [StatedPlace(), StatedPlace(kelurahan="ATLANTIS"), StatedPlace(code="3573991001"), StatedPlace(code="35.73.01")]
)
def test_nothing_is_guessed(stated):
    assert AREAS.find(stated) == Found(None)


def test_code_wins_over_the_name_but_both_are_looked_at():
    assert AREAS.find(StatedPlace("3573041008", "BANDULAN")) == Found("35.73.04.1008")
    assert AREAS.find(StatedPlace("3573041008", "KLOJEN")) == Found("35.73.04.1008", differs=True)
    assert AREAS.find(StatedPlace("3573041008", "BANDOELANN")) == Found("35.73.04.1008")


def test_unknown_code_of_this_city_leaves_it_to_the_name():
    """BPS numbers the same kelurahan otherwise."""
    assert code(code="3573040008", kelurahan="BANDULAN") == "35.73.04.1008"
    assert code(code="3578040008", kelurahan="BANDULAN") is None


def test_name_of_two_places_needs_its_kecamatan():
    twins = AreaIndex(
        [("11.01", "Kota X"), ("11.01.01", "A"), ("11.01.02", "B"), ("11.01.01.1001", "Sari"), ("11.01.02.1001", "Sari")]
    )
    assert twins.find(StatedPlace(kelurahan="Sari")) == Found(None)
    assert twins.find(StatedPlace(kelurahan="Sari", kecamatan="B")) == Found("11.01.02.1001")


def test_folding_keeps_the_57_apart():
    names = [area["name"] for area in csv_rows("malang_areas.csv") if area["level"] == "kelurahan"]
    assert len({fold_area(name) for name in names}) == 57
