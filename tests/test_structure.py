"""The plan of the house, read from its source: who may know whom, who commits, how large a room grows."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted((ROOT / "portal").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))

LAYERS = ("rules", "records", "exchange", "pages")
"""Each may import those before it, never those after."""
FRAME = ("portal.create_app", "portal.config", "portal.build", "portal.cli", "portal.commands", "portal.demo", "portal.jobs")
"""What stands around the layers; none of them knows it."""
UNKNOWN_TO = {
    "rules": ("flask", "sqlalchemy", "wtforms", "werkzeug", "jinja2", "os", "pathlib", "io", "time", "random", "secrets"),
    "records": ("flask", "flask_login", "flask_babel", "flask_sqlalchemy", "flask_wtf", "werkzeug"),
    "exchange": ("flask", "flask_login", "werkzeug"),
    "pages": ("sqlalchemy", "flask_sqlalchemy", "alembic"),
}
WRITERS = {
    "gate.py": "families, cases and their parts",
    "accounts.py": "people, their sessions and areas",
    "evidence.py": "files before they are claimed",
    "installation.py": "the first day: areas and an administrator",
    "loading.py": "the demo, into an empty database",
}
"""The files (or packages) of records that may commit, and what."""


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"), filename=str(path))))


def layer_of(path: Path) -> str:
    return path.relative_to(ROOT / "portal").parts[0]


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


def in_layers(*layers: str) -> list[Path]:
    return [path for path in SOURCES if layer_of(path) in layers]


def where(path: Path, what: object) -> str:
    return f"{path.relative_to(ROOT)}: {what}"


def test_imports_go_one_way():
    for path in in_layers(*LAYERS):
        above = [f"portal.{layer}" for layer in LAYERS[LAYERS.index(layer_of(path)) + 1 :]]
        above += [*FRAME, *(["portal.extensions"] if layer_of(path) != "pages" else [])]
        assert not [where(path, name) for name in imported(path) if any(starts(name, module) for module in above)]


def test_the_demo_stands_on_records():
    above = ("portal.exchange", "portal.pages", "portal.extensions", *(name for name in FRAME if name != "portal.demo"))
    known = [(path, name) for path in in_layers("demo") for name in imported(path)]
    assert not [where(path, name) for path, name in known if any(starts(name, module) for module in (*above, "flask"))]


def test_layers_do_not_know_the_outside():
    for path in in_layers(*LAYERS):
        unknown = UNKNOWN_TO[layer_of(path)]
        assert not [where(path, name) for name in imported(path) if any(starts(name, module) for module in unknown)]


def test_rules_have_no_clock():
    for path in in_layers("rules"):
        assert not [where(path, line) for name in ("today", "now", "utcnow") for line in called(path, name)]


def test_pages_never_touch_the_database():
    for path in in_layers("pages"):
        touched = {"portal.extensions.db", "portal.records.base.session", "portal.records.base"}
        assert not [where(path, name) for name in imported(path) if name in touched]


def test_only_the_gate_and_the_named_writers_commit():
    assert not [where(path, line) for path in SOURCES if not may_commit(path) for line in called(path, "commit")]


def may_commit(path: Path) -> bool:
    parts = path.relative_to(ROOT / "portal").parts
    return parts[0] == "records" and parts[1] in WRITERS


def test_every_named_writer_is_there():
    assert not [name for name in WRITERS if not (ROOT / "portal" / "records" / name).exists()]


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
    others = [path for path in SOURCES if path != ROOT / "portal" / "rules" / "policy.py"]
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
    sizes = sorted(lines_in(path) for path in SOURCES)
    assert sizes[int(len(sizes) * 0.9)] <= 250


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
