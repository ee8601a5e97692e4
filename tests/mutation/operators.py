"""Small changes of a source that a test should notice, each with a name that survives edits elsewhere.

`portal/kernel/gate.py:find:is-is_not:0` is the first `is` within `find`. A change is a function from a node to what stands in
its place; None takes the node away.
"""

import ast
import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

Node = ast.AST | None
Change = tuple[str, Node]

COMPARED: dict[type, tuple[str, type]] = {
    ast.Eq: ("eq-not_eq", ast.NotEq), ast.NotEq: ("not_eq-eq", ast.Eq),
    ast.Lt: ("lt-lt_e", ast.LtE), ast.LtE: ("lt_e-lt", ast.Lt), ast.Gt: ("gt-gt_e", ast.GtE), ast.GtE: ("gt_e-gt", ast.Gt),
    ast.In: ("in-not_in", ast.NotIn), ast.NotIn: ("not_in-in", ast.In),
    ast.Is: ("is-is_not", ast.IsNot), ast.IsNot: ("is_not-is", ast.Is),
}  # fmt: skip
JOINED: dict[type, tuple[str, type]] = {
    ast.And: ("and-or", ast.Or), ast.Or: ("or-and", ast.And), ast.BitAnd: ("both-either", ast.BitOr),
    ast.BitOr: ("either-both", ast.BitAnd),
}  # fmt: skip
WIDER = {"ASSIGNED": "CASELOAD", "CASELOAD": "AREA", "AREA": "EVERYWHERE", "NONE": "ASSIGNED"}
CONDITIONS = {"where", "filter", "filter_by", "and_", "or_", "having", "on"}
"""Calls whose arguments are conditions, each of which may be forgotten."""
STORED = {"mapped_column", "relationship", "Index"}
"""Say how rows are kept, which no rule rests on."""
LEFT_ALONE = ("annotation", "returns", "ctx")
SETS = {"frozenset", "set", "tuple", "and_", "or_"}
TRUTHS = {"true": "false", "false": "true"}


@dataclass(frozen=True)
class Mutant:
    """`number` is the node's place in the walk; `lines` those of its statement, of which a test must have run one.
    `function` is the outermost one, "" for what runs at import; `digest` tells one text of it from another."""

    id: str
    path: str
    function: str
    line: int
    lines: tuple[int, int]
    number: int
    variant: int
    digest: str
    text: str


@dataclass(frozen=True)
class Site:
    """A node with what stands around it."""

    node: ast.AST
    number: int
    parents: tuple[ast.AST, ...]

    @property
    def function(self) -> ast.FunctionDef | None:
        """The outermost function whose body holds the node; decorators and defaults run at import."""
        chain = (*self.parents, self.node)
        for outer, inner in pairwise(chain):
            if isinstance(outer, ast.FunctionDef) and inner in outer.body:
                return outer
        return None

    @property
    def parent(self) -> ast.AST:
        return self.parents[-1]

    @property
    def name(self) -> str:
        names = [node.name for node in self.parents if isinstance(node, ast.FunctionDef | ast.ClassDef)]
        return ".".join(names) or _table(self.parents)

    @property
    def lines(self) -> tuple[int, int]:
        """Of the statement; of one that holds others, only its head."""
        statement = next(node for node in (self.node, *reversed(self.parents)) if isinstance(node, ast.stmt))
        body = getattr(statement, "body", None)
        last = body[0].lineno - 1 if isinstance(body, list) else statement.end_lineno or statement.lineno
        return statement.lineno, max(last, statement.lineno)


def _table(parents: tuple[ast.AST, ...]) -> str:
    """What a line outside of functions gives a name to."""
    assigned = next((node for node in parents if isinstance(node, ast.Assign | ast.AnnAssign)), None)
    target = assigned.targets[0] if isinstance(assigned, ast.Assign) else getattr(assigned, "target", None)
    return target.id if isinstance(target, ast.Name) else "module"


