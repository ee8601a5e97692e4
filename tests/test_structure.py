"""The plan of the house, read from its source: who may know whom, who commits, how large a room grows."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted((ROOT / "portal").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))

SLICES = (
    "kernel", "web", "family", "evidence", "assessment", "membership", "nomination", "monitoring", "graduation", "caseload",
    "intake", "board", "office", "checks", "demo", "commands",
)  # fmt: skip
"""Each may import those before it, never those after."""
PARTS = ("reading", "rules", "records", "lists", "words", "pages", "slice")
"""Within a slice each may import those before it."""
WITHOUT_PARTS = ("kernel", "web", "checks", "demo", "commands")
FRAME = ("portal.create_app", "portal.SLICES", "portal.config", "portal.build", "portal.new_keys")
"""What stands around the slices; none of them knows it."""
PURE = ("terms", "policy", "workflow", "typed", "identity", "schedule")
"""What rules may know of the kernel: the rest of it remembers, or reads the clock."""
UNKNOWN_TO = {
    "rules": ("flask", "sqlalchemy", "wtforms", "werkzeug", "jinja2", "os", "pathlib", "io", "time", "random", "secrets"),
    "reading": ("flask", "sqlalchemy", "flask_login", "werkzeug"),
    "records": ("flask", "flask_login", "flask_babel", "flask_sqlalchemy", "flask_wtf", "werkzeug"),
    "lists": ("flask", "flask_login", "flask_babel", "flask_sqlalchemy", "flask_wtf", "werkzeug"),
    "kernel": ("flask", "flask_login", "flask_babel", "flask_sqlalchemy", "flask_wtf", "werkzeug"),
    "checks": ("flask", "flask_login", "flask_babel", "flask_sqlalchemy", "flask_wtf", "werkzeug"),
    "demo": ("flask", "flask_login", "flask_babel", "flask_sqlalchemy", "flask_wtf", "werkzeug"),
    "pages": ("sqlalchemy", "flask_sqlalchemy", "alembic"),
    "words": ("sqlalchemy", "flask_sqlalchemy", "alembic"),
}
WRITERS = {
    "kernel/gate.py": "families, cases and their parts",
    "office/records/accounts.py": "people, their sessions and areas",
    "office/records/office.py": "the office's settings; the first day: areas and an administrator",
    "evidence/records.py": "files before they are claimed",
    "demo/loading.py": "the demo, into an empty database",
}
"""The files that may commit, and what."""


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"), filename=str(path))))


def place(path: Path) -> tuple[str, ...]:
    """`("nomination", "records", "effects")` for portal/nomination/records/effects.py."""
    return path.relative_to(ROOT / "portal").with_suffix("").parts


def slice_of(path: Path) -> str:
    return place(path)[0]


def part_of(path: Path) -> str:
    """`rules`, `records` …; of a slice that has no parts, its own name."""
    names = place(path)
    return names[0] if names[0] in WITHOUT_PARTS or len(names) == 1 else names[1]


def is_initial(path: Path) -> bool:
    return path.name == "__init__.py" and len(place(path)) == 2


def imported(path: Path) -> Iterator[str]:
    """Every module a file names, as `a.b.c`; `from a import b` gives `a.b`."""
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def starts(name: str, module: str) -> bool:
    return name == module or name.startswith(f"{module}.")


def called(path: Path, method: str) -> Iterator[int]:
    for node in nodes(path):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method:
            yield node.lineno


def where(path: Path, what: object) -> str:
    return f"{path.relative_to(ROOT)}: {what}"


IN_SLICES = [path for path in SOURCES if slice_of(path) in SLICES]


def test_every_file_has_its_place():
    """In a slice, in one of its parts; or in the frame."""
    frame = {"__init__", "build", "config", "new_keys", "data", "translations"}
    assert not [path for path in SOURCES if slice_of(path) not in (*SLICES, *frame)]
    known = (*PARTS, *WITHOUT_PARTS)
    assert not [path for path in IN_SLICES if part_of(path) not in known and not is_initial(path)]


def test_slices_know_only_those_before_them():
    for path in IN_SLICES:
        after = [f"portal.{name}" for name in SLICES[SLICES.index(slice_of(path)) + 1 :]]
        assert not [where(path, name) for name in imported(path) if any(starts(name, module) for module in (*after, *FRAME))]


def test_within_a_slice_imports_go_one_way():
    for path in IN_SLICES:
        if part_of(path) not in PARTS:
            continue
        above = [f"portal.{slice_of(path)}.{part}" for part in PARTS[PARTS.index(part_of(path)) + 1 :]]
        assert not [where(path, name) for name in imported(path) if any(starts(name, module) for module in above)]


def test_rules_stand_on_rules():
    """Of other slices they know the rules, of the kernel what is pure, of the web nothing."""
    for path in IN_SLICES:
        if part_of(path) == "rules":
            assert not [where(path, name) for name in imported(path) if name.startswith("portal.") and not is_pure(name)]


def is_pure(name: str) -> bool:
    _portal, slice_name, part, *_rest = [*name.split("."), ""]
    return part in (PURE if slice_name == "kernel" else ("rules", "reading"))


def test_records_know_no_words_and_no_pages():
    for path in IN_SLICES:
        if part_of(path) not in ("rules", "reading", "records", "lists", "checks"):
            continue
        known = [name for name in imported(path) if name.startswith("portal.")]
        assert not [
            where(path, name) for name in known if name.split(".")[1] == "web" or name.split(".")[2:3] in (["words"], ["pages"])
        ]


def test_no_view_borrows_from_another_slices_views():
    for path in IN_SLICES:
        others = [name for name in imported(path) if name.startswith("portal.") and name.split(".")[2:3] == ["pages"]]
        assert not [where(path, name) for name in others if name.split(".")[1] != slice_of(path)]


def test_no_import_leads_back():
    """No circle, whichever way one goes; what nobody imports is left last."""
    known = {".".join(("portal", *place(path))).removesuffix(".__init__"): path for path in SOURCES}
    left = {name: {target(one, known) for one in imported(path)} - {name, ""} for name, path in known.items()}
    while free := [name for name, needs in left.items() if not needs & left.keys()]:
        for name in free:
            del left[name]
    assert sorted(left) == []


def target(name: str, known: Mapping[str, Path]) -> str:
    return name if name in known else name.rpartition(".")[0] if name.rpartition(".")[0] in known else ""


def test_a_slice_does_not_know_the_outside():
    for path in IN_SLICES:
        unknown = UNKNOWN_TO.get(part_of(path), ())
        assert not [where(path, name) for name in imported(path) if any(starts(name, module) for module in unknown)]


def test_rules_have_no_clock():
    for path in IN_SLICES:
        if part_of(path) in ("rules", "reading"):
            assert not [where(path, line) for name in ("today", "now", "utcnow") for line in called(path, name)]


def test_pages_never_touch_the_database():
    for path in IN_SLICES:
        if part_of(path) in ("pages", "words"):
            touched = {"portal.web.db", "portal.kernel.base.session", "portal.kernel.base"}
            assert not [where(path, name) for name in imported(path) if name in touched]


def test_no_view_catches_what_the_gate_or_a_list_raises():
    """What is refused, stale or used up becomes a page in submit() and in the frame; so does a page that no list has."""
    told = {"Refused", "Stale", "KeyReused", "NotFound", "Forbidden", "NoSuchPlace"}
    in_pages = [(path, node) for path in IN_SLICES if part_of(path) == "pages" for node in nodes(path)]
    assert not [where(path, node.lineno) for path, node in in_pages if told & caught(node)]


def caught(node: ast.AST) -> set[str]:
    """`{"gate", "Stale"}` for `except gate.Stale` and `suppress(gate.Stale)`."""
    is_suppressing = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "suppress"
    if not (is_suppressing or (isinstance(node, ast.ExceptHandler) and node.type)):
        return set()
    kinds = node.args if isinstance(node, ast.Call) else [node.type]
    return {getattr(part, "id", getattr(part, "attr", "")) for kind in kinds for part in ast.walk(kind)}


def test_only_the_gate_and_the_named_writers_commit():
    assert not [where(path, line) for path in SOURCES if not may_commit(path) for line in called(path, "commit")]


def may_commit(path: Path) -> bool:
    return path.relative_to(ROOT / "portal").as_posix() in WRITERS


def test_every_named_writer_is_there():
    assert not [name for name in WRITERS if not (ROOT / "portal" / name).exists()]


def test_a_class_name_means_one_thing():
    homes: dict[str, list[str]] = defaultdict(list)
    for path in SOURCES:
        for node in nodes(path):
            if isinstance(node, ast.ClassDef):
                homes[node.name].append(where(path, node.lineno))
    assert {name: found for name, found in homes.items() if len(found) > 1} == {}


def words_of(path: Path) -> Iterator[tuple[int, str]]:
    """Every string in a file that is not a docstring."""
    told = {id(node.value) for node in nodes(path) if isinstance(node, ast.Expr)}
    for node in nodes(path):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.lineno, node.value


def test_only_responses_know_htmx_headers():
    others = [path for path in SOURCES if path.name != "responses.py"]
    assert not [where(path, line) for path in others for line, word in words_of(path) if re.match(r"HX-[A-Z]", word)]


def test_only_the_policy_asks_for_a_role():
    others = [path for path in SOURCES if path != ROOT / "portal" / "kernel" / "policy.py"]
    compared = [(path, node) for path in others for node in nodes(path) if isinstance(node, ast.Compare)]
    assert not [where(path, node.lineno) for path, node in compared if compares_role(node)]


def compares_role(node: ast.Compare) -> bool:
    sides = [node.left, *node.comparators]
    return any(isinstance(side, ast.Attribute) and side.attr == "role" and not is_column(side) for side in sides)


def is_column(side: ast.Attribute) -> bool:
    """`User.role == …` is a query for people of a role, not a decision about one."""
    return isinstance(side.value, ast.Name) and side.value.id[0].isupper()


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in nodes(path):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno
            yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", node.end_lineno - node.lineno + 1


def lines_in(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_function_over_50_lines():
    assert not [name for path in (*SOURCES, *TESTS) for name, lines in functions(path) if lines > 50]


def test_functions_are_short_as_a_rule():
    sizes = sorted(lines for path in SOURCES for _, lines in functions(path))
    assert median(sizes) <= 8
    assert sizes[int(len(sizes) * 0.9)] <= 30


def test_tests_are_short_as_a_rule():
    sizes = [lines for path in TESTS for name, lines in functions(path) if " test_" in name]
    assert median(sizes) <= 10


def test_no_file_over_400_lines():
    assert not [where(path, lines_in(path)) for path in (*SOURCES, *TESTS) if lines_in(path) > 400]


def test_files_are_small_as_a_rule():
    """Some 150 files, each with one matter in it: fewer and fuller than many that hold a piece."""
    sizes = sorted(lines_in(path) for path in SOURCES)
    assert sizes[int(len(sizes) * 0.9)] <= 350


def test_no_template_over_150_lines():
    assert not [where(path, lines_in(path)) for path in TEMPLATES if lines_in(path) > 150]


def test_at_most_four_parameters_before_the_star():
    defined = [(path, node) for path in SOURCES for node in nodes(path) if isinstance(node, ast.FunctionDef)]
    assert not [where(path, node.name) for path, node in defined if len(given(node)) > 4]


def given(node: ast.FunctionDef) -> list[str]:
    return [argument.arg for argument in node.args.args if argument.arg not in ("self", "cls")]


def test_no_drawer_for_odds_and_ends():
    odd = {"utils", "helpers", "common", "manager", "misc"}
    assert not [path for path in (*SOURCES, *TESTS) if odd & {path.stem, path.parent.name}]


BANNED = re.compile(
    r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|javascript:|hx-on|js:|hx-(delete|put|patch)=|https?://(?!www\.w3\.org/)",
    re.IGNORECASE,
)
DECIDES = re.compile(r"\.query\b|\bsession\.|\.role\s*[!=]=|\bgate\.")


def test_templates_hold_no_script_style_or_foreign_address():
    assert not [where(path, line) for path, line in template_lines() if BANNED.search(line)]


def test_templates_neither_fetch_nor_decide():
    assert not [where(path, line) for path, line in template_lines() if DECIDES.search(line)]


def template_lines() -> Iterator[tuple[Path, str]]:
    for path in TEMPLATES:
        yield from ((path, line) for line in path.read_text(encoding="utf-8").splitlines())
