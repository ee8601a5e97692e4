from timeit import repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.family.rules.names import SAME_NAME, answers, fold, looks_like_number, similarity, tokens

NAMES = st.text(st.sampled_from("abcdehijklmnoqrstuwyz .,'-"), max_size=25)


@pytest.mark.parametrize(
    "spellings",
    [
        ["SITI AMINAH", "siti  aminah", "Hj. Siti Aminah", "St. Aminah", "Siti Aminah, S.Pd.I", "Sitti Aminah"],
        ["Muhammad Ali", "Moh. Ali", "M. Ali", "Moch. Ali", "Mochamad Ali", "H. Mohammad Ali", "MUHAMAD ALI", "M.ALI"],
        ["Ahmad Slamet", "Achmad Slamet", "Akhmad bin Slamet", "Drs. H. Ahmad Slamet, M.Si"],
        ["Fatimah Ali", "Fatimah binti Ali", "Fathimah Bt. Ali", "Fatimah Ali (Alm)"],
        ["Mat Rofi'i", "Mat Rofii", "MAT ROFI\u2019I", "Mat Ro\u0301fi`i"],
        ["Joko Sucipto", "Djoko Soetjipto", "DJOKO SUTJIPTO"],
        ["Yusuf", "Joesoef", "YOESOEF"],
        ["Suryani", "Soerjani", "Suriani"],
        ["Syamsul", "Sjamsul", "Sjamsoel"],
        ["Wijaya", "Widjaja", "Widjaya"],
        ["Nyoman", "Njoman"],
        ["Khotimah", "Chotimah", "Hotimah"],
        ["Sulistyowati", "Sulistiyowati", "Sulistiowati"],
        ["Suliyah", "Suliah"],
        ["Rizki", "Rizky", "Rizqi", "RIZQY"],
        ["Juwariyah", "Juariah"],
        ["Candra", "Chandra"],
        ["Kristina", "Christina"],
        ["Zikri Usman", "Dzikri Utsman"],
        ["Abdul Rohim", "Abd. Rokhim", "ABDOEL ROCHIM"],
    ],
)
def test_one_name_in_its_spellings(spellings):
    assert {fold(spelling) for spelling in spellings} == {fold(spellings[0])}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Wijaya", "Wiyaya"),
        ("Jumiati", "Yumiati"),
        ("Anjani", "Anyani"),
        ("Misnati", "Misnatun"),
        ("Siti Aminah", "Sri Aminah"),
        ("Muhammad Ali", "Ahmad Ali"),
        ("Suyono", "Sujono"),
    ],
)
def test_different_names_stay_different(one, other):
    assert fold(one) != fold(other)


@pytest.mark.parametrize("name", ["Ponijan", "Haji", "H", "M", "SE", "Bin", "Raden"])
def test_a_name_of_one_word_is_never_folded_away(name):
    assert len(fold(name).split()) == 1


@pytest.mark.parametrize("name", ["", "  ", "-", "12345", "."])
def test_without_letters_there_is_no_name(name):
    assert fold(name) == "" and tokens(name) == ()
    assert similarity(name, name) == 0


@given(NAMES)
def test_folding_twice_changes_nothing(name):
    assert fold(fold(name)) == fold(name)


@given(NAMES)
def test_case_and_blanks_do_not_matter(name):
    assert fold(f"  {name.upper().replace(' ', '   ')} ") == fold(name)


@given(st.text(max_size=40))
def test_a_folded_name_is_plain_letters(name):
    assert all(word.isascii() and word.isalpha() and word.islower() for word in tokens(name))


def test_tokens_come_once_and_in_order():
    assert tokens("Aminah Siti AMINAH") == ("aminah", "siti")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Khotimah Siti", "SITI CHOTIMAH"),
        ("Nur Hasanah", "Nurhasanah"),
        ("Siti Aminah", "Aminah"),
        ("Endang Susilowati", "Endang Susilawati"),
        ("Slamet Riyadi", "Selamet Riadi"),
        ("Tumini", "Tumiini"),
    ],
)
def test_order_and_typing_slips_leave_a_name_the_same(one, other):
    assert similarity(one, other) >= SAME_NAME


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Siti Aminah", "Siti Khotimah"),
        ("Siti Aminah", "Sri Aminah"),
        ("Muhammad Ali", "Muhammad Amin"),
        ("Misnati", "Misnatun"),
        ("Galih Lestari", "Galih Ramadhani"),
        ("Sumiati", "Sumiati Ningsih"),
        ("Dewi", "Tumini"),
    ],
)
def test_people_with_half_a_name_in_common_are_not_the_same(one, other):
    assert similarity(one, other) < SAME_NAME


def test_a_name_cut_short_is_worth_a_look():
    assert similarity("Sumiati", "Sumiati Ningsih") == 80
    assert similarity("Sumiati", "Ningsih Rahayu") < 60


@given(NAMES, NAMES)
def test_similarity_is_the_same_both_ways(one, other):
    assert 0 <= similarity(one, other) <= 100
    assert similarity(one, other) == pytest.approx(similarity(other, one))


@given(NAMES)
def test_a_name_is_like_itself(name):
    assert similarity(name, name) == (100 if fold(name) else 0)


def relevance(query, name):
    return answers(tokens(query), tokens(name))


def test_the_name_that_was_meant_ranks_first():
    names = ["SITI KHOTIMAH", "SITI AMINAH", "HALIMAH", "KOMARIYAH", "SITI FATIMAH"]
    assert max(names, key=lambda name: relevance("khotim", name)) == "SITI KHOTIMAH"
    assert max(names, key=lambda name: relevance("amina siti", name)) == "SITI AMINAH"
    assert max(names, key=lambda name: relevance("qomarya", name)) == "KOMARIYAH"
    assert relevance("komer", "KOMARIYAH") >= 75


def test_words_not_typed_cost_nothing_in_a_search():
    assert relevance("aminah", "Hj. Siti Aminah") == 100
    assert relevance("ami", "Siti Aminah") > 95
    assert relevance("nur hasanah", "Nurhasanah") == 100
    assert relevance("", "Siti") == relevance("siti", "") == 0


@pytest.mark.parametrize("text", ["357399", "3573 9941", "siti 123456", "08-12-34"])
def test_six_digits_look_like_a_number(text):
    assert looks_like_number(text)


@pytest.mark.parametrize("text", ["siti", "rt 8 rw 12", "12345", ""])
def test_fewer_digits_do_not(text):
    assert not looks_like_number(text)


def test_comparing_takes_less_than_a_millisecond():
    def compare():
        return similarity("Hj. Siti Khotimah binti Achmad, S.Pd", "SITI CHOTIMAH AHMAD")

    assert compare() == 100
    assert min(repeat(compare, number=100, repeat=3)) / 100 < 0.001