def mutants(path: str, source: str, *, sight_only: bool = False) -> list[Mutant]:
    """Every change of this source, in its order."""
    counted: Counter[str] = Counter()
    found = []
    for site in sites(ast.parse(source)):
        function = site.function
        if sight_only and not (function and "visible(" in ast.unparse(function)):
            continue
        scope = function if function is not None else site.parents[1] if len(site.parents) > 1 else site.node
        digest = hashlib.sha1(ast.dump(scope).encode(), usedforsecurity=False).hexdigest()[:12]
        for variant, (operator, new) in enumerate(changes(site)):
            name = f"{path}:{site.name}:{operator}"
            found.append(Mutant(
                id=f"{name}:{counted[name]}", path=path, function=function.name if function else "",
                line=getattr(site.node, "lineno", 0), lines=site.lines, number=site.number, variant=variant, digest=digest,
                text=f"{_told(site.node)} -> {_told(new)}",
            ))  # fmt: skip
            counted[name] += 1
    return found


def mutated(source: str, number: int, variant: int) -> ast.Module:
    """The whole source with one change in it."""
    tree = ast.parse(source)
    site = next(site for site in sites(tree) if site.number == number)
    new = changes(site)[variant][1]
    _replace(site.parent, site.node, new if new is not None or not isinstance(site.node, ast.stmt) else ast.Pass())
    return ast.fix_missing_locations(tree)


def sites(tree: ast.Module) -> Iterator[Site]:
    """Nodes that run, in the order of the source: no annotations, no docstrings, not how a dataclass is made."""
    numbers = iter(range(1_000_000))

    def walk(node: ast.AST, parents: tuple[ast.AST, ...]) -> Iterator[Site]:
        number = next(numbers)
        if parents and hasattr(node, "lineno"):
            yield Site(node, number, parents)
        for field, child in _children(node):
            if field not in LEFT_ALONE and not (field == "decorator_list" and isinstance(node, ast.ClassDef)):
                yield from walk(child, (*parents, node))

    return walk(tree, ())


