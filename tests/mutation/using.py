"""Who uses a table: the lines of those functions of its module that name it, or name a table that is made of it."""

import ast


def lines_using(source: str, name: str) -> set[int]:
    """`name` as in a mutant's id: `GRANTS`, or `Mark.kind` for what stands in a class."""
    tree = ast.parse(source)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    names = _made_of(tree, name.split(".")[0])
    return {line for one in functions if names & _named(one) for line in range(one.body[0].lineno, (one.end_lineno or 0) + 1)}


def _made_of(tree: ast.Module, name: str) -> set[str]:
    tables = {_defined(node): _named(node) for node in tree.body if not isinstance(node, ast.FunctionDef)}
    found, before = {name}, set[str]()
    while found != before:
        before = set(found)
        found |= {one for one, named in tables.items() if one and named & found}
    return found


def _defined(node: ast.stmt) -> str:
    target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
    return getattr(node, "name", "") or getattr(target, "id", "")


def _named(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
