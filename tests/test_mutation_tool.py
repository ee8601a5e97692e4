"""The tool that breaks the guards does what its operators say, and names what it does the same way every time."""

import ast

import pytest

from tests.mutation.__main__ import sampled
from tests.mutation.guards import DECIDING, HELD, ROOT, SIGHT, WHOLE, files_of, guards, near
from tests.mutation.operators import mutants, mutated

PATH = "portal/made_up.py"


def made(source: str, operator: str) -> list[str]:
    """The sources that one operator makes of this one."""
    found = [one for one in mutants(PATH, source) if one.id.split(":")[2] == operator]
    return [ast.unparse(mutated(source, one.number, one.variant)) for one in found]


@pytest.mark.parametrize(
    ("operator", "source", "expected"),
    [
        ("eq-not_eq", "a == b", ["a != b"]),
        ("lt-lt_e", "a < b < c", ["a <= b < c", "a < b <= c"]),
        ("gt_e-gt", "a >= b", ["a > b"]),
        ("in-not_in", "a in b", ["a not in b"]),
        ("is_not-is", "a is not None", ["a is None"]),
        ("and-or", "a and b", ["a or b"]),
        ("operand", "a and b and c", ["b and c", "a and c", "a and b"]),
        ("either-both", "a | b", ["a & b"]),
        ("not", "not a", ["a"]),
        ("if_true", "x = 1 if a else 2", ["x = 1 if True else 2"]),
        ("if_false", "if a:\n    b()", ["if False:\n    b()"]),
        ("every_one", "[a for a in b if a.c]", ["[a for a in b if True]"]),
        ("condition", "select(a).where(b, c)", ["select(a).where(c)", "select(a).where(b)"]),
        ("element", "NEEDS = ('a', 'b')", ["NEEDS = ('b',)", "NEEDS = ('a',)"]),
        ("element", "ENDS = frozenset({'a', 'b'})", ["ENDS = frozenset({'b'})", "ENDS = frozenset({'a'})"]),
        ("element", "def f():\n    return a in (b, c)", ["def f():\n    return a in (c,)", "def f():\n    return a in (b,)"]),
        ("entry", "GRANTS = {a: b, c: d}", ["GRANTS = {c: d}", "GRANTS = {a: b}"]),
        ("plus_1", "x = 90", ["x = 91"]),
        ("minus_1", "x = 90", ["x = 89"]),
        ("inverted", "x = True", ["x = False"]),
        ("inverted", "return_ = true()", ["return_ = false()"]),
        ("return_none", "def f():\n    return a", ["def f():\n    return None"]),
        ("return_not", "def f() -> bool:\n    return a()", ["def f() -> bool:\n    return not a()"]),
        ("raise", "if a:\n    raise Refused", ["if a:\n    pass"]),
        ("call", "refuse(a)", ["pass"]),
        ("reach", "x = {a: _CASELOAD}", ["x = {a: _AREA}"]),
        ("reach", "a is Reach.AREA", ["a is Reach.EVERYWHERE"]),
    ],
)
def test_an_operator_makes_what_it_says(operator, source, expected):
    assert made(source, operator) == expected


def test_types_and_docstrings_are_left_alone():
    assert mutants(PATH, 'def f(a: "int | None" = None) -> int | None:\n    """1"""\n') == []


def test_how_a_dataclass_is_made_is_left_alone():
    assert mutants(PATH, "@dataclass(frozen=True)\nclass A:\n    b: int\n") == []


def test_unpacked_tuples_are_left_alone():
    assert made("a, b = 'x', 'y'", "element") == []


def test_an_unchanged_source_gives_the_same_names():
    source = (ROOT / "portal/kernel/gate.py").read_text()
    assert mutants(PATH, source) == mutants(PATH, source)


def test_a_line_elsewhere_changes_no_name():
    source = "def f(a):\n    return a in b\n"
    longer = "C = 1\n\n\ndef e():\n    return c in d\n\n\n" + source
    assert [one.id for one in mutants(PATH, source)] == [one.id for one in mutants(PATH, longer) if ":f:" in one.id]


def test_every_mutant_has_a_name_of_its_own_and_compiles_to_something_else():
    path = "portal/kernel/policy.py"
    source = (ROOT / path).read_text()
    found = mutants(path, source)
    assert len({one.id for one in found}) == len(found) > 100
    for one in found[::10]:
        changed = mutated(source, one.number, one.variant)
        compile(changed, path, "exec")
        assert ast.unparse(changed) != ast.unparse(ast.parse(source)), one.id


def test_only_what_says_whose_rows_are_seen_counts_in_lists():
    source = "def seen(a):\n    return select(b).where(gate.visible(a, 'x', b))\n\n\ndef shown(a):\n    return a == 1\n"
    assert {one.function for one in mutants(PATH, source, sight_only=True)} == {"seen"}


def test_the_guards_are_there_and_have_tests():
    found = dict(guards())
    assert {"portal/kernel/gate.py", "portal/kernel/policy.py", "portal/web/access.py", "portal/graduation/rules.py"} <= {
        *found
    }
    assert not [path for path in found if not near(path)]


def test_the_sample_is_one_a_day():
    found = mutants(PATH, (ROOT / "portal/kernel/gate.py").read_text())
    today = sampled(found, 20, "2026-11-24")
    assert today == sampled(found, 20, "2026-11-24") != sampled(found, 20, "2026-11-25")
    assert len(today) == 20


@pytest.mark.parametrize("room", [*WHOLE, *SIGHT, *HELD])
def test_every_room_of_guards_is_there(room):
    assert files_of(room)


@pytest.mark.parametrize("word", DECIDING)
def test_what_decides_in_records_is_there(word):
    assert [path for path, whole in guards() if whole and "/records" in path and word in (ROOT / path).read_text()]


@pytest.mark.parametrize("slice_name", ["graduation", "membership", "monitoring", "nomination"])
def test_what_a_step_needs_and_sets_off_is_a_guard_in_every_slice(slice_name):
    assert [path for path, whole in guards() if whole and path.startswith(f"portal/{slice_name}/records")]


def test_what_only_asks_for_equal_lengths_is_left_alone():
    assert mutants(PATH, "for a in zip(b, c, strict=True):\n    d = a\n") == []


def test_how_a_column_is_stored_is_left_alone():
    assert mutants(PATH, "class A(Base):\n    b: Mapped[str] = mapped_column(String(20), default=1)\n") == []