def _children(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if (isinstance(node, ast.Call) and _called(node) in STORED) or (isinstance(node, ast.keyword) and node.arg == "strict"):
        return
    for field, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield field, child


def _replace(parent: ast.AST, old: ast.AST, new: Node) -> None:
    for field, value in ast.iter_fields(parent):
        if value is old:
            setattr(parent, field, new)
        elif isinstance(value, list) and any(child is old for child in value):
            at = next(index for index, child in enumerate(value) if child is old)
            if isinstance(parent, ast.Dict) and new is None:
                del parent.keys[at], parent.values[at]
            else:
                value[at : at + 1] = [] if new is None else [new]


def _told(node: Node) -> str:
    text = "(nothing)" if node is None else " ".join(ast.unparse(node).split())
    return text if len(text) <= 90 else f"{text[:87]}..."


# --- the operators -------------------------------------------------------------------------------------------------


def changes(site: Site) -> list[Change]:
    operators = (_compared, _joined, _unnegated, _forced, _forgotten, _shifted, _answered, _silenced, _widened)
    return [change for operator in operators for change in operator(site)]


def _compared(site: Site) -> Iterator[Change]:
    node = site.node
    if isinstance(node, ast.Compare):
        for at, operator in enumerate(node.ops):
            name, other = COMPARED[type(operator)]
            yield name, ast.Compare(node.left, [*node.ops[:at], other(), *node.ops[at + 1 :]], node.comparators)


def _joined(site: Site) -> Iterator[Change]:
    node = site.node
    if isinstance(node, ast.BoolOp):
        name, other = JOINED[type(node.op)]
        yield name, ast.BoolOp(other(), node.values)
        if len(node.values) > 2:  # of two, forgetting one is what `forced` and `and-or` do
            yield from (
                ("operand", ast.BoolOp(node.op, [*node.values[:at], *node.values[at + 1 :]])) for at in range(len(node.values))
            )
    elif isinstance(node, ast.BinOp) and type(node.op) in JOINED:
        name, other = JOINED[type(node.op)]
        yield name, ast.BinOp(node.left, other(), node.right)


def _unnegated(site: Site) -> Iterator[Change]:
    if isinstance(site.node, ast.UnaryOp) and isinstance(site.node.op, ast.Not | ast.Invert):
        yield "not", site.node.operand


def _forced(site: Site) -> Iterator[Change]:
    parent, node = site.parent, site.node
    if isinstance(parent, ast.If | ast.IfExp) and node is parent.test:
        yield "if_true", ast.Constant(True)
        yield "if_false", ast.Constant(False)
    elif isinstance(parent, ast.comprehension) and node in parent.ifs:
        yield "every_one", ast.Constant(True)


def _forgotten(site: Site) -> Iterator[Change]:
    """An element of a table, a condition of a query, an entry of a dict."""
    parent, node = site.parent, site.node
    if isinstance(parent, ast.Call) and node in parent.args and _called(parent) in CONDITIONS:
        yield "condition", None
    elif isinstance(parent, ast.Tuple | ast.Set | ast.List) and _is_table(site):
        yield "element", None
    elif (
        isinstance(parent, ast.Dict) and node in parent.values and parent.keys[parent.values.index(node)] and not site.function
    ):  # type: ignore[arg-type]
        yield "entry", None


def _is_table(site: Site) -> bool:
    """Unpacked and returned tuples fall apart by themselves, and prove nothing."""
    holder = site.parents[-2]
    if isinstance(holder, ast.Compare):
        return isinstance(holder.ops[-1], ast.In | ast.NotIn)
    if isinstance(holder, ast.Assign) and isinstance(holder.targets[0], ast.Tuple):
        return False
    called = isinstance(holder, ast.Call) and (_called(holder) in SETS or site.function is None)
    return called or (site.function is None and not isinstance(holder, ast.comprehension | ast.Subscript))


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _shifted(site: Site) -> Iterator[Change]:
    node = site.node
    if isinstance(node, ast.Constant) and type(node.value) is int:
        yield "plus_1", ast.Constant(node.value + 1)
        yield "minus_1", ast.Constant(node.value - 1)
    elif isinstance(node, ast.Constant) and type(node.value) is bool:
        yield "inverted", ast.Constant(not node.value)
    elif isinstance(node, ast.Call) and _called(node) in TRUTHS and not node.args:
        yield "inverted", ast.Call(ast.Name(TRUTHS[_called(node)], ast.Load()), [], [])


def _answered(site: Site) -> Iterator[Change]:
    node = site.node
    if not isinstance(node, ast.Return) or node.value is None:
        return
    if isinstance(node.value, ast.Compare | ast.BoolOp) or _answers_truth(site):
        if not isinstance(node.value, ast.Constant):  # that one is inverted already
            yield "return_not", ast.Return(ast.UnaryOp(ast.Not(), node.value))
    elif not (isinstance(node.value, ast.Constant) and node.value.value is None):
        yield "return_none", ast.Return(ast.Constant(None))


def _answers_truth(site: Site) -> bool:
    inner = next((node for node in reversed(site.parents) if isinstance(node, ast.FunctionDef)), None)
    return inner is not None and isinstance(inner.returns, ast.Name) and inner.returns.id == "bool"


def _silenced(site: Site) -> Iterator[Change]:
    node = site.node
    if isinstance(node, ast.Raise):
        yield "raise", None
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield "call", None


def _widened(site: Site) -> Iterator[Change]:
    node = site.node
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Reach" and node.attr in WIDER:
        yield "reach", ast.Attribute(node.value, WIDER[node.attr], ast.Load())
    elif isinstance(node, ast.Name) and node.id.lstrip("_") in WIDER and isinstance(site.parent, ast.Dict | ast.Call):
        yield "reach", ast.Name(f"_{WIDER[node.id.lstrip('_')]}", ast.Load())
