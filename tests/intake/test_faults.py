"""Every fault has its sentence, and every sentence its fault."""

import ast
import re
from collections.abc import Iterator

import pytest
from flask_babel import force_locale

from portal.intake.reading.files import UnreadableFile
from portal.intake.reading.rows import WARNINGS
from portal.intake.words import PROBLEMS, UNREADABLE, refusal, sentence
from portal.kernel import identity
from tests.intake.files import MEMBER_HEADER, PAYMENT_HEADER, ROOT, ROSTERS, parse, payment, workbook


@pytest.fixture(autouse=True)
def in_indonesian() -> Iterator[None]:
    """Whatever application another test has left running, nobody is here who could have chosen a language."""
    with force_locale("id"):
        yield


TELLERS = {"Fault", "UnreadableFile", "tell", "_tell", "_coded"}
CODE = re.compile(r"[a-z]+(_[a-z]+)*")
#: Words that stand beside codes in those calls.
SLOTS = {"nik", "family"}


def written(tellers: set[str]) -> set[str]:
    """The texts that are given to those functions anywhere in the package, and what `_ole_code` answers."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "portal" / "intake").rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    calls = [node for node in nodes if isinstance(node, ast.Call) and called(node) in tellers]
    chosen = [node for node in nodes if isinstance(node, ast.FunctionDef) and node.name == "_ole_code"]
    returns = [inner for node in chosen for inner in ast.walk(node) if isinstance(inner, ast.Return)]
    return {text for node in (*calls, *returns) for text in texts(node)} - SLOTS


def called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def texts(node: ast.Call | ast.Return) -> Iterator[str]:
    parts = node.args if isinstance(node, ast.Call) else [node.value]
    for part in parts:
        for inner in ast.walk(part):
            if isinstance(inner, ast.Constant) and isinstance(inner.value, str) and CODE.fullmatch(inner.value):
                yield inner.value


def of_numbers() -> set[str]:
    """What kernel/identity.py may say of a NIK or a KK."""
    kinds = {*identity._LOKAL_ERRORS.values(), "missing", "scientific"}
    return {f"{number}_{kind}" for number in ("nik", "kk") for kind in kinds} | {"kk_date"}


def test_every_problem_has_a_message():
    assert written(TELLERS - {"UnreadableFile"}) >= {"precision_lost", "area_unknown", "family_missing", "sex_unknown"}
    assert written({"Fault", "tell", "_tell", "_coded"}) - set(UNREADABLE) | of_numbers() == set(PROBLEMS)


def test_every_refusal_has_a_message():
    assert written({"UnreadableFile"}) - set(PROBLEMS) | {"layout_near"} == set(UNREADABLE)


def test_every_warning_is_a_problem():
    assert set(PROBLEMS) > WARNINGS


@pytest.mark.parametrize("text", [*PROBLEMS.values(), *UNREADABLE.values()], ids=[*PROBLEMS, *UNREADABLE])
def test_message_is_one_plain_sentence(text):
    said = re.sub(r"%\(\w+\)s", "x", str(text))
    assert said.endswith(".") and said[0].isupper() and "%" not in said
    assert len(said) < 140


@pytest.mark.parametrize("name", ["A-bnba-pkh-bermasalah.csv", "F-dtsen-bermasalah.xlsx"])
def test_sentences_of_the_sample_rosters_are_complete_and_show_no_number(name):
    for problem in parse(ROSTERS / name).problems:
        said = sentence(problem)
        assert "%(" not in said and "None" not in said
        assert not re.search(r"\d{11,}", said)


def test_repetition_names_the_first_row_and_its_sheet():
    repeated = parse(workbook(Klojen=[PAYMENT_HEADER, payment()], Sukun=[PAYMENT_HEADER, payment()])).problems[0]
    assert sentence(repeated) == "Baris ini mengulang lembar Klojen baris 2, jadi dilewati."


def test_precision_lost_says_what_to_ask_for():
    lost = parse(workbook(data=[PAYMENT_HEADER, payment(NIK_KTP=3573994111922966)])).problems[0]
    assert sentence(lost) == "Angka terakhir di kolom NIK_KTP hilang karena sel bertipe angka; mintalah berkas bertipe teks."


def test_refusal_names_the_nearest_layout_and_what_it_lacks():
    with pytest.raises(UnreadableFile) as refused:
        parse(workbook(data=[PAYMENT_HEADER[:-1], payment()]))
    assert refusal(refused.value) == "Berkas ini mirip daftar pembayaran PKH, tetapi kolom ini tidak ada: NOMINAL."


def test_refusal_without_anything_near_says_what_can_be_imported():
    with pytest.raises(UnreadableFile) as refused:
        parse(workbook(data=[["pohon", "tinggi"]], anggota=[MEMBER_HEADER[:2]]))
    assert "daftar pembayaran PKH dan data keluarga DTSEN" in refusal(refused.value)
